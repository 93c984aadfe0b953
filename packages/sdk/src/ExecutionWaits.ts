/**
 * Waiting for a state of an execution.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import { type ExecutionEvent, type ExecutionId, type Executions, ExecutionsError } from "@halte/engine/model"
import { ExecutionState, ExecutionStatus } from "@halte/engine/model"

/**
 * Waits until an execution is in one of these states, or has ended in another, and answers the state at that moment.
 *
 * **Example** (Waiting for a pause)
 *
 * ```ts
 * import { ExecutionWaits } from "@halte/sdk"
 *
 * yield* executions.pause(id)
 * const { status } = yield* ExecutionWaits.until(executions, id, ["Paused"]) // or how it ended meanwhile
 * ```
 *
 * @since 0.1.0
 */
export const until = (
  executions: Executions.ExecutionsShape,
  id: ExecutionId.ExecutionId,
  statuses: ReadonlyArray<ExecutionStatus.ExecutionStatus>
): Effect.Effect<ExecutionState.ExecutionState, ExecutionsError.ExecutionNotFound | ExecutionsError.Always> =>
  Effect.gen(function* () {
    let state = yield* executions.get(id)
    const isThere = () => statuses.includes(state.status) || ExecutionStatus.isEnded(state.status)
    if (isThere()) return state
    // Events of steps don't change the state of the whole, and there are many of them: they are folded together.
    let before: Array<ExecutionEvent.ExecutionEvent> = []
    const arrives = (event: ExecutionEvent.ExecutionEvent): boolean => {
      before.push(event)
      if (ofSteps.test(event.type)) return false
      state = ExecutionState.fold(state, before) ?? state
      before = []
      return isThere()
    }
    const arrival = yield* Stream.runHead(Stream.filter(executions.events(id, state.sequence), arrives))
    if (arrival._tag === "Some") return state
    return yield* new ExecutionsError.ExecutionsUnavailable({
      reason: `the events of \`${id}\` ended before the execution did`
    })
  })

const ofSteps = /^(step|process|gate|clean-up)-/
