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
import type { Counts, ListFilter } from "./model/Executions.ts"
import * as ExecutionSummary from "./model/ExecutionSummary.ts"
import type { LogLine } from "./model/LogLine.ts"
import type { SharedLimitsShape } from "./SharedLimits.ts"

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
 * The flow runs one execution at a time, and another one of it is claimed.
 *
 * @since 0.1.0
 */
export class Held extends Schema.TaggedError<Held>()("Held", {
  flow: Schema.String,
  execution: Schema.String
}) {
  override get message() {
    return `Flow \`${this.flow}\` is held by execution \`${this.execution}\`.`
  }
}

/**
 * What a store keeps of an idempotency key: which execution it belongs to, and the digest it came with. Until `begun`,
 * until the execution has its first event, the start may still fail, and the key be free again.
 *
 * @since 0.1.0
 */
export interface KeyUse {
  readonly execution: ExecutionId
  readonly digest: string
  readonly begun: boolean
}

/**
 * The key of a start belongs to another execution.
 *
 * @since 0.1.0
 */
export class KeyTaken extends Schema.TaggedError<KeyTaken>()("KeyTaken", {
  key: Schema.String,
  execution: Schema.String
}) {
  override get message() {
    return `Key \`${this.key}\` belongs to execution \`${this.execution}\`.`
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
 * The right to append to one execution, and behind which event and log line the owner goes on.
 *
 * @since 0.1.0
 */
export interface Claim {
  readonly execution: ExecutionId
  readonly owner: string
  readonly epoch: number
  readonly sequence: number
  readonly lineSequence: number
}

/**
 * The idempotency key of a start, and the digest of its request: a text that only the engine reads.
 *
 * @since 0.1.0
 */
export interface StartKey {
  readonly name: string
  readonly digest: string
}

/**
 * From whom a claim may be taken, which flow's name it holds, and which key its execution is started with.
 *
 * @since 0.1.0
 */
export interface ClaimOptions {
  readonly takeOver?: string | undefined
  readonly single?: string | undefined
  readonly key?: StartKey | undefined
}

/**
 * Which executions a store lists: what a person asks for, and what an engine looks for.
 *
 * @since 0.1.0
 */
export interface StoreFilter extends ListFilter {
  /** Only those that this owner has claimed. */
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
   * Takes the ownership of an execution, a new one or one that nobody owns, with an epoch above all before. One that is
   * owned is taken only from the owner that `takeOver` names, who is known to be gone: of several that find this out, one
   * gets it.
   *
   * With `single`, the name of a flow of which one execution runs at a time, the claim also holds that name until it is
   * released or taken over; while another execution holds it, the answer is `Held`. It is one decision: of two processes
   * that start at once, one is refused.
   *
   * With `key`, the claim of a new execution gives the key to it, in the same decision. While it belongs to another one,
   * the answer is `KeyTaken`, also where it would be `Held`. It belongs to its execution until that is removed; a claim
   * that is given back, or whose owner is gone, before the first event leaves the key free.
   */
  readonly claim: (
    id: ExecutionId,
    owner: string,
    options?: ClaimOptions
  ) => Effect.Effect<Claim, Claimed | Held | KeyTaken | StoreUnavailable>
  /** Whom a key belongs to; `undefined` when it is free. */
  readonly keyUse: (name: string) => Effect.Effect<KeyUse | undefined, StoreUnavailable>
  /** Says that the owner is alive. */
  readonly heartbeat: (claim: Claim) => Effect.Effect<void, Fenced | StoreUnavailable>
  readonly release: (claim: Claim) => Effect.Effect<void, Fenced | StoreUnavailable>
  /**
   * Releases whatever an owner that is known to be gone still holds. For claims without events, which nobody can list:
   * executions are taken over, so that their end is recorded.
   */
  readonly disown: (owner: string) => Effect.Effect<void, StoreUnavailable>
  /** Who holds claims, and when each last said that it is alive, in milliseconds since 1970. */
  readonly owners: Effect.Effect<ReadonlyArray<{ readonly owner: string; readonly aliveAt: number }>, StoreUnavailable>
  /**
   * Appends events whose sequences follow on the stored ones, all or none. With `release` the claim is given back in the
   * same commit: the last events of an attempt.
   */
  readonly append: (
    claim: Claim,
    events: EventBatch,
    options?: { readonly release?: boolean | undefined }
  ) => Effect.Effect<void, Fenced | StoreUnavailable>
  /** Events after a sequence, in order. An id that is not known has none. */
  readonly read: (
    id: ExecutionId,
    after: number,
    limit: number
  ) => Effect.Effect<ReadonlyArray<ExecutionEvent>, StoreUnavailable>
  /** Newest first. */
  readonly list: (
    filter?: StoreFilter
  ) => Effect.Effect<ReadonlyArray<ExecutionSummary.ExecutionSummary>, StoreUnavailable>
  /** How many there are in each state, of one flow or of all. */
  readonly counts: (filter?: Pick<ListFilter, "flow">) => Effect.Effect<Counts, StoreUnavailable>
  /**
   * The JSON text of a value that is too large for its event, by the hash in the event's `references`; `undefined` when
   * there is none. Which values are kept apart is the store's choice.
   */
  readonly readBlob: (id: ExecutionId, sha256: string) => Effect.Effect<string | undefined, StoreUnavailable>
  readonly appendLog: (claim: Claim, lines: ReadonlyArray<LogLine>) => Effect.Effect<void, Fenced | StoreUnavailable>
  /** Lines after a sequence, of one step or of all. */
  readonly readLog: (
    id: ExecutionId,
    options: { readonly after: number; readonly limit: number; readonly step?: string | undefined }
  ) => Effect.Effect<ReadonlyArray<LogLine>, StoreUnavailable>
  /**
   * Forgets executions that have ended and that nobody owns, with their keys; all others are left alone. Answers how many
   * are gone.
   */
  readonly remove: (ids: ReadonlyArray<ExecutionId>) => Effect.Effect<number, StoreUnavailable>
  /**
   * Places of limits that executions share. Those of an execution are free once its claim is released, disowned or claimed
   * anew, in the same commit.
   */
  readonly sharedLimits: SharedLimitsShape
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
 * What a listing says after a batch of events.
 *
 * @since 0.1.0
 */
export const summarize = (before: ExecutionSummary.ExecutionSummary | undefined, events: EventBatch) =>
  events.length === 0
    ? before
    : ExecutionSummary.after(
        before,
        events.notable ?? events,
        (before?.sequence ?? 0) + events.length,
        events.completions ?? 0
      )
