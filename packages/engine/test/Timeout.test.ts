import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

describe("timeout", () => {
  it.effect("fails a try that does not end in time, at that time and not before, with `timed-out`", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(Engine.of([Step.make("a", { timeout: "10 seconds", run: () => Effect.never })]))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* TestClock.adjust(9_999)
      yield* Engine.Bounded.turns(2)
      assert.strictEqual((yield* engine.get(id)).status, "Running")
      yield* TestClock.adjust(1)
      const { outcome } = yield* engine.ended(id)
      if (outcome._tag !== "Failed") return assert.fail(outcome._tag)
      assert.deepStrictEqual(
        [outcome.failure.code, outcome.failure.message],
        ["timed-out", "it did not end within its timeout of 10 s"]
      )
    })
  )

  it.effect("counts for each try anew", () =>
    Effect.gen(function* () {
      let runs = 0
      const step = Step.make("a", {
        timeout: "10 seconds",
        retry: { tries: 3, delay: 0 },
        run: (_, { try: n }) => {
          runs = n
          return n === 3 ? Effect.succeed(n) : Effect.never
        }
      })
      const engine = yield* Engine.make(Engine.of([step]))
      const id = yield* engine.begin()
      for (let n = 1; n < 3; n++) {
        yield* Engine.Bounded.eventually(() => runs === n, `try ${n}`)
        yield* Engine.Bounded.turns(2)
        yield* TestClock.adjust("10 seconds")
      }
      const { of, outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome.values["a"], 3)
      assert.deepStrictEqual(
        of("step-retrying").map((e) => e.failure.code),
        ["timed-out", "timed-out"]
      )
    })
  )

  it.effect("tells a Promise by its abort signal, and does not wait for one that never ends", () =>
    Effect.gen(function* () {
      const reasons: Array<unknown> = []
      const step = Step.make("a", {
        timeout: "10 seconds",
        run: (_, { signal }) =>
          new Promise(() => signal.addEventListener("abort", () => reasons.push((signal.reason as Error).message)))
      })
      const engine = yield* Engine.make(Engine.of([step]))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* TestClock.adjust("10 seconds")
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "timed-out")
      assert.deepStrictEqual(reasons, ["timed out after 10 s"])
    })
  )

  it.effect("waits for the finalizers of an Effect before it says so", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const step = Step.make("a", {
        timeout: "1 second",
        run: () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => order.push("finalizer")))
      })
      const engine = yield* Engine.make(Engine.of([step]))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* TestClock.adjust("1 second")
      yield* engine.seen(id, "step-failed")
      order.push("failed")
      assert.deepStrictEqual(order, ["finalizer", "failed"])
      yield* engine.ended(id)
    })
  )

  it.effect("R70: stands still while the execution is paused", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(
        Engine.of([
          Step.make("a", {
            timeout: "10 seconds",
            run: (_, step) => Effect.promise(() => step.stop.check()).pipe(Effect.andThen(Effect.never))
          })
        ])
      )
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* TestClock.adjust("6 seconds")
      yield* engine.pause(id)
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("1 hour")
      yield* Engine.Bounded.turns(2)
      assert.deepStrictEqual((yield* engine.get(id)).steps.get("a")!.failure, undefined)
      yield* engine.resume(id)
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust(3_999)
      yield* Engine.Bounded.turns(2)
      assert.strictEqual((yield* engine.get(id)).status, "Running", "4 of its 10 s were left")
      yield* TestClock.adjust(1)
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "timed-out")
    })
  )

  it.effect("a flow's deadline asks for a stop, with its own source, and stands still while paused", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(
        Engine.of([Step.sleep("nap", { duration: "1 hour" }), Step.make("b", { after: "nap", run: () => 1 })], {
          deadline: "1 minute"
        })
      )
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("59 seconds")
      yield* engine.pause(id)
      yield* engine.seen(id, "paused")
      yield* TestClock.adjust("10 minutes")
      yield* engine.resume(id)
      yield* Engine.Bounded.turns(3)
      assert.strictEqual((yield* engine.get(id)).status, "Running")
      yield* TestClock.adjust("1 second")
      const { outcome } = yield* engine.ended(id)
      if (outcome._tag !== "Interrupted") return assert.fail(outcome._tag)
      assert.deepStrictEqual([outcome.signal.source, outcome.signal.reason], ["Deadline", "its deadline has passed"])
      assert.deepStrictEqual(
        outcome.interrupted.map((s) => s.step),
        ["nap"]
      )
    })
  )

  it.effect("a step that ends in time leaves no timer behind", () =>
    Effect.gen(function* () {
      const { outcome } = yield* Engine.runSteps([Step.make("a", { timeout: "1 hour", run: async () => 1 })], {
        deadline: "1 hour"
      })
      assert.strictEqual(outcome._tag, "Completed")
      yield* TestClock.adjust("2 hours")
    })
  )
})
