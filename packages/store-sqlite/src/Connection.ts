/**
 * One connection to the file of a store: its statements, made once, and what a failure means. A lock of another process
 * is waited for between turns of the event loop, never by blocking it.
 */
import { statSync } from "node:fs"
import { resolve } from "node:path"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { Effect } from "effect"
import type { ExecutionStore } from "@halte/engine"
import * as SqliteFailure from "./SqliteFailure.ts"

type StoreUnavailable = ExecutionStore.StoreUnavailable

/** How long to wait before the n-th look whether a lock is free, in milliseconds. */
export const pauseBefore = (look: number): number => Math.min(20, 2 ** look)

/** Runs until no other process is in the way, for `millis` at most. */
export const patiently = <A>(
  file: string,
  millis: number,
  run: () => A,
  fail: (error: unknown) => StoreUnavailable
): Effect.Effect<A, StoreUnavailable> =>
  Effect.suspend(() => {
    let busy: unknown
    const attempt = (): Effect.Effect<A, StoreUnavailable> | undefined => {
      try {
        return Effect.succeed(run())
      } catch (error) {
        if (!SqliteFailure.isBusy(error)) return Effect.fail(fail(error))
        busy = error
        return undefined
      }
    }
    const first = attempt()
    if (first !== undefined) return first
    const end = performance.now() + millis
    return Effect.callback<A, StoreUnavailable>((resume) => {
      let timer: NodeJS.Timeout | undefined
      const look = (n: number): void => {
        const result = performance.now() > end ? Effect.fail(SqliteFailure.lockedOut(file, millis, busy)) : attempt()
        if (result !== undefined) resume(result)
        else timer = setTimeout(look, pauseBefore(n), n + 1)
      }
      timer = setTimeout(look, 1, 1)
      return Effect.sync(() => clearTimeout(timer))
    })
  })

/** How often it is looked whether the file is still in its place, in milliseconds. */
const lookAgainAfter = 1000

/** The connection of one store. */
export class Connection {
  readonly db: DatabaseSync
  readonly file: string
  /** The same, whatever the working directory will be. */
  readonly path: string
  readonly lockMillis: number
  private readonly statements = new Map<string, StatementSync>()
  private readonly inode: number | undefined
  private lookedAt = performance.now()
  private readonly lock: DatabaseSync | undefined

  /** `lock` is what says that the file is used. */
  constructor(
    { db, lock }: { readonly db: DatabaseSync; readonly lock: DatabaseSync | undefined },
    file: string,
    lockMillis: number
  ) {
    this.db = db
    this.lock = lock
    this.file = file
    this.path = resolve(file)
    this.lockMillis = lockMillis
    this.inode = this.isMemory ? undefined : statSync(this.path).ino
  }

  get isMemory(): boolean {
    return this.file === ":memory:"
  }

  /** The statement of this text, made when it is first asked for. */
  prepare(sql: string): StatementSync {
    let statement = this.statements.get(sql)
    if (statement === undefined) {
      statement = this.db.prepare(sql)
      this.statements.set(sql, statement)
    }
    return statement
  }

  /** Reads, and says of `what` that it can't be read. */
  read<A>(what: string, run: () => A): Effect.Effect<A, StoreUnavailable> {
    return patiently(
      this.file,
      this.lockMillis,
      () => {
        this.assertOpen()
        return run()
      },
      (error) => SqliteFailure.unavailable(error, this.file, what)
    )
  }

  close(): void {
    this.db.close()
    this.lock?.close()
  }

  assertOpen(): void {
    if (!this.db.isOpen) throw SqliteFailure.refusal(`\`${this.file}\` has been closed; open the store again`)
  }

  /**
   * Throws when the file is no longer where it was: SQLite would go on writing into what nobody can find any more.
   */
  assertInPlace(): void {
    if (this.inode === undefined || performance.now() - this.lookedAt < lookAgainAfter) return
    const there = statSync(this.path, { throwIfNoEntry: false })
    if (there?.ino !== this.inode)
      throw SqliteFailure.refusal(
        `\`${this.file}\` was ${there === undefined ? "removed" : "replaced"} while it was in use; put it back, or start the program again`
      )
    this.lookedAt = performance.now()
  }
}
