/**
 * Sub-flows: a step that runs another flow as an execution of its own. The signal goes down, the outcome comes up, and
 * "stopped" is said only when all of them have.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type ExecutionId, Flow, Params, ParentStep, Step } from "@halte/engine"
import { HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const childOf = (ended: Pick<Engine.Ended, "state">, step = "sub"): ExecutionId.ExecutionId => {
  const id = ParentStep.childOf({ kind: "flow" }, ended.state.steps.get(step))
  assert.isDefined(id, `\`${step}\` has started an execution`)
  return id!
}

/** The child of a step, as soon as it has one. */
const begun = (engine: Engine.Engine, id: ExecutionId.ExecutionId, step = "sub") =>
  Effect.map(engine.seen(id, "step-cursor", { step }), ({ cursor }) => ParentStep.inCursor(cursor)!)

const parentOf = (
  child: Flow.Flow<unknown, never>,
  options: Partial<Parameters<typeof Step.flow>[1]> = {},
  more: ReadonlyArray<Step.Any> = []
) => Engine.of([Step.flow("sub", { ...options, flow: child } as never), ...more])

const flowOf = (
  steps: ReadonlyArray<Step.Any>,
  options: Partial<Parameters<typeof Flow.make>[1]> = {},
  name = "child"
): Flow.Flow<unknown, never> => Flow.make(name, { ...options, steps }) as never

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

describe("The signal goes down", () => {
  it.effect(
    "P2 P10 interrupt: the child is asked at once, stops at its stopping point, and then the parent has stopped",
    () =>
      Effect.gen(function* () {
        const hand = HandStep.make("hand")
        const child = flowOf([hand.step, Step.make("later", { after: "hand", run: () => 1 })])
        const engine = yield* Engine.make([parentOf(child)])
        const id = yield* engine.begin()
        const run = yield* hand.begun()
        yield* engine.interrupt(id, { source: "Http", by: "ada", reason: "wrong branch" })
        const childId = yield* begun(engine, id)
        const asked = yield* engine.seen(childId, "interrupt-requested")
        assert.deepInclude(asked.signal, { source: "Parent", by: "ada", reason: "wrong branch" })
        assert.strictEqual((yield* engine.get(id)).status, "Interrupting", "not before its child has stopped")
        yield* run.succeed()
        const ended = yield* engine.ended(id)
        assert.strictEqual(ended.outcome._tag, "Interrupted")
        assert.deepStrictEqual(ended.outcome.interrupted[0]!.cursor, { execution: childId })
        assert.deepStrictEqual((yield* engine.get(childId)).ended!.partition.notStarted, ["later"])
        yield* engine.resume(id)
        const again = yield* engine.ended(id)
        assert.strictEqual(again.outcome._tag, "Completed")
        assert.strictEqual(childOf(again), childId, "the same child goes on")
        assert.strictEqual((yield* engine.get(childId)).attempt, 2)
        assert.strictEqual((yield* engine.list({ flow: "child" })).length, 1)
      })
  )
})
