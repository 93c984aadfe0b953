import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { TestClock } from "effect/testing"
import { ExecutionId, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const ship = Step.gate("ship", { message: "Ship it?" })
const opened = (flow: ReadonlyArray<Step.Any>, options?: Parameters<typeof Engine.of>[1]) =>
  Effect.gen(function* () {
    const engine = yield* Engine.make(Engine.of(flow, options))
    const id = yield* engine.begin()
    const gate = yield* engine.seen(id, "gate-opened")
    return { engine, id, gate }
  })

describe("GateStep", () => {
  it.effect("waits for a person, who approves: its output is `true`, and who answered is recorded", () =>
    Effect.gen(function* () {
      const { engine, gate, id } = yield* opened([
        ship,
        Step.make("after", { input: { ship }, run: ({ ship }) => ship })
      ])
      assert.deepStrictEqual([gate.step, gate.message, gate.schema], ["ship", "Ship it?", undefined])
      assert.deepStrictEqual((yield* engine.get(id)).steps.get("ship")!.gate, { message: "Ship it?" })
      yield* TestClock.adjust("100 days")
      assert.strictEqual((yield* engine.get(id)).status, "Running", "it waits for as long as it takes")
      const receipt = yield* engine.answer(id, "ship", true, { source: "Page", by: "ann" })
      assert.strictEqual(receipt.effect, "done")
      const { of, outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(outcome.values, { ship: true, after: true })
      const { by, source, value } = of("gate-answered")[0]!
      assert.deepStrictEqual({ by, source, value }, { by: "ann", source: "Page", value: true })
    })
  )

  it.effect("fails with `gate-rejected` when the answer is no", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* opened([ship])
      yield* engine.answer(id, "ship", false)
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "gate-rejected")
    })
  )

  it.effect("takes a typed answer: decoded, its output; said to views as JSON Schema with its definitions", () =>
    Effect.gen(function* () {
      const Place = Schema.Struct({ region: Schema.Literals(["eu", "us"]) }).annotate({ identifier: "Place" })
      const where = Step.gate("where", {
        message: "Where to?",
        schema: Schema.Struct({ place: Place, since: Schema.DateFromString })
      })
      const { engine, gate, id } = yield* opened([where])
      const text = JSON.stringify(gate.schema)
      assert.include(text, '"eu"')
      for (const [, name] of text.matchAll(/#\/\$defs\/(\w+)/g))
        assert.property((gate.schema as { readonly $defs: object }).$defs, name!)
      yield* engine.answer(id, "where", { place: { region: "eu" }, since: "1970-01-01T00:00:00.000Z" })
      const { of, outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(outcome.values["where"], { place: { region: "eu" }, since: new Date(0) })
      assert.deepStrictEqual(of("gate-answered")[0]!.value, {
        place: { region: "eu" },
        since: "1970-01-01T00:00:00.000Z"
      })
    })
  )

  it.effect("works with a schema that has no JSON form", () =>
    Effect.gen(function* () {
      class Money {
        readonly cents = 5
      }
      const { engine, gate, id } = yield* opened([
        Step.gate("pay", { message: "Pay?", schema: Schema.instanceOf(Money) as never })
      ])
      assert.deepStrictEqual(gate.schema, {}, "JSON Schema can say nothing of it")
      const error = yield* Effect.flip(engine.answer(id, "pay", {}))
      assert.strictEqual(error._tag === "CommandRefused" && error.code, "invalid-answer")
      yield* engine.answer(id, "pay", new Money())
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("refuses an answer that does not fit with `invalid-answer`, says why, and stays open", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* opened([Step.gate("n", { message: "How many?", schema: Schema.Int })])
      for (const wrong of ["7", 1.5, undefined, null]) {
        const error = yield* Effect.flip(engine.answer(id, "n", wrong))
        if (error._tag !== "CommandRefused") return assert.fail(error._tag)
        assert.deepStrictEqual(
          [error.code, error.command, error.steps, error.status],
          ["invalid-answer", "answer", ["n"], "Running"]
        )
        assert.isAbove(error.detail!.length, 0)
      }
      yield* engine.answer(id, "n", 7)
      const { of, outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome.values["n"], 7)
      assert.strictEqual(of("gate-answered").length, 1)
    })
  )

  it.effect("refuses with `gate-not-open` what no gate waits for: another step, one answered, an ended execution", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* opened([ship, Step.gate("next", { message: "Next?", after: ship })])
      const refusal = (step: string) =>
        Effect.map(Effect.flip(engine.answer(id, step, true)), (e) => (e._tag === "CommandRefused" ? e.code : e._tag))
      assert.strictEqual(yield* refusal("nowhere"), "gate-not-open")
      assert.strictEqual(yield* refusal("next"), "gate-not-open")
      yield* engine.answer(id, "ship", true)
      assert.strictEqual(yield* refusal("ship"), "gate-not-open")
      yield* engine.seen(id, "gate-opened", { step: "next" })
      yield* engine.answer(id, "next", true)
      yield* engine.ended(id)
      assert.strictEqual(yield* refusal("next"), "gate-not-open")
      const unknown = yield* Effect.flip(engine.answer(ExecutionId.make(0), "ship", true))
      assert.strictEqual(unknown._tag, "ExecutionNotFound")
    })
  )

  it.effect("computes its message from inputs", () =>
    Effect.gen(function* () {
      const version = Step.make("version", { run: () => "2.4.0" })
      const { engine, gate, id } = yield* opened([
        version,
        Step.gate("ship", { input: { version }, message: ({ version }) => Effect.succeed(`Ship ${version}?`) })
      ])
      assert.strictEqual(gate.message, "Ship 2.4.0?")
      yield* engine.answer(id, "ship", true)
      yield* engine.ended(id)
    })
  )

  it.effect("P2: stops at once when it is open, and asks again on resume", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* opened([ship])
      yield* engine.interrupt(id)
      const first = yield* engine.ended(id)
      assert.deepStrictEqual([first.outcome._tag, first.outcome.interrupted], ["Interrupted", [{ step: "ship" }]])
      assert.deepStrictEqual(first.of("interrupt-requested")[0]!.bound, { _tag: "Within", millis: 0, steps: ["ship"] })
      assert.isUndefined(first.state.steps.get("ship")!.gate, "it is no longer open")
      const error = yield* Effect.flip(engine.answer(id, "ship", true))
      assert.strictEqual(error._tag === "CommandRefused" && error.code, "gate-not-open")
      yield* engine.resume(id)
      const again = yield* engine.seen(id, "gate-opened", { after: first.state.sequence })
      assert.strictEqual(again.attempt, 2)
      yield* engine.answer(id, "ship", true)
      assert.strictEqual((yield* engine.ended(id)).outcome._tag, "Completed")
    })
  )

  it.effect("several gates are open side by side, each with its own answer; a full id names one in a group", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* opened([
        Step.group("g", { steps: [Step.gate("one", { message: "1?", schema: Schema.String })] }),
        Step.gate("two", { message: "2?", schema: Schema.String })
      ])
      yield* engine.seen(id, "gate-opened", { step: "two" })
      yield* engine.answer(id, "two", "b")
      yield* engine.answer(id, "g/one", "a")
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.values, { "g/one": "a", two: "b" })
    })
  )

  it.effect("a timeout ends the waiting like that of any step", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* opened([Step.gate("ship", { message: "?", timeout: "1 hour" })])
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("1 hour")
      const { outcome } = yield* engine.ended(id)
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "timed-out")
    })
  )

  it.effect("can be rejected whatever it asks for, with a reason that is recorded and in the failure", () =>
    Effect.gen(function* () {
      for (const schema of [Schema.Int, Schema.Boolean]) {
        const { engine, id } = yield* opened([Step.gate("n", { message: "?", schema })])
        yield* engine.answer(id, "n", undefined, { reject: true, reason: "not on a Friday", by: "ann" })
        const { of, outcome } = yield* engine.ended(id)
        if (outcome._tag !== "Failed") return assert.fail(outcome._tag)
        assert.deepStrictEqual(
          [outcome.failure.code, outcome.failure.message],
          ["gate-rejected", "the gate was answered with no: not on a Friday"]
        )
        const { by, reason, rejected, value } = of("gate-answered")[0]!
        assert.deepStrictEqual(
          { by, reason, rejected, value },
          { by: "ann", reason: "not on a Friday", rejected: true, value: false }
        )
      }
    })
  )

  it.effect("`false` is a value where the schema says so, and a rejection where there is none", () =>
    Effect.gen(function* () {
      const { engine, id } = yield* opened([Step.gate("n", { message: "?", schema: Schema.Boolean })])
      yield* engine.answer(id, "n", false, { reason: "because" })
      assert.strictEqual((yield* engine.ended(id)).outcome.values["n"], false)
      const plain = yield* opened([ship])
      yield* plain.engine.answer(plain.id, "ship", false, { reason: "because" })
      const { outcome } = yield* plain.engine.ended(plain.id)
      assert.strictEqual(outcome._tag === "Failed" && outcome.failure.message, "the gate was answered with no: because")
    })
  )

  it.effect("says of a wrong answer each place and reason, a field that it does not ask for included", () =>
    Effect.gen(function* () {
      const schema = Schema.Struct({ region: Schema.Literals(["eu", "us"]), count: Schema.Int })
      const { engine, id } = yield* opened([Step.gate("where", { message: "?", schema })])
      const error = yield* Effect.flip(engine.answer(id, "where", { region: "mars", count: 1.5, colour: "red" }))
      if (error._tag !== "CommandRefused") return assert.fail(error._tag)
      assert.deepStrictEqual(
        error.problems!.map(({ pointer }) => pointer),
        ["/colour", "/region", "/count"]
      )
      assert.include(error.detail, '`/region` expected "eu" | "us"')
      yield* engine.answer(id, "where", { region: "eu", count: 1 })
      assert.deepStrictEqual((yield* engine.ended(id)).outcome.values["where"], { region: "eu", count: 1 })
    })
  )

  it.effect("with a default, that is the answer once the timeout has passed, held while paused", () =>
    Effect.gen(function* () {
      const since = Step.gate("since", {
        message: "?",
        schema: Schema.DateFromString,
        timeout: "1 hour",
        default: "1970-01-01T00:00:00.000Z"
      })
      const { engine, gate, id } = yield* opened([since])
      assert.deepStrictEqual([gate.waitsMillis, gate.default], [3_600_000, "1970-01-01T00:00:00.000Z"])
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("59 minutes")
      yield* engine.pause(id)
      yield* engine.seen(id, "paused")
      yield* TestClock.adjust("10 hours")
      yield* engine.resume(id)
      yield* Engine.Bounded.turns(4)
      assert.strictEqual((yield* engine.get(id)).status, "Running")
      yield* TestClock.adjust("1 minute")
      const { of, outcome } = yield* engine.ended(id)
      assert.deepStrictEqual(outcome.values["since"], new Date(0))
      const { source, timedOut, value } = of("gate-answered")[0]!
      assert.deepStrictEqual(
        { source, timedOut, value },
        {
          source: "Deadline",
          timedOut: true,
          value: "1970-01-01T00:00:00.000Z"
        }
      )
      const late = yield* Effect.flip(engine.answer(id, "since", "1970-01-01T00:00:00.000Z"))
      assert.strictEqual(late._tag === "CommandRefused" && late.code, "gate-not-open")
    })
  )

  it.effect("with `default: false` nobody's answer is a no, and an answer in time is the answer", () =>
    Effect.gen(function* () {
      const gate = Step.gate("ship", { message: "?", timeout: "1 hour", default: false })
      const silent = yield* opened([gate])
      yield* Engine.Bounded.turns(2)
      yield* TestClock.adjust("1 hour")
      const { outcome } = yield* silent.engine.ended(silent.id)
      assert.deepStrictEqual(outcome._tag === "Failed" && [outcome.failure.code, outcome.failure.message], [
        "gate-rejected",
        "the gate was answered with no: nobody answered within 1h"
      ])
      const quick = yield* opened([gate])
      yield* quick.engine.answer(quick.id, "ship", true)
      assert.strictEqual((yield* quick.engine.ended(quick.id)).outcome.values["ship"], true)
    })
  )
})
