import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { join } from "node:path"
import { FlowFile } from "@halte/flow-file"
import * as Project from "./support/Project.ts"

describe("FlowFile.find", () => {
  it.effect("takes a path as it is, and a name in the directory or in `flows`", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({
        "ship.flow.yaml": "",
        "flows/deploy.flow.yml": "",
        "flows/nightly.flow.json": "",
        "other/x.yaml": ""
      })
      const find = (name: string) => FlowFile.find(name, cwd)
      assert.strictEqual(yield* find("ship"), join(cwd, "ship.flow.yaml"))
      assert.strictEqual(yield* find("deploy"), join(cwd, "flows/deploy.flow.yml"))
      assert.strictEqual(yield* find("nightly"), join(cwd, "flows/nightly.flow.json"))
      assert.strictEqual(yield* find("other/x.yaml"), join(cwd, "other/x.yaml"))
      assert.deepStrictEqual(
        (yield* FlowFile.list(cwd)).map((f) => f.name),
        ["ship", "deploy", "nightly"]
      )
    })
  )

  it.effect("says what is there when a name is missing, misspelt or ambiguous", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({ "ship.flow.yaml": "", "flows/ship.flow.yml": "", "flows/deploy.flow.yaml": "" })
      const said = (name: string, at = cwd) =>
        Effect.map(Effect.flip(FlowFile.find(name, at)), ({ diagnostics: [d] }) => `${d.code}: ${d.message} ${d.hint}`)
      assert.strictEqual(
        yield* said("ship"),
        "flow-file-ambiguous: `ship` is the name of 2 flow files: `ship.flow.yaml`, `flows/ship.flow.yml`. Write the path of one of them."
      )
      assert.strictEqual(
        yield* said("deplyo"),
        "flow-file-not-found: There is no flow `deplyo`: neither `deplyo.flow.yaml` nor `flows/deplyo.flow.yaml` exists. Did you mean `deploy`?"
      )
      assert.include(yield* said("rollback"), "The flows here are `ship`, `deploy`.")
      assert.include(yield* said("x/none.yaml"), "There is no file `x/none.yaml`.")
      assert.include(yield* said("rollback", join(cwd, "none")), "`halte init`")
      assert.include(yield* said(""), "flow-file-not-found")
    })
  )
})
