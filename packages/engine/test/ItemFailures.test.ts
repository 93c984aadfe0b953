import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionEvent, ExecutionState, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)
const indexes = (failures: ReadonlyArray<{ readonly index: number }> | undefined) => failures?.map(({ index }) => index)

/** A step that works on so many numbers, fails on some as long as they are broken, and can be stopped at one. */
const worked = (count: number, broken: Set<number>, more: Partial<Parameters<typeof Step.forEach>[1]> = {}) => {
  const runs: Array<number> = []
  let interrupt: Effect.Effect<unknown> = Effect.void
  let stopsAt: number | undefined
  const loop = Step.forEach("loop", {
    onItemFailure: "collect",
    collect: true,
    ...(more as object),
    items: numbers(count),
    run: (n: number): Effect.Effect<number, Error> =>
      Effect.gen(function* () {
        runs.push(n)
        if (n === stopsAt) {
          stopsAt = undefined
          yield* interrupt
        }
        if (broken.has(n)) return yield* Effect.fail(new Error(`${n} is broken`))
        return n * 10
      })
  })
  return {
    runs,
    stopAt: (n: number) => {
      stopsAt = n
    },
    engine: Effect.map(Engine.make(Engine.of([loop])), (engine) => ({
      ...engine,
      begin: () =>
        Effect.map(engine.begin(), (id) => {
          interrupt = Effect.ignore(engine.interrupt(id))
          return id
        })
    })),
    taken: () => runs.splice(0)
  }
}

describe("failed items with `onItemFailure: collect`", () => {
  it.live(
    "work goes on to the end; then the step fails and names them, and the state has them with their reasons",
    () =>
      Effect.gen(function* () {
        const { engine, taken } = worked(6, new Set([1, 4]), { every: 2 })
        const { outcome, state } = yield* (yield* engine).run()
        assert.deepStrictEqual(taken(), numbers(6))
        assert.strictEqual(outcome._tag, "Failed")
        assert.deepStrictEqual(outcome._tag === "Failed" && { ...outcome.failure, stack: undefined }, {
          code: "items-failed",
          message: "2 of 6 items failed: 1 (1), 4 (4); item 1: 1 is broken",
          hint: "A resume takes these items again, and no others.",
          stack: undefined
        })
        const { failed, failures } = state.steps.get("loop")!
        assert.strictEqual(failed, 2)
        assert.deepStrictEqual(failures, [
          { index: 1, item: 1, failure: { code: "step-failed", message: "1 is broken" } },
          { index: 4, item: 4, failure: { code: "step-failed", message: "4 is broken" } }
        ])
      })
  )

  it.live(
    "P7: another try, and a resume, take the failed items again and no others; results come to their places",
    () =>
      Effect.gen(function* () {
        const broken = new Set([1, 2, 5])
        const { engine, runs, taken } = worked(7, broken, { every: 2, concurrency: 2, retry: { tries: 2, delay: 0 } })
        const made = yield* engine
        const id = yield* made.begin()
        yield* made.seen(id, "step-retrying")
        const first = yield* made.ended(id)
        assert.deepStrictEqual(runs.slice(0, 7).sort(), numbers(7))
        assert.deepStrictEqual(taken().slice(7), [1, 2, 5])
        assert.strictEqual(first.outcome._tag, "Failed")
        broken.delete(1)
        broken.delete(5)
        yield* made.resume(id)
        const second = yield* made.ended(id)
        // The two tries of this attempt: all that had failed, then what still does.
        assert.deepStrictEqual(taken(), [1, 2, 5, 2])
        assert.deepStrictEqual(indexes(second.state.steps.get("loop")!.failures), [2])
        broken.clear()
        yield* made.resume(id)
        const { events, outcome, state } = yield* made.ended(id)
        assert.deepStrictEqual(taken(), [2])
        const results = numbers(7).map((n) => n * 10)
        assert.deepStrictEqual(outcome.values["loop"], { count: 7, failed: 0, results })
        assert.deepStrictEqual(state.steps.get("loop")!.results, results)
        assert.deepStrictEqual(state.steps.get("loop")!.failures, [])
        // Another process reads the same.
        const read = events.map((event) => ExecutionEvent.fromJson(ExecutionEvent.toJson(event)))
        assert.deepStrictEqual(ExecutionState.fold(undefined, read)!.steps.get("loop")!.results, results)
      })
  )

  it.live("P7, R25: they survive a stop and a resume; items before the stop are not taken again", () =>
    Effect.gen(function* () {
      const { engine, stopAt, taken } = worked(9, new Set([0, 2, 7]), { every: 3 })
      const made = yield* engine
      stopAt(4)
      const id = yield* made.begin()
      const first = yield* made.ended(id)
      assert.strictEqual(first.outcome._tag, "Interrupted")
      assert.deepStrictEqual(first.outcome.interrupted, [{ step: "loop", cursor: 6, done: 6, total: 9 }])
      const partial = first.of("step-interrupted")[0]!.partial as Step.ForEachValue<number>
      assert.deepStrictEqual(
        [partial.count, partial.failed, indexes(partial.failures), partial.results],
        [6, 2, [0, 2], [null, 10, null, 30, 40, 50]]
      )
      yield* made.resume(id)
      const { outcome, state } = yield* made.ended(id)
      assert.deepStrictEqual(taken(), numbers(9))
      assert.strictEqual(outcome._tag, "Failed")
      assert.deepStrictEqual(indexes(state.steps.get("loop")!.failures), [0, 2, 7])
    })
  )

  it.live("P1, P7: stopped while the failed ones are taken again, the next attempt takes the rest of them", () =>
    Effect.gen(function* () {
      const broken = new Set([0, 3, 6])
      const { engine, stopAt, taken } = worked(7, broken)
      const made = yield* engine
      const id = yield* made.begin()
      yield* made.ended(id)
      taken()
      broken.clear()
      stopAt(3)
      yield* made.resume(id)
      const second = yield* made.ended(id)
      assert.deepStrictEqual([second.outcome._tag, taken()], ["Interrupted", [0, 3]])
      assert.deepStrictEqual(indexes(second.state.steps.get("loop")!.failures), [6])
      yield* made.resume(id)
      const { outcome } = yield* made.ended(id)
      assert.deepStrictEqual([outcome._tag, taken()], ["Completed", [6]])
      const results = numbers(7).map((n) => n * 10)
      assert.deepStrictEqual(outcome.values["loop"], { count: 7, failed: 0, results })
    })
  )

  it.live("of the first 100 it is kept what they are and why; of the others their places, and 20 are named", () =>
    Effect.gen(function* () {
      const { engine, taken } = worked(300, new Set(numbers(300)), { every: 50, collect: false })
      const made = yield* engine
      const id = yield* made.begin()
      const { outcome, state } = yield* made.ended(id)
      const { failures } = state.steps.get("loop")!
      assert.deepStrictEqual(indexes(failures), numbers(300))
      assert.strictEqual(failures!.filter((one) => "item" in one).length, 100)
      assert.deepStrictEqual(failures!.at(-1), { index: 299 })
      assert.match(
        outcome._tag === "Failed" ? outcome.failure.message : "",
        /^300 of 300 items failed: 0 \(0\), .*, 19 \(19\) and 280 more; item 0: 0 is broken$/
      )
      taken()
      yield* made.resume(id)
      yield* made.ended(id)
      assert.deepStrictEqual(taken(), numbers(300))
    })
  )

  it.live("a large item is cut to a text, a long message is cut, a stack is not kept", () =>
    Effect.gen(function* () {
      const { state } = yield* Engine.runSteps([
        Step.forEach("loop", {
          items: [{ text: "x".repeat(5_000) }],
          onItemFailure: "continue",
          run: () => Effect.fail(new Error("y".repeat(5_000)))
        })
      ])
      const [one] = state.steps.get("loop")!.failures!
      assert.strictEqual((one!.item as string).length, 1_001)
      assert.deepStrictEqual([one!.failure!.message.length, one!.failure!.stack], [1_001, undefined])
    })
  )

  it.live("whole batches are handed over as neighbours only, so that `first` says where they are", () =>
    Effect.gen(function* () {
      const broken = new Set([1, 2, 3, 6])
      const batches: Array<readonly [number, ReadonlyArray<number>]> = []
      const loop = Step.forEach("loop", {
        items: numbers(8),
        every: 2,
        onItemFailure: "collect",
        retry: { tries: 2, delay: 0 },
        batch: (items: ReadonlyArray<number>, _, { first }) => {
          batches.push([first, items])
          return Effect.succeed(
            items.map((n) =>
              broken.has(n)
                ? { _tag: "Failed" as const, failure: { code: "x", message: "no" } }
                : { _tag: "Done" as const, value: n }
            )
          )
        }
      })
      yield* Engine.runSteps([loop])
      assert.deepStrictEqual(batches.slice(4), [
        [1, [1, 2]],
        [3, [3]],
        [6, [6]]
      ])
    })
  )
})
