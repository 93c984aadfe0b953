import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Schema } from "effect"
import { Flow, Params, Step, StoppingPoint } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const valuesOf = Engine.runSteps
const failureOf = (run: () => unknown, options: object = {}) =>
  Effect.gen(function* () {
    const { outcome } = yield* valuesOf([Step.make("a", { run, ...options })])
    if (outcome._tag !== "Failed") return assert.fail(`it was ${outcome._tag}`)
    return outcome.failure
  })

describe("FunctionStep", () => {
  it.live("takes a value, a Promise and an Effect alike", () =>
    Effect.gen(function* () {
      const { outcome, steps } = yield* valuesOf([
        Step.make("value", { run: () => 1 }),
        Step.make("promise", { run: async () => 2 }),
        Step.make("in-time", { run: () => new Promise<number>((ok) => setTimeout(ok, 1, 3)) }),
        Step.make("effect", { run: () => Effect.succeed(4) }),
        Step.make("slow-effect", { run: () => Effect.as(Effect.sleep(1), 5) }),
        Step.make("nothing", { run: () => {} }),
        Step.make("no-value", { run: () => null })
      ])
      assert.deepStrictEqual(outcome.values, {
        value: 1,
        promise: 2,
        "in-time": 3,
        effect: 4,
        "slow-effect": 5,
        nothing: undefined,
        "no-value": null
      })
      assert.strictEqual(steps.filter((s) => s.startsWith("step-completed")).length, 7)
    })
  )

  it.live("R30: reads the outputs of steps, groups and params as its input", () =>
    Effect.gen(function* () {
      const params = Params.make(Schema.Struct({ factor: Schema.Number }))
      const two = Step.make("two", { run: () => 2 })
      const part = Step.make("part", { run: async () => "p" })
      const inner = Step.group("inner", { steps: [Step.make("deep", { run: () => [1] })] })
      const group = Step.group("group", { steps: [part, inner] })
      const reads = Step.make("reads", {
        input: { two, group, params, byName: Step.ref("group/part") },
        run: ({ byName, group, params, two }) => ({
          product: two * params.factor,
          part: group.part,
          deep: group.inner.deep,
          byName
        })
      })
      const engine = yield* Engine.make(Flow.make("f", { params, steps: [reads, group, two] }))
      const { outcome } = yield* engine.run({ params: { factor: 21 } })
      assert.deepStrictEqual(outcome.values["reads"], { product: 42, part: "p", deep: [1], byName: "p" })
    })
  )

  it.live("gets the services of the engine and its own context in its fibers", () =>
    Effect.gen(function* () {
      class Greeting extends Context.Service<Greeting, { readonly text: string }>()("test/Greeting") {}
      const step = Step.make("hello", {
        run: (_, context) =>
          Effect.gen(function* () {
            const { text } = yield* Greeting
            const answer = yield* StoppingPoint.check
            return [text, context.flow, context.step, context.attempt, context.try, answer._tag]
          })
      })
      const engine = yield* Engine.make(Flow.make("f", { steps: [step] })).pipe(
        Effect.provideService(Greeting, { text: "hello" })
      )
      const { outcome } = yield* engine.run()
      assert.deepStrictEqual(outcome.values["hello"], ["hello", "f", "hello", 1, 1, "Continue"])
    })
  )

  describe("fails with a typed failure whatever it was that failed", () => {
    it.live("an `Error`: its message and its stack, the code `step-failed`", () =>
      Effect.gen(function* () {
        for (const run of [
          () => {
            throw new Error("thrown")
          },
          () => Promise.reject(new Error("thrown")),
          () => Effect.fail(new Error("thrown")),
          () => Effect.die(new Error("thrown")),
          () => Effect.andThen(Effect.sleep(1), Effect.fail(new Error("thrown")))
        ]) {
          const failure = yield* failureOf(run)
          assert.deepStrictEqual([failure.code, failure.message], ["step-failed", "thrown"])
          assert.include(failure.stack, "FunctionStep.test")
        }
      })
    )

    it.live("a tagged error: its tag in kebab-case is the code", () =>
      Effect.gen(function* () {
        class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { left: Schema.Number }) {
          override get message() {
            return `${this.left} bytes left`
          }
        }
        assert.deepInclude(yield* failureOf(() => Effect.fail(new DiskFull({ left: 3 }))), {
          code: "disk-full",
          message: "3 bytes left"
        })
        assert.deepInclude(yield* failureOf(() => Effect.fail({ _tag: "my/NoRoom", size: 1 })), {
          code: "no-room",
          message: '{"_tag":"my/NoRoom","size":1}'
        })
      })
    )

    it.live("any other value, also one that JSON can't hold", () =>
      Effect.gen(function* () {
        const cyclic: Record<string, unknown> = {}
        cyclic["self"] = cyclic
        const messages: Array<string> = []
        for (const error of ["text", 7, 10n, undefined, null, { a: 1 }, cyclic, Symbol("s"), { toStepFailure: 3 }]) {
          const failure = yield* failureOf(() => Effect.fail(error))
          assert.strictEqual(failure.code, "step-failed")
          messages.push(failure.message)
        }
        assert.deepStrictEqual(messages, [
          "text",
          "7",
          "10",
          "undefined",
          "null",
          '{"a":1}',
          "[object Object]",
          "Symbol(s)",
          '{"toStepFailure":3}'
        ])
      })
    )

    it.live("an error that describes itself", () =>
      Effect.gen(function* () {
        const failure = { code: "no-luck", message: "no luck", hint: "try again" }
        assert.deepStrictEqual(yield* failureOf(() => Effect.fail({ toStepFailure: () => failure })), failure)
      })
    )

    it.live("its own fiber interrupted from inside, which is no stop", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* failureOf(() => Effect.interrupt)).code, "fiber-interrupted")
      })
    )
  })

  describe("checks what the step declares", () => {
    it.live("an input that does not fit fails the step with `invalid-input`", () =>
      Effect.gen(function* () {
        const source = Step.make("source", { run: (): unknown => "no number" })
        const reads = Step.make("reads", {
          input: { n: source },
          inputSchema: Schema.Struct({ n: Schema.Number }),
          run: ({ n }) => n + 1
        })
        const { outcome } = yield* valuesOf([source, reads])
        assert.strictEqual(outcome._tag, "Failed")
        if (outcome._tag !== "Failed") return
        assert.strictEqual(outcome.step, "reads")
        assert.strictEqual(outcome.failure.code, "invalid-input")
        assert.include(outcome.failure.message, "`/n`")
      })
    )

    it.live("the input is decoded, with its defaults", () =>
      Effect.gen(function* () {
        const source = Step.make("source", { run: () => "42" })
        const reads = Step.make("reads", {
          input: { n: source },
          inputSchema: Schema.Struct({
            n: Schema.NumberFromString,
            m: Schema.Number.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1)))
          }),
          run: ({ m, n }) => n + m
        })
        assert.strictEqual((yield* valuesOf([source, reads])).outcome.values["reads"], 43)
      })
    )

    it.live("an output that does not fit fails the step with `invalid-output`, and nothing reads it", () =>
      Effect.gen(function* () {
        let read = false
        for (const run of [() => "x", async () => "x", () => Effect.succeed("x")]) {
          const wrong = Step.make("wrong", { outputSchema: Schema.Number, run: run as () => unknown })
          const reads = Step.make("reads", {
            input: { wrong },
            run: () => {
              read = true
            }
          })
          const { outcome, steps } = yield* valuesOf([wrong, reads])
          assert.strictEqual(outcome._tag === "Failed" && outcome.failure.code, "invalid-output")
          assert.deepStrictEqual(outcome.notStarted, ["reads"])
          assert.notInclude(steps, "step-completed wrong")
        }
        assert.isFalse(read)
      })
    )

    it.live("an output that fits passes, checked as what it is and not as its encoding", () =>
      Effect.gen(function* () {
        const date = Step.make("date", { outputSchema: Schema.DateFromString, run: () => new Date(0) })
        assert.deepStrictEqual((yield* valuesOf([date])).outcome.values["date"], new Date(0))
      })
    )
  })

  it.live("R69: tells how far it is; what is no number is left out", () =>
    Effect.gen(function* () {
      const { of } = yield* valuesOf([
        Step.make("a", {
          run: (_, { report }) => {
            report({ done: 1, total: 4, message: "one" })
            report({ done: 2, total: 4 })
            report({ done: Number.NaN, total: Number.POSITIVE_INFINITY, message: "lost" })
          }
        }),
        Step.make("b", { run: (_, { report }) => report({ done: 3, total: Number.POSITIVE_INFINITY }) })
      ])
      const told = of("step-progress").map(({ done, message, step, total }) => [step, done, total, message])
      assert.deepStrictEqual(told, [
        ["a", 1, 4, "one"],
        ["a", 0, undefined, "lost"],
        ["b", 3, undefined, undefined]
      ])
    })
  )

  it.live("ends a flow whose values JSON can't hold, and its events can still be written", () =>
    Effect.gen(function* () {
      const cyclic: Record<string, unknown> = {}
      cyclic["self"] = cyclic
      const { outcome } = yield* valuesOf([
        Step.make("cyclic", { run: () => cyclic }),
        Step.make("big", { run: () => 1n }),
        Step.make("function", { run: () => () => 1 }),
        Step.make("date", { run: () => new Date(0) })
      ])
      assert.strictEqual(outcome._tag, "Completed")
      assert.strictEqual(outcome.values["cyclic"], cyclic)
    })
  )
})
