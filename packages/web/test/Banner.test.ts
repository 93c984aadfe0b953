import { assert, describe, it } from "@effect/vitest"
import type { ExecutionEvent } from "@halte/engine/model"
import * as BannerText from "../src/execution/banner/BannerText.ts"
import * as Story from "./support/Story.ts"

const at = (millis: number) => Story.began + 102_213 + millis

describe("the banner of an interrupt", () => {
  it("R28 P2 says who asked, what was promised and what is waited for", () => {
    const state = Story.state(Story.interrupting)
    assert.strictEqual(BannerText.heading(state, false), "Interrupt requested by anna (page) — will stop within 5.5 s")
    assert.deepStrictEqual(
      BannerText.rows(state, at(904)).map(({ detail, label, steps }) => [label, steps, detail]),
      [
        ["Waiting for", "upload/part-2", "SIGTERM sent 0.9 s ago; SIGKILL in 4.1 s if it is still running"],
        ["Stopped", "index", "at item 41,312 of 100,000, cursor saved, 3.6 ms after the request"],
        ["Holds before", "upload/part-3, ship", "no new steps start"]
      ]
    )
    assert.strictEqual(BannerText.halfDone(state), "may leave upload/part-2 half done")
  })

  it("counts the promised time, and says when it has passed", () => {
    const state = Story.state(Story.interrupting)
    assert.strictEqual(BannerText.deadline(state), at(5500))
    assert.strictEqual(BannerText.passed(state, at(2750)), 0.5)
    assert.strictEqual(BannerText.passed(state, at(9000)), 1)
    assert.strictEqual(
      BannerText.heading(state, true),
      "Interrupt requested by anna (page) — it should have stopped within 5.5 s"
    )
  })

  const asked = (more: Partial<ExecutionEvent.Of<"interrupt-requested">>) =>
    Story.state([
      ...Story.running,
      [
        102_213,
        {
          type: "interrupt-requested",
          signal: { source: "Cli", requestedAt: at(0) },
          strategy: { _tag: "FinishCurrent" },
          bound: { _tag: "None", steps: ["index"] },
          running: ["index"],
          ...more
        }
      ]
    ])

  it("P2 invents no number: a step without a bound is named", () => {
    const state = asked({})
    assert.strictEqual(
      BannerText.heading(state, false),
      "Interrupt requested (CLI) — no bound: index has promised none"
    )
    assert.isUndefined(BannerText.passed(state, at(100)))
  })

  it("R67 says that more steps may start, and R17 that a flow ignores it", () => {
    assert.match(
      BannerText.heading(asked({ strategy: { _tag: "PollNextN", n: 3 } }), false),
      /3 more steps may start, then it stops$/
    )
    assert.match(
      BannerText.heading(asked({ strategy: { _tag: "IgnoreInterruptions" } }), false),
      /ignores it and goes on to its end$/
    )
  })

  it("names the engine's own doors as what they are", () => {
    const state = asked({ signal: { source: "Deadline", requestedAt: at(0) } })
    assert.match(BannerText.heading(state, false), /^Interrupt requested by its deadline — /)
  })

  it("R42 shows a repeated request, and a step that is overdue", () => {
    const state = Story.state([
      ...Story.interrupting,
      [
        103_000,
        { type: "interrupt-repeated", signal: { source: "Http", by: "bob", requestedAt: at(787) }, late: false }
      ],
      [108_000, { type: "step-overdue", step: "upload/part-2", sinceMillis: 12_000, budgetMillis: 5500 }]
    ])
    const rows = BannerText.rows(state, at(6000))
    assert.deepInclude(rows.at(-1), { label: "Asked again", steps: "once", detail: "by bob (HTTP), no second effect" })
    assert.match(rows[0]!.detail, /; SIGKILL is due for what is still running; no stopping point for 12 s$/)
  })

  it("P11 says who asked for force", () => {
    const state = Story.state([
      ...Story.interrupting,
      [
        104_000,
        { type: "terminate-requested", signal: { source: "Page", by: "anna", requestedAt: at(1787) }, running: [] }
      ]
    ])
    assert.strictEqual(BannerText.heading(state, false), "Terminate requested by anna (page) — ending now")
  })
})
