/**
 * Clean-up and undo: work that a stop does not interrupt and that can't block one. Each has its own deadline; only
 * terminate cuts it short.
 *
 * @since 0.1.0
 */
import { Cause, Context, Effect, Exit, type Fiber } from "effect"
import type { EventRecorder } from "./EventRecorder.ts"
import { InterruptLatch } from "./InterruptLatch.ts"
import * as DurationText from "./model/DurationText.ts"
import * as StepFailure from "./model/StepFailure.ts"
import * as Step from "./Step.ts"
import { StepContext, type StepControl } from "./StepContext.ts"
import type { StepContextLive } from "./StepContextLive.ts"
import * as StepRun from "./StepRun.ts"

/** Time that what was told to leave has for it, before it is given up; a process tree may need more to be seen dead. */
const leaveMillis = 1_000
const deathMillis = 12_000

/**
 * Runs one clean-up and records how it went. Answers why it failed, if it did; never fails itself, and never waits for
 * longer than the deadline and the time that leaving takes.
 *
 * **Details**
 *
 * What it runs sees a control of its own, which knows nothing of the request to stop. When the deadline has passed its
 * abort signal says so and its fiber is interrupted: a process then gets its graceful signal like any other.
 * `terminate` of the execution is handed on to it at once.
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
): Effect.Effect<StepFailure.StepFailure | undefined> =>
  Effect.gen(function* () {
    const { deadlineMillis, run } = Step.cleanUpOf(cleanUp)
    const step = context.step
    const control = new InterruptLatch()
    const own = context.forCleanUp(control)
    const begin = performance.now()
    recorder.record({ type: "clean-up-started", step, kind, deadlineMillis })
    // After a crash it must be known to have begun: a completed step may be half taken back.
    if (kind === "undo" && recorder.isDurable) yield* recorder.committed
    const end = (failure: StepFailure.StepFailure | undefined): StepFailure.StepFailure | undefined => {
      const tookMillis = Math.round((performance.now() - begin) * 1000) / 1000
      const ended = { type: "clean-up-ended", step, kind, tookMillis } as const
      recorder.record(failure === undefined ? ended : { ...ended, failure })
      return failure
    }
    const services = yield* Effect.context<never>()
    const fiber = Effect.runForkWith(Context.add(services, StepContext, own))(
      StepRun.call(() => run(given as never, own as never))
    )
    const how = yield* first(fiber, deadlineMillis, services, execution)
    if (how !== "late" && how !== "terminated") {
      if (Exit.isSuccess(how)) return end(undefined)
      if (Cause.hasInterruptsOnly(how.cause)) return end({ code: "cut-short", message: `the ${kind} was cut short` })
      return end(StepFailure.fromUnknown(Cause.squash(how.cause)))
    }
    if (how === "terminated") {
      const ended = end({ code: "cut-short", message: `the ${kind} was cut short by terminate` })
      control.ask("terminate")
      fiber.interruptUnsafe()
      yield* left(fiber, own, services)
      return ended
    }
    const message = `the ${kind} did not end within ${DurationText.short(deadlineMillis)}`
    own.abort(new Error(message))
    const release = execution.subscribe((demand) => {
      if (demand === "terminate") control.ask("terminate")
    })
    fiber.interruptUnsafe()
    yield* left(fiber, own, services)
    release()
    return end({ code: "deadline-passed", message })
  }).pipe(
    // It ends by itself, whoever interrupts the fiber that waits for it: its end is recorded in any case.
    Effect.uninterruptible
  )

/** Waits until what was told to leave has left, or is given up. */
const left = (fiber: Fiber.Fiber<unknown, unknown>, own: StepContextLive, services: Context.Context<never>) =>
  Effect.flatMap(first(fiber, leaveMillis, services), (how) =>
    how === "late" && own.hasProcesses ? first(fiber, deathMillis - leaveMillis, services) : Effect.void
  )

/** What comes first: the end of a fiber, the end of a time, or terminate. */
const first = <A, E>(
  fiber: Fiber.Fiber<A, E>,
  millis: number,
  services: Context.Context<never>,
  execution?: StepControl
): Effect.Effect<Exit.Exit<A, E> | "late" | "terminated"> =>
  Effect.callback((resume) => {
    let over = false
    let release: (() => void) | undefined
    let timer: Fiber.Fiber<void> | undefined
    const done = (how: Exit.Exit<A, E> | "late" | "terminated") => {
      if (over) return
      over = true
      release?.()
      timer?.interruptUnsafe()
      resume(Effect.succeed(how))
    }
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return done(exit)
    if (execution?.demand === "terminate") return done("terminated")
    release = execution?.subscribe((demand) => {
      if (demand === "terminate") done("terminated")
    })
    timer = Effect.runForkWith(services)(Effect.map(Effect.sleep(millis), () => done("late")))
    fiber.addObserver(done)
  })
