import { assert, describe, it } from "@effect/vitest"
import { calls } from "@halte/web/DesktopBridge"
import { ExecutionState } from "@halte/engine/model"
import { Schema } from "effect"
import * as AtATime from "../src/desktop/AtATime.ts"
import type { EngineState, WaitedFor } from "../src/desktop/DesktopBridge.ts"
import * as Dropped from "../src/desktop/Dropped.ts"
import * as EngineStory from "../src/desktop/EngineStory.ts"
import { projectName } from "../src/desktop/ProjectName.ts"
import * as Questions from "../src/desktop/Questions.ts"
import * as QuittingText from "../src/desktop/QuittingText.ts"
import { viewing } from "../src/desktop/Viewing.ts"
import * as Route from "../src/route/Route.ts"
import { titled } from "../src/shell/useTitle.ts"
import * as Story from "./support/Story.ts"

const file = (name: string, more: Partial<Dropped.DroppedFile> = {}): Dropped.DroppedFile => ({
  name,
  path: `/projects/${name}`,
  isDirectory: false,
  ...more
})

describe("files that are dropped", () => {
  it("opens flow files and directories, each once, and says of the rest why not", () => {
    const { open, refused } = Dropped.sort([
      file("deploy.flow.yaml"),
      file("deploy.flow.yml"),
      file("deploy.flow.json"),
      file("deploy.flow.yaml"),
      file("shop", { isDirectory: true }),
      file("notes.txt"),
      file("deploy.yaml"),
      file(".flow.yaml"),
      file("lost.flow.yaml", { path: "" })
    ])
    assert.deepStrictEqual(open, [
      "/projects/deploy.flow.yaml",
      "/projects/deploy.flow.yml",
      "/projects/deploy.flow.json",
      "/projects/shop"
    ])
    const notOne = (name: string) =>
      `\`${name}\` is not a flow file, so it was not opened. Flow files are named \`NAME.flow.yaml\` or \`NAME.flow.json\`.`
    assert.deepStrictEqual(refused, [
      notOne("notes.txt"),
      notOne("deploy.yaml"),
      notOne(".flow.yaml"),
      "`lost.flow.yaml` lies nowhere on this machine, so it was not opened. Save it as a file first."
    ])
  })
})

describe("what a page has seen of its engine", () => {
  const all = (...states: ReadonlyArray<EngineState>) => states.reduce(EngineStory.follow, EngineStory.initial)
  const ended: EngineState = { _tag: "Ended", how: "was killed by SIGKILL", running: ["release"] }
  const isRunning: EngineState = { _tag: "Running", recovered: [] }

  it("is nothing to read before it ran, and something from then on, also when it is gone", () => {
    assert.isFalse(all({ _tag: "Starting" }).ran)
    assert.isFalse(all({ _tag: "Starting" }, { _tag: "Failed", code: "x", message: "X." }).ran)
    assert.isTrue(all({ _tag: "Starting" }, isRunning).ran)
    assert.isTrue(all(isRunning, { _tag: "Starting" }).ran)
    // A page that was loaded anew: it ran, or it could not have ended.
    assert.isTrue(all(ended).ran)
  })

  it("is how it was lost, once for each time, and also after the restart", () => {
    const again: EngineState = { _tag: "Starting" }
    assert.isUndefined(all(again, isRunning).lost)
    assert.deepStrictEqual(all(isRunning, ended, ended, again, isRunning), {
      ran: true,
      lost: { how: "was killed by SIGKILL", running: ["release"] },
      times: 1,
      isDown: false
    })
    assert.strictEqual(all(isRunning, ended, again, isRunning, ended).times, 2)
  })

  it("is over with the project", () => {
    assert.deepStrictEqual(all(isRunning, ended, { _tag: "None" }), EngineStory.initial)
  })
})

describe("the questions of the desktop", () => {
  const decode = Schema.decodeUnknownSync(calls.ask, { onExcessProperty: "error" })
  const state = Story.state(Story.running)

  it("R51 asks in the words of the page, with what becomes of it", () => {
    const question = Questions.interrupt(
      "Are you sure you want to interrupt the running command?",
      "Running",
      "SIGTERM, SIGKILL after 0.5 s"
    )
    assert.deepStrictEqual(question, {
      title: "Confirm Interrupt",
      message: "Are you sure you want to interrupt the running command?",
      detail: "Running → Interrupted: SIGTERM, SIGKILL after 0.5 s",
      yes: "Interrupt",
      no: "Keep running",
      checkbox: "Do not ask again"
    })
    assert.deepStrictEqual(decode(question), question)
  })

  it("P11 lists what force may leave half done", () => {
    const question = Questions.terminate("release", state)
    assert.strictEqual(question.title, "Terminate release now?")
    assert.strictEqual(question.yes, "Terminate now")
    assert.isUndefined(question.checkbox)
    const [first, becomes, half] = question.detail?.split("\n") ?? []
    assert.strictEqual(first, "Running steps are ended without waiting for a stopping point.")
    assert.match(becomes ?? "", /^Running → Terminated: /)
    const active = [...state.steps.values()].filter(({ status }) => status === "Running").map(({ id }) => id)
    assert.isAbove(active.length, 0)
    for (const id of active) assert.include(half, id)
    assert.deepStrictEqual(decode(question), question)
  })

  it("fits the desktop, however long a name is", () => {
    const name = "x".repeat(5000)
    for (const question of [Questions.terminate(name, state), Questions.interrupt(name, "Running", name)])
      assert.deepStrictEqual(decode(question), question)
  })
})

describe("what an end of Halte waits for", () => {
  const waited: WaitedFor = {
    execution: "01JD3M8Z9F4T6V2X0YQ7",
    flow: "release",
    status: "Interrupting",
    steps: ["upload/part-2"],
    promise: "within 5.5 s"
  }
  const of = (executions: ReadonlyArray<WaitedFor>, more: Partial<QuittingText.Quitting> = {}) =>
    QuittingText.title({ phase: "Interrupting", executions, ...more })

  it("is said in the title, down to the last", () => {
    assert.strictEqual(of([waited, waited]), "Halte ends when 2 executions have stopped")
    assert.strictEqual(of([waited]), "Halte ends when release has stopped")
    assert.strictEqual(of([]), "Halte ends now")
    assert.strictEqual(of([waited], { closes: "Window" }), "This window closes when release has stopped")
  })

  it("is what the desktop says, as long as no event has come", () => {
    assert.deepStrictEqual(QuittingText.row(waited, undefined, "Interrupting", 0), {
      status: "Interrupting",
      steps: ["upload/part-2"],
      promise: "within 5.5 s"
    })
    assert.strictEqual(
      QuittingText.row({ ...waited, status: "Something" }, undefined, "Terminating", 0).status,
      "Terminating"
    )
  })

  it("P2 counts down what was promised, and says when it is late", () => {
    const state = Story.state(Story.interrupting)
    const asked = state.requests[0]?.signal.requestedAt ?? assert.fail("Nobody has asked.")
    const bound = state.bound?._tag === "Within" ? state.bound.millis : assert.fail("There is no bound.")
    const at = (now: number) => QuittingText.row(waited, state, "Interrupting", now).promise
    assert.strictEqual(at(asked + bound - 2000), "within 5.5 s: 2.0 s left")
    assert.strictEqual(at(asked + bound + 1000), "should have stopped within 5.5 s")
    assert.deepStrictEqual(QuittingText.row(waited, state, "Interrupting", asked).steps, ["upload/part-2"])
  })

  it("invents no number where nothing was promised", () => {
    const state = Story.state(Story.interrupting)
    const without = { ...state, bound: { _tag: "None", steps: ["index"] } } as ExecutionState.ExecutionState
    assert.strictEqual(
      QuittingText.row({ ...waited, promise: "no bound: `index`" }, without, "Interrupting", 0).promise,
      "no bound: `index`"
    )
  })

  it("is stopped, when its events say so before the desktop does", () => {
    const row = QuittingText.row(waited, Story.state(Story.interrupted), "Interrupting", 0)
    assert.deepStrictEqual(row, { status: "Interrupted", steps: [], promise: "stopped" })
  })
})

describe("what a window is called and told", () => {
  it("has the project in its title", () => {
    assert.strictEqual(titled("Command · Halte", "/projects/shop"), "Command · shop · Halte")
    assert.strictEqual(titled("Command · Halte", undefined), "Command · Halte")
    assert.strictEqual(titled("Halte", "/projects/a$&b"), "a$&b · Halte")
    assert.strictEqual(projectName("C:\\Users\\anna\\shop\\"), "shop")
    assert.strictEqual(projectName("/"), "/")
  })

  it("tells the desktop only what it takes", () => {
    const decode = Schema.decodeUnknownSync(calls.viewing, { onExcessProperty: "error" })
    assert.deepStrictEqual(viewing("01JD", "release"), { execution: "01JD", name: "release", command: false })
    assert.deepStrictEqual(viewing("01JD", undefined, true), { execution: "01JD", command: true })
    assert.deepStrictEqual(viewing("x".repeat(65), "no id"), { command: false })
    assert.strictEqual(decode(viewing("01JD", "x".repeat(1000))).name?.length, 200)
  })

  it("goes to addresses of the page, and nowhere else", () => {
    const from = (address: string) => Route.fromAddress(address, "halte://app")
    assert.deepStrictEqual(from("/executions/01JD?view=logs"), Route.execution("01JD", { tab: "logs" }))
    assert.deepStrictEqual(from("/command"), { view: "command" })
    for (const other of ["//example.org/x", "https://example.org/", "javascript:alert(1)", "command", ""])
      assert.isUndefined(from(other), other)
  })

  it("reads how many run at a time, and takes no number that the desktop refuses", () => {
    assert.deepStrictEqual(["", "  ", "1", " 8 ", "1000"].map(AtATime.read), [null, null, 1, 8, 1000])
    for (const text of ["0", "1001", "1.5", "-1", "many", "1e2", "0x2"]) assert.isUndefined(AtATime.read(text), text)
    assert.deepStrictEqual([AtATime.toText(null), AtATime.toText(8)], ["", "8"])
  })
})
