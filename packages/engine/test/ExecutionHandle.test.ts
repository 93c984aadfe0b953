import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ExecutionHandle, Flow, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

describe("ExecutionHandle", () => {
  it.effect("R6: starting and then waiting gives what running gives", () =>
    Effect.gen(function* () {
      const one = Step.make("one", { run: () => 1 })
      const two = Step.make("two", { input: { one }, run: ({ one }) => one + 1 })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [one, two] }))
      const ran = yield* ExecutionHandle.run(engine, { flow: "flow" })
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" })
      const started = yield* handle.outcome
      const bare = ({ execution: _e, tookMillis: _t, ...rest }: typeof ran) => rest
      assert.deepStrictEqual(bare(started), bare(ran))
      assert.deepStrictEqual(ran.values, { one: 1, two: 2 })
      assert.deepStrictEqual(yield* engine.outcome(handle.id), started)
    })
  )

  it.effect("R38: starting answers the id before the first step ends", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(Flow.make("flow", { steps }))
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" })
      const hand = yield* a.begun(handle.id)
      assert.isUndefined(hand.exit())
      yield* handle.stepStarted("a")
      yield* hand.succeed()
      assert.strictEqual((yield* handle.outcome)._tag, "Completed")
    })
  )

  it.effect("waits for a step of the attempt under way, not of an earlier one", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Flow.make("flow", { steps }))
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" })
      yield* (yield* a.begun()).succeed()
      const half = yield* b.begun()
      yield* handle.interrupt()
      yield* half.check(1)
      yield* half.stopHalfWay()
      yield* handle.outcome
      // The second attempt's `b` is not begun while it is paused before it.
      yield* handle.resume()
      yield* handle.pause()
      const waiting = yield* Effect.forkChild(handle.stepStarted("b"), { startImmediately: true })
      yield* Bounded.turns(5)
      assert.isUndefined(waiting.pollUnsafe(), "it began in the first attempt only")
      yield* handle.resume()
      const again = yield* b.begun()
      yield* Bounded.within(Fiber.join(waiting), "`b` of the second attempt")
      yield* again.succeed()
      assert.strictEqual((yield* handle.outcome).attempt, 2)
    })
  )

  it.effect("answers without the step when the attempt ends before it", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Flow.make("flow", { steps }))
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" })
      const hand = yield* a.begun()
      yield* handle.interrupt()
      yield* hand.succeed()
      yield* Bounded.within(handle.stepStarted("b"), "the end of the attempt")
    })
  )

  it.effect("answers the outcome of the attempt that was waited for, also when it is resumed at once", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Flow.make("flow", { steps }))
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" })
      const hand = yield* a.begun()
      const waiting = yield* Effect.forkChild(handle.outcome, { startImmediately: true })
      // Resumed by whoever hears of the end first.
      const resumed = yield* Effect.forkChild(Effect.andThen(engine.outcome(handle.id), handle.resume()), {
        startImmediately: true
      })
      yield* handle.interrupt()
      yield* hand.succeed()
      yield* Fiber.join(resumed)
      const first = yield* Bounded.within(Fiber.join(waiting), "the outcome of the first attempt")
      assert.strictEqual(first._tag, "Interrupted")
      assert.strictEqual(first.attempt, 1)
      yield* (yield* b.begun()).succeed()
      assert.strictEqual((yield* handle.outcome)._tag, "Completed")
    })
  )
})
