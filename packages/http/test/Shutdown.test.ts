import { spawn, type ChildProcess } from "node:child_process"
import { connect } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Scope } from "effect"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Bounded, Watch } from "@halte/engine/testing"
import * as OnPort from "./support/OnPort.ts"
import * as Scripted from "./support/Scripted.ts"

const { json, problemOf } = OnPort

const waiting = Effect.gen(function* () {
  const engine = yield* ExecutionsLocal.make({
    flows: [Flow.make("f", { steps: [Step.gate("ask", { message: "Go on?" })] })]
  })
  const id = yield* engine.start({ flow: "f" })
  yield* Watch.event(engine, id, "gate-opened")
  return { engine, id }
})

describe("a server that drains", () => {
  it.live("is not ready and starts nothing; watching, stopping, answering and reading go on", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* waiting
      const paused = yield* engine.start({ flow: "f" })
      yield* Watch.event(engine, paused, "gate-opened")
      const { server, tell } = yield* OnPort.make(engine)
      const stream = yield* tell(`/executions/${id}/events`)
      assert.strictEqual((yield* tell("/health/ready")).status, 200)
      server.drain()

      const ready = yield* tell("/health/ready")
      assert.strictEqual(ready.status, 503)
      assert.strictEqual(ready.headers.get("retry-after"), "2")
      assert.strictEqual((yield* tell("/health/live")).status, 200)
      for (const path of ["/flows/f/executions", `/executions/${id}/resume`, `/executions/${id}/undo`]) {
        const response = yield* tell(path, json({}))
        assert.strictEqual(response.status, 503)
        assert.strictEqual(response.headers.get("retry-after"), "2")
        assert.strictEqual((yield* problemOf(response)).code, "server-ending")
      }
      assert.strictEqual((yield* tell("/executions")).status, 200)
      assert.strictEqual((yield* tell(`/executions/${paused}/terminate`, json({}))).status, 202)
      assert.strictEqual((yield* tell(`/executions/${id}/interrupt`, json({}))).status, 202)
      const text = yield* Bounded.within(
        Effect.promise(() => stream.text()),
        "the end of the stream"
      )
      assert.include(text, "execution-ended")
      assert.include(text, ": end")
    })
  )
})

describe("a server that ends", () => {
  it.live("accepts nobody, ends the streams of all kinds of connections, and is gone well within its grace", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* waiting
      const scope = yield* Scope.make()
      const { port, server, signIn, tell, ask } = yield* Scope.provide(
        OnPort.make(engine, { grace: "4 seconds" }),
        scope
      )
      const cookie = yield* signIn
      // `fetch` keeps its connections: they are idle then, and don't hold the end up.
      const streams = yield* Effect.all([
        ...Array.from({ length: 10 }, () => tell(`/executions/${id}/events`)),
        ask(`/executions/${id}/events`, { headers: { cookie } })
      ])
      const texts = Promise.all(streams.map((response) => response.text()))
      const before = performance.now()
      yield* Bounded.within(Scope.close(scope, Exit.void), "the end of the server")
      assert.isBelow(performance.now() - before, 3000)
      for (const text of yield* Effect.promise(() => texts)) {
        assert.include(text, "gate-opened")
        // Its execution has not ended: a reader is to come back.
        assert.notInclude(text, ": end")
      }
      assert.instanceOf(yield* Effect.flip(Effect.tryPromise(() => fetch(`${server.url}/health/live`))), Error)
      assert.strictEqual((yield* refused(port)).code, "ECONNREFUSED")
    })
  )

  it.live("answers the command that is under way, as the last one of its connection", () =>
    Effect.gen(function* () {
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
      const scope = yield* Scope.make()
      const { port, tell } = yield* Scope.provide(OnPort.make(engine, { grace: "4 seconds" }), scope)
      const asked = Effect.runPromise(tell(`/executions/${Scripted.id}/pause`, json({})))
      yield* Bounded.within(Deferred.await(begun), "the command")
      const ended = Effect.runPromise(Scope.close(scope, Exit.void))
      yield* Bounded.within(
        Effect.repeat(
          Effect.map(Effect.result(refused(port)), ({ _tag }) => _tag),
          { until: (tag) => tag === "Success" }
        ),
        "the end to begin"
      )
      yield* Deferred.succeed(go, undefined)
      const response = yield* Effect.promise(() => asked)
      assert.strictEqual(response.status, 202)
      assert.strictEqual(response.headers.get("connection"), "close")
      yield* Bounded.within(
        Effect.promise(() => ended),
        "the end of the server"
      )
    })
  )

  it.live("cuts what does not end: a command that hangs, a reader that reads nothing, half a request, silence", () =>
    Effect.gen(function* () {
      const begun = yield* Deferred.make<void>()
      const engine = Scripted.make({ pause: () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never) })
      const scope = yield* Scope.make()
      const { port, tell } = yield* Scope.provide(OnPort.make(engine, { grace: "100 millis" }), scope)
      const hung = Effect.runPromise(Effect.exit(tell(`/executions/${Scripted.id}/pause`, json({}))))
      const sockets = ["", "GET /executions HTTP/1.1\r\nHo"].map((text) => {
        const socket = connect({ host: "127.0.0.1", port })
        socket.on("error", () => {})
        socket.write(text)
        return new Promise((resolve) => socket.once("close", resolve))
      })
      yield* Bounded.within(Deferred.await(begun), "the command")
      yield* Bounded.within(Scope.close(scope, Exit.void), "the end of the server")
      assert.isTrue(Exit.isFailure(yield* Effect.promise(() => hung)))
      yield* Bounded.within(
        Effect.promise(() => Promise.all(sockets)),
        "the end of the connections"
      )
    })
  )

  it.live(
    "ends within its bound as a process as well: SIGTERM while a stream is open and half a request is there",
    () =>
      Effect.gen(function* () {
        const { child, said } = yield* program
        const { events, port } = JSON.parse(yield* said) as { readonly port: number; readonly events: string }
        const half = connect({ host: "127.0.0.1", port })
        half.on("error", () => {})
        half.write("GET / HTTP/1.1\r\n")
        yield* Effect.addFinalizer(() => Effect.sync(() => half.destroy()))
        const stream = yield* Effect.promise(() =>
          fetch(events.split(" ")[0]!, { headers: { authorization: events.split(" ").slice(1).join(" ") } })
        )
        const reader = stream.body!.getReader()
        yield* Effect.promise(() => reader.read())
        child.kill("SIGTERM")
        const rest = Effect.promise(async () => {
          for (;;) if ((await reader.read()).done) return
        })
        yield* Bounded.within(rest, "the end of the stream")
        const code = yield* Bounded.within(
          Effect.callback<number | null>((resume) => {
            if (child.exitCode !== null) resume(Effect.succeed(child.exitCode))
            else child.once("exit", (code) => resume(Effect.succeed(code)))
          }),
          "the end of the process"
        )
        assert.strictEqual(code, 0)
        assert.strictEqual((yield* refused(port)).code, "ECONNREFUSED")
      })
  )
})

/** Why nobody can connect. */
const refused = (port: number): Effect.Effect<{ readonly code: string }, "connected"> =>
  Effect.callback((resume) => {
    const socket = connect({ host: "127.0.0.1", port })
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.fail("connected"))
    })
    socket.once("error", (error) => resume(Effect.succeed({ code: "code" in error ? String(error.code) : "" })))
  })

/** A server in a process of its own, and the first line that it says. */
const program: Effect.Effect<
  { readonly child: ChildProcess; readonly said: Effect.Effect<string> },
  never,
  Scope.Scope
> = Effect.gen(function* () {
  const line = yield* Deferred.make<string>()
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["-C", "@halte/source", new URL("support/ShutdownMain.ts", import.meta.url).pathname], {
        stdio: ["ignore", "pipe", "inherit"]
      })
    ),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )
  child.stdout.once("data", (data: Buffer) => Deferred.doneUnsafe(line, Exit.succeed(data.toString())))
  return { child, said: Bounded.within(Deferred.await(line), "the server to listen", 15_000) }
})
