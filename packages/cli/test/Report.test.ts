import { assert, describe, expect, it } from "@effect/vitest"
import * as Report from "../src/view/Report.ts"
import { width } from "../src/view/TextWidth.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, colored, plain } from "./Screens.ts"

// The times of day in the reports are local ones.
process.env["TZ"] = "UTC"

const resume: Report.NextCommand = { _tag: "Resume", command: `halte resume ${Story.id}` }
const report = (
  facts: ReadonlyArray<Story.Told>,
  columns: number,
  exitCode: number,
  more?: Partial<Report.ReportInput>
) => Report.render({ state: Story.stateOf(facts), look: plain, columns, exitCode, next: resume, ...more })

describe("Report", () => {
  it("P6 says exactly where an interrupted execution stopped, at 80 columns as the mockup has it", () => {
    assert.deepStrictEqual(report(Story.interrupted, 80, 130), [
      "‖ release interrupted after 3 of 8 steps (1m 44s).",
      "  Stopped 1.8 s after the request, within the promised 5.5 s. No process left.",
      "",
      "  ✓ Done          build, test, upload/part-1",
      "  ‖ Interrupted   index          at item 41,312 of 100,000, cursor saved",
      "                  upload/part-2  exited on SIGTERM after 1.8 s",
      "  ○ Not started   upload/part-3, ship, announce",
      "",
      "  Asked by        anna, Ctrl-C in this terminal, 14:08:42.213",
      "  Resume with:    halte resume 01JD3M8Z9F4T6V2X0YQ7",
      "                                                                      (exit 130)"
    ])
  })

  it("P6 says more at 120 columns, as the mockup has it", () => {
    assert.deepStrictEqual(report(Story.interrupted, 120, 130).slice(3, 6), [
      "  ✓ Done          build 18.2 s, test 43.2 s, upload/part-1 22.6 s",
      "  ‖ Interrupted   index          at item 41,312 of 100,000, cursor saved, 3.6 ms after the request",
      "                  upload/part-2  2 processes exited on SIGTERM after 1.8 s; runs again on resume"
    ])
  })

  it("P11 R66 lists what may be half done after terminate, as the mockup has it", () => {
    assert.deepStrictEqual(report(Story.terminated, 80, 137), [
      "■ release terminated after 3 of 8 steps (1m 43s).",
      "  No process is left. It did not wait for a stopping point.",
      "",
      "  ✓ Done          build, test, upload/part-1",
      "  ‖ Interrupted   index          at item 41,312 of 100,000",
      "  ■ Terminated    upload/part-2  ended by SIGKILL, may be half done",
      "  ○ Not started   upload/part-3, ship, announce",
      "",
      "  Resume with:    halte resume 01JD3M8Z9F4T6V2X0YQ7",
      "                                                                      (exit 137)"
    ])
  })

  it("shows why a step failed and its last output, as the mockup has it", () => {
    assert.deepStrictEqual(report(Story.failed, 80, 1), [
      "✗ release failed at test after 1 of 8 steps (2m 31s).",
      "  Step `test` failed: `npm test` exited with code 1 after 43.2 s (try 3 of 3).",
      "",
      "      FAIL  test/checkout.test.ts > adds tax",
      "      AssertionError: expected 107.1 to equal 107",
      "        test/checkout.test.ts:42:18",
      "      Tests  1 failed, 318 passed",
      "",
      "  ✓ Done          build",
      "  ✗ Failed        test",
      "  ‖ Interrupted   index          at item 65,232 of 100,000, cursor saved",
      "  ○ Not started   upload (3 parts), ship, announce",
      "",
      "  Resume with:    halte resume 01JD3M8Z9F4T6V2X0YQ7",
      "                                                            code: process-exited",
      "                                                                        (exit 1)"
    ])
  })

  it("says where all that the failed step wrote is, as the mockup has it", () => {
    const log = `halte show ${Story.id} test --log`
    assert.deepStrictEqual(report(Story.failed, 80, 1, { next: { ...resume, log } }).slice(-5), [
      "",
      "  Full log        halte show 01JD3M8Z9F4T6V2X0YQ7 test --log",
      "  Resume with:    halte resume 01JD3M8Z9F4T6V2X0YQ7",
      "                                                            code: process-exited",
      "                                                                        (exit 1)"
    ])
    // A command to copy is never cut nor broken.
    assert.include(report(Story.failed, 40, 1, { next: { ...resume, log } }), `    ${log}`)
    assert.notInclude(report(Story.interrupted, 80, 130, { next: { ...resume, log } }).join("\n"), "Full log")
  })

  it("says how to run again, and that no cursor is kept, where no other process can resume", () => {
    const lines = report(Story.interrupted, 80, 130, { next: { _tag: "RunAgain", command: "halte run release" } })
    assert.include(lines, "  Run again with: halte run release")
    assert.isFalse(lines.some((line) => /resume|cursor saved/i.test(line)))
  })

  it("leaves hints out where they are not wanted", () => {
    assert.isFalse(report(Story.interrupted, 80, 130, { next: undefined }).some((line) => line.includes("with:")))
  })

  it("P2 R66 says so when the promise was not kept, and names the step that was stuck", () => {
    const late = Story.interrupted.map((fact) =>
      fact.type === "execution-ended"
        ? { ...fact, stopMillis: 7000 }
        : fact.type === "step-interrupted" && fact.step === "upload/part-2"
          ? { ...fact, at: "14:08:49.213" }
          : fact
    )
    assert.deepStrictEqual(report(late, 80, 130).slice(1, 3), [
      "  Stopped 7.0 s after the request, later than the promised 5.5 s, because of",
      "  `upload/part-2`. No process left."
    ])
  })

  it("P3 never says that no process is left while one is", () => {
    const left = Story.interrupted.map((fact) => (fact.type === "process-exited" ? { ...fact, left: [4711] } : fact))
    const text = report(left, 80, 130).join("\n")
    assert.include(text, "pid 4711")
    assert.notInclude(text, "No process left")
  })

  it("takes control sequences out of what programs wrote", () => {
    const evil = Story.failed.map((fact) =>
      fact.type === "execution-ended"
        ? {
            ...fact,
            failure: {
              step: "test",
              failure: { ...fact.failure!.failure, lastOutput: ["\u001b]0;owned\u0007\u001b[2Jred \u001b[31mtext"] }
            }
          }
        : fact
    )
    const lines = report(evil, 80, 1)
    assert.include(lines, "      red text")
    // oxlint-disable-next-line no-control-regex
    assert.notMatch(lines.join(""), /[\u0000-\u001f]/)
  })

  it("keeps 40 columns, colors, ASCII and the completed report as they are", () => {
    for (const [name, facts, code] of [
      ["interrupted", Story.interrupted, 130],
      ["terminated", Story.terminated, 137],
      ["failed", Story.failed, 1],
      ["completed", Story.completedAll, 0]
    ] as const) {
      const next = code === 0 ? undefined : resume
      expect(report(facts, 40, code, { next }).join("\n")).toMatchSnapshot(`${name}, 40`)
      expect(report(facts, 80, code, { next, look: colored }).join("\n")).toMatchSnapshot(`${name}, 80, colors`)
      expect(report(facts, 80, code, { next, look: ascii }).join("\n")).toMatchSnapshot(`${name}, 80, ASCII`)
      for (const line of report(facts, 40, code, { next }))
        if (!line.includes("halte ")) assert.isAtMost(width(line), 40, line)
    }
  })
})
