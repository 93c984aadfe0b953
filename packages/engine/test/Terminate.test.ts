/** P11: force always works, and says what may be left half done. P12: clean-up can't block a stop. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Flow, InterruptStrategy, type Outcome, Step } from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const flowOf = (steps: ReadonlyArray<Step.Any>, strategy?: InterruptStrategy.InterruptStrategy) =>
  Flow.make("flow", { steps, strategy }) as Flow.Flow<unknown, never>
const terminatedOf = (ended: Engine.Ended) => ended.outcome as Outcome.Terminated

/** Steps that no request stops, and what each is like when it is terminated. */
const stubborn: Readonly<Record<string, () => unknown>> = {
  "an Effect that waits for ever": () => Effect.never,
  "an Effect that waits for ever and can't be interrupted": () => Effect.uninterruptible(Effect.never),
  "an Effect whose finalizer never ends": () => Effect.ensuring(Effect.never, Effect.never),
  "a Promise that never settles": () => new Promise<void>(() => {})
}

describe("terminate", () => {
  for (const [name, run] of Object.entries(stubborn))
    it.effect(`P11: ends ${name}, within a second, and names it`, () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(
          flowOf([Step.make("a", { run }), Step.make("b", { after: "a", run: () => 1 })])
        )
        const id = yield* engine.begin()
        yield* engine.seen(id, "step-started")
        yield* engine.interrupt(id)
        const receipt = yield* engine.terminate(id, { by: "ada" })
        assert.include(["Terminating", "Terminated"], receipt.status)
        yield* TestClock.adjust("1 second")
        const ended = yield* engine.ended(id)
        const outcome = terminatedOf(ended)
        assert.strictEqual(outcome._tag, "Terminated")
        assert.deepStrictEqual([outcome.terminated, outcome.notStarted], [["a"], ["b"]])
        const leaves = name === "an Effect that waits for ever"
        assert.deepStrictEqual(outcome.abandoned, leaves ? [] : ["a"])
        assert.strictEqual(ended.state.requests.at(-1)?.signal.by, "ada")
      })
    )

  it.effect("P11: gives finalizers of a step their second", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const finalized: Array<string> = []
      let inside = false
      const step = Step.make("a", {
        run: () =>
          Effect.sync(() => void (inside = true)).pipe(
            Effect.andThen(Effect.never),
            Effect.ensuring(Effect.andThen(Deferred.await(go), () => Effect.sync(() => finalized.push("a"))))
          )
      })
      const engine = yield* Engine.make(flowOf([step]))
      const id = yield* engine.begin()
      yield* Bounded.eventually(() => inside, "the step to be inside its work")
      yield* engine.terminate(id)
      yield* TestClock.adjust("999 millis")
      assert.strictEqual((yield* engine.get(id)).status, "Terminating")
      yield* Deferred.succeed(go, undefined)
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(finalized, ["a"])
      assert.deepStrictEqual(terminatedOf(ended).abandoned, [])
    })
  )

  it.effect("P11: ends a flow that ignores interruptions, and one that is paused, pausing or waits for its turn", () =>
    Effect.gen(function* () {
      for (const how of ["ignore", "paused", "pausing", "pending"] as const) {
        const { a, steps } = HandStep.chain("a", "b")
        const flow = flowOf(steps, how === "ignore" ? InterruptStrategy.IgnoreInterruptions : undefined)
        const hold = HandStep.make("hold")
        const engine = yield* Engine.make([flow, Flow.make("hold", { steps: [hold.step] })], {
          maxExecutions: how === "pending" ? 1 : 9
        })
        const first = how === "pending" ? yield* engine.begin({ flow: "hold" }) : undefined
        const id = yield* engine.begin()
        if (how !== "pending") {
          const hand = yield* a.begun()
          if (how === "ignore") yield* engine.interrupt(id)
          if (how === "paused" || how === "pausing") yield* engine.pause(id)
          if (how === "paused") {
            yield* hand.begin()
            yield* Watch.status(engine, id, "Paused")
          }
        }
        yield* engine.terminate(id)
        const outcome = terminatedOf(yield* engine.ended(id))
        assert.strictEqual(outcome._tag, "Terminated", how)
        assert.deepStrictEqual(outcome.terminated, how === "pending" ? [] : ["a"])
        if (first !== undefined) yield* (yield* hold.begun(first)).succeed()
      }
    })
  )

  it.effect("P11: starts no clean-up and cuts a running one short, of a step and of a group", () =>
    Effect.gen(function* () {
      for (const kind of ["none", "step", "group"] as const) {
        const cleaning = yield* Deferred.make<void>()
        let started = 0
        const cleanUp = () =>
          Effect.sync(() => void started++).pipe(
            Effect.andThen(Deferred.succeed(cleaning, undefined)),
            Effect.andThen(Effect.never)
          )
        const hand = HandStep.make("a", kind === "group" ? {} : { cleanUp })
        const flow = flowOf(kind === "group" ? [Step.group("g", { steps: [hand.step], cleanUp })] : [hand.step])
        const engine = yield* Engine.make(flow)
        const id = yield* engine.begin()
        const taken = yield* hand.begun()
        if (kind !== "none") {
          yield* engine.interrupt(id)
          yield* taken.check()
          yield* taken.stopHalfWay()
          yield* Bounded.within(Deferred.await(cleaning), "the clean-up to begin")
        }
        yield* engine.terminate(id)
        yield* TestClock.adjust("1 second")
        const ended = yield* engine.ended(id)
        assert.strictEqual(ended.outcome._tag, "Terminated", kind)
        assert.strictEqual(started, kind === "none" ? 0 : 1)
        if (kind !== "none") assert.strictEqual(ended.of("clean-up-ended")[0]?.failure?.code, "cut-short")
      }
    })
  )

  it.effect("P11: ends a clean-up that can't be interrupted", () =>
    Effect.gen(function* () {
      for (const grouped of [false, true]) {
        const cleanUp = { run: () => Effect.uninterruptible(Effect.never), deadline: "1 hour" } as const
        const hand = HandStep.make("a", grouped ? {} : { cleanUp })
        const engine = yield* Engine.make(
          flowOf(grouped ? [Step.group("g", { steps: [hand.step], cleanUp })] : [hand.step])
        )
        const id = yield* engine.begin()
        const taken = yield* hand.begun()
        yield* engine.interrupt(id)
        yield* taken.check()
        yield* taken.stopHalfWay()
        yield* engine.seen(id, "clean-up-started")
        yield* engine.terminate(id)
        yield* TestClock.adjust("2 seconds")
        const ended = yield* engine.ended(id)
        assert.strictEqual(ended.outcome._tag, "Terminated", grouped ? "of a group" : "of a step")
      }
    })
  )

  it.effect("P11: resumes like an interrupted one, but a step that is not idempotent only when it is named", () =>
    Effect.gen(function* () {
      const a = HandStep.make("a")
      const b = HandStep.make("b", { after: a.step, idempotent: false })
      const engine = yield* Engine.make(flowOf([a.step, b.step]))
      const id = yield* engine.begin()
      yield* (yield* a.begun()).succeed(1)
      const half = yield* b.begun()
      yield* engine.terminate(id)
      yield* half.interrupted
      yield* engine.outcome(id)
      const refused = yield* Effect.flip(engine.resume(id))
      assert.strictEqual(refused._tag === "CommandRefused" && refused.code, "needs-rerun")
      assert.deepStrictEqual(refused._tag === "CommandRefused" && refused.steps, ["b"])
      yield* engine.resume(id, { rerun: ["b"] })
      yield* (yield* b.begun()).succeed(2)
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(outcome.values, { a: 1, b: 2 })
      assert.strictEqual(a.runs(), 1)
    })
  )
})

describe("clean-up", () => {
  for (const [name, run] of Object.entries(stubborn))
    it.effect(`P12: ${name} holds a stop no longer than its deadline, and a second to leave`, () =>
      Effect.gen(function* () {
        for (const grouped of [false, true]) {
          const cleanUp = { run, deadline: "3 seconds" } as const
          const hand = HandStep.make("a", grouped ? {} : { cleanUp })
          const engine = yield* Engine.make(
            flowOf(grouped ? [Step.group("g", { steps: [hand.step], cleanUp })] : [hand.step])
          )
          const id = yield* engine.begin()
          const taken = yield* hand.begun()
          yield* engine.interrupt(id)
          yield* taken.check()
          yield* taken.stopHalfWay()
          yield* engine.seen(id, "clean-up-started")
          yield* TestClock.adjust("2900 millis")
          yield* Bounded.turns(3)
          assert.strictEqual((yield* engine.get(id)).status, "Interrupting")
          yield* TestClock.adjust("1100 millis")
          const ended = yield* engine.ended(id)
          assert.strictEqual(ended.outcome._tag, "Interrupted")
          assert.strictEqual(ended.of("clean-up-ended")[0]?.failure?.code, "deadline-passed")
        }
      })
    )

  it.effect("P12: is not cut short by a request, a second one, nor a pause", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      let cleaned = 0
      const hand = HandStep.make("a", {
        cleanUp: () =>
          Effect.andThen(
            Deferred.await(go),
            Effect.sync(() => cleaned++)
          )
      })
      const engine = yield* Engine.make(flowOf([hand.step]))
      const id = yield* engine.begin()
      const taken = yield* hand.begun()
      yield* engine.interrupt(id)
      yield* taken.check()
      yield* taken.stopHalfWay()
      yield* engine.seen(id, "clean-up-started")
      yield* engine.interrupt(id)
      yield* Effect.exit(engine.pause(id))
      yield* Deferred.succeed(go, undefined)
      const ended = yield* engine.ended(id)
      assert.strictEqual(cleaned, 1)
      assert.isUndefined(ended.of("clean-up-ended")[0]?.failure)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
    })
  )
})
