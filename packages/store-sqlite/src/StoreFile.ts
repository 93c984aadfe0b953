/**
 * The file of a store, from its path to a connection that can be used: created for its user only, looked at, migrated.
 * A file that is no whole database is never overwritten: it is moved aside, and a new one begun.
 */
import { accessSync, constants, existsSync, renameSync, statSync, type Stats } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as FileLock from "./FileLock.ts"
import * as Migrations from "./Migrations.ts"
import * as SqliteFailure from "./SqliteFailure.ts"

/** How a file is opened. */
export interface FileOptions {
  readonly file: string
  readonly synchronous: "full" | "normal" | "off"
  readonly migrations: ReadonlyArray<Migrations.Migration>
}

/** A connection, and what says that the file is used. */
export interface Opened {
  readonly db: DatabaseSync
  readonly lock: DatabaseSync | undefined
}

/**
 * How long SQLite itself waits for a lock, in milliseconds. It blocks the event loop meanwhile, so the patience is
 * elsewhere: in `WriteGroup`, between turns.
 */
const sqliteWaits = 5

// A quick check reads the whole file, about 1 ms per MB: always while that is nothing, and after an end that was not
// orderly (it leaves a `-wal`) while it is bearable. Damage in larger files shows when the damaged part is read.
const alwaysCheckedBytes = 16 << 20
const checkedBytes = 256 << 20

/** Why a file can't be used as it is. */
class Damaged extends Error {}

/**
 * Opens the file, which blocks for as long as the checks take. Throws `StoreUnavailable`, or an error for which
 * `SqliteFailure.isBusy` holds: then it is to be called again, with the same notices.
 *
 * @param notices receives what a person should be told
 */
export const open = (options: FileOptions, notices: Array<string>): Opened => {
  const { file, migrations } = options
  try {
    if (file === ":memory:") {
      const db = new DatabaseSync(":memory:")
      Migrations.migrate(db, file, migrations)
      return { db, lock: undefined }
    }
    assertUsable(file)
    try {
      return connectSharing(options, notices)
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      const moved = moveAside(file, error)
      if (moved !== undefined) notices.push(moved)
      return connectSharing(options, notices)
    }
  } catch (error) {
    // Of a file that was damaged twice in a row nobody knows what else will happen to it.
    if (error instanceof Damaged) throw SqliteFailure.refusal(error.message)
    throw SqliteFailure.isBusy(error) ? error : SqliteFailure.unavailable(error, file)
  }
}

const connectSharing = (options: FileOptions, notices: Array<string>): Opened => {
  const lock = FileLock.share(options.file, sqliteWaits)
  try {
    return { db: connect(options, notices), lock }
  } catch (error) {
    lock.close()
    throw error
  }
}

const connect = (options: FileOptions, notices: Array<string>): DatabaseSync => {
  const { file, migrations } = options
  const leftOver = examine(file)
  FileLock.createEmpty(file)
  const db = new DatabaseSync(file, { timeout: sqliteWaits })
  try {
    const journal = damagedAs(() => {
      // Before the first table, or it has no effect.
      db.exec("PRAGMA auto_vacuum = INCREMENTAL")
      return db.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"]
    }, file)
    db.exec(`PRAGMA synchronous = ${options.synchronous}; PRAGMA foreign_keys = ON`)
    // On macOS an ordinary sync leaves it to the disk when it writes; elsewhere this changes nothing.
    if (options.synchronous === "full") db.exec("PRAGMA fullfsync = ON")
    damagedAs(() => {
      Migrations.assertOurs(db, file, migrations)
      const { size } = statSync(file)
      if (size <= alwaysCheckedBytes || (leftOver && size <= checkedBytes)) check(db, file)
    }, file)
    Migrations.migrate(db, file, migrations)
    if (journal !== "wal")
      notices.push(
        `The file system of \`${file}\` shares no memory between processes, as a network drive does; use one program at a time there.`
      )
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

const damagedAs = <A>(run: () => A, file: string): A => {
  try {
    return run()
  } catch (error) {
    if (SqliteFailure.isDamaged(error)) throw new Damaged(`\`${file}\` is damaged: ${SqliteFailure.describe(error)}`)
    throw error
  }
}

const check = (db: DatabaseSync, file: string): void => {
  const found = db.prepare("PRAGMA quick_check(1)").get()?.["quick_check"]
  if (found !== "ok") throw new Damaged(`\`${file}\` is damaged: ${String(found)}`)
}

const statOf = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false })

/** Throws what a person has to change: nothing of this is damage. */
const assertUsable = (file: string): void => {
  const directory = dirname(file)
  if (statOf(directory) === undefined)
    throw SqliteFailure.refusal(`its directory \`${directory}\` does not exist; create it, or choose another`)
  const there = statOf(file)
  if (there !== undefined && !there.isFile())
    throw SqliteFailure.refusal(`\`${file}\` is no file; move it away, or choose another directory`)
  accessSync(directory, constants.W_OK | constants.X_OK)
  if (there !== undefined) accessSync(file, constants.R_OK | constants.W_OK)
}

/**
 * Looks at the file from outside: SQLite would throw away a journal beside an empty file. Answers whether the last end was
 * not orderly, or others use it.
 */
const examine = (file: string): boolean => {
  // In this order: a journal with something in it is only ever made beside a file with something in it.
  const leftOver = (statOf(`${file}-wal`)?.size ?? 0) > 0
  if (leftOver && (statOf(file)?.size ?? 0) === 0)
    throw new Damaged(`\`${file}\` is empty, and the journal beside it is not`)
  return leftOver
}

/**
 * Moves a damaged file aside, with its journal. Several processes may find the damage at once: the lock lets them in one
 * by one, and each looks again, so that nobody moves the new file away, and nobody's file is moved while it is used.
 * Answers what to tell, or `undefined` when another process has done it.
 */
const moveAside = (file: string, found: Damaged): string | undefined => {
  const lock = excluding(file, found)
  try {
    const reason = stillDamaged(file)
    if (reason === undefined) return undefined
    const stamp = new Date().toISOString().replaceAll(":", "-")
    let to = `${file}.corrupt-${stamp}`
    for (let n = 2; existsSync(to) || existsSync(`${to}-wal`); n++) to = `${file}.corrupt-${stamp}-${n}`
    // The file goes last: a journal without its file can never be taken for that of the next one.
    for (const part of ["-shm", "-wal", ""]) if (existsSync(file + part)) renameSync(file + part, to + part)
    return `${reason}. It is kept as \`${to}\`, and a new store has been begun: earlier executions are not in it.`
  } finally {
    lock.close()
  }
}

const excluding = (file: string, found: Damaged): DatabaseSync => {
  try {
    return FileLock.exclude(file, sqliteWaits)
  } catch (error) {
    throw SqliteFailure.isBusy(error) ? new SqliteFailure.InUse(found.message) : error
  }
}

const stillDamaged = (file: string): string | undefined => {
  try {
    examine(file)
    if (statOf(file) === undefined) return undefined
    const db = new DatabaseSync(file, { timeout: sqliteWaits })
    try {
      damagedAs(() => check(db, file), file)
    } finally {
      db.close()
    }
    return undefined
  } catch (error) {
    if (error instanceof Damaged) return error.message
    throw error
  }
}
