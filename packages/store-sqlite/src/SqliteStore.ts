/**
 * The embedded store: executions, their events, values and log lines in one SQLite file, which several processes may use
 * at once. What it has acknowledged is on the disk, whole; what it has refused left nothing behind.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Layer, type Scope } from "effect"
import { EventBatch, ExecutionStatus, ExecutionStore } from "@halte/engine"
import * as Blobs from "./Blobs.ts"
import { Connection, patiently } from "./Connection.ts"
import { EventChunks } from "./EventChunks.ts"
import { ExecutionRows, type Row } from "./ExecutionRows.ts"
import * as Listing from "./Listing.ts"
import { LogChunks } from "./LogChunks.ts"
import * as Migrations from "./Migrations.ts"
import { SharedPlaces } from "./SharedPlaces.ts"
import * as SpaceUsed from "./SpaceUsed.ts"
import * as SqliteFailure from "./SqliteFailure.ts"
import { StartKeys } from "./StartKeys.ts"
import * as StoreFile from "./StoreFile.ts"
import { WriteGroup } from "./WriteGroup.ts"

type StoreUnavailable = ExecutionStore.StoreUnavailable

/**
 * Where the store is, and how careful it is.
 *
 * @since 0.1.0
 */
export interface Options {
  /** The path of the file, in a directory that is there, or `":memory:"`. */
  readonly file: string
  /**
   * `"full"`: what is acknowledged outlives a loss of power. `"normal"`: it outlives the end of the process, however that
   * comes, but the last moments before a loss of power may be missing; several times as fast. `"off"`: nothing waits for the disk, and
   * a loss of power may damage the file: for a store that is thrown away.
   *
   * @default "full"
   */
  readonly synchronous?: "full" | "normal" | "off" | undefined
  /** How long to wait for another process that has the file locked. @default "5 seconds" */
  readonly lockTimeout?: Duration.Input | undefined
  /** The wall clock, in milliseconds since 1970. @default Date.now */
  readonly now?: (() => number) | undefined
  /** Called after each commit with the number of writes that shared it. For measuring. */
  readonly onCommit?: ((writes: number) => void) | undefined
}

/**
 * A store in a file.
 *
 * @since 0.1.0
 */
export interface SqliteStore extends ExecutionStore.ExecutionStoreShape {
  /** The file, as it was given. */
  readonly file: string
  /** What a person should be told about the opening, in whole sentences: that a damaged file was moved aside. */
  readonly notices: ReadonlyArray<string>
  /** Bytes that would be free without these executions; a value that others have too is not counted. */
  readonly bytes: (ids: ReadonlyArray<string>) => Effect.Effect<number, StoreUnavailable>
  /** Gives the space of what was removed back to the disk. Answers by how many bytes the file is smaller. */
  readonly compact: Effect.Effect<number, StoreUnavailable>
}

/** Characters of JSON over which a value is kept apart from its event. */
const largestInEvent = 32 * 1024

/**
 * Opens a store for the length of a scope. Closing writes what is waiting and leaves one file behind, without a journal,
 * unless another process still uses it.
 *
 * **Details**
 *
 * All that is appended, claimed or released in one synchronous run is one transaction. An append is written even if its
 * fiber is interrupted. A file that is no whole database is moved aside, and `notices` says where to.
 *
 * **Gotchas**
 *
 * The directory is not created. A commit blocks the event loop for as long as the disk takes.
 *
 * @since 0.1.0
 */
export const open = (options: Options): Effect.Effect<SqliteStore, StoreUnavailable, Scope.Scope> => {
  const { file, synchronous = "full" } = options
  const lockMillis = Duration.toMillis(Duration.fromInputUnsafe(options.lockTimeout ?? "5 seconds"))
  return Effect.suspend(() => {
    const notices: Array<string> = []
    const connected = patiently(
      file,
      lockMillis,
      () => StoreFile.open({ file, synchronous, migrations: Migrations.migrations }, notices),
      (error) => SqliteFailure.unavailable(error, file)
    )
    const made = Effect.map(connected, (opened) => make(new Connection(opened, file, lockMillis), notices, options))
    return Effect.map(
      Effect.acquireRelease(made, ({ close }) => Effect.sync(close)),
      ({ store }) => store
    )
  })
}

/**
 * The store as a layer.
 *
 * @since 0.1.0
 */
export const layer = (options: Options): Layer.Layer<ExecutionStore.ExecutionStore, StoreUnavailable> =>
  Layer.effect(ExecutionStore.ExecutionStore, open(options))

const isRefusal = (error: unknown): boolean =>
  error instanceof ExecutionStore.Fenced ||
  error instanceof ExecutionStore.Claimed ||
  error instanceof ExecutionStore.Held ||
  error instanceof ExecutionStore.KeyTaken ||
  error instanceof ExecutionStore.StoreUnavailable

const make = (
  connection: Connection,
  notices: ReadonlyArray<string>,
  options: Options
): { readonly store: SqliteStore; readonly close: () => void } => {
  const now = options.now ?? Date.now
  const rows = new ExecutionRows(connection)
  const keys = new StartKeys(connection)
  const places = new SharedPlaces(connection)
  const events = new EventChunks(connection)
  const blobs = new Blobs.Blobs(connection)
  const logs = new LogChunks(connection)
  const writes = new WriteGroup(connection, rows, { isRefusal, onCommit: options.onCommit })

  const owned = (claim: ExecutionStore.Claim): Row => {
    const row = rows.load(claim.execution)
    if (row !== undefined && row.epoch === claim.epoch && row.owner === claim.owner) return row
    throw new ExecutionStore.Fenced({
      execution: claim.execution,
      epoch: claim.epoch,
      current: row?.epoch ?? 0
    })
  }
  const change = <A = void>(claim: ExecutionStore.Claim, run: (row: Row) => A) =>
    writes.submit<A, ExecutionStore.Fenced>(() => run(owned(claim)))

  const free = (row: Row): void => {
    row.owner = undefined
    row.single = undefined
    rows.move(row)
    keys.freed(row)
    places.freed(row)
  }

  const append: SqliteStore["append"] = (claim, handed, appendOptions) =>
    Effect.suspend(() => {
      const isLast = appendOptions?.release === true
      if (handed.length === 0) return change(claim, (row) => (isLast ? free(row) : undefined))
      // A batch belongs to the store from now on; a caller's array does not.
      const batch = Array.isArray(handed) ? [...handed] : handed
      const values = new Map<string, string>()
      const lines = EventBatch.encode(batch, { over: largestInEvent, keep: Blobs.keepIn(values) })
      const first = batch.slice(0, 1)[0]!.sequence
      const last = batch.slice(batch.length - 1)[0]!.sequence
      return change(claim, (row) => {
        if (first !== row.sequence + 1 || last - first !== lines.length - 1)
          throw SqliteFailure.refusal(
            `events ${first} to ${last} of \`${row.id}\` do not follow on event ${row.sequence}`
          )
        events.append(row, lines)
        blobs.append(row, values)
        const before = row.summary
        row.summary = ExecutionStore.summarize(before, batch)
        row.sequence = last
        if (before?.status === row.summary?.status && before?.flow === row.summary?.flow) rows.touch(row)
        else rows.move(row)
        if (isLast) free(row)
      })
    })

  const store: SqliteStore = {
    durable: !connection.isMemory,
    file: connection.file,
    notices,
    claim: (id, owner, claimOptions) =>
      writes.submit<ExecutionStore.Claim, ExecutionStore.Claimed | ExecutionStore.Held | ExecutionStore.KeyTaken>(
        () => {
          const { key, single } = claimOptions ?? {}
          const use = key === undefined ? undefined : keys.read(key.name)
          if (key !== undefined && use !== undefined && use.execution !== id)
            throw new ExecutionStore.KeyTaken({ key: key.name, execution: use.execution })
          const holder = single === undefined ? undefined : rows.holderOf(single)
          const there = rows.load(id)
          if (there?.owner !== undefined && claimOptions?.takeOver !== there.owner)
            throw new ExecutionStore.Claimed({ execution: id, owner: there.owner })
          if (single !== undefined && holder !== undefined && holder !== id)
            throw new ExecutionStore.Held({ flow: single, execution: holder })
          const row = there ?? rows.create(id)
          // What nobody owned held no places.
          if (row.owner !== undefined) places.freed(row)
          row.owner = owner
          row.single = single
          row.aliveAt = now()
          row.epoch++
          rows.move(row)
          if (key !== undefined) keys.give(row, key)
          const { epoch, lineSequence, sequence } = row
          return { execution: id, owner, epoch, sequence, lineSequence }
        },
        { revocable: true }
      ),
    keyUse: (name) => connection.read("a key", () => keys.read(name)),
    heartbeat: (claim) =>
      change(claim, (row) => {
        row.aliveAt = now()
        rows.touch(row)
      }),
    release: (claim) => change(claim, free),
    disown: (owner) =>
      writes.submit(() => {
        rows.beforeCommit()
        keys.disowned(owner)
        places.disowned(owner)
        rows.disown(owner)
      }),
    owners: connection.read("the list of owners", () =>
      connection
        .prepare(
          `SELECT owner, max(alive_at) AS alive_at FROM executions INDEXED BY executions_owner
           WHERE owner IS NOT NULL GROUP BY owner`
        )
        .all()
        .map((found) => ({ owner: String(found["owner"]), aliveAt: Number(found["alive_at"]) }))
    ),
    append,
    read: (id, after, limit) => connection.read(`execution \`${id}\``, () => events.read(id, after, limit)),
    list: (filter) => connection.read("the list of executions", () => Listing.list(connection, filter)),
    counts: (filter) => connection.read("the count of executions", () => Listing.counts(connection, filter?.flow)),
    readBlob: (id, sha256) => connection.read(`a value of execution \`${id}\``, () => blobs.read(id, sha256)),
    appendLog: (claim, handed) =>
      Effect.suspend(() => {
        const lines = [...handed]
        return change(claim, (row) => {
          if (lines.length === 0) return
          const first = lines[0]!.sequence
          if (first <= row.lineSequence)
            throw SqliteFailure.refusal(`line ${first} of \`${row.id}\` does not follow on line ${row.lineSequence}`)
          logs.append(row, lines)
          row.lineSequence = lines.at(-1)!.sequence
          rows.touch(row)
        })
      }),
    readLog: (id, { after, limit, step }) =>
      connection.read(`the log of execution \`${id}\``, () => logs.read(id, after, limit, step)),
    remove: (ids) =>
      writes.submit(() => {
        let gone = 0
        for (const id of ids) {
          const row = rows.load(id)
          if (row?.owner !== undefined || row?.summary === undefined) continue
          if (!ExecutionStatus.isEnded(row.summary.status)) continue
          const hashes = blobs.of(row)
          events.remove(row)
          rows.remove(row)
          blobs.release(hashes)
          gone++
        }
        return gone
      }),
    sharedLimits: {
      take: (claim, place) => change(claim, (row) => places.take(row, place)),
      giveBack: (claim, place) => change(claim, (row) => places.giveBack(row, place)),
      look: (limit) => connection.read("who waits for whom", () => places.look(limit))
    },
    bytes: (ids) => connection.read("the size of executions", () => SpaceUsed.bytes(connection, ids)),
    compact: SpaceUsed.compact(connection, writes)
  }
  return {
    store,
    close: () => {
      writes.close()
      SpaceUsed.checkpoint(connection)
      connection.close()
    }
  }
}
