import { assert, describe, expect, it } from "@effect/vitest"
import { InterruptStrategy } from "@halte/engine/model"
import * as StopNotice from "../src/view/StopNotice.ts"
import * as Story from "./ReleaseStory.ts"
import { plain } from "./Screens.ts"

const bound = { _tag: "Within", millis: 5500, steps: ["upload/part-2"] } as const
const asked = { running: 2, strategy: InterruptStrategy.FinishCurrent }
const key = (columns: number): StopNotice.NoticeInput => ({ look: plain, columns, fromKey: true, via: "SIGINT" })
const signal: StopNotice.NoticeInput = { look: plain, columns: 80, fromKey: false, via: "SIGTERM" }
const first = (input: StopNotice.NoticeInput) => [
  ...StopNotice.heard(input, asked),
  ...StopNotice.promised(input, asked, bound)
]

describe("StopNotice", () => {
  it("R35 says what the first Ctrl-C did and what the next does, as the mockup has it", () => {
    assert.deepStrictEqual(first(key(80)), [
      "^C Interrupt requested. Finishing 2 running steps; no new steps will start.",
      "   Will stop within 5.5 s. Press Ctrl-C again to terminate now."
    ])
    assert.deepStrictEqual(first(key(120)), [
      "^C Interrupt requested. Finishing 2 running steps; no new steps will start. Press Ctrl-C again to terminate now.",
      "   Will stop within 5.5 s."
    ])
  })

  it("R34 speaks of signals where there is no key", () => {
    assert.deepStrictEqual(first(signal), [
      "Interrupt requested (SIGTERM). Finishing 2 running steps; no new steps will",
      "start.",
      "Will stop within 5.5 s. A second signal terminates now."
    ])
  })

  it("R35 says what the second did, as the mockup has it", () => {
    assert.deepStrictEqual(StopNotice.terminate(key(80), Story.stateOf(Story.interrupting), 2), [
      "^C Terminating. Sent SIGKILL to 2 processes of upload/part-2.",
      "   May be left half done: upload/part-2. Press Ctrl-C again to leave at once."
    ])
  })

  it("is honest about strategies", () => {
    const says = (strategy: InterruptStrategy.InterruptStrategy) =>
      [
        ...StopNotice.heard(key(80), { running: 1, strategy }),
        ...StopNotice.promised(key(80), { running: 1, strategy }, { _tag: "None", steps: ["index"] })
      ].join(" ")
    assert.include(says(InterruptStrategy.IgnoreInterruptions), "ignores interruptions")
    assert.include(says(InterruptStrategy.PollNextN(3)), "3 more steps may start")
    assert.include(says(InterruptStrategy.PollNextN(0)), "undisturbed")
    assert.include(says(InterruptStrategy.FinishCurrent), "No bound: `index`")
  })

  it("wraps at 40 columns", () => {
    expect(
      [...first(key(40)), ...StopNotice.terminate(key(40), Story.stateOf(Story.interrupting), 2)].join("\n")
    ).toMatchSnapshot()
  })
})
