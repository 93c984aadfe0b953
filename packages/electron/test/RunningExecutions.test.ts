import { assert, describe, it } from "@effect/vitest"
import { ExecutionsError, type ExecutionState, Flow, Step } from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import { ExecutionsRemote } from "@halte/client"
import { HttpHandler } from "@halte/http"
import { Effect, Stream } from "effect"
import * as RunningExecutions from "../src/main/RunningExecutions.ts"
import { EngineInHand, engineOf } from "./support/LocalDesk.ts"

type State = ExecutionState.ExecutionState

const flowOf = (name: string, steps: ReadonlyArray<Step.Any>) => Flow.make(name, { steps }) as Flow.Flow<unknown, never>

const setUp = (flows: ReadonlyArray<Flow.Flow<unknown, never>>, engine = new EngineInHand()) =>
  Effect.gen(function* () {
    const executions = yield* engineOf(flows, engine)
    // Counts the streams that are open, and whether any was left so.
    let open = 0
    const counted = {
      ...executions,
      events: (...args: Parameters<typeof executions.events>) =>
        Stream.unwrap(
          Effect.acquireRelease(
            Effect.sync(() => ++open),
            () => Effect.sync(() => --open)
          ).pipe(Effect.as(executions.events(...args)))
        )
    }
    const ended: Array<State> = []
    const running = RunningExecutions.make({ engine, executions: counted, changeMillis: 1, againMillis: 5 })
    running.onEnded((state) => ended.push(state))
    yield* Effect.addFinalizer(() => Effect.sync(running.close))
    return { engine, executions, running, ended, open: () => open }
  })

const endsSoFar = (ended: ReadonlyArray<State>) => ended.map(({ attempt, status }) => `${status} ${attempt}`)

describe("RunningExecutions", () => {
  it.live("follows what the engine runs, and tells each end once with the state in which it ended", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { ended, executions, open, running } = yield* setUp([flowOf("release", steps)])
      let changes = 0
      running.onChange(() => changes++)
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* Bounded.eventually(() => running.states.get(id)?.steps.get("a")?.status === "Running", "step `a`")
      yield* Bounded.eventually(() => changes > 0, "a change")
      assert.strictEqual(open(), 1)
      yield* executions.interrupt(id, { source: "Desktop" })
      yield* Bounded.eventually(() => running.states.get(id)?.status === "Interrupting", "the request")
      yield* hand.succeed()
      yield* Bounded.eventually(() => ended.length > 0, "the end")
      assert.deepStrictEqual(endsSoFar(ended), ["Interrupted 1"])
      assert.deepStrictEqual(ended[0]?.ended?.partition.notStarted, ["b"])
      assert.strictEqual(running.states.size, 0)
      yield* Bounded.eventually(() => open() === 0, "the end of the stream")
    })
  )

  it.live("tells an end also when it came before anybody looked", () =>
    Effect.gen(function* () {
      const flow = flowOf("quick", [Step.make("only", { run: () => Effect.succeed(1) })])
      const { engine, ended, executions, running } = yield* setUp([flow])
      const ids = yield* Effect.forEach(Array.from({ length: 20 }), () => executions.start({ flow: "quick" }), {
        concurrency: "unbounded"
      })
      yield* Bounded.eventually(() => ended.length === ids.length, "every end")
      assert.sameMembers(
        ended.map(({ id }) => id),
        ids
      )
      assert.deepStrictEqual(new Set(endsSoFar(ended)), new Set(["Completed 1"]))
      // The same ids once more, as an engine may say them: nothing has ended anew.
      engine.set({ live: ids })
      engine.set({ live: [] })
      yield* Bounded.turns(20)
      assert.strictEqual(ended.length, ids.length)
      assert.strictEqual(running.states.size, 0)
    })
  )

  it.live("tells the end of every attempt: what was resumed ends again", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { ended, executions, running } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* executions.interrupt(id)
      yield* hand.succeed()
      yield* Watch.status(executions, id, "Interrupted")
      // At once, before the first end need have been seen.
      yield* executions.resume(id)
      yield* Bounded.eventually(() => running.states.get(id)?.attempt === 2, "the second attempt")
      yield* executions.terminate(id)
      yield* Bounded.eventually(() => ended.length === 2, "both ends")
      assert.deepStrictEqual(endsSoFar(ended), ["Interrupted 1", "Terminated 2"])
    })
  )

  it.live("R73 is empty when the engine dies, tells no end, and follows what the next engine runs", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { engine, ended, executions, open, running } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* Bounded.eventually(() => running.states.has(id), "the execution")
      let changes = 0
      running.onChange(() => changes++)
      engine.die()
      assert.strictEqual(running.states.size, 0)
      yield* Bounded.eventually(() => changes > 0, "the change")
      yield* Bounded.eventually(() => open() === 0, "the end of the stream")
      engine.set({ state: { _tag: "Starting" }, pid: 2 })
      engine.set({ state: { _tag: "Running", recovered: [] }, pid: 2, live: [id] })
      yield* Bounded.eventually(() => running.states.has(id), "the execution, again")
      assert.deepStrictEqual(ended, [])
      yield* hand.succeed()
      yield* Bounded.eventually(() => ended.length === 1, "its end")
      assert.deepStrictEqual(endsSoFar(ended), ["Completed 1"])
    })
  )

  it.live("takes another process for another engine, also when nobody saw the first one end", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { engine, ended, executions, open, running } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* Bounded.eventually(() => running.states.has(id) && open() === 1, "the execution")
      engine.set({ pid: 2, live: [] })
      yield* Bounded.eventually(() => running.states.size === 0 && open() === 0, "nothing")
      yield* hand.succeed()
      assert.deepStrictEqual(ended, [])
    })
  )

  it.live("tells no end of long ago, nor one that a crash was found by", () =>
    Effect.gen(function* () {
      const engine = new EngineInHand()
      engine.set({ state: { _tag: "Starting" } })
      const flow = flowOf("quick", [Step.make("only", { run: () => Effect.succeed(1) })])
      const { ended, executions, running } = yield* setUp([flow], engine)
      const id = yield* executions.start({ flow: "quick" })
      const { endedAt = 0 } = yield* Watch.status(executions, id, "Completed")
      yield* Bounded.eventually(() => Date.now() > endedAt, "a later moment")
      engine.set({ state: { _tag: "Running", recovered: [] }, live: [id] })
      engine.set({ live: [] })
      yield* Bounded.turns(20)
      assert.deepStrictEqual(ended, [])
      assert.strictEqual(running.states.size, 0)
    })
  )

  it.live("comes back after a read that failed, and never tells what it could not read", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = new EngineInHand()
      const executions = yield* engineOf([flowOf("release", steps)], engine)
      let failures = 0
      const fails = new ExecutionsError.ExecutionsUnavailable({ reason: "not now" })
      const running = RunningExecutions.make({
        engine,
        changeMillis: 1,
        againMillis: 5,
        executions: {
          ...executions,
          get: (id) => (++failures <= 3 ? Effect.fail(fails) : executions.get(id)),
          // The first stream breaks off in the middle.
          events: (id, after) =>
            failures <= 4
              ? Stream.concat(Stream.take(executions.events(id, after), 0), Stream.fail(fails))
              : executions.events(id, after)
        }
      })
      const ended: Array<State> = []
      running.onEnded((state) => ended.push(state))
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* Bounded.eventually(() => running.states.has(id) && failures > 4, "the execution")
      yield* hand.succeed()
      yield* Bounded.eventually(() => ended.length === 1, "its end")
      running.close()
    })
  )

  it.live("R5 says the same over the way that a window has to its engine: requests, and streams of events", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const engine = new EngineInHand()
      const executions = yield* engineOf([flowOf("release", steps)], engine)
      const handler = HttpHandler.make(executions)
      const remote = ExecutionsRemote.make({
        transport: (request) => handler(request, { door: "Desktop" }),
        url: "halte://app",
        name: "the engine",
        source: "Desktop"
      })
      const running = RunningExecutions.make({ engine, executions: remote, changeMillis: 1, againMillis: 5 })
      yield* Effect.addFinalizer(() => Effect.sync(running.close))
      const ended: Array<State> = []
      running.onEnded((state) => ended.push(state))
      const id = yield* remote.start({ flow: "release" })
      yield* (yield* a.begun(id)).succeed(1)
      const hand = yield* b.begun(id)
      yield* Bounded.eventually(() => running.states.get(id)?.steps.get("b")?.status === "Running", "step `b`")
      assert.strictEqual(running.states.get(id)?.source, "Desktop")
      yield* remote.interrupt(id)
      yield* hand.stopHalfWay({ cursor: 3 })
      yield* Bounded.eventually(() => ended.length === 1, "its end")
      yield* remote.resume(id)
      yield* (yield* b.begun(id)).succeed(2)
      yield* Bounded.eventually(() => ended.length === 2, "the end of the second attempt")
      assert.deepStrictEqual(endsSoFar(ended), ["Interrupted 1", "Completed 2"])
      assert.deepStrictEqual(ended[1], yield* remote.get(id))
      assert.strictEqual(ended[0]?.signal?.source, "Desktop")
    })
  )

  it.live("tells nobody any more once it is closed, and leaves no stream open", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { ended, executions, open, running } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* Bounded.eventually(() => open() === 1, "the stream")
      running.close()
      yield* Bounded.eventually(() => open() === 0, "the end of the stream")
      yield* hand.succeed()
      yield* Watch.status(executions, id, "Completed")
      yield* Bounded.turns(5)
      assert.deepStrictEqual(ended, [])
    })
  )
})
