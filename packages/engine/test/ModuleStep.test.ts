import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Flow, ModuleRunner, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const runner = (run: ModuleRunner.ModuleRunnerShape["run"]) =>
  Effect.provideService(
    ModuleRunner.ModuleRunner,
    ModuleRunner.ModuleRunner.of({
      run,
      runBatch: () => Effect.die("not here"),
      inspect: () => Effect.die("not here")
    })
  )

describe("ModuleStep", () => {
  it.live("hands the module, and its inputs or what `with` makes of them, to the runner", () =>
    Effect.gen(function* () {
      const calls: Array<unknown> = []
      const n = Step.make("n", { run: () => 7 })
      const flow = Flow.make("f", {
        steps: [
          n,
          Step.module("inputs", { input: { n }, url: "file:///steps/hash.ts" }),
          Step.module("with", {
            input: { n },
            url: "file:///steps/hash.ts",
            export: "hash",
            with: ({ n }) => ({ path: `f${n}` })
          }),
          Step.module("effect", { input: { n }, url: "file:///steps/hash.ts", with: ({ n }) => Effect.succeed(n) })
        ]
      })
      const engine = yield* Engine.make(flow).pipe(
        runner((spec, input) =>
          Effect.sync(() => {
            calls.push([spec, input])
            return "done"
          })
        )
      )
      const { outcome } = yield* engine.run()
      assert.strictEqual(outcome.values["with"], "done")
      assert.deepStrictEqual(calls, [
        [{ url: "file:///steps/hash.ts" }, { n: 7 }],
        [{ url: "file:///steps/hash.ts", export: "hash" }, { path: "f7" }],
        [{ url: "file:///steps/hash.ts" }, 7]
      ])
    })
  )

  it.live("fails as the runner says, and when `with` fails", () =>
    Effect.gen(function* () {
      const failure = { code: "export-not-found", message: "no export `x`", hint: "add it" }
      const missing = yield* Engine.make(Flow.make("f", { steps: [Step.module("a", { url: "file:///a.ts" })] })).pipe(
        runner(() => Effect.fail(new ModuleRunner.ModuleError(failure)))
      )
      const { outcome } = yield* missing.run()
      assert.deepStrictEqual(outcome._tag === "Failed" && outcome.failure, failure)
      const bad = yield* Engine.make(
        Flow.make("f", {
          steps: [Step.module("a", { url: "file:///a.ts", with: () => Effect.fail(new Error("no input")) })]
        })
      ).pipe(runner(() => Effect.die("it was called")))
      const second = yield* bad.run()
      assert.strictEqual(second.outcome._tag === "Failed" && second.outcome.failure.message, "no input")
    })
  )

  it("P2: promises only what its author says", () => {
    const a = Step.module("a", { url: "file:///steps/hash.ts" })
    assert.deepStrictEqual([a.kind, a.detail, a.stops.withinMillis], ["worker", "hash.ts", undefined])
    assert.strictEqual(Step.module("a", { url: "file:///a.ts", stopsWithin: "2 seconds" }).stops.withinMillis, 2_000)
  })
})
