/** What is said about what runs: in the question, while it is waited for, and when something went wrong. */
import { assert, describe, it } from "vitest"
import * as QuitText from "../src/main/QuitText.ts"
import { idOf, stateOf, type Told } from "./support/QuitDesks.ts"

const live = (n: number, told: Told = {}) => ({ id: idOf(n), name: "early", state: stateOf(idOf(n), told) })
const unknown = { id: idOf("abc"), name: "release 2.4.0", state: undefined }

const ask = (running: Parameters<typeof QuitText.question>[0]["running"], background = true) =>
  QuitText.question({ gesture: "Quit", running, background })

const pausing = [{ type: "pausing", source: "Desktop" }, { type: "paused" }] as never

describe("what the question names", () => {
  it("is the flow and its version, how far it is, and what it does when it doesn't run", () => {
    const steps = { one: 0, two: 0 }
    const { message } = ask([
      live(1, { params: { version: "2.4.0" }, steps, done: ["one"], running: ["two"] }),
      live(2, { flow: "backup", steps, more: pausing }),
      live(3, { flow: "index", more: [{ type: "execution-queued" }] })
    ])
    assert.strictEqual(
      message,
      "3 executions are running: release 2.4.0 (1 of 2 steps), backup (paused, 0 of 2 steps), index (waiting)."
    )
  })

  it("is the line of a command, without what would change the dialog, and not all of a long one", () => {
    const command = (line: unknown) => live(1, { flow: "command", params: { line }, steps: { command: 1000 } })
    assert.include(ask([command("npm test")]).message, "is running: npm test.")
    assert.include(ask([command(["npm", "run", "x"])]).message, "npm run x")
    assert.include(ask([command("echo \u001b[31mred\u001b[0m\nnext")]).message, ": echo red next.")
    assert.isBelow(ask([command("x".repeat(5000))]).message.length, 120)
  })

  it("is what the engine calls it as long as nothing else is known, and then nothing is promised", () => {
    const { detail, message } = ask([unknown])
    assert.strictEqual(message, "1 execution is running: release 2.4.0.")
    assert.strictEqual(detail, "It can be resumed. How soon it stops is not known yet.")
  })

  it("is five of many, and how many more", () => {
    const { message } = ask(Array.from({ length: 1200 }, (_, n) => live(n, { flow: `flow-${n}` })))
    assert.strictEqual(message, "1,200 executions are running: flow-0, flow-1, flow-2, flow-3, flow-4 and 1,195 more.")
  })
})

describe("P2 what the question promises", () => {
  it("is the longest bound of all that runs", () => {
    const { detail } = ask([
      live(1, { steps: { a: 500 }, running: ["a"] }),
      live(2, { steps: { b: 10_500 }, running: ["b"] })
    ])
    assert.strictEqual(detail, "They stop within 10.5 s and can be resumed.")
  })

  it("is not known between two steps: that nothing is under way means that the next was not seen yet", () => {
    assert.strictEqual(
      ask([live(1, { steps: { a: 500, b: 5500 }, done: ["a"] })]).detail,
      "It can be resumed. How soon it stops is not known yet."
    )
    assert.include(ask([live(1, { more: pausing })]).detail, "at once", "paused, nothing has to be waited for")
  })

  it("is at once where nothing has to be waited for", () => {
    assert.strictEqual(
      ask([live(1, { steps: { nap: 0 }, running: ["nap"] })]).detail,
      "It stops at once and can be resumed."
    )
  })

  it("is no number where a step promises none, and names that step", () => {
    const { detail } = ask([
      live(1, { steps: { a: 500 }, running: ["a"] }),
      live(2, { steps: { index: null }, running: ["index"] })
    ])
    assert.strictEqual(detail, "They can be resumed. How soon they stop has no bound: `index`.")
  })

  it("says of a flow that ignores interruptions that it does", () => {
    const ignores: Told = { flow: "burn", strategy: { _tag: "IgnoreInterruptions" }, steps: { a: 500 }, running: ["a"] }
    assert.strictEqual(
      ask([live(1, ignores)]).detail,
      "`burn` ignores interruptions and goes on to the end, or until terminated."
    )
    assert.strictEqual(
      ask([live(1, ignores), live(2, { steps: { b: 500 }, running: ["b"] })]).detail,
      "What can be interrupted stops within 0.5 s and can be resumed.\n`burn` ignores interruptions and goes on to the end, or until terminated."
    )
  })

  it("is what was recorded, where somebody has asked to interrupt before", () => {
    const { detail } = ask([
      live(1, {
        steps: { a: 500 },
        running: ["a"],
        more: [
          {
            type: "interrupt-requested",
            signal: { source: "Page", requestedAt: 1 },
            strategy: { _tag: "FinishCurrent" },
            bound: { _tag: "Within", millis: 7000, steps: ["a"] },
            running: ["a"]
          }
        ]
      })
    ])
    assert.strictEqual(detail, "It stops within 7 s and can be resumed.")
  })
})

describe("the buttons", () => {
  it("are the three of the design, and Stay is always there", () => {
    for (const gesture of ["Quit", "Close"] as const)
      for (const background of [true, false]) {
        const labels = QuitText.question({ gesture, background, running: [unknown] }).buttons.map(({ label }) => label)
        assert.deepStrictEqual(labels, [
          ...(background ? ["Keep running in the background"] : []),
          gesture === "Quit" ? "Interrupt and quit" : "Interrupt and close",
          "Stay"
        ])
      }
  })
})

describe("the question about force", () => {
  it("names the one execution, and what may be half done as far as it is known", () => {
    const one = QuitText.terminateQuestion([live(1, { running: ["build"] })])
    assert.strictEqual(one.title, "Terminate release now?")
    assert.include(one.detail, "May be left half done: `build`.")
    assert.notInclude(QuitText.terminateQuestion([unknown]).detail, "half done")
    assert.strictEqual(QuitText.terminateQuestion([unknown]).title, "Terminate release 2.4.0 now?")
  })
})

describe("what a window shows while it is waited for", () => {
  const promise = (told: Told) => QuitText.waitedFor(live(1, told)).promise

  it("names the steps under way and how soon they stop, by the strategy that counts", () => {
    const steps = { a: 500, b: null }
    assert.strictEqual(promise({ steps, running: ["a"] }), "within 0.5 s")
    assert.strictEqual(promise({ steps, running: ["b"] }), "no bound: `b`")
    assert.strictEqual(promise({ steps, done: ["a"] }), "not known yet")
    assert.strictEqual(promise({ strategy: { _tag: "PollNextN", n: 2 } }), "after 2 more steps at most")
    assert.strictEqual(promise({ strategy: { _tag: "PollNextN", n: 1 } }), "after 1 more step at most")
    assert.strictEqual(promise({ strategy: { _tag: "PollNextN", n: 0 } }), "when the running steps have ended")
    assert.strictEqual(promise({ strategy: { _tag: "IgnoreInterruptions" } }), "ignores interruptions")
    assert.deepStrictEqual(QuitText.waitedFor(live(1, { steps, done: ["a"], running: ["b"] })).steps, ["b"])
  })

  it("says that it ends now when it is terminated", () => {
    const more = [{ type: "terminate-requested", signal: { source: "Desktop", requestedAt: 1 } }] as never
    assert.strictEqual(promise({ running: ["build"], more }), "ending now")
  })

  it("is honest about one of which nothing is known", () => {
    assert.deepStrictEqual(QuitText.waitedFor(unknown), {
      execution: unknown.id,
      flow: "release 2.4.0",
      status: "Running",
      steps: [],
      promise: "not known yet"
    })
  })
})

describe("what is said at a signal", () => {
  it("says what the next one does", () => {
    assert.strictEqual(
      QuitText.signalled("SIGINT", "Interrupting", 2),
      "Interrupt requested (SIGINT). 2 executions are asked to stop. A second signal terminates them."
    )
    assert.include(
      QuitText.signalled("SIGINT", "Interrupting", 1),
      "1 execution is asked to stop. A second signal terminates it."
    )
    assert.include(QuitText.signalled("SIGTERM", "Terminating", 1), "A third signal leaves at once.")
    assert.include(QuitText.signalled("SIGTERM", "Killed", 1), "Leaving at once")
    assert.include(QuitText.signalled("SIGINT", "Stopping", 0), "Nothing is running.")
  })
})
