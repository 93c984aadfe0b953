/** `map` in flow files: a step for each item, and what reads what. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Loading from "./support/Loading.ts"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

const live = (title: string, body: () => Effect.Effect<void, unknown, unknown>) =>
  it.live(
    title,
    () =>
      Effect.scoped(
        body().pipe(Effect.provide(Running.services)) as Effect.Effect<void, unknown, never>
      ) as Effect.Effect<void, unknown, never>,
    60_000
  )

const flow = (steps: string, head = "") => `halte: 1\nname: it\n${head}steps:\n${steps}`

const run = (text: string, files: Readonly<Record<string, string>> = {}) =>
  Effect.gen(function* () {
    const directory = yield* Project.make({ ...files, "it.flow.yaml": text })
    const execution = yield* Running.start(directory, "it.flow.yaml", {})
    return yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
  })

const echo = (...parts: ReadonlyArray<string>) =>
  `run: [printf, "%s", ${parts.map((part) => JSON.stringify(part)).join(", ")}], output: text`

describe("map in a flow file", () => {
  live("makes a step for each item of every kind of source, and reads the item, its index and its siblings", () =>
    Effect.gen(function* () {
      const outcome = yield* run(
        flow(`  range: { map: { in: { to: 2 }, as: n }, ${echo("${{ n * 10 + index }}")} }
  lines:
    map: { in: { lines: names.txt }, as: name }
    steps:
      hello: { ${echo("Hello ${{ name }}")} }
      twice: { map: { in: [a, b] }, ${echo("${{ steps.hello.output.value }} ${{ item }}${{ index }} of ${{ name }}")} }
  all: { ${echo("${{ steps.lines.output[1].twice[0].value }}, ${{ steps.range.output.size() }}")} }
`),
        { "names.txt": "Ada\nGrace\n" }
      )
      if (outcome._tag === "Failed") assert.fail(JSON.stringify(outcome.failure))
      const value = (id: string) => (outcome.values[id] as { value: unknown }).value
      assert.deepStrictEqual(["range/0", "range/1"].map(value), ["10", "21"])
      assert.strictEqual(value("lines/0/twice/1"), "Hello Ada b1 of Ada")
      assert.strictEqual(value("all"), "Hello Grace a0 of Grace, 2")
    })
  )

  live("a condition that reads the item skips those steps, one that does not skips the map", () =>
    Effect.gen(function* () {
      const outcome = yield* run(
        flow(`  some: { map: { in: [1, 2, 3] }, when: "\${{ item != 2 }}", run: "true" }
  none: { map: { in: "\${{ [int('x')] }}" }, when: "\${{ 1 > 2 }}", run: "true" }
`)
      )
      if (outcome._tag === "Failed") assert.fail(JSON.stringify(outcome.failure))
      assert.deepStrictEqual(outcome.completed, ["some/0", "some/2"])
      assert.deepStrictEqual(outcome.skipped, ["some/1", "none"])
    })
  )

  live("an undo and a clean-up of each read the item", () =>
    Effect.gen(function* () {
      const outcome = yield* run(
        flow(
          `  make:
    map: { in: [a, b], as: name, concurrency: 1 }
    run: [touch, "\${{ name }}.made"]
    undo: { run: [mv, "\${{ name }}.made", "\${{ name }}.undone"] }
  fails:
    after: make
    map: { in: [x] }
    run: "exit 3"
    clean-up: { run: [touch, "\${{ item }}.cleaned"] }
  look: { after: fails, run: "true" }
`,
          "on-failure: undo\n"
        )
      )
      assert.deepInclude(outcome, { _tag: "Failed", step: "fails/0", completed: [] })
      assert.deepStrictEqual(outcome.notStarted, ["make/0", "make/1", "look"])
    })
  )

  live("modules get the item as their input, as in a for-each", () =>
    Effect.gen(function* () {
      const outcome = yield* run(
        flow(`  double: { map: { in: [2, 4] }, use: ./double.mjs }
`),
        { "double.mjs": "export default (n) => n * 2\n" }
      )
      if (outcome._tag === "Failed") assert.fail(JSON.stringify(outcome.failure))
      assert.deepStrictEqual(outcome.values, { "double/0": 4, "double/1": 8 })
    })
  )
})

describe("a map with mistakes", () => {
  const problems = (steps: string) =>
    Effect.map(Loading.diagnose(flow(steps)), (found) => found.map((d) => `${d.code}: ${d.message}`))

  it.live("is told where it is wrong, with what to write instead", () =>
    Effect.gen(function* () {
      const inner = "map: { in: [1] }, steps: { a: { run: x }, b: { run: y } }"
      assert.match(
        (yield* problems(`  m: { ${inner} }\n  out: { after: m/a, run: z }\n`)).join(),
        /unknown-step: Step `out` names `m\/a`, of which the map `m` makes one for each item/
      )
      assert.match(
        (yield* problems(`  m: { ${inner} }\n  out: { run: [z, "\${{ steps['m/a'].output.exitCode }}"] }\n`)).join(),
        /unknown-step/
      )
      assert.match(
        (yield* problems("  m: { map: { in: [1] }, for-each: { in: [2] }, run: x }\n")).join(),
        /several-kinds: Step `m` has `map` and `for-each`/
      )
      assert.match(
        (yield* problems("  m: { map: { in: text }, run: x }\n")).join(),
        /wrong-type: `map\.in` of step `m` is a text/
      )
      assert.match((yield* problems("  m: { map: { in: [1], as: params }, run: x }\n")).join(), /invalid-name/)
      assert.match(
        (yield* problems('  m: { map: { in: [1], as: one }, run: [x, "${{ onee }}"] }\n')).join(),
        /unknown-variable/
      )
      assert.match(
        (yield* problems(
          "  m: { map: { in: [1] }, steps: { a: { after: b, run: x }, b: { after: a, run: y } } }\n"
        )).join(),
        /cycle-found: .*`m\/a` → `m\/b`|`m\/b` → `m\/a`/
      )
      assert.match(
        (yield* problems(
          "  m: { map: { in: [1] }, steps: { a: { after: late, run: x } } }\n  late: { after: m, run: y }\n"
        )).join(),
        /cycle-found/
      )
    })
  )

  it.live("inner steps name their siblings by full ids too, and what is outside", () =>
    Effect.gen(function* () {
      const steps = `  first: { run: x }
  m:
    map: { in: [1] }
    steps:
      a: { after: first, run: x }
      b: { after: m/a, run: [y, "\${{ steps['m/a'].output.exitCode }}"] }
`
      assert.deepStrictEqual(yield* problems(steps), [])
    })
  )
})
