/**
 * The stand-in's `dialog`: a question stays open until the test answers it, as a real one does, unless the test has
 * prepared answers, or the program takes it away by its signal. As with GTK, one that belongs to a window stays when that
 * is closed, and is not answered by it.
 */
import type {
  MessageBoxOptions,
  MessageBoxReturnValue,
  OpenDialogOptions,
  OpenDialogReturnValue,
  SaveDialogOptions,
  SaveDialogReturnValue
} from "electron/main"
import { BrowserWindow } from "./BrowserWindow.ts"
import { record } from "./Journal.ts"

/** What a person does with a dialog. */
export type DialogAnswer =
  /** Clicks the button with this label; it may leave out `&`. */
  | { readonly button: string; readonly checked?: boolean }
  /** Chooses these. */
  | { readonly paths: ReadonlyArray<string> }
  /** Closes it. */
  | "close"

interface Common {
  readonly window: BrowserWindow | undefined
  readonly isOpen: () => boolean
  readonly answer: (answer: DialogAnswer) => void
}
export type AskedDialog = Common &
  (
    | { readonly kind: "message"; readonly options: MessageBoxOptions }
    | { readonly kind: "open"; readonly options: OpenDialogOptions }
    | { readonly kind: "save"; readonly options: SaveDialogOptions }
  )

/** All that were shown, in order. */
export const dialogs: Array<AskedDialog> = []
/** Answers to the next ones. */
export const prepared: Array<DialogAnswer> = []
const waiting: Array<(dialog: AskedDialog) => void> = []

/** The first dialog that is open: this one, or the next that comes. */
export const nextDialog = (): Promise<AskedDialog> => {
  const open = dialogs.find((dialog) => dialog.isOpen())
  return open === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(open)
}

const plain = (label: string): string => label.replaceAll("&", "")

const show = <Options, Value>(
  kind: AskedDialog["kind"],
  args: ReadonlyArray<unknown>,
  valueOf: (options: Options, answer: DialogAnswer) => Value
): Promise<Value> =>
  new Promise((resolve) => {
    const [first, second] = args
    const window = first instanceof BrowserWindow ? first : undefined
    const options = (window === undefined && second === undefined ? first : second) as Options
    record("dialog", kind, options)
    let open = true
    const answer = (given: DialogAnswer): void => {
      if (!open) throw new Error("This dialog was answered already.")
      const value = valueOf(options, given)
      open = false
      resolve(value)
    }
    const { signal } = options as { readonly signal?: AbortSignal }
    signal?.addEventListener("abort", () => open && answer("close"))
    const asked = { kind, window, options, isOpen: () => open, answer } as unknown as AskedDialog
    dialogs.push(asked)
    const ready = prepared.shift()
    if (ready !== undefined) return answer(ready)
    if (signal?.aborted === true) return answer("close")
    waiting.shift()?.(asked)
  })

const messageValue = (options: MessageBoxOptions, answer: DialogAnswer): MessageBoxReturnValue => {
  const { buttons = ["OK"], checkboxChecked = false } = options
  if (answer === "close") {
    // As Electron finds it, where a program does not say.
    const no = buttons.findIndex((label) => ["cancel", "no"].includes(plain(label).toLowerCase()))
    return { response: options.cancelId ?? (no === -1 ? 0 : no), checkboxChecked }
  }
  if (!("button" in answer)) throw new Error("A message box has buttons, and no paths.")
  const response = buttons.findIndex((label) => plain(label) === plain(answer.button))
  if (response === -1) throw new Error(`There is no button “${answer.button}”: there are ${buttons.join(", ")}.`)
  return { response, checkboxChecked: answer.checked ?? checkboxChecked }
}

const chosen = (answer: DialogAnswer): ReadonlyArray<string> => {
  if (answer === "close") return []
  if ("paths" in answer) return answer.paths
  throw new Error("Files are chosen by their paths.")
}

/** Where a person would see an error that has no window: a program of its own writes it. */
export const shownErrors: { show: (title: string, content: string) => void } = { show: () => undefined }

export const dialog = {
  showMessageBox: (...args: ReadonlyArray<unknown>): Promise<MessageBoxReturnValue> =>
    show("message", args, messageValue),
  showOpenDialog: (...args: ReadonlyArray<unknown>): Promise<OpenDialogReturnValue> =>
    show("open", args, (_options: OpenDialogOptions, answer) => {
      const filePaths = [...chosen(answer)]
      return { canceled: filePaths.length === 0, filePaths }
    }),
  showSaveDialog: (...args: ReadonlyArray<unknown>): Promise<SaveDialogReturnValue> =>
    show("save", args, (_options: SaveDialogOptions, answer) => {
      const [filePath = ""] = chosen(answer)
      return { canceled: filePath === "", filePath }
    }),
  showErrorBox: (title: string, content: string): void => {
    record("dialog", "showErrorBox", title, content)
    shownErrors.show(title, content)
  },
  // They would hold the event loop, and with it every window: the desktop must not use them.
  showMessageBoxSync: (): never => refuse("showMessageBoxSync"),
  showOpenDialogSync: (): never => refuse("showOpenDialogSync"),
  showSaveDialogSync: (): never => refuse("showSaveDialogSync")
}

const refuse = (name: string): never => {
  throw new Error(`dialog.${name} holds the event loop: use the one without Sync.`)
}

export const resetDialogs = (): void => {
  dialogs.length = 0
  prepared.length = 0
  waiting.length = 0
}
