/**
 * What the views of the command line show of a step that runs a sub-flow, at each of its states and at any width.
 */
import { assert, describe, it } from "@effect/vitest"
import { ExecutionEvent, ExecutionHistory, type ExecutionSummary } from "@halte/engine/model"
import * as ExecutionPage from "../src/view/ExecutionPage.ts"
import * as LinesView from "../src/view/LinesView.ts"
import * as ListTable from "../src/view/ListTable.ts"
import * as StepsTable from "../src/view/StepsTable.ts"
import * as TreeView from "../src/view/TreeView.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, picture, plain } from "./Screens.ts"

const child = "01JD3M90ZZ7Q2WB4KKHG"
const process = { kind: "process" as const, stopsWithinMillis: 5500, after: [] }
const definition = {
  ...Story.definition,
  steps: [
    { id: "build", name: "build", ...process },
    {
      id: "notes",
      name: "notes",
      kind: "flow" as const,
      detail: "release-notes",
      stopsWithinMillis: 5500,
      after: ["build"]
    }
  ]
}

const running: ReadonlyArray<Story.Told> = [
  {
    at: "14:07:00.000",
    type: "execution-started",
    flow: "release",
    definition,
    params: {},
    source: "Cli",
    strategy: { _tag: "FinishCurrent" }
  },
  { at: "14:07:00.100", type: "step-started", step: "build", try: 1 },
  { at: "14:07:01.100", type: "step-completed", step: "build", try: 1, tookMillis: 1000 },
  { at: "14:07:01.200", type: "step-started", step: "notes", try: 1 },
  { at: "14:07:01.210", type: "step-cursor", step: "notes", cursor: { execution: child } },
  { at: "14:07:01.220", type: "step-progress", step: "notes", done: 3, total: 7 }
]
const asking: ReadonlyArray<Story.Told> = [
  ...running,
  { at: "14:07:02.000", type: "step-progress", step: "notes", done: 3, total: 7, message: "`ship` waits for an answer" }
]
const interrupted: ReadonlyArray<Story.Told> = [
  ...running,
  {
    at: "14:07:04.200",
    type: "step-interrupted",
    step: "notes",
    try: 1,
    tookMillis: 3000,
    cursor: { execution: child },
    done: 3,
    total: 7,
    detail: "…KKHG stopped at `tag`"
  }
]
const now = "14:07:05.000"

const rowOf = (facts: ReadonlyArray<Story.Told>, columns: number) =>
  TreeView.render(picture(facts, now, columns)).find((line) => line.includes("notes"))

const linesOf = (facts: ReadonlyArray<Story.Told>) => {
  const events = Story.tell(facts)
  const state = Story.stateOf(facts)
  return events.flatMap((event) => {
    const line = LinesView.ofEvent(ascii, state, event, { verbose: false })
    return line === undefined ? [] : [line.slice("2026-11-21T14:07:00.000Z ".length)]
  })
}

describe("the row of a sub-flow in the live tree", () => {
  it("names the flow and the end of its id, and says how far it is and what it waits for", () => {
    assert.strictEqual(
      rowOf(running, 80),
      "◐ notes         3.8 s   sub-flow `release-notes` …KKHG  3 of 7           ≤ 5.5 s"
    )
    assert.strictEqual(rowOf(running, 60), "◐ notes         3.8 s   release-notes …KKHG  3 of 7  ≤ 5.5 s")
    assert.include(rowOf(asking, 120)!, "sub-flow `release-notes` …KKHG  3 of 7  `ship` waits for an answer")
  })

  it("says where it stopped", () => {
    assert.strictEqual(rowOf(interrupted, 80), "‖ notes         3.0 s   3 / 7, …KKHG stopped at `tag`")
  })

  it("breaks at no width", () => {
    for (const facts of [running, asking, interrupted])
      for (let columns = 20; columns <= 160; columns += 7)
        for (const line of TreeView.render(picture(facts, now, columns))) assert.isAtMost([...line].length, columns)
  })
})

describe("plain lines of a sub-flow", () => {
  it("say its id once, and what it waits for", () => {
    const lines = linesOf(asking)
    assert.include(lines, `notes runs release-notes ${child}`)
    assert.include(lines, `notes ${child}: \`ship\` waits for an answer`)
    assert.strictEqual(lines.filter((line) => line.includes("notes")).length, 3, lines.join("\n"))
  })
})

describe("halte show and halte list", () => {
  it("name a sub-flow in the table of steps, and whole below it", () => {
    const state = Story.stateOf(interrupted)
    const table = StepsTable.render({ look: plain, columns: 80, now: Story.time(now), state })
    assert.include(table.join("\n"), " …KKHG stopped at `tag`")
    const page = ExecutionPage.render({
      look: plain,
      columns: 80,
      now: Story.time(now),
      state,
      history: ExecutionHistory.of(Story.tell(interrupted))
    })
    assert.include(page, `  Sub-flows        ${child}  release-notes, of notes`)
  })

  it("say of a sub-flow what it is part of", () => {
    const parent = { execution: Story.id, step: "notes" }
    const state = { ...Story.stateOf(running), parent }
    const page = ExecutionPage.render({
      look: plain,
      columns: 80,
      now: Story.time(now),
      state,
      history: ExecutionHistory.of([])
    })
    assert.include(page.join("\n"), `Part of         ${Story.id}, its step notes`)
    const summary = { flow: "release-notes", parent } as ExecutionSummary.ExecutionSummary
    assert.strictEqual(ListTable.title(summary), "└ release-notes")
  })

  it("are told by events that read back as they were written", () => {
    const [first] = Story.tell(running)
    const event = { ...first!, parent: { execution: Story.id, step: "notes" } } as ExecutionEvent.ExecutionEvent
    assert.deepStrictEqual(ExecutionEvent.fromJson(ExecutionEvent.toJson(event)), event)
  })
})
