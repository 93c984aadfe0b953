import { assert, describe, it } from "@effect/vitest"
import { ExecutionHistory, ExecutionState, ExecutionSummary } from "@halte/engine/model"
import * as ExecutionPage from "../src/view/ExecutionPage.ts"
import * as LinesView from "../src/view/LinesView.ts"
import * as ListTable from "../src/view/ListTable.ts"
import * as StepsTable from "../src/view/StepsTable.ts"
import * as TreeView from "../src/view/TreeView.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, picture, plain } from "./Screens.ts"

const other = "01JD3M8Z9F4T6V8KKHGA"
const [start] = Story.running as readonly [Story.Told]
const one = { limit: "gpu", holders: [{ execution: other, step: "encode" }], ahead: 0 }

const step: ReadonlyArray<Story.Told> = [
  start,
  { at: "14:07:00.006", type: "step-waiting", step: "build", ...one },
  {
    at: "14:07:05.006",
    type: "step-waiting",
    step: "test",
    limit: "gpu",
    holders: [{ execution: Story.id, step: "index" }, { execution: other }, { execution: other, step: "b" }],
    ahead: 2
  }
]
const whole: ReadonlyArray<Story.Told> = [
  start,
  { at: "14:07:00.006", type: "execution-queued", limit: "prod", holders: [{ execution: other }], ahead: 1 }
]

const lines = (facts: ReadonlyArray<Story.Told>, look = plain) => {
  let state: ExecutionState.ExecutionState | undefined
  return Story.tell(facts).flatMap((event) => {
    state = ExecutionState.fold(state, [event])
    return LinesView.ofEvent(look, state!, event, { verbose: false })?.slice(25) ?? []
  })
}
const listed = (facts: ReadonlyArray<Story.Told>, columns: number) =>
  ListTable.render({
    look: plain,
    columns,
    now: Story.time("14:08:00.000"),
    listed: [{ summary: ExecutionSummary.after(undefined, Story.tell(facts), facts.length)! }]
  })[1]

describe("what somebody waits for who waits for a place of a shared limit", () => {
  it("is said in plain lines, with who holds it", () => {
    assert.deepStrictEqual(lines(step).slice(1), [
      "build waits for gpu, held by …8KKHGA/encode",
      "test waits for gpu, held by index and …8KKHGA and 1 other; 2 are ahead"
    ])
    assert.deepStrictEqual(lines(whole).slice(1), ["release waits for prod, held by …8KKHGA; 1 is ahead"])
    for (const line of lines(step, ascii)) assert.match(line, /^[\u0020-\u007e]*$/)
  })

  it("is repeated by the heartbeat of those lines", () => {
    const beat = (facts: ReadonlyArray<Story.Told>) =>
      LinesView.heartbeat(plain, Story.stateOf(facts), Story.time("14:07:10.000"), () => undefined).map((line) =>
        line.slice(25)
      )
    assert.deepStrictEqual(beat(step.slice(0, 2)), ["build waits for gpu, held by …8KKHGA/encode"])
    assert.deepStrictEqual(beat(whole), ["release waits for prod, held by …8KKHGA; 1 is ahead"])
  })

  it("stands beside the step in the tree, and in the line of the state", () => {
    const tree = TreeView.render(picture(step, "14:07:10.000", 80))
    assert.include(tree[3], "○ build         waits for gpu, held by …8KKHGA/encode")
    assert.isTrue(tree.every((line) => line.length <= 80))
    assert.include(TreeView.render(picture(whole, "14:07:10.000", 80))[1], "waits for prod, held by …8KKHGA")
    assert.include(TreeView.render(picture(whole, "14:07:10.000", 40))[1], "waits for prod")
  })

  it("is no longer said once it is over, or the execution has stopped", () => {
    const started: Story.Told = { at: "14:07:20.000", type: "step-started", step: "build", try: 1 }
    const text = (facts: ReadonlyArray<Story.Told>) => TreeView.render(picture(facts, "14:07:30.000", 80)).join("\n")
    assert.notInclude(text([...step.slice(0, 2), started]), "waits for gpu")
    assert.notInclude(text([...step, { at: "14:07:20.000", type: "paused" }]), "waits for gpu")
    assert.notInclude(text([...whole, { at: "14:07:20.000", type: "execution-dequeued" }]), "waits for prod")
  })

  it("is said by `halte list` and `halte show`", () => {
    assert.include(listed(step.slice(0, 2), 120), "build waits for gpu, held by")
    assert.include(listed(step, 80), "waits for gpu")
    assert.include(listed(whole, 80), "waits for prod")
    const state = Story.stateOf(step)
    const table = StepsTable.render({ look: plain, columns: 100, now: Story.time("14:07:10.000"), state })
    assert.include(table.join("\n"), "waits for gpu, held by …8KKHGA/encode")
    const page = ExecutionPage.render({
      look: plain,
      columns: 100,
      now: Story.time("14:07:10.000"),
      state: Story.stateOf(whole),
      history: ExecutionHistory.of(Story.tell(whole))
    })
    assert.include(page.join("\n"), "at once: it waits for prod, held by …8KKHGA; 1 is ahead")
  })
})
