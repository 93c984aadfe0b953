/** Stopping over a store that outlives the process: requests are committed first, and nothing can prevent a stop. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { ExecutionStore, ExecutionStoreMemory, Flow, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

type Append = ExecutionStore.ExecutionStoreShape["append"]

/** A durable store whose writes go through `around`. */
const durable = (around: (append: Append) => Append): ExecutionStore.ExecutionStoreShape => {
  const memory = ExecutionStoreMemory.make()
  return { ...memory, durable: true, append: around(memory.append) }
}

describe("a durable store", () => {
  it.live("starts a step's successors once its completion is committed, not before", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      const committed = new Set<string>()
      const store: ExecutionStore.ExecutionStoreShape = {
        ...memory,
        durable: true,
        append: (claim, events, options) =>
          Effect.gen(function* () {
            yield* Bounded.turns(2)
            yield* memory.append(claim, events, options)
            for (const event of events) if (event.type === "step-completed") committed.add(event.step)
          })
      }
      const seen: Array<boolean> = []
      const a = Step.make("a", { run: () => 1 })
      const b = Step.make("b", { after: a, run: () => void seen.push(committed.has("a")) })
      const c = Step.make("c", { after: b, run: () => void seen.push(committed.has("b")) })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [a, b, c] }), { store })
      yield* engine.run()
      assert.deepStrictEqual(seen, [true, true])
    })
  )

  it.live("keeps no step waiting for lines that others go on writing", () =>
    Effect.gen(function* () {
      // While each write is under way, another line comes: there is never nothing left to write.
      let log: ((text: string) => void) | undefined
      let over = false
      const store = durable((append) => (claim, events, options) => {
        log?.("one more")
        return Effect.andThen(Bounded.turns(), append(claim, events, options))
      })
      const chatty = Step.make("chatty", {
        run: (_: unknown, step) => {
          log = step.log
          return Effect.asVoid(Bounded.eventually(() => over, "`b` to run"))
        }
      })
      const a = Step.make("a", { run: (_: unknown, step) => step.report({ done: 1 }) })
      const b = Step.make("b", { after: a, run: () => void (over = true) })
      const memory = {
        ...store,
        appendLog: (...args: Parameters<typeof store.appendLog>) => {
          if (!over) log?.("and another")
          return Effect.andThen(Bounded.turns(), store.appendLog(...args))
        }
      }
      const engine = yield* Engine.make(Flow.make("flow", { steps: [chatty, a, b] }), { store: memory })
      const ended = yield* engine.run()
      assert.strictEqual(ended.outcome._tag, "Completed")
    })
  )

  it.effect("P2: stops after 100 ms although the request is not committed, and records it when the store answers", () =>
    Effect.gen(function* () {
      const answers = yield* Deferred.make<void>()
      let slow = false
      const store = durable(
        (append) => (claim, events, options) =>
          slow
            ? Effect.andThen(Deferred.await(answers), append(claim, events, options))
            : append(claim, events, options)
      )
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Flow.make("flow", { steps }), { store })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.seen(id, "step-started")
      slow = true
      yield* Effect.forkChild(engine.interrupt(id), { startImmediately: true })
      assert.strictEqual((yield* hand.check())._tag, "Continue", "the request is not committed yet")
      yield* TestClock.adjust("100 millis")
      assert.strictEqual((yield* hand.check())._tag, "Break")
      yield* hand.stopHalfWay()
      yield* Deferred.succeed(answers, undefined)
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      assert.strictEqual(ended.of("interrupt-requested").length, 1)
    })
  )

  it.effect("P5: one that can't be written any more is itself a reason to stop, and says what is not recorded", () =>
    Effect.gen(function* () {
      let full = false
      const store = durable(
        (append) => (claim, events, options) =>
          full
            ? Effect.fail(new ExecutionStore.StoreUnavailable({ reason: "the disk is full" }))
            : append(claim, events, options)
      )
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Flow.make("flow", { steps }), { store })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      full = true
      hand.context.report({ done: 1 })
      const answer = yield* Bounded.within(
        Effect.gen(function* () {
          for (;;) {
            const found = yield* hand.check()
            if (found._tag === "Break") return found
            yield* Bounded.turns()
          }
        }),
        "the step to be told to stop"
      )
      assert.strictEqual(answer.signal.source, "Shutdown")
      yield* hand.stopHalfWay()
      const outcome = yield* Bounded.within(engine.outcome(id), "the outcome")
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.deepStrictEqual(outcome.notStarted, ["b"])
      assert.include(engine.unrecorded(id) ?? "", "the disk is full")
    })
  )

  it.live("R40: misses no event that is committed while a reader's page is on its way", () =>
    Effect.gen(function* () {
      const memory = ExecutionStoreMemory.make()
      let holdPage: Deferred.Deferred<void> | undefined
      const reading = yield* Deferred.make<void>()
      const store: ExecutionStore.ExecutionStoreShape = {
        ...memory,
        durable: true,
        // What was found is handed over late.
        read: (...args) =>
          Effect.tap(memory.read(...args), (found) => {
            if (holdPage === undefined || found.length > 0) return Effect.void
            const hold = holdPage
            holdPage = undefined
            return Effect.andThen(Deferred.succeed(reading, undefined), Deferred.await(hold))
          })
      }
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Flow.make("flow", { steps }), { store })
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.seen(id, "step-started")
      const hold = yield* Deferred.make<void>()
      holdPage = hold
      const seen = yield* Effect.forkChild(engine.seen(id, "interrupt-requested"), { startImmediately: true })
      yield* Bounded.within(Deferred.await(reading), "the reader to ask for its last page")
      yield* engine.interrupt(id)
      yield* Deferred.succeed(hold, undefined)
      yield* Fiber.join(seen)
      yield* hand.succeed()
      yield* engine.ended(id)
    })
  )
})
