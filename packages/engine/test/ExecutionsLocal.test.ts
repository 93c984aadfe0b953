import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Schema, Scope, Stream } from "effect"
import { ExecutionId, ExecutionsLocal, Flow, Params, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const one = Step.make("one", { run: () => 1 })
/** Stops half-way in the first attempt. */
const stops = (name: string, options: Step.Options = {}) =>
  Step.make(name, {
    ...(options as object),
    run: async (_, step) => (step.attempt === 1 ? step.interrupted() : `${name} ${step.attempt}`)
  })

describe("ExecutionsLocal", () => {
  describe("start", () => {
    it.live("refuses a flow that it does not know, naming those that it does", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make([Engine.of([one]), Flow.make("g", { steps: [one] })])
        const error = yield* Effect.flip(engine.start({ flow: "h" }))
        assert.strictEqual(error.message, "Flow `h` is not known here. It knows `f`, `g`.")
      })
    )

    it.live("refuses a flow of another fingerprint than the caller means", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(Engine.of([one], { fingerprint: "f00d" }))
        const error = yield* Effect.flip(engine.start({ flow: "f", fingerprint: "beef" }))
        assert.strictEqual(error._tag, "FlowDiffers")
        assert.strictEqual(error.message, "Flow `f` differs here: its fingerprint is f00d, not beef.")
        yield* engine.ended(yield* engine.start({ flow: "f", fingerprint: "f00d" }))
      })
    )

    it.live("refuses flows with problems, and two of one name, before it is made", () =>
      Effect.gen(function* () {
        const bad = yield* Effect.flip(ExecutionsLocal.make({ flows: [Engine.of([])] }))
        assert.deepStrictEqual(
          bad.problems.map((p) => p.code),
          ["empty-flow"]
        )
        const two = yield* Effect.flip(ExecutionsLocal.make({ flows: [Engine.of([one]), Engine.of([one])] }))
        assert.strictEqual(two.message, "`name` of flow `f` is the name of two flows.")
      })
    )

    it.live("records who started it, through which door and with which strategy", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(Engine.of([one]))
        const { of, state } = yield* engine.run({
          source: "Http",
          by: "ann",
          strategy: { _tag: "PollNextN", n: 2 },
          params: { any: "thing" }
        })
        assert.deepStrictEqual(
          [state.source, state.by, state.strategy, state.params],
          ["Http", "ann", { _tag: "PollNextN", n: 2 }, { any: "thing" }]
        )
        assert.strictEqual(of("execution-started")[0]!.definition.name, "f")
        assert.deepStrictEqual(yield* engine.flows, [state.definition])
      })
    )
  })

  describe("list", () => {
    it.live("shows the newest first, by flow, by status, in pages", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make([Engine.of([one]), Flow.make("g", { steps: [stops("s")] })])
        const ids: Array<string> = []
        for (const flow of ["f", "g", "f", "g"]) {
          ids.push((yield* engine.run({ flow })).id)
          // Ids of the same millisecond are in no order.
          yield* Effect.sleep(2)
        }
        ids.reverse()
        const listed = (filter?: Parameters<typeof engine.list>[0]) =>
          Effect.map(engine.list(filter), (found) => found.map((s) => s.id as string))
        assert.deepStrictEqual(yield* listed(), ids)
        assert.deepStrictEqual(yield* listed({ flow: "g" }), [ids[0], ids[2]])
        assert.deepStrictEqual(yield* listed({ status: ["Completed"] }), [ids[1], ids[3]])
        assert.deepStrictEqual(yield* listed({ status: ["Running", "Paused"] }), [])
        assert.deepStrictEqual(yield* listed({ limit: 2 }), ids.slice(0, 2))
        assert.deepStrictEqual(yield* listed({ before: ids[1] as ExecutionId.ExecutionId }), ids.slice(2))
      })
    )
  })

  describe("resume", () => {
    it.live("R65: takes changed params for the rest of the execution, checked like those of a start", () =>
      Effect.gen(function* () {
        const params = Params.make(Schema.Struct({ n: Schema.Number }))
        const first = Step.make("first", { input: { params }, run: ({ params }) => params.n })
        const second = Step.make("second", {
          input: { params, first },
          run: ({ first, params }, step) => (step.attempt === 1 ? step.interrupted() : first + params.n)
        })
        const engine = yield* Engine.make(Flow.make("f", { params, steps: [first, second] }))
        const { id } = yield* engine.run({ params: { n: 1 } })
        const bad = yield* Effect.flip(engine.resume(id, { params: { n: "x" } }))
        assert.strictEqual(bad._tag, "InvalidParams")
        assert.strictEqual((yield* engine.get(id)).status, "Interrupted", "nothing has changed")
        yield* engine.resume(id, { params: { n: 10 }, source: "Cli", by: "bob" })
        const { outcome, state } = yield* engine.ended(id)
        assert.deepStrictEqual(outcome.values, { first: 1, second: 11 })
        assert.deepStrictEqual([state.params, state.source, state.by, state.attempt], [{ n: 10 }, "Cli", "bob", 2])
      })
    )

    it.live("keeps the params, secrets included, when none are given", () =>
      Effect.gen(function* () {
        const params = Params.make(Schema.Struct({ token: Schema.String }), { secrets: ["token"] })
        const step = Step.make("a", {
          input: { params },
          run: ({ params }, step) => (step.attempt === 1 ? step.interrupted() : params.token.length)
        })
        const engine = yield* Engine.make(Flow.make("f", { params, steps: [step] }))
        const { id } = yield* engine.run({ params: { token: "12345678" } })
        yield* engine.resume(id)
        assert.strictEqual((yield* engine.ended(id)).outcome.values["a"], 8)
      })
    )

    it.live("refuses with `needs-rerun` what is not idempotent and has no cursor, until it is named", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(
          Engine.of([
            stops("may"),
            stops("pays", { idempotent: false }),
            Step.group("g", { steps: [stops("mails", { idempotent: false })] }),
            Step.forEach("counts", { items: [1], idempotent: false, run: () => 1 })
          ])
        )
        const { id } = yield* engine.run()
        const refusal = (rerun?: ReadonlyArray<string>) =>
          Effect.map(Effect.flip(engine.resume(id, { rerun })), (e) =>
            e._tag === "CommandRefused" ? [e.code, ...(e.steps ?? [])] : [e._tag]
          )
        assert.deepStrictEqual(yield* refusal(), ["needs-rerun", "pays", "g/mails"])
        assert.deepStrictEqual(yield* refusal(["pays"]), ["needs-rerun", "g/mails"])
        assert.deepStrictEqual(yield* refusal(["nowhere"]), ["needs-rerun", "pays", "g/mails"])
        assert.deepStrictEqual((yield* engine.get(id)).attempt, 1)
        yield* engine.resume(id, { rerun: ["pays", "mails"] })
        const { outcome } = yield* engine.ended(id)
        assert.strictEqual(outcome._tag, "Completed")
        assert.strictEqual(outcome.values["g/mails"], "mails 2")
      })
    )

    it.live("takes a group, or a full id, as the name of steps that may run again", () =>
      Effect.gen(function* () {
        const flow = Engine.of([
          Step.group("g", { steps: [stops("a", { idempotent: false }), stops("b", { idempotent: false })] })
        ])
        for (const rerun of [["g"], ["g/a", "b"]]) {
          const engine = yield* Engine.make(flow)
          const { id } = yield* engine.run()
          yield* engine.resume(id, { rerun })
          assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
        }
      })
    )

    it.live("P7: goes on from a cursor that a step kept, in every attempt, and in every try", () =>
      Effect.gen(function* () {
        const cursors: Array<unknown> = []
        const step = Step.make("a", {
          retry: { tries: 2, delay: 0 },
          run: (_, step) => {
            cursors.push(step.cursor)
            step.saveCursor(cursors.length * 10)
            if (cursors.length === 1) throw new Error("once")
            return cursors.length < 4 ? step.interrupted() : "done"
          }
        })
        const engine = yield* Engine.make(Engine.of([step]))
        const { id, outcome } = yield* engine.run()
        assert.deepStrictEqual(outcome.interrupted, [{ step: "a", cursor: 20 }])
        yield* engine.resume(id)
        yield* engine.ended(id)
        yield* engine.resume(id)
        const last = yield* engine.ended(id)
        assert.deepStrictEqual(
          [cursors, last.outcome._tag, last.outcome.attempt],
          [[undefined, 10, 20, 30], "Completed", 3]
        )
      })
    )

    it.live("refuses what completed, with the code of the table", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(Engine.of([one]))
        const { id } = yield* engine.run()
        const error = yield* Effect.flip(engine.resume(id))
        assert.strictEqual(error._tag === "CommandRefused" && error.code, "completed")
        assert.strictEqual(error.message, `Execution \`${id}\` is Completed, so resume is refused: completed.`)
      })
    )

    it.live("R16: refuses while another execution of a `single` flow is under way", () =>
      Effect.gen(function* () {
        const hold = Step.gate("hold", { message: "?" })
        const engine = yield* Engine.make(
          Engine.of([stops("s"), Step.make("x", { after: "s", run: () => 1 }), hold], { single: true })
        )
        const first = yield* engine.begin()
        yield* engine.ended(first)
        const second = yield* engine.begin()
        yield* engine.seen(second, "execution-started")
        const error = yield* Effect.flip(engine.resume(first))
        assert.strictEqual(error._tag === "FlowBusy" && error.execution, second)
      })
    )
  })

  describe("events", () => {
    const gated = Engine.of([Step.gate("a", { message: "?" }), Step.make("b", { after: "a", run: () => 1 })])

    it.live(
      "R40: gives those after a sequence, then live ones, to any number of readers, and ends with the execution",
      () =>
        Effect.gen(function* () {
          const engine = yield* Engine.make(gated)
          const id = yield* engine.begin()
          const { sequence } = yield* engine.seen(id, "gate-opened")
          const read = (after: number) =>
            Engine.Bounded.within(Stream.runCollect(engine.events(id, after)), "all events").pipe(
              Effect.map((events) => Array.from(events, (e) => e.sequence)),
              Effect.forkChild
            )
          const readers = yield* Effect.forEach([0, 1, sequence, ...Array(20).fill(0)], read)
          yield* Engine.Bounded.turns(2)
          yield* engine.answer(id, "a", true)
          const all = (yield* engine.ended(id)).events.map((e) => e.sequence)
          const got = yield* Effect.forEach(readers, Fiber.join)
          assert.deepStrictEqual([got[0], got[1], got[2]], [all, all.slice(1), all.slice(sequence)])
          assert.isTrue(got.slice(3).every((g) => g.length === all.length))
          assert.deepStrictEqual(Array.from(yield* Stream.runCollect(engine.events(id, all.length))), [])
        })
    )

    it.live("are the same for a slow reader, who holds up nobody", () =>
      Effect.gen(function* () {
        const steps = Array.from({ length: 3_000 }, (_, i) => Step.make(`s${i}`, { run: () => i }))
        const engine = yield* Engine.make(Engine.of(steps))
        const id = yield* engine.begin()
        let read = 0
        const slow = yield* engine.events(id).pipe(
          Stream.tap(() => (++read % 1_000 === 0 ? Effect.sleep(5) : Effect.void)),
          Stream.runCollect,
          Effect.forkChild
        )
        const { events } = yield* engine.ended(id)
        assert.isBelow(read, events.length, "the execution did not wait for the reader")
        const got = yield* Fiber.join(slow)
        assert.deepStrictEqual(
          Array.from(got, (e) => e.sequence),
          events.map((e) => e.sequence)
        )
      })
    )

    it.live("go on through the next attempt for a reader who comes then", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(Engine.of([stops("a")]))
        const { events, id } = yield* engine.run()
        yield* engine.resume(id)
        const after = yield* Engine.Bounded.within(
          Stream.runCollect(engine.events(id, events.length)),
          "the second attempt"
        )
        assert.deepStrictEqual(
          Array.from(after, (e) => [e.type, e.attempt]),
          [
            ["execution-started", 2],
            ["step-started", 2],
            ["step-completed", 2],
            ["execution-ended", 2]
          ]
        )
      })
    )

    it.live("of an unknown id are a typed error", () =>
      Effect.gen(function* () {
        const engine = yield* Engine.make(gated)
        const error = yield* Effect.flip(Stream.runCollect(engine.events(ExecutionId.make(0))))
        assert.strictEqual(error._tag, "ExecutionNotFound")
      })
    )
  })

  describe("closing its scope", () => {
    it.live("asks what runs to stop, source `Shutdown`, and waits until it has", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        let finished = false
        const engine = yield* Engine.make(
          Engine.of([
            Step.make("a", {
              run: (_, step) =>
                Effect.gen(function* () {
                  while (!(yield* Effect.promise(() => step.stop.check()))) yield* Effect.sleep(1)
                  yield* Effect.sleep(10)
                  finished = true
                  return step.interrupted({ cursor: 1 })
                })
            })
          ])
        ).pipe(Scope.provide(scope))
        const id = yield* engine.begin()
        yield* engine.seen(id, "step-started")
        yield* Engine.Bounded.within(Scope.close(scope, Exit.void), "the engine to close")
        assert.isTrue(finished)
        const { outcome } = yield* engine.ended(id)
        if (outcome._tag !== "Interrupted") return assert.fail(outcome._tag)
        assert.deepStrictEqual([outcome.signal.source, outcome.signal.reason], ["Shutdown", "the engine shuts down"])
      })
    )

    it.live("starts and resumes nothing afterwards", () =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const engine = yield* Engine.make(Engine.of([stops("a")])).pipe(Scope.provide(scope))
        const { id } = yield* engine.run()
        yield* Scope.close(scope, Exit.void)
        for (const command of [engine.begin(), engine.resume(id)]) {
          const error = yield* Effect.flip(
            command as Effect.Effect<unknown, { readonly _tag: string; readonly message: string }>
          )
          assert.deepStrictEqual(
            [error._tag, error.message],
            ["ExecutionsUnavailable", "The engine can't be used: it is shut down."]
          )
        }
        assert.strictEqual((yield* engine.get(id)).status, "Interrupted", "what it did can still be read")
      })
    )
  })
})
