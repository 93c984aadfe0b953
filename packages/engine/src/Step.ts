/**
 * One unit of work of a flow. A step says what it does, which steps it comes after and whose output it reads, and how
 * it stops. What kinds there are and how each stops:
 *
 * - `make`: a function returning a value, a Promise or an Effect. Stops at the stopping points in it.
 * - `forEach`: the same for each item of a list, in batches with a cursor.
 * - `process`: a program. Gets SIGTERM, a grace period, SIGKILL, the whole tree of it.
 * - `module`: a module of the author's in a worker thread.
 * - `group`: a graph of inner steps. `map`: one of the same step for each item of a list, known when it starts.
 * - `flow`: another flow, as an execution of its own. Stops as the steps of that do.
 * - `gate`: waits for a person. `sleep`: waits for time. `http`: sends a request. These stop at once, or nearly.
 *
 * A step is known by `Symbol.for("@halte/engine/Step")`, never by `instanceof`: a module may bring its own copy of the
 * engine.
 *
 * @since 0.1.0
 */
import { Duration, type Effect, Predicate, type Schema } from "effect"
import type { Flow } from "./Flow.ts"
import type { Source } from "./Items.ts"
import type { StepKind } from "./model/FlowDescription.ts"
import type { Params } from "./Params.ts"
import type { RetryPolicy } from "./RetryPolicy.ts"
import type { FinishedAnyway, StepContext, StepContextShape, StoppedHalfWay } from "./StepContext.ts"

/**
 * What a step is known by, in whichever copy of the engine it was made.
 *
 * @since 0.1.0
 */
export const TypeId: unique symbol = Symbol.for("@halte/engine/Step") as never
export type TypeId = typeof TypeId

/**
 * A step: its name, what it gives (`A`), how it fails (`E`) and which services it needs (`R`).
 *
 * @since 0.1.0
 */
export interface Step<out Name extends string = string, out A = unknown, out E = unknown, out R = unknown> {
  readonly [TypeId]: { readonly _A: () => A; readonly _E: () => E; readonly _R: () => R }
  readonly name: Name
  readonly kind: StepKind
  readonly options: AnyOptions
  /** The work; absent for groups. */
  readonly body?: Body
  /** The inner steps of a group. */
  readonly steps?: ReadonlyArray<Any>
  /** The flow that it runs, where it does not name one. */
  readonly flow?: Flow
  /** What a map makes when it starts. */
  readonly perItem?: PerItem
  readonly stops: Stops
  /** What it does, in one line: a command, a message. */
  readonly detail?: string
  /** What the work is made from, for its fingerprint, where the text of `body` does not tell: that of its kind. */
  readonly source?: unknown
  readonly inputSchema?: Schema.Top
  readonly outputSchema?: Schema.Top
}

/**
 * Any step.
 *
 * @since 0.1.0
 */
export type Any = Step<string, unknown, unknown, unknown>

/**
 * What the engine calls: the collected inputs and the context, for a value, a Promise or an Effect.
 *
 * @since 0.1.0
 */
export type Body = (input: never, step: StepContextShape) => unknown

/**
 * What a step promises about stopping. `text` is shown by `halte check`.
 *
 * @since 0.1.0
 */
export interface Stops {
  /** Milliseconds from the request to the stop; `undefined` when nothing is promised. */
  readonly withinMillis: number | undefined
  readonly text: string
  /** Milliseconds that its programs have between the graceful signal and SIGKILL; none for steps without programs. */
  readonly graceMillis?: number | undefined
  /** `finish`: its programs run to their end when a stop is asked for. */
  readonly onInterrupt?: "finish" | undefined
  /** Items between two stopping points of a loop. */
  readonly every?: number | undefined
}

/**
 * One step for each of these items. `token` tells the items of this map from those of others.
 *
 * @since 0.1.0
 */
export interface PerItem {
  readonly items: Source
  readonly step: Any
  readonly token: object
}

/**
 * What a step of a map reads of its item: the item itself, or its place from 0. It stands for a value that is known when
 * the map starts.
 *
 * @since 0.1.0
 */
export interface Item<out A> {
  readonly _tag: "Item"
  readonly field: "item" | "index"
  readonly token: object
  /** Never there: it carries the type. */
  readonly _A?: () => A
}

/**
 * Where an input comes from: another step's output, the flow's params, the item of a map, or a step known by name only.
 *
 * @since 0.1.0
 */
export type InputSource = Step<string, unknown, unknown, unknown> | Params<unknown> | Item<unknown> | Reference

/**
 * Inputs by the name under which the step reads them.
 *
 * @since 0.1.0
 */
export type Inputs = { readonly [name: string]: InputSource }

/**
 * The values of inputs.
 *
 * @since 0.1.0
 */
export type InputOf<I extends Inputs> = {
  readonly [K in keyof I]: I[K] extends Step<string, infer A, infer _E, infer _R>
    ? A
    : I[K] extends Params<infer P>
      ? P
      : I[K] extends Item<infer A>
        ? A
        : unknown
}

/**
 * A step by its name, looked for among the siblings, then outwards; a full id always works. Its value is `unknown`.
 *
 * @since 0.1.0
 */
export interface Reference {
  readonly _tag: "Reference"
  readonly name: string
}

/**
 * A step to come after: itself, or its name or id.
 *
 * @since 0.1.0
 */
export type Target = Any | string

/**
 * What a run returned, without what says how it ended.
 *
 * @since 0.1.0
 */
export type ValueOf<T> =
  T extends Effect.Effect<infer A, infer _E, infer _R> ? Plain<A> : T extends PromiseLike<infer A> ? Plain<A> : Plain<T>
type Plain<A> = A extends StoppedHalfWay ? never : A extends FinishedAnyway<infer B> ? B : A
/**
 * How a run fails.
 *
 * @since 0.1.0
 */
export type ErrorOf<T> = T extends Effect.Effect<infer _A, infer E, infer _R> ? E : never
/**
 * What a run needs, the step's context left out.
 *
 * @since 0.1.0
 */
export type ServicesOf<T> = T extends Effect.Effect<infer _A, infer _E, infer R> ? Exclude<R, StepContext> : never

/**
 * What every kind of step can say.
 *
 * @since 0.1.0
 */
export interface Options<I extends Inputs = Inputs> {
  readonly label?: string | undefined
  readonly icon?: string | undefined
  readonly description?: string | undefined
  /** Outputs of other steps that this one reads; each of them also comes before it. */
  readonly input?: I | undefined
  /** Steps that come before this one without giving it anything. */
  readonly after?: Target | ReadonlyArray<Target> | undefined
  /** Whether to run at all; `false` skips the step, which counts as done for the steps after it. */
  readonly when?: ((input: InputOf<I>, step: StepContextShape) => boolean | Effect.Effect<boolean, unknown>) | undefined
  /** The condition in words, for views. */
  readonly whenText?: string | undefined
  /** @default one try */
  readonly retry?: RetryPolicy | undefined
  /** The longest time of one try; held while paused. @default none */
  readonly timeout?: Duration.Input | undefined
  /** Runs when the step began and did not complete; with `always` also when it completed. */
  readonly cleanUp?: CleanUp<InputOf<I>> | undefined
  /** Takes back what the completed step did. */
  readonly undo?: CleanUp<never> | undefined
  /** What the failure of this step does. @default the flow's `onFailure` */
  readonly onFailure?: "stop" | "continue" | undefined
  /** `false`: after a stop half-way it runs again only when a person names it. @default runs again */
  readonly idempotent?: boolean | undefined
  /** Name of a limit of the flow (`limits`) that this step counts against. */
  readonly limit?: string | undefined
  /** Hash of what it does, of whoever knows it better than the text of its functions tells. @default computed */
  readonly fingerprint?: string | undefined
}
// What the engine reads back, whatever the types of the inputs were.
type AnyOptions = Omit<Options, "when" | "cleanUp" | "undo"> & {
  readonly when?: ((input: never, step: StepContextShape) => boolean | Effect.Effect<boolean, unknown>) | undefined
  readonly cleanUp?: CleanUp<never> | undefined
  readonly undo?: CleanUp<never> | undefined
}

/**
 * Clean-up: a function, or one with its own deadline. `cleanUp` is given the step's inputs, `undo` its value. It can't
 * be interrupted, only terminated; the deadline counts in the time that a stop may take.
 *
 * @since 0.1.0
 */
export type CleanUp<Given> =
  | ((given: Given, step: StepContextShape) => unknown)
  | {
      readonly run: (given: Given, step: StepContextShape) => unknown
      /** @default "10 seconds" */
      readonly deadline?: Duration.Input | undefined
      /**
       * Of a clean-up. It runs also when the step completed, before that is recorded; of a group when it closes, before
       * the steps after it begin. One that fails then leaves the step completed. @default false
       */
      readonly always?: boolean | undefined
      /** Of an undo. `false`: it doesn't look at the step's value, so it runs also where a secret was left out of that. @default true */
      readonly readsValue?: boolean | undefined
    }

/**
 * Makes a step of any kind. Kinds have their own functions; this one is for those who write a kind.
 *
 * @since 0.1.0
 */
export const fromParts = <Name extends string, A, E, R>(parts: {
  readonly name: Name
  readonly kind: StepKind
  readonly options: object
  readonly body?: (input: never, step: StepContextShape) => unknown
  readonly steps?: ReadonlyArray<Any>
  readonly flow?: Flow
  readonly perItem?: PerItem
  readonly stops: Stops
  readonly detail?: string | undefined
  readonly source?: unknown
  readonly inputSchema?: Schema.Top | undefined
  readonly outputSchema?: Schema.Top | undefined
}): Step<Name, A, E, R> => {
  const { withinMillis } = parts.stops
  // A time without end promises nothing.
  const stops = withinMillis === Number.POSITIVE_INFINITY ? { ...parts.stops, withinMillis: undefined } : parts.stops
  return { [TypeId]: variance, ...parts, stops } as unknown as Step<Name, A, E, R>
}

const variance = { _A: (_: never) => _, _E: (_: never) => _, _R: (_: never) => _ }

/**
 * Whether a value is a step, of whichever copy of the engine.
 *
 * @since 0.1.0
 */
export const isStep = (u: unknown): u is Any => Predicate.hasProperty(u, TypeId)

/**
 * A step by name, for inputs: `input: { files: Step.ref("index") }`.
 *
 * **Example** (Reading a step that is defined elsewhere)
 *
 * ```ts
 * const report = Step.make("report", { input: { index: Step.ref("index") }, run: ({ index }) => String(index) })
 * ```
 *
 * @since 0.1.0
 */
export const ref = (name: string): Reference => ({ _tag: "Reference", name })

/**
 * Milliseconds that killing a process tree and seeing that it is gone takes after the grace period.
 *
 * @since 0.1.0
 */
export const verifyMillis = 500

/**
 * The longest time from a request to the stop, in milliseconds, its clean-up left out: what its kind promises, else
 * what is left of its timeout and the end of what the timeout ends. `undefined` when nothing is promised.
 *
 * @since 0.1.0
 */
export const stopsWithin = (step: Any, leftOfTimeout: (timeoutMillis: number) => number): number | undefined => {
  const { graceMillis, withinMillis } = step.stops
  if (withinMillis !== undefined) return withinMillis
  // When its time is over a sub-flow is asked to stop, and waited for.
  if (step.kind === "flow") return undefined
  const timeoutMillis =
    step.options.timeout === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(step.options.timeout)
  if (timeoutMillis === Number.POSITIVE_INFINITY || graceMillis === Number.POSITIVE_INFINITY) return undefined
  return leftOfTimeout(timeoutMillis) + (graceMillis === undefined ? 0 : graceMillis + verifyMillis)
}

/**
 * Whether a clean-up runs also when its step or group completed.
 *
 * @since 0.1.0
 */
export const isAlways = (cleanUp: CleanUp<never> | undefined): cleanUp is CleanUp<never> =>
  typeof cleanUp === "object" && cleanUp.always === true

/**
 * A clean-up as a function and its deadline in milliseconds.
 *
 * @since 0.1.0
 */
export const cleanUpOf = (
  cleanUp: CleanUp<never>
): { readonly run: (given: never, step: never) => unknown; readonly deadlineMillis: number } =>
  typeof cleanUp === "function"
    ? { run: cleanUp, deadlineMillis: 10_000 }
    : { run: cleanUp.run, deadlineMillis: Duration.toMillis(cleanUp.deadline ?? "10 seconds") }
