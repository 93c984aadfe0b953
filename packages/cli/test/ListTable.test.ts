import { assert, describe, expect, it } from "@effect/vitest"
import { ListProgress, type ExecutionId, type ExecutionState, type ExecutionSummary } from "@halte/engine/model"
import * as ListTable from "../src/view/ListTable.ts"
import * as LocalTime from "../src/view/LocalTime.ts"
import { width } from "../src/view/TextWidth.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, colored, plain, strip } from "./Screens.ts"

process.env["TZ"] = "UTC"

const now = Story.time("14:08:42.404")

const summary = (
  id: string,
  flow: string,
  status: ExecutionSummary.ExecutionSummary["status"],
  more: Partial<ExecutionSummary.ExecutionSummary>
): ExecutionSummary.ExecutionSummary => ({
  id: id as ExecutionId.ExecutionId,
  flow,
  status,
  attempt: 1,
  sequence: 1,
  source: "Cli",
  by: "anna",
  startedAt: Story.time("14:07:00.004"),
  attemptStartedAt: Story.time("14:07:00.004"),
  steps: 8,
  completed: 3,
  ...more
})

/** The listing of the mockup. */
const listed: ReadonlyArray<ListProgress.Listed> = [
  {
    summary: summary(Story.id, "release", "Running", {
      version: "2.4.0",
      source: "Page",
      place: { step: "index", done: 41_200, total: 100_000 }
    }),
    state: Story.stateOf(Story.running)
  },
  {
    summary: summary("01JD3KG4A7C1E5Q48M2T", "nightly-import", "Interrupting", {
      by: "ci",
      source: "Http",
      attemptStartedAt: Story.time("13:52:11.404")
    }),
    state: Story.stateOf(Story.interrupting)
  },
  {
    summary: summary("01JD3J97B3D8F0H7Q5RZ", "thumbnails", "Running", {
      by: "jonas",
      attemptStartedAt: Story.time("13:31:40.404"),
      steps: 1,
      completed: 0,
      place: { step: "resize", done: 812_400, total: 1_000_000 }
    })
  },
  {
    summary: summary("01JD3HM2C6E9G1J2B7K0", "reindex", "Paused", {
      by: "mira",
      source: "Desktop",
      attemptStartedAt: Story.time("13:20:05.404"),
      steps: 1,
      completed: 0,
      place: { step: "batches", done: 220, total: 1000 }
    })
  },
  {
    summary: summary("01JD3MB5D2F7H4K5W9D4", "rollback", "Pending", {
      version: "2.3.9",
      source: "Page",
      attemptStartedAt: Story.time("14:08:00.000")
    })
  },
  {
    summary: summary("01JD3B1QE8G5J3L16HV3", "release", "Interrupted", {
      version: "2.3.9",
      source: "Page",
      attemptStartedAt: Story.time("11:46:00.000"),
      endedAt: Story.time("11:47:44.021"),
      place: { step: "index", done: 41_312, total: 100_000 }
    })
  },
  {
    summary: summary("01JD2X0CF4H6K9M2CN4G", "smoke", "Failed", {
      by: "ci",
      source: "Http",
      attemptStartedAt: Date.parse("2026-11-20T01:12:00Z"),
      endedAt: Date.parse("2026-11-20T01:15:09Z"),
      place: { step: "checkout", detail: "`npm test` exited with code 1 after 43.2 s" }
    })
  },
  {
    summary: summary("01JD2ZR8G1J7L0N38T1X", "nightly-import", "Completed", {
      by: "ci",
      source: "Http",
      attemptStartedAt: Date.parse("2025-11-20T02:00:00Z"),
      endedAt: Date.parse("2025-11-20T02:41:12Z"),
      steps: 12,
      completed: 12
    })
  }
]

const table = (columns: number, look = plain) => ListTable.render({ look, columns, now, listed })

describe("ListTable", () => {
  it("lists executions at 80 columns as the mockup has it", () => {
    assert.deepStrictEqual(table(80), [
      "  STATUS          FLOW            PROGRESS            LEFT     STARTED  ID",
      "◐ Running         release 2.4.0   3 of 8 steps        ≥ 2m 00s 14:07    …2X0YQ7",
      "◒ Interrupting…   nightly-import  waits for upload/p… ≤ 5.3 s  13:52    …Q48M2T",
      "◐ Running         thumbnails      812,400 / 1,000,000          13:31    …H7Q5RZ",
      "◑ Paused          reindex         220 of 1,000        held     13:20    …J2B7K0",
      "○ Waiting         rollback 2.3.9  waits for a slot             14:08    …K5W9D4",
      "‖ Interrupted     release 2.3.9   at index 41,312              11:46    …L16HV3",
      "✗ Failed          smoke           at checkout                  20 Nov   …M2CN4G",
      "✓ Completed       nightly-import  12 of 12 steps               Nov 2025 …N38T1X"
    ])
  })

  it("lists executions at 120 columns as the mockup has it", () => {
    assert.deepStrictEqual(table(120), [
      "  STATUS          FLOW            PROGRESS                          ELAPSED  LEFT     STARTED BY    ID",
      "◐ Running         release 2.4.0   3 of 8 steps · index 41,200        1m 42s  ≥ 2m 00s anna, page    01JD3M8Z9F4T6V2X0YQ7",
      "◒ Interrupting…   nightly-import  waits for upload/part-2           16m 31s  ≤ 5.3 s  ci, HTTP      01JD3KG4A7C1E5Q48M2T",
      "◐ Running         thumbnails      resize 812,400 of 1,000,000       37m 02s           jonas, CLI    01JD3J97B3D8F0H7Q5RZ",
      "◑ Paused          reindex         batches 220 of 1,000              48m 37s  held     mira, desktop 01JD3HM2C6E9G1J2B7K0",
      "○ Waiting         rollback 2.3.9  waits for a slot                                    anna, page    01JD3MB5D2F7H4K5W9D4",
      "‖ Interrupted     release 2.3.9   at index 41,312 of 100,000         1m 44s           anna, page    01JD3B1QE8G5J3L16HV3",
      "✗ Failed          smoke           at checkout, npm test exited wit…  3m 09s           ci, HTTP      01JD2X0CF4H6K9M2CN4G",
      "✓ Completed       nightly-import  12 of 12 steps                    41m 12s           ci, HTTP      01JD2ZR8G1J7L0N38T1X"
    ])
  })

  it("keeps state, flow and id where columns are few, and never wraps", () => {
    for (const columns of [30, 40, 60, 80, 100, 120, 200])
      for (const line of table(columns)) assert.isAtMost(width(line), columns, line)
    expect(table(60).join("\n")).toMatchSnapshot("60")
    expect(table(40).join("\n")).toMatchSnapshot("40")
    assert.deepStrictEqual(table(80, colored).map(strip), table(80))
    // oxlint-disable-next-line no-control-regex
    assert.match(table(80, ascii).join("\n"), /^[\u0000-\u007f]*$/)
  })

  it("shows versions and messages without control sequences", () => {
    const [first] = listed
    const evil = { ...first!, summary: { ...first!.summary, version: "\u001b[2J2.4.0" } }
    const text = ListTable.render({ look: plain, columns: 80, now, listed: [evil] }).join("\n")
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(text, /\u001b/)
  })
})

describe("ListProgress", () => {
  const state = (facts: ReadonlyArray<Story.Told>): ExecutionState.ExecutionState => Story.stateOf(facts)
  const left = (facts: ReadonlyArray<Story.Told>, status: ExecutionSummary.ExecutionSummary["status"], at: string) =>
    ListProgress.left({ summary: { ...listed[0]!.summary, status }, state: state(facts) }, Story.time(at))

  it("R69 invents no time left: nothing for a step without a total, or one that went on from a cursor", () => {
    const [started, ...rest] = Story.running
    const noTotals = rest.filter((fact) => fact.type !== "step-progress")
    assert.strictEqual(left([started!, ...noTotals], "Running", "14:08:42.404"), "")
    const again = [
      ...Story.interrupted,
      { ...started!, attempt: 2, at: "14:30:00.000" },
      { at: "14:30:00.001", attempt: 2, type: "step-started", step: "index", try: 1, cursor: 41_312 },
      { at: "14:30:05.000", attempt: 2, type: "step-progress", step: "index", done: 42_000, total: 100_000 }
    ] as ReadonlyArray<Story.Told>
    assert.strictEqual(left(again, "Running", "14:30:06.000"), "")
  })

  it("P2 counts down what was promised, and says when it is late", () => {
    assert.strictEqual(left(Story.interrupting, "Interrupting", "14:08:43.113"), "≤ 4.6 s")
    assert.strictEqual(left(Story.interrupting, "Interrupting", "14:08:49.000"), "late")
  })
})

describe("LocalTime", () => {
  it("says how long ago something was", () => {
    const ago = (seconds: number) => LocalTime.ago(now - seconds * 1000, now)
    assert.deepStrictEqual(
      [ago(1), ago(42), ago(300), ago(7300), ago(86_400), ago(5 * 86_400)],
      ["just now", "42 s ago", "5 min ago", "2 h ago", "yesterday", "5 days ago"]
    )
  })
})
