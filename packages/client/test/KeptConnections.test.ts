/** Connections of `fetch` are kept open and used again: the server may have ended one meanwhile. */
import { createServer, type Server, type Socket } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Bounded } from "@halte/engine/testing"
import { ExecutionsRemote } from "@halte/client"
import { id } from "../../http/test/support/Scripted.ts"

/** A server that breaks off its first connections at their first request, and then answers every request so. */
const breaking = (times: number, answer: string) =>
  Effect.gen(function* () {
    const requests: Array<string> = []
    let left = times
    const attend = (socket: Socket) => {
      socket.on("error", () => {})
      socket.on("data", (chunk) => {
        requests.push(String(chunk).split("\r\n\r\n")[0]!)
        if (left-- > 0) return socket.resetAndDestroy()
        const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: "1"\r\nContent-Length: ${answer.length}\r\n\r\n`
        return socket.end(head + answer)
      })
    }
    const server = yield* Effect.acquireRelease(
      Effect.callback<Server>((resume) => {
        const made = createServer(attend)
        made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
      }),
      (made) => Effect.sync(() => made.close())
    )
    const { port } = server.address() as { readonly port: number }
    return { url: `http://127.0.0.1:${port}`, requests }
  })

const page = JSON.stringify({ executions: [] })

describe("ExecutionsRemote, connections that were kept", () => {
  it.live("a read is asked once more over a new one", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* breaking(1, page)
      assert.deepStrictEqual(yield* Bounded.within(ExecutionsRemote.make({ url }).list(), "the list"), [])
      assert.strictEqual(requests.length, 2)
    })
  )

  it.live("a read is asked no third time", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* breaking(10, page)
      const error = yield* Effect.flip(Bounded.within(ExecutionsRemote.make({ url }).list(), "the list"))
      assert.strictEqual(error._tag, "ExecutionsUnavailable")
      assert.strictEqual(requests.length, 2)
    })
  )

  it.live("a command is sent once: whether it was carried out, only the record tells", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* breaking(1, "{}")
      const error = yield* Effect.flip(Bounded.within(ExecutionsRemote.make({ url }).interrupt(id), "the request"))
      assert.strictEqual(error._tag, "ExecutionsUnavailable")
      assert.strictEqual(requests.length, 1)
    })
  )

  it.live("the token may be a text, hidden, found anew for each request, and not there", () =>
    Effect.gen(function* () {
      const { requests, url } = yield* breaking(0, page)
      let found = "first"
      for (const token of [
        "text",
        Redacted.make("hidden"),
        () => found,
        () => Redacted.make("later"),
        () => undefined
      ]) {
        found = "first"
        const remote = ExecutionsRemote.make({ url, token })
        yield* remote.list()
        found = "second"
        yield* remote.list()
      }
      assert.deepStrictEqual(
        requests.map((head) => /^authorization: Bearer (.*)$/im.exec(head)?.[1]),
        ["text", "text", "hidden", "hidden", "first", "second", "later", "later", undefined, undefined]
      )
    })
  )
})
