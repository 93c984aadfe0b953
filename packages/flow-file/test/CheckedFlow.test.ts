import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ModuleRunnerNode } from "@halte/process"
import { Diagnostic, FlowFile } from "@halte/flow-file"
import { join } from "node:path"
import { fixture } from "./support/Fixtures.ts"
import * as Project from "./support/Project.ts"

const check = (path: string, cwd?: string) =>
  FlowFile.check(path, { env: {}, ...(cwd === undefined ? undefined : { cwd }) }).pipe(
    Effect.provide(ModuleRunnerNode.layer())
  )

describe("FlowFile.check", () => {
  it.live("loads the modules and finds nothing but the warning of the sample (R33)", () =>
    Effect.gen(function* () {
      const { diagnostics, flow } = yield* check(fixture("release.flow.yaml"))
      assert.strictEqual(flow?.description.name, "release")
      assert.deepStrictEqual(
        diagnostics.map((d) => d.code),
        ["may-run-twice"]
      )
    })
  )

  it.live("names modules that can't be loaded, exports that are missing and inputs that do not fit (R30)", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({
        "steps/broken.ts": "throw new Error('not today')\n",
        "steps/plain.ts": "export default (input: unknown) => input\nexport const notCallable = 3\n",
        // A step of another copy of the engine, as a package of the author's may bring it.
        "steps/typed.ts": [
          'import { Schema } from "effect"',
          'import { Step } from "@halte/engine"',
          'export default Step.make("typed", { inputSchema: Schema.Struct({ path: Schema.String, size: Schema.Int }), run: ({ path }) => path })',
          ""
        ].join("\n"),
        "check.flow.yaml": [
          "halte: 1",
          "name: check",
          "params: { p: {} }",
          "steps:",
          "  broken: { use: ./steps/broken.ts, timeout: 1m }",
          "  plain: { use: ./steps/plain.ts, with: { anything: 1 }, timeout: 1m }",
          "  missing: { use: ./steps/plain.ts#nothing, timeout: 1m }",
          "  constant: { use: ./steps/plain.ts#notCallable, timeout: 1m }",
          "  typed: { use: ./steps/typed.ts, with: { path: 3, size: big }, timeout: 1m }",
          '  computed: { use: ./steps/typed.ts, with: { path: "${{ params.p }}" }, timeout: 1m }',
          "  fits: { use: ./steps/typed.ts, with: { path: x, size: 1 }, timeout: 1m }",
          ""
        ].join("\n")
      })
      yield* Project.linkPackages(cwd)
      const { diagnostics } = yield* check(join(cwd, "check.flow.yaml"), cwd)
      assert.deepStrictEqual(
        diagnostics.map((d) => `${d.line} ${d.code}`),
        ["5 module-not-loadable", "7 export-not-found", "8 export-not-a-step", "9 invalid-input", "9 invalid-input"],
        diagnostics.map((d) => Diagnostic.render(d)).join("\n")
      )
      const [, , , path, size] = diagnostics
      assert.strictEqual(path!.source.slice(path!.column - 1, path!.column - 1 + path!.length), "3")
      assert.strictEqual(size!.source.slice(size!.column - 1, size!.column - 1 + size!.length), "big")
      assert.include(path!.message, "`with.path` of step `typed` is not what its module takes")
    })
  )

  it.effect("answers a file with errors as data, without loading anything", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({
        "boom.ts": "globalThis.process.exit(1)\n",
        "bad.flow.yaml": "halte: 1\nname: bad\nsteps: { a: { use: ./boom.ts, after: b } }\n"
      })
      const { diagnostics, flow } = yield* check(join(cwd, "bad.flow.yaml"), cwd)
      assert.isUndefined(flow)
      assert.deepStrictEqual(
        diagnostics.map((d) => [d.code, d.file]),
        [["unknown-step", "bad.flow.yaml"]]
      )
    })
  )
})
