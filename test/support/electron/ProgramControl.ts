/** What a test and a program over the stand-in, in a process of its own, say to each other. */
import type { MessageBoxOptions, OpenDialogOptions, SaveDialogOptions, WebPreferences } from "electron/main"
import type { AskedDialog, DialogAnswer } from "./Dialog.ts"

/** An item of a menu. */
export interface MenuEntry {
  readonly id: string
  readonly label: string
  readonly enabled: boolean
  readonly visible: boolean
  readonly checked: boolean
  readonly type: string
  readonly role?: string
  readonly accelerator?: string
}

/** A window that is open. `contents` names it. */
export interface Shown {
  readonly contents: number
  readonly title: string
  readonly visible: boolean
  readonly focused: boolean
  readonly progress: number
  readonly preferences: WebPreferences
}

/** A dialog that waits for its answer. */
export interface OpenDialog {
  readonly kind: AskedDialog["kind"]
  readonly contents: number | undefined
  readonly options: Partial<MessageBoxOptions & OpenDialogOptions & SaveDialogOptions>
}

/** What can be asked of the program. */
export interface Program {
  readonly windows: () => ReadonlyArray<Shown>
  /** A page is there now. */
  readonly loaded: (contents: number) => void
  readonly invoke: (contents: number, channel: string, args: ReadonlyArray<unknown>) => Promise<unknown>
  readonly tell: (contents: number, channel: string, args: ReadonlyArray<unknown>) => void
  readonly showAddress: (contents: number, url: string) => void
  /** The document has a new title. */
  readonly titled: (contents: number, text: string) => void
  readonly navigate: (contents: number, url: string) => boolean
  readonly closeWindow: (contents: number) => void
  readonly focusWindow: (contents: number) => void
  readonly blurWindow: (contents: number) => void
  readonly menu: () => ReadonlyArray<MenuEntry>
  readonly clickMenu: (id: string, contents?: number) => void
  readonly press: (accelerator: string, contents: number) => boolean
  readonly trayMenu: () => ReadonlyArray<MenuEntry>
  readonly trayToolTip: () => string | null
  readonly clickTray: (id: string) => void
  readonly dialogs: () => ReadonlyArray<OpenDialog>
  readonly answerDialog: (answer: DialogAnswer) => void
  readonly willAnswer: (answer: DialogAnswer) => void
  readonly notifications: () => ReadonlyArray<{
    readonly title: string
    readonly body: string
    readonly shown: boolean
  }>
  readonly clickNotification: (title: string) => void
  readonly hostPids: () => ReadonlyArray<number>
  readonly openUrl: (url: string) => void
  readonly openFile: (path: string) => void
  readonly clipboard: () => Promise<string>
  readonly calls: (
    on?: string,
    name?: string
  ) => ReadonlyArray<{ readonly name: string; readonly args: ReadonlyArray<unknown> }>
  readonly quit: () => void
}

export interface ToProgram {
  readonly id: number
  readonly name: keyof Program
  readonly args: ReadonlyArray<unknown>
}

export type FromProgram =
  | { readonly _tag: "Answer"; readonly id: number; readonly value: unknown }
  | { readonly _tag: "Failed"; readonly id: number; readonly message: string }
  /** A page is to be shown; the program waits for `loaded`. */
  | {
      readonly _tag: "Load"
      readonly contents: number
      readonly url: string
      readonly port: number
      readonly preload: string | null
    }
  /** A page is told something. */
  | {
      readonly _tag: "Receive"
      readonly contents: number
      readonly channel: string
      readonly args: ReadonlyArray<unknown>
    }
  | { readonly _tag: "Closed"; readonly contents: number }
