/**
 * Sub-flows: a step that runs another flow as an execution of its own, and what comes of it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Flow, Params, Step } from "@halte/engine"
import { HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import { childOf, flowOf, parentOf } from "./support/SubFlow.ts"

const add = Step.make("add", { run: () => 2 })
const inner = Step.group("parts", {
  steps: [Step.make("one", { run: () => "a" }), Step.make("two", { run: () => "b" })]
})

describe("A sub-flow", () => {
  it.effect("is an execution of its own that names its parent, and gives the values of its steps by name", () =>
    Effect.gen(function* () {
      const child = flowOf([add, inner])
      const parent = Engine.of([
        Step.flow("sub", { flow: child }),
        Step.make("after", { input: { sub: Step.ref("sub") }, run: ({ sub }) => sub })
      ])
      const engine = yield* Engine.make([parent])
      const id = yield* engine.begin({ by: "ada" })
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.deepStrictEqual(ended.outcome.values["after"], { add: 2, parts: { one: "a", two: "b" } })
      const state = yield* engine.get(childOf(ended))
      assert.deepStrictEqual(state.parent, { execution: id, step: "sub" })
      assert.strictEqual(state.status, "Completed")
      assert.strictEqual(state.source, "Parent")
      assert.strictEqual(state.by, "ada")
      assert.deepStrictEqual([ended.state.steps.get("sub")!.done, ended.state.steps.get("sub")!.total], [3, 3])
      const listed = yield* engine.list()
      assert.deepStrictEqual(listed.map(({ flow, parent }) => [flow, parent?.step]).sort(), [
        ["child", "sub"],
        ["f", undefined]
      ])
      assert.deepStrictEqual(
        (yield* engine.list({ children: false })).map(({ flow }) => flow),
        ["f"]
      )
    })
  )

  it.effect("is found by its name among the flows of the engine, and given params", () =>
    Effect.gen(function* () {
      const given = Params.make(Schema.Struct({ n: Schema.Number }))
      const child = Flow.make("child", {
        params: given,
        steps: [Step.make("double", { input: { given }, run: ({ given }) => given.n * 2 })]
      })
      const parent = Engine.of([
        Step.make("n", { run: () => 4 }),
        Step.flow("sub", { flow: "child", input: { n: Step.ref("n") }, params: ({ n }) => ({ n }) })
      ])
      const engine = yield* Engine.make([parent, child as never])
      const ended = yield* engine.run()
      assert.deepStrictEqual(ended.outcome.values["sub"], { double: 8 })
      assert.deepStrictEqual((yield* engine.get(childOf(ended))).params, { n: 4 })
    })
  )

  it.effect("fails its step with its own failure, which names it and its step", () =>
    Effect.gen(function* () {
      const child = flowOf([
        Step.make("bad", { run: () => Effect.fail({ _tag: "NoDisk", message: "the disk is full" }) })
      ])
      const ended = yield* Effect.flatMap(Engine.make(parentOf(child)), (engine) => engine.run())
      assert.strictEqual(ended.outcome._tag, "Failed")
      const failure = ended.state.steps.get("sub")!.failure!
      assert.strictEqual(failure.code, "no-disk")
      assert.strictEqual(
        failure.message,
        `execution \`${childOf(ended)}\` of sub-flow \`child\` failed at \`bad\`: the disk is full`
      )
    })
  )

  it.effect("is refused with the code that a start would have: unknown, wrong params, busy", () =>
    Effect.gen(function* () {
      const failureOf = (step: Step.Any, others: ReadonlyArray<Flow.Flow<unknown, never>> = []) =>
        Effect.gen(function* () {
          const engine = yield* Engine.make([Engine.of([step]), ...others])
          const ended = yield* engine.run()
          return ended.state.steps.get("sub")!.failure!
        })
      const unknown = yield* failureOf(Step.flow("sub", { flow: "nobody" }))
      assert.strictEqual(unknown.code, "flow-not-found")
      assert.include(unknown.message, "`nobody`")
      const typed = Flow.make("child", { params: Schema.Struct({ n: Schema.Number }), steps: [add] }) as never
      const wrong = yield* failureOf(Step.flow("sub", { flow: typed, params: { n: "x" } }))
      assert.strictEqual(wrong.code, "invalid-params")
      assert.include(wrong.message, "`/n`")
    })
  )

  it.effect("that may run once at a time is refused while another runs, naming that one", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("hand")
      const child = flowOf([hand.step], { single: true })
      const engine = yield* Engine.make([parentOf(child), child])
      const other = yield* engine.begin({ flow: "child" })
      const run = yield* hand.begun()
      const ended = yield* engine.run()
      const failure = ended.state.steps.get("sub")!.failure!
      assert.strictEqual(failure.code, "flow-busy")
      assert.include(failure.message, other)
      yield* run.succeed()
      yield* engine.ended(other)
    })
  )

  it.effect("has no need of a place of the engine: its parent has one", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make([parentOf(flowOf([add]))], { maxExecutions: 1 })
      const [a, b] = [yield* engine.begin(), yield* engine.begin()]
      assert.strictEqual((yield* engine.ended(a)).outcome._tag, "Completed")
      assert.strictEqual((yield* engine.ended(b)).outcome._tag, "Completed")
      assert.strictEqual((yield* engine.run()).outcome._tag, "Completed")
    })
  )

  it.effect("that contains itself, or lies too deep, is a clear error", () =>
    Effect.gen(function* () {
      const self = Engine.of([Step.flow("sub", { flow: "f" })])
      const engine = yield* Engine.make([self])
      const failure = (yield* engine.run()).state.steps.get("sub")!.failure!
      assert.strictEqual(failure.code, "flow-contains-itself")
      assert.include(failure.message, "`f` → `f`")
      const depth = (levels: number) => {
        let flow = flowOf([add], {}, "level-0")
        for (let i = 1; i <= levels; i++) flow = flowOf([Step.flow("sub", { flow })], {}, `level-${i}`)
        return flow
      }
      const fits = yield* Engine.make([depth(16)])
      assert.strictEqual((yield* fits.run()).outcome._tag, "Completed")
      const tooDeep = yield* Engine.make([depth(17)])
      const ended = yield* tooDeep.run()
      assert.strictEqual(ended.state.steps.get("sub")!.failure!.code, "sub-flows-too-deep")
    })
  )
})

describe("A map of sub-flows", () => {
  it.effect("has an execution for each item, by the name of its step", () =>
    Effect.gen(function* () {
      const given = Params.make(Schema.Struct({ n: Schema.Number }))
      const child = Flow.make("child", {
        params: given,
        steps: [
          Step.map("twice", {
            items: [1, 2],
            step: (by) => Step.make("product", { input: { given, by }, run: ({ by, given }) => given.n * by })
          })
        ]
      })
      const parent = Engine.of([
        Step.map("each", {
          items: [3, 4],
          step: (n) => Step.flow("one", { flow: child, input: { n }, params: ({ n }) => ({ n }) })
        })
      ])
      const ended = yield* Effect.flatMap(Engine.make(parent), (engine) => engine.run())
      assert.strictEqual(ended.outcome._tag, "Completed", JSON.stringify(ended.of("step-failed")))
      assert.deepStrictEqual(
        [ended.outcome.values["each/0"], ended.outcome.values["each/1"]],
        [{ twice: [3, 6] }, { twice: [4, 8] }]
      )
      const step = ended.state.steps.get("each/1")!
      assert.deepStrictEqual([step.done, step.total], [2, 2])
      assert.notStrictEqual(childOf(ended, "each/0"), childOf(ended, "each/1"))
    })
  )
})

describe("The secrets of a sub-flow", () => {
  const text = Schema.String
  const secret = { token: text }
  const ofParent = Params.make(Schema.Struct(secret), { secrets: ["token"] })

  it.effect("come from its parent, and are masked in the records of both", () =>
    Effect.gen(function* () {
      const given = Params.make(Schema.Struct(secret), { secrets: ["token"] })
      const child = Flow.make("child", {
        params: given,
        steps: [Step.make("echo", { input: { given }, run: ({ given }) => `it is ${given.token}` })]
      })
      const engine = yield* Engine.make([
        Flow.make("f", {
          params: ofParent,
          steps: [
            Step.flow("sub", { flow: child, input: { all: ofParent }, params: ({ all }) => ({ token: all.token }) })
          ]
        }) as never
      ])
      const ended = yield* engine.run({ params: { token: "t0p-secret" } })
      assert.deepStrictEqual(ended.outcome.values["sub"], { echo: "it is t0p-secret" }, "steps are given what it is")
      const below = yield* engine.ended(childOf(ended))
      for (const { events } of [ended, below]) assert.notInclude(JSON.stringify(events), "t0p-secret")
      assert.deepStrictEqual(below.state.params, { token: "(secret)" })
    })
  )

  it.effect("are refused for a param that is stored and shown as it is", () =>
    Effect.gen(function* () {
      const child = Flow.make("child", { params: Schema.Struct({ where: text }), steps: [add] })
      const engine = yield* Engine.make([
        Flow.make("f", {
          params: ofParent,
          steps: [
            Step.flow("sub", {
              flow: child,
              input: { all: ofParent },
              params: ({ all }) => ({ where: `https://x?key=${all.token}` })
            })
          ]
        }) as never
      ])
      const ended = yield* engine.run({ params: { token: "t0p-secret" } })
      const failure = ended.state.steps.get("sub")!.failure!
      assert.strictEqual(failure.code, "secret-in-params")
      assert.include(failure.message, "param `where` of sub-flow `child`")
      assert.deepStrictEqual(yield* engine.list({ flow: "child" }), [])
    })
  )

  it.effect("that only it knows are masked in the record of its parent, which is given what they are", () =>
    Effect.gen(function* () {
      const own = Params.make(Schema.Struct({ key: text }), { secrets: ["key"] })
      const child = Flow.make("child", {
        params: own,
        steps: [Step.make("login", { input: { own }, run: ({ own }) => ({ session: own.key }) })]
      })
      const seen: Array<unknown> = []
      const sub = Step.flow("sub", { flow: child, params: { key: "l0gin-key" } })
      const use = Step.make("use", { input: { sub }, run: ({ sub }) => void seen.push(sub) })
      const ended = yield* Effect.flatMap(Engine.make(Engine.of([sub, use])), (engine) => engine.run())
      assert.deepStrictEqual(seen, [{ login: { session: "l0gin-key" } }])
      assert.notInclude(JSON.stringify(ended.events), "l0gin-key")
      assert.isTrue(ended.of("step-completed", "sub")[0]!.masked)
    })
  )
})
