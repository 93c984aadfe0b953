/** Flows that an engine is not given once, but asks for: when it lists them, and for each start. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ExecutionHandle, ExecutionsError, ExecutionsLocal, Flow, type FlowCatalog, Step } from "@halte/engine"
import { Check, HandStep } from "@halte/engine/testing"

type Any = Flow.Flow<unknown, never>

const flowOf = (name: string, steps: ReadonlyArray<Step.Any>, options: object = {}) =>
  Flow.make(name, { steps, ...options }) as Any
const giving = (name: string, value: unknown) => flowOf(name, [Step.make("one", { run: () => value })])

/** A provider whose flows a test changes. */
const provided = (...flows: ReadonlyArray<Any>) => {
  const made = new Map(flows.map((flow) => [flow.name, flow]))
  const asked: Array<readonly [string, unknown]> = []
  const provider: FlowCatalog.FlowProvider<never> = {
    all: Effect.sync(() => [...made.values()]),
    get: (name, params) =>
      Effect.sync(() => {
        asked.push([name, params])
        return made.get(name)
      })
  }
  return { asked, made, provider }
}

const names = (engine: ExecutionsLocal.LocalExecutions) =>
  Effect.map(engine.flows, (flows) => flows.map(({ name }) => name))

describe("flows that are made on request", () => {
  it.effect("are listed and started as they are at that moment, after those that are there once and for all", () =>
    Effect.gen(function* () {
      const { made, provider } = provided(giving("b", 1))
      const engine = yield* ExecutionsLocal.make({ flows: [giving("a", "given")], provider })
      assert.deepStrictEqual(yield* names(engine), ["a", "b"])
      assert.deepStrictEqual((yield* ExecutionHandle.run(engine, { flow: "b" })).values, { one: 1 })
      made.set("b", giving("b", 2)).set("c", giving("c", 3))
      assert.deepStrictEqual(yield* names(engine), ["a", "b", "c"])
      assert.deepStrictEqual((yield* ExecutionHandle.run(engine, { flow: "b" })).values, { one: 2 })
      made.delete("b")
      const error = yield* Effect.flip(engine.start({ flow: "b" }))
      assert.strictEqual(error.message, "Flow `b` is not known here. It knows `a`, `c`.")
    })
  )

  it.effect("give way to one of the same name that is there once and for all, and that is not asked for", () =>
    Effect.gen(function* () {
      const { asked, provider } = provided(giving("a", "made"))
      const engine = yield* ExecutionsLocal.make({ flows: [giving("a", "given")], provider })
      assert.deepStrictEqual(yield* names(engine), ["a"])
      assert.deepStrictEqual((yield* ExecutionHandle.run(engine, { flow: "a" })).values, { one: "given" })
      assert.deepStrictEqual(asked, [])
    })
  )

  it.effect("can be made from the params of the start", () =>
    Effect.gen(function* () {
      const provider: FlowCatalog.FlowProvider<never> = {
        all: Effect.succeed([]),
        get: (name, params) => Effect.succeed(flowOf(name, [Step.make("one", { run: () => params, timeout: 1000 })]))
      }
      const engine = yield* ExecutionsLocal.make({ flows: [], provider })
      const outcome = yield* ExecutionHandle.run(engine, { flow: "x", params: { n: 7 } })
      assert.deepStrictEqual(outcome.values, { one: { n: 7 } })
    })
  )

  it.effect("that can't run are refused with every problem of their graph, and not listed", () =>
    Effect.gen(function* () {
      const bad = flowOf("bad", [Step.make("a", { after: "z", run: () => 1 }), Step.make("a", { run: () => 1 })])
      const engine = yield* ExecutionsLocal.make({ flows: [], provider: provided(bad, giving("b", 1)).provider })
      assert.deepStrictEqual(yield* names(engine), ["b"])
      const error = yield* Effect.flip(engine.start({ flow: "bad" }))
      assert.strictEqual(error._tag, "FlowInvalid")
      assert.deepStrictEqual(
        (error as ExecutionsError.FlowInvalid).problems.map(({ code }) => code),
        ["duplicate-step", "unknown-step"]
      )
      assert.include(error.message, "Flow `bad` can't run as it is defined now: Flow `bad` has two steps `a`.")
    })
  )

  it.effect("fail a start with what the provider says is wrong, and nothing is recorded", () =>
    Effect.gen(function* () {
      const wrong = new ExecutionsError.FlowInvalid({
        flow: "f",
        problems: [
          { code: "unknown-key", message: "`rnu` is no key.", hint: "Did you mean `run`?", file: "f.yaml", line: 3 },
          { code: "empty-file", message: "`g.yaml` is empty.", file: "g.yaml" }
        ]
      })
      const engine = yield* ExecutionsLocal.make({
        flows: [],
        provider: { all: Effect.succeed([]), get: () => Effect.fail(wrong) }
      })
      const error = yield* Check.failsWith(engine.start({ flow: "f" }), "FlowInvalid", "a start")
      assert.strictEqual(
        (error as Error).message,
        "Flow `f` can't run as it is defined now: f.yaml:3:1: `rnu` is no key. Did you mean `run`? g.yaml: `g.yaml` is empty."
      )
      assert.deepStrictEqual(yield* engine.list(), [])
    })
  )

  it.effect("R16 of which only one execution may run are refused while one does, also in the same tick", () =>
    Effect.gen(function* () {
      const step = HandStep.make("a")
      const flow = () => flowOf("f", [step.step], { single: true })
      const engine = yield* ExecutionsLocal.make({
        flows: [],
        provider: { all: Effect.sync(() => [flow()]), get: () => Effect.andThen(Effect.yieldNow, Effect.sync(flow)) }
      })
      const started = yield* Effect.all(
        [1, 2, 3].map(() => Effect.result(engine.start({ flow: "f" }))),
        { concurrency: "unbounded" }
      )
      const ids = started.flatMap((one) => (one._tag === "Success" ? [one.success] : []))
      assert.strictEqual(ids.length, 1)
      for (const one of started)
        if (one._tag === "Failure")
          assert.deepStrictEqual(one.failure, new ExecutionsError.FlowBusy({ flow: "f", execution: ids[0]! }))
      const hand = yield* step.begun()
      yield* hand.succeed()
      yield* engine.outcome(ids[0]!)
    })
  )

  it.effect("are what a resume goes on with where nothing else says where flows come from", () =>
    Effect.gen(function* () {
      const stops = (value: number) =>
        flowOf("f", [
          Step.make("one", {
            fingerprint: `${value}`,
            run: async (_, step) => (step.attempt === 1 ? step.interrupted() : value)
          })
        ])
      const { made, provider } = provided(stops(1))
      const engine = yield* ExecutionsLocal.make({ flows: [], provider })
      const id = yield* engine.start({ flow: "f" })
      yield* engine.outcome(id)
      made.set("f", stops(2))
      const changed = yield* Check.failsWith(engine.resume(id), "CommandRefused", "a resume")
      assert.strictEqual((changed as ExecutionsError.CommandRefused).code, "definition-changed")
      const stored = yield* Effect.flip(engine.resume(id, { definition: "stored" }))
      assert.include(stored.message, "it has changed since, and what it was is not kept")
      made.delete("f")
      assert.include((yield* Effect.flip(engine.resume(id))).message, "no flow has this name any more")
      made.set("f", stops(1))
      yield* engine.resume(id, { definition: "stored" })
      assert.deepStrictEqual((yield* engine.outcome(id)).values, { one: 1 })
    })
  )
})
