import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

const flow = (steps: string, head = "") => `halte: 1\nname: it\n${head}steps:\n${steps}`

/** Runs a flow file to its end in a directory of its own. */
const run = (
  files: Readonly<Record<string, string>>,
  params: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {}
) =>
  Effect.gen(function* () {
    const directory = yield* Project.make(files)
    const execution = yield* Running.start(directory, "it.flow.yaml", params, { ...process.env, ...env })
    const outcome = yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
    return { directory, execution, outcome }
  })

const live = (title: string, body: () => Effect.Effect<void, unknown, never>) => it.live(title, body, 60_000)

const scoped = <A, E>(effect: Effect.Effect<A, E, unknown>) =>
  Effect.scoped(effect.pipe(Effect.provide(Running.services)) as Effect.Effect<A, E, never>) as Effect.Effect<
    A,
    E,
    never
  >

describe("flow files that run", () => {
  live("values reach programs as data: arguments, environment, stdin, cwd, whatever they hold", () =>
    scoped(
      Effect.gen(function* () {
        const nasty = "a b\"c'd $(touch pwned) `touch pwned` ; touch pwned\n*"
        const { directory, outcome } = yield* run(
          {
            "sub/.keep": "",
            "it.flow.yaml": flow(
              `  args:
    run: [node, -e, "console.log(JSON.stringify(process.argv.slice(1)))", "\${{ params.nasty }}", 1.10, "n=\${{ params.n + 1 }}"]
    output: json-last-line
  env:
    run: |
      node -e 'console.log(JSON.stringify({ v: process.env.V, gone: process.env.GONE ?? null, n: process.env.N }))'
    env: { V: "\${{ params.nasty }}", GONE: "\${{ params.maybe }}", N: 1.10 }
    output: json
  stdin:
    run: cat
    stdin: { got: "\${{ steps.args.output.value }}", n: "\${{ params.n }}" }
    output: json
  cwd:
    run: node -p "require('node:path').basename(process.cwd())"
    cwd: "\${{ params.dir }}"
    output: text
  lines:
    run: printf 'a\\nb\\n'
    output: lines
`,
              "params: { nasty: {}, n: { type: integer }, maybe: { optional: true }, dir: { default: sub } }\n"
            )
          },
          { nasty, n: 41 },
          { GONE: "still here" }
        )
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        assert.deepStrictEqual(outcome.values["args"], { exitCode: 0, value: [nasty, "1.10", "n=42"] })
        assert.deepStrictEqual(outcome.values["env"], { exitCode: 0, value: { v: nasty, gone: null, n: "1.10" } })
        assert.deepStrictEqual(outcome.values["stdin"], { exitCode: 0, value: { got: [nasty, "1.10", "n=42"], n: 41 } })
        assert.strictEqual((outcome.values["cwd"] as { value: string }).value.trim(), "sub")
        assert.deepStrictEqual(outcome.values["lines"], { exitCode: 0, value: ["a", "b"] })
        assert.isFalse(existsSync(join(directory, "pwned")))
      })
    )
  )

  live("a `when` that is false skips its step, and the step that reads its output (R30)", () =>
    scoped(
      Effect.gen(function* () {
        const { execution, outcome } = yield* run(
          {
            "it.flow.yaml": flow(
              `  make: { run: "true", when: "\${{ params.go }}" }
  after: { after: make, run: "true" }
  reads: { run: [echo, "\${{ steps.make.output.exitCode }}"] }
  group: { when: "\${{ !params.go && steps.after.output.exitCode == 0 }}", steps: { inner: { run: "true" } } }
`,
              "params: { go: { type: boolean } }\n"
            )
          },
          { go: false }
        )
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        const { steps } = yield* execution.state
        const status = (id: string) => steps.get(id)?.status
        assert.deepStrictEqual(["make", "after", "reads", "group/inner"].map(status), [
          "Skipped",
          "Completed",
          "Skipped",
          "Completed"
        ])
      })
    )
  )

  live("a loop runs a program per item, with its index, and keeps the results in order", () =>
    scoped(
      Effect.gen(function* () {
        const { outcome } = yield* run({
          "it.flow.yaml": flow(
            `  loop:
    for-each: { in: [a, b, { deep: c }, "\${{ params.last }}"], as: item, every: 2, concurrency: 2, collect: true }
    run: [node, -p, "JSON.stringify(process.argv.slice(1))", "\${{ index }}", "\${{ string(index) + ':' + (type(item) == string ? item : item.deep) }}"]
    output: json
`,
            "params: { last: { default: z } }\n"
          )
        })
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        const { results } = outcome.values["loop"] as { results: ReadonlyArray<{ value: unknown }> }
        assert.deepStrictEqual(
          results.map((r) => r.value),
          [
            ["0", "0:a"],
            ["1", "1:b"],
            ["2", "2:c"],
            ["3", "3:z"]
          ]
        )
      })
    )
  )

  live("modules: default and named exports, of a file and of a package, with inputs that keep their types (R33)", () =>
    scoped(
      Effect.gen(function* () {
        const { outcome } = yield* run(
          {
            "node_modules/tools/package.json": JSON.stringify({
              name: "tools",
              type: "module",
              exports: { ".": { import: "./index.js" }, "./steps/*": "./src/*.js" }
            }),
            "node_modules/tools/index.js": "export default () => 'from a package'\n",
            "node_modules/tools/src/add.js": "export const add = ({ a, b }) => a + b\n",
            "my.ts": "export default (input: unknown) => ({ got: input })\nexport const twice = (n: number) => n * 2\n",
            "it.flow.yaml": flow(
              `  plain: { use: ./my.ts }
  typed: { use: ./my.ts, with: { n: "\${{ params.n }}", list: ["\${{ params.n + 1 }}", x], ratio: "\${{ params.ratio }}" } }
  package: { use: tools }
  add: { use: tools/steps/add#add, with: { a: "\${{ params.n }}", b: 1.5 } }
  loop: { use: "./my.ts#twice", for-each: { in: [1, 2, 3], collect: true } }
`,
              "params: { n: { type: integer }, ratio: { type: number } }\n"
            )
          },
          { n: 2, ratio: 3 }
        )
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        assert.deepStrictEqual(outcome.values, {
          plain: { got: {} },
          typed: { got: { n: 2, list: [3, "x"], ratio: 3 } },
          package: "from a package",
          add: 3.5,
          loop: { count: 3, failed: 0, results: [2, 4, 6] }
        })
      })
    )
  )

  live(
    "a failure with `on-failure: undo` takes back what completed, with its output; clean-up runs for what failed",
    () =>
      scoped(
        Effect.gen(function* () {
          const { directory, outcome } = yield* run({
            "it.flow.yaml": flow(
              `  one:
    run: echo '{"id":17}'
    output: json-last-line
    undo: { run: [node, -e, "require('node:fs').appendFileSync('log', 'undo ' + process.argv[1] + '\\\\n')", "\${{ output.value.id }}"] }
  two:
    after: one
    run: exit 3
    clean-up: { run: echo "clean up $WHO" >> log, env: { WHO: "\${{ params.who }}" }, deadline: 20s }
`,
              "on-failure: undo\nparams: { who: { default: two } }\n"
            )
          })
          assert.strictEqual(outcome._tag, "Failed", JSON.stringify(outcome))
          assert.strictEqual(readFileSync(join(directory, "log"), "utf8"), "clean up two\nundo 17\n")
        })
      )
  )

  live("P12 a clean-up runs always where it says so, and that of the flow at the end, with how it ends", () =>
    scoped(
      Effect.gen(function* () {
        const note = (text: string) =>
          `[node, -e, "require('node:fs').appendFileSync('log', process.argv[1] + '\\\\n')", "${text}"]`
        const { directory, outcome } = yield* run({
          "it.flow.yaml": flow(
            `  one:
    run: echo one >> log
    clean-up: { run: echo clean one >> log, always: true }
  two:
    after: one
    clean-up: { run: echo clean two >> log, always: true }
    steps: { inner: { run: echo inner >> log } }
  three:
    after: two
    run: echo three >> log; exit 3
`,
            `params: { who: { default: me } }\nclean-up: { run: ${note("${{ status }} for ${{ params.who }}")} }\n`
          )
        })
        assert.strictEqual(outcome._tag, "Failed", JSON.stringify(outcome))
        assert.deepStrictEqual(readFileSync(join(directory, "log"), "utf8").trim().split("\n"), [
          "one",
          "clean one",
          "inner",
          "clean two",
          "three",
          "Failed for me"
        ])
      })
    )
  )

  live("secrets come from the environment and are masked in the output", () =>
    scoped(
      Effect.gen(function* () {
        const { execution, outcome } = yield* run(
          {
            "it.flow.yaml": flow(
              `  show: { run: 'echo "token is $T"', output: text, env: { T: "\${{ params.token }}" } }\n`,
              "params: { token: { secret: true, env: MY_TOKEN } }\n"
            )
          },
          {},
          { MY_TOKEN: "hunter22" }
        )
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        const events = yield* execution.events.pipe(Stream.runCollect)
        assert.notInclude(JSON.stringify([...events]), "hunter22")
        assert.match(JSON.stringify([...events]), /token is \*\*\*/)
      })
    )
  )

  live("an expression that fails at run time fails its step, with its place", () =>
    scoped(
      Effect.gen(function* () {
        const { outcome } = yield* run({
          "it.flow.yaml": flow(
            `  data: { run: 'echo "{}"', output: json }\n  use: { run: [echo, "\${{ steps.data.output.value.missing }}"] }\n`
          )
        })
        assert.strictEqual(outcome._tag, "Failed")
        if (outcome._tag !== "Failed") return
        assert.strictEqual(outcome.failure.code, "expression-failed")
        assert.strictEqual(
          outcome.failure.message,
          "the expression `steps.data.output.value.missing` at it.flow.yaml:5:23 could not be computed: no such key: missing"
        )
      })
    )
  )

  live("stopped in the middle of an item, a loop of programs goes on from that batch (R25, R57)", () =>
    scoped(
      Effect.gen(function* () {
        const directory = yield* Project.make({
          "item.mjs": [
            'import { appendFileSync, existsSync } from "node:fs"',
            "const item = process.argv[2]",
            "appendFileSync('began', item)",
            "console.log('ready', item)",
            // Item c waits for its SIGTERM in the first attempt.
            "if (item === 'c' && !existsSync('go')) setInterval(() => {}, 1000)",
            "else appendFileSync('done', item)",
            ""
          ].join("\n"),
          "it.flow.yaml": flow(
            `  loop: { for-each: { in: [a, b, c, d], as: x }, run: [node, item.mjs, "\${{ x }}"], grace: 5s }\n  last: { after: loop, run: touch last }\n`
          )
        })
        const execution = yield* Running.start(directory, "it.flow.yaml")
        yield* Effect.suspend(() =>
          existsSync(join(directory, "began")) && readFileSync(join(directory, "began"), "utf8") === "abc"
            ? Effect.void
            : Effect.fail("not yet")
        ).pipe(Effect.retry({ schedule: Running.often }), Effect.timeout("20 seconds"))
        yield* execution.interrupt()
        const stopped = yield* execution.outcome.pipe(Effect.timeout("20 seconds"))
        assert.strictEqual(stopped._tag, "Interrupted", JSON.stringify(stopped))
        assert.strictEqual((yield* execution.state).steps.get("loop")?.cursor, 2)
        assert.isFalse(existsSync(join(directory, "last")))
        yield* Effect.promise(() => import("node:fs/promises").then((fs) => fs.writeFile(join(directory, "go"), "")))
        yield* execution.resume()
        const resumed = yield* execution.outcome.pipe(Effect.timeout("20 seconds"))
        assert.strictEqual(resumed._tag, "Completed", JSON.stringify(resumed))
        assert.deepStrictEqual(resumed.values["loop"], { count: 4, failed: 0 })
        assert.strictEqual(readFileSync(join(directory, "done"), "utf8"), "abcd")
      })
    )
  )
})
