/** Resuming from the store alone: in another process than the one that began, with changed flows, params and secrets. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema } from "effect"
import {
  ExecutionEvent,
  type ExecutionId,
  type Executions,
  ExecutionsError,
  type ExecutionStore,
  ExecutionStoreMemory,
  Flow,
  FlowCatalog,
  Params,
  Step
} from "@halte/engine"
import { Bounded, Check, HandStep } from "@halte/engine/testing"
import * as Engine from "./support/Engine.ts"
import * as MortalStore from "./support/MortalStore.ts"

type Id = ExecutionId.ExecutionId
type Any = Flow.Flow<unknown, never>
type Shape = ExecutionStore.ExecutionStoreShape

/** An engine as another process would have it: over what is stored and nothing else. */
const another = (
  shared: Shape,
  flows: Any | ReadonlyArray<Any>,
  options: Parameters<typeof Engine.make<never>>[1] = {}
) => Engine.make(flows, { store: MortalStore.make(shared), ...options })

/** Stops half-way in the first attempt, and says then which attempt it is. */
const stops = (name: string, options: Step.Options = {}) =>
  Step.make(name, {
    ...(options as object),
    run: (_: unknown, step) => (step.attempt === 1 ? step.interrupted() : `${name} ${step.attempt}`)
  })

/** Counts how often it runs. */
const counted = (counts: Map<string, number>, name: string, options: Step.Options = {}, version = 1) =>
  Step.make(name, {
    ...(options as object),
    fingerprint: `${name} ${version}`,
    run: () => {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      return `${name} ${version}`
    }
  })

const refused = (engine: Engine.Engine, id: Id, request?: Executions.ResumeRequest) =>
  Effect.map(Effect.flip(engine.resume(id, request)), (error) => {
    if (error._tag !== "CommandRefused") throw new Error(`${error._tag}: ${error.message}`)
    return error as ExecutionsError.CommandRefused
  })

describe("a flow that has changed since", () => {
  const setting = (version: number, counts: Map<string, number>) => {
    const items = Array.from({ length: 6 }, (_, i) => i)
    const list = (stopAt: number) =>
      Step.forEach("list", {
        items,
        fingerprint: `list ${version}`,
        collect: true,
        run: (item, step) => {
          counts.set("list", (counts.get("list") ?? 0) + 1)
          return step.attempt === 1 && item === stopAt ? step.interrupted() : item * version
        }
      })
    return Engine.of([
      counted(counts, "kept"),
      counted(counts, "changed", {}, version),
      counted(counts, "reads", { input: { changed: Step.ref("changed") } }),
      list(4),
      stops("last", { after: ["reads", "list", "kept"] })
    ])
  }

  it.live("is refused with what differs, and nothing has changed then", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { id } = yield* (yield* another(shared, setting(1, new Map()))).run()
      const engine = yield* another(shared, setting(2, new Map()))
      const error = yield* refused(engine, id)
      assert.strictEqual(error.code, "definition-changed")
      assert.deepStrictEqual(error.changes, [
        { step: "changed", change: "changed", after: "its definition" },
        { step: "list", change: "changed", after: "its definition" }
      ])
      assert.deepStrictEqual([(yield* engine.get(id)).attempt, yield* shared.owners], [1, []])
    })
  )

  it.live("taken as it is now, runs what changed and what comes after that again, lists from their beginning", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { id } = yield* (yield* another(shared, setting(1, new Map()))).run()
      const counts = new Map<string, number>()
      const engine = yield* another(shared, setting(2, counts))
      yield* engine.resume(id, { definition: "current" })
      const { of, outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag, "Completed")
      assert.deepStrictEqual(Object.fromEntries(counts), { changed: 1, reads: 1, list: 6 })
      assert.deepStrictEqual([outcome.values["kept"], outcome.values["changed"]], ["kept 1", "changed 2"])
      assert.deepStrictEqual(outcome.values["list"], { count: 6, failed: 0, results: [0, 2, 4, 6, 8, 10] })
      const started = of("execution-started")[1]!
      assert.sameMembers([...started.again!], ["changed", "reads", "list"])
      assert.strictEqual(started.kept, 1)
    })
  )

  it.live(
    "is not what differs in labels, and is what differs in a condition, a limit of time or what is done per item",
    () =>
      Effect.gen(function* () {
        const hold = stops("last")
        const of = (...steps: ReadonlyArray<Step.Any>) => Engine.of([...steps, hold])
        const list = (more: object) => Step.forEach("a", { items: [1, 2], run: (n: number) => n, ...more } as never)
        const pairs: ReadonlyArray<readonly [Step.Any, Step.Any, boolean]> = [
          [Step.make("a", { run: () => 1 }), Step.make("a", { run: () => 1, label: "A", description: "!" }), false],
          [Step.make("a", { run: () => 1 }), Step.make("a", { run: () => 2 }), true],
          [Step.make("a", { run: () => 1 }), Step.make("a", { run: () => 1, timeout: "1 second" }), true],
          [Step.make("a", { run: () => 1 }), Step.make("a", { run: () => 1, when: () => true }), true],
          [list({}), list({}), false],
          [list({}), list({ run: (n: number) => n + 1 }), true],
          [list({}), list({ every: 2 }), true],
          [list({}), list({ collect: true }), true],
          [list({}), list({ items: () => [1, 2, 3] }), true],
          [Step.sleep("a", { duration: 1 }), Step.sleep("a", { duration: 2 }), true]
        ]
        for (const [index, [before, after, differs]] of pairs.entries()) {
          const shared = ExecutionStoreMemory.make()
          const { id } = yield* (yield* another(shared, of(before))).run()
          const exit = yield* Effect.exit((yield* another(shared, of(after))).resume(id))
          assert.strictEqual(Exit.isFailure(exit), differs, `pair ${index}`)
        }
      })
  )

  describe("and is made again from where it was defined", () => {
    const flow = (version: number) =>
      Flow.make("f", {
        steps: [Step.make("a", { fingerprint: `${version}`, run: () => version }), stops("b", { after: "a" })],
        origin: { kind: "file", path: "f.flow.yaml" },
        definitionText: `version ${version}`
      }) as Any
    const gone = (reason: string) => Effect.fail(new FlowCatalog.DefinitionUnavailable({ flow: "f", reason }))

    it.live("is taken as it was, from what is stored", () =>
      Effect.gen(function* () {
        const shared = ExecutionStoreMemory.make()
        const { id } = yield* (yield* another(shared, flow(1))).run()
        const asked: Array<FlowCatalog.StoredFlow> = []
        const engine = yield* another(shared, [], {
          source: {
            current: () => Effect.succeed(flow(2)),
            stored: (stored) => Effect.sync(() => (asked.push(stored), flow(1)))
          }
        })
        assert.strictEqual((yield* refused(engine, id)).code, "definition-changed")
        yield* engine.resume(id, { definition: "stored" })
        const { outcome } = yield* engine.ended(id)
        assert.deepStrictEqual(outcome.values, { a: 1, b: "b 2" })
        assert.deepStrictEqual(
          [asked.length, asked[0]!.text, asked[0]!.origin, asked[0]!.description.name],
          [1, "version 1", { kind: "file", path: "f.flow.yaml" }, "f"]
        )
      })
    )

    it.live("refuses with the other choice when one can't be had", () =>
      Effect.gen(function* () {
        const shared = ExecutionStoreMemory.make()
        const { id } = yield* (yield* another(shared, flow(1))).run()
        const engine = yield* another(shared, [], {
          source: { current: () => gone("no such file."), stored: () => gone("its module has changed.") }
        })
        const current = yield* refused(engine, id)
        assert.deepStrictEqual(
          [current.code, current.detail],
          [
            "definition-changed",
            "The definition of flow `f` can't be had: no such file. The definition that is stored can be taken instead."
          ]
        )
        const stored = yield* refused(engine, id, { definition: "stored" })
        assert.deepStrictEqual(
          [stored.code, stored.detail],
          [
            "definition-changed",
            "The definition of flow `f` can't be had: its module has changed. The definition that is current can be taken instead."
          ]
        )
        assert.deepStrictEqual(yield* shared.owners, [])
      })
    )

    it.live("says so when nothing is stored, or when it is not known here at all", () =>
      Effect.gen(function* () {
        const shared = ExecutionStoreMemory.make()
        const inCode = Engine.of([stops("b")])
        const { id } = yield* (yield* another(shared, inCode)).run()
        const engine = yield* another(shared, [], {
          source: { current: () => gone("no such export."), stored: () => gone("nothing.") }
        })
        assert.match((yield* refused(engine, id)).detail!, /no such export\. No other is stored\.$/)
        const other = yield* another(shared, Engine.of([stops("b", { timeout: "1 minute" })]))
        assert.match(
          (yield* refused(other, id, { definition: "stored" })).detail!,
          /^A flow that is defined in code is not/
        )
        const none = yield* another(shared, [])
        const error = yield* Effect.flip(none.resume(id))
        assert.strictEqual(error._tag, "FlowNotFound")
      })
    )
  })
})

describe("needs-rerun", () => {
  it.live("names what is not idempotent and would run again because it, or what it reads, has changed", () =>
    Effect.gen(function* () {
      const of = (version: number) =>
        Engine.of([
          counted(new Map(), "a", {}, version),
          counted(new Map(), "pays", { after: "a", idempotent: false }),
          counted(new Map(), "other", { idempotent: false }),
          stops("b", { after: ["pays", "other"] })
        ])
      const shared = ExecutionStoreMemory.make()
      const { id } = yield* (yield* another(shared, of(1))).run()
      const engine = yield* another(shared, of(2))
      const error = yield* refused(engine, id, { definition: "current" })
      assert.deepStrictEqual([error.code, error.steps], ["needs-rerun", ["pays"]])
      yield* engine.resume(id, { definition: "current", rerun: ["pays"] })
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.live("asks of one that failed, and not of one that has a cursor to go on from", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const flow = Engine.of(
        [
          Step.make("fails", {
            idempotent: false,
            run: (_: unknown, step) => {
              if (step.attempt === 1) throw new Error("no")
              return 1
            }
          }),
          Step.make("cursor", {
            idempotent: false,
            run: (_: unknown, step) => (step.attempt === 1 ? step.interrupted({ cursor: 7 }) : step.cursor)
          })
        ],
        { onFailure: "continue" }
      )
      const { id } = yield* (yield* another(shared, flow)).run()
      const engine = yield* another(shared, flow)
      const error = yield* refused(engine, id)
      assert.deepStrictEqual([error.code, error.steps], ["needs-rerun", ["fails"]])
      yield* engine.resume(id, { rerun: ["fails"] })
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.values, { fails: 1, cursor: 7 })
    })
  )
})

describe("params", () => {
  const params = Params.make(
    Schema.Struct({ n: Schema.NumberFromString, m: Schema.optionalKey(Schema.NumberFromString) })
  )
  const flow = Flow.make("f", {
    params,
    steps: [
      Step.make("a", {
        input: { params },
        run: ({ params: { m = 0, n } }, step) => (step.attempt < 4 ? step.interrupted() : n + m)
      })
    ]
  }) as Any

  it.live("R65: changed on resume count over those that are stored, wherever it is resumed", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const one = yield* another(shared, flow)
      const two = yield* another(shared, flow)
      const { id } = yield* one.run({ params: { n: "1" } })
      const problem = yield* Check.failsWith(two.resume(id, { params: { n: 5 } }), "InvalidParams", "a bad param")
      assert.deepStrictEqual(
        (problem as ExecutionsError.InvalidParams).problems.map((p) => p.pointer),
        ["/n"]
      )
      yield* Check.failsWith(two.resume(id, { params: [] }), "InvalidParams", "no object")
      // Where it was started they are known as decoded; what is given is given as text all the same.
      yield* one.resume(id, { params: { m: "5" } })
      assert.deepStrictEqual((yield* one.ended(id)).state.params, { n: "1", m: "5" })
      yield* two.resume(id, { params: { n: "2" } })
      assert.deepStrictEqual((yield* two.ended(id)).state.params, { n: "2", m: "5" })
      // The first one still knows those that it was given; others have gone on since.
      yield* one.resume(id)
      const { outcome, state } = yield* one.ended(id)
      assert.deepStrictEqual([outcome.values["a"], state.params], [7, { n: "2", m: "5" }])
    })
  )

  it.live("R68: stop after some steps, look, change a param, and go on elsewhere with the rest", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const given = Params.make(Schema.Struct({ n: Schema.Number }))
      const names = ["a", "b", "c", "d"] as const
      const steps = names.map((name, i) =>
        Step.make(name, {
          input: { given, ...(i === 0 ? {} : { before: Step.ref(names[i - 1]!) }) },
          run: ({ given: { n } }: { given: { n: number } }, step) => `${name} ${n} ${step.attempt}`
        })
      )
      const chain = Flow.make("f", { params: given, steps }) as Any
      const first = yield* (yield* another(shared, chain)).run({ params: { n: 1 }, stopAfter: 2 })
      assert.deepStrictEqual(
        [first.outcome.completed, first.outcome.notStarted],
        [
          ["a", "b"],
          ["c", "d"]
        ]
      )
      const engine = yield* another(shared, chain)
      yield* engine.resume(first.id, { params: { n: 2 }, stopAfter: 1 })
      assert.deepStrictEqual((yield* engine.ended(first.id)).outcome.notStarted, ["d"])
      yield* (yield* another(shared, chain)).resume(first.id)
      const { steps: values } = yield* Bounded.within(waitFor(engine, first.id, "Completed"), "its end")
      assert.deepStrictEqual(
        names.map((name) => values.get(name)!.value),
        ["a 1 1", "b 1 1", "c 2 2", "d 2 3"]
      )
    })
  )
})

/** Waits until the store says so, whoever brings it about. */
const waitFor = (engine: Engine.Engine, id: Id, status: string) =>
  Effect.gen(function* () {
    for (;;) {
      const state = yield* engine.get(id)
      if (state.status === status) return state
      yield* Bounded.turns()
    }
  })

describe("secrets", () => {
  const token = "hunter2-hunter2"
  const params = Params.make(
    Schema.Struct({ token: Schema.String, optional: Schema.optionalKey(Schema.String), open: Schema.String }),
    { secrets: ["token", "optional"] }
  )
  const flow = (uses: Array<unknown> = []) =>
    Flow.make("f", {
      params,
      steps: [
        Step.make("leaks", {
          input: { params },
          run: ({ params }, step) => {
            uses.push(params.token)
            step.log(`with ${params.token}`)
            step.report({ done: 1, message: params.token })
            return { header: `Bearer ${params.token}` }
          }
        }),
        Step.make("plain", { run: () => "nothing secret" }),
        Step.make("reads", {
          input: { leaks: Step.ref("leaks") },
          after: "plain",
          run: ({ leaks }, step) => {
            if (step.attempt === 1) return step.interrupted({ partial: leaks, cursor: leaks })
            return (leaks as { header: string }).header === `Bearer ${token}`
          }
        })
      ]
    }) as Any

  it.live("are nowhere in the store", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const engine = yield* another(shared, flow())
      const { id } = yield* engine.run({ params: { token, open: "seen" } })
      yield* engine.interrupt(id, { reason: "late" })
      const rows = [
        ...(yield* shared.read(id, 0, 1000)).map(ExecutionEvent.toJson),
        ...(yield* shared.readLog(id, { after: 0, limit: 1000 })).map((line) => JSON.stringify(line)),
        JSON.stringify(yield* shared.list())
      ]
      assert.isTrue(rows.some((row) => row.includes("seen")))
      for (const row of rows) assert.notInclude(row, token)
    })
  )

  it.live("are asked for again in another process, and what gave a masked value runs again", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { id } = yield* (yield* another(shared, flow())).run({ params: { token, open: "seen" } })
      const uses: Array<unknown> = []
      const engine = yield* another(shared, flow(uses))
      const error = yield* refused(engine, id)
      assert.deepStrictEqual(
        [error.code, error.detail],
        ["secret-missing", "Secret params are not stored: give `token` again."]
      )
      assert.deepStrictEqual(yield* shared.owners, [])
      yield* engine.resume(id, { params: { token } })
      const { of, outcome } = yield* engine.ended(id)
      assert.deepStrictEqual([outcome._tag, outcome.values["reads"], uses], ["Completed", true, [token]])
      assert.deepStrictEqual(of("execution-started")[1]!.again, ["leaks"])
    })
  )

  it.live("that are wrong are named without their value", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { id } = yield* (yield* another(shared, flow())).run({ params: { token, open: "seen" } })
      const engine = yield* another(shared, flow())
      const error = yield* Effect.flip(engine.resume(id, { params: { token: 12345678 } }))
      assert.strictEqual(error._tag, "InvalidParams")
      assert.notInclude(error.message, "12345678")
    })
  )

  it.live("in the value of what may not run again by itself need a person's word", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const pays = Step.make("pays", { input: { params }, idempotent: false, run: ({ params }) => params.token })
      const reads = Step.make("reads", {
        input: { pays },
        run: ({ pays }, step) => (step.attempt === 1 ? step.interrupted() : pays.length)
      })
      const paying = Flow.make("f", { params, steps: [pays, reads] }) as Any
      const { id } = yield* (yield* another(shared, paying)).run({ params: { token, open: "" } })
      const engine = yield* another(shared, paying)
      const error = yield* refused(engine, id, { params: { token } })
      assert.deepStrictEqual([error.code, error.steps], ["needs-rerun", ["pays"]])
      yield* engine.resume(id, { params: { token }, rerun: ["pays"] })
      assert.strictEqual((yield* engine.ended(id)).outcome.values["reads"], token.length)
    })
  )
})

describe("several engines over one store", () => {
  it.live("R10: resuming at once, one of them begins one attempt", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { a, steps } = HandStep.chain("a")
      const flow = Engine.of(steps)
      const first = yield* another(shared, flow)
      const id = yield* first.begin()
      yield* (yield* a.begun()).stopHalfWay()
      yield* first.ended(id)
      const engines = yield* Effect.forEach([0, 1, 2, 3], (turns) =>
        Engine.make(flow, { store: MortalStore.make(shared, undefined, turns) })
      )
      const exits = yield* Effect.forEach([first, ...engines], (engine) => Effect.exit(engine.resume(id)), {
        concurrency: "unbounded"
      })
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
      yield* (yield* a.begun()).succeed("once")
      yield* waitFor(first, id, "Completed")
      assert.deepStrictEqual([a.runs(), (yield* first.get(id)).attempt], [2, 2])
    })
  )

  it.live("R10: one that looked before another had brought it to its end does not run it again", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const counts = new Map<string, number>()
      const flow = Engine.of([counted(counts, "a"), stops("b", { after: "a" })])
      const { id } = yield* (yield* another(shared, flow)).run()
      const slow = MortalStore.make(shared)
      let held = yield* Engine.make(flow, {
        store: {
          ...slow,
          // Its claim is on its way while the other one does everything.
          claim: (...args) =>
            Effect.gen(function* () {
              const other = yield* Effect.scoped(
                Effect.flatMap(another(shared, flow), (engine) => Effect.andThen(engine.resume(id), engine.ended(id)))
              ).pipe(Effect.orDie)
              assert.strictEqual(other.outcome._tag, "Completed")
              return yield* slow.claim(...args)
            })
        }
      })
      const error = yield* refused(held, id)
      assert.strictEqual(error.code, "completed")
      assert.deepStrictEqual([(yield* held.get(id)).attempt, yield* shared.owners], [2, []])
    })
  )

  it.live("R16: a flow of which one execution runs keeps its claim while it takes the flow's name", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const counts = new Map<string, number>()
      const flow = Engine.of([counted(counts, "a"), stops("b", { after: "a" })], { single: true })
      const { id } = yield* (yield* another(shared, flow)).run()
      const one = MortalStore.make(shared)
      const thieves: Array<boolean> = []
      // At each moment at which a claim could be free somebody tries to get it.
      const steal = Effect.map(
        Effect.exit(shared.claim(id, "thief")),
        (exit) => void thieves.push(Exit.isSuccess(exit))
      )
      let claims = 0
      const engine = yield* Engine.make(flow, {
        store: {
          ...one,
          claim: (...args) => Effect.andThen(++claims > 1 ? steal : Effect.void, one.claim(...args)),
          release: (claim) => Effect.andThen(one.release(claim), steal)
        }
      })
      yield* engine.resume(id)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
      assert.deepStrictEqual([thieves.filter(Boolean), counts.get("a")], [[], 1])
      assert.isAbove(claims, 1, "it was tried")
    })
  )

  it.live("R16: refuse a second start and a resume by the id that has the name, whichever engine has it", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { a, steps } = HandStep.chain("a")
      const flow = Engine.of(steps, { single: true })
      const one = yield* another(shared, flow)
      const two = yield* another(shared, flow)
      const earlier = yield* one.begin()
      yield* (yield* a.begun()).stopHalfWay()
      yield* one.ended(earlier)
      const exits = yield* Effect.forEach([one, two, one, two], (engine) => Effect.exit(engine.begin()), {
        concurrency: "unbounded"
      })
      const [id, ...more] = exits.filter(Exit.isSuccess).map((exit) => exit.value)
      assert.deepStrictEqual(more, [])
      for (const attempt of [one.begin(), two.begin(), one.resume(earlier), two.resume(earlier)]) {
        const error = yield* Effect.flip(attempt as Effect.Effect<unknown, ExecutionsError.ExecutionsError>)
        assert.deepStrictEqual(error._tag === "FlowBusy" && error.execution, id)
      }
      yield* (yield* a.begun()).succeed()
      yield* waitFor(two, id!, "Completed")
      yield* two.resume(earlier)
      yield* (yield* a.begun(earlier)).succeed()
      yield* two.ended(earlier)
      assert.deepStrictEqual(yield* shared.owners, [])
    })
  )

  it.live("say of one that another engine has that it can't be reached from here, for every command", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const { a, steps } = HandStep.chain("a")
      const flow = Engine.of(steps)
      const one = yield* another(shared, flow)
      const two = yield* another(shared, flow)
      const id = yield* one.begin()
      const hand = yield* a.begun()
      const messages: Array<string> = []
      const text = `The engine can't be used: execution \`${id}\` is under way in another process, which can't be reached from here.`
      for (const command of [
        two.interrupt(id),
        two.pause(id),
        two.resume(id),
        two.terminate(id),
        two.answer(id, "a", 1)
      ]) {
        const error = yield* Effect.flip(command as Effect.Effect<unknown, ExecutionsError.ExecutionsError>)
        messages.push(error.message)
      }
      assert.strictEqual((yield* two.get(id)).status, "Running")
      yield* hand.succeed()
      yield* one.ended(id)
      const running = `Execution \`${id}\` is Running, so resume is refused: already-running.`
      assert.deepStrictEqual(messages, [text, text, running, text, text])
    })
  )

  it.live("R9: record a request after the end, by the attempt that it comes after", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const flow = Engine.of([stops("a")])
      const one = yield* another(shared, flow)
      const two = yield* another(shared, flow)
      const { id } = yield* one.run()
      yield* two.resume(id)
      yield* two.ended(id)
      // The first engine has only seen the first attempt.
      const receipt = yield* one.interrupt(id, { source: "Cli", by: "ann" })
      assert.deepStrictEqual([receipt.effect, receipt.status], ["late", "Completed"])
      const state = yield* two.get(id)
      assert.deepStrictEqual(
        state.requests.filter((r) => r.kind === "late").map((r) => [r.attempt, r.signal.by]),
        [[2, "ann"]]
      )
    })
  )

  it.live("R9: record it by the attempt that came while their claim was on its way", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const flow = Engine.of([stops("a")])
      const { id } = yield* (yield* another(shared, flow)).run()
      const slow = MortalStore.make(shared)
      const engine = yield* Engine.make(flow, {
        store: {
          ...slow,
          claim: (...args) =>
            Effect.gen(function* () {
              const other = yield* another(shared, flow)
              yield* other.resume(id)
              yield* other.ended(id)
              return yield* slow.claim(...args)
            }).pipe(Effect.scoped, Effect.orDie)
        }
      })
      assert.strictEqual((yield* engine.interrupt(id)).status, "Completed")
      assert.deepStrictEqual(
        (yield* engine.get(id)).requests.filter((r) => r.kind === "late").map((r) => r.attempt),
        [2]
      )
    })
  )

  it.live("R8, R9: record a hundred late requests at once, each once, in one order", () =>
    Effect.gen(function* () {
      const shared = ExecutionStoreMemory.make()
      const flow = Engine.of([stops("a")])
      const engine = yield* Engine.make(flow, { store: MortalStore.make(shared, undefined, 1) })
      const { events, id } = yield* engine.run()
      const receipts = yield* Effect.forEach(
        Array.from({ length: 100 }, (_, i) => i),
        (i) => engine.interrupt(id, { by: `${i}` }),
        { concurrency: "unbounded" }
      )
      assert.isTrue(receipts.every((r) => r.effect === "late"))
      const later = (yield* shared.read(id, events.length, 1000)) as ReadonlyArray<ExecutionEvent.ExecutionEvent>
      assert.deepStrictEqual(
        later.map((e) => e.sequence),
        later.map((_, i) => events.length + 1 + i)
      )
      assert.deepStrictEqual(
        later.map((e) => e.type === "interrupt-repeated" && Number(e.signal.by)).sort((x, y) => Number(x) - Number(y)),
        Array.from({ length: 100 }, (_, i) => i)
      )
      assert.deepStrictEqual(yield* shared.owners, [])
    })
  )
})

describe("a caller who goes away", () => {
  const held = (shared: Shape, at: "claim" | "append") => {
    const store = MortalStore.make(shared)
    let open = () => {}
    let reached = () => {}
    const isOpen = new Promise<void>((resolve) => (open = resolve))
    const isReached = new Promise<void>((resolve) => (reached = resolve))
    // The store has it; only the answer takes its time.
    const slow = <A, E>(effect: Effect.Effect<A, E>) =>
      Effect.tap(effect, () => {
        reached()
        return Effect.promise(() => isOpen)
      })
    const gated: Shape = {
      ...store,
      claim: (...args) => (at === "claim" ? slow(store.claim(...args)) : store.claim(...args)),
      append: (...args) => (at === "append" ? slow(store.append(...args)) : store.append(...args))
    }
    return { store: gated, open: Effect.sync(() => open()), reached: Effect.promise(() => isReached) }
  }

  for (const at of ["claim", "append"] as const) {
    it.live(
      `while a start waits for its ${at} leaves no claim that nobody uses, nor an execution that never begins`,
      () =>
        Effect.gen(function* () {
          const shared = ExecutionStoreMemory.make()
          const { open, reached, store } = held(shared, at)
          const flow = Engine.of([Step.make("a", { run: () => 1 })], { single: true })
          const engine = yield* Engine.make(flow, { store, maxExecutions: 1 })
          const caller = yield* Effect.forkChild(engine.begin(), { startImmediately: true })
          yield* Bounded.within(reached, "the store")
          const gone = yield* Effect.forkChild(Fiber.interrupt(caller), { startImmediately: true })
          yield* open
          yield* Bounded.within(Fiber.join(gone), "the caller to be gone")
          for (const { id } of yield* engine.list()) yield* engine.ended(id)
          assert.deepStrictEqual(yield* shared.owners, [])
          assert.strictEqual((yield* engine.run()).outcome._tag, "Completed")
        })
    )

    it.live(`while a resume waits for its ${at} leaves nothing half begun`, () =>
      Effect.gen(function* () {
        const shared = ExecutionStoreMemory.make()
        const flow = Engine.of([stops("a")])
        const { id } = yield* (yield* another(shared, flow)).run()
        const { open, reached, store } = held(shared, at)
        const engine = yield* Engine.make(flow, { store })
        const caller = yield* Effect.forkChild(Effect.exit(engine.resume(id)), { startImmediately: true })
        yield* Bounded.within(reached, "the store")
        const gone = yield* Effect.forkChild(Fiber.interrupt(caller), { startImmediately: true })
        yield* open
        yield* Bounded.within(Fiber.join(gone), "the caller to be gone")
        const state = yield* engine.get(id)
        if (state.attempt === 2) yield* engine.ended(id)
        else {
          yield* engine.resume(id)
          yield* engine.ended(id)
        }
        assert.deepStrictEqual(yield* shared.owners, [])
        assert.strictEqual((yield* engine.get(id)).status, "Completed")
      })
    )

    it.live(`while a late request waits for its ${at} leaves no claim behind`, () =>
      Effect.gen(function* () {
        const shared = ExecutionStoreMemory.make()
        const flow = Engine.of([stops("a")])
        const { id } = yield* (yield* another(shared, flow)).run()
        const { open, reached, store } = held(shared, at)
        const engine = yield* Engine.make(flow, { store })
        const caller = yield* Effect.forkChild(Effect.exit(engine.interrupt(id)), { startImmediately: true })
        yield* Bounded.within(reached, "the store")
        const gone = yield* Effect.forkChild(Fiber.interrupt(caller), { startImmediately: true })
        yield* open
        yield* Bounded.within(Fiber.join(gone), "the caller to be gone")
        assert.deepStrictEqual(yield* shared.owners, [])
      })
    )
  }
})
