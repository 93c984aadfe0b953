/** Taking back on request: an attempt whose only work is undoing, of an execution that is not under way. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  type Executions,
  type ExecutionsError,
  ExecutionStoreMemory,
  Flow,
  InterruptStrategy,
  Params,
  Recovery,
  Step,
  UndoPlan
} from "@halte/engine"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"

/** Steps that note their undo with the value they are given. */
const noted = () => {
  const undone: Array<string> = []
  const runs: Array<string> = []
  const undo = (name: string) => (value: unknown) => {
    undone.push(`${name} ${JSON.stringify(value)}`)
  }
  const step = (name: string, after?: Step.Target | ReadonlyArray<Step.Target>, options: object = {}) =>
    Step.make(name, {
      ...(after === undefined ? undefined : { after }),
      run: () => {
        runs.push(name)
        return `${name}!`
      },
      undo: undo(name),
      ...options
    })
  const group = (name: string, steps: ReadonlyArray<Step.Any>, after?: Step.Target) =>
    Step.group(name, { steps, ...(after === undefined ? undefined : { after }), undo: undo(name) })
  const names = () => undone.map((one) => one.split(" ")[0])
  return { undone, runs, step, group, names }
}

/** Stops half-way in the first attempt. */
const stops = (after: Step.Target | ReadonlyArray<Step.Target>, options: object = {}) =>
  Step.make("stops", {
    after,
    run: (_, step) => (step.attempt === 1 ? step.interrupted({ cursor: 7 }) : "whole"),
    ...options
  })

/** An undo that waits for the test. */
const held = () => {
  const begun = Deferred.makeUnsafe<void>()
  const go = Deferred.makeUnsafe<void>()
  return {
    begun: Engine.Bounded.within(Deferred.await(begun), "the undo to begin"),
    go: Deferred.succeed(go, undefined),
    run: () => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go))
  }
}

const refused = (engine: Engine.Engine, id: Parameters<Engine.Engine["undo"]>[0], request?: Executions.UndoRequest) =>
  Effect.map(Effect.flip(engine.undo(id, request)), (error) => {
    if (error._tag !== "CommandRefused") throw new Error(`${error._tag}: ${error.message}`)
    return error as ExecutionsError.CommandRefused
  })

describe("undo of an execution that has ended", () => {
  it.effect("takes back what completed in reverse order, each with its value, and ends as Interrupted by Undo", () =>
    Effect.gen(function* () {
      const { runs, step, undone } = noted()
      const engine = yield* Engine.make(Engine.of([step("a"), step("b", "a"), stops("b"), step("c", "stops")]))
      const { id } = yield* engine.run()
      const receipt = yield* engine.undo(id, { source: "Cli", by: "ada", reason: "wrong version" })
      assert.deepStrictEqual(receipt.effect, "done")
      const { events, of, outcome, state } = yield* engine.ended(id)
      assert.deepStrictEqual(undone, ['b "b!"', 'a "a!"'])
      assert.deepStrictEqual(runs, ["a", "b"], "no step runs")
      assert.strictEqual(outcome._tag, "Interrupted")
      const started = of("execution-started").at(-1)!
      assert.deepStrictEqual(
        [started.attempt, started.undo, started.reason, started.by],
        [2, ["b", "a"], "wrong version", "ada"]
      )
      assert.strictEqual(of("execution-ended").at(-1)!.cause, "Undo")
      assert.deepStrictEqual(events.at(-1)!.type, "execution-ended")
      if (outcome._tag === "Interrupted")
        assert.deepStrictEqual(outcome.signal, {
          source: "Undo",
          by: "ada",
          reason: "wrong version",
          requestedAt: started.at
        })
      assert.deepStrictEqual(
        [outcome.notStarted, outcome.completed, outcome.interrupted],
        [["a", "b", "c"], [], [{ step: "stops", cursor: 7 }]],
        "what stopped half-way stands where it stood"
      )
      assert.deepStrictEqual(
        state.cleanUps?.map(({ kind, status, step }) => [kind, status, step]),
        [
          ["undo", "done", "b"],
          ["undo", "done", "a"]
        ]
      )
    })
  )

  it.effect("P7: undone steps run again on resume, a step that stopped half-way from its cursor", () =>
    Effect.gen(function* () {
      const { runs, step } = noted()
      let cursor: unknown
      const goesOn = Step.make("stops", {
        after: "a",
        run: (_, s) => {
          cursor = s.cursor
          return s.attempt === 1 ? s.interrupted({ cursor: 7 }) : "whole"
        }
      })
      const engine = yield* Engine.make(Engine.of([step("a"), goesOn]))
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* engine.ended(id)
      yield* engine.resume(id)
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual([runs, cursor, outcome.attempt], [["a", "a"], 7, 3])
    })
  )

  it.effect("works on Completed, Failed and Terminated executions as well", () =>
    Effect.gen(function* () {
      const { names, step } = noted()
      const engine = yield* Engine.make([
        Engine.of([step("a")]),
        Flow.make("fails", { steps: [step("b"), Step.make("no", { after: "b", run: () => Effect.fail("no") })] }),
        Flow.make("hangs", { steps: [step("c"), Step.make("on", { after: "c", run: () => Effect.never })] })
      ] as never)
      const completed = yield* engine.run()
      assert.strictEqual(completed.outcome._tag, "Completed")
      yield* engine.undo(completed.id)
      assert.deepStrictEqual((yield* engine.ended(completed.id)).outcome.notStarted, ["a"])
      yield* engine.resume(completed.id)
      assert.strictEqual((yield* engine.ended(completed.id)).outcome._tag, "Completed", "and it can be done again")

      const failed = yield* engine.run({ flow: "fails" })
      yield* engine.undo(failed.id)
      const after = yield* engine.ended(failed.id)
      assert.deepStrictEqual([after.outcome._tag, after.outcome.failed], ["Interrupted", ["no"]])

      const id = yield* engine.begin({ flow: "hangs" })
      yield* engine.seen(id, "step-started", { step: "on" })
      yield* engine.terminate(id)
      yield* engine.ended(id)
      yield* engine.undo(id)
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.terminated, ["on"])
      assert.deepStrictEqual(names(), ["a", "b", "c"])
    })
  )

  it.effect("a step that is not idempotent and was half done still needs `rerun` after an undo", () =>
    Effect.gen(function* () {
      const { step } = noted()
      const once = Step.make("once", { after: "a", idempotent: false, run: () => Effect.fail(new Error("no")) })
      const engine = yield* Engine.make(Engine.of([step("a"), once]))
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* engine.ended(id)
      const error = yield* Effect.flip(engine.resume(id))
      assert.strictEqual(error._tag === "CommandRefused" && error.code, "needs-rerun")
    })
  )

  it.effect("R29: a complete group comes before the steps in it; one that is not complete has only its steps", () =>
    Effect.gen(function* () {
      const { group, names, step } = noted()
      const engine = yield* Engine.make(
        Engine.of([
          step("first"),
          group("whole", [step("a"), group("inner", [step("deep")], "a")], "first"),
          group("half", [step("x"), stops("x")], "whole")
        ])
      )
      const { id, state } = yield* engine.run()
      const order = ["half/x", "whole", "whole/inner", "whole/inner/deep", "whole/a", "first"]
      assert.deepStrictEqual(
        UndoPlan.of(state).map(({ step }) => step),
        order
      )
      yield* engine.undo(id)
      const { of, outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(of("execution-started").at(-1)!.undo, order)
      assert.deepStrictEqual(names(), ["x", "whole", "inner", "deep", "a", "first"])
      assert.deepStrictEqual(outcome.completed, [])
    })
  )

  it.effect("takes back what a map has made, the last instance first, after the map's own undo", () =>
    Effect.gen(function* () {
      const undone: Array<unknown> = []
      const engine = yield* Engine.make(
        Engine.of([
          Step.map("all", {
            items: ["a", "b", "c"],
            undo: () => void undone.push("all"),
            step: (item) =>
              Step.make("one", {
                input: { item },
                run: ({ item }) => `<${item}>`,
                undo: (value: unknown) => void undone.push(value)
              })
          }),
          stops("all")
        ])
      )
      const { id, state } = yield* engine.run()
      assert.deepStrictEqual(
        UndoPlan.of(state).map(({ step }) => step),
        ["all", "all/2", "all/1", "all/0"]
      )
      yield* engine.undo(id, { steps: ["all/1"] })
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.notStarted, ["all/1"])
      yield* engine.undo(id)
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.completed, [])
      assert.deepStrictEqual(undone, ["<b>", "<c>", "<a>"], "the map is not whole any more")
    })
  )

  it.effect("takes back only the named steps and groups", () =>
    Effect.gen(function* () {
      const { group, names, step } = noted()
      const engine = yield* Engine.make(Engine.of([step("a"), group("g", [step("b"), step("c", "b")], "a")]))
      const { id } = yield* engine.run()
      yield* engine.undo(id, { steps: ["c"] })
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.notStarted, ["g/c"])
      yield* engine.undo(id, { steps: ["g"] })
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.completed, ["a"])
      assert.deepStrictEqual(names(), ["c", "b"], "the group is not whole any more")
    })
  )

  it.effect("P12: an undo that fails leaves its step completed; the others are tried, and it ends as Failed", () =>
    Effect.gen(function* () {
      const { names, step } = noted()
      const engine = yield* Engine.make(
        Engine.of([step("a"), step("b", "a", { undo: () => Effect.fail(new Error("gone")) }), step("c", "b")])
      )
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      const { of, outcome, state } = yield* engine.ended(id)
      assert.deepStrictEqual(names(), ["c", "a"])
      assert.strictEqual(outcome._tag, "Failed")
      if (outcome._tag === "Failed") assert.deepStrictEqual([outcome.step, outcome.failure.message], ["b", "gone"])
      assert.deepStrictEqual([outcome.completed, outcome.notStarted], [["b"], ["a", "c"]])
      assert.strictEqual(of("execution-ended").at(-1)!.failure?.step, "b")
      assert.strictEqual(state.steps.get("b")!.cleanUp, "failed")
      yield* engine.undo(id)
      assert.deepStrictEqual((yield* engine.ended(id)).of("execution-started").at(-1)!.undo, ["b"])
    })
  )

  it.effect(
    "P2, P12: an interrupt waits for the undo under way, no longer than its deadline, and starts no other",
    () =>
      Effect.gen(function* () {
        const { names, step } = noted()
        const hold = held()
        const engine = yield* Engine.make(
          Engine.of([step("a"), step("b", "a", { undo: { run: hold.run, deadline: "3 seconds" } }), step("c", "b")])
        )
        const { id } = yield* engine.run()
        yield* engine.undo(id)
        yield* hold.begun
        yield* engine.interrupt(id, { source: "Cli" })
        const requested = yield* engine.seen(id, "interrupt-requested")
        assert.deepStrictEqual(requested.running, ["b"])
        assert.strictEqual(requested.bound._tag, "Within")
        if (requested.bound._tag === "Within") {
          assert.isAtMost(requested.bound.millis, 3_000)
          assert.deepStrictEqual(requested.bound.steps, ["b"])
        }
        assert.strictEqual((yield* engine.get(id)).status, "Interrupting")
        yield* hold.go
        const { of, outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Interrupted")
        assert.strictEqual(of("execution-ended").at(-1)!.cause, "Cli")
        assert.deepStrictEqual([outcome.completed, outcome.notStarted], [["a"], ["b", "c"]])
        yield* engine.undo(id)
        const last = yield* engine.ended(id)
        assert.deepStrictEqual([names(), last.outcome.completed], [["c", "a"], []], "it goes on with the rest")
        assert.strictEqual(last.of("execution-ended").at(-1)!.cause, "Undo")
      })
  )

  it.effect("R19: an interrupt during the last undo is late: everything was taken back", () =>
    Effect.gen(function* () {
      const hold = held()
      const { step } = noted()
      const engine = yield* Engine.make(Engine.of([step("a", [], { undo: hold.run })]))
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* hold.begun
      yield* engine.interrupt(id)
      yield* hold.go
      assert.strictEqual((yield* engine.ended(id)).of("execution-ended").at(-1)!.cause, "Undo")
    })
  )

  it.effect("goes on with the steps of a group whose own undo was the last thing before the stop", () =>
    Effect.gen(function* () {
      const hold = held()
      const { names, step } = noted()
      const inner = Step.group("inner", { steps: [step("deep")], undo: () => void 0 })
      const outer = Step.group("outer", { steps: [step("a"), inner], undo: hold.run })
      const engine = yield* Engine.make(Engine.of([outer]))
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* hold.begun
      yield* engine.interrupt(id)
      yield* hold.go
      const stopped = yield* engine.ended(id)
      assert.deepStrictEqual(stopped.outcome.notStarted, ["outer/a", "outer/inner/deep"])
      yield* engine.undo(id)
      const { of } = yield* engine.ended(id)
      assert.deepStrictEqual(of("execution-started").at(-1)!.undo, ["outer/inner", "outer/inner/deep", "outer/a"])
      assert.deepStrictEqual(names(), ["deep", "a"])
      assert.strictEqual((yield* refused(engine, id)).code, "nothing-to-undo")
    })
  )

  it.effect("PollNextN lets so many more be taken back; IgnoreInterruptions all of them", () =>
    Effect.gen(function* () {
      for (const [strategy, left] of [
        [InterruptStrategy.PollNextN(1), ["a"]],
        [InterruptStrategy.IgnoreInterruptions, []]
      ] as const) {
        const hold = held()
        const { step } = noted()
        const engine = yield* Engine.make(
          Engine.of([step("a"), step("b", "a"), step("c", "b", { undo: hold.run })], { strategy })
        )
        const { id } = yield* engine.run()
        yield* engine.undo(id)
        yield* hold.begun
        yield* engine.interrupt(id)
        yield* hold.go
        assert.deepStrictEqual((yield* engine.ended(id)).outcome.completed, [...left])
      }
    })
  )

  it.effect("is held between two undos by a pause, and goes on", () =>
    Effect.gen(function* () {
      const hold = held()
      const { names, step } = noted()
      const engine = yield* Engine.make(Engine.of([step("a"), step("b", "a", { undo: hold.run })]))
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* hold.begun
      assert.strictEqual((yield* engine.pause(id)).status, "Pausing")
      yield* hold.go
      yield* engine.seen(id, "paused")
      assert.deepStrictEqual(names(), [])
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.ended(id)).of("execution-ended").at(-1)!.cause, "Undo")
      assert.deepStrictEqual(names(), ["a"])
    })
  )

  it.effect("P11: terminate cuts the undo under way short, names it, and starts no other", () =>
    Effect.gen(function* () {
      const { names, step } = noted()
      const engine = yield* Engine.make(Engine.of([step("a"), step("b", "a", { undo: () => Effect.never })]))
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* engine.seen(id, "clean-up-started", { step: "b" })
      yield* engine.terminate(id)
      const { of, outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Terminated")
      if (outcome._tag === "Terminated") assert.deepStrictEqual(outcome.abandoned, ["b"])
      assert.deepStrictEqual([outcome.completed, names()], [["a", "b"], []])
      assert.strictEqual(of("clean-up-ended").at(-1)!.failure?.code, "cut-short")
    })
  )

  it.effect("P12: an undo that does not end within its deadline has failed", () =>
    Effect.gen(function* () {
      const { step } = noted()
      const engine = yield* Engine.make(
        Engine.of([step("a", [], { undo: { run: () => Effect.never, deadline: "2 seconds" } })])
      )
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* engine.seen(id, "clean-up-started")
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("2 seconds")
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "deadline-passed")
    })
  )

  it.effect("the flow's deadline is that of its steps: it does not stop an undo", () =>
    Effect.gen(function* () {
      const hold = held()
      const { step } = noted()
      const engine = yield* Engine.make(
        Engine.of([step("a", [], { undo: { run: hold.run, deadline: "1 minute" } })], { deadline: "1 second" })
      )
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* hold.begun
      yield* TestClock.adjust("2 seconds")
      yield* hold.go
      assert.deepStrictEqual((yield* engine.ended(id)).of("interrupt-requested"), [])
    })
  )

  it.effect("P8: is refused with `nothing-to-undo`, which says why, and nothing is recorded", () =>
    Effect.gen(function* () {
      const { step } = noted()
      const engine = yield* Engine.make(
        Engine.of([step("a"), Step.make("plain", { run: () => 1 }), stops(["a", "plain"]), step("later", "stops")])
      )
      const { events, id } = yield* engine.run()
      const named = yield* refused(engine, id, { steps: ["a", "plain", "later", "nobody"] })
      assert.deepStrictEqual(
        [named.code, named.command, named.steps],
        ["nothing-to-undo", "undo", ["plain", "later", "nobody"]]
      )
      assert.include(named.detail, "`plain` has no `undo`")
      assert.include(named.detail, "`later` has not completed")
      assert.include(named.detail, "`nobody` is no step of the flow")
      assert.strictEqual((yield* engine.get(id)).sequence, events.length)
      yield* engine.undo(id)
      yield* engine.ended(id)
      assert.strictEqual((yield* refused(engine, id)).code, "nothing-to-undo")
    })
  )

  it.effect("waits for its place like any attempt, and can be interrupted there", () =>
    Effect.gen(function* () {
      const hold = held()
      const { names, step } = noted()
      const engine = yield* Engine.make(
        [Engine.of([step("a")]), Flow.make("holds", { steps: [Step.make("h", { run: hold.run })] })] as never,
        { maxExecutions: 1 }
      )
      const { id } = yield* engine.run()
      const other = yield* engine.begin({ flow: "holds" })
      yield* hold.begun
      yield* engine.undo(id)
      assert.strictEqual((yield* engine.get(id)).status, "Pending")
      assert.strictEqual((yield* refused(engine, id)).code, "queued")
      yield* engine.interrupt(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Interrupted")
      assert.deepStrictEqual(names(), [])
      yield* hold.go
      yield* engine.ended(other)
    })
  )
})

describe("undo in another process", () => {
  it.effect("P5: kill -9 during an undo: what has no end is reported, and the next undo runs it again", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const store = MortalStore.make(shared)
      const { names, step } = noted()
      let hangs = true
      const hold = Deferred.makeUnsafe<void>()
      const undo = () =>
        hangs ? Effect.andThen(Deferred.succeed(hold, undefined), Effect.never) : Effect.sync(() => void 0)
      const flow = Engine.of([step("a"), step("b", "a", { undo }), step("c", "b")])
      const engine = yield* Engine.doomed(flow, { store, owner: "gone" })
      const { id } = yield* engine.run()
      yield* engine.undo(id)
      yield* Engine.Bounded.within(Deferred.await(hold), "the undo to begin")
      store.kill()
      hangs = false
      yield* Recovery.recover(shared, { owner: "next", gone: "gone" })
      const next = yield* Engine.make(flow, { store: MortalStore.make(shared), owner: "next" })
      const found = yield* next.ended(id)
      assert.deepStrictEqual([found.outcome._tag, found.of("execution-ended").at(-1)!.cause], ["Interrupted", "Crash"])
      assert.deepStrictEqual([found.outcome.completed, found.outcome.notStarted], [["a", "b"], ["c"]])
      const cut = found.of("clean-up-ended", "b")
      assert.deepStrictEqual(
        cut.map(({ failure, kind }) => [kind, failure?.code]),
        [["undo", "cut-short"]]
      )
      assert.strictEqual(found.state.steps.get("b")!.cleanUp, "failed")
      yield* next.undo(id)
      const { of, outcome } = yield* next.ended(id)
      assert.deepStrictEqual([of("execution-started").at(-1)!.undo, outcome.completed], [["b", "a"], []])
      assert.deepStrictEqual(names(), ["c", "a"])
    })
  )

  it.effect("is refused with `secret-masked` where an undo reads a value of which a secret was left out", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const params = Params.make(Schema.Struct({ token: Schema.String }), { secrets: ["token"] })
      const undone: Array<string> = []
      const step = (name: string, options: object = {}) =>
        Step.make(name, {
          input: { params },
          run: ({ params }) => (params as { token: string }).token,
          undo: () => void undone.push(name),
          ...options
        })
      const flow = Flow.make("f", {
        params,
        steps: [
          step("reads"),
          step("blind", { undo: { run: () => void undone.push("blind"), readsValue: false } }),
          Step.make("plain", { run: () => 1, undo: () => void undone.push("plain") })
        ]
      }) as Flow.Flow<unknown, never>
      const first = yield* Engine.make(flow, { store: MortalStore.make(shared) })
      const { id } = yield* first.run({ params: { token: "hush-hush" } })
      const next = yield* Engine.make(flow, { store: MortalStore.make(shared) })
      assert.deepStrictEqual((yield* refused(next, id, { steps: ["plain"] })).code, "secret-missing")
      const given = { params: { token: "hush-hush" } }
      const error = yield* refused(next, id, given)
      assert.deepStrictEqual([error.code, error.steps], ["secret-masked", ["reads"]])
      yield* next.undo(id, { ...given, steps: ["plain", "blind"] })
      assert.deepStrictEqual((yield* next.ended(id)).outcome.completed, ["reads"])
      assert.sameMembers(undone, ["plain", "blind"])
    })
  )

  it.effect("asks which definition counts when the flow has changed, as resume does", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const undone: Array<string> = []
      const flow = (version: number) =>
        Engine.of([
          Step.make("a", {
            fingerprint: `${version}`,
            run: () => 1,
            undo: (v: unknown) => void undone.push(`${version} ${v}`)
          })
        ])
      const first = yield* Engine.make(flow(1), { store: MortalStore.make(shared) })
      const { id } = yield* first.run()
      const next = yield* Engine.make(flow(2), { store: MortalStore.make(shared) })
      assert.strictEqual((yield* refused(next, id)).code, "definition-changed")
      yield* next.undo(id, { definition: "current" })
      yield* next.ended(id)
      assert.deepStrictEqual(undone, ["2 1"])
    })
  )
})
