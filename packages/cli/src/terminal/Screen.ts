/**
 * What a front end of the terminal shows of one execution. A screen is told what happened and draws it in its own way; it
 * gives commands through its controls and knows nothing else.
 */
import type { ExecutionEvent, ExecutionState, LogLine } from "@halte/engine/model"
import type { News } from "../server/ServerConnection.ts"

/** What a person can do from a screen. */
export interface Controls {
  /** A Ctrl-C that came as a key. */
  readonly press: () => void
  readonly interrupt: () => void
  readonly terminate: () => void
  readonly pause: () => void
  readonly goOn: () => void
  readonly answer: (step: string, value: unknown, request?: { readonly reject: boolean }) => void
}

export interface Screen {
  /** Whether the lines that steps write are wanted. */
  readonly logs: boolean
  /** Whether a person can answer gates here. */
  readonly answers: boolean
  readonly begin: (controls: Controls) => void
  /** One event, and the state after it and those that came with it. `past`: it belongs to an attempt before the one shown. */
  readonly event: (event: ExecutionEvent.ExecutionEvent, state: ExecutionState.ExecutionState, past: boolean) => void
  /** After the events of one turn: the moment to draw. */
  readonly turn: () => void
  readonly log: (line: LogLine.LogLine) => void
  /** Somebody asked to stop, for the `count`th time: before anything is done about it. */
  readonly requested: (count: number) => void
  /** A command could not be carried out. */
  readonly refused: (command: string, message: string) => void
  /** Text that stays, for standard error. `more`: it goes on. */
  readonly say: (lines: ReadonlyArray<string>, more?: boolean) => void
  /** The connection to the server of the execution was lost, or is back. */
  readonly connection?: ((news: News) => void) | undefined
  /** The execution has ended and every line has been seen. */
  readonly end: (state: ExecutionState.ExecutionState) => void
  /** Gives the terminal back at once. */
  readonly restore: () => void
}
