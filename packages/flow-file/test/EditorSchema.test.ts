import { assert, describe, it } from "@effect/vitest"
import { readdirSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { parse } from "yaml"
import { FlowFile } from "@halte/flow-file"
import * as SchemaValidator from "./support/SchemaValidator.ts"

const root = resolve(import.meta.dirname, "../../..")
const files = (folder: string, ending: RegExp): ReadonlyArray<string> =>
  readdirSync(resolve(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name) && !name.includes("node_modules"))
    .map((name) => `${folder}/${name}`)
const read = (path: string) => readFileSync(resolve(root, path), "utf8")

interface Schema {
  readonly $ref?: string
  readonly title?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly description?: string
  readonly markdownDescription?: string
  readonly examples?: ReadonlyArray<unknown>
  readonly default?: unknown
  readonly enum?: ReadonlyArray<string>
  readonly enumDescriptions?: ReadonlyArray<string>
  readonly [word: string]: unknown
}

const schema = FlowFile.jsonSchema() as Schema & { readonly $defs: Readonly<Record<string, Schema>> }
const problems = SchemaValidator.make(FlowFile.jsonSchema())

/** Every key of every table, with its schema. */
const keys: ReadonlyMap<string, Schema> = (() => {
  const found = new Map<string, Schema>()
  const seen = new Set<unknown>()
  const look = (at: unknown): void => {
    if (typeof at !== "object" || at === null || seen.has(at)) return
    seen.add(at)
    const { properties, title } = at as Schema
    if (typeof title === "string" && properties !== undefined)
      for (const [name, one] of Object.entries(properties)) {
        const own = one.$ref?.replace("#/$defs/", "")
        const isShared = one.description === undefined && own !== undefined
        // What stands in `returns` is JSON Schema itself: editors know it from elsewhere.
        if (title !== "JSON Schema of a value")
          found.set(`${title.replace(/:.*/, "")}.${name}`, isShared ? schema.$defs[own]! : one)
      }
    for (const inner of Object.values(at)) look(inner)
  }
  look(schema)
  return found
})()

/** The enums of a key itself, not those of the keys within it. */
const enums = (key: Schema): ReadonlyArray<Schema> =>
  [key, ...((key["anyOf"] ?? []) as ReadonlyArray<Schema>)].filter((one) => one.enum !== undefined)

const flow = (steps: string, more = "") => parse(`halte: 1\nname: a\n${more}\nsteps:\n${steps}`) as unknown

describe("the JSON Schema for editors", () => {
  it("is a JSON Schema of 2020-12", () => {
    assert.deepStrictEqual(SchemaValidator.problemsOfSchema(FlowFile.jsonSchema()), [])
    assert.strictEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
    assert.isAbove(keys.size, 70)
  })

  it("says of every key what it is for and how it is written (a new key: give it an `example`, or add it to EditorText.ts)", () => {
    assert.deepStrictEqual(
      [...keys].filter(([, own]) => (own.examples ?? []).length === 0).map(([key]) => key),
      [],
      "keys without an example"
    )
    for (const [key, own] of keys) {
      assert.match(own.description ?? "", /^[A-Z`]/, key)
      assert.include(own.markdownDescription ?? "", own.description!, key)
      assert.match(own.markdownDescription ?? "", /\n```yaml\n/, key)
    }
  })

  it("shows examples and defaults that it accepts itself", () => {
    const fits = SchemaValidator.make({
      properties: Object.fromEntries([...keys].map(([key, own]) => [key, { type: "array", items: own }])),
      $defs: schema.$defs
    })
    const values = [...keys].map(([key, own]): [string, unknown] => [
      key,
      [...(own.examples ?? []), ...(own.default === undefined ? [] : [own.default])]
    ])
    assert.deepStrictEqual(fits(Object.fromEntries(values)), [])
    for (const [key, own] of keys) {
      // What is shown is what is meant.
      const shown = /```yaml\n([^]*?)\n```/.exec(own.markdownDescription ?? "")![1]!.split("\n")
      const [first] = shown
      assert.deepStrictEqual(
        Object.values(parse(first!) as Record<string, unknown>),
        [own.examples![0]],
        `${key}: ${first}`
      )
    }
  })

  it("has the defaults of the reference as values where they are some", () => {
    const shown = (key: string) => keys.get(key)!.default
    assert.deepStrictEqual(
      [
        "Step.grace",
        "Step.on-interrupt",
        "Step.output",
        "Step.output-limit",
        "Retry.delay",
        "Param.optional",
        "For each.every",
        "HTTP request.method",
        "Halte flow.durability",
        "Step.label"
      ].map(shown),
      ["5s", "stop", "none", "8MiB", "1s", false, 1, "GET", "step", undefined]
    )
  })

  it("says of every word what it means", () => {
    const words = [...keys].flatMap(([key, own]) => enums(own).map((one) => ({ key, one })))
    assert.isAbove(words.length, 8)
    for (const { key, one } of words) {
      // Names of signals explain themselves.
      if (key.endsWith("stop-signal")) continue
      assert.deepStrictEqual(
        one.enum!.filter((_, i) => (one.enumDescriptions?.[i] ?? "") === ""),
        [],
        `words of ${key} without a sentence in EditorText.ts`
      )
    }
  })

  it("accepts the examples of the repository and every flow of the pages of keys", () => {
    const pages = files("docs/reference/keys", /\.md$/).flatMap((page) =>
      [...read(page).matchAll(/```yaml\n(halte: 1\n[^]*?)```/g)].map((match) => ({ page, text: match[1]! }))
    )
    const examples = files("examples", /\.flow\.yaml$/).map((page) => ({ page, text: read(page) }))
    assert.isAbove(pages.length, 10)
    assert.isAbove(examples.length, 3)
    for (const { page, text } of [...pages, ...examples])
      assert.deepStrictEqual(problems(parse(text)), [], `${page}:\n${text}`)
  })

  it("marks what does not go together, where it stands", () => {
    const wrong: ReadonlyArray<readonly [unknown, RegExp]> = [
      [flow("  a: { run: x, use: ./y.ts }"), /^\/steps\/a /m],
      [flow("  a: { use: ./y.ts, env: { A: b } }"), /^\/steps\/a must NOT have additional properties$/m],
      [flow("  a: { gate: Go?, grace: 5s }"), /^\/steps\/a /m],
      [flow("  a: { steps: { b: { run: x } }, retry: { tries: 3 } }"), /^\/steps\/a /m],
      [flow("  a: { steps: { b: { gate: Go?, stdin: x } } }"), /^\/steps\/a\/steps\/b /m],
      [flow("  a: { label: nothing }"), /^\/steps\/a must have required property 'run'$/m],
      [flow("  a: { run: x, clean-up: { use: ./y.ts, env: {} } }"), /^\/steps\/a\/clean-up /m],
      [flow("  a: { http: { url: x, json: {}, body: y } }"), /^\/steps\/a\/http must NOT be valid$/m],
      [
        flow("  a: { run: x }", "params: { n: { type: integer, pattern: x } }"),
        /^\/params\/n\/type must be equal to constant$/m
      ],
      [flow("  a: { run: x, output: xml }"), /^\/steps\/a\/output must be equal to one of the allowed values$/m],
      [flow("  a: { run: x, timeout: 5 }"), /^\/steps\/a\/timeout /m],
      [flow("  a: { run: x, retries: 3 }"), /^\/steps\/a must NOT have additional properties$/m],
      [flow("  A: { run: x }"), /^\/steps /m],
      [parse("name: a\nsteps: {}"), /^must have required property 'halte'$/m]
    ]
    for (const [value, expected] of wrong) assert.match(problems(value).join("\n"), expected, JSON.stringify(value))
  })
})
