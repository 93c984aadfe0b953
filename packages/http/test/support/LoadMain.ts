/**
 * A server in a process of its own, so that its memory is its own. It listens on a socket and on a port, says over IPC on
 * which, and what it holds when it is asked. It ends with the one that started it.
 */
import { Context, Effect, Redacted } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { HttpHandler, NodeServer, WebServer } from "@halte/http"

/** What the server is told on its command line. */
interface Told {
  readonly socket: string
  readonly limits?: WebServer.Options["limits"]
  readonly watchedSteps?: number
  readonly largeSteps?: number
}

const { largeSteps = 1, limits, socket, watchedSteps = 1 } = JSON.parse(process.argv[2] ?? "{}") as Told

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

/** Waits for `go`, then tells its watchers of one step after the other, over many turns. */
const watched = () => {
  const steps: Array<Step.Any> = [Step.gate("go", { message: "Go?" })]
  for (let i = 0; i < watchedSteps; i++) steps.push(Step.make(`s${i}`, { after: [steps.at(-1)!], run: turn }))
  return Flow.make("watched", { steps })
}
const large = () =>
  Flow.make("large", { steps: Array.from({ length: largeSteps }, (_, i) => Step.make(`s${i}`, { run: () => i })) })

const program = Effect.gen(function* () {
  const flows = [watched(), large()] as ReadonlyArray<unknown> as ReadonlyArray<Flow.Flow<unknown, never>>
  const engine = yield* ExecutionsLocal.make({ flows })
  const metrics = () => PrometheusMetrics.formatUnsafe(Context.empty())
  const server = yield* WebServer.listen(engine, { port: 0, limits, metrics })
  yield* NodeServer.listen(HttpHandler.make(engine), { socket })
  process.on("message", () => {
    globalThis.gc?.()
    globalThis.gc?.()
    process.send?.({ memory: process.memoryUsage() })
  })
  process.send?.({ port: server.port, token: Redacted.value(server.token) })
  return yield* Effect.never
})

process.once("disconnect", () => process.exit(0))
void Effect.runPromise(Effect.scoped(program)).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
