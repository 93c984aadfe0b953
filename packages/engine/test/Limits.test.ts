import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

/** Steps that count how many run at a time, by name of a counter, and the most there were. */
const counters = () => {
  const now = new Map<string, number>()
  const most = new Map<string, number>()
  const enter = (names: ReadonlyArray<string>) => {
    for (const name of names) {
      now.set(name, (now.get(name) ?? 0) + 1)
      most.set(name, Math.max(most.get(name) ?? 0, now.get(name)!))
    }
  }
  const leave = (names: ReadonlyArray<string>) => {
    for (const name of names) now.set(name, now.get(name)! - 1)
  }
  const step = (name: string, count: ReadonlyArray<string>, options: object = {}) =>
    Step.make(name, {
      ...options,
      run: () =>
        Effect.gen(function* () {
          enter(count)
          yield* Effect.sleep(1)
          yield* Effect.yieldNow
          leave(count)
          return name
        })
    })
  return { step, most: (name: string) => most.get(name) }
}
const many = <A>(n: number, make: (i: number) => A) => Array.from({ length: n }, (_, i) => make(i))

describe("limits", () => {
  it.live("a flow's concurrency is used to the full and never exceeded", () =>
    Effect.gen(function* () {
      const { most, step } = counters()
      const { outcome } = yield* Engine.runSteps(
        many(20, (i) => step(`s${i}`, ["all"])),
        { concurrency: 3 }
      )
      assert.deepStrictEqual([outcome.completed.length, most("all")], [20, 3])
    })
  )

  it.live("R29: a group's concurrency holds for all of its steps, those of inner groups too, and for no other", () =>
    Effect.gen(function* () {
      const { most, step } = counters()
      const inner = Step.group("inner", { concurrency: 1, steps: many(5, (i) => step(`i${i}`, ["inner", "group"])) })
      const group = Step.group("group", { concurrency: 2, steps: [...many(5, (i) => step(`g${i}`, ["group"])), inner] })
      const { outcome } = yield* Engine.runSteps([group, ...many(4, (i) => step(`free${i}`, ["free"]))])
      assert.deepStrictEqual([outcome.completed.length, most("group"), most("inner"), most("free")], [14, 2, 1, 4])
    })
  )

  it.live("a named limit holds over groups, beside other limits", () =>
    Effect.gen(function* () {
      const { most, step } = counters()
      const steps = [
        ...many(6, (i) => step(`db${i}`, ["db"], { limit: "db" })),
        Step.group("g", {
          concurrency: 2,
          steps: [
            ...many(4, (i) => step(`both${i}`, ["db", "g"], { limit: "db" })),
            ...many(4, (i) => step(`own${i}`, ["g"]))
          ]
        }),
        ...many(5, (i) => step(`api${i}`, ["api"], { limit: "api" }))
      ]
      const { outcome } = yield* Engine.runSteps(steps, { limits: { db: 2, api: 4 } })
      assert.deepStrictEqual([outcome._tag, outcome.completed.length], ["Completed", 19])
      assert.deepStrictEqual([most("db"), most("g"), most("api")], [2, 2, 4])
    })
  )

  it.live("a place that a skipped step does not take goes to the next in line", () =>
    Effect.gen(function* () {
      const { step } = counters()
      const no = Step.make("no", { when: () => false, run: () => 1 })
      const reads = (name: string) => Step.make(name, { input: { no }, limit: "one", run: () => 1 })
      const { outcome } = yield* Engine.runSteps(
        [
          no,
          step("first", [], { limit: "one" }),
          reads("r1"),
          reads("r2"),
          step("last", [], { limit: "one" }),
          reads("r3")
        ],
        { limits: { one: 1 } }
      )
      assert.deepStrictEqual(
        [outcome._tag, outcome.completed, outcome.skipped],
        ["Completed", ["first", "last"], ["no", "r1", "r2", "r3"]]
      )
    })
  )

  it.live("a place of a failed step is free again, and so is one between the tries of another", () =>
    Effect.gen(function* () {
      const { step } = counters()
      const bad = Step.make("bad", { limit: "one", onFailure: "continue", run: () => Effect.fail("no") })
      const { outcome } = yield* Engine.runSteps([bad, ...many(3, (i) => step(`s${i}`, [], { limit: "one" }))], {
        limits: { one: 1 }
      })
      assert.deepStrictEqual([outcome.failed, outcome.completed.length], [["bad"], 3])
    })
  )

  it.live("hold on resume, where completed steps take no place", () =>
    Effect.gen(function* () {
      const { most, step } = counters()
      const stops = Step.make("stops", {
        limit: "one",
        after: "s2",
        run: (_, s) => (s.attempt === 1 ? s.interrupted() : 1)
      })
      const steps = [
        ...many(3, (i) => step(`s${i}`, ["one"], { limit: "one", ...(i === 0 ? {} : { after: `s${i - 1}` }) })),
        stops,
        ...many(3, (i) => step(`t${i}`, ["one"], { limit: "one", after: "stops" }))
      ]
      const engine = yield* Engine.make(Engine.of(steps, { limits: { one: 1 } }))
      const { id, outcome } = yield* engine.run()
      assert.deepStrictEqual([outcome._tag, outcome.completed.length], ["Interrupted", 3])
      yield* engine.resume(id)
      const again = yield* engine.ended(id)
      assert.deepStrictEqual([again.outcome._tag, again.outcome.completed.length, most("one")], ["Completed", 7, 1])
    })
  )

  it.live("synchronous steps by the thousand pass through a limit of one without growing the stack", () =>
    Effect.gen(function* () {
      let n = 0
      const { outcome } = yield* Engine.runSteps(
        many(5_000, (i) => Step.make(`s${i}`, { limit: "one", run: () => ++n })),
        { limits: { one: 1 } }
      )
      assert.deepStrictEqual([outcome._tag, n], ["Completed", 5_000])
    })
  )
})
