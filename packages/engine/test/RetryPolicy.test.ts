import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Schedule } from "effect"
import { TestClock } from "effect/testing"
import { RetryPolicy, Step, type StepContext, type StepFailure } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

/** Runs a step that fails `failures` times, moving the clock by hand; answers when each try began. */
const tries = (retry: RetryPolicy.RetryPolicy, failures: number, waits: ReadonlyArray<number>) =>
  Effect.gen(function* () {
    const began: Array<number> = []
    let context: StepContext.StepContextShape | undefined
    const step = Step.make("a", {
      retry,
      run: (_, given) =>
        Effect.gen(function* () {
          context = given
          began.push(yield* Clock.currentTimeMillis)
          if (began.length <= failures) return yield* Effect.fail(new Error(`failure ${began.length}`))
          return began.length
        })
    })
    const engine = yield* Engine.make(Engine.of([step]))
    const id = yield* engine.begin()
    for (let i = 0; i < waits.length; i++) {
      yield* engine.seen(id, "step-retrying", { after: i === 0 ? 0 : (yield* engine.get(id)).sequence - 1 })
      yield* Engine.quiet(() => context)
      if (waits[i]! > 1) {
        yield* TestClock.adjust(waits[i]! - 1)
        yield* Engine.Bounded.turns(2)
        assert.strictEqual(began.length, i + 1, `not a millisecond before ${waits[i]}`)
      }
      yield* TestClock.adjust(Math.min(1, waits[i]!))
      yield* Engine.Bounded.eventually(() => began.length > i + 1, `try ${i + 2}`)
    }
    return { ...(yield* engine.ended(id)), began }
  })

describe("RetryPolicy", () => {
  it.effect("waits the same time each time by default: one second", () =>
    Effect.gen(function* () {
      const { began, of, outcome } = yield* tries({ tries: 3 }, 2, [1_000, 1_000])
      assert.deepStrictEqual(began, [0, 1_000, 2_000])
      assert.deepStrictEqual([outcome._tag, outcome.values["a"]], ["Completed", 3])
      assert.deepStrictEqual(
        of("step-started").map((e) => e.try),
        [1, 2, 3]
      )
      assert.deepStrictEqual(
        of("step-retrying").map((e) => [e.try, e.delayMillis, e.failure.message]),
        [
          [1, 1_000, "failure 1"],
          [2, 1_000, "failure 2"]
        ]
      )
      assert.strictEqual(of("step-completed")[0]!.try, 3)
    })
  )

  it.effect("doubles the wait with exponential backoff, up to the longest", () =>
    Effect.gen(function* () {
      const policy = { tries: 6, delay: "100 millis", backoff: "exponential", maxDelay: "500 millis" } as const
      const { began } = yield* tries(policy, 5, [100, 200, 400, 500, 500])
      assert.deepStrictEqual(began, [0, 100, 300, 700, 1_200, 1_700])
    })
  )

  it.effect("never waits longer than five minutes when nothing else is said", () =>
    Effect.gen(function* () {
      const policy = { tries: 3, delay: "4 minutes", backoff: "exponential" } as const
      const { began } = yield* tries(policy, 2, [240_000, 300_000])
      assert.deepStrictEqual(began, [0, 240_000, 540_000])
    })
  )

  it.effect("fails with the last failure when all tries are used, and says how many there were", () =>
    Effect.gen(function* () {
      const { began, of, outcome } = yield* tries({ tries: 2, delay: 10 }, 5, [10])
      assert.strictEqual(began.length, 2)
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.message, "failure 2")
      assert.deepStrictEqual(
        of("step-failed").map((e) => e.try),
        [2]
      )
    })
  )

  it.effect("does not wait at all with a delay of 0", () =>
    Effect.gen(function* () {
      const step = Step.make("a", {
        retry: { tries: 3, delay: 0 },
        run: (_, { try: n }) => (n < 3 ? Effect.fail(new Error("no")) : Effect.succeed(n))
      })
      const { outcome } = yield* Engine.runSteps([step])
      assert.strictEqual(outcome.values["a"], 3)
    })
  )

  it.effect("spreads the wait between 80 % and 120 % with jitter", () =>
    Effect.gen(function* () {
      let context: StepContext.StepContextShape | undefined
      const step = Step.make("a", {
        retry: { tries: 2, delay: 1_000, jitter: true },
        run: (_, given) => {
          context = given
          return given.try === 1 ? Effect.fail(new Error("no")) : Effect.succeed(1)
        }
      })
      const engine = yield* Engine.make(Engine.of([step]))
      const delays: Array<number> = []
      for (let i = 0; i < 12; i++) {
        const id = yield* engine.begin()
        delays.push((yield* engine.seen(id, "step-retrying")).delayMillis)
        yield* Engine.quiet(() => context)
        yield* TestClock.adjust(1_200)
        yield* engine.ended(id)
      }
      assert.isTrue(
        delays.every((d) => d >= 800 && d <= 1_200),
        delays.join(" ")
      )
      assert.isAbove(new Set(delays).size, 1, "they are not all the same")
    })
  )

  it.effect("tries again only what is worth it: `while` sees the failure", () =>
    Effect.gen(function* () {
      let runs = 0
      const step = Step.make("a", {
        retry: { tries: 9, delay: 0, while: (failure) => failure.message === "soft" },
        run: () => Effect.fail(new Error(++runs < 3 ? "soft" : "hard"))
      })
      const { outcome } = yield* Engine.runSteps([step])
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.message, "hard")
      assert.strictEqual(runs, 3)
    })
  )

  it.effect("a `while` that throws fails the step", () =>
    Effect.gen(function* () {
      const step = Step.make("a", {
        retry: {
          tries: 2,
          while: () => {
            throw new Error("bad predicate")
          }
        },
        run: () => Effect.fail(new Error("no"))
      })
      const { outcome } = yield* Engine.runSteps([step])
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.message, "bad predicate")
    })
  )

  it.effect("takes any schedule over failures in the place of its own waits; `tries` still counts", () =>
    Effect.gen(function* () {
      const own = yield* tries({ tries: 9, schedule: Schedule.fibonacci("10 millis") }, 4, [10, 10, 20, 30])
      assert.deepStrictEqual(own.began, [0, 10, 20, 40, 70])
      const ends = yield* tries({ tries: 9, schedule: Schedule.recurs(1) }, 5, [])
      assert.deepStrictEqual([ends.began.length, ends.outcome._tag], [2, "Failed"])
    })
  )

  it.effect("tries a body again that throws, rejects or times out, too", () =>
    Effect.gen(function* () {
      let runs = 0
      const step = Step.make("a", {
        retry: { tries: 4, delay: 0 },
        run: () => {
          runs++
          if (runs === 1) throw new Error("thrown")
          if (runs === 2) return Promise.reject(new Error("rejected"))
          return runs === 3 ? Effect.die("died") : Effect.succeed("at last")
        }
      })
      const { of, outcome } = yield* Engine.runSteps([step])
      assert.strictEqual(outcome.values["a"], "at last")
      assert.deepStrictEqual(
        of("step-retrying").map((e) => e.failure.message),
        ["thrown", "rejected", "died"]
      )
    })
  )

  it.effect("P2: a stop during the wait ends it at once; nothing failed, and it is tried again on resume", () =>
    Effect.gen(function* () {
      let context: StepContext.StepContextShape | undefined
      const step = Step.make("a", {
        retry: { tries: 2, delay: "1 hour" },
        run: (_, given) => {
          context = given
          return given.attempt === 1 ? Effect.fail(new Error("no")) : Effect.succeed("yes")
        }
      })
      const engine = yield* Engine.make(Engine.of([step]))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-retrying")
      yield* Engine.quiet(() => context)
      yield* engine.interrupt(id)
      const first = yield* engine.ended(id)
      assert.deepStrictEqual([first.outcome._tag, first.outcome.interrupted], ["Interrupted", [{ step: "a" }]])
      assert.deepStrictEqual(first.of("interrupt-requested")[0]!.bound, { _tag: "Within", millis: 0, steps: ["a"] })
      assert.strictEqual(first.of("step-interrupted")[0]!.detail, "not tried again after: no")
      assert.deepStrictEqual(first.of("step-failed"), [])
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.ended(id)).outcome.values["a"], "yes")
    })
  )

  it.effect("a step asked to stop whose Promise leaves with the abort signal has stopped, not failed", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<Pick<Step.Options, "retry" | "timeout" | "when">> = [
        { retry: { tries: 3 } },
        { timeout: "1 hour" },
        { when: () => true },
        {}
      ]
      for (const options of cases) {
        const step = Step.make("a", {
          ...options,
          run: (_, { signal }) =>
            new Promise((_, reject) =>
              signal.addEventListener("abort", () => reject(new DOMException("left", "AbortError")))
            )
        })
        const engine = yield* Engine.make(Engine.of([step]))
        const id = yield* engine.begin()
        yield* engine.seen(id, "step-started")
        yield* engine.interrupt(id)
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Interrupted", JSON.stringify(options))
        assert.deepStrictEqual(outcome.interrupted, [{ step: "a" }])
      }
    })
  )

  it("tries again after what `on` names: exit codes, statuses, ranges of them, codes of failures", () => {
    const covers = (on: ReadonlyArray<number | string>, failure: Partial<StepFailure.StepFailure>) =>
      RetryPolicy.covers({ tries: 2, on }, { code: "step-failed", message: "", ...failure })
    const exited = (exitCode: number) => ({ code: "process-exited", exitCode })
    assert.isTrue(covers([75], exited(75)))
    assert.isFalse(covers([75], exited(7)))
    assert.deepStrictEqual(
      [99, 100, 110, 111].map((code) => covers(["100-110"], exited(code))),
      [false, true, true, false]
    )
    assert.isTrue(covers(["500-599"], { code: "http-status", status: 503 }))
    assert.isFalse(covers(["500-599"], { code: "http-status", status: 404 }))
    assert.isTrue(covers([1, "timed-out"], { code: "timed-out" }))
    assert.isTrue(covers(["process-exited"], exited(3)))
    assert.isFalse(covers([75, "100-110"], { code: "timed-out" }))
    assert.isFalse(covers([], exited(1)))
    assert.isFalse(
      RetryPolicy.covers({ tries: 2, on: ["a"], while: () => false }, { code: "a", message: "" }),
      "both must say so"
    )
  })

  it.live("fails at once after what `on` does not name, and its description says what it names", () =>
    Effect.gen(function* () {
      const { of, outcome, state } = yield* Engine.runSteps([
        Step.make("a", {
          retry: { tries: 3, delay: 0, on: [75, "disk-full"] },
          run: (_, step) => Effect.fail({ _tag: step.try === 1 ? "DiskFull" : "Other", message: "no" })
        })
      ])
      assert.deepStrictEqual(
        of("step-started").map((e) => e.try),
        [1, 2]
      )
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "other")
      assert.deepStrictEqual(state.definition.steps[0]!.retryOn, ["75", "disk-full"])
    })
  )
})
