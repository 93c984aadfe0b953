/** The stand-in's `Menu` and `MenuItem`: built as Electron's `menu.ts` builds them, and clicked by a test. */
import { EventEmitter } from "node:events"
import type { MenuItemConstructorOptions, MenuItem as RealItem } from "electron/main"
import * as PressedKeys from "../desktop/PressedKeys.ts"
import { app } from "./App.ts"
import { BrowserWindow } from "./BrowserWindow.ts"
import { record } from "./Journal.ts"
import { openWindows } from "./OpenWindows.ts"

type Role = NonNullable<RealItem["role"]>
type Template = MenuItemConstructorOptions | MenuItem

/** What Electron calls a role's item, and its keys, where a program says neither. */
const roles: Partial<Record<Lowercase<Role>, { readonly label: string; readonly accelerator?: string }>> = {
  about: { label: "About" },
  close: { label: "Close Window", accelerator: "CommandOrControl+W" },
  copy: { label: "Copy", accelerator: "CommandOrControl+C" },
  cut: { label: "Cut", accelerator: "CommandOrControl+X" },
  forcereload: { label: "Force Reload", accelerator: "Shift+CmdOrCtrl+R" },
  hide: { label: "Hide", accelerator: "Command+H" },
  minimize: { label: "Minimize", accelerator: "CommandOrControl+M" },
  paste: { label: "Paste", accelerator: "CommandOrControl+V" },
  quit: { label: "Quit", accelerator: "CommandOrControl+Q" },
  redo: { label: "Redo", accelerator: "Control+Y" },
  reload: { label: "Reload", accelerator: "CmdOrCtrl+R" },
  resetzoom: { label: "Actual Size", accelerator: "CommandOrControl+0" },
  selectall: { label: "Select All", accelerator: "CommandOrControl+A" },
  toggledevtools: { label: "Toggle Developer Tools", accelerator: "Ctrl+Shift+I" },
  togglefullscreen: { label: "Toggle Full Screen", accelerator: "F11" },
  undo: { label: "Undo", accelerator: "CommandOrControl+Z" },
  zoomin: { label: "Zoom In", accelerator: "CommandOrControl+Plus" },
  zoomout: { label: "Zoom Out", accelerator: "CommandOrControl+-" }
}

/** Menus that Electron fills by itself. */
const filled: Partial<Record<Lowercase<Role>, ReadonlyArray<MenuItemConstructorOptions>>> = {
  appmenu: [{ role: "about" }, { type: "separator" }, { role: "hide" }, { type: "separator" }, { role: "quit" }],
  editmenu: [
    { role: "undo" },
    { role: "redo" },
    { type: "separator" },
    { role: "cut" },
    { role: "copy" },
    { role: "paste" },
    { role: "selectAll" }
  ],
  filemenu: [{ role: "close" }],
  viewmenu: [{ role: "reload" }, { role: "toggleDevTools" }, { role: "resetZoom" }, { role: "togglefullscreen" }],
  windowmenu: [{ role: "minimize" }, { role: "close" }]
}

/** What a role's item does; the others only have a place in the journal. */
const act = (role: string, window: BrowserWindow | undefined): void => {
  record("menu", `role ${role}`)
  if (role === "quit") app.quit()
  else if (role === "close") window?.close()
  else if (role === "minimize") window?.minimize()
  else if (role === "reload") window?.reload()
  else if (role === "togglefullscreen") window?.setFullScreen(!window.isFullScreen())
  else if (role === "about") app.showAboutPanel()
}

let commands = 0

export class MenuItem {
  readonly commandId = ++commands
  id: string
  label: string
  sublabel: string
  toolTip: string
  type: RealItem["type"]
  accelerator: string | null
  readonly userAccelerator = null
  registerAccelerator: boolean
  icon: MenuItemConstructorOptions["icon"]
  enabled: boolean
  visible: boolean
  checked: boolean
  role?: string
  submenu?: Menu
  menu: Menu | undefined = undefined
  acceleratorWorksWhenHidden: boolean
  readonly before: ReadonlyArray<string>
  readonly after: ReadonlyArray<string>
  readonly click: (event?: unknown, window?: BrowserWindow, contents?: unknown) => void

  constructor(options: MenuItemConstructorOptions) {
    const role = options.role?.toLowerCase() as Lowercase<Role> | undefined
    const known = role === undefined ? undefined : roles[role]
    const submenu = options.submenu ?? (role === undefined ? undefined : (filled[role] as MenuItemConstructorOptions[]))
    if (submenu !== undefined)
      this.submenu = submenu instanceof Menu ? submenu : Menu.buildFromTemplate(submenu as Array<Template>)
    this.type = options.type ?? (this.submenu === undefined ? "normal" : "submenu")
    if (this.type === "submenu" && this.submenu === undefined)
      throw new Error("Invalid submenu: it needs a template or a menu")
    if (role !== undefined) this.role = role
    this.id = options.id ?? ""
    this.label = options.label ?? known?.label ?? (role === undefined ? "" : String(options.role))
    this.sublabel = options.sublabel ?? ""
    this.toolTip = options.toolTip ?? ""
    this.accelerator = options.accelerator ?? known?.accelerator ?? null
    this.registerAccelerator = options.registerAccelerator ?? true
    this.icon = options.icon
    this.enabled = options.enabled ?? true
    this.visible = options.visible ?? true
    this.checked = options.checked ?? false
    this.acceleratorWorksWhenHidden = options.acceleratorWorksWhenHidden ?? true
    this.before = options.before ?? []
    this.after = options.after ?? []
    this.click = (event, window) => {
      if (this.type === "checkbox") this.checked = !this.checked
      if (this.type === "radio") this.menu?.choose(this)
      if (role !== undefined && (known !== undefined || filled[role] !== undefined)) return act(role, window)
      const own = options.click as ((item: unknown, window: unknown, event: unknown) => void) | undefined
      own?.(this, window, event ?? {})
    }
  }
}

export class Menu extends EventEmitter {
  items: Array<MenuItem> = []

  append(item: unknown): void {
    this.insert(this.items.length, item)
  }
  insert(position: number, item: unknown): void {
    if (!(item instanceof MenuItem)) throw new TypeError("Invalid item")
    item.menu = this
    this.items.splice(position, 0, item)
  }
  getMenuItemById(id: string): MenuItem | null {
    for (const item of this.items) {
      if (item.id === id) return item
      const inner = item.submenu?.getMenuItemById(id)
      if (inner) return inner
    }
    return null
  }
  popup(options?: { readonly window?: unknown; readonly callback?: () => void }): void {
    record("menu", "popup", this)
    openedMenus.push(this)
    this.emit("menu-will-show", {})
    options?.callback?.()
  }
  closePopup(): void {
    record("menu", "closePopup")
    this.emit("menu-will-close", {})
  }
  /** Not Electron's. */
  choose(chosen: MenuItem): void {
    for (const item of this.items) if (item.type === "radio") item.checked = item === chosen
  }

  static buildFromTemplate(template: Array<Template>): Menu {
    if (!Array.isArray(template)) throw new TypeError("Invalid template for Menu: Menu template must be an array")
    const menu = new Menu()
    for (const options of template) {
      if (options == null || typeof options !== "object") throw new TypeError("Invalid template for MenuItem")
      const { label, role, type } = options as MenuItemConstructorOptions
      if (!(options instanceof MenuItem) && label === undefined && role === undefined && type !== "separator")
        throw new TypeError("Invalid template for MenuItem: must have at least one of label, role or type")
      menu.append(options instanceof MenuItem ? options : new MenuItem(options as MenuItemConstructorOptions))
    }
    return menu
  }
  static setApplicationMenu(menu: unknown): void {
    if (menu !== null && !(menu instanceof Menu)) throw new TypeError("Invalid menu")
    record("menu", "setApplicationMenu")
    app.applicationMenu = menu as never
  }
  static getApplicationMenu(): Menu | null {
    return app.applicationMenu as unknown as Menu | null
  }
  static sendActionToFirstResponder(action: string): void {
    record("menu", "sendActionToFirstResponder", action)
  }
}

/** Those that were opened as a context menu. */
export const openedMenus: Array<Menu> = []
export const resetMenus = (): void => void (openedMenus.length = 0)

/** A person clicks an item: one that they can't see, or that is gray, is a test's mistake. */
export const clickItem = (item: MenuItem | null | undefined, what: string, window?: BrowserWindow): void => {
  if (item == null) throw new Error(`There is no item ${what} in the menu.`)
  if (!item.visible) throw new Error(`The item ${what} (${item.label}) is not visible.`)
  if (!item.enabled) throw new Error(`The item ${what} (${item.label}) is not enabled.`)
  const focused =
    window ?? BrowserWindow.getFocusedWindow() ?? (openWindows.size === 1 ? [...openWindows][0] : undefined)
  item.click({ triggeredByAccelerator: false }, focused, focused?.contents)
}

/** All items of a menu, those of its submenus too. */
export const everyItem = (menu: Menu | null | undefined): ReadonlyArray<MenuItem> =>
  (menu?.items ?? []).flatMap((item) => [item, ...everyItem(item.submenu)])

/** A person presses keys. Answers whether the menu had something for them. */
export const pressKeys = (menu: Menu | null, accelerator: string, window?: BrowserWindow): boolean => {
  const item = everyItem(menu).find(
    (one) =>
      one.accelerator !== null &&
      one.registerAccelerator &&
      one.enabled &&
      (one.visible || one.acceleratorWorksWhenHidden) &&
      PressedKeys.normal(one.accelerator) === PressedKeys.normal(accelerator)
  )
  const focused = window ?? BrowserWindow.getFocusedWindow() ?? undefined
  item?.click({ triggeredByAccelerator: true }, focused, focused?.contents)
  return item !== undefined
}
