import { assert, describe, it } from "@effect/vitest"
import { ExecutionState, type LogLine } from "@halte/engine/model"
import { Effect } from "effect"
import * as LinesScreen from "../src/terminal/LinesScreen.ts"
import type { Output } from "../src/terminal/Output.ts"
import * as Story from "./ReleaseStory.ts"
import { plain } from "./Screens.ts"

const setup = (logs: "stream" | "grouped", isTerminal = false) => {
  const written: Array<string> = []
  const output: Output = {
    look: () => plain,
    isTerminal: () => isTerminal,
    write: (stream, text) => void written.push(`${stream === "stdout" ? "" : "err: "}${text.trimEnd()}`),
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => {},
    drained: () => Effect.void
  }
  const screen = LinesScreen.make(output, { now: () => 0, verbose: false, logs })
  let state: ExecutionState.ExecutionState | undefined
  let sequence = 0
  return {
    written,
    tell: (from: number, to: number) => {
      for (const event of Story.tell(Story.interrupted).slice(from, to)) {
        state = ExecutionState.fold(state, [event])
        screen.event(event, state!, false)
      }
    },
    log: (step: string, text: string, stream: LogLine.LogLine["stream"] = "stdout") =>
      screen.log({ sequence: ++sequence, at: 0, step, try: 1, stream, text }),
    end: () => screen.end(state!)
  }
}

describe("LinesScreen", () => {
  it("writes output of steps as it comes, errors to standard error", () => {
    const { log, tell, written } = setup("stream")
    tell(0, 5)
    log("test", "one")
    log("index", "two", "stderr")
    assert.deepStrictEqual(written.slice(-2), ["test │ one", "err: index │ two"])
  })

  it("holds the output of a step until it has ended, when asked to", () => {
    const { end, log, tell, written } = setup("grouped")
    tell(0, 5)
    log("test", "one")
    log("index", "two")
    log("test", "three")
    assert.isFalse(written.some((line) => line.includes("│")))
    tell(5, 7)
    assert.deepStrictEqual(written.slice(-3), [
      "test │ one",
      "test │ three",
      "2026-11-21T14:08:01.402Z test completed 43.2 s"
    ])
    log("test", "late")
    assert.strictEqual(written.at(-1), "test │ late")
    tell(7, 99)
    end()
    assert.include(written, "index │ two")
    assert.match(written.at(-1)!, /release interrupted after 3 of 8 steps/)
  })

  it("takes control sequences out for a terminal, and leaves them to a file", () => {
    for (const [isTerminal, expected] of [
      [true, "test │ red"],
      [false, "test │ \u001b[31mred"]
    ] as const) {
      const { log, tell, written } = setup("stream", isTerminal)
      tell(0, 5)
      log("test", "\u001b[31mred")
      assert.strictEqual(written.at(-1), expected)
    }
  })
})
