/**
 * The route under the header: a segment for each step, or for several where there are more steps than fit.
 */
import { type ExecutionState, ExecutionStatus } from "@halte/engine/model"

export interface Segment {
  /** What the segment is coloured after: of several steps the one that a person should see. */
  readonly status: ExecutionStatus.StepStatus
  /** How much of it is done, from 0 to 1. */
  readonly done: number
  readonly steps: number
}

/** More than these are too thin to be told apart. */
const mostSegments = 60

const order: ReadonlyArray<ExecutionStatus.StepStatus> = [
  "Failed",
  "Terminated",
  "Interrupting",
  "Interrupted",
  "Running",
  "Paused"
]

/** How much of a step is done. What nothing is known about counts as half of it while it is under way. */
export const part = ({ done, status, total }: ExecutionState.StepState): number => {
  if (status === "Completed" || status === "Skipped") return 1
  if (status === "Waiting") return 0
  if (done !== undefined && total !== undefined && total > 0) return Math.max(0, Math.min(1, done / total))
  return ExecutionStatus.isActive(status) ? 0.5 : status === "Failed" ? 1 : 0.5
}

export const segments = (
  steps: ReadonlyArray<ExecutionState.StepState>,
  most = mostSegments
): ReadonlyArray<Segment> => {
  const size = Math.max(1, Math.ceil(steps.length / most))
  const out: Array<Segment> = []
  for (let i = 0; i < steps.length; i += size) out.push(join(steps.slice(i, i + size)))
  return out
}

const join = (steps: ReadonlyArray<ExecutionState.StepState>): Segment => {
  const has = (status: ExecutionStatus.StepStatus) => steps.some((step) => step.status === status)
  const over = steps.every(({ status }) => status === "Completed" || status === "Skipped")
  const status = over
    ? has("Completed")
      ? "Completed"
      : "Skipped"
    : (order.find(has) ?? (has("Completed") ? "Running" : "Waiting"))
  const done = steps.reduce((sum, step) => sum + part(step), 0) / steps.length
  return { status, done, steps: steps.length }
}
