/**
 * The places of limits that executions share: one row for each that is held or waited for, in the order of asking. A row
 * belongs to the claim of its execution. What is changed is changed in the transaction of the write that changes it, so
 * that a place is never free and held at once, nor given twice.
 */
import type { StatementSync } from "node:sqlite"
import { type ExecutionId, SharedLimits } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import type { Row } from "./ExecutionRows.ts"

interface Found extends SharedLimits.TakenPlace {
  readonly n: number
}

/** A step has a name: none stands for the execution as a whole. */
const whole = ""

const columns = "places.n, name, executions.id, step, size, held"

/** The places of one store. */
export class SharedPlaces {
  private readonly select: StatementSync
  private readonly selectAll: StatementSync
  private readonly insert: StatementSync
  private readonly update: StatementSync
  private readonly delete: StatementSync
  private readonly deleteOf: StatementSync
  private readonly deleteDisowned: StatementSync

  constructor(connection: Connection) {
    const from = `SELECT ${columns} FROM places JOIN executions ON executions.n = execution`
    this.select = connection.prepare(`${from} WHERE name = ? ORDER BY places.n`)
    this.selectAll = connection.prepare(`${from} ORDER BY places.n`)
    this.insert = connection.prepare(
      `INSERT INTO places (name, execution, step, size, held) VALUES (?, ?, ?, ?, 0)
       ON CONFLICT (execution, name, step) DO NOTHING`
    )
    this.update = connection.prepare("UPDATE places SET held = 1 WHERE n = ?")
    this.delete = connection.prepare("DELETE FROM places WHERE execution = ? AND name = ? AND step = ?")
    this.deleteOf = connection.prepare("DELETE FROM places WHERE execution = ? RETURNING name")
    this.deleteDisowned = connection.prepare(
      `DELETE FROM places WHERE execution IN
        (SELECT n FROM executions INDEXED BY executions_owner WHERE owner = ?) RETURNING name`
    )
  }

  look(limit?: string): ReadonlyArray<SharedLimits.TakenPlace> {
    return this.found(limit).map(({ n: _n, ...place }) => place)
  }

  take(
    row: Row,
    { limit, size, step }: SharedLimits.Place & { readonly size: number }
  ): ReadonlyArray<SharedLimits.TakenPlace> {
    if (Number(this.insert.run(limit, row.n, step ?? whole, size).changes) > 0) this.give(limit)
    return this.look(limit)
  }

  giveBack(row: Row, { limit, step }: SharedLimits.Place): void {
    if (Number(this.delete.run(row.n, limit, step ?? whole).changes) > 0) this.give(limit)
  }

  /** A claim has ended: what it held is free. */
  freed(row: Row): void {
    this.giveAll(this.deleteOf.all(row.n))
  }

  /** The claims of an owner are taken from it. */
  disowned(owner: string): void {
    this.giveAll(this.deleteDisowned.all(owner))
  }

  private giveAll(deleted: ReadonlyArray<Record<string, unknown>>): void {
    if (deleted.length === 0) return
    for (const limit of new Set(deleted.map(({ name }) => String(name)))) this.give(limit)
  }

  private give(limit: string): void {
    for (const { n } of SharedLimits.given(this.found(limit))) this.update.run(n)
  }

  private found(limit: string | undefined): ReadonlyArray<Found> {
    const rows = limit === undefined ? this.selectAll.all() : this.select.all(limit)
    return rows.map(({ held, id, n, name, size, step }) => ({
      n: Number(n),
      limit: String(name),
      execution: String(id) as ExecutionId.ExecutionId,
      ...(step === whole ? undefined : { step: String(step) }),
      size: Number(size),
      held: held === 1
    }))
  }
}
