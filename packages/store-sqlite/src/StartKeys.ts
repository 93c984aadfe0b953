/**
 * The idempotency keys of starts. A key is there while its execution is claimed or has events: what is given back without
 * having begun loses it in the same transaction, and what is removed takes it along.
 */
import type { StatementSync } from "node:sqlite"
import type { ExecutionId, ExecutionStore } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import type { Row } from "./ExecutionRows.ts"

/** The keys of one store. */
export class StartKeys {
  private readonly select: StatementSync
  private readonly insert: StatementSync
  private readonly delete: StatementSync
  private readonly deleteDisowned: StatementSync

  constructor(connection: Connection) {
    this.select = connection.prepare(
      `SELECT executions.id, digest, sequence FROM start_keys JOIN executions ON n = execution WHERE name = ?`
    )
    this.insert = connection.prepare("INSERT INTO start_keys (name, execution, digest) VALUES (?, ?, ?)")
    this.delete = connection.prepare("DELETE FROM start_keys WHERE execution = ?")
    this.deleteDisowned = connection.prepare(
      `DELETE FROM start_keys WHERE execution IN
        (SELECT n FROM executions INDEXED BY executions_owner WHERE owner = ? AND sequence = 0)`
    )
  }

  /** As the file has it: rows that were changed in this transaction have to be written before. */
  read(name: string): ExecutionStore.KeyUse | undefined {
    const found = this.select.get(name)
    if (found === undefined) return undefined
    return {
      execution: String(found["id"]) as ExecutionId.ExecutionId,
      digest: String(found["digest"]),
      begun: Number(found["sequence"]) > 0
    }
  }

  /** Gives a key to an execution, which has no other one then. */
  give(row: Row, { digest, name }: ExecutionStore.StartKey): void {
    this.delete.run(row.n)
    this.insert.run(name, row.n, digest)
  }

  /** Its claim is given back: what never began has no key. */
  freed(row: Row): void {
    if (row.sequence === 0) this.delete.run(row.n)
  }

  /** The claims of an owner are taken from it. */
  disowned(owner: string): void {
    this.deleteDisowned.run(owner)
  }
}
