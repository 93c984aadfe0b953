/**
 * Clean-up and undo: work that a stop does not interrupt and that can't block one. Each has its own deadline; only
 * terminate cuts it short.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit } from "effect"
import type { EventRecorder } from "./EventRecorder.ts"
import { InterruptLatch } from "./InterruptLatch.ts"
import * as DurationText from "./model/DurationText.ts"
import * as StepFailure from "./model/StepFailure.ts"
import * as Plan from "./Plan.ts"
import type * as Step from "./Step.ts"
import { StepContext, type StepControl } from "./StepContext.ts"
import type { StepContextLive } from "./StepContextLive.ts"
import * as StepRun from "./StepRun.ts"

/**
 * Runs one clean-up and records how it went. Answers whether it succeeded; never fails.
 *
 * **Details**
 *
 * What it starts sees a control of its own, which asks to leave when the deadline has passed: a process then gets its
 * graceful signal like any other. `terminate` of the execution is handed on to it.
 *
 * @since 0.1.0
 */
export const run = (
  kind: "clean-up" | "undo",
  cleanUp: Step.CleanUp<never>,
  given: unknown,
  context: StepContextLive,
  recorder: EventRecorder,
  execution: StepControl
): Effect.Effect<boolean> =>
  Effect.suspend(() => {
    const { deadlineMillis, run } = Plan.cleanUpOf(cleanUp)
    const step = context.step
    const control = new InterruptLatch()
    const release = execution.subscribe((demand) => {
      if (demand === "terminate") control.ask(demand)
    })
    const own = context.forCleanUp(control)
    const begin = performance.now()
    recorder.record({ type: "clean-up-started", step, kind, deadlineMillis })
    const late = {
      code: "deadline-passed",
      message: `the ${kind} did not end within ${DurationText.short(deadlineMillis)}`
    }
    const work = StepRun.call(() => run(given as never, own as never)).pipe(Effect.provideService(StepContext, own))
    return Effect.raceFirst(
      work,
      Effect.flatMap(Effect.sleep(deadlineMillis), () => {
        own.abort(new Error(late.message))
        return Effect.fail({ toStepFailure: () => late })
      })
    ).pipe(
      Effect.exit,
      Effect.map((exit) => {
        release()
        const failure = Exit.isSuccess(exit)
          ? undefined
          : Cause.hasInterruptsOnly(exit.cause)
            ? {
                code: "cut-short",
                message:
                  execution.demand === "terminate"
                    ? `the ${kind} was cut short by terminate`
                    : `the ${kind} was cut short`
              }
            : StepFailure.fromUnknown(Cause.squash(exit.cause))
        recorder.record({
          type: "clean-up-ended",
          step,
          kind,
          tookMillis: performance.now() - begin,
          ...(failure === undefined ? undefined : { failure })
        })
        return failure === undefined
      })
    )
  })
