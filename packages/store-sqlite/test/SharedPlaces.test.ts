import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { Effect } from "effect"
import type { ExecutionStore } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import * as Facts from "./support/Facts.ts"
import * as Scratch from "./support/Scratch.ts"
import * as StoreProcess from "./support/StoreProcess.ts"

const two = (file: string) =>
  Effect.all([StoreProcess.start(file), StoreProcess.start(file)], { concurrency: "unbounded" })

describe("Places of a shared limit", () => {
  it.live(
    "R10: are never more than its size and never lost while several processes take and give back at once",
    () =>
      Effect.gen(function* () {
        const directory = yield* Scratch.directory
        const [file, log] = [`${directory}/halte.db`, `${directory}/log`]
        const [executions, rounds, size] = [4, 10, 2]
        yield* Effect.forEach(yield* two(file), (p) => p.ask("share", { executions, rounds, size, log }), {
          concurrency: "unbounded"
        })
        let now = 0
        let most = 0
        for (const sign of readFileSync(log, "utf8")) {
          now += sign === "+" ? 1 : -1
          most = Math.max(most, now)
        }
        assert.deepStrictEqual([now, readFileSync(log, "utf8").length], [0, 2 * 2 * executions * rounds])
        assert.strictEqual(most, size)
        const store = yield* SqliteStore.open({ file })
        assert.deepStrictEqual(yield* store.sharedLimits.look(), [])
      }),
    60_000
  )

  it.live(
    "P5: of a process that was killed are kept until its claims are taken from it, and are then the next one's",
    () =>
      Effect.gen(function* () {
        const file = `${yield* Scratch.directory}/halte.db`
        const [one, other] = yield* two(file)
        const take = (p: StoreProcess.StoreProcess, owner: string) =>
          Effect.gen(function* () {
            const claim: ExecutionStore.Claim = yield* p.ask("claim", { id: Facts.newId(), owner })
            yield* p.ask("take", { claim, place: { limit: "gpu", size: 1, step: "encode" } })
            return claim
          })
        const first = yield* take(one, "one")
        const second = yield* take(other, "two")
        yield* one.kill
        const store = yield* SqliteStore.open({ file })
        const held = Effect.map(store.sharedLimits.look("gpu"), (places) =>
          places.filter((place) => place.held).map(({ execution, step }) => [execution, step])
        )
        assert.deepStrictEqual(yield* held, [[first.execution, "encode"]])
        yield* store.claim(first.execution, "heir", { takeOver: "one" })
        assert.deepStrictEqual(yield* held, [[second.execution, "encode"]])
        yield* other.kill
        yield* store.disown("two")
        assert.deepStrictEqual(yield* store.sharedLimits.look(), [])
      }),
    60_000
  )

  it.effect("keep an execution from being removed, which then holds none", () =>
    Effect.gen(function* () {
      const store = yield* SqliteStore.open({ file: ":memory:" })
      const id = yield* Facts.finished(store)
      const claim = yield* store.claim(id, "one")
      yield* store.sharedLimits.take(claim, { limit: "gpu", size: 1 })
      assert.strictEqual(yield* store.remove([id]), 0)
      yield* store.release(claim)
      assert.strictEqual(yield* store.remove([id]), 1)
      assert.deepStrictEqual(yield* store.sharedLimits.look(), [])
    })
  )
})
