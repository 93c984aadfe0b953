/** The stand-in's view of the system: theme, images, shell, clipboard, power, screen, crash reports, network. */
import { EventEmitter } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Display, NativeTheme, Rectangle } from "electron/main"
import { app } from "./App.ts"
import { record } from "./Journal.ts"
import { StandInEvent } from "./StandInEvent.ts"

// ── theme ────────────────────────────────────────────────────────────────────
class Theme extends EventEmitter {
  /** Not Electron's: what the system is set to. */
  systemDark = false
  #source: NativeTheme["themeSource"] = "system"
  readonly inForcedColorsMode = false
  readonly prefersReducedTransparency = false
  readonly shouldDifferentiateWithoutColor = false
  readonly shouldUseHighContrastColors = false
  readonly shouldUseInvertedColorScheme = false
  get shouldUseDarkColorsForSystemIntegratedUI(): boolean {
    return this.systemDark
  }
  get shouldUseDarkColors(): boolean {
    return this.#source === "system" ? this.systemDark : this.#source === "dark"
  }
  get themeSource(): NativeTheme["themeSource"] {
    return this.#source
  }
  set themeSource(source: NativeTheme["themeSource"]) {
    if (!["system", "light", "dark"].includes(source))
      throw new TypeError("Error processing argument at index 0, conversion failure")
    const before = this.shouldUseDarkColors
    const changed = this.#source !== source
    this.#source = source
    record("nativeTheme", "themeSource", source)
    if (changed || before !== this.shouldUseDarkColors) this.emit("updated")
  }
  /** Not Electron's: a person changes the system's theme. */
  setSystemDark(dark: boolean): void {
    this.systemDark = dark
    this.emit("updated")
  }
  reset(): void {
    this.removeAllListeners()
    this.systemDark = false
    this.#source = "system"
  }
}
export const nativeTheme = new Theme()

// ── images ───────────────────────────────────────────────────────────────────
export class NativeImage {
  readonly bytes: Buffer
  readonly source: string
  #template = false
  constructor(bytes: Buffer, source: string) {
    this.bytes = bytes
    this.source = source
  }
  isEmpty(): boolean {
    return this.bytes.length === 0
  }
  getSize(): { width: number; height: number } {
    // Of a PNG: its header has it.
    if (this.bytes.length < 24 || this.bytes.toString("latin1", 1, 4) !== "PNG") return { width: 0, height: 0 }
    return { width: this.bytes.readUInt32BE(16), height: this.bytes.readUInt32BE(20) }
  }
  toPNG(): Buffer {
    return this.bytes
  }
  toDataURL(): string {
    return `data:image/png;base64,${this.bytes.toString("base64")}`
  }
  resize(_options: unknown): NativeImage {
    return this
  }
  addRepresentation(_options: unknown): void {
    return
  }
  setTemplateImage(option: boolean): void {
    this.#template = option
  }
  isTemplateImage(): boolean {
    return this.#template
  }
}
export const nativeImage = {
  createEmpty: (): NativeImage => new NativeImage(Buffer.alloc(0), ""),
  // As Electron: a file that can't be read is an empty image.
  createFromPath: (path: string): NativeImage =>
    new NativeImage(existsSync(path) ? readFileSync(path) : Buffer.alloc(0), path),
  createFromBuffer: (buffer: Buffer, _options?: unknown): NativeImage => new NativeImage(buffer, "buffer"),
  createFromBitmap: (buffer: Buffer, _options?: unknown): NativeImage => new NativeImage(buffer, "bitmap"),
  createFromDataURL: (url: string): NativeImage =>
    new NativeImage(Buffer.from(url.slice(url.indexOf(",") + 1), "base64"), url),
  createFromNamedImage: (name: string): NativeImage => new NativeImage(Buffer.from(name), name)
}

// ── shell, clipboard ─────────────────────────────────────────────────────────
export const shell = {
  openExternal: (url: string, _options?: unknown): Promise<void> => {
    record("shell", "openExternal", url)
    return Promise.resolve()
  },
  openPath: (path: string): Promise<string> => {
    record("shell", "openPath", path)
    return Promise.resolve("")
  },
  showItemInFolder: (path: string): void => record("shell", "showItemInFolder", path),
  trashItem: (path: string): Promise<void> => {
    record("shell", "trashItem", path)
    return Promise.resolve()
  },
  beep: (): void => record("shell", "beep")
}

let copied = ""
export const clipboard = {
  writeText: (text: string): Promise<void> => {
    record("clipboard", "writeText", text)
    copied = text
    return Promise.resolve()
  },
  readText: (): Promise<string> => Promise.resolve(copied),
  clear: (): void => void (copied = "")
}

// ── power ────────────────────────────────────────────────────────────────────
class PowerMonitor extends EventEmitter {
  onBatteryPower = false
  isOnBatteryPower(): boolean {
    return this.onBatteryPower
  }
  getSystemIdleState(_threshold: number): "active" {
    return "active"
  }
  getSystemIdleTime(): number {
    return 0
  }
  getCurrentThermalState(): "nominal" {
    return "nominal"
  }
  /** Not Electron's: the system shuts down. Answers whether the program asked it to wait. */
  shutDown(): boolean {
    const event = new StandInEvent()
    this.emit("shutdown", event)
    return event.defaultPrevented
  }
}
export const powerMonitor = new PowerMonitor()

/** Those that are held now, by number. */
export const powerBlocks = new Map<number, string>()
let blocks = 0
export const powerSaveBlocker = {
  start: (type: "prevent-app-suspension" | "prevent-display-sleep"): number => {
    record("powerSaveBlocker", "start", type)
    powerBlocks.set(++blocks, type)
    return blocks
  },
  stop: (id: number): boolean => {
    record("powerSaveBlocker", "stop", id)
    return powerBlocks.delete(id)
  },
  isStarted: (id: number): boolean => powerBlocks.has(id)
}

// ── screen ───────────────────────────────────────────────────────────────────
const display = (workArea: Rectangle, id: number): Display =>
  ({
    id,
    label: `Display ${id}`,
    bounds: { ...workArea },
    workArea: { ...workArea },
    size: { width: workArea.width, height: workArea.height },
    workAreaSize: { width: workArea.width, height: workArea.height },
    scaleFactor: 1,
    rotation: 0,
    internal: false
  }) as Display

const overlap = (a: Rectangle, b: Rectangle): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y))

class Screen extends EventEmitter {
  /** Not Electron's: what is plugged in. */
  displays: Array<Display> = [display({ x: 0, y: 0, width: 1920, height: 1080 }, 1)]
  getAllDisplays(): Array<Display> {
    return this.displays
  }
  getPrimaryDisplay(): Display {
    app.needsReady("Cannot use screen")
    const [first] = this.displays
    if (first === undefined) throw new Error("There is no display.")
    return first
  }
  getDisplayMatching(rectangle: Rectangle): Display {
    const byOverlap = this.displays.toSorted((a, b) => overlap(b.bounds, rectangle) - overlap(a.bounds, rectangle))
    return byOverlap[0] ?? this.getPrimaryDisplay()
  }
  getDisplayNearestPoint(point: { readonly x: number; readonly y: number }): Display {
    return this.getDisplayMatching({ ...point, width: 1, height: 1 })
  }
  getCursorScreenPoint(): { x: number; y: number } {
    return { x: 0, y: 0 }
  }
  /** Not Electron's: displays with these areas are plugged in, and no others. */
  plug(...areas: ReadonlyArray<Rectangle>): void {
    this.displays = areas.map((area, index) => display(area, index + 1))
    this.emit("display-metrics-changed", new StandInEvent(), this.displays[0], ["bounds"])
  }
}
export const screen = new Screen()

// ── others ───────────────────────────────────────────────────────────────────
export const crashReporter = {
  start: (options: unknown): void => record("crashReporter", "start", options),
  getUploadedReports: (): Array<never> => [],
  addExtraParameter: (key: string, value: string): void => record("crashReporter", "addExtraParameter", key, value)
}

export const globalShortcut = {
  register: (accelerator: string, _callback: () => void): boolean => {
    record("globalShortcut", "register", accelerator)
    return true
  },
  unregisterAll: (): void => record("globalShortcut", "unregisterAll"),
  isRegistered: (_accelerator: string): boolean => false
}

export const net = {
  /** Files only: a test goes nowhere else. */
  fetch: async (input: string | URL | Request): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : String(input))
    if (url.protocol !== "file:") throw new Error(`net::ERR_BLOCKED_BY_CLIENT: ${url.href}`)
    return readFile(fileURLToPath(url)).then(
      (bytes) => new Response(new Uint8Array(bytes)),
      () => Promise.reject(new Error("net::ERR_FILE_NOT_FOUND"))
    )
  },
  isOnline: (): boolean => true
}

export const resetSystem = (): void => {
  nativeTheme.reset()
  powerMonitor.removeAllListeners()
  powerMonitor.onBatteryPower = false
  screen.removeAllListeners()
  screen.displays = [display({ x: 0, y: 0, width: 1920, height: 1080 }, 1)]
  powerBlocks.clear()
  blocks = 0
  copied = ""
}
