/**
 * Groups writes: those of one synchronous run are one transaction, so that a hundred parallel steps share one wait for
 * the disk. Each write answers for itself once all of them are committed, in the order in which they came.
 */
import { Effect } from "effect"
import type { ExecutionStore } from "@halte/engine"
import { type Connection, pauseBefore } from "./Connection.ts"
import * as SqliteFailure from "./SqliteFailure.ts"

type StoreUnavailable = ExecutionStore.StoreUnavailable

interface Write {
  /** Runs within a transaction, perhaps more than once; answers what says the result once it is committed. */
  readonly run: () => () => void
  readonly fail: (error: StoreUnavailable) => void
  readonly since: number
}

/** What keeps something in memory that belongs to the transaction. */
export interface Participant {
  /** Writes what is left to write. */
  readonly beforeCommit: () => void
  readonly afterCommit: () => void
  readonly afterRollback: () => void
}

/** The writes of one store. */
export class WriteGroup {
  private waiting: Array<Write> = []
  /** A commit has been asked for: by a microtask, or by a timer while another process holds the lock. */
  private asked = false
  private looks = 0
  private timer: NodeJS.Timeout | undefined
  private readonly connection: Connection
  private readonly participant: Participant
  private readonly isRefusal: (error: unknown) => boolean
  private readonly onCommit: ((writes: number) => void) | undefined

  constructor(
    connection: Connection,
    participant: Participant,
    options: {
      readonly isRefusal: (error: unknown) => boolean
      readonly onCommit: ((writes: number) => void) | undefined
    }
  ) {
    this.connection = connection
    this.participant = participant
    this.isRefusal = options.isRefusal
    this.onCommit = options.onCommit
  }

  /**
   * Adds a write to the group. `run` answers its result, or throws a refusal of its own before it has written anything;
   * it may run more than once. It runs even if the fiber that waits for it is interrupted: what was handed over is written,
   * unless it is `revocable`.
   */
  submit<A, E = never>(
    run: () => A,
    options?: { readonly revocable: boolean }
  ): Effect.Effect<A, E | StoreUnavailable> {
    return Effect.callback<A, E | StoreUnavailable>((resume) => {
      const write: Write = {
        run: () => {
          const result = this.resultOf<A, E>(run)
          return () => resume(result)
        },
        fail: (error) => resume(Effect.fail(error)),
        since: performance.now()
      }
      this.waiting.push(write)
      if (!this.asked) {
        this.asked = true
        queueMicrotask(() => this.flush())
      }
      if (options?.revocable !== true) return
      return Effect.sync(() => {
        this.waiting = this.waiting.filter((other) => other !== write)
      })
    })
  }

  /** Commits what is waiting, or fails it. Nothing is waiting afterwards. */
  close(): void {
    clearTimeout(this.timer)
    if (this.waiting.length > 0) this.flush()
    clearTimeout(this.timer)
    const left = this.waiting
    this.waiting = []
    failAll(
      left,
      SqliteFailure.refusal(
        `\`${this.connection.file}\` was closed while another process had it locked, and what was waiting is not written`
      )
    )
  }

  private flush(): void {
    this.asked = false
    const group = this.waiting
    this.waiting = []
    if (group.length === 0) return
    if (this.transact(group)) {
      this.looks = 0
      return
    }
    const oldest = performance.now() - this.connection.lockMillis
    const late = group.filter((write) => write.since <= oldest)
    this.putBack(group.slice(late.length))
    failAll(late, SqliteFailure.lockedOut(this.connection.file, this.connection.lockMillis))
  }

  /** Waits with these for another look, before all that came later. */
  private putBack(writes: ReadonlyArray<Write>): void {
    this.waiting = [...writes, ...this.waiting]
    if (this.waiting.length === 0 || this.asked) return
    this.asked = true
    this.timer = setTimeout(() => this.flush(), pauseBefore(this.looks++))
  }

  /** Runs a group as one transaction. Answers `false` when another process holds the lock: then nothing has happened. */
  private transact(group: ReadonlyArray<Write>): boolean {
    const { connection, participant } = this
    let committing = false
    const settle: Array<() => void> = []
    try {
      connection.assertOpen()
      connection.assertInPlace()
      connection.prepare("BEGIN IMMEDIATE").run()
      for (const { run } of group) settle.push(run())
      participant.beforeCommit()
      committing = true
      connection.prepare("COMMIT").run()
    } catch (error) {
      this.rollBack()
      if (SqliteFailure.isBusy(error)) return false
      // One write may be what the others fail for: each for itself, then.
      if (group.length > 1 && !committing && connection.db.isOpen) this.transactEach(group)
      else failAll(group, SqliteFailure.unavailable(error, connection.file))
      return true
    }
    participant.afterCommit()
    this.onCommit?.(group.length)
    for (const say of settle) say()
    return true
  }

  private transactEach(group: ReadonlyArray<Write>): void {
    for (const [i, write] of group.entries()) if (!this.transact([write])) return this.putBack(group.slice(i))
  }

  private resultOf<A, E>(run: () => A): Effect.Effect<A, E> {
    try {
      return Effect.succeed(run())
    } catch (error) {
      if (this.isRefusal(error)) return Effect.fail(error as E)
      throw error
    }
  }

  private rollBack(): void {
    try {
      if (this.connection.db.isOpen && this.connection.db.isTransaction) this.connection.prepare("ROLLBACK").run()
    } catch {
      // SQLite has rolled back by itself.
    }
    this.participant.afterRollback()
  }
}

const failAll = (writes: ReadonlyArray<Write>, error: StoreUnavailable): void => {
  for (const { fail } of writes) fail(error)
}
