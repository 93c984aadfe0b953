import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

/** An engine with one place, taken, and an execution that waits for it. */
const waiting = Effect.gen(function* () {
  const free = yield* Deferred.make<void>()
  const ran: Array<string> = []
  const flow = Engine.of([
    Step.make("a", {
      run: (_, step) =>
        Effect.map(Deferred.await(free), () => {
          ran.push(step.execution)
        })
    })
  ])
  const engine = yield* Engine.make(flow, { maxExecutions: 1 })
  const first = yield* engine.begin()
  yield* engine.seen(first, "step-started")
  const id = yield* engine.begin()
  assert.strictEqual((yield* engine.get(id)).status, "Pending")
  return { engine, first, id, ran, free: Deferred.succeed(free, undefined) }
})
const refusal = <A, E extends { readonly _tag: string }>(command: Effect.Effect<A, E>) =>
  Effect.map(Effect.flip(command), (e) => (e as { readonly code?: string }).code)

describe("an execution that waits for its place", () => {
  it.effect("R8: begins when it gets one, and says both", () =>
    Effect.gen(function* () {
      const { engine, first, free, id, ran } = yield* waiting
      yield* free
      const { outcome, types } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(types.slice(0, 4), [
        "execution-started",
        "execution-queued",
        "execution-dequeued",
        "step-started"
      ])
      assert.deepStrictEqual(ran, [first, id])
    })
  )

  it.effect("P8: interrupted, it has ended at once and nothing of it ever starts", () =>
    Effect.gen(function* () {
      const { engine, first, free, id, ran } = yield* waiting
      const receipt = yield* engine.interrupt(id)
      assert.deepStrictEqual([receipt.effect, receipt.status], ["done", "Interrupted"])
      const { of, outcome } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Interrupted", ["a"]])
      assert.deepStrictEqual(of("interrupt-requested")[0]!.bound, { _tag: "Within", millis: 0, steps: [] })
      yield* free
      assert.strictEqual((yield* engine.ended(first)).outcome._tag, "Completed")
      yield* Engine.Bounded.turns(3)
      assert.deepStrictEqual(ran, [first])
    })
  )

  it.effect("P8: terminated, it has ended at once, too", () =>
    Effect.gen(function* () {
      const { engine, first, free, id, ran } = yield* waiting
      yield* engine.terminate(id)
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted, outcome.terminated], ["Terminated", ["a"], []])
      yield* free
      yield* engine.ended(first)
      yield* Engine.Bounded.turns(3)
      assert.deepStrictEqual(ran, [first])
    })
  )

  it.effect("P8: can't be resumed", () =>
    Effect.gen(function* () {
      const { engine, free, id } = yield* waiting
      assert.strictEqual(yield* refusal(engine.resume(id)), "not-paused")
      yield* free
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("R70: paused, it does not begin when its place is free; resumed, it does", () =>
    Effect.gen(function* () {
      const { engine, first, free, id, ran } = yield* waiting
      const receipt = yield* engine.pause(id)
      assert.strictEqual(receipt.status, "Paused")
      yield* free
      yield* engine.ended(first)
      yield* Engine.Bounded.turns(3)
      assert.deepStrictEqual([(yield* engine.get(id)).status, ran], ["Paused", [first]])
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
      assert.deepStrictEqual(ran, [first, id])
    })
  )

  it.effect("R70: paused and resumed while it waits, it waits on", () =>
    Effect.gen(function* () {
      const { engine, first, free, id, ran } = yield* waiting
      yield* engine.pause(id)
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.get(id)).status, "Pending")
      yield* free
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
      assert.deepStrictEqual(ran, [first, id])
    })
  )

  it.effect("P8: paused, it can be interrupted and terminated", () =>
    Effect.gen(function* () {
      for (const command of ["interrupt", "terminate"] as const) {
        const { engine, first, free, id, ran } = yield* waiting
        yield* engine.pause(id)
        yield* engine[command](id)
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, command === "interrupt" ? "Interrupted" : "Terminated")
        yield* free
        yield* engine.ended(first)
        assert.deepStrictEqual(ran, [first])
      }
    })
  )

  it.effect("resumed after its end, it waits again if it must", () =>
    Effect.gen(function* () {
      const { engine, first, free, id, ran } = yield* waiting
      yield* engine.interrupt(id)
      yield* engine.ended(id)
      const receipt = yield* engine.resume(id)
      assert.strictEqual(receipt.status, "Pending")
      yield* free
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome._tag, outcome.attempt, ran], ["Completed", 2, [first as string, id as string]])
    })
  )
})
