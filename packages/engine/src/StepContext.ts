/**
 * What a step's work gets from the engine besides its input: where it goes on, whether it is asked to stop, and where
 * it reports to. One exists per step and try; it is used by that step alone, from any of its fibers.
 *
 * @since 0.1.0
 */
import { Context, type Effect } from "effect"
import type { Fact } from "./model/ExecutionEvent.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { InterruptSignal } from "./model/InterruptSignal.ts"
import type { ItemFailure, ItemRecovered } from "./model/ItemFailure.ts"
import type { StepId } from "./model/StepId.ts"

/**
 * What the engine asks of running steps at this moment.
 *
 * - `go`: work.
 * - `hold`: paused; stop at the next stopping point and go on from there when it is over.
 * - `interrupt`: leave at the next stopping point.
 * - `terminate`: end at once; nothing is waited for but a second for finalizers.
 *
 * @since 0.1.0
 */
export type Demand = "go" | "hold" | "interrupt" | "terminate"

/**
 * The engine's side of stopping, as steps see it. `demand` is a plain property, cheap enough for a tight loop that also
 * lets the event loop turn; `subscribe` calls back at every change until the returned function is called.
 *
 * @since 0.1.0
 */
export interface StepControl {
  readonly demand: Demand
  /** The signal that steps may see: absent while a strategy keeps it from them. */
  readonly signal: InterruptSignal | undefined
  readonly subscribe: (listener: (demand: Demand) => void) => () => void
  /** Aborted when `demand` becomes `interrupt` or `terminate`. Made at the first use. */
  readonly abortSignal: AbortSignal
}

/**
 * Progress as a step tells it, in any unit.
 *
 * @since 0.1.0
 */
export interface Progress {
  readonly done: number
  readonly total?: number | undefined
  readonly message?: string | undefined
}

/**
 * Stopping points for code that is no Effect. Every method lets the event loop turn when 5 ms have passed since it last
 * did, and waits while the execution is paused. `true` means: leave now, and what is returned counts as partial.
 *
 * @since 0.1.0
 */
export interface StopView {
  /** Whether a stop is asked for, without letting the event loop turn. */
  readonly requested: boolean
  /** A stopping point. `cursor` is where the next attempt would go on. */
  readonly check: (cursor?: unknown) => Promise<boolean>
  /**
   * A stopping point at the first call and at every `n`th after it; the calls between answer `false` at once. `cursor`
   * is where the next attempt would go on if this call answers `true`.
   */
  readonly every: (n: number, cursor?: unknown) => boolean | Promise<boolean>
}

/**
 * What a body returns when it stopped half-way. Made by `StepContext.interrupted`.
 *
 * @since 0.1.0
 */
export class StoppedHalfWay {
  readonly cursor: unknown
  readonly partial: unknown
  readonly detail: string | undefined
  constructor(options: {
    readonly cursor?: unknown
    readonly partial?: unknown
    readonly detail?: string | undefined
  }) {
    this.cursor = options.cursor
    this.partial = options.partial
    this.detail = options.detail
  }
}

/**
 * What a body returns when it was asked to stop and finished all the same. Made by `StepContext.completed`.
 *
 * @since 0.1.0
 */
export class FinishedAnyway<out A> {
  readonly value: A
  constructor(value: A) {
    this.value = value
  }
}

/**
 * The context of one step and try. Its functions may be taken apart (`({ log }) => …`) and used from any fiber of
 * the step.
 *
 * @since 0.1.0
 */
export interface StepContextShape {
  readonly execution: ExecutionId
  readonly flow: string
  readonly step: StepId
  /** The n-th start of the execution, from 1. */
  readonly attempt: number
  /** The n-th run of this step within the attempt, from 1. */
  readonly try: number
  readonly params: unknown
  /** Of a step that a map has made: what it reads of its item, by the names of those inputs. */
  readonly items?: Readonly<Record<string, unknown>> | undefined
  /** Where an earlier attempt stopped; `undefined` at the beginning. */
  readonly cursor: unknown
  readonly control: StepControl
  readonly stop: StopView
  /** Aborted when the step should stop, and when its timeout has passed. */
  readonly signal: AbortSignal
  /** Writes a line to the step's log. Secrets of the execution are masked. */
  readonly log: (text: string, stream?: "stdout" | "stderr" | "log") => void
  /** Tells how far the step is. Recorded at most four times a second; the last one always. */
  readonly report: (progress: Progress) => void
  /**
   * Keeps a point from which the next attempt goes on. With a durable store the returned effect ends once it is
   * committed; without one nothing is returned, and nothing has to be waited for.
   */
  readonly saveCursor: (
    cursor: unknown,
    progress?: {
      readonly done?: number | undefined
      readonly total?: number | undefined
      /** Of a `forEach`: how many items have failed so far, and the results of the items since the last cursor. */
      readonly failed?: number | undefined
      readonly results?: ReadonlyArray<unknown> | undefined
      /** Those of them that failed, and items that had failed before and are done now. */
      readonly failures?: ReadonlyArray<ItemFailure> | undefined
      readonly recovered?: ReadonlyArray<ItemRecovered> | undefined
    }
  ) => Effect.Effect<void> | undefined
  /** The answer of a step that stopped half-way, with what it has so far and where to go on. */
  readonly interrupted: (options?: {
    readonly cursor?: unknown
    readonly partial?: unknown
    readonly detail?: string
  }) => StoppedHalfWay
  /** The answer of a step that saw the request to stop and finished its work all the same. */
  readonly completed: <A>(value: A) => FinishedAnyway<A>
  /** Records a fact of a step kind (`process-started`, `gate-opened`, …). */
  readonly record: (fact: Fact) => void
  /** Resolves the first answer to this step's gate. Only gates use it. */
  readonly answer: Effect.Effect<unknown>
  /** Masks the execution's secrets in a text. */
  readonly mask: (text: string) => string
  /** What a `forEach` keeps over attempts: its items as first evaluated, and what came of those before the cursor. */
  readonly kept: {
    items?: ReadonlyArray<unknown>
    failed?: number
    results?: ReadonlyArray<unknown>
    failures?: ReadonlyArray<ItemFailure>
  }
  /** Says that the step is at a stopping point and was told to leave; what it returns from now on is partial. */
  readonly stopHere: (cursor?: unknown) => void
  /**
   * Says that the step does nothing from now on (`true`: it holds at a stopping point, waits, or its processes are
   * stopped), or works again. An execution is paused when all of its running steps are quiet.
   */
  readonly quiet: (on: boolean) => void
}

/**
 * The context of the step that the current fiber works for. Present in every fiber of a step.
 *
 * @since 0.1.0
 */
export class StepContext extends Context.Service<StepContext, StepContextShape>()("@halte/engine/StepContext") {}
