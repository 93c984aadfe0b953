/**
 * The steps that a stop holds: those that would have come next.
 */
import type { ExecutionState } from "@halte/engine/model"
import { ancestors, type Place, places } from "./StepRows.ts"

/** Whether a step waits, and nothing that it, or a group around it, waits for has not even begun in part. */
export const isHeld = (
  all: ReadonlyMap<string, Place>,
  { leaves, step }: Place,
  state: ExecutionState.ExecutionState
): boolean =>
  leaves.every((leaf) => state.steps.get(leaf)?.status === "Waiting") &&
  [step.id, ...ancestors(all, step.id)].every((id) =>
    (all.get(id)?.step.after ?? []).every((before) =>
      (all.get(before)?.leaves ?? []).some((leaf) => state.steps.get(leaf)?.status !== "Waiting")
    )
  )

/** All of them, in the order of the definition; groups left out. */
export const held = (state: ExecutionState.ExecutionState): ReadonlyArray<string> => {
  const all = places(state.definition)
  return [...all.values()]
    .filter((place) => place.step.steps === undefined && isHeld(all, place, state))
    .map(({ step }) => step.id)
}
