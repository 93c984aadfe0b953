import { assert, describe, it } from "@effect/vitest"
import { type ExecutionState, RequestText, StopPromise, TimeLeft } from "@halte/engine/model"
import { left } from "../src/execution/header/LeftText.ts"
import { segments } from "../src/execution/header/Segments.ts"
import { title } from "../src/execution/Title.ts"
import * as TimeOfDay from "../src/execution/TimeOfDay.ts"
import * as Story from "./support/Story.ts"

const state = Story.state(Story.running)

describe("the head of the page", () => {
  it("R69 says how long it takes, until somebody has to answer, and never invents a number", () => {
    const of = (known: Readonly<Record<string, number>>) => (step: string) => known[step]
    assert.deepStrictEqual(left(state, of({}), 0), { text: undefined, until: undefined })
    // The parts after this one say nothing about themselves.
    assert.deepStrictEqual(left(state, of({ index: 120_000, "upload/part-2": 3000 }), 0), {
      text: "at least 2m 00s",
      until: undefined
    })
    const part3 = Story.state([
      ...Story.running,
      [103_000, Story.complete("upload/part-2", 1000)],
      [103_001, Story.begin("upload/part-3")]
    ])
    assert.deepStrictEqual(left(part3, of({ index: 120_000, "upload/part-3": 3000 }), 0), {
      text: "about 2m 00s",
      until: "ship"
    })
  })

  it("R69 measures it from what steps report", () => {
    const measure = TimeLeft.make()
    for (const event of Story.events(Story.running)) measure.observe(event)
    assert.strictEqual(left(state, measure.of, Story.began + 102_000).text, "at least 2m 00s")
  })

  it("has a segment for each step, and joins them where there are too many", () => {
    const all = segments([...state.steps.values()])
    assert.deepStrictEqual(
      all.map(({ done, status }) => [status, Math.round(done * 1000)]),
      [
        ["Completed", 1000],
        ["Completed", 1000],
        ["Completed", 1000],
        ["Running", 500],
        ["Waiting", 0],
        ["Running", 412],
        ["Waiting", 0],
        ["Waiting", 0]
      ]
    )
    const many = Array.from({ length: 2000 }, (_, i): ExecutionState.StepState => ({
      id: `step-${i}`,
      status: i < 1000 ? "Completed" : i === 1500 ? "Failed" : "Waiting",
      attempt: 1,
      try: 1
    }))
    const few = segments(many)
    assert.isAtMost(few.length, 60)
    assert.strictEqual(
      few.reduce((sum, { steps }) => sum + steps, 0),
      2000
    )
    assert.strictEqual(few.filter(({ status }) => status === "Failed").length, 1)
  })

  it("names the tab of the browser", () => {
    assert.strictEqual(title(state), "Running · 3 of 8 · release · Halte")
    assert.strictEqual(title(Story.state(Story.interrupted)), "Interrupted · 3 of 8 · release · Halte")
  })

  it("R51 R67 promises what a request would get", () => {
    assert.strictEqual(StopPromise.toText(state), "within 5.5 s, can be resumed")
    assert.strictEqual(StopPromise.toText(state, { _tag: "PollNextN", n: 2 }), "after 2 more steps, can be resumed")
    assert.strictEqual(
      StopPromise.toText(state, { _tag: "PollNextN", n: 0 }),
      "when the running steps have ended, can be resumed"
    )
    const ignores = { ...state, strategy: { _tag: "IgnoreInterruptions" as const } }
    assert.strictEqual(StopPromise.toText(ignores), "this flow ignores interruptions")
  })

  it("tells times alike everywhere", () => {
    const at = new Date(2026, 4, 6, 4, 8, 42, 213).getTime()
    assert.deepStrictEqual(
      [TimeOfDay.seconds(at), TimeOfDay.tenths(at), TimeOfDay.exact(at), TimeOfDay.dated(at, at)],
      ["04:08:42", "04:08:42.2", "04:08:42.213", "04:08:42"]
    )
    assert.strictEqual(TimeOfDay.dated(at, at + 86_400_000), "2026-05-06 04:08:42")
    assert.deepStrictEqual([RequestText.later(1812), RequestText.later(-3)], ["+1.812 s", "+0.000 s"])
    assert.deepStrictEqual([TimeOfDay.elapsed(999), TimeOfDay.elapsed(102_900)], ["0 s", "1m 42s"])
  })
})
