import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { SqliteStore } from "@halte/store-sqlite"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"

const counted = Effect.gen(function* () {
  const commits: Array<number> = []
  const file = `${yield* Scratch.directory}/halte.db`
  const store = yield* SqliteStore.open({ file, onCommit: (writes) => void commits.push(writes) })
  return { store, commits, file }
})

describe("Grouped commits", () => {
  it.effect("commits a hundred appends and log lines of one turn at once", () =>
    Effect.gen(function* () {
      const { commits, store } = yield* counted
      const all = yield* Effect.forEach(Facts.range(1, 50), () => Facts.begin(store), { concurrency: "unbounded" })
      assert.deepEqual(commits, [50, 50], "the claims, then the first events")
      commits.length = 0
      yield* Effect.forEach(
        all.flatMap(({ claim, id }) => [
          store.append(claim, [Facts.stepStarted(id, 2)]),
          store.appendLog(claim, [Facts.line(1, "hello")])
        ]),
        (write) => write,
        { concurrency: "unbounded" }
      )
      assert.deepEqual(commits, [100])
      for (const { id } of all) assert.strictEqual((yield* store.read(id, 0, 10)).length, 2)
    })
  )

  it.effect("lets several appends to one execution in one turn follow on each other", () =>
    Effect.gen(function* () {
      const { commits, store } = yield* counted
      const { claim, id } = yield* Facts.begin(store)
      commits.length = 0
      yield* Effect.forEach(Facts.range(2, 31), (n) => store.append(claim, [Facts.stepStarted(id, n)]), {
        concurrency: "unbounded"
      })
      assert.deepEqual(commits, [30])
      assert.deepEqual(
        (yield* store.read(id, 0, 100)).map((e) => e.sequence),
        Facts.range(1, 31)
      )
      assert.strictEqual((yield* store.list())[0]!.sequence, 31)
    })
  )

  it.effect("P8: refuses one append of a group and keeps nothing of it, while the others are kept", () =>
    Effect.gen(function* () {
      const { commits, store } = yield* counted
      const [a, b] = [yield* Facts.begin(store), yield* Facts.begin(store)]
      const taken = yield* store.claim(b.id, "other", { takeOver: "test" })
      commits.length = 0
      const exits = yield* Effect.forEach(
        [
          store.append(a.claim, [Facts.stepStarted(a.id, 2)]),
          store.append(b.claim, [Facts.stepStarted(b.id, 2)]),
          store.append(a.claim, [Facts.stepCompleted(a.id, 7, "x".repeat(100_000))]),
          store.append(a.claim, [Facts.ended(a.id, 3)]),
          store.append(taken, [Facts.stepStarted(b.id, 2)])
        ],
        Effect.exit,
        { concurrency: "unbounded" }
      )
      assert.deepEqual(commits, [5])
      assert.deepEqual(exits.map(Exit.isSuccess), [true, false, false, true, true])
      assert.include(Cause.pretty((exits[1] as Exit.Failure<void, unknown>).cause), "belongs to another engine now")
      assert.include(
        Cause.pretty((exits[2] as Exit.Failure<void, unknown>).cause),
        `events 7 to 7 of \`${a.id}\` do not follow on event 2`
      )
      assert.strictEqual((yield* store.read(a.id, 0, 10)).length, 3)
      assert.strictEqual((yield* store.read(b.id, 0, 10)).length, 2)
      assert.strictEqual(yield* store.bytes([a.id]), yield* sizeOf(store, a.id), "the refused value is not there")
    })
  )

  it.effect("writes what an interrupted fiber has handed over", () =>
    Effect.gen(function* () {
      const { store } = yield* counted
      const { claim, id } = yield* Facts.begin(store)
      const fiber = yield* Effect.forkChild(store.append(claim, [Facts.stepStarted(id, 2)]), {
        startImmediately: true
      })
      yield* Fiber.interrupt(fiber)
      yield* store.append(claim, [Facts.stepStarted(id, 3)])
      assert.strictEqual((yield* store.read(id, 0, 10)).length, 3)
    })
  )

  it.effect("leaves no claim behind for a fiber that was interrupted before it had it", () =>
    Effect.gen(function* () {
      const { store } = yield* counted
      const id = Facts.newId()
      const fiber = yield* Effect.forkChild(store.claim(id, "gone", { single: "release" }), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      assert.deepEqual(yield* store.owners, [])
      yield* store.claim(id, "next", { single: "release" })
    })
  )

  it.effect("takes a caller's array as it is at the call", () =>
    Effect.gen(function* () {
      const { store } = yield* counted
      const { claim, id } = yield* Facts.begin(store)
      const events = [Facts.stepStarted(id, 2)]
      const lines = [Facts.line(1, "first")]
      const writes = yield* Effect.forkChild(
        Effect.all([store.append(claim, events), store.appendLog(claim, lines)], { concurrency: "unbounded" }),
        { startImmediately: true }
      )
      events.push(Facts.stepStarted(id, 3))
      lines.push(Facts.line(2, "second"))
      yield* Fiber.join(writes)
      assert.strictEqual((yield* store.list())[0]!.sequence, 2)
      assert.strictEqual((yield* store.readLog(id, { after: 0, limit: 10 })).length, 1)
    })
  )

  it.effect("refuses log lines that do not follow", () =>
    Effect.gen(function* () {
      const { store } = yield* counted
      const { claim, id } = yield* Facts.begin(store)
      yield* store.appendLog(claim, [Facts.line(1, "a"), Facts.line(2, "b")])
      const exit = yield* Effect.exit(store.appendLog(claim, [Facts.line(2, "b again"), Facts.line(3, "c")]))
      assert.include(String(Exit.isFailure(exit) && exit.cause), `line 2 of \`${id}\` does not follow on line 2`)
      assert.strictEqual((yield* store.readLog(id, { after: 0, limit: 10 })).length, 2)
    })
  )
})

const sizeOf = (store: SqliteStore.SqliteStore, id: Parameters<typeof store.read>[0]) =>
  Effect.map(store.read(id, 0, 100), (events) => {
    const texts = events.map((event) => Buffer.byteLength(JSON.stringify(event)))
    return texts.reduce((sum, bytes) => sum + bytes, 0)
  })
