import { assert, describe, it } from "@effect/vitest"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { SqliteStore } from "@halte/store-sqlite"
import { eventually } from "../../../test/support/Eventually.ts"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"
import * as StoreProcess from "./support/StoreProcess.ts"

// More: `HALTE_ROUNDS=200 HALTE_SEED=7 vitest run … Killed`.
const rounds = Number(process.env["HALTE_ROUNDS"] ?? 10)
const seed = Number(process.env["HALTE_SEED"] ?? 1)

describe("A writer that is killed", () => {
  it.live(
    `P5: has lost nothing that was acknowledged and left nothing half, ${rounds} times in a row`,
    () =>
      Effect.gen(function* () {
        const file = `${yield* Scratch.directory}/halte.db`
        const id = Facts.newId()
        let state = seed
        const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
        let known = 0
        for (const round of Facts.range(1, rounds)) {
          const where = `round ${round}, HALTE_SEED=${seed}`
          const { acknowledged, lines } = yield* Effect.scoped(writeAndKill(file, id, random))
          const store = yield* SqliteStore.open({ file })
          assert.deepEqual(store.notices, [], where)
          assert.strictEqual(check(file), "ok", where)
          // Those of the rounds before have been looked at.
          const events = yield* store.read(id, known, Number.POSITIVE_INFINITY)
          const all = known + events.length
          assert.isAtLeast(all, acknowledged, where)
          assert.deepEqual(
            events.map((e) => e.sequence),
            Facts.range(known + 1, all),
            where
          )
          known = all
          assert.deepInclude((yield* store.list())[0], { id, sequence: all }, where)
          const last = events.at(-1) as { readonly step?: string } | undefined
          if (last?.step !== undefined)
            assert.match(last.step, new RegExp(`-to-${all}$`), `${where}: the last append is whole`)
          for (const event of events) {
            const { references } = event as { readonly references?: Record<string, { readonly sha256: string }> }
            if (references !== undefined)
              assert.isDefined(yield* store.readBlob(id, references["value"]!.sha256), `${where}: the value is there`)
          }
          const log = yield* store.readLog(id, { after: 0, limit: Number.POSITIVE_INFINITY })
          assert.isAtLeast(log.at(-1)?.sequence ?? 0, lines, where)
        }
      }),
    120_000 + rounds * 5000
  )
})

/** Lets a process write, kills it at some moment, and says what it knew to be written. */
const writeAndKill = (file: string, id: ReturnType<typeof Facts.newId>, random: (below: number) => number) =>
  Effect.gen(function* () {
    const writer = yield* StoreProcess.start(file)
    const before = yield* Effect.scoped(
      Effect.flatMap(SqliteStore.open({ file }), (store) => store.list({ ending: id }))
    )
    writer.tell("write", { id, seed: 1 + random(1_000_000), takeOver: before[0]?.owner })
    yield* eventually(() => (writer.news()["acknowledged"] ?? 0) > 0, "the first append", { millis: 30_000 })
    const end = performance.now() + random(120)
    yield* eventually(() => performance.now() >= end, "the moment", { millis: 10_000 })
    yield* writer.kill
    const { acknowledged, lines } = writer.news()
    return { acknowledged: acknowledged!, lines: lines! }
  })

const check = (file: string): unknown => {
  const db = new DatabaseSync(file)
  try {
    return db.prepare("PRAGMA quick_check").get()?.["quick_check"]
  } finally {
    db.close()
  }
}
