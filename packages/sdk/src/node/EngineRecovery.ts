/**
 * Engines that are gone: finding out which, ending the processes that they left behind, and writing down that their
 * executions are interrupted.
 *
 * @since 0.1.0
 */
import { Clock, Effect } from "effect"
import { ExecutionState, type ExecutionStore, Recovery } from "@halte/engine"
import { EngineSweep } from "@halte/process"
import * as EngineRecord from "./EngineRecord.ts"
import * as ProcessIdentity from "./ProcessIdentity.ts"
import type { Recovered } from "./Project.ts"
import type { ProjectDirectory } from "./ProjectDirectory.ts"

/** An engine that can't be seen is taken for gone when it has not said for so long that it is alive. */
const silentMillis = 60_000

/**
 * @since 0.1.0
 */
export interface Options {
  readonly project: ProjectDirectory
  readonly store: ExecutionStore.ExecutionStoreShape
  /** Who recovers: its own claims are those of a living engine. */
  readonly owner: string
}

/**
 * Whether an owner of claims lives, in a process of this machine or somewhere else.
 *
 * @since 0.1.0
 */
export const isGone = (record: EngineRecord.EngineRecord | undefined, aliveAt: number, now: number): boolean => {
  const seen = record === undefined ? "gone" : ProcessIdentity.look(record.process)
  return seen === "unknown" ? now - aliveAt > silentMillis : seen === "gone"
}

/**
 * Recovers from every engine of the project that is gone. Several processes may do it at once.
 *
 * @since 0.1.0
 */
export const recoverAll = (
  options: Options
): Effect.Effect<ReadonlyArray<Recovered>, ExecutionStore.StoreUnavailable> =>
  Effect.gen(function* () {
    const { owner, project, store } = options
    // Claims first: an engine writes its record before it claims anything, so every owner that lives has one by now.
    const claims = new Map((yield* store.owners).map((o) => [o.owner, o.aliveAt]))
    const records = new Map(EngineRecord.all(project).map((record) => [record.owner, record]))
    const now = yield* Clock.currentTimeMillis
    const recovered: Array<Recovered> = []
    for (const name of new Set([...claims.keys(), ...records.keys()])) {
      const record = records.get(name)
      if (name === owner || !isGone(record, claims.get(name) ?? now, now)) continue
      recovered.push(...(yield* recoverOne(options, name, record, claims.has(name))))
    }
    return recovered
  })

const recoverOne = (
  { owner, project, store }: Options,
  gone: string,
  record: EngineRecord.EngineRecord | undefined,
  claims: boolean
) =>
  Effect.gen(function* () {
    const swept = claims ? yield* sweep(store, gone, record) : undefined
    const left = swept?.left.map((p) => p.pid) ?? []
    const found = claims ? yield* Recovery.recover(store, { owner, gone, left }) : []
    // Last: while it is there, somebody else who comes now does all of this again if this process ends here.
    EngineRecord.remove(project, gone)
    // Processes are known by engine: what was ended is told with the first of its executions.
    return found.map((one, i) => ({ ...one, ended: i === 0 ? (swept?.ended ?? 0) : 0, left: i === 0 ? left : [] }))
  })

/** Ends what it left behind. What has had its SIGTERM, by the record, gets no other one. */
const sweep = (
  store: ExecutionStore.ExecutionStoreShape,
  gone: string,
  record: EngineRecord.EngineRecord | undefined
) =>
  Effect.gen(function* () {
    const mark = EngineRecord.markOf(gone)
    if (mark === undefined) return undefined
    const told = new Set<string>()
    for (const { id } of yield* store.list({ owner: gone, limit: Number.MAX_SAFE_INTEGER })) {
      const events = yield* store.read(id, 0, Number.MAX_SAFE_INTEGER)
      for (const p of ExecutionState.fold(undefined, events)?.processes ?? [])
        if (p.signalled !== undefined && p.exited === undefined && p.mark !== undefined) told.add(p.mark)
    }
    const since = Number(record?.process.startTime)
    const report = yield* Effect.promise(() =>
      EngineSweep.sweepAfter(mark, { told, ...(Number.isFinite(since) && since > 0 ? { since } : undefined) })
    )
    return report.supported ? report : undefined
  })
