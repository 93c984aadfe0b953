/** Many executions at once: none lost, none mixed up, whatever the store's speed. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit } from "effect"
import {
  ExecutionHandle,
  type ExecutionId,
  Executions,
  ExecutionsLocal,
  ExecutionStoreMemory,
  ExecutionStore,
  Flow,
  Step
} from "@halte/engine"
import { Bounded, Check, HandStep, RandomGraph } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

/** Every call takes some turns of the event loop, as over a disk or a network. */
const slowStore = (turns = 1): ExecutionStore.ExecutionStoreShape => {
  const memory = ExecutionStoreMemory.make()
  const slow = <A, E>(effect: Effect.Effect<A, E>) => Effect.andThen(Bounded.turns(turns), effect)
  return {
    durable: true,
    claim: (...args) => slow(memory.claim(...args)),
    heartbeat: (...args) => slow(memory.heartbeat(...args)),
    release: (...args) => slow(memory.release(...args)),
    disown: (...args) => slow(memory.disown(...args)),
    owners: slow(memory.owners),
    append: (...args) => slow(memory.append(...args)),
    read: (...args) => slow(memory.read(...args)),
    list: (...args) => slow(memory.list(...args)),
    counts: (...args) => slow(memory.counts(...args)),
    keyUse: (...args) => slow(memory.keyUse(...args)),
    readBlob: (...args) => slow(memory.readBlob(...args)),
    appendLog: (...args) => slow(memory.appendLog(...args)),
    readLog: (...args) => slow(memory.readLog(...args)),
    remove: (...args) => slow(memory.remove(...args)),
    sharedLimits: {
      take: (...args) => slow(memory.sharedLimits.take(...args)),
      giveBack: (...args) => slow(memory.sharedLimits.giveBack(...args)),
      look: (...args) => slow(memory.sharedLimits.look(...args))
    }
  }
}

type Id = ExecutionId.ExecutionId

const atOnce = <A, E, R>(count: number, make: (i: number) => Effect.Effect<A, E, R>) =>
  Effect.forEach(
    Array.from({ length: count }, (_, i) => i),
    make,
    { concurrency: "unbounded" }
  )

describe("R16: a flow of which one execution runs at a time", () => {
  for (const [name, store] of [
    ["in memory", () => ExecutionStoreMemory.make()],
    ["in a store that takes time", () => slowStore()]
  ] as const)
    it.effect(`refuses a second start by the id that is under way, ${name}`, () =>
      Effect.gen(function* () {
        const { a, steps } = HandStep.chain("a")
        const engine = yield* Engine.make(Flow.make("flow", { steps, single: true }), { store: store() })
        const all = yield* atOnce(5, () => Effect.exit(engine.begin()))
        const ids = all.filter(Exit.isSuccess).map((e) => e.value)
        assert.strictEqual(ids.length, 1)
        const id = ids[0]!
        const error = yield* Check.failsWith(engine.begin(), "FlowBusy", "a second start")
        assert.strictEqual((error as { readonly execution: string }).execution, id)
        yield* (yield* a.begun()).succeed()
        yield* engine.ended(id)
        const next = yield* engine.begin()
        yield* (yield* a.begun()).succeed()
        assert.strictEqual((yield* engine.ended(next)).outcome._tag, "Completed")
      })
    )
})

describe("R10: a limited number of executions", () => {
  it.effect("never runs more at once than allowed, and every one of them in the end", () =>
    Effect.gen(function* () {
      for (const store of [ExecutionStoreMemory.make(), slowStore()]) {
        let running = 0
        let most = 0
        const step = Step.make("a", {
          run: () =>
            Effect.gen(function* () {
              most = Math.max(most, ++running)
              yield* Bounded.turns(2)
              running--
            })
        })
        const engine = yield* Engine.make(Flow.make("flow", { steps: [step] }), { store, maxExecutions: 3 })
        const ids = yield* atOnce(20, () => engine.begin())
        const ended = yield* Effect.forEach(ids, engine.ended, { concurrency: "unbounded" })
        assert.isTrue(ended.every((e) => e.outcome._tag === "Completed"))
        assert.strictEqual(most, 3)
      }
    })
  )

  it.effect("gives the place of one that was interrupted, terminated or never begun to the next", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(Flow.make("flow", { steps }), { maxExecutions: 1 })
      const ids = yield* atOnce(5, () => engine.begin())
      const [first, second, third, fourth, fifth] = ids as [Id, Id, Id, Id, Id]
      assert.strictEqual((yield* engine.get(second)).status, "Pending")
      const hand = yield* a.begun(first)
      yield* engine.interrupt(third)
      yield* engine.interrupt(first)
      yield* hand.stopHalfWay()
      const next = yield* a.begun(second)
      yield* engine.terminate(second)
      yield* next.interrupted
      yield* engine.terminate(fourth)
      yield* (yield* a.begun(fifth)).succeed()
      const tags = yield* Effect.forEach(ids, (id) => Effect.map(engine.ended(id), (e) => e.outcome._tag))
      assert.deepStrictEqual(tags, ["Interrupted", "Terminated", "Interrupted", "Terminated", "Completed"])
      const again = yield* engine.begin()
      yield* (yield* a.begun(again)).succeed()
      assert.strictEqual((yield* engine.ended(again)).outcome._tag, "Completed")
    })
  )

  it.effect("R59: one that fails to start holds no place", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      let broken = true
      const store: ExecutionStore.ExecutionStoreShape = {
        ...memory,
        append: (...args) =>
          broken
            ? Effect.fail(new ExecutionStore.StoreUnavailable({ reason: "the disk is full" }))
            : memory.append(...args)
      }
      let running = 0
      let most = 0
      const step = Step.make("a", {
        run: () =>
          Effect.gen(function* () {
            most = Math.max(most, ++running)
            yield* Bounded.turns(2)
            running--
          })
      })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [step] }), { store, maxExecutions: 1 })
      for (let i = 0; i < 3; i++)
        yield* Check.failsWith(engine.begin({ idempotencyKey: "k" }), "ExecutionsUnavailable", "a start")
      yield* Bounded.turns(3)
      broken = false
      const ids = yield* atOnce(4, () => engine.begin())
      const ended = yield* Effect.forEach(ids, engine.ended, { concurrency: "unbounded" })
      assert.isTrue(ended.every((e) => e.outcome._tag === "Completed"))
      assert.strictEqual(most, 1)
    })
  )
})

describe("starting and resuming twice", () => {
  it.effect("R10: one key starts one execution, and each caller gets an id that can be read", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(Flow.make("flow", { steps: [Step.make("a", { run: () => 1 })] }), {
        store: slowStore(3)
      })
      const ids = yield* atOnce(10, () => Effect.tap(engine.begin({ idempotencyKey: "once" }), (id) => engine.get(id)))
      assert.strictEqual(new Set(ids).size, 1)
      yield* engine.ended(ids[0]!)
      assert.strictEqual((yield* engine.list()).length, 1)
    })
  )

  it.effect("R10: two resumes of one execution begin one attempt", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(Flow.make("flow", { steps }), { store: slowStore(2) })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id)
      yield* hand.check()
      yield* hand.stopHalfWay()
      yield* engine.outcome(id)
      const all = yield* atOnce(4, () => Effect.exit(engine.resume(id)))
      assert.strictEqual(all.filter(Exit.isSuccess).length, 1)
      yield* (yield* a.begun()).succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome.attempt, 2)
      assert.strictEqual(a.runs(), 2)
    })
  )

  it.effect("R9, R64: a late request while it is being resumed leaves the record whole", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(Flow.make("flow", { steps }), { store: slowStore(2) })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id)
      yield* hand.check()
      yield* hand.stopHalfWay()
      yield* engine.outcome(id)
      yield* Effect.all([engine.interrupt(id), engine.resume(id), engine.interrupt(id)], { concurrency: "unbounded" })
      // The one before the resume is late, the one after it is for the new attempt, and every event has its own place.
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(
        ended.state.requests.map((r) => [r.attempt, r.kind]),
        [
          [1, "first"],
          [1, "late"],
          [2, "first"]
        ]
      )
      assert.strictEqual(ended.of("execution-started").length, 2)
      assert.deepStrictEqual(ended.outcome.notStarted, ["a"])
    })
  )
})

describe("P9: two hundred executions at once", () => {
  it.live("stopping every other one never touches the rest", () =>
    Effect.gen(function* () {
      const works = new Map<string, number>()
      const flows = [1, 2, 3].map((seed) =>
        RandomGraph.toFlow(RandomGraph.make(seed, { size: 12, conditions: false }), () => {}, { name: `flow-${seed}` })
      )
      const engine = yield* Engine.make(flows)
      const expected = new Map<string, unknown>()
      for (const flow of flows) {
        const outcome = yield* ExecutionHandle.run(engine, { flow: flow.name })
        assert.strictEqual(outcome._tag, "Completed")
        expected.set(flow.name, outcome.values)
      }
      const ids = yield* atOnce(200, (i) =>
        Effect.gen(function* () {
          const id = yield* engine.begin({ flow: `flow-${1 + (i % 3)}` })
          works.set(id, i)
          if (i % 2 === 0) {
            yield* Bounded.turns(i % 5)
            yield* engine.interrupt(id, { reason: `number ${i}` })
          }
          return id
        })
      )
      for (const [i, id] of ids.entries()) {
        const { outcome, state } = yield* engine.ended(id)
        assert.strictEqual(state.id, id)
        if (i % 2 === 1) {
          assert.strictEqual(outcome._tag, "Completed", `execution ${i}`)
          assert.deepStrictEqual(state.requests, [])
          assert.deepStrictEqual(outcome.values, expected.get(outcome.flow))
        } else {
          assert.deepStrictEqual(
            state.requests.map((r) => r.signal.reason),
            [`number ${i}`]
          )
          assert.include(["Interrupted", "Completed"], outcome._tag)
        }
      }
      assert.isAbove(ids.length, 199)
    })
  )
})

describe("R10: a storm of commands", () => {
  it.live(
    "R8, P8: loses no request, misdirects none, and writes one end per attempt",
    () =>
      Effect.gen(function* () {
        const next = RandomGraph.random(20)
        const flows = [11, 12].map((seed) =>
          RandomGraph.toFlow(RandomGraph.make(seed, { size: 10 }), () => {}, { name: `flow-${seed}` })
        )
        for (const store of [ExecutionStoreMemory.make(), slowStore()]) {
          const engine = yield* Engine.make(flows, { store, maxExecutions: 7 })
          const stopped = yield* atOnce(60, (i) =>
            Effect.gen(function* () {
              const id = yield* engine.begin({ flow: `flow-${11 + (i % 2)}` })
              const producers = yield* atOnce(3, (p) =>
                Effect.gen(function* () {
                  yield* Bounded.turns(1 + Math.floor(next() * 6))
                  const dice = next()
                  const command: Effect.Effect<unknown, unknown> =
                    dice < 0.5
                      ? engine.interrupt(id, { by: `${i}` })
                      : dice < 0.65
                        ? engine.pause(id, { by: `${i}` })
                        : dice < 0.8
                          ? engine.resume(id, { by: `${i}` })
                          : dice < 0.9
                            ? engine.terminate(id, { by: `${i}` })
                            : engine.get(id)
                  const exit = yield* Effect.exit(command)
                  return Exit.isSuccess(exit) && dice < 0.5 ? p : undefined
                })
              )
              // Whatever was paused goes on in the end.
              yield* Effect.ignore(engine.resume(id))
              const ended = yield* engine.ended(id)
              return { ended, i, requests: producers.filter((p) => p !== undefined).length }
            })
          )
          for (const { ended, i, requests } of stopped) {
            const { state } = ended
            for (const { signal } of state.requests) assert.strictEqual(signal.by, `${i}`, "a request of another")
            assert.strictEqual(state.requests.filter((r) => r.kind !== "terminate").length, requests)
            for (let attempt = 1; attempt <= state.attempt; attempt++)
              assert.strictEqual(
                ended.events.filter((e) => e.type === "execution-ended" && e.attempt === attempt).length,
                1
              )
          }
        }
      }),
    20_000
  )

  it.effect("R13: is a service to programs: an id gives a handle, from wherever it is asked for", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const flow = Flow.make("flow", { steps }) as Flow.Flow<unknown, never>
      const begin = Effect.gen(function* () {
        const executions = yield* Executions.Executions
        return yield* executions.start({ flow: "flow" })
      })
      // Another part of the program has the id and the service, nothing else.
      const stop = (id: Id) =>
        Effect.gen(function* () {
          const handle = ExecutionHandle.make(yield* Executions.Executions, id)
          yield* handle.interrupt({ by: "another part" })
          return handle
        })
      yield* Effect.gen(function* () {
        const id = yield* begin
        const hand = yield* a.begun(id)
        const handle = yield* stop(id)
        yield* hand.succeed()
        const outcome = yield* handle.outcome
        assert.strictEqual(outcome._tag === "Interrupted" && outcome.signal.by, "another part")
        const listed = yield* (yield* Executions.Executions).list()
        assert.deepStrictEqual(
          listed.map((state) => state.id),
          [id]
        )
      }).pipe(Effect.provide(ExecutionsLocal.layer({ flows: [flow] })))
    })
  )

  it.effect("R13, R41: an unknown id is a typed error for every command", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(Flow.make("flow", { steps: [Step.make("a", { run: () => 1 })] }))
      const handle = ExecutionHandle.make(engine, "01ARZ3NDEKTSV4RRFFQ6" as ExecutionId.ExecutionId)
      for (const [name, command] of [
        ["interrupt", handle.interrupt()],
        ["pause", handle.pause()],
        ["resume", handle.resume()],
        ["terminate", handle.terminate()],
        ["answer", handle.answer("a", true)],
        ["state", handle.state],
        ["outcome", handle.outcome],
        ["stepStarted", handle.stepStarted("a")]
      ] as const) {
        const error = yield* Check.failsWith(command as Effect.Effect<unknown, unknown>, "ExecutionNotFound", name)
        assert.strictEqual((error as { readonly execution: string }).execution, handle.id)
      }
    })
  )
})
