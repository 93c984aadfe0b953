/**
 * Bounded waits for what an execution records, through the `Executions` port alone: the same over an engine in this
 * process, a server and a cluster.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import type { ExecutionEvent, Of } from "../model/ExecutionEvent.ts"
import type { ExecutionId } from "../model/ExecutionId.ts"
import type { ExecutionsShape } from "../model/Executions.ts"
import type { ExecutionsError } from "../model/ExecutionsError.ts"
import * as ExecutionState from "../model/ExecutionState.ts"
import type { ExecutionStatus } from "../model/ExecutionStatus.ts"
import type { Outcome } from "../model/Outcome.ts"
import * as Bounded from "./Bounded.ts"

/**
 * Waits for an event of a type, and of a step if one is named, after a sequence.
 *
 * @since 0.1.0
 */
export const event = <const Type extends ExecutionEvent["type"]>(
  executions: ExecutionsShape,
  id: ExecutionId,
  type: Type,
  options: { readonly step?: string | undefined; readonly after?: number | undefined } = {}
): Effect.Effect<Of<Type>, ExecutionsError> => {
  const what = `event \`${type}\`${options.step === undefined ? "" : ` of step \`${options.step}\``} of \`${id}\``
  return Bounded.within(
    executions.events(id, options.after).pipe(
      Stream.filter((e) => e.type === type && (options.step === undefined || ("step" in e && e.step === options.step))),
      Stream.runHead,
      Effect.flatMap(
        Option.match({
          onNone: () => Effect.die(new Error(`The execution ended without ${what}.`)),
          onSome: (e) => Effect.succeed(e as Of<Type>)
        })
      )
    ),
    what
  )
}

/**
 * Waits until an execution is in a state.
 *
 * @since 0.1.0
 */
export const status = (
  executions: ExecutionsShape,
  id: ExecutionId,
  wanted: ExecutionStatus
): Effect.Effect<ExecutionState.ExecutionState, ExecutionsError> =>
  Bounded.within(
    Effect.gen(function* () {
      for (;;) {
        const state = yield* executions.get(id)
        if (state.status === wanted) return state
        yield* Bounded.turns()
      }
    }),
    `\`${id}\` to be ${wanted}`
  )

/**
 * Every event so far, without waiting for further ones.
 *
 * @since 0.1.0
 */
export const soFar = (
  executions: ExecutionsShape,
  id: ExecutionId
): Effect.Effect<ReadonlyArray<ExecutionEvent>, ExecutionsError> =>
  Effect.flatMap(executions.get(id), ({ sequence }) =>
    Bounded.within(
      Stream.runCollect(Stream.take(executions.events(id), sequence)),
      `the first ${sequence} events of \`${id}\``
    )
  )

/**
 * Waits for the end of the execution's latest attempt and answers its outcome, as the fold of its events says it.
 *
 * @since 0.1.0
 */
export const outcome = (executions: ExecutionsShape, id: ExecutionId): Effect.Effect<Outcome, ExecutionsError> =>
  Bounded.within(
    Effect.gen(function* () {
      yield* Stream.runDrain(executions.events(id))
      const found = ExecutionState.outcome(yield* executions.get(id))
      return found ?? (yield* Effect.die(new Error(`The events of \`${id}\` ended before the execution did.`)))
    }),
    `the outcome of \`${id}\``
  )
