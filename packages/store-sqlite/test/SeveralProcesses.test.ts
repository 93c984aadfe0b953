import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import type { ExecutionStore } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import { eventually } from "../../../test/support/Eventually.ts"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"
import * as StoreProcess from "./support/StoreProcess.ts"

const failure = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit), "it fails")
    return String(Cause.squash((exit as Exit.Failure<A, E>).cause))
  })

describe("Several processes on one file", () => {
  it.live(
    "P9: lose nothing of what each appends while all append at once",
    () =>
      Effect.gen(function* () {
        const file = `${yield* Scratch.directory}/halte.db`
        const processes = yield* Effect.all([StoreProcess.start(file), StoreProcess.start(file)], {
          concurrency: "unbounded"
        })
        const [executions, appends, size] = [8, 15, 3]
        const ids: ReadonlyArray<ReadonlyArray<ExecutionStore.Claim["execution"]>> = yield* Effect.forEach(
          processes,
          (p) => p.ask("fill", { executions, appends, size }),
          { concurrency: "unbounded" }
        )
        const store = yield* SqliteStore.open({ file })
        assert.deepEqual(
          (yield* store.list({ limit: 100 })).map(({ id }) => id),
          ids.flat().toSorted().reverse()
        )
        for (const id of ids.flat()) {
          const events = yield* store.read(id, 0, 1000)
          assert.deepEqual(
            events.map((e) => e.sequence),
            Facts.range(1, 1 + appends * size)
          )
          assert.deepEqual(
            (yield* store.readLog(id, { after: 0, limit: 1000 })).map((l) => l.text),
            Facts.range(0, appends - 1).map((i) => `${id} ${i}`)
          )
        }
      }),
    60_000
  )

  it.live(
    "R16, P8: claim an execution once, take it over once, and fence the one that lost it",
    () =>
      Effect.gen(function* () {
        const file = `${yield* Scratch.directory}/halte.db`
        const [one, two] = yield* Effect.all([StoreProcess.start(file), StoreProcess.start(file)], {
          concurrency: "unbounded"
        })
        const race = (name: string, more: Record<string, unknown> = {}) =>
          Effect.gen(function* () {
            const id = Facts.newId()
            const exits = yield* Effect.forEach(
              Facts.range(1, 10).flatMap((k) => [
                Effect.exit(one.ask("claim", { id, owner: `${name}-one-${k}`, ...more })),
                Effect.exit(two.ask("claim", { id, owner: `${name}-two-${k}`, ...more }))
              ]),
              (claim) => claim,
              { concurrency: "unbounded" }
            )
            return exits.filter(Exit.isSuccess).map((exit) => exit.value as ExecutionStore.Claim)
          })
        const [first, ...others] = yield* race("new")
        assert.deepEqual(others, [], "one claim of a new execution")
        yield* one.ask("append", { claim: first, events: [Facts.started(first!.execution)] })

        const id = first!.execution
        const taken = yield* Effect.forEach(
          [one, two].flatMap((p) =>
            Facts.range(1, 10).map((k) =>
              Effect.exit(p.ask("claim", { id, owner: `heir-${p.pid}-${k}`, takeOver: first!.owner }))
            )
          ),
          (claim) => claim,
          { concurrency: "unbounded" }
        )
        const heirs = taken.filter(Exit.isSuccess).map((exit) => exit.value as ExecutionStore.Claim)
        assert.strictEqual(heirs.length, 1, "one takes it over")
        assert.deepInclude(heirs[0], { sequence: 1, epoch: 2 })
        for (const p of [one, two])
          assert.include(
            yield* failure(p.ask("append", { claim: first, events: [Facts.stepStarted(id, 2)] })),
            "belongs to another engine now (epoch 2, not 1)"
          )
        yield* two.ask("append", { claim: heirs[0], events: [Facts.stepStarted(id, 2)] })
        // Whichever of them has the claim: its parsed summary is not what the other one left behind.
        yield* one.ask("append", { claim: heirs[0], events: [Facts.stepStarted(id, 3), Facts.ended(id, 4)] })
        const store = yield* SqliteStore.open({ file })
        assert.deepInclude((yield* store.list())[0], { id, status: "Completed", sequence: 4, completed: 1 })

        const holders = yield* Effect.forEach(
          [one, two].flatMap((p) =>
            Facts.range(1, 5).map(() =>
              Effect.exit(p.ask("claim", { id: Facts.newId(), owner: `holder`, single: "release" }))
            )
          ),
          (claim) => claim,
          { concurrency: "unbounded" }
        )
        assert.strictEqual(holders.filter(Exit.isSuccess).length, 1, "one holds the name of the flow")

        const keyed = yield* Effect.forEach(
          [one, two].flatMap((p) =>
            Facts.range(1, 5).map((k) =>
              Effect.exit(
                p.ask("claim", { id: Facts.newId(), owner: `${p.pid}-${k}`, key: { name: "once", digest: "d" } })
              )
            )
          ),
          (claim) => claim,
          { concurrency: "unbounded" }
        )
        const [had, ...more] = keyed.filter(Exit.isSuccess).map((exit) => exit.value as ExecutionStore.Claim)
        assert.deepStrictEqual(more, [], "one has the key")
        assert.deepStrictEqual(yield* store.keyUse("once"), { execution: had!.execution, digest: "d", begun: false })
      }),
    60_000
  )

  it.live(
    "R53: wait for a lock that is released, without blocking the event loop, and write in the order of the calls",
    () =>
      Effect.gen(function* () {
        const file = `${yield* Scratch.directory}/halte.db`
        const store = yield* SqliteStore.open({ file, lockTimeout: "20 seconds" })
        const { claim, id } = yield* Facts.begin(store)
        const other = yield* StoreProcess.start(file)
        yield* other.ask("lock")
        const done: Array<number> = []
        const fibers = yield* Effect.forEach(Facts.range(2, 6), (n) =>
          Effect.forkChild(
            Effect.tap(store.append(claim, [Facts.stepStarted(id, n)]), () => Effect.sync(() => done.push(n))),
            { startImmediately: true }
          )
        )
        let turns = 0
        let longest = 0
        let last = performance.now()
        yield* eventually(
          () => {
            const now = performance.now()
            longest = Math.max(longest, now - last)
            last = now
            return ++turns > 40
          },
          "40 turns of the event loop",
          { millis: 20_000 }
        )
        assert.deepEqual(done, [], "nothing is acknowledged while another process has the lock")
        // It reads meanwhile.
        assert.strictEqual((yield* store.read(id, 0, 10)).length, 1)
        assert.isBelow(longest, 1000, "the event loop turned all the time")
        yield* other.ask("unlock")
        yield* Effect.forEach(fibers, (fiber) =>
          Effect.asVoid(eventually(() => fiber.pollUnsafe() !== undefined, "an append", { millis: 20_000 }))
        )
        assert.deepEqual(done, [2, 3, 4, 5, 6])
      }),
    60_000
  )

  it.live(
    "say after the time that they are ready to wait that another process has the file locked, and go on when it is free",
    () =>
      Effect.gen(function* () {
        const file = `${yield* Scratch.directory}/halte.db`
        const store = yield* SqliteStore.open({ file, lockTimeout: "200 millis" })
        const { claim, id } = yield* Facts.begin(store)
        const other = yield* StoreProcess.start(file)
        yield* other.ask("lock")
        const text = yield* failure(store.append(claim, [Facts.stepStarted(id, 2)]))
        assert.include(text, `\`${file}\` has been locked by another process for 0.2 s; end the program`)
        assert.include(yield* failure(store.heartbeat(claim)), "has been locked by another process")
        yield* other.ask("unlock")
        yield* store.append(claim, [Facts.stepStarted(id, 2)])
        assert.strictEqual((yield* store.read(id, 0, 10)).length, 2)
      }),
    60_000
  )
})
