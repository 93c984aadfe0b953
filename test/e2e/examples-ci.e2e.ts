import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Program from "../support/Program.ts"

const file = "examples/ci/ci.flow.yaml"
const minute = 60_000

describe("the example that checks this repository", () => {
  it.live(
    "runs types, lint, format and the tests of a package",
    () =>
      Effect.gen(function* () {
        const only = ["-p", 'packages=["flow-file"]', "-p", "only=test/FlowKeys"]
        const halte = yield* Program.halte(["run", file, ...only])
        const { code } = yield* halte.end(8 * minute)
        assert.strictEqual(code, 0, halte.output.text)
        yield* halte.marked.gone()
        for (const step of ["types", "lint", "format", "tests/flow-file"])
          assert.match(halte.output.text, new RegExp(` ${step} completed `))
        assert.match(halte.output.text, / tests\/engine skipped/)
        assert.match(halte.output.text, /Tests .*[1-9]\d* passed/)
      }),
    10 * minute
  )

  it.live(
    "P3, R52: Ctrl-C ends npm, its shell and the compiler with all of their processes, and it can be run again",
    () =>
      Effect.gen(function* () {
        const halte = yield* Program.halte(["run", file, "-p", "packages=[]"])
        yield* halte.output.waitFor(/ lint running/)
        yield* halte.signal("SIGINT")
        assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null }, halte.output.text)
        assert.deepStrictEqual(halte.marked.alive(), [], "nothing is alive when it says that it has stopped")
        assert.match(halte.output.text, /ci interrupted after \d of 7 steps/)
      }),
    2 * minute
  )
})
