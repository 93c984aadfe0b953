/**
 * One execution in hand: made from the port and an id, so it is the same over an engine in this process, a server and a
 * cluster.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import type { ExecutionEvent } from "./ExecutionEvent.ts"
import type { ExecutionId } from "./ExecutionId.ts"
import type { Asker, ExecutionsShape, Receipt, ResumeRequest, StartRequest } from "./Executions.ts"
import {
  type Always,
  type CommandRefused,
  type ExecutionNotFound,
  ExecutionsUnavailable,
  type FlowBusy,
  type FlowDiffers,
  type FlowNotFound,
  type InvalidParams
} from "./ExecutionsError.ts"
import * as ExecutionState from "./ExecutionState.ts"
import type { InterruptRequest } from "./InterruptSignal.ts"
import type { Outcome } from "./Outcome.ts"

/**
 * @since 0.1.0
 */
export interface ExecutionHandle {
  readonly id: ExecutionId
  readonly events: Stream.Stream<ExecutionEvent, ExecutionNotFound | Always>
  readonly state: Effect.Effect<ExecutionState.ExecutionState, ExecutionNotFound | Always>
  readonly interrupt: (
    request?: InterruptRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>
  readonly pause: (asker?: Asker) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>
  readonly resume: (
    request?: ResumeRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | InvalidParams | FlowNotFound | FlowBusy | Always>
  readonly terminate: (
    request?: InterruptRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>
  readonly answer: (
    step: string,
    value: unknown,
    asker?: Asker
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>
  /** Waits until a step has begun in the current attempt, or the attempt has ended without it. */
  readonly stepStarted: (step: string) => Effect.Effect<void, ExecutionNotFound | Always>
  /** Waits for the end of the current attempt. */
  readonly outcome: Effect.Effect<Outcome, ExecutionNotFound | Always>
}

/**
 * @since 0.1.0
 */
export const make = (executions: ExecutionsShape, id: ExecutionId): ExecutionHandle => ({
  id,
  events: executions.events(id),
  state: executions.get(id),
  interrupt: (request) => executions.interrupt(id, request),
  pause: (asker) => executions.pause(id, asker),
  resume: (request) => executions.resume(id, request),
  terminate: (request) => executions.terminate(id, request),
  answer: (step, value, asker) => executions.answer(id, step, value, asker),
  stepStarted: (step) =>
    executions.events(id).pipe(
      Stream.filter((e) => e.type === "execution-ended" || (e.type === "step-started" && e.step === step)),
      Stream.runHead,
      Effect.asVoid
    ),
  // The state after the last event that the stream had, in one round trip more than the events need.
  outcome: executions.events(id).pipe(
    Stream.runDrain,
    Effect.andThen(executions.get(id)),
    Effect.flatMap((state) =>
      Option.match(Option.fromNullishOr(ExecutionState.outcome(state)), {
        onNone: () =>
          Effect.fail(new ExecutionsUnavailable({ reason: `the events of \`${id}\` ended before the execution did` })),
        onSome: Effect.succeed
      })
    )
  )
})

/**
 * Starts an execution and answers it in hand.
 *
 * @since 0.1.0
 */
export const start = (
  executions: ExecutionsShape,
  request: StartRequest
): Effect.Effect<ExecutionHandle, FlowNotFound | FlowDiffers | FlowBusy | InvalidParams | Always> =>
  Effect.map(executions.start(request), (id) => make(executions, id))

/**
 * Starts an execution and waits for its outcome: what `start` and then `outcome` give.
 *
 * @since 0.1.0
 */
export const run = (
  executions: ExecutionsShape,
  request: StartRequest
): Effect.Effect<Outcome, FlowNotFound | FlowDiffers | FlowBusy | InvalidParams | ExecutionNotFound | Always> =>
  Effect.flatMap(start(executions, request), (handle) => handle.outcome)
