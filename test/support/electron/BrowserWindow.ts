/**
 * The stand-in's `BrowserWindow`. `close` is said at once and may be prevented; the window is gone a turn later, as the
 * page is asked in between; `destroy` asks nobody.
 */
import { EventEmitter } from "node:events"
import type { NativeImage } from "electron/common"
import type { BrowserWindowConstructorOptions, Menu, ProgressBarOptions, Rectangle, ThumbarButton } from "electron/main"
import { app } from "./App.ts"
import { record } from "./Journal.ts"
import { onWindows, openWindows } from "./OpenWindows.ts"
import { session } from "./Session.ts"
import { StandInEvent } from "./StandInEvent.ts"
import { WebContents } from "./WebContents.ts"

let ids = 0
const focus: { now: BrowserWindow | undefined } = { now: undefined }
/** All that were ever opened, in order. */
export const windows: Array<BrowserWindow> = []
export const resetWindows = (): void => {
  ids = 0
  focus.now = undefined
  windows.length = 0
  openWindows.clear()
}

export class BrowserWindow extends EventEmitter {
  readonly id = ++ids
  readonly options: BrowserWindowConstructorOptions
  progress: { readonly value: number; readonly options?: ProgressBarOptions | undefined } = { value: -1 }
  overlay: { readonly image: NativeImage | null; readonly description: string } = { image: null, description: "" }
  menu: Menu | null = null
  flashing = false
  representedFilename = ""
  documentEdited = false
  #title: string
  #bounds: Rectangle
  #minimum: [number, number] = [0, 0]
  #gone = false
  #closing = false
  #visible = false
  #minimized = false
  #maximized = false
  #fullScreen = false
  #menuBar = true
  readonly #contents: WebContents
  readonly #name = `window ${this.id}`

  constructor(options: BrowserWindowConstructorOptions = {}) {
    super()
    app.needsReady("Cannot create BrowserWindow")
    const { name } = options
    if (name !== undefined && [...openWindows].some((window) => window.options.name === name))
      throw new Error(`A window of the name ${name} is there already`)
    this.options = options
    const { height = 600, title = app.name, width = 800, x = 0, y = 0 } = options
    this.#title = title
    this.#bounds = { x, y, width, height }
    this.#minimum = [options.minWidth ?? 0, options.minHeight ?? 0]
    const { partition, session: own } = options.webPreferences ?? {}
    const used =
      (own as unknown as WebContents["session"] | undefined) ??
      (partition === undefined ? session.defaultSession : session.fromPartition(partition))
    this.#contents = new WebContents(used)
    this.#contents.once("first-paint-of-stand-in", () => this.emit("ready-to-show"))
    this.#contents.on("close-of-stand-in", () => this.close())
    this.#contents.on("page-title-updated", (event: StandInEvent, text: string, explicit: boolean) => {
      this.emit("page-title-updated", event, text, explicit)
      if (!event.defaultPrevented && !this.#gone) this.setTitle(text)
    })
    openWindows.add(this)
    windows.push(this)
    record(this.#name, "new", options)
    app.emit("web-contents-created", new StandInEvent(), this.#contents)
    app.emit("browser-window-created", new StandInEvent(), this)
    if (options.show !== false) this.show()
  }

  get webContents(): WebContents {
    this.#alive()
    return this.#contents
  }
  /** Not Electron's: the page's, also of a window that is gone. */
  get contents(): WebContents {
    return this.#contents
  }

  // ── the end ────────────────────────────────────────────────────────────────
  close(): void {
    this.#alive()
    record(this.#name, "close")
    if (this.#closing) return
    const event = new StandInEvent()
    this.emit("close", event)
    // A listener may have destroyed it.
    if (this.#gone) return
    if (event.defaultPrevented) return onWindows.closeCanceled()
    this.#closing = true
    setImmediate(() => this.destroy())
  }
  destroy(): void {
    if (this.#gone) return
    this.blur()
    this.#gone = true
    this.#visible = false
    openWindows.delete(this)
    record(this.#name, "closed")
    this.#contents.destroy()
    this.emit("closed")
    if (openWindows.size === 0) onWindows.allClosed()
  }
  isDestroyed(): boolean {
    return this.#gone
  }

  // ── seen or not ────────────────────────────────────────────────────────────
  show(): void {
    this.showInactive()
    this.focus()
  }
  showInactive(): void {
    this.#alive()
    if (this.#visible) return
    this.#visible = true
    record(this.#name, "show")
    this.emit("show")
  }
  hide(): void {
    this.#alive()
    this.blur()
    if (!this.#visible) return
    this.#visible = false
    record(this.#name, "hide")
    this.emit("hide")
  }
  isVisible(): boolean {
    this.#alive()
    return this.#visible && !this.#minimized
  }
  focus(): void {
    this.#alive()
    record(this.#name, "focus")
    if (focus.now === this || !this.#visible) return
    focus.now?.blur()
    focus.now = this
    this.emit("focus")
    app.emit("browser-window-focus", new StandInEvent(), this)
  }
  blur(): void {
    this.#alive()
    if (focus.now !== this) return
    focus.now = undefined
    this.emit("blur")
    app.emit("browser-window-blur", new StandInEvent(), this)
  }
  isFocused(): boolean {
    this.#alive()
    return focus.now === this
  }
  moveTop(): void {
    record(this.#name, "moveTop")
  }
  minimize(): void {
    this.#alive()
    this.blur()
    this.#minimized = true
    this.emit("minimize")
  }
  restore(): void {
    this.#alive()
    const was = this.#minimized
    this.#minimized = false
    if (was) this.emit("restore")
  }
  isMinimized(): boolean {
    this.#alive()
    return this.#minimized
  }
  maximize(): void {
    this.#alive()
    this.#maximized = true
    this.emit("maximize")
  }
  unmaximize(): void {
    this.#alive()
    this.#maximized = false
    this.emit("unmaximize")
  }
  isMaximized(): boolean {
    this.#alive()
    return this.#maximized
  }
  setFullScreen(flag: boolean): void {
    this.#alive()
    this.#fullScreen = flag
    this.emit(flag ? "enter-full-screen" : "leave-full-screen")
  }
  isFullScreen(): boolean {
    this.#alive()
    return this.#fullScreen
  }
  isNormal(): boolean {
    return !this.#maximized && !this.#minimized && !this.#fullScreen
  }
  isModal(): boolean {
    return this.options.modal === true
  }

  // ── where it is ────────────────────────────────────────────────────────────
  getBounds(): Rectangle {
    this.#alive()
    return { ...this.#bounds }
  }
  getNormalBounds(): Rectangle {
    return this.getBounds()
  }
  setBounds(bounds: Partial<Rectangle>): void {
    this.#alive()
    const before = this.#bounds
    this.#bounds = { ...before, ...bounds }
    if (before.x !== this.#bounds.x || before.y !== this.#bounds.y) this.emit("move")
    if (before.width !== this.#bounds.width || before.height !== this.#bounds.height) this.emit("resize")
  }
  getSize(): Array<number> {
    return [this.#bounds.width, this.#bounds.height]
  }
  setSize(width: number, height: number): void {
    this.setBounds({ width, height })
  }
  getPosition(): Array<number> {
    return [this.#bounds.x, this.#bounds.y]
  }
  setPosition(x: number, y: number): void {
    this.setBounds({ x, y })
  }
  center(): void {
    record(this.#name, "center")
  }
  setMinimumSize(width: number, height: number): void {
    this.#minimum = [width, height]
  }
  getMinimumSize(): Array<number> {
    return [...this.#minimum]
  }

  // ── what it shows ──────────────────────────────────────────────────────────
  loadURL(url: string): Promise<void> {
    this.#alive()
    return this.#contents.loadURL(url)
  }
  loadFile(path: string): Promise<void> {
    this.#alive()
    return this.#contents.loadFile(path)
  }
  reload(): void {
    this.webContents.reload()
  }
  setTitle(title: string): void {
    this.#alive()
    record(this.#name, "setTitle", title)
    this.#title = title
  }
  getTitle(): string {
    this.#alive()
    return this.#title
  }
  get title(): string {
    return this.getTitle()
  }
  set title(title: string) {
    this.setTitle(title)
  }
  setProgressBar(value: number, options?: ProgressBarOptions): void {
    this.#alive()
    record(this.#name, "setProgressBar", value, options)
    this.progress = { value, options }
  }
  setOverlayIcon(image: NativeImage | null, description: string): void {
    this.#alive()
    record(this.#name, "setOverlayIcon", image, description)
    this.overlay = { image, description }
  }
  setThumbarButtons(buttons: Array<ThumbarButton>): boolean {
    this.#alive()
    record(this.#name, "setThumbarButtons", buttons)
    return true
  }
  setIcon(icon: NativeImage | string): void {
    this.#alive()
    record(this.#name, "setIcon", icon)
  }
  flashFrame(flag: boolean): void {
    this.#alive()
    record(this.#name, "flashFrame", flag)
    this.flashing = flag
  }
  setMenu(menu: Menu | null): void {
    this.#alive()
    this.menu = menu
  }
  removeMenu(): void {
    this.setMenu(null)
  }
  setMenuBarVisibility(visible: boolean): void {
    this.#menuBar = visible
  }
  isMenuBarVisible(): boolean {
    return this.#menuBar
  }
  setAutoHideMenuBar(hide: boolean): void {
    record(this.#name, "setAutoHideMenuBar", hide)
  }
  setRepresentedFilename(filename: string): void {
    this.representedFilename = filename
  }
  getRepresentedFilename(): string {
    return this.representedFilename
  }
  setDocumentEdited(edited: boolean): void {
    this.documentEdited = edited
  }
  setBackgroundColor(color: string): void {
    this.#alive()
    record(this.#name, "setBackgroundColor", color)
  }
  setTitleBarOverlay(options: unknown): void {
    this.#alive()
    record(this.#name, "setTitleBarOverlay", options)
  }
  setSkipTaskbar(skip: boolean): void {
    record(this.#name, "setSkipTaskbar", skip)
  }
  setEnabled(enable: boolean): void {
    record(this.#name, "setEnabled", enable)
  }

  #alive(): void {
    if (this.#gone) throw new TypeError("Object has been destroyed")
  }

  static getAllWindows(): Array<BrowserWindow> {
    return [...openWindows]
  }
  static getFocusedWindow(): BrowserWindow | null {
    return focus.now ?? null
  }
  static fromId(id: number): BrowserWindow | null {
    return [...openWindows].find((window) => window.id === id) ?? null
  }
  static fromWebContents(contents: unknown): BrowserWindow | null {
    return [...openWindows].find((window) => window.contents === contents) ?? null
  }
}
