import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { ExecutionEvent, Flow, Params, ProcessRunner, Step } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const secret = "s3cr3t-t0ken"

describe("Params", () => {
  it.effect("fills in defaults and takes nothing given as an empty object", () =>
    Effect.gen(function* () {
      const params = Params.make(
        Schema.Struct({ target: Schema.String.pipe(Schema.withDecodingDefaultKey(Effect.succeed("./out"))) })
      )
      assert.deepStrictEqual(yield* params.decode(undefined), { target: "./out" })
      assert.deepStrictEqual(yield* params.decode(null), { target: "./out" })
      assert.strictEqual(params.jsonSchema?.["type"], "object")
    })
  )

  it("tells forms and pages which of them are secret", () => {
    const params = Params.make(Schema.Struct({ version: Schema.String, token: Schema.String }), { secrets: ["token"] })
    assert.deepStrictEqual(params.jsonSchema?.["properties"], {
      version: { type: "string" },
      token: { type: "string", writeOnly: true }
    })
  })

  it.effect("answers every problem at once, each with the JSON pointer of its place", () =>
    Effect.gen(function* () {
      const params = Params.make(
        Schema.Struct({
          version: Schema.String,
          count: Schema.Int,
          "a/b~c": Schema.Boolean,
          nested: Schema.Struct({ list: Schema.Array(Schema.Number) })
        })
      )
      const problems = yield* Effect.flip(
        params.decode({ count: 1.5, "a/b~c": "yes", nested: { list: [1, "x", "y"] } })
      )
      assert.deepStrictEqual(problems.map((p) => p.pointer).sort(), [
        "/a~1b~0c",
        "/count",
        "/nested/list/1",
        "/nested/list/2",
        "/version"
      ])
      assert.isTrue(problems.every((p) => p.detail.length > 0))
    })
  )

  it.live("starts nothing with params that do not fit, and says why in the typed error", () =>
    Effect.gen(function* () {
      let ran = false
      const flow = Flow.make("release", {
        params: Schema.Struct({ version: Schema.String }),
        steps: [
          Step.make("a", {
            run: () => {
              ran = true
            }
          })
        ]
      })
      const engine = yield* Engine.make(flow)
      const error = yield* Effect.flip(engine.start({ flow: "release", params: { version: 7 } }))
      assert.strictEqual(error._tag, "InvalidParams")
      assert.match(error.message, /^Flow `release` does not accept these params: `\/version` .+\.$/)
      assert.deepStrictEqual(yield* engine.list(), [])
      assert.isFalse(ran)
    })
  )

  it.effect("never says the value of a secret that is wrong", () =>
    Effect.gen(function* () {
      const params = Params.make(
        Schema.Struct({ token: Schema.String.pipe(Schema.check(Schema.isMinLength(100))), n: Schema.Number }),
        { secrets: ["token"] }
      )
      const problems = yield* Effect.flip(params.decode({ token: secret, n: "x" }))
      assert.deepStrictEqual(problems.map((p) => p.pointer).sort(), ["/n", "/token"])
      assert.notInclude(JSON.stringify(problems), secret)
      const missing = yield* Effect.flip(params.decode({ n: 1 }))
      assert.match(missing[0]!.detail, /missing/i)
    })
  )

  it.live("masks secrets in events, logs, failures, commands and outcomes, and gives them to steps as they are", () =>
    Effect.gen(function* () {
      const params = Params.make(
        Schema.Struct({
          token: Schema.String,
          keys: Schema.Array(Schema.String),
          hidden: Schema.RedactedFromValue(Schema.String),
          url: Schema.String
        }),
        { secrets: ["token", "keys", "hidden"] }
      )
      const commands: Array<unknown> = []
      const runner = ProcessRunner.ProcessRunner.of({
        run: (spec, step) =>
          Effect.sync(() => {
            commands.push(spec.command)
            step.record({
              type: "process-started",
              step: step.step,
              try: step.try,
              pid: 1,
              command: (spec.command as ReadonlyArray<string>).join(" ")
            })
            step.log(`used ${secret}`, "stdout")
            return { exitCode: 0, value: `gave ${secret}` }
          })
      })
      const flow = Flow.make("f", {
        params,
        onFailure: "continue",
        steps: [
          Step.process("program", {
            input: { params },
            command: ({ params }) => ["curl", `--token=${params.token}`, params.keys[0]!]
          }),
          Step.make("value", {
            input: { params },
            run: ({ params }) => ({ [params.token]: [Redacted.value(params.hidden)] })
          }),
          Step.make("partial", {
            input: { params },
            after: "value",
            run: ({ params }, step) => step.interrupted({ partial: params.token, cursor: { at: params.token } })
          }),
          Step.make("fails", {
            input: { params },
            run: ({ params }) => {
              throw new Error(`401 for ${params.token} and ${params.keys[1]}`)
            }
          })
        ]
      })
      const engine = yield* Engine.make(flow).pipe(Effect.provideService(ProcessRunner.ProcessRunner, runner))
      const given = {
        token: secret,
        keys: ["key-number-1", "key-number-2"],
        hidden: "hidden-thing",
        url: `http://${secret}/`
      }
      const { events, id, outcome, state } = yield* engine.run({ params: given })
      assert.deepStrictEqual(commands, [["curl", `--token=${secret}`, "key-number-1"]])
      const told = [
        ...events.map(ExecutionEvent.toJson),
        ...(yield* engine.lines(id)).map((line) => line.text),
        JSON.stringify([...state.steps.values()]),
        JSON.stringify({ ...outcome, values: undefined })
      ].join("\n")
      for (const hidden of [secret, "key-number-1", "key-number-2", "hidden-thing"]) assert.notInclude(told, hidden)
      assert.deepStrictEqual(state.params, {
        token: "(secret)",
        keys: "(secret)",
        hidden: "(secret)",
        url: "http://***/"
      })
      assert.include(told, "curl --token=*** ***")
      assert.include(told, "used ***")
      assert.include(told, "401 for *** and ***")
    })
  )
})
