import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Flow, ModuleRunner, Step, type StepContext, StoppingPoint } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const numbers = (n: number) => Array.from({ length: n }, (_, i) => i)
const failureOf = (step: Step.Any) =>
  Effect.map(Engine.runSteps([step]), ({ outcome }) =>
    outcome._tag === "Failed" ? outcome.failure : assert.fail(outcome._tag)
  )

/** Interrupts in the middle: the step calls it, and goes on when the request is in the latch. */
const stopper = () => {
  let interrupt: Effect.Effect<unknown> = Effect.void
  return {
    stop: Effect.suspend(() => interrupt),
    make: (step: Step.Any, options?: Parameters<typeof Engine.of>[1]) =>
      Effect.map(Engine.make(Engine.of([step], options)), (engine) => ({
        ...engine,
        begin: () =>
          Effect.map(engine.begin(), (id) => {
            interrupt = Effect.ignore(engine.interrupt(id))
            return id
          })
      }))
  }
}

describe("ForEachStep", () => {
  it.live("takes a list, an iterable, a Promise or an Effect of them, or what computes them from inputs", () =>
    Effect.gen(function* () {
      const source = Step.make("source", { run: () => [1, 2] })
      const double = (n: number) => n * 2
      const { outcome } = yield* Engine.runSteps([
        source,
        Step.forEach("list", { items: [1, 2], collect: true, run: double }),
        Step.forEach("set", { items: new Set([1, 2]), collect: true, run: double }),
        Step.forEach("promise", { items: async () => [1, 2], collect: true, run: double }),
        Step.forEach("effect", { items: () => Effect.succeed([1, 2]), collect: true, run: double }),
        Step.forEach("input", { input: { source }, items: ({ source }) => source, collect: true, run: double }),
        Step.forEach("generator", {
          items: function* () {
            yield 1
            yield 2
          },
          collect: true,
          run: double
        })
      ])
      const { source: _, ...rest } = outcome.values
      for (const [name, value] of Object.entries(rest))
        assert.deepStrictEqual(value, { count: 2, failed: 0, results: [2, 4] }, name)
      assert.strictEqual(Object.keys(rest).length, 6)
    })
  )

  it.live("completes at once over an empty list", () =>
    Effect.gen(function* () {
      const { outcome } = yield* Engine.runSteps([
        Step.forEach("plain", { items: [], run: () => 1 }),
        Step.forEach("collects", { items: () => Promise.resolve([]), collect: true, run: () => 1 })
      ])
      assert.deepStrictEqual(outcome.values, {
        plain: { count: 0, failed: 0 },
        collects: { count: 0, failed: 0, results: [] }
      })
    })
  )

  it.live("fails when its items are no list, saying what they are, and when getting them fails", () =>
    Effect.gen(function* () {
      for (const [items, what] of [
        [() => 5, "of type number"],
        [() => undefined, "of type undefined"],
        [async () => null, "null"],
        [() => Effect.succeed({ length: 2 }), "of type object"]
      ] as const) {
        const failure = yield* failureOf(Step.forEach("a", { items: items as never, run: () => 1 }))
        assert.deepStrictEqual([failure.code, failure.message], ["invalid-items", `its items are no list but ${what}`])
      }
      for (const items of [
        () => {
          throw new Error("no items")
        },
        () => Promise.reject(new Error("no items")),
        () => Effect.fail(new Error("no items"))
      ])
        assert.strictEqual(
          (yield* failureOf(Step.forEach("a", { items: items as never, run: () => 1 }))).message,
          "no items"
        )
    })
  )

  it.live("gives each item its index, the input and results in order; values, Promises and Effects alike", () =>
    Effect.gen(function* () {
      const base = Step.make("base", { run: () => 10 })
      const loop = Step.forEach("loop", {
        input: { base },
        items: ["a", "b", "c"],
        concurrency: 3,
        every: 3,
        collect: true,
        run: (item, _step, index, { base }) => {
          const value = `${item}${base + index}`
          if (index === 0) return Effect.as(Effect.sleep(5), value)
          return (index === 1 ? Promise.resolve(value) : value) as never
        }
      })
      const { outcome } = yield* Engine.runSteps([base, loop])
      assert.deepStrictEqual(outcome.values["loop"], { count: 3, failed: 0, results: ["a10", "b11", "c12"] })
    })
  )

  it.live("works on up to `concurrency` items of one batch at a time, and begins the next when it is whole", () =>
    Effect.gen(function* () {
      let running = 0
      let most = 0
      const begun: Array<number> = []
      const ended: Array<number> = []
      const loop = Step.forEach("loop", {
        items: numbers(20),
        every: 8,
        concurrency: 3,
        run: (n) =>
          Effect.gen(function* () {
            assert.isTrue(
              numbers(n - (n % 8)).every((k) => ended.includes(k)),
              `all before the batch of ${n} are over`
            )
            begun.push(n)
            most = Math.max(most, ++running)
            yield* Effect.sleep(n % 3)
            running--
            ended.push(n)
          })
      })
      const { outcome } = yield* Engine.runSteps([loop])
      assert.deepStrictEqual([outcome._tag, begun.length, most], ["Completed", 20, 3])
    })
  )

  it.live(
    "R69: tells how far it is: `done` of `total` with each batch, at most four times a second, the last one always",
    () =>
      Effect.gen(function* () {
        const { of } = yield* Engine.runSteps([
          Step.forEach("loop", { items: numbers(1_000), every: 10, run: () => 1 })
        ])
        const cursors = of("step-cursor")
        assert.deepStrictEqual([cursors[0]!.cursor, cursors[0]!.total, cursors[0]!.items?.length], [0, 1_000, 1_000])
        assert.deepStrictEqual([cursors.at(-1)!.done, cursors.at(-1)!.total], [1_000, 1_000])
        assert.isBelow(cursors.length, 12)
      })
  )

  describe("when an item fails", () => {
    it.live("stops, naming its index, when nothing else is said; what runs beside it is finished", () =>
      Effect.gen(function* () {
        const ended: Array<number> = []
        const loop = Step.forEach("loop", {
          items: numbers(9),
          every: 3,
          concurrency: 3,
          run: (n) =>
            n === 4
              ? Effect.fail(new Error("bad"))
              : Effect.map(Effect.sleep(2), () => {
                  ended.push(n)
                })
        })
        const failure = yield* failureOf(loop)
        assert.deepStrictEqual([failure.code, failure.message], ["step-failed", "item 4 failed: bad"])
        assert.deepStrictEqual(ended.sort(), [0, 1, 2, 3, 5])
      })
    )

    it.live("counts it and goes on with `continue`; its result is null", () =>
      Effect.gen(function* () {
        const odd = (n: number) => {
          if (n % 2 === 1) throw new Error("odd")
          return n
        }
        const { outcome, state } = yield* Engine.runSteps([
          Step.forEach("loop", { items: numbers(5), every: 2, collect: true, onItemFailure: "continue", run: odd })
        ])
        const { failures, ...value } = outcome.values["loop"] as Step.ForEachValue<number | null>
        assert.deepStrictEqual(value, { count: 5, failed: 2, results: [0, null, 2, null, 4] })
        assert.deepStrictEqual(failures, [
          { index: 1, item: 1, code: "step-failed" },
          { index: 3, item: 3, code: "step-failed" }
        ])
        assert.strictEqual(state.steps.get("loop")!.failed, 2)
      })
    )

    it.live("tries again from the batch in which it failed, with nothing counted or collected twice", () =>
      Effect.gen(function* () {
        const runs: Array<number> = []
        const loop = Step.forEach("loop", {
          items: numbers(6),
          every: 3,
          collect: true,
          retry: { tries: 2, delay: 0 },
          run: (n, step) => {
            runs.push(n)
            if (n === 4 && step.try === 1) throw new Error("once")
            return n
          }
        })
        const { outcome, state } = yield* Engine.runSteps([loop])
        assert.deepStrictEqual(outcome.values["loop"], { count: 6, failed: 0, results: [0, 1, 2, 3, 4, 5] })
        assert.deepStrictEqual(runs, [0, 1, 2, 3, 4, 5, 3, 4, 5])
        assert.deepStrictEqual(state.steps.get("loop")!.results, [0, 1, 2, 3, 4, 5])
      })
    )
  })

  describe("stopped and resumed", () => {
    it.live("P1, P7: does at most every − 1 more items, and each item once over both attempts", () =>
      Effect.gen(function* () {
        const { make, stop } = stopper()
        const runs: Array<number> = []
        let listed = 0
        const loop = Step.forEach("loop", {
          items: () => {
            listed++
            return numbers(100)
          },
          every: 10,
          collect: true,
          run: (n, step) => {
            runs.push(n)
            return n === 33 && step.attempt === 1 ? Effect.as(stop, n) : Effect.succeed(n)
          }
        })
        const engine = yield* make(loop)
        const id = yield* engine.begin()
        const first = yield* engine.ended(id)
        assert.deepStrictEqual(first.outcome.interrupted, [{ step: "loop", cursor: 40, done: 40, total: 100 }])
        const partial = first.of("step-interrupted")[0]!.partial as {
          readonly count: number
          readonly results: Array<number>
        }
        assert.deepStrictEqual([partial.count, partial.results], [40, numbers(40)])
        yield* engine.resume(id)
        const { outcome, state } = yield* engine.ended(id)
        assert.deepStrictEqual(outcome.values["loop"], { count: 100, failed: 0, results: numbers(100) })
        assert.deepStrictEqual(runs, numbers(100))
        assert.strictEqual(listed, 1, "its items are evaluated once")
        assert.deepStrictEqual(state.steps.get("loop")!.results, numbers(100))
      })
    )

    it.live("keeps the list as it was, whatever becomes of it meanwhile", () =>
      Effect.gen(function* () {
        const { make, stop } = stopper()
        const files = ["a", "b", "c"]
        const seen: Array<string> = []
        const loop = Step.forEach("loop", {
          items: files,
          run: (file, step) => {
            seen.push(file)
            return file === "a" && step.attempt === 1 ? stop : Effect.void
          }
        })
        const engine = yield* make(loop)
        const id = yield* engine.begin()
        yield* engine.ended(id)
        files.splice(0, 3, "x", "y")
        yield* engine.resume(id)
        assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
        assert.deepStrictEqual(seen, ["a", "b", "c"])
      })
    )

    it.live("R25: an item that leaves at a stopping point of its own is not done; its batch begins again", () =>
      Effect.gen(function* () {
        for (const leave of [
          (_: StepContext.StepContextShape) =>
            Effect.map(StoppingPoint.check, (a) => (StoppingPoint.isBreak(a) ? "half" : "done")),
          (step: StepContext.StepContextShape) =>
            Effect.promise(async () => ((await step.stop.check()) ? "half" : "done")),
          (step: StepContext.StepContextShape) => Effect.succeed(step.stop.requested ? step.interrupted() : "done"),
          (step: StepContext.StepContextShape) =>
            Effect.tryPromise({
              try: async () => {
                if (step.signal.aborted) throw step.signal.reason
                return "done"
              },
              catch: (error) => error
            })
        ]) {
          const { make, stop } = stopper()
          const begun: Array<number> = []
          const loop = Step.forEach("loop", {
            items: numbers(6),
            every: 3,
            collect: true,
            run: (n, step) =>
              Effect.gen(function* () {
                begun.push(n)
                if (n === 4 && step.attempt === 1) yield* stop
                return (yield* leave(step)) as string
              })
          })
          const engine = yield* make(loop)
          const id = yield* engine.begin()
          const first = yield* engine.ended(id)
          assert.deepStrictEqual(first.outcome.interrupted, [{ step: "loop", cursor: 3, done: 3, total: 6 }])
          assert.deepStrictEqual(begun, [0, 1, 2, 3, 4], "no item begins after one has left")
          yield* engine.resume(id)
          const { outcome } = yield* engine.ended(id)
          assert.deepStrictEqual(outcome.values["loop"], { count: 6, failed: 0, results: Array(6).fill("done") })
        }
      })
    )

    it.live("an item that saw the request and says that it finished all the same is done", () =>
      Effect.gen(function* () {
        const { make, stop } = stopper()
        const loop = Step.forEach("loop", {
          items: numbers(4),
          every: 2,
          collect: true,
          run: (n, step) =>
            Effect.gen(function* () {
              if (n === 1 && step.attempt === 1) {
                yield* stop
                yield* StoppingPoint.check
              }
              return step.completed(n)
            })
        })
        const engine = yield* make(loop)
        const id = yield* engine.begin()
        const { outcome } = yield* engine.ended(id)
        assert.deepStrictEqual(outcome.interrupted, [{ step: "loop", cursor: 2, done: 2, total: 4 }])
        yield* engine.resume(id)
        assert.deepStrictEqual((yield* engine.ended(id)).outcome.values["loop"], {
          count: 4,
          failed: 0,
          results: [0, 1, 2, 3]
        })
      })
    )

    it.live("a batched loop within an item has nothing to do with the cursor of the list", () =>
      Effect.gen(function* () {
        const { make, stop } = stopper()
        const sums: Array<number> = []
        const loop = Step.forEach("loop", {
          items: numbers(5),
          run: (n, step) =>
            Effect.gen(function* () {
              let sum = 0
              yield* StoppingPoint.forEach(numbers(100), { every: 10 }, (k) => {
                sum += k
              })
              sums.push(sum)
              if (n === 2 && step.attempt === 1) yield* stop
            })
        })
        const engine = yield* make(loop)
        const id = yield* engine.begin()
        const first = yield* engine.ended(id)
        assert.deepStrictEqual(
          first.outcome.interrupted.map((s) => s.cursor),
          [3]
        )
        yield* engine.resume(id)
        assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
        assert.deepStrictEqual(sums, Array(5).fill(4_950))
      })
    )

    it.live("R70: holds when all items under way hold, and goes on with each of them", () =>
      Effect.gen(function* () {
        let pause: Effect.Effect<unknown> = Effect.void
        const held: Array<number> = []
        const loop = Step.forEach("loop", {
          items: numbers(3),
          every: 3,
          concurrency: 3,
          run: (n) =>
            Effect.gen(function* () {
              if (n === 0) yield* pause
              yield* Effect.sleep(n * 3)
              held.push(n)
              yield* StoppingPoint.check
            })
        })
        const engine = yield* Engine.make(Engine.of([loop]))
        const id = yield* engine.begin()
        pause = Effect.ignore(engine.pause(id))
        yield* engine.seen(id, "paused")
        assert.deepStrictEqual(held, [0, 1, 2], "it is paused once all of them hold, not the first")
        yield* engine.resume(id)
        assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
      })
    )
  })

  describe("with `batch`", () => {
    const runner = (run: ModuleRunner.ModuleRunnerShape["runBatch"]) =>
      ModuleRunner.ModuleRunner.of({
        run: () => Effect.die("not here"),
        inspect: () => Effect.die("not here"),
        runBatch: run
      })
    const flow = (collect: boolean) =>
      Flow.make("f", {
        steps: [
          Step.forEach("loop", {
            items: numbers(5),
            every: 2,
            collect,
            onItemFailure: "continue",
            batch: (items, step, batch) =>
              Effect.flatMap(ModuleRunner.ModuleRunner, (runner) =>
                runner.runBatch({ url: "file:///x" }, items, batch, step)
              )
          })
        ]
      })

    it.live("hands over whole batches and takes one result per item", () =>
      Effect.gen(function* () {
        const batches: Array<unknown> = []
        const engine = yield* Engine.make(flow(true)).pipe(
          Effect.provideService(
            ModuleRunner.ModuleRunner,
            runner((_, items, batch) => {
              batches.push([items, batch])
              return Effect.succeed(
                items.map((n) =>
                  n === 3 ? { _tag: "Failed", failure: { code: "x", message: "three" } } : { _tag: "Done", value: n }
                )
              )
            })
          )
        )
        const { outcome } = yield* engine.run()
        const failures = [{ index: 3, item: 3, code: "x" }]
        assert.deepStrictEqual(outcome.values["loop"], { count: 5, failed: 1, results: [0, 1, 2, null, 4], failures })
        assert.deepStrictEqual(batches, [
          [[0, 1], { first: 0, concurrency: 1 }],
          [[2, 3], { first: 2, concurrency: 1 }],
          [[4], { first: 4, concurrency: 1 }]
        ])
      })
    )

    it.live("fails when a batch is not answered whole", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(flow(false)).pipe(
          Effect.provideService(
            ModuleRunner.ModuleRunner,
            runner(() => Effect.succeed([{ _tag: "Done", value: 1 }]))
          )
        )
        const { outcome } = yield* engine.run()
        assert.strictEqual(
          outcome._tag === "Failed" && outcome.failure.message,
          "its batch of 2 items was answered with 1 result"
        )
      })
    )
  })
})
