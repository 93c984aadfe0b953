import { assert, describe, it } from "@effect/vitest"
import { type ExecutionEvent, RequestText } from "@halte/engine/model"
import * as Headline from "../src/execution/report/Headline.ts"
import { lineMap } from "../src/execution/report/LineMapLayout.ts"
import * as ReportText from "../src/execution/report/ReportText.ts"
import * as RequestMoments from "../src/execution/report/RequestMoments.ts"
import { changedParams, resumeFields } from "../src/execution/report/ResumeParams.ts"
import * as Story from "./support/Story.ts"

const interrupted = Story.state(Story.interrupted)

/** The story with another end. */
const ended = (more: Partial<ExecutionEvent.Of<"execution-ended">>) =>
  Story.state([
    ...Story.running,
    [
      102_300,
      {
        type: "execution-ended",
        status: "Failed",
        tookMillis: 102_300,
        partition: {
          completed: ["build", "test", "upload/part-1"],
          interrupted: [{ step: "index" }],
          terminated: [],
          failed: ["upload/part-2"],
          skipped: [],
          notStarted: ["upload/part-3", "ship", "announce"]
        },
        ...more
      }
    ]
  ])

describe("the report", () => {
  it("P2 P6 says how soon it stopped, as promised, and how many steps stand where", () => {
    assert.strictEqual(Headline.headline(interrupted), "Stopped 1.8 s after anna asked, within the promised 5.5 s")
    assert.isTrue(Headline.isKept(interrupted))
    assert.strictEqual(
      Headline.counts(interrupted),
      "3 done, 2 interrupted, 3 not started. Nothing it started is still running."
    )
  })

  it("says what was not kept, and where nothing was promised", () => {
    const late = { ...interrupted, ended: { ...interrupted.ended!, stopMillis: 9000 } }
    assert.strictEqual(Headline.headline(late), "Stopped 9.0 s after anna asked, later than the promised 5.5 s")
    assert.isFalse(Headline.isKept(late))
    const none = { ...interrupted, bound: { _tag: "None" as const, steps: ["index"] } }
    assert.strictEqual(Headline.headline(none), "Stopped 1.8 s after anna asked; no bound was promised")
    assert.isUndefined(Headline.isKept(none))
  })

  it("R73 says of a crash that nobody had asked", () => {
    const state = ended({ status: "Interrupted", cause: "Crash" })
    assert.strictEqual(Headline.headline(state), "Its engine was gone; nobody had asked")
    // Its process was never seen to end.
    assert.match(Headline.counts(state), /Could not be ended: pid 48213\.$/)
  })

  it("P11 lists what may be half done", () => {
    const state = ended({
      status: "Terminated",
      stopMillis: 900,
      abandoned: ["index"],
      partition: { ...ended({}).ended!.partition, failed: [], terminated: ["upload/part-2"] }
    })
    assert.deepStrictEqual(Headline.half(state), ["upload/part-2", "index"])
    assert.strictEqual(Headline.headline(state), "Ended by force 0.9 s after the request")
  })

  it("P7 tells what the next attempt would do", () => {
    assert.deepStrictEqual(Headline.plan(interrupted), {
      attempt: 2,
      kept: 3,
      again: ["upload/part-2"],
      cursors: [{ step: "index", from: "item 41,312" }],
      needsRerun: [],
      fresh: 3
    })
  })

  it("reads as text like that of the command line", () => {
    assert.strictEqual(
      ReportText.text(interrupted).replace(/\d\d:\d\d:\d\d\.\d{3}/, "TIME"),
      `‖ release interrupted after 3 of 8 steps (1m 44s).
  Stopped 1.8 s after anna asked, within the promised 5.5 s.
  Nothing it started is still running.

  ✓ Done          build 18.2 s, test 43.2 s, upload/part-1 22.6 s
  ‖ Interrupted   upload/part-2  exited on SIGTERM after 1.8 s
                  index          at item 41,312 of 100,000, cursor saved, 3.6 ms after the request
  ○ Not started   upload/part-3, ship, announce

  Asked by        anna, Interrupt button, TIME
  Because         “Wrong token for the mirror.”
  Resume with:    halte resume 01JD3M8Z9F4T6V2X0YQ7`
    )
  })

  it("tells a failure with the last that was written, without what a terminal would obey", () => {
    const text = ReportText.text(
      ended({
        failure: {
          step: "upload/part-2",
          failure: {
            code: "process-exited",
            message: "`./upload 2` exited with code 1.",
            lastOutput: ["\u001b[31mno\u001b[0m"]
          }
        }
      })
    )
    assert.include(text, "✗ release failed at upload/part-2 after 3 of 8 steps")
    assert.include(text, "  Step `upload/part-2` failed: `./upload 2` exited with code 1.\n      no\n")
  })

  it("P6 has each moment from the request to the stop", () => {
    const { attempts } = Story.history(Story.interrupted)
    assert.deepStrictEqual(
      RequestMoments.moments(interrupted, attempts[0]).map(({ at, text }) => [text, at - Story.began - 102_213]),
      [
        ["Requested", 0],
        ["index at a stopping point", 4],
        ["SIGTERM to upload/part-2", 4],
        ["upload/part-2 at a stopping point", 1811],
        ["Stopped", 1812]
      ]
    )
    assert.isUndefined(RequestMoments.again(interrupted))
  })

  it("R72 says in the history what became of each request", () => {
    const late: Story.Fact = [
      200_000,
      { type: "interrupt-repeated", late: true, signal: { source: "Cli", requestedAt: Story.began + 200_000 } }
    ]
    const [attempt] = Story.history([...Story.interrupted, late]).attempts
    assert.deepStrictEqual(
      attempt!.requests.map((request) => RequestText.happened(attempt!, request)),
      ["seen +0.004 s, stopped +1.812 s, promised 5.5 s: kept", "late, no effect: it had ended"]
    )
  })
})

describe("the params of another attempt", () => {
  const schema = {
    type: "object",
    properties: { target: { type: "string" }, copies: { type: "integer" }, token: { type: "string", writeOnly: true } },
    required: ["target", "token"]
  }

  it("R65 are as they were, a secret's place is empty, and only what was changed counts", () => {
    const { before, fields } = resumeFields(schema, { target: "beta", copies: 2, token: "(secret)" })
    assert.deepStrictEqual(before, { target: "beta", copies: "2", token: "" })
    assert.deepStrictEqual(
      fields.filter(({ required }) => required).map(({ name }) => name),
      ["target"]
    )
    assert.deepStrictEqual(changedParams(fields, before, before), [])
    assert.deepStrictEqual(changedParams(fields, before, { ...before, copies: "3", token: "x" }), ["copies", "token"])
  })
})

describe("the line map", () => {
  const map = lineMap(Story.release.steps)!
  const at = (id: string) => map.stations.find((station) => station.id === id)!

  it("keeps the longest way straight, and branches off what runs beside it", () => {
    const main = ["build", "test", "upload/part-1", "upload/part-2", "upload/part-3", "ship", "announce"]
    assert.deepStrictEqual(
      main.map((id) => at(id).y),
      main.map(() => at("build").y)
    )
    assert.isAbove(at("index").y, at("build").y)
    assert.isTrue(main.every((id, i) => i === 0 || at(id).x > at(main[i - 1]!).x))
    assert.strictEqual(at("build").anchor, "start")
    assert.strictEqual(at("announce").anchor, "end")
  })

  it("has a track for each thing that is waited for, and none where nobody could read it", () => {
    assert.deepStrictEqual(map.tracks.map(({ from, to }) => `${from} ${to}`).sort(), [
      "build index",
      "build test",
      "index ship",
      "ship announce",
      "test upload/part-1",
      "upload/part-1 upload/part-2",
      "upload/part-2 upload/part-3",
      "upload/part-3 ship"
    ])
    const wide = Array.from({ length: 40 }, (_, i) =>
      Story.step({ id: `step-${i}`, after: i === 0 ? [] : [`step-${i - 1}`] })
    )
    assert.isUndefined(lineMap(wide))
    assert.isUndefined(lineMap([]))
  })
})
