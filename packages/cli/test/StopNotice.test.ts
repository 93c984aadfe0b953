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

  describe("R45 of an execution that a server has", () => {
    const there = { url: "http://127.0.0.1:4280", id: "01JD3M8Z9F4T6V2X0YQ7", look: "halte watch 01JD3M8Z9F4T6V2X0YQ7" }
    const reason = "`http://127.0.0.1:4280` can't be reached: nobody listens there"

    it("says that a request did not get there, and what the next one does", () => {
      assert.deepStrictEqual(StopNotice.asking(key(100), there), [
        "^C Interrupt requested. Asking http://127.0.0.1:4280 to interrupt it, though the connection is lost…"
      ])
      assert.deepStrictEqual(StopNotice.unsent(key(100), there, reason, "leave"), [
        "   The request could not be sent: `http://127.0.0.1:4280` can't be reached: nobody listens there.",
        "   Press Ctrl-C again to leave; what runs there is not stopped by that."
      ])
      assert.deepStrictEqual(StopNotice.unsent(signal, there, reason, "again"), [
        "The request could not be sent: `http://127.0.0.1:4280` can't be reached: nobody",
        "listens there. A second signal asks again."
      ])
      assert.deepStrictEqual(StopNotice.askAnew(plain, true), [
        "What was asked meanwhile is forgotten: Ctrl-C interrupts."
      ])
    })

    it("says what goes on without this terminal, and how to look at it again; a command is never broken", () => {
      assert.deepStrictEqual(StopNotice.left(key(40), there), [
        "^C Left. What runs on",
        "   http://127.0.0.1:4280 is not stopped",
        "   by that.",
        "   Look at it again:  halte watch 01JD3M8Z9F4T6V2X0YQ7"
      ])
      assert.deepStrictEqual(StopNotice.leaveServer(signal, there, true), [
        "Leaving at once. The execution goes on stopping, on http://127.0.0.1:4280.",
        "Look at it again:  halte watch 01JD3M8Z9F4T6V2X0YQ7"
      ])
      assert.include(
        StopNotice.leaveServer(key(120), there, false)[0]!,
        "whether the execution stops is not known here"
      )
    })

    it("says what is known while it is only being started", () => {
      assert.deepStrictEqual(StopNotice.starting(key(100), there.url), [
        "^C Interrupt requested. http://127.0.0.1:4280 is asked to stop it as soon as it has started."
      ])
      assert.deepStrictEqual(StopNotice.leaveStarting(key(100), there.url, "halte list"), [
        "^C Leaving at once. http://127.0.0.1:4280 has not answered yet.",
        "   Whether it was started:  halte list"
      ])
    })
  })
})
