/**
 * The stand-in as a program of its own: what Electron's binary does for the desktop's main process. It lives until it is
 * quit; SIGINT, SIGTERM and SIGHUP quit it, once, and a second one ends it; it obeys the process that started it.
 */
import { writeFileSync } from "node:fs"
import { dirname, extname, join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { app, running } from "./App.ts"
import { Loopback } from "../desktop/Loopback.ts"
import { BrowserWindow } from "./BrowserWindow.ts"
import { electronControl } from "./Control.ts"
import { type DialogAnswer, shownErrors } from "./Dialog.ts"
import { everyItem, type Menu } from "./Menu.ts"
import type { FromProgram, MenuEntry, OpenDialog, Program, Shown, ToProgram } from "./ProgramControl.ts"
import * as SingleInstance from "./SingleInstance.ts"
import { StandInEvent } from "./StandInEvent.ts"
import { renderers, type WebContents } from "./WebContents.ts"

const home = process.env["STAND_IN_HOME"]
if (home === undefined) throw new Error("STAND_IN_HOME names the directory that this program has for itself.")

// The program that starts the program again, as `electron DIRECTORY` does: with this stand-in, and the same home.
const executable = join(home, "electron")
writeFileSync(
  executable,
  `#!/bin/sh\nSTAND_IN_HOME='${home}' exec '${process.execPath}' --import '${fileURLToPath(new URL("Register.ts", import.meta.url))}' "$@"\n`,
  { mode: 0o755 }
)
Object.assign(process, { defaultApp: true, type: "browser", execPath: executable })
Object.assign(process.versions, { electron: "45.5.0", chrome: "150.0.0.0" })

const instances = SingleInstance.make(home, ({ argv, cwd, data }) => {
  app.emit("second-instance", new StandInEvent(), argv, cwd, data)
})
shownErrors.show = (title, content) => console.error(`${title}\n${content}`)
running.home = home
// A directory with a manifest, or the entry in it.
const [, named = "."] = process.argv
running.appPath = extname(named) === "" ? resolve(named) : dirname(resolve(named))
running.exit = (code) => process.exit(code)
running.lock = (argv, cwd, data) => instances.lock({ argv, cwd, data: data ?? null })
running.unlock = instances.unlock

// As Electron: a program that listens for itself has them, else the first quits and the second is the system's.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  const quit = (): void => {
    if (process.listenerCount(signal) > 1) return
    process.off(signal, quit)
    app.quit()
  }
  process.on(signal, quit)
}

/** To whoever started it; nobody hears it any more, when that is gone. */
const tell = (message: FromProgram): void => void process.send?.(message, undefined, undefined, () => undefined)

// ── windows ──────────────────────────────────────────────────────────────────
/** Pages that are being shown elsewhere, until they are told to be there. */
const loading = new Map<number, () => void>()

if (process.env["STAND_IN_SHOWN"] !== undefined)
  renderers.make = (contents) => {
    const loopback = Loopback.open((request) => contents.session.protocol.answer(request))
    return {
      load: async (url) => {
        const port = await loopback.port
        const window = BrowserWindow.fromWebContents(contents)
        const preload = window?.options.webPreferences?.preload ?? null
        await new Promise<void>((resolve) => {
          loading.set(contents.id, resolve)
          tell({ _tag: "Load", contents: contents.id, url, port, preload })
        })
      },
      receive: (channel, args) => tell({ _tag: "Receive", contents: contents.id, channel, args }),
      close: () => {
        tell({ _tag: "Closed", contents: contents.id })
        loading.get(contents.id)?.()
        loopback.close()
      }
    }
  }

const contentsOf = (id: number): WebContents => {
  const found = electronControl.windows.find((window) => window.contents.id === id)
  if (found === undefined) throw new Error(`There is no window with the page ${id}.`)
  return found.contents
}
const windowOf = (id: number): BrowserWindow => {
  const found = electronControl.openWindows().find((window) => window.contents.id === id)
  if (found === undefined) throw new Error(`There is no open window with the page ${id}.`)
  return found
}

// ── what a test asks ─────────────────────────────────────────────────────────
const entriesOf = (menu: Menu | null | undefined): ReadonlyArray<MenuEntry> =>
  everyItem(menu).map(({ accelerator, checked, enabled, id, label, role, type, visible }) => ({
    id,
    label,
    enabled,
    visible,
    checked,
    type,
    ...(role === undefined ? {} : { role }),
    ...(accelerator === null ? {} : { accelerator })
  }))

const dialogsOpen = (): ReadonlyArray<OpenDialog> =>
  electronControl.openDialogs().map(({ kind, options, window }) => ({
    kind,
    contents: window?.contents.id,
    // What goes over a channel is data: a signal, for one, is not.
    options: JSON.parse(JSON.stringify(options)) as OpenDialog["options"]
  }))

const program: Program = {
  windows: () =>
    electronControl.openWindows().map((window): Shown => ({
      contents: window.contents.id,
      title: window.getTitle(),
      visible: window.isVisible(),
      focused: window.isFocused(),
      progress: window.progress.value,
      preferences: JSON.parse(JSON.stringify(window.options.webPreferences ?? {})) as Shown["preferences"]
    })),
  loaded: (contents) => {
    loading.get(contents)?.()
    loading.delete(contents)
  },
  invoke: (contents, channel, args) => electronControl.invoke(contentsOf(contents), channel, args),
  tell: (contents, channel, args) => electronControl.tell(contentsOf(contents), channel, args),
  showAddress: (contents, url) => contentsOf(contents).showAddress(url),
  titled: (contents, text) => void contentsOf(contents).emit("page-title-updated", new StandInEvent(), text, true),
  navigate: (contents, url) => contentsOf(contents).navigate(url),
  closeWindow: (contents) => windowOf(contents).close(),
  focusWindow: (contents) => windowOf(contents).focus(),
  blurWindow: (contents) => windowOf(contents).blur(),
  menu: () => entriesOf(electronControl.menu()),
  clickMenu: (id, contents) => electronControl.clickMenu(id, contents === undefined ? undefined : windowOf(contents)),
  press: (accelerator, contents) => electronControl.press(accelerator, windowOf(contents)),
  trayMenu: () => entriesOf(electronControl.liveTrays()[0]?.menu),
  trayToolTip: () => electronControl.liveTrays()[0]?.toolTip ?? null,
  clickTray: (id) => {
    const items = everyItem(electronControl.liveTrays()[0]?.menu)
    const item = items.find((one) => one.id === id)
    if (item === undefined)
      throw new Error(`The tray has no item ${id}: it has ${items.map((one) => one.id || one.label).join(", ")}.`)
    electronControl.clickItem(item)
  },
  dialogs: dialogsOpen,
  answerDialog: (answer: DialogAnswer) => {
    const [dialog] = electronControl.openDialogs()
    if (dialog === undefined) throw new Error("There is no dialog to answer.")
    dialog.answer(answer)
  },
  willAnswer: (answer) => electronControl.willAnswer(answer),
  notifications: () => electronControl.notifications.map(({ body, shown, title }) => ({ title, body, shown })),
  clickNotification: (title) => {
    const found = electronControl.notifications.findLast((one) => one.title === title && one.shown)
    if (found === undefined) throw new Error(`There is no notification ${title}.`)
    found.click()
  },
  hostPids: () => electronControl.utilityProcesses.flatMap(({ pid }) => (pid === undefined ? [] : [pid])),
  openUrl: (url) => electronControl.openUrl(url),
  openFile: (path) => electronControl.openFile(path),
  clipboard: () => electronControl.clipboard.readText(),
  calls: (on, name) =>
    electronControl.calls(on, name).map((call) => ({ name: call.name, args: JSON.parse(JSON.stringify(call.args)) })),
  quit: () => app.quit()
}

process.on("message", ({ args, id, name }: ToProgram) => {
  void (async () => {
    const ask = program[name] as (...args: ReadonlyArray<unknown>) => unknown
    return ask(...args)
  })().then(
    (value) => tell({ _tag: "Answer", id, value }),
    (error: unknown) => tell({ _tag: "Failed", id, message: error instanceof Error ? error.message : String(error) })
  )
})
// Nobody looks at it any more.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"))
