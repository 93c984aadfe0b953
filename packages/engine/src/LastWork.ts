/**
 * What is left to do when the last step of an attempt has ended and before its status is written: clean-up of the groups
 * that began and are not whole, and undo after a failure.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as CleanUp from "./CleanUp.ts"
import type { EventRecorder } from "./EventRecorder.ts"
import type { InterruptLatch } from "./InterruptLatch.ts"
import type { StepWalk } from "./StepWalk.ts"

/**
 * The work in its order, or `undefined` when there is none. What is undone counts as not started from then on.
 *
 * @since 0.1.0
 */
export const make = (
  walk: StepWalk,
  options: { readonly undo: boolean; readonly recorder: EventRecorder; readonly control: InterruptLatch }
): Effect.Effect<void> | undefined => {
  const { control, recorder } = options
  const { plan, table } = walk
  const cleanUps = table.unfinishedGroups().map((node) => {
    const { cleanUp } = plan.nodes[node]!.step.options
    return CleanUp.run("clean-up", cleanUp!, table.inputOf(node), walk.contextOf(node), recorder, control)
  })
  const completed = options.undo ? table.completions().reverse() : []
  const undos = completed.flatMap((node) => {
    const { undo } = plan.nodes[node]!.step.options
    if (undo === undefined) return []
    return [
      Effect.map(CleanUp.run("undo", undo, table.valueOf(node), walk.contextOf(node), recorder, control), (failure) => {
        if (failure === undefined) table.forget(node)
      }).pipe(Effect.uninterruptible)
    ]
  })
  return cleanUps.length + undos.length === 0 ? undefined : Effect.all([...cleanUps, ...undos], { discard: true })
}
