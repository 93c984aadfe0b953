import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Diagnostic, FlowFile } from "@halte/flow-file"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { parse } from "yaml"
import { fixture } from "./support/Fixtures.ts"
import { load } from "./support/Loading.ts"
import * as Project from "./support/Project.ts"

describe("FlowFile", () => {
  it.effect("loads the release sample as it stands, with its one warning", () =>
    Effect.gen(function* () {
      const loaded = yield* FlowFile.load(fixture("release.flow.yaml"))
      assert.strictEqual(loaded.flow.name, "release")
      assert.deepStrictEqual(
        loaded.flow.steps.map((s) => `${s.name} ${s.kind}`),
        ["build process", "test process", "upload group", "index for-each", "ship gate", "announce http"]
      )
      assert.deepStrictEqual(
        loaded.params.map((p) => [p.name, p.type, p.secret, p.optional, p.default]),
        [
          ["version", "string", false, false, undefined],
          ["target", "string", false, false, "./out"],
          ["token", "string", true, true, undefined]
        ]
      )
      assert.deepStrictEqual(
        loaded.warnings.map((w) => w.code),
        ["may-run-twice"]
      )
      assert.include(Diagnostic.render(loaded.warnings[0]!), "Add `idempotent: true` or `undo`.")
    })
  )

  it.effect("reads the same flow from JSON, with the same fingerprint", () =>
    Effect.gen(function* () {
      const yaml = yield* FlowFile.load(fixture("release.flow.yaml"))
      const text = JSON.stringify(parse(yaml.source.text), null, 2)
      const json = yield* FlowFile.fromText(text, fixture("release.flow.json"))
      assert.deepStrictEqual(json.description, yaml.description)
      const error = yield* Effect.flip(FlowFile.fromText(text.replace('"release"', "release"), "x.flow.json"))
      assert.strictEqual(error.diagnostics[0].line, 3)
    })
  )

  it.effect("gives a fingerprint that only what decides how it runs changes", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({ "m.js": "export default () => 1\n" })
      const fingerprint = (text: string) =>
        Effect.map(
          FlowFile.fromText(text, "x.flow.yaml", { cwd, env: {} }),
          ({ description }) => description.fingerprint
        )
      const flow = (steps: string) => `halte: 1\nname: x\nsteps:\n${steps}`
      const first = yield* fingerprint(flow("  a: { use: ./m.js, timeout: 1m }\n  b: { run: make }\n"))
      assert.match(first, /^[0-9a-f]{64}$/)
      const same = flow(
        "  # a comment\n  a:\n    label: A\n    timeout: '1m'\n    use: ./m.js\n  b: { run: make, icon: b, description: B }\n"
      ).replace("name: x\n", "label: X\nname: x\ndescription: It is x.\n")
      assert.strictEqual(yield* fingerprint(same), first)
      for (const other of [
        flow("  b: { run: make }\n  a: { use: ./m.js, timeout: 1m }\n"),
        flow("  a: { use: ./m.js, timeout: 2m }\n  b: { run: make }\n"),
        flow("  a: { use: ./m.js, timeout: 1m }\n  b: { run: [make] }\n"),
        // These keys are a module's own, whatever they are called.
        flow("  a: { use: ./m.js, timeout: 1m, with: { label: A } }\n  b: { run: make }\n")
      ])
        assert.notStrictEqual(yield* fingerprint(other), first, other)
      writeFileSync(join(cwd, "m.js"), "export default () => 2\n")
      assert.notStrictEqual(yield* fingerprint(same), first)
    })
  )

  it.effect("reads names and values that JavaScript has uses for as names and values", () =>
    Effect.gen(function* () {
      const { flow, params } = yield* load(
        "halte: 1\nname: x\nparams: { constructor: {}, __proto__: { default: y } }\n" +
          "steps:\n  constructor: { run: make }\n  to-string: { run: make, after: constructor, env: { __proto__: z } }\n"
      )
      assert.deepStrictEqual(
        params.map((p) => p.name),
        ["constructor", "__proto__"]
      )
      assert.deepStrictEqual(
        flow.steps.map((s) => s.name),
        ["constructor", "to-string"]
      )
    })
  )
})
