/** What a request to stop does, and what it leaves alone. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { ExecutionHandle, type ExecutionId, Flow, type Outcome, Step, StepContext, StoppingPoint } from "@halte/engine"
import { Bounded, Check, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const flowOf = (steps: ReadonlyArray<Step.Any>) => Flow.make("flow", { steps }) as Flow.Flow<unknown, never>
const unknownId = "01ARZ3NDEKTSV4RRFFQ6" as ExecutionId.ExecutionId

describe("a request", () => {
  it.effect("R7: never drops work in progress: an Effect, a Promise and a function run to their ends", () =>
    Effect.gen(function* () {
      const done: Array<string> = []
      const gates: Array<() => void> = []
      const opened = () => new Promise<void>((resolve) => gates.push(resolve))
      const interrupted: Array<string> = []
      const effect = Step.make("effect", {
        run: () =>
          Effect.promise(opened).pipe(
            Effect.andThen(Effect.sync(() => done.push("effect"))),
            Effect.onInterrupt(() => Effect.sync(() => interrupted.push("effect")))
          )
      })
      const promise = Step.make("promise", { run: () => opened().then(() => done.push("promise")) })
      const after = Step.make("after", { after: [effect, promise], run: () => done.push("after") })
      const engine = yield* Engine.make(flowOf([effect, promise, after]))
      const id = yield* engine.begin()
      yield* Bounded.eventually(() => gates.length === 2, "both steps to be inside their work")
      yield* engine.interrupt(id)
      yield* Bounded.turns(3)
      assert.strictEqual((yield* engine.get(id)).status, "Interrupting")
      for (const open of gates) open()
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(done.sort(), ["effect", "promise"])
      assert.deepStrictEqual(interrupted, [])
      assert.deepStrictEqual(outcome.completed, ["effect", "promise"])
      assert.deepStrictEqual(outcome.notStarted, ["after"])
    })
  )

  it.effect("R8: a hundred from three producers at once block nothing, and are one transition and 99 repeats", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      const producers = ["Cli", "Http", "Page"] as const
      const receipts = yield* Bounded.within(
        Effect.forEach(
          Array.from({ length: 100 }, (_, i) => i),
          (i) => engine.interrupt(id, { source: producers[i % 3]!, by: `${i}` }),
          { concurrency: "unbounded" }
        ),
        "a hundred requests"
      )
      assert.deepStrictEqual(
        receipts.map((r) => r.effect),
        ["done", ...Array.from({ length: 99 }, () => "repeat" as const)]
      )
      yield* hand.succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.of("interrupt-requested").length, 1)
      assert.deepStrictEqual(
        ended.state.requests.map((r) => r.signal.by),
        Array.from({ length: 100 }, (_, i) => `${i}`)
      )
      assert.strictEqual((ended.outcome as Outcome.Interrupted).signal.by, "0", "the first one counts")
    })
  )

  it.effect("R9, R64: to one that has finished, or finishes in the same turn, is no error and changes nothing", () =>
    Effect.gen(function* () {
      let finishing = false
      const engine: Engine.Engine = yield* Engine.make(
        flowOf([
          Step.make("a", {
            run: (_: unknown, step) => {
              // In the turn in which the last step completes.
              finishing = true
              return Effect.asVoid(engine.interrupt(step.execution))
            }
          })
        ])
      )
      const first = yield* engine.run()
      assert.isTrue(finishing)
      assert.strictEqual(first.outcome._tag, "Completed")
      const receipt = yield* engine.interrupt(first.id)
      assert.deepStrictEqual(receipt, { execution: first.id, status: "Completed", effect: "late" })
      const again = yield* engine.ended(first.id)
      assert.deepStrictEqual(again.outcome, first.outcome)
    })
  )

  it.effect("R18, R39: sent the moment the id is known, before the first step, lets zero steps run", () =>
    Effect.gen(function* () {
      let ran = 0
      const engine = yield* Engine.make(flowOf([Step.make("a", { run: () => void ran++ })]))
      for (let i = 0; i < 50; i++) {
        const id = yield* engine.begin()
        const receipt = yield* engine.interrupt(id)
        assert.strictEqual(receipt.effect, "done")
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Interrupted")
        assert.deepStrictEqual(outcome.notStarted, ["a"])
      }
      assert.strictEqual(ran, 0)
    })
  )

  it.effect("R19: during the last step, which runs to its end, comes too late and is on record as such", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id, { by: "ada" })
      yield* hand.succeed(7)
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.strictEqual((outcome as Outcome.Completed).late?.by, "ada")
      assert.deepStrictEqual(outcome.values, { a: 7 })
    })
  )

  it.effect("R19, R25: a last step that stops half-way gives Interrupted, and hands over what it has as partial", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      hand.context.report({ done: 3, total: 8 })
      yield* engine.interrupt(id)
      yield* hand.check({ at: "page 3" })
      yield* hand.stopHalfWay({ partial: ["one", "two", "three"] })
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      assert.deepStrictEqual(ended.outcome.completed, [])
      assert.deepStrictEqual(ended.outcome.interrupted, [{ step: "a", cursor: { at: "page 3" }, done: 3, total: 8 }])
      assert.deepStrictEqual(ended.outcome.values, {}, "what is partial is no value")
      const step = ended.state.steps.get("a")!
      assert.deepStrictEqual(
        [step.status, step.partial, step.value],
        ["Interrupted", ["one", "two", "three"], undefined]
      )
    })
  )

  it.effect("R25: what a step returns after it was told to leave is partial, unless it says that it finished", () =>
    Effect.gen(function* () {
      const asked: { engine?: Engine.Engine } = {}
      const says = (finish: boolean) =>
        Step.make("a", {
          run: (_: unknown, step) =>
            Effect.gen(function* () {
              yield* asked.engine!.interrupt(step.execution)
              const answer = yield* StoppingPoint.check
              assert.isTrue(StoppingPoint.isBreak(answer))
              return finish ? step.completed("whole") : "part"
            }).pipe(Effect.orDie)
        })
      asked.engine = yield* Engine.make(flowOf([says(false)]))
      const part = yield* asked.engine.run()
      assert.strictEqual(part.outcome._tag, "Interrupted")
      assert.strictEqual(part.of("step-interrupted")[0]?.partial, "part")
      asked.engine = yield* Engine.make(flowOf([says(true)]))
      const whole = yield* asked.engine.run()
      assert.strictEqual(whole.outcome._tag, "Completed")
      assert.deepStrictEqual(whole.outcome.values, { a: "whole" })
    })
  )

  it.effect("R24: a Break inside a step stops the flow: no later step starts, of any branch", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b", "c")
      const other = HandStep.make("x")
      const then = Step.make("y", { after: other.step, run: () => 1 })
      const engine = yield* Engine.make(flowOf([...steps, other.step, then]))
      const id = yield* engine.begin()
      const first = yield* a.begun()
      const second = yield* other.begun()
      yield* engine.interrupt(id)
      yield* second.succeed()
      assert.isTrue(StoppingPoint.isBreak(yield* first.check()))
      yield* first.stopHalfWay()
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(outcome.completed, ["x"])
      assert.deepStrictEqual(outcome.notStarted, ["b", "c", "y"])
    })
  )

  it.effect("R26: is seen by every fiber and every later check of a step", () =>
    Effect.gen(function* () {
      const engine: Engine.Engine = yield* Engine.make(
        flowOf([
          Step.make("a", {
            run: (_: unknown, step) =>
              Effect.gen(function* () {
                yield* engine.interrupt(step.execution)
                const inFibers = yield* Effect.forEach(
                  Array.from({ length: 10 }),
                  () => Effect.map(StoppingPoint.check, StoppingPoint.isBreak),
                  { concurrency: "unbounded" }
                )
                const later = yield* Effect.map(StoppingPoint.check, StoppingPoint.isBreak)
                const byPromise = yield* Effect.promise(() => step.stop.check())
                return step.completed([...inFibers, later, byPromise, step.stop.requested, step.signal.aborted])
              }).pipe(Effect.orDie)
          })
        ])
      )
      const { outcome } = yield* engine.run()
      assert.deepStrictEqual(
        outcome.values["a"],
        Array.from({ length: 14 }, () => true)
      )
    })
  )

  it.effect("R28: being asked and having stopped are two moments on record, with Interrupting between them", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id)
      const during = yield* engine.get(id)
      assert.strictEqual(during.status, "Interrupting")
      assert.strictEqual(during.steps.get("a")?.status, "Interrupting")
      assert.isUndefined(during.endedAt)
      yield* hand.check()
      yield* hand.stopHalfWay()
      const ended = yield* engine.ended(id)
      const requested = ended.of("interrupt-requested")[0]!
      const stopped = ended.of("step-interrupted")[0]!
      const end = ended.of("execution-ended")[0]!
      assert.isBelow(requested.sequence, stopped.sequence)
      assert.isBelow(stopped.sequence, end.sequence)
      assert.isAtLeast(stopped.stopMillis ?? -1, 0)
      assert.isAtLeast(end.stopMillis ?? -1, stopped.stopMillis ?? 0)
      assert.strictEqual(requested.signal.requestedAt, requested.at)
    })
  )

  it.effect("R31: a stopping point may stand anywhere in a step's work, deep in its calls", () =>
    Effect.gen(function* () {
      let reached = 0
      const deep = (level: number): Effect.Effect<boolean, never, StepContext.StepContext> =>
        level === 0
          ? Effect.map(StoppingPoint.at(reached), StoppingPoint.isBreak)
          : Effect.flatMap(Effect.void, () => deep(level - 1))
      const engine: Engine.Engine = yield* Engine.make(
        flowOf([
          Step.make("a", {
            run: (_: unknown, step) =>
              Effect.gen(function* () {
                while (!(yield* deep(20))) if (++reached === 5) yield* engine.interrupt(step.execution)
              }).pipe(Effect.orDie)
          })
        ])
      )
      const { outcome } = yield* engine.run()
      assert.deepStrictEqual(outcome.interrupted, [{ step: "a", cursor: 5 }])
    })
  )

  it.effect("R20, R21: a stopping point says Continue without a request and Break, with the signal, after it", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      const absent = yield* hand.check("here")
      assert.deepStrictEqual(absent, { _tag: "Continue" })
      assert.isFalse(StoppingPoint.isBreak(absent))
      yield* engine.interrupt(id, { source: "Page", by: "ada" })
      const present = yield* hand.check("here")
      assert.isTrue(StoppingPoint.isBreak(present))
      if (present._tag !== "Break") return assert.fail("not a Break")
      assert.deepStrictEqual([present.signal.source, present.signal.by, present.cursor], ["Page", "ada", "here"])
      // @ts-expect-error -- without a look at the tag there is no signal
      assert.isUndefined(absent.signal)
      yield* hand.stopHalfWay()
      yield* engine.ended(id)
    })
  )

  it.effect("R59: a new execution, and a new attempt, never begins interrupted", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id)
      yield* hand.check()
      yield* hand.stopHalfWay()
      yield* engine.ended(id)
      yield* engine.interrupt(id)
      yield* engine.resume(id)
      const other = yield* engine.begin()
      for (const each of [id, other]) {
        const again = yield* a.begun(each)
        assert.strictEqual((yield* again.check())._tag, "Continue")
        assert.isUndefined(again.context.control.signal)
        assert.isFalse(again.context.signal.aborted)
        yield* again.succeed()
        const ended = yield* engine.ended(each)
        assert.strictEqual(ended.outcome._tag, "Completed")
        assert.isUndefined((ended.outcome as Outcome.Completed).late)
      }
    })
  )

  it.effect("R40: progress can be read by id from elsewhere, during and after the execution", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      hand.context.report({ done: 1, total: 4, message: "reading" })
      hand.context.log("a line")
      const progress = yield* engine.seen(id, "step-progress")
      assert.deepStrictEqual([progress.done, progress.total, progress.message], [1, 4, "reading"])
      const during = (yield* engine.get(id)).steps.get("a")!
      assert.deepStrictEqual([during.status, during.done, during.total], ["Running", 1, 4])
      const line = yield* Bounded.within(Stream.runHead(engine.logs(id)), "the line")
      assert.strictEqual(line._tag === "Some" && line.value.text, "a line")
      yield* hand.succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.of("step-progress").at(-1)?.done, 1)
      assert.deepStrictEqual(
        (yield* engine.lines(id)).map((l) => l.text),
        ["a line"]
      )
    })
  )

  it.effect("R41: to an unknown id is a typed error that names it", () =>
    Effect.gen(function* () {
      const engine = yield* Engine.make(flowOf([Step.make("a", { run: () => 1 })]))
      const error = yield* Check.failsWith(engine.interrupt(unknownId), "ExecutionNotFound", "interrupt")
      assert.strictEqual((error as { readonly execution: string }).execution, unknownId)
      assert.include((error as Error).message, unknownId)
    })
  )

  it.effect("R42: to one that is already interrupting succeeds without a second effect", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(flowOf(steps))
      const handle = yield* ExecutionHandle.start(engine, { flow: "flow" })
      const hand = yield* a.begun()
      const first = yield* handle.interrupt({ by: "ada" })
      const state = yield* handle.state
      const second = yield* handle.interrupt({ by: "bob" })
      assert.deepStrictEqual([first.effect, second.effect], ["done", "repeat"])
      const { requests: _a, sequence: _b, ...before } = state
      const { requests, sequence: _c, ...after } = yield* handle.state
      assert.deepStrictEqual(after, before)
      assert.deepStrictEqual(
        requests.map((r) => [r.kind, r.signal.by]),
        [
          ["first", "ada"],
          ["repeat", "bob"]
        ]
      )
      yield* hand.succeed()
      yield* engine.ended(handle.id)
    })
  )

  it.effect("P8: a failure after the request changes nothing about the outcome, and is on record", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id)
      yield* hand.fail(new Error("too late"))
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.deepStrictEqual([outcome.failed, outcome.notStarted], [["a"], ["b"]])
    })
  )

  it.effect("P8: a request after a failure changes nothing about the outcome", () =>
    Effect.gen(function* () {
      const a = HandStep.make("a")
      const b = HandStep.make("b")
      const engine = yield* Engine.make(flowOf([a.step, b.step]))
      const id = yield* engine.begin()
      const first = yield* a.begun()
      const second = yield* b.begun()
      yield* first.fail(new Error("no disk"))
      const receipt = yield* engine.interrupt(id)
      assert.strictEqual(receipt.effect, "repeat")
      yield* second.check()
      yield* second.stopHalfWay()
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Failed")
      assert.strictEqual((outcome as Outcome.Failed).step, "a")
      assert.deepStrictEqual(
        outcome.interrupted.map((s) => s.step),
        ["b"]
      )
    })
  )

  it.effect(
    "R19, P8: one that comes when all that could run has run or failed stops nothing: the outcome is Failed",
    () =>
      Effect.gen(function* () {
        const { b, ...rest } = HandStep.chain("b")
        const bad = Step.make("bad", { onFailure: "continue", run: () => Effect.fail(new Error("no")) })
        const engine = yield* Engine.make(
          flowOf([bad, Step.make("after", { after: bad, run: () => 1 }), ...rest.steps])
        )
        const id = yield* engine.begin()
        const hand = yield* b.begun()
        yield* engine.seen(id, "step-failed")
        yield* engine.interrupt(id)
        yield* hand.succeed()
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Failed")
        assert.deepStrictEqual([outcome.completed, outcome.failed, outcome.notStarted], [["b"], ["bad"], ["after"]])
      })
  )

  it.effect("P10: the deadline of a flow is a request like any other", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(Flow.make("flow", { steps, deadline: "1 minute" }))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* TestClock.adjust("1 minute")
      yield* engine.seen(id, "interrupt-requested")
      yield* hand.succeed()
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual((outcome as Outcome.Interrupted).signal.source, "Deadline")
    })
  )
})

describe("closing the engine", () => {
  it.effect("P10: asks what runs to stop and waits for it", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const outcomes: Array<Outcome.Outcome> = []
      yield* Effect.scoped(
        Effect.gen(function* () {
          const engine = yield* Engine.make(flowOf(steps))
          const id = yield* engine.begin()
          const hand = yield* a.begun()
          yield* Effect.forkDetach(
            Effect.gen(function* () {
              yield* Bounded.eventually(() => hand.context.stop.requested, "the step to be asked")
              yield* hand.succeed()
              outcomes.push(yield* engine.outcome(id))
            }),
            { startImmediately: true }
          )
        })
      )
      yield* Bounded.eventually(() => outcomes.length === 1, "the outcome")
      const outcome = outcomes[0] as Outcome.Interrupted
      assert.strictEqual(outcome._tag, "Interrupted")
      assert.strictEqual(outcome.signal.source, "Shutdown")
      assert.deepStrictEqual(outcome.notStarted, ["b"])
    })
  )
})
