import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Diagnostic, FlowFile } from "@halte/flow-file"
import { fixture } from "./support/Fixtures.ts"

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
})
