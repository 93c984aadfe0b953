import { assert, describe, expect, it } from "@effect/vitest"
import { width } from "../src/view/TextWidth.ts"
import * as LogsView from "../src/view/LogsView.ts"
import * as TreeView from "../src/view/TreeView.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, colored, many, picture, strip } from "./Screens.ts"

const running80 = [...Story.running, Story.message]
const running120 = [...Story.running, Story.wideMessage]
const live = "14:08:42.404"
const stopping = "14:08:43.117"

describe("TreeView", () => {
  it("draws the live tree at 80 columns as the mockup has it", () => {
    assert.deepStrictEqual(TreeView.render(picture(running80, live, 80)), [
      "release 2.4.0  01JD3M8Z9F4T6V2X0YQ7                                       1m 42s",
      "◐ Running  3 of 8 steps · ≥ 2m 00s until ship waits · would stop within 5.5 s",
      "",
      "✓ build         18.2 s",
      "✓ test          43.2 s",
      "◐ upload        1 of 3 parts",
      "  ✓ part-1      22.6 s",
      "  ◐ part-2      18.2 s  chunk 17 of 23                        stops within 5.5 s",
      "  ○ part-3",
      "◐ index         ━━━━━━━━━━──────────────  41,200 / 100,000  41 %  2m 00s  ≤ 5 ms",
      "○ ship          gate",
      "○ announce",
      "",
      "Ctrl-C interrupt   ↑↓ move   l logs   p pause   ? help"
    ])
  })

  it("R45 says in the blank line that the connection is lost: nothing else moves, and no width breaks it", () => {
    const notice = "Connection to http://127.0.0.1:4280 lost 1m 02s ago; trying again…"
    const [before, after] = [80, 80].map((columns, i) =>
      TreeView.render(picture(running80, live, columns, i === 0 ? {} : { notice }))
    )
    assert.deepStrictEqual(after, before!.with(2, notice))
    assert.strictEqual(
      TreeView.render(picture(running80, live, 40, { notice }))[2],
      "Connection to http://127.0.0.1:4280 los…"
    )
    assert.strictEqual(LogsView.render(picture(running80, live, 80, { notice }), [])[2], notice)
  })

  it("draws the live tree at 120 columns as the mockup has it", () => {
    assert.deepStrictEqual(TreeView.render(picture(running120, live, 120)).slice(0, 12), [
      "release 2.4.0  01JD3M8Z9F4T6V2X0YQ7                                                                               1m 42s",
      "◐ Running  3 of 8 steps · at least 2m 00s until ship waits for a person · would stop within 5.5 s",
      "",
      "✓ build               18.2 s",
      "✓ test                43.2 s",
      "◐ upload              1 of 3 parts",
      "  ✓ part-1            22.6 s",
      "  ◐ part-2            18.2 s   chunk 17 of 23 · 438 MB                                                stops within 5.5 s",
      "  ○ part-3",
      "◐ index               1m 24s   ━━━━━━━━━━━━━━────────────────────  41,200 / 100,000  41 %  2m 00s left stops within 5 ms",
      "○ ship                gate",
      "○ announce"
    ])
  })

  it("draws what the first Ctrl-C did at 80 columns as the mockup has it", () => {
    assert.deepStrictEqual(TreeView.render(picture(Story.interrupting, stopping, 80, { asked: 1 })), [
      "release 2.4.0  01JD3M8Z9F4T6V2X0YQ7                                       1m 43s",
      "◒ Interrupting…  0.9 s of 5.5 s · waiting for upload/part-2",
      "",
      "✓ build         18.2 s",
      "✓ test          43.2 s",
      "◒ upload        1 of 3 parts",
      "  ✓ part-1      22.6 s",
      "  ◒ part-2      18.9 s  SIGTERM sent 0.9 s ago                  SIGKILL in 4.1 s",
      "  ○ part-3      held",
      "‖ index         ━━━━━━━━━━──────────────  stopped at 41,312 / 100,000     3.6 ms",
      "○ ship          held",
      "○ announce      held",
      "",
      "Ctrl-C terminate now (may leave upload/part-2 half done)"
    ])
  })

  it("draws what the first Ctrl-C did at 120 columns as the mockup has it", () => {
    const lines = TreeView.render(picture(Story.interrupting, stopping, 120, { asked: 1 }))
    assert.strictEqual(
      lines[7],
      "  ◒ part-2            18.9 s   SIGTERM sent 0.9 s ago to 2 processes                                    SIGKILL in 4.1 s"
    )
    assert.strictEqual(
      lines[9],
      "‖ index               1m 24s   ━━━━━━━━━━━━━━────────────────────  stopped at 41,312 / 100,000, 3.6 ms after the request"
    )
  })

  for (const columns of [20, 40, 60, 80, 100, 120, 200])
    it(`never draws a line wider than ${columns} columns, and every variant says the same`, () => {
      for (const facts of [running80, Story.interrupting, many(70, 20, 40)])
        for (const rows of [6, 12, 24, 60]) {
          const size = { columns, rows }
          const plain = TreeView.render(picture(facts, stopping, columns, { size }))
          assert.isAtMost(plain.length, rows - 1)
          for (const line of plain) assert.isAtMost(width(line), columns, line)
          const painted = TreeView.render(picture(facts, stopping, columns, { size, look: colored }))
          assert.deepStrictEqual(
            painted.map((line) => width(strip(line))),
            plain.map(width)
          )
          for (const line of TreeView.render(picture(facts, stopping, columns, { size, look: ascii }))) {
            assert.isAtMost(width(line), columns, line)
            assert.match(line, /^[\u0020-\u007e]*$/)
          }
        }
    })

  it("keeps colors, ASCII and 40 columns as they are", () => {
    expect(TreeView.render(picture(running80, live, 80, { look: colored })).join("\n")).toMatchSnapshot("80, colors")
    expect(TreeView.render(picture(running80, live, 80, { look: ascii })).join("\n")).toMatchSnapshot("80, ASCII")
    expect(TreeView.render(picture(running80, live, 40)).join("\n")).toMatchSnapshot("40")
    expect(TreeView.render(picture(Story.interrupting, stopping, 40, { asked: 1 })).join("\n")).toMatchSnapshot(
      "40, stopping"
    )
  })

  it("R69 shows no percentage and no time left for a step without a total", () => {
    const line = TreeView.render(picture([...Story.running, Story.message], live, 80)).find((l) => l.includes("part-2"))
    assert.notMatch(line!, /%|left/)
  })

  it("counts what does not fit, finished and waiting steps first", () => {
    const lines = TreeView.render(picture(many(70, 20, 40), "14:07:10.000", 80, { size: { columns: 80, rows: 24 } }))
    assert.strictEqual(lines[3], "✓ 20 steps done")
    assert.include(lines, "○ 10 steps waiting")
    assert.include(lines, "  … 25 more at work")
    assert.strictEqual(lines.filter((line) => line.includes("stops within")).length, 15)
  })

  it("shows every row around the chosen one when somebody moves", () => {
    const size = { columns: 80, rows: 24 }
    const lines = TreeView.render(picture(many(70, 20, 40), "14:07:10.000", 80, { size, selected: "job-50" }))
    assert.isTrue(lines.some((line) => line.includes("job-50 <")))
    assert.match(lines[3]!, /^↑ \d+ more$/)
    assert.isTrue(lines.some((line) => /^↓ \d+ more$/.test(line)))
  })

  it("names what has no bound instead of inventing a number", () => {
    const definition = {
      ...Story.definition,
      steps: [{ id: "think", name: "think", kind: "function" as const, after: [] }]
    }
    const facts = [
      { ...Story.running[0]!, definition } as (typeof Story.running)[number],
      { at: "14:07:01.000", type: "step-started" as const, step: "think", try: 1 }
    ]
    const lines = TreeView.render(picture(facts, "14:07:02.000", 80))
    assert.include(lines[1], "no bound: `think`")
    assert.isTrue(lines[3]!.endsWith("no bound"))
  })

  it("hands no control sequence of a flow or a program to the terminal", () => {
    const evil = "a\u001b[2Jb\u009b2Jc\u0007"
    const facts = Story.running.map((fact) =>
      fact.type === "execution-started" ? { ...fact, params: { version: evil } } : fact
    )
    const asked = [
      ...facts,
      { at: live, type: "step-progress", step: "upload/part-2", try: 1, message: evil },
      { at: live, type: "step-started", step: "ship", try: 1 },
      { at: live, type: "gate-opened", step: "ship", message: evil }
    ] as Parameters<typeof picture>[0]
    const lines = TreeView.render(picture(asked, live, 120))
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(lines.join(""), /[\u0000-\u001f\u007f-\u009f]/)
    assert.strictEqual(lines.filter((line) => line.includes("abc")).length, 3)
  })
})
