/** The stand-in's `Tray` and `Notification`. */
import { EventEmitter } from "node:events"
import type { NativeImage } from "electron/common"
import type { NotificationConstructorOptions } from "electron/main"
import { app } from "./App.ts"
import { record } from "./Journal.ts"
import type { Menu } from "./Menu.ts"
import { StandInEvent } from "./StandInEvent.ts"

/** All that were ever made, in order. */
export const trays: Array<Tray> = []

export class Tray extends EventEmitter {
  image: NativeImage | string
  toolTip = ""
  #title = ""
  menu: Menu | null = null
  #gone = false
  constructor(image: NativeImage | string) {
    super()
    app.needsReady("Cannot create Tray")
    this.image = image
    trays.push(this)
    record("tray", "new", image)
  }
  setImage(image: NativeImage | string): void {
    this.#alive()
    record("tray", "setImage", image)
    this.image = image
  }
  setPressedImage(image: NativeImage | string): void {
    this.#alive()
    record("tray", "setPressedImage", image)
  }
  setToolTip(toolTip: string): void {
    this.#alive()
    record("tray", "setToolTip", toolTip)
    this.toolTip = toolTip
  }
  setTitle(title: string): void {
    this.#alive()
    record("tray", "setTitle", title)
    this.#title = title
  }
  getTitle(): string {
    return this.#title
  }
  setContextMenu(menu: unknown): void {
    this.#alive()
    record("tray", "setContextMenu", menu)
    this.menu = menu as Menu | null
  }
  popUpContextMenu(menu?: unknown): void {
    this.#alive()
    record("tray", "popUpContextMenu", menu)
  }
  closeContextMenu(): void {
    record("tray", "closeContextMenu")
  }
  setIgnoreDoubleClickEvents(ignore: boolean): void {
    record("tray", "setIgnoreDoubleClickEvents", ignore)
  }
  displayBalloon(options: unknown): void {
    record("tray", "displayBalloon", options)
  }
  focus(): void {
    record("tray", "focus")
  }
  getBounds(): { x: number; y: number; width: number; height: number } {
    return { x: 0, y: 0, width: 16, height: 16 }
  }
  destroy(): void {
    this.#gone = true
    record("tray", "destroy")
  }
  isDestroyed(): boolean {
    return this.#gone
  }
  #alive(): void {
    if (this.#gone) throw new TypeError("Object has been destroyed")
  }
}

/** All that were ever made, in order; `shown` tells whether it can be seen now. */
export const notifications: Array<Notification> = []
export const notifying: { supported: boolean } = { supported: true }

export class Notification extends EventEmitter {
  readonly options: NotificationConstructorOptions
  title: string
  subtitle: string
  body: string
  silent: boolean
  urgency: "normal" | "critical" | "low"
  actions: NonNullable<NotificationConstructorOptions["actions"]>
  shown = false
  constructor(options: NotificationConstructorOptions = {}) {
    super()
    this.options = options
    this.title = options.title ?? ""
    this.subtitle = options.subtitle ?? ""
    this.body = options.body ?? ""
    this.silent = options.silent ?? false
    this.urgency = options.urgency ?? "normal"
    this.actions = options.actions ?? []
    notifications.push(this)
  }
  show(): void {
    record("notification", "show", this.title, this.body)
    if (!notifying.supported) return void this.emit("failed", new StandInEvent(), "not supported")
    this.shown = true
    this.emit("show", new StandInEvent())
  }
  close(): void {
    if (!this.shown) return
    this.shown = false
    this.emit("close", new StandInEvent())
  }
  /** Not Electron's: a person clicks it. */
  click(): void {
    if (!this.shown) throw new Error("This notification is not shown.")
    this.emit("click", new StandInEvent())
  }
  static isSupported(): boolean {
    return notifying.supported
  }
}

export const resetTrays = (): void => {
  trays.length = 0
  notifications.length = 0
  notifying.supported = true
}
