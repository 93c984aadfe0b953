import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Items, Step, StoppingPoint } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const message = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    assert.instanceOf(error, Items.ItemsError)
    return (error as Error).message
  }
  return assert.fail("it threw nothing")
}

describe("Items", () => {
  it("range has both of its ends, where its step leads to the last, and counts down too", () => {
    assert.deepStrictEqual(Items.range({ to: 3 }), [1, 2, 3])
    assert.deepStrictEqual(Items.range({ from: 1, to: 10, by: 4 }), [1, 5, 9])
    assert.deepStrictEqual(Items.range({ from: 2, to: -2, by: -2 }), [2, 0, -2])
    assert.deepStrictEqual(Items.range({ from: 2, to: 1 }), [])
    assert.deepStrictEqual(Items.range({ from: 5, to: 5, by: -1 }), [5])
    assert.strictEqual(Items.range({ to: Items.most }).length, 10_000_000)
  })

  it("range says which of its numbers can't be, and how many items there may be", () => {
    assert.strictEqual(
      message(() => Items.range({ from: 0.5, to: 2 })),
      "`from` of its range is 0.5, which is no whole number"
    )
    assert.strictEqual(
      message(() => Items.range({ to: Number.NaN })),
      "`to` of its range is NaN, which is no whole number"
    )
    assert.strictEqual(
      message(() => Items.range({ to: 2, by: 0 })),
      "`by` of its range is 0, which leads nowhere"
    )
    assert.strictEqual(
      message(() => Items.range({ from: 0, to: Items.most })),
      "its range from 0 to 10000000 has 10000001 items, more than the 10000000 that a list may have"
    )
  })

  it.live("P7: a source that was told to leave leaves nothing behind: its items are had again, whole", () =>
    Effect.gen(function* () {
      for (const items of [
        (stop: Effect.Effect<unknown>) =>
          Effect.gen(function* () {
            yield* stop
            return StoppingPoint.isBreak(yield* StoppingPoint.check) ? [1] : [1, 2]
          }),
        (stop: Effect.Effect<unknown>, step: Parameters<Step.Body>[1]) =>
          Effect.andThen(
            stop,
            Effect.sync(() => (step.stop.requested ? step.interrupted() : [1, 2]))
          )
      ]) {
        let interrupt: Effect.Effect<unknown> = Effect.void
        const seen: Array<number> = []
        const loop = Step.forEach("loop", {
          items: (_, step) => items(step.attempt === 1 ? Effect.suspend(() => interrupt) : Effect.void, step),
          run: (n: number) => {
            seen.push(n)
          }
        })
        const engine = yield* Engine.make(Engine.of([loop]))
        const id = yield* engine.begin()
        interrupt = Effect.ignore(engine.interrupt(id))
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Interrupted")
        assert.deepStrictEqual(outcome.interrupted, [{ step: "loop" }])
        yield* engine.resume(id)
        assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
        assert.deepStrictEqual(seen, [1, 2])
      }
    })
  )
})
