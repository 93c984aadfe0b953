import { assert, describe, it } from "@effect/vitest"
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { Context, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { ExecutionStore } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import { eventually } from "../../../test/support/Eventually.ts"
import * as Migrations from "../src/Migrations.ts"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"

const refused = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit), "it is refused")
    return String((exit as Exit.Failure<A, E>).cause)
  })

describe("Opening a store", () => {
  it.effect("makes a file that only its user can read, and leaves it alone after closing, without a journal", () =>
    Effect.gen(function* () {
      const directory = yield* Scratch.directory
      const file = `${directory}/halte.db`
      yield* Effect.scoped(
        Effect.gen(function* () {
          const store = yield* SqliteStore.open({ file })
          assert.deepInclude(store, { durable: true, file, notices: [] })
          yield* Facts.begin(store)
          if (process.platform !== "win32")
            for (const name of readdirSync(directory))
              assert.strictEqual(statSync(`${directory}/${name}`).mode & 0o777, 0o600, name)
        })
      )
      assert.deepEqual(readdirSync(directory).sort(), ["halte.db", "halte.db.lock"])
    })
  )

  it.effect("finds again what was written, by the layer too", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const written = yield* Effect.scoped(
        Effect.gen(function* () {
          const store = yield* SqliteStore.open({ file, synchronous: "normal", now: () => 42 })
          const { claim, id } = yield* Facts.begin(store)
          yield* store.append(claim, [Facts.stepCompleted(id, 2, "ü⏹".repeat(50_000)), Facts.ended(id, 3)])
          yield* store.appendLog(claim, [Facts.line(1, "hello"), { ...Facts.line(2, "long"), cut: true }])
          return {
            id,
            owners: yield* store.owners,
            list: yield* store.list(),
            events: yield* store.read(id, 0, 10),
            log: yield* store.readLog(id, { after: 0, limit: 10 })
          }
        })
      )
      assert.deepEqual(written.owners, [{ owner: "test", aliveAt: 42 }])
      const context = yield* Layer.build(SqliteStore.layer({ file }))
      const store = Context.get(context, ExecutionStore.ExecutionStore)
      assert.deepEqual(yield* store.owners, written.owners)
      assert.deepEqual(yield* store.list(), written.list)
      assert.deepEqual(yield* store.read(written.id, 0, 10), written.events)
      assert.deepEqual(yield* store.readLog(written.id, { after: 0, limit: 10 }), written.log)
      assert.strictEqual(written.log[1]!.cut, true)
    })
  )

  it.effect("says what is missing: the directory, or a file in the place of something else", () =>
    Effect.gen(function* () {
      const directory = yield* Scratch.directory
      assert.include(
        yield* refused(SqliteStore.open({ file: `${directory}/none/halte.db` })),
        `its directory \`${directory}/none\` does not exist; create it, or choose another`
      )
      mkdirSync(`${directory}/halte.db`)
      assert.include(
        yield* refused(SqliteStore.open({ file: `${directory}/halte.db` })),
        `\`${directory}/halte.db\` is no file`
      )
    })
  )

  it.effect("leaves a file of a newer Halte alone, and one of another program", () =>
    Effect.gen(function* () {
      const directory = yield* Scratch.directory
      const newer = `${directory}/newer.db`
      yield* Effect.scoped(SqliteStore.open({ file: newer }))
      const db = new DatabaseSync(newer)
      db.exec("PRAGMA user_version = 99")
      db.close()
      assert.include(
        yield* refused(SqliteStore.open({ file: newer })),
        `\`${newer}\` was written by a newer Halte (its version is 99, and this Halte knows ${Migrations.migrations.length}); update Halte`
      )
      const foreign = `${directory}/foreign.db`
      const other = new DatabaseSync(foreign)
      other.exec("CREATE TABLE songs (title TEXT)")
      other.close()
      assert.include(
        yield* refused(SqliteStore.open({ file: foreign })),
        `\`${foreign}\` is a database of another program`
      )
      assert.deepEqual(
        readdirSync(directory).filter((name) => name.includes("corrupt")),
        []
      )
    })
  )

  it.effect("says after the closing that it is closed, and writes before it what was handed over", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const scope = yield* Scope.make()
      const store = yield* Scope.provide(SqliteStore.open({ file }), scope)
      const { claim, id } = yield* Facts.begin(store)
      yield* Effect.forkChild(store.append(claim, [Facts.stepStarted(id, 2)]), { startImmediately: true })
      yield* Scope.close(scope, Exit.void)
      for (const use of [store.append(claim, [Facts.stepStarted(id, 3)]), store.read(id, 0, 1), store.list()])
        assert.include(
          yield* refused<unknown, unknown, never>(use),
          `\`${file}\` has been closed; open the store again`
        )
      const again = yield* SqliteStore.open({ file })
      assert.strictEqual((yield* again.read(id, 0, 10)).length, 2)
    })
  )

  it.live("says within moments that its file was removed, instead of writing where nobody can read", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const store = yield* SqliteStore.open({ file })
      const { claim } = yield* Facts.begin(store)
      rmSync(file)
      let text: string | undefined
      yield* Effect.forkScoped(
        Effect.forever(
          Effect.catch(store.heartbeat(claim), (error) => Effect.sync(() => void (text ??= String(error))))
        )
      )
      yield* eventually(() => text, "the refusal", { millis: 20_000 })
      assert.include(text, `\`${file}\` was removed while it was in use; put it back, or start the program again`)
    })
  )

  it.effect("says of what is waiting for a lock when the store is closed that it is not written", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      const scope = yield* Scope.make()
      const store = yield* Scope.provide(SqliteStore.open({ file }), scope)
      const { claim, id } = yield* Facts.begin(store)
      const lock = new DatabaseSync(file)
      lock.exec("BEGIN IMMEDIATE")
      const append = yield* Effect.forkChild(store.append(claim, [Facts.stepStarted(id, 2)]), {
        startImmediately: true
      })
      yield* Scope.close(scope, Exit.void)
      assert.include(yield* refused(Fiber.join(append)), "was closed while another process had it locked")
      lock.close()
    })
  )

  it.effect("takes an empty file as a new one", () =>
    Effect.gen(function* () {
      const file = `${yield* Scratch.directory}/halte.db`
      writeFileSync(file, "")
      const store = yield* SqliteStore.open({ file })
      yield* Facts.begin(store)
      assert.deepEqual(store.notices, [])
      assert.strictEqual((yield* store.list()).length, 1)
    })
  )
})
