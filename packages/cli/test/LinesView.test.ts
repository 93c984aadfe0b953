import { assert, describe, it } from "@effect/vitest"
import { ExecutionState, TimeLeft } from "@halte/engine/model"
import * as LinesView from "../src/view/LinesView.ts"
import * as Story from "./ReleaseStory.ts"
import { ascii, colored, plain, strip } from "./Screens.ts"

const linesOf = (facts: ReadonlyArray<Story.Told>, look = plain, verbose = false): ReadonlyArray<string> => {
  let state: ExecutionState.ExecutionState | undefined
  return Story.tell(facts).flatMap((event) => {
    state = ExecutionState.fold(state, [event])
    const line = LinesView.ofEvent(look, state!, event, { verbose })
    return line === undefined ? [] : [line]
  })
}

describe("LinesView", () => {
  it("R34 tells the story in plain lines, as the mockup has it", () => {
    const facts = Story.interrupted.map((fact) =>
      fact.type === "interrupt-requested" ? { ...fact, signal: { ...fact.signal, via: "SIGINT" } } : fact
    )
    assert.deepStrictEqual(linesOf(facts), [
      "2026-11-21T14:07:00.004Z release started 01JD3M8Z9F4T6V2X0YQ7 version=2.4.0",
      "2026-11-21T14:07:00.006Z build running",
      "2026-11-21T14:07:18.211Z build completed 18.2 s",
      "2026-11-21T14:07:18.213Z test running",
      "2026-11-21T14:07:18.213Z index running",
      "2026-11-21T14:08:01.402Z test completed 43.2 s",
      "2026-11-21T14:08:01.404Z upload/part-1 running",
      "2026-11-21T14:08:24.010Z upload/part-1 completed 22.6 s",
      "2026-11-21T14:08:24.213Z upload/part-2 running",
      "2026-11-21T14:08:42.213Z release interrupt requested, SIGINT, stops within 5.5 s",
      "2026-11-21T14:08:42.217Z index interrupted at 41,312 of 100,000",
      "2026-11-21T14:08:42.217Z upload/part-2 sent SIGTERM to 2 processes",
      "2026-11-21T14:08:44.021Z upload/part-2 interrupted, exited on SIGTERM, 1.8 s",
      "2026-11-21T14:08:44.025Z release interrupted after 3 of 8 steps (1m 44s)"
    ])
  })

  it("R69 beats every ten seconds with counts, share and time left", () => {
    const facts = Story.running.slice(0, 6)
    const left = TimeLeft.make()
    for (const event of Story.tell(facts)) left.observe(event)
    const now = Story.time("14:07:28.213")
    assert.deepStrictEqual(
      LinesView.heartbeat(plain, Story.stateOf(facts), now, (step) => left.of(step, now)),
      [
        "2026-11-21T14:07:28.213Z index 4,912 of 100,000 5 % left 3m 13s",
        "2026-11-21T14:07:28.213Z release still running: test (10.0 s)"
      ]
    )
  })

  it("says the same with colors and in ASCII", () => {
    assert.deepStrictEqual(linesOf(Story.failed, colored).map(strip), linesOf(Story.failed, plain))
    for (const line of linesOf(Story.failed, ascii)) assert.match(line, /^[\u0020-\u007e]*$/)
    assert.strictEqual(LinesView.ofLog(plain, "test", "ok"), "test │ ok")
    assert.strictEqual(LinesView.ofLog(ascii, "test", "ok"), "test | ok")
  })

  it("shows the name of an event that this version does not know", () => {
    const state = Story.stateOf(Story.running)
    const event = { ...Story.tell(Story.running)[0]!, type: "teleported" } as never
    assert.match(LinesView.ofEvent(plain, state, event, { verbose: false })!, /release teleported$/)
  })

  it("tells of processes when asked to say more", () => {
    assert.isTrue(
      linesOf(Story.interrupted, plain, true).some((line) =>
        line.endsWith("upload/part-2 started process 48213: ./upload 2")
      )
    )
    assert.isFalse(linesOf(Story.interrupted).some((line) => line.includes("started process")))
  })
})
