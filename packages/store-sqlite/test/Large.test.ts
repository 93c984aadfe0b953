import { assert, describe, it } from "@effect/vitest"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import type { ExecutionStore } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import * as Listing from "../src/Listing.ts"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"

const executions = 10_000
const events = 100_000

const filled = Effect.gen(function* () {
  const file = `${yield* Scratch.directory}/halte.db`
  const large = yield* Effect.scoped(
    Effect.gen(function* () {
      const store = yield* SqliteStore.open({ file, synchronous: "normal" })
      const { claim, id } = yield* Facts.begin(store, "large")
      for (let n = 2; n < events; n += 500)
        yield* store.append(
          claim,
          Facts.range(n, Math.min(events, n + 499)).map((k) => Facts.stepStarted(id, k))
        )
      for (let i = 1; i < executions; i += 500)
        yield* Effect.forEach(
          Facts.range(i, Math.min(executions - 1, i + 499)),
          (k): Effect.Effect<unknown, unknown> =>
            k % 100 === 0 ? Facts.begin(store, "release") : Facts.finished(store, `flow-${k % 7}`),
          { concurrency: "unbounded" }
        )
      return id
    })
  )
  return { file, large }
})

describe("A large store", () => {
  it.live(
    `opens, lists and reads ${executions} executions and ${events} events of one without reading all`,
    () =>
      Effect.gen(function* () {
        const { file, large } = yield* filled
        const lines: Array<string> = []
        const timed = <A, E, R>(what: string, ceiling: number, effect: Effect.Effect<A, E, R>) =>
          Effect.gen(function* () {
            const from = performance.now()
            const result = yield* effect
            const took = performance.now() - from
            lines.push(`${what} ${took.toFixed(1)} ms`)
            assert.isBelow(took, ceiling, what)
            return result
          })
        const store = yield* timed("open", 2000, SqliteStore.open({ file }))
        const newest = yield* timed("list", 500, store.list())
        assert.strictEqual(newest.length, 50)
        const ending = newest[20]!.id.slice(-6)
        const filters: ReadonlyArray<readonly [string, ExecutionStore.StoreFilter]> = [
          ["by flow", { flow: "flow-3" }],
          ["by state", { status: ["Running"] }],
          ["by states", { status: ["Completed", "Failed", "Interrupted"], before: newest[49]!.id }],
          ["by flow and states", { flow: "flow-3", status: ["Running", "Completed"] }],
          ["by owner", { owner: "test" }],
          ["by ending", { ending }],
          ["by id", { ending: newest[20]!.id }]
        ]
        for (const [what, filter] of filters)
          assert.isAbove((yield* timed(what, 500, store.list(filter))).length, 0, what)
        assert.deepEqual(
          (yield* store.list({ ending })).map(({ id }) => id),
          [newest[20]!.id]
        )
        const page = yield* timed("last page", 500, store.read(large, events - 100, 100))
        assert.deepEqual(
          page.map((e) => e.sequence),
          Facts.range(events - 99, events)
        )
        assert.strictEqual((yield* store.list({ limit: Number.POSITIVE_INFINITY })).length, executions)
        process.stdout.write(`${executions} executions, ${events} events: ${lines.join(", ")}\n`)

        const db = yield* Effect.acquireRelease(
          Effect.sync(() => new DatabaseSync(file)),
          (opened) => Effect.sync(() => opened.close())
        )
        const plan = (sql: string, values?: Record<string, string | number>): string =>
          db
            .prepare(`EXPLAIN QUERY PLAN ${sql}`)
            .all(values ?? {})
            .map((row) => String(row["detail"]))
            .join("\n")
        for (const [what, filter] of filters) {
          const { sql, values } = Listing.query(filter)!
          const text = plan(sql, values)
          assert.notMatch(text, /SCAN executions(?! USING INDEX)/, `${what}:\n${text}`)
          assert.match(text, /SEARCH executions USING (COVERING )?INDEX/, `${what}:\n${text}`)
          // Few have an ending or an owner; all others come in their order.
          if (filter.ending === undefined) assert.notInclude(text, "TEMP B-TREE", `${what}:\n${text}`)
        }
        const whole = Listing.query()!
        assert.notInclude(plan(whole.sql, whole.values), "TEMP B-TREE", "the newest of all come in their order")
        assert.match(
          plan("SELECT first, lines FROM events WHERE place > 1 AND place < 2 ORDER BY place"),
          /^SEARCH events USING INTEGER PRIMARY KEY \(rowid>\? AND rowid<\?\)$/
        )
      }),
    120_000
  )
})
