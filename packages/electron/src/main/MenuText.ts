/**
 * What menus, tray and taskbar say about executions.
 */
import { ControlSequences, type ExecutionState, Words } from "@halte/engine/model"
import * as ExecutionName from "./ExecutionName.ts"
import * as ExecutionProgress from "./ExecutionProgress.ts"

type State = ExecutionState.ExecutionState

/** `release 2.4.0 · 3 of 8 steps · Running`. */
export const execution = (state: State): string =>
  [ExecutionName.of(state), ExecutionProgress.text(state), Words.state(state.status)]
    .filter((part) => part !== "")
    .join(" · ")

/** `Halte: 2 running`. */
export const tooltip = (count: number): string =>
  count === 0 ? "Halte: nothing is running" : `Halte: ${count} running`

/** `2 executions are running`: for somebody who can't see the sign on the taskbar. */
export const running = (count: number): string =>
  count === 1 ? "1 execution is running" : `${count} executions are running`

/** A text of somebody else as a label: `&` would mark the key of the letter after it, and nothing in it controls. */
export const label = (text: string): string => ControlSequences.strip(text).replaceAll("&", "&&")

/** The last part of a directory's path, which is what a person calls the project. */
export const project = (directory: string): string =>
  ExecutionName.short(
    directory
      .replace(/[\\/]+$/, "")
      .split(/[\\/]/)
      .at(-1) || directory
  )
