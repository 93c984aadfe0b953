/**
 * The stand-in beside Electron's own types: this file runs nowhere, and compiles as long as they agree. Of each name
 * that the stand-in has of Electron's, the parameters that Electron allows must be allowed here, and what it promises to
 * answer must be answered here; Electron's classes among them are compared by name only.
 */
import type * as Common from "electron/common"
import type * as Real from "electron/main"
import type * as StandIn from "./Main.ts"

/** Answers that are plain values are compared; those that are Electron's own objects are not: the stand-in has its own. */
type Answer<R> = R extends string | number | boolean | void | null | undefined
  ? R
  : R extends Promise<infer P>
    ? Promise<Answer<P>>
    : unknown

/** What a member must be like: it takes what Electron's takes, and answers what Electron's answers. */
type Like<M> = M extends (...args: infer A) => infer R
  ? (...args: A) => Answer<R>
  : M extends string | number | boolean | null | undefined
    ? M
    : unknown

/** Whether `S` has every one of these members, each like Electron's. */
type Fits<R, S extends { readonly [P in K]: Like<R[P]> }, K extends keyof R> = readonly [R, S, K]

type Emitter = keyof import("node:events").EventEmitter
/** Members of both, but the listening: there Electron has an overload for each event. */
type Shared<R, S> = Exclude<keyof R & keyof S, Emitter | "ipc" | "constructor" | "prototype">

type Instance<C> = C extends { readonly prototype: infer I } ? I : never
type AppOf = typeof StandIn.app
type Window = StandIn.BrowserWindow

/** Names that the desktop may use: each must be Electron's, and in the stand-in. */
export type Checked = [
  Fits<Real.App, AppOf, Shared<Real.App, AppOf>>,
  Fits<Real.BrowserWindow, Window, Shared<Real.BrowserWindow, Window>>,
  Fits<
    Real.WebContents,
    Instance<typeof StandIn.webContents>,
    Exclude<Shared<Real.WebContents, Instance<typeof StandIn.webContents>>, "navigationHistory">
  >,
  Fits<Real.IpcMain, typeof StandIn.ipcMain, Shared<Real.IpcMain, typeof StandIn.ipcMain>>,
  Fits<Real.Menu, StandIn.Menu, Shared<Real.Menu, StandIn.Menu>>,
  Fits<Real.Tray, StandIn.Tray, Shared<Real.Tray, StandIn.Tray>>,
  Fits<Real.Notification, StandIn.Notification, Shared<Real.Notification, StandIn.Notification>>,
  Fits<Real.Dialog, typeof StandIn.dialog, Shared<Real.Dialog, typeof StandIn.dialog>>,
  Fits<Real.NativeTheme, typeof StandIn.nativeTheme, Shared<Real.NativeTheme, typeof StandIn.nativeTheme>>,
  Fits<Real.Session, StandIn.Session, Exclude<Shared<Real.Session, StandIn.Session>, "cookies">>,
  Fits<Real.Protocol, typeof StandIn.protocol, Shared<Real.Protocol, typeof StandIn.protocol>>,
  Fits<Real.Clipboard, typeof StandIn.clipboard, Shared<Real.Clipboard, typeof StandIn.clipboard>>,
  Fits<Real.PowerMonitor, typeof StandIn.powerMonitor, Shared<Real.PowerMonitor, typeof StandIn.powerMonitor>>,
  Fits<
    Real.PowerSaveBlocker,
    typeof StandIn.powerSaveBlocker,
    Shared<Real.PowerSaveBlocker, typeof StandIn.powerSaveBlocker>
  >,
  Fits<Real.Screen, typeof StandIn.screen, Shared<Real.Screen, typeof StandIn.screen>>,
  Fits<Real.GlobalShortcut, typeof StandIn.globalShortcut, Shared<Real.GlobalShortcut, typeof StandIn.globalShortcut>>,
  Fits<Real.MessagePortMain, StandIn.MessagePortMain, Shared<Real.MessagePortMain, StandIn.MessagePortMain>>,
  Fits<Real.UtilityProcess, StandIn.UtilityProcess, Shared<Real.UtilityProcess, StandIn.UtilityProcess>>,
  Fits<Common.Shell, typeof StandIn.shell, Shared<Common.Shell, typeof StandIn.shell>>,
  Fits<Common.CrashReporter, typeof StandIn.crashReporter, Shared<Common.CrashReporter, typeof StandIn.crashReporter>>
]

/** Names that only the stand-in has: they say in their comment that they are not Electron's. */
type Own<R, S> = Exclude<keyof S, keyof R>
type NotElectrons = {
  readonly app: Own<Real.App, AppOf>
  readonly tray: Own<Real.Tray, StandIn.Tray>
  readonly utility: Own<Real.UtilityProcess, StandIn.UtilityProcess>
}
type Known = {
  readonly app:
    | "exitCode"
    | "version"
    | "recentDocuments"
    | "protocolClients"
    | "sandboxed"
    | "switches"
    | "userTasks"
    | "becomeReady"
    | "needsReady"
    | "exited"
    | "isOver"
    | "reset"
  readonly tray: "image" | "toolTip" | "menu"
  readonly utility: "modulePath" | "args" | "options" | "process" | "ended"
}
/** A member that Electron has given up would be among the stand-in's own ones. */
export const own: NotElectrons extends Known ? true : never = true

/** The events that the stand-in emits, with what it gives to whoever listens: Electron must have each. */
export const events = (app: Real.App, window: Real.BrowserWindow, contents: Real.WebContents): void => {
  app.on("ready", (_event, _info) => undefined)
  app.on("before-quit", (event) => event.preventDefault())
  app.on("will-quit", (event) => event.preventDefault())
  app.on("quit", (_event, code) => code satisfies number)
  app.on("window-all-closed", () => undefined)
  app.on("open-file", (event, path) => (path satisfies string) && event.preventDefault())
  app.on("open-url", (event, url) => (url satisfies string) && event.preventDefault())
  app.on("second-instance", (_event, argv, cwd, _data) => (argv satisfies Array<string>) && (cwd satisfies string))
  app.on("activate", (_event, visible) => visible satisfies boolean)
  app.on("browser-window-created", (_event, made) => made satisfies Real.BrowserWindow)
  app.on("browser-window-focus", (_event, made) => made satisfies Real.BrowserWindow)
  app.on("browser-window-blur", (_event, made) => made satisfies Real.BrowserWindow)
  app.on("web-contents-created", (_event, made) => made satisfies Real.WebContents)
  app.on("session-created", (made) => made satisfies Real.Session)
  app.on("child-process-gone", (_event, details) => details.reason satisfies string)
  window.on("close", (event) => event.preventDefault())
  window.on("closed", () => undefined)
  window.on("page-title-updated", (event, text, explicit) => {
    if ((text satisfies string) && (explicit satisfies boolean)) event.preventDefault()
  })
  window.on("ready-to-show", () => undefined)
  window.on("focus", () => undefined)
  window.on("blur", () => undefined)
  window.on("show", () => undefined)
  window.on("hide", () => undefined)
  window.on("move", () => undefined)
  window.on("resize", () => undefined)
  window.on("maximize", () => undefined)
  window.on("unmaximize", () => undefined)
  window.on("minimize", () => undefined)
  window.on("restore", () => undefined)
  window.on("enter-full-screen", () => undefined)
  window.on("leave-full-screen", () => undefined)
  contents.on("will-navigate", (details) => (details.url satisfies string) && details.preventDefault())
  contents.on("will-redirect", (details) => (details.url satisfies string) && details.preventDefault())
  contents.on("will-frame-navigate", (details) => (details.url satisfies string) && details.preventDefault())
  contents.on("did-start-navigation", (details) => (details.isSameDocument satisfies boolean) && details.isMainFrame)
  contents.on("did-navigate-in-page", (_event, url, main) => (url satisfies string) && (main satisfies boolean))
  contents.on("will-attach-webview", (event) => event.preventDefault())
  contents.on("render-process-gone", (_event, details) => details.reason satisfies string)
  contents.on("page-title-updated", (_event, text) => text satisfies string)
  contents.on("did-finish-load", () => undefined)
  contents.on("dom-ready", () => undefined)
  contents.on("did-start-loading", () => undefined)
  contents.on("did-stop-loading", () => undefined)
  contents.on("destroyed", () => undefined)
  contents.session.on("will-download", (event, _item, _contents) => event.preventDefault())
}

/** And what is given to whom a program has named: senders of a call, links that open, clicks of a menu. */
export const callbacks = (real: typeof Real): void => {
  real.ipcMain.handle("channel", (event) => {
    void (event.senderFrame?.url satisfies string | undefined)
    void (event.senderFrame?.origin satisfies string | undefined)
    void (event.senderFrame?.parent satisfies Real.WebFrameMain | null | undefined)
    return event.sender satisfies Real.WebContents
  })
  real.Menu.buildFromTemplate([{ click: (item, window, event) => void [item.id, window?.id, event.shiftKey] }])
}
