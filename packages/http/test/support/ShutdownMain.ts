/**
 * A server that ends on SIGTERM, as `halte serve` does: says in one line where it listens, and how its stream is read.
 */
import { Effect, Redacted } from "effect"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Watch } from "@halte/engine/testing"
import { WebServer } from "@halte/http"

const program = Effect.gen(function* () {
  const engine = yield* ExecutionsLocal.make({
    flows: [Flow.make("f", { steps: [Step.gate("ask", { message: "Go on?" })] })]
  })
  const id = yield* engine.start({ flow: "f" })
  yield* Watch.event(engine, id, "gate-opened")
  const { port, token, url } = yield* WebServer.listen(engine, { port: 0, grace: "500 millis" })
  const events = `${url}/executions/${id}/events Bearer ${Redacted.value(token)}`
  process.stdout.write(JSON.stringify({ port, events }))
  yield* Effect.callback<void>((resume) => void process.once("SIGTERM", () => resume(Effect.void)))
})

// Nothing is left that holds the process: it ends by itself.
await Effect.runPromise(Effect.scoped(program))
