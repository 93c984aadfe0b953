import { assert, describe, it } from "@effect/vitest"
import type { Drill } from "@halte/sdk/node"
import * as DrillJunit from "../src/view/DrillJunit.ts"
import * as DrillText from "../src/view/DrillText.ts"
import { plain } from "./Screens.ts"

const finding = (more: Partial<Drill.DrillFinding>): Drill.DrillFinding => ({
  code: "lost-item",
  point: "cursor:index:3",
  how: "interrupt",
  steps: ["index"],
  what: "out/index.txt",
  expected: "4 lines",
  seen: "3: `b & <c>` missing",
  hint: "Tell progress after the work.",
  allowed: false,
  ...more
})
const point = (more: Partial<Drill.PointResult>): Drill.PointResult => ({
  point: "cursor:index:3",
  how: "interrupt",
  result: "passed",
  stopMillis: 12,
  stopped: "Interrupted",
  tookMillis: 800,
  findings: [],
  ...more
})
const found = [finding({}), finding({ point: "cursor:index:4" }), finding({ point: "middle:index", how: "crash" })]
const report: Drill.DrillReport = {
  version: 1,
  flow: "release",
  status: "findings",
  seed: 1,
  tookMillis: 61_000,
  copied: { directory: "/work", files: 3, bytes: 2_500, linked: ["node_modules"] },
  points: [
    point({ point: "start" }),
    ...found.map((one) => point({ point: one.point, how: one.how, result: "found", findings: [one] })),
    point({ point: "gate:ask", result: "not-reached", stopped: "Completed" }),
    point({ point: "begin:pay", findings: [finding({ code: "needs-rerun", allowed: true })] })
  ],
  findings: [...found, finding({ code: "needs-rerun", allowed: true })],
  slowest: { point: "start", stopMillis: 12 }
}
const again = (where: string, how: string) => `halte drill release --only ${where} --how ${how}`
const view = { look: plain, columns: 80 }

describe("the text of a drill", () => {
  it("says each thing once, with the points where it was", () => {
    const lines = DrillText.report(view, report, again)
    assert.deepStrictEqual(lines.slice(0, 8), [
      "✗ lost-item  out/index.txt  step index",
      "  at        cursor:index:3",
      "  expected  4 lines",
      "  seen      3: `b & <c>` missing",
      "  also at   cursor:index:4, crash middle:index",
      "  do        Tell progress after the work.",
      "  again     halte drill release --only cursor:index:3 --how interrupt",
      ""
    ])
    assert.strictEqual(
      lines.at(-1),
      "✗ release: 3 findings at 3 of 6 points, the slowest stop took 12 ms at start (1m 01s)."
    )
  })

  it("says what is copied before anything runs, and what is not compared", () => {
    assert.strictEqual(
      DrillText.copied(view, report.copied),
      "Each execution gets a copy of `/work`: 3 files, 2.5 kB; linked: node_modules."
    )
    const baseline: Drill.Baseline = {
      outcome: "Completed",
      tookMillis: 3_100,
      steps: 4,
      points: 120,
      taken: 50,
      differsByItself: ["values.build/at"]
    }
    assert.deepStrictEqual(DrillText.baseline(view, baseline), [
      "Uninterrupted it takes 3.1 s: 4 steps, 120 stopping points, of which 50 are tried.",
      "Differs by itself, and is not compared: values.build/at."
    ])
  })

  it("has a line for each point, and one for how far it is, that fit the terminal", () => {
    assert.strictEqual(DrillText.point(view, point({})), "✓ cursor:index:3  stopped in 12 ms")
    assert.strictEqual(DrillText.point(view, point({ how: "crash" })), "✓ crash cursor:index:3  killed")
    assert.strictEqual(
      DrillText.point(view, point({ result: "found", findings: found.slice(0, 1) })),
      "✗ cursor:index:3  stopped in 12 ms, lost-item"
    )
    const line = DrillText.progress(view, { done: 3, total: 12, found: 1, leftMillis: 30_000 })
    assert.match(line, /^━+─+ {2}3 of 12 points, 1 finding, about 30\.0 s left$/)
    assert.isAtMost(
      DrillText.progress({ look: plain, columns: 20 }, { done: 3, total: 12, found: 1, leftMillis: 30_000 }).length,
      20
    )
  })
})

describe("a drill in JUnit's XML", () => {
  const xml = DrillJunit.render(
    {
      ...report,
      points: [
        ...report.points,
        point({ result: "found", findings: [finding({ seen: 'a \u0007 bell \u001b[31m & a "quote"\nline' })] })
      ]
    },
    "release.flow.yaml",
    again
  )

  it("has a test case for each point, failed, skipped or passed", () => {
    assert.include(
      xml,
      '<testsuite name="halte drill release" tests="7" failures="4" errors="0" skipped="1" time="61.000">'
    )
    assert.lengthOf([...xml.matchAll(/<testcase /g)], 7)
    assert.include(
      xml,
      '<testcase classname="drill.release" name="interrupt start" file="release.flow.yaml" time="0.800"/>'
    )
    assert.include(xml, '<skipped message="not reached this time"/>')
    assert.include(xml, "<system-out>allowed: needs-rerun")
  })

  it("escapes what XML would read, and leaves out what it can't hold", () => {
    assert.include(xml, "b &amp; &lt;c&gt;")
    assert.include(xml, "a \uFFFD bell \uFFFD[31m &amp; a &quot;quote&quot;&#10;line")
    // eslint-disable-next-line no-control-regex
    assert.notMatch(xml, /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/)
  })

  it("has an error where the flow does not run at all", () => {
    const failed = DrillJunit.render(
      {
        ...report,
        status: "failed",
        points: [],
        findings: [],
        failure: { step: "a", code: "process-exited", message: "no" }
      },
      "f.yaml",
      again
    )
    assert.include(failed, 'tests="1" failures="0" errors="1"')
    assert.include(failed, '<error type="process-exited" message="no"/>')
  })
})
