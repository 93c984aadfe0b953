/** One project and its window: what its page is told, and what becomes of its engine. */
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionsError, type ExecutionState } from "@halte/engine/model"
import { channels, defaults, type DesktopSettings, type DesktopState } from "@halte/web/DesktopBridge"
import { HttpHandler } from "@halte/http"
import { Effect, Fiber } from "effect"
import * as Scripted from "../../http/test/support/Scripted.ts"
import type { BrowserWindow } from "../../../test/support/electron/BrowserWindow.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import { session } from "../../../test/support/electron/Main.ts"
import { eventually } from "../../../test/support/Eventually.ts"
import * as EngineNotRunning from "../src/bridge/EngineNotRunning.ts"
import * as Desk from "../src/main/Desk.ts"
import * as Notices from "../src/main/Notices.ts"
import type { OpenedFile } from "../src/main/OpenedFiles.ts"
import { idOf, stateOf } from "./support/QuitDesks.ts"
import { sent, TestEngine } from "./support/TestDesktop.ts"

const until = <A>(look: () => A | undefined | false, what: string) => eventually(look, what, { millis: 8_000 })

interface Test {
  readonly desk: Desk.DeskControl
  readonly engine: TestEngine
  readonly window: () => BrowserWindow
  readonly log: ReadonlyArray<string>
  readonly settings: { now: DesktopSettings; recent: ReadonlyArray<string> }
  /** Whether the window may be closed, and how often it was. */
  readonly closing: { may: boolean; asked: number; closed: number }
}

const desk = (executions = Scripted.make(), options: { directory?: string | undefined } = { directory: "/p/shop" }) =>
  Effect.acquireRelease(
    Effect.sync((): Test => {
      electronControl.reset()
      electronControl.ready()
      const log: Array<string> = []
      const settings = { now: defaults, recent: ["/p/other"] }
      const closing = { may: true, asked: 0, closed: 0 }
      const { directory } = options
      const engine = new TestEngine(
        {
          project: { directory: directory ?? "", files: [], maxExecutions: null, user: "ada", sweeper: [] },
          hostPath: "/app/Host.js",
          env: {},
          log: () => {}
        },
        executions
      )
      engine.start()
      const made = Desk.make({
        number: 1,
        directory,
        engine: directory === undefined ? undefined : engine,
        preload: "/app/Preload.cjs",
        page: pathToFileURL("/app/page/"),
        devTools: false,
        settings,
        user: "ada",
        windowClosing: () => {
          closing.asked++
          return closing.may
        },
        windowClosed: () => void closing.closed++,
        tellOutside: (text) => log.push(text),
        log: (line) => log.push(line)
      })
      const window = () => made.window as unknown as BrowserWindow
      return { desk: made, engine, window, log, settings, closing }
    }),
    ({ desk: made }) =>
      Effect.sync(() => {
        made.close()
        electronControl.reset()
      })
  )

const states = (window: BrowserWindow) => sent(window, channels.state) as ReadonlyArray<DesktopState>

describe("the window of a desk", () => {
  it.live("opens when it is shown, comes to the front when it is there, and goes where it is told", () =>
    Effect.gen(function* () {
      const { desk: made, window } = yield* desk()
      assert.isUndefined(made.window)
      made.show("/flows/release")
      assert.strictEqual(window().contents.getURL(), "halte://app/flows/release")
      window().show()
      window().minimize()
      made.show("/command")
      assert.isFalse(window().isMinimized())
      // A page that does not listen yet is loaded there.
      assert.strictEqual(window().contents.getURL(), "halte://app/command")
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      made.heard()
      made.go("/executions/1")
      assert.deepStrictEqual(sent(window(), channels.go), ["/executions/1"])
      assert.strictEqual(window().contents.getURL(), "halte://app/command")
      assert.strictEqual(electronControl.openWindows().length, 1)
    })
  )

  it.live("stays while it may not be closed; once it is, the engine goes on, and it opens again where it was", () =>
    Effect.gen(function* () {
      const { closing, desk: made, engine, window } = yield* desk()
      made.show("/executions")
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      made.heard()
      window().contents.showAddress("halte://app/executions/1?view=logs")
      closing.may = false
      made.closeWindow()
      assert.deepStrictEqual([closing.asked, window().isDestroyed()], [1, false])
      closing.may = true
      made.closeWindow()
      yield* until(() => made.window === undefined, "the window's end")
      assert.strictEqual(closing.closed, 1)
      assert.deepStrictEqual(engine.told, [])
      assert.strictEqual(engine.state._tag, "Running")
      // What is told meanwhile is there when it opens.
      made.tell("one")
      made.show()
      assert.strictEqual(window().contents.getURL(), "halte://app/executions/1?view=logs")
      assert.deepStrictEqual(
        made.heard().notices.map(({ text }) => text),
        ["one"]
      )
    })
  )

  it.live("passes items of the menu on to the page, once that listens, and opens for them", () =>
    Effect.gen(function* () {
      const { desk: made, window } = yield* desk()
      made.menu("settings")
      assert.isDefined(made.window)
      made.menu("help")
      assert.deepStrictEqual(sent(window(), channels.menu), [])
      made.heard()
      made.menu("save-config")
      assert.deepStrictEqual(sent(window(), channels.menu), ["settings", "help", "save-config"])
    })
  )

  it.live("shows nothing any more from the moment that its page goes: the next one listens when it has asked", () =>
    Effect.gen(function* () {
      const { desk: made, window } = yield* desk()
      made.show()
      made.heard()
      made.setViewing({ command: true, execution: "1" })
      let changes = 0
      made.onChange(() => changes++)
      window().reload()
      assert.deepStrictEqual(made.viewing, { command: false })
      assert.strictEqual(changes, 1)
      made.setViewing({ command: false })
      assert.strictEqual(changes, 1)
      made.go("/flows")
      assert.deepStrictEqual(sent(window(), channels.go), [])
      assert.strictEqual(window().contents.getURL(), "halte://app/flows")
    })
  )

  it.live("has the session of its project, which serves the page without an engine, and says why there is none", () =>
    Effect.gen(function* () {
      const { desk: made, window } = yield* desk(Scripted.make(), { directory: undefined })
      made.show()
      const response = yield* Effect.promise(() =>
        electronControl.request(window(), "halte://app/flows", { headers: { accept: "application/json" } })
      )
      assert.strictEqual(response.status, 503)
      assert.include(yield* Effect.promise(() => response.text()), "the window has no project yet")
      assert.strictEqual(window().contents.session.partition, "persist:none")
      made.close()
      assert.isFalse(session.fromPartition("persist:none").protocol.isProtocolHandled("halte"))
    })
  )
})

describe("the page of a desk", () => {
  it.live("is told a state that is complete, and many changes as one", () =>
    Effect.gen(function* () {
      const { desk: made, engine, settings, window } = yield* desk()
      made.show()
      assert.deepStrictEqual(made.heard(), {
        engine: { _tag: "Running", recovered: [] },
        settings: defaults,
        project: "/p/shop",
        recent: ["/p/other"],
        user: "ada",
        notices: []
      })
      settings.now = { ...defaults, theme: "dark" }
      for (let i = 0; i < 50; i++) made.push()
      engine.die(["release"])
      made.setQuitting({ phase: "Interrupting", executions: [] })
      made.tell("one")
      made.tell("one")
      const state = yield* until(() => states(window()).at(-1), "a state")
      assert.strictEqual(states(window()).length, 1)
      assert.deepInclude(state, {
        engine: { _tag: "Ended", how: "was killed by SIGKILL", running: ["release"] },
        settings: { ...defaults, theme: "dark" },
        quitting: { phase: "Interrupting", executions: [] },
        notices: [{ id: 1, text: "one" }]
      })
      made.setQuitting(undefined)
      made.dismiss(1)
      const next = yield* until(() => states(window())[1], "the next state")
      assert.notProperty(next, "quitting")
      assert.deepStrictEqual(next.notices, [])
    })
  )

  it("has notices with an id each, of which the oldest go, and none twice at a time", () => {
    const notices = Notices.make()
    assert.isTrue(notices.add("a"))
    assert.isFalse(notices.add("a"))
    for (let i = 0; i < Notices.most; i++) notices.add(`${i}`)
    assert.strictEqual(notices.all.length, Notices.most)
    assert.isFalse(notices.all.some(({ text }) => text === "a"))
    assert.strictEqual(new Set(notices.all.map(({ id }) => id)).size, Notices.most)
    assert.isTrue(notices.dismiss(notices.all[0]!.id))
    assert.isFalse(notices.dismiss(-1))
    assert.strictEqual(notices.all.length, Notices.most - 1)
  })
})

describe("an engine that has died", () => {
  const ended = (n: number, more: Partial<ExecutionState.ExecutionState>) =>
    ({ ...stateOf(idOf(n)), ...more }) as ExecutionState.ExecutionState

  it.live("R73 P7 is started again, and goes on with what it ran: as the person who asks, by the door Desktop", () =>
    Effect.gen(function* () {
      const asked: Array<unknown> = []
      const found = new Map([
        [idOf(1), ended(1, { status: "Interrupted" })],
        [idOf(2), ended(2, { status: "Completed" })],
        // Somebody else has gone on with it.
        [idOf(3), ended(3, { status: "Running" })],
        [idOf(4), ended(4, { status: "Interrupted", flow: "build" })],
        [idOf(5), ended(5, { status: "Interrupted", flow: "ship" })]
      ])
      const executions = Scripted.make({
        get: (id) => {
          const state = found.get(id)
          return state === undefined
            ? Effect.fail(new ExecutionsError.ExecutionNotFound({ execution: id }))
            : Effect.succeed(state)
        },
        resume: (id, request) =>
          Effect.suspend(() => {
            asked.push([id, request])
            return id === idOf(4)
              ? Effect.fail(
                  new ExecutionsError.CommandRefused({
                    execution: id,
                    command: "resume",
                    code: "needs-rerun",
                    status: "Interrupted",
                    steps: ["upload"]
                  } as never)
                )
              : Effect.succeed({ execution: id, status: "Running" as const, effect: "done" as const })
          })
      })
      const { desk: made, engine, settings } = yield* desk(executions)
      settings.now = { ...defaults, name: "grace" }
      engine.set({ live: [1, 2, 3, 4, 5, 6].map(idOf) })
      engine.die(["release"])
      engine.opens = false
      const restarted = made.restartEngine({ resume: true })
      // Said twice, it is done once.
      assert.strictEqual(made.restartEngine({ resume: true }), restarted)
      assert.strictEqual(engine.starts.length, 2)
      engine.set({
        state: {
          _tag: "Running",
          recovered: [{ execution: idOf(5), flow: "ship", ended: 1, left: [4711] }]
        }
      })
      yield* Effect.promise(() => restarted)
      assert.deepStrictEqual(
        asked.map((one) => (one as ReadonlyArray<unknown>)[0]),
        [idOf(1), idOf(4)]
      )
      assert.deepInclude((asked[0] as ReadonlyArray<unknown>)[1] as object, { source: "Desktop", by: "grace" })
      const told = made.state().notices.map(({ text }) => text)
      assert.strictEqual(told.length, 3)
      assert.match(told[0]!, /^`build` was not resumed: /)
      // P3: nothing starts beside programs that are still there.
      assert.match(told[1]!, /^`ship` was not resumed: programs that it left running could not be ended \(4711\)/)
      assert.match(told[2]!, new RegExp(`^\`${idOf(6)}\` was not resumed: `))
    })
  )

  it.live("R73 that dies again while it takes up what ran loses none of it: it says so, and all is offered again", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      let onResume: (id: string) => void = () => {}
      const found = new Map([1, 2, 3].map((n) => [idOf(n), ended(n, { status: "Interrupted", flow: `flow${n}` })]))
      const executions = Scripted.make({
        get: (id) => Effect.suspend(() => Effect.succeed(found.get(id)!)),
        resume: (id) =>
          Effect.sync(() => {
            asked.push(id)
            onResume(id)
            return { execution: id, status: "Running" as const, effect: "done" as const }
          })
      })
      const { desk: made, engine } = yield* desk(executions)
      const restart = (resume = true) =>
        Effect.promise(() =>
          made.restartEngine({ resume }).then(
            () => "",
            (error: Error) => error.message
          )
        )
      const running = () => {
        const state = made.state().engine
        return state._tag === "Ended" ? state.running : state._tag
      }
      for (const n of [1, 2, 3]) engine.names.set(idOf(n), `flow${n}`)
      engine.set({ live: [1, 2, 3].map(idOf) })
      engine.die(["flow1", "flow2", "flow3"])
      assert.deepStrictEqual(running(), ["flow1", "flow2", "flow3"])
      // The first goes on. The second is taken, but the engine dies before it says that it runs it.
      onResume = (id) => (id === idOf(1) ? engine.set({ live: [id] }) : engine.die(["flow1"]))
      assert.strictEqual(
        yield* restart(),
        "The engine ended again before all of what it ran was resumed: it was killed by SIGKILL. Restart and resume once more."
      )
      assert.deepStrictEqual(asked.splice(0), [idOf(1), idOf(2)])
      assert.deepStrictEqual(running(), ["flow2", "flow3", "flow1"])
      assert.deepStrictEqual(made.state().notices, [])
      // One that dies while it starts has run nothing, and takes nothing away.
      engine.opens = false
      const starting = yield* Effect.forkChild(restart(), { startImmediately: true })
      engine.die()
      assert.match(yield* Fiber.join(starting), /could not be started again: it was killed by SIGKILL/)
      assert.deepStrictEqual(running(), ["flow2", "flow3", "flow1"])
      // Neither does one that can't be asked any more when it is about to be told as ended.
      engine.opens = true
      engine.handler = async (request) => {
        setTimeout(() => engine.die(), 20)
        return EngineNotRunning.answer(request, "it is about to end")
      }
      assert.match(yield* restart(), /^The engine ended again before all/)
      assert.deepStrictEqual(running(), ["flow2", "flow3", "flow1"])
      assert.deepStrictEqual(made.state().notices, [])
      const handle = HttpHandler.make(executions)
      engine.handler = (request) => handle(request, { door: "Desktop" })
      // One of them has gone on elsewhere meanwhile, one has completed.
      found.set(idOf(1), ended(1, { status: "Running" }))
      found.set(idOf(3), ended(3, { status: "Completed" }))
      onResume = (id) => engine.set({ live: [id] })
      assert.strictEqual(yield* restart(), "")
      assert.deepStrictEqual(asked.splice(0), [idOf(2)])
      engine.set({ live: [] })
      engine.die()
      assert.deepStrictEqual(running(), [])
    })
  )

  it.live("R73 what could not be resumed is offered again, but not what is not there any more", () =>
    Effect.gen(function* () {
      const refused = new ExecutionsError.CommandRefused({
        execution: idOf(1),
        command: "resume",
        code: "needs-rerun",
        status: "Interrupted",
        steps: ["upload"]
      } as never)
      const executions = Scripted.make({
        get: (id) =>
          id === idOf(1)
            ? Effect.succeed(ended(1, { status: "Interrupted" }))
            : Effect.fail(new ExecutionsError.ExecutionNotFound({ execution: id })),
        resume: () => Effect.fail(refused)
      })
      const { desk: made, engine } = yield* desk(executions)
      engine.names.set(idOf(1), "build")
      engine.set({ live: [idOf(1), idOf(2)] })
      engine.die(["build", idOf(2)])
      yield* Effect.promise(() => made.restartEngine({ resume: true }))
      assert.strictEqual(made.state().notices.length, 2)
      engine.die()
      assert.deepInclude(made.state().engine, { _tag: "Ended", running: ["build"] })
      // A person has resumed it by hand, and stopped it again.
      yield* Effect.promise(() => made.restartEngine({ resume: false }))
      engine.set({ live: [idOf(1)] })
      engine.set({ live: [] })
      yield* Effect.promise(() => engine.stop())
      assert.deepInclude(made.state().engine, { _tag: "Ended", running: [] })
    })
  )

  it.live("is started again without resuming, when that is what a person wants", () =>
    Effect.gen(function* () {
      const executions = Scripted.make()
      const { desk: made, engine } = yield* desk(executions)
      engine.set({ live: [Scripted.id] })
      engine.die()
      yield* Effect.promise(() => made.restartEngine({ resume: false }))
      assert.strictEqual(engine.state._tag, "Running")
      assert.deepStrictEqual(executions.asked, [])
    })
  )

  it.live("that does not start again says why, and can be started once more", () =>
    Effect.gen(function* () {
      const { desk: made, engine } = yield* desk()
      engine.die()
      engine.opens = false
      const failing = made.restartEngine({ resume: true })
      engine.set({ state: { _tag: "Failed", code: "project-unusable", message: "`/p/shop` is read-only." } })
      const failure = (promise: Promise<void>) =>
        Effect.promise(() =>
          promise.then(
            () => "",
            (e: Error) => e.message
          )
        )
      assert.strictEqual(yield* failure(failing), "The engine could not be started again: `/p/shop` is read-only.")
      const dying = made.restartEngine({ resume: true })
      engine.die()
      assert.strictEqual(yield* failure(dying), "The engine could not be started again: it was killed by SIGKILL.")
      engine.opens = true
      assert.strictEqual(yield* failure(made.restartEngine({ resume: false })), "")
    })
  )

  it.live("while it ran in the background is told by the system, since there is no window to say it", () =>
    Effect.gen(function* () {
      const { desk: made, engine, log } = yield* desk()
      engine.set({ live: [Scripted.id] })
      engine.die(["release"])
      assert.deepStrictEqual(log, [
        "The engine of /p/shop ended: it was killed by SIGKILL. `release` was running, and can be resumed when the project is opened."
      ])
      // It is started again by a person, who sees then what there is to resume.
      made.show()
      assert.strictEqual(engine.starts.length, 1)
    })
  )

  it.live("there is none to start in a window without a project", () =>
    Effect.gen(function* () {
      const { desk: made } = yield* desk(Scripted.make(), { directory: undefined })
      const message = yield* Effect.promise(() => made.restartEngine({ resume: true }).catch((e: Error) => e.message))
      assert.match(String(message), /has no project, so there is no engine to start/)
      assert.isFalse(yield* Effect.promise(() => made.knows(Scripted.id)))
    })
  )
})

describe("a flow file that is opened on a desk", () => {
  it.live("shows the flow that the engine says it is, once it has said so", () =>
    Effect.gen(function* () {
      const { desk: made, engine, window } = yield* desk()
      made.show()
      made.heard()
      let say: (opened: OpenedFile) => void = () => {}
      engine.opened = () => new Promise((resolve) => (say = resolve))
      const opened = made.openFile("/p/shop/x.flow.yaml")
      assert.deepStrictEqual(engine.told, ["add /p/shop/x.flow.yaml"])
      assert.deepStrictEqual(sent(window(), channels.go), [])
      say({ _tag: "Flow", name: "release" })
      yield* Effect.promise(() => opened)
      assert.deepStrictEqual(sent(window(), channels.go), ["/flows/release"])
      assert.deepStrictEqual(made.state().notices, [])
    })
  )

  it.live("is told where it is none, or the engine does not run, and the window stays where it is", () =>
    Effect.gen(function* () {
      const { desk: made, engine, window } = yield* desk()
      made.show()
      made.heard()
      engine.opened = () => ({ _tag: "Wrong", text: "Flow `release` can't run as it is defined now: It has a cycle." })
      const opened = made.openFile("/p/shop/release.flow.yaml")
      engine.say("Something else.")
      yield* Effect.promise(() => opened)
      assert.deepStrictEqual(
        made.state().notices.map(({ text }) => text),
        ["Something else.", "Flow `release` can't run as it is defined now: It has a cycle."]
      )
      assert.deepStrictEqual(sent(window(), channels.go), [])
    })
  )

  it.live("needs a project", () =>
    Effect.gen(function* () {
      const { desk: made } = yield* desk(Scripted.make(), { directory: undefined })
      const message = yield* Effect.promise(() => made.openFile("/p/a.flow.yaml").catch((e: Error) => e.message))
      assert.strictEqual(message, "A flow file is opened in a project.")
    })
  )
})
