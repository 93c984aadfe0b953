import { existsSync, globSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FlowDescription } from "@halte/engine"
import { Diagnostic, FlowFile } from "@halte/flow-file"
import * as FlowFileEngine from "../support/FlowFileEngine.ts"
import * as Repository from "../support/Repository.ts"

const flows = globSync("examples/**/*.flow.yaml", { cwd: Repository.root }).sort()
const folders = readdirSync(join(Repository.root, "examples"), { withFileTypes: true }).filter((e) => e.isDirectory())

describe("the flow files of the examples", () => {
  it("are those that this suite knows", () => {
    assert.deepStrictEqual(
      flows.map((flow) => flow.replaceAll("\\", "/")),
      [
        "examples/ci/ci.flow.yaml",
        "examples/deploy/deploy.flow.yaml",
        "examples/index-files/index-files.flow.yaml",
        "examples/tour/tour.flow.yaml"
      ]
    )
  })

  it.live.each(flows)("P2: %s has no errors and no warnings: every one of its steps promises when it stops", (path) =>
    Effect.gen(function* () {
      const { diagnostics, flow } = yield* FlowFile.check(path)
      assert.deepStrictEqual(
        diagnostics.map((diagnostic) => Diagnostic.render(diagnostic, { color: false })),
        []
      )
      const leaves = FlowDescription.leaves(flow!.description)
      assert.isAbove(leaves.length, 2)
      const unbound = leaves.filter((step) => step.stopsWithinMillis === undefined)
      assert.deepStrictEqual(unbound, [])
    }).pipe(Effect.provide(FlowFileEngine.services))
  )
})

describe("the folders of the examples", () => {
  it.each(folders.map((folder) => folder.name))("%s has a page that says what it is", (name) => {
    assert.isTrue(existsSync(join(Repository.root, "examples", name, "README.md")))
  })
})
