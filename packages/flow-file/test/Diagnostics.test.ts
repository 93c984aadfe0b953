import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Diagnostic, FlowFile } from "@halte/flow-file"
import { fixture } from "./support/Fixtures.ts"
import { diagnose, shown } from "./support/Loading.ts"

const flow = (steps: string, head = "") => `halte: 1\nname: deploy\n${head}steps:\n${steps}`

describe("diagnostics", () => {
  it.effect("point at the dependency that closes a cycle, with the whole path", () =>
    Effect.gen(function* () {
      const text = yield* shown(
        flow("  upload:\n    run: ./upload\n    after: [config]\n  config:\n    run: ./config\n    after: [upload]\n")
      )
      assert.strictEqual(
        text,
        [
          "Flow `deploy` has a cycle: `upload` → `config` → `upload`.",
          "deploy.flow.yaml:6:13  after: [config]",
          "                               ~~~~~~",
          "Remove one of these dependencies.                            (code: cycle-found)"
        ].join("\n")
      )
    })
  )

  it.effect("find cycles through groups and through outputs that are read", () =>
    Effect.gen(function* () {
      const through = yield* diagnose(
        flow(
          '  up:\n    steps:\n      one: { run: make, after: last }\n  last:\n    run: [echo, "${{ steps.up.output.one.exitCode }}"]\n'
        )
      )
      assert.deepStrictEqual(
        through.map((d) => [d.code, d.line]),
        [["cycle-found", 6]]
      )
      assert.include(through[0]!.message, "`up/one`")
    })
  )

  it.effect("show the rewrite of an expression in a shell line", () =>
    Effect.gen(function* () {
      const params = "params: { version: { type: string }, outDir: { type: string } }\n"
      const text = yield* shown(
        flow('  build:\n    run: npm run build ${{ params.version }} --out "${{ params.outDir }}/x"\n', params)
      )
      assert.strictEqual(
        text,
        [
          "Step `build` puts an expression into a shell line, where its value would be read",
          "as code.",
          'deploy.flow.yaml:6:24  run: npm run build ${{ params.version }} --out "${{ para…',
          "                                          ~~~~~~~~~~~~~~~~~~~~~",
          'Pass it as data: `run: npm run build "$VERSION" --out "$OUT_DIR/x"` with',
          '`env: { VERSION: "${{ params.version }}", OUT_DIR: "${{ params.outDir }}" }`, or',
          "write `run` as a list of arguments.                  (code: expression-in-shell)"
        ].join("\n")
      )
    })
  )

  it.effect("take away the quotes that would keep the shell from looking", () =>
    Effect.gen(function* () {
      const [found] = yield* diagnose(
        flow(
          "  build:\n    run: echo '${{ params.v }}' \"${{ params.v }}\" 'a ${{ params.v }}'\n",
          "params: { v: {} }\n"
        )
      )
      assert.include(found!.hint, '`run: echo "$V" "$V" \'a \'"$V"`')
      assert.include(found!.hint, '`env: { V: "${{ params.v }}" }`')
    })
  )

  it.effect("show the rewrite of a secret in an argument, and do not print its value", () =>
    Effect.gen(function* () {
      const text = yield* shown(
        flow(
          '  push:\n    run: [./push, "--token=${{ params.token }}"]\n',
          "params: { token: { secret: true, default: hunter2 } }\n"
        )
      )
      assert.strictEqual(
        text,
        [
          "Step `push` puts the secret `token` into an argument, which every user of the",
          "machine can read.",
          'deploy.flow.yaml:6:28  run: [./push, "--token=${{ params.token }}"]',
          "                                              ~~~~~~~~~~~~~~~~~~~",
          'Pass it by the environment: `env: { TOKEN: "${{ params.token }}" }`, and read',
          "`$TOKEN` in the program; or by `stdin`.               (code: secret-in-argument)"
        ].join("\n")
      )
    })
  )

  it.effect("show the rewrite of a step name with a hyphen", () =>
    Effect.gen(function* () {
      const steps = (expression: string) =>
        flow(
          `  upload:\n    steps:\n      part-1: { run: make }\n      part-2: { run: [echo, '\${{ ${expression} }}'] }\n`
        )
      const inGroup = yield* shown(steps("steps.part-1.output.exitCode"))
      assert.strictEqual(
        inGroup,
        [
          "`steps.part-1.output` can't be read: with a hyphen it is a subtraction.",
          "deploy.flow.yaml:7:34  part-2: { run: [echo, '${{ steps.part-1.output.exitCode…",
          "                                                  ~~~~~~~~~~~~~~~~~~~",
          'Write `steps["part-1"].output`.                         (code: dotted-step-name)'
        ].join("\n")
      )
      const [full] = yield* diagnose(steps("steps.upload.part-1.output.exitCode"))
      assert.strictEqual(full!.hint, 'Write `steps["upload/part-1"].output`.')
      assert.deepStrictEqual(yield* diagnose(steps('steps["part-1"].output.exitCode')), [])
      assert.deepStrictEqual(yield* diagnose(steps('steps["upload/part-1"].output.exitCode')), [])
    })
  )

  it.effect("name the nearest known name: keys, steps, params, words of other tools", () =>
    Effect.gen(function* () {
      const found = yield* diagnose(
        flow(
          "  build: { run: make, timeuot: 5m }\n  test: { run: make, after: biuld, depends-on: build }\n" +
            '  show: { run: [echo, "${{ params.vresion }}"], grcae: 1s }\n',
          "params: { version: {} }\nconcurency: 2\n"
        )
      )
      assert.deepStrictEqual(
        found.map((d) => d.hint),
        [
          "Did you mean `concurrency`?",
          "Did you mean `timeout`?",
          "Did you mean `build`?",
          "Did you mean `after`?",
          "Did you mean `params.version`?",
          "Did you mean `grace`?"
        ]
      )
    })
  )

  it.effect("come all at once, in the order of the file", () =>
    Effect.gen(function* () {
      const found = yield* diagnose(
        flow(
          "  a: { run: [], grace: x }\n  b: { after: [c, d] }\n  e: { run: make, gate: Go? }\n",
          "single: 3\nversion:\n"
        )
      )
      assert.deepStrictEqual(
        found.map((d) => `${d.line}:${d.column} ${d.code}`),
        ["3:9 wrong-type", "4:9 wrong-type", "6:13 empty-list", "6:24 wrong-type", "7:3 no-kind", "8:19 several-kinds"]
      )
    })
  )

  it.effect("say how to quote an expression that ends a flow map too early", () =>
    Effect.gen(function* () {
      const found = yield* diagnose(flow("  a: { run: [echo, ${{ params.x }}] }\n"))
      assert.strictEqual(found[0]!.code, "invalid-syntax")
      assert.include(found.map((d) => d.hint).join(), 'inside `{ … }` and `[ … ]` write `"${{ … }}"`')
    })
  )

  it.effect("refuse duplicate keys, tags, merge keys, several documents, maps as keys", () =>
    Effect.gen(function* () {
      const code = (text: string) => Effect.map(diagnose(text), (found) => [...new Set(found.map((d) => d.code))])
      const one = flow("  a: { run: make }\n")
      assert.deepStrictEqual(yield* code(`${one}name: again\n`), ["duplicate-key"])
      assert.deepStrictEqual(yield* code(one.replace("make", "!!js/function make")), ["unknown-tag"])
      assert.deepStrictEqual(yield* code(`${one}<<: { single: true }\n`), ["unknown-key"])
      assert.deepStrictEqual(yield* code(`${one}---\nhalte: 1\n`), ["several-documents"])
      assert.deepStrictEqual(yield* code(`${one}? { a: 1 }\n: 2\n`), ["invalid-key"])
      assert.deepStrictEqual(yield* code(one.replace("make", "*nothing")), ["unknown-anchor"])
      assert.deepStrictEqual(yield* code(""), ["empty-file"])
      assert.deepStrictEqual(yield* code("# only a comment\n"), ["empty-file"])
      assert.deepStrictEqual(yield* code("just a text"), ["wrong-type"])
    })
  )

  it.effect("take aliases of shared settings as they are", () =>
    Effect.gen(function* () {
      const found = yield* diagnose(
        flow("  a: { run: make, retry: &often { tries: 3, delay: 1s } }\n  b: { run: make, retry: *often }\n")
      )
      assert.deepStrictEqual(found, [])
    })
  )

  it.effect("warn about a code in `retry.on` that is nearly a known one, and about no other", () =>
    Effect.gen(function* () {
      const [first, ...more] = yield* diagnose(
        flow("  a: { run: make, retry: { tries: 2, on: [75, disk-full, timed-ot] } }\n")
      )
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(
        [first!.severity, first!.code, first!.message, first!.hint],
        [
          "warning",
          "unknown-failure-code",
          "No step of Halte fails with `timed-ot`, which step `a` is tried again after.",
          "Did you mean `timed-out`? A tagged error of a module of yours may have such a code."
        ]
      )
    })
  )

  it.effect("warn about what makes stopping doubtful", () =>
    Effect.gen(function* () {
      const found = yield* diagnose(
        flow(
          [
            "  a: { http: { method: POST, url: 'http://localhost/' } }",
            "  b: { http: { method: POST, url: 'http://localhost/' }, idempotent: true }",
            "  c: { http: { method: PATCH, url: 'http://localhost/' }, undo: { run: ./take-back } }",
            "  d: { run: make, grace: 0s }",
            "  e: { run: make, on-interrupt: finish }",
            "  f: { run: make, on-interrupt: finish, timeout: 1m }",
            "  g: { use: ./steps/hash-file.ts }",
            "  h: { use: ./steps/hash-file.ts, stops-within: 1s }",
            "  i: { run: make, idempotent: false }",
            "  j: { run: make, idempotent: false, clean-up: { run: ./tidy } }\n"
          ].join("\n")
        )
      )
      assert.deepStrictEqual(
        found.map((d) => `${d.line} ${d.severity} ${d.code}`),
        [
          "4 warning may-run-twice",
          "7 warning no-grace",
          "8 warning no-stop-bound",
          "10 warning no-stop-bound",
          "12 warning no-clean-up"
        ]
      )
      const promising = yield* diagnose(
        flow(
          "  a: { run: make }\n  b: { run: make, grace: 1m }\n  g: { steps: { c: { run: make } }, clean-up: { run: ./tidy } }\n",
          "stops-within: 10s\n"
        )
      )
      assert.deepStrictEqual(
        promising.map((d) => `${d.line}:${d.column} ${d.severity} ${d.code}: ${d.message}`),
        [
          "6:19 warning over-budget: `b` may take 1m 01s to stop, more than the 10 s that flow `deploy` promises: its grace is 1m."
        ]
      )
      const ignoring = yield* diagnose(flow("  a: { run: make }\n", "on-interrupt: ignore\n"))
      const next = yield* diagnose(flow("  a: { run: make }\n", "on-interrupt: { next: 2 }\n"))
      assert.deepStrictEqual(
        [...ignoring, ...next].map((d) => d.code),
        ["no-stop-bound", "no-stop-bound"]
      )
    })
  )

  it.effect("underline what is meant behind characters that take two columns", () =>
    Effect.gen(function* () {
      const text = 'halte: 1\nname: a\nsteps:\n  a: { label: "日本👍", runn: x, run: y }\n'
      const { diagnostics } = yield* Effect.flip(FlowFile.fromText(text, "a.flow.yaml"))
      const [, line, squiggle] = Diagnostic.render(diagnostics[0]).split("\n")
      assert.strictEqual(line, 'a.flow.yaml:4:23  a: { label: "日本👍", runn: x, run: y }')
      // Two characters before it take a column more than they have UTF-16 units; the emoji has two of both.
      assert.strictEqual(squiggle, `${" ".repeat(line!.indexOf("runn") + 2)}~~~~`)
    })
  )

  it.effect("are coloured only when asked, fit the width and print no control characters", () =>
    Effect.gen(function* () {
      const [found] = yield* diagnose(
        flow(
          "  a: { run: make }\n",
          'labell: "\u001b]0;title\u0007 a text that goes on and on and on and on and on and on"\n'
        )
      )
      const plain = Diagnostic.render(found!, { width: 60 })
      assert.notMatch(plain, /\p{Cc}(?<!\n)/u)
      for (const line of plain.split("\n")) assert.isAtMost(line.length, 60, line)
      const colored = Diagnostic.render(found!, { color: true, width: 60 })
      assert.include(colored, "\u001b[31m~~~~~~\u001b[0m")
      // oxlint-disable-next-line no-control-regex
      assert.strictEqual(colored.replace(/\u001b\[\d+m/g, ""), plain)
    })
  )

  it.effect("stand under the right characters behind tabs, wide letters and escapes", () =>
    Effect.gen(function* () {
      const found = yield* diagnose(
        flow('  a: { run: [ "täg\\t", "\\"${{ params.x }}\\"", \'it\'\'s ${{ params.y }}\' ] }\n')
      )
      for (const diagnostic of found) {
        const at = diagnostic.source.slice(diagnostic.column - 1, diagnostic.column - 1 + diagnostic.length)
        assert.include(["x", "y"], at)
      }
      assert.strictEqual(found.length, 2)
    })
  )

  it.effect("name the file when it is missing, a directory, no UTF-8 or too large", () =>
    Effect.gen(function* () {
      const codes = (path: string) =>
        Effect.map(Effect.flip(FlowFile.load(path)), (error) => error.diagnostics.map((d) => `${d.code} ${d.line}`))
      assert.deepStrictEqual(yield* codes(fixture("none.flow.yaml")), ["flow-file-not-found 0"])
      assert.deepStrictEqual(yield* codes(fixture("steps")), ["not-a-file 0"])
    })
  )
})
