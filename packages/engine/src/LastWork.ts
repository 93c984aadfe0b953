/**
 * What is left to do when the last step of an attempt has ended and before its status is written: clean-up of the groups
 * that began and are not whole or clean up always, undo after a failure, and the clean-up of the flow.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as CleanUp from "./CleanUp.ts"
import type { EventRecorder } from "./EventRecorder.ts"
import type { CleanUpInput } from "./Flow.ts"
import type { InterruptLatch } from "./InterruptLatch.ts"
import * as StepId from "./model/StepId.ts"
import { StepContextLive } from "./StepContextLive.ts"
import type { Owner, StepWalk } from "./StepWalk.ts"

/**
 * The work in its order, or `undefined` when there is none. What is undone counts as not started from then on.
 *
 * @since 0.1.0
 */
export const make = (
  walk: StepWalk,
  options: {
    readonly undo: boolean
    readonly status: CleanUpInput<unknown>["status"]
    readonly owner: Owner & { readonly recorder: EventRecorder; readonly control: InterruptLatch }
  }
): Effect.Effect<void> | undefined => {
  const { owner, status, undo: undoes } = options
  const { control, recorder } = owner
  const { plan, table } = walk
  const work: Array<Effect.Effect<unknown>> = walk.groupsToCleanUp().map((node) => {
    const { cleanUp } = plan.nodes[node]!.step.options
    return CleanUp.run("clean-up", cleanUp!, table.inputOf(node), walk.contextOf(node), recorder, control)
  })
  for (const node of undoes ? table.completions().reverse() : []) {
    const { undo } = plan.nodes[node]!.step.options
    if (undo === undefined) continue
    work.push(
      Effect.map(CleanUp.run("undo", undo, table.valueOf(node), walk.contextOf(node), recorder, control), (failure) => {
        if (failure === undefined) table.forget(node)
      }).pipe(Effect.uninterruptible)
    )
  }
  const { cleanUp } = plan.graph.flow
  if (cleanUp !== undefined) {
    const given: CleanUpInput<unknown> = { params: owner.params, status }
    const context = new StepContextLive(owner, StepId.ofFlow, undefined, undefined)
    work.push(CleanUp.run("clean-up", cleanUp, given, context, recorder, control))
  }
  return work.length === 0 ? undefined : Effect.all(work, { discard: true })
}
