import { assert, describe, it } from "@effect/vitest"
import { copyFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { Effect, Exit } from "effect"
import { SqliteStore } from "@halte/store-sqlite"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"
import * as StoreProcess from "./support/StoreProcess.ts"

/** A store with some hundred pages, closed. */
const written = Effect.gen(function* () {
  const directory = yield* Scratch.directory
  const file = `${directory}/halte.db`
  yield* Effect.scoped(
    Effect.gen(function* () {
      const store = yield* SqliteStore.open({ file, synchronous: "normal" })
      yield* Effect.forEach(Facts.range(1, 100), (k) => Facts.finished(store, `flow-${k % 3}`, `${k} `.repeat(5000)), {
        concurrency: "unbounded"
      })
    })
  )
  return { directory, file }
})

const kept = (directory: string) => readdirSync(directory).filter((name) => name.includes(".corrupt-"))

const movedAside = (break_: (file: string) => void, reason: string) =>
  Effect.gen(function* () {
    const { directory, file } = yield* written
    break_(file)
    const bytes = readFileSync(file)
    const store = yield* SqliteStore.open({ file })
    const [name, ...others] = kept(directory)
    assert.deepEqual(others, [])
    assert.match(name!, /^halte\.db\.corrupt-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z$/)
    assert.isTrue(readFileSync(`${directory}/${name}`).equals(bytes), "it is kept as it was")
    assert.strictEqual(store.notices.length, 1)
    assert.include(store.notices[0], reason)
    assert.include(
      store.notices[0],
      `It is kept as \`${directory}/${name}\`, and a new store has been begun: earlier executions are not in it.`
    )
    assert.deepEqual(yield* store.list(), [])
    yield* Facts.begin(store)
  })

describe("A damaged file", () => {
  it.effect("is moved aside when it is not a database", () =>
    movedAside(
      (file) => writeFileSync(file, "This is a text and no database. ".repeat(100)),
      "is damaged: file is not a database"
    )
  )

  it.effect("is moved aside when it is too short to be one", () =>
    movedAside((file) => writeFileSync(file, "SQL"), "is damaged")
  )

  it.effect("is moved aside when its end is missing", () =>
    movedAside((file) => truncateSync(file, 40_960), "is damaged")
  )

  it.effect("is moved aside when a part of its first page is overwritten", () =>
    movedAside((file) => overwrite(file, 100, 400), "is damaged")
  )

  it.effect("is moved aside with its journal, even when it is empty itself", () =>
    Effect.gen(function* () {
      const directory = yield* Scratch.directory
      const file = `${directory}/halte.db`
      writeFileSync(file, "")
      writeFileSync(`${file}-wal`, "what is left of something")
      const store = yield* SqliteStore.open({ file })
      assert.deepEqual(
        kept(directory)
          .map((name) => name.replace(/.*Z/, ""))
          .sort(),
        ["", "-wal"]
      )
      assert.include(store.notices[0], "is empty, and the journal beside it is not")
      yield* Facts.begin(store)
    })
  )

  it.live(
    "is moved once when several processes open it at the same moment, and all of them use the new one",
    () =>
      Effect.gen(function* () {
        const { directory, file } = yield* written
        overwrite(file, 100, 400)
        // They have loaded everything before: what they do at the same moment is the opening.
        const processes = yield* Effect.all([StoreProcess.start(file), StoreProcess.start(file)], {
          concurrency: "unbounded"
        })
        const notices: ReadonlyArray<ReadonlyArray<string>> = yield* Effect.forEach(processes, (p) => p.ask("open"), {
          concurrency: "unbounded"
        })
        assert.strictEqual(notices.flat().length, 1, "one of them moved it")
        assert.strictEqual(kept(directory).length, 1)
        yield* Effect.forEach(processes, (p) => p.ask("fill", { executions: 1, appends: 1, size: 1 }), {
          concurrency: "unbounded"
        })
        const store = yield* SqliteStore.open({ file })
        assert.strictEqual((yield* store.list()).length, 2)
      }),
    60_000
  )

  it.live(
    "is not taken away from a process that uses it",
    () =>
      Effect.gen(function* () {
        const { directory, file } = yield* written
        const user = yield* StoreProcess.start(file)
        yield* user.ask("open")
        overwrite(file, 0, 8192)
        const exit = yield* Effect.exit(SqliteStore.open({ file, lockTimeout: "200 millis" }))
        assert.include(
          String(Exit.isFailure(exit) && exit.cause),
          "and another process has used it for 0.2 s; end that program, then try again"
        )
        assert.deepEqual(kept(directory), [])
        yield* user.kill
        const store = yield* SqliteStore.open({ file })
        assert.strictEqual(store.notices.length, 1)
        assert.deepEqual(yield* store.list(), [])
      }),
    60_000
  )

  it.effect("says of which execution the events can't be read, and reads the others", () =>
    Effect.gen(function* () {
      const { file } = yield* written
      const db = new DatabaseSync(file)
      const victim = db.prepare("SELECT n, id FROM executions ORDER BY n LIMIT 1").get() as { n: number; id: string }
      db.exec(`UPDATE events SET lines = substr(lines, 1, 100) WHERE place / 268435456 = ${victim.n} AND first = 1`)
      db.exec(`UPDATE executions SET summary = '{' WHERE n = ${victim.n}`)
      db.close()
      const store = yield* SqliteStore.open({ file })
      const id = victim.id as Parameters<typeof store.read>[0]
      const refused = yield* Effect.exit(store.read(id, 0, 10))
      assert.match(
        String(Exit.isFailure(refused) && refused.cause),
        new RegExp(
          `is damaged where the events 1 to 1 of execution \`${id}\` are kept; its other executions can still be read`
        )
      )
      const [, healthy] = yield* store.list({ limit: 2 })
      assert.strictEqual((yield* store.read(healthy!.id, 0, 10)).length, 4)
      const listing = yield* Effect.exit(store.list({ limit: 1000 }))
      assert.include(String(Exit.isFailure(listing) && listing.cause), `the summary of execution \`${id}\``)
      // What can't be read can't be gone on with either, and the refusal changes nothing.
      const claim = yield* Effect.exit(store.claim(id, "heir"))
      assert.include(String(Exit.isFailure(claim) && claim.cause), `the summary of execution \`${id}\``)
    })
  )

  it.effect("can be moved aside twice within the same millisecond without losing the first", () =>
    Effect.gen(function* () {
      const { directory, file } = yield* written
      const rounds = 5
      for (const _ of Facts.range(1, rounds)) {
        copyFileSync(new URL(import.meta.url), file)
        yield* Effect.scoped(SqliteStore.open({ file }))
      }
      assert.strictEqual(kept(directory).length, rounds)
    })
  )
})

const overwrite = (file: string, from: number, bytes: number): void => {
  const content = readFileSync(file)
  content.fill(0xa5, from, from + bytes)
  writeFileSync(file, content)
}
