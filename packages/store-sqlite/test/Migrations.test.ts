import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { SqliteStore } from "@halte/store-sqlite"
import * as Migrations from "../src/Migrations.ts"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"
import * as StoreProcess from "./support/StoreProcess.ts"

const connect = (file: string) =>
  Effect.acquireRelease(
    Effect.sync(() => new DatabaseSync(file)),
    (db) => Effect.sync(() => db.close())
  )

const version = (db: DatabaseSync) => db.prepare("PRAGMA user_version").get()?.["user_version"]
const tables = (db: DatabaseSync) =>
  db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map((row) => row["name"])

const newest = Migrations.migrations.length
const second: Migrations.Migration = { version: newest + 1, sql: "CREATE TABLE second (a)" }
const third: Migrations.Migration = { version: newest + 2, sql: "ALTER TABLE second RENAME TO third" }
const all = [...Migrations.migrations, second, third]

describe("Migrations", () => {
  it("are numbered from 1 without gaps, since a file knows only the number of its last one", () => {
    assert.deepEqual(
      Migrations.migrations.map((m) => m.version),
      Facts.range(1, Migrations.migrations.length)
    )
  })

  it.effect("bring a file of any version to the newest, and change nothing the second time", () =>
    Effect.gen(function* () {
      const directory = yield* Scratch.directory
      for (const from of Facts.range(0, all.length)) {
        const file = `${directory}/${from}.db`
        const db = yield* connect(file)
        if (from > 0) Migrations.migrate(db, file, all.slice(0, from))
        assert.strictEqual(version(db), from)
        Migrations.migrate(db, file, all)
        Migrations.migrate(db, file, all)
        assert.strictEqual(version(db), all.length)
        assert.include(tables(db), "third")
        assert.notInclude(tables(db), "second")
        Migrations.assertOurs(db, file, all)
      }
    })
  )

  it.effect("keep what a store has written before", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const id = yield* Effect.scoped(Effect.flatMap(SqliteStore.open({ file }), (store) => Facts.finished(store)))
      const db = yield* connect(file)
      const before = db.prepare("SELECT * FROM events").all()
      Migrations.migrate(db, file, all)
      assert.deepEqual(db.prepare("SELECT * FROM events").all(), before)
      assert.strictEqual(db.prepare("SELECT id FROM executions").get()?.["id"], id)
    })
  )

  it.effect("give a file of the first version a place for keys, and leave its executions as they are", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const id = yield* Effect.scoped(Effect.flatMap(SqliteStore.open({ file }), (store) => Facts.finished(store)))
      const db = yield* connect(file)
      db.exec("DROP TABLE start_keys; DROP TABLE places; PRAGMA user_version = 1")
      const store = yield* SqliteStore.open({ file })
      assert.strictEqual(version(db), newest)
      assert.deepStrictEqual(
        (yield* store.list()).map((one) => one.id),
        [id]
      )
      assert.isUndefined(yield* store.keyUse("once"))
      const claim = yield* store.claim(Facts.newId(), "one", { key: { name: "once", digest: "d" } })
      assert.strictEqual((yield* store.keyUse("once"))?.execution, claim.execution)
    })
  )

  it.effect(
    "give a file of the second version a place for shared limits, which an open execution can use at once",
    () =>
      Effect.gen(function* () {
        const file = `${yield* Scratch.directory}/halte.db`
        const before = yield* Effect.scoped(
          Effect.flatMap(SqliteStore.open({ file }), (store) => store.claim(Facts.newId(), "one"))
        )
        const db = yield* connect(file)
        db.exec("DROP TABLE places; PRAGMA user_version = 2")
        const store = yield* SqliteStore.open({ file })
        assert.strictEqual(version(db), newest)
        yield* store.sharedLimits.take(before, { limit: "gpu", size: 1 })
        assert.deepStrictEqual(
          (yield* store.sharedLimits.look()).map(({ execution, held }) => [execution, held]),
          [[before.execution, true]]
        )
      })
  )

  it.effect("leave the version before when one of them fails, and do the rest of it at the next opening", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const db = yield* connect(file)
      const broken = { version: newest + 2, sql: "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1)" }
      assert.throws(() => Migrations.migrate(db, file, [...all.slice(0, -1), broken]), /no such table: nowhere/)
      assert.strictEqual(version(db), newest + 1)
      assert.notInclude(tables(db), "half")
      assert.isFalse(db.isTransaction)
      Migrations.migrate(db, file, all)
      assert.strictEqual(version(db), all.length)
    })
  )

  it.live("P5: leave the version before when the process is killed in the middle of one", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      yield* Effect.scoped(Effect.flatMap(SqliteStore.open({ file }), (store) => Facts.finished(store)))
      const script = fileURLToPath(new URL("fixtures/dies-within.ts", import.meta.url))
      const end = spawnSync(process.execPath, ["--conditions=@halte/source", script, file], {
        encoding: "utf8",
        env: { ...process.env, NODE_COMPILE_CACHE: StoreProcess.compiled }
      })
      if (process.platform !== "win32") assert.strictEqual(end.signal, "SIGKILL", end.stderr)
      const db = yield* connect(file)
      assert.strictEqual(version(db), newest)
      assert.notInclude(tables(db), "half")
      assert.strictEqual(db.prepare("PRAGMA quick_check").get()?.["quick_check"], "ok")
      const store = yield* SqliteStore.open({ file })
      assert.strictEqual((yield* store.list()).length, 1)
    })
  )

  it.effect("refuse a file that became newer while it was being opened", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const db = yield* connect(file)
      Migrations.migrate(db, file, all)
      assert.throws(
        () => Migrations.migrate(db, file),
        new RegExp(`written by a newer Halte \\(its version is ${all.length}, and this Halte knows ${newest}\\)`)
      )
    })
  )
})
