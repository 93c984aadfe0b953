/** What is written when: one append per turn of the event loop, those of several executions in one synchronous run. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { type ExecutionStore, ExecutionStoreMemory, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

interface Written {
  readonly execution: string
  readonly types: ReadonlyArray<string>
  readonly steps: ReadonlyArray<string>
  /** Appends of one number were handed over without anything in between, not even a microtask. */
  readonly run: number
}

const recording = (turns = 0) => {
  const memory = ExecutionStoreMemory.make()
  const appends: Array<Written> = []
  let run = 0
  let isOpen = false
  const store: ExecutionStore.ExecutionStoreShape = {
    ...memory,
    durable: true,
    append: (claim, events, options) =>
      Effect.suspend(() => {
        if (!isOpen) {
          run++
          isOpen = true
          queueMicrotask(() => (isOpen = false))
        }
        const all = [...events]
        appends.push({
          execution: claim.execution,
          types: all.map((e) => e.type),
          steps: all.flatMap((e) => ("step" in e ? [`${e.type} ${e.step}`] : [])),
          run
        })
        const kept = memory.append(claim, all, options)
        return turns === 0 ? kept : Effect.andThen(Bounded.turns(turns), kept)
      })
  }
  return { store, appends }
}

describe("over a store that outlives the process", () => {
  it.live("steps that complete in one turn share one append", () =>
    Effect.gen(function* () {
      const { appends, store } = recording()
      const first = Step.make("first", { run: () => 0 })
      const fan = ["a", "b", "c", "d"].map((name) => Step.make(name, { after: first, run: () => name }))
      const last = Step.make("last", { after: fan, run: () => 1 })
      const engine = yield* Engine.make(Engine.of([first, ...fan, last]), { store })
      yield* engine.run()
      assert.deepStrictEqual(
        appends.map((a) => a.steps.filter((s) => s.startsWith("step-completed"))).filter((list) => list.length > 0),
        [
          ["step-completed first"],
          ["step-completed a", "step-completed b", "step-completed c", "step-completed d"],
          ["step-completed last"]
        ]
      )
    })
  )

  it.live("the appends that several executions have in one turn come in one synchronous run", () =>
    Effect.gen(function* () {
      const { appends, store } = recording()
      const flow = Engine.of([Step.make("a", { run: () => 1 }), Step.make("b", { after: "a", run: () => 2 })])
      const engine = yield* Engine.make(flow, { store })
      const ids = yield* Effect.forEach(Array(10).fill(0), () => engine.begin(), { concurrency: "unbounded" })
      for (const id of ids) yield* engine.ended(id)
      for (const type of ["execution-started", "step-completed", "execution-ended"]) {
        const of = appends.filter((a) => a.types.includes(type))
        assert.isAtLeast(of.length, 10)
        const runs = new Set(of.map((a) => a.run))
        assert.isAtMost(runs.size, type === "step-completed" ? 2 : 1, `the runs with ${type}`)
      }
    })
  )

  it.live("a request to stop is handed over at once, by whatever the turn still brings", () =>
    Effect.gen(function* () {
      const { appends, store } = recording()
      const { a, steps } = HandStep.chain("a", "b")
      for (const durability of ["step", "relaxed"] as const) {
        const engine = yield* Engine.make(Engine.of(steps, { durability }), { store })
        const id = yield* engine.begin()
        const hand = yield* a.begun(id)
        yield* Bounded.turns(3)
        const before = appends.length
        Effect.runFork(engine.interrupt(id))
        assert.deepStrictEqual(
          appends.slice(before).map((append) => append.types.at(-1)),
          ["interrupt-requested"],
          "nothing was waited for"
        )
        yield* hand.succeed()
        yield* engine.ended(id)
      }
    })
  )

  it.live("lines and events of one turn are both handed over before either is answered", () =>
    Effect.gen(function* () {
      const both = yield* Deferred.make<void>()
      let waiting = 0
      const { store } = recording()
      let watch = false
      const meet = <A, E>(effect: Effect.Effect<A, E>) =>
        Effect.suspend(() => {
          if (!watch) return effect
          if (++waiting === 2) Deferred.doneUnsafe(both, Effect.void)
          return Effect.andThen(Deferred.await(both), effect)
        })
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Engine.of(steps), {
        store: {
          ...store,
          append: (...args) => meet(store.append(...args)),
          appendLog: (...args) => meet(store.appendLog(...args))
        }
      })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* Bounded.turns(3)
      watch = true
      hand.context.log("a line")
      hand.context.report({ done: 1 })
      yield* Bounded.within(Deferred.await(both), "both writes to be under way")
      watch = false
      yield* hand.stopHalfWay()
      yield* engine.ended(id)
    })
  )

  it.live("the last line of a step is there before the claim goes with the last event", () =>
    Effect.gen(function* () {
      const { store } = recording(1)
      const step = Step.make("a", {
        run: (_: unknown, { log }) => {
          for (let i = 0; i < 50; i++) log(`line ${i}`)
        }
      })
      const engine = yield* Engine.make(Engine.of([step]), { store })
      const { id } = yield* engine.run()
      assert.strictEqual((yield* engine.lines(id)).length, 50)
      assert.isUndefined(engine.unrecorded(id))
    })
  )
})

describe("a step that must not run twice", () => {
  for (const durability of ["step", "relaxed"] as const)
    for (const retry of [undefined, { tries: 2 }])
      it.live(
        `begins its work once its beginning is stored, ${durability}${retry === undefined ? "" : ", with tries"}`,
        () =>
          Effect.gen(function* () {
            const { appends, store } = recording(2)
            const seen: Array<boolean> = []
            const pay = Step.make("pay", {
              idempotent: false,
              retry,
              run: () => void seen.push(appends.some(({ types }) => types.includes("step-started")))
            })
            const engine = yield* Engine.make(Engine.of([pay], { durability }), { store })
            const ended = yield* engine.run()
            assert.strictEqual(ended.outcome._tag, "Completed")
            assert.deepStrictEqual(seen, [true])
          })
      )
})

describe("written behind", () => {
  it.live("many steps are written by thousands, at most each 50 ms, and what they wait for is only the end", () =>
    Effect.gen(function* () {
      const { appends, store } = recording()
      const steps = Array.from({ length: 10_000 }, (_, i) => Step.make(`s${i}`, { run: () => i }))
      const engine = yield* Engine.make(Engine.of(steps, { durability: "relaxed" }), { store })
      const began = performance.now()
      const id = yield* engine.begin()
      yield* Bounded.within(engine.outcome(id), "its end")
      const passed = performance.now() - began
      const events = appends.reduce((sum, { types }) => sum + types.length, 0)
      assert.strictEqual(events, 20_002)
      // The start is waited for, and so is the end.
      assert.isAtMost(appends.length, Math.ceil(events / 4096) + Math.ceil(passed / 50) + 2)
      assert.isAtLeast(appends.length, 2)
    })
  )

  it.live("a step that goes on for long is written without anybody asking", () =>
    Effect.gen(function* () {
      const { appends, store } = recording()
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(Engine.of(steps, { durability: "relaxed" }), { store })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      const before = appends.length
      hand.context.report({ done: 1 })
      assert.strictEqual(appends.length, before, "not at once")
      yield* Bounded.eventually(() => appends.length > before, "the progress to be written")
      yield* hand.succeed()
      yield* engine.ended(id)
    })
  )

  it.live("a command is answered once it is recorded, and that is soon", () =>
    Effect.gen(function* () {
      const { store } = recording(1)
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(Engine.of(steps, { durability: "relaxed" }), { store })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.pause(id)
      assert.strictEqual((yield* engine.get(id)).status, "Pausing")
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.get(id)).status, "Running")
      yield* hand.succeed()
      yield* engine.ended(id)
    })
  )
})
