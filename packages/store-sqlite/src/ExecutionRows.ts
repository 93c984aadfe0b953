/**
 * The rows of executions as one transaction sees them: each is read once, changed in memory, and written before the
 * commit. What the file says always counts, since other processes write it too; only the parsed summary is remembered
 * from one transaction to the next, for as long as sequence and epoch are the same.
 */
import type { StatementSync } from "node:sqlite"
import type { ExecutionSummary } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import * as SqliteFailure from "./SqliteFailure.ts"
import type { Participant } from "./WriteGroup.ts"

type Summary = ExecutionSummary.ExecutionSummary

/** One execution. Whoever changes it says so: `touch` for what no index has, `move` for the rest. */
export interface Row {
  readonly n: number
  readonly id: string
  epoch: number
  owner: string | undefined
  /** The flow whose name it holds. */
  single: string | undefined
  aliveAt: number
  sequence: number
  lineSequence: number
  summary: Summary | undefined
}

type Change = "touched" | "moved"

interface Known {
  readonly epoch: number
  readonly sequence: number
  readonly summary: Summary
}

/** A summary as it is stored. */
export const parseSummary = (text: string, id: string, file: string): Summary => {
  try {
    return JSON.parse(text) as Summary
  } catch {
    throw SqliteFailure.refusal(`\`${file}\` is damaged where the summary of execution \`${id}\` is kept`)
  }
}

/** The rows of one store. */
export class ExecutionRows implements Participant {
  private readonly rows = new Map<string, Row>()
  private readonly changes = new Map<Row, Change>()
  private readonly known = new Map<string, Known>()
  /** What will be known once the transaction is committed; `undefined` is forgotten. */
  private readonly learned = new Map<string, Known | undefined>()
  private readonly file: string
  private readonly select: StatementSync
  private readonly selectSummary: StatementSync
  private readonly insert: StatementSync
  private readonly updateTouched: StatementSync
  private readonly updateMoved: StatementSync
  private readonly updateDisowned: StatementSync
  private readonly selectHolder: StatementSync
  private readonly delete: StatementSync

  constructor(connection: Connection) {
    this.file = connection.file
    this.select = connection.prepare(
      "SELECT n, epoch, owner, single, alive_at, sequence, line_sequence FROM executions WHERE id = ?"
    )
    this.selectSummary = connection.prepare("SELECT summary FROM executions WHERE n = ?")
    this.insert = connection.prepare(
      "INSERT INTO executions (id, epoch, alive_at, sequence, line_sequence) VALUES (?, 0, 0, 0, 0)"
    )
    this.updateTouched = connection.prepare(
      "UPDATE executions SET alive_at = ?, sequence = ?, line_sequence = ?, summary = ? WHERE n = ?"
    )
    this.updateMoved = connection.prepare(
      "UPDATE executions SET alive_at = ?, sequence = ?, line_sequence = ?, summary = ?, epoch = ?, owner = ?, single = ?, flow = ?, status = ? WHERE n = ?"
    )
    this.updateDisowned = connection.prepare("UPDATE executions SET owner = NULL, single = NULL WHERE owner = ?")
    this.selectHolder = connection.prepare("SELECT id FROM executions INDEXED BY executions_single WHERE single = ?")
    this.delete = connection.prepare("DELETE FROM executions WHERE n = ?")
  }

  load(id: string): Row | undefined {
    const loaded = this.rows.get(id)
    if (loaded !== undefined) return loaded
    const found = this.select.get(id) as Record<string, number | string | null> | undefined
    if (found === undefined) return undefined
    const [n, epoch, sequence] = [Number(found["n"]), Number(found["epoch"]), Number(found["sequence"])]
    const row: Row = {
      n,
      id,
      epoch,
      owner: found["owner"] === null ? undefined : String(found["owner"]),
      single: found["single"] === null ? undefined : String(found["single"]),
      aliveAt: Number(found["alive_at"]),
      sequence,
      lineSequence: Number(found["line_sequence"]),
      summary: this.summaryOf(n, id, epoch, sequence)
    }
    this.rows.set(id, row)
    return row
  }

  private summaryOf(n: number, id: string, epoch: number, sequence: number): Summary | undefined {
    const known = this.known.get(id)
    if (known !== undefined && known.epoch === epoch && known.sequence === sequence) return known.summary
    const text = this.selectSummary.get(n)?.["summary"]
    return typeof text === "string" ? parseSummary(text, id, this.file) : undefined
  }

  create(id: string): Row {
    const n = Number(this.insert.run(id).lastInsertRowid)
    const row: Row = {
      n,
      id,
      epoch: 0,
      owner: undefined,
      single: undefined,
      aliveAt: 0,
      sequence: 0,
      lineSequence: 0,
      summary: undefined
    }
    this.rows.set(id, row)
    return row
  }

  touch(row: Row): void {
    if (!this.changes.has(row)) this.changes.set(row, "touched")
  }

  move(row: Row): void {
    this.changes.set(row, "moved")
  }

  /** Removes a row with everything that belongs to it. */
  remove(row: Row): void {
    this.changes.delete(row)
    this.rows.delete(row.id)
    this.learned.set(row.id, undefined)
    this.delete.run(row.n)
  }

  /** The execution that holds the name of a flow. */
  holderOf(flow: string): string | undefined {
    this.beforeCommit()
    const found = this.selectHolder.get(flow)
    return found === undefined ? undefined : String(found["id"])
  }

  /** Takes from an owner whatever it has. */
  disown(owner: string): void {
    this.beforeCommit()
    this.updateDisowned.run(owner)
  }

  /** Writes what has changed and forgets it, so that a statement over many rows sees it, and what it does is seen. */
  beforeCommit(): void {
    for (const [row, change] of this.changes) {
      const { aliveAt, epoch, id, lineSequence, n, owner, sequence, single, summary } = row
      const text = summary === undefined ? null : JSON.stringify(summary)
      if (change === "touched") this.updateTouched.run(aliveAt, sequence, lineSequence, text, n)
      else
        this.updateMoved.run(
          aliveAt,
          sequence,
          lineSequence,
          text,
          epoch,
          owner ?? null,
          single ?? null,
          summary?.flow ?? null,
          summary?.status ?? null,
          n
        )
      // What nobody will append to is not worth remembering.
      this.learned.set(id, owner === undefined || summary === undefined ? undefined : { epoch, sequence, summary })
    }
    this.changes.clear()
    this.rows.clear()
  }

  afterCommit(): void {
    for (const [id, known] of this.learned)
      if (known === undefined) this.known.delete(id)
      else this.known.set(id, known)
    this.afterRollback()
  }

  afterRollback(): void {
    this.rows.clear()
    this.changes.clear()
    this.learned.clear()
  }
}
