import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Scope, Stream } from "effect"
import {
  ExecutionEvent,
  ExecutionHandle,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  ExecutionsLocal,
  Flow,
  Step
} from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import { HttpHandler, NodeServer, SocketClient } from "@halte/http"
import { ExecutionsRemote } from "@halte/client"
import * as CuttingProxy from "../../http/test/support/CuttingProxy.ts"
import * as Scripted from "../../http/test/support/Scripted.ts"
import * as Served from "../../http/test/support/Served.ts"

const lines = (events: Iterable<ExecutionEvent.ExecutionEvent>) => Array.from(events, ExecutionEvent.toJson)

const collect = <A, E>(stream: Stream.Stream<A, E>, what = "the stream to end") =>
  Bounded.within(Stream.runCollect(stream), what)

const remoteOn = (socket: string, options?: Omit<ExecutionsRemote.Options, "transport">) =>
  ExecutionsRemote.make({ transport: SocketClient.make({ socket }), name: "the socket", ...options })

/** An execution of forty steps that has ended. */
const ended = Effect.gen(function* () {
  const steps = Array.from({ length: 40 }, (_, i) =>
    Step.make(`s-${i}`, {
      run: (_, context) => {
        context.log(`line of ${i}: “é” 🚦`)
        return Effect.succeed("🚦".repeat(i))
      }
    })
  )
  const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
  const id = yield* engine.start({ flow: "f" })
  yield* Watch.status(engine, id, "Completed")
  return { engine, id, events: Array.from(yield* collect(engine.events(id))) }
})

describe("ExecutionsRemote, streams", () => {
  it.live("R41: gives the very bytes of the engine, from any sequence on, and ends with the execution", () =>
    Effect.gen(function* () {
      const { engine, events, id } = yield* ended
      const { remote } = yield* Served.make(engine)
      const all = lines(events)
      assert.deepStrictEqual(lines(yield* collect(remote.events(id))), all)
      for (const after of [0, 1, 17, all.length - 1, all.length])
        assert.deepStrictEqual(lines(yield* collect(remote.events(id, after))), all.slice(after))
      assert.deepStrictEqual(Array.from(yield* collect(remote.logs(id))), Array.from(yield* collect(engine.logs(id))))
      assert.deepStrictEqual(
        Array.from(yield* collect(remote.logs(id, { step: "s-7" }))).map((line) => line.text),
        ["line of 7: “é” 🚦"]
      )
      assert.deepStrictEqual(Array.from(yield* collect(remote.logs(id, { step: "none" }))), [])
    })
  )

  for (const bytes of [333, 1000, 4096])
    it.live(
      `comes back after each cut connection, wherever it was cut (each ${bytes} bytes), and gives no event twice`,
      () =>
        Effect.gen(function* () {
          const { engine, events, id } = yield* ended
          const { socket } = yield* Served.make(engine)
          // The first event has the whole flow. Then growing, so that each connection has at least one whole event, and
          // odd, so that letters of several bytes are cut.
          const proxy = yield* CuttingProxy.make(socket, (n) => (n === 0 ? 12_345 : bytes * (n + 1) + n))
          const remote = remoteOn(proxy.socket)
          assert.deepStrictEqual(lines(yield* collect(remote.events(id))), lines(events))
          assert.isAtLeast(proxy.connections(), bytes > 1000 ? 2 : 4)
          const before = proxy.connections()
          assert.deepStrictEqual(
            Array.from(yield* collect(remote.logs(id))),
            Array.from(yield* collect(engine.logs(id)))
          )
          assert.isAtLeast(proxy.connections(), before + 1)
        })
    )

  it.live("comes back while it goes on: what happened meanwhile is not lost", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
      const { socket } = yield* Served.make(engine)
      const proxy = yield* CuttingProxy.make(socket, () => Number.POSITIVE_INFINITY)
      const id = yield* engine.start({ flow: "f" })
      const seen: Array<ExecutionEvent.ExecutionEvent> = []
      const begun = yield* Deferred.make<void>()
      const reading = yield* Effect.forkChild(
        Stream.runForEach(remoteOn(proxy.socket).events(id), (event) =>
          Effect.suspend(() => {
            seen.push(event)
            return event.type === "step-started" ? Deferred.succeed(begun, undefined) : Effect.void
          })
        )
      )
      const hand = yield* a.begun(id)
      yield* Bounded.within(Deferred.await(begun), "the first step, seen from afar")
      proxy.cut()
      yield* hand.succeed(1)
      yield* (yield* b.begun(id)).succeed(2)
      yield* Bounded.within(Fiber.join(reading), "the end, seen from afar")
      assert.deepStrictEqual(lines(seen), lines(yield* collect(engine.events(id))))
      assert.isAtLeast(proxy.connections(), 2)
    })
  )

  it.live("goes on with another server on the same socket, as after an engine that was restarted", () =>
    Effect.gen(function* () {
      const socket = join(yield* Served.directory, "s")
      const { a, b, steps } = HandStep.chain("a", "b")
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
      const first = yield* Scope.make()
      yield* Scope.provide(NodeServer.listen(HttpHandler.make(engine), { socket }), first)
      const id = yield* engine.start({ flow: "f" })
      const hand = yield* a.begun(id)
      const begun = yield* Deferred.make<void>()
      const reading = yield* Effect.forkChild(
        Stream.runCollect(
          Stream.tap(remoteOn(socket).events(id), (event) =>
            event.type === "step-started" ? Deferred.succeed(begun, undefined) : Effect.void
          )
        )
      )
      yield* Bounded.within(Deferred.await(begun), "the first step, seen from afar")
      yield* Scope.close(first, Exit.void)
      yield* hand.succeed(1)
      yield* NodeServer.listen(HttpHandler.make(engine), { socket })
      yield* (yield* b.begun(id)).succeed(2)
      const seen = yield* Bounded.within(Fiber.join(reading), "the end, seen from afar")
      assert.deepStrictEqual(lines(seen), lines(yield* collect(engine.events(id))))
    })
  )

  it.live("goes through the attempts of an execution, and ends with the last", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
      const { remote } = yield* Served.make(engine)
      const handle = yield* ExecutionHandle.start(remote, { flow: "f" })
      const hand = yield* a.begun(handle.id)
      yield* handle.interrupt()
      yield* hand.check({ page: 2 })
      yield* hand.stopHalfWay()
      const first = yield* Bounded.within(handle.outcome, "the first outcome")
      assert.strictEqual(first._tag, "Interrupted")
      const before = yield* collect(handle.events)
      assert.strictEqual(before.at(-1)?.type, "execution-ended")
      yield* handle.resume()
      yield* (yield* a.begun(handle.id)).succeed("done")
      assert.strictEqual((yield* Bounded.within(handle.outcome, "the second outcome"))._tag, "Completed")
      assert.strictEqual((yield* collect(remote.events(handle.id, before.length))).at(-1)?.attempt, 2)
    })
  )

  it.live("fails when the server stays gone, and says after which event and why", () =>
    Effect.gen(function* () {
      const steps = [Step.gate("a", { message: "Go on?" })]
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
      const { socket } = yield* Served.make(engine)
      const proxy = yield* CuttingProxy.make(socket, () => Number.POSITIVE_INFINITY)
      const id = yield* engine.start({ flow: "f" })
      const begun = yield* Deferred.make<void>()
      const reading = yield* Effect.forkChild(
        Effect.flip(
          Stream.runForEach(remoteOn(proxy.socket, { reconnect: "200 millis" }).events(id), (event) =>
            event.type === "step-started" ? Deferred.succeed(begun, undefined) : Effect.void
          )
        )
      )
      yield* Bounded.within(Deferred.await(begun), "the first step, seen from afar")
      proxy.close()
      proxy.cut()
      const error = yield* Bounded.within(Fiber.join(reading), "the failure")
      assert.strictEqual(error._tag, "ExecutionsUnavailable")
      assert.match(
        error.message,
        /`the socket` was lost after sequence \d and did not come back within 0\.2 s: .*there is no such socket/
      )
    })
  )

  it.live("fails when every connection breaks off before it says anything", () =>
    Effect.gen(function* () {
      const steps = [Step.gate("a", { message: "Go on?" })]
      const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
      const { socket } = yield* Served.make(engine)
      const id = yield* engine.start({ flow: "f" })
      // Enough for the head of an answer, and for no event.
      const proxy = yield* CuttingProxy.make(socket, () => 290)
      const error = yield* Bounded.within(
        Effect.flip(Stream.runDrain(remoteOn(proxy.socket, { reconnect: "200 millis" }).events(id))),
        "the failure"
      )
      assert.match(error.message, /did not come back within 0\.2 s/)
      assert.isAtLeast(proxy.connections(), 2)
    })
  )

  it.live("has everything when the server goes with the execution it served", () =>
    Effect.gen(function* () {
      const { engine, events, id } = yield* ended
      const { socket } = yield* Served.make(engine)
      // Everything but the very last bytes, that say it is all; then nobody is there any more.
      const whole = yield* Effect.promise(async () => (await Served.fetchOn(socket)(`/executions/${id}/events`)).text())
      const bytes = Buffer.byteLength(whole) - ": end\n\n".length
      let passed = 0
      const transport = async (request: Request) => {
        if (passed++ > 0) throw new Error("nobody listens on it")
        const response = await SocketClient.make({ socket })(request)
        const all = new Uint8Array(await response.arrayBuffer())
        return new Response(
          new ReadableStream({
            start: (controller) => {
              controller.enqueue(all.subarray(0, bytes))
              controller.close()
            }
          })
        )
      }
      const remote = ExecutionsRemote.make({ transport })
      assert.deepStrictEqual(lines(yield* collect(remote.events(id))), lines(events))
      assert.strictEqual(passed, 2)
    })
  )

  it.live("a connection that is silent for too long counts as lost", () =>
    Effect.gen(function* () {
      const { engine, events, id } = yield* ended
      const served = HttpHandler.make(engine)
      let connections = 0
      const transport = async (request: Request): Promise<Response> =>
        // As a process that was stopped: the connection is open, and nothing comes.
        connections++ === 0 ? new Response(new ReadableStream()) : served(request)
      const remote = ExecutionsRemote.make({ transport, silence: "30 millis" })
      assert.deepStrictEqual(lines(yield* collect(remote.events(id))), lines(events))
      assert.strictEqual(connections, 2)
    })
  )

  it.live("gives no event twice, also when a server says again what was known", () =>
    Effect.gen(function* () {
      const { engine, events, id } = yield* ended
      let connections = 0
      const forgetful = HttpHandler.make({ ...engine, events: () => engine.events(id) })
      const transport = async (request: Request): Promise<Response> => {
        const response = await forgetful(request)
        const text = await response.text()
        // The first connection ends before its end.
        return new Response(connections++ === 0 ? text.slice(0, text.length / 2) : text)
      }
      const remote = ExecutionsRemote.make({ transport })
      assert.deepStrictEqual(lines(yield* collect(remote.events(id))), lines(events))
      assert.strictEqual(connections, 2)
    })
  )

  it.live("is let go of by the server when nobody reads it any more", () =>
    Effect.gen(function* () {
      const released = yield* Deferred.make<void>()
      const begun = yield* Deferred.make<void>()
      const event: ExecutionEvent.ExecutionEvent = {
        v: 1,
        execution: Scripted.id,
        sequence: 1,
        at: 1,
        attempt: 1,
        type: "paused"
      }
      const { remote } = yield* Served.make(
        Scripted.make({
          events: () =>
            Stream.ensuring(Stream.concat(Stream.succeed(event), Stream.never), Deferred.succeed(released, undefined))
        })
      )
      const reading = yield* Effect.forkChild(
        Stream.runForEach(remote.events(Scripted.id), () => Deferred.succeed(begun, undefined))
      )
      yield* Bounded.within(Deferred.await(begun), "the first event")
      yield* Fiber.interrupt(reading)
      yield* Bounded.within(Deferred.await(released), "the end of the reading at the server")
    })
  )

  it.live("a failure of the engine in the middle of a stream is that failure", () =>
    Effect.gen(function* () {
      const error = new ExecutionsError.ExecutionsUnavailable({ reason: "the disk is gone" })
      const event = { v: 1, execution: Scripted.id, sequence: 1, at: 1, attempt: 1, type: "paused" } as const
      const { remote } = yield* Served.make(
        Scripted.make({
          events: (_, after) => Stream.concat(after === 0 ? Stream.succeed(event) : Stream.empty, Stream.fail(error))
        })
      )
      const seen: Array<number> = []
      const found = yield* Bounded.within(
        Effect.flip(Stream.runForEach(remote.events(Scripted.id), (e) => Effect.sync(() => seen.push(e.sequence)))),
        "the failure"
      )
      assert.deepStrictEqual(found, error)
      assert.deepStrictEqual(seen, [1])
    })
  )

  it.live("an event of a type that is not known here is passed on as it is", () =>
    Effect.gen(function* () {
      const event = { v: 1, execution: Scripted.id, sequence: 1, at: 1, attempt: 1, type: "step-dreamt", of: ["sheep"] }
      const { remote } = yield* Served.make(Scripted.make({ events: () => Stream.succeed(event as never) }))
      assert.deepStrictEqual(Array.from(yield* collect(remote.events(Scripted.id))), [event as never])
    })
  )

  it.live(
    "200 watchers of one execution all get the same bytes",
    () =>
      Effect.gen(function* () {
        const { a, b, steps } = HandStep.chain("a", "b")
        const engine = yield* ExecutionsLocal.make({ flows: [Flow.make("f", { steps })] })
        const { remote } = yield* Served.make(engine)
        const id = yield* engine.start({ flow: "f" })
        const hand = yield* a.begun(id)
        let watching = 0
        const all = yield* Deferred.make<void>()
        const count = (event: ExecutionEvent.ExecutionEvent) =>
          event.type === "step-started" && event.step === "a" && ++watching === 200
            ? Deferred.succeed(all, undefined)
            : Effect.void
        const watchers = yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: 200 }), () => Stream.runCollect(Stream.tap(remote.events(id), count)), {
            concurrency: "unbounded"
          })
        )
        yield* Bounded.within(Deferred.await(all), "all the watchers", 15_000)
        yield* remote.interrupt(id, { reason: "enough" })
        yield* hand.succeed("🚦")
        const seen = yield* Bounded.within(Fiber.join(watchers), "the end of all the watchers", 15_000)
        const expected = lines(yield* collect(engine.events(id)))
        assert.strictEqual(b.runs(), 0)
        for (const one of seen) assert.deepStrictEqual(lines(one), expected)
      }),
    40_000
  )
})

describe("ExecutionsRemote, a server in another process", () => {
  const program = (socket: string) => `
    const { createServer } = require("node:http")
    createServer((request, response) => {
      if (!request.url.includes("/events")) return
      response.writeHead(200, { "content-type": "text/event-stream" })
      const event = { v: 1, execution: ${JSON.stringify(Scripted.id)}, sequence: 1, at: 1, attempt: 1, type: "paused" }
      response.write("id: 1\\nevent: paused\\ndata: " + JSON.stringify(event) + "\\n\\n")
    }).listen(${JSON.stringify(socket)}, () => process.stdout.write("ready"))`

  const start = (socket: string): Effect.Effect<ChildProcess, never, Scope.Scope> =>
    Effect.acquireRelease(
      Effect.callback<ChildProcess>((resume) => {
        const child = spawn(process.execPath, ["-e", program(socket)], { stdio: ["ignore", "pipe", "inherit"] })
        child.stdout!.once("data", () => resume(Effect.succeed(child)))
      }),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )

  for (const signal of ["SIGKILL", "SIGSTOP"] as const)
    it.live(
      `a stream whose server gets ${signal} fails with why it can't be reached`,
      () =>
        Effect.gen(function* () {
          const socket = join(yield* Served.directory, "s")
          const child = yield* start(socket)
          const begun = yield* Deferred.make<void>()
          const remote: Executions.ExecutionsShape = remoteOn(socket, {
            reconnect: "100 millis",
            silence: "100 millis",
            timeout: "100 millis"
          })
          const id: ExecutionId.ExecutionId = Scripted.id
          const reading = yield* Effect.forkChild(
            Effect.flip(Stream.runForEach(remote.events(id), () => Deferred.succeed(begun, undefined)))
          )
          yield* Bounded.within(Deferred.await(begun), "the first event")
          child.kill(signal)
          const error = yield* Bounded.within(Fiber.join(reading), "the failure")
          assert.strictEqual(error._tag, "ExecutionsUnavailable")
          assert.match(error.message, signal === "SIGKILL" ? /nobody listens on it/ : /did not answer within 0\.1 s/)
          const command = yield* Bounded.within(Effect.flip(remote.interrupt(id)), "the failure of a command")
          assert.match(command.message, signal === "SIGKILL" ? /nobody listens on it/ : /did not answer within 0\.1 s/)
        }),
      15_000
    )
})
