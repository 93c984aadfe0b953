/**
 * In which order the steps of a flow can run: a step's level is one more than the highest of the steps it waits for.
 */
import { FlowDescription } from "@halte/engine/model"

/** The steps that a step waits for, groups as their steps, what its groups wait for included. */
export const predecessors = (
  flow: Pick<FlowDescription.FlowDescription, "steps">
): ReadonlyMap<string, ReadonlyArray<string>> => {
  const leavesOf = new Map<string, ReadonlyArray<string>>()
  const index = (steps: ReadonlyArray<FlowDescription.StepDescription>) => {
    for (const step of steps) {
      leavesOf.set(
        step.id,
        step.steps === undefined ? [step.id] : FlowDescription.leaves({ steps: step.steps }).map((s) => s.id)
      )
      if (step.steps !== undefined) index(step.steps)
    }
  }
  index(flow.steps)
  const before = new Map<string, ReadonlyArray<string>>()
  const visit = (steps: ReadonlyArray<FlowDescription.StepDescription>, inherited: ReadonlyArray<string>) => {
    for (const step of steps) {
      const after = [...inherited, ...step.after]
      if (step.steps === undefined) before.set(step.id, [...new Set(after.flatMap((id) => leavesOf.get(id) ?? []))])
      else visit(step.steps, after)
    }
  }
  visit(flow.steps, [])
  return before
}

/** The level of each step, from 1, in an order in which they can run. */
export const levels = (flow: Pick<FlowDescription.FlowDescription, "steps">): ReadonlyMap<string, number> => {
  const before = predecessors(flow)
  const after = new Map<string, Array<string>>()
  const open = new Map<string, number>()
  for (const [id, ids] of before) {
    open.set(id, ids.length)
    for (const other of ids) {
      const list = after.get(other)
      if (list === undefined) after.set(other, [id])
      else list.push(id)
    }
  }
  const found = new Map<string, number>()
  let ready = [...open].filter(([, n]) => n === 0).map(([id]) => id)
  for (let level = 1; ready.length > 0; level++) {
    const next: Array<string> = []
    for (const id of ready) {
      found.set(id, level)
      for (const other of after.get(id) ?? []) {
        const left = open.get(other)! - 1
        open.set(other, left)
        if (left === 0) next.push(other)
      }
    }
    ready = next
  }
  return found
}
