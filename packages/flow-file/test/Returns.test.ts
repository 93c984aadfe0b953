import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { ModuleRunnerNode } from "@halte/process"
import { FlowFile } from "@halte/flow-file"
import { join } from "node:path"
import { diagnose, load } from "./support/Loading.ts"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

const count = `  count:
    run: echo '{}'
    output: json
    returns:
      type: object
      properties:
        total: { type: integer }
        ratio: { type: number }
        name: { type: string }
        part-1: { type: boolean }
        note: { type: [string, "null"] }
        kind: { enum: [a, b] }
        items: { type: array, items: { type: object, properties: { id: { type: integer } }, required: [id] } }
        open: { type: object, properties: { known: { type: integer } }, additionalProperties: true }
        labels: { type: object, additionalProperties: { type: integer } }
      required: [total]
`
const flow = (steps: string, head = "") => `halte: 1\nname: it\n${head}steps:\n${steps}`
const show = (expression: string) => `  show:\n    run:\n      - echo\n      - >-\n        \${{ ${expression} }}\n`
const reading = (expression: string) => flow(`${count}${show(expression)}`)
const o = "steps.count.output.value"

const scoped = <A, E>(effect: Effect.Effect<A, E, unknown>) =>
  Effect.scoped(effect.pipe(Effect.provide(Running.services)) as Effect.Effect<A, E, never>) as Effect.Effect<
    A,
    E,
    never
  >

const run = (files: Readonly<Record<string, string>>, params: Readonly<Record<string, unknown>> = {}) =>
  Effect.gen(function* () {
    const directory = yield* Project.make(files)
    const execution = yield* Running.start(directory, "it.flow.yaml", params)
    return { execution, outcome: yield* execution.outcome.pipe(Effect.timeout("30 seconds")) }
  })

describe("returns", () => {
  it.effect("R30: expressions that read what is described are checked before anything runs", () =>
    Effect.gen(function* () {
      for (const good of [
        `${o}.total + 1`,
        `${o}.ratio * 2.0`,
        `${o}.name + "!"`,
        `${o}["part-1"] ? 1 : 2`,
        `${o}.note == null ? "none" : ${o}.note`,
        `${o}.kind == "a"`,
        `${o}.items.map(i, i.id).size()`,
        `${o}.items[0].id + 1`,
        `${o}.open.unknown`,
        `${o}.labels["x"] + 1`,
        `has(${o}.name) ? ${o}.name : ""`
      ])
        assert.deepStrictEqual(yield* diagnose(reading(good)), [], good)
      for (const [wrong, code, part] of [
        [`${o}.totl + 1`, "unknown-field", "Did you mean `total`?"],
        [`${o}.zzzzzz`, "unknown-field", "Its fields are `total`, `ratio`"],
        [`${o}.items[0].idd`, "unknown-field", "Did you mean `id`?"],
        [`steps.count.output.exitCodes`, "unknown-field", "Did you mean `exitCode`?"],
        [`${o}.total + "!"`, "wrong-expression-type", "int + string"],
        [`${o}.ratio + 1`, "wrong-expression-type", "double + int"],
        [`${o}.labels["x"] + "!"`, "wrong-expression-type", "int + string"],
        [`${o} + 1`, "wrong-expression-type", "there is no `map + int`"],
        [`string(${o})`, "wrong-expression-type", "string(map)"],
        [`${o}.kind + 1`, "wrong-expression-type", "string + int"],
        [`${o}.items`, "wrong-expression-type", "this gives a list"],
        [o, "wrong-expression-type", "this gives a map"]
      ] as const) {
        const [found, ...more] = yield* diagnose(reading(wrong))
        assert.deepStrictEqual([found?.code, more], [code, []], wrong)
        assert.include(`${found!.message} ${found!.hint}`, part)
      }
    })
  )

  it.effect("underlines the very field that is wrong", () =>
    Effect.gen(function* () {
      const [found] = yield* diagnose(reading(`1 + ${o}.totl`))
      const { column, length, source } = found!
      assert.strictEqual(source.slice(column - 1, column - 1 + length), "totl")
    })
  )

  it.effect("of a gate, a request, a module and a loop is known, too", () =>
    Effect.gen(function* () {
      const steps = `  ask: { gate: How many?, returns: { type: integer } }
  call: { http: { url: "http://localhost/" }, returns: { type: object, properties: { id: { type: string } } } }
  mod: { use: ./steps/hash-file.ts, returns: { type: string } }
  loop: { for-each: { in: [1], collect: true }, run: echo 1, output: json, returns: { type: integer } }
  some: { for-each: { in: [1], collect: true, on-item-failure: continue }, run: echo 1, output: json, returns: { type: integer } }
`
      const codes = (expression: string) =>
        Effect.map(diagnose(flow(`${steps}${show(expression)}`)), (found) =>
          found.filter(({ severity }) => severity === "error").map(({ code }) => code)
        )
      for (const good of [
        "steps.ask.output + 1",
        "steps.call.output.body.id + string(steps.call.output.status)",
        "steps.mod.output + '!'",
        "steps.loop.output.results[0].value + steps.loop.output.count",
        "steps.some.output.results[0] == null"
      ])
        assert.deepStrictEqual(yield* codes(good), [], good)
      assert.deepStrictEqual(yield* codes("steps.ask.output + '!'"), ["wrong-expression-type"])
      assert.deepStrictEqual(yield* codes("steps.call.output.body.name"), ["unknown-field"])
      assert.deepStrictEqual(yield* codes("steps.mod.output + 1"), ["wrong-expression-type"])
      assert.deepStrictEqual(yield* codes("steps.loop.output.results[0].value + '!'"), ["wrong-expression-type"])
    })
  )

  it.live("`check` takes the type of a module's own step, where the file says none", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({
        "count.ts": [
          'import { Schema } from "effect"',
          'import { Step } from "@halte/engine"',
          'const Part = Schema.Struct({ id: Schema.Int }).annotate({ identifier: "Part" })',
          "const outputSchema = Schema.Struct({ total: Schema.Int, ratio: Schema.Number, parts: Schema.Array(Part) })",
          'export default Step.make("count", { outputSchema, run: () => ({ total: 1, ratio: 2, parts: [{ id: 3 }] }) })',
          ""
        ].join("\n"),
        "it.flow.yaml": flow(
          [
            "  count: { use: ./count.ts, timeout: 1m }",
            '  good: { run: [echo, "${{ steps.count.output.total + steps.count.output.parts[0].id }}"] }',
            '  wrong: { run: [echo, "${{ steps.count.output.totl }}"] }',
            '  deep: { run: [echo, "${{ steps.count.output.parts[0].name }}"] }',
            "  mixed: { run: [echo, \"${{ steps.count.output.total + '!' }}\"] }",
            "  own: { use: ./count.ts, timeout: 1m, returns: { type: object, properties: { totl: {} } } }",
            '  said: { run: [echo, "${{ steps.own.output.totl }}"] }',
            ""
          ].join("\n")
        )
      })
      yield* Project.linkPackages(cwd)
      const { diagnostics } = yield* FlowFile.check(join(cwd, "it.flow.yaml"), { env: {}, cwd }).pipe(
        Effect.provide(ModuleRunnerNode.layer())
      )
      assert.deepStrictEqual(
        diagnostics.map(({ code, line }) => `${line} ${code}`),
        ["6 unknown-field", "7 unknown-field", "8 wrong-expression-type"]
      )
    })
  )

  it.live(
    "what does not fit fails the step with each place and reason, and is in its log",
    () =>
      scoped(
        Effect.gen(function* () {
          const returns =
            "{ type: object, properties: { total: { type: integer, minimum: 1 }, name: { type: string, pattern: '^[a-z]+$' } }, required: [total, name], additionalProperties: false }"
          for (const [given, places] of [
            ['{"total":0,"name":"a"}', "`/value/total` expected a value greater than or equal to 1"],
            ['{"total":1.5}', "`/value/total` expected an integer; `/value/name` missing key"],
            ['{"total":1,"name":"A"}', "`/value/name` expected a string matching the RegExp ^[a-z]+$"],
            ['{"total":1,"name":"a","more":1}', "`/value/more` expected no excess property"],
            ["[]", "`/value` expected object"]
          ] as const) {
            const { execution, outcome } = yield* run(
              {
                "it.flow.yaml": flow(
                  `  a: { run: [echo, "\${{ params.given }}"], output: json, returns: ${returns} }\n`,
                  "params: { given: {} }\n"
                )
              },
              { given }
            )
            if (outcome._tag !== "Failed") return assert.fail(`${outcome._tag}: ${given}`)
            assert.strictEqual(outcome.failure.code, "invalid-output")
            assert.include(outcome.failure.message.toLowerCase(), places.toLowerCase())
            const events = Array.from(yield* Stream.runCollect(execution.events))
            assert.notInclude(JSON.stringify(events.filter((e) => e.type === "step-failed")), '\\"name\\":\\"A')
          }
        })
      ),
    60_000
  )

  it.live(
    "a value that fits is read with its types: a `number` that is whole is no integer",
    () =>
      scoped(
        Effect.gen(function* () {
          const { outcome } = yield* run({
            "it.flow.yaml": flow(`  a:
    run: echo '{"ratio":2,"total":3,"list":[1,2]}'
    output: json
    returns: { properties: { ratio: { type: number }, total: { type: integer }, list: { items: { type: number } } } }
  b:
    run: [echo, "\${{ steps.a.output.value.ratio * 1.5 }} \${{ steps.a.output.value.total + 1 }} \${{ steps.a.output.value.list[1] * 0.5 }}"]
    output: text
`)
          })
          assert.deepStrictEqual(outcome.values["b"], { exitCode: 0, value: "3 4 1" })
        })
      ),
    60_000
  )

  it.live(
    "of a loop is checked for each item: one that does not fit is a failed item",
    () =>
      scoped(
        Effect.gen(function* () {
          const { outcome } = yield* run({
            "twice.ts": "export default (n: number) => (n === 2 ? 'two' : n * 2)\n",
            "it.flow.yaml": flow(`  run:
    for-each: { in: ["1", x, "3"], collect: true, on-item-failure: continue }
    run: [echo, "\${{ item }}"]
    output: json-last-line
    returns: { type: integer }
    retry: { tries: 1 }
  use:
    for-each: { in: [1, 2, 3], collect: true, every: 3, on-item-failure: continue }
    use: ./twice.ts
    returns: { type: integer }
`)
          })
          assert.deepStrictEqual(outcome.values["use"], {
            count: 3,
            failed: 1,
            results: [2, null, 6],
            failures: [{ index: 1, item: 2, code: "invalid-output" }]
          })
          assert.deepStrictEqual(outcome.values["run"], {
            count: 3,
            failed: 1,
            results: [{ exitCode: 0, value: 1 }, null, { exitCode: 0, value: 3 }],
            failures: [{ index: 1, item: "x", code: "output-not-json", exitCode: 0 }]
          })
        })
      ),
    60_000
  )

  it.effect("its fingerprint counts: another `returns` is another step", () =>
    Effect.gen(function* () {
      const fingerprint = (returns: string) =>
        Effect.map(
          load(flow(`  a: { run: echo 1, output: json, returns: ${returns} }\n`)),
          ({ description }) => description.steps[0]!.fingerprint
        )
      assert.notStrictEqual(yield* fingerprint("{ type: integer }"), yield* fingerprint("{ type: number }"))
    })
  )
})
