/**
 * What each command does in each state of an execution: the one table that every implementation of `Executions` uses,
 * so that the command line, HTTP, the page and the SDK answer alike.
 *
 * @since 0.1.0
 */
import type { ExecutionStatus } from "./ExecutionStatus.ts"

/**
 * The commands that a person can give to an execution.
 *
 * @since 0.1.0
 */
export type Command = "interrupt" | "pause" | "resume" | "terminate" | "undo"

/**
 * Why a command is refused.
 *
 * @since 0.1.0
 */
export type RefusalCode =
  | "not-paused"
  | "already-running"
  | "interrupting"
  | "terminating"
  | "finished"
  | "completed"
  | "queued"
  | "running"
  | "paused"

/**
 * One cell of the table.
 *
 * - `Go`: the execution goes to `to`.
 * - `Repeat`: accepted, recorded, no second effect.
 * - `Late`: the execution has ended; accepted and recorded as late, nothing changes.
 * - `NoChange`: it is already so.
 * - `Attempt`: a new attempt of the same id begins.
 * - `Refuse`: refused with a code.
 *
 * @since 0.1.0
 */
export type Answer =
  | { readonly _tag: "Go"; readonly to: ExecutionStatus }
  | { readonly _tag: "Repeat" }
  | { readonly _tag: "Late" }
  | { readonly _tag: "NoChange" }
  | { readonly _tag: "Attempt" }
  | { readonly _tag: "Refuse"; readonly code: RefusalCode }

const go = (to: ExecutionStatus): Answer => ({ _tag: "Go", to })
const refuse = (code: RefusalCode): Answer => ({ _tag: "Refuse", code })
const repeat: Answer = { _tag: "Repeat" }
const late: Answer = { _tag: "Late" }
const noChange: Answer = { _tag: "NoChange" }
const attempt: Answer = { _tag: "Attempt" }

/**
 * The table, by state, then by command.
 *
 * @since 0.1.0
 */
export const table: { readonly [S in ExecutionStatus]: { readonly [C in Command]: Answer } } = {
  Pending: {
    interrupt: go("Interrupted"),
    pause: go("Paused"),
    resume: refuse("not-paused"),
    terminate: go("Terminated"),
    undo: refuse("queued")
  },
  Running: {
    interrupt: go("Interrupting"),
    pause: go("Pausing"),
    resume: refuse("already-running"),
    terminate: go("Terminating"),
    undo: refuse("running")
  },
  Pausing: {
    interrupt: go("Interrupting"),
    pause: noChange,
    resume: go("Running"),
    terminate: go("Terminating"),
    undo: refuse("paused")
  },
  Paused: {
    interrupt: go("Interrupting"),
    pause: noChange,
    resume: go("Running"),
    terminate: go("Terminating"),
    undo: refuse("paused")
  },
  Interrupting: {
    interrupt: repeat,
    pause: refuse("interrupting"),
    resume: refuse("interrupting"),
    terminate: go("Terminating"),
    undo: refuse("interrupting")
  },
  Terminating: {
    interrupt: repeat,
    pause: refuse("terminating"),
    resume: refuse("terminating"),
    terminate: repeat,
    undo: refuse("terminating")
  },
  Interrupted: { interrupt: late, pause: refuse("finished"), resume: attempt, terminate: noChange, undo: attempt },
  Failed: { interrupt: late, pause: refuse("finished"), resume: attempt, terminate: noChange, undo: attempt },
  Terminated: { interrupt: late, pause: refuse("finished"), resume: attempt, terminate: noChange, undo: attempt },
  Completed: {
    interrupt: late,
    pause: refuse("finished"),
    resume: refuse("completed"),
    terminate: noChange,
    undo: attempt
  }
}

/**
 * The answer to a command in a state.
 *
 * @since 0.1.0
 */
export const answer = (status: ExecutionStatus, command: Command): Answer => table[status][command]
