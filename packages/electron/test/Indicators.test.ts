import { assert, describe, it } from "@effect/vitest"
import { Flow, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import { Effect } from "effect"
import { BrowserWindow } from "electron/main"
import { fileURLToPath } from "node:url"
import { beforeEach } from "vitest"
import * as Indicators from "../src/main/Indicators.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import * as LocalDesk from "./support/LocalDesk.ts"

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
})

const resources = fileURLToPath(new URL("../resources", import.meta.url))

const flowOf = (name: string, steps: ReadonlyArray<Step.Any>, options: { readonly onFailure?: "continue" } = {}) =>
  Flow.make(name, { steps, ...options }) as Flow.Flow<unknown, never>

const setUp = (desks: ReadonlyArray<LocalDesk.LocalDesk>, platform: NodeJS.Platform = "win32") =>
  Effect.acquireRelease(
    Effect.sync(() => Indicators.make({ desks: () => desks, resources, platform, changeMillis: 1 })),
    ({ close }) => Effect.sync(close)
  )

/** The stand-in's window, with what it shows. */
const windowOf = (desk: LocalDesk.LocalDesk) => {
  const found = electronControl.openWindows().find(({ id }) => id === desk.window?.id)
  if (found === undefined) throw new Error("The desk has no window.")
  return found
}
const bar = (desk: LocalDesk.LocalDesk) => {
  const { options, value } = windowOf(desk).progress
  return options === undefined ? `${value}` : `${value} ${options.mode}`
}
const shows = (desk: LocalDesk.LocalDesk, expected: string) =>
  Bounded.eventually(() => bar(desk) === expected, `a bar of ${expected}, which is`)
const badges = () => electronControl.calls("app", "setBadgeCount").map(({ args }) => args[0])

describe("Indicators", () => {
  it.live("R69 shows how far the flow is, in the colour of its state, and nothing once it has ended", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b", "c", "d")
      const { desk, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      yield* setUp([desk])
      assert.strictEqual(bar(desk), "-1")
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* shows(desk, "0 normal")
      yield* hand.succeed()
      const next = yield* b.begun(id)
      next.context.report({ done: 1, total: 2 })
      yield* shows(desk, "0.38 normal")
      yield* executions.pause(id)
      yield* shows(desk, "0.38 paused")
      yield* executions.resume(id)
      yield* shows(desk, "0.38 normal")
      yield* executions.interrupt(id)
      yield* shows(desk, "0.38 paused")
      yield* executions.terminate(id)
      yield* shows(desk, "-1 none")
    })
  )

  it.live("R69 invents no number: a step that says nothing of itself runs back and forth, on Linux not even that", () =>
    Effect.gen(function* () {
      const step = HandStep.make("command")
      const { desk, executions } = yield* LocalDesk.open([flowOf("command", [step.step])])
      yield* setUp([desk])
      const id = yield* executions.start({ flow: "command" })
      const hand = yield* step.begun(id)
      yield* shows(desk, "2 indeterminate")
      // Another system, the same moment.
      yield* setUp([desk], "darwin")
      assert.strictEqual(bar(desk), "2")
      windowOf(desk).setProgressBar(-1)
      yield* setUp([desk], "linux")
      assert.strictEqual(bar(desk), "-1")
      hand.context.report({ done: 25, total: 100 })
      yield* Bounded.eventually(() => bar(desk).startsWith("0.25"), "the bar")
      yield* hand.succeed()
    })
  )

  it.live("shows red while something has failed and the rest goes on", () =>
    Effect.gen(function* () {
      const a = HandStep.make("a")
      const b = HandStep.make("b")
      const { desk, executions } = yield* LocalDesk.open([
        flowOf("release", [a.step, b.step], { onFailure: "continue" })
      ])
      yield* setUp([desk])
      const id = yield* executions.start({ flow: "release" })
      const [one, two] = [yield* a.begun(id), yield* b.begun(id)]
      yield* one.fail(new Error("no"))
      yield* shows(desk, "0 error")
      yield* two.succeed()
      yield* shows(desk, "-1 none")
    })
  )

  it.live("counts what runs in all projects, each window showing its own; a window that was closed is no error", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const one = yield* LocalDesk.open([flowOf("release", steps)])
      const two = yield* LocalDesk.open([flowOf("release", steps)])
      const indicators = yield* setUp([one.desk, two.desk], "darwin")
      const ids = [yield* one.executions.start({ flow: "release" }), yield* two.executions.start({ flow: "release" })]
      const hands = [yield* a.begun(ids[0]), yield* a.begun(ids[1])]
      yield* Bounded.eventually(() => badges().at(-1) === 2, "the badge")
      yield* hands[0]!.succeed()
      yield* shows(one.desk, "0.5")
      assert.strictEqual(bar(two.desk), "0")
      two.desk.window?.destroy()
      indicators.update()
      // One that is opened anew shows it again.
      two.desk.change({ window: new BrowserWindow({}) })
      yield* shows(two.desk, "0")
      yield* one.executions.terminate(ids[0]!)
      yield* Bounded.eventually(() => badges().at(-1) === 1, "the badge")
      yield* two.executions.terminate(ids[1]!)
      yield* Bounded.eventually(() => badges().at(-1) === 0, "no badge")
      assert.deepStrictEqual(
        badges().filter((count, i) => count === badges()[i - 1]),
        []
      )
    })
  )

  it.live("on Windows puts a sign on the taskbar, with words for somebody who can't see it, and has no badge", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      yield* setUp([desk], "win32")
      const id = yield* executions.start({ flow: "release" })
      yield* a.begun(id)
      yield* Bounded.eventually(() => windowOf(desk).overlay.description === "1 execution is running", "the sign")
      assert.isFalse(windowOf(desk).overlay.image?.isEmpty())
      const second = yield* executions.start({ flow: "release" })
      yield* Bounded.eventually(() => windowOf(desk).overlay.description === "2 executions are running", "the sign")
      for (const one of [id, second]) yield* executions.terminate(one)
      yield* Bounded.eventually(() => windowOf(desk).overlay.image === null, "no sign")
      assert.deepStrictEqual([windowOf(desk).overlay.description, badges()], ["", []])
    })
  )

  it.live("keeps the machine awake while it has something to do, and not for a pause or a person", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const ask = Step.gate("ask", { message: "Ship it?" })
      const { desk, executions } = yield* LocalDesk.open([flowOf("release", steps), flowOf("gated", [ask])])
      const indicators = yield* setUp([desk], "linux")
      const held = () => [...electronControl.powerBlocks.values()].join()
      const isHeld = (expected: boolean) =>
        Bounded.eventually(() => (held() === "prevent-app-suspension") === expected, `${expected}`)
      assert.strictEqual(held(), "")
      const gated = yield* executions.start({ flow: "gated" })
      yield* Bounded.eventually(() => desk.running?.states.get(gated)?.steps.get("ask")?.gate !== undefined, "the gate")
      yield* isHeld(false)
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* isHeld(true)
      yield* executions.pause(id)
      const answer = yield* hand.begin()
      yield* isHeld(false)
      yield* executions.resume(id)
      yield* answer
      yield* isHeld(true)
      indicators.close()
      assert.deepStrictEqual([held(), bar(desk), badges().at(-1)], ["", "-1", 0])
      assert.strictEqual(
        electronControl.calls("powerSaveBlocker", "start").length,
        electronControl.calls("powerSaveBlocker", "stop").length
      )
    })
  )

  it.live("leaves nothing behind of an engine that died", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, engine, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      yield* setUp([desk], "linux")
      yield* a.begun(yield* executions.start({ flow: "release" }))
      yield* Bounded.eventually(() => badges().at(-1) === 1 && electronControl.powerBlocks.size === 1, "the badge")
      engine.die()
      yield* Bounded.eventually(() => badges().at(-1) === 0 && electronControl.powerBlocks.size === 0, "no badge")
      assert.strictEqual(bar(desk), "-1")
    })
  )
})
