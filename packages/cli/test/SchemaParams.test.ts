import { assert, describe, it } from "@effect/vitest"
import { Params } from "@halte/engine"
import { FlowFile } from "@halte/flow-file"
import { Effect, Schema } from "effect"
import * as ParamsInput from "../src/input/ParamsInput.ts"
import * as SchemaParams from "../src/input/SchemaParams.ts"

describe("SchemaParams", () => {
  it.effect("gives back what a flow file declares, as far as a schema says it", () =>
    Effect.gen(function* () {
      const { description, params } = yield* FlowFile.fromText(
        `halte: 1
name: release
params:
  version: { type: string, pattern: '^\\d+$', description: What to release }
  target: { type: string, options: [a, b], default: a }
  workers: { type: integer, optional: true }
  tags: { type: list, default: [x] }
  token: { type: string, secret: true, env: RELEASE_TOKEN }
steps:
  one: { run: echo }
`,
        "release.flow.yaml"
      )
      const { isOpen, specs } = SchemaParams.of(description.params)
      const wanted = params.map(({ env, optional, ...spec }) => ({
        ...spec,
        ...(env === undefined ? undefined : { env }),
        // The value may be there, in the variable of where it runs.
        optional: optional || spec.default !== undefined || env !== undefined
      }))
      assert.deepStrictEqual(
        specs,
        wanted.map(
          (spec) => Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as never
        )
      )
      assert.isFalse(specs.some(({ name }) => isOpen(name)))
      assert.deepStrictEqual(SchemaParams.withDefaults(specs, { version: "1", target: "b" }), {
        version: "1",
        target: "b",
        tags: ["x"]
      })
    })
  )

  it("reads the schemas of flows that are defined in code: choices, unions, definitions, nothing at all", () => {
    const Place = Schema.Struct({ host: Schema.String }).annotate({ identifier: "Place" })
    const params = Params.make(
      Schema.Struct({
        level: Schema.Literals(["low", "high"]),
        count: Schema.NullOr(Schema.Int),
        amount: Schema.Number,
        either: Schema.Union([Schema.String, Schema.Int]),
        anything: Schema.Unknown,
        place: Schema.optionalKey(Place)
      })
    )
    const { isOpen, specs } = SchemaParams.of(params.jsonSchema)
    assert.deepStrictEqual(
      specs.map(({ name, optional, options, type }) => [name, type, isOpen(name), optional, options]),
      [
        ["level", "string", false, false, ["low", "high"]],
        ["count", "integer", false, false, undefined],
        // It takes "NaN" as well.
        ["amount", "string", true, false, undefined],
        ["either", "string", true, false, undefined],
        ["anything", "string", true, false, undefined],
        ["place", "object", false, true, undefined]
      ]
    )
  })

  it("passes on what it can't check: JSON where it is that, else text; of a flow without declared params everything", () => {
    const open = SchemaParams.of({ type: "object", properties: { either: {}, n: { type: "integer" } } })
    const given = { pairs: ["either=3", "n=4"], file: {}, env: {} }
    assert.deepStrictEqual(ParamsInput.collect(open.specs, { ...given, isOpen: open.isOpen }).values, {
      either: 3,
      n: 4
    })
    const any = SchemaParams.of(undefined)
    const collected = ParamsInput.collect(any.specs, {
      pairs: ["to=beta", "list=[1]"],
      file: { to: "alpha", more: { a: 1 } },
      env: {},
      isOpen: any.isOpen
    })
    assert.deepStrictEqual(collected, {
      values: { to: "beta", list: [1], more: { a: 1 } },
      problems: [],
      missing: []
    })
  })

  it("is not lost in schemas that go round, nor in patterns that are none here", () => {
    const round = { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/a" } } }
    const properties = {
      a: round,
      p: { type: "string", pattern: "(" },
      q: { type: "string", allOf: [{ minLength: 1 }, { pattern: "^x" }] }
    }
    const schema = { ...round, type: "object", properties }
    assert.deepStrictEqual(
      SchemaParams.of(schema).specs.map(({ name, pattern }) => [name, pattern]),
      [
        ["a", undefined],
        ["p", undefined],
        ["q", "^x"]
      ]
    )
  })
})
