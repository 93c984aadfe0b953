import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { connect, createServer } from "node:net"
import { join } from "node:path"
import { execFileSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Scope, Stream } from "effect"
import { type Executions, ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Bounded, Watch } from "@halte/engine/testing"
import { HttpHandler, NodeServer, SocketClient } from "@halte/http"
import { ExecutionsRemote } from "@halte/client"
import * as Scripted from "./support/Scripted.ts"
import * as Served from "./support/Served.ts"

const serve = (socket: string, engine: Executions.ExecutionsShape = Scripted.make(), grace?: number) =>
  NodeServer.listen(HttpHandler.make(engine), { socket, ...(grace === undefined ? undefined : { grace }) })

const isLive = (socket: string) =>
  Effect.map(
    Effect.promise(() => Served.fetchOn(socket)("/health/live")),
    (response) => response.status === 200
  )

/** A program that dies while it listens, and leaves its socket behind. */
const leaveBehind = (socket: string) =>
  Effect.sync(() => {
    const program = `require("node:net").createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, "SIGKILL"))`
    try {
      execFileSync(process.execPath, ["-e", program], { stdio: "ignore" })
    } catch {
      // It was killed, as it was to be.
    }
    assert.isTrue(statSync(socket).isSocket())
  })

describe("NodeServer", () => {
  it.live("P11: only its user can connect: the socket has the mode 0600, and nothing else is left beside it", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* serve(socket)
          assert.strictEqual(statSync(socket).mode & 0o777, 0o600)
          assert.isTrue(yield* isLive(socket))
          assert.deepStrictEqual(yield* entries(socket), ["s"])
        })
      )
      assert.deepStrictEqual(yield* entries(socket), [])
    })
  )

  it.live("replaces a socket that a dead engine left", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      yield* leaveBehind(socket)
      yield* serve(socket)
      assert.isTrue(yield* isLive(socket))
      assert.strictEqual(statSync(socket).mode & 0o777, 0o600)
    })
  )

  it.live("leaves a socket alone that somebody answers on, also one who never reads", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      yield* serve(socket)
      const error = yield* Effect.flip(Effect.scoped(serve(socket)))
      assert.strictEqual(error._tag, "CannotListen")
      assert.include(error.message, "another engine answers on it")
      assert.isTrue(yield* isLive(socket))

      const deaf = join(yield* Served.directory, "s")
      yield* hung(deaf)
      const other = yield* Effect.flip(Effect.scoped(serve(deaf)))
      assert.include(other.message, "another engine answers on it")
    })
  )

  it.live("leaves files alone that are no sockets", () =>
    Effect.gen(function* () {
      const directory = yield* Served.directory
      const file = join(directory, "file")
      writeFileSync(file, "precious")
      const error = yield* Effect.flip(Effect.scoped(serve(file)))
      assert.include(error.message, "no socket")
      assert.strictEqual(readFileSync(file, "utf8"), "precious")
      mkdirSync(join(directory, "sub"))
      assert.strictEqual((yield* Effect.flip(Effect.scoped(serve(join(directory, "sub")))))._tag, "CannotListen")
    })
  )

  it.live("says what is wrong with a path: no directory, too long", () =>
    Effect.gen(function* () {
      const directory = yield* Served.directory
      const nowhere = yield* Effect.flip(Effect.scoped(serve(join(directory, "no", "s"))))
      assert.include(nowhere.message, "its directory does not exist")
      const long = yield* Effect.flip(Effect.scoped(serve(join(directory, "s".repeat(120)))))
      assert.match(long.message, /has \d+ bytes, and the system allows 10[37]/)
      assert.deepStrictEqual(yield* entries(join(directory, "s")), [])
    })
  )

  it.live("takes away its own socket only: not the one that a later server has put there", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      const first = yield* Scope.make()
      yield* Scope.provide(serve(socket), first)
      // Somebody took the first one's file away by hand, and started another engine.
      execFileSync("rm", [socket])
      yield* serve(socket)
      yield* Scope.close(first, Exit.void)
      assert.isTrue(existsSync(socket))
      assert.isTrue(yield* isLive(socket))
    })
  )

  it.live("a reader that goes away ends the reading for the engine", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<void>()
      const engine = Scripted.make({
        events: () => Stream.ensuring(Stream.never, Deferred.succeed(released, undefined))
      })
      const { fetch } = yield* Served.make(engine)
      const gone = new AbortController()
      const response = yield* Effect.promise(() => fetch(`/executions/${Scripted.id}/events`, { signal: gone.signal }))
      yield* Effect.promise(() => response.body!.getReader().read())
      gone.abort()
      yield* Bounded.within(Deferred.await(released), "the end of the reading")
    })
  )

  it.live("a stream that has nothing to say yet is answered at once", () =>
    Effect.gen(function* () {
      const { fetch } = yield* Served.make(Scripted.make())
      for (const accept of ["application/x-ndjson", "text/event-stream", "text/plain"]) {
        const response = yield* Bounded.within(
          Effect.promise(() => fetch(`/executions/${Scripted.id}/logs`, { headers: { accept } })),
          accept
        )
        assert.strictEqual(response.status, 200)
        yield* Effect.promise(() => response.body!.cancel())
      }
    })
  )

  it.live("a reader that does not read makes the server keep no more than the system's buffers hold", () =>
    Effect.gen(function* () {
      let made = 0
      const line = { sequence: 1, at: 1, step: "a", try: 1, stream: "stdout", text: "x".repeat(64 * 1024) } as const
      const endless = Stream.fromEffectRepeat(Effect.sync(() => (made++, line)))
      const { socket } = yield* Served.make(Scripted.make({ logs: () => endless }))
      const connection = connect(socket)
      yield* Effect.addFinalizer(() => Effect.sync(() => connection.destroy()))
      connection.pause()
      connection.write(`GET /executions/${Scripted.id}/logs HTTP/1.1\r\nHost: x\r\n\r\n`)
      const settled = yield* Bounded.within(
        untilStill(() => made),
        "the server to stop reading"
      )
      // A socket of Linux holds some 200 KiB; each side of the streams a page more.
      assert.isAtMost(settled, 40)
    })
  )

  it.live("ends while streams are open: they are told what there is, then they end, within its bound", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      const engine = yield* ExecutionsLocal.make({
        flows: [Flow.make("f", { steps: [Step.gate("ask", { message: "Go on?" })] })]
      })
      const id = yield* engine.start({ flow: "f" })
      yield* Watch.event(engine, id, "gate-opened")
      const server = yield* Scope.make()
      yield* Scope.provide(serve(socket, engine, 3000), server)
      const fetch = Served.fetchOn(socket)
      const responses = yield* Effect.promise(() =>
        Promise.all(Array.from({ length: 20 }, () => fetch(`/executions/${id}/events`)))
      )
      const texts = Promise.all(responses.map((response) => response.text()))
      const before = performance.now()
      yield* Bounded.within(Scope.close(server, Exit.void), "the end of the server")
      // Well within its grace: nothing was cut.
      assert.isBelow(performance.now() - before, 2500)
      for (const text of yield* Effect.promise(() => texts)) {
        assert.include(text, "gate-opened")
        // It has not ended: the reader is to come back.
        assert.notInclude(text, ": end")
      }
      assert.isFalse(existsSync(socket))
      yield* Effect.flip(Effect.tryPromise(() => fetch("/health/live")))
    })
  )

  it.live("cuts what does not end: a command that hangs, a reader that does not read", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      const line = { sequence: 1, at: 1, step: "a", try: 1, stream: "stdout", text: "x".repeat(64 * 1024) } as const
      const begun = yield* Deferred.make<void>()
      const engine = Scripted.make({
        pause: () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never),
        logs: () => Stream.fromEffectRepeat(Effect.succeed(line))
      })
      const server = yield* Scope.make()
      yield* Scope.provide(serve(socket, engine, 50), server)
      const asked = Served.fetchOn(socket)(`/executions/${Scripted.id}/pause`, Served.post({})).catch(
        (error: unknown) => (error as Error).message
      )
      const connection = connect(socket)
      connection.on("error", () => {})
      connection.pause()
      connection.write(`GET /executions/${Scripted.id}/logs HTTP/1.1\r\nHost: x\r\n\r\n`)
      yield* Bounded.within(Deferred.await(begun), "the command")
      yield* Bounded.within(Scope.close(server, Exit.void), "the end of the server")
      assert.match(String(yield* Effect.promise(() => asked)), /broke off/)
      connection.destroy()
    })
  )

  it.live("a command under way when the server ends is answered", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      const begun = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const engine = Scripted.make({
        pause: (execution) =>
          Effect.gen(function* () {
            yield* Deferred.succeed(begun, undefined)
            yield* Deferred.await(go)
            return { execution, status: "Paused", effect: "done" }
          })
      })
      const server = yield* Scope.make()
      yield* Scope.provide(serve(socket, engine, 4000), server)
      const remote = ExecutionsRemote.make({ transport: SocketClient.make({ socket }) })
      const asked = Effect.runPromise(remote.pause(Scripted.id))
      yield* Bounded.within(Deferred.await(begun), "the command")
      const closed = Effect.runPromise(Scope.close(server, Exit.void))
      yield* Bounded.eventually(() => !existsSync(socket), "the end to begin")
      yield* Deferred.succeed(go, undefined)
      assert.strictEqual((yield* Effect.promise(() => asked)).status, "Paused")
      yield* Bounded.within(
        Effect.promise(() => closed),
        "the end of the server"
      )
    })
  )
})

const entries = (socket: string) =>
  Effect.promise(async () => (await import("node:fs/promises")).readdir(join(socket, "..")))

/** Takes connections and says nothing. */
const hung = (socket: string) =>
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer((connection) => connection.pause())
      server.listen(socket, () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  )

/** The value once it has been the same for many turns of the event loop. */
const untilStill = (look: () => number): Effect.Effect<number> =>
  Effect.gen(function* () {
    for (let last = -1, same = 0; ;) {
      yield* Bounded.turns(1)
      const now = look()
      same = now === last && now > 0 ? same + 1 : 0
      last = now
      if (same > 50) return now
    }
  })
