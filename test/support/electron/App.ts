/**
 * The stand-in's `app`: ready, single instance, and above all how a program ends, in the order of Electron's
 * `browser.cc`: `before-quit` → each window's `close` → `will-quit` → `quit`; a listener that prevents one ends it there.
 */
import { EventEmitter } from "node:events"
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { NativeImage } from "electron/common"
import type { App, BrowserWindow as RealWindow, JumpListCategory, Menu, Task } from "electron/main"
import { record } from "./Journal.ts"
import { onWindows, openWindows } from "./OpenWindows.ts"
import { StandInEvent } from "./StandInEvent.ts"

type PathName = Parameters<App["getPath"]>[0]

/** How the program that runs over the stand-in is set up; `Register.ts` changes it for a program of its own. */
export const running: {
  /** Ends the process, where there is one to end. */
  exit: (code: number) => void
  /** Whether this is the first of its kind. */
  lock: (argv: ReadonlyArray<string>, cwd: string, data: unknown) => boolean
  unlock: () => void
  /** Where all the directories of `getPath` are. */
  home: string | undefined
  /** Where the program is. */
  appPath: string | undefined
  /** Ends what a program takes with it. */
  takeAlong: Array<() => void>
} = {
  exit: () => undefined,
  lock: () => true,
  unlock: () => undefined,
  home: undefined,
  appPath: undefined,
  takeAlong: []
}

export class StandInApp extends EventEmitter {
  name = "Halte"
  isPackaged = false
  badgeCount = 0
  /** Only on macOS; a test asks for it. */
  dock: Dock | undefined = undefined
  userAgentFallback = "Mozilla/5.0 Chrome/150.0.0.0 Electron/45.5.0"
  accessibilitySupportEnabled = false
  applicationMenu: Menu | null = null
  runningUnderARM64Translation = false
  /** Not Electron's: those that the program was started with. */
  readonly switches = new Set<string>()
  readonly commandLine = {
    appendSwitch: (name: string, value?: string) => record("app", "appendSwitch", name, value),
    appendArgument: (value: string) => record("app", "appendArgument", value),
    hasSwitch: (name: string) => this.switches.has(name),
    getSwitchValue: (_name: string) => "",
    removeSwitch: (name: string) => {
      record("app", "removeSwitch", name)
      this.switches.delete(name)
    }
  }
  exitCode: number | undefined = undefined
  version = "0.1.0"
  recentDocuments: Array<string> = []
  protocolClients: Array<string> = []
  sandboxed = false
  userTasks: ReadonlyArray<Task> = []
  #ready = false
  #locked = false
  #quitting = false
  #exiting = false
  #over = false
  #becoming = false
  #whenReady: Array<() => void> = []
  #whenExited: Array<(code: number) => void> = []
  #paths = new Map<string, string>()
  #temporary: string | undefined

  constructor() {
    super()
    this.setMaxListeners(0)
    this.#connect()
    this.on("newListener", (name) => {
      if (name === "ready") this.#soonReady()
    })
  }

  #connect(): void {
    onWindows.allClosed = () => this.#allWindowsClosed()
    onWindows.closeCanceled = () => {
      this.#quitting = false
    }
  }

  // ── ready ──────────────────────────────────────────────────────────────────
  isReady(): boolean {
    return this.#ready
  }
  whenReady(): Promise<void> {
    if (this.#ready) return Promise.resolve()
    this.#soonReady()
    return new Promise((resolve) => this.#whenReady.push(resolve))
  }
  /** A program's first turn runs before the system says that it is ready. */
  #soonReady(): void {
    if (this.#becoming || this.#ready) return
    this.#becoming = true
    setImmediate(() => this.#becoming && this.becomeReady())
  }
  /** Not Electron's: what the system does. */
  becomeReady(): void {
    if (this.#ready) return
    this.#ready = true
    this.#becoming = false
    this.emit("will-finish-launching")
    this.emit("ready", new StandInEvent(), {})
    for (const resolve of this.#whenReady.splice(0)) resolve()
  }
  needsReady(what: string): void {
    if (!this.#ready) throw new Error(`${what} before app is ready`)
  }

  // ── the end ────────────────────────────────────────────────────────────────
  quit(): void {
    record("app", "quit")
    if (this.#quitting || this.#over) return
    const event = new StandInEvent()
    this.#quitting = true
    this.emit("before-quit", event)
    if (event.defaultPrevented) {
      this.#quitting = false
      return
    }
    if (openWindows.size === 0) return this.#shutDown()
    for (const window of openWindows) window.close()
  }
  exit(code = 0): void {
    record("app", "exit", code)
    if (this.#over) return
    this.exitCode = code
    this.#exiting = true
    if (openWindows.size === 0) return this.#end()
    for (const window of openWindows) window.destroy()
  }
  relaunch(options?: { readonly args?: ReadonlyArray<string> }): void {
    record("app", "relaunch", options)
  }
  #allWindowsClosed(): void {
    if (this.#exiting) return this.#end()
    if (this.#quitting) return this.#shutDown()
    if (this.#over) return
    // Electron's own default, where the program does not listen.
    if (this.listenerCount("window-all-closed") === 0) this.quit()
    else this.emit("window-all-closed")
  }
  #shutDown(): void {
    const event = new StandInEvent()
    this.emit("will-quit", event)
    if (event.defaultPrevented) {
      this.#quitting = false
      return
    }
    this.#end()
  }
  #end(): void {
    if (this.#over) return
    this.#over = true
    this.exitCode ??= 0
    this.emit("quit", new StandInEvent(), this.exitCode)
    for (const end of running.takeAlong) end()
    running.unlock()
    for (const resolve of this.#whenExited.splice(0)) resolve(this.exitCode)
    running.exit(this.exitCode)
  }
  /** Not Electron's: settles with the exit code, when the program is over. */
  exited(): Promise<number> {
    if (this.#over) return Promise.resolve(this.exitCode ?? 0)
    return new Promise((resolve) => this.#whenExited.push(resolve))
  }
  get isOver(): boolean {
    return this.#over
  }

  // ── what it is ─────────────────────────────────────────────────────────────
  getVersion(): string {
    return this.version
  }
  getName(): string {
    return this.name
  }
  setName(name: string): void {
    this.name = name
  }
  getLocale(): string {
    return "en-US"
  }
  getSystemLocale(): string {
    return "en-US"
  }
  getPreferredSystemLanguages(): Array<string> {
    return ["en-US"]
  }
  getAppPath(): string {
    return running.appPath ?? this.#home()
  }
  getPath(name: PathName): string {
    const own = this.#paths.get(name)
    if (own !== undefined) return own
    const path = join(this.#home(), name)
    mkdirSync(path, { recursive: true })
    return path
  }
  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }
  setAppLogsPath(path?: string): void {
    this.#paths.set("logs", path ?? join(this.#home(), "logs"))
  }
  #home(): string {
    return running.home ?? (this.#temporary ??= mkdtempSync(join(tmpdir(), "halte-electron-")))
  }
  getFileIcon(): Promise<NativeImage> {
    return Promise.reject(new Error("The stand-in has no icons of files."))
  }

  // ── single instance ────────────────────────────────────────────────────────
  requestSingleInstanceLock(data?: Record<string, unknown>): boolean {
    record("app", "requestSingleInstanceLock", data)
    this.#locked = running.lock(process.argv, process.cwd(), data)
    return this.#locked
  }
  hasSingleInstanceLock(): boolean {
    return this.#locked
  }
  releaseSingleInstanceLock(): void {
    this.#locked = false
    running.unlock()
  }

  // ── the system ─────────────────────────────────────────────────────────────
  setBadgeCount(count?: number): boolean {
    record("app", "setBadgeCount", count)
    this.badgeCount = count ?? 0
    return true
  }
  getBadgeCount(): number {
    return this.badgeCount
  }
  addRecentDocument(path: string): void {
    record("app", "addRecentDocument", path)
    this.recentDocuments.push(path)
  }
  clearRecentDocuments(): void {
    record("app", "clearRecentDocuments")
    this.recentDocuments = []
  }
  setAsDefaultProtocolClient(protocol: string, path?: string, args?: Array<string>): boolean {
    record("app", "setAsDefaultProtocolClient", protocol, path, args)
    this.protocolClients.push(protocol)
    return true
  }
  isDefaultProtocolClient(protocol: string): boolean {
    return this.protocolClients.includes(protocol)
  }
  removeAsDefaultProtocolClient(protocol: string): boolean {
    record("app", "removeAsDefaultProtocolClient", protocol)
    this.protocolClients = this.protocolClients.filter((one) => one !== protocol)
    return true
  }
  setUserTasks(tasks: Array<Task>): boolean {
    record("app", "setUserTasks", tasks)
    this.userTasks = tasks
    return true
  }
  setJumpList(categories: Array<JumpListCategory> | null): "ok" {
    record("app", "setJumpList", categories)
    return "ok"
  }
  setAppUserModelId(id: string): void {
    record("app", "setAppUserModelId", id)
  }
  enableSandbox(): void {
    if (this.#ready) throw new Error("app.enableSandbox() can only be called before app is ready")
    record("app", "enableSandbox")
    this.sandboxed = true
  }
  disableHardwareAcceleration(): void {
    if (this.#ready) throw new Error("app.disableHardwareAcceleration() can only be called before app is ready")
    record("app", "disableHardwareAcceleration")
  }
  setAboutPanelOptions(options: unknown): void {
    record("app", "setAboutPanelOptions", options)
  }
  showAboutPanel(): void {
    record("app", "showAboutPanel")
  }
  setSecureKeyboardEntryEnabled(enabled: boolean): void {
    record("app", "setSecureKeyboardEntryEnabled", enabled)
  }
  focus(options?: { readonly steal: boolean }): void {
    record("app", "focus", options)
    const [first] = openWindows
    first?.focus()
  }
  hide(): void {
    record("app", "hide")
  }
  show(): void {
    record("app", "show")
  }
  isHidden(): boolean {
    return false
  }
  isEmojiPanelSupported(): boolean {
    return false
  }

  /** Not Electron's: a program that was not started yet. */
  reset(): void {
    this.removeAllListeners()
    for (const end of running.takeAlong) end()
    openWindows.clear()
    if (this.#temporary !== undefined) rmSync(this.#temporary, { recursive: true, force: true })
    this.#temporary = undefined
    this.#paths.clear()
    this.#ready = this.#locked = this.#quitting = this.#exiting = this.#over = this.#becoming = false
    this.#whenReady = []
    this.#whenExited = []
    this.exitCode = undefined
    this.isPackaged = this.sandboxed = false
    this.switches.clear()
    this.badgeCount = 0
    this.recentDocuments = []
    this.protocolClients = []
    this.userTasks = []
    this.dock = undefined
    this.applicationMenu = null
    this.name = "Halte"
    this.version = "0.1.0"
    this.#connect()
    this.on("newListener", (name) => {
      if (name === "ready") this.#soonReady()
    })
  }
}

/** The dock of macOS. */
export class Dock {
  badge = ""
  menu: Menu | null = null
  visible = true
  bounce(type?: "critical" | "informational"): number {
    record("dock", "bounce", type)
    return 1
  }
  cancelBounce(id: number): void {
    record("dock", "cancelBounce", id)
  }
  downloadFinished(path: string): void {
    record("dock", "downloadFinished", path)
  }
  setBadge(text: string): void {
    record("dock", "setBadge", text)
    this.badge = text
  }
  getBadge(): string {
    return this.badge
  }
  setMenu(menu: Menu): void {
    record("dock", "setMenu", menu)
    this.menu = menu
  }
  getMenu(): Menu | null {
    return this.menu
  }
  setIcon(image: NativeImage | string): void {
    record("dock", "setIcon", image)
  }
  hide(): void {
    this.visible = false
  }
  show(): Promise<void> {
    this.visible = true
    return Promise.resolve()
  }
  isVisible(): boolean {
    return this.visible
  }
}

export const app = new StandInApp()

/** The type that Electron's own functions ask for. */
export const asReal = (window: unknown): RealWindow => window as RealWindow
