/**
 * One execution in hand: made from the port and an id, so it is the same over an engine in this process, a server and a
 * cluster.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import type { ExecutionEvent } from "./ExecutionEvent.ts"
import type { ExecutionId } from "./ExecutionId.ts"
import type {
  AnswerRequest,
  Asker,
  ExecutionsShape,
  Receipt,
  ResumeRequest,
  StartRequest,
  UndoRequest
} from "./Executions.ts"
import {
  type Always,
  type CommandRefused,
  type ExecutionNotFound,
  ExecutionsUnavailable,
  type FlowBusy,
  type FlowDiffers,
  type FlowInvalid,
  type FlowNotFound,
  type InvalidParams,
  type KeyRefused
} from "./ExecutionsError.ts"
import * as ExecutionState from "./ExecutionState.ts"
import type { InterruptRequest } from "./InterruptSignal.ts"
import type { Outcome } from "./Outcome.ts"

/**
 * Everything that can be done with one execution, without saying its id again.
 *
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
  readonly undo: (
    request?: UndoRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | InvalidParams | FlowNotFound | FlowBusy | Always>
  readonly answer: (
    step: string,
    value: unknown,
    request?: AnswerRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>
  /** Waits until a step has begun in the current attempt, or the attempt has ended without it. */
  readonly stepStarted: (step: string) => Effect.Effect<void, ExecutionNotFound | Always>
  /** Waits for the end of the current attempt. */
  readonly outcome: Effect.Effect<Outcome, ExecutionNotFound | Always>
}

/**
 * The caller's own source of requests to stop.
 *
 * @since 0.1.0
 */
export interface SignalSource {
  /**
   * Interrupts the attempt that is started when this `AbortSignal` is aborted, or when this Effect succeeds: with the
   * request that it gives, if it gives one. One that is aborted already lets no step start. A source that fails, is
   * interrupted or never comes interrupts nothing. It is let go of when the attempt has ended.
   */
  readonly interruptOn?: AbortSignal | Effect.Effect<InterruptRequest | void, unknown> | undefined
}

/**
 * The handle of an execution that was started elsewhere or before. It asks nothing: an unknown id is found out at
 * its first use.
 *
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
  undo: (request) => executions.undo(id, request),
  answer: (step, value, request) => executions.answer(id, step, value, request),
  stepStarted: (step) =>
    Effect.flatMap(executions.get(id), ({ attempt }) =>
      executions.events(id).pipe(
        Stream.filter(
          (e) =>
            e.attempt >= attempt && (e.type === "execution-ended" || (e.type === "step-started" && e.step === step))
        ),
        Stream.runHead,
        Effect.asVoid
      )
    ),
  outcome: Effect.flatMap(executions.get(id), ({ attempt }) => outcomeOf(executions, id, attempt))
})

const ends = (attempt: number) => (event: ExecutionEvent) =>
  event.attempt === attempt && event.type === "execution-ended"

const outcomeOf = (executions: ExecutionsShape, id: ExecutionId, attempt: number) =>
  Effect.gen(function* () {
    yield* Stream.runDrain(Stream.takeUntil(executions.events(id), ends(attempt)))
    let state: ExecutionState.ExecutionState | undefined = yield* executions.get(id)
    // It may have been resumed meanwhile: then the events up to the end of the attempt tell.
    if (state.attempt !== attempt)
      state = yield* executions.events(id).pipe(
        Stream.takeUntil(ends(attempt)),
        Stream.runFold(
          () => undefined as ExecutionState.ExecutionState | undefined,
          (folded, event) => ExecutionState.fold(folded, [event])
        )
      )
    const outcome = state === undefined ? undefined : ExecutionState.outcome(state)
    if (outcome !== undefined) return outcome
    return yield* new ExecutionsUnavailable({ reason: `the events of \`${id}\` ended before the execution did` })
  })

/**
 * Starts an execution and answers it in hand.
 *
 * **Example** (Passing on the program's own signals)
 *
 * ```ts
 * const controller = new AbortController()
 * process.once("SIGINT", () => controller.abort())
 * const handle = yield* ExecutionHandle.start(executions, { flow: "release" }, { interruptOn: controller.signal })
 * ```
 *
 * @since 0.1.0
 */
export const start = (
  executions: ExecutionsShape,
  request: StartRequest,
  options?: SignalSource
): Effect.Effect<
  ExecutionHandle,
  FlowNotFound | FlowInvalid | FlowDiffers | FlowBusy | InvalidParams | KeyRefused | Always
> =>
  Effect.gen(function* () {
    const id = yield* executions.start(request)
    const handle = make(executions, id)
    const source = options?.interruptOn
    if (source !== undefined) yield* listen(handle, source)
    return handle
  })

/**
 * Starts an execution and waits for its outcome: what `start` and then `outcome` give.
 *
 * @since 0.1.0
 */
export const run = (
  executions: ExecutionsShape,
  request: StartRequest,
  options?: SignalSource
): Effect.Effect<
  Outcome,
  FlowNotFound | FlowInvalid | FlowDiffers | FlowBusy | InvalidParams | KeyRefused | ExecutionNotFound | Always
> => Effect.flatMap(start(executions, request, options), (handle) => handle.outcome)

const isAborted = (source: NonNullable<SignalSource["interruptOn"]>): source is AbortSignal =>
  !Effect.isEffect(source) && source.aborted

// One that is aborted already is passed on before anything else happens, in the turn in which the execution was started.
const listen = (
  handle: ExecutionHandle,
  source: NonNullable<SignalSource["interruptOn"]>
): Effect.Effect<void, Always> =>
  isAborted(source)
    ? passOn(handle, source)
    : passOn(handle, source).pipe(
        Effect.catchCause((cause) => Effect.logWarning("A request to stop could not be passed on", cause)),
        Effect.forkDetach({ startImmediately: true }),
        Effect.asVoid
      )

/**
 * Passes the requests of a source on to the attempt under way: what `start` does with `interruptOn`, in the fiber that
 * asks for it. Ends when a request was passed on, or the attempt has ended; interrupting it lets go of the source and
 * interrupts nothing else.
 *
 * @since 0.1.0
 */
export const passOn = (
  handle: ExecutionHandle,
  source: NonNullable<SignalSource["interruptOn"]>
): Effect.Effect<void, Always> => {
  const pass = (request: InterruptRequest | void) =>
    handle.interrupt(typeof request === "object" ? request : {}).pipe(
      Effect.catchTag("ExecutionNotFound", () => Effect.void),
      Effect.catchTag("CommandRefused", () => Effect.void),
      Effect.asVoid
    )
  if (isAborted(source)) return pass(fromAbort(source))
  const fires = Effect.isEffect(source) ? Effect.catchCause(source, () => Effect.never) : aborted(source)
  // What it was asked to pass on is not lost with the first failure to reach the engine.
  const passed = Effect.flatMap(fires, (request) => Effect.retry(pass(request), { times: 5 }))
  return handle.outcome.pipe(
    Effect.catchTag("ExecutionNotFound", () => Effect.void),
    Effect.raceFirst(passed),
    Effect.asVoid
  )
}

const aborted = (signal: AbortSignal): Effect.Effect<InterruptRequest> =>
  Effect.callback<InterruptRequest>((resume) => {
    const listener = () => resume(Effect.succeed(fromAbort(signal)))
    signal.addEventListener("abort", listener, { once: true })
    return Effect.sync(() => signal.removeEventListener("abort", listener))
  })

const fromAbort = ({ reason }: AbortSignal): InterruptRequest => ({
  via: "AbortSignal",
  ...(typeof reason === "string" ? { reason } : undefined)
})
