/**
 * The port that keeps events and log lines. An engine owns an execution while it holds a claim; the claim's epoch
 * fences it: who has lost the claim can't append.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Schema } from "effect"
import type { EventBatch } from "./EventBatch.ts"
import type { ExecutionEvent } from "./model/ExecutionEvent.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { ListFilter } from "./model/Executions.ts"
import type { ExecutionStatus } from "./model/ExecutionStatus.ts"
import type { LogLine } from "./model/LogLine.ts"

/**
 * Another owner has claimed the execution since.
 *
 * @since 0.1.0
 */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", {
  execution: Schema.String,
  epoch: Schema.Int,
  current: Schema.Int
}) {
  override get message() {
    return `Execution \`${this.execution}\` belongs to another engine now (epoch ${this.current}, not ${this.epoch}).`
  }
}

/**
 * Another owner holds the claim and is alive.
 *
 * @since 0.1.0
 */
export class Claimed extends Schema.TaggedError<Claimed>()("Claimed", {
  execution: Schema.String,
  owner: Schema.String
}) {
  override get message() {
    return `Execution \`${this.execution}\` is claimed by \`${this.owner}\`.`
  }
}

/**
 * The store can't be read or written.
 *
 * @since 0.1.0
 */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  reason: Schema.String
}) {
  override get message() {
    return `The store can't be used: ${this.reason}.`
  }
}

/**
 * The right to append to one execution.
 *
 * @since 0.1.0
 */
export interface Claim {
  readonly execution: ExecutionId
  readonly owner: string
  readonly epoch: number
}

/**
 * What a listing needs of an execution without folding its events.
 *
 * @since 0.1.0
 */
export interface StoredExecution {
  readonly id: ExecutionId
  readonly flow: string
  readonly status: ExecutionStatus
  readonly attempt: number
  readonly sequence: number
  readonly startedAt: number
  readonly endedAt?: number | undefined
  readonly owner?: string | undefined
}

/**
 * What a store does. Its suite, `ExecutionStoreTest` of `@halte/engine/testing`, says the same by running it.
 *
 * @since 0.1.0
 */
export interface ExecutionStoreShape {
  /** What it keeps outlives the process and can be read by others. */
  readonly durable: boolean
  /**
   * Takes the ownership of an execution, a new one or one that nobody owns (or whose owner is known to be gone:
   * `takeOver`), with an epoch above all before.
   */
  readonly claim: (
    id: ExecutionId,
    owner: string,
    options?: { readonly takeOver?: boolean | undefined }
  ) => Effect.Effect<Claim, Claimed | StoreUnavailable>
  /** Says that the owner is alive. */
  readonly heartbeat: (claim: Claim) => Effect.Effect<void, Fenced | StoreUnavailable>
  readonly release: (claim: Claim) => Effect.Effect<void, Fenced | StoreUnavailable>
  /** Appends events whose sequences follow on the stored ones, all or none. */
  readonly append: (claim: Claim, events: EventBatch) => Effect.Effect<void, Fenced | StoreUnavailable>
  /** Events after a sequence, in order. An id that is not known has none. */
  readonly read: (
    id: ExecutionId,
    after: number,
    limit: number
  ) => Effect.Effect<ReadonlyArray<ExecutionEvent>, StoreUnavailable>
  /** Newest first. */
  readonly list: (filter?: ListFilter) => Effect.Effect<ReadonlyArray<StoredExecution>, StoreUnavailable>
  readonly appendLog: (claim: Claim, lines: ReadonlyArray<LogLine>) => Effect.Effect<void, Fenced | StoreUnavailable>
  /** Lines after a sequence, of one step or of all. */
  readonly readLog: (
    id: ExecutionId,
    options: { readonly after: number; readonly limit: number; readonly step?: string | undefined }
  ) => Effect.Effect<ReadonlyArray<LogLine>, StoreUnavailable>
  /** Forgets executions that have ended; those that have not are left alone. Answers how many are gone. */
  readonly remove: (ids: ReadonlyArray<ExecutionId>) => Effect.Effect<number, StoreUnavailable>
}

/**
 * The store as a service.
 *
 * @since 0.1.0
 */
export class ExecutionStore extends Context.Service<ExecutionStore, ExecutionStoreShape>()(
  "@halte/engine/ExecutionStore"
) {}

/**
 * What a listing says of an execution after further events.
 *
 * @since 0.1.0
 */
export const summarize = (before: StoredExecution | undefined, events: EventBatch): StoredExecution | undefined => {
  let now = before
  for (const event of events.notable ?? events) {
    if (event.type === "execution-started")
      now = {
        id: event.execution as ExecutionId,
        flow: event.flow,
        status: "Running",
        attempt: event.attempt,
        sequence: event.sequence,
        startedAt: now?.startedAt ?? event.at
      }
    else if (now !== undefined) {
      const status = statusAfter(event, now.status)
      if (status !== now.status)
        now = { ...now, status, ...(event.type === "execution-ended" ? { endedAt: event.at } : undefined) }
    }
  }
  if (now === undefined || events.length === 0) return now
  return { ...now, sequence: (before?.sequence ?? 0) + events.length }
}

const statusAfter = (event: ExecutionEvent, status: ExecutionStatus): ExecutionStatus => {
  switch (event.type) {
    case "execution-queued":
      return "Pending"
    case "execution-dequeued":
    case "resumed":
      return "Running"
    case "pausing":
      return "Pausing"
    case "paused":
      return "Paused"
    case "interrupt-requested":
      return "Interrupting"
    case "terminate-requested":
      return "Terminating"
    case "execution-ended":
      return event.status
    default:
      return status
  }
}
