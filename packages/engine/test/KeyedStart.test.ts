/** The same idempotency key once more: one execution, whichever engine is asked, whatever became of the first. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Schema } from "effect"
import {
  type Executions,
  ExecutionsError,
  ExecutionStore,
  ExecutionStoreMemory,
  Flow,
  InterruptStrategy,
  Params,
  Recovery,
  Step
} from "@halte/engine"
import { Bounded, Check } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"

type Shape = ExecutionStore.ExecutionStoreShape

const done = Step.make("a", { run: () => 1 })
const flow = Flow.make("flow", { steps: [done] })
const waits = (options?: { readonly single?: boolean }) =>
  Flow.make("flow", { steps: [Step.gate("ask", { message: "Go on?" })], ...options })

const reused = (key: string, execution: string) =>
  new ExecutionsError.KeyRefused({ key, code: "idempotency-key-reused", execution })

/** A store that notes the digests that it is given. */
const noting = (memory: Shape, digests: Array<string>): Shape => ({
  ...memory,
  claim: (id, owner, options) => {
    if (options?.key !== undefined) digests.push(options.key.digest)
    return memory.claim(id, owner, options)
  }
})

/** A store whose appends fail for as long as `broken` is true. */
const breaking = (memory: Shape) => {
  const state = { broken: true }
  const unlessBroken = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.suspend((): Effect.Effect<A, E | ExecutionStore.StoreUnavailable> =>
      state.broken ? Effect.fail(new ExecutionStore.StoreUnavailable({ reason: "the disk is full" })) : effect
    )
  const store: Shape = {
    ...memory,
    append: (...args) => unlessBroken(memory.append(...args)),
    release: (...args) => unlessBroken(memory.release(...args))
  }
  return { state, store }
}

describe("the same key once more", () => {
  it.effect("answers the id after the engine is gone, also from an engine that has the flow no more", () =>
    Effect.gen(function* () {
      const store = ExecutionStoreMemory.make()
      const first = yield* Engine.make(flow, { store })
      const request = { params: { version: "1.2.3" }, idempotencyKey: "once" }
      const id = yield* first.begin(request)
      yield* first.ended(id)
      for (const flows of [
        flow,
        Flow.make("other", { steps: [done] }),
        Flow.make("flow", { steps: [done, Step.make("b", { run: () => 2 })] })
      ]) {
        const next = yield* Engine.make(flows, { store })
        assert.strictEqual(yield* next.begin({ flow: "flow", ...request }), id)
      }
      assert.strictEqual((yield* store.list()).length, 1)
    })
  )

  it.effect("refuses it for any other request, and names the execution that it has started", () =>
    Effect.gen(function* () {
      const store = ExecutionStoreMemory.make()
      const flows = [flow, Flow.make("other", { steps: [done] })]
      const first = yield* Engine.make(flows, { store })
      const { fingerprint } = (yield* first.flows)[0]!
      const request = { params: { a: 1, b: { c: [1, 2], d: "x" } }, stopAfter: 3, fingerprint, idempotencyKey: "once" }
      const id = yield* first.begin(request)
      yield* first.ended(id)
      const next = yield* Engine.make(flows, { store })
      const others: ReadonlyArray<Partial<Executions.StartRequest>> = [
        { flow: "other" },
        { params: undefined },
        { params: { a: 1, b: { c: [2, 1], d: "x" } } },
        { params: { a: "1", b: { c: [1, 2], d: "x" } } },
        { stopAfter: 4 },
        { strategy: InterruptStrategy.PollNextN(1) },
        { fingerprint: undefined },
        { fingerprint: "another" }
      ]
      for (const engine of [first, next])
        for (const other of others)
          assert.deepStrictEqual(yield* Effect.flip(engine.begin({ ...request, ...other })), reused("once", id))
      // The order of fields, who asks and what JSON does not hold make no other request.
      const same = { params: { b: { d: "x", c: [1, 2], e: undefined }, a: 1 }, by: "bob", source: "Http" } as const
      assert.strictEqual(yield* next.begin({ ...request, ...same }), id)
      assert.match(reused("once", id).message, /The key `once` was used for another request before and has started/)
    })
  )

  it.live("starts one execution when two engines are asked at once, of a flow that runs one at a time as well", () =>
    Effect.gen(function* () {
      for (const single of [false, true]) {
        const memory = ExecutionStoreMemory.make()
        const stores = [0, 1].map(() => MortalStore.make(memory, undefined, 3))
        const engines = yield* Effect.forEach(stores, (store) => Engine.make(waits({ single }), { store }))
        const ids = yield* Effect.forEach(
          [0, 1, 0, 1, 0, 1].map((n) => engines[n]!),
          (engine) => Bounded.within(engine.begin({ idempotencyKey: "once" }), "a start"),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(new Set(ids).size, 1)
        assert.strictEqual((yield* memory.list()).length, 1)
        yield* Effect.forEach(engines, (engine) => Effect.exit(engine.terminate(ids[0]!)))
      }
    })
  )

  it.effect("answers the one that waits for its place, and the one that keeps others of its flow out", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make([waits({ single: true }), Flow.make("other", { steps: [done] })], {
        maxExecutions: 1
      })
      const running = yield* engine.begin({ idempotencyKey: "running" })
      const queued = yield* engine.begin({ flow: "other", idempotencyKey: "queued" })
      assert.strictEqual((yield* engine.get(queued)).status, "Pending")
      assert.strictEqual(yield* engine.begin({ flow: "other", idempotencyKey: "queued" }), queued)
      assert.strictEqual(yield* engine.begin({ idempotencyKey: "running" }), running)
      const busy = new ExecutionsError.FlowBusy({ flow: "flow", execution: running })
      assert.deepStrictEqual(yield* Effect.flip(engine.begin({ idempotencyKey: "new" })), busy)
      yield* engine.terminate(running)
      yield* engine.ended(running)
      const next = yield* engine.begin({ idempotencyKey: "new", stopAfter: 1 })
      assert.notStrictEqual(next, running, "a refused start has left its key free, for any request")
      yield* engine.terminate(next)
    })
  )

  it.effect("begins anew once the record of the execution is gone", () =>
    Effect.gen(function* () {
      const store = ExecutionStoreMemory.make()
      const engine = yield* Engine.make(flow, { store })
      const first = yield* engine.begin({ idempotencyKey: "once" })
      yield* engine.ended(first)
      yield* store.remove([first])
      const second = yield* engine.begin({ idempotencyKey: "once", stopAfter: 1 })
      assert.notStrictEqual(second, first)
    })
  )

  it.effect("costs a start without a key nothing", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      const asked: Array<unknown> = []
      const store: Shape = {
        ...memory,
        keyUse: () => Effect.die("nobody has a key"),
        claim: (id, owner, options) => {
          asked.push(options?.key)
          return memory.claim(id, owner, options)
        }
      }
      const engine = yield* Engine.make(flow, { store })
      yield* engine.run()
      assert.deepStrictEqual(asked, [undefined])
    })
  )
})

describe("a start with a key that comes to nothing", () => {
  it.effect("leaves the key free when it is refused", () =>
    Effect.gen(function* () {
      const params = Params.make(Schema.Struct({ n: Schema.Finite }))
      const store = ExecutionStoreMemory.make()
      const engine = yield* Engine.make(Flow.make("flow", { params, steps: [done] }), { store })
      const start = (more: object) => engine.begin({ idempotencyKey: "once", ...more })
      yield* Check.failsWith(start({ flow: "flwo" }), "FlowNotFound", "a flow that is not there")
      yield* Check.failsWith(start({ params: { n: "x" } }), "InvalidParams", "params that do not fit")
      yield* Check.failsWith(start({ params: { n: 1 }, fingerprint: "x" }), "FlowDiffers", "another flow")
      assert.isUndefined(yield* store.keyUse("once"))
      yield* engine.ended(yield* start({ params: { n: 1 } }))
    })
  )

  it.effect("leaves the key free when the store can't be written, once it can be", () =>
    Effect.gen(function* () {
      const { state, store } = breaking(ExecutionStoreMemory.make())
      const engine = yield* Engine.make(Flow.make("flow", { steps: [done], single: true }), { store })
      for (let i = 0; i < 3; i++)
        yield* Check.failsWith(engine.begin({ idempotencyKey: "once" }), "ExecutionsUnavailable", "a start")
      assert.strictEqual((yield* store.keyUse("once"))?.begun, false, "its claim can't be given back yet")
      state.broken = false
      const id = yield* engine.begin({ idempotencyKey: "once", stopAfter: 5 })
      yield* engine.ended(id)
      assert.strictEqual(yield* engine.begin({ idempotencyKey: "once", stopAfter: 5 }), id)
      assert.strictEqual((yield* engine.list()).length, 1)
    })
  )

  it.effect("is answered as it was stored when the store had written it and could not say so", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      let lost = true
      const store: Shape = {
        ...memory,
        append: (...args) =>
          lost
            ? Effect.andThen(
                memory.append(...args),
                Effect.fail(new ExecutionStore.StoreUnavailable({ reason: "the disk failed" }))
              )
            : memory.append(...args)
      }
      const engine = yield* Engine.make(flow, { store })
      yield* Check.failsWith(engine.begin({ idempotencyKey: "once" }), "ExecutionsUnavailable", "a start")
      lost = false
      const id = yield* engine.begin({ idempotencyKey: "once" })
      assert.deepStrictEqual(
        (yield* engine.list()).map((one) => one.id),
        [id]
      )
    })
  )

  it.live("is in use for others while its engine has not recorded it, and free once that is known to be gone", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      const dying = MortalStore.make(memory, { write: 1, when: "after" })
      const doomed = yield* Engine.doomed(waits({ single: true }), { store: dying, owner: "doomed" })
      yield* Effect.forkDetach(doomed.begin({ idempotencyKey: "once" }))
      yield* Bounded.within(dying.died, "the death")
      const engine = yield* Engine.make(waits({ single: true }), { store: memory })
      for (const other of [{}, { stopAfter: 1 }]) {
        const error = yield* Effect.flip(engine.begin({ idempotencyKey: "once", ...other }))
        assert.deepStrictEqual(error, new ExecutionsError.KeyRefused({ key: "once", code: "idempotency-key-in-use" }))
      }
      yield* Recovery.recover(memory, { owner: "heir", gone: "doomed" })
      const id = yield* engine.begin({ idempotencyKey: "once" })
      assert.deepStrictEqual(
        (yield* memory.list()).map((one) => one.id),
        [id]
      )
      yield* engine.terminate(id)
    })
  )

  it.effect("P5: killed after it was recorded, it is what the key stands for", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      const dying = MortalStore.make(memory, { write: 2, when: "after" })
      const doomed = yield* Engine.doomed(flow, { store: dying, owner: "doomed" })
      yield* Effect.forkDetach(doomed.begin({ idempotencyKey: "once" }))
      yield* Bounded.within(dying.died, "the death")
      const [recovered] = yield* Recovery.recover(memory, { owner: "heir", gone: "doomed" })
      const engine = yield* Engine.make(flow, { store: memory })
      assert.strictEqual(yield* engine.begin({ idempotencyKey: "once" }), recovered!.execution)
      assert.strictEqual((yield* engine.get(recovered!.execution)).status, "Interrupted")
    })
  )
})

describe("callers that go away", () => {
  const slow = Effect.gen(function* () {
    const memory = ExecutionStoreMemory.make()
    const go = yield* Deferred.make<void>()
    const claiming = yield* Deferred.make<void>()
    const store: Shape = {
      ...memory,
      claim: (...args) =>
        Effect.andThen(Effect.andThen(Deferred.succeed(claiming, undefined), Deferred.await(go)), memory.claim(...args))
    }
    return { claiming: Bounded.within(Deferred.await(claiming), "the claim"), go, memory, store }
  })

  it.effect("in the middle leave an execution that the key answers, and others who wait for it get it", () =>
    Effect.gen(function* () {
      const { claiming, go, memory, store } = yield* slow
      const engine = yield* Engine.make(flow, { store })
      const begin = () => Effect.forkChild(engine.begin({ idempotencyKey: "once" }), { startImmediately: true })
      const first = yield* begin()
      yield* claiming
      const [second, third] = [yield* begin(), yield* begin()]
      const gone = yield* Effect.forkChild(Fiber.interrupt(first), { startImmediately: true })
      yield* Bounded.within(Fiber.interrupt(second), "who only waits goes away at once")
      assert.isUndefined(yield* memory.keyUse("once"))
      yield* Deferred.succeed(go, undefined)
      yield* Bounded.within(Fiber.join(gone), "the first to be gone")
      const id = yield* Bounded.within(Fiber.join(third), "the third")
      assert.strictEqual((yield* memory.keyUse("once"))?.execution, id)
      yield* engine.ended(id)
      assert.strictEqual((yield* engine.list()).length, 1)
    })
  )

  it.effect("before anything was claimed leave no key, and the next one starts it", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      const asked = yield* Deferred.make<void>()
      const go = yield* Deferred.make<void>()
      const provider = {
        all: Effect.succeed([]),
        get: () =>
          Effect.andThen(
            Effect.andThen(Deferred.succeed(asked, undefined), Deferred.await(go)),
            Effect.succeed(undefined)
          )
      }
      const engine = yield* Engine.make([flow], { store: memory, provider })
      const first = yield* Effect.forkChild(engine.begin({ flow: "gone", idempotencyKey: "once" }))
      yield* Bounded.within(Deferred.await(asked), "the flow to be asked for")
      const gone = yield* Effect.forkChild(Fiber.interrupt(first))
      yield* Deferred.succeed(go, undefined)
      yield* Bounded.within(Fiber.join(gone), "the first to be gone")
      assert.isUndefined(yield* memory.keyUse("once"))
      yield* engine.ended(yield* engine.begin({ idempotencyKey: "once" }))
    })
  )

  it.effect("one of many that fails with the rest leaves each its own answer", () =>
    Effect.gen(function* () {
      const { state, store } = breaking(ExecutionStoreMemory.make())
      const engine = yield* Engine.make(flow, { store })
      const exits = yield* Effect.forEach([1, 2, 3], () => Effect.exit(engine.begin({ idempotencyKey: "once" })), {
        concurrency: "unbounded"
      })
      assert.isTrue(exits.every(Exit.isFailure))
      state.broken = false
      yield* engine.ended(yield* engine.begin({ idempotencyKey: "once" }))
    })
  )
})

describe("what is kept of a request", () => {
  it.effect("nothing of a secret param: neither it, nor what it could be guessed by", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      const digests: Array<string> = []
      const store = noting(memory, digests)
      const params = Params.make(Schema.Struct({ pin: Schema.optional(Schema.String), n: Schema.Finite }), {
        secrets: ["pin"]
      })
      const secret = Flow.make("flow", { params, steps: [done] })
      const engine = yield* Engine.make(secret, { store })
      const start = (params: object, idempotencyKey = "once") => engine.begin({ params, idempotencyKey })
      const id = yield* start({ pin: "1234", n: 1 })
      for (const pin of [{ pin: "1235" }, { pin: "1234" }, {}]) assert.strictEqual(yield* start({ ...pin, n: 1 }), id)
      assert.deepStrictEqual(yield* Effect.flip(start({ pin: "1234", n: 2 })), reused("once", id))
      // The same for every pin: there is nothing to try.
      const other = yield* Engine.make(secret, { store: noting(ExecutionStoreMemory.make(), digests) })
      yield* other.begin({ params: { pin: "9999", n: 1 }, idempotencyKey: "once" })
      assert.strictEqual(digests.length, 2)
      assert.strictEqual(digests[0], digests[1])
      assert.deepStrictEqual((JSON.parse(digests[0]!) as { without: unknown }).without, ["pin"])
      // Once the flow has no secret any more, what was kept counts still.
      const open = Params.make(Schema.Struct({ pin: Schema.optional(Schema.String), n: Schema.Finite }))
      const later = yield* Engine.make(Flow.make("flow", { params: open, steps: [done] }), { store: memory })
      assert.strictEqual(yield* later.begin({ params: { pin: "0", n: 1 }, idempotencyKey: "once" }), id)
      // Another key makes another digest of the same request.
      yield* start({ n: 1 }, "twice")
      assert.notStrictEqual(digests[2], digests[0])
    })
  )

  it.effect("the same digest of params that JSON can't hold as they are", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(flow)
      const circular: { self?: unknown } = {}
      circular.self = circular
      let deep: unknown = []
      for (let i = 0; i < 50_000; i++) deep = [deep]
      for (const [i, params] of [1n, circular, { at: new Date(0) }, { deep }, "text", null].entries()) {
        const request = { params, idempotencyKey: `k${i}` }
        const id = yield* engine.begin(request)
        assert.strictEqual(yield* engine.begin(request), id)
      }
    })
  )
})
