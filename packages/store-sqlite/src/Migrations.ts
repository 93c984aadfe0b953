/**
 * The tables, and how older ones become newer ones. A migration that has been released is never changed: the next change
 * is another entry of the list.
 */
import type { DatabaseSync } from "node:sqlite"
import * as SqliteFailure from "./SqliteFailure.ts"

/** One step from the version before to `version`. */
export interface Migration {
  readonly version: number
  readonly sql: string
}

/** "Halt" in ASCII: by this a file says that it is a store of Halte. */
const applicationId = 0x48616c74

/**
 * Executions with what a listing says of them; their events and log lines, each row what one append brought; and large
 * values by the hash of their text, shared by all executions that have one.
 *
 * The key of `events` and `logs` is a `Place`: the number of the execution and the sequence of the row's last event or
 * line in one integer, so that what belongs together lies together and needs no second tree. All rows of `logs` with the
 * same `upto` are of one append, one for each step.
 *
 * 2: the idempotency keys of starts. A key goes with its execution.
 *
 * 3: places of limits that executions share, held or waited for in the order of `n`; `step` is empty where an execution
 * counts as a whole.
 */
export const migrations: ReadonlyArray<Migration> = [
  {
    version: 1,
    sql: `
      CREATE TABLE executions (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        epoch INTEGER NOT NULL,
        owner TEXT,
        single TEXT,
        alive_at INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        line_sequence INTEGER NOT NULL,
        flow TEXT,
        status TEXT,
        summary TEXT
      ) STRICT;
      CREATE INDEX executions_flow ON executions (flow, id) WHERE flow IS NOT NULL;
      CREATE INDEX executions_status ON executions (status, id) WHERE status IS NOT NULL;
      CREATE INDEX executions_flow_status ON executions (flow, status, id) WHERE flow IS NOT NULL;
      CREATE INDEX executions_owner ON executions (owner, id) WHERE owner IS NOT NULL;
      CREATE UNIQUE INDEX executions_single ON executions (single) WHERE single IS NOT NULL;
      CREATE INDEX executions_ending ON executions (substr(id, -4), id);

      CREATE TABLE events (
        place INTEGER PRIMARY KEY,
        first INTEGER NOT NULL,
        lines TEXT NOT NULL
      ) STRICT;

      CREATE TABLE blobs (
        sha256 TEXT PRIMARY KEY,
        body TEXT NOT NULL
      ) STRICT;
      CREATE TABLE blob_links (
        execution INTEGER NOT NULL REFERENCES executions (n) ON DELETE CASCADE,
        sha256 TEXT NOT NULL REFERENCES blobs (sha256),
        PRIMARY KEY (execution, sha256)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX blob_links_sha256 ON blob_links (sha256);

      CREATE TABLE logs (
        place INTEGER PRIMARY KEY,
        execution INTEGER NOT NULL REFERENCES executions (n) ON DELETE CASCADE,
        step TEXT NOT NULL,
        upto INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        lines TEXT NOT NULL
      ) STRICT;
      CREATE INDEX logs_step ON logs (execution, step);
      CREATE TABLE log_steps (
        execution INTEGER NOT NULL REFERENCES executions (n) ON DELETE CASCADE,
        step TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (execution, step)
      ) STRICT, WITHOUT ROWID;
    `
  },
  {
    version: 2,
    sql: `
      CREATE TABLE start_keys (
        name TEXT PRIMARY KEY,
        execution INTEGER NOT NULL REFERENCES executions (n) ON DELETE CASCADE,
        digest TEXT NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX start_keys_execution ON start_keys (execution);
    `
  },
  {
    version: 3,
    sql: `
      CREATE TABLE places (
        n INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        execution INTEGER NOT NULL REFERENCES executions (n) ON DELETE CASCADE,
        step TEXT NOT NULL,
        size INTEGER NOT NULL,
        held INTEGER NOT NULL,
        UNIQUE (execution, name, step)
      ) STRICT;
      CREATE INDEX places_name ON places (name, n);
    `
  }
]

const pragma = (db: DatabaseSync, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0)

const refuseNewer = (version: number, known: number, file: string): void => {
  if (version > known)
    throw SqliteFailure.refusal(
      `\`${file}\` was written by a newer Halte (its version is ${version}, and this Halte knows ${known}); update Halte, or choose another directory`
    )
}

/**
 * Throws when the file belongs to a newer Halte, or to another program.
 */
export const assertOurs = (db: DatabaseSync, file: string, list: ReadonlyArray<Migration> = migrations): void => {
  const tables = Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"] ?? 0)
  if (tables > 0 && pragma(db, "application_id") !== applicationId)
    throw SqliteFailure.refusal(
      `\`${file}\` is a database of another program; move it away, or choose another directory`
    )
  refuseNewer(pragma(db, "user_version"), list.at(-1)?.version ?? 0, file)
}

/**
 * Brings the tables to the newest version. Each migration is one transaction with its version in it, so that a crash
 * leaves the one before or the one after; of processes that open the file at once, one does it.
 */
export const migrate = (db: DatabaseSync, file: string, list: ReadonlyArray<Migration> = migrations): void => {
  const newest = list.at(-1)?.version ?? 0
  while (pragma(db, "user_version") !== newest) {
    db.exec("BEGIN IMMEDIATE")
    try {
      const version = pragma(db, "user_version")
      // Another process has been faster, and may be newer.
      refuseNewer(version, newest, file)
      const next = list.find((migration) => migration.version > version)
      if (next !== undefined)
        db.exec(`${next.sql}; PRAGMA user_version = ${next.version}; PRAGMA application_id = ${applicationId}`)
      db.exec("COMMIT")
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK")
      throw error
    }
  }
}
