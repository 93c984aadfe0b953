/**
 * Reading executions: what is stored, and then what comes while they are live in this process.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import type { EventRecorder } from "./EventRecorder.ts"
import type { ExecutionStoreShape } from "./ExecutionStore.ts"
import type { References } from "./model/BlobReference.ts"
import type { ExecutionEvent } from "./model/ExecutionEvent.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { ListFilter } from "./model/Executions.ts"
import { ExecutionNotFound, ExecutionsUnavailable } from "./model/ExecutionsError.ts"
import * as ExecutionState from "./model/ExecutionState.ts"

const pageSize = 1024

/**
 * An execution that is live in this process, as a reader sees it.
 *
 * @since 0.1.0
 */
export interface Readable {
  readonly isOver: boolean
  readonly recorder: EventRecorder
}

/**
 * Makes of a store's failure what a front end is told.
 *
 * @since 0.1.0
 */
export const unavailable = (error: { readonly message: string }): ExecutionsUnavailable =>
  new ExecutionsUnavailable({ reason: error.message.replace(/\.$/, "") })

/**
 * The reading half of `Executions`. It may be used from any fiber.
 *
 * @since 0.1.0
 */
export class ExecutionReader {
  private readonly store: ExecutionStoreShape
  private readonly live: (id: ExecutionId) => Readable | undefined

  constructor(store: ExecutionStoreShape, live: (id: ExecutionId) => Readable | undefined) {
    this.store = store
    this.live = live
  }

  all(id: ExecutionId): Effect.Effect<ReadonlyArray<ExecutionEvent>, ExecutionsUnavailable> {
    return Effect.mapError(this.store.read(id, 0, Number.MAX_SAFE_INTEGER), unavailable)
  }

  get(id: ExecutionId): Effect.Effect<ExecutionState.ExecutionState, ExecutionNotFound | ExecutionsUnavailable> {
    return Effect.flatMap(this.all(id), (events) => {
      const state = ExecutionState.fold(undefined, events)
      return state === undefined ? Effect.fail(new ExecutionNotFound({ execution: id })) : Effect.succeed(state)
    })
  }

  list(filter: ListFilter | undefined) {
    return Effect.mapError(this.store.list(filter), unavailable)
  }

  counts(filter: Pick<ListFilter, "flow"> | undefined) {
    return Effect.mapError(this.store.counts(filter), unavailable)
  }

  output(id: ExecutionId, step: string): Effect.Effect<unknown, ExecutionNotFound | ExecutionsUnavailable> {
    return Effect.flatMap(this.get(id), ({ steps }) => {
      const found = steps.get(step)
      return found?.status === "Completed"
        ? this.resolve(id, found.references, "value", found.value)
        : Effect.succeed(undefined)
    })
  }

  /** A field of an event or of a step: itself, or what is kept apart in its place. */
  resolve(
    id: ExecutionId,
    references: References | undefined,
    field: string,
    value: unknown
  ): Effect.Effect<unknown, ExecutionsUnavailable> {
    const reference = references?.[field]
    if (reference === undefined) return Effect.succeed(value)
    return Effect.flatMap(Effect.mapError(this.store.readBlob(id, reference.sha256), unavailable), (text) =>
      text === undefined
        ? Effect.fail(
            new ExecutionsUnavailable({
              reason: `a ${field} of \`${id}\` that was kept apart (${reference.sha256.slice(0, 12)}…) is not in the store any more`
            })
          )
        : Effect.succeed(JSON.parse(text) as unknown)
    )
  }

  events(id: ExecutionId, after: number) {
    return this.follow(id, after, (last) => this.store.read(id, last, pageSize))
  }

  logs(id: ExecutionId, options: { readonly step?: string | undefined; readonly after?: number | undefined }) {
    return this.follow(id, options.after ?? 0, (after) =>
      this.store.readLog(id, { after, limit: pageSize, step: options.step })
    )
  }

  /** What is stored, then what comes, in pages; ends when the execution has ended and everything was read. */
  private follow<A extends { readonly sequence: number }, E extends { readonly message: string }>(
    id: ExecutionId,
    after: number,
    read: (after: number) => Effect.Effect<ReadonlyArray<A>, E>
  ): Stream.Stream<A, ExecutionNotFound | ExecutionsUnavailable> {
    const page = (
      last: number
    ): Effect.Effect<readonly [ReadonlyArray<A>, Option.Option<number>], ExecutionNotFound | ExecutionsUnavailable> =>
      Effect.gen({ self: this }, function* () {
        const live = this.live(id)
        // Read before looking whether it is over: what is recorded last is never missed.
        const over = live === undefined || live.isOver
        const changes = live?.recorder.changes
        const found = yield* Effect.mapError(read(last), unavailable)
        if (found.length > 0) return [found, Option.some(found.at(-1)!.sequence)] as const
        if (over) return [[], Option.none<number>()] as const
        yield* Effect.callback<void>((resume) => {
          const release = live.recorder.onCommit(() => {
            release()
            resume(Effect.void)
          })
          // The page was on its way when something changed.
          if (live.isOver || live.recorder.changes !== changes) {
            release()
            resume(Effect.void)
          }
          return Effect.sync(release)
        })
        return [[], Option.some(last)] as const
      })
    const known = Effect.suspend(() =>
      this.live(id) !== undefined
        ? Effect.void
        : Effect.flatMap(Effect.mapError(this.store.read(id, 0, 1), unavailable), (first) =>
            first.length === 0 ? Effect.fail(new ExecutionNotFound({ execution: id })) : Effect.void
          )
    )
    return Stream.unwrap(Effect.as(known, Stream.paginate(after, page)))
  }
}
