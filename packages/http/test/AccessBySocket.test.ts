import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Bounded } from "@halte/engine/testing"
import * as Scripted from "./support/Scripted.ts"
import * as Served from "./support/Served.ts"

const raw = (socket: string, text: string): Effect.Effect<string> =>
  Bounded.within(
    Effect.callback<string>((resume) => {
      const connection = connect(socket)
      let got = ""
      connection.on("error", () => {})
      connection.on("data", (data) => (got += data.toString()))
      connection.on("close", () => resume(Effect.succeed(got)))
      connection.write(text)
      return Effect.sync(() => connection.destroy())
    }),
    "the answer on the socket"
  )

describe("the socket of an engine", () => {
  it.live("wants no token, no host and no type of an empty command: who can open its file may do everything", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const { socket } = yield* Served.make(engine)
      const target = `/executions/${Scripted.id}/interrupt`
      for (const lines of [
        ["Host: anything.example"],
        [],
        ["Host: localhost", "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"],
        ["Host: localhost", "Authorization: Bearer of-another-server"]
      ]) {
        const head = [`POST ${target} HTTP/1.1`, ...lines, "Content-Length: 0", "Connection: close", "", ""]
        assert.match(yield* raw(socket, head.join("\r\n")), /^HTTP\/1\.1 202 /, lines.join())
      }
      assert.strictEqual(engine.asked.length, 4)
      for (const [, , request] of engine.asked) assert.deepStrictEqual(request, { source: "Http" })
    })
  )

  it.live("has nothing to sign in at, and gives each answer its id all the same", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Served.make(Scripted.make())
      for (const [path, init] of [
        ["/session", Served.post({ code: "x" })],
        ["/session", { method: "DELETE" }],
        ["/session/codes", Served.post({})]
      ] as const) {
        const response = yield* Effect.promise(() => fetch(path, init))
        assert.strictEqual(response.status, 404)
        const problem = JSON.parse(yield* Effect.promise(() => response.text())) as Record<string, unknown>
        assert.strictEqual(problem["code"], "unknown-route")
        assert.match(String(problem["detail"]), /no sign-in at this door/)
        assert.strictEqual(problem["requestId"], response.headers.get("x-request-id"))
      }
    })
  )
})
