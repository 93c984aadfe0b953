import { existsSync, globSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Program from "../support/Program.ts"
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

  it.live.each(flows)("P2: %s has no errors and no warnings: every one of its steps promises when it stops", (flow) =>
    Effect.gen(function* () {
      const halte = yield* Program.halte(["check", flow])
      assert.deepStrictEqual(yield* halte.end(), { code: 0, signal: null }, halte.output.text)
      assert.match(halte.output.text, /no errors, no warnings/)
      assert.notMatch(halte.output.text, /no bound/)
      yield* halte.marked.gone()
    })
  )
})

describe("the folders of the examples", () => {
  it.each(folders.map((folder) => folder.name))("%s has a page that says what it is", (name) => {
    assert.isTrue(existsSync(join(Repository.root, "examples", name, "README.md")))
  })
})
