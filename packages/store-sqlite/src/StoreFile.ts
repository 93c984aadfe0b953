/**
 * The file of a store, from its path to a connection that can be used: created for its user only, looked at, migrated.
 * A file that is no whole database is never overwritten: it is moved aside, and a new one begun.
 */
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  type Stats
} from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as Migrations from "./Migrations.ts"
import * as SqliteFailure from "./SqliteFailure.ts"

/** How a file is opened. */
export interface FileOptions {
  readonly file: string
  readonly synchronous: "full" | "normal"
  readonly migrations: ReadonlyArray<Migrations.Migration>
}

/** A connection, and what its user should be told. */
export interface Opened {
  readonly db: DatabaseSync
  readonly notices: ReadonlyArray<string>
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

const magic = "SQLite format 3\u0000"

/** Why a file can't be used as it is. */
class Damaged extends Error {}

/**
 * Opens the file, which blocks for as long as the checks take. Throws `StoreUnavailable`, or an error for which
 * `SqliteFailure.isBusy` holds: then it is to be called again.
 */
export const open = (options: FileOptions): Opened => {
  const { file, migrations } = options
  try {
    if (file === ":memory:") {
      const db = new DatabaseSync(":memory:")
      Migrations.migrate(db, file, migrations)
      return { db, notices: [] }
    }
    try {
      return connect(options, [])
    } catch (error) {
      if (!(error instanceof Damaged)) throw error
      return connect(options, moveAside(file))
    }
  } catch (error) {
    // Of a file that was damaged twice in a row nobody knows what else will happen to it.
    if (error instanceof Damaged) throw SqliteFailure.refusal(error.message)
    throw SqliteFailure.isBusy(error) ? error : SqliteFailure.unavailable(error, file)
  }
}

const connect = (options: FileOptions, setAside: ReadonlyArray<string>): Opened => {
  const { file, migrations } = options
  const leftOver = prepare(file)
  const db = new DatabaseSync(file, { timeout: sqliteWaits })
  try {
    const notices = [...setAside]
    const journal = damagedAs(() => {
      // Before the first table, or it has no effect.
      db.exec("PRAGMA auto_vacuum = INCREMENTAL")
      return db.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"]
    }, file)
    if (journal !== "wal")
      notices.push(
        `The file system of \`${file}\` shares no memory between processes, as a network drive does; use one program at a time there.`
      )
    db.exec(`PRAGMA synchronous = ${options.synchronous}; PRAGMA foreign_keys = ON`)
    damagedAs(() => {
      Migrations.assertOurs(db, file, migrations)
      const { size } = statSync(file)
      if (size <= alwaysCheckedBytes || (leftOver && size <= checkedBytes)) check(db, file)
    }, file)
    Migrations.migrate(db, file, migrations)
    return { db, notices }
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

/** Makes sure that there is a file that can be opened. Answers whether the last end was not orderly, or others use it. */
const prepare = (file: string): boolean => {
  const directory = dirname(file)
  const place = statOf(directory)
  if (place === undefined)
    throw SqliteFailure.refusal(`its directory \`${directory}\` does not exist; create it, or choose another`)
  // In this order: a journal with something in it is only ever made beside a file with something in it.
  const leftOver = (statOf(`${file}-wal`)?.size ?? 0) > 0
  const there = statOf(file)
  if (there !== undefined && !there.isFile())
    throw SqliteFailure.refusal(`\`${file}\` is no file; move it away, or choose another directory`)
  accessSync(directory, constants.W_OK | constants.X_OK)
  if (there === undefined && !leftOver) create(file)
  else if (there !== undefined) accessSync(file, constants.R_OK | constants.W_OK)
  if (leftOver && (there?.size ?? 0) === 0) throw new Damaged(`\`${file}\` is empty, and the journal beside it is not`)
  if ((there?.size ?? 0) > 0 && readHead(file) !== magic) throw new Damaged(`\`${file}\` is not a database`)
  return leftOver
}

const create = (file: string): void => {
  try {
    closeSync(openSync(file, "wx", 0o600))
  } catch (error) {
    // Another process has been faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}

const readHead = (file: string): string => {
  const head = Buffer.alloc(magic.length)
  const descriptor = openSync(file, "r")
  try {
    return head.toString("latin1", 0, readSync(descriptor, head, 0, head.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/**
 * Moves a damaged file aside, with its journal. Several processes may find the damage at once: a lock, which ends with
 * the process that holds it, lets them in one by one, and each looks again, so that nobody moves the new file away.
 */
const moveAside = (file: string): ReadonlyArray<string> => {
  const lock = new DatabaseSync(`${file}.lock`, { timeout: sqliteWaits })
  try {
    lock.exec("BEGIN EXCLUSIVE")
    const reason = stillDamaged(file)
    if (reason === undefined) return []
    const stamp = new Date().toISOString().replaceAll(":", "-")
    let to = `${file}.corrupt-${stamp}`
    for (let n = 2; existsSync(to) || existsSync(`${to}-wal`); n++) to = `${file}.corrupt-${stamp}-${n}`
    // The file goes last: a journal without its file can never be taken for that of the next one.
    for (const part of ["-shm", "-wal", ""]) if (existsSync(file + part)) renameSync(file + part, to + part)
    return [`${reason}. It is kept as \`${to}\`, and a new store has been begun: earlier executions are not in it.`]
  } finally {
    lock.close()
  }
}

const stillDamaged = (file: string): string | undefined => {
  try {
    prepare(file)
    const db = new DatabaseSync(file, { timeout: sqliteWaits })
    try {
      damagedAs(() => check(db, file), file)
    } finally {
      db.close()
    }
    return undefined
  } catch (error) {
    if (!(error instanceof Damaged)) throw error
    assertUnused(file)
    return error.message
  }
}

/** Throws an error for which `isBusy` holds while somebody has the file open: it is not taken away from under them. */
const assertUnused = (file: string): void => {
  const db = new DatabaseSync(file, { timeout: sqliteWaits })
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; SELECT count(*) FROM sqlite_schema")
  } catch (error) {
    if (SqliteFailure.isBusy(error)) throw error
    // Too damaged to be used by anybody.
  } finally {
    db.close()
  }
}
