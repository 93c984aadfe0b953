import { assert, describe, it } from "@effect/vitest"
import { Params } from "@halte/engine"
import type { ExecutionEvent, ExecutionState } from "@halte/engine/model"
import { Effect, Schema } from "effect"
import * as StoredParams from "../src/input/StoredParams.ts"
import * as Story from "./ReleaseStory.ts"

const text = `halte: 1
name: release
params:
  version: { type: string, pattern: '^\\d+$' }
  token: { type: string, secret: true, env: RELEASE_TOKEN }
steps:
  one: { use: ./gone.ts }
`
const [first] = Story.tell(Story.running)
const started = { ...first, definitionText: text } as ExecutionEvent.Of<"execution-started">
const state = (params?: Readonly<Record<string, unknown>>): ExecutionState.ExecutionState => {
  const of = Story.stateOf(Story.running)
  return params === undefined ? of : { ...of, definition: { ...of.definition, params } }
}

describe("StoredParams", () => {
  it.effect("reads them from a JSON Schema, of a flow that is defined in code", () =>
    Effect.gen(function* () {
      const schema = Params.make(
        Schema.Struct({ n: Schema.Int, name: Schema.String, list: Schema.Array(Schema.String), on: Schema.Boolean })
      ).jsonSchema
      const specs = yield* StoredParams.specs(state(schema), started)
      assert.deepStrictEqual(
        specs.map(({ name, type }) => [name, type]),
        [
          ["n", "integer"],
          ["name", "string"],
          ["list", "list"],
          ["on", "boolean"]
        ]
      )
      assert.deepStrictEqual(yield* StoredParams.specs(state(), undefined), [])
    })
  )

  it.effect("falls back to the schema where the text that was stored has lost its modules", () =>
    Effect.gen(function* () {
      const origin = { kind: "file", path: "release.flow.yaml", directory: "." } as const
      const schema = { type: "object", properties: { token: { type: "string", writeOnly: true } } }
      const specs = yield* StoredParams.specs(state(schema), { ...started, origin })
      const token = specs.find((spec) => spec.name === "token")
      assert.deepInclude(token, { type: "string", secret: true })
    })
  )

  it.effect("reads them from the text of a file, with the variables that they come from", () =>
    Effect.gen(function* () {
      const origin = { kind: "file", path: "release.flow.yaml", directory: "." } as const
      const definitionText = text.replace("use: ./gone.ts", "run: echo")
      const specs = yield* StoredParams.specs(state(), { ...started, definitionText, origin })
      assert.deepStrictEqual(
        specs.map(({ env, name, secret }) => [name, secret, env]),
        [
          ["version", false, undefined],
          ["token", true, "RELEASE_TOKEN"]
        ]
      )
    })
  )
})
