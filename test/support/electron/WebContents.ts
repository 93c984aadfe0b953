/** The stand-in's `webContents`: what a window's page is told, asked and allowed. */
import { EventEmitter } from "node:events"
import type { WebContents as RealContents } from "electron/main"
import { record } from "./Journal.ts"
import type { Session } from "./Session.ts"
import { clone, eventWith, StandInEvent } from "./StandInEvent.ts"

type OpenHandler = Parameters<RealContents["setWindowOpenHandler"]>[0]

/** A frame, as `event.senderFrame` has it. */
export interface Frame {
  readonly url: string
  readonly origin: string
  readonly parent: Frame | null
  readonly top: Frame | null
  readonly routingId: number
  readonly processId: number
  readonly detached: boolean
  isDestroyed(): boolean
}

/** What a test puts in the place of a renderer: it shows what is loaded, and hears what is sent. */
export interface Renderer {
  load(url: string): Promise<void>
  receive(channel: string, args: ReadonlyArray<unknown>): void
  close(): void
}

export interface Sent {
  readonly channel: string
  readonly args: ReadonlyArray<unknown>
}

/** How a new window's page is shown; `undefined`: it is not. */
export const renderers: { make: ((contents: WebContents) => Renderer) | undefined } = { make: undefined }

let ids = 0
export const allContents = new Set<WebContents>()
export const resetContents = (): void => {
  ids = 0
  allContents.clear()
  renderers.make = undefined
}

const originOf = (url: string): string => {
  // Node gives `null` as the origin of a scheme that it does not know; a browser knows that ours is a standard one.
  const match = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]+)/i.exec(url)
  return match?.[1] ?? "null"
}

const frame = (url: () => string, parent: () => Frame | null, gone: () => boolean, routingId: number): Frame => {
  const own: Frame = {
    get url() {
      return url()
    },
    get origin() {
      return originOf(url())
    },
    get parent() {
      return parent()
    },
    get top() {
      return parent()?.top ?? own
    },
    get detached() {
      return gone()
    },
    routingId,
    processId: 1,
    isDestroyed: gone
  }
  return own
}

export class WebContents extends EventEmitter {
  readonly id = ++ids
  readonly session: Session
  readonly mainFrame: Frame
  readonly sent: Array<Sent> = []
  readonly hostWebContents = null
  readonly ipc = new EventEmitter()
  readonly navigationHistory = {
    canGoBack: () => false,
    canGoForward: () => false,
    goBack: () => record(this.#name, "goBack"),
    goForward: () => record(this.#name, "goForward"),
    clear: () => record(this.#name, "clearHistory")
  }
  openHandler: OpenHandler | undefined = undefined
  zoomLevel = 0
  audioMuted = false
  backgroundThrottling = true
  #url = ""
  #gone = false
  #crashed = false
  #devTools = false
  #renderer: Renderer | undefined
  readonly #name = `webContents ${this.id}`

  constructor(session: Session) {
    super()
    this.session = session
    this.mainFrame = frame(
      () => this.#url,
      () => null,
      () => this.#gone || this.#crashed,
      1
    )
    allContents.add(this)
  }

  // ── what is loaded ─────────────────────────────────────────────────────────
  async loadURL(url: string): Promise<void> {
    this.#alive()
    record(this.#name, "loadURL", url)
    this.#url = url
    this.#crashed = false
    this.emit("did-start-loading")
    this.emit("did-start-navigation", eventWith({ url, isSameDocument: false, isMainFrame: true }))
    this.#renderer ??= renderers.make?.(this)
    await this.#renderer?.load(url)
    if (this.#gone) return
    this.emit("did-navigate", new StandInEvent(), url, 200, "OK")
    this.emit("dom-ready", new StandInEvent())
    this.emit("did-finish-load")
    this.emit("did-stop-loading")
    this.emit("first-paint-of-stand-in")
  }
  loadFile(path: string): Promise<void> {
    return this.loadURL(new URL(`file://${path}`).href)
  }
  reload(): void {
    this.#alive()
    record(this.#name, "reload")
    void this.loadURL(this.#url)
  }
  reloadIgnoringCache(): void {
    this.reload()
  }
  stop(): void {
    record(this.#name, "stop")
  }
  getURL(): string {
    return this.#url
  }
  getTitle(): string {
    return "Halte"
  }
  isLoading(): boolean {
    return false
  }
  isLoadingMainFrame(): boolean {
    return false
  }
  isCrashed(): boolean {
    return this.#crashed
  }
  isDestroyed(): boolean {
    return this.#gone
  }
  getType(): "window" {
    return "window"
  }
  getOSProcessId(): number {
    return 0
  }

  // ── what it is told ────────────────────────────────────────────────────────
  send(channel: string, ...args: ReadonlyArray<unknown>): void {
    this.#alive()
    if (typeof channel !== "string" || channel === "") throw new TypeError("Missing required channel argument")
    const cloned = clone(args)
    this.sent.push({ channel, args: cloned })
    this.#renderer?.receive(channel, cloned)
  }
  postMessage(channel: string, message: unknown): void {
    this.send(channel, message)
  }
  executeJavaScript(code: string): Promise<unknown> {
    record(this.#name, "executeJavaScript", code)
    return Promise.reject(new Error("The stand-in runs no code in a page."))
  }
  insertCSS(css: string): Promise<string> {
    record(this.#name, "insertCSS", css)
    return Promise.resolve("1")
  }

  // ── what it may do ─────────────────────────────────────────────────────────
  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler
  }
  setIgnoreMenuShortcuts(ignore: boolean): void {
    record(this.#name, "setIgnoreMenuShortcuts", ignore)
  }
  setBackgroundThrottling(allowed: boolean): void {
    this.backgroundThrottling = allowed
  }
  setWebRTCIPHandlingPolicy(policy: Parameters<RealContents["setWebRTCIPHandlingPolicy"]>[0]): void {
    record(this.#name, "setWebRTCIPHandlingPolicy", policy)
  }
  setZoomLevel(level: number): void {
    this.zoomLevel = level
  }
  getZoomLevel(): number {
    return this.zoomLevel
  }
  setZoomFactor(factor: number): void {
    record(this.#name, "setZoomFactor", factor)
  }
  setVisualZoomLevelLimits(minimum: number, maximum: number): Promise<void> {
    record(this.#name, "setVisualZoomLevelLimits", minimum, maximum)
    return Promise.resolve()
  }
  openDevTools(options?: unknown): void {
    record(this.#name, "openDevTools", options)
    this.#devTools = true
  }
  closeDevTools(): void {
    this.#devTools = false
  }
  toggleDevTools(): void {
    record(this.#name, "toggleDevTools")
    this.#devTools = !this.#devTools
  }
  isDevToolsOpened(): boolean {
    return this.#devTools
  }
  focus(): void {
    record(this.#name, "focus")
  }
  isFocused(): boolean {
    return false
  }
  undo(): void {
    record(this.#name, "undo")
  }
  redo(): void {
    record(this.#name, "redo")
  }
  cut(): void {
    record(this.#name, "cut")
  }
  copy(): void {
    record(this.#name, "copy")
  }
  paste(): void {
    record(this.#name, "paste")
  }
  selectAll(): void {
    record(this.#name, "selectAll")
  }
  forcefullyCrashRenderer(): void {
    this.crash("killed")
  }
  close(): void {
    this.emit("close-of-stand-in")
  }

  // ── not Electron's: what a page, a person or the system does ───────────────
  /** The page goes elsewhere by itself, as by a link. Answers whether it was let go. */
  navigate(url: string, event: "will-navigate" | "will-redirect" | "will-frame-navigate" = "will-navigate"): boolean {
    const details = eventWith({ url, isMainFrame: true, isSameDocument: false, frame: this.mainFrame })
    this.emit(event, details, url)
    if (!details.defaultPrevented) this.#url = url
    return !details.defaultPrevented
  }
  /** The page goes elsewhere within its document. */
  showAddress(url: string): void {
    this.#url = url
    this.emit("did-navigate-in-page", new StandInEvent(), url, true)
  }
  /** The page opens a window. */
  open(url: string): ReturnType<NonNullable<OpenHandler>> {
    return (
      this.openHandler?.({
        url,
        frameName: "",
        features: "",
        disposition: "foreground-tab",
        referrer: { url: this.#url, policy: "no-referrer" }
      }) ?? { action: "allow" }
    )
  }
  /** A `<webview>` is put into the page. Answers whether it was let. */
  attachWebview(url: string): boolean {
    const event = new StandInEvent()
    this.emit("will-attach-webview", event, {}, { src: url })
    return !event.defaultPrevented
  }
  /** A frame within the page: whoever speaks from there is not the page. */
  innerFrame(url: string): Frame {
    return frame(
      () => url,
      () => this.mainFrame,
      () => this.#gone,
      2
    )
  }
  /** The page's process ends by itself. */
  crash(reason: "crashed" | "killed" | "oom"): void {
    this.#crashed = true
    this.emit("render-process-gone", new StandInEvent(), { reason, exitCode: 1 })
  }
  destroy(): void {
    if (this.#gone) return
    this.#gone = true
    allContents.delete(this)
    this.#renderer?.close()
    this.emit("destroyed")
  }
  #alive(): void {
    if (this.#gone) throw new TypeError("Object has been destroyed")
  }

  static getAllWebContents(): Array<WebContents> {
    return [...allContents]
  }
  static fromId(id: number): WebContents | undefined {
    return [...allContents].find((contents) => contents.id === id)
  }
}
