/**
 * What the desktop's main process and the engine in its utility process tell each other, beside requests, which have a
 * port of their own. Everything is plain data.
 */
import type { Recovered } from "@halte/web/DesktopBridge"

/** What the engine is started with. */
export interface OpenProject {
  /** The directory that a person opened: where the project is looked for, as a terminal there would. */
  readonly directory: string
  /** Flow files outside of the project that were opened one by one. */
  readonly files: ReadonlyArray<string>
  /** `null`: as many as there are. */
  readonly maxExecutions: number | null
  /** Who asks, where a request names nobody. */
  readonly user: string
  /** The program, and its first arguments, that sweeps up after an engine that was killed. */
  readonly sweeper: ReadonlyArray<string>
}

/** From the main process. */
export type ToHost =
  /** The first message; its only port carries requests. */
  | { readonly _tag: "Open"; readonly project: OpenProject }
  /** A further flow file. It is answered by `File` or `FileRefused`, once the project is open. */
  | { readonly _tag: "AddFile"; readonly file: string }
  /**
   * Takes no more work, asks what runs to stop, and ends when all has stopped and is recorded. `by` a person, through the
   * door `Desktop`; without, it is a shutdown. Said again, it changes nothing.
   */
  | { readonly _tag: "Stop"; readonly by?: string | undefined; readonly via?: string | undefined }
  /** Ends by force what still runs. Without a `Stop` before it, it is one, too. */
  | { readonly _tag: "Terminate"; readonly by?: string | undefined; readonly via?: string | undefined }

/** An execution that an engine runs, and what a person calls it: that is to be known when the engine can't be asked. */
export interface LiveExecution {
  readonly id: string
  readonly name: string
}

/** From the engine. */
export type FromHost =
  /** The project is open, and requests are answered. */
  | {
      readonly _tag: "Opened"
      /** The project's directory. */
      readonly directory: string
      readonly recovered: ReadonlyArray<Recovered>
    }
  /** It can't be opened; the process ends by itself. */
  | { readonly _tag: "Failed"; readonly code: string; readonly message: string }
  /** What a person should know, each once. */
  | { readonly _tag: "Notice"; readonly text: string }
  /** What the engine says of itself, for the log: an error, a diagnostic. Never what a step has written. */
  | { readonly _tag: "Log"; readonly text: string }
  /** The executions that this engine runs now, after each change: started, resumed, ended. */
  | { readonly _tag: "Live"; readonly executions: ReadonlyArray<LiveExecution> }
  /** A file that was added, and the flow that it defines. */
  | { readonly _tag: "File"; readonly file: string; readonly flow: string }
  /** What is wrong with it, for people. It is looked at again all the same when flows are. */
  | { readonly _tag: "FileRefused"; readonly file: string; readonly text: string }
  /** All has stopped and is recorded; the process ends by itself. */
  | { readonly _tag: "Stopped" }
