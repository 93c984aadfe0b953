/**
 * What is said before an execution is ended by force, in whatever dialog.
 */
import { DurationText, type ExecutionState, ExecutionStatus } from "@halte/engine/model"

type State = ExecutionState.ExecutionState

export const title = (name: string): string => `Terminate ${name} now?`

export const text = "Running steps are ended without waiting for a stopping point."

/** The steps that are under way. */
export const underWay = (state: State): ReadonlyArray<string> =>
  [...state.steps.values()].filter(({ status }) => ExecutionStatus.isActive(status)).map(({ id }) => id)

const alive = (state: State): number =>
  state.processes.filter((process) => process.exited === undefined && process.attempt === state.attempt).length

/** `SIGKILL to 2 processes`; `at once`. */
export const how = (state: State): string => {
  const processes = alive(state)
  return processes === 0 ? "at once" : `SIGKILL to ${DurationText.plural(processes, "process", "processes")}`
}

const mostNamed = 8

/** `upload/part-2, index`; `undefined`, when no step is under way. */
export const halfDone = (state: State): string | undefined => {
  const half = underWay(state)
  if (half.length === 0) return undefined
  const more = half.length - mostNamed
  return `${half.slice(0, mostNamed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`
}
