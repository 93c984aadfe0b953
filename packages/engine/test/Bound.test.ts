/** P2: the time to stop has a bound, told at the moment of the request, and kept. P6: steps that break it are named. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Flow, InterruptStrategy, ProcessRunner, Step, StopBound, StoppingPoint } from "@halte/engine"
import { Bounded, HandStep, Watch } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"

const flowOf = (steps: ReadonlyArray<Step.Any>) => Flow.make("flow", { steps }) as Flow.Flow<unknown, never>
const within = (millis: number, ...steps: ReadonlyArray<string>): StopBound.StopBound => ({
  _tag: "Within",
  millis,
  steps
})
const none = (...steps: ReadonlyArray<string>): StopBound.StopBound => ({ _tag: "None", steps })

/** A process that takes its whole grace period, and then has to be killed. */
const runner: ProcessRunner.ProcessRunnerShape = {
  run: (spec, step) =>
    Effect.callback((resume) => {
      step.record({ type: "process-started", step: step.step, try: step.try, pid: 4_242, command: "npm test" })
      const release = step.control.subscribe((demand) => {
        if (demand === "hold" || demand === "go") return
        release()
        resume(
          Effect.map(Effect.sleep(demand === "terminate" ? 0 : spec.graceMillis), () => {
            step.record({ type: "process-exited", step: step.step, try: step.try, pid: 4_242, tookMillis: 1 })
            return step.interrupted({ detail: "killed after its grace period" })
          })
        )
      })
    })
}

/** Runs steps until all have begun, asks to stop, and answers what was promised. */
const boundOf = (
  steps: ReadonlyArray<Step.Any>,
  begun: ReadonlyArray<string>,
  strategy?: InterruptStrategy.InterruptStrategy
) =>
  Effect.gen(function* () {
    const engine = yield* Engine.make(flowOf(steps)).pipe(Effect.provideService(ProcessRunner.ProcessRunner, runner))
    const id = yield* engine.begin()
    for (const step of begun) yield* engine.seen(id, "step-started", { step })
    yield* Bounded.turns(5)
    yield* engine.interrupt(id, strategy === undefined ? {} : { strategy })
    const state = yield* engine.get(id)
    return { bound: state.bound, engine, id, text: state.bound === undefined ? "" : StopBound.toText(state.bound) }
  })

describe("P2: the bound", () => {
  it.effect("is nothing for steps that wait: a sleep, a gate, a failed try's delay, a place that is taken", () =>
    Effect.gen(function* () {
      const again = Step.make("again", {
        retry: { tries: 2, delay: "1 hour" },
        run: () => Effect.fail(new Error("not yet"))
      })
      const { bound, engine, id } = yield* boundOf(
        [Step.sleep("nap", { duration: "1 hour" }), Step.gate("ask", { message: "Go on?" }), again],
        ["nap", "ask", "again"]
      )
      assert.deepStrictEqual(bound, within(0, "nap", "ask", "again"))
      // And it is kept: they stop without any time passing on the clock.
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome.interrupted.length, 3)
    })
  )

  it.effect("is told in words", () =>
    Effect.gen(function* () {
      const { text } = yield* boundOf([Step.sleep("nap", { duration: "1 hour" })], ["nap"])
      assert.strictEqual(text, "at once")
    })
  )

  it.effect("of a process is its grace period and half a second, the longest of several, and it is kept", () =>
    Effect.gen(function* () {
      const { bound, engine, id, text } = yield* boundOf(
        [
          Step.process("short", { command: "a", grace: "500 millis" }),
          Step.process("long", { command: "b" }),
          Step.sleep("nap", { duration: "1 hour" })
        ],
        ["short", "long", "nap"]
      )
      assert.deepStrictEqual(bound, within(5500, "long"))
      assert.strictEqual(text, "within 5.5 s")
      yield* TestClock.adjust(5500)
      const ended = yield* engine.ended(id)
      assert.strictEqual(ended.outcome._tag, "Interrupted")
      assert.strictEqual(ended.outcome.interrupted.length, 3)
    })
  )

  it.effect("adds the deadlines of clean-ups: a step's own to it, a group's to all", () =>
    Effect.gen(function* () {
      const cleanUp = { run: () => Effect.never, deadline: "3 seconds" } as const
      const p = Step.process("p", { command: "a", cleanUp })
      const g = Step.group("g", {
        steps: [Step.sleep("nap", { duration: "1 hour" })],
        cleanUp: { run: () => Effect.void, deadline: "2 seconds" }
      })
      const { bound, engine, id } = yield* boundOf([p, g], ["p", "g/nap"])
      assert.deepStrictEqual(bound, within(5500 + 3000 + 2000, "p"))
      // 5 s of grace, 3 s of a clean-up that never ends; the group's takes no time.
      yield* TestClock.adjust(5000)
      yield* engine.seen(id, "clean-up-started")
      yield* TestClock.adjust(5500)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
    })
  )

  it.effect(
    "of a function is what it declares, else the rest of its timeout, else none, and then the step is named",
    () =>
      Effect.gen(function* () {
        const run = () => Effect.never
        const ends = (found: { readonly engine: Engine.Engine; readonly id: Parameters<Engine.Engine["get"]>[0] }) =>
          Effect.andThen(
            found.engine.terminate(found.id),
            Effect.andThen(TestClock.adjust(1000), found.engine.ended(found.id))
          )
        const declared = yield* boundOf([Step.make("a", { run, stopsWithin: "2 seconds" })], ["a"])
        assert.deepStrictEqual(declared.bound, within(2000, "a"))
        yield* ends(declared)
        const timed = yield* boundOf([Step.make("a", { run, timeout: "1 minute" })], ["a"])
        assert.strictEqual(timed.bound?._tag, "Within")
        if (timed.bound?._tag === "Within") {
          assert.isAtMost(timed.bound.millis, 60_000)
          assert.isAbove(timed.bound.millis, 50_000)
        }
        yield* ends(timed)
        const silent = yield* boundOf(
          [Step.make("a", { run }), Step.sleep("nap", { duration: "1 hour" })],
          ["a", "nap"]
        )
        assert.deepStrictEqual(silent.bound, none("a"))
        assert.strictEqual(silent.text, "no bound: `a`")
        yield* ends(silent)
      })
  )

  it.effect("of a process that is let finish, and of a request that lets steps go on, is none", () =>
    Effect.gen(function* () {
      const finishing = yield* boundOf([Step.process("p", { command: "a", onInterrupt: "finish" })], ["p"])
      assert.deepStrictEqual(finishing.bound, none("p"))
      yield* finishing.engine.terminate(finishing.id)
      yield* TestClock.adjust(1000)
      yield* finishing.engine.ended(finishing.id)
      const more = yield* boundOf([Step.process("p", { command: "a" })], ["p"], InterruptStrategy.PollNextN(0))
      assert.deepStrictEqual(more.bound, none("p"))
      // A second request that stops sooner comes with a bound of its own.
      yield* more.engine.interrupt(more.id, { strategy: InterruptStrategy.FinishCurrent })
      assert.deepStrictEqual((yield* more.engine.get(more.id)).bound, within(5500, "p"))
      yield* TestClock.adjust(5000)
      yield* more.engine.ended(more.id)
    })
  )

  it.effect("is at once for what has not begun", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      yield* engine.interrupt(id)
      const { state } = yield* engine.ended(id)
      assert.deepStrictEqual(state.bound, within(0))
      assert.strictEqual(a.runs(), 0)
    })
  )

  it.live("of a batched loop is a slice of the event loop, and the stop keeps it", () =>
    Effect.gen(function* () {
      const items = Array.from({ length: 200_000 }, (_, i) => i)
      let begun = false
      const loop = Step.forEach("loop", {
        items,
        every: 16,
        run: () => {
          begun = true
        }
      })
      const engine = yield* Engine.make(flowOf([loop]))
      const id = yield* engine.begin()
      yield* Bounded.eventually(() => begun, "the loop to begin")
      yield* engine.interrupt(id)
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(ended.of("interrupt-requested")[0]?.bound, within(5, "loop"))
      // A ceiling that tells working from hanging on a loaded machine; the bench measures the bound itself.
      assert.isBelow(ended.of("execution-ended")[0]!.stopMillis!, 2_000)
    })
  )
})

describe("the watchdog", () => {
  it.effect("R66: names a step that does not stop within its budget, and again when that has doubled", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id)
      yield* TestClock.adjust("9 seconds")
      assert.isUndefined((yield* engine.get(id)).steps.get("a")?.overdueMillis)
      yield* TestClock.adjust("1 second")
      const first = yield* engine.seen(id, "step-overdue")
      assert.deepStrictEqual([first.step, first.sinceMillis, first.budgetMillis], ["a", 10_000, 10_000])
      yield* TestClock.adjust("10 seconds")
      const second = yield* engine.seen(id, "step-overdue", { after: first.sequence })
      assert.strictEqual(second.sinceMillis, 20_000)
      assert.strictEqual((yield* engine.get(id)).steps.get("a")?.overdueMillis, 20_000)
      yield* hand.check()
      yield* hand.stopHalfWay()
      const ended = yield* engine.ended(id)
      assert.isUndefined(ended.state.steps.get("a")?.overdueMillis)
      assert.strictEqual(ended.of("step-overdue").length, 2)
    })
  )

  it.effect("R66: goes by what the step promised, and says nothing of one that keeps it, waits, or was let go on", () =>
    Effect.gen(function* () {
      const prompt = HandStep.make("prompt", { stopsWithin: "2 seconds" })
      const slow = HandStep.make("slow", { stopsWithin: "30 seconds" })
      const waiting = Step.make("waiting", {
        run: (_: unknown, step) =>
          Effect.gen(function* () {
            yield* StoppingPoint.sleep(3_600_000)
            return step.interrupted()
          })
      })
      const engine = yield* Engine.make(flowOf([prompt.step, slow.step, waiting]))
      const id = yield* engine.begin()
      const first = yield* prompt.begun()
      const second = yield* slow.begun()
      yield* engine.seen(id, "step-started", { step: "waiting" })
      yield* engine.interrupt(id)
      yield* TestClock.adjust("2 seconds")
      const overdue = yield* engine.seen(id, "step-overdue")
      assert.deepStrictEqual([overdue.step, overdue.budgetMillis], ["prompt", 2000])
      yield* first.succeed()
      yield* TestClock.adjust("20 seconds")
      yield* second.succeed()
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(
        ended.of("step-overdue").map((e) => e.step),
        ["prompt"]
      )
    })
  )

  it.effect("says nothing while a strategy lets steps go on, and is over with the execution", () =>
    Effect.gen(function* () {
      const { a, steps } = HandStep.chain("a", "b")
      const engine = yield* Engine.make(flowOf(steps))
      const id = yield* engine.begin()
      const hand = yield* a.begun()
      yield* engine.interrupt(id, { strategy: InterruptStrategy.PollNextN(0) })
      yield* TestClock.adjust("1 hour")
      yield* hand.succeed()
      const ended = yield* engine.ended(id)
      assert.deepStrictEqual(ended.of("step-overdue"), [])
      yield* TestClock.adjust("1 hour")
      assert.strictEqual((yield* Watch.soFar(engine, id)).length, ended.events.length)
    })
  )
})

describe("queue waits", () => {
  it.effect("P2: a step that waits for a place has not started, and stops with nothing to wait for", () =>
    Effect.gen(function* () {
      const go = yield* Deferred.make<void>()
      const first = Step.make("first", { limit: "one", run: () => Deferred.await(go) })
      const second = Step.make("second", { limit: "one", run: () => 1 })
      const engine = yield* Engine.make(Flow.make("flow", { steps: [first, second], limits: { one: 1 } }))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* engine.interrupt(id)
      assert.deepStrictEqual((yield* engine.get(id)).bound, none("first"))
      yield* Deferred.succeed(go, undefined)
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome.completed, outcome.notStarted], [["first"], ["second"]])
    })
  )
})
