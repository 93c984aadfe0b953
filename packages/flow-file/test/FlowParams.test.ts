import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { ParamSpec } from "@halte/flow-file"
import { load, withFlow } from "./support/Loading.ts"

const params = `params:
  version: { type: string, pattern: '^\\d+\\.\\d+$' }
  count: { type: integer, default: 2 }
  ratio: { type: number, optional: true }
  fast: { type: boolean, default: false, env: FAST }
  files: { type: list, optional: true, env: FILES }
  settings: { type: object, optional: true }
  kind: { options: [debug, release], default: debug }
  token: { secret: true, env: TOKEN, optional: true }
  key: { secret: true, env: KEY }
`

const decode = (given: unknown, env: Readonly<Record<string, string>> = { KEY: "k3y" }) =>
  Effect.gen(function* () {
    const { flow } = yield* load(withFlow(params), { env })
    return yield* Effect.result(flow.params.decode(given))
  })

describe("the params of a flow file", () => {
  it.effect("fill in the environment, then defaults; what is given comes first", () =>
    Effect.gen(function* () {
      const result = yield* decode(
        { version: "1.2", count: 7 },
        { KEY: "k3y", TOKEN: "t", FAST: "true", FILES: "a, b" }
      )
      assert.deepStrictEqual(
        result,
        Result.succeed({
          version: "1.2",
          count: 7,
          fast: true,
          files: ["a", "b"],
          kind: "debug",
          token: "t",
          key: "k3y"
        })
      )
      const given = yield* decode({ version: "1.2", fast: false, key: "mine" }, { KEY: "k3y", FAST: "true" })
      assert.deepStrictEqual(
        given,
        Result.succeed({ version: "1.2", count: 2, fast: false, kind: "debug", key: "mine" })
      )
    })
  )

  it.effect("answer every problem at once, with JSON pointers and the nearest name, never a secret", () =>
    Effect.gen(function* () {
      const result = yield* decode(
        { versoin: "1", version: "x", count: 1.5, ratio: "1", files: {}, settings: [], kind: "fast", token: 5 },
        { FAST: "perhaps" }
      )
      assert.deepStrictEqual(
        result,
        Result.fail([
          { pointer: "/versoin", detail: "`versoin` is no param of this flow; did you mean `version`?" },
          { pointer: "/version", detail: "`x` does not match `^\\d+\\.\\d+$`" },
          { pointer: "/count", detail: "`1.5` is not a whole number" },
          { pointer: "/ratio", detail: "`1` is not a number" },
          { pointer: "/fast", detail: "`perhaps` is not `true` or `false` (from the environment variable `FAST`)" },
          { pointer: "/files", detail: "`{}` is not a list" },
          { pointer: "/settings", detail: "`[]` is not a map" },
          { pointer: "/kind", detail: "`fast` is none of `debug`, `release`" },
          { pointer: "/token", detail: "the value given is not a text" },
          { pointer: "/key", detail: "is missing, and the environment variable `KEY` is not set" }
        ])
      )
    })
  )

  it.effect("take an empty environment variable as not set, and refuse what is no map", () =>
    Effect.gen(function* () {
      const empty = yield* decode({ version: "1.2" }, { KEY: "" })
      assert.isTrue(Result.isFailure(empty))
      for (const given of [[], "x", 3]) assert.isTrue(Result.isFailure(yield* decode(given)), JSON.stringify(given))
      assert.isTrue(Result.isFailure(yield* decode(undefined)))
    })
  )

  it.effect("tell forms and help what they take, and the engine which are secret", () =>
    Effect.gen(function* () {
      const { flow } = yield* load(withFlow(params))
      assert.deepStrictEqual(flow.params.secrets, ["token", "key"])
      assert.deepStrictEqual(flow.params.jsonSchema, {
        type: "object",
        properties: {
          version: { type: "string", pattern: "^\\d+\\.\\d+$" },
          count: { type: "integer", default: 2 },
          ratio: { type: "number" },
          fast: { type: "boolean", default: false, "x-env": "FAST" },
          files: { type: "array", "x-env": "FILES" },
          settings: { type: "object" },
          kind: { type: "string", default: "debug", enum: ["debug", "release"] },
          token: { type: "string", writeOnly: true, "x-env": "TOKEN" },
          key: { type: "string", writeOnly: true, "x-env": "KEY" }
        },
        required: ["version"],
        additionalProperties: false
      })
    })
  )

  it("are read from texts of a command line", () => {
    const spec = (type: ParamSpec.ParamType): ParamSpec.ParamSpec => ({
      name: "p",
      type,
      secret: false,
      optional: false
    })
    const table: ReadonlyArray<readonly [ParamSpec.ParamType, string, unknown]> = [
      ["string", "", ""],
      ["string", " 1 ", " 1 "],
      ["integer", "-42", -42],
      ["number", "1.5e3", 1500],
      ["number", ".5", 0.5],
      ["boolean", "true", true],
      ["list", "a,b, c", ["a", "b", "c"]],
      ["list", '["a", 1]', ["a", 1]],
      ["list", "", []],
      ["object", '{"a": 1}', { a: 1 }]
    ]
    for (const [type, text, value] of table)
      assert.deepStrictEqual(ParamSpec.fromText(spec(type), text), Result.succeed(value), `${type} ${text}`)
    const refused: ReadonlyArray<readonly [ParamSpec.ParamType, string, string]> = [
      ["integer", "1.5", "`1.5` is not a whole number"],
      [
        "integer",
        "99999999999999999999",
        "`100000000000000000000` is beyond ±9,007,199,254,740,991, up to where whole numbers are exact"
      ],
      ["number", "1e999", "`Infinity` is not a number"],
      ["number", "0x10", "`0x10` is not a number"],
      ["boolean", "yes", "`yes` is not `true` or `false`"],
      ["list", "[1", "`[1` is not a list"],
      ["object", "[]", "`[]` is not a map"],
      ["object", "a=1", "`a=1` is not a map"]
    ]
    for (const [type, text, message] of refused)
      assert.deepStrictEqual(ParamSpec.fromText(spec(type), text), Result.fail(message), `${type} ${text}`)
  })

  it("are compared with a pattern for a second at most, however slow the pattern is", () => {
    const spec = { name: "p", type: "string", secret: false, optional: false, pattern: "^(a+)+$" } as const
    assert.isUndefined(ParamSpec.check(spec, "aaaa"))
    assert.strictEqual(ParamSpec.check(spec, "b"), "`b` does not match `^(a+)+$`")
    // Without a limit this takes some hours.
    const begin = performance.now()
    assert.include(ParamSpec.check(spec, `${"a".repeat(48)}b`), "could not be compared with `^(a+)+$` within 1 s")
    assert.isBelow(performance.now() - begin, 20_000)
    assert.isUndefined(ParamSpec.check(spec, "aa"), "the next one is compared as ever")
  })
})
