/**
 * One step from its beginning to its end, where it is more than its body: a condition, tries with waits between them, a
 * timeout, a clean-up.
 *
 * @since 0.1.0
 */
import { Cause, Clock, Duration, Effect, Exit, Result, Schedule } from "effect"
import type { EventRecorder } from "./EventRecorder.ts"
import * as DurationText from "./model/DurationText.ts"
import * as StepFailure from "./model/StepFailure.ts"
import * as PausableTimer from "./PausableTimer.ts"
import * as RetryPolicy from "./RetryPolicy.ts"
import type * as Step from "./Step.ts"
import { StepContext, type StepControl, StoppedHalfWay } from "./StepContext.ts"
import type { StepContextLive } from "./StepContextLive.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/**
 * How a step's work ended: `Value` is what the body returned, how it stands with stops included.
 *
 * @since 0.1.0
 */
export type Ending =
  | { readonly _tag: "Value"; readonly value: unknown }
  | { readonly _tag: "Failed"; readonly failure: StepFailure.StepFailure }
  | { readonly _tag: "Ended"; readonly cause: Cause.Cause<unknown> }
  | { readonly _tag: "Skipped" }
  | { readonly _tag: "NotStarted" }

/**
 * What a body returned, as an effect: an Effect as it is, a Promise waited for, a value.
 *
 * @since 0.1.0
 */
export const toEffect = (result: unknown): Effect.Effect<unknown, unknown, StepContext> =>
  Effect.isEffect(result)
    ? (result as Effect.Effect<unknown, unknown, StepContext>)
    : isThenable(result)
      ? Effect.callback<unknown, unknown>((resume) => {
          result.then(
            (value) => resume(Effect.succeed(value)),
            (error) => resume(Effect.fail(error))
          )
        })
      : Effect.succeed(result)

/**
 * Whether a value is a Promise, or may stand for one.
 *
 * @since 0.1.0
 */
export const isThenable = (u: unknown): u is PromiseLike<unknown> =>
  typeof u === "object" && u !== null && "then" in u && typeof u.then === "function"

/**
 * Calls a body; what it throws is its failure.
 *
 * @since 0.1.0
 */
export const call = (body: () => unknown): Effect.Effect<unknown, unknown, StepContext> =>
  Effect.suspend(() => {
    try {
      return toEffect(body())
    } catch (error) {
      return Effect.fail(error)
    }
  })

/**
 * A condition that a stop came before.
 *
 * @since 0.1.0
 */
export const left: unique symbol = Symbol.for("@halte/engine/StepRun/left") as never

/**
 * What a condition says. One that takes time is a stopping point: it is asked again on resume, so a stop drops it.
 *
 * @since 0.1.0
 */
export const condition = (ask: () => unknown): Effect.Effect<unknown, unknown, StepContext> =>
  Effect.suspend(() => {
    try {
      const given = ask()
      if (!Effect.isEffect(given)) {
        if (!isThenable(given)) return Effect.succeed(given)
        // It may fail before the wait for it has begun, which must not look as if nobody minded.
        given.then(undefined, () => {})
      }
      return Effect.map(StoppingPoint.wait(toEffect(given)), (answer) =>
        answer._tag === "Break" ? left : answer.value
      )
    } catch (error) {
      return Effect.fail(error)
    }
  })

class TimedOut {
  readonly _tag = "TimedOut"
}

/**
 * The whole of a step but its clean-up.
 *
 * @since 0.1.0
 */
export const program = (
  step: Step.Any,
  input: unknown,
  context: StepContextLive,
  recorder: EventRecorder,
  started: (aTry: number) => boolean
): Effect.Effect<Ending, never, StepContext> =>
  Effect.gen(function* () {
    const { retry, timeout, when } = step.options
    if (when !== undefined) {
      const answer = yield* Effect.exit(condition(() => when(input as never, context)))
      if (Exit.isFailure(answer))
        return Cause.hasInterruptsOnly(answer.cause)
          ? ended(answer.cause)
          : {
              _tag: "Failed" as const,
              failure: { ...StepFailure.fromUnknown(Cause.squash(answer.cause)), code: "condition-failed" }
            }
      if (answer.value === left) return { _tag: "NotStarted" as const }
      if (answer.value !== true) return { _tag: "Skipped" as const }
      // Finding it out may have taken time: no step starts after a request, nor during a pause.
      if (StoppingPoint.isBreak(yield* StoppingPoint.checkIn(context))) return { _tag: "NotStarted" as const }
    }
    const delayAfter = retry === undefined ? undefined : yield* Schedule.toStep(RetryPolicy.toSchedule(retry))
    const timeoutMillis = timeout === undefined ? undefined : Duration.toMillis(timeout)
    for (let aTry = 1; ; aTry++) {
      if (aTry > 1) context.beginTry(aTry)
      if (!started(aTry)) return { _tag: "NotStarted" as const }
      // After a crash it must be known to have begun: nobody else can say whether it may run again.
      if (step.options.idempotent === false && recorder.isDurable) yield* recorder.committed
      const exit = yield* Effect.exit(oneTry(step, input, context, timeoutMillis))
      if (Exit.isSuccess(exit)) return { _tag: "Value" as const, value: exit.value }
      const failure = failureOf(exit.cause, timeoutMillis)
      if (failure === undefined || hasLeft(context.control, Cause.squash(exit.cause))) return ended(exit.cause)
      if (retry === undefined || delayAfter === undefined || aTry >= retry.tries || !RetryPolicy.covers(retry, failure))
        return { _tag: "Failed" as const, failure }
      // A step that would be tried again has not failed; asked to stop, it stops here and is tried again on resume.
      if (asksToLeave(context.control))
        return { _tag: "Value" as const, value: new StoppedHalfWay({ detail: untried(failure) }) }
      const next = yield* Effect.result(delayAfter(yield* Clock.currentTimeMillis, failure))
      if (Result.isFailure(next)) return { _tag: "Failed" as const, failure }
      const delayMillis = RetryPolicy.waitMillis(retry, Duration.toMillis(next.success[1]), failure)
      recorder.record({ type: "step-retrying", step: context.step, try: aTry, failure, delayMillis })
      if ((yield* StoppingPoint.sleep(delayMillis)) > 0 || StoppingPoint.isBreak(yield* StoppingPoint.checkIn(context)))
        return { _tag: "Value" as const, value: new StoppedHalfWay({ detail: untried(failure) }) }
    }
  }).pipe(Effect.catchCause((cause) => Effect.succeed(ended(cause))))

const ended = (cause: Cause.Cause<unknown>): Ending => ({ _tag: "Ended", cause })
const untried = (failure: StepFailure.StepFailure) => `not tried again after: ${failure.message}`
const asksToLeave = (control: StepControl) => control.demand === "interrupt" || control.demand === "terminate"

/**
 * Whether an error only says that the body left as it was asked to: code that was given the abort signal rejects with
 * its reason, or with an `AbortError`.
 *
 * @since 0.1.0
 */
export const hasLeft = (control: StepControl, error: unknown): boolean =>
  control.signal !== undefined &&
  (error === control.abortSignal.reason || (error instanceof Error && error.name === "AbortError"))

/** The failure that a cause stands for; `undefined` when the fiber was interrupted and nothing failed. */
const failureOf = (
  cause: Cause.Cause<unknown>,
  timeoutMillis: number | undefined
): StepFailure.StepFailure | undefined => {
  if (Cause.hasInterruptsOnly(cause)) return undefined
  const error = Cause.squash(cause)
  if (error instanceof TimedOut)
    return { code: "timed-out", message: `it did not end within its timeout of ${DurationText.short(timeoutMillis!)}` }
  return StepFailure.fromUnknown(error)
}

const oneTry = (step: Step.Any, input: unknown, context: StepContextLive, timeoutMillis: number | undefined) => {
  const body = call(() => step.body!(input as never, context))
  if (timeoutMillis === undefined) return body
  // The loser is interrupted and waited for: a process gets its graceful signal and its grace period here.
  return Effect.raceFirst(
    body,
    Effect.flatMap(PausableTimer.sleep(timeoutMillis, context.control), () => {
      const timedOut = new TimedOut()
      context.abort(new Error(`timed out after ${DurationText.short(timeoutMillis)}`))
      return Effect.fail(timedOut)
    })
  )
}
