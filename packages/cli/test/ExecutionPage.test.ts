import { ExecutionHistory } from "@halte/engine/model"
import { assert, describe, expect, it } from "@effect/vitest"
import * as ExecutionPage from "../src/view/ExecutionPage.ts"
import { width } from "../src/view/TextWidth.ts"
import * as Stories from "./HistoryStories.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, colored, plain, strip } from "./Screens.ts"

// The times of day are local ones.
process.env["TZ"] = "UTC"

const resume = `halte resume ${Story.id}`
const page = (
  facts: ReadonlyArray<Story.Told>,
  columns: number,
  more: Partial<ExecutionPage.PageInput> = {}
): ReadonlyArray<string> => {
  const state = Story.stateOf(facts)
  return ExecutionPage.render({
    look: plain,
    columns,
    now: Story.time("18:00:00.000"),
    state,
    history: ExecutionHistory.of(Story.tell(facts)),
    ...(ExecutionPage.isResumable(state) ? { resume } : undefined),
    ...more
  })
}

describe("ExecutionPage", () => {
  it("P2: shows what its flow promises, as long as it runs", () => {
    const state = Story.stateOf(Story.running)
    const promised = { ...state, definition: { ...state.definition, stopsWithinMillis: 10_000 } }
    const at = (shown: typeof state) =>
      ExecutionPage.render({
        look: plain,
        columns: 80,
        now: Story.time("14:08:00.000"),
        state: shown,
        history: ExecutionHistory.of(Story.tell(Story.running))
      })
    assert.include(at(promised), "  Promised        within 10 s")
    assert.notInclude(at(state).join("\n"), "Promised")
  })

  it("P6 R72 shows an interrupted execution at 80 columns as the mockup has it", () => {
    assert.deepStrictEqual(page(Stories.withRequests, 80), [
      "‖ Interrupted  release 2.4.0  01JD3M8Z9F4T6V2X0YQ7                     attempt 1",
      "  Started         14:07:00 by anna, page",
      "  Ended           14:08:44 after 1m 44s",
      "  Params          version=2.4.0 target=./out token=(secret)",
      "",
      "  Step             State          Took      Detail",
      "  build            ✓ Completed    18.2 s",
      "  test             ✓ Completed    43.2 s",
      "  upload           ‖ Interrupted  42.6 s    1 of 3 parts",
      "    part-1         ✓ Completed    22.6 s",
      "    part-2         ‖ Interrupted  19.8 s    exited on SIGTERM after 1.8 s",
      "    part-3         ○ Not started",
      "  index            ‖ Interrupted  1m 24s    at item 41,312 of 100,000",
      "  ship             ○ Not started",
      "  announce         ○ Not started",
      "",
      "  Interruptions",
      "  14:08:42.213     anna, page    “Wrong token for the mirror. Fix first.”",
      "                   seen +0.004 s, stopped +1.812 s, promised 5.5 s: kept",
      "  14:08:43.102     anna, CLI     repeat, no effect",
      "  14:09:10.000     ci, HTTP      late, no effect: it had ended",
      "",
      "  Processes        48213 ./upload 2  exited on SIGTERM after 1.8 s",
      "",
      "  Resume with:     halte resume 01JD3M8Z9F4T6V2X0YQ7"
    ])
  })

  it("shows why one failed and the last that the step wrote", () => {
    const lines = page(Story.failed, 80)
    assert.strictEqual(lines[0], "✗ Failed  release 2.4.0  01JD3M8Z9F4T6V2X0YQ7                          attempt 1")
    assert.include(lines, "  test             ✗ Failed       43.2 s    `npm test` exited with code 1 after…")
    assert.include(lines, "  Step `test` failed: `npm test` exited with code 1 after 43.2 s (try 3 of 3).")
    assert.include(lines, "      AssertionError: expected 107.1 to equal 107")
    assert.notInclude(lines, "  Interruptions")
    assert.notInclude(lines, "  Attempts")
  })

  it("P11 shows what force may have left half done, and when force was asked for", () => {
    const lines = page(Story.terminated, 80)
    assert.include(lines, "    part-2         ■ Terminated   18.9 s    ended by SIGKILL, may be half done")
    assert.deepStrictEqual(lines.slice(lines.indexOf("  Interruptions") + 1).slice(0, 4), [
      "  14:08:42.213     anna, Ctrl-C in this terminal",
      "                   seen +0.004 s, then force, ended +0.899 s",
      "  14:08:43.100     anna, SIGINT  by force, ended +0.012 s",
      ""
    ])
    assert.include(lines, "  Processes        48213 ./upload 2  ended by SIGKILL after 8 ms")
  })

  it("R72 lists the attempts of one that was resumed twice, each with its end, and what was kept", () => {
    const lines = page(Stories.resumedTwice, 100)
    assert.deepStrictEqual(lines.slice(0, 4), [
      "✓ Completed  release 2.4.0  01JD3M8Z9F4T6V2X0YQ7                                           attempt 3",
      "  Started         14:07:00 by anna, CLI",
      "  Resumed         15:10:00 by mira, desktop",
      "  Ended           15:11:00 after 1m 00s"
    ])
    const from = lines.indexOf("  Attempts")
    assert.deepStrictEqual(lines.slice(from, from + 4), [
      "  Attempts",
      "  1  14:07:00      anna, CLI       ‖ Interrupted after 1m 44s at index 41,312 of 100,000",
      "  2  15:00:00      mira, CLI       ✗ Failed after 5.0 s at upload/part-2, ./upload 2 exited with co…",
      "  3  15:10:00      mira, desktop   ✓ Completed after 1m 00s"
    ])
    assert.include(lines, "  build            ✓ Completed    18.2 s    in attempt 1")
    assert.include(lines, "  announce         ⊘ Skipped                it reads a skipped step")
    assert.isFalse(lines.some((line) => line.includes("Resume with")))
  })

  it("measures a group over its steps of the last attempt that ran any", () => {
    assert.include(page(Stories.resumedTwice, 80), "  upload           ✓ Completed    9.0 s")
    // Found minutes after it had ended.
    assert.include(page(Stories.crashed, 80), "  upload           ‖ Interrupted  40.8 s    1 of 3 parts")
  })

  it("R73 says of one that lost its engine that nobody had asked, and when that was found", () => {
    const lines = page(Stories.crashed, 80)
    assert.strictEqual(lines[2], "  Ended           14:20:00 after 1m 42s: its engine was gone")
    assert.include(lines, "  14:20:00.001     its engine was gone and was found so at this time")
    assert.include(lines, "  Processes        48213 ./upload 2  its end was not seen")
    assert.include(lines, `  Resume with:     ${resume}`)
  })

  it("R28 shows a request that has not stopped it yet, and what was promised", () => {
    const lines = page(Story.interrupting, 80, { now: Story.time("14:08:43.100"), watch: `halte watch ${Story.id}` })
    assert.include(lines, "  Stops           within 5.5 s of the request")
    assert.include(lines, "                   seen +0.004 s, not stopped yet, promised 5.5 s")
    assert.include(lines, `  Watch it with:   halte watch ${Story.id}`)
    assert.include(lines, "    part-2         ◒ Interrupting…  18.9 s    chunk 17 of 23")
  })

  it("P2 says when a promise was not kept", () => {
    const late = Story.interrupted.map((fact) =>
      fact.type === "execution-ended" ? { ...fact, stopMillis: 7000 } : fact
    )
    assert.isTrue(page(late, 80).some((line) => line.endsWith("stopped +7.000 s, promised 5.5 s: not kept")))
  })

  it("counts what is done and not begun in a flow of a thousand steps, and names the rest", () => {
    const steps = Array.from({ length: 1000 }, (_, i) => ({
      id: `job-${i}`,
      name: `job-${i}`,
      kind: "process" as const,
      after: []
    }))
    const facts: ReadonlyArray<Story.Told> = [
      { ...Story.running[0]!, definition: { ...Story.definition, steps } } as Story.Told,
      ...steps.slice(0, 10).map((s): Story.Told => ({ at: "14:07:00.000", type: "step-started", step: s.id, try: 1 })),
      ...steps
        .slice(0, 8)
        .map((s): Story.Told => ({ at: "14:07:01.000", type: "step-completed", step: s.id, try: 1, tookMillis: 1000 }))
    ]
    const lines = page(facts, 80, { now: Story.time("14:07:02.000") })
    assert.isBelow(lines.length, 20)
    assert.include(lines, "  and 8 more steps done")
    assert.include(lines, "  and 990 more steps waiting")
  })

  it("never wraps, and stays as it is at 80, 120 and 40 columns, in colors and in ASCII", () => {
    for (const [name, facts] of [
      ["interrupted", Stories.withRequests],
      ["failed", Story.failed],
      ["terminated", Story.terminated],
      ["resumed twice", Stories.resumedTwice],
      ["crashed", Stories.crashed]
    ] as const) {
      for (const columns of [40, 80, 120])
        for (const line of page(facts, columns)) if (!line.includes(resume)) assert.isAtMost(width(line), columns, line)
      expect(page(facts, 120).join("\n")).toMatchSnapshot(`${name}, 120`)
      assert.deepStrictEqual(page(facts, 80, { look: colored }).map(strip), page(facts, 80).slice())
      // oxlint-disable-next-line no-control-regex
      assert.match(page(facts, 80, { look: ascii }).join("\n"), /^[\u0000-\u007f]*$/)
    }
  })
})
