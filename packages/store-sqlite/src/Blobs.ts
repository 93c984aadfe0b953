/**
 * Large values, kept once by the hash of their text whatever number of executions has them, and gone with the last of
 * those.
 */
import { createHash } from "node:crypto"
import type { StatementSync } from "node:sqlite"
import type { BlobReference } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import type { Row } from "./ExecutionRows.ts"

/** Large values of one append by their hash. */
export type Values = ReadonlyMap<string, string>

/** Takes a value out of an event. */
export const keepIn =
  (values: Map<string, string>) =>
  (json: string): BlobReference.BlobReference => {
    const bytes = Buffer.from(json)
    const sha256 = createHash("sha256").update(bytes).digest("hex")
    values.set(sha256, json)
    return { sha256, bytes: bytes.length }
  }

/** The large values of one store. */
export class Blobs {
  private readonly insert: StatementSync
  private readonly link: StatementSync
  private readonly select: StatementSync
  private readonly selectLinks: StatementSync
  private readonly free: StatementSync

  constructor(connection: Connection) {
    this.insert = connection.prepare("INSERT INTO blobs (sha256, body) VALUES (?, ?) ON CONFLICT DO NOTHING")
    this.link = connection.prepare("INSERT INTO blob_links (execution, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING")
    this.select = connection.prepare(
      `SELECT body FROM blobs JOIN blob_links USING (sha256)
       WHERE execution = (SELECT n FROM executions WHERE id = ?) AND sha256 = ?`
    )
    this.selectLinks = connection.prepare("SELECT sha256 FROM blob_links WHERE execution = ?")
    this.free = connection.prepare(
      "DELETE FROM blobs WHERE sha256 = ? AND NOT EXISTS (SELECT 1 FROM blob_links WHERE sha256 = blobs.sha256)"
    )
  }

  append(row: Row, values: Values): void {
    for (const [sha256, body] of values) {
      this.insert.run(sha256, body)
      this.link.run(row.n, sha256)
    }
  }

  read(id: string, sha256: string): string | undefined {
    return this.select.get(id, sha256)?.["body"] as string | undefined
  }

  /** The hashes of an execution's values, to be handed to `release` when it is gone. */
  of(row: Row): ReadonlyArray<string> {
    return this.selectLinks.all(row.n).map((link) => String(link["sha256"]))
  }

  /** Removes those that nobody has any more. */
  release(hashes: ReadonlyArray<string>): void {
    for (const sha256 of hashes) this.free.run(sha256)
  }
}
