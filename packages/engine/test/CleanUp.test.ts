import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Step, type StepContext } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const never = (cleanUp: Step.CleanUp<{}>, name = "a") =>
  Step.make(name, {
    cleanUp,
    run: (_, step) =>
      Effect.flatMap(
        Effect.promise(() => stopped(step)),
        () => Effect.succeed(step.interrupted({ cursor: 3 }))
      )
  })
/** Resolves when a stop is asked for. */
const stopped = (step: StepContext.StepContextShape) =>
  new Promise<void>((resolve) => void step.control.subscribe((demand) => demand === "interrupt" && resolve()))

const interrupted = (engine: Engine.Engine, step = "a") =>
  Effect.gen(function* () {
    const id = yield* engine.begin()
    yield* engine.seen(id, "step-started", { step })
    yield* engine.interrupt(id)
    return id
  })

describe("clean-up", () => {
  it.effect("runs when a step began and failed, before its status is written, with the step's inputs", () =>
    Effect.gen(function* () {
      const given: Array<unknown> = []
      const n = Step.make("n", { run: () => 7 })
      const { outcome, steps } = yield* Engine.runSteps([
        n,
        Step.make("a", {
          input: { n },
          run: () => Effect.fail(new Error("no")),
          cleanUp: (input, step) => {
            given.push(input, step.step, step.try)
          }
        })
      ])
      assert.deepStrictEqual(given, [{ n: 7 }, "a", 1])
      assert.strictEqual(outcome._tag, "Failed")
      assert.deepStrictEqual(steps.slice(2), [
        "step-started a",
        "clean-up-started a",
        "clean-up-ended a",
        "step-failed a"
      ])
    })
  )

  it.effect("runs when a step was interrupted, and knows where it stopped", () =>
    Effect.gen(function* () {
      let cursor: unknown
      const engine = yield* Engine.make(
        Engine.of([
          Step.make("a", {
            cleanUp: (_, step) => {
              cursor = step.cursor
            },
            run: (_, step) =>
              Effect.gen(function* () {
                yield* Effect.promise(() => stopped(step))
                step.saveCursor(5)
                return step.interrupted()
              })
          })
        ])
      )
      const id = yield* interrupted(engine)
      const { outcome, state } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.strictEqual(cursor, 5)
      assert.strictEqual(state.steps.get("a")!.cleanUp, "done")
    })
  )

  it.effect("does not run for a step that completed, was skipped, or never began", () =>
    Effect.gen(function* () {
      const cleaned: Array<string> = []
      const options = (name: string) => ({ cleanUp: () => cleaned.push(name) })
      const { outcome } = yield* Engine.runSteps([
        Step.make("completes", { ...options("completes"), run: () => 1 }),
        Step.make("skipped", { ...options("skipped"), when: () => false, run: () => 1 }),
        Step.make("fails", { after: "completes", run: () => Effect.fail("no") }),
        Step.make("waits", { ...options("waits"), after: "fails", run: () => 1 })
      ])
      assert.strictEqual(outcome._tag, "Failed")
      assert.deepStrictEqual(cleaned, [])
    })
  )

  it.effect("runs once for a step that is tried several times, after the last try", () =>
    Effect.gen(function* () {
      let cleaned = 0
      const { types } = yield* Engine.runSteps([
        Step.make("a", { retry: { tries: 3, delay: 0 }, cleanUp: () => cleaned++, run: () => Effect.fail("no") })
      ])
      assert.strictEqual(cleaned, 1)
      assert.isAbove(types.indexOf("clean-up-started"), types.lastIndexOf("step-retrying"))
    })
  )

  it.effect("changes no status when it fails, whatever it fails with; the record says so", () =>
    Effect.gen(function* () {
      for (const cleanUp of [
        () => {
          throw new Error("messy")
        },
        () => Promise.reject(new Error("messy")),
        () => Effect.fail(new Error("messy")),
        () => Effect.die(new Error("messy"))
      ]) {
        const engine = yield* Engine.make(Engine.of([never(cleanUp)]))
        const { of, outcome, state } = yield* engine.ended(yield* interrupted(engine))
        assert.strictEqual(outcome._tag, "Interrupted")
        assert.strictEqual(of("clean-up-ended")[0]!.failure?.message, "messy")
        assert.strictEqual(state.steps.get("a")!.cleanUp, "failed")
      }
    })
  )

  it.effect("P12: is not interrupted by the stop it belongs to", () =>
    Effect.gen(function* () {
      let demand: string | undefined
      let aborted: boolean | undefined
      let ended = false
      const engine = yield* Engine.make(
        Engine.of([
          never((_, step) =>
            Effect.gen(function* () {
              demand = step.control.demand
              aborted = step.signal.aborted
              yield* Effect.promise(() => step.stop.check())
              yield* Effect.yieldNow
              ended = true
            })
          )
        ])
      )
      yield* engine.ended(yield* interrupted(engine))
      assert.deepStrictEqual([demand, aborted, ended], ["go", false, true])
    })
  )

  it.effect("P12: has a deadline of its own, 10 s when it states none; it is told, and the stop goes on", () =>
    Effect.gen(function* () {
      for (const [cleanUp, millis] of [
        [(_: {}, step: StepContext.StepContextShape) => hang(step), 10_000],
        [{ run: (_: {}, step: StepContext.StepContextShape) => hang(step), deadline: "2 seconds" }, 2_000]
      ] as const) {
        told = []
        const engine = yield* Engine.make(Engine.of([never(cleanUp as Step.CleanUp<{}>)]))
        const id = yield* interrupted(engine)
        assert.strictEqual((yield* engine.seen(id, "clean-up-started")).deadlineMillis, millis)
        yield* Engine.Bounded.turns(2)
        yield* TestClock.adjust(millis - 1)
        yield* Engine.Bounded.turns(2)
        assert.strictEqual((yield* engine.get(id)).status, "Interrupting")
        yield* TestClock.adjust(1)
        const { of, outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Interrupted")
        assert.strictEqual(of("clean-up-ended")[0]!.failure?.code, "deadline-passed")
        assert.deepStrictEqual(told, ["aborted"])
      }
    })
  )

  it.effect("P12: can't block a stop even when it can't be interrupted", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(
        Engine.of([never({ run: () => Effect.uninterruptible(Effect.never), deadline: "1 second" })])
      )
      const id = yield* interrupted(engine)
      yield* engine.seen(id, "clean-up-started")
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("1 second")
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("20 seconds")
      const { of, outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.strictEqual(of("clean-up-ended")[0]!.failure?.code, "deadline-passed")
    })
  )

  it.effect("P11: terminate cuts it short and says so; terminate starts none", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(Engine.of([never(() => Effect.never)]))
      const id = yield* interrupted(engine)
      yield* engine.seen(id, "clean-up-started")
      yield* engine.terminate(id)
      const { of, outcome, state } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome._tag, outcome.terminated], ["Terminated", ["a"]])
      assert.deepStrictEqual(
        of("clean-up-ended").map((e) => e.failure?.code),
        ["cut-short"]
      )
      assert.strictEqual(state.steps.get("a")!.cleanUp, "failed")

      let cleaned = false
      const direct = yield* Engine.make(
        Engine.of([
          never(() => {
            cleaned = true
          })
        ])
      )
      const second = yield* direct.begin()
      yield* direct.seen(second, "step-started")
      yield* direct.terminate(second)
      assert.strictEqual((yield* direct.ended(second)).outcome._tag, "Terminated")
      assert.isFalse(cleaned)
    })
  )

  it.effect("P2: its deadline counts in the bound", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(
        Engine.of([
          Step.make("a", {
            stopsWithin: "1 second",
            cleanUp: { run: () => 0, deadline: "3 seconds" },
            run: (_, step) =>
              Effect.map(
                Effect.promise(() => stopped(step)),
                () => step.interrupted()
              )
          })
        ])
      )
      const { of } = yield* engine.ended(yield* interrupted(engine))
      assert.deepStrictEqual(of("interrupt-requested")[0]!.bound, { _tag: "Within", millis: 4_000, steps: ["a"] })
    })
  )

  describe("of a group", () => {
    const group = (cleaned: Array<string>, steps: ReadonlyArray<Step.Any>, name = "g") =>
      Step.group(name, { steps, cleanUp: () => cleaned.push(name) })

    it.effect("R29: runs when the group began and did not complete, inner groups first", () =>
      Effect.gen(function* () {
        const cleaned: Array<string> = []
        const inner = group(cleaned, [Step.make("fails", { run: () => Effect.fail("no") })], "inner")
        const outer = group(cleaned, [inner, Step.make("b", { after: "inner", run: () => 1 })], "outer")
        const { outcome, state, types } = yield* Engine.runSteps([outer])
        assert.deepStrictEqual(cleaned, ["inner", "outer"])
        assert.strictEqual(outcome._tag, "Failed")
        assert.deepStrictEqual([...state.steps.keys()], ["outer/inner/fails", "outer/b"])
        assert.strictEqual(types.at(-1), "execution-ended", "the status is written when it is over")
      })
    )

    it.effect("R29: does not run when the group completed, was skipped, or never began", () =>
      Effect.gen(function* () {
        const cleaned: Array<string> = []
        const step = (name: string) => Step.make(name, { run: () => 1 })
        const { outcome } = yield* Engine.runSteps([
          group(cleaned, [step("a")], "complete"),
          Step.group("skipped", { when: () => false, steps: [step("a")], cleanUp: () => cleaned.push("skipped") }),
          Step.make("fails", { after: "complete", run: () => Effect.fail("no") }),
          Step.group("waits", { after: "fails", steps: [step("a")], cleanUp: () => cleaned.push("waits") })
        ])
        assert.strictEqual(outcome._tag, "Failed")
        assert.deepStrictEqual(cleaned, [])
      })
    )

    it.effect("R19, R29: does not run when its last step completed after the request to stop", () =>
      Effect.gen(function* () {
        const cleaned: Array<string> = []
        const last = Step.make("last", {
          run: (_, step) =>
            Effect.map(
              Effect.promise(() => stopped(step)),
              () => 1
            )
        })
        const engine = yield* Engine.make(Engine.of([group(cleaned, [last])]))
        const { outcome } = yield* engine.ended(yield* interrupted(engine, "g/last"))
        assert.strictEqual(outcome._tag, "Completed")
        assert.deepStrictEqual(cleaned, [])
      })
    )

    it.effect("P11: terminate cuts it short", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(
          Engine.of([
            Step.group("g", {
              cleanUp: () => Effect.never,
              steps: [Step.make("a", { run: () => Effect.fail("no") })]
            })
          ])
        )
        const id = yield* engine.begin()
        yield* engine.seen(id, "clean-up-started")
        yield* engine.terminate(id)
        const { of, outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Terminated")
        assert.strictEqual(of("clean-up-ended")[0]!.failure?.code, "cut-short")
      })
    )

    it.effect("P11: terminate ends it even when its clean-up can't be interrupted", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(
          Engine.of([
            Step.group("g", {
              cleanUp: { run: () => Effect.uninterruptible(Effect.never), deadline: "1 hour" },
              steps: [Step.make("a", { run: () => Effect.fail("no") })]
            })
          ])
        )
        const id = yield* engine.begin()
        yield* engine.seen(id, "clean-up-started")
        yield* engine.terminate(id)
        yield* Engine.Bounded.turns(3)
        yield* TestClock.adjust("20 seconds")
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Terminated")
      })
    )
  })
})

let told: Array<string> = []
const hang = (step: StepContext.StepContextShape) =>
  new Promise(() => step.signal.addEventListener("abort", () => told.push("aborted")))
