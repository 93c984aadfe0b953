/**
 * What every store does for limits that executions share: the order of places, that none is given twice and none is lost,
 * and that a place goes with the claim that it belongs to. `ExecutionStoreTest` runs it with the rest.
 *
 * @since 0.1.0
 */
import { Effect, Exit } from "effect"
import type { Claim, ExecutionStoreShape } from "../ExecutionStore.ts"
import type { ExecutionEvent } from "../model/ExecutionEvent.ts"
import * as ExecutionId from "../model/ExecutionId.ts"
import * as Check from "./Check.ts"
import type * as Suite from "./Suite.ts"

let made = 0
const claim = (store: ExecutionStoreShape, owner = "one") =>
  store.claim(ExecutionId.make(1_710_000_000_000 + ++made), owner)

const started = (of: Claim): ExecutionEvent => ({
  v: 1,
  execution: of.execution,
  sequence: 1,
  at: 1_700_000_000_000,
  attempt: 1,
  type: "execution-started",
  flow: "encode",
  definition: {
    name: "encode",
    fingerprint: "0123456789abcdef",
    strategy: { _tag: "FinishCurrent" },
    single: false,
    steps: [{ id: "build", name: "build", kind: "function", after: [] }]
  },
  params: null,
  source: "Sdk",
  strategy: { _tag: "FinishCurrent" }
})

/** Who holds places of a limit, and who waits, as `n` or `n/step` by the order of the claims. */
const line = (store: ExecutionStoreShape, claims: ReadonlyArray<Claim>, limit = "gpu") =>
  Effect.map(store.sharedLimits.look(limit), (places) => {
    const name = (held: boolean) =>
      places
        .filter((place) => place.held === held)
        .map(({ execution, step }) => {
          const n = claims.findIndex((one) => one.execution === execution) + 1
          return step === undefined ? `${n}` : `${n}/${step}`
        })
    return { held: name(true), waiting: name(false) }
  })

/** Four executions that ask for the two places of a limit, one after the other. */
const four = (store: ExecutionStoreShape) =>
  Effect.gen(function* () {
    const claims: Array<Claim> = []
    for (let i = 0; i < 4; i++) {
      const one = yield* claim(store, `owner ${i}`)
      claims.push(one)
      yield* store.append(one, [started(one)])
      yield* store.sharedLimits.take(one, { limit: "gpu", size: 2, step: "encode" })
    }
    return claims
  })

const { same } = Check

/**
 * The cases.
 *
 * @since 0.1.0
 */
export const cases: ReadonlyArray<Suite.Case<ExecutionStoreShape>> = [
  {
    title: "gives places of a shared limit in the order of asking, and says who holds and who waits",
    test: (store) =>
      Effect.gen(function* () {
        const claims = yield* four(store)
        same(yield* line(store, claims), { held: ["1/encode", "2/encode"], waiting: ["3/encode", "4/encode"] }, "four")
        yield* store.sharedLimits.giveBack(claims[1]!, { limit: "gpu", step: "encode" })
        same(yield* line(store, claims), { held: ["1/encode", "3/encode"], waiting: ["4/encode"] }, "after one")
        const answer = yield* store.sharedLimits.take(claims[1]!, { limit: "gpu", size: 2, step: "encode" })
        same(
          answer.map(({ execution, held, limit, size, step }) => ({ execution, held, limit, size, step })),
          [0, 2, 3, 1].map((n, i) => ({
            execution: claims[n]!.execution,
            held: i < 2,
            limit: "gpu",
            size: 2,
            step: "encode"
          })),
          "who asks again stands last"
        )
        same((yield* store.sharedLimits.look()).length, 4, "places of any limit")
        same(yield* store.sharedLimits.look("cpu"), [], "a limit that nobody has asked for")
      })
  },
  {
    title: "counts no place of a shared limit twice, whoever asks again or gives back again",
    test: (store) =>
      Effect.gen(function* () {
        const one = yield* claim(store)
        const two = yield* claim(store)
        const asked = { limit: "gpu", size: 1, step: "encode" }
        for (let i = 0; i < 3; i++) yield* store.sharedLimits.take(one, asked)
        for (let i = 0; i < 3; i++) yield* store.sharedLimits.take(two, asked)
        same(yield* line(store, [one, two]), { held: ["1/encode"], waiting: ["2/encode"] }, "asked three times each")
        for (let i = 0; i < 3; i++) yield* store.sharedLimits.giveBack(one, asked)
        same(yield* line(store, [one, two]), { held: ["2/encode"], waiting: [] }, "given back three times")
        yield* store.sharedLimits.giveBack(one, { limit: "never", step: "asked" })
      })
  },
  {
    title: "keeps the places of an execution as a whole, of its steps and of other limits apart",
    test: (store) =>
      Effect.gen(function* () {
        const one = yield* claim(store)
        const take = (place: { readonly limit: string; readonly step?: string }) =>
          store.sharedLimits.take(one, { ...place, size: 1 })
        yield* take({ limit: "gpu" })
        yield* take({ limit: "gpu", step: "a" })
        yield* take({ limit: "cpu", step: "a" })
        same(yield* line(store, [one]), { held: ["1"], waiting: ["1/a"] }, "two of one limit")
        same(yield* line(store, [one], "cpu"), { held: ["1/a"], waiting: [] }, "another limit")
        yield* store.sharedLimits.giveBack(one, { limit: "gpu" })
        same(yield* line(store, [one]), { held: ["1/a"], waiting: [] }, "the whole gave its place back")
      })
  },
  {
    title: "lets who waits for a place of a shared limit leave the line",
    test: (store) =>
      Effect.gen(function* () {
        const claims = yield* four(store)
        yield* store.sharedLimits.giveBack(claims[2]!, { limit: "gpu", step: "encode" })
        same(yield* line(store, claims), { held: ["1/encode", "2/encode"], waiting: ["4/encode"] }, "one has left")
        yield* store.sharedLimits.giveBack(claims[0]!, { limit: "gpu", step: "encode" })
        same(yield* line(store, claims), { held: ["2/encode", "4/encode"], waiting: [] }, "the next one")
      })
  },
  {
    title: "R16: where flows name different sizes of a shared limit, never gives more places than each holder allows",
    test: (store) =>
      Effect.gen(function* () {
        const claims: Array<Claim> = []
        for (const size of [3, 3, 1, 3, 3]) {
          const one = yield* claim(store)
          claims.push(one)
          yield* store.sharedLimits.take(one, { limit: "gpu", size, step: "encode" })
        }
        const back = (n: number) => store.sharedLimits.giveBack(claims[n - 1]!, { limit: "gpu", step: "encode" })
        const now = line(store, claims)
        const waiting = ["3/encode", "4/encode", "5/encode"]
        same(yield* now, { held: ["1/encode", "2/encode"], waiting }, "the third wants it for itself")
        yield* back(1)
        same(yield* now, { held: ["2/encode"], waiting }, "nobody overtakes it")
        yield* back(2)
        same(yield* now, { held: ["3/encode"], waiting: waiting.slice(1) }, "it has it for itself")
        yield* back(3)
        same(yield* now, { held: ["4/encode", "5/encode"], waiting: [] }, "then the others")
      })
  },
  {
    title: "frees the places of an execution with its claim: released, with its last events, disowned or claimed anew",
    test: (store) =>
      Effect.gen(function* () {
        const claims = yield* four(store)
        const [one, two, three, last] = claims as [Claim, Claim, Claim, Claim]
        yield* store.release(one)
        same(
          yield* line(store, claims),
          { held: ["2/encode", "3/encode"], waiting: ["4/encode"] },
          "a claim was released"
        )
        yield* store.append(two, [{ ...started(two), sequence: 2 }], { release: true })
        same(yield* line(store, claims), { held: ["3/encode", "4/encode"], waiting: [] }, "with the last events")
        yield* store.disown("owner 2")
        same(yield* line(store, claims), { held: ["4/encode"], waiting: [] }, "an owner was disowned")
        const taken = yield* store.claim(last.execution, "other", { takeOver: "owner 3" })
        same(yield* line(store, claims), { held: [], waiting: [] }, "a claim was taken over")
        yield* Check.failsWith(
          store.sharedLimits.take(last, { limit: "gpu", size: 2, step: "encode" }),
          "Fenced",
          "who has lost the claim asks"
        )
        yield* store.sharedLimits.take(taken, { limit: "gpu", size: 2, step: "encode" })
        yield* Check.failsWith(
          store.sharedLimits.giveBack(last, { limit: "gpu", step: "encode" }),
          "Fenced",
          "who has lost the claim gives back"
        )
        same(yield* line(store, claims), { held: ["4/encode"], waiting: [] }, "the new owner keeps its place")
        same(three.epoch, 1, "the third is untouched")
      })
  },
  {
    title: "frees a place that an execution waits for with its claim, too",
    test: (store) =>
      Effect.gen(function* () {
        const claims = yield* four(store)
        yield* store.release(claims[2]!)
        same(yield* line(store, claims), { held: ["1/encode", "2/encode"], waiting: ["4/encode"] }, "the third is gone")
        yield* store.release(claims[0]!)
        same(yield* line(store, claims), { held: ["2/encode", "4/encode"], waiting: [] }, "its place is the fourth's")
      })
  },
  {
    title: "R10: never gives more places than there are and forgets nobody, whatever happens at once",
    test: (store) =>
      Effect.gen(function* () {
        let most = 0
        let served = 0
        const watch = Effect.map(store.sharedLimits.look("gpu"), (places) => {
          const held = places.filter((place) => place.held)
          most = Math.max(most, held.length)
          return held.map(({ execution }) => execution)
        })
        const run = (n: number) =>
          Effect.gen(function* () {
            const own = yield* claim(store)
            yield* store.sharedLimits.take(own, { limit: "gpu", size: 3, step: "encode" })
            while (!(yield* watch).includes(own.execution)) yield* Effect.yieldNow
            served++
            // Each goes in its own way.
            if (n % 3 === 0) yield* store.release(own)
            else if (n % 3 === 1) yield* store.sharedLimits.giveBack(own, { limit: "gpu", step: "encode" })
            else yield* store.claim(own.execution, "two", { takeOver: "one" })
          })
        const exits = yield* Effect.forEach(
          Array.from({ length: 30 }, (_, n) => n),
          (n) => Effect.exit(run(n)),
          { concurrency: "unbounded" }
        )
        same([exits.filter(Exit.isFailure).length, served], [0, 30], "everybody had a place")
        Check.that(most <= 3, `no more than three at a time, and there were ${most}`)
        same(yield* store.sharedLimits.look(), [], "nobody is left")
      })
  }
]
