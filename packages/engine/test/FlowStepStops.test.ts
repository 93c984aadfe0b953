/**
 * Sub-flows that are stopped: the signal goes down, the outcome comes up, and "stopped" is said only when all of them
 * have stopped. What is resumed goes on with the same executions.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { ExecutionsError, ExecutionStoreMemory, InterruptStrategy, Recovery, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"
import { begun, childOf, flowOf, parentOf } from "./support/SubFlow.ts"

/** A parent whose child has a step in hand, then `later`. */
const scene = (
  child: Parameters<typeof flowOf>[1] = {},
  options: Parameters<typeof parentOf>[1] = {},
  flow: Parameters<typeof parentOf>[3] = {},
  hand = HandStep.make("hand")
) =>
  Effect.gen(function* () {
    const later = Step.make("later", { after: "hand", run: () => "late" })
    const engine = yield* Engine.make([parentOf(flowOf([hand.step, later], child), options, [], flow)])
    const id = yield* engine.begin({ by: "ada" })
    const run = yield* hand.begun()
    const childId = yield* begun(engine, id)
    return { engine, hand, run, id, childId }
  })

const refusal = <A>(effect: Effect.Effect<A, unknown>) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.instanceOf(error, ExecutionsError.CommandRefused)
    return error as ExecutionsError.CommandRefused
  })

describe("The signal goes down", () => {
  it.effect("P2 P8 P10 interrupt: the child is asked at once, and the parent has stopped when the child has", () =>
    Effect.gen(function* () {
      const { childId, engine, id, run } = yield* scene()
      yield* engine.interrupt(id, { source: "Http", by: "ada", reason: "wrong branch" })
      const asked = yield* engine.seen(childId, "interrupt-requested")
      assert.deepInclude(asked.signal, { source: "Parent", by: "ada", reason: "wrong branch" })
      assert.strictEqual((yield* engine.get(id)).status, "Interrupting", "not before its child has stopped")
      yield* run.succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      assert.deepInclude(ended.outcome.interrupted[0], {
        step: "sub",
        cursor: { execution: childId },
        done: 1,
        total: 2
      })
      assert.strictEqual(ended.of("step-interrupted")[0]!.detail, `…${childId.slice(-4)} stopped between its steps`)
      assert.deepStrictEqual((yield* engine.get(childId)).ended!.partition.notStarted, ["later"])
      yield* engine.resume(id)
      const again = yield* engine.ended(id)
      assert.strictEqual(again.outcome._tag, "Completed")
      assert.deepStrictEqual(again.outcome.values["sub"], { hand: undefined, later: "late" })
      assert.strictEqual(childOf(again), childId, "the same child goes on")
      assert.deepInclude(yield* engine.get(childId), { attempt: 2, source: "Parent" })
      assert.strictEqual((yield* engine.list({ flow: "child" })).length, 1)
    })
  )

  it.effect("P9 to its own child alone: that of another execution goes on", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hand")
      const { childId, engine, id, run } = yield* scene({}, {}, {}, hand)
      const other = yield* engine.begin()
      const otherRun = yield* hand.begun()
      yield* engine.interrupt(id)
      yield* engine.seen(childId, "interrupt-requested")
      yield* run.succeed()
      yield* otherRun.succeed()
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
      assert.strictEqual((yield* engine.ended(other)).outcome._tag, "Completed")
    })
  )

  it.effect("R70 pause and resume: the parent is paused when its child is", () =>
    Effect.gen(function* () {
      const { childId, engine, id, run } = yield* scene()
      yield* engine.pause(id)
      yield* engine.seen(childId, "pausing")
      assert.strictEqual((yield* engine.get(id)).status, "Pausing")
      yield* run.succeed()
      yield* engine.seen(childId, "paused")
      yield* engine.seen(id, "paused")
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.seen(childId, "resumed")).source, "Parent")
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("P11 terminate: both end by force, and each says what may be half done", () =>
    Effect.gen(function* () {
      const { childId, engine, id, run } = yield* scene()
      yield* engine.terminate(id, { by: "ada" })
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Terminated")
      assert.deepStrictEqual(ended.outcome.terminated, ["sub"])
      const below = yield* engine.ended(childId)
      assert.deepStrictEqual(below.outcome.terminated, ["hand"])
      assert.strictEqual(below.of("terminate-requested")[0]!.signal.source, "Parent")
      yield* run.interrupted
    })
  )

  it.effect("shutdown: the child is asked by its parent, once", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hand")
      const scope = yield* Scope.make()
      const engine = yield* Scope.provide(Engine.make([parentOf(flowOf([hand.step]))]), scope)
      const id = yield* engine.begin()
      const run = yield* hand.begun()
      const childId = yield* begun(engine, id)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      yield* engine.seen(childId, "interrupt-requested")
      yield* run.stopHalfWay()
      yield* Fiber.join(closing)
      const [above, below] = [yield* engine.ended(id), yield* engine.ended(childId)]
      assert.strictEqual(above.of("interrupt-requested")[0]!.signal.source, "Shutdown")
      assert.deepStrictEqual(
        below.state.requests.map(({ kind, signal }) => [kind, signal.source]),
        [["first", "Parent"]]
      )
    })
  )

  it.effect(
    "as the request says: one that lets running steps go on leaves the child alone, a sooner one reaches it",
    () =>
      Effect.gen(function* () {
        const { childId, engine, id, run } = yield* scene()
        yield* engine.interrupt(id, { strategy: InterruptStrategy.PollNextN(0) })
        assert.strictEqual((yield* engine.get(childId)).status, "Running")
        yield* engine.interrupt(id, { strategy: InterruptStrategy.FinishCurrent })
        yield* engine.seen(childId, "interrupt-requested")
        yield* run.succeed()
        assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
      })
  )

  it.effect("by the child's own strategy, unless the request brings one, be it a repeated one", () =>
    Effect.gen(function* () {
      const { childId, engine, id, run } = yield* scene({ strategy: InterruptStrategy.PollNextN(5) })
      yield* engine.interrupt(id)
      const asked = yield* engine.seen(childId, "interrupt-requested")
      assert.deepStrictEqual(asked.strategy, InterruptStrategy.PollNextN(5))
      yield* engine.interrupt(id, { strategy: InterruptStrategy.FinishCurrent })
      const sooner = yield* engine.seen(childId, "interrupt-repeated")
      assert.deepStrictEqual(sooner.strategy, InterruptStrategy.FinishCurrent)
      yield* run.succeed()
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
      assert.deepStrictEqual((yield* engine.get(childId)).ended!.partition.notStarted, ["later"])
    })
  )

  it.effect("R19 to a child at its last step: it completes, and so does its parent", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hand")
      const engine = yield* Engine.make([parentOf(flowOf([hand.step]))])
      const id = yield* engine.begin()
      const run = yield* hand.begun()
      const childId = yield* begun(engine, id)
      yield* engine.interrupt(id)
      yield* engine.seen(childId, "interrupt-requested")
      yield* run.succeed(7)
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.deepStrictEqual(ended.outcome.values["sub"], { hand: 7 })
    })
  )

  it.effect("P2 with the time that the child's running steps take: that is what is promised", () =>
    Effect.gen(function* () {
      const slow = HandStep.make("hand", {
        stopsWithin: "3 seconds",
        cleanUp: { run: () => {}, deadline: "2 seconds" }
      })
      const { engine, id, run } = yield* scene({}, { cleanUp: { run: () => {}, deadline: "1 second" } }, {}, slow)
      yield* engine.interrupt(id)
      const { bound } = yield* engine.seen(id, "interrupt-requested")
      assert.deepStrictEqual(bound, { _tag: "Within", millis: 6_000, steps: ["sub"] })
      const step = (yield* engine.get(id)).definition.steps[0]!
      assert.isUndefined(step.stopsWithinMillis, "`later` promises nothing")
      yield* run.succeed()
      yield* engine.ended(id)
    })
  )

  it.effect("when the step's time is over: the child stops, and can go on with the next try", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hand")
      const { childId, engine, id, run } = yield* scene(
        {},
        { timeout: "5 seconds", retry: { tries: 2, delay: "1 second" } },
        {},
        hand
      )
      yield* TestClock.adjust("5 seconds")
      const asked = yield* engine.seen(childId, "interrupt-requested")
      assert.strictEqual(asked.signal.reason, "the time of step `sub` is over")
      yield* run.stopHalfWay()
      const retrying = yield* engine.seen(id, "step-retrying")
      assert.strictEqual(retrying.failure.code, "timed-out")
      yield* Bounded.turns(3)
      yield* TestClock.adjust("1 second")
      yield* (yield* hand.begun()).succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.strictEqual(childOf(ended), childId)
    })
  )
})

describe("The outcome comes up", () => {
  it.effect("of a child that somebody interrupts alone: the step stops half-way, and its flow with it", () =>
    Effect.gen(function* () {
      const { childId, engine, hand, id, run } = yield* scene()
      yield* engine.interrupt(childId, { source: "Cli", by: "bob", reason: "too slow" })
      yield* run.stopHalfWay()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      const { signal } = ended.of("interrupt-requested")[0]!
      assert.deepInclude(signal, {
        source: "Cli",
        by: "bob",
        reason: `sub-flow \`child\` (…${childId.slice(-4)}) was interrupted: too slow`
      })
      assert.strictEqual(ended.of("step-interrupted")[0]!.detail, `…${childId.slice(-4)} stopped at \`hand\``)
      yield* engine.resume(id)
      yield* (yield* hand.begun()).succeed()
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("of a child that somebody terminates alone: the parent is interrupted, not terminated", () =>
    Effect.gen(function* () {
      const { childId, engine, id } = yield* scene()
      yield* engine.terminate(childId)
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      assert.strictEqual(ended.of("step-interrupted")[0]!.detail, `…${childId.slice(-4)} was terminated at \`hand\``)
    })
  )

  it.effect("of a child whose deadline has passed", () =>
    Effect.gen(function* () {
      const { engine, id, run } = yield* scene({ deadline: "1 minute" })
      yield* Bounded.turns(3)
      yield* TestClock.adjust("1 minute")
      yield* run.succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      assert.strictEqual(ended.of("interrupt-requested")[0]!.signal.source, "Deadline")
    })
  )

  it.effect("of a child that fails: its completed steps are kept when the parent is resumed", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hand")
      let runs = 0
      const child = flowOf([Step.make("first", { run: () => void runs++ }), { ...hand.step }])
      const engine = yield* Engine.make([parentOf(child)])
      const id = yield* engine.begin()
      yield* (yield* hand.begun()).fail(new Error("no"))
      const failed = yield* engine.ended(id)
      assert.strictEqual(failed.outcome._tag, "Failed")
      yield* engine.resume(id)
      yield* (yield* hand.begun()).succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.strictEqual(childOf(ended), childOf(failed))
      assert.strictEqual(runs, 1)
    })
  )

  it.effect("to `undo` of the step, which takes back the sub-flow as a whole: that of its steps does not run", () =>
    Effect.gen(function* () {
      const undone: Array<unknown> = []
      const inner = Step.make("a", { run: () => 1, undo: () => void undone.push("inner") })
      const bad = Step.make("bad", { after: "sub", run: () => Effect.fail("no") })
      const parent = parentOf(flowOf([inner]), { undo: (value: never) => void undone.push(value) }, [bad], {
        onFailure: "undo"
      })
      const ended = yield* Effect.flatMap(Engine.make(parent), (engine) => engine.run())
      assert.strictEqual(ended.outcome._tag, "Failed")
      assert.deepStrictEqual(undone, [{ a: 1 }])
    })
  )
})

describe("Gates of a sub-flow", () => {
  it.effect("are answered from above by their path, or at the child itself; the step says that one waits", () =>
    Effect.gen(function* () {
      const child = flowOf([Step.gate("ship", { message: "Ship?" }), Step.gate("sure", { message: "Sure?" })])
      const engine = yield* Engine.make([parentOf(child)])
      const id = yield* engine.begin()
      const childId = yield* begun(engine, id)
      yield* engine.seen(childId, "gate-opened", { step: "sure" })
      const first = yield* engine.seen(id, "step-progress", { step: "sub" })
      const told = yield* engine.seen(id, "step-progress", { step: "sub", after: first.sequence })
      assert.strictEqual(told.message, "`ship` waits for an answer")
      const refused = yield* refusal(engine.answer(id, "sub/nothing", true))
      assert.deepInclude(refused, { code: "gate-not-open", execution: childId })
      yield* engine.answer(id, "sub/ship", true, { by: "ada" })
      yield* engine.answer(childId, "sure", true)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )
})

describe("A sub-flow that is resumed alone", () => {
  it.effect("once its parent has ended goes on, and the parent takes what came of it", () =>
    Effect.gen(function* () {
      const { childId, engine, hand, id, run } = yield* scene()
      yield* engine.interrupt(id)
      yield* engine.seen(childId, "interrupt-requested")
      yield* run.stopHalfWay()
      yield* engine.ended(id)
      yield* engine.resume(childId, { source: "Cli" })
      yield* (yield* hand.begun()).succeed("x")
      const alone = yield* engine.ended(childId)
      assert.strictEqual(alone.outcome._tag, "Completed")
      assert.deepStrictEqual(alone.state.parent, { execution: id, step: "sub" })
      yield* engine.resume(id)
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(ended.outcome.values["sub"], { hand: "x", later: "late" })
      assert.strictEqual((yield* engine.get(childId)).attempt, 2, "it ran no further time")
    })
  )

  it.effect("is followed by its parent when that is resumed meanwhile", () =>
    Effect.gen(function* () {
      const { childId, engine, hand, id, run } = yield* scene()
      yield* engine.interrupt(id)
      yield* engine.seen(childId, "interrupt-requested")
      yield* run.stopHalfWay()
      yield* engine.ended(id)
      yield* engine.resume(childId)
      const again = yield* hand.begun()
      yield* engine.resume(id)
      yield* engine.seen(id, "step-progress", { step: "sub", after: (yield* engine.get(id)).sequence })
      yield* engine.interrupt(id)
      yield* engine.seen(childId, "interrupt-requested", { after: (yield* engine.get(childId)).sequence - 1 })
      yield* again.succeed()
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
    })
  )

  it.effect("is refused while its parent is under way", () =>
    Effect.gen(function* () {
      const other = HandStep.make("other")
      const hand = HandStep.make("hand")
      const parent = parentOf(flowOf([hand.step]), {}, [other.step], {
        strategy: InterruptStrategy.IgnoreInterruptions
      })
      const engine = yield* Engine.make([parent])
      const id = yield* engine.begin()
      const run = yield* hand.begun()
      const childId = yield* begun(engine, id)
      yield* engine.interrupt(childId)
      yield* run.stopHalfWay()
      yield* engine.ended(childId)
      const refused = yield* refusal(engine.resume(childId))
      assert.strictEqual(refused.code, "already-running")
      assert.include(refused.detail!, `sub-flow of \`${id}\`, at \`sub\``)
      yield* (yield* other.begun()).succeed()
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
    })
  )
})

describe("A resume that a sub-flow would refuse", () => {
  it.effect("is refused for the parent, before anything begins: a definition that has changed", () =>
    Effect.gen(function* () {
      const store = ExecutionStoreMemory.make()
      const flows = (text: string, hand: HandStep.HandStep) =>
        parentOf(flowOf([hand.step, Step.make("later", { after: "hand", fingerprint: text, run: () => text })]))
      const [before, after] = [HandStep.make("hand"), HandStep.make("hand")]
      const first = yield* Engine.make([flows("old", before)], { store })
      const id = yield* first.begin()
      const run = yield* before.begun()
      yield* first.interrupt(id)
      yield* first.seen(yield* begun(first, id), "interrupt-requested")
      yield* run.stopHalfWay()
      const stopped = yield* first.ended(id)
      const second = yield* Engine.make([flows("new", after)], { store })
      const refused = yield* refusal(second.resume(id))
      assert.strictEqual(refused.code, "definition-changed")
      assert.deepStrictEqual(
        refused.changes!.map(({ change, step }) => [change, step]),
        [["changed", "sub/later"]]
      )
      assert.include(refused.detail!, childOf(stopped))
      assert.strictEqual((yield* second.get(id)).attempt, 1)
      yield* second.resume(id, { definition: "current" })
      yield* (yield* after.begun()).succeed()
      const ended = yield* second.ended(id)
      assert.deepInclude(ended.outcome.values["sub"] as object, { later: "new" })
    })
  )

  it.effect("is refused for the parent: steps that may not run again, which are named from there", () =>
    Effect.gen(function* () {
      const pay = HandStep.make("pay", { idempotent: false })
      const engine = yield* Engine.make([parentOf(flowOf([pay.step]))])
      const id = yield* engine.begin()
      const run = yield* pay.begun()
      yield* engine.interrupt(id)
      yield* engine.seen(yield* begun(engine, id), "interrupt-requested")
      yield* run.stopHalfWay()
      yield* engine.ended(id)
      const refused = yield* refusal(engine.resume(id))
      assert.deepInclude(refused, { code: "needs-rerun", execution: id })
      assert.deepStrictEqual(refused.steps, ["sub/pay"])
      yield* engine.resume(id, { rerun: ["sub/pay"] })
      yield* (yield* pay.begun()).succeed()
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )
})

describe("P5 P7 A crash", () => {
  /** Kills an engine at one of its writes, if it comes so far, and lets another one go on. */
  const crashedAt = (write: number, when: MortalStore.Death["when"]) =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const ran: Array<string> = []
      const step = (name: string, after?: string) =>
        Step.make(name, { ...(after === undefined ? undefined : { after }), run: () => void ran.push(name) })
      const flow = () => parentOf(flowOf([step("a"), step("b", "a")]), {}, [step("c", "sub")])
      const mortal = MortalStore.make(shared, { write, when })
      const first = yield* Engine.doomed([flow()], { store: mortal, owner: "first" })
      const running = Effect.runFork(Effect.flatMap(first.begin(), first.outcome))
      yield* Bounded.within(Effect.raceFirst(Fiber.join(running), mortal.died), "the end of the first engine")
      const writes = mortal.writes.length
      yield* Recovery.recover(shared, { owner: "second", gone: "first" })
      const second = yield* Engine.make([flow()], { store: MortalStore.make(shared), owner: "second" })
      const [parent] = yield* second.list({ children: false })
      if (parent === undefined) return { writes, ended: undefined }
      if (parent.status !== "Completed") {
        yield* second.resume(parent.id)
        yield* second.ended(parent.id)
      }
      return { writes, ended: yield* second.get(parent.id), ran, children: yield* second.list({ flow: "child" }) }
    })

  for (const when of ["before", "after"] as const)
    it.effect(`${when} any write leaves one child at most, and the parent goes on with it to the same end`, () =>
      Effect.gen(function* () {
        let resumed = 0
        for (let write = 1; ; write++) {
          const found = yield* Effect.scoped(crashedAt(write, when))
          if (found.writes < write) break
          if (found.ended === undefined) continue
          const what = `killed ${when} write ${write}`
          assert.strictEqual(found.ended.status, "Completed", what)
          if (found.ended.attempt > 1) resumed++
          assert.deepStrictEqual(
            found.children.map(({ id, status }) => [id, status]),
            [[childOf({ state: found.ended }), "Completed"]],
            what
          )
          assert.deepStrictEqual([...new Set(found.ran)], ["a", "b", "c"], what)
        }
        assert.isAtLeast(resumed, 6, "it was killed in the middle, more than once")
      })
    )
})
