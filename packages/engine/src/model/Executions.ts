/**
 * The port that makes front ends interchangeable: everything a person or a program does with executions goes through
 * it. The engine in this process, a server reached over HTTP and a cluster implement it; a front end is given one and
 * knows nothing else.
 *
 * @since 0.1.0
 */
import { Context, type Effect, type Stream } from "effect"
import type { ExecutionEvent } from "./ExecutionEvent.ts"
import type { ExecutionId } from "./ExecutionId.ts"
import type {
  Always,
  CommandRefused,
  ExecutionNotFound,
  FlowBusy,
  FlowDiffers,
  FlowInvalid,
  FlowNotFound,
  InvalidParams,
  KeyRefused
} from "./ExecutionsError.ts"
import type { ExecutionState } from "./ExecutionState.ts"
import type { ExecutionStatus } from "./ExecutionStatus.ts"
import type { ExecutionSummary } from "./ExecutionSummary.ts"
import type { FlowDescription } from "./FlowDescription.ts"
import type { InterruptRequest, InterruptSource } from "./InterruptSignal.ts"
import type { InterruptStrategy } from "./InterruptStrategy.ts"
import type { LogLine } from "./LogLine.ts"

/**
 * Who gives a command, and through which door.
 *
 * @since 0.1.0
 */
export interface Asker {
  /** @default "Sdk" */
  readonly source?: InterruptSource | undefined
  readonly by?: string | undefined
}

/**
 * What `start` needs.
 *
 * @since 0.1.0
 */
export interface StartRequest extends Asker {
  /** The name of a flow of the catalog. */
  readonly flow: string
  /** Checked against the flow's schema. */
  readonly params?: unknown
  /** Replaces the flow's strategy, save `IgnoreInterruptions`. */
  readonly strategy?: InterruptStrategy | undefined
  /** Stops by itself after this many steps have started, as `PollNextN(n)` asked at the start. */
  readonly stopAfter?: number | undefined
  /**
   * The same key twice starts one execution and answers its id, for as long as its record is kept. With another flow,
   * params, strategy, `stopAfter` or fingerprint it is refused. Who asks does not count, nor what secret params say.
   */
  readonly idempotencyKey?: string | undefined
  /** Refuses with `flow-differs` when the flow of this name has another fingerprint. */
  readonly fingerprint?: string | undefined
}

/**
 * What `resume` may say for an execution that has ended; a paused one needs none of it.
 *
 * @since 0.1.0
 */
export interface ResumeRequest extends Asker {
  /** Steps with `idempotent: false` that may run again. */
  readonly rerun?: ReadonlyArray<string> | undefined
  /** Changed params, for the rest of the execution. */
  readonly params?: unknown
  /** Which definition counts when the flow has changed. */
  readonly definition?: "stored" | "current" | undefined
  readonly stopAfter?: number | undefined
}

/**
 * What `undo` may say.
 *
 * @since 0.1.0
 */
export interface UndoRequest extends Asker {
  /** Why, for those who read the record. */
  readonly reason?: string | undefined
  /** Steps and groups to take back, by id or by the end of one. @default all that completed */
  readonly steps?: ReadonlyArray<string> | undefined
  /** Secrets again, where the undo of a step reads them. */
  readonly params?: unknown
  /** Which definition counts when the flow has changed. */
  readonly definition?: "stored" | "current" | undefined
}

/**
 * What `answer` may say besides the value.
 *
 * @since 0.1.0
 */
export interface AnswerRequest extends Asker {
  /** Says no, whatever the gate asks for: the step fails with `gate-rejected`. The value doesn't count then. */
  readonly reject?: boolean | undefined
  /** Why, for whoever reads the record. */
  readonly reason?: string | undefined
}

/**
 * The answer to a command: the state it left behind, and what it did. `late`: the execution had ended; `repeat`: it had
 * been asked before.
 *
 * @since 0.1.0
 */
export interface Receipt {
  readonly execution: ExecutionId
  readonly status: ExecutionStatus
  readonly effect: "done" | "repeat" | "late" | "none"
}

/**
 * Which executions `list` shows: newest first.
 *
 * @since 0.1.0
 */
export interface ListFilter {
  readonly status?: ReadonlyArray<ExecutionStatus> | undefined
  readonly flow?: string | undefined
  /** Only those that started before this id. */
  readonly before?: ExecutionId | undefined
  /** Only those whose id ends so: how a person names one. */
  readonly ending?: string | undefined
  /** `false` leaves out the executions of sub-flows. @default true */
  readonly children?: boolean | undefined
  /** @default 50 */
  readonly limit?: number | undefined
}

/**
 * How many executions are in each state; a state that none is in is absent.
 *
 * @since 0.1.0
 */
export type Counts = { readonly [Status in ExecutionStatus]?: number }

/**
 * What can be done with executions. Every method may be called from any fiber, at any time.
 *
 * @since 0.1.0
 */
export interface ExecutionsShape {
  /** The flows of the catalog, as data. */
  readonly flows: Effect.Effect<ReadonlyArray<FlowDescription>, Always>

  /**
   * Starts an execution and answers its id once `execution-started` is in the store. It promises nothing about steps:
   * none may have begun, or all may have ended.
   */
  readonly start: (
    request: StartRequest
  ) => Effect.Effect<
    ExecutionId,
    FlowNotFound | FlowInvalid | FlowDiffers | FlowBusy | InvalidParams | KeyRefused | Always
  >

  /** The state at this moment: the fold of the events so far. */
  readonly get: (id: ExecutionId) => Effect.Effect<ExecutionState, ExecutionNotFound | Always>

  /** Newest first. Folds no events, however many there are. */
  readonly list: (filter?: ListFilter) => Effect.Effect<ReadonlyArray<ExecutionSummary>, Always>

  /** How many executions are in each state, of one flow or of all. Reads none of them. */
  readonly counts: (filter?: Pick<ListFilter, "flow">) => Effect.Effect<Counts, Always>

  /**
   * What a completed step gave, a value that is too large for its event included; `undefined` when it gave nothing or has
   * not completed.
   */
  readonly output: (id: ExecutionId, step: string) => Effect.Effect<unknown, ExecutionNotFound | Always>

  /**
   * The events after a sequence, in order and without gaps: first the recorded ones, then live. Ends after
   * `execution-ended`. A slow reader is never a burden: it reads again from the store.
   *
   * @param after the last sequence already seen; 0 for all
   */
  readonly events: (id: ExecutionId, after?: number) => Stream.Stream<ExecutionEvent, ExecutionNotFound | Always>

  /** The lines that steps wrote, of one step or of all, after a sequence of lines; live until the execution has ended. */
  readonly logs: (
    id: ExecutionId,
    options?: { readonly step?: string | undefined; readonly after?: number | undefined }
  ) => Stream.Stream<LogLine, ExecutionNotFound | Always>

  /**
   * Asks an execution to stop at its next stopping points. Answers once the request is recorded, not once it has
   * stopped. Asking again changes nothing, unless the new request's strategy stops sooner; asking after the end is
   * recorded as late. Interrupts no fiber.
   */
  readonly interrupt: (
    id: ExecutionId,
    request?: InterruptRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>

  /** Holds an execution at its next stopping points, in this life of the process. */
  readonly pause: (
    id: ExecutionId,
    asker?: Asker
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>

  /** Lets a paused execution go on, or begins the next attempt of one that has ended without completing. */
  readonly resume: (
    id: ExecutionId,
    request?: ResumeRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | InvalidParams | FlowNotFound | FlowBusy | Always>

  /**
   * Ends an execution by force: kills process trees, ends workers, interrupts fibers with one second for their
   * finalizers. Starts no clean-up and cuts a running one short. What may be half done is named in the outcome.
   */
  readonly terminate: (
    id: ExecutionId,
    request?: InterruptRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>

  /**
   * Takes back what completed, in reverse order of completion: begins an attempt whose only work is the `undo` of
   * completed steps and groups. What was taken back counts as not started. Refused while the execution is under way.
   */
  readonly undo: (
    id: ExecutionId,
    request?: UndoRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | InvalidParams | FlowNotFound | FlowBusy | Always>

  /**
   * Answers an open gate: `true` or `false` where it only asks to go on, else a value of its schema, or a rejection. A
   * value that does not fit is refused with `invalid-answer` and its problems, and the gate stays open.
   */
  readonly answer: (
    id: ExecutionId,
    step: string,
    value: unknown,
    request?: AnswerRequest
  ) => Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | Always>
}

/**
 * The port as a service: what a front end is given.
 *
 * @since 0.1.0
 */
export class Executions extends Context.Service<Executions, ExecutionsShape>()("@halte/engine/Executions") {}
