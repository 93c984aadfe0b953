/** R70: a pause holds at stopping points, resuming goes on, and a request to stop works meanwhile. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Flow, InterruptStrategy, ProcessRunner, Step, StepContext } from "@halte/engine"
import { Bounded, Check, HandStep, Watch } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const flowOf = (steps: ReadonlyArray<Step.Any>) => Flow.make("flow", { steps }) as Flow.Flow<unknown, never>

describe("a pause", () => {
  it.effect("R70: holds a step at its stopping point, starts no other, and goes on from there", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const x = HandStep.make("x")
      const y = HandStep.make("y", { after: x.step })
      const engine = yield* Engine.make(flowOf([...steps, x.step, y.step]))
      const id = yield* engine.begin()
      const first = yield* a.begun()
      const other = yield* x.begun()
      const receipt = yield* engine.pause(id, { source: "Page", by: "ada" })
      assert.strictEqual(receipt.status, "Pausing")
      // A step that ends meanwhile starts nothing.
      yield* other.succeed()
      yield* Bounded.turns(3)
      assert.strictEqual(y.runs(), 0)
      const held = yield* first.begin()
      const paused = yield* Watch.status(engine, id, "Paused")
      assert.strictEqual(paused.steps.get("a")?.status, "Paused")
      yield* Bounded.turns(3)
      assert.isUndefined(first.exit())
      yield* engine.resume(id)
      assert.strictEqual((yield* held)._tag, "Continue")
      yield* first.succeed()
      yield* (yield* y.begun()).succeed()
      yield* (yield* b.begun()).succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.deepStrictEqual(
        ended.types.filter((t) => ["pausing", "paused", "resumed"].includes(t)),
        ["pausing", "paused", "resumed"]
      )
      assert.strictEqual(ended.of("pausing")[0]?.by, "ada")
    })
  )

  it.effect("R70: is not complete while a step works, and is when the last one has ended", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.pause(id)
      yield* Bounded.turns(3)
      assert.strictEqual((yield* engine.get(id)).status, "Pausing")
      yield* hand.succeed()
      yield* Watch.status(engine, id, "Paused")
      assert.strictEqual(b.runs(), 0)
      yield* engine.resume(id)
      yield* (yield* b.begun()).succeed()
      yield* engine.ended(id)
    })
  )

  it.effect("R70: in the last step, which ends all the same, leaves nothing to pause: it completes", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.pause(id)
      yield* hand.succeed()
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Completed")
      assert.deepStrictEqual(ended.of("paused"), [])
    })
  )

  it.effect("R70: before the first step holds it back, and it begins when it is resumed", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      yield* engine.pause(id)
      yield* Watch.status(engine, id, "Paused")
      yield* Bounded.turns(3)
      assert.strictEqual(a.runs(), 0)
      yield* engine.resume(id)
      yield* (yield* a.begun()).succeed()
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("R70: a request to stop while paused stops at once where it holds, and a resume of then is refused", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.pause(id)
      const held = yield* hand.begin(9)
      yield* Watch.status(engine, id, "Paused")
      yield* engine.interrupt(id)
      assert.strictEqual((yield* held)._tag, "Break")
      yield* Check.failsWith(engine.resume(id), "CommandRefused", "resume")
      yield* hand.stopHalfWay()
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(outcome.interrupted, [{ step: "a", cursor: 9 }])
    })
  )

  it.effect("R70: a request that lets some steps run ends the pause", () =>
    Effect.gen(function* () {
      const { a, b, steps } = HandStep.chain("a", "b", "c")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.pause(id)
      const held = yield* hand.begin()
      yield* Watch.status(engine, id, "Paused")
      yield* engine.interrupt(id, { strategy: InterruptStrategy.PollNextN(1) })
      assert.strictEqual((yield* held)._tag, "Continue")
      yield* hand.succeed()
      yield* (yield* b.begun()).succeed()
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(outcome.completed, ["a", "b"])
    })
  )

  it.effect("R70: time that ends during it starts nothing: a sleep, another try, a gate's answer", () =>
    Effect.gen(function* () {
      let tries = 0
      const again = Step.make("again", {
        retry: { tries: 2, delay: "1 minute" },
        run: () => (++tries === 1 ? Effect.fail(new Error("not yet")) : Effect.succeed("ok"))
      })
      const nap = Step.sleep("nap", { duration: "1 minute" })
      const ask = Step.gate("ask", { message: "Go on?" })
      const engine = yield* Engine.make(flowOf([again, nap, ask]))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-retrying")
      yield* engine.seen(id, "gate-opened")
      yield* engine.seen(id, "step-started", { step: "nap" })
      yield* engine.pause(id)
      yield* Watch.status(engine, id, "Paused")
      yield* TestClock.adjust("2 minutes")
      yield* engine.answer(id, "ask", true)
      yield* Bounded.turns(5)
      const during = yield* Watch.soFar(engine, id)
      assert.strictEqual(tries, 1)
      assert.deepStrictEqual(
        during.filter((e) => e.type === "step-completed" || (e.type === "step-started" && e.try === 2)),
        []
      )
      yield* engine.resume(id)
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(outcome.values, { again: "ok", nap: undefined, ask: true })
    })
  )

  it.effect("R70: holds a step's timeout and the flow's deadline", () =>
    Effect.gen(function* () {
      const hand = HandStep.make("a", { timeout: "1 minute" })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [hand.step], deadline: "90 seconds" }))
      const id = yield* engine.begin()
      const taken = yield* hand.begun()
      yield* TestClock.adjust("30 seconds")
      yield* engine.pause(id)
      const held = yield* taken.begin()
      yield* Watch.status(engine, id, "Paused")
      yield* TestClock.adjust("10 minutes")
      yield* engine.resume(id)
      assert.strictEqual((yield* held)._tag, "Continue")
      yield* TestClock.adjust("29 seconds")
      assert.isUndefined(taken.exit(), "30 s before the pause and 29 s after it are less than a minute")
      assert.deepStrictEqual((yield* engine.get(id)).requests, [])
      yield* TestClock.adjust("1 second")
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag === "Failed" && ended.outcome.failure.code, "timed-out")
    })
  )

  it.effect("R70, P2: of a process its tree is held, and the bound of a stop then counts its grace period", () =>
    Effect.gen(function* () {
      const demands: Array<string> = []
      const ends = yield* Deferred.make<void>()
      const runner: ProcessRunner.ProcessRunnerShape = {
        run: (_spec, step) =>
          Effect.gen(function* () {
            const release = step.control.subscribe((demand: StepContext.Demand) => {
              demands.push(demand)
              step.quiet(demand === "hold")
            })
            step.record({ type: "process-started", step: step.step, try: step.try, pid: 4_242, command: "sleep 60" })
            yield* Deferred.await(ends)
            release()
            return step.interrupted({ detail: "exited on SIGTERM" })
          })
      }
      const engine = yield* Engine.make(
        Flow.make("flow", { steps: [Step.process("a", { command: ["sleep", "60"], grace: "3 seconds" })] })
      ).pipe(Effect.provideService(ProcessRunner.ProcessRunner, runner))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* engine.pause(id)
      yield* Watch.status(engine, id, "Paused")
      yield* engine.interrupt(id)
      assert.deepStrictEqual(demands, ["hold", "interrupt"])
      yield* Deferred.succeed(ends, undefined)
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(ended.of("interrupt-requested")[0]?.bound, { _tag: "Within", millis: 3500, steps: ["a"] })
    })
  )

  it.effect("R70: pausing and resuming in a storm loses no step and leaves no step held", () =>
    Effect.gen(function* () {
      const steps = Array.from({ length: 20 }, (_, i) =>
        Step.make(`s${i}`, {
          after: i < 4 ? [] : [`s${i - 4}`, `s${i - 3}`],
          run: () =>
            Effect.gen(function* () {
              for (let k = 0; k < 3; k++) {
                yield* Bounded.turns()
                yield* Effect.promise(() => Promise.resolve())
              }
              return i
            })
        })
      )
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      for (let i = 0; i < 30; i++) {
        yield* Effect.exit(i % 2 === 0 ? engine.pause(id) : engine.resume(id))
        yield* Bounded.turns(i % 3)
      }
      yield* Effect.exit(engine.resume(id))
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.strictEqual(outcome.completed.length, 20)
    })
  )
})
