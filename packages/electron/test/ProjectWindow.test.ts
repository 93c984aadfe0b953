/** The window of a project, and what becomes of it when its page ends or hangs. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterEach, beforeEach } from "vitest"
import type { BrowserWindow } from "../../../test/support/electron/BrowserWindow.ts"
import { electronControl } from "../../../test/support/electron/Control.ts"
import { session } from "../../../test/support/electron/Main.ts"
import { eventually } from "../../../test/support/Eventually.ts"
import * as ProjectWindow from "../src/main/ProjectWindow.ts"

let log: Array<string> = []

beforeEach(() => {
  electronControl.reset()
  electronControl.ready()
  log = []
})
afterEach(() => electronControl.reset())

const open = (more: Partial<ProjectWindow.Options> = {}): BrowserWindow =>
  ProjectWindow.open({
    preload: "/app/Preload.cjs",
    session: session.fromPartition("persist:project-1") as never,
    name: "project-1",
    directory: "/projects/shop",
    address: "/",
    devTools: false,
    log: (line) => log.push(line),
    ...more
  }) as unknown as BrowserWindow

const until = (look: () => boolean, what: string) => eventually(look, what, { millis: 5_000 })

describe("the window of a project", () => {
  it.live(
    "is where it was before, is as small as the page works, and shows itself when there is something to see",
    () =>
      Effect.gen(function* () {
        const window = open()
        assert.deepInclude(window.options, {
          name: "project-1",
          windowStatePersistence: true,
          show: false,
          minWidth: 320,
          minHeight: 400,
          width: 1200,
          height: 800
        })
        assert.isFalse(window.isVisible())
        yield* until(() => window.isVisible(), "the window to show itself")
      })
  )

  it("loads views of the page only, whatever it is given", () => {
    for (const [address, url] of [
      ["/executions/01J?view=graph", "halte://app/executions/01J?view=graph"],
      ["//evil.example/", "halte://app/"],
      ["https://evil.example/", "halte://app/"],
      ["/\\evil.example", "halte://app/"],
      [".evil.example/", "halte://app/"],
      [":8080/", "halte://app/"],
      ["", "halte://app/"]
    ] as const) {
      const window = open({ name: address, address })
      assert.strictEqual(window.contents.getURL(), url, address)
    }
  })

  it("has the background of the theme, also when that changes, until it is gone", () => {
    electronControl.theme.themeSource = "dark"
    const window = open()
    assert.strictEqual(window.options.backgroundColor, "#0d1117")
    electronControl.theme.themeSource = "light"
    const colors = () => electronControl.calls(`window ${window.id}`, "setBackgroundColor").map(({ args }) => args[0])
    assert.deepStrictEqual(colors(), ["#ffffff"])
    window.destroy()
    electronControl.theme.themeSource = "dark"
    assert.deepStrictEqual(colors(), ["#ffffff"])
    assert.strictEqual(electronControl.theme.listenerCount("updated"), 0)
  })

  it("is titled by what it shows, its project and the program", () => {
    const titles = [
      ["Running · release · Halte", "/projects/shop", "Running · release — shop — Halte"],
      ["Halte", "/projects/shop", "shop — Halte"],
      ["", "/projects/shop", "shop — Halte"],
      ["Start · Halte", undefined, "Start — Halte"],
      ["About Halte", "/", "About Halte — / — Halte"],
      // The page names the project, too, as a window of a browser has to.
      ["Running · release · shop · Halte", "/projects/shop", "Running · release — shop — Halte"],
      ["shop · Halte", "/projects/shop", "shop — Halte"],
      ["Running · shop · shop · Halte", "/projects/shop", "Running · shop — shop — Halte"],
      ["Start workshop · Halte", "/projects/shop", "Start workshop — shop — Halte"],
      // What controls a terminal, or turns a text around, is part of no title.
      ["Start · Halte", "/projects/a\u0007\nb\u202ec", "Start — a bc — Halte"],
      ["Start \u001b[31mx · a b · Halte", "/projects/a\nb", "Start x — a b — Halte"]
    ] as const
    for (const [page, directory, expected] of titles) assert.strictEqual(ProjectWindow.title(page, directory), expected)
    const window = open()
    assert.strictEqual(window.getTitle(), "shop — Halte")
    let isPrevented = false
    window.emit("page-title-updated", { preventDefault: () => (isPrevented = true) }, "release · Halte", true)
    assert.deepStrictEqual([window.getTitle(), isPrevented], ["release — shop — Halte", true])
  })

  it("comes to the front also when it was minimized", () => {
    const window = open()
    window.show()
    window.minimize()
    ProjectWindow.focus(window as never)
    assert.deepStrictEqual([window.isMinimized(), window.isFocused()], [false, true])
  })

  it("is closed although its page would ask: a page decides nothing about the program", () => {
    const window = open()
    let isPrevented = false
    window.contents.emit("will-prevent-unload", { preventDefault: () => (isPrevented = true) })
    assert.isTrue(isPrevented)
  })

  it("shows itself also when its page can't be loaded, and that is logged without what is in the address", () => {
    const window = open()
    const fail = (code: number, isMain = true) =>
      window.contents.emit("did-fail-load", {}, code, "ERR_FAILED", "halte://app/executions?a=secret", isMain, 1, 1)
    fail(-3)
    fail(-2, false)
    assert.isFalse(window.isVisible())
    assert.deepStrictEqual(log, [])
    fail(-2)
    assert.isTrue(window.isVisible())
    assert.deepStrictEqual(log, ["The page could not be loaded: ERR_FAILED (-2), at /executions"])
    window.contents.emit("preload-error", {}, "/app/Preload.cjs", new Error("no bridge"))
    assert.match(log[1]!, /no bridge/)
  })

  it("goes back and forward by the buttons of a mouse", () => {
    const window = open()
    for (const command of ["browser-backward", "browser-forward", "volume-up"]) window.emit("app-command", {}, command)
    const calls = electronControl.calls().filter(({ name }) => name.startsWith("go"))
    assert.deepStrictEqual(
      calls.map(({ name }) => name),
      ["goBack", "goForward"]
    )
  })
})

describe("a page that ended", () => {
  it.live("is logged, and loaded again when a person says so: what runs is not in it", () =>
    Effect.gen(function* () {
      const window = open()
      const asked = electronControl.nextDialog()
      window.contents.crash("oom")
      const dialog = yield* Effect.promise(() => asked)
      assert.deepStrictEqual(log, ["The page of a window ended: oom, exit code 1"])
      assert.deepInclude(dialog.options, { buttons: ["Show It Again", "Not Now"], defaultId: 0, cancelId: 1 })
      assert.match((dialog.options as { detail: string }).detail, /What runs is not affected/)
      dialog.answer({ button: "Show It Again" })
      yield* until(() => electronControl.calls().some(({ name }) => name === "reload"), "the reload")
    })
  )

  it.live("is left alone when a person says so, or closes the window; and when it ended as it should", () =>
    Effect.gen(function* () {
      const window = open()
      window.contents.emit("render-process-gone", {}, { reason: "clean-exit", exitCode: 0 })
      assert.deepStrictEqual(electronControl.dialogs, [])
      electronControl.willAnswer({ button: "Not Now" })
      window.contents.crash("crashed")
      const asked = electronControl.nextDialog()
      window.contents.crash("crashed")
      yield* Effect.promise(() => asked)
      window.destroy()
      assert.deepStrictEqual(electronControl.openDialogs(), [])
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.isFalse(electronControl.calls().some(({ name }) => name === "reload"))
    })
  )
})

describe("while Halte ends", () => {
  it.live("nobody is asked about pages: a signal that ends Halte ends them, too", () =>
    Effect.gen(function* () {
      let isEnding = false
      const window = open({ isEnding: () => isEnding })
      window.contents.crash("crashed")
      const dialog = yield* Effect.promise(() => electronControl.nextDialog())
      isEnding = true
      dialog.answer({ button: "Show It Again" })
      window.contents.crash("killed")
      window.emit("unresponsive")
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.lengthOf(electronControl.dialogs, 1)
      assert.isFalse(electronControl.calls().some(({ name }) => name === "reload"))
      assert.lengthOf(log, 3, "it is in the log")
    })
  )
})

describe("a page that can't be loaded", () => {
  it("is logged, whatever its address is", () => {
    const window = open()
    for (const url of ["halte://app/flows", ""]) window.contents.emit("did-fail-load", {}, -2, "ERR_FAILED", url, true)
    assert.deepStrictEqual(log, [
      "The page could not be loaded: ERR_FAILED (-2), at /flows",
      "The page could not be loaded: ERR_FAILED (-2), at no address"
    ])
  })
})

describe("a page that does not answer", () => {
  it.live("is asked about, waiting being what nothing is lost by, and no more once it answers by itself", () =>
    Effect.gen(function* () {
      const window = open()
      const asked = electronControl.nextDialog()
      window.emit("unresponsive")
      const dialog = yield* Effect.promise(() => asked)
      assert.deepInclude(dialog.options, { buttons: ["Load It Again", "Wait"], defaultId: 1, cancelId: 1 })
      window.emit("responsive")
      assert.isFalse(dialog.isOpen())
      yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      assert.isFalse(electronControl.calls().some(({ name }) => name === "reload"))
    })
  )

  it.live("is ended by force and loaded again when a person says so, without a second question", () =>
    Effect.gen(function* () {
      const window = open()
      electronControl.willAnswer({ button: "Load It Again" })
      window.emit("unresponsive")
      yield* until(() => electronControl.calls().some(({ name }) => name === "reload"), "the reload")
      assert.strictEqual(electronControl.dialogs.length, 1)
      yield* until(() => !window.contents.isCrashed(), "the page")
      // One that ends by itself later is asked about again.
      electronControl.willAnswer({ button: "Not Now" })
      window.contents.crash("crashed")
      assert.strictEqual(electronControl.dialogs.length, 2)
    })
  )
})
