import { assert, describe, it } from "@effect/vitest"
import { Flow, Step } from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import { Effect } from "effect"
import { beforeEach } from "vitest"
import * as EndNotices from "../src/main/EndNotices.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import * as LocalDesk from "./support/LocalDesk.ts"

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
})

const flowOf = (name: string, steps: ReadonlyArray<Step.Any>) => Flow.make(name, { steps }) as Flow.Flow<unknown, never>

const setUp = (flows: ReadonlyArray<Flow.Flow<unknown, never>>) =>
  Effect.gen(function* () {
    const opened = yield* LocalDesk.open(flows)
    const settings = new LocalDesk.SettingsInHand()
    const lines: Array<string> = []
    const notices = yield* Effect.acquireRelease(
      Effect.sync(() => EndNotices.make({ desks: () => [opened.desk], settings, log: (line) => lines.push(line) })),
      ({ close }) => Effect.sync(close)
    )
    opened.desk.window?.blur()
    return { ...opened, settings, notices, lines }
  })

/** What was told, with durations left out: they are of the single run. */
const told = () =>
  electronControl.notifications.map(({ body, title }) => [title, body.replace(/in [\d.]+ m?s/, "in TIME")])
const isTold = (count: number) =>
  Bounded.eventually(() => electronControl.notifications.length === count, `notification ${count}`)

describe("EndNotices", () => {
  it.live("tells how an execution ended, with the steps that are done; a click shows it", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const { desk, executions } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      yield* (yield* a.begun(id)).succeed()
      yield* (yield* b.begun(id)).succeed()
      yield* isTold(1)
      assert.deepStrictEqual(told(), [["release: Completed", "2 of 2 steps in TIME."]])
      electronControl.notifications[0]?.click()
      assert.deepStrictEqual(desk.shown, [`/executions/${id}`])
    })
  )

  it.live("R72 tells where one was stopped and who asked, and which step failed and why", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const { executions } = yield* setUp([flowOf("release", steps)])
      const one = yield* executions.start({ flow: "release" })
      const first = yield* a.begun(one)
      yield* first.succeed()
      const second = yield* b.begun(one)
      second.context.report({ done: 41_312, total: 100_000 })
      yield* Watch.event(executions, one, "step-progress")
      yield* executions.interrupt(one, { source: "Page", by: "anna" })
      yield* second.stopHalfWay({ cursor: 41_312 })
      yield* isTold(1)
      const two = yield* executions.start({ flow: "release" })
      yield* (yield* a.begun(two)).fail(new Error("the disk\nis full\u001b[31m."))
      yield* isTold(2)
      const three = yield* executions.start({ flow: "release" })
      yield* a.begun(three)
      yield* executions.terminate(three, { source: "Deadline" })
      yield* isTold(3)
      assert.deepStrictEqual(told(), [
        [
          "release: Interrupted",
          "1 of 2 steps in TIME, at b 41,312 of 100,000, asked by anna, page. It can be resumed."
        ],
        ["release: Failed", "0 of 2 steps in TIME, then a failed: the disk is full."],
        ["release: Terminated", "0 of 2 steps in TIME, stopped by its deadline. May be left half done: a."]
      ])
    })
  )

  it.live("tells nothing to somebody who looks at the window, nor where it is switched off or not to be had", () =>
    Effect.gen(function* () {
      const flow = flowOf("quick", [Step.make("only", { run: () => Effect.succeed(1) })])
      const { desk, executions, running, settings } = yield* setUp([flow])
      let ended = 0
      running.onEnded(() => ended++)
      const runOne = (n: number) =>
        Effect.andThen(
          executions.start({ flow: "quick" }),
          Bounded.eventually(() => ended === n, `end ${n}`)
        )
      desk.window?.focus()
      yield* runOne(1)
      desk.window?.blur()
      settings.change({ notify: false })
      yield* runOne(2)
      settings.change({ notify: true })
      electronControl.notifying.supported = false
      yield* runOne(3)
      assert.deepStrictEqual(told(), [])
      electronControl.notifying.supported = true
      // Without a window nobody looks at it.
      desk.change({ window: undefined })
      yield* runOne(4)
      assert.strictEqual(told().length, 1)
    })
  )

  it.live("tells nothing of what was there before, and nothing when the engine dies", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const { engine, executions, notices, running } = yield* setUp([flowOf("release", steps)])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* Bounded.eventually(() => running.states.has(id), "the execution")
      engine.die()
      yield* hand.succeed()
      yield* Watch.status(executions, id, "Completed")
      engine.set({ state: { _tag: "Running", recovered: [] }, pid: 2, live: [] })
      notices.update()
      yield* Bounded.turns(5)
      assert.deepStrictEqual(told(), [])
    })
  )

  it.live("tells once that a gate waits for a person, over a pause too, and again when it opens again", () =>
    Effect.gen(function* () {
      const ask = Step.gate("ask", { message: "Ship 2.4.0?" })
      const { executions, notices, running } = yield* setUp([flowOf("release", [ask])])
      const id = yield* executions.start({ flow: "release" })
      yield* isTold(1)
      assert.deepStrictEqual(told(), [["release waits for you", "Ship 2.4.0?"]])
      notices.update()
      yield* executions.pause(id)
      yield* Bounded.eventually(() => running.states.get(id)?.status === "Paused", "the pause")
      notices.update()
      yield* executions.resume(id)
      yield* Bounded.eventually(() => running.states.get(id)?.status === "Running", "the end of the pause")
      notices.update()
      assert.strictEqual(told().length, 1)
      yield* executions.interrupt(id)
      yield* isTold(2)
      yield* executions.resume(id)
      yield* isTold(3)
      assert.deepStrictEqual(
        told().map(([title]) => title),
        ["release waits for you", "release: Interrupted", "release waits for you"]
      )
    })
  )

  it.live("does not tell later of a gate that opened before somebody's eyes", () =>
    Effect.gen(function* () {
      const { desk, executions, notices, running } = yield* setUp([
        flowOf("release", [Step.gate("ask", { message: "?" })])
      ])
      desk.window?.focus()
      const id = yield* executions.start({ flow: "release" })
      yield* Bounded.eventually(() => running.states.get(id)?.steps.get("ask")?.gate !== undefined, "the gate")
      notices.update()
      desk.window?.blur()
      notices.update()
      assert.deepStrictEqual(told(), [])
    })
  )

  it.live("says in the log why a notification could not be shown, and goes on", () =>
    Effect.gen(function* () {
      const flow = flowOf("quick", [Step.make("only", { run: () => Effect.succeed(1) })])
      const { executions, lines } = yield* setUp([flow])
      yield* executions.start({ flow: "quick" })
      yield* isTold(1)
      electronControl.notifications[0]?.emit("failed", {}, "no daemon")
      assert.deepStrictEqual(lines, ["A notification could not be shown: no daemon"])
    })
  )
})
