/**
 * Clean-ups of groups that run always: whether one is due when its group closes, or at the end of the attempt where that
 * did not come to close it.
 *
 * @since 0.1.0
 */
import type { Plan } from "./Plan.ts"
import * as Step from "./Step.ts"
import { Completed, Skipped, type StepTable, Waiting } from "./StepTable.ts"
import type { Earlier } from "./StepWalk.ts"

/**
 * What is looked at.
 *
 * @since 0.1.0
 */
export interface Closing {
  readonly plan: Plan
  readonly table: StepTable
  readonly earlier: Earlier | undefined
  /** Whether a step began in this attempt. */
  readonly hasStarted: (node: number) => boolean
  /** Nodes that close a group whose clean-up has run in this attempt. */
  readonly cleaned: ReadonlySet<number>
}

/**
 * Whether the clean-up of the group that a node closes is due: a step of it began, and it has not run since.
 *
 * @since 0.1.0
 */
export const isDue = (closing: Closing, close: number): boolean => {
  const { cleaned, earlier, plan, table } = closing
  if (cleaned.has(close)) return false
  const id = plan.ids[close]!
  // One that has run is due again once a step of the group was under way again.
  const counts =
    earlier?.cleaned?.has(id) === true
      ? (node: number) => closing.hasStarted(node)
      : (node: number) => table.state[node] !== Waiting && table.state[node] !== Skipped
  return hasBegun(plan, counts, plan.indexOf.get(id)!)
}

/** Whether a step in the group that a node opens began. Looks at its own steps only. */
const hasBegun = (plan: Plan, counts: (node: number) => boolean, open: number): boolean => {
  const { first, instances, isStep, parent, successor } = plan
  const begun = (node: number) =>
    isStep[node] === 1 ? counts(node) : plan.nodes[node]!.kind === "open" && hasBegun(plan, counts, node)
  const made = instances.get(open)
  if (made !== undefined) for (let k = 0; k < made.count; k++) if (begun(made.first + k * made.each)) return true
  for (let k = first[open]!; k < first[open + 1]!; k++)
    if (parent[successor[k]!] === open && begun(successor[k]!)) return true
  return false
}

/**
 * Groups that are over and whose clean-up, which runs always, is due: the attempt ends before it came to close them.
 * Inner ones first.
 *
 * @since 0.1.0
 */
export const left = (closing: Closing): ReadonlyArray<number> => {
  const { plan, table } = closing
  const found: Array<number> = []
  for (let node = plan.size - 1; node >= 0; node--) {
    const { kind, step } = plan.nodes[node]!
    if (kind !== "open" || !Step.isAlways(step.options.cleanUp)) continue
    // One whose condition was not met has not begun.
    if (table.state[node] === Completed && isDue(closing, plan.indexOf.get(`${plan.ids[node]!}/`)!)) found.push(node)
  }
  return found
}
