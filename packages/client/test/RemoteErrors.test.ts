import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { Executions } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { HttpHandler, SocketClient } from "@halte/http"
import { ExecutionsRemote } from "@halte/client"
import * as EveryError from "../../http/test/support/EveryError.ts"
import * as Scripted from "../../http/test/support/Scripted.ts"
import * as Served from "../../http/test/support/Served.ts"

const { id } = Scripted

const everything = (
  executions: Executions.ExecutionsShape
): ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown>]> => [
  ["flows", executions.flows],
  ["start", executions.start({ flow: "release" })],
  ["get", executions.get(id)],
  ["list", executions.list()],
  ["output", executions.output(id, "a")],
  ["events", Stream.runDrain(executions.events(id))],
  ["logs", Stream.runDrain(executions.logs(id))],
  ["logs of a step", Stream.runDrain(executions.logs(id, { step: "a" }))],
  ["interrupt", executions.interrupt(id)],
  ["pause", executions.pause(id)],
  ["resume", executions.resume(id)],
  ["terminate", executions.terminate(id)],
  ["undo", executions.undo(id)],
  ["answer", executions.answer(id, "a", true)]
]

/** Which methods can fail so, by the port. */
const applies = (tag: string, method: string): boolean => {
  switch (tag) {
    case "FlowNotFound":
    case "FlowBusy":
    case "InvalidParams":
      return method === "start" || method === "resume" || method === "undo"
    case "FlowDiffers":
    case "FlowInvalid":
    case "KeyRefused":
      return method === "start"
    case "ExecutionNotFound":
      return !["flows", "start", "list"].includes(method)
    case "CommandRefused":
      return ["interrupt", "pause", "resume", "terminate", "undo", "answer"].includes(method)
    default:
      return true
  }
}

const unavailable = (effect: Effect.Effect<unknown, unknown>, what: string) =>
  Effect.map(Effect.flip(Bounded.within(effect, what)), (error) => {
    const { _tag, reason } = error as { readonly _tag: string; readonly reason: string }
    assert.strictEqual(_tag, "ExecutionsUnavailable", what)
    return reason
  })

describe("ExecutionsRemote, errors", () => {
  for (const { error } of EveryError.all)
    it.live(
      `R41: gives \`${error._tag}\` (${error.code}) as the engine gave it, by every method that can fail so`,
      () =>
        Effect.gen(function* () {
          const remote = ExecutionsRemote.make({ transport: HttpHandler.make(Scripted.failing(error)) })
          for (const [method, effect] of everything(remote)) {
            if (!applies(error._tag, method)) continue
            const found = yield* Effect.flip(Bounded.within(effect, method))
            assert.deepStrictEqual(found, error, method)
            assert.instanceOf(found, error.constructor as never, method)
            assert.strictEqual((found as Error).message, error.message)
          }
        })
    )

  it.live(
    "says of a socket that is not there that it is not there, and of one without a server that nobody listens",
    () =>
      Effect.gen(function* () {
        const directory = yield* Served.directory
        const socket = join(directory, "none")
        const nobody = ExecutionsRemote.make({ transport: SocketClient.make({ socket }), name: "run/a.sock" })
        for (const [method, effect] of everything(nobody))
          assert.strictEqual(
            yield* unavailable(effect, method),
            "`run/a.sock` can't be reached: there is no such socket",
            method
          )
      })
  )

  it.live("fails in time when the server takes the connection and never answers, as a stopped process does", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      yield* hung(socket)
      const remote = ExecutionsRemote.make({
        transport: SocketClient.make({ socket }),
        name: "run/a.sock",
        timeout: "50 millis"
      })
      for (const [method, effect] of everything(remote))
        assert.strictEqual(
          yield* unavailable(effect, method),
          "`run/a.sock` did not answer within 50 ms: the process behind it may be stopped, or busy",
          method
        )
    })
  )

  it.live("fails in time also when the answer begins and never ends", () =>
    Effect.gen(function* () {
      const remote = ExecutionsRemote.make({
        transport: () =>
          Promise.resolve(new Response(new ReadableStream(), { headers: { "content-type": "application/json" } })),
        timeout: "50 millis"
      })
      assert.match(yield* unavailable(remote.get(id), "get"), /did not answer within 50 ms/)
    })
  )

  it.live("says when a connection breaks off before its answer", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      yield* hung(socket, (connection) => connection.destroy())
      const remote = ExecutionsRemote.make({ transport: SocketClient.make({ socket }), name: "run/a.sock" })
      assert.strictEqual(
        yield* unavailable(remote.interrupt(id), "interrupt"),
        "`run/a.sock` can't be reached: the connection broke off before there was an answer"
      )
    })
  )

  it.live("says when what answers is no server of Halte", () =>
    Effect.gen(function* () {
      const answers: ReadonlyArray<() => Response> = [
        () => new Response("<html>Bad Gateway</html>", { status: 502, headers: { "content-type": "text/html" } }),
        () => new Response("<html>Hello</html>", { headers: { "content-type": "text/html" } }),
        () => Response.json({ hello: "world" }),
        () => Response.json({ hello: "world" }, { status: 202 }),
        () => Response.json({ message: "no" }, { status: 404 }),
        () => new Response("{", { headers: { "content-type": "application/json" } }),
        () => new Response("{}", { status: 503, headers: { "content-type": "application/problem+json" } })
      ]
      for (const answer of answers) {
        const remote = ExecutionsRemote.make({
          transport: () => Promise.resolve(answer()),
          reconnect: 0,
          name: "there"
        })
        for (const [method, effect] of everything(remote)) {
          // Any JSON is an output.
          if (method === "output" && answer().status === 200) continue
          assert.match(yield* unavailable(effect, method), /^`there` /, `${method}: ${answer().status}`)
        }
      }
    })
  )

  it.live("an id that can't be a part of an address belongs to no execution, and a step to none", () =>
    Effect.gen(function* () {
      const engine = Scripted.make()
      const remote = ExecutionsRemote.make({ transport: HttpHandler.make(engine) })
      for (const odd of ["", ".", ".."]) {
        const error = yield* Effect.flip(remote.get(odd as typeof id))
        assert.deepStrictEqual(
          [error._tag, (error as { readonly execution: string }).execution],
          ["ExecutionNotFound", odd]
        )
        yield* remote.answer(id, odd, 1)
        assert.strictEqual(yield* remote.output(id, odd), undefined)
      }
      yield* remote.interrupt("a/../b?c#d%" as typeof id)
      assert.deepStrictEqual(engine.asked.at(-1), ["interrupt", "a/../b?c#d%", { source: "Sdk" }])
    })
  )
})

const hung = (
  socket: string,
  take: (connection: import("node:net").Socket) => void = (connection) => connection.pause()
) =>
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer(take)
      server.listen(socket, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )
