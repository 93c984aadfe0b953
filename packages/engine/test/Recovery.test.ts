/** Executions whose engine is gone: each is ended once, whatever it was doing, and can be resumed like any other. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import {
  ExecutionId,
  type ExecutionEvent,
  ExecutionState,
  ExecutionStore,
  ExecutionStoreMemory,
  Recovery,
  Step
} from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"

type Shape = ExecutionStore.ExecutionStoreShape

const fold = (store: Shape, id: ExecutionId.ExecutionId) =>
  Effect.map(store.read(id, 0, 1000), (events) => ({ events, state: ExecutionState.fold(undefined, events)! }))

const scene = (options: { readonly maxExecutions?: number | undefined; readonly single?: boolean } = {}) =>
  Effect.gen(function* () {
    const shared = ExecutionStoreMemory.make()
    const store = MortalStore.make(shared)
    const chain = HandStep.chain("a", "b")
    const flow = Engine.of(chain.steps, { single: options.single })
    const engine = yield* Engine.doomed(flow, { store, owner: "gone", maxExecutions: options.maxExecutions })
    const recover = Effect.suspend(() => {
      store.kill()
      return Recovery.recover(shared, { owner: "next", gone: "gone" })
    })
    return { ...chain, shared, store, flow, engine, recover }
  })

describe("recovering", () => {
  const statuses: ReadonlyArray<
    readonly [string, (s: Effect.Success<ReturnType<typeof scene>>) => Effect.Effect<ExecutionId.ExecutionId, unknown>]
  > = [
    [
      "Pending",
      ({ a, engine }) =>
        Effect.gen(function* () {
          const first = yield* engine.begin()
          yield* a.begun(first)
          return yield* engine.begin()
        })
    ],
    ["Running", ({ a, engine }) => Effect.tap(engine.begin(), (id) => a.begun(id))],
    [
      "Pausing",
      ({ a, engine }) =>
        Effect.gen(function* () {
          const id = yield* engine.begin()
          yield* a.begun(id)
          yield* engine.pause(id)
          return id
        })
    ],
    [
      "Paused",
      ({ a, engine }) =>
        Effect.gen(function* () {
          const id = yield* engine.begin()
          const hand = yield* a.begun(id)
          yield* engine.pause(id)
          yield* hand.begin(3)
          yield* engine.seen(id, "paused")
          return id
        })
    ],
    [
      "Interrupting",
      ({ a, engine }) =>
        Effect.gen(function* () {
          const id = yield* engine.begin()
          yield* a.begun(id)
          yield* engine.interrupt(id)
          return id
        })
    ],
    [
      "Terminating",
      ({ a, engine }) =>
        Effect.gen(function* () {
          const id = yield* engine.begin()
          const hand = yield* a.begun(id)
          const never = yield* Deferred.make<void>()
          yield* Effect.forkChild(hand.perform(Effect.uninterruptible(Deferred.await(never))), {
            startImmediately: true
          })
          yield* engine.terminate(id)
          return id
        })
    ]
  ]
  for (const [status, prepare] of statuses)
    it.live(`P5: ends one that was ${status}, and it can be resumed`, () =>
      Effect.gen(function* () {
        const it = yield* scene({ maxExecutions: status === "Pending" ? 1 : undefined })
        const id = yield* prepare(it)
        yield* Bounded.turns(2)
        assert.strictEqual((yield* fold(it.shared, id)).state.status, status)
        const recovered = yield* it.recover
        assert.include(
          recovered.map((r) => r.execution),
          id
        )
        const { events, state } = yield* fold(it.shared, id)
        assert.deepStrictEqual(
          [state.status, state.ended!.cause, yield* it.shared.owners],
          ["Interrupted", "Crash", []]
        )
        assert.deepStrictEqual(
          events.map((e) => e.sequence),
          events.map((_, i) => i + 1)
        )
        const { partition } = state.ended!
        assert.deepStrictEqual(
          [partition.interrupted.map((s) => s.step), partition.notStarted],
          status === "Pending" ? [[], ["a", "b"]] : [["a"], ["b"]]
        )
        const engine = yield* Engine.make(it.flow, { store: MortalStore.make(it.shared) })
        yield* engine.resume(id)
        for (const hand of [it.a, it.b]) yield* (yield* hand.begun(id)).succeed(hand.name)
        assert.deepStrictEqual((yield* engine.ended(id)).outcome.values, { a: "a", b: "b" })
        // One that has it on its hands can't be told twice.
        assert.deepStrictEqual(yield* it.recover, [])
      })
    )

  it.live("says of the processes that were recorded that they are gone, and which could not be ended", () =>
    Effect.gen(function* () {
      const { a, engine, shared, store } = yield* scene()
      const id = yield* engine.begin()
      const { context } = yield* a.begun()
      for (const pid of [11, 12, 13]) context.record({ type: "process-started", step: "a", try: 1, pid, command: "x" })
      context.record({ type: "process-exited", step: "a", try: 1, pid: 11, exitCode: 0, tookMillis: 1 })
      yield* engine.seen(id, "process-exited")
      store.kill()
      yield* Recovery.recover(shared, { owner: "next", gone: "gone", left: [13, 99] })
      const { state } = yield* fold(shared, id)
      assert.deepStrictEqual(
        state.processes.map((p) => [p.pid, p.exited?.exitCode, p.exited?.left]),
        [
          [11, 0, undefined],
          [12, undefined, undefined],
          [13, undefined, [13]]
        ]
      )
    })
  )

  it.live("R10: done by several at once ends each execution once", () =>
    Effect.gen(function* () {
      const { a, engine, shared, store } = yield* scene()
      const ids = yield* Effect.forEach(Array(250).fill(0), () => engine.begin(), { concurrency: "unbounded" })
      for (const id of ids) yield* a.begun(id)
      store.kill()
      const all = yield* Effect.forEach(
        ["one", "two", "three"],
        (owner, i) => Recovery.recover(MortalStore.make(shared, undefined, i + 1), { owner, gone: "gone" }),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        all
          .flat()
          .map((r) => r.execution)
          .sort(),
        [...ids].sort()
      )
      for (const id of ids)
        assert.strictEqual(
          (yield* shared.read(id, 0, 100)).filter((e) => e.type === "execution-ended").length,
          1,
          "one end"
        )
      assert.deepStrictEqual(yield* shared.owners, [])
    })
  )

  it.live("frees one that had ended and kept its claim, and a claim without events, and adds nothing", () =>
    Effect.gen(function* () {
      const { a, engine, flow, shared, store } = yield* scene({ single: true })
      const id = yield* engine.begin()
      yield* (yield* a.begun()).stopHalfWay()
      yield* engine.ended(id)
      const before = yield* shared.read(id, 0, 100)
      store.kill()
      yield* shared.claim(id, "gone")
      const empty = ExecutionId.make(Date.now())
      yield* shared.claim(empty, "gone", { single: flow.name })
      yield* shared.claim(ExecutionId.make(Date.now()), "alive")
      assert.deepStrictEqual(yield* Recovery.recover(shared, { owner: "next", gone: "gone" }), [])
      assert.deepStrictEqual(
        (yield* shared.owners).map((o) => o.owner),
        ["alive"]
      )
      assert.deepStrictEqual(yield* shared.read(id, 0, 100), before)
      yield* shared.claim(ExecutionId.make(Date.now()), "next", { single: flow.name })
    })
  )

  it.live("leaves what it could not write as it was found, for the next one", () =>
    Effect.gen(function* () {
      const { a, engine, shared, store } = yield* scene()
      const id = yield* engine.begin()
      yield* a.begun()
      store.kill()
      const full: Shape = {
        ...shared,
        append: () => Effect.fail(new ExecutionStore.StoreUnavailable({ reason: "the disk is full" }))
      }
      const exit = yield* Effect.exit(Recovery.recover(full, { owner: "next", gone: "gone" }))
      assert.isTrue(Exit.isFailure(exit))
      assert.deepStrictEqual(
        (yield* shared.owners).map((o) => o.owner),
        ["gone"]
      )
      const recovered = yield* Recovery.recover(shared, { owner: "next", gone: "gone" })
      assert.deepStrictEqual(
        recovered.map((r) => r.execution),
        [id]
      )
    })
  )
})

describe("an engine whose store could not be written for a while", () => {
  const broken = (shared: Shape) => {
    let isBroken = false
    const store = MortalStore.make(shared)
    const appends: Shape = {
      ...store,
      append: (...args) =>
        isBroken
          ? Effect.fail(new ExecutionStore.StoreUnavailable({ reason: "the disk is full" }))
          : store.append(...args)
    }
    return { store: appends, set: (value: boolean) => (isBroken = value) }
  }

  it.live("P5: writes the end of what it had to stop once it can, and resumes it", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { set, store } = broken(shared)
      const { a, b, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Engine.of(steps, { single: true }), { store })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.seen(id, "step-started")
      set(true)
      hand.context.report({ done: 1 })
      yield* Bounded.eventually(() => hand.context.control.demand === "interrupt", "the request to stop")
      yield* hand.stopHalfWay()
      yield* Bounded.within(engine.outcome(id), "its end")
      assert.strictEqual((yield* engine.get(id)).status, "Running", "the store knows of no end")
      const error = yield* Effect.flip(engine.resume(id))
      assert.strictEqual(error._tag, "ExecutionsUnavailable")
      set(false)
      yield* engine.resume(id)
      for (const step of [a, b]) yield* (yield* step.begun()).succeed()
      const { of, outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(
        [of("execution-ended").map((e) => e.cause), of("step-interrupted").map((e) => e.detail)],
        [["Crash", undefined], ["its end could not be recorded"]]
      )
      assert.deepStrictEqual(yield* shared.owners, [])
    })
  )

  it.effect("R16: gives back the claims that it could not use, while it says that it is alive", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { set, store } = broken(shared)
      const engine = yield* Engine.make(Engine.of([Step.make("a", { run: () => 1 })], { single: true }), { store })
      set(true)
      const error = yield* Effect.flip(engine.begin())
      assert.strictEqual(error._tag, "ExecutionsUnavailable")
      set(false)
      yield* TestClock.adjust("10 seconds")
      yield* Bounded.turns(3)
      assert.deepStrictEqual(yield* shared.owners, [])
      assert.strictEqual((yield* engine.run()).outcome._tag, "Completed")
    })
  )
})

describe("P8: an engine whose executions were taken over", () => {
  const taken = Effect.gen(function* () {
    const shared = ExecutionStoreMemory.make()
    const a = HandStep.make("a")
    const b = HandStep.make("b")
    const c = HandStep.make("c", { after: [a.step, b.step] })
    const flow = Engine.of([a.step, b.step, c.step])
    const store = MortalStore.make(shared)
    const one = yield* Engine.make(flow, { store, owner: "one" })
    const id = yield* one.begin()
    const hands = [yield* a.begun(), yield* b.begun()] as const
    yield* one.seen(id, "step-started", { step: "b" })
    // It was taken for gone although it was not: it had slept, or its machine was not to be seen.
    yield* Recovery.recover(shared, { owner: "two", gone: "one" })
    const { sequence: recovered } = yield* one.get(id)
    const two = yield* Engine.make(flow, { store: MortalStore.make(shared), owner: "two" })
    yield* two.resume(id)
    const next = [yield* a.begun(), yield* b.begun()] as const
    yield* two.seen(id, "step-started", { step: "b", after: recovered })
    const finish = Effect.gen(function* () {
      for (const hand of next) yield* hand.succeed("two")
      yield* (yield* c.begun()).succeed("two")
      const ended = yield* two.ended(id)
      assert.deepStrictEqual(ended.outcome.values, { a: "two", b: "two", c: "two" })
      assert.deepStrictEqual(
        ended.events.filter((e): e is ExecutionEvent.Of<"step-completed"> => e.type === "step-completed").length,
        3
      )
      assert.deepStrictEqual([a.runs(), b.runs(), c.runs()], [2, 2, 1])
      assert.deepStrictEqual(yield* shared.owners, [])
    })
    return { shared, store, one, id, hands, finish }
  })

  it.effect("ends them by force at its next sign of life, and writes nothing", () =>
    Effect.gen(function* () {
      const { finish, hands, id, one, shared } = yield* taken
      const demands: Array<string> = []
      hands[0].context.control.subscribe((demand) => void demands.push(demand))
      const signal = hands[1].context.signal
      const before = yield* shared.read(id, 0, 100)
      yield* TestClock.adjust("10 seconds")
      for (const hand of hands) yield* hand.interrupted
      // What runs outside is told by the same.
      assert.deepStrictEqual([demands, signal.aborted], [["terminate"], true])
      const outcome = yield* Bounded.within(one.outcome(id), "the end in the first engine")
      assert.strictEqual(outcome._tag, "Terminated")
      assert.match(one.unrecorded(id)!, /belongs to another engine now/)
      assert.deepStrictEqual(yield* shared.read(id, 0, 100), before)
      yield* finish
    })
  )

  it.effect("ends them by force at their next write, of a step as of a line", () =>
    Effect.gen(function* () {
      for (const write of ["step", "line"] as const) {
        const { finish, hands, id, one, shared } = yield* taken
        const before = yield* shared.read(id, 0, 100)
        if (write === "step") yield* hands[0].succeed("one")
        else hands[0].context.log("still here")
        yield* hands[1].interrupted
        const outcome = yield* Bounded.within(one.outcome(id), "the end in the first engine")
        assert.strictEqual(outcome._tag, "Terminated")
        assert.deepStrictEqual(yield* shared.read(id, 0, 100), before)
        assert.deepStrictEqual(yield* shared.readLog(id, { after: 0, limit: 10 }), [])
        yield* finish
      }
    })
  )

  it.effect("answers no command as if it still had them", () =>
    Effect.gen(function* () {
      const { finish, hands, id, one } = yield* taken
      yield* hands[0].succeed("one")
      yield* Bounded.within(one.outcome(id), "the end in the first engine")
      const error = yield* Effect.flip(one.interrupt(id))
      assert.strictEqual(error._tag, "ExecutionsUnavailable")
      assert.strictEqual((yield* one.get(id)).status, "Running")
      yield* finish
    })
  )
})
