import { assert, describe, it } from "@effect/vitest"
import * as ParamFields from "../src/start/ParamFields.ts"

const schema = {
  type: "object",
  properties: {
    version: { type: "string", pattern: "^\\d+$", description: "What to release" },
    count: { type: "integer", minimum: 1, maximum: 5, default: 3 },
    ratio: { type: "number" },
    fast: { type: "boolean", default: false },
    mode: { type: "string", enum: ["a", "b"], default: "a" },
    files: { type: "array", items: { type: "string" } },
    settings: { type: "object" },
    token: { type: "string", writeOnly: true, "x-env": "TOKEN" },
    place: { $ref: "#/$defs/place" }
  },
  required: ["version", "count"],
  $defs: { place: { type: "string", description: "Where" } }
}

const fields = ParamFields.fields(schema)!
const field = (name: string) => fields.find((one) => one.name === name)!
const read = (name: string, text: string) => ParamFields.read(field(name), text)

describe("params as fields", () => {
  it("are of the kinds that their schema says, through references", () => {
    assert.deepStrictEqual(
      fields.map(({ kind, name, required }) => [name, kind, required]),
      [
        ["version", "text", true],
        ["count", "whole", false],
        ["ratio", "number", false],
        ["fast", "boolean", false],
        ["mode", "choice", false],
        ["files", "list", false],
        ["settings", "json", false],
        ["token", "text", false],
        ["place", "text", false]
      ]
    )
    assert.strictEqual(field("place").description, "Where")
    assert.isTrue(field("token").secret)
    assert.strictEqual(field("token").env, "TOKEN")
  })

  it("say what they take", () => {
    assert.deepStrictEqual(fields.map(ParamFields.note), [
      "text, required",
      "whole number, default 3",
      "number, optional",
      "yes or no, default no",
      "one of, default a",
      "one a line, optional",
      "JSON, optional",
      "secret, optional",
      "text, optional"
    ])
  })

  it("read what was typed, or say what is wrong with it", () => {
    assert.deepStrictEqual(read("version", ""), { problem: "Is needed" })
    assert.deepStrictEqual(read("version", "x"), { problem: "Does not match ^\\d+$" })
    assert.deepStrictEqual(read("version", "12"), { value: "12" })
    assert.deepStrictEqual(read("count", "2.5"), { problem: "Is not a whole number" })
    assert.deepStrictEqual(read("count", "9"), { problem: "Is more than 5" })
    assert.deepStrictEqual(read("count", "0"), { problem: "Is less than 1" })
    assert.deepStrictEqual(read("count", " 4 "), { value: 4 })
    assert.deepStrictEqual(read("ratio", "1e3"), { value: 1000 })
    assert.deepStrictEqual(read("ratio", "much"), { problem: "Is not a number" })
    assert.deepStrictEqual(read("fast", "true"), { value: true })
    assert.deepStrictEqual(read("mode", '"b"'), { value: "b" })
    assert.deepStrictEqual(read("files", "a\n\nb c\n"), { value: ["a", "b c"] })
    assert.deepStrictEqual(read("settings", '{"a":1}'), { value: { a: 1 } })
    assert.match((read("settings", "{") as { readonly problem: string }).problem, /^Is no JSON: /)
    assert.deepStrictEqual(read("settings", ""), { value: undefined })
  })

  it("take defaults for what was not touched, and leave out what is empty", () => {
    const { params, problems } = ParamFields.readAll(fields, { version: "1", fast: "true" })
    assert.deepStrictEqual(problems, {})
    assert.deepStrictEqual(params, { version: "1", count: 3, fast: true, mode: "a" })
    assert.deepStrictEqual(ParamFields.readAll(fields, {}).problems, { version: "Is needed" })
  })

  it("are the same as a command, without secrets and defaults", () => {
    assert.deepStrictEqual(
      ParamFields.toArguments(fields, { version: "it's", count: 3, files: ["a"], token: "secret", fast: true }),
      ["--param", "'version=it'\\''s'", "--param", "fast=true", "--param", `'files=["a"]'`]
    )
  })

  it("are none where the params are no map, and no field where there are none", () => {
    assert.isUndefined(ParamFields.fields({ type: "string" }))
    assert.deepStrictEqual(ParamFields.fields(undefined), [])
    assert.deepStrictEqual(ParamFields.fields({ type: "object" }), [])
  })

  it("go on with a pattern that this browser can't read, and with references in circles", () => {
    const odd = ParamFields.fields({
      properties: { a: { type: "string", pattern: "(" }, b: { $ref: "#/$defs/b" } },
      $defs: { b: { $ref: "#/$defs/b" } }
    })!
    assert.deepStrictEqual(ParamFields.read(odd[0]!, "x"), { value: "x" })
    assert.strictEqual(odd[1]!.kind, "json")
  })
})
