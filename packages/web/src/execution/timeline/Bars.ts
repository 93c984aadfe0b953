/**
 * The bars of a step: one for each of its tries in this attempt, and a dotted one for the time that it may still take.
 * The bracket of a group spans those of its steps.
 */
import { ExecutionStatus, type ExecutionHistory, type ExecutionState } from "@halte/engine/model"

export interface Bar {
  /** Milliseconds since the attempt began; `to` is absent while it goes on. */
  readonly from: number
  readonly to: number | undefined
  readonly status: ExecutionStatus.StepStatus
}

const ends: Readonly<Record<string, ExecutionStatus.StepStatus>> = {
  completed: "Completed",
  failed: "Failed",
  interrupted: "Interrupted",
  terminated: "Terminated"
}

/** The tries of a step in one attempt; of a step whose tries were not read, its state tells one. */
export const bars = (
  step: ExecutionState.StepState,
  tries: ReadonlyArray<ExecutionHistory.Try> | undefined,
  attempt: { readonly number: number; readonly startedAt: number }
): ReadonlyArray<Bar> => {
  const since = (at: number) => Math.max(0, at - attempt.startedAt)
  const own = (tries ?? []).filter((one) => one.attempt === attempt.number)
  if (own.length > 0)
    return own.map((one) => ({
      from: since(one.startedAt),
      to: one.endedAt === undefined ? undefined : since(one.endedAt),
      status: one.end === undefined ? step.status : (ends[one.end] ?? step.status)
    }))
  if (step.startedAt === undefined || step.attempt !== attempt.number || step.status === "Waiting") return []
  const to = ExecutionStatus.isActive(step.status) ? undefined : (step.endedAt ?? step.startedAt)
  return [{ from: since(step.startedAt), to: to === undefined ? undefined : since(to), status: step.status }]
}

/** From the first begin to the last end in a group; `to` is absent while one goes on. */
export const bracket = (all: Iterable<Bar>, status: ExecutionStatus.StepStatus): Bar | undefined => {
  let from: number | undefined
  let to: number | undefined = 0
  for (const bar of all) {
    from = Math.min(from ?? bar.from, bar.from)
    to = to === undefined || bar.to === undefined ? undefined : Math.max(to, bar.to)
  }
  return from === undefined ? undefined : { from, to, status }
}
