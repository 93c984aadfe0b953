/**
 * How far an execution is, as a part of the whole. A number is never invented: one step that says nothing of itself has
 * none.
 */
import { type ExecutionState, ExecutionStatus, FlowDescription, Words } from "@halte/engine/model"

type State = ExecutionState.ExecutionState

/** From 0 to 1; `undefined` where nothing is known. */
export const part = ({ steps }: State): number | undefined => {
  if (steps.size === 0) return undefined
  let done = 0
  let isKnown = steps.size > 1
  for (const step of steps.values()) {
    const within = partOf(step)
    if (within !== undefined) isKnown = true
    done += within ?? 0
  }
  return isKnown ? Math.min(1, done / steps.size) : undefined
}

/** Of one step; `undefined` where it is under way and says nothing. */
const partOf = ({ done, status, total }: ExecutionState.StepState): number | undefined => {
  if (status === "Completed" || status === "Skipped") return 1
  if (done !== undefined && total !== undefined && total > 0) return Math.max(0, Math.min(1, done / total))
  return undefined
}

/** `3 of 8 steps`; of one step that counts something `41 %`; otherwise nothing. */
export const text = (state: State): string => {
  if (state.steps.size > 1) return Words.stepCount(state)
  const within = part(state)
  return within === undefined ? "" : Words.percent(Math.floor(within * 1000), 1000)
}

/** The steps that are under way, in the order of the definition. */
export const underWay = (state: State): ReadonlyArray<string> =>
  [...state.steps.values()].filter(({ status }) => ExecutionStatus.isActive(status)).map(({ id }) => id)

/** Whether a machine has something to do for it: not while it is paused, waits for its turn, or only for a person. */
export const isWorking = (state: State): boolean => {
  switch (state.status) {
    case "Running":
      return !onlyGates(state)
    case "Pausing":
    case "Interrupting":
    case "Terminating":
      return true
    default:
      return false
  }
}

const onlyGates = (state: State): boolean => {
  const active = underWay(state)
  if (active.length === 0) return false
  const gates = new Set(
    FlowDescription.leaves(state.definition).flatMap(({ id, kind }) => (kind === "gate" ? [id] : []))
  )
  return active.every((id) => gates.has(id))
}
