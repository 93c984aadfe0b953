import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FrontEndTest } from "@halte/engine/testing"
import * as FrontEnd from "../../examples/front-end/front-end.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

const example = (path: string) => Program.start([process.execPath, "-C", "@halte/source", `examples/${path}`])
const source = (path: string) => readFileSync(join(Repository.root, "examples", path), "utf8")

/** What a file imports that is no part of Node. */
const imports = (text: string) => [
  ...new Set(
    [...text.matchAll(/ from "([^"]+)"/g)].map(([, name]) => name!).filter((name) => !name.startsWith("node:"))
  )
]

describe("the example of the SDK in one file", () => {
  it.live("R6, R28, P7: starts, watches, interrupts, reads the outcome and resumes, and prints exactly this", () =>
    Effect.gen(function* () {
      const program = yield* example("sdk/release.ts")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.strictEqual(program.stderr.text, "")
      assert.deepStrictEqual(program.stdout.text.trimEnd().split("\n"), [
        "start",
        "  build began",
        "  build is done",
        "  test began",
        "  test stopped",
        "Interrupted: done build; not started upload",
        "resume",
        "  test began",
        "  test is done",
        "  upload began",
        "  upload is done",
        "Completed: https://example.com/app-2.4.0.tar"
      ])
      yield* program.marked.gone()
    })
  )

  it("needs nothing but the engine and Effect", () => {
    assert.deepStrictEqual(imports(source("sdk/release.ts")), ["effect", "@halte/engine"])
  })
})

describe("the example that owns its signals", () => {
  it.live("R14, R12: its own handler of SIGINT stops the execution, and the engine has installed none", () =>
    Effect.gen(function* () {
      const program = yield* example("own-signals/own-signals.ts")
      yield* program.stdout.waitFor("Press Ctrl-C.")
      yield* program.signal("SIGINT")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.deepStrictEqual(program.stdout.text.trimEnd().split("\n"), [
        "Counting for a minute. Press Ctrl-C.",
        "The program was asked to stop.",
        "Interrupted: Ctrl-C in my own program.",
        "Handlers of SIGINT left: 0."
      ])
      yield* program.marked.gone()
    })
  )

  it("needs nothing but the engine and Effect", () => {
    assert.deepStrictEqual(imports(source("own-signals/own-signals.ts")), ["effect", "@halte/engine"])
  })
})

describe("the example of a front end", () => {
  FrontEndTest.suite({ describe, it }, "the example", {
    source: "Cli",
    open: (engine) => Effect.succeed({ executions: engine, interrupt: (id) => FrontEnd.obey(engine, id, "s\n") })
  })

  it("R36: has fewer than 100 lines and uses public exports only", () => {
    const text = source("front-end/front-end.ts")
    assert.isBelow(text.split("\n").length, 100)
    assert.deepStrictEqual(imports(text), ["effect", "@halte/engine"])
  })

  it.live("R36, R70: pauses, goes on and stops as a person types, and says what happens", () =>
    Effect.gen(function* () {
      const program = yield* example("front-end/main.ts")
      yield* program.stdout.waitFor(/^pour \d+ of 300$/m)
      yield* program.write("r\n")
      yield* program.stdout.waitFor(/already running|already-running/)
      yield* program.write("hello\n")
      yield* program.stdout.waitFor(/^Type s to stop/m)
      yield* program.write("p\n")
      yield* program.stdout.waitFor(/^Paused\.$/m)
      yield* program.write("r\n")
      yield* program.write("s\n")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.match(program.stdout.text, /^party: Interrupted\n {2}interrupted: pour\n {2}notStarted: wipe$/m)
      yield* program.marked.gone()
    })
  )

  it.live("terminates as a person types", () =>
    Effect.gen(function* () {
      const program = yield* example("front-end/main.ts")
      yield* program.stdout.waitFor(/^pour began$/m)
      yield* program.write("t\n")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.match(program.stdout.text, /^party: Terminated\n {2}terminated: pour$/m)
    })
  )
})
