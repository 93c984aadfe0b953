import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const done = (name: string, after?: Step.Target) =>
  Step.make(name, { run: () => name, ...(after === undefined ? undefined : { after }) })

describe("when", () => {
  it.live("skips a step whose condition says no; it counts as done for what comes after it", () =>
    Effect.gen(function* () {
      const no = Step.make("no", { when: () => false, run: () => assert.fail("it ran") })
      const yes = Step.make("yes", { when: () => Effect.succeed(true), run: () => 1 })
      const { of, outcome, steps } = yield* Engine.runSteps([no, yes, done("after", no)])
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual([outcome.skipped, outcome.completed], [["no"], ["yes", "after"]])
      assert.strictEqual(of("step-skipped")[0]!.reason, "condition")
      assert.notInclude(steps, "step-started no")
      assert.isFalse("no" in outcome.values)
    })
  )

  it.live("skips a step that reads the output of a skipped one, and those that read that one", () =>
    Effect.gen(function* () {
      const no = Step.make("no", { when: () => false, run: () => 1 })
      const reads = Step.make("reads", { input: { no }, run: () => 2 })
      const again = Step.make("again", { input: { reads }, run: () => 3 })
      const { of, outcome } = yield* Engine.runSteps([no, reads, again, done("after", again)])
      assert.deepStrictEqual(
        [outcome._tag, outcome.skipped, outcome.completed],
        ["Completed", ["no", "reads", "again"], ["after"]]
      )
      assert.deepStrictEqual(
        of("step-skipped").map((e) => e.reason),
        ["condition", "input-skipped", "input-skipped"]
      )
    })
  )

  it.live("R29: decides for all steps of a group, nested ones too", () =>
    Effect.gen(function* () {
      const inner = Step.group("inner", { steps: [done("deep")] })
      const group = Step.group("group", { when: () => Effect.as(Effect.sleep(1), false), steps: [done("a"), inner] })
      const reads = Step.make("reads", { input: { group }, run: () => 2 })
      const { outcome } = yield* Engine.runSteps([group, done("after", group), reads])
      assert.deepStrictEqual(
        [outcome._tag, outcome.skipped, outcome.completed],
        ["Completed", ["group/a", "group/inner/deep", "reads"], ["after"]]
      )
    })
  )

  it.live("R29: a group whose input was skipped is skipped for that reason", () =>
    Effect.gen(function* () {
      const no = Step.make("no", { when: () => false, run: () => 1 })
      const group = Step.group("group", { input: { no }, steps: [done("a")] })
      const { of, outcome } = yield* Engine.runSteps([no, group])
      assert.deepStrictEqual(outcome.skipped, ["no", "group/a"])
      assert.strictEqual(of("step-skipped", "group/a")[0]!.reason, "input-skipped")
    })
  )

  it.live("reads the inputs of the step, in a step and in a group", () =>
    Effect.gen(function* () {
      const n = Step.make("n", { run: () => 7 })
      const { outcome } = yield* Engine.runSteps([
        n,
        Step.make("seven", { input: { n }, when: ({ n }) => n === 7, run: () => 1 }),
        Step.make("eight", { input: { n }, when: ({ n }) => n === 8, run: () => 1 }),
        Step.group("group", { input: { n }, when: ({ n }) => n === 7, steps: [done("a")] })
      ])
      assert.deepStrictEqual([outcome.completed, outcome.skipped], [["n", "seven", "group/a"], ["eight"]])
    })
  )

  it.live("fails the step with `condition-failed` when it throws, without a start and without its clean-up", () =>
    Effect.gen(function* () {
      for (const when of [
        (): boolean => {
          throw new Error("no idea")
        },
        () => Effect.fail(new Error("no idea")),
        () => Promise.reject(new Error("no idea")) as never
      ]) {
        let cleaned = false
        const step = Step.make("a", {
          when,
          run: () => 1,
          cleanUp: () => {
            cleaned = true
          }
        })
        const { of, outcome, steps } = yield* Engine.runSteps([step])
        assert.strictEqual(outcome._tag, "Failed")
        if (outcome._tag !== "Failed") return
        assert.deepStrictEqual([outcome.failure.code, outcome.failure.message], ["condition-failed", "no idea"])
        assert.deepStrictEqual(steps, ["step-failed a"])
        assert.isBelow(of("step-failed")[0]!.tookMillis, 1_000, "it took no longer than the condition")
        assert.isFalse(cleaned, "it never began, so there is nothing to clean up")
      }
    })
  )

  it.live("R29: a group whose condition throws fails in its first step, and neither of them is cleaned up", () =>
    Effect.gen(function* () {
      const cleaned: Array<string> = []
      const group = Step.group("group", {
        when: () => {
          throw new Error("no idea")
        },
        cleanUp: () => cleaned.push("group"),
        steps: [Step.make("a", { run: () => 1, cleanUp: () => cleaned.push("a") }), Step.make("b", { run: () => 1 })]
      })
      const { outcome, steps } = yield* Engine.runSteps([group, done("after", group)])
      assert.strictEqual(
        outcome._tag === "Failed" && `${outcome.step} ${outcome.failure.code}`,
        "group/a condition-failed"
      )
      assert.deepStrictEqual(outcome.notStarted, ["group/b", "after"])
      assert.deepStrictEqual(steps, ["step-failed group/a"])
      assert.deepStrictEqual(cleaned, [])
    })
  )

  it.live("is asked again on resume, so that a skipped step may run then", () =>
    Effect.gen(function* () {
      let wanted = false
      const maybe = Step.make("maybe", { when: () => wanted, run: () => 1 })
      const stops = Step.make("stops", { run: (_, step) => (step.attempt === 1 ? step.interrupted() : 2) })
      const engine = yield* Engine.make(Engine.of([maybe, stops]))
      const first = yield* engine.run()
      assert.deepStrictEqual([first.outcome._tag, first.outcome.skipped], ["Interrupted", ["maybe"]])
      wanted = true
      yield* engine.resume(first.id)
      const { outcome } = yield* engine.ended(first.id)
      assert.deepStrictEqual([outcome._tag, outcome.completed], ["Completed", ["maybe", "stops"]])
    })
  )
})
