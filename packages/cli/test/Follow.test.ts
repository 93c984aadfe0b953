import { assert, describe, it } from "@effect/vitest"
import { ExecutionsLocal, Flow, Step } from "@halte/engine"
import { Effect } from "effect"
import { follow } from "../src/Follow.ts"
import type { Output, StreamName } from "../src/terminal/Output.ts"
import type { Screen } from "../src/terminal/Screen.ts"
import * as StopSignals from "../src/terminal/StopSignals.ts"
import { plain } from "./Screens.ts"

/** Streams that keep what is written. */
const streams = () => {
  const text = { stdout: "", stderr: "" }
  const output: Output = {
    look: () => plain,
    isTerminal: () => false,
    write: (stream: StreamName, more) => void (text[stream] += more),
    size: () => ({ columns: 80, rows: 24 }),
    onResize: () => () => {},
    drained: () => Effect.void
  }
  return { output, text }
}

/** A screen that only tells what it was told, and calls back. */
const screen = (output: Output, onEvent: (type: string) => void, calls: Array<string>): Screen => ({
  logs: false,
  answers: false,
  begin: () => void calls.push("begin"),
  event: (event) => onEvent(event.type),
  turn: () => {},
  log: () => {},
  requested: (count) => void calls.push(`requested ${count}`),
  refused: (command, message) => void calls.push(`refused ${command}: ${message}`),
  say: (lines) => output.write("stderr", `${lines.join("\n")}\n`),
  end: () => void calls.push("end"),
  restore: () => void calls.push("restore")
})

const listeners = () => StopSignals.kinds.map((kind) => process.listenerCount(kind))

const run = (
  flow: Flow.Flow<unknown, never>,
  onEvent: (type: string) => void,
  more: { readonly start?: string; readonly leave?: (code: number) => void } = {}
) =>
  Effect.gen(function* () {
    const executions = yield* ExecutionsLocal.make({ flows: [flow] })
    const { output, text } = streams()
    const calls: Array<string> = []
    const followed = yield* follow({
      executions,
      begin: Effect.map(executions.start({ flow: more.start ?? flow.name, source: "Cli" }), (id) => ({
        id,
        attempt: 1
      })),
      screen: screen(output, onEvent, calls),
      output,
      by: "anna",
      killGroups: () => 0,
      leave: more.leave ?? (() => {}),
      notices: true
    })
    return { ...followed, text, calls }
  })

const waiting = Flow.make("waiting", { steps: [Step.sleep("wait", { duration: "1 hour" })] })

describe("follow", () => {
  it.live("R2 R12 turns a SIGINT into an interrupt, and leaves no handler behind", () =>
    Effect.gen(function* () {
      const before = listeners()
      let during: ReadonlyArray<number> = []
      const { calls, signal, state, text } = yield* run(waiting, (type) => {
        if (type !== "step-started") return
        during = listeners()
        process.emit("SIGINT")
      })
      assert.deepStrictEqual(
        during,
        before.map((n) => n + 1)
      )
      assert.deepStrictEqual(listeners(), before)
      assert.strictEqual(state.status, "Interrupted")
      assert.strictEqual(signal, "SIGINT")
      assert.deepInclude(state.signal, { source: "Cli", by: "anna", via: "SIGINT" })
      assert.include(text.stderr, "Interrupt requested (SIGINT). Finishing 1 running step; no new steps will start.")
      assert.deepStrictEqual(calls, ["begin", "requested 1", "end", "restore"])
    })
  )

  it.live("R12 leaves no handler behind when the start is refused", () =>
    Effect.gen(function* () {
      const before = listeners()
      const error = yield* Effect.flip(run(waiting, () => {}, { start: "other" }))
      assert.strictEqual(error._tag, "FlowNotFound")
      assert.deepStrictEqual(listeners(), before)
    })
  )

  it.live("R35 the third request kills the groups and leaves", () =>
    Effect.gen(function* () {
      const left: Array<number> = []
      const stubborn = Flow.make("stubborn", {
        steps: [Step.make("stubborn", { run: () => Effect.uninterruptible(Effect.sleep("300 millis")) })]
      })
      const { state, text } = yield* run(
        stubborn,
        (type) => {
          if (type === "step-started") for (let i = 0; i < 3; i++) process.emit("SIGINT")
        },
        { leave: (code) => void left.push(code) }
      )
      assert.deepStrictEqual(left, [137])
      assert.include(text.stderr, "Leaving at once.")
      assert.strictEqual(state.status, "Terminated")
    })
  )

  it.live("folds ten thousand steps in batches", () =>
    Effect.gen(function* () {
      const steps = Array.from({ length: 10_000 }, (_, i) => Step.make(`s-${i}`, { run: () => i }))
      let seen = 0
      const began = performance.now()
      const { state } = yield* run(Flow.make("many", { steps }), () => void seen++)
      assert.strictEqual(state.status, "Completed")
      assert.isAtLeast(seen, 20_000)
      // One fold per event would copy 10,000 steps 20,000 times.
      assert.isBelow(performance.now() - began, 20_000)
    })
  )
})
