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

  it.effect("names files that are there without what a terminal would obey", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({
        "a\u001b[31m\u001b]0;x\u0007.flow.yaml": "",
        "two/b\u001b[2J.flow.yaml": "",
        "two/c.flow.yaml": ""
      })
      const said = (name: string) =>
        Effect.map(Effect.flip(FlowFile.find(name, cwd)), ({ diagnostics: [d] }) => `${d.message} ${d.hint}`)
      assert.include(yield* said("rollback"), "The flows here are `a`.")
      assert.include(yield* said("two"), "`two/b.flow.yaml`, `two/c.flow.yaml`")
    })
  )

  it.effect("takes a folder with one flow file in it, and says what another one holds", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({
        "one/ship.flow.yaml": "",
        "two/a.flow.yaml": "",
        "two/flows/b.flow.json": "",
        "none/readme.md": "",
        "folder.flow.yaml/x": ""
      })
      const said = (name: string) =>
        Effect.map(Effect.flip(FlowFile.find(name, cwd)), ({ diagnostics: [d] }) => `${d.code}: ${d.message}`)
      assert.strictEqual(yield* FlowFile.find("one", cwd), join(cwd, "one/ship.flow.yaml"))
      assert.strictEqual(
        yield* said("two"),
        "flow-file-ambiguous: The folder `two` holds 2 flow files: `two/a.flow.yaml`, `two/flows/b.flow.json`."
      )
      assert.strictEqual(yield* said("none"), "flow-file-not-found: The folder `none` holds no flow file.")
      // A folder is no flow file, whatever it is called.
      assert.strictEqual(
        yield* said("folder.flow.yaml"),
        "flow-file-not-found: The folder `folder.flow.yaml` holds no flow file."
      )
      assert.deepStrictEqual(yield* FlowFile.list(cwd), [])
    })
  )
})
