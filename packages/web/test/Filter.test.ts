import { assert, describe, it } from "@effect/vitest"
import type { ExecutionId, ExecutionSummary } from "@halte/engine/model"
import { band, countOf, type Filter, matches, part, shortId } from "../src/executions/Filter.ts"

const now = new Date(2026, 10, 25, 12).getTime()
const hour = 3_600_000

const summary = (changes: Partial<ExecutionSummary.ExecutionSummary>): ExecutionSummary.ExecutionSummary => ({
  id: "01JD3M8Z9F4T6V2X0YQ7" as ExecutionId.ExecutionId,
  flow: "release",
  status: "Completed",
  attempt: 1,
  sequence: 9,
  source: "Page",
  by: "anna",
  startedAt: now - hour,
  attemptStartedAt: now - hour,
  endedAt: now - hour + 1000,
  steps: 4,
  completed: 1,
  ...changes
})
const filter: Filter = { state: "All", flow: undefined, since: "any", text: "" }

describe("the list's filter", () => {
  it("finds flow, id, person and step, in any case", () => {
    const one = summary({ place: { step: "upload/part-2", done: 1, total: 2 } })
    for (const text of ["RELEASE", "x0yq7", "anna", "part-2", "page", ""])
      assert.isTrue(matches({ ...filter, text }, one, now), text)
    assert.isFalse(matches({ ...filter, text: "other" }, one, now))
  })

  it("leaves out what is older", () => {
    const old = summary({ attemptStartedAt: now - 25 * hour })
    assert.isFalse(matches({ ...filter, since: "day" }, old, now))
    assert.isTrue(matches({ ...filter, since: "week" }, old, now))
  })

  it("bands by day, live ones first", () => {
    assert.strictEqual(band(summary({ status: "Running", endedAt: undefined as never }), now), "Live")
    assert.strictEqual(band(summary({}), now), "Today")
    assert.strictEqual(band(summary({ attemptStartedAt: now - 20 * hour }), now), "Yesterday")
    assert.match(band(summary({ attemptStartedAt: now - 100 * hour }), now), /2026/)
  })

  it("counts a chip over its states", () => {
    const counts = { Running: 2, Paused: 1, Interrupted: 4, Completed: 10 }
    assert.strictEqual(countOf(counts, "Running"), 3)
    assert.strictEqual(countOf(counts, "All"), 17)
    assert.strictEqual(countOf({}, "Failed"), 0)
  })

  it("R69 knows a part of the whole from steps and the step that told its progress, and none when it is complete", () => {
    assert.strictEqual(part(summary({ status: "Running", place: { step: "a", done: 50, total: 100 } })), 0.375)
    assert.strictEqual(part(summary({ status: "Running" })), 0.25)
    assert.isUndefined(part(summary({})))
    assert.strictEqual(shortId("01JD3M8Z9F4T6V2X0YQ7"), "01JD3M8Z…X0YQ7")
  })
})
