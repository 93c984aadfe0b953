import { assert, describe, it } from "@effect/vitest"
import { ExecutionHistory, FlowDescription } from "@halte/engine/model"
import * as StepPage from "../src/view/StepPage.ts"
import * as Stories from "./HistoryStories.ts"
import * as Story from "./ReleaseStory.ts"
import { plain } from "./Screens.ts"

process.env["TZ"] = "UTC"

const all = [...FlowDescription.leaves(Story.definition), ...Story.definition.steps]

const page = (facts: ReadonlyArray<Story.Told>, step: string, more: Partial<StepPage.StepPageInput> = {}) =>
  StepPage.render({
    look: plain,
    columns: 80,
    now: Story.time("18:00:00.000"),
    state: Story.stateOf(facts),
    history: ExecutionHistory.of(Story.tell(facts)),
    step: all.find(({ id }) => id === step)!,
    log: `halte logs ${Story.id} ${step}`,
    ...more
  })

describe("StepPage", () => {
  it("P6 shows where a step stopped, and each time that it ran", () => {
    assert.deepStrictEqual(
      page(Story.interrupted, "upload/part-2"),
      [
        "‖ Interrupted  upload/part-2  of release 2.4.0  01JD3M8Z9F4T6V2X0YQ7   attempt 1",
        "  Kind             process",
        "  After            upload/part-1",
        "  Stops            within 5.5 s",
        "  Stopped          2 processes exited on SIGTERM after 1.8 s",
        "",
        "  Tries            14:08:24  try 1  interrupted after 19.8 s",
        "                                    exited on SIGTERM after 1.8 s",
        "",
        "  Processes        48213 ./upload 2  exited on SIGTERM after 1.8 s",
        "",
        "  Log:             halte logs 01JD3M8Z9F4T6V2X0YQ7 upload/part-2"
      ].map((line) => line.replace(/^(‖ .*Q7) +attempt/, "$1   attempt"))
    )
  })

  it("shows every try of a step that failed, and why", () => {
    const lines = page(Story.failed, "test")
    assert.deepStrictEqual(
      lines.filter((line) => / try \d /.test(line)),
      [
        "  Tries            14:07:18  try 1  failed after 11.8 s",
        "                   14:08:00  try 3  failed after 43.2 s"
      ]
    )
    assert.include(lines, "      AssertionError: expected 107.1 to equal 107")
  })

  it("shows what a step gave, and tries over all attempts", () => {
    const lines = page(Stories.resumedTwice, "upload/part-2", { output: { value: { etag: "9f2c" } } })
    assert.deepStrictEqual(
      lines.filter((line) => line.includes(" attempt ") && line.includes(" try ")),
      [
        "  Tries            14:08:24  attempt 1, try 1  interrupted after 19.8 s",
        "                   15:00:00  attempt 2, try 1  failed after 5.0 s",
        "                   15:10:00  attempt 3, try 1  completed after 4.0 s"
      ]
    )
    assert.include(lines, "  Output           {")
    assert.include(lines, '                     "etag": "9f2c"')
  })

  it("cuts an output that fills screens, and says where all of it is", () => {
    const lines = page(Story.completedAll, "build", { output: { value: Array.from({ length: 100 }, (_, i) => i) } })
    assert.isBelow(lines.length, 60)
    assert.include(lines, "                   and 62 more lines: add --json")
  })

  it("shows a group as the table of its steps", () => {
    assert.deepStrictEqual(page(Story.interrupted, "upload").slice(2), [
      "  Step             State          Took      Detail",
      "  upload           ‖ Interrupted  42.6 s    1 of 3 parts",
      "    part-1         ✓ Completed    22.6 s",
      "    part-2         ‖ Interrupted  19.8 s    exited on SIGTERM after 1.8 s",
      "    part-3         ○ Not started"
    ])
  })

  it("takes control sequences out of what a step gave", () => {
    const lines = page(Story.completedAll, "build", { output: { value: "\u001b[2Jred\u001b]0;x\u0007" } })
    assert.include(lines, "  Output           red")
  })
})
