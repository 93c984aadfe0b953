import { cpSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { codes, Sample } from "./support/Sample.ts"

const two = `halte: 1
name: two
steps:
  one: { run: 'printf 1 > .one && sleep 0.3 && mv .one one.txt', clean-up: { run: rm -f .one } }
  two: { after: one, run: cat one.txt > two.txt }
`

describe("Drill with force", () => {
  it("P11 P7 ends executions by force: no clean-up runs then, and a step that begins anew needs none", async () => {
    using sample = new Sample({ "flow.yaml": two })
    const report = await sample.drill({ how: ["terminate"], only: ["program:one", "begin:two"] })
    assert.deepStrictEqual(
      report.points.map(({ stopped }) => stopped),
      ["Terminated", "Terminated"]
    )
    // It writes the file anew, so that nothing of the half of it is left.
    assert.deepStrictEqual(codes(report), [])
  })

  it(
    "P3 P5 kills the engine itself: nothing is left running, what was done is done once, and it can be resumed",
    { timeout: 60_000 },
    async () => {
      using sample = new Sample({ "flow.yaml": two })
      const report = await sample.drill({ how: ["crash"], only: ["program:one", "done:one", "program:two"] })
      assert.deepStrictEqual(report.findings, [])
      assert.deepStrictEqual(
        report.points.map(({ result, stopped }) => `${result} ${stopped}`),
        ["passed Interrupted", "passed Interrupted", "passed Interrupted"]
      )
    }
  )

  it("P7 finds after a crash what it finds after a stop", { timeout: 60_000 }, async () => {
    using sample = new Sample({})
    cpSync(join(import.meta.dirname, "../../../../test/faults/repeated-effect"), sample.directory, { recursive: true })
    const report = await sample.drill({ how: ["crash"], only: ["output:send"] })
    assert.deepStrictEqual(codes(report), ["repeated-effect"])
  })
})
