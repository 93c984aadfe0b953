/** Steps that become known when their turn comes: one for each item of a list. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import {
  ExecutionState,
  ExecutionStoreMemory,
  Flow,
  FlowDescription,
  Params,
  Step,
  StepContext,
  StepGraph,
  Words
} from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"

const problemsOf = (steps: ReadonlyArray<Step.Any>) => {
  const graph = StepGraph.make(Engine.of(steps))
  return graph._tag === "Success" ? [] : graph.failure.problems.map((problem) => problem.message)
}

/** Says its items in upper case; `ran` counts how often each ran. */
const upper = (items: ReadonlyArray<string> | (() => ReadonlyArray<string>), ran: Array<string> = []) =>
  Step.map("upper", {
    items,
    step: (item, index) =>
      Step.make("one", {
        input: { item, index },
        run: ({ index, item }) => {
          ran.push(item)
          return `${index}${item.toUpperCase()}`
        }
      })
  })

describe("Step.map", () => {
  it.effect("is one step for each item, by its index, and gives the list of their values", () =>
    Effect.gen(function* () {
      const map = upper(["a", "b", "c"])
      const join = Step.make("join", { input: { map }, run: ({ map }) => map.join() })
      const { of, outcome, state } = yield* Engine.runSteps([map, join])
      assert.deepStrictEqual(outcome.completed, ["upper/0", "upper/1", "upper/2", "join"])
      assert.deepStrictEqual(outcome.values, { "upper/0": "0A", "upper/1": "1B", "upper/2": "2C", join: "0A,1B,2C" })
      assert.deepStrictEqual([...state.steps.keys()], outcome.completed)
      const [expanded] = of("step-expanded")
      assert.deepInclude(expanded, { step: "upper", count: 3, steps: 3, items: ["a", "b", "c"] })
      const inner = FlowDescription.find(state.definition, "upper")!.steps!
      assert.deepStrictEqual(
        inner.map(({ id, label, name }) => [id, name, label]),
        [
          ["upper/0", "0", "a"],
          ["upper/1", "1", "b"],
          ["upper/2", "2", "c"]
        ]
      )
    })
  )

  it.effect("is one leaf of its own until it begins, and its template is part of the flow as data", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(Engine.of([upper(["a"])]))
      const [flow] = yield* engine.flows
      assert.strictEqual(FlowDescription.leaves(flow!).length, 1)
      const map = flow!.steps[0]!
      assert.deepInclude(map, { id: "upper", kind: "map" })
      // Nothing is promised of a function that states no stopping point, hence nothing of a map of it.
      assert.notProperty(map, "stopsWithinMillis")
      assert.deepInclude(map.template, { id: "upper/*", name: "*", kind: "function" })
    })
  )

  it.effect("holds groups, maps and what is read from outside; a name is looked for within the instance first", () =>
    Effect.gen(function* () {
      const base = Step.make("x", { run: () => "outer" })
      const list = Step.make("list", { run: () => [1, 2] })
      const map = Step.map("m", {
        input: { list },
        items: ({ list }) => list,
        step: (n) => {
          const x = Step.make("x", { input: { n }, run: ({ n }) => `x${n}` })
          const inner = Step.map("inner", {
            input: { x, n },
            items: ({ n, x }) => Array.from({ length: n }, (_, i) => `${x}.${i}`),
            step: (y, k) =>
              Step.make("y", {
                input: { y, k, n, x: Step.ref("x") },
                run: ({ k, n, x, y }) => `${n}${k}${y}${String(x)}`
              })
          })
          const all = Step.make("all", { input: { inner }, run: ({ inner }) => inner.join() })
          return Step.group("each", { steps: [x, inner, all] })
        }
      })
      const { outcome } = yield* Engine.runSteps([base, list, map])
      assert.deepStrictEqual(outcome.completed, [
        "x",
        "list",
        "m/0/x",
        "m/0/inner/0",
        "m/0/all",
        "m/1/x",
        "m/1/inner/0",
        "m/1/inner/1",
        "m/1/all"
      ])
      assert.strictEqual(outcome.values["m/0/all"], "10x1.0x1")
      assert.strictEqual(outcome.values["m/1/all"], "20x2.0x2,21x2.1x2")
    })
  )

  it.effect("without items it is done, and gives an empty list", () =>
    Effect.gen(function* () {
      const map = upper([])
      const after = Step.make("after", { input: { map }, run: ({ map }) => map.length })
      const { outcome } = yield* Engine.runSteps([map, after])
      assert.deepStrictEqual([outcome._tag, outcome.completed, outcome.values], ["Completed", ["after"], { after: 0 }])
    })
  )

  it.effect("runs no more of its steps at a time than its concurrency says", () =>
    Effect.gen(function* () {
      let now = 0
      let most = 0
      const map = Step.map("m", {
        items: Array.from({ length: 20 }, (_, i) => i),
        concurrency: 3,
        step: (item) =>
          Step.make("one", {
            input: { item },
            run: () =>
              Effect.gen(function* () {
                most = Math.max(most, ++now)
                yield* Bounded.turns(2)
                now--
              })
          })
      })
      const { outcome } = yield* Engine.runSteps([map])
      assert.strictEqual(outcome.completed.length, 20)
      assert.strictEqual(most, 3)
    })
  )

  it.effect("a condition that is false skips it as a whole, with whoever reads it", () =>
    Effect.gen(function* () {
      const map = Step.map("m", {
        items: [1],
        when: () => false,
        step: (n) => Step.make("x", { input: { n }, run: () => 1 })
      })
      const reads = Step.make("reads", { input: { map }, run: () => 1 })
      const { of, outcome } = yield* Engine.runSteps([map, reads])
      assert.deepStrictEqual(outcome.skipped, ["m", "reads"])
      assert.strictEqual(of("step-expanded").length, 0)
    })
  )

  it.effect("items that can't be had are its own failure, with the code", () =>
    Effect.gen(function* () {
      const no = Step.map("m", { items: () => 7 as never, step: () => Step.make("x", { run: () => 1 }) })
      const { outcome } = yield* Engine.runSteps([no])
      assert.deepInclude(outcome, { _tag: "Failed", step: "m", failed: ["m"] })
      assert.strictEqual((outcome as { failure: { code: string } }).failure.code, "invalid-items")
    })
  )

  it.effect("one that fails stops the others, as any step does, and runs again on resume", () =>
    Effect.gen(function* () {
      const ran: Array<string> = []
      const map = Step.map("m", {
        items: ["a", "b", "c"],
        concurrency: 1,
        step: (item) =>
          Step.make("one", {
            input: { item },
            run: ({ item }, step) => {
              ran.push(item)
              if (item === "b" && step.attempt === 1) throw new Error("no b today")
              return item
            }
          })
      })
      const engine = yield* Engine.make(Engine.of([map]))
      const first = yield* engine.run()
      assert.deepStrictEqual(
        [first.outcome.completed, first.outcome.failed, first.outcome.notStarted],
        [["m/0"], ["m/1"], ["m/2"]]
      )
      yield* engine.resume(first.id)
      const { outcome } = yield* engine.ended(first.id)
      assert.deepStrictEqual(outcome.completed, ["m/0", "m/1", "m/2"])
      assert.deepStrictEqual(ran, ["a", "b", "b", "c"])
    })
  )
})

describe("a map that is stopped", () => {
  it.effect("P7: another process goes on with the same items, whatever the list is now, and repeats none", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const hand = HandStep.make("hand")
      let list = ["a", "b"]
      const ran: Array<string> = []
      const flow = () => Engine.of([upper(() => list, ran), Step.group("g", { after: "upper", steps: [hand.step] })])
      const one = yield* Engine.make(flow(), { store: MortalStore.make(shared) })
      const id = yield* one.begin()
      yield* hand.begun()
      yield* one.interrupt(id)
      assert.deepStrictEqual(ran, ["a", "b"])
      list = ["z"]
      // As a crash would: nothing of the running step is known but that it began.
      yield* one.terminate(id)
      yield* one.ended(id)
      const two = yield* Engine.make(flow(), { store: MortalStore.make(shared) })
      yield* two.resume(id)
      yield* (yield* hand.begun()).succeed()
      const { outcome, state } = yield* two.ended(id)
      assert.deepStrictEqual(outcome.completed, ["upper/0", "upper/1", "g/hand"])
      assert.deepStrictEqual(ran, ["a", "b"])
      assert.deepStrictEqual(state.steps.get("upper/1")!.value, "1B")
    })
  )

  it.effect(
    "P1, P8: an interrupt while its items are looked for starts none of its steps, and they are looked for again",
    () =>
      Effect.gen(function* () {
        let looked = 0
        let release = () => {}
        const gate = new Promise<void>((resolve) => (release = resolve))
        const map = Step.map("m", {
          items: (_: unknown, step: StepContext.StepContextShape) =>
            ++looked > 1
              ? Promise.resolve([1, 2])
              : new Promise<ReadonlyArray<number>>((_, reject) => {
                  step.signal.addEventListener("abort", () => reject(step.signal.reason))
                  release()
                }),
          step: (n) => Step.make("x", { input: { n }, run: ({ n }) => n })
        })
        const engine = yield* Engine.make(Engine.of([map]))
        const id = yield* engine.begin()
        yield* Effect.promise(() => gate)
        yield* engine.interrupt(id)
        const first = yield* engine.ended(id)
        assert.deepStrictEqual([first.outcome._tag, first.outcome.notStarted], ["Interrupted", ["m"]])
        yield* engine.resume(id)
        const { outcome } = yield* engine.ended(id)
        assert.deepStrictEqual([outcome.completed, looked], [["m/0", "m/1"], 2])
      })
  )

  it.effect("a secret in its items is not kept: they are evaluated again, and all of it runs again", () =>
    Effect.gen(function* () {
      const params = Params.make(Schema.Struct({ token: Schema.String }), { secrets: ["token"] })
      const ran: Array<string> = []
      const map = Step.map("m", {
        input: { params },
        items: ({ params }) => [`a ${params.token}`, "b"],
        concurrency: 1,
        step: (item) =>
          Step.make("x", {
            input: { item },
            run: ({ item }, step) => {
              ran.push(item)
              return step.attempt === 1 && item === "b" ? step.interrupted() : 1
            }
          })
      })
      const engine = yield* Engine.make(Flow.make("f", { params, steps: [map] }) as Flow.Flow<unknown, never>)
      const first = yield* engine.run({ params: { token: "s3cret-token" } })
      assert.deepStrictEqual(first.outcome.interrupted, [{ step: "m/1" }])
      assert.notInclude(JSON.stringify(first.events), "s3cret-token")
      assert.deepInclude(first.of("step-expanded")[0], { items: ["a ***", "b"], masked: true })
      yield* engine.resume(first.id, { params: { token: "s3cret-token" } })
      const { outcome } = yield* engine.ended(first.id)
      assert.deepStrictEqual(outcome.completed, ["m/0", "m/1"])
      assert.deepStrictEqual(ran, ["a s3cret-token", "b", "a s3cret-token", "b"])
    })
  )

  it.effect("undo takes back what it did for each item, in reverse order, and the map can run again", () =>
    Effect.gen(function* () {
      const undone: Array<unknown> = []
      const map = Step.map("m", {
        items: ["a", "b"],
        concurrency: 1,
        step: (item) =>
          Step.make("x", { input: { item }, run: ({ item }) => item, undo: (value: string) => undone.push(value) })
      })
      const fails = Step.make("fails", {
        after: map,
        run: (_: unknown, step) => {
          if (step.attempt === 1) throw new Error("told to fail")
        }
      })
      const engine = yield* Engine.make(Engine.of([map, fails], { onFailure: "undo" }))
      const first = yield* engine.run()
      assert.deepStrictEqual(undone, ["b", "a"])
      assert.deepStrictEqual(first.outcome.notStarted, ["m/0", "m/1"])
      yield* engine.resume(first.id)
      const { outcome } = yield* engine.ended(first.id)
      assert.deepStrictEqual(outcome.completed, ["m/0", "m/1", "fails"])
    })
  )

  it.effect("a template that has changed makes all of it run again, with what comes after it", () =>
    Effect.gen(function* () {
      const ran: Array<string> = []
      const flow = (version: number) =>
        Engine.of([
          Step.map("m", {
            items: ["a", "b"],
            fingerprint: "m",
            step: (item) =>
              Step.make("x", {
                input: { item },
                fingerprint: `x ${version}`,
                run: ({ item }) => void ran.push(`${item}${version}`)
              })
          }),
          Step.make("stops", {
            after: "m",
            fingerprint: "stops",
            run: (_: unknown, step) => (step.attempt === 1 ? step.interrupted() : 1)
          })
        ])
      const store = ExecutionStoreMemory.make()
      const one = yield* Engine.make(flow(1), { store: MortalStore.make(store) })
      const { id } = yield* one.run()
      const two = yield* Engine.make(flow(2), { store: MortalStore.make(store) })
      const refused = yield* Effect.flip(two.resume(id))
      assert.deepInclude(refused, { _tag: "CommandRefused", code: "definition-changed" })
      yield* two.resume(id, { definition: "current" })
      const { outcome } = yield* two.ended(id)
      assert.deepStrictEqual(outcome.completed, ["m/0", "m/1", "stops"])
      assert.deepStrictEqual(ran, ["a1", "b1", "a2", "b2"])
    })
  )
})

describe("a map with mistakes", () => {
  it("is refused with the names of the steps", () => {
    let stray: Step.Item<number> | undefined
    const map = Step.map("m", {
      items: [1],
      step: (n) => {
        stray = n
        return Step.group("g", { steps: [Step.make("a", { run: () => 1 })] })
      }
    })
    assert.deepStrictEqual(problemsOf([map]), [])
    assert.match(
      problemsOf([map, Step.make("out", { input: { n: stray! }, run: () => 1 })]).join(),
      /`input\.n`.*`out`|`out`.*`input\.n`.*map that the step is not in/
    )
    assert.match(problemsOf([map, Step.make("out", { after: "m/*/a", run: () => 1 })]).join(), /`out`.*`m\/\*\/a`/)
    const circle = Step.map("c", {
      items: [1],
      step: () =>
        Step.group("g", {
          steps: [Step.make("a", { after: "b", run: () => 1 }), Step.make("b", { after: "a", run: () => 1 })]
        })
    })
    assert.match(problemsOf([circle]).join(), /cycle/)
    const waits = Step.map("w", { items: [1], step: () => Step.make("x", { after: "late", run: () => 1 }) })
    assert.match(problemsOf([waits, Step.make("late", { after: "w", run: () => 1 })]).join(), /cycle/)
  })

  it("R30: an item has the type of the list, and the value is a list of what the step gives", () => {
    const letters = (text: string) => text.length
    const map = Step.map("m", {
      items: ["a"],
      step: (item) => Step.make("x", { input: { item }, run: ({ item }) => letters(item) })
    })
    const sum = (numbers: ReadonlyArray<number>) => numbers.length
    const join = (texts: ReadonlyArray<string>) => texts.join()
    Step.make("y", { input: { map }, run: ({ map }) => sum(map) })
    // @ts-expect-error The values are numbers.
    Step.make("y", { input: { map }, run: ({ map }) => join(map) })
    const wrong = (item: Step.Item<number>) =>
      // @ts-expect-error The items are numbers.
      Step.make("x", { input: { item }, run: ({ item }) => letters(item) })
    assert.isFunction(wrong)
  })
})

describe("a map of many items", () => {
  it.live("100,000 take a time that grows with their number, also when few run at a time, and are counted once", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 100_000 }, (_, i) => i)
      const map = Step.map("m", {
        items,
        concurrency: 8,
        step: (item) => Step.make("x", { input: { item }, run: ({ item }) => item })
      })
      const sum = Step.make("sum", { input: { map }, run: ({ map }) => map.reduce((a, b) => a + b, 0) })
      const engine = yield* Engine.make(Engine.of([map, sum]))
      const begin = performance.now()
      const outcome = yield* engine.outcome(yield* engine.begin())
      // Some 0.5 s; one that looks through all that wait for each that ends takes minutes.
      assert.isBelow(performance.now() - begin, 20_000)
      assert.strictEqual(outcome.completed.length, 100_001)
      assert.strictEqual(outcome.values["sum"], 4_999_950_000)
    })
  )

  it("the fold puts what it has made in its place, in the order of the definition", () => {
    const definition = {
      ...definitionOf([Step.make("a", { run: () => 1 }), upper(["x"]), Step.make("z", { run: () => 1 })])
    }
    const base = { v: 1 as const, execution: "01JD3M8Z9F4T6V2X0YQ7", at: 1, attempt: 1 }
    const state = ExecutionState.fold(undefined, [
      {
        ...base,
        sequence: 1,
        type: "execution-started",
        flow: "f",
        definition,
        params: {},
        source: "Sdk",
        strategy: { _tag: "FinishCurrent" }
      },
      { ...base, sequence: 2, type: "step-expanded", step: "upper", count: 2, steps: 2 }
    ])!
    assert.deepStrictEqual([...state.steps.keys()], ["a", "upper/0", "upper/1", "z"])
  })
})

describe("Words.grouped", () => {
  it("names few steps of a map one by one, of many what they were made from, all of them by the map", () => {
    const map = Step.map("m", {
      items: [1],
      step: () => Step.group("g", { steps: [Step.make("a", { run: () => 1 }), Step.make("b", { run: () => 1 })] })
    })
    const flow = FlowDescription.expand(definitionOf([map, Step.make("z", { run: () => 1 })]), "m", 6)
    const said = (...ids: ReadonlyArray<string>) =>
      Words.grouped(flow, ids, (id, parts) => (parts === 0 ? id : `${id} (${parts})`))
    assert.deepStrictEqual(said("m/0/b", "m/1/b", "m/2/b", "z"), ["m/0/b", "m/1/b", "m/2/b", "z"])
    assert.deepStrictEqual(said("m/0/b", "m/1/b", "m/2/b", "m/3/b", "m/4/a", "m/4/b"), ["m/*/b (4)", "m/4 (2)"])
    const whole = [0, 1, 2, 3, 4].flatMap((i) => [`m/${i}/a`, `m/${i}/b`])
    assert.deepStrictEqual(said(...whole), ["m/* (10)"])
    assert.deepStrictEqual(said(...whole, "m/5/a", "m/5/b"), ["m (12)"])
  })
})

const definitionOf = (steps: ReadonlyArray<Step.Any>) => {
  const graph = StepGraph.make(Engine.of(steps))
  if (graph._tag === "Failure") throw graph.failure
  return graph.success.description
}
