import { assert, describe, it } from "@effect/vitest"
import { statSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { Retention, SqliteStore } from "@halte/store-sqlite"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"

const opened = Effect.gen(function* () {
  const file = `${yield* Scratch.directory}/halte.db`
  return { file, store: yield* SqliteStore.open({ file, synchronous: "normal" }) }
})

/** How many rows each table has. */
const counts = (file: string): Record<string, number> => {
  const db = new DatabaseSync(file)
  const count = (table: string) => Number(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!["n"])
  const tables = ["executions", "events", "blobs", "blob_links", "logs", "log_steps", "start_keys"]
  const found = Object.fromEntries(tables.map((table) => [table, count(table)]))
  db.close()
  return found
}

describe("Retention", () => {
  it.effect("keeps a value once for all executions that have it, and frees it with the last of them", () =>
    Effect.gen(function* () {
      const { file, store } = yield* opened
      const value = "shared ".repeat(20_000)
      const [a, b] = [yield* Facts.finished(store, "a", value), yield* Facts.finished(store, "b", value)]
      const [event] = yield* store.read(a, 2, 1)
      const { sha256, bytes } = (event as { references?: Record<string, { sha256: string; bytes: number }> })
        .references!["value"]!
      assert.strictEqual(bytes, value.length + 2)
      assert.deepInclude(counts(file), { blobs: 1, blob_links: 2 })
      assert.isBelow(yield* store.bytes([a]), 10_000, "a value that others have is not counted")
      assert.isAbove(yield* store.bytes([a, b]), value.length)
      assert.strictEqual(yield* store.remove([a]), 1)
      assert.strictEqual(yield* store.readBlob(a, sha256), undefined)
      assert.strictEqual(yield* store.readBlob(b, sha256), JSON.stringify(value))
      yield* store.remove([b])
      assert.deepEqual(
        counts(file),
        { executions: 0, events: 0, blobs: 0, blob_links: 0, logs: 0, log_steps: 0, start_keys: 0 },
        "nothing is left behind"
      )
    })
  )

  it.effect("gives a value to nobody who only knows its hash", () =>
    Effect.gen(function* () {
      const { store } = yield* opened
      const a = yield* Facts.finished(store, "a", "secret ".repeat(20_000))
      const b = yield* Facts.finished(store, "b")
      const [event] = yield* store.read(a, 2, 1)
      const { sha256 } = (event as { references?: Record<string, { sha256: string }> }).references!["value"]!
      assert.strictEqual(yield* store.readBlob(b, sha256), undefined)
    })
  )

  it.effect("keeps the executions of sub-flows for as long as their parents, and removes them with these", () =>
    Effect.gen(function* () {
      const { store } = yield* opened
      const child = (parent: string) =>
        Effect.gen(function* () {
          const id = Facts.newId()
          const claim = yield* store.claim(id, "test")
          const first = { ...Facts.started(id, "notes"), parent: { execution: parent, step: "build" } } as never
          yield* store.append(claim, [first, Facts.ended(id, 2)], { release: true })
          return id
        })
      const old = yield* Facts.finished(store)
      const ofOld = yield* child(old)
      const inner = yield* child(ofOld)
      const latest = yield* Facts.finished(store)
      const ofLatest = yield* child(latest)
      const left = yield* child("01KB3D9QSZ8M4XJ6WYVT")
      const gone = (options: Retention.PruneOptions) =>
        Effect.map(Retention.prune(store, { ...options, dryRun: true }), ({ executions }) =>
          executions.map(({ id }) => id)
        )
      assert.deepEqual(yield* gone({ flow: "notes" }), [left], "its parent is gone, others have theirs")
      assert.deepEqual(yield* gone({ flow: "release", keepLast: 1 }), [inner, ofOld, old])
      assert.deepEqual(yield* gone({}), [left, ofLatest, latest, inner, ofOld, old])
      yield* Retention.prune(store, { flow: "release", keepLast: 1 })
      assert.sameMembers(
        (yield* store.list()).map(({ id }) => id),
        [left, ofLatest, latest]
      )
    })
  )

  it.effect("removes by age, state, flow and number, and never what is owned or has not ended", () =>
    Effect.gen(function* () {
      const { store } = yield* opened
      const releases = yield* Effect.forEach(Facts.range(1, 6), () => Facts.finished(store, "release"))
      const nightly = yield* Effect.forEach(Facts.range(1, 3), () => Facts.finished(store, "nightly"))
      const failed = yield* Facts.begin(store, "nightly")
      yield* store.append(failed.claim, [Facts.ended(failed.id, 2, "Failed")], { release: true })
      const live = yield* Facts.begin(store, "release")
      const owned = yield* Facts.begin(store, "release")
      yield* store.append(owned.claim, [Facts.ended(owned.id, 2)])
      const chosen = (options: Retention.PruneOptions) =>
        Effect.map(Retention.prune(store, { ...options, dryRun: true }), ({ executions }) =>
          executions.map(({ id }) => id)
        )
      const newestFirst = (...ids: ReadonlyArray<string>) => [...ids].sort().reverse()

      assert.deepEqual(yield* chosen({}), newestFirst(...releases, ...nightly, failed.id))
      assert.deepEqual(yield* chosen({ flow: "nightly" }), newestFirst(...nightly, failed.id))
      assert.deepEqual(yield* chosen({ statuses: ["Failed"] }), [failed.id])
      // The newest of `release` that has ended is the one that is owned.
      assert.deepEqual(yield* chosen({ keepLast: 3 }), newestFirst(...releases.slice(0, 4), nightly[0]!))
      const end = 1_700_000_000_004
      assert.deepEqual(yield* chosen({ olderThanMillis: 1000, now: () => end + 1000 }), [failed.id])
      assert.strictEqual((yield* chosen({ olderThanMillis: 1000, now: () => end + 1001 })).length, 10)
      assert.strictEqual((yield* store.list()).length, 12, "a dry run removes nothing")

      const { bytes, executions } = yield* Retention.prune(store, { keepLast: 3 })
      assert.strictEqual(executions.length, 5)
      assert.isAbove(bytes, 0)
      assert.deepEqual(
        (yield* store.list()).map(({ id }) => id),
        newestFirst(...releases.slice(4), ...nightly.slice(1), failed.id, live.id, owned.id)
      )
    })
  )

  it.effect("removes keys with their executions, and keeps those of the rest", () =>
    Effect.gen(function* () {
      const { file, store } = yield* opened
      const ids = yield* Effect.forEach(["a", "b", "c"], (name) =>
        Effect.gen(function* () {
          const id = Facts.newId()
          const claim = yield* store.claim(id, "test", { key: { name, digest: "d" } })
          yield* store.append(claim, [Facts.started(id), Facts.ended(id, 2)], { release: true })
          return id
        })
      )
      // What was claimed in vain leaves none.
      yield* store.release(yield* store.claim(Facts.newId(), "test", { key: { name: "vain", digest: "d" } }))
      assert.deepInclude(counts(file), { start_keys: 3 })
      yield* Retention.prune(store, { keepLast: 1 })
      assert.deepInclude(counts(file), { executions: 2, start_keys: 1 })
      assert.isUndefined(yield* store.keyUse("a"))
      assert.strictEqual((yield* store.keyUse("c"))?.execution, ids[2])
    })
  )

  it.effect("gives the space back to the disk, and says how much it was", () =>
    Effect.gen(function* () {
      const { file, store } = yield* opened
      for (const k of Facts.range(1, 60)) yield* Facts.finished(store, "release", `${k} `.repeat(50_000))
      const live = yield* Facts.begin(store)
      yield* store.compact
      const before = statSync(file).size
      const planned = yield* Retention.prune(store, { dryRun: true })
      const { bytes, executions } = yield* Retention.prune(store)
      assert.strictEqual(executions.length, 60)
      assert.strictEqual(bytes, planned.bytes)
      assert.isAbove(bytes, 5_000_000)
      const after = statSync(file).size
      assert.isBelow(after, 300_000, `it was ${before}`)
      assert.isAtLeast(before - after, bytes)
      assert.deepEqual(
        (yield* store.list()).map(({ id }) => id),
        [live.id]
      )
    })
  )
})
