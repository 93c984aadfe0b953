/**
 * How much of the disk executions use, and how what they used goes back to it.
 */
import { statSync } from "node:fs"
import { Effect } from "effect"
import type { ExecutionStore } from "@halte/engine"
import type { Connection } from "./Connection.ts"
import * as Place from "./Place.ts"
import type { WriteGroup } from "./WriteGroup.ts"

/** Pages that one transaction gives back: a fraction of a second. */
const pagesAtOnce = 2000

/** Bytes of events, lines and values that only these executions have. */
export const bytes = (connection: Connection, ids: ReadonlyArray<string>): number => {
  const chosen = "(SELECT n FROM executions WHERE id IN (SELECT value FROM json_each(:ids)))"
  // `octet_length` knows the length without reading the text.
  const found = connection
    .prepare(
      `SELECT
        (SELECT coalesce(sum(octet_length(lines)), 0) FROM executions CROSS JOIN events
            ON place > n * ${Place.span} AND place < (n + 1) * ${Place.span} WHERE n IN ${chosen})
        + (SELECT coalesce(sum(bytes), 0) FROM log_steps WHERE execution IN ${chosen})
        + (SELECT coalesce(sum(octet_length(body)), 0) FROM blobs
            WHERE sha256 IN (SELECT sha256 FROM blob_links WHERE execution IN ${chosen})
            AND NOT EXISTS
              (SELECT 1 FROM blob_links WHERE sha256 = blobs.sha256 AND execution NOT IN ${chosen})) AS bytes`
    )
    .get({ ids: JSON.stringify(ids) })
  return Number(found?.["bytes"] ?? 0)
}

/** Moves the journal into the file. While others use the file some of it may have to stay: then it stays. */
export const checkpoint = (connection: Connection): void => {
  try {
    connection.db.exec("PRAGMA wal_checkpoint(TRUNCATE)")
  } catch {
    // The journal is as good: whoever opens the file next reads it.
  }
}

const fileBytes = (connection: Connection): number => (connection.isMemory ? 0 : statSync(connection.path).size)

/** Gives free pages back, some at a time, so that neither this event loop nor other processes wait long. */
export const compact = (
  connection: Connection,
  writes: WriteGroup
): Effect.Effect<number, ExecutionStore.StoreUnavailable> =>
  Effect.gen(function* () {
    const before = yield* connection.read("its size", () => {
      checkpoint(connection)
      return fileBytes(connection)
    })
    for (let left = Number.POSITIVE_INFINITY; left > 0;) {
      const now = yield* writes.submit(() => {
        connection.db.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`)
        return Number(connection.prepare("PRAGMA freelist_count").get()?.["freelist_count"] ?? 0)
      })
      // A file that was not made to give pages back keeps them.
      if (now >= left) break
      left = now
      yield* Effect.yieldNow
    }
    return yield* connection.read("its size", () => {
      checkpoint(connection)
      return Math.max(0, before - fileBytes(connection))
    })
  })
