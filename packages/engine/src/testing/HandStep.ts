/**
 * Steps driven by hand. A test waits until such a step has begun, takes it to a stopping point, lets it save a cursor,
 * and ends it with a value, a failure or half-way: the moments of a test are then states, not times.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit } from "effect"
import * as FunctionStep from "../FunctionStep.ts"
import type { ExecutionId } from "../model/ExecutionId.ts"
import type { Inputs, Options, Step } from "../Step.ts"
import type { StepContext, StepContextShape } from "../StepContext.ts"
import * as StoppingPoint from "../StoppingPoint.ts"
import * as Bounded from "./Bounded.ts"

type Answer = StoppingPoint.Continue | StoppingPoint.Break

/**
 * One begun run of a hand-driven step: one try of one attempt of one execution. Orders are carried out one after the
 * other, in the step's own fiber; each answers when it has been carried out.
 *
 * @since 0.1.0
 */
export interface Hand {
  readonly input: unknown
  readonly context: StepContextShape
  /** Takes the step to a stopping point and answers what that said. While the execution is paused it doesn't answer. */
  readonly check: (cursor?: unknown) => Effect.Effect<Answer>
  /** The same without waiting: the step holds there while the execution is paused. */
  readonly begin: (cursor?: unknown) => Effect.Effect<Effect.Effect<Answer>>
  /** Runs anything in the step's fiber. */
  readonly perform: <A, E>(effect: Effect.Effect<A, E, StepContext>) => Effect.Effect<A, E>
  readonly succeed: (value?: unknown) => Effect.Effect<void>
  readonly fail: (error: unknown) => Effect.Effect<void>
  /** Ends the step half-way, with what it has and where the next attempt goes on. */
  readonly stopHalfWay: (at?: { readonly cursor?: unknown; readonly partial?: unknown }) => Effect.Effect<void>
  /** Waits until the step's fiber has been interrupted, as terminate does and a stopping point never. */
  readonly interrupted: Effect.Effect<void>
  /** Whether the body has ended, and how. */
  readonly exit: () => Exit.Exit<unknown, unknown> | undefined
}

/**
 * A hand-driven step: `step` goes into a flow, the rest is the test's.
 *
 * @since 0.1.0
 */
export interface HandStep<out Name extends string = string> {
  readonly name: Name
  readonly step: Step<Name, unknown, unknown, never>
  /**
   * Waits until the step has begun and takes it in hand; each run is given out once, in the order of their beginning.
   * With an id only the runs of that execution count.
   */
  readonly begun: (execution?: ExecutionId) => Effect.Effect<Hand>
  /** How many runs have begun so far, over all executions, attempts and tries. */
  readonly runs: () => number
}

/**
 * Makes one. `options` are those of every step.
 *
 * **Example** (Stopping between two steps)
 *
 * ```ts
 * const build = HandStep.make("build")
 * const deploy = HandStep.make("deploy", { after: build.step })
 * const flow = Flow.make("release", { steps: [build.step, deploy.step] })
 * // …
 * const hand = yield* build.begun()
 * yield* handle.interrupt()
 * yield* hand.succeed()
 * const outcome = yield* handle.outcome // Interrupted, `deploy` not started
 * ```
 *
 * @since 0.1.0
 */
export const make = <const Name extends string, const I extends Inputs = {}>(
  name: Name,
  options: Options<I> & { readonly stopsWithin?: FunctionStepOptions["stopsWithin"] } = {}
): HandStep<Name> => {
  const waiting: Array<Run> = []
  let runs = 0
  const step = FunctionStep.make(name, {
    ...(options as object),
    run: (input: unknown, context: StepContextShape) =>
      Effect.suspend(() => {
        const run = new Run(name, input, context)
        runs++
        waiting.push(run)
        return run.body
      })
  }) as unknown as Step<Name, unknown, unknown, never>
  return {
    name,
    step,
    runs: () => runs,
    begun: (execution) =>
      Bounded.eventually(
        () => {
          const at = waiting.findIndex((run) => execution === undefined || run.context.execution === execution)
          return at < 0 ? undefined : waiting.splice(at, 1)[0]!.hand
        },
        `step \`${name}\` to begin${execution === undefined ? "" : ` in \`${execution}\``}`
      )
  }
}

type FunctionStepOptions = Extract<Parameters<typeof FunctionStep.make>[1], { readonly stopsWithin?: unknown }>

/**
 * Several hand-driven steps by name, each after the ones before it in the list.
 *
 * @since 0.1.0
 */
export const chain = <const Names extends ReadonlyArray<string>>(
  ...names: Names
): { readonly [K in Names[number]]: HandStep<K> } & {
  readonly steps: ReadonlyArray<Step<string, unknown, unknown, never>>
} => {
  const all: Record<string, unknown> = {}
  const steps: Array<Step<string, unknown, unknown, never>> = []
  for (const name of names) {
    const before = steps.at(-1)
    const hand = make(name, before === undefined ? {} : { after: before })
    all[name] = hand
    steps.push(hand.step)
  }
  return { ...all, steps } as never
}

type Order =
  | { readonly _tag: "Perform"; readonly effect: Effect.Effect<void, never, StepContext> }
  | { readonly _tag: "End"; readonly result: Effect.Effect<unknown, unknown> }

class Run {
  readonly context: StepContextShape
  readonly hand: Hand
  readonly body: Effect.Effect<unknown, unknown, StepContext>
  private readonly name: string
  private readonly orders: Array<Order> = []
  private wake: (() => void) | undefined
  private ended: Exit.Exit<unknown, unknown> | undefined

  constructor(name: string, input: unknown, context: StepContextShape) {
    this.name = name
    this.context = context
    this.body = Effect.onExit(this.obey(), (exit) =>
      Effect.sync(() => {
        this.ended = exit
      })
    )
    const check = (cursor?: unknown) => StoppingPoint.checkIn(context, cursor)
    this.hand = {
      input,
      context,
      check: (cursor) => this.perform(check(cursor), "reach a stopping point"),
      begin: (cursor) => Effect.sync(() => this.order(check(cursor), "reach a stopping point")),
      perform: (effect) => this.perform(effect, "carry out an order"),
      succeed: (value) => this.end(Effect.succeed(value), "end with a value"),
      fail: (error) => this.end(Effect.fail(error), "fail"),
      stopHalfWay: (at) => this.end(Effect.succeed(context.interrupted(at as object)), "stop half-way"),
      interrupted: Bounded.eventually(
        () => this.ended !== undefined && Exit.isFailure(this.ended) && Cause.hasInterruptsOnly(this.ended.cause),
        `the fiber of step \`${name}\` to be interrupted`
      ).pipe(Effect.asVoid),
      exit: () => this.ended
    }
  }

  private obey(): Effect.Effect<unknown, unknown, StepContext> {
    return Effect.gen({ self: this }, function* () {
      for (;;) {
        const order = this.orders.shift()
        if (order === undefined) {
          yield* Effect.callback<void>((resume) => {
            this.wake = () => resume(Effect.void)
          })
          this.wake = undefined
        } else if (order._tag === "Perform") yield* order.effect
        else return yield* order.result
      }
    })
  }

  private give(order: Order): void {
    this.orders.push(order)
    this.wake?.()
  }

  private order<A, E>(effect: Effect.Effect<A, E, StepContext>, what: string): Effect.Effect<A, E> {
    let exit: Exit.Exit<A, E> | undefined
    this.give({
      _tag: "Perform",
      effect: Effect.map(Effect.exit(effect), (found) => {
        exit = found
      })
    })
    return Effect.flatten(
      Bounded.eventually(
        () => exit ?? (this.ended === undefined ? undefined : Exit.die(this.over(what))),
        `step \`${this.name}\` to ${what}`
      )
    )
  }

  private perform<A, E>(effect: Effect.Effect<A, E, StepContext>, what: string): Effect.Effect<A, E> {
    return Effect.suspend(() => this.order(effect, what))
  }

  // Answers once the body has ended, not merely once it was told to.
  private end(result: Effect.Effect<unknown, unknown>, what: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.ended !== undefined) return Effect.die(this.over(what))
      this.give({ _tag: "End", result })
      return Effect.asVoid(Bounded.eventually(() => this.ended, `step \`${this.name}\` to ${what}`))
    })
  }

  private over(what: string): Error {
    return new Error(`Step \`${this.name}\` can't ${what}: it has ended already.`)
  }
}
