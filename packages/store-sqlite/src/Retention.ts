/**
 * Forgets old executions.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ExecutionStatus, type ExecutionId, type ExecutionStore, type ExecutionSummary } from "@halte/engine"
import type { SqliteStore } from "./SqliteStore.ts"

type Summary = ExecutionSummary.ExecutionSummary

/**
 * Which executions go: those that have ended, that nobody owns, and for which all of this holds. The execution of a
 * sub-flow goes with its parent and not before it.
 *
 * @since 0.1.0
 */
export interface PruneOptions {
  /** Ended longer ago than this. */
  readonly olderThanMillis?: number | undefined
  /** Not among the newest so many of their flow that have ended. */
  readonly keepLast?: number | undefined
  /** Ended so. @default all of them */
  readonly statuses?: ReadonlyArray<ExecutionStatus.EndedStatus> | undefined
  readonly flow?: string | undefined
  /** Says what would go, and changes nothing. @default false */
  readonly dryRun?: boolean | undefined
  /** The wall clock, in milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined
}

/**
 * Which executions went, or would go, newest first, and how many bytes of events, values and log lines they had.
 *
 * @since 0.1.0
 */
export interface Pruned {
  readonly executions: ReadonlyArray<Summary>
  readonly bytes: number
}

/** Executions that one page lists, and that one transaction removes. */
const pageSize = 500
const removedAtOnce = 50

/**
 * Removes old executions with all that belongs to them, and gives their space back to the disk.
 *
 * **Details**
 *
 * Goes by portions, so that other work on the same store goes on meanwhile. One that is resumed at the same time stays.
 *
 * @since 0.1.0
 */
export const prune = (
  store: SqliteStore,
  options: PruneOptions = {}
): Effect.Effect<Pruned, ExecutionStore.StoreUnavailable> =>
  Effect.gen(function* () {
    const chosen = yield* choose(store, options)
    if (options.dryRun === true) return { executions: chosen, bytes: yield* store.bytes(chosen.map(({ id }) => id)) }
    const executions: Array<Summary> = []
    let bytes = 0
    for (let i = 0; i < chosen.length; i += removedAtOnce) {
      const part = chosen.slice(i, i + removedAtOnce)
      const ids = part.map(({ id }) => id)
      const had = yield* store.bytes(ids)
      const gone = yield* store.remove(ids)
      const left = gone === part.length ? [] : yield* stillThere(store, ids)
      bytes += had - (left.length === 0 ? 0 : yield* store.bytes(left))
      executions.push(...part.filter(({ id }) => !left.includes(id)))
    }
    if (executions.length > 0) yield* store.compact
    return { executions, bytes }
  })

const choose = (store: SqliteStore, options: PruneOptions) =>
  Effect.gen(function* () {
    const { flow, keepLast = 0, olderThanMillis, statuses } = options
    const latest = olderThanMillis === undefined ? undefined : (options.now ?? Date.now)() - olderThanMillis
    const seen = new Map<string, number>()
    const chosen = new Map<string, Summary>()
    const children = new Map<string, Array<Summary>>()
    let before: ExecutionId.ExecutionId | undefined
    for (;;) {
      // Of every flow: the sub-flows of those that go have other names.
      const page: ReadonlyArray<Summary> = yield* store.list({
        before,
        limit: pageSize,
        status: ExecutionStatus.EndedStatus.literals
      })
      for (const execution of page) {
        if (execution.parent !== undefined && (yield* isThere(store, execution.parent.execution))) {
          const beside = children.get(execution.parent.execution)
          if (beside === undefined) children.set(execution.parent.execution, [execution])
          else beside.push(execution)
          continue
        }
        if (flow !== undefined && execution.flow !== flow) continue
        const place = (seen.get(execution.flow) ?? 0) + 1
        seen.set(execution.flow, place)
        if (place <= keepLast || execution.owner !== undefined) continue
        if (statuses !== undefined && !statuses.some((status) => status === execution.status)) continue
        if (latest !== undefined && (execution.endedAt ?? Number.POSITIVE_INFINITY) >= latest) continue
        chosen.set(execution.id, execution)
      }
      if (page.length < pageSize) break
      before = page.at(-1)!.id
    }
    // In the order of their addition, so that those of sub-flows of sub-flows are found, too.
    for (const { id } of chosen.values())
      for (const child of children.get(id) ?? []) if (child.owner === undefined) chosen.set(child.id, child)
    return [...chosen.values()].sort((a, b) => (a.id < b.id ? 1 : -1))
  })

const isThere = (store: SqliteStore, id: string) =>
  Effect.map(store.list({ ending: id, limit: 1 }), (found) => found.length > 0)

const stillThere = (store: SqliteStore, ids: ReadonlyArray<ExecutionId.ExecutionId>) =>
  Effect.map(
    Effect.forEach(ids, (id) => store.list({ ending: id, limit: 1 })),
    (found) => found.flat().map(({ id }) => id)
  )
