import { describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionStoreTest } from "@halte/engine/testing"
import { SqliteStore } from "@halte/store-sqlite"
import * as Scratch from "./support/Scratch.ts"

ExecutionStoreTest.suite({ describe, it }, "SQLite in memory", SqliteStore.open({ file: ":memory:" }))

ExecutionStoreTest.suite(
  { describe, it },
  "SQLite in a file",
  Effect.flatMap(Scratch.directory, (directory) => SqliteStore.open({ file: `${directory}/halte.db` }))
)
