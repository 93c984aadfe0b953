/**
 * The port through which a step runs a module of its author in a thread of its own, so that code which never lets go of
 * its thread deafens nobody. The worker threads are those of `@halte/process`.
 *
 * @since 0.1.0
 */
import { Context, type Effect } from "effect"
import type { Described, StepFailure } from "./model/StepFailure.ts"
import type { StepContextShape, StoppedHalfWay } from "./StepContext.ts"

/**
 * A module and what to take from it. Input and output pass between threads as JSON values.
 *
 * @since 0.1.0
 */
export interface ModuleSpec {
  /** A `file:` URL. */
  readonly url: string
  /** @default "default" */
  readonly export?: string | undefined
}

/**
 * What a module exports, found out by loading it.
 *
 * @since 0.1.0
 */
export interface ModuleDescription {
  /** A `Step` of the engine, or a plain function. */
  readonly kind: "step" | "function"
  /** JSON Schemas of a `Step` that declares them. */
  readonly input?: Readonly<Record<string, unknown>>
  readonly output?: Readonly<Record<string, unknown>>
}

/**
 * Codes: `module-not-found`, `module-not-loadable`, `export-not-found`, `export-not-a-step`, `module-too-slow`,
 * `invalid-input`, `invalid-output`, `value-not-json`, `worker-ended`, and what the module's own code throws
 * (`step-failed`).
 *
 * @since 0.1.0
 */
export class ModuleError extends Error implements Described {
  readonly _tag = "ModuleError"
  readonly failure: StepFailure
  constructor(failure: StepFailure) {
    super(failure.message)
    this.failure = failure
  }
  toStepFailure(): StepFailure {
    return this.failure
  }
}

/**
 * What runs modules. Every effect of it may be interrupted, which ends the thread.
 *
 * @since 0.1.0
 */
export interface ModuleRunnerShape {
  /**
   * Calls the export with an input. Stops as the step's control says: a flag that `ctx.stop` reads, then, on
   * `terminate` or when the fiber is interrupted, the end of the thread.
   */
  readonly run: (
    spec: ModuleSpec,
    input: unknown,
    step: StepContextShape
  ) => Effect.Effect<unknown | StoppedHalfWay, ModuleError>
  /**
   * Calls the export once per item of a batch, in one thread and in one message each way, up to `concurrency` items at
   * a time. Answers one result per item, in order.
   */
  readonly runBatch: (
    spec: ModuleSpec,
    inputs: ReadonlyArray<unknown>,
    options: { readonly first: number; readonly concurrency: number },
    step: StepContextShape
  ) => Effect.Effect<ReadonlyArray<ItemResult>, ModuleError>
  /** Loads a module in a worker, at most 10 s, and says what it exports. Runs the module's top level. */
  readonly inspect: (spec: ModuleSpec) => Effect.Effect<ModuleDescription, ModuleError>
}

/**
 * The result of one item.
 *
 * @since 0.1.0
 */
export type ItemResult =
  | { readonly _tag: "Done"; readonly value: unknown }
  | { readonly _tag: "Failed"; readonly failure: StepFailure }

/**
 * The runner of modules as a service; the layer is that of `@halte/process`.
 *
 * @since 0.1.0
 */
export class ModuleRunner extends Context.Service<ModuleRunner, ModuleRunnerShape>()("@halte/engine/ModuleRunner") {}
