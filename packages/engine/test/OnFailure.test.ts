import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const fails = (name: string, options: object = {}) =>
  Step.make(name, { run: () => Effect.fail(new Error(`${name} broke`)), ...options })
const step = (name: string, after: Step.Target | ReadonlyArray<Step.Target> = []) =>
  Step.make(name, { after, run: () => name })

describe("on-failure", () => {
  it.live("stop: no further step starts, and what runs goes to its next stopping point", () =>
    Effect.gen(function* () {
      const loop = Step.forEach("loop", {
        items: Array.from({ length: 1_000 }, (_, i) => i),
        run: () => Effect.sleep(5)
      })
      const slow = Step.make("slow", {
        run: () => Effect.andThen(Effect.sleep(10), Effect.fail(new Error("slow broke")))
      })
      const { of, outcome } = yield* Engine.runSteps([loop, slow, step("next", slow), step("other", loop)])
      if (outcome._tag !== "Failed") return assert.fail(outcome._tag)
      assert.deepStrictEqual([outcome.step, outcome.failure.message], ["slow", "slow broke"])
      assert.deepStrictEqual(
        [outcome.failed, outcome.interrupted.map((s) => s.step), outcome.notStarted],
        [["slow"], ["loop"], ["next", "other"]]
      )
      const request = of("interrupt-requested")[0]!
      assert.deepStrictEqual([request.signal.source, request.signal.reason], ["StepFailed", "`slow` failed"])
      assert.strictEqual(of("execution-ended")[0]!.cause, "step-failed")
    })
  )

  it.live("continue: branches that do not depend on it go on to their end", () =>
    Effect.gen(function* () {
      const bad = fails("bad")
      const { of, outcome } = yield* Engine.runSteps(
        [bad, step("depends", bad), step("free"), step("further", "free"), step("both", ["depends", "further"])],
        { onFailure: "continue" }
      )
      assert.strictEqual(outcome._tag, "Failed")
      assert.deepStrictEqual(
        [outcome.completed, outcome.failed, outcome.notStarted],
        [["free", "further"], ["bad"], ["depends", "both"]]
      )
      assert.deepStrictEqual(of("interrupt-requested"), [])
    })
  )

  it.live("continue: of several failures the first one is the outcome's, all are in the partition", () =>
    Effect.gen(function* () {
      const { outcome } = yield* Engine.runSteps([fails("one"), fails("two"), step("ok")], { onFailure: "continue" })
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.message, "one broke")
      assert.deepStrictEqual([outcome.failed, outcome.completed], [["one", "two"], ["ok"]])
    })
  )

  it.live("a step's own choice counts before the flow's, both ways", () =>
    Effect.gen(function* () {
      const lenient = yield* Engine.runSteps([
        fails("bad", { onFailure: "continue" }),
        step("free"),
        step("more", "free")
      ])
      assert.deepStrictEqual([lenient.outcome._tag, lenient.outcome.completed], ["Failed", ["free", "more"]])
      const strict = yield* Engine.runSteps([fails("bad", { onFailure: "stop" }), step("free"), step("more", "free")], {
        onFailure: "continue",
        concurrency: 1
      })
      assert.deepStrictEqual([strict.outcome._tag, strict.outcome.notStarted], ["Failed", ["free", "more"]])
    })
  )

  it.live("a flow that ignores interruptions still stops after a failure", () =>
    Effect.gen(function* () {
      const { outcome } = yield* Engine.runSteps([fails("bad"), step("next", "bad")], {
        strategy: { _tag: "IgnoreInterruptions" }
      })
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Failed", ["next"]])
    })
  )

  it.live("a failed execution goes on where it failed: what completed is not run again", () =>
    Effect.gen(function* () {
      let runs = 0
      const counts = Step.make("counts", { run: () => ++runs })
      const later = Step.make("later", {
        input: { counts },
        run: ({ counts }, { attempt }) => (attempt === 1 ? Effect.fail("not yet") : Effect.succeed(counts * 10))
      })
      const engine = yield* Engine.make(Engine.of([counts, later]))
      const { id, outcome } = yield* engine.run()
      assert.strictEqual(outcome._tag, "Failed")
      yield* engine.resume(id)
      const again = yield* engine.ended(id)
      assert.deepStrictEqual(
        [again.outcome._tag, again.outcome.values, runs],
        ["Completed", { counts: 1, later: 10 }, 1]
      )
    })
  )
})
