import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Result } from "effect"
import { TestClock } from "effect/testing"
import { Flow, Step, type StepContext, StepGraph } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

/** A flow of one sleep, with the context of the step and the time at which it ended. */
const sleeping = (make: (options: Pick<Step.Options, "when">) => Step.Any) =>
  Effect.gen(function* () {
    let context: StepContext.StepContextShape | undefined
    let endedAt: number | undefined
    const nap = make({
      when: (_, step) => {
        context = step
        return true
      }
    })
    const after = Step.make("after", {
      after: nap,
      run: () =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          endedAt = now
        })
    })
    const engine = yield* Engine.make(Engine.of([nap, after]))
    return { engine, endedAt: () => endedAt, asleep: Engine.quiet(() => context) }
  })

describe("SleepStep", () => {
  it.effect("waits for its time, not a millisecond less", () =>
    Effect.gen(function* () {
      const { asleep, endedAt, engine } = yield* sleeping((o) => Step.sleep("nap", { ...o, duration: "1 minute" }))
      const id = yield* engine.begin()
      yield* asleep
      yield* TestClock.adjust(59_999)
      yield* Engine.Bounded.turns(2)
      assert.isUndefined(endedAt())
      yield* TestClock.adjust(1)
      yield* engine.ended(id)
      assert.strictEqual(endedAt(), 60_000)
    })
  )

  it.effect("P2, P7: stops at once, and waits for the rest of the time on resume, however often", () =>
    Effect.gen(function* () {
      const { asleep, endedAt, engine } = yield* sleeping((o) => Step.sleep("nap", { ...o, duration: "1 minute" }))
      const id = yield* engine.begin()
      for (const [passes, left] of [
        [20_000, 40_000],
        [15_000, 25_000]
      ] as const) {
        yield* asleep
        yield* TestClock.adjust(passes)
        yield* engine.interrupt(id)
        const { of, outcome } = yield* engine.ended(id)
        assert.deepStrictEqual(outcome.interrupted, [{ step: "nap", cursor: left }])
        assert.strictEqual(of("interrupt-requested").at(-1)!.bound._tag, "Within")
        yield* TestClock.adjust("1 hour")
        yield* engine.resume(id)
      }
      yield* asleep
      const resumedAt = yield* Clock.currentTimeMillis
      yield* TestClock.adjust(24_999)
      yield* Engine.Bounded.turns(2)
      assert.isUndefined(endedAt())
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
      assert.strictEqual(endedAt()! - resumedAt, 25_000)
    })
  )

  it.effect("waits until a moment, and not at all for one that has passed", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const { asleep, endedAt, engine } = yield* sleeping((o) => Step.until("nap", { ...o, time: 1_060_000 }))
      const id = yield* engine.begin()
      yield* asleep
      yield* TestClock.adjust(20_000)
      yield* engine.interrupt(id)
      yield* engine.ended(id)
      yield* TestClock.adjust(30_000)
      yield* engine.resume(id)
      yield* asleep
      yield* TestClock.adjust(10_000)
      yield* engine.ended(id)
      assert.strictEqual(endedAt(), 1_060_000, "the moment is the same, whenever it is resumed")
      const past = yield* Engine.runSteps([Step.until("past", { time: 5 }), Step.sleep("none", { duration: 0 })])
      assert.strictEqual(past.outcome._tag, "Completed")
    })
  )

  it.effect("is described by its time, also by one without end, which can be stopped", () =>
    Effect.gen(function* () {
      const forever = Step.sleep("forever", { duration: Duration.infinity })
      const flow = Flow.make("f", {
        steps: [Step.sleep("a", { duration: "90 seconds" }), Step.until("b", { time: 0 }), forever]
      })
      const { description } = Result.getOrThrow(StepGraph.make(flow))
      assert.deepStrictEqual(
        description.steps.map((s) => [s.detail, s.stopsWithinMillis]),
        [
          ["1m 30s", 0],
          ["1970-01-01T00:00:00.000Z", 0],
          ["forever", 0]
        ]
      )
      const { asleep, engine } = yield* sleeping((o) => Step.sleep("nap", { ...o, duration: Duration.infinity }))
      const id = yield* engine.begin()
      yield* asleep
      yield* TestClock.adjust("1000 days")
      yield* engine.interrupt(id)
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(
        outcome.interrupted.map((s) => s.step),
        ["nap"]
      )
      yield* engine.resume(id)
      yield* asleep
      yield* engine.interrupt(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted", "it goes on without end")
    })
  )

  it.effect("its time may be computed from its inputs, and is what was left of it on resume", () =>
    Effect.gen(function* () {
      let computed = 0
      const { asleep, endedAt, engine } = yield* sleeping((o) =>
        Step.sleep("nap", {
          ...o,
          duration: (_, { params }) => {
            computed++
            return Effect.succeed((params as { readonly wait: "1 minute" }).wait)
          }
        })
      )
      const id = yield* engine.begin({ params: { wait: "1 minute" } })
      yield* asleep
      yield* TestClock.adjust(20_000)
      yield* engine.interrupt(id)
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.interrupted, [{ step: "nap", cursor: 40_000 }])
      yield* engine.resume(id)
      yield* asleep
      yield* TestClock.adjust(40_000)
      yield* engine.ended(id)
      assert.deepStrictEqual([endedAt(), computed], [60_000, 1])
    })
  )

  it.effect("so may the moment that it waits for", () =>
    Effect.gen(function* () {
      const { asleep, endedAt, engine } = yield* sleeping((o) => Step.until("nap", { ...o, time: () => 5_000 }))
      const id = yield* engine.begin()
      yield* asleep
      yield* TestClock.adjust(5_000)
      yield* engine.ended(id)
      assert.strictEqual(endedAt(), 5_000)
    })
  )
})
