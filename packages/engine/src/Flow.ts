/**
 * A named set of steps, with what holds for all of them.
 *
 * @since 0.1.0
 */
import { Duration, Schema } from "effect"
import type { FlowLimits } from "./FlowLimit.ts"
import type { FlowOrigin } from "./model/FlowOrigin.ts"
import * as InterruptStrategy from "./model/InterruptStrategy.ts"
import type { ServicesIn } from "./GroupStep.ts"
import * as Params from "./Params.ts"
import type { EndedStatus } from "./model/ExecutionStatus.ts"
import type * as Step from "./Step.ts"

/**
 * What a flow is known by, in whichever copy of the engine it was made.
 *
 * @since 0.1.0
 */
export const TypeId: unique symbol = Symbol.for("@halte/engine/Flow") as never
export type TypeId = typeof TypeId

/**
 * A flow: which params it takes and which services its steps need.
 *
 * @since 0.1.0
 */
export interface Flow<out P = unknown, out R = unknown> {
  readonly [TypeId]: { readonly _P: () => P; readonly _R: () => R }
  readonly name: string
  readonly version?: string | undefined
  readonly label?: string | undefined
  readonly description?: string | undefined
  readonly params: Params.Params<P>
  readonly steps: ReadonlyArray<Step.Any>
  /** Steps that run at a time; `undefined`: no limit. */
  readonly concurrency?: number | undefined
  /** Named limits that steps count against with `limit`. */
  readonly limits: FlowLimits
  /** The limit, shared by executions, that each execution of this flow counts against as a whole. */
  readonly limit?: string | undefined
  readonly strategy: InterruptStrategy.InterruptStrategy
  /** One execution of this flow at a time. */
  readonly single: boolean
  readonly deadlineMillis?: number | undefined
  /** The promise to stop within this time, whatever is running; checked before anything runs, not enforced. */
  readonly stopsWithinMillis?: number | undefined
  readonly onFailure: OnFailure
  /** Runs at the end of each attempt that began; never after terminate. */
  readonly cleanUp?: Step.CleanUp<never> | undefined
  /** Of the resolved definition; computed from the steps when the maker states none. */
  readonly fingerprint?: string | undefined
  readonly durability: Durability
  /** Where it was defined, and the text of its file: kept with each execution, so that another process can resume it. */
  readonly origin?: FlowOrigin | undefined
  readonly definitionText?: string | undefined
}

/**
 * What a crash may cost over a store that outlives the process. `step`: a step's completion is stored before the steps
 * after it start, so none of them begins twice for that reason. `relaxed`: events are written behind, at the latest
 * after 50 ms; a crash repeats what was not written.
 *
 * @since 0.1.0
 */
export type Durability = "step" | "relaxed"

/**
 * Any flow.
 *
 * @since 0.1.0
 */
export type Any = Flow<unknown, unknown>

/**
 * What a failed step does to the others: `stop` asks them to stop at their next stopping points, `continue` lets
 * branches that do not depend on it go on, `undo` stops and then takes back what completed, in reverse order.
 *
 * @since 0.1.0
 */
export type OnFailure = "stop" | "continue" | "undo"

/**
 * What the clean-up of a flow is given: the params, and how the attempt ends.
 *
 * @since 0.1.0
 */
export interface CleanUpInput<P> {
  readonly params: P
  readonly status: Exclude<EndedStatus, "Terminated">
}

/**
 * Makes a flow. Its steps are checked when it is put in a catalog or compiled with `StepGraph.make`.
 *
 * **Example** (Two steps)
 *
 * ```ts
 * const build = Step.make("build", { run: () => Effect.sleep("1 second") })
 * const deploy = Step.make("deploy", { run: () => Effect.log("deploying"), after: [build] })
 * const release = Flow.make("release", { steps: [build, deploy] })
 * ```
 *
 * @since 0.1.0
 */
export const make = <const Steps extends ReadonlyArray<Step.Any>, P = unknown>(
  name: string,
  options: {
    readonly steps: Steps
    readonly params?: Params.Params<P> | Schema.Codec<P, unknown> | undefined
    readonly version?: string | undefined
    readonly label?: string | undefined
    readonly description?: string | undefined
    readonly concurrency?: number | undefined
    /** By name: a number, or `{ size, shared: true }` for one that all executions of the project share. */
    readonly limits?: FlowLimits | undefined
    /** A shared limit of `limits` that each execution counts against as a whole: it is Pending until it has a place. */
    readonly limit?: string | undefined
    /** @default FinishCurrent */
    readonly strategy?: InterruptStrategy.InterruptStrategy | undefined
    /** @default false */
    readonly single?: boolean | undefined
    /** The longest time from its start to the request to stop that the engine then makes. @default none */
    readonly deadline?: Duration.Input | undefined
    /**
     * The promise to stop within this time, whatever is running. `halte check` holds the flow to it; nothing is cut short
     * for it. @default none
     */
    readonly stopsWithin?: Duration.Input | undefined
    /** @default "stop" */
    readonly onFailure?: OnFailure | undefined
    /**
     * Runs at the end of each attempt that began, whether it completed, failed or was interrupted: after the clean-ups of
     * groups and after what a failure undoes, before the status is written. It can't be interrupted, has its own
     * deadline, and what it fails with changes no status. Terminate starts none and cuts a running one short. An attempt
     * that only takes back runs none.
     */
    readonly cleanUp?: Step.CleanUp<CleanUpInput<P>> | undefined
    readonly fingerprint?: string | undefined
    /** @default "step" */
    readonly durability?: Durability | undefined
    readonly origin?: FlowOrigin | undefined
    readonly definitionText?: string | undefined
  }
): Flow<P, ServicesIn<Steps>> => {
  const { deadline, durability, limits, onFailure, params, single, stopsWithin, strategy, ...rest } = options
  const flow: Omit<Flow<P, ServicesIn<Steps>>, TypeId> = {
    ...rest,
    name,
    params:
      params === undefined
        ? (Params.anything as Params.Params<P>)
        : Params.isParams(params)
          ? params
          : (Params.make(params) as Params.Params<P>),
    limits: limits ?? {},
    strategy: strategy ?? InterruptStrategy.FinishCurrent,
    single: single ?? false,
    deadlineMillis: deadline === undefined ? undefined : Duration.toMillis(deadline),
    stopsWithinMillis: stopsWithin === undefined ? undefined : Duration.toMillis(stopsWithin),
    onFailure: onFailure ?? "stop",
    durability: durability ?? "step"
  }
  return { [TypeId]: variance, ...flow } as never
}

const variance = { _P: (_: never) => _, _R: (_: never) => _ }
