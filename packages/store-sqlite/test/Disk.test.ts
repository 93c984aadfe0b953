import { assert, describe, it } from "@effect/vitest"
import { rmSync, writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { Cause, Effect, Exit } from "effect"
import { SqliteStore } from "@halte/store-sqlite"
import * as Facts from "./support/Facts.ts"
import * as SmallDisk from "./support/SmallDisk.ts"

const noDisk = SmallDisk.missing !== undefined
const megabyte = 1 << 20

/** Takes all that is left. */
const fill = (path: string): void => {
  for (const size of [megabyte, 64 * 1024, 4096, 1])
    for (let n = 0; ; n++) {
      try {
        writeFileSync(`${path}/fill-${size}-${n}`, Buffer.alloc(size))
      } catch {
        rmSync(`${path}/fill-${size}-${n}`, { force: true })
        break
      }
      if (size === 1) break
    }
}

const free = (path: string): void => {
  for (const size of [megabyte, 64 * 1024, 4096, 1])
    for (let n = 0; n < 1000; n++) rmSync(`${path}/fill-${size}-${n}`, { force: true })
}

describe("The disk of a store", () => {
  it.live.skipIf(noDisk)(
    SmallDisk.title("P5: when it is full, the append fails as a whole and says so; once space is freed it goes on"),
    () =>
      Effect.gen(function* () {
        const { path } = yield* SmallDisk.make(8)
        const file = `${path}/halte.db`
        const store = yield* SqliteStore.open({ file })
        const { claim, id } = yield* Facts.begin(store)
        const other = yield* Facts.begin(store)
        fill(path)
        let sequence = 1
        let refused: string | undefined
        while (refused === undefined && sequence < 1000) {
          const value = `${sequence} `.repeat(20_000)
          const exit = yield* Effect.exit(store.append(claim, [Facts.stepCompleted(id, sequence + 1, value)]))
          if (Exit.isSuccess(exit)) sequence++
          else refused = String(Cause.squash(exit.cause))
        }
        assert.include(refused, `no space is left on the disk of \`${file}\`; free some, then try again`)
        // A group fails together; what it holds is written again by nobody but its callers.
        const group = yield* Effect.forEach(
          [
            store.append(claim, [Facts.stepCompleted(id, sequence + 1, "x".repeat(500_000))]),
            store.append(other.claim, [Facts.stepCompleted(other.id, 2, "y".repeat(500_000))])
          ],
          Effect.exit,
          { concurrency: "unbounded" }
        )
        assert.isTrue(group.every(Exit.isFailure))
        assert.deepEqual(
          (yield* store.read(id, 0, 10_000)).map((e) => e.sequence),
          Facts.range(1, sequence),
          "it can be read, and has what was acknowledged and nothing more"
        )
        assert.strictEqual((yield* store.list()).find((e) => e.id === id)!.sequence, sequence)
        assert.strictEqual((yield* store.read(other.id, 0, 10)).length, 1)

        free(path)
        yield* store.append(claim, [Facts.stepStarted(id, sequence + 1), Facts.ended(id, sequence + 2)])
        yield* store.append(other.claim, [Facts.stepStarted(other.id, 2)])
        const again = yield* SqliteStore.open({ file })
        assert.deepEqual(again.notices, [])
        assert.strictEqual((yield* again.read(id, 0, 10_000)).length, sequence + 2)
        assert.strictEqual(check(file), "ok")
      })
  )

  it.live.skipIf(noDisk)(SmallDisk.title("says at the opening that it is full"), () =>
    Effect.gen(function* () {
      const { path } = yield* SmallDisk.make(1)
      fill(path)
      const file = `${path}/halte.db`
      const exit = yield* Effect.exit(SqliteStore.open({ file }))
      assert.include(String(Exit.isFailure(exit) && exit.cause), `no space is left on the disk of \`${file}\``)
      free(path)
      const store = yield* SqliteStore.open({ file })
      yield* Facts.begin(store)
    })
  )

  it.live.skipIf(noDisk)(
    SmallDisk.title("when it is read-only, the opening says so, whether there is a file or not"),
    () =>
      Effect.gen(function* () {
        const { makeReadOnly, path } = yield* SmallDisk.make(2)
        const file = `${path}/halte.db`
        yield* Effect.scoped(Effect.flatMap(SqliteStore.open({ file }), (store) => Facts.begin(store)))
        assert.isTrue(makeReadOnly())
        for (const name of ["halte.db", "other.db"]) {
          const exit = yield* Effect.exit(SqliteStore.open({ file: `${path}/${name}` }))
          const text = String(Exit.isFailure(exit) && exit.cause)
          assert.include(text, `\`${path}/${name}\` can't be written`)
          assert.include(text, "read-only")
        }
      })
  )
})

const check = (file: string): unknown => {
  const db = new DatabaseSync(file)
  try {
    return db.prepare("PRAGMA quick_check").get()?.["quick_check"]
  } finally {
    db.close()
  }
}
