import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { ExecutionEvent, Flow, ModuleRunner, OutputCheck, ProcessRunner, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const Count = Schema.Struct({ total: Schema.Int, at: Schema.DateFromString })
const right = { total: 41, at: "1970-01-01T00:00:00.000Z" }
const read = { total: 41, at: new Date(0) }

/** One step of each kind that takes a schema, over runners that give `values` one after the other. */
const kinds = (values: ReadonlyArray<unknown>) => {
  const left = [...values]
  const next = () => (left.length > 1 ? left.shift() : left[0])
  const process = ProcessRunner.ProcessRunner.of({ run: () => Effect.sync(() => ({ exitCode: 0, value: next() })) })
  const module = ModuleRunner.ModuleRunner.of({
    run: () => Effect.sync(next),
    runBatch: () => Effect.die("not here"),
    inspect: () => Effect.die("not here")
  })
  const client = HttpClient.make((request) =>
    Effect.sync(() => HttpClientResponse.fromWeb(request, Response.json(next())))
  )
  const retry = { tries: 2, delay: 0 }
  const steps = {
    process: Step.process("a", { command: ["x"], output: "json", outputSchema: Count, retry }),
    module: Step.module("a", { url: "file:///a.ts", outputSchema: Count, retry }),
    http: Step.http("a", { request: { url: "http://h.test/" }, outputSchema: Count, retry })
  }
  return Object.entries(steps).map(([kind, step]) => ({
    kind,
    make: Engine.make(Flow.make("f", { steps: [step] })).pipe(
      Effect.provideService(ProcessRunner.ProcessRunner, process),
      Effect.provideService(ModuleRunner.ModuleRunner, module),
      Effect.provideService(HttpClient.HttpClient, client)
    )
  }))
}
const places = { process: ["value", "/value"], module: [undefined, ""], http: ["body", "/body"] } as const

describe("OutputCheck", () => {
  it.live("R30: what a program, a module or a reply gives is decoded by the step's schema", () =>
    Effect.gen(function* () {
      for (const { kind, make } of kinds([right])) {
        const { outcome } = yield* (yield* make).run()
        const [field] = places[kind as keyof typeof places]
        const value = outcome.values["a"] as Record<string, unknown>
        assert.deepStrictEqual(field === undefined ? value : value[field], read, kind)
      }
    })
  )

  it.live("an output that is not what the schema says fails the step with each place and reason", () =>
    Effect.gen(function* () {
      for (const { kind, make } of kinds([{ total: "many" }])) {
        const engine = yield* make
        const { id, outcome } = yield* engine.run()
        if (outcome._tag !== "Failed") return assert.fail(outcome._tag)
        const [, under] = places[kind as keyof typeof places]
        assert.deepStrictEqual(
          [outcome.failure.code, outcome.failure.message],
          [
            "invalid-output",
            `its output is not what the step declares: \`${under}/total\` expected number; \`${under}/at\` missing key`
          ],
          kind
        )
        const lines = (yield* engine.lines(id)).map(({ text }) => text)
        if (kind !== "process") assert.include(lines.join("\n"), '{"total":"many"}', "nothing is lost")
        else assert.deepStrictEqual(lines, [], "a program's output is in its log anyway")
      }
    })
  )

  it.live("a wrong output is a failure like any other: it is tried again", () =>
    Effect.gen(function* () {
      for (const { kind, make } of kinds([{ total: "many" }, right])) {
        if (kind !== "process") continue
        const { of, outcome } = yield* (yield* make).run()
        assert.strictEqual(outcome._tag, "Completed", kind)
        assert.strictEqual(of("step-retrying")[0]!.failure.code, "invalid-output")
      }
    })
  )

  it.live("a function's wrong output stays in its log, cut where it is long; what JSON can't hold is no problem", () =>
    Effect.gen(function* () {
      const cyclic: Record<string, unknown> = {}
      cyclic["self"] = cyclic
      for (const [given, kept] of [
        ["x".repeat(20_000), "… (20002 characters in all)"],
        [cyclic, "[object Object]"],
        [undefined, "undefined"]
      ] as const) {
        const step = Step.make("a", { outputSchema: Schema.Int, run: () => given })
        const engine = yield* Engine.make(Flow.make("f", { steps: [step] }))
        const { id, outcome } = yield* engine.run()
        assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "invalid-output")
        assert.include((yield* engine.lines(id)).map(({ text }) => text).join(""), kept)
      }
    })
  )

  it.live("R30: on resume a kept output is of its schema's type again, a gate's answer included", () =>
    Effect.gen(function* () {
      const date = Step.make("date", { outputSchema: Schema.DateFromString, run: () => new Date(0) })
      const since = Step.gate("since", { message: "?", schema: Schema.Struct({ at: Schema.DateFromString }) })
      const hold = Step.gate("hold", { message: "?", after: [date, since] })
      const read = Step.make("read", {
        input: { date, since },
        after: hold,
        run: ({ date, since }) => [date.getTime(), since.at.getTime()]
      })
      const engine = yield* Engine.make(Flow.make("f", { steps: [date, since, hold, read] }))
      const id = yield* engine.begin()
      yield* engine.seen(id, "gate-opened", { step: "since" })
      yield* engine.answer(id, "since", { at: "1970-01-01T00:00:01.000Z" })
      yield* engine.seen(id, "gate-opened", { step: "hold" })
      yield* engine.interrupt(id)
      const first = yield* engine.ended(id)
      assert.strictEqual(first.outcome._tag, "Interrupted")
      // As another process would have them: from the text of the events.
      const events = first.events.map((event) => ExecutionEvent.toJson(event))
      assert.include(events.join(), '"value":"1970-01-01T00:00:00.000Z"')
      yield* engine.resume(id)
      yield* engine.seen(id, "gate-opened", { step: "hold", after: first.state.sequence })
      yield* engine.answer(id, "hold", true)
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.values["read"], [0, 1000])
    })
  )

  it("revives what JSON made of a value, and leaves alone what does not fit", () => {
    const kept = JSON.parse(JSON.stringify({ at: new Date(5), n: "12" })) as unknown
    const schema = Schema.Struct({ at: Schema.Date, n: Schema.BigInt })
    assert.deepStrictEqual(OutputCheck.revived(schema, kept), { at: new Date(5), n: 12n })
    assert.deepStrictEqual(OutputCheck.revived(schema, "***"), "***")
    assert.deepStrictEqual(OutputCheck.revived(Schema.Struct({ n: Schema.Int }), { n: 1 }), { n: 1 })
  })
})
