import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

/** Steps that note their undo with the value they are given. */
const noted = () => {
  const undone: Array<string> = []
  const step = (name: string, after?: Step.Target | ReadonlyArray<Step.Target>, options: object = {}) =>
    Step.make(name, {
      ...(after === undefined ? undefined : { after }),
      run: () => `${name}!`,
      undo: (value: unknown) => {
        undone.push(`${name} ${JSON.stringify(value)}`)
      },
      ...options
    })
  const group = (name: string, steps: ReadonlyArray<Step.Any>, after?: Step.Target) =>
    Step.group(name, {
      steps,
      ...(after === undefined ? undefined : { after }),
      undo: (value: unknown) => {
        undone.push(`${name} ${JSON.stringify(value)}`)
      }
    })
  return { undone, step, group }
}
const fails = (after?: Step.Target | ReadonlyArray<Step.Target>) =>
  Step.make("fails", { ...(after === undefined ? undefined : { after }), run: () => Effect.fail(new Error("no")) })

describe("undo", () => {
  it.effect("takes back what completed after a failure, in reverse order, each with its value", () =>
    Effect.gen(function* () {
      const { step, undone } = noted()
      const { outcome, steps } = yield* Engine.runSteps([step("a"), step("b", "a"), step("c", "b"), fails("c")], {
        onFailure: "undo"
      })
      assert.deepStrictEqual(undone, ['c "c!"', 'b "b!"', 'a "a!"'])
      assert.strictEqual(outcome._tag, "Failed")
      assert.deepStrictEqual(
        steps.filter((s) => s.startsWith("clean-up-ended")),
        ["clean-up-ended c", "clean-up-ended b", "clean-up-ended a"]
      )
    })
  )

  it.effect("an undone step counts as not started, in the outcome, in the state and on resume", () =>
    Effect.gen(function* () {
      const { step, undone } = noted()
      let runs = 0
      const fixed = Step.make("fails", {
        after: ["a", "b"],
        run: (_, { attempt }) => (attempt === 1 ? Effect.fail(new Error("no")) : Effect.succeed("fixed"))
      })
      const engine = yield* Engine.make(
        Engine.of([step("a", [], { run: () => ++runs }), Step.make("b", { run: () => ++runs }), fixed], {
          onFailure: "undo"
        })
      )
      const first = yield* engine.run()
      assert.deepStrictEqual(
        [first.outcome.completed, first.outcome.notStarted, first.outcome.failed],
        [["b"], ["a"], ["fails"]]
      )
      assert.deepStrictEqual(Object.keys(first.outcome.values), ["b"])
      assert.strictEqual(first.state.steps.get("a")!.status, "Waiting")
      assert.deepStrictEqual(undone, ["a 1"])
      yield* engine.resume(first.id)
      const { outcome } = yield* engine.ended(first.id)
      assert.deepStrictEqual([outcome._tag, outcome.values["a"], outcome.values["b"]], ["Completed", 3, 2])
    })
  )

  it.effect(
    "R29: takes back a completed group before the steps in it, and one that is not complete only by its steps",
    () =>
      Effect.gen(function* () {
        const { group, step, undone } = noted()
        const { outcome } = yield* Engine.runSteps(
          [
            step("first"),
            group("whole", [step("a"), group("inner", [step("deep")], "a")], "first"),
            group("half", [step("x"), Step.make("y", { after: "x", run: () => Effect.fail("no") })], "whole")
          ],
          { onFailure: "undo" }
        )
        assert.deepStrictEqual(
          undone.map((u) => u.split(" ")[0]),
          ["x", "whole", "inner", "deep", "a", "first"]
        )
        assert.deepStrictEqual(undone[1], 'whole {"a":"a!","inner":{"deep":"deep!"}}')
        assert.deepStrictEqual(outcome.notStarted.length, 5 - 1)
      })
  )

  it.effect("R29: an undone group takes its steps with it, those without an undo of their own too", () =>
    Effect.gen(function* () {
      const { group } = noted()
      const engine = yield* Engine.make(
        Engine.of([group("g", [Step.make("a", { run: () => 1 }), Step.make("b", { run: () => 2 })]), fails("g")], {
          onFailure: "undo"
        })
      )
      const { outcome, state } = yield* engine.run()
      assert.deepStrictEqual([outcome.notStarted, outcome.completed], [["g/a", "g/b"], []])
      assert.strictEqual(state.steps.get("g/b")!.status, "Waiting")
    })
  )

  it.effect("takes back a group whose last step completed while the flow was already stopping", () =>
    Effect.gen(function* () {
      const { group, undone } = noted()
      let finish: () => void = () => {}
      let begun: () => void = () => {}
      const beginning = new Promise<void>((resolve) => (begun = resolve))
      const last = Step.make("last", {
        run: () =>
          new Promise<number>((resolve) => {
            finish = () => resolve(1)
            begun()
          })
      })
      const breaks = Step.make("breaks", { run: () => beginning.then(() => Promise.reject(new Error("no"))) })
      const engine = yield* Engine.make(Engine.of([group("g", [last]), breaks], { onFailure: "undo" }))
      const id = yield* engine.begin()
      yield* engine.seen(id, "interrupt-requested")
      finish()
      yield* engine.ended(id)
      assert.deepStrictEqual(undone, ['g {"last":1}'])
    })
  )

  it.effect("keeps the order of completion over attempts", () =>
    Effect.gen(function* () {
      const { group, step, undone } = noted()
      const engine = yield* Engine.make(
        Engine.of(
          [
            group("g", [step("a")]),
            step("b", "g"),
            Step.make("stops", { after: "b", run: (_, s) => (s.attempt === 1 ? s.interrupted() : 1) }),
            fails("stops")
          ],
          { onFailure: "undo" }
        )
      )
      const { id, outcome } = yield* engine.run()
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.deepStrictEqual(undone, [], "an interrupted execution can go on: nothing is undone")
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Failed")
      assert.deepStrictEqual(
        undone.map((u) => u.split(" ")[0]),
        ["b", "g", "a"]
      )
    })
  )

  it.effect("does not run when the flow's failure is not to be undone", () =>
    Effect.gen(function* () {
      for (const onFailure of ["stop", "continue"] as const) {
        const { step, undone } = noted()
        const { outcome } = yield* Engine.runSteps([step("a"), fails("a")], { onFailure })
        assert.strictEqual(outcome._tag, "Failed")
        assert.deepStrictEqual(undone, [])
      }
    })
  )

  it.effect("goes on after an undo that fails: that step stays completed, its failure is recorded", () =>
    Effect.gen(function* () {
      const { step, undone } = noted()
      const { of, outcome, state } = yield* Engine.runSteps(
        [
          step("a"),
          step("b", "a", {
            undo: () => {
              throw new Error("can't")
            }
          }),
          fails("b")
        ],
        { onFailure: "undo" }
      )
      assert.deepStrictEqual(undone, ['a "a!"'])
      assert.deepStrictEqual([outcome.completed, outcome.notStarted], [["b"], ["a"]])
      assert.strictEqual(outcome._tag === "Failed" && outcome.step, "fails", "the first failure is the one that counts")
      assert.strictEqual(of("clean-up-ended", "b")[0]!.failure?.message, "can't")
      assert.strictEqual(state.steps.get("b")!.cleanUp, "failed")
    })
  )

  it.effect("P12: has a deadline of its own, and terminate cuts it short", () =>
    Effect.gen(function* () {
      const hangs = Step.make("a", { run: () => 1, undo: { run: () => Effect.never, deadline: "5 seconds" } })
      const engine = yield* Engine.make(Engine.of([hangs, fails("a")], { onFailure: "undo" }))
      const late = yield* engine.begin()
      assert.strictEqual((yield* engine.seen(late, "clean-up-started")).deadlineMillis, 5_000)
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("5 seconds")
      const first = yield* engine.ended(late)
      assert.deepStrictEqual([first.outcome._tag, first.outcome.completed], ["Failed", ["a"]])
      assert.strictEqual(first.of("clean-up-ended")[0]!.failure?.code, "deadline-passed")

      const cut = yield* engine.begin()
      yield* engine.seen(cut, "clean-up-started")
      yield* engine.terminate(cut)
      const second = yield* engine.ended(cut)
      assert.deepStrictEqual([second.outcome._tag, second.outcome.completed], ["Terminated", ["a"]])
      assert.strictEqual(second.of("clean-up-ended")[0]!.failure?.code, "cut-short")
    })
  )
})
