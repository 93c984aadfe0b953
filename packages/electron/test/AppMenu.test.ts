import { assert, describe, it } from "@effect/vitest"
import { CommandTable, type Executions, ExecutionStatus, Flow, InterruptStrategy, Step } from "@halte/engine"
import { Bounded, FrontEndTest, HandStep, Watch } from "@halte/engine/testing"
import { Effect } from "effect"
import { BrowserWindow } from "electron/main"
import { beforeEach } from "vitest"
import * as AppMenu from "../src/main/AppMenu.ts"
import * as Interrupting from "../src/main/Interrupting.ts"
import * as OfferedCommands from "../src/main/OfferedCommands.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import * as LocalDesk from "./support/LocalDesk.ts"

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
})

const flowOf = (name: string, steps: ReadonlyArray<Step.Any>) => Flow.make(name, { steps }) as Flow.Flow<unknown, never>

interface Done {
  readonly what: string
  readonly with?: unknown
}

/** A menu over desks, and what was done through it. */
const setUp = (
  desks: ReadonlyArray<LocalDesk.LocalDesk>,
  options: Partial<Pick<AppMenu.Options, "platform" | "isPackaged" | "recent">> = {}
) =>
  Effect.gen(function* () {
    const done: Array<Done> = []
    const asked: Array<string> = []
    const open: Array<Promise<void>> = []
    const settings = new LocalDesk.SettingsInHand()
    const real = Interrupting.make({
      settings,
      by: () => "anna",
      ask: async (_, { message }) => {
        asked.push(message)
        return { yes: true, checked: false }
      }
    })
    const tracked =
      <A extends ReadonlyArray<unknown>>(run: (...args: A) => Promise<void>) =>
      (...args: A): Promise<void> => {
        const promise = run(...args)
        open.push(promise)
        return promise
      }
    const menu = yield* Effect.acquireRelease(
      Effect.sync(() =>
        AppMenu.make({
          desks: () => desks,
          interrupting: {
            interrupt: tracked(real.interrupt),
            terminate: tracked(real.terminate),
            pause: tracked(real.pause),
            resume: tracked(real.resume)
          },
          recent: () => [],
          isPackaged: true,
          platform: "linux",
          againMillis: 5,
          openFlowFile: (desk) => done.push({ what: "open-flow-file", with: desk?.number }),
          openProject: (desk) => done.push({ what: "open-project", with: desk?.number }),
          openRecent: (directory) => done.push({ what: "open-recent", with: directory }),
          openDocs: () => done.push({ what: "docs" }),
          showLogs: () => done.push({ what: "logs" }),
          ...options
        })
      ),
      ({ close }) => Effect.sync(close)
    )
    /** Clicks, and waits for what comes of it. */
    const click = (id: string, window?: BrowserWindow) =>
      Effect.promise(async () => {
        electronControl.clickMenu(id, window as never)
        await Promise.all(open)
      })
    return { asked, done, menu, settings, click }
  })

const item = (id: string) => electronControl.menuItem(id)
const isEnabled = (id: string) => item(id)?.enabled === true
const putUp = () => electronControl.calls("menu", "setApplicationMenu").length
const shows = (id: string, label: string, enabled: boolean) =>
  Bounded.eventually(
    () => item(id)?.label === label && isEnabled(id) === enabled,
    `\`${id}\` to be “${label}”, ${enabled ? "enabled" : "disabled"}`
  )

// R5, P10: engine, menu, dialog, `Executions`. What comes after the menu has done its work, a second and a late request,
// has no item: then the same port is asked once more.
FrontEndTest.suite({ describe, it }, "the menu of the desktop", {
  source: "Desktop",
  open: (engine: Executions.ExecutionsShape) =>
    Effect.gen(function* () {
      electronControl.reset()
      electronControl.ready()
      const desk = new LocalDesk.LocalDesk(engine)
      const { click, menu } = yield* setUp([desk])
      return {
        executions: engine,
        interrupt: (id) =>
          Effect.gen(function* () {
            const { status } = yield* engine.get(id)
            if (!OfferedCommands.of({ status, strategy: InterruptStrategy.FinishCurrent }).interrupt.enabled)
              return yield* engine.interrupt(id, { source: "Desktop" })
            desk.view(id)
            menu.update()
            yield* Bounded.eventually(() => isEnabled("execution.interrupt"), "the item")
            return yield* click("execution.interrupt")
          })
      }
    })
})

describe("AppMenu", () => {
  it.live("R4 follows the execution that the window shows: what can be done, and what it is called meanwhile", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const { desk, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      const { click } = yield* setUp([desk])
      for (const id of ["interrupt", "pause", "resume", "terminate"]) assert.isFalse(isEnabled(`execution.${id}`), id)
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      desk.view(id)
      yield* shows("execution.interrupt", "Interrupt", true)
      assert.deepStrictEqual(
        ["pause", "resume", "terminate"].map((name) => isEnabled(`execution.${name}`)),
        [true, false, false]
      )
      yield* click("execution.pause")
      yield* shows("execution.resume", "Resume", true)
      assert.isFalse(isEnabled("execution.pause"))
      yield* click("execution.resume")
      yield* shows("execution.pause", "Pause", true)
      yield* click("execution.interrupt")
      yield* shows("execution.interrupt", "Interrupting…", false)
      assert.isTrue(isEnabled("execution.terminate"))
      yield* hand.succeed()
      yield* Watch.status(executions, id, "Interrupted")
      yield* shows("execution.interrupt", "Interrupt", false)
      // Ended, it is still the one that is shown, and goes on from here.
      yield* shows("execution.resume", "Resume", true)
      yield* click("execution.resume")
      yield* b.begun(id)
      yield* shows("execution.interrupt", "Interrupt", true)
      yield* click("execution.interrupt")
      yield* shows("execution.terminate", "Terminate now…", true)
      yield* click("execution.terminate")
      yield* Watch.status(executions, id, "Terminated")
      assert.deepStrictEqual(
        (yield* executions.get(id)).requests.map(({ kind, signal: { by, source, via } }) => [kind, source, by, via]),
        [
          ["first", "Desktop", "anna", "menu"],
          ["first", "Desktop", "anna", "menu"],
          ["terminate", "Desktop", "anna", "menu"]
        ]
      )
      assert.deepStrictEqual(desk.told, [])
    })
  )

  it.live("sees what another engine of the project runs, and that somebody else has resumed what had ended", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, engine, executions } = yield* LocalDesk.open([flowOf("release", steps)])
      const { click } = yield* setUp([desk])
      const id = yield* executions.start({ flow: "release" })
      engine.remove(id)
      const hand = yield* a.begun(id)
      desk.view(id)
      yield* shows("execution.interrupt", "Interrupt", true)
      yield* click("execution.interrupt")
      yield* shows("execution.interrupt", "Interrupting…", false)
      yield* hand.stopHalfWay()
      yield* shows("execution.resume", "Resume", true)
      yield* executions.resume(id, { source: "Cli" })
      engine.remove(id)
      yield* shows("execution.resume", "Resume", false)
      yield* shows("execution.interrupt", "Interrupt", true)
    })
  )

  it.live("asks about one of which nothing is known in this moment by the name that its engine has for it", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, engine, executions, running } = yield* LocalDesk.open([flowOf("release", steps)])
      const { asked, click } = yield* setUp([desk])
      const id = yield* executions.start({ flow: "release" })
      yield* a.begun(id)
      desk.view(id)
      yield* shows("execution.interrupt", "Interrupt", true)
      engine.names.set(id, "release 2.4.0")
      desk.running = { ...running, states: new Map() }
      yield* click("execution.interrupt")
      assert.match(asked.join(), /release 2\.4\.0/)
    })
  )

  it.live("R50 in the Command view interrupt says so when nothing runs; in other views it is grey", () =>
    Effect.gen(function* () {
      const { desk } = yield* LocalDesk.open([flowOf("command", HandStep.chain("a").steps)])
      const { click, menu } = yield* setUp([desk])
      assert.isFalse(electronControl.press("CmdOrCtrl+."))
      desk.view(undefined, { command: true, name: "npm test" })
      menu.update()
      yield* click("execution.interrupt")
      assert.deepStrictEqual(desk.told, ["No command is currently running."])
      assert.isTrue(electronControl.press("CmdOrCtrl+."))
      yield* Bounded.eventually(() => desk.told.length === 2, "the notice")
    })
  )

  it.live("R71 leaves Ctrl+C, Esc and single keys to the page, on every system: a copy stays a copy", () =>
    Effect.gen(function* () {
      const { desk } = yield* LocalDesk.open([])
      for (const platform of ["linux", "win32", "darwin"] as const)
        for (const isPackaged of [true, false]) {
          const { menu } = yield* setUp([desk], { platform, isPackaged })
          const keys = electronControl
            .everyItem(electronControl.menu())
            .flatMap(({ accelerator, role }) => (accelerator === null ? [] : [{ accelerator, role }]))
          assert.isAbove(keys.length, 15)
          for (const { accelerator, role } of keys) {
            assert.match(accelerator, /\+|^F11$/, "single keys are the page's")
            assert.notMatch(accelerator, /Esc/i)
            if (/\+C$/i.test(accelerator)) assert.strictEqual(role, "copy")
          }
          assert.strictEqual(
            new Set(keys.map((key) => key.accelerator.replace("CommandOrControl", "CmdOrCtrl"))).size,
            keys.length
          )
          assert.strictEqual(item("edit.copy")?.role, "copy")
          menu.close()
        }
    })
  )

  it.live("has the developer tools only where it is not packaged", () =>
    Effect.gen(function* () {
      yield* setUp([], { isPackaged: true })
      assert.isNull(item("view.developer-tools"))
      yield* setUp([], { isPackaged: false })
      assert.strictEqual(item("view.developer-tools")?.role, "toggledevtools")
    })
  )

  it.live("says settings, about and quit where the system has them: on macOS in the menu of the program", () =>
    Effect.gen(function* () {
      const { desk } = yield* LocalDesk.open([])
      const tops = () => electronControl.menu()?.items.map(({ label }) => label.replace("&", ""))
      const within = (top: string) => {
        const menu = electronControl.menu()?.items.find(({ id }) => id === top)?.submenu
        return electronControl.everyItem(menu).map(({ id }) => id)
      }
      yield* setUp([desk], { platform: "linux" })
      assert.deepStrictEqual(tops(), ["File", "Edit", "Execution", "View", "Window", "Help"])
      assert.includeMembers([...within("file")], ["settings", "file.close", "quit"])
      assert.include(within("help"), "about")
      yield* setUp([desk], { platform: "darwin" })
      assert.deepStrictEqual(tops(), ["Halte", "File", "Edit", "Execution", "View", "Window", "Help"])
      assert.includeMembers([...within("app")], ["settings", "about", "quit"])
      assert.notIncludeMembers([...within("file"), ...within("help")], ["settings", "about", "quit"])
    })
  )

  it.live("is put up anew only when something in it has changed", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const { desk, executions, running } = yield* LocalDesk.open([flowOf("release", steps)])
      const { menu } = yield* setUp([desk])
      const first = putUp()
      const id = yield* executions.start({ flow: "release" })
      const hand = yield* a.begun(id)
      // What is not shown changes nothing.
      yield* Bounded.eventually(() => running.states.get(id)?.steps.get("a")?.status === "Running", "the execution")
      menu.update()
      assert.strictEqual(putUp(), first)
      desk.view(id)
      menu.update()
      assert.strictEqual(putUp(), first + 1)
      // Nor does how far it is.
      hand.context.report({ done: 3, total: 4 })
      yield* Bounded.eventually(() => running.states.get(id)?.steps.get("a")?.done === 3, "its progress")
      menu.update()
      menu.update()
      assert.strictEqual(putUp(), first + 1)
      yield* hand.succeed()
    })
  )

  it.live("acts on the window that it was clicked in, and stays as it was while a dialog has the focus", () =>
    Effect.gen(function* () {
      const one = new LocalDesk.LocalDesk(undefined)
      const two = new LocalDesk.LocalDesk(undefined)
      const { click } = yield* setUp([one, two])
      one.view(undefined, { command: true })
      one.window?.focus()
      yield* Bounded.eventually(() => isEnabled("file.save-config"), "the menu of the first window")
      two.window?.focus()
      yield* Bounded.eventually(() => !isEnabled("file.save-config"), "the menu of the second window")
      yield* click("view.start")
      yield* click("view.command", one.window)
      assert.deepStrictEqual([one.gone, two.gone], [["/command"], ["/flows"]])
      one.window?.focus()
      yield* Bounded.eventually(() => isEnabled("file.save-config"), "the menu of the first window, again")
      one.window?.blur()
      const before = putUp()
      yield* Bounded.turns(3)
      assert.deepStrictEqual([putUp(), isEnabled("file.save-config")], [before, true])
    })
  )

  it.live("R49 tells the page what it does itself, and opens its window first where there is none", () =>
    Effect.gen(function* () {
      const desk = new LocalDesk.LocalDesk(undefined)
      const { click, menu } = yield* setUp([desk])
      assert.isFalse(isEnabled("file.load-config"))
      desk.view(undefined, { command: true })
      menu.update()
      for (const id of ["file.load-config", "file.save-config", "settings", "help.keys"]) yield* click(id)
      assert.deepStrictEqual(desk.asked, ["load-config", "save-config", "settings", "help"])
      assert.deepStrictEqual(desk.shown, [])
      desk.change({ window: undefined })
      menu.update()
      yield* click("settings")
      assert.deepStrictEqual([desk.asked.at(-1), desk.shown], ["settings", [""]])
      desk.change({ window: undefined })
      yield* click("view.executions")
      assert.deepStrictEqual(desk.shown, ["", "/executions"])
    })
  )

  it.live("opens files, projects and recent ones, docs and logs; a path keeps its ampersands", () =>
    Effect.gen(function* () {
      const desk = new LocalDesk.LocalDesk(undefined)
      const recent = ["/projects/a&b", "/projects/c"]
      const { click, done, menu } = yield* setUp([desk], { recent: () => recent })
      assert.strictEqual(item("file.recent.0")?.label, "/projects/a&&b")
      for (const id of ["file.open-flow-file", "file.open-project", "file.recent.0", "help.docs", "help.logs"])
        yield* click(id)
      assert.deepStrictEqual(done, [
        { what: "open-flow-file", with: desk.number },
        { what: "open-project", with: desk.number },
        { what: "open-recent", with: "/projects/a&b" },
        { what: "docs" },
        { what: "logs" }
      ])
      recent.length = 0
      menu.update()
      assert.isFalse(isEnabled("file.recent.none"))
    })
  )

  it.live("lists the projects, those in the background too; with none there is nothing to act on", () =>
    Effect.gen(function* () {
      const one = new LocalDesk.LocalDesk(undefined)
      const two = new LocalDesk.LocalDesk(undefined)
      two.change({ window: undefined, directory: "/projects/index & co" })
      const { click } = yield* setUp([one, two])
      assert.strictEqual(item(`window.desk.${one.number}`)?.label, "release")
      assert.strictEqual(item(`window.desk.${two.number}`)?.label, "index && co (in the background)")
      yield* click(`window.desk.${two.number}`)
      assert.deepStrictEqual(two.shown, [""])
      yield* setUp([])
      for (const id of ["settings", "view.executions", "execution.interrupt", "help.keys"])
        assert.isFalse(isEnabled(id), id)
      assert.isTrue(isEnabled("file.open-project"))
    })
  )

  it.live("listens to nothing any more once it is closed", () =>
    Effect.gen(function* () {
      const desk = new LocalDesk.LocalDesk(undefined)
      const { menu } = yield* setUp([desk])
      const before = electronControl.app.listenerCount("browser-window-focus")
      menu.close()
      assert.strictEqual(electronControl.app.listenerCount("browser-window-focus"), before - 1)
      const up = putUp()
      desk.view(undefined, { command: true })
      yield* Bounded.turns(5)
      assert.strictEqual(putUp(), up)
    })
  )
})

describe("OfferedCommands", () => {
  it("offers in each state what the engine's table does something about, and force only after an interrupt", () => {
    const ignoring = InterruptStrategy.IgnoreInterruptions
    for (const status of ExecutionStatus.ExecutionStatus.literals) {
      const offers = OfferedCommands.of({ status, strategy: InterruptStrategy.FinishCurrent })
      for (const command of ["interrupt", "pause", "resume", "terminate"] as const) {
        const answer = CommandTable.answer(status, command)._tag
        const does = answer === "Go" || answer === "Attempt"
        const expected = command === "terminate" ? status === "Interrupting" : does
        assert.strictEqual(offers[command].enabled, expected, `${command} while ${status}`)
      }
      const isHeld = status === "Running" || status === "Pausing" || status === "Paused" || status === "Interrupting"
      assert.strictEqual(OfferedCommands.of({ status, strategy: ignoring }).terminate.enabled, isHeld, status)
    }
    assert.isFalse(Object.values(OfferedCommands.none).some(({ enabled }) => enabled))
  })
})
