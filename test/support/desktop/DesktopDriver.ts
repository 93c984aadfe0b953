/**
 * The desktop as a person has it, with one interface for the program over the stand-in, whose windows a real Chromium
 * shows, and for the program in real Electron: the scenarios know only this.
 */
import type { Effect } from "effect"
import type { Page } from "playwright-core"
import type { MenuEntry } from "../electron/ProgramControl.ts"
import type { Marked } from "../Marked.ts"
import type { End } from "../Program.ts"

export type { MenuEntry }

export interface Options {
  /** The arguments of a person: a directory, a flow file, a link. */
  readonly args: ReadonlyArray<string>
  /** @default the directory of the project that is opened, or a scratch one */
  readonly cwd: string
  /** Where the program keeps what is its own: settings, logs. The same one is the same person's. */
  readonly home: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Whether the system shows tray icons. @default true */
  readonly tray?: boolean
  /** Messages of a page's console that belong to what is tested. */
  readonly allow?: RegExp
}

/** A dialog of the system that waits for its answer. */
export interface Dialog {
  readonly title: string
  readonly message: string
  readonly detail: string
  readonly buttons: ReadonlyArray<string>
  /** The one that has the focus, and the one that closing the dialog is. */
  readonly defaultButton: string | undefined
  readonly closeButton: string | undefined
  readonly checkbox: string | undefined
}

export interface Desktop {
  readonly pid: number
  /** What the program has written. */
  readonly output: () => string
  /** Every process that it has started, and those that these have. */
  readonly marked: Marked

  // ── windows ────────────────────────────────────────────────────────────────
  /** The page of the window that is the n-th of those open now, from 0; waits until it is there and loaded. */
  readonly page: (n?: number) => Promise<Page>
  /** Waits until so many windows are open. */
  readonly hasWindows: (count: number) => Promise<void>
  readonly titles: () => Promise<ReadonlyArray<string>>
  /** A person closes it by its cross. */
  readonly closeWindow: (n?: number) => Promise<void>
  /** The bar on its button of the taskbar: 0 to 1, 2 where it is not known how much, −1 where there is none. */
  readonly progress: (n?: number) => Promise<number>

  // ── what a person clicks and presses ───────────────────────────────────────
  readonly menu: () => Promise<ReadonlyArray<MenuEntry>>
  readonly clickMenu: (id: string) => Promise<void>
  /** Presses keys in a page: those that it leaves alone are the menu's. */
  readonly press: (page: Page, keys: string) => Promise<void>
  readonly trayMenu: () => Promise<ReadonlyArray<MenuEntry>>
  readonly clickTray: (id: string) => Promise<void>
  /** Drops a file on the page. */
  readonly drop: (page: Page, path: string) => Promise<void>

  /** Does something that saves a file, and answers its text. */
  readonly saved: (page: Page, act: () => Promise<void>) => Promise<string>

  // ── what it asks and tells ─────────────────────────────────────────────────
  /** The dialog that is open: this one, or the next that comes. */
  readonly dialog: () => Promise<Dialog>
  readonly dialogs: () => Promise<ReadonlyArray<Dialog>>
  /** Clicks a button of the open dialog. */
  readonly answer: (button: string, options?: { readonly checked?: boolean }) => Promise<void>
  /** Chooses in the next dialog for files; none: closes it. */
  readonly willChoose: (...paths: ReadonlyArray<string>) => Promise<void>
  readonly notifications: () => Promise<ReadonlyArray<{ readonly title: string; readonly body: string }>>
  readonly clipboard: () => Promise<string>

  // ── its processes ──────────────────────────────────────────────────────────
  /** The engines' processes, oldest first. */
  readonly hostPids: () => Promise<ReadonlyArray<number>>
  /** Starts the program a second time, as the system does for a link or a file; it ends by itself. */
  readonly again: (args: ReadonlyArray<string>, cwd?: string) => Effect.Effect<End>
  /** Quits, as by the menu. Comes back before the program has ended: it may ask. */
  readonly quit: () => Promise<void>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Waits for its end; the bound is a ceiling. @default 60,000 */
  readonly end: (millis?: number) => Effect.Effect<End>
  readonly hasEnded: () => boolean
}
