/** Flows that count against a shared limit as a whole: an execution is Pending until it has its place. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionStoreMemory, Flow, type FlowError, InterruptStrategy, Step, StepGraph } from "@halte/engine"
import { Bounded, Check, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as Scene from "./support/SharedLimitScene.ts"

const { place } = Scene

/** A flow that counts as a whole, of which one runs, and one that waits. */
const waiting = (options: Parameters<typeof Scene.make>[0] = {}) =>
  Effect.gen(function* () {
    const scene = yield* Scene.make({ step: { limit: undefined }, ...options, flow: { limit: "gpu", ...options.flow } })
    const { encode, engine } = scene
    const first = yield* engine.begin()
    const hand = yield* encode.begun(first)
    const id = yield* engine.begin()
    const told = yield* engine.seen(id, "execution-queued")
    return { ...scene, first, hand, id, told }
  })

describe("an execution that counts against a shared limit as a whole", () => {
  it.effect("is Pending until it has a place, says what it waits for, and begins then", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      assert.deepInclude(it.told, { limit: "gpu", holders: [{ execution: it.first }], ahead: 0 })
      const state = yield* it.engine.get(it.id)
      assert.strictEqual(state.status, "Pending")
      assert.deepStrictEqual(state.waits, { limit: "gpu", holders: [{ execution: it.first }], ahead: 0 })
      const [listed] = yield* it.engine.list({ status: ["Pending"] })
      assert.deepStrictEqual(listed?.waits, state.waits)
      assert.deepStrictEqual(yield* it.line, { held: [place(it.first)], waiting: [place(it.id)] })
      yield* it.hand.succeed()
      yield* (yield* it.encode.begun(it.id)).succeed()
      const { state: ended, types } = yield* it.engine.ended(it.id)
      assert.isUndefined(ended.waits)
      assert.deepStrictEqual(types, [
        "execution-started",
        "execution-queued",
        "execution-dequeued",
        "step-started",
        "step-completed",
        "execution-ended"
      ])
      yield* Scene.isFree(it)
    })
  )

  it.effect("says nothing of waiting where a place is free", () =>
    Effect.gen(function* () {
      const it = yield* Scene.make({ flow: { limit: "gpu" }, step: { limit: undefined } })
      const id = yield* it.engine.begin()
      yield* (yield* it.encode.begun(id)).succeed()
      assert.deepStrictEqual((yield* it.engine.ended(id)).types, [
        "execution-started",
        "step-started",
        "step-completed",
        "execution-ended"
      ])
      yield* Scene.isFree(it)
    })
  )

  it.effect("has its turn in the order of asking, also beside steps that count against the same limit", () =>
    Effect.gen(function* () {
      const render = HandStep.make("render", { limit: "gpu" })
      const it = yield* waiting({ flows: [Flow.make("g", { steps: [render.step], limits: Scene.gpu(1) })] })
      const third = yield* it.engine.begin({ flow: "g" })
      yield* it.engine.seen(third, "step-waiting")
      const fourth = yield* it.engine.begin()
      assert.strictEqual((yield* it.engine.seen(fourth, "execution-queued")).ahead, 2)
      yield* it.hand.succeed()
      yield* (yield* it.encode.begun(it.id)).succeed()
      yield* (yield* render.begun(third)).succeed()
      yield* (yield* it.encode.begun(fourth)).succeed()
      yield* it.engine.ended(fourth)
      yield* Scene.isFree(it)
    })
  )

  for (const strategy of [undefined, InterruptStrategy.PollNextN(2), InterruptStrategy.IgnoreInterruptions])
    it.effect(`P2, R18: interrupted (${strategy?._tag ?? "FinishCurrent"}), nothing of it is ever started`, () =>
      Effect.gen(function* () {
        const it = yield* waiting({ flow: { strategy } })
        const receipt = yield* it.engine.interrupt(it.id)
        assert.deepStrictEqual([receipt.effect, receipt.status], ["done", "Interrupted"])
        const { of, outcome } = yield* it.engine.ended(it.id)
        assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Interrupted", ["encode"]])
        assert.deepStrictEqual(of("interrupt-requested")[0]?.bound, { _tag: "Within", millis: 0, steps: [] })
        assert.deepStrictEqual((yield* it.line).waiting, [])
        yield* it.hand.succeed()
        yield* it.engine.ended(it.first)
        yield* Scene.isFree(it)
        assert.strictEqual(it.encode.runs(), 1)
      })
    )

  it.effect("interrupted before it is known whether it must wait, it starts nothing", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      const third = yield* it.engine.begin()
      yield* it.engine.interrupt(third, { strategy: InterruptStrategy.PollNextN(1) })
      const { outcome } = yield* it.engine.ended(third)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Interrupted", ["encode"]])
      yield* it.engine.interrupt(it.id)
      yield* it.hand.succeed()
      yield* it.engine.ended(it.first)
      yield* Scene.isFree(it)
    })
  )

  it.effect(
    "P8: terminated, it has ended at once; what holds the place ends by terminate, too, and gives it back",
    () =>
      Effect.gen(function* () {
        const it = yield* waiting()
        const third = yield* it.engine.begin()
        yield* it.engine.seen(third, "execution-queued")
        yield* it.engine.terminate(it.id)
        assert.strictEqual((yield* it.engine.ended(it.id)).outcome._tag, "Terminated")
        yield* it.engine.terminate(it.first)
        yield* (yield* it.encode.begun(third)).succeed()
        yield* it.engine.ended(third)
        yield* Scene.isFree(it)
      })
  )

  it.effect("R70: paused, it leaves the line; resumed, it asks again and says so", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.pause(it.id)
      const paused = yield* it.engine.get(it.id)
      assert.deepStrictEqual([paused.status, paused.waits], ["Paused", undefined])
      assert.deepStrictEqual((yield* it.line).waiting, [])
      yield* it.engine.resume(it.id)
      yield* it.engine.seen(it.id, "execution-queued", { after: paused.sequence + 1 })
      assert.deepStrictEqual((yield* it.line).waiting, [place(it.id)])
      yield* it.engine.pause(it.id)
      yield* it.hand.succeed()
      yield* it.engine.ended(it.first)
      yield* Bounded.turns(3)
      assert.deepStrictEqual([(yield* it.engine.get(it.id)).status, yield* it.line], ["Paused", Scene.free])
      yield* it.engine.resume(it.id)
      yield* (yield* it.encode.begun(it.id)).succeed()
      assert.strictEqual((yield* it.engine.ended(it.id)).outcome._tag, "Completed")
      yield* Scene.isFree(it)
    })
  )

  it.effect("R70: keeps its place while it is paused", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.pause(it.first)
      yield* it.hand.begin()
      yield* it.engine.seen(it.first, "paused")
      assert.deepStrictEqual(yield* it.line, { held: [place(it.first)], waiting: [place(it.id)] })
      yield* it.engine.resume(it.first)
      yield* it.hand.succeed()
      yield* (yield* it.encode.begun(it.id)).succeed()
      yield* it.engine.ended(it.id)
      yield* Scene.isFree(it)
    })
  )

  it.effect("R16: `single` refuses, also while the one that there is waits", () =>
    Effect.gen(function* () {
      const store = ExecutionStoreMemory.make()
      const other = yield* Scene.make({ store })
      yield* other.encode.begun(yield* other.engine.begin())
      const it = yield* Scene.make({ store, flow: { limit: "gpu", single: true }, step: { limit: undefined } })
      const id = yield* it.engine.begin()
      yield* it.engine.seen(id, "execution-queued")
      const error = yield* Check.failsWith(it.engine.begin(), "FlowBusy", "a second start")
      assert.strictEqual((error as { readonly execution: string }).execution, id)
      yield* it.engine.interrupt(id)
      for (const { id } of yield* other.engine.list({ status: ["Running"] })) yield* other.engine.terminate(id)
    })
  )

  it.effect("resumed after its end, it waits again if it must", () =>
    Effect.gen(function* () {
      const it = yield* waiting()
      yield* it.engine.interrupt(it.id)
      const { state } = yield* it.engine.ended(it.id)
      yield* it.engine.resume(it.id)
      yield* it.engine.seen(it.id, "execution-queued", { after: state.sequence })
      yield* it.hand.succeed()
      yield* (yield* it.encode.begun(it.id)).succeed()
      const { outcome } = yield* it.engine.ended(it.id)
      assert.deepStrictEqual([outcome._tag, outcome.attempt], ["Completed", 2])
      yield* Scene.isFree(it)
    })
  )

  it.effect("waits for a slot of the engine first: who has no slot holds no place", () =>
    Effect.gen(function* () {
      const hold = HandStep.make("hold")
      const it = yield* Scene.make({
        maxExecutions: 1,
        flow: { limit: "gpu" },
        step: { limit: undefined },
        flows: [Flow.make("g", { steps: [hold.step] })]
      })
      const first = yield* it.engine.begin({ flow: "g" })
      const hand = yield* hold.begun(first)
      const id = yield* it.engine.begin()
      assert.isUndefined((yield* it.engine.get(id)).waits)
      assert.deepStrictEqual(yield* it.line, Scene.free)
      yield* hand.succeed()
      yield* (yield* it.encode.begun(id)).succeed()
      assert.strictEqual((yield* it.engine.ended(id)).outcome._tag, "Completed")
      yield* Scene.isFree(it)
    })
  )

  it.effect("its deadline begins when it has its place", () =>
    Effect.gen(function* () {
      const { TestClock } = yield* Effect.promise(() => import("effect/testing"))
      const it = yield* waiting()
      const timed = yield* Scene.make({
        store: it.store,
        flow: { limit: "gpu", deadline: "1 minute" },
        step: { limit: undefined }
      })
      const id = yield* timed.engine.begin()
      yield* timed.engine.seen(id, "execution-queued")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* timed.engine.get(id)).status, "Pending")
      yield* it.engine.interrupt(it.id)
      yield* it.hand.succeed()
      const hand = yield* timed.encode.begun(id)
      yield* TestClock.adjust("1 minute")
      yield* hand.stopHalfWay()
      const { outcome } = yield* timed.engine.ended(id)
      assert.strictEqual(outcome._tag === "Interrupted" && outcome.signal.source, "Deadline")
      yield* it.engine.ended(it.first)
      yield* Scene.isFree(it)
    })
  )

  it.effect("holds its place until its clean-up has ended", () =>
    Effect.gen(function* () {
      let held: Scene.Line | undefined
      let look: Effect.Effect<Scene.Line> = Effect.succeed(Scene.free)
      const it = yield* waiting({
        step: { limit: undefined, cleanUp: () => Effect.map(look, (now) => void (held = now)) }
      })
      look = it.line
      yield* it.hand.fail("no")
      yield* it.engine.ended(it.first)
      assert.deepStrictEqual(held?.held, [place(it.first)])
      yield* (yield* it.encode.begun(it.id)).succeed()
      yield* it.engine.ended(it.id)
      yield* Scene.isFree(it)
    })
  )
})

describe("what can't wait for its own end", () => {
  const problems = (flow: Flow.Any) => {
    const made = StepGraph.make(flow)
    return made._tag === "Success" ? [] : made.failure.problems.map((problem: FlowError.Problem) => problem.message)
  }
  const step = (limit?: string) => Step.make("a", { limit, run: () => 1 })

  it("is a step that counts against the limit that its own flow holds", () => {
    const flow = Flow.make("f", { steps: [step("gpu")], limits: Scene.gpu(2), limit: "gpu" })
    assert.deepStrictEqual(problems(flow), [
      "`limit` of step `a` of flow `f` names `gpu`, which its own flow holds: it would wait for itself for ever."
    ])
  })

  it("and a flow counts against declared, shared limits only, of at least one place", () => {
    const f = (options: object) => Flow.make("f", { steps: [step()], ...options })
    assert.deepStrictEqual(problems(f({ limits: Scene.gpu(1), limit: "gpu" })), [])
    for (const limits of [{}, { gpu: 2 }, { gpu: { size: 2 } }])
      assert.deepStrictEqual(problems(f({ limits, limit: "gpu" })), [
        "`limit` of flow `f` names `gpu`, which is no limit that executions share; declare `limits: { gpu: { size: 1, shared: true } }`."
      ])
    assert.deepStrictEqual(problems(f({ limits: { gpu: { size: 0, shared: true } } })), [
      "`limits.gpu.size` of flow `f` must be a whole number above 0."
    ])
    assert.include(problems(f({ limits: { "G P U": { size: 1, shared: true } } }))[0], "small letter")
  })

  it("the fingerprints of flows without shared limits are what they were, those of others differ", () => {
    const of = (options: object) => {
      const made = StepGraph.make(Flow.make("f", { steps: [step()], ...options }))
      return made._tag === "Success" ? made.success.description.fingerprint : ""
    }
    const all = [{}, { limits: { gpu: 1 } }, { limits: Scene.gpu(1) }, { limits: Scene.gpu(2) }].map(of)
    all.push(of({ limits: Scene.gpu(1), limit: "gpu" }))
    assert.strictEqual(new Set(all).size, 5)
  })

  it.effect("is a sub-flow that counts against what a step or a flow around it holds", () =>
    Effect.gen(function* () {
      const inner = Flow.make("inner", { steps: [step("gpu")], limits: Scene.gpu(2) })
      const outer = [
        Flow.make("step-holds", {
          steps: [Step.flow("sub", { flow: inner, limit: "gpu" })],
          limits: Scene.gpu(2)
        }),
        Flow.make("flow-holds", { steps: [Step.flow("sub", { flow: inner })], limits: Scene.gpu(2), limit: "gpu" }),
        Flow.make("none-holds", { steps: [Step.flow("sub", { flow: inner })], limits: Scene.gpu(2) })
      ] as unknown as ReadonlyArray<Flow.Flow<unknown, never>>
      const store = ExecutionStoreMemory.make()
      const engine = yield* Engine.make(outer, { store })
      for (const flow of ["step-holds", "flow-holds"]) {
        const { state } = yield* engine.run({ flow })
        assert.deepInclude(state.steps.get("sub")?.failure, { code: "waits-for-itself" })
        assert.include(state.steps.get("sub")?.failure?.message, "`gpu`")
      }
      assert.strictEqual((yield* engine.run({ flow: "none-holds" })).outcome._tag, "Completed")
      assert.deepStrictEqual(yield* store.sharedLimits.look(), [])
    })
  )
})
