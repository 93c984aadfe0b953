/**
 * What the page and the desktop around it say to each other, beside the API: what only a desktop has (its dialogs, its
 * files, its clipboard), what it knows of its engine, and how it ends. In a browser there is none of it.
 *
 * The preload script of the desktop puts a `DesktopBridge` where the page finds it; the desktop's main process answers.
 * Whatever comes from the page is decoded there by the schemas of `calls`.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * What a person has decided, kept by the desktop for all of its windows.
 *
 * @since 0.1.0
 */
export const DesktopSettings = Schema.Struct({
  theme: Schema.Literals(["system", "light", "dark"]),
  /** Ask before an interrupt. */
  confirm: Schema.Boolean,
  /** Single keys do something while a list or the graph has the focus. */
  shortcuts: Schema.Boolean,
  /** Who asks, in the record; empty: the user of the system. */
  name: Schema.String.check(
    Schema.isMaxLength(60),
    // It is shown in terminals, too: no control characters, and none that end lines or turn the direction around.
    Schema.isPattern(/^[^\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]*$/u)
  ),
  /** Tell of executions that end while no window of Halte has the focus. */
  notify: Schema.Boolean,
  /** How many executions of a project run at a time; the others wait. `null`: as many as there are. */
  maxExecutions: Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1), Schema.isLessThanOrEqualTo(1000)))
})
export type DesktopSettings = typeof DesktopSettings.Type

/**
 * As long as nobody has decided anything.
 *
 * @since 0.1.0
 */
export const defaults: DesktopSettings = {
  theme: "system",
  confirm: true,
  shortcuts: true,
  name: "",
  notify: true,
  maxExecutions: null
}

/**
 * A question that the system's own dialog asks. Answering no, and closing the dialog, change nothing.
 *
 * @since 0.1.0
 */
export const Question = Schema.Struct({
  /** The title of the dialog. */
  title: Schema.String.check(Schema.isMaxLength(200)),
  message: Schema.String.check(Schema.isMaxLength(1000)),
  /** Further lines below it. */
  detail: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(4000))),
  /** The button that does it. */
  yes: Schema.String.check(Schema.isMaxLength(60)),
  /** The button that leaves everything as it is; it has the focus. */
  no: Schema.String.check(Schema.isMaxLength(60)),
  /** The text of a box to tick. */
  checkbox: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(100)))
})
export type Question = typeof Question.Type

/**
 * @since 0.1.0
 */
export interface Answer {
  readonly yes: boolean
  readonly checked: boolean
}

/**
 * What a window shows: its menu acts on that.
 *
 * @since 0.1.0
 */
export const Viewing = Schema.Struct({
  /** The execution on screen: that of its own view, or the command of the Command view. */
  execution: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(64))),
  /** What a person calls it. */
  name: Schema.optionalKey(Schema.String.check(Schema.isMaxLength(200))),
  /** Whether it is the Command view, with its own question and its own words. */
  command: Schema.Boolean
})
export type Viewing = typeof Viewing.Type

/**
 * An execution that was found without an engine: it is Interrupted now, and can be resumed.
 *
 * @since 0.1.0
 */
export interface Recovered {
  readonly execution: string
  readonly flow: string
  /** How many programs that it had left running were ended. */
  readonly ended: number
  /** Pids that could not be ended. */
  readonly left: ReadonlyArray<number>
}

/**
 * How the engine of a window is.
 *
 * @since 0.1.0
 */
export type EngineState =
  /** The window has no project yet. */
  | { readonly _tag: "None" }
  | { readonly _tag: "Starting" }
  | { readonly _tag: "Running"; readonly recovered: ReadonlyArray<Recovered> }
  /** It could not be started: the project can't be used. */
  | { readonly _tag: "Failed"; readonly code: string; readonly message: string }
  /**
   * It ended without having been asked to. `how` follows “it”: `was killed by SIGKILL`. `running`: by name what it ran,
   * and what one before it had run and it had not taken up yet.
   */
  | { readonly _tag: "Ended"; readonly how: string; readonly running: ReadonlyArray<string> }

/**
 * One execution that the desktop waits for before it ends.
 *
 * @since 0.1.0
 */
export interface WaitedFor {
  readonly execution: string
  readonly flow: string
  readonly status: string
  /** The steps under way. */
  readonly steps: ReadonlyArray<string>
  /** How soon it stops, as in `within 5.5 s` or ``no bound: `index` ``. */
  readonly promise: string
}

/**
 * What a window is told, and told again whenever it changes.
 *
 * @since 0.1.0
 */
export interface DesktopState {
  readonly engine: EngineState
  readonly settings: DesktopSettings
  /** The project's directory, where there is one. */
  readonly project?: string | undefined
  /** Projects that were open before, newest first. */
  readonly recent: ReadonlyArray<string>
  /** The name of the user of the system. */
  readonly user: string
  /** Set from the moment that a person has said yes to interrupting and ending. */
  readonly quitting?:
    | {
        readonly phase: "Interrupting" | "Terminating"
        readonly executions: ReadonlyArray<WaitedFor>
        /** What ends when they have stopped; without it, all of Halte. */
        readonly closes?: "Halte" | "Window" | undefined
      }
    | undefined
  /** What a person should know, oldest first: flow files that are wrong, a file that could not be opened. */
  readonly notices: ReadonlyArray<Notice>
}

/**
 * @since 0.1.0
 */
export interface Notice {
  /** Names it for `dismiss`. */
  readonly id: number
  readonly text: string
}

/**
 * Where a window is to go: an address of the page, as in `/executions/01J…`.
 *
 * @since 0.1.0
 */
export type Address = string

/**
 * What a page may ask of the desktop, by name, and what it has to say with it. There is nothing else that it can ask.
 *
 * @since 0.1.0
 */
export const calls = {
  /** The state as it is now. */
  state: Schema.Null,
  changeSettings: Schema.Struct({
    theme: Schema.optionalKey(DesktopSettings.fields.theme),
    confirm: Schema.optionalKey(DesktopSettings.fields.confirm),
    shortcuts: Schema.optionalKey(DesktopSettings.fields.shortcuts),
    name: Schema.optionalKey(DesktopSettings.fields.name),
    notify: Schema.optionalKey(DesktopSettings.fields.notify),
    maxExecutions: Schema.optionalKey(DesktopSettings.fields.maxExecutions)
  }),
  ask: Question,
  viewing: Viewing,
  /** Puts a text on the clipboard. */
  copy: Schema.String.check(Schema.isMaxLength(1_000_000)),
  /** Lets a person choose a flow file, and opens it. */
  chooseFile: Schema.Null,
  /** Lets a person choose a directory, and opens the project there. */
  chooseProject: Schema.Null,
  /** Opens a flow file or a directory by its path: one that was dropped, or a recent one. */
  open: Schema.String.check(Schema.isMaxLength(4096)),
  /** Starts the engine again after it ended; `resume`: and goes on with what ran then. */
  restartEngine: Schema.Struct({ resume: Schema.Boolean }),
  /** While the desktop ends: ends by force what it waits for. */
  terminateAll: Schema.Null,
  dismiss: Schema.Int
} as const

/**
 * The name of a call.
 *
 * @since 0.1.0
 */
export type CallName = keyof typeof calls

/**
 * What a call is answered.
 *
 * @since 0.1.0
 */
export interface Answers {
  readonly state: DesktopState
  readonly changeSettings: null
  readonly ask: Answer
  readonly viewing: null
  readonly copy: null
  /** Whether something was opened. */
  readonly chooseFile: boolean
  readonly chooseProject: boolean
  readonly open: boolean
  readonly restartEngine: null
  readonly terminateAll: null
  readonly dismiss: null
}

/**
 * What the preload script gives the page, as `window.halteDesktop`.
 *
 * @since 0.1.0
 */
export interface DesktopBridge {
  /** The platform's name, as Node has it: `linux`, `darwin`, `win32`. */
  readonly platform: string
  /** Rejects with a message for people, when the desktop refuses. */
  readonly call: <N extends CallName>(name: N, argument: (typeof calls)[N]["Type"]) => Promise<Answers[N]>
  /** The path of a file that was dropped on the page; empty, where it has none. */
  readonly pathOf: (file: File) => string
  /** Calls back with each new state. Answers what ends that. */
  readonly onState: (listener: (state: DesktopState) => void) => () => void
  /** Calls back when the page is to show another view. */
  readonly onGo: (listener: (address: Address) => void) => () => void
  /** Calls back when a menu asks for something that the page itself does. */
  readonly onMenu: (listener: (item: PageItem) => void) => () => void
}

/**
 * Items of the menu that the page itself acts on.
 *
 * @since 0.1.0
 */
export type PageItem = "settings" | "help" | "save-config" | "load-config"

export { channels, globalName } from "./DesktopChannels.ts"
