/** What may still start: after a request, behind limits, and while a condition is being found out. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { Flow, InterruptStrategy, Step } from "@halte/engine"
import { HandStep, Watch } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const started = (ended: Engine.Ended) => ended.of("step-started").map((e) => e.step)

describe("PollNextN", () => {
  it.effect("P1: a step whose condition is false is not one of the n that may start", () =>
    Effect.gen(function* () {
      const a = HandStep.make("a")
      const skipped = Step.make("skipped", { after: a.step, when: () => false, run: () => 1 })
      const b = Step.make("b", { after: skipped, run: () => 2 })
      const c = Step.make("c", { after: b, run: () => 3 })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [a.step, skipped, b, c] }))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id, { strategy: InterruptStrategy.PollNextN(1) })
      yield* hand.succeed()
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(started(ended), ["a", "b"])
      assert.deepStrictEqual(ended.outcome.notStarted, ["c"])
      assert.deepStrictEqual(ended.outcome.skipped, ["skipped"])
    })
  )

  it.effect("P1: of several whose conditions are found out at once exactly n start", () =>
    Effect.gen(function* () {
      const a = HandStep.make("a")
      const found = yield* Deferred.make<void>()
      const others = ["b", "c", "d"].map((name) =>
        Step.make(name, { after: a.step, when: () => Effect.as(Deferred.await(found), true), run: () => 1 })
      )
      const engine = yield* Engine.make(Flow.make("flow", { steps: [a.step, ...others] }))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id, { strategy: InterruptStrategy.PollNextN(2) })
      yield* hand.succeed()
      yield* Engine.Bounded.turns(3)
      yield* Deferred.succeed(found, undefined)
      const ended = yield* engine.ended(id)
      assert.strictEqual(started(ended).length, 3)
      assert.strictEqual(ended.outcome.notStarted.length, 1)
    })
  )

  it.effect("P1, R8: a hundred requests that name no strategy let no more and no fewer start than the flow's own", () =>
    Effect.gen(function* () {
      const { a, b, c, steps } = HandStep.chain("a", "b", "c", "d")
      const engine = yield* Engine.make(Flow.make("flow", { steps, strategy: InterruptStrategy.PollNextN(2) }))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* Effect.forEach(Array.from({ length: 100 }), () => engine.interrupt(id), { concurrency: "unbounded" })
      for (const h of [hand, b, c]) yield* "begun" in h ? Effect.flatMap(h.begun(), (x) => x.succeed()) : h.succeed()
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(started(ended), ["a", "b", "c"])
      assert.strictEqual(ended.of("interrupt-requested").length, 1)
      assert.strictEqual(ended.of("interrupt-repeated").length, 99)
    })
  )

  it.effect("P1, R18: asked before the first step, exactly n steps run", () =>
    Effect.gen(function* () {
      const steps = ["a", "b", "c"].map((name, i, all) =>
        Step.make(name, { after: i === 0 ? [] : [all[i - 1]!], run: () => i })
      )
      const engine = yield* Engine.make(Flow.make("flow", { steps }))
      for (const n of [0, 1, 2]) {
        const id = yield* engine.begin()
        yield* engine.interrupt(id, { strategy: InterruptStrategy.PollNextN(n) })
        const ended = yield* engine.ended(id)
        assert.deepStrictEqual(started(ended), ["a", "b", "c"].slice(0, n))
        assert.strictEqual(ended.outcome._tag, "Interrupted")
      }
    })
  )

  it.effect("R68: stops by itself after n steps, and resumes the rest", () =>
    Effect.gen(function* () {
      const steps = ["a", "b", "c", "d"].map((name, i, all) =>
        Step.make(name, { after: i === 0 ? [] : [all[i - 1]!], run: () => i })
      )
      const engine = yield* Engine.make(Flow.make("flow", { steps }))
      const id = yield* engine.begin({ stopAfter: 1 })
      const first = yield* engine.ended(id)
      assert.strictEqual(first.outcome._tag === "Interrupted" && first.outcome.signal.source, "StopAfter")
      assert.deepStrictEqual(first.outcome.completed, ["a"])
      yield* engine.resume(id, { stopAfter: 2 })
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.completed, ["a", "b", "c"])
      yield* engine.resume(id)
      const last = yield* engine.ended(id)
      assert.strictEqual(last.outcome._tag, "Completed")
      assert.deepStrictEqual(
        last.of("step-completed").map((e) => [e.step, e.attempt]),
        [
          ["a", 1],
          ["b", 2],
          ["c", 2],
          ["d", 3]
        ]
      )
    })
  )

  it.effect("R68: a request to one that stops after some steps stops it now", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b", "c")
      const engine = yield* Engine.make(Flow.make("flow", { steps }))
      const id = yield* engine.begin({ stopAfter: 2 })
      const hand = yield* a.begun()
      const receipt = yield* engine.interrupt(id)
      assert.strictEqual(receipt.effect, "repeat")
      yield* hand.succeed()
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(ended.outcome.completed, ["a"])
      assert.deepStrictEqual(ended.of("interrupt-repeated")[0]?.strategy, InterruptStrategy.FinishCurrent)
    })
  )
})

describe("IgnoreInterruptions", () => {
  it.effect("R17, R39: a request before the first step changes nothing but the record", () =>
    Effect.gen(function* () {
      const steps = [Step.make("a", { run: () => 1 }), Step.make("b", { after: "a", run: () => 2 })]
      const engine = yield* Engine.make(Flow.make("flow", { steps, strategy: InterruptStrategy.IgnoreInterruptions }))
      const id = yield* engine.begin()
      yield* engine.interrupt(id)
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.deepStrictEqual(ended.outcome.values, { a: 1, b: 2 })
    })
  )
})

describe("a condition that takes time", () => {
  const slow = Effect.gen(function* () {
    const found = yield* Deferred.make<boolean>()
    const asked = yield* Deferred.make<void>()
    const when = () => Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(found))
    return { asked: Engine.Bounded.within(Deferred.await(asked), "the condition to be looked at"), found, when }
  })

  it.effect("P8: a step whose condition turns out true after the request does not start", () =>
    Effect.gen(function* () {
      const { asked, found, when } = yield* slow
      let cleaned = 0
      const a = Step.make("a", { when, cleanUp: () => void cleaned++, run: () => 1 })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [a] }))
      const id = yield* engine.begin()
      yield* asked
      yield* engine.interrupt(id)
      yield* Deferred.succeed(found, true)
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(started(ended), [])
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      assert.deepStrictEqual(ended.outcome.notStarted, ["a"])
      assert.strictEqual(cleaned, 0, "nothing began, so nothing is cleaned up")
    })
  )

  it.effect("R70: a step whose condition turns out true during a pause starts after it", () =>
    Effect.gen(function* () {
      const { asked, found, when } = yield* slow
      const engine = yield* Engine.make(Flow.make("flow", { steps: [Step.make("a", { when, run: () => 1 })] }))
      const id = yield* engine.begin()
      yield* asked
      yield* engine.pause(id)
      yield* Deferred.succeed(found, true)
      yield* Watch.status(engine, id, "Paused")
      assert.deepStrictEqual((yield* engine.get(id)).steps.get("a")?.status, "Waiting")
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("P6, P11: terminated meanwhile, its step has not started, alone and as a group's condition", () =>
    Effect.gen(function* () {
      for (const grouped of [false, true]) {
        const { asked, when } = yield* slow
        const steps = grouped
          ? [Step.group("g", { when, steps: [Step.make("a", { run: () => 1 })] })]
          : [Step.make("a", { when, run: () => 1 })]
        const engine = yield* Engine.make(Flow.make("flow", { steps }))
        const id = yield* engine.begin()
        yield* asked
        yield* engine.terminate(id)
        const ended = yield* engine.ended(id)
        assert.strictEqual(ended.outcome._tag, "Terminated")
        assert.deepStrictEqual(ended.outcome.notStarted, [grouped ? "g/a" : "a"])
        assert.deepStrictEqual(ended.of("step-terminated"), [])
      }
    })
  )

  it.effect("a failing condition fails its step, which took no time and has nothing to clean up", () =>
    Effect.gen(function* () {
      let cleaned = 0
      const a = Step.make("a", {
        when: () => Effect.fail(new Error("no such branch")),
        cleanUp: () => void cleaned++,
        run: () => 1
      })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [a] }))
      const ended = yield* engine.run()
      assert.strictEqual(ended.outcome._tag === "Failed" && ended.outcome.failure.code, "condition-failed")
      assert.strictEqual(ended.of("step-failed")[0]?.tookMillis, 0)
      assert.strictEqual(cleaned, 0)
    })
  )
})

describe("limits", () => {
  it.effect("P7: one that waits for a place behind a step that is already done gets it", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const hands = ["a", "b", "c"].map((name) => HandStep.make(name, { limit: "one" }))
      const flow = Flow.make("flow", {
        steps: hands.map((h) => h.step),
        limits: { one: 1 }
      })
      const engine = yield* Engine.make(flow)
      const id = yield* engine.begin()
      // Attempt 1: `a` stops half-way and nothing else starts; attempt 2 completes `a` and stops in `b`.
      const [a, b, c] = hands as [HandStep.HandStep, HandStep.HandStep, HandStep.HandStep]
      const first = yield* a.begun()
      yield* first.succeed()
      const second = yield* b.begun()
      yield* engine.interrupt(id)
      yield* second.succeed()
      yield* engine.ended(id)
      yield* engine.resume(id)
      yield* (yield* c.begun()).succeed()
      order.push(...(yield* engine.ended(id)).outcome.completed)
      assert.deepStrictEqual(order, ["a", "b", "c"])
    })
  )

  it.effect("a step that is skipped while others wait for its place keeps none of them waiting", () =>
    Effect.gen(function* () {
      // `no` is skipped; `b` reads it and so is skipped without ever taking its place, with `c` behind it.
      const a = HandStep.make("a", { limit: "one" })
      const no = Step.make("no", { when: () => false, run: () => 1 })
      const b = Step.make("b", { input: { no }, limit: "one", run: () => 2 })
      const c = Step.make("c", { after: no, limit: "one", run: () => 3 })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [a.step, no, b, c], limits: { one: 1 } }))
      const id = yield* engine.begin()
      yield* (yield* a.begun()).succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.deepStrictEqual(ended.outcome.skipped, ["no", "b"])
      assert.deepStrictEqual(ended.outcome.completed, ["a", "c"])
    })
  )
})
