// A server in a process of its own: Halte's on a port, and a bare one beside it that answers the same bytes. Says where over
// IPC, and what it holds when it is asked. Ends with the one that started it.
import { createServer } from "node:http"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { WebServer } from "@halte/http"
import { Effect, Redacted } from "effect"

const turn = () => new Promise((resolve) => void setImmediate(resolve))

const watched = () => {
  const steps = [Step.gate("go", { message: "Go?" })]
  for (let i = 0; i < 20; i++) steps.push(Step.make(`s${i}`, { after: [steps.at(-1)], run: turn }))
  return Flow.make("watched", { steps })
}
const small = Flow.make("small", { steps: [Step.make("a", { run: () => 1 })] })

const program = Effect.gen(function* () {
  const engine = yield* ExecutionsLocal.make({ flows: [watched(), small] })
  const server = yield* WebServer.listen(engine, { port: 0, limits: { streams: 10_000, connections: 20_000 } })
  /** What the bare server answers to each path, as it was told. */
  const answers = new Map()
  const bare = createServer((message, out) => {
    message.resume()
    message.on("end", () => {
      const body = answers.get(message.url) ?? ""
      out.writeHead(message.method === "POST" ? 202 : 200, {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body)
      })
      out.end(body)
    })
  })
  yield* Effect.promise(() => new Promise((resolve) => bare.listen(0, "127.0.0.1", resolve)))
  process.on("message", (message) => {
    if (message.answers !== undefined) {
      for (const [path, body] of Object.entries(message.answers)) answers.set(path, body)
      return process.send({ taken: true })
    }
    globalThis.gc?.()
    globalThis.gc?.()
    const { external, heapUsed } = process.memoryUsage()
    process.send({ bytes: heapUsed + external })
  })
  process.send({ port: server.port, bare: bare.address().port, token: Redacted.value(server.token) })
  return yield* Effect.never
})

process.once("disconnect", () => process.exit(0))
Effect.runPromise(Effect.scoped(program)).catch((error) => {
  console.error(error)
  process.exit(1)
})
