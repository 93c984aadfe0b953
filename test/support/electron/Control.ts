/**
 * What a test does with the stand-in of Electron: what a person, the system or a page would do, and a look at what the
 * program has done to it. `reset` makes it the one of a program that was not started yet.
 */
import { app, Dock } from "./App.ts"
import { BrowserWindow, resetWindows, windows } from "./BrowserWindow.ts"
import { type AskedDialog, type DialogAnswer, dialogs, nextDialog, prepared, resetDialogs } from "./Dialog.ts"
import { channels, invoke, resetIpc, tell } from "./IpcMain.ts"
import { type Call, journal } from "./Journal.ts"
import { clickItem, everyItem, Menu, type MenuItem, openedMenus, pressKeys, resetMenus } from "./Menu.ts"
import { openPorts, resetPorts } from "./MessagePorts.ts"
import { openWindows } from "./OpenWindows.ts"
import { resetSessions, schemes, type Session, sessions } from "./Session.ts"
import { StandInEvent } from "./StandInEvent.ts"
import { clipboard, nativeTheme, powerBlocks, powerMonitor, resetSystem, screen } from "./System.ts"
import { type Notification, notifications, notifying, resetTrays, type Tray, trays } from "./Tray.ts"
import { resetUtilityProcesses, type UtilityProcess, utilityProcesses } from "./UtilityProcess.ts"
import { type Frame, renderers, resetContents, type WebContents } from "./WebContents.ts"

export const electronControl = {
  /** Everything as it was before the program started: no windows, no listeners, no processes, not ready. */
  reset: (): void => {
    for (const window of openWindows) window.removeAllListeners()
    app.reset()
    resetUtilityProcesses()
    resetPorts()
    resetIpc()
    resetWindows()
    resetContents()
    resetSessions()
    resetMenus()
    resetDialogs()
    resetTrays()
    resetSystem()
    journal.length = 0
  },

  // ── the program ────────────────────────────────────────────────────────────
  app,
  /** The system says that the program may begin: windows, trays and sessions can't be had before. */
  ready: (): void => app.becomeReady(),
  /** Settles with the exit code, when the program is over. */
  exited: (): Promise<number> => app.exited(),
  /** Calls in order; of one surface, or all. */
  calls: (on?: string, name?: string): ReadonlyArray<Call> =>
    journal.filter((call) => (on === undefined || call.on === on) && (name === undefined || call.name === name)),
  /** Gives the program the dock of macOS. */
  withDock: (): Dock => (app.dock = new Dock()),
  secondInstance: (argv: ReadonlyArray<string>, cwd = "/", data: unknown = null): void =>
    void app.emit("second-instance", new StandInEvent(), [...argv], cwd, data),
  openFile: (path: string): void => void app.emit("open-file", new StandInEvent(), path),
  openUrl: (url: string): void => void app.emit("open-url", new StandInEvent(), url),
  activate: (): void => void app.emit("activate", new StandInEvent(), openWindows.size > 0),
  /** The system shuts down. Answers whether the program asked it to wait. */
  shutDown: (): boolean => powerMonitor.shutDown(),

  // ── windows ────────────────────────────────────────────────────────────────
  /** All that were ever opened, in order. */
  windows: windows as ReadonlyArray<BrowserWindow>,
  openWindows: (): ReadonlyArray<BrowserWindow> => [...openWindows],
  focused: (): BrowserWindow | null => BrowserWindow.getFocusedWindow(),
  renderers,

  // ── pages ──────────────────────────────────────────────────────────────────
  /** A page asks the main process; `frame`, where another frame than the page's does. */
  invoke: (from: BrowserWindow | WebContents, channel: string, args: ReadonlyArray<unknown>, frame?: Frame | null) =>
    invoke(from instanceof BrowserWindow ? from.contents : from, channel, args, frame),
  tell: (from: BrowserWindow | WebContents, channel: string, args: ReadonlyArray<unknown>, frame?: Frame | null) =>
    tell(from instanceof BrowserWindow ? from.contents : from, channel, args, frame),
  /** What a page may ask for. */
  channels,
  /** A page of this window requests something. */
  request: (from: BrowserWindow, url: string, init?: RequestInit & { readonly duplex?: "half" }): Promise<Response> =>
    from.contents.session.protocol.answer(new Request(url, init)),
  sessions: (): ReadonlyArray<Session> => sessions(),
  schemes,

  // ── menus ──────────────────────────────────────────────────────────────────
  menu: (): Menu | null => Menu.getApplicationMenu(),
  menuItem: (id: string): MenuItem | null => Menu.getApplicationMenu()?.getMenuItemById(id) ?? null,
  /** All items, those of submenus too. */
  everyItem,
  /** A person clicks an item of the menu bar; one that is gray or hidden is a mistake of the test. */
  clickMenu: (id: string, window?: BrowserWindow): void =>
    clickItem(Menu.getApplicationMenu()?.getMenuItemById(id), `\`${id}\``, window),
  clickItem: (item: MenuItem | null | undefined, window?: BrowserWindow): void =>
    clickItem(item, item?.label ?? "", window),
  /** A person presses keys. Answers whether the menu has an item for them that can be clicked. */
  press: (accelerator: string, window?: BrowserWindow): boolean =>
    pressKeys(Menu.getApplicationMenu(), accelerator, window),
  openedMenus: openedMenus as ReadonlyArray<Menu>,

  // ── tray, notifications ────────────────────────────────────────────────────
  trays: trays as ReadonlyArray<Tray>,
  /** Those that are there now. */
  liveTrays: (): ReadonlyArray<Tray> => trays.filter((tray) => !tray.isDestroyed()),
  notifications: notifications as ReadonlyArray<Notification>,
  notifying,

  // ── dialogs ────────────────────────────────────────────────────────────────
  dialogs: dialogs as ReadonlyArray<AskedDialog>,
  openDialogs: (): ReadonlyArray<AskedDialog> => dialogs.filter((dialog) => dialog.isOpen()),
  /** The first dialog that is open: this one, or the next that comes. */
  nextDialog,
  /** Answers the next dialogs as they come. */
  willAnswer: (...answers: ReadonlyArray<DialogAnswer>): void => void prepared.push(...answers),

  // ── the system ─────────────────────────────────────────────────────────────
  theme: nativeTheme,
  screen,
  power: powerMonitor,
  powerBlocks: powerBlocks as ReadonlyMap<number, string>,
  clipboard,
  utilityProcesses: utilityProcesses as ReadonlyArray<UtilityProcess>,
  /** Ports of the main process that nobody closed. */
  openPorts
}
