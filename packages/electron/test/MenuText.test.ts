import { assert, describe, it } from "@effect/vitest"
import type { ExecutionState } from "@halte/engine"
import * as ExecutionName from "../src/main/ExecutionName.ts"
import * as ExecutionProgress from "../src/main/ExecutionProgress.ts"
import { Listeners } from "../src/main/Listeners.ts"
import * as MenuText from "../src/main/MenuText.ts"

type State = ExecutionState.ExecutionState

/** An execution of which only this is known. */
const stateOf = (given: Partial<State>, ...steps: ReadonlyArray<Partial<ExecutionState.StepState>>): State =>
  ({
    flow: "release",
    status: "Running",
    params: {},
    definition: { name: "release", steps: steps.map((_, i) => ({ id: `s${i}`, kind: "function" })) },
    steps: new Map(steps.map((step, i) => [`s${i}`, { id: `s${i}`, status: "Waiting", ...step }])),
    ...given
  }) as unknown as State

const commandOf = (line: unknown) => stateOf({ flow: "command", params: { line } })

describe("MenuText", () => {
  it("says the name, how far it is where that is known, and the state", () => {
    const done = { status: "Completed" } as const
    assert.strictEqual(MenuText.execution(stateOf({}, done, {}, {})), "release · 1 of 3 steps · Running")
    assert.strictEqual(MenuText.execution(stateOf({ status: "Pending" }, {})), "release · Waiting")
    const counting = { status: "Running", done: 999, total: 1000 } as const
    assert.strictEqual(MenuText.execution(stateOf({}, counting)), "release · 99 % · Running")
    assert.strictEqual(
      MenuText.execution(stateOf({ params: { version: "2.4.0" }, status: "Interrupting" }, {})),
      "release 2.4.0 · Interrupting…"
    )
    assert.deepStrictEqual(
      [MenuText.tooltip(0), MenuText.tooltip(2)],
      ["Halte: nothing is running", "Halte: 2 running"]
    )
  })

  it("calls a project by the last part of its path, on every system", () => {
    const of = ["/srv/anna/release", "/srv/anna/release/", "C:\\work\\release", "/", ""].map(MenuText.project)
    assert.deepStrictEqual(of, ["release", "release", "release", "/", ""])
  })

  it("keeps an ampersand from marking a key", () => {
    assert.strictEqual(MenuText.label("a && b"), "a &&&& b")
  })

  it("shows a directory by what can be seen of its name", () => {
    assert.strictEqual(MenuText.label("/projects/a\u0007\u001b]0;x\u0007&\u202eb"), "/projects/a&&b")
    assert.strictEqual(MenuText.project("/projects/a\u0007\u202eb"), "ab")
  })
})

describe("ExecutionName", () => {
  it("is the line of a command, each argument as a person would type it", () => {
    assert.strictEqual(ExecutionName.of(commandOf(["npm", "test", "--", "it's"])), "npm test -- 'it'\\''s'")
    assert.strictEqual(ExecutionName.of(commandOf("npm test")), "npm test")
    assert.strictEqual(ExecutionName.of(commandOf(7)), "command")
  })

  it("is one short line without control sequences, of whole characters", () => {
    assert.strictEqual(ExecutionName.of(commandOf("a\n\n\tb\u001b[31m c")), "a b c")
    const long = ExecutionName.of(commandOf("😀".repeat(80)))
    assert.strictEqual(long, `${"😀".repeat(59)}…`)
  })
})

describe("ExecutionProgress", () => {
  it("R69 is known of several steps, and of one only what it says of itself", () => {
    const part = (...steps: ReadonlyArray<Partial<ExecutionState.StepState>>) =>
      ExecutionProgress.part(stateOf({}, ...steps))
    assert.strictEqual(part({ status: "Running" }), undefined)
    assert.strictEqual(part({ status: "Running", done: 7 }), undefined)
    assert.strictEqual(part({ status: "Running", done: 0, total: 0 }), undefined)
    assert.strictEqual(part({ status: "Running", done: 7, total: 10 }), 0.7)
    assert.strictEqual(part({ status: "Running", done: 17, total: 10 }), 1)
    assert.strictEqual(part({ status: "Completed" }, { status: "Skipped" }, { status: "Running" }, {}), 0.5)
    assert.strictEqual(part(), undefined)
  })
})

describe("Listeners", () => {
  it("tells all of them, also when one throws, and none that has ended", async () => {
    const listeners = new Listeners<[number]>()
    const heard: Array<string> = []
    const thrown: Array<unknown> = []
    const before = process.listeners("uncaughtException")
    process.removeAllListeners("uncaughtException")
    process.on("uncaughtException", (error) => thrown.push(error))
    try {
      listeners.on(() => {
        throw new Error("mine")
      })
      let end = () => {}
      listeners.on((n) => {
        heard.push(`first ${n}`)
        end()
      })
      end = listeners.on((n) => heard.push(`second ${n}`))
      const both = (n: number) => void heard.push(`both ${n}`)
      const endOne = listeners.on(both)
      listeners.on(both)
      listeners.tell(1)
      endOne()
      listeners.tell(2)
      listeners.clear()
      listeners.tell(3)
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.removeAllListeners("uncaughtException")
      for (const listener of before) process.on("uncaughtException", listener)
    }
    assert.deepStrictEqual(heard, ["first 1", "both 1", "both 1", "first 2", "both 2"])
    assert.deepStrictEqual(
      thrown.map((error) => (error as Error).message),
      ["mine", "mine"]
    )
  })
})
