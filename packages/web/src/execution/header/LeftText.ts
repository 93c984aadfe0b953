/**
 * How long an execution still needs, as far as its running steps say. A number is never invented: where more than they
 * is to be done it says "at least".
 */
import { type ExecutionState, ExecutionStatus, FlowDescription, Words } from "@halte/engine/model"

export interface Left {
  /** `about 2m 00s`, `at least 2m 00s`; `undefined` when nothing is known. */
  readonly text: string | undefined
  /** The step that then waits for a person. */
  readonly until: string | undefined
}

export const left = (
  state: ExecutionState.ExecutionState,
  of: (step: string, now: number) => number | undefined,
  now: number
): Left => {
  const leaves = FlowDescription.leaves(state.definition)
  const gate = leaves.find(({ id, kind }) => kind === "gate" && state.steps.get(id)?.status === "Waiting")
  let longest: number | undefined
  let known = true
  for (const { id, kind } of leaves) {
    const step = state.steps.get(id)
    if (step === undefined || step.status === "Completed" || step.status === "Skipped") continue
    if (ExecutionStatus.isActive(step.status)) {
      const millis = kind === "gate" ? undefined : of(id, now)
      if (millis === undefined) known = false
      else longest = Math.max(longest ?? 0, millis)
    } else if (!behind(leaves, gate, id)) known = false
  }
  if (longest === undefined) return { text: undefined, until: undefined }
  return { text: `${known ? "about" : "at least"} ${Words.left(longest)}`, until: known ? gate?.id : undefined }
}

/** Whether a step is the gate, or waits for it. */
const behind = (
  leaves: ReadonlyArray<FlowDescription.StepDescription>,
  gate: FlowDescription.StepDescription | undefined,
  id: string
): boolean => {
  if (gate === undefined) return false
  const reached = new Set([gate.id])
  // Steps stand after those that they wait for, or their groups do: a few rounds settle it.
  for (let before = 0; before !== reached.size;) {
    before = reached.size
    for (const step of leaves)
      if (step.after.some((other) => reached.has(other) || [...reached].some((one) => one.startsWith(`${other}/`))))
        reached.add(step.id)
  }
  return reached.has(id)
}
