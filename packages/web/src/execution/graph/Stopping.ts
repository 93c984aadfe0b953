/**
 * Where a stop is possible before a step, was possible, or takes effect.
 */
import type { StepView } from "../steps/LiveSteps.ts"

export type Stopping = "passed" | "ahead" | "holds"

/** What the stopping point at the entry of a step is. */
export const atEntry = ({ execution, holds, status }: StepView): Stopping | undefined => {
  if (status === "Skipped") return undefined
  if (status !== "Waiting") return "passed"
  if (holds) return "holds"
  return execution.strategy._tag === "IgnoreInterruptions" ? undefined : "ahead"
}
