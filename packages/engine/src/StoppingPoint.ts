/**
 * Places where stopping is safe: the bus stops of a step. There is one before every step by itself; these are the ones
 * inside a step's work.
 *
 * A stopping point does three things: it lets the event loop turn when 5 ms have passed since it last did (a loop that
 * never lets go hears no Ctrl-C and no request), it holds while the execution is paused, and it answers `Continue` or
 * `Break`. The two are different types, so that the answer can't be overlooked.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Exit, Fiber } from "effect"
import * as EventLoop from "./EventLoop.ts"
import type { InterruptSignal } from "./model/InterruptSignal.ts"
import { StepContext, type StepContextShape, type StopView } from "./StepContext.ts"

/**
 * Go on.
 *
 * @since 0.1.0
 */
export interface Continue {
  readonly _tag: "Continue"
}

/**
 * Leave: a stop was requested. `cursor` is where the next attempt goes on, when the stopping point was given one.
 *
 * @since 0.1.0
 */
export interface Break {
  readonly _tag: "Break"
  readonly signal: InterruptSignal
  readonly cursor?: unknown
}

/**
 * Whether an answer says: leave.
 *
 * @since 0.1.0
 */
export const isBreak = (answer: Continue | Break): answer is Break => answer._tag === "Break"

const carryOn: Continue = { _tag: "Continue" }
const succeedContinue = Effect.succeed(carryOn)

const answer = (step: StepContextShape, cursor?: unknown): Effect.Effect<Continue | Break> => {
  switch (step.control.demand) {
    case "go":
      return succeedContinue
    case "hold":
      return Effect.flatMap(held(step), () => answer(step, cursor))
    default: {
      step.stopHere(cursor)
      const signal = step.control.signal!
      return Effect.succeed(cursor === undefined ? { _tag: "Break", signal } : { _tag: "Break", signal, cursor })
    }
  }
}

const held = (step: StepContextShape): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    step.quiet(true)
    const release = step.control.subscribe((demand) => {
      if (demand === "hold") return
      release()
      step.quiet(false)
      resume(Effect.void)
    })
    return Effect.sync(() => {
      release()
      step.quiet(false)
    })
  })

/**
 * A stopping point of a known step. `cursor` is where the next attempt would go on.
 *
 * @since 0.1.0
 */
export const checkIn = (step: StepContextShape, cursor?: unknown): Effect.Effect<Continue | Break> =>
  EventLoop.isDue() ? Effect.flatMap(EventLoop.turn, () => answer(step, cursor)) : answer(step, cursor)

/**
 * A stopping point.
 *
 * **Example** (Stopping between two halves)
 *
 * ```ts
 * const step = Step.make("two-halves", {
 *   run: () => Effect.gen(function* () {
 *     yield* first
 *     if (StoppingPoint.isBreak(yield* StoppingPoint.check)) return
 *     yield* second
 *   })
 * })
 * ```
 *
 * @since 0.1.0
 */
export const check: Effect.Effect<Continue | Break, never, StepContext> = Effect.flatMap(StepContext, (step) =>
  checkIn(step)
)

/**
 * A stopping point that also says where the next attempt would go on.
 *
 * @since 0.1.0
 */
export const at = (cursor: unknown): Effect.Effect<Continue | Break, never, StepContext> =>
  Effect.flatMap(StepContext, (step) => checkIn(step, cursor))

/**
 * A stopping point for a loop of one's own: the first use and every `n`th after it is a real one, the uses between
 * continue at once. Make it once, before the loop.
 *
 * **Gotchas**
 *
 * Each use costs an Effect, some 90 ns. `forEach` checks nothing per item.
 *
 * **Example** (A loop of one's own)
 *
 * ```ts
 * const stop = StoppingPoint.every(1_000)
 * for (const n of numbers) {
 *   if (StoppingPoint.isBreak(yield* stop)) break
 *   use(n)
 * }
 * ```
 *
 * @since 0.1.0
 */
export const every = (n: number): Effect.Effect<Continue | Break, never, StepContext> => {
  let left = 0
  return Effect.suspend(() => {
    if (left > 0) {
      left--
      return succeedContinue
    }
    left = Math.max(1, Math.trunc(n)) - 1
    return check
  })
}

/**
 * Works through a list with a stopping point before every `every` items, the first included. Answers `Continue` when
 * all are done, or `Break` with the index at which the next attempt has to begin.
 *
 * **Details**
 *
 * `body` returns nothing, or an Effect that is run before the next item. Between two stopping points nothing is
 * checked, allocated or read: after a request at most `every` − 1 further items are worked on. The index is kept as the
 * step's cursor, and a step that is resumed begins at `cursor`, by default the index where its last attempt stopped.
 *
 * **Example** (Summing with a stopping point every 1,000 items)
 *
 * ```ts
 * let sum = 0
 * const result = yield* StoppingPoint.forEach(numbers, { every: 1_000 }, (n) => { sum += n })
 * ```
 *
 * @since 0.1.0
 */
export const forEach = <A, E = never, R = never>(
  items: ReadonlyArray<A>,
  options: { readonly every: number; readonly cursor?: number | undefined },
  body: (item: A, index: number) => void | Effect.Effect<unknown, E, R>
): Effect.Effect<Continue | Break, E, R | StepContext> =>
  Effect.flatMap(StepContext, (step) => {
    const every = Math.max(1, Math.trunc(options.every))
    const total = items.length
    const first = options.cursor ?? (typeof step.cursor === "number" ? step.cursor : 0)
    return Effect.gen(function* () {
      for (let i = first; i < total;) {
        const answer = yield* checkIn(step, i)
        if (answer._tag === "Break") return answer
        const end = Math.min(i + every, total)
        while (i < end) {
          const pending = runUntilEffect(items, i, end, body)
          i = pending.next
          if (pending.effect !== undefined) yield* pending.effect
        }
        const committed = step.saveCursor(i, { done: i, total })
        if (committed !== undefined) yield* committed
      }
      return carryOn
    })
  })

// The hot loop, apart from the generator so that it is compiled as a plain loop.
const runUntilEffect = <A, E, R>(
  items: ReadonlyArray<A>,
  from: number,
  end: number,
  body: (item: A, index: number) => void | Effect.Effect<unknown, E, R>
): { readonly next: number; readonly effect: Effect.Effect<unknown, E, R> | undefined } => {
  for (let i = from; i < end; i++) {
    const result = body(items[i]!, i)
    if (result !== undefined && Effect.isEffect(result)) return { next: i + 1, effect: result }
  }
  return { next: end, effect: undefined }
}

/**
 * Waits for something outside the step's hands (time, an answer, a reply), and stops waiting when a stop is requested:
 * the waiting fiber is interrupted, so wait only for what may be dropped. Never for work: work goes to its next
 * stopping point.
 *
 * @since 0.1.0
 */
export const wait = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<{ readonly _tag: "Done"; readonly value: A } | Break, E, R | StepContext> =>
  Effect.flatMap(StepContext, (step) =>
    Effect.gen(function* () {
      const before = yield* checkIn(step)
      if (before._tag === "Break") return before
      const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
      const broke = yield* Effect.callback<boolean>((resume) => {
        let leave = () => {}
        const finish = (value: boolean) => {
          leave()
          resume(Effect.succeed(value))
        }
        const { demand } = step.control
        // It may have ended at once; then nobody has to be told of its end.
        if (fiber.pollUnsafe() !== undefined) return finish(false)
        if (demand === "interrupt" || demand === "terminate") return finish(true)
        const off = fiber.addObserver(() => finish(false))
        const release = step.control.subscribe((demand) => {
          if (demand === "interrupt" || demand === "terminate") finish(true)
        })
        leave = () => {
          off()
          release()
        }
        return Effect.sync(leave)
      })
      // What ended in the same turn as the request counts as done.
      const exit = fiber.pollUnsafe()
      if (broke && (exit === undefined || Exit.isFailure(exit))) {
        yield* Fiber.interrupt(fiber)
        return (yield* answer(step)) as Break
      }
      const done = { _tag: "Done" as const, value: yield* Fiber.join(fiber) }
      // What was waited for may come during a pause; the step goes on after it.
      if (step.control.demand === "hold") yield* held(step)
      return done
    }).pipe(
      (waiting) =>
        Effect.suspend(() => {
          // From here on the step does nothing, the turn that a stopping point may take included.
          step.quiet(true)
          return waiting
        }),
      Effect.ensuring(Effect.sync(() => step.quiet(false)))
    )
  )

/**
 * Waits for a time. Answers the milliseconds that were left when a stop was requested; 0 when the time has passed.
 *
 * @since 0.1.0
 */
export const sleep = (millis: number): Effect.Effect<number, never, StepContext> =>
  Effect.gen(function* () {
    if (millis <= 0) return 0
    const begin = yield* Clock.monotonicTimeNanos
    const result = yield* wait(Effect.sleep(millis))
    if (result._tag === "Done") return 0
    const passed = Number((yield* Clock.monotonicTimeNanos) - begin) / 1_000_000
    return Math.max(1, Math.ceil(millis - passed))
  })

/**
 * Stopping points for code that is no Effect.
 *
 * @since 0.1.0
 */
export const view = (step: StepContextShape): StopView => {
  let left = 0
  const check = (cursor?: unknown): Promise<boolean> => Effect.runPromise(Effect.map(checkIn(step, cursor), isBreak))
  return {
    get requested() {
      return step.control.demand === "interrupt" || step.control.demand === "terminate"
    },
    check,
    every: (n, cursor) => {
      if (left > 0) {
        left--
        return false
      }
      left = Math.max(1, Math.trunc(n)) - 1
      // Within the slice the answer is known without a promise.
      if (!EventLoop.isDue() && step.control.demand === "go") return false
      return check(cursor)
    }
  }
}
