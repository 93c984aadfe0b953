/** The stand-in's `session` and `protocol`: what each window's pages are served by, and what they may do. */
import { EventEmitter } from "node:events"
import { join } from "node:path"
import type { CustomScheme, Session as RealSession } from "electron/main"
import { app } from "./App.ts"
import { record } from "./Journal.ts"
import { eventWith } from "./StandInEvent.ts"

type Handler = (request: Request) => Response | Promise<Response>
type PermissionRequest = Parameters<RealSession["setPermissionRequestHandler"]>[0]
type PermissionCheck = Parameters<RealSession["setPermissionCheckHandler"]>[0]
type CertificateProc = Parameters<RealSession["setCertificateVerifyProc"]>[0]
type DevicePermission = Parameters<RealSession["setDevicePermissionHandler"]>[0]

const known = new Map<string, Session>()
export const schemes: Array<CustomScheme> = []

export class Protocol {
  readonly #handlers = new Map<string, Handler>()
  handle(scheme: string, handler: Handler): void {
    if (this.#handlers.has(scheme)) throw new Error(`Failed to register protocol: ${scheme}`)
    this.#handlers.set(scheme, handler)
  }
  unhandle(scheme: string): void {
    if (!this.#handlers.delete(scheme)) throw new Error(`Failed to unhandle protocol: ${scheme}`)
  }
  isProtocolHandled(scheme: string): boolean {
    return this.#handlers.has(scheme)
  }
  registerSchemesAsPrivileged(custom: Array<CustomScheme>): void {
    if (app.isReady()) throw new Error("protocol.registerSchemesAsPrivileged should be called before app is ready")
    if (schemes.length > 0) throw new Error("protocol.registerSchemesAsPrivileged can only be used once")
    schemes.push(...custom)
  }
  /** Not Electron's: what a page of this session gets. */
  async answer(request: Request): Promise<Response> {
    const scheme = request.url.slice(0, request.url.indexOf(":"))
    const handler = this.#handlers.get(scheme)
    if (handler === undefined) throw new Error("net::ERR_UNKNOWN_URL_SCHEME")
    // As Electron: its loader takes an opaque origin away before the handler is asked.
    if (request.headers.get("origin") === "null") request.headers.delete("origin")
    return handler(request)
  }
}

export class WebRequest {
  readonly listeners = new Map<string, (details: never, callback: never) => void>()
  onBeforeRequest = this.#register("onBeforeRequest")
  onBeforeSendHeaders = this.#register("onBeforeSendHeaders")
  onHeadersReceived = this.#register("onHeadersReceived")
  onCompleted = this.#register("onCompleted")
  onErrorOccurred = this.#register("onErrorOccurred")
  #register(name: string) {
    return (...args: ReadonlyArray<unknown>): void => {
      const listener = args.at(-1)
      if (listener === null) this.listeners.delete(name)
      else this.listeners.set(name, listener as (details: never, callback: never) => void)
    }
  }
}

export class Session extends EventEmitter {
  readonly partition: string
  readonly protocol = new Protocol()
  readonly webRequest = new WebRequest()
  readonly cookies = new EventEmitter()
  spellChecker = true
  permissionRequest: PermissionRequest = null
  permissionCheck: PermissionCheck = null
  devicePermission: DevicePermission = null
  displayMedia: unknown = null
  certificateProc: CertificateProc = null
  constructor(partition: string) {
    super()
    this.partition = partition
  }
  setPermissionRequestHandler(handler: PermissionRequest): void {
    this.permissionRequest = handler
  }
  setPermissionCheckHandler(handler: PermissionCheck): void {
    this.permissionCheck = handler
  }
  setDevicePermissionHandler(handler: DevicePermission): void {
    this.devicePermission = handler
  }
  setDisplayMediaRequestHandler(handler: unknown): void {
    this.displayMedia = handler
  }
  setCertificateVerifyProc(proc: CertificateProc): void {
    this.certificateProc = proc
  }
  setUSBProtectedClassesHandler(handler: unknown): void {
    record(`session ${this.partition}`, "setUSBProtectedClassesHandler", handler)
  }
  setBluetoothPairingHandler(handler: unknown): void {
    record(`session ${this.partition}`, "setBluetoothPairingHandler", handler)
  }
  setSpellCheckerEnabled(enabled: boolean): void {
    this.spellChecker = enabled
  }
  isSpellCheckerEnabled(): boolean {
    return this.spellChecker
  }
  setProxy(config: unknown): Promise<void> {
    record(`session ${this.partition}`, "setProxy", config)
    return Promise.resolve()
  }
  setDownloadPath(path: string): void {
    record(`session ${this.partition}`, "setDownloadPath", path)
  }
  setUserAgent(agent: string): void {
    record(`session ${this.partition}`, "setUserAgent", agent)
  }
  registerPreloadScript(script: unknown): string {
    record(`session ${this.partition}`, "registerPreloadScript", script)
    return "1"
  }
  clearStorageData(options?: unknown): Promise<void> {
    record(`session ${this.partition}`, "clearStorageData", options)
    return Promise.resolve()
  }
  clearCache(): Promise<void> {
    return Promise.resolve()
  }
  closeAllConnections(): Promise<void> {
    return Promise.resolve()
  }
  flushStorageData(): void {
    return
  }
  isPersistent(): boolean {
    return this.partition === "" || this.partition.startsWith("persist:")
  }
  getStoragePath(): string | null {
    return this.isPersistent() ? join(app.getPath("userData"), "Partitions", this.partition.slice(8)) : null
  }
  get storagePath(): string | null {
    return this.getStoragePath()
  }

  /** Not Electron's: a page asks for a permission. Without a handler Electron grants it. */
  asksFor(permission: string, url = "halte://app/"): Promise<boolean> {
    return new Promise((resolve) => {
      const handler = this.permissionRequest as
        | null
        | ((contents: unknown, permission: string, callback: (granted: boolean) => void, details: object) => void)
      if (handler === null) return resolve(true)
      handler(null, permission, resolve, { requestingUrl: url, isMainFrame: true })
    })
  }
  /** Not Electron's: a page looks whether it has a permission. */
  has(permission: string, url = "halte://app/"): boolean {
    const handler = this.permissionCheck as
      | null
      | ((contents: unknown, permission: string, origin: string, details: object) => boolean)
    return handler === null || handler(null, permission, url, { requestingUrl: url, isMainFrame: true })
  }
  /** Not Electron's: a page downloads something. Answers whether it was let. */
  downloads(item: object, contents: unknown): boolean {
    const event = eventWith({})
    this.emit("will-download", event, item, contents)
    return !event.defaultPrevented
  }
}

export const session = {
  fromPartition: (partition: string, _options?: unknown): Session => {
    if (!app.isReady()) throw new Error("Session can only be received when app is ready")
    const there = known.get(partition)
    if (there !== undefined) return there
    const made = new Session(partition)
    known.set(partition, made)
    app.emit("session-created", made)
    return made
  },
  get defaultSession(): Session {
    return session.fromPartition("")
  }
}

/** That of the default session, and what is said of schemes before there is one. */
const early = new Protocol()
export const protocol = {
  registerSchemesAsPrivileged: (custom: Array<CustomScheme>): void => early.registerSchemesAsPrivileged(custom),
  handle: (scheme: string, handler: Handler): void => session.defaultSession.protocol.handle(scheme, handler),
  unhandle: (scheme: string): void => session.defaultSession.protocol.unhandle(scheme),
  isProtocolHandled: (scheme: string): boolean => session.defaultSession.protocol.isProtocolHandled(scheme)
}

export const sessions = (): ReadonlyArray<Session> => [...known.values()]
export const resetSessions = (): void => {
  known.clear()
  schemes.length = 0
}
