/**
 * What the caller of an execution gets: how it ended, the values of the steps that completed, and the partition of the
 * flow's steps. `Interrupted` and `Completed` are different types: who has one in hand knows whether everything ran.
 *
 * @since 0.1.0
 */
import type { ExecutionId } from "./ExecutionId.ts"
import type { InterruptSignal } from "./InterruptSignal.ts"
import type { Partition } from "./Partition.ts"
import type { StepFailure } from "./StepFailure.ts"

interface Common extends Partition {
  readonly execution: ExecutionId
  readonly flow: string
  readonly attempt: number
  readonly tookMillis: number
  /** Values of the completed steps by step id. */
  readonly values: Readonly<Record<string, unknown>>
}

/**
 * Every step completed or was skipped. A request that came too late to stop anything is in `late`.
 *
 * @since 0.1.0
 */
export interface Completed extends Common {
  readonly _tag: "Completed"
  readonly late?: InterruptSignal
}

/**
 * A step failed, and nobody had asked to stop before.
 *
 * @since 0.1.0
 */
export interface Failed extends Common {
  readonly _tag: "Failed"
  readonly step: string
  readonly failure: StepFailure
}

/**
 * It was asked to stop and did, at stopping points: it can be resumed.
 *
 * @since 0.1.0
 */
export interface Interrupted extends Common {
  readonly _tag: "Interrupted"
  readonly signal: InterruptSignal
  readonly stopMillis: number
}

/**
 * It was ended by force. `terminated` lists what may be half done, `abandoned` what did not end in a second.
 *
 * @since 0.1.0
 */
export interface Terminated extends Common {
  readonly _tag: "Terminated"
  readonly signal: InterruptSignal
  readonly stopMillis: number
  readonly abandoned: ReadonlyArray<string>
}

/**
 * How an attempt ended. `_tag` tells which of the four it is.
 *
 * @since 0.1.0
 */
export type Outcome = Completed | Failed | Interrupted | Terminated
