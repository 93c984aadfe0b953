import { readdirSync } from "node:fs"
import { assert, describe, it } from "vitest"
import { Sample } from "./support/Sample.ts"

const small = `halte: 1
name: small
steps:
  one: { run: echo one > one.txt }
  ask: { after: one, gate: Go on? }
  two:
    after: ask
    for-each: { in: [1, 2], as: n, every: 1 }
    run: [sh, -c, 'echo "$0" > "two-$0"', "\${{ n }}"]
`

describe("Drill", () => {
  it("P7 stops a flow at each of its stopping points, and finds nothing where each resume gives the same", async () => {
    using sample = new Sample({ "flow.yaml": small })
    // What is late on a machine under load is none of its faults.
    const report = await sample.drill({ slack: "10 seconds" })
    assert.deepStrictEqual(report.findings, [])
    assert.equal(report.status, "clean")
    const points = report.points.map(({ point }) => point)
    for (const point of ["start", "begin:one", "program:one", "done:one", "gate:ask", "cursor:two", "cursor:two:2"])
      assert.include(points, point)
    // A program may be over before half of the time that it took before.
    const missed = report.points.filter(({ point, result }) => result !== "passed" && !point.startsWith("middle:"))
    assert.deepStrictEqual(missed, [])
    assert.deepStrictEqual(readdirSync(sample.directory), ["flow.yaml"])
  })

  it(
    "P6 P7 stops within sub-flows and maps too, several executions at a time, each in a place of its own",
    { timeout: 60_000 },
    async () => {
      using sample = new Sample({
        "flow.yaml": `halte: 1
name: outer
steps:
  notes: { flow: ./inner.flow.yaml }
  each:
    after: notes
    map: { in: [a, b], as: name }
    run: [sh, -c, 'cat tag.txt > "$0.txt"', "\${{ name }}"]
`,
        "inner.flow.yaml": `halte: 1
name: inner
steps:
  tag: { run: echo 1 > tag.txt }
  check: { after: tag, run: cat tag.txt > checked.txt }
`
      })
      const report = await sample.drill({ jobs: 4, slack: "10 seconds" })
      assert.deepStrictEqual(report.findings, [])
      const points = report.points.map(({ point }) => point)
      for (const point of ["begin:notes", "begin:notes/tag", "done:notes/tag", "program:each/0", "program:each/1"])
        assert.include(points, point)
      assert.equal(report.status, "clean")
    }
  )
})
