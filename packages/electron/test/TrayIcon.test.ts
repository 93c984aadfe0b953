import { assert, describe, it } from "@effect/vitest"
import { type ExecutionId, type Executions, Flow, InterruptStrategy, Step } from "@halte/engine"
import { Bounded, FrontEndTest, HandStep, Watch } from "@halte/engine/testing"
import { Effect, Schema } from "effect"
import { fileURLToPath } from "node:url"
import { beforeEach } from "vitest"
import * as Interrupting from "../src/main/Interrupting.ts"
import * as OfferedCommands from "../src/main/OfferedCommands.ts"
import * as StatusNotifier from "../src/main/StatusNotifier.ts"
import * as TrayIcon from "../src/main/TrayIcon.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import * as LocalDesk from "./support/LocalDesk.ts"

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
})

const resources = fileURLToPath(new URL("../resources", import.meta.url))

const flowOf = (name: string, steps: ReadonlyArray<Step.Any>) => Flow.make(name, { steps }) as Flow.Flow<unknown, never>

const setUp = (
  desks: ReadonlyArray<LocalDesk.LocalDesk>,
  options: Partial<Pick<TrayIcon.Options, "platform" | "isShown" | "now">> = {}
) =>
  Effect.gen(function* () {
    const done: Array<string> = []
    const lines: Array<string> = []
    const open: Array<Promise<void>> = []
    const real = Interrupting.make({
      settings: new LocalDesk.SettingsInHand(),
      by: () => "anna",
      ask: async (_desk, { message }) => {
        done.push(message)
        return { yes: true, checked: false }
      }
    })
    const tray = yield* Effect.acquireRelease(
      Effect.sync(() =>
        TrayIcon.make({
          desks: () => desks,
          interrupting: {
            interrupt: (...args) => {
              const promise = real.interrupt(...args)
              open.push(promise)
              return promise
            },
            terminate: (...args) => {
              const promise = real.terminate(...args)
              open.push(promise)
              return promise
            }
          },
          resources,
          open: () => done.push("open"),
          quit: () => done.push("quit"),
          log: (line) => lines.push(line),
          platform: "win32",
          changeMillis: 1,
          ...options
        })
      ),
      ({ close }) => Effect.sync(close)
    )
    const click = (id: string) =>
      Effect.promise(async () => {
        electronControl.clickItem(item(id))
        await Promise.all(open)
      })
    return { tray, click, done, lines }
  })

const menu = () => electronControl.liveTrays()[0]?.menu
const item = (id: string) => menu()?.getMenuItemById(`tray.${id}`)
const labels = () => menu()?.items.flatMap(({ label, type }) => (type === "separator" ? [] : [label]))
const shows = (...expected: ReadonlyArray<string>) =>
  Bounded.eventually(
    () => JSON.stringify(labels()) === JSON.stringify(expected),
    `the tray to show ${expected.join(", ")}`
  )

// R5, P10: the same again through the tray, which lists what the window's own engine runs.
FrontEndTest.suite({ describe, it }, "the tray of the desktop", {
  source: "Desktop",
  open: (executions: Executions.ExecutionsShape) =>
    Effect.gen(function* () {
      electronControl.reset()
      electronControl.ready()
      const engine = new LocalDesk.EngineInHand()
      const desk = new LocalDesk.LocalDesk(executions, yield* LocalDesk.runningOf(engine, executions))
      const { click } = yield* setUp([desk])
      return {
        executions,
        interrupt: (id) =>
          Effect.gen(function* () {
            const { status } = yield* executions.get(id)
            if (!OfferedCommands.of({ status, strategy: InterruptStrategy.FinishCurrent }).interrupt.enabled)
              return yield* executions.interrupt(id, { source: "Desktop" })
            engine.add(id)
            yield* Bounded.eventually(() => item(`${id}.interrupt`)?.enabled === true, "the item")
            return yield* click(`${id}.interrupt`)
          })
      }
    })
})

describe("TrayIcon", () => {
  it.live("says that nothing is running, and offers to open and to quit", () =>
    Effect.gen(function* () {
      const { click, done, tray } = yield* setUp([])
      assert.deepStrictEqual(labels(), ["Nothing is running", "Open Halte", "Quit"])
      assert.isFalse(item("nothing")?.enabled)
      assert.strictEqual(electronControl.liveTrays()[0]?.toolTip, "Halte: nothing is running")
      yield* click("open")
      yield* click("quit")
      electronControl.liveTrays()[0]?.emit("click", {})
      assert.deepStrictEqual(done, ["open", "quit", "open"])
      assert.isTrue(tray.available)
    })
  )

  it.live("R4 R69 lists what runs, with how far it is, and interrupts it; force is offered only then", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b", "c")
      const { desk, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      const { click, done } = yield* setUp([desk])
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* shows("release · 0 of 3 steps · Running", "Open Halte", "Quit")
      assert.strictEqual(electronControl.liveTrays()[0]?.toolTip, "Halte: 1 running")
      assert.isNull(item(`${id}.terminate`))
      yield* click(`${id}.show`)
      assert.deepStrictEqual(desk.shown, [`/executions/${id}`])
      yield* click(`${id}.interrupt`)
      assert.deepStrictEqual(done, ["Are you sure you want to interrupt release?"])
      yield* shows("release · 0 of 3 steps · Interrupting…", "Open Halte", "Quit")
      assert.deepStrictEqual(
        [item(`${id}.interrupt`)?.label, item(`${id}.interrupt`)?.enabled, item(`${id}.terminate`)?.enabled],
        ["Interrupting…", false, true]
      )
      yield* click(`${id}.terminate`)
      yield* hand.interrupted
      yield* shows("Nothing is running", "Open Halte", "Quit")
      assert.deepStrictEqual(
        (yield* executions.get(id)).requests.map(({ kind, signal: { source, via } }) => [kind, source, via]),
        [
          ["first", "Desktop", "tray"],
          ["terminate", "Desktop", "tray"]
        ]
      )
    })
  )

  it.live("R51 asks about a command in its own words, and lists its line as it was typed", () =>
    Effect.gen(function* () {
      const step = HandStep.make("command")
      const flow = Flow.make("command", {
        params: Schema.Struct({ line: Schema.String }),
        steps: [step.step]
      }) as unknown as Flow.Flow<unknown, never>
      const { desk, executions } = yield* LocalDesk.open([flow])
      const { click, done } = yield* setUp([desk])
      const id = yield* executions.start({ flow: "command", params: { line: "make a && make b" } })
      const hand = yield* step.begun(id)
      yield* shows("make a &&&& make b · Running", "Open Halte", "Quit")
      hand.context.report({ done: 41, total: 100 })
      yield* shows("make a &&&& make b · 41 % · Running", "Open Halte", "Quit")
      yield* click(`${id}.interrupt`)
      assert.deepStrictEqual(done, ["Are you sure you want to interrupt the running command?"])
      yield* hand.stopHalfWay()
      yield* Watch.status(executions, id, "Interrupted")
    })
  )

  it.live("lists the executions of all projects, ten of them at most, by their projects where there are several", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const one = yield* LocalDesk.open([flowOf("release", steps)])
      const two = yield* LocalDesk.open([flowOf("index", steps)])
      two.desk.change({ directory: "/projects/search", window: undefined })
      const { click, done } = yield* setUp([one.desk, two.desk])
      const own = yield* one.executions.start({ flow: "release" })
      const ids = yield* Effect.forEach(Array.from({ length: 11 }), () => two.executions.start({ flow: "index" }))
      for (const id of ids) yield* a.begun(id)
      const hand = yield* a.begun(own)
      yield* Bounded.eventually(() => labels()?.at(-3) === "and 2 more", "the list")
      assert.deepStrictEqual(labels()?.slice(0, 4), [
        "release",
        "release · 0 of 2 steps · Running",
        "search",
        "index · 0 of 2 steps · Running"
      ])
      assert.strictEqual(labels()?.length, 1 + 1 + 1 + 9 + 1 + 2)
      assert.strictEqual(electronControl.liveTrays()[0]?.toolTip, "Halte: 12 running")
      yield* click("more")
      assert.deepStrictEqual(done, ["open"])
      // P9: in whichever project it is.
      const [first] = ids
      yield* click(`${first}.interrupt`)
      yield* Watch.status(two.executions, first as ExecutionId.ExecutionId, "Interrupting")
      assert.deepStrictEqual((yield* one.executions.get(own)).requests, [])
      yield* hand.succeed()
    })
  )

  it.live("gets a new menu only when something in it has changed", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, executions, running } = yield* LocalDesk.open([flowOf("release", steps)])
      const { tray } = yield* setUp([desk])
      const put = () => electronControl.calls("tray", "setContextMenu").length
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      yield* shows("release · 0 of 2 steps · Running", "Open Halte", "Quit")
      const before = put()
      hand.context.report({ done: 1, total: 4 })
      yield* Bounded.eventually(() => running.states.get(id)?.steps.get("a")?.done === 1, "its progress")
      tray.update()
      assert.strictEqual(put(), before)
      yield* hand.succeed()
      yield* shows("release · 1 of 2 steps · Running", "Open Halte", "Quit")
      assert.isAbove(put(), before)
    })
  )

  it.live("asks about one of which nothing is known in this moment by the name that its engine has for it", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, engine, executions, running } = yield* LocalDesk.open([flowOf("release", steps)])
      const { click, done } = yield* setUp([desk])
      const id = yield* executions.start({ flow: "release" })
      yield* a.begun(id)
      yield* shows("release · 0 of 2 steps · Running", "Open Halte", "Quit")
      engine.names.set(id, "release 2.4.0")
      desk.running = { ...running, states: new Map() }
      yield* click(`${id}.interrupt`)
      assert.match(done.join(), /release 2\.4\.0/)
    })
  )

  it.live("an engine that dies leaves nothing in the tray", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, engine, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      yield* setUp([desk])
      yield* a.begun(yield* executions.start({ flow: "release" }))
      yield* shows("release · 0 of 2 steps · Running", "Open Halte", "Quit")
      engine.die()
      yield* shows("Nothing is running", "Open Halte", "Quit")
    })
  )

  it.live("on macOS is a template image, opens its menu by itself, and the dock says the same", () =>
    Effect.gen(function* () {
      const dock = electronControl.withDock()
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      const { done } = yield* setUp([desk], { platform: "darwin" })
      const [tray] = electronControl.liveTrays()
      const { image } = tray!
      assert.isTrue(typeof image !== "string" && image.isTemplateImage() && !image.isEmpty())
      tray!.emit("click", {})
      assert.deepStrictEqual(done, [])
      yield* a.begun(yield* executions.start({ flow: "release" }))
      yield* shows("release · 0 of 2 steps · Running", "Open Halte", "Quit")
      assert.deepStrictEqual(
        (dock.getMenu() as ReturnType<typeof menu>)?.items.map(({ label }) => label),
        ["release · 0 of 2 steps · Running"]
      )
    })
  )

  it.live("is not relied on where nobody shows it: on Linux the desktop is asked", () =>
    Effect.gen(function* () {
      for (const [isShown, available] of [
        [async () => true, true],
        [async () => false, false],
        [() => Promise.reject(new Error("no bus")), false]
      ] as const) {
        const { lines, tray } = yield* setUp([], { platform: "linux", isShown })
        assert.isFalse(tray.available, "before it is known")
        yield* Effect.promise(tray.look)
        assert.strictEqual(tray.available, available)
        assert.strictEqual(lines.length > 0, !available)
        tray.close()
        assert.isFalse(tray.available, "once it is gone")
      }
    })
  )

  it.live("is looked for again, since what shows it comes and goes; what was just answered is not asked again", () =>
    Effect.gen(function* () {
      let asked = 0
      let now = 0
      const answers = [true, false, false, true]
      const isShown = async () => answers[asked++]!
      const { lines, tray } = yield* setUp([], { platform: "linux", isShown, now: () => now })
      for (const [i, expected] of answers.entries()) {
        yield* Effect.promise(tray.look)
        assert.strictEqual(tray.available, expected)
        now += 2999
        yield* Effect.promise(tray.look)
        assert.strictEqual(asked, i + 1)
        now += 1
      }
      assert.lengthOf(lines, 1, "it is logged when it changes")
    })
  )

  it.live("does without a tray where none can be made", () =>
    Effect.gen(function* () {
      // As the system fails: before it is ready nothing can be made.
      electronControl.reset()
      const { lines, tray } = yield* setUp([])
      assert.isFalse(tray.available)
      assert.match(lines.join(), /There is no tray icon: /)
      tray.update()
      assert.strictEqual(electronControl.trays.length, 0)
    })
  )
})

describe("StatusNotifier", () => {
  it("asks with what the desktop has, and takes no answer for a no", async () => {
    const answering = (answers: Readonly<Record<string, string>>) => {
      const asked: Array<string> = []
      const isThere = StatusNotifier.isThere(async (program) => {
        asked.push(program)
        return answers[program]
      })
      return isThere.then((answer) => [answer, asked])
    }
    assert.deepStrictEqual(await answering({ gdbus: "(true,)\n" }), [true, ["gdbus"]])
    assert.deepStrictEqual(await answering({ gdbus: "(false,)\n", busctl: "b true\n" }), [false, ["gdbus"]])
    assert.deepStrictEqual(await answering({ "dbus-send": "method return\n   boolean true\n" }), [
      true,
      ["gdbus", "dbus-send"]
    ])
    assert.deepStrictEqual(await answering({ busctl: "b true\n" }), [true, ["gdbus", "dbus-send", "busctl"]])
    assert.deepStrictEqual(await answering({}), [false, ["gdbus", "dbus-send", "busctl"]])
  })

  it("answers for this machine without failing", async () => {
    assert.isBoolean(await StatusNotifier.isThere())
  })
})
