import { TimeLeft } from "@halte/engine/model"
import { assert, describe, it } from "@effect/vitest"
import * as Story from "../../cli/test/ReleaseStory.ts"

const observe = (facts: ReadonlyArray<Story.Told>) => {
  const left = TimeLeft.make()
  for (const event of Story.tell(facts)) left.observe(event)
  return left
}
const start: Story.Told = { at: "14:00:00.000", type: "step-started", step: "a", try: 1 }
const at = (time: string, done: number, total?: number): Story.Told => ({
  at: time,
  type: "step-progress",
  step: "a",
  done,
  ...(total === undefined ? undefined : { total })
})

describe("TimeLeft", () => {
  it("R69 goes by the mean speed since the step began, and counts down between reports", () => {
    const left = observe([start, at("14:00:10.000", 100, 1000)])
    assert.strictEqual(left.of("a", Story.time("14:00:10.000")), 90_000)
    assert.strictEqual(left.of("a", Story.time("14:00:15.000")), 85_000)
    assert.strictEqual(left.of("a", Story.time("14:09:00.000")), 0)
  })

  it("R69 never makes a number up", () => {
    const now = Story.time("14:00:10.000")
    assert.isUndefined(observe([]).of("a", now))
    assert.isUndefined(observe([start]).of("a", now))
    assert.isUndefined(observe([start, at("14:00:10.000", 100)]).of("a", now), "no total")
    assert.isUndefined(observe([start, at("14:00:00.300", 100, 1000)]).of("a", now), "too early to tell")
    assert.isUndefined(observe([start, at("14:00:10.000", 0, 1000)]).of("a", now), "nothing done yet")
    assert.isUndefined(
      observe([start, at("14:00:10.000", 1, 10), { at: "14:00:11.000", type: "paused" }]).of("a", now),
      "paused"
    )
  })

  it("does not count what an earlier attempt did, nor the time of a pause", () => {
    const resumed = observe([
      start,
      at("14:00:10.000", 500, 1000),
      { at: "14:01:00.000", type: "step-started", step: "a", try: 1, cursor: 500 },
      at("14:01:10.000", 600, 1000)
    ])
    assert.strictEqual(resumed.of("a", Story.time("14:01:10.000")), 40_000)
    const paused = observe([
      start,
      { at: "14:00:05.000", type: "paused" },
      { at: "14:00:35.000", type: "resumed", source: "Cli" },
      at("14:00:40.000", 100, 1000)
    ])
    assert.strictEqual(paused.of("a", Story.time("14:00:40.000")), 90_000)
  })
})
