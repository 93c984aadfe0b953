/** The desktop as a whole over the stand-in of Electron: what it is asked to open, what its pages ask, how it ends. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionsError } from "@halte/engine/model"
import { Effect } from "effect"
import * as Scripted from "../../http/test/support/Scripted.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import { channels, type DesktopState } from "@halte/web/DesktopBridge"
import * as Desktop from "../src/main/Desktop.ts"
import { stateOf } from "./support/QuitDesks.ts"
import * as TestDesktop from "./support/TestDesktop.ts"

const flow = (name: string) => `halte: 1\nname: ${name}\nsteps:\n  a: { run: echo 1 }\n`

/** An engine that knows no execution. */
const executions = () =>
  Scripted.make({ get: (id) => Effect.fail(new ExecutionsError.ExecutionNotFound({ execution: id })) })

const last = (scratch: string, ...paths: ReadonlyArray<string>) =>
  writeFileSync(join(scratch, "settings.json"), JSON.stringify({ recent: paths.map((path) => join(scratch, path)) }))

const directories = ({ desktop }: TestDesktop.TestDesktop) => desktop.desks.all.map(({ directory }) => directory)

describe("a start of the desktop", () => {
  it.live("says to Electron before it is ready what can't be said later, and collects and uploads no crash", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({ platform: "win32" })
      const before = electronControl.calls("app").map(({ name }) => name)
      assert.isTrue(electronControl.app.sandboxed)
      assert.deepStrictEqual(
        electronControl.schemes.map(({ scheme }) => scheme),
        ["halte"]
      )
      assert.includeMembers(before, ["requestSingleInstanceLock", "enableSandbox", "setAppUserModelId"])
      assert.deepStrictEqual(electronControl.calls("app", "setAppUserModelId")[0]?.args, [Desktop.appId])
      assert.isBelow(before.indexOf("requestSingleInstanceLock"), before.indexOf("enableSandbox"))
      assert.deepStrictEqual(electronControl.calls("crashReporter"), [])
      assert.deepStrictEqual(electronControl.app.protocolClients, [])
      yield* test.logged(/desktop: Halte 0\.1\.0, Electron/)
    })
  )

  it.live("shows a window without a project, with no engine, when none was open before", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      assert.deepStrictEqual(directories(test), [undefined])
      assert.deepStrictEqual(test.engines, [])
      const state = yield* test.state()
      assert.deepStrictEqual(state.engine, { _tag: "None" })
      assert.notProperty(state, "project")
      assert.strictEqual(test.window().contents.session.partition, "persist:none")
    })
  )

  it.live("opens the project that was open last and is still there", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        prepare: (scratch) => {
          TestDesktop.project(scratch, "release", { "a.flow.yaml": flow("a") })
          last(scratch, "gone", "release/a.flow.yaml", "release")
        }
      })
      assert.deepStrictEqual(directories(test), [join(test.scratch, "release")])
      const state = yield* test.state()
      assert.deepStrictEqual([state.project, state.engine._tag], [join(test.scratch, "release"), "Running"])
    })
  )

  it.live("opens what its arguments name instead, and says what it can't open", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/build", "nowhere"],
        prepare: (scratch) => {
          TestDesktop.project(scratch, "release")
          TestDesktop.project(scratch, "build")
          last(scratch, "release")
        }
      })
      assert.deepStrictEqual(directories(test), [join(test.scratch, "build")])
      const { notices, recent } = yield* test.state()
      assert.deepStrictEqual(
        notices.map(({ text }) => text),
        [`\`${join(test.scratch, "nowhere")}\` does not exist.`]
      )
      assert.strictEqual(recent[0], join(test.scratch, "build"))
      assert.include(electronControl.app.recentDocuments, join(test.scratch, "build"))
    })
  )

  it.live("tells what was to be said before there was anybody: once, in the first window that there is", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        notices: ["The log can't be kept where it always is."],
        prepare: (scratch) => writeFileSync(join(scratch, "settings.json"), "{ broken")
      })
      const { notices } = yield* test.state()
      assert.deepStrictEqual(
        notices.map(({ text }) => text.replace(/`.*/, "")),
        ["The log can't be kept where it always is.", "The settings "]
      )
      assert.match(notices[1]!.text, /is no JSON, so the usual ones count/)
      // What comes later comes by itself.
      test.source.emit("unhandledRejection", new Error("late"))
      const after = (yield* test.state()).notices.map(({ text }) => text)
      assert.strictEqual(after.length, 3)
      assert.match(after[2]!, /late/)
    })
  )

  it.live("leaves at once where another Halte runs, with nothing of a desktop begun", () =>
    Effect.gen(function* () {
      electronControl.reset()
      const { running } = yield* Effect.promise(() => import("../../../test/support/electron/App.ts"))
      const { lock } = running
      running.lock = () => false
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          running.lock = lock
          electronControl.reset()
        })
      )
      const desktop = yield* Effect.promise(() =>
        Desktop.start({
          paths: { host: "", preload: "", page: new URL("file:///"), resources: "", settings: "", logs: "/nowhere" },
          argv: ["halte", "project"],
          cwd: "/home",
          env: {},
          namesApp: false,
          sweeper: []
        })
      )
      assert.isUndefined(desktop)
      assert.deepStrictEqual(
        electronControl.calls("app").map(({ args, name }) => [name, ...args]),
        [["requestSingleInstanceLock", { argv: ["halte", "project"], cwd: "/home" }], ["quit"]]
      )
      assert.isFalse(existsSync("/nowhere"))
    })
  )

  it.live("is what opens halte: links once it is installed, and takes no debugging switch then", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        prepare: () => {
          electronControl.app.isPackaged = true
          electronControl.app.switches.add("remote-debugging-port").add("lang")
        }
      })
      assert.deepStrictEqual(electronControl.app.protocolClients, ["halte"])
      assert.deepStrictEqual([...electronControl.app.switches], ["lang"])
      assert.isFalse(electronControl.windows[0]?.options.webPreferences?.devTools)
      yield* test.logged(/--remote-debugging-port was not taken/)
    })
  )
})

describe("opening", () => {
  it.live("a project that is open shows its one window, however it is reached", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      const release = test.project("release")
      mkdirSync(join(release, "deep"))
      symlinkSync(release, join(test.scratch, "alias"))
      assert.isTrue(yield* test.call("open", release))
      yield* test.until(() => electronControl.openWindows().length === 1, "the welcome's end")
      assert.isTrue(yield* test.call("open", join(release, "deep")))
      assert.isTrue(yield* test.call("open", join(test.scratch, "alias")))
      assert.deepStrictEqual(directories(test), [release])
      assert.strictEqual(test.engines.length, 1)
      assert.strictEqual(test.engines[0]?.options.project.directory, release)
    })
  )

  it.live(
    "the first project takes the place of the window without one, and further ones get windows of their own",
    () =>
      Effect.gen(function* () {
        const test = yield* TestDesktop.make()
        const welcome = test.window()
        welcome.setBounds({ x: 30, y: 40, width: 900, height: 700 })
        yield* test.call("open", test.project("a"))
        yield* test.until(() => welcome.isDestroyed(), "the end of the window without a project")
        const first = test.window()
        assert.deepStrictEqual(first.getBounds(), { x: 30, y: 40, width: 900, height: 700 })
        yield* test.call("open", test.project("b"))
        yield* test.until(() => test.desktop.desks.all.length === 2, "both")
        assert.strictEqual(electronControl.openWindows().length, 2)
        const partitions = electronControl.openWindows().map((window) => window.contents.session.partition)
        assert.strictEqual(new Set(partitions).size, 2)
        for (const partition of partitions) assert.match(partition, /^persist:project-[0-9a-f]{32}$/)
        assert.notStrictEqual(
          electronControl.openWindows()[0]?.options.name,
          electronControl.openWindows()[1]?.options.name
        )
        assert.isUndefined(electronControl.app.exitCode)
      })
  )

  it.live("a flow file opens its project, is told to the engine, and is shown once the engine knows its flow", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({ opened: () => ({ _tag: "Flow", name: "release" }) })
      const directory = test.project("shop", { "x.flow.yaml": flow("release") })
      const file = join(directory, "x.flow.yaml")
      assert.isTrue(yield* test.call("open", file))
      yield* test.until(() => directories(test).join() === directory, "its project")
      assert.deepStrictEqual(test.engines[0]?.told, [`add ${file}`])
      const window = test.window()
      yield* test.until(() => window.contents.getURL() === "halte://app/flows/release", "its view")
      assert.strictEqual(electronControl.app.recentDocuments.at(-1), file)
      // The page hears it, once it listens.
      yield* test.state(window)
      yield* test.call("open", file, window)
      yield* test.until(() => TestDesktop.sent(window, channels.go).includes("/flows/release"), "the page to be told")
    })
  )

  it.live("a file with a mistake is told with its line, and nothing else is lost", () =>
    Effect.gen(function* () {
      const text = "Flow `wrong` can't run as it is defined now: wrong.flow.yaml:2:1: Unknown key `stepz`."
      const test = yield* TestDesktop.make({ opened: () => ({ _tag: "Wrong", text }) })
      const directory = test.project("shop", { "wrong.flow.yaml": "halte: 1\nstepz: {}\n" })
      yield* test.call("open", directory)
      yield* test.until(() => directories(test).join() === directory, "its project")
      yield* test.call("open", join(directory, "wrong.flow.yaml"))
      const notices = yield* test.until(() => {
        const { notices } = test.desktop.desks.all[0]!.state()
        return notices.length > 0 && notices
      }, "the notice")
      assert.deepStrictEqual(
        notices.map((one) => one.text),
        [text]
      )
      assert.notInclude(test.window().contents.getURL(), "flows")
    })
  )

  it.live("what is no flow file is refused in the window that asked, with the reason", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      writeFileSync(join(test.scratch, "notes.txt"), "hello")
      assert.isFalse(yield* test.call("open", join(test.scratch, "notes.txt")))
      const { notices } = yield* test.state()
      assert.match(notices[0]!.text, /notes\.txt` is no flow file\. Flow files are called/)
      yield* test.call("dismiss", notices[0]!.id)
      assert.deepStrictEqual((yield* test.state()).notices, [])
    })
  )

  it.live(
    "a second start hands over what it names, and shows the window that was looked at last when it names nothing",
    () =>
      Effect.gen(function* () {
        const test = yield* TestDesktop.make()
        const release = test.project("release")
        electronControl.secondInstance(["halte"], "/", { argv: ["halte", "release"], cwd: test.scratch })
        yield* test.until(() => directories(test).join() === release, "the project")
        const window = yield* test.until(
          () => electronControl.openWindows().length === 1 && test.window(),
          "its window"
        )
        window.minimize()
        electronControl.secondInstance(["halte"], "/", { argv: ["halte"], cwd: "/" })
        yield* test.until(() => !window.isMinimized() && window.isFocused(), "the window in front")
      })
  )

  it.live("a link shows an execution of an open project; it starts and stops nothing", () =>
    Effect.gen(function* () {
      const known = Scripted.make({
        ...executions(),
        get: (id) => (id === Scripted.id ? Effect.succeed(stateOf(id)) : executions().get(id))
      })
      const test = yield* TestDesktop.make({
        executions: known,
        args: ["SCRATCH/release"],
        prepare: (scratch) => TestDesktop.project(scratch, "release")
      })
      yield* test.state()
      electronControl.openUrl(`halte://execution/${Scripted.id}`)
      yield* test.until(
        () => TestDesktop.sent(test.window(), channels.go).includes(`/executions/${Scripted.id}`),
        "the view of the execution"
      )
      electronControl.openUrl(`halte://execution/${Scripted.id.replace("R", "X")}`)
      electronControl.openUrl("halte://interrupt/all")
      const notices = yield* test.until(() => {
        const { notices } = test.desktop.desks.all[0]!.state()
        return notices.length === 2 && notices
      }, "what is said of the others")
      assert.match(notices.map(({ text }) => text).join("\n"), /is in none of the open projects/)
      assert.match(notices.map(({ text }) => text).join("\n"), /The link `halte:\/\/interrupt\/all` is not understood/)
      assert.deepStrictEqual(known.asked, [])
    })
  )

  it.live("macOS says what it is started for before the program is ready: that is opened, and nothing else", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        platform: "darwin",
        prepare: (scratch) => {
          TestDesktop.project(scratch, "release")
          TestDesktop.project(scratch, "build")
          last(scratch, "release")
          // In the turn after the program's first.
          queueMicrotask(() => electronControl.openFile(join(scratch, "build")))
        }
      })
      assert.deepStrictEqual(directories(test), [join(test.scratch, "build")])
    })
  )

  it.live("files and directories are chosen in the system's own dialogs", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      const directory = test.project("shop", { "release.flow.yaml": flow("release") })
      electronControl.willAnswer("close")
      assert.isFalse(yield* test.call("chooseFile", null))
      electronControl.willAnswer({ paths: [join(directory, "release.flow.yaml")] })
      assert.isTrue(yield* test.call("chooseFile", null))
      const { options } = electronControl.dialogs[0]!
      assert.deepInclude(options, {
        properties: ["openFile"],
        filters: [{ name: "Flow files", extensions: ["flow.yaml", "flow.yml", "flow.json"] }]
      })
      yield* test.until(() => directories(test).join() === directory, "the project")
      electronControl.willAnswer({ paths: [test.project("other")] })
      assert.isTrue(yield* test.call("chooseProject", null))
      assert.deepInclude(electronControl.dialogs.at(-1)!.options, {
        properties: ["openDirectory", "createDirectory"],
        defaultPath: directory
      })
    })
  )
})

describe("the page of a window", () => {
  it.live("R49 puts the exact text on the clipboard", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      const line = `echo "ä\t'$HOME'"  # 🛑\n`
      assert.isNull(yield* test.call("copy", line))
      assert.strictEqual(yield* Effect.promise(() => Promise.resolve(electronControl.clipboard.readText())), line)
    })
  )

  it.live("R51 asks by a native dialog, whose focus and close are on the button that changes nothing", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      const question = {
        title: "Confirm Interrupt",
        message: "Are you sure you want to interrupt the running command?",
        yes: "Interrupt",
        no: "Keep running",
        checkbox: "Do not ask again"
      }
      const asked = electronControl.nextDialog()
      const answer = electronControl.invoke(test.window(), channels.call, ["ask", question])
      const dialog = yield* Effect.promise(() => asked)
      assert.strictEqual(dialog.window, test.window())
      assert.deepInclude(dialog.options, {
        title: "Confirm Interrupt",
        message: "Are you sure you want to interrupt the running command?",
        buttons: ["Interrupt", "Keep running"],
        defaultId: 1,
        cancelId: 1,
        checkboxLabel: "Do not ask again",
        checkboxChecked: false
      })
      assert.match(
        yield* TestDesktop.refusal(test.window(), ["ask", question]),
        /A question is open in this window already/
      )
      dialog.answer({ button: "Interrupt", checked: true })
      assert.deepStrictEqual(yield* Effect.promise(() => answer), { yes: true, checked: true })
      electronControl.willAnswer("close")
      assert.deepStrictEqual(yield* test.call("ask", question), { yes: false, checked: false })
    })
  )

  it.live("a question goes with its window, and answers no: GTK would leave both open", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a", "SCRATCH/b"],
        prepare: (scratch) => ["a", "b"].map((name) => TestDesktop.project(scratch, name))
      })
      const asked = electronControl.nextDialog()
      const question = { title: "Delete?", message: "Delete it?", yes: "Delete", no: "Keep" }
      const answer = electronControl.invoke(test.window(0), channels.call, ["ask", question])
      yield* Effect.promise(() => asked)
      test.window(0).destroy()
      assert.deepStrictEqual(yield* Effect.promise(() => answer), { yes: false, checked: false })
      assert.lengthOf(electronControl.openDialogs(), 0)
    })
  )

  it.live(
    "changes settings, which count in all windows at once; the limit counts from the next start of an engine",
    () =>
      Effect.gen(function* () {
        const test = yield* TestDesktop.make({
          args: ["SCRATCH/a", "SCRATCH/b"],
          prepare: (scratch) => ["a", "b"].map((name) => TestDesktop.project(scratch, name))
        })
        const [a, b] = [test.window(0), test.window(1)]
        yield* test.state(a)
        yield* test.state(b)
        yield* test.call("changeSettings", { theme: "dark", maxExecutions: 2, name: "grace" }, a)
        assert.strictEqual(electronControl.theme.themeSource, "dark")
        for (const window of [a, b]) {
          const state = yield* test.until(
            () => TestDesktop.sent(window, channels.state).at(-1) as DesktopState | undefined,
            "the settings"
          )
          assert.deepInclude(state, { settings: test.desktop.settings.now })
          assert.match(JSON.stringify(state), /counts from the next start of this window's engine/)
        }
        assert.strictEqual(test.engines[0]?.starts[0]?.maxExecutions, null)
        test.engines[0]?.die()
        yield* test.call("restartEngine", { resume: false }, a)
        assert.deepInclude(test.engines[0]?.starts[1], { maxExecutions: 2, user: "grace" })
        assert.include(readFileSync(join(test.scratch, "settings.json"), "utf8"), '"grace"')
      })
  )

  it.live("hears that nothing is being stopped when there is nothing to terminate", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make()
      assert.match(yield* TestDesktop.refusal(test.window(), ["terminateAll", null]), /Nothing is being stopped/)
    })
  )
})

describe("an error of the desktop itself", () => {
  it.live("that nobody has caught is logged and told; engines and windows stay", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a"],
        prepare: (scratch) => TestDesktop.project(scratch, "a")
      })
      test.source.emit("uncaughtException", new Error("boom"))
      test.source.emit("unhandledRejection", "bang")
      const { notices } = yield* test.state()
      assert.match(notices[0]!.text, /went wrong: boom\. What runs goes on/)
      assert.match(notices[1]!.text, /went wrong: bang\./)
      assert.strictEqual(electronControl.openWindows().length, 1)
      assert.deepStrictEqual(test.engines[0]?.told, [])
      yield* test.logged(/Uncaught exception: Error: boom\n\s+at /)
    })
  )
})

describe("the end", () => {
  it.live("of the last window, with nothing running, is that of the engine and the program", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a"],
        prepare: (scratch) => TestDesktop.project(scratch, "a")
      })
      test.window().close()
      assert.strictEqual(yield* Effect.promise(electronControl.exited), 0)
      assert.match(test.engines[0]!.told.join(), /^stop /)
      assert.deepStrictEqual(electronControl.channels(), [])
    })
  )

  it.live("P3 is asked about while something runs: the window stays, and so does the program", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a"],
        prepare: (scratch) => TestDesktop.project(scratch, "a")
      })
      test.engines[0]!.set({ live: [Scripted.id] })
      const asked = electronControl.nextDialog()
      test.window().close()
      const dialog = yield* Effect.promise(() => asked)
      assert.deepInclude(dialog.options, { title: "Quit Halte?" })
      dialog.answer({ button: "Stay" })
      assert.isFalse(test.window().isDestroyed())
      assert.deepStrictEqual(test.engines[0]?.told, [])
    })
  )

  it.live("is asked about over a window on Linux, where a dialog without any may be answered late", () =>
    Effect.gen(function* () {
      for (const platform of ["linux", "win32"] as const) {
        const test = yield* TestDesktop.make({
          args: ["SCRATCH/a"],
          platform,
          prepare: (scratch) => TestDesktop.project(scratch, "a")
        })
        test.engines[0]!.set({ live: [Scripted.id] })
        electronControl.willAnswer({ button: "Keep running in the background" })
        test.window().close()
        yield* test.until(() => electronControl.openWindows().length === 0, "the background")
        const asked = electronControl.nextDialog()
        electronControl.app.quit()
        const dialog = yield* Effect.promise(() => asked)
        assert.strictEqual(dialog.window, electronControl.openWindows()[0])
        assert.strictEqual(dialog.window?.isVisible(), platform === "linux" ? true : undefined)
        dialog.answer({ button: "Keep running in the background" })
        yield* test.until(() => electronControl.openWindows().length === 0, "the background again")
        assert.deepStrictEqual(test.engines[0]?.told, [])
      }
    })
  )

  it.live("a signal that ends pages, too, leaves no question about them", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a"],
        prepare: (scratch) => TestDesktop.project(scratch, "a")
      })
      const [engine] = test.engines
      engine!.set({ live: [Scripted.id] })
      let stopped = () => {}
      Object.assign(engine!, { stop: () => new Promise<void>((resolve) => (stopped = resolve)) })
      test.source.emit("SIGHUP")
      test.window().contents.crash("killed")
      yield* test.logged(/The page of a window ended: killed/)
      assert.deepStrictEqual(electronControl.dialogs, [])
      engine!.set({ live: [] })
      stopped()
      assert.strictEqual(yield* Effect.promise(electronControl.exited), 129)
    })
  )

  it.live("quitting interrupts what runs once a person has said so, and nothing new is opened meanwhile", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a"],
        prepare: (scratch) => TestDesktop.project(scratch, "a")
      })
      const [engine] = test.engines
      engine!.set({ live: [Scripted.id] })
      let stopped = () => {}
      const told: Array<unknown> = []
      Object.assign(engine!, {
        stop: (request: unknown) => {
          told.push(request)
          return new Promise<void>((resolve) => (stopped = resolve))
        }
      })
      electronControl.willAnswer({ button: "Interrupt and quit" })
      electronControl.app.quit()
      yield* test.until(() => told.length === 1, "the request to stop")
      const state = yield* test.state()
      assert.deepInclude(state.quitting, { phase: "Interrupting" })
      assert.isFalse(yield* test.call("open", test.project("b")))
      assert.strictEqual(test.desktop.desks.all.length, 1)
      engine!.die()
      assert.include(
        yield* TestDesktop.refusal(test.window(), ["restartEngine", { resume: true }]),
        "Halte is about to end. No engine is started any more."
      )
      assert.strictEqual(engine!.starts.length, 1)
      engine!.set({ pid: 1, live: [Scripted.id], state: { _tag: "Running", recovered: [] } })
      electronControl.willAnswer({ button: "Terminate now" })
      assert.isNull(yield* test.call("terminateAll", null))
      assert.match(engine!.told.join(), /terminate /)
      engine!.set({ live: [] })
      stopped()
      assert.strictEqual(yield* Effect.promise(electronControl.exited), 0)
    })
  )

  it.live("while it lasts leaves what a second start asks for to the next start, which begins when it is over", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a"],
        prepare: (scratch) => TestDesktop.project(scratch, "a")
      })
      const b = test.project("b")
      const [engine] = test.engines
      engine!.set({ live: [Scripted.id] })
      let stopped = () => {}
      Object.assign(engine!, { stop: () => new Promise<void>((resolve) => (stopped = resolve)) })
      electronControl.willAnswer({ button: "Interrupt and quit" })
      electronControl.app.quit()
      yield* test.until(() => test.desktop.guard.isEnding, "the end to begin")
      test.window().minimize()
      electronControl.secondInstance(["halte"], "/", { argv: ["halte", "b", "nowhere"], cwd: test.scratch })
      const notices = () => test.desktop.desks.all[0]!.state().notices.map(({ text }) => text)
      yield* test.until(() => notices().length > 0, "the notice")
      assert.deepStrictEqual(notices(), [
        "Halte is about to end. When it has, it starts once more and opens what was asked for."
      ])
      // It is shown what is waited for.
      assert.isFalse(test.window().isMinimized())
      yield* test.logged(/nowhere` does not exist/)
      // What a window asks is not taken along: its person has decided to quit.
      assert.isFalse(yield* test.call("open", test.project("c")))
      assert.strictEqual(test.desktop.desks.all.length, 1)
      assert.deepStrictEqual(electronControl.calls("app", "relaunch"), [])
      engine!.set({ live: [], pid: undefined, state: { _tag: "Ended", how: "was stopped", running: [] } })
      stopped()
      assert.strictEqual(yield* Effect.promise(electronControl.exited), 0)
      const calls = electronControl.calls("app").filter(({ name }) => name === "relaunch" || name === "exit")
      assert.deepStrictEqual(
        calls.map(({ args, name }) => [name, ...args]),
        [
          ["relaunch", { args: ["--", b] }],
          ["exit", 0]
        ]
      )
    })
  )

  it.live("without windows, which a second start comes into, is followed by one that opens what was open last", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({
        args: ["SCRATCH/a"],
        prepare: (scratch) => TestDesktop.project(scratch, "a")
      })
      let stopped = () => {}
      const [engine] = test.engines
      Object.assign(engine!, { stop: () => new Promise<void>((resolve) => (stopped = resolve)) })
      electronControl.app.quit()
      yield* test.until(() => electronControl.openWindows().length === 0, "the windows' end")
      electronControl.secondInstance(["halte"], "/", { argv: ["halte"], cwd: "/" })
      assert.strictEqual(electronControl.openWindows().length, 0)
      engine!.set({ pid: undefined, state: { _tag: "Ended", how: "was stopped", running: [] } })
      stopped()
      yield* Effect.promise(electronControl.exited)
      assert.deepStrictEqual(electronControl.calls("app", "relaunch")[0]?.args, [{ args: [] }])
    })
  )

  it.live("of all windows is not that of the program on macOS: the dock brings the last project back", () =>
    Effect.gen(function* () {
      const test = yield* TestDesktop.make({ platform: "darwin" })
      test.window().close()
      yield* test.until(() => electronControl.openWindows().length === 0, "no window")
      assert.isUndefined(electronControl.app.exitCode)
      electronControl.activate()
      yield* test.until(() => electronControl.openWindows().length === 1, "a window")
    })
  )
})
