/** Clean-up that runs whatever happens: of steps and groups that say so, and of the flow. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit } from "effect"
import { TestClock } from "effect/testing"
import {
  ExecutionStoreMemory,
  Flow,
  InterruptStrategy,
  Recovery,
  Step,
  StepGraph,
  type StepContext,
  StopPromise
} from "@halte/engine"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"

const always = (run: (...args: ReadonlyArray<never>) => unknown, deadline?: string) =>
  ({ run, always: true, ...(deadline === undefined ? undefined : { deadline }) }) as Step.CleanUp<never> as never

/** Resolves when a stop is asked for. */
const stopped = (step: StepContext.StepContextShape) =>
  new Promise<void>((resolve) => void step.control.subscribe((demand) => demand === "interrupt" && resolve()))
const untilStop = (name: string, options: object = {}) =>
  Step.make(name, {
    run: (_, step) =>
      Effect.map(
        Effect.promise(() => stopped(step)),
        () => step.interrupted()
      ),
    ...options
  })

/** Work that waits for the test. */
const held = () => {
  const begun = Deferred.makeUnsafe<void>()
  const go = Deferred.makeUnsafe<void>()
  return {
    begun: Engine.Bounded.within(Deferred.await(begun), "it to begin"),
    go: Deferred.succeed(go, undefined),
    run: () => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go))
  }
}

describe("clean-up of a step that runs always", () => {
  it.effect("runs when the step completed, before its completion is written and before the steps after it", () =>
    Effect.gen(function* () {
      const { outcome, steps } = yield* Engine.runSteps([
        Step.make("a", { run: () => 1, cleanUp: always(() => undefined) }),
        Step.make("b", { after: "a", run: () => 2 })
      ])
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(steps, [
        "step-started a",
        "clean-up-started a",
        "clean-up-ended a",
        "step-completed a",
        "step-started b",
        "step-completed b"
      ])
    })
  )

  it.effect("runs once, also when the step failed, was interrupted or was tried again; not when it was skipped", () =>
    Effect.gen(function* () {
      const cleaned: Array<string> = []
      const cleanUp = always((_: never, step: never) => cleaned.push((step as { step: string }).step))
      const engine = yield* Engine.make(
        Engine.of(
          [
            Step.make("fails", { run: () => Effect.fail("no"), cleanUp }),
            Step.make("tries", {
              retry: { tries: 3, delay: 0 },
              run: (_, { try: n }) => (n < 3 ? Effect.fail("no") : Effect.succeed(1)),
              cleanUp
            }),
            Step.make("skipped", { when: () => false, run: () => 1, cleanUp }),
            untilStop("stops", { cleanUp })
          ],
          { onFailure: "continue" }
        )
      )
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-completed", { step: "tries" })
      yield* engine.interrupt(id)
      yield* engine.ended(id)
      assert.sameMembers(cleaned, ["fails", "tries", "stops"])
    })
  )

  it.effect("leaves the step completed when it fails after success: its failure is recorded", () =>
    Effect.gen(function* () {
      const { of, outcome, state } = yield* Engine.runSteps([
        Step.make("a", { run: () => 1, cleanUp: always(() => Effect.fail(new Error("messy"))) }),
        Step.make("b", { after: "a", run: () => 2 })
      ])
      assert.deepStrictEqual([outcome._tag, outcome.values["a"]], ["Completed", 1])
      assert.strictEqual(of("clean-up-ended")[0]!.failure?.message, "messy")
      assert.strictEqual(state.steps.get("a")!.cleanUp, "failed")
      assert.strictEqual(state.cleanUps?.[0]?.failure?.message, "messy")
    })
  )

  it.effect("R19, P12: an interrupt during it waits for it, and the step has completed", () =>
    Effect.gen(function* () {
      const hold = held()
      const engine = yield* Engine.make(
        Engine.of([
          Step.make("a", { run: () => 1, stopsWithin: "1 second", cleanUp: always(hold.run, "3 seconds") }),
          Step.make("b", { after: "a", run: () => 2 })
        ])
      )
      const id = yield* engine.begin()
      yield* hold.begun
      yield* engine.interrupt(id)
      const { bound } = yield* engine.seen(id, "interrupt-requested")
      assert.deepStrictEqual(bound, { _tag: "Within", millis: 4_000, steps: ["a"] })
      yield* hold.go
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome._tag, outcome.completed, outcome.notStarted], ["Interrupted", ["a"], ["b"]])
    })
  )

  it.effect("P11: terminate cuts it short; the step has done its work and counts as completed", () =>
    Effect.gen(function* () {
      for (const stubborn of [false, true]) {
        const engine = yield* Engine.make(
          Engine.of([
            Step.make("a", {
              run: () => 1,
              cleanUp: always(() => (stubborn ? Effect.uninterruptible(Effect.never) : Effect.never))
            }),
            Step.make("b", { after: "a", run: () => 2 })
          ])
        )
        const id = yield* engine.begin()
        yield* engine.seen(id, "clean-up-started")
        yield* engine.terminate(id)
        if (stubborn) yield* TestClock.adjust("1 second")
        const { of, outcome } = yield* engine.ended(id)
        assert.deepStrictEqual([outcome._tag, outcome.completed], ["Terminated", ["a"]])
        assert.strictEqual(of("clean-up-ended")[0]!.failure?.code, "cut-short")
      }
    })
  )

  it.effect("P5: after a crash during it the step runs again, for its completion was not written", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const store = MortalStore.make(shared)
      const hold = held()
      let hangs = true
      let runs = 0
      const flow = Engine.of([
        Step.make("a", { run: () => ++runs, cleanUp: always(() => (hangs ? hold.run() : undefined)) })
      ])
      const engine = yield* Engine.doomed(flow, { store, owner: "gone" })
      const id = yield* engine.begin()
      yield* hold.begun
      yield* engine.seen(id, "clean-up-started")
      store.kill()
      hangs = false
      yield* Recovery.recover(shared, { owner: "next", gone: "gone" })
      const next = yield* Engine.make(flow, { store: MortalStore.make(shared), owner: "next" })
      const found = yield* next.ended(id)
      assert.deepStrictEqual(found.outcome.interrupted, [{ step: "a" }])
      assert.strictEqual(found.of("clean-up-ended")[0]!.failure?.code, "cut-short")
      yield* next.resume(id)
      assert.strictEqual((yield* next.ended(id)).outcome._tag, "Completed")
      assert.strictEqual(runs, 2)
    })
  )
})

describe("clean-up of a group that runs always", () => {
  it.effect("runs when the group closes, before the steps after it begin, inner groups first", () =>
    Effect.gen(function* () {
      const inner = Step.group("inner", { steps: [Step.make("x", { run: () => 1 })], cleanUp: always(() => 0) })
      const outer = Step.group("outer", { steps: [inner], cleanUp: always(() => 0) })
      const { outcome, steps } = yield* Engine.runSteps([outer, Step.make("b", { after: "outer", run: () => 2 })])
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(steps, [
        "step-started outer/inner/x",
        "step-completed outer/inner/x",
        "clean-up-started outer/inner",
        "clean-up-ended outer/inner",
        "clean-up-started outer",
        "clean-up-ended outer",
        "step-started b",
        "step-completed b"
      ])
    })
  )

  it.effect("leaves the group whole when it fails", () =>
    Effect.gen(function* () {
      const group = Step.group("g", {
        steps: [Step.make("x", { run: () => 1 })],
        cleanUp: always(() => Effect.fail(new Error("messy")))
      })
      const { outcome, state } = yield* Engine.runSteps([group, Step.make("b", { after: "g", run: () => 2 })])
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(
        state.cleanUps?.map(({ failure, status, step }) => [step, status, failure?.message]),
        [["g", "failed", "messy"]]
      )
    })
  )

  it.effect("runs once per attempt in which a step of it was under way, and not again when it had run", () =>
    Effect.gen(function* () {
      const cleaned: Array<number> = []
      const group = Step.group("g", {
        steps: [Step.make("x", { run: () => 1 })],
        cleanUp: always((_: never, step: never) => cleaned.push((step as { attempt: number }).attempt))
      })
      const engine = yield* Engine.make(
        Engine.of([group, Step.make("b", { after: "g", run: (_, s) => (s.attempt < 3 ? s.interrupted() : 2) })])
      )
      const { id } = yield* engine.run()
      for (const attempt of [2, 3]) {
        yield* engine.resume(id)
        assert.strictEqual((yield* engine.ended(id)).outcome.attempt, attempt)
      }
      assert.deepStrictEqual(cleaned, [1])
    })
  )

  it.effect(
    "P7: runs when the group closes also where it had run at the end of an attempt that stopped in the group",
    () =>
      Effect.gen(function* () {
        const cleaned: Array<number> = []
        const x = Step.make("x", { run: () => 1 })
        const y = Step.make("y", { after: "x", run: (_, s) => (s.attempt === 1 ? s.interrupted() : 2) })
        const group = Step.group("g", {
          steps: [x, y],
          cleanUp: always((_: never, step: never) => cleaned.push((step as { attempt: number }).attempt))
        })
        const engine = yield* Engine.make(Engine.of([group, Step.make("b", { after: "g", run: () => [...cleaned] })]))
        const { id } = yield* engine.run()
        yield* engine.resume(id)
        const { outcome } = yield* engine.ended(id)
        assert.deepStrictEqual(outcome.values["b"], [1, 2])
      })
  )

  it.effect("does not run when nothing of the group began", () =>
    Effect.gen(function* () {
      const cleaned: Array<string> = []
      const cleanUp = (name: string) => always(() => cleaned.push(name))
      const { outcome } = yield* Engine.runSteps([
        Step.group("no", { when: () => false, steps: [Step.make("x", { run: () => 1 })], cleanUp: cleanUp("no") }),
        Step.group("empty", {
          steps: [Step.make("x", { when: () => false, run: () => 1 })],
          cleanUp: cleanUp("empty")
        })
      ])
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(cleaned, [])
    })
  )

  it.effect("P2, R19: runs at the end of an attempt that was asked to stop before it came to close the group", () =>
    Effect.gen(function* () {
      const cleaned: Array<string> = []
      const hold = held()
      const last = Step.make("last", { run: hold.run, stopsWithin: "1 second" })
      const engine = yield* Engine.make(
        Engine.of([
          Step.group("g", { steps: [last], cleanUp: always(() => cleaned.push("g"), "3 seconds") }),
          Step.make("b", { after: "g", run: () => 2 })
        ])
      )
      const id = yield* engine.begin()
      yield* hold.begun
      yield* engine.interrupt(id)
      assert.deepStrictEqual((yield* engine.seen(id, "interrupt-requested")).bound, {
        _tag: "Within",
        millis: 4_000,
        steps: ["g/last"]
      })
      yield* hold.go
      const first = yield* engine.ended(id)
      assert.deepStrictEqual([first.outcome._tag, cleaned], ["Interrupted", ["g"]])
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
      assert.deepStrictEqual(cleaned, ["g"])
    })
  )

  it.effect("P11, P12: while it runs an interrupt waits for it, and terminate cuts it short", () =>
    Effect.gen(function* () {
      const hold = held()
      const flow = (run: () => unknown) =>
        Engine.of([
          Step.group("g", { steps: [Step.make("x", { run: () => 1 })], cleanUp: always(run, "3 seconds") }),
          Step.make("b", { after: "g", run: () => 2 })
        ])
      const engine = yield* Engine.make(flow(hold.run))
      const id = yield* engine.begin()
      yield* hold.begun
      yield* engine.interrupt(id)
      const { bound, running } = yield* engine.seen(id, "interrupt-requested")
      assert.deepStrictEqual([bound._tag === "Within" && bound.millis, running], [3_000, []])
      yield* hold.go
      const { outcome } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome._tag, outcome.notStarted], ["Interrupted", ["b"]])

      const other = yield* Engine.make(flow(() => Effect.never))
      const cut = yield* other.begin()
      yield* other.seen(cut, "clean-up-started")
      yield* other.terminate(cut)
      const ended = yield* other.ended(cut)
      assert.deepStrictEqual([ended.outcome._tag, ended.outcome.completed], ["Terminated", ["g/x"]])
      assert.strictEqual(ended.of("clean-up-ended")[0]!.failure?.code, "cut-short")
    })
  )

  it.effect("of a map runs after its last instance; of what it makes, after each", () =>
    Effect.gen(function* () {
      const each = Step.map("all", {
        items: ["a", "b"],
        concurrency: 1,
        cleanUp: always(() => 0),
        step: (item) =>
          Step.group("one", {
            steps: [Step.make("x", { input: { item }, run: ({ item }) => item })],
            cleanUp: always(() => 0)
          })
      })
      const { steps } = yield* Engine.runSteps([each, Step.make("b", { after: "all", run: () => 1 })])
      assert.deepStrictEqual(
        steps.filter((s) => /clean-up-started| b$/.test(s)),
        [
          "clean-up-started all/0",
          "clean-up-started all/1",
          "clean-up-started all",
          "step-started b",
          "step-completed b"
        ]
      )
    })
  )
})

describe("clean-up of a flow", () => {
  const noted = () => {
    const given: Array<unknown> = []
    return { given, cleanUp: (input: Flow.CleanUpInput<unknown>) => void given.push(input) }
  }

  it.effect("runs at the end of each attempt that began, given the params and how it ends", () =>
    Effect.gen(function* () {
      const { cleanUp, given } = noted()
      const step = Step.make("a", {
        run: (_, s) => (s.attempt === 1 ? s.interrupted() : s.attempt === 2 ? Effect.fail("no") : Effect.succeed(1))
      })
      const engine = yield* Engine.make(Engine.of([step], { cleanUp }))
      const { id, types } = yield* engine.run({ params: { n: 1 } })
      assert.deepStrictEqual(types.slice(-3), ["clean-up-started", "clean-up-ended", "execution-ended"])
      yield* engine.resume(id)
      yield* engine.ended(id)
      yield* engine.resume(id)
      const { of, outcome, state } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(
        given,
        ["Interrupted", "Failed", "Completed"].map((status) => ({ params: { n: 1 }, status }))
      )
      assert.deepStrictEqual(
        of("clean-up-started").map(({ attempt, step }) => [attempt, step]),
        [
          [1, "@flow"],
          [2, "@flow"],
          [3, "@flow"]
        ]
      )
      assert.deepStrictEqual(
        state.cleanUps?.map(({ status, step }) => [step, status]),
        [["@flow", "done"]]
      )
    })
  )

  it.effect("comes after the clean-ups of groups and after what a failure undoes", () =>
    Effect.gen(function* () {
      const group = Step.group("g", {
        steps: [
          Step.make("x", { run: () => 1, undo: () => 0 }),
          Step.make("y", { after: "x", run: () => Effect.fail("no") })
        ],
        cleanUp: () => 0
      })
      const { steps } = yield* Engine.runSteps([group], { onFailure: "undo", cleanUp: () => 0 })
      assert.deepStrictEqual(
        steps.filter((s) => s.startsWith("clean-up-ended")),
        ["clean-up-ended g", "clean-up-ended g/x", "clean-up-ended @flow"]
      )
    })
  )

  it.effect("changes no status when it fails or is late; the record says so", () =>
    Effect.gen(function* () {
      const failed = yield* Engine.runSteps([Step.make("a", { run: () => 1 })], {
        cleanUp: () => Effect.fail(new Error("messy"))
      })
      assert.strictEqual(failed.outcome._tag, "Completed")
      assert.strictEqual(failed.of("clean-up-ended")[0]!.failure?.message, "messy")

      const engine = yield* Engine.make(
        Engine.of([Step.make("a", { run: () => 1 })], { cleanUp: { run: () => Effect.never, deadline: "2 seconds" } })
      )
      const id = yield* engine.begin()
      yield* engine.seen(id, "clean-up-started")
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("2 seconds")
      const late = yield* engine.ended(id)
      assert.strictEqual(late.outcome._tag, "Completed")
      assert.strictEqual(late.of("clean-up-ended")[0]!.failure?.code, "deadline-passed")
    })
  )

  it.effect("P8, P12: can't be interrupted; what comes meanwhile changes nothing, and is promised its time", () =>
    Effect.gen(function* () {
      const hold = held()
      const engine = yield* Engine.make(
        Engine.of([Step.make("a", { run: () => 1 })], { cleanUp: { run: hold.run, deadline: "3 seconds" } })
      )
      const id = yield* engine.begin()
      yield* hold.begun
      yield* engine.interrupt(id)
      const { bound } = yield* engine.seen(id, "interrupt-requested")
      assert.strictEqual(bound._tag === "Within" && bound.millis, 3_000)
      yield* hold.go
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("P11: terminate cuts it short, and starts none", () =>
    Effect.gen(function* () {
      const { cleanUp, given } = noted()
      const direct = yield* Engine.make(Engine.of([Step.make("a", { run: () => Effect.never })], { cleanUp }))
      const first = yield* direct.begin()
      yield* direct.seen(first, "step-started")
      yield* direct.terminate(first)
      assert.strictEqual((yield* direct.ended(first)).outcome._tag, "Terminated")
      assert.deepStrictEqual(given, [])

      const engine = yield* Engine.make(Engine.of([untilStop("a")], { cleanUp: () => Effect.never }))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* engine.interrupt(id)
      yield* engine.seen(id, "clean-up-started")
      yield* engine.terminate(id)
      const { of, outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Terminated")
      assert.strictEqual(of("clean-up-ended")[0]!.failure?.code, "cut-short")
    })
  )

  it.effect("does not run in an attempt that never began, nor in one that only takes back", () =>
    Effect.gen(function* () {
      const { cleanUp, given } = noted()
      const engine = yield* Engine.make(Engine.of([Step.make("a", { run: () => 1, undo: () => 0 })], { cleanUp }))
      const id = yield* engine.begin()
      yield* engine.interrupt(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
      assert.deepStrictEqual(given, [])
      const whole = yield* engine.run()
      yield* engine.undo(whole.id)
      yield* engine.ended(whole.id)
      assert.strictEqual(given.length, 1)
    })
  )

  it.effect("P2: its deadline counts in every bound: of a request, of what is promised, of the definition", () =>
    Effect.gen(function* () {
      const step = untilStop("a", { stopsWithin: "1 second" })
      const flow = Engine.of([step], { cleanUp: { run: () => 0, deadline: "2 seconds" } })
      const graph = StepGraph.make(flow)
      if (graph._tag === "Failure") throw graph.failure
      const within = { _tag: "Within", millis: 3_000, steps: ["a"] }
      assert.strictEqual(graph.success.description.cleanUpMillis, 2_000)
      assert.deepStrictEqual(StopPromise.ofFlow(graph.success.description), within as never)
      const engine = yield* Engine.make(flow)
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      assert.deepStrictEqual(StopPromise.now(yield* engine.get(id)), within as never)
      yield* engine.interrupt(id)
      assert.deepStrictEqual((yield* engine.seen(id, "interrupt-requested")).bound, within as never)
      yield* engine.ended(id)
    })
  )

  it.effect("does not change what a flow without it is known by", () =>
    Effect.gen(function* () {
      const step = Step.make("a", { run: () => 1 })
      const known = (options: object) => {
        const graph = StepGraph.make(Flow.make("f", { steps: [step], ...options }))
        return graph._tag === "Success" ? graph.success.description.fingerprint : ""
      }
      assert.notStrictEqual(known({ cleanUp: () => 1 }), known({}))
      assert.strictEqual(known({ cleanUp: undefined }), known({}))
      yield* Effect.void
    })
  )

  it.effect("runs with every strategy, and after a deadline", () =>
    Effect.gen(function* () {
      for (const strategy of [InterruptStrategy.PollNextN(0), InterruptStrategy.IgnoreInterruptions]) {
        const { cleanUp, given } = noted()
        const hold = held()
        const engine = yield* Engine.make(
          Engine.of([Step.make("a", { run: hold.run }), Step.make("b", { after: "a", run: () => 1 })], {
            strategy,
            cleanUp
          })
        )
        const id = yield* engine.begin()
        yield* hold.begun
        yield* engine.interrupt(id)
        yield* hold.go
        const { outcome } = yield* engine.ended(id)
        assert.deepStrictEqual(given, [{ params: {}, status: outcome._tag }])
      }
      const { cleanUp, given } = noted()
      const engine = yield* Engine.make(Engine.of([untilStop("a")], { deadline: "1 second", cleanUp }))
      const id = yield* engine.begin()
      yield* engine.seen(id, "step-started")
      yield* TestClock.adjust("1 second")
      yield* engine.ended(id)
      assert.deepStrictEqual(given, [{ params: {}, status: "Interrupted" }])
    })
  )

  it.effect("P5: a crash during it ends as Crash; it runs again at the end of the next attempt", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const store = MortalStore.make(shared)
      const hold = held()
      let hangs = true
      const given: Array<string> = []
      const flow = Engine.of([Step.make("a", { run: () => 1 })], {
        cleanUp: ({ status }) => {
          given.push(status)
          return hangs ? hold.run() : undefined
        }
      })
      const engine = yield* Engine.doomed(flow, { store, owner: "gone" })
      const id = yield* engine.begin()
      yield* hold.begun
      yield* engine.seen(id, "clean-up-started")
      store.kill()
      hangs = false
      yield* Recovery.recover(shared, { owner: "next", gone: "gone" })
      const next = yield* Engine.make(flow, { store: MortalStore.make(shared), owner: "next" })
      const found = yield* next.ended(id)
      assert.deepStrictEqual([found.outcome._tag, found.of("execution-ended").at(-1)!.cause], ["Interrupted", "Crash"])
      assert.deepStrictEqual(
        found.of("clean-up-ended").map(({ failure, step }) => [step, failure?.code]),
        [["@flow", "cut-short"]]
      )
      const exit = yield* Effect.exit(next.resume(id))
      assert.isTrue(Exit.isSuccess(exit))
      assert.strictEqual((yield* next.ended(id)).outcome._tag, "Completed")
      assert.deepStrictEqual(given, ["Completed", "Completed"])
    })
  )
})
