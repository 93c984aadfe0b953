import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as CelValue from "../src/CelValue.ts"
import { DeclaredSteps } from "../src/DeclaredSteps.ts"
import { Expressions, type Values } from "../src/Expression.ts"
import { type OutputType, OutputTypes } from "../src/OutputTypes.ts"
import { Problems } from "../src/Problems.ts"
import type { ParamSpec } from "../src/ParamSpec.ts"
import * as SourceText from "../src/SourceText.ts"
import * as Template from "../src/Template.ts"
import * as Project from "./support/Project.ts"

const param = (name: string, type: ParamSpec["type"], more: Partial<ParamSpec> = {}): [string, ParamSpec] => [
  name,
  { name, type, secret: false, optional: false, ...more }
]

const params = new Map([
  param("version", "string"),
  param("n", "integer"),
  param("ratio", "number"),
  param("flag", "boolean"),
  param("files", "list"),
  param("settings", "object"),
  param("token", "string", { secret: true }),
  param("maybe", "string", { optional: true })
])

const outputs: Readonly<Record<string, OutputType>> = Object.fromEntries(
  Object.entries({
    index: "ForEachOutput",
    "part-1": "ProcessOutput",
    call: "HttpOutput",
    mod: "dyn",
    up: "map<string, dyn>"
  }).map(([name, cel]) => [name, { cel, convert: CelValue.fromJson }])
)

/** Compiles `${{ … }}` in a text that stands alone in a file. */
const compile = (text: string, cwd = "/") => {
  const source = SourceText.make("x.flow.yaml", text)
  const problems = new Problems(source)
  const expressions = new Expressions({
    params,
    env: { HOME: "/home/anna", EMPTY: undefined },
    cwd,
    problems,
    outputs: new OutputTypes(new DeclaredSteps([]))
  })
  const template = Template.compile(
    { _tag: "Scalar", value: text, text, start: 0, end: text.length },
    expressions,
    {
      owner: "step `s`",
      variables: [{ name: "file", type: "string" }],
      outputOf: (name) => outputs[name],
      stepNames: () => Object.keys(outputs)
    },
    problems
  )
  return { template, problems: problems.all }
}

const given: Values = {
  params: {
    version: "1.2.3",
    n: 2,
    ratio: 3,
    flag: true,
    files: ["a", "b"],
    settings: { deep: [1, 2.5, "x"] },
    token: "t0ken"
  },
  steps: {
    index: { count: 41, failed: 0 },
    "part-1": { exitCode: 3, value: { size: 7, big: 2 ** 60 } },
    call: { status: 200, headers: { etag: "x" }, body: [1] },
    mod: { a: 1.5, list: [1, 2, 3] },
    up: { "part-1": { exitCode: 0, value: null } }
  },
  variables: { file: "dist/a.txt" }
}

const evaluate = (text: string) => {
  const { problems, template } = compile(text)
  assert.deepStrictEqual(
    problems.map((p) => p.message),
    [],
    text
  )
  return template.evaluate(given)
}

const codes = (text: string) => compile(text).problems.map((p) => p.code)

describe("expressions", () => {
  it("keep the type of a whole expression and join everything else as text", () => {
    const table: ReadonlyArray<readonly [string, unknown]> = [
      ["${{ params.version }}", "1.2.3"],
      ["${{params.n}}", 2],
      ["${{ params.ratio }}", 3],
      ["${{ params.flag }}", true],
      ["${{ params.files }}", ["a", "b"]],
      ["${{ params.settings }}", { deep: [1, 2.5, "x"] }],
      ["v${{ params.version }}-${{ params.n }}", "v1.2.3-2"],
      ["${{ params.flag }} ", "true "],
      ["n=${{ params.maybe }}.", "n=."],
      ["${{ params.settings }}!", '{"deep":[1,2.5,"x"]}!'],
      ["${{ params.maybe }}", null],
      ["${{ file }}", "dist/a.txt"],
      ["${{ env.HOME }}", "/home/anna"],
      ["${{ timestamp('2026-01-01T00:00:00Z') + duration('1h30m') }}", "2026-01-01T01:30:00.000Z"],
      ["${{ duration('1h30m') }}", "5400s"],
      ["${{ duration('1.05s') }}", "1.05s"],
      ["plain", "plain"],
      ["$ {{ no }} }}", "$ {{ no }} }}"],
      ["${{ '}}' + \"}}\" }}", "}}}}"],
      ['${{ {"a": {"b": 1}}.a.b }}', 1],
      ["${{ '${{' }}", "${{"]
    ]
    for (const [text, value] of table) assert.deepStrictEqual(evaluate(text), value, text)
  })

  it("are given up when `matches` takes longer than a second", () => {
    assert.strictEqual(evaluate("${{ params.version.matches('^[0-9.]+$') }}"), true)
    const slow = `\${{ '${"a".repeat(48)}b'.matches('^(a+)+$') }}`
    assert.throws(() => evaluate(slow), /could not be computed: `matches` takes longer than 1 s/)
  })

  it("take integers in and give numbers out: `n + 1` is 3, not an error and no bigint", () => {
    assert.strictEqual(evaluate("${{ params.n + 1 }}"), 3)
    assert.strictEqual(evaluate("${{ 1 + 1 }}"), 2)
    assert.strictEqual(evaluate("${{ steps.index.output.count + 1 }}"), 42)
    assert.strictEqual(evaluate("${{ steps.mod.output.list[1] + 1 }}"), 3)
    assert.strictEqual(evaluate("${{ params.ratio / 2.0 }}"), 1.5)
    assert.strictEqual(evaluate("${{ double(params.n) * 1.5 }}"), 3)
    assert.deepStrictEqual(evaluate("${{ params.files.map(f, f + '!') }}"), ["a!", "b!"])
    assert.deepStrictEqual(evaluate("${{ [1, 2.5, 'x', null, true] }}"), [1, 2.5, "x", null, true])
    assert.strictEqual(JSON.stringify(evaluate("${{ {'a': [1]} }}")), '{"a":[1]}')
    assert.strictEqual(evaluate("${{ size(params.files) }}"), 2)
    assert.strictEqual(evaluate("${{ 5u }}"), 5)
    assert.strictEqual(evaluate("${{ timestamp('2024-01-01T00:00:00Z') }}"), "2024-01-01T00:00:00.000Z")
  })

  it("refuse integers beyond the safe range, and what JSON has no form for", () => {
    const fails = (text: string) => {
      const { template } = compile(text)
      assert.throws(
        () => template.evaluate(given),
        /beyond ±9,007,199,254,740,991|no form in JSON|JSON knows|JSON has no form/,
        text
      )
    }
    for (const text of [
      "${{ 9007199254740991 + 1 }}",
      "${{ -9007199254740993 }}",
      "${{ [9223372036854775807] }}",
      "${{ b'x' }}",
      "${{ type(1) }}",
      "${{ 1.0 / 0.0 }}"
    ])
      fails(text)
    assert.strictEqual(evaluate("${{ 9007199254740991 }}"), Number.MAX_SAFE_INTEGER)
    // A double from JSON is not made an integer where it would not be exact.
    assert.strictEqual(evaluate("${{ steps['part-1'].output.value.big }}"), 2 ** 60)
  })

  it("read outputs of steps by any name, each with its own type", () => {
    assert.strictEqual(evaluate('${{ steps["part-1"].output.exitCode }}'), 3)
    assert.strictEqual(evaluate("${{ steps['part-1'].output.value.size - steps.index.output.count }}"), -34)
    assert.strictEqual(evaluate("${{ steps.call.output.headers.etag }}"), "x")
    assert.strictEqual(evaluate("${{ steps.up.output['part-1'].exitCode }}"), 0)
    assert.deepStrictEqual(evaluate("${{ steps.index.output }}"), { count: 41, failed: 0 })
    assert.deepStrictEqual(codes("${{ steps.index.output.cuont }}"), ["unknown-field"])
    assert.deepStrictEqual(codes("${{ steps.index.output.results }}"), ["unknown-field"])
    assert.deepStrictEqual(codes("${{ steps.index.output.count + 'x' }}"), ["wrong-expression-type"])
  })

  it("find misspelt names and wrong types before anything runs", () => {
    const table: ReadonlyArray<readonly [string, string, string | RegExp]> = [
      ["${{ params.vresion }}", "unknown-param", "Did you mean `params.version`?"],
      ["${{ params['vresion'] }}", "unknown-param", "Did you mean `params.version`?"],
      ["${{ version }}", "unknown-variable", "Write `params.version`."],
      ["${{ fiel }}", "unknown-variable", "Did you mean `file`?"],
      ["${{ steps.indx.output }}", "unknown-step", "Did you mean `index`?"],
      ["${{ steps.index }}", "invalid-expression", /steps\.build\.output/],
      ["${{ steps.index.count }}", "invalid-expression", /steps\.build\.output/],
      ["${{ size(steps) }}", "invalid-expression", /steps\.build\.output/],
      ["${{ params.n + 'x' }}", "wrong-expression-type", /string\(…\)/],
      ["${{ params.n + 1.5 }}", "wrong-expression-type", /double\(…\)/],
      ["${{ params.n = 1 }}", "invalid-expression", "Compare with `==`."],
      ["${{ params.flag and true }}", "invalid-expression", "Write `&&`, `||` and `!`."],
      ["${{ 1 + }}", "invalid-expression", /^$/],
      ["${{ }}", "invalid-expression", /params\.version/],
      ["${{ params.n", "unclosed-expression", /}}/],
      ["${{ 'abc }}", "unclosed-expression", /quote/],
      ["${{ glob(1) }}", "wrong-expression-type", /^$/],
      ["${{ steps.part-1.output }}", "dotted-step-name", 'Write `steps["part-1"].output`.'],
      ["${{ params.n + steps.part-1.output.exitCode }}", "dotted-step-name", 'Write `steps["part-1"].output`.']
    ]
    for (const [text, code, hint] of table) {
      const { problems } = compile(text)
      assert.deepStrictEqual(
        problems.map((p) => p.code),
        [code],
        text
      )
      const said = problems[0]!.hint ?? ""
      if (typeof hint === "string") assert.strictEqual(said, hint, text)
      else assert.match(said, hint, text)
    }
  })

  it("underline the very part that is wrong", () => {
    const at = (text: string) => {
      const [found] = compile(text).problems
      return found!.source.slice(found!.column - 1, found!.column - 1 + found!.length)
    }
    assert.strictEqual(at("a ${{ params.version + params.vresion }}"), "vresion")
    assert.strictEqual(at("a ${{ 1 + 1 }} ${{ steps['part-1'].output.exitCod }}"), "exitCod")
    assert.strictEqual(at("${{ true ? steps.indx.output : 1 }}"), "steps.indx.output")
    assert.strictEqual(at("${{ params.n + 'x' }}"), "params.n + 'x'")
  })

  it("know which secrets a value may hold", () => {
    const secrets = (text: string) => compile(text).template.expressions.flatMap((e) => e.secrets)
    assert.deepStrictEqual(secrets("${{ params.token }}"), ["token"])
    assert.deepStrictEqual(secrets("Bearer ${{ params['token'] + 'x' }}"), ["token"])
    assert.deepStrictEqual(secrets("${{ params }}"), ["token"])
    assert.deepStrictEqual(secrets("${{ [params.version, params.token][1] }}"), ["token"])
    assert.deepStrictEqual(secrets("${{ params.version }}"), [])
  })

  it("have limits: length, nodes and depth, whatever is nested", () => {
    for (const text of [
      `${"(".repeat(3000)}1${")".repeat(3000)}`.slice(0, 4000),
      "(".repeat(60) + "1" + ")".repeat(60),
      "[".repeat(60) + "]".repeat(60),
      "!".repeat(3000) + "true",
      "1" + "+1".repeat(1500),
      "'" + "a".repeat(5000) + "'"
    ])
      assert.deepStrictEqual(codes("${{ " + text + " }}"), ["expression-too-large"], text.slice(0, 20))
  })

  it("can't reach what JavaScript objects carry", () => {
    for (const text of [
      "params.constructor",
      "params.settings.constructor",
      "params.settings.__proto__",
      "steps.mod.output.toString",
      "file.constructor",
      "env.constructor"
    ]) {
      const { problems, template } = compile("${{ " + text + " }}")
      if (problems.length === 0) assert.throws(() => template.evaluate(given), /no such key/i, text)
    }
  })

  it("name the expression and its place when computing it fails", () => {
    const { template } = compile("size: ${{ steps.mod.output.nope.x }}")
    assert.throws(
      () => template.evaluate(given),
      "the expression `steps.mod.output.nope.x` at x.flow.yaml:1:7 could not be computed: no such key: nope"
    )
  })

  it.effect("list files by glob: sorted, relative, with slashes, without directories", () =>
    Effect.gen(function* () {
      const directory = yield* Project.make({
        "b/2.txt": "",
        "b/10.txt": "",
        "a/x.txt": "",
        "a/deep/y.txt": "",
        "c.md": ""
      })
      const list = (pattern: string) =>
        Effect.promise(async () => compile(`\${{ glob('${pattern}') }}`, directory).template.evaluate(given))
      assert.deepStrictEqual(yield* list("**/*"), ["a/deep/y.txt", "a/x.txt", "b/10.txt", "b/2.txt", "c.md"])
      assert.deepStrictEqual(yield* list("*/*.txt"), ["a/x.txt", "b/10.txt", "b/2.txt"])
      assert.deepStrictEqual(yield* list("none/*"), [])
      const without = (other: string) =>
        Effect.promise(async () => compile(`\${{ glob('**/*', ${other}) }}`, directory).template.evaluate(given))
      assert.deepStrictEqual(yield* without("'a/**'"), ["b/10.txt", "b/2.txt", "c.md"])
      assert.deepStrictEqual(yield* without("['b/1*', '**/*.md', 'a/deep']"), ["a/x.txt", "b/2.txt"])
      const { template } = compile("${{ glob('b/*').map(f, 'file:' + f) }}", directory)
      assert.deepStrictEqual(yield* Effect.promise(async () => template.evaluate(given)), [
        "file:b/10.txt",
        "file:b/2.txt"
      ])
      const text = compile("${{ size(glob('**/*')) }} files", directory).template
      assert.strictEqual(yield* Effect.promise(async () => text.evaluate(given)), "5 files")
    })
  )
})
