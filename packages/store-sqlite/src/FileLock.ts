/**
 * Who uses a file of a store, known by the locks of an empty file beside it: everybody who has the store open shares it,
 * and only who has it alone may move the store away. The system frees a lock when its process ends, however that comes.
 *
 * The file of the store itself would not do: what it holds may be too damaged for SQLite to lock it. Nor may it be opened
 * by other means than SQLite's, since closing it again would free the locks that this process has on it.
 */
import { closeSync, openSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"

/** Makes an empty file for its user only, unless there is one. */
export const createEmpty = (file: string): void => {
  try {
    closeSync(openSync(file, "wx", 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}

const acquire = (file: string, millis: number, how: string): DatabaseSync => {
  createEmpty(`${file}.lock`)
  const lock = new DatabaseSync(`${file}.lock`, { timeout: millis })
  try {
    lock.exec(how)
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

/** Says that the file is used, until the answer is closed. Throws what `SqliteFailure.isBusy` knows while it is moved. */
export const share = (file: string, millis: number): DatabaseSync =>
  acquire(file, millis, "BEGIN; SELECT count(*) FROM sqlite_schema")

/** Has the file alone, until the answer is closed. Throws what `SqliteFailure.isBusy` knows while somebody uses it. */
export const exclude = (file: string, millis: number): DatabaseSync => acquire(file, millis, "BEGIN EXCLUSIVE")
