/** Limits that executions share: a step waits for its place, and nothing that happens loses one or counts one twice. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Random } from "effect"
import { TestClock } from "effect/testing"
import {
  ExecutionStore,
  ExecutionStoreMemory,
  Flow,
  InterruptStrategy,
  Recovery,
  type SharedLimits,
  Step
} from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"
import * as Scene from "./support/SharedLimitScene.ts"

const { place } = Scene

/** The first execution has the only place, and the second one waits for it. */
const waiting = (options?: Parameters<typeof Scene.make>[0]) =>
  Effect.gen(function* () {
    const scene = yield* Scene.make(options)
    const { encode, engine } = scene
    const first = yield* engine.begin()
    const hand = yield* encode.begun(first)
    const id = yield* engine.begin()
    const told = yield* engine.seen(id, "step-waiting")
    return { ...scene, first, hand, id, told }
  })

const finish = (
  { encode, engine }: Pick<Scene.Scene, "encode" | "engine">,
  id: Parameters<Engine.Engine["ended"]>[0]
) =>
  Effect.gen(function* () {
    const hand = yield* encode.begun(id)
    yield* hand.succeed()
    return yield* engine.ended(id)
  })

describe("a step that counts against a limit that executions share", () => {
  it.effect("waits until another execution gives its place back, and says who holds it", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      assert.deepInclude(it.told, {
        step: "encode",
        limit: "gpu",
        holders: [{ execution: it.first, step: "encode" }],
        ahead: 0
      })
      const state = yield* it.engine.get(it.id)
      assert.strictEqual(state.status, "Running")
      assert.deepInclude(state.steps.get("encode"), { status: "Waiting" })
      assert.deepStrictEqual(state.steps.get("encode")?.waits, {
        limit: "gpu",
        holders: [{ execution: it.first, step: "encode" }],
        ahead: 0
      })
      const listed = Effect.map(it.engine.list(), (all) => all.find(({ id }) => id === it.id)?.waits)
      assert.deepInclude(yield* listed, { limit: "gpu", step: "encode" })
      assert.strictEqual(it.encode.runs(), 1)
      yield* it.hand.succeed()
      const hand = yield* it.encode.begun(it.id)
      yield* it.engine.seen(it.id, "step-started")
      const running = yield* it.engine.get(it.id)
      assert.isUndefined(running.steps.get("encode")?.waits)
      assert.isUndefined(yield* listed)
      yield* hand.succeed()
      const ended = yield* it.engine.ended(it.id)
      assert.deepStrictEqual(ended.types, [
        "execution-started",
        "step-waiting",
        "step-started",
        "step-completed",
        "execution-ended"
      ])
      yield* Scene.isFree(it)
    })
  )

  it.effect("has its turn in the order of asking", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      const third = yield* it.engine.begin()
      const told = yield* it.engine.seen(third, "step-waiting")
      assert.strictEqual(told.ahead, 1)
      yield* it.hand.succeed()
      yield* finish(it, it.id)
      yield* finish(it, third)
      yield* Scene.isFree(it)
    })
  )

  it.effect("shares its limit with other flows and other engines of the project", () =>
    Effect.gen(function* () {
      const render = HandStep.make("render", { limit: "gpu" })
      const other = Flow.make("g", { steps: [render.step], limits: Scene.gpu(1) })
      const it = yield* Scene.make({ flows: [other] })
      const second = yield* Scene.make({ store: it.store })
      const first = yield* it.engine.begin({ flow: "g" })
      const hand = yield* render.begun(first)
      const id = yield* second.engine.begin()
      const told = yield* second.engine.seen(id, "step-waiting")
      assert.deepStrictEqual(told.holders, [{ execution: first, step: "render" }])
      yield* hand.succeed()
      yield* finish(second, id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("waits for none of its own flow's limits of the same name that are not shared", () =>
    Effect.gen(function* () {
      const own = HandStep.make("own", { limit: "gpu" })
      const it = yield* Scene.make({ flows: [Flow.make("g", { steps: [own.step], limits: { gpu: 1 } })] })
      yield* it.encode.begun(yield* it.engine.begin())
      const id = yield* it.engine.begin({ flow: "g" })
      yield* (yield* own.begun(id)).succeed()
      assert.strictEqual((yield* it.engine.ended(id)).outcome._tag, "Completed")
      assert.deepStrictEqual((yield* it.line).held.length, 1)
      for (const { id } of yield* it.engine.list({ status: ["Running"] })) yield* it.engine.terminate(id)
    })
  )

  it.effect("takes no place of the flow's concurrency while it waits", () =>
    Effect.gen(function* () {
      const other = HandStep.make("other")
      const it = yield* waiting({ more: [other.step], flow: { concurrency: 1 } })
      yield* (yield* other.begun(it.id)).succeed()
      yield* it.hand.succeed()
      yield* (yield* other.begun(it.first)).succeed()
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("keeps its place over its tries and the waits between them, and during its clean-up", () =>
    Effect.gen(function* () {
      const held: Array<Scene.Line> = []
      let look: Effect.Effect<Scene.Line> = Effect.succeed(Scene.free)
      const it = yield* waiting({
        step: {
          retry: { tries: 2, delay: "1 second" },
          cleanUp: () => Effect.map(look, (now) => void held.push(now))
        }
      })
      look = it.line
      const line = { held: [place(it.first, "encode")], waiting: [place(it.id, "encode")] }
      yield* it.hand.fail("once")
      yield* it.engine.seen(it.first, "step-retrying")
      assert.deepStrictEqual(yield* it.line, line)
      yield* TestClock.adjust("1 second")
      yield* (yield* it.encode.begun(it.first)).fail("twice")
      assert.strictEqual((yield* it.engine.ended(it.first)).outcome._tag, "Failed")
      assert.deepStrictEqual(held, [line])
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("does not wait when its condition is not met, nor when what it reads was skipped", () =>
    Effect.gen(function* () {
      const no = Step.make("no", { limit: "gpu", when: () => false, run: () => 1 })
      const reads = Step.make("reads", { limit: "gpu", input: { no }, run: () => 1 })
      const it = yield* Scene.make({ flows: [Flow.make("g", { steps: [no, reads], limits: Scene.gpu(1) })] })
      const first = yield* it.engine.begin()
      const hand = yield* it.encode.begun(first)
      const { outcome, types } = yield* it.engine.run({ flow: "g" })
      assert.deepStrictEqual([outcome._tag, outcome.skipped], ["Completed", ["no", "reads"]])
      assert.notInclude(types, "step-waiting")
      yield* hand.succeed()
      yield* it.engine.ended(first)
      yield* Scene.isFree(it)
    })
  )

  it.effect("waits when its condition is met, and looks at it again when it has its place", () =>
    Effect.gen(function* () {
      let wanted = true
      let looks = 0
      const maybe = Step.make("maybe", {
        limit: "gpu",
        when: () => {
          looks++
          return wanted
        },
        run: () => 1
      })
      const it = yield* Scene.make({ flows: [Flow.make("g", { steps: [maybe], limits: Scene.gpu(1) })] })
      const first = yield* it.engine.begin()
      const hand = yield* it.encode.begun(first)
      const [kept, skipped] = [yield* it.engine.begin({ flow: "g" }), yield* it.engine.begin({ flow: "g" })]
      yield* it.engine.seen(kept, "step-waiting")
      yield* it.engine.seen(skipped, "step-waiting")
      assert.strictEqual(looks, 2)
      yield* hand.succeed()
      assert.deepStrictEqual((yield* it.engine.ended(kept)).outcome.completed, ["maybe"])
      wanted = false
      assert.strictEqual((yield* it.engine.ended(skipped)).outcome._tag, "Completed")
      yield* it.engine.ended(first)
      yield* Scene.isFree(it)
    })
  )

  it.effect("holds its place for steps of its own execution alike: never more than there are, and all in the end", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const steps = Array.from({ length: 40 }, (_, i) =>
        Step.make(`s${i}`, {
          limit: "gpu",
          run: () =>
            Effect.gen(function* () {
              most = Math.max(most, ++now)
              yield* Effect.yieldNow
              now--
            })
        })
      )
      const store = ExecutionStoreMemory.make()
      const { outcome } = yield* Effect.flatMap(
        Engine.make(Engine.of(steps, { limits: Scene.gpu(3) }), { store }),
        (engine) => engine.run()
      )
      assert.deepStrictEqual([outcome._tag, outcome.completed.length, most], ["Completed", 40, 3])
      assert.deepStrictEqual(yield* store.sharedLimits.look(), [])
    })
  )

  it.effect("counts the instances of a map, which become known when it begins", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const map = Step.map("map", {
        items: () => Array.from({ length: 20 }, (_, i) => i),
        step: () =>
          Step.make("each", {
            limit: "gpu",
            run: () =>
              Effect.gen(function* () {
                most = Math.max(most, ++now)
                yield* Effect.yieldNow
                now--
              })
          })
      })
      const store = ExecutionStoreMemory.make()
      const flow = Engine.of([map, Step.make("beside", { limit: "gpu", run: () => 1 })], { limits: Scene.gpu(2) })
      const engine = yield* Engine.make(flow, { store })
      const { outcome } = yield* engine.run()
      assert.deepStrictEqual([outcome._tag, outcome.completed.length, most], ["Completed", 21, 2])
      assert.deepStrictEqual(yield* store.sharedLimits.look(), [])
    })
  )

  it.effect("synchronous ones by the thousand pass through a limit of one without growing the stack", () =>
    Effect.gen(function* () {
      let n = 0
      const steps = Array.from({ length: 5_000 }, (_, i) => Step.make(`s${i}`, { limit: "gpu", run: () => ++n }))
      const { outcome } = yield* Engine.runSteps(steps, { limits: Scene.gpu(1) })
      assert.deepStrictEqual([outcome._tag, n], ["Completed", 5_000])
    })
  )
})

describe("stopping while a step waits for its place", () => {
  it.effect("P2, R18: interrupted, it has ended at once, the step is not started and nobody is kept waiting", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.interrupt(it.id)
      const { of, outcome } = yield* it.engine.ended(it.id)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Interrupted", ["encode"]])
      assert.deepStrictEqual(of("interrupt-requested")[0]?.bound, { _tag: "Within", millis: 0, steps: [] })
      assert.deepStrictEqual(yield* it.line, { held: [place(it.first, "encode")], waiting: [] })
      yield* it.hand.succeed()
      yield* it.engine.ended(it.first)
      yield* Scene.isFree(it)
      assert.strictEqual(it.encode.runs(), 1)
      yield* it.engine.resume(it.id)
      yield* finish(it, it.id)
    })
  )

  it.effect("P8: terminated, it has ended at once", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.terminate(it.id)
      const { outcome } = yield* it.engine.ended(it.id)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Terminated", ["encode"]])
      assert.deepStrictEqual((yield* it.line).waiting, [])
      yield* it.hand.succeed()
      yield* it.engine.ended(it.first)
      yield* Scene.isFree(it)
    })
  )

  it.effect("P8: a step that holds a place and is terminated gives it back", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.terminate(it.first)
      assert.strictEqual((yield* it.engine.ended(it.first)).outcome._tag, "Terminated")
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("R70: paused, it is paused at once and lets others pass; resumed, it asks again", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.pause(it.id)
      yield* it.engine.seen(it.id, "paused")
      const paused = yield* it.engine.get(it.id)
      assert.deepStrictEqual([paused.status, paused.steps.get("encode")?.waits], ["Paused", undefined])
      assert.deepStrictEqual((yield* it.line).waiting, [])
      const third = yield* it.engine.begin()
      yield* it.engine.seen(third, "step-waiting")
      yield* it.hand.succeed()
      const other = yield* it.encode.begun(third)
      const { sequence } = yield* it.engine.get(it.id)
      yield* it.engine.resume(it.id)
      const told = yield* it.engine.seen(it.id, "step-waiting", { after: sequence })
      assert.deepStrictEqual(told.holders, [{ execution: third, step: "encode" }])
      yield* other.succeed()
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("R70: a step that runs keeps its place while its execution is paused", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.pause(it.first)
      yield* it.hand.begin()
      yield* it.engine.seen(it.first, "paused")
      yield* Bounded.turns(3)
      assert.deepStrictEqual(yield* it.line, { held: [place(it.first, "encode")], waiting: [place(it.id, "encode")] })
      yield* it.engine.resume(it.first)
      yield* it.hand.succeed()
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("P10: asked to let one more step start, the step that waits is that one", () =>
    Effect.gen(function* () {
      const after = HandStep.make("after", { after: "encode" })
      const it = yield* waiting({ more: [after.step] })
      yield* it.engine.interrupt(it.id, { strategy: InterruptStrategy.PollNextN(1) })
      yield* it.hand.succeed()
      yield* (yield* after.begun(it.first)).succeed()
      yield* (yield* it.encode.begun(it.id)).succeed()
      const { outcome } = yield* it.engine.ended(it.id)
      assert.deepStrictEqual(
        [outcome._tag, outcome.completed, outcome.notStarted],
        ["Interrupted", ["encode"], ["after"]]
      )
      yield* Scene.isFree(it)
    })
  )

  it.effect("P10: asked to let another step start first, it leaves the line when that has started", () =>
    Effect.gen(function* () {
      const other = HandStep.make("other", { after: "before" })
      const before = HandStep.make("before")
      const it = yield* waiting({ more: [before.step, other.step] })
      const hand = yield* before.begun(it.id)
      yield* it.engine.interrupt(it.id, { strategy: InterruptStrategy.PollNextN(1) })
      yield* hand.succeed()
      yield* (yield* other.begun(it.id)).succeed()
      const { outcome } = yield* it.engine.ended(it.id)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Interrupted", ["encode"]])
      assert.deepStrictEqual((yield* it.line).waiting, [])
      yield* it.engine.terminate(it.first)
      yield* it.engine.ended(it.first)
      yield* Scene.isFree(it)
    })
  )

  it.effect("a failure of another step lets it leave the line, too", () =>
    Effect.gen(function* () {
      const other = HandStep.make("other")
      const it = yield* waiting({ more: [other.step] })
      yield* (yield* other.begun(it.id)).fail("no")
      const { outcome } = yield* it.engine.ended(it.id)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Failed", ["encode"]])
      assert.deepStrictEqual((yield* it.line).waiting, [])
      yield* it.engine.terminate(it.first)
      yield* it.engine.ended(it.first)
      yield* Scene.isFree(it)
    })
  )

  it.effect("P9: stopping one that holds a place stops nobody who waits for it", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.interrupt(it.first)
      yield* it.hand.stopHalfWay()
      assert.strictEqual((yield* it.engine.ended(it.first)).outcome._tag, "Interrupted")
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("the shutdown of an engine ends those that wait", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const other = yield* Scene.make({ store: it.store })
          const id = yield* other.engine.begin()
          yield* other.engine.seen(id, "step-waiting")
        })
      )
      assert.deepStrictEqual((yield* it.line).waiting, [place(it.id, "encode")])
      yield* it.hand.succeed()
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )
})

describe("shared limits over several processes", () => {
  /** Each over a store of its own, as in processes: none is woken by another. */
  const processes = (recover?: Effect.Effect<unknown, unknown>) =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const stores = [MortalStore.make(shared), MortalStore.make(shared)] as const
      const encode = HandStep.make("encode", { limit: "gpu" })
      const flow = Engine.of([encode.step], { limits: Scene.gpu(1) })
      const one = yield* Engine.doomed(flow, { store: stores[0], owner: "one" })
      const two = yield* Engine.make(flow, { store: stores[1], owner: "two", recover })
      return { shared, stores, encode, one, two, line: Scene.line(shared.sharedLimits) }
    })

  it.effect("a place that is given back elsewhere is found within 250 ms, without looking all the time", () =>
    Effect.gen(function* () {
      const it = yield* processes()
      let looks = 0
      const { look } = it.shared.sharedLimits
      Object.assign(it.shared.sharedLimits, {
        look: (limit?: string) => {
          looks++
          return look(limit)
        }
      })
      const first = yield* it.one.begin()
      const hand = yield* it.encode.begun(first)
      const id = yield* it.two.begin()
      yield* it.two.seen(id, "step-waiting")
      yield* Bounded.turns(3)
      looks = 0
      for (let i = 0; i < 600; i++) yield* TestClock.adjust(100)
      assert.isAtMost(looks, 260, "looks in a minute")
      assert.isAtLeast(looks, 60)
      yield* hand.succeed()
      yield* it.one.ended(first)
      yield* TestClock.adjust(250)
      const next = yield* it.encode.begun(id)
      yield* Bounded.turns(2)
      looks = 0
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(looks, 0, "nobody waits, and nobody looks")
      yield* next.succeed()
      yield* it.two.ended(id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("says who holds the place when that has changed, at most every 5 s", () =>
    Effect.gen(function* () {
      const it = yield* processes()
      const [first, second] = [yield* it.one.begin(), yield* it.one.begin()]
      const hand = yield* it.encode.begun(first)
      yield* it.one.seen(second, "step-waiting")
      const id = yield* it.two.begin()
      const told = yield* it.two.seen(id, "step-waiting")
      assert.deepStrictEqual([told.holders[0]?.execution, told.ahead], [first, 1])
      yield* hand.succeed()
      const next = yield* it.encode.begun(second)
      yield* TestClock.adjust("4 seconds")
      yield* Bounded.turns(3)
      assert.strictEqual((yield* it.two.get(id)).sequence, told.sequence, "not yet")
      for (let i = 0; i < 6; i++) yield* TestClock.adjust(250)
      const again = yield* it.two.seen(id, "step-waiting", { after: told.sequence })
      assert.deepStrictEqual([again.holders[0]?.execution, again.ahead], [second, 0])
      yield* next.succeed()
      yield* it.one.ended(second)
      yield* TestClock.adjust(250)
      yield* (yield* it.encode.begun(id)).succeed()
      yield* it.two.ended(id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("P5: the places of an engine that is gone are free once who waits has found that out", () =>
    Effect.gen(function* () {
      let gone: string | undefined
      let tried = 0
      const it: Effect.Success<ReturnType<typeof processes>> = yield* processes(
        Effect.suspend(() => {
          tried++
          return gone === undefined ? Effect.void : Recovery.recover(it.shared, { owner: "two", gone })
        })
      )
      const first = yield* it.one.begin()
      yield* it.encode.begun(first)
      const id = yield* it.two.begin()
      yield* it.two.seen(id, "step-waiting")
      it.stores[0].kill()
      for (let i = 0; i < 30; i++) yield* TestClock.adjust(250)
      assert.isAtMost(tried, 8, "once a second")
      assert.deepStrictEqual((yield* it.line).held, [place(first, "encode")], "it may yet live")
      gone = "one"
      for (let i = 0; i < 5; i++) yield* TestClock.adjust(250)
      yield* (yield* it.encode.begun(id)).succeed()
      assert.strictEqual((yield* it.two.ended(id)).outcome._tag, "Completed")
      yield* Scene.isFree(it)
    })
  )

  it.effect("P8: an owner that has lost its claim has lost its places, and ends", () =>
    Effect.gen(function* () {
      const it = yield* processes()
      const first = yield* it.one.begin()
      yield* it.encode.begun(first)
      const id = yield* it.two.begin()
      yield* it.two.seen(id, "step-waiting")
      const taken = yield* it.shared.claim(first, "three", { takeOver: "one" })
      yield* TestClock.adjust(250)
      const hand = yield* it.encode.begun(id)
      assert.deepStrictEqual((yield* it.line).held, [place(id, "encode")])
      yield* hand.succeed()
      yield* it.two.ended(id)
      yield* it.shared.release(taken)
      yield* Scene.isFree(it)
    })
  )

  it.effect("P8: who has lost its claim while it waits ends without beginning", () =>
    Effect.gen(function* () {
      const it = yield* processes()
      const first = yield* it.one.begin()
      const hand = yield* it.encode.begun(first)
      const id = yield* it.two.begin()
      yield* it.two.seen(id, "step-waiting")
      yield* it.shared.claim(id, "three", { takeOver: "two" })
      yield* TestClock.adjust(250)
      const outcome = yield* Bounded.within(it.two.outcome(id), "its end")
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Terminated", ["encode"]])
      yield* hand.succeed()
      yield* it.one.ended(first)
      yield* Scene.isFree(it)
    })
  )
})

describe("shared limits and a store that fails", () => {
  const failing = () => {
    const memory = ExecutionStoreMemory.make()
    let broken: string | undefined
    const refuse = <A, E>(name: string, effect: Effect.Effect<A, E>) =>
      Effect.suspend(() =>
        broken === name
          ? Effect.fail(new ExecutionStore.StoreUnavailable({ reason: "the disk is full" }))
          : (effect as Effect.Effect<A, E | ExecutionStore.StoreUnavailable>)
      )
    const limits = memory.sharedLimits
    const sharedLimits: SharedLimits.SharedLimitsShape = {
      take: (...args) => refuse("take", limits.take(...args)),
      giveBack: (...args) => refuse("giveBack", limits.giveBack(...args)),
      look: (...args) => refuse("look", limits.look(...args))
    }
    return {
      store: { ...memory, sharedLimits } satisfies ExecutionStore.ExecutionStoreShape,
      fail: (name: string | undefined) => {
        broken = name
      }
    }
  }

  it.effect("no step begins whose place could not be taken: the execution is Interrupted and says why", () =>
    Effect.gen(function* () {
      const { fail, store } = failing()
      fail("take")
      const it = yield* Scene.make({ store })
      const id = yield* it.engine.begin()
      const outcome = yield* Bounded.within(it.engine.outcome(id), "its end")
      assert.deepStrictEqual([outcome._tag, outcome.notStarted, it.encode.runs()], ["Interrupted", ["encode"], 0])
      assert.include(it.engine.unrecorded(id) ?? "", "the disk is full")
    })
  )

  it.effect("the same while the flow lets more steps start", () =>
    Effect.gen(function* () {
      const { fail, store } = failing()
      const before = HandStep.make("before")
      const it = yield* Scene.make({ store, more: [before.step], step: { after: "before" } })
      const id = yield* it.engine.begin()
      const hand = yield* before.begun(id)
      yield* it.engine.interrupt(id, { strategy: InterruptStrategy.PollNextN(3) })
      fail("take")
      yield* hand.succeed()
      const outcome = yield* Bounded.within(it.engine.outcome(id), "its end")
      assert.deepStrictEqual([outcome._tag, outcome.completed, it.encode.runs()], ["Interrupted", ["before"], 0])
    })
  )

  it.effect("a place that could not be given back is free with the end of the execution", () =>
    Effect.gen(function* () {
      const { fail, store } = failing()
      const after = HandStep.make("after", { after: "encode" })
      const it = yield* Scene.make({ store, more: [after.step] })
      const id = yield* it.engine.begin()
      const hand = yield* it.encode.begun(id)
      fail("giveBack")
      yield* hand.succeed()
      const outcome = yield* Bounded.within(it.engine.outcome(id), "its end")
      assert.strictEqual(outcome._tag, "Interrupted")
      fail(undefined)
      // The heartbeat settles what could not be recorded; a store in memory has none.
      yield* store.disown((yield* store.owners)[0]?.owner ?? "")
      yield* Scene.isFree(it)
    })
  )

  it.effect("a look that fails is made again", () =>
    Effect.gen(function* () {
      const { fail, store } = failing()
      const it = yield* waiting({ store })
      fail("look")
      yield* it.hand.succeed()
      yield* it.engine.ended(it.first)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(it.encode.runs(), 1)
      fail(undefined)
      yield* TestClock.adjust(250)
      yield* finish(it, it.id)
      yield* Scene.isFree(it)
    })
  )
})

describe("shared limits, whatever happens", () => {
  it.effect(
    "R10: many executions that are interrupted, paused, terminated and resumed never have more places than there are",
    () =>
      Effect.gen(function* () {
        let now = 0
        let most = 0
        const step = (name: string) =>
          Step.make(name, {
            limit: "gpu",
            run: (_, step) =>
              Effect.gen(function* () {
                most = Math.max(most, ++now)
                yield* Bounded.turns(1)
                yield* Effect.promise(() => step.stop.check())
              }).pipe(Effect.ensuring(Effect.sync(() => now--)))
          })
        const steps = [step("a"), step("b"), Step.make("c", { after: "a", run: () => 1 })]
        const store = ExecutionStoreMemory.make()
        const flow = Flow.make("f", { steps, limits: Scene.gpu(2) })
        const whole = Flow.make("g", {
          steps: [Step.make("x", { run: () => Bounded.turns(2) })],
          limits: Scene.gpu(2),
          limit: "gpu"
        })
        const engines = [
          yield* Engine.make([flow, whole], { store, maxExecutions: 5 }),
          yield* Engine.make([flow, whole], { store })
        ]
        const life = (n: number) =>
          Effect.gen(function* () {
            const engine = engines[n % 2]!
            const id = yield* engine.begin({ flow: n % 5 === 0 ? "g" : "f" })
            for (let i = 0; i < 4; i++) {
              yield* Bounded.turns(yield* Random.nextIntBetween(0, 4))
              const what = yield* Random.nextIntBetween(0, 5)
              yield* Effect.ignore(
                what === 0
                  ? engine.interrupt(id)
                  : what === 1
                    ? engine.pause(id)
                    : what === 2
                      ? engine.terminate(id)
                      : engine.resume(id)
              )
            }
            for (;;) {
              yield* Effect.ignore(engine.resume(id))
              const outcome = yield* Bounded.within(engine.outcome(id), `the end of ${id}`, 15_000)
              if (outcome._tag === "Completed") return
            }
          })
        yield* Effect.forEach(
          Array.from({ length: 40 }, (_, n) => n),
          life,
          { concurrency: "unbounded" }
        )
        assert.isAtMost(most, 2)
        assert.strictEqual(now, 0)
        assert.deepStrictEqual(yield* store.sharedLimits.look(), [])
      })
  )

  it.effect("P5: a process that is killed at any of its writes leaves no place behind, and counts none twice", () =>
    Effect.gen(function* () {
      const run = (death: MortalStore.Death | undefined) =>
        Effect.scoped(
          Effect.gen(function* () {
            const shared = ExecutionStoreMemory.make()
            const store = MortalStore.make(shared, death)
            let now = 0
            let most = 0
            const steps = ["a", "b", "c"].map((name) =>
              Step.make(name, {
                limit: "gpu",
                run: () =>
                  Effect.gen(function* () {
                    most = Math.max(most, ++now)
                    yield* Bounded.turns(1)
                    now--
                  })
              })
            )
            const flow = Flow.make("f", { steps, limits: Scene.gpu(1) })
            const doomed = yield* Engine.doomed(flow, { store, owner: "gone" })
            const done = yield* Deferred.make<void>()
            // What a dead process waits for never comes, and can't be interrupted.
            yield* Effect.forkDetach(
              Effect.andThen(
                Effect.ignore(Effect.flatMap(doomed.begin(), doomed.outcome)),
                Deferred.succeed(done, undefined)
              )
            )
            yield* Bounded.within(Effect.raceFirst(Deferred.await(done), store.died), "its end or its death")
            if (store.isDead()) {
              // What the dead process was doing is over with it.
              yield* Bounded.turns(3)
              now = 0
            }
            const heir = yield* Engine.make(flow, {
              store: shared,
              recover: Recovery.recover(shared, { owner: "heir", gone: "gone" })
            })
            const other = yield* heir.begin()
            yield* Effect.forkScoped(Effect.forever(Effect.andThen(Bounded.turns(1), TestClock.adjust(250))))
            assert.strictEqual((yield* heir.ended(other)).outcome._tag, "Completed")
            yield* Recovery.recover(shared, { owner: "heir", gone: "gone" })
            for (const { id, status } of yield* shared.list()) {
              if (status === "Completed") continue
              yield* heir.resume(id)
              assert.strictEqual((yield* heir.ended(id)).outcome._tag, "Completed")
            }
            assert.strictEqual(most, 1, JSON.stringify(death))
            assert.deepStrictEqual(yield* shared.sharedLimits.look(), [], JSON.stringify(death))
            return store.writes.length
          })
        )
      const writes = yield* run(undefined)
      assert.isAtLeast(writes, 9)
      for (let write = 1; write <= writes; write++)
        for (const when of ["before", "after"] as const) yield* run({ write, when })
    })
  )
})
