/**
 * The port through which a step runs a sub-flow as an execution of its own. The engine that runs the step provides it.
 *
 * @since 0.1.0
 */
import { Context, type Effect } from "effect"
import type * as Flow from "./Flow.ts"
import type { Described, StepFailure } from "./model/StepFailure.ts"
import type { StepContextShape, StoppedHalfWay } from "./StepContext.ts"

/**
 * Which flow a step starts: itself, or one that the engine knows by this name; and what it is given.
 *
 * @since 0.1.0
 */
export interface ChildRequest {
  readonly flow: string | Flow.Any
  /** Computed when the execution is started; one that is resumed keeps what it was started with. */
  readonly params: Effect.Effect<unknown, unknown>
}

/**
 * A sub-flow that could not be started or resumed, or that failed. The code is that of the child's own failure, or one of
 * `flow-not-found`, `flow-invalid`, `flow-busy`, `invalid-params`, `secret-in-params`, `flow-contains-itself`,
 * `sub-flows-too-deep`, `waits-for-itself`, `already-running`, `needs-rerun`, `definition-changed`, `secret-missing`,
 * `executions-unavailable`.
 *
 * @since 0.1.0
 */
export class ChildFailed extends Error implements Described {
  readonly _tag = "ChildFailed"
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
 * What runs sub-flows.
 *
 * @since 0.1.0
 */
export interface ChildExecutionsShape {
  /**
   * Runs a sub-flow to its end for a step. The step's cursor names the execution, before it is started: a step that has
   * one goes on with that execution. Obeys the step's control, by asking the child for the same; answers only when the
   * child has ended. Its value are the values of the child's steps by name.
   */
  readonly run: (
    request: ChildRequest,
    step: StepContextShape
  ) => Effect.Effect<Readonly<Record<string, unknown>> | StoppedHalfWay, unknown>
}

/**
 * The runner of sub-flows as a service.
 *
 * @since 0.1.0
 */
export class ChildExecutions extends Context.Service<ChildExecutions, ChildExecutionsShape>()(
  "@halte/engine/ChildExecutions"
) {}
