import { withFlow, withParam, withStep } from "./Loading.ts"

/** One text of a key: loads, or does not for that reason. `schema`: the JSON Schema sees that, too. */
export interface KeyCase {
  readonly key: string
  readonly text: string
  readonly code?: string
  readonly schema: boolean
}

const good = (key: string, ...texts: ReadonlyArray<string>): ReadonlyArray<KeyCase> =>
  texts.map((text) => ({ key, text, schema: true }))
const bad = (key: string, code: string, ...texts: ReadonlyArray<string>): ReadonlyArray<KeyCase> =>
  texts.map((text) => ({ key, text, code, schema: true }))
/** Only the loader knows better. */
const meant = (key: string, code: string, ...texts: ReadonlyArray<string>): ReadonlyArray<KeyCase> =>
  texts.map((text) => ({ key, text, code, schema: false }))

const s = (...steps: ReadonlyArray<string>) => steps.map(withStep)
const f = (...keys: ReadonlyArray<string>) => keys.map(withFlow)
const p = (...params: ReadonlyArray<string>) => params.map(withParam)
const raw = (head: string) => `${head}\nsteps: { build: { run: make } }\n`

const run = "run: make"
const use = "use: ./steps/hash-file.ts"
const http = (keys: string) => `{ http: { ${keys} } }`
const returns = (schema: string) => `{ ${run}, output: json, returns: ${schema} }`
const post = (keys: string) => http(`method: POST, url: "http://localhost/", ${keys}`)
const map = (keys: string, more = run) => `{ map: { ${keys} }, ${more} }`
const each = (keys: string, more = run) => `{ for-each: { ${keys} }, ${more} }`
const cleanUp = (keys: string) => `{ ${run}, clean-up: { ${keys} } }`

const waitsForItself = (step: string) =>
  `halte: 1\nname: a\nlimits: { disk: { size: 2, shared: true } }\nlimit: disk\nsteps: { build: ${step} }\n`

/** Cases of every key of every table: `table.key`. */
export const cases: ReadonlyArray<KeyCase> = [
  good("flow.halte", raw("halte: 1\nname: a")),
  bad("flow.halte", "missing-key", raw("name: a")),
  bad("flow.halte", "wrong-type", raw("halte: one\nname: a"), raw("halte: 0\nname: a")),
  meant("flow.halte", "unknown-version", raw("halte: 2\nname: a")),
  good("flow.name", raw("halte: 1\nname: a-1")),
  bad("flow.name", "missing-key", raw("halte: 1")),
  bad("flow.name", "invalid-name", raw("halte: 1\nname: My Flow"), raw("halte: 1\nname: 1a")),
  good("flow.version", ...f("version: 1.10", "version: v2")),
  bad("flow.version", "wrong-type", ...f("version: [1]", "version:")),
  good("flow.label", ...f("label: Deploy it")),
  bad("flow.label", "wrong-type", ...f("label: {}")),
  good("flow.description", ...f("description: |\n  Two\n  lines")),
  meant("flow.description", "expression-not-allowed", ...f('description: "${{ 1 }}"')),
  good("flow.params", ...f("params: {}", "params: { a: {}, b_2: { type: list } }")),
  bad("flow.params", "wrong-type", ...f("params: [a]", "params: { a: 1 }")),
  bad("flow.params", "invalid-name", ...f("params: { my-param: {} }")),
  meant("flow.params", "reserved-name", ...f("params: { in: {} }")),
  good("flow.concurrency", ...f("concurrency: 4")),
  bad("flow.concurrency", "wrong-type", ...f("concurrency: 0", "concurrency: 1.5", 'concurrency: "4"')),
  good("flow.limits", ...f("limits: { disk: 2 }", "limits: { disk: { size: 2 } }")),
  bad("flow.limits", "wrong-type", ...f("limits: { disk: none }")),
  good("limit.size", ...f("limits: { disk: { size: 2 } }")),
  bad("limit.size", "missing-key", ...f("limits: { disk: { shared: true } }")),
  bad("limit.size", "wrong-type", ...f("limits: { disk: { size: 0 } }", "limits: { disk: { size: many } }")),
  good(
    "limit.shared",
    ...f("limits: { disk: { size: 2, shared: true } }", "limits: { disk: { size: 2, shared: false } }")
  ),
  bad("limit.shared", "wrong-type", ...f("limits: { disk: { size: 2, shared: 1 } }")),
  bad("limit.shared", "unknown-key", ...f("limits: { disk: { size: 2, share: true } }")),
  good("flow.limit", ...f("limits: { deploy: { size: 1, shared: true } }\nlimit: deploy")),
  bad("flow.limit", "wrong-type", ...f("limit: [deploy]")),
  meant(
    "flow.limit",
    "unknown-limit",
    ...f("limit: deploy", "limits: { deploi: { size: 1, shared: true } }\nlimit: deploy")
  ),
  meant("flow.limit", "limit-not-shared", ...f("limits: { d: 1 }\nlimit: d", "limits: { d: { size: 1 } }\nlimit: d")),
  bad("flow.limits", "invalid-name", ...f("limits: { Disk: 1 }")),
  good("flow.env", ...f('env: { A: 1, B: "${{ env.HOME }}", C: }', 'params: { p: {} }\nenv: { A: "${{ params.p }}" }')),
  bad("flow.env", "wrong-type", ...f("env: [A]", "env: { A: [1] }")),
  bad("flow.env", "invalid-name", ...f("env: { MY-VAR: 1 }")),
  meant("flow.env", "no-outputs-here", ...f('env: { A: "${{ steps.build.output.exitCode }}" }')),
  good("flow.cwd", ...f("cwd: packages/x", 'cwd: "${{ env.HOME }}"')),
  bad("flow.cwd", "wrong-type", ...f("cwd: [a]")),
  meant("flow.cwd", "wrong-expression-type", ...f('cwd: "${{ [1] }}"')),
  good("flow.single", ...f("single: true")),
  bad("flow.single", "wrong-type", ...f("single: yes", "single: 1")),
  good("flow.deadline", ...f("deadline: 30m", "deadline: 1h30m", "deadline: 1.5s")),
  bad("flow.deadline", "wrong-type", ...f("deadline: 30 minutes", "deadline: 30", "deadline: -5s", "deadline: 5m1h")),
  meant("flow.deadline", "wrong-type", ...f("deadline: 100d")),
  good("flow.stops-within", ...f("stops-within: 10s", "stops-within: 500ms")),
  bad("flow.stops-within", "wrong-type", ...f("stops-within: 10", "stops-within: soon")),
  good("flow.on-interrupt", ...f("on-interrupt: finish-current", "on-interrupt: ignore", "on-interrupt: { next: 3 }")),
  bad("flow.on-interrupt", "wrong-type", ...f("on-interrupt: stop", "on-interrupt: [ignore]")),
  good("strategy.next", ...f("on-interrupt: { next: 0 }")),
  bad("strategy.next", "wrong-type", ...f("on-interrupt: { next: -1 }")),
  bad("strategy.next", "missing-key", ...f("on-interrupt: {}")),
  good("flow.on-failure", ...f("on-failure: stop", "on-failure: continue", "on-failure: undo")),
  bad("flow.on-failure", "wrong-type", ...f("on-failure: ignore")),
  good(
    "flow.clean-up",
    ...f("clean-up: { run: rm -rf tmp }", 'clean-up: { run: [log, "${{ status }}", "${{ env.HOME }}"], deadline: 30s }')
  ),
  bad("flow.clean-up", "no-kind", ...f("clean-up: { deadline: 5s }")),
  bad("flow.clean-up", "unknown-key", ...f("clean-up: { run: rm x, always: true }")),
  meant("flow.clean-up", "no-outputs-here", ...f('clean-up: { run: [rm, "${{ steps.build.output.exitCode }}"] }')),
  meant("flow.clean-up", "unknown-variable", ...f('clean-up: { run: [rm, "${{ output }}"] }')),
  good("flow.durability", ...f("durability: step", "durability: relaxed")),
  bad("flow.durability", "wrong-type", ...f("durability: none", "durability: true", "durability: [step]")),
  bad("flow.steps", "missing-key", "halte: 1\nname: a\n"),
  bad("flow.steps", "wrong-type", "halte: 1\nname: a\nsteps: [build]\n"),
  meant("flow.steps", "empty-flow", "halte: 1\nname: a\nsteps: {}\n"),
  bad("flow.steps", "invalid-name", "halte: 1\nname: a\nsteps: { Build: { run: make } }\n"),

  good(
    "param.type",
    ...p(
      "{ type: string }",
      "{ type: integer }",
      "{ type: number }",
      "{ type: boolean }",
      "{ type: list }",
      "{ type: object }"
    )
  ),
  bad("param.type", "wrong-type", ...p("{ type: text }")),
  good(
    "param.default",
    ...p("{ default: x }", "{ type: integer, default: 3 }", "{ type: object, default: { a: [1] } }")
  ),
  meant(
    "param.default",
    "wrong-default",
    ...p("{ default: 3 }", "{ type: integer, default: 1.5 }", "{ type: list, default: {} }")
  ),
  good("param.optional", ...p("{ optional: true }")),
  bad("param.optional", "wrong-type", ...p("{ optional: maybe }")),
  good("param.secret", ...p("{ secret: true }")),
  bad("param.secret", "wrong-type", ...p("{ secret: 1 }")),
  good("param.env", ...p("{ env: HOME }")),
  bad("param.env", "wrong-type", ...p("{ env: [HOME] }")),
  good("param.pattern", ...p("{ pattern: '^a+$' }")),
  meant("param.pattern", "invalid-pattern", ...p("{ pattern: '(' }")),
  bad("param.pattern", "key-not-allowed", ...p("{ type: integer, pattern: '1' }")),
  good("param.options", ...p("{ options: [a, b] }", "{ type: integer, options: [1, 2], default: 2 }")),
  bad("param.options", "empty-list", ...p("{ options: [] }")),
  meant("param.options", "wrong-type", ...p("{ type: integer, options: [a] }")),
  meant("param.options", "wrong-default", ...p("{ options: [a], default: b }")),
  good("param.description", ...p("{ description: What }")),
  bad("param.description", "wrong-type", ...p("{ description: {} }")),
  bad("param.typo", "unknown-key", ...p("{ typ: string }")),

  good(
    "step.run",
    ...s(
      "{ run: make all }",
      "{ run: [make, all, 1.10, true] }",
      '{ run: [echo, "${{ params.n }}", "a ${{ params.name }}"] }'
    )
  ),
  bad("step.run", "wrong-type", ...s("{ run: }", "{ run: { a: b } }", "{ run: [make, [all]] }")),
  bad("step.run", "empty-list", ...s("{ run: [] }")),
  meant("step.run", "expression-in-shell", ...s('{ run: "echo ${{ params.name }}" }')),
  meant(
    "step.run",
    "secret-in-argument",
    ...s('{ run: [echo, "${{ params.token }}"] }', "{ run: [echo, \"x${{ string(params.token) + 'y' }}\"] }")
  ),
  meant(
    "step.run",
    "wrong-expression-type",
    ...s('{ run: [echo, "${{ params.files }}"] }', '{ run: [echo, "${{ params }}"] }')
  ),
  good("step.use", ...s("{ use: ./steps/hash-file.ts }", "{ use: ./steps/hash-file.ts#other }", "{ use: yaml }")),
  bad("step.use", "wrong-type", ...s("{ use: [a] }")),
  meant(
    "step.use",
    "module-not-found",
    ...s("{ use: ./steps/none.ts }", "{ use: no-such-package }", "{ use: steps/hash-file.ts }")
  ),
  meant("step.use", "invalid-module", ...s("{ use: node:fs }", '{ use: "./steps/hash-file.ts#" }')),
  good(
    "step.with",
    ...s(
      `{ ${use}, with: { path: "\${{ params.name }}", deep: [1, { a: null }] } }`,
      `{ ${use}, with: "\${{ params }}" }`
    )
  ),
  bad("step.with", "key-not-allowed", ...s(`{ ${run}, with: 1 }`)),
  meant("step.with", "unknown-param", ...s(`{ ${use}, with: { a: { b: "\${{ params.nam }}" } } }`)),
  good("step.steps", ...s("{ steps: { a: { run: make }, b: { after: a, run: make } } }")),
  bad("step.steps", "wrong-type", ...s("{ steps: [a] }")),
  meant("step.steps", "empty-flow", ...s("{ steps: {} }")),
  good("step.gate", ...s("{ gate: Go on? }", '{ gate: "Ship ${{ params.name }}?" }')),
  bad("step.gate", "wrong-type", ...s("{ gate: [a] }")),
  meant("step.gate", "secret-in-message", ...s('{ gate: "${{ params.token }}" }')),
  good("step.http", ...s('{ http: { url: "https://localhost/" } }')),
  bad("step.http", "wrong-type", ...s("{ http: https://localhost/ }")),
  good(
    "step.flow",
    ...s(
      "{ flow: ./notes.flow.yaml }",
      "{ flow: notes }",
      '{ flow: notes, with: { since: v2, count: "${{ params.n }}", key: "${{ params.token }}" }, retry: { tries: 2 } }'
    )
  ),
  bad("step.flow", "wrong-type", ...s("{ flow: [notes] }")),
  bad("step.flow", "key-not-allowed", ...s("{ flow: notes, for-each: { in: [1] } }", "{ flow: notes, env: { A: b } }")),
  meant("step.flow", "flow-file-not-found", ...s("{ flow: nobody }", "{ flow: ./nobody.flow.yaml }")),
  meant("step.flow", "expression-not-allowed", ...s('{ flow: "${{ params.name }}" }')),
  meant("step.flow", "unknown-param", ...s("{ flow: notes, with: { sinse: v1 } }")),
  meant("step.flow", "invalid-input", ...s("{ flow: notes, with: { count: many } }")),
  meant("step.flow", "wrong-type", ...s("{ flow: notes, with: 3 }")),
  meant("step.flow", "wrong-expression-type", ...s('{ flow: notes, with: { count: "${{ params.name }}" } }')),
  meant("step.flow", "secret-in-params", ...s('{ flow: notes, with: { since: "${{ params.token }}" } }')),
  meant("step.http", "wrong-expression-type", ...s('{ http: { url: "${{ params.files }}" } }')),
  good("gate.message", ...s('{ gate: { message: "Ship ${{ params.name }}?" } }')),
  bad("gate.message", "missing-key", ...s("{ gate: {} }")),
  bad("gate.message", "wrong-type", ...s("{ gate: { message: [a] } }")),
  meant("gate.message", "secret-in-message", ...s('{ gate: { message: "${{ params.token }}" } }')),
  good(
    "gate.default",
    ...s(
      "{ gate: { message: Go?, default: true }, timeout: 1h }",
      "{ gate: { message: Many?, default: 3 }, timeout: 1h, returns: { type: integer } }"
    )
  ),
  meant("gate.default", "default-without-timeout", ...s("{ gate: { message: Go?, default: true } }")),
  meant(
    "gate.default",
    "wrong-default",
    ...s(
      "{ gate: { message: Go?, default: maybe }, timeout: 1h }",
      "{ gate: { message: Many?, default: 1.5 }, timeout: 1h, returns: { type: integer } }"
    )
  ),
  good(
    "step.returns",
    ...s(
      returns("{ type: integer }"),
      returns("{ type: [string, 'null'] }"),
      returns("{ enum: [a, b] }"),
      returns("{ const: 1 }"),
      returns(
        "{ type: object, properties: { a: { type: array, items: { type: string, minLength: 1, pattern: '^a' }, minItems: 1, uniqueItems: true } }, required: [a], additionalProperties: false, title: A, description: B, default: {}, examples: [{ a: [a] }] }"
      ),
      returns("{ type: object, additionalProperties: { type: number, minimum: 0, exclusiveMaximum: 1 } }"),
      "{ gate: Many?, returns: { type: integer, maximum: 3, multipleOf: 1 } }",
      '{ http: { url: "http://localhost/" }, returns: { properties: { a: {} } } }',
      `{ ${use}, returns: { type: string, maxLength: 64 } }`,
      each("in: [1], collect: true", "run: make, output: json, returns: { type: integer }")
    )
  ),
  bad("step.returns", "wrong-type", ...s(returns("integer"), returns("{ type: list }"), returns("{ type: [] }"))),
  bad(
    "step.returns",
    "wrong-type",
    ...s(returns("{ minimum: low }"), returns("{ items: [1] }"), returns("{ enum: [] }"))
  ),
  bad("step.returns", "wrong-type", ...s(returns("{ minLength: -1 }"), returns("{ properties: [a] }"))),
  bad("step.returns", "wrong-type", ...s(returns("{ required: a }"), returns("{ additionalProperties: 1 }"))),
  bad("step.returns", "wrong-type", ...s(returns("{ const: [1] }"), returns("{ uniqueItems: 1 }"))),
  bad("step.returns", "unsupported-keyword", ...s(returns("{ oneOf: [] }"), returns("{ items: { $ref: '#/x' } }"))),
  meant(
    "step.returns",
    "unsupported-keyword",
    ...s(returns("{ properties: { a: {} }, additionalProperties: { type: string } }"))
  ),
  bad("step.returns", "unknown-key", ...s(returns("{ typ: string }"), returns("{ total: { type: integer } }"))),
  meant("step.returns", "key-not-allowed", ...s(returns("{ type: string, minimum: 1 }"))),
  meant("step.returns", "unknown-field", ...s(returns("{ properties: { total: {} }, required: [totl] }"))),
  meant("step.returns", "invalid-pattern", ...s(returns("{ pattern: '(' }"))),
  meant("step.returns", "expression-not-allowed", ...s(returns('{ const: "${{ params.name }}" }'))),
  meant("step.returns", "returns-without-output", ...s(`{ ${run}, returns: { type: integer } }`)),
  meant(
    "step.returns",
    "returns-without-output",
    ...s(`{ ${run}, output: none, returns: { type: integer } }`, each("in: [1]", `${run}, returns: { type: integer }`))
  ),
  bad("step.returns", "key-not-allowed", ...s("{ sleep: 1s, returns: {} }")),
  good("step.sleep", ...s("{ sleep: 5s }", '{ sleep: "${{ params.name }}" }', '{ sleep: "${{ params.n }}s" }')),
  meant("step.sleep", "wrong-expression-type", ...s('{ sleep: "${{ params.files }}" }')),
  bad("step.sleep", "wrong-type", ...s("{ sleep: 5 }", "{ sleep: soon }")),
  good("step.until", ...s("{ until: 2026-12-01T06:00:00Z }", "{ until: 2026-12-01T06:00+01:00 }")),
  good(
    "step.until",
    ...s('{ until: "${{ params.name }}" }', "{ until: \"${{ timestamp('2026-12-01T06:00:00Z') }}\" }")
  ),
  meant("step.until", "wrong-expression-type", ...s('{ until: "${{ params.files }}" }')),
  meant("step.until", "wrong-type", ...s("{ until: tomorrow }", "{ until: 2026-12-01T06:00:00 }")),
  bad("step.kind", "no-kind", ...s("{ after: build }", "{}")),
  bad("step.kind", "several-kinds", ...s("{ run: make, gate: Go? }", "{ run: make, use: yaml, sleep: 1s }")),
  good("step.for-each", ...s(each("in: [1, 2]"))),
  bad("step.for-each", "wrong-type", ...s(`{ for-each: [1], ${run} }`)),
  bad("step.for-each", "key-not-allowed", ...s("{ for-each: { in: [1] }, sleep: 1s }")),
  good(
    "step.map",
    ...s(
      `{ map: { in: [1, 2] }, ${run} }`,
      '{ map: { in: { to: 2 } }, run: [echo, "${{ item + index }}"], retry: { tries: 2 } }',
      '{ map: { in: [a] }, steps: { a: { run: [echo, "${{ item }}"] }, b: { map: { in: [c] }, after: a, sleep: 1s } } }',
      '{ map: { in: [a] }, gate: "Ship ${{ item }}?" }'
    )
  ),
  bad("step.map", "wrong-type", ...s(`{ map: [1], ${run} }`)),
  meant("step.map", "several-kinds", ...s(`{ map: { in: [1] }, for-each: { in: [2] }, ${run} }`)),
  meant("step.map", "unknown-variable", ...s('{ map: { in: [1] }, run: [echo, "${{ itme }}"] }')),
  good("step.after", ...s(`{ ${run}, after: build }`, `{ ${run}, after: [build, up/part-1, up] }`)),
  bad("step.after", "wrong-type", ...s(`{ ${run}, after: { build: true } }`)),
  meant("step.after", "unknown-step", ...s(`{ ${run}, after: part-1 }`, `{ ${run}, after: [build, bild] }`)),
  meant("step.after", "self-dependency", ...s(`{ ${run}, after: s }`, "{ steps: { a: { run: make, after: s } } }")),
  good(
    "step.when",
    ...s(
      `{ ${run}, when: "\${{ params.flag }}" }`,
      `{ ${run}, when: false }`,
      `{ ${run}, when: "\${{ steps.build.output.exitCode == 0 }}" }`
    )
  ),
  meant("step.when", "wrong-type", ...s(`{ ${run}, when: params.flag }`, `{ ${run}, when: "\${{ params.flag }} " }`)),
  meant("step.when", "wrong-expression-type", ...s(`{ ${run}, when: "\${{ params.name }}" }`)),
  good("step.retry", ...s(`{ ${run}, retry: { tries: 3 } }`)),
  bad("step.retry", "wrong-type", ...s(`{ ${run}, retry: 3 }`)),
  bad("step.retry", "key-not-allowed", ...s("{ steps: { a: { run: make } }, retry: { tries: 2 } }")),
  good("step.timeout", ...s(`{ ${run}, timeout: 10m }`)),
  bad("step.timeout", "wrong-type", ...s(`{ ${run}, timeout: 10 }`)),
  good("step.env", ...s(`{ ${run}, env: { A: 1, B: "\${{ params.token }}", C: } }`)),
  bad("step.env", "wrong-type", ...s(`{ ${run}, env: [A] }`, `{ ${run}, env: { A: [1] } }`)),
  bad("step.env", "invalid-name", ...s(`{ ${run}, env: { MY-VAR: 1 } }`)),
  bad("step.env", "key-not-allowed", ...s(`{ ${use}, env: { A: 1 } }`)),
  good("step.cwd", ...s(`{ ${run}, cwd: packages/x }`, `{ ${run}, cwd: "\${{ params.name }}" }`)),
  bad("step.cwd", "wrong-type", ...s(`{ ${run}, cwd: [a] }`)),
  meant("step.cwd", "wrong-expression-type", ...s(`{ ${run}, cwd: "\${{ params.files }}" }`)),
  good("step.stdin", ...s(`{ ${run}, stdin: hello }`, `{ ${run}, stdin: { a: "\${{ params.token }}" } }`)),
  bad("step.stdin", "key-not-allowed", ...s("{ gate: Go?, stdin: x }")),
  good("step.grace", ...s(`{ ${run}, grace: 500ms }`, `{ ${run}, grace: 0 }`)),
  bad("step.grace", "wrong-type", ...s(`{ ${run}, grace: never }`)),
  good("step.stop-signal", ...s(`{ ${run}, stop-signal: SIGINT }`)),
  bad("step.stop-signal", "wrong-type", ...s(`{ ${run}, stop-signal: SIGKILL }`, `{ ${run}, stop-signal: 15 }`)),
  good("step.on-interrupt", ...s(`{ ${run}, on-interrupt: finish, timeout: 1m }`, `{ ${run}, on-interrupt: stop }`)),
  bad("step.on-interrupt", "wrong-type", ...s(`{ ${run}, on-interrupt: ignore }`)),
  good(
    "step.output",
    ...s(`{ ${run}, output: json-last-line }`, `{ ${run}, output: { file: out.json } }`, `{ ${run}, output: lines }`)
  ),
  bad("step.output", "wrong-type", ...s(`{ ${run}, output: yaml }`)),
  bad("step.output", "unknown-key", ...s(`{ ${run}, output: { path: x } }`)),
  good("output.file", ...s(`{ ${run}, output: { file: a.txt } }`)),
  bad("output.file", "no-kind", ...s(`{ ${run}, output: {} }`)),
  good("output.regex", ...s(`{ ${run}, output: { regex: 'version (?<major>\\d+)\\.' } }`)),
  bad("output.regex", "several-kinds", ...s(`{ ${run}, output: { file: a.txt, regex: a } }`)),
  meant("output.regex", "invalid-pattern", ...s(`{ ${run}, output: { regex: '(' } }`)),
  good("step.output-limit", ...s('{ http: { url: "http://localhost/" }, output-limit: 1MiB }')),
  bad("step.output-limit", "key-not-allowed", ...s("{ gate: Go?, output-limit: 1MiB }")),
  good("step.output-limit", ...s(`{ ${run}, output-limit: 512KiB }`, `{ ${run}, output-limit: 1.5 MB }`)),
  bad("step.output-limit", "wrong-type", ...s(`{ ${run}, output-limit: 512k }`, `{ ${run}, output-limit: big }`)),
  good("step.stops-within", ...s(`{ ${use}, stops-within: 100ms }`)),
  bad("step.stops-within", "key-not-allowed", ...s(`{ ${run}, stops-within: 100ms }`)),
  good("step.on-failure", ...s(`{ ${run}, on-failure: continue }`)),
  bad("step.on-failure", "wrong-type", ...s(`{ ${run}, on-failure: undo }`)),
  good(
    "step.clean-up",
    ...s(`{ ${run}, clean-up: { run: rm -f x } }`, `{ ${use}, clean-up: { use: ./steps/hash-file.ts, with: 1 } }`)
  ),
  bad("step.clean-up", "no-kind", ...s(cleanUp("deadline: 5s"))),
  bad("step.clean-up", "several-kinds", ...s(cleanUp("run: x, use: yaml"))),
  good("step.undo", ...s(`{ ${run}, undo: { run: [rm, "\${{ output.exitCode }}", "\${{ params.name }}"] } }`)),
  meant("step.undo", "no-outputs-here", ...s(`{ ${run}, undo: { run: [rm, "\${{ steps.build.output.exitCode }}"] } }`)),
  good("step.idempotent", ...s(`{ ${run}, idempotent: true }`)),
  bad("step.idempotent", "wrong-type", ...s(`{ ${run}, idempotent: often }`)),
  good("step.limit", ...s(`{ ${run}, limit: disk }`)),
  meant("step.limit", "unknown-limit", ...s(`{ ${run}, limit: dsk }`)),
  meant(
    "step.limit",
    "waits-for-itself",
    waitsForItself("{ run: make, limit: disk }"),
    waitsForItself("{ steps: { a: { run: make, limit: disk } } }")
  ),
  good("step.concurrency", ...s("{ steps: { a: { run: make } }, concurrency: 2 }")),
  bad("step.concurrency", "key-not-allowed", ...s(`{ ${run}, concurrency: 2 }`)),
  good("step.label", ...s(`{ ${run}, label: Build it }`)),
  bad("step.label", "wrong-type", ...s(`{ ${run}, label: [a] }`)),
  good("step.icon", ...s(`{ ${run}, icon: 📦 }`)),
  bad("step.icon", "wrong-type", ...s(`{ ${run}, icon: {} }`)),
  good("step.description", ...s(`{ ${run}, description: Says what }`)),
  bad("step.description", "wrong-type", ...s(`{ ${run}, description: [] }`)),
  bad("step.typo", "unknown-key", ...s(`{ ${run}, needs: build }`, `{ ${run}, on_failure: stop }`)),

  good("retry.tries", ...s(`{ ${run}, retry: { tries: 1 } }`)),
  bad("retry.tries", "wrong-type", ...s(`{ ${run}, retry: { tries: 0 } }`)),
  bad("retry.tries", "missing-key", ...s(`{ ${run}, retry: { delay: 1s } }`)),
  good("retry.delay", ...s(`{ ${run}, retry: { tries: 2, delay: 100ms } }`)),
  bad("retry.delay", "wrong-type", ...s(`{ ${run}, retry: { tries: 2, delay: 1 } }`)),
  good("retry.backoff", ...s(`{ ${run}, retry: { tries: 2, backoff: exponential } }`)),
  bad("retry.backoff", "wrong-type", ...s(`{ ${run}, retry: { tries: 2, backoff: linear } }`)),
  good("retry.max-delay", ...s(`{ ${run}, retry: { tries: 2, max-delay: 1m } }`)),
  bad("retry.max-delay", "wrong-type", ...s(`{ ${run}, retry: { tries: 2, max-delay: long } }`)),
  good("retry.jitter", ...s(`{ ${run}, retry: { tries: 2, jitter: true } }`)),
  good(
    "retry.on",
    ...s(
      `{ ${run}, retry: { tries: 2, on: 75 } }`,
      `{ ${run}, retry: { tries: 2, on: [75, 100-110, timed-out, disk-full] } }`
    )
  ),
  bad("retry.on", "wrong-type", ...s(`{ ${run}, retry: { tries: 2, on: { codes: [1] } } }`)),
  meant(
    "retry.on",
    "wrong-type",
    ...s(
      `{ ${run}, retry: { tries: 2, on: [110-100] } }`,
      `{ ${run}, retry: { tries: 2, on: [Timed-Out] } }`,
      `{ ${run}, retry: { tries: 2, on: -1 } }`
    )
  ),
  meant("retry.on", "empty-list", ...s(`{ ${run}, retry: { tries: 2, on: [] } }`)),
  bad("retry.jitter", "wrong-type", ...s(`{ ${run}, retry: { tries: 2, jitter: 0.2 } }`)),

  good(
    "for-each.in",
    ...s(
      each("in: [a, { b: 1 }]"),
      each('in: "${{ params.files }}"'),
      each("in: \"${{ glob('*.txt') }}\""),
      each('in: ["${{ params.n }}", 2]')
    )
  ),
  bad("for-each.in", "missing-key", ...s(each("as: x"))),
  bad("for-each.in", "unknown-key", ...s(each("in: { a: 1 }"))),
  bad("for-each.in", "no-kind", ...s(each("in: {}"), each("in: { json: true }"))),
  bad("for-each.in", "several-kinds", ...s(each("in: { to: 3, lines: a.txt }"))),
  meant("for-each.in", "wrong-type", ...s(each("in: abc"))),
  meant("for-each.in", "wrong-expression-type", ...s(each('in: "${{ params.n }}"'), each('in: "a ${{ params.n }}"'))),
  good("map.in", ...s(map("in: [a, { b: 1 }]"), map('in: "${{ params.files }}"'), map("in: { lines: a.txt }"))),
  bad("map.in", "missing-key", ...s(map("as: x"))),
  meant("map.in", "wrong-type", ...s(map("in: abc"))),
  meant("map.in", "wrong-expression-type", ...s(map('in: "${{ params.n }}"'))),
  good("map.as", ...s(map("in: [1], as: file", 'run: [echo, "${{ file }}"]'))),
  bad("map.as", "wrong-type", ...s(map("in: [1], as: [a]"))),
  meant("map.as", "invalid-name", ...s(map("in: [1], as: params"), map("in: [1], as: a-b"))),
  good("map.concurrency", ...s(map("in: [1], concurrency: 4"))),
  bad("map.concurrency", "wrong-type", ...s(map("in: [1], concurrency: 0"), map("in: [1], concurrency: all"))),
  good(
    "items.from",
    ...s(
      each("in: { from: 0, to: 10 }"),
      each('in: { from: "${{ params.n }}", to: 10 }'),
      each("in: { from: -3, to: 3 }")
    )
  ),
  meant("items.from", "wrong-type", ...s(each("in: { from: 0.5, to: 10 }"), each("in: { from: a, to: 10 }"))),
  bad("items.from", "key-not-allowed", ...s(each("in: { from: 0, lines: a.txt }"))),
  good(
    "items.to",
    ...s(
      each("in: { to: 3 }", 'run: [echo, "${{ item + index }}"]'),
      each('in: { to: "${{ params.n }}" }'),
      each('in: { to: "${{ size(params.files) - 1 }}" }'),
      each("in: { to: 10000000 }"),
      each("in: { to: -1 }")
    )
  ),
  bad("items.to", "wrong-type", ...s(each("in: { to: [1] }"))),
  meant(
    "items.to",
    "wrong-expression-type",
    ...s(each('in: { to: "${{ params.name }}" }'), each('in: { to: "${{ 1.5 }}" }'))
  ),
  meant("items.to", "invalid-range", ...s(each("in: { to: 10000001 }"))),
  good("items.by", ...s(each("in: { from: 10, to: 1, by: -3 }"))),
  meant("items.by", "invalid-range", ...s(each("in: { to: 3, by: 0 }"))),
  meant("items.by", "wrong-type", ...s(each("in: { to: 3, by: half }"))),
  good("items.lines", ...s(each("in: { lines: files.txt }"), each('in: { lines: "lists/${{ params.name }}.txt" }'))),
  bad("items.lines", "wrong-type", ...s(each("in: { lines: [a] }"))),
  meant("items.lines", "wrong-expression-type", ...s(each('in: { lines: "${{ params.files }}" }'))),
  good(
    "items.run",
    ...s(each("in: { run: git ls-files }"), each('in: { run: [git, ls-files, "${{ params.name }}"] }'))
  ),
  bad("items.run", "wrong-type", ...s(each("in: { run: {} }"))),
  meant("items.run", "expression-in-shell", ...s(each('in: { run: "ls ${{ params.name }}" }'))),
  meant("items.run", "secret-in-argument", ...s(each('in: { run: [ls, "${{ params.token }}"] }'))),
  good("items.json", ...s(each("in: { lines: a.jsonl, json: true }", 'run: [echo, "${{ item.name }}"]'))),
  bad("items.json", "wrong-type", ...s(each("in: { lines: a.jsonl, json: lines }"))),
  bad("items.json", "key-not-allowed", ...s(each("in: { to: 3, json: true }"))),
  good("items.env", ...s(each('in: { run: ls, env: { A: "${{ params.token }}" } }'))),
  bad("items.env", "key-not-allowed", ...s(each("in: { lines: a.txt, env: { A: 1 } }"))),
  good("items.cwd", ...s(each("in: { run: ls, cwd: src }"))),
  bad("items.cwd", "wrong-type", ...s(each("in: { run: ls, cwd: [] }"))),
  good("items.grace", ...s(each("in: { run: ls, grace: 1s }"))),
  bad("items.grace", "wrong-type", ...s(each("in: { run: ls, grace: 1 }"))),
  good("for-each.as", ...s(each("in: [1], as: file", 'run: [echo, "${{ file }}", "${{ index + 1 }}"]'))),
  meant(
    "for-each.as",
    "invalid-name",
    ...s(each("in: [1], as: params"), each("in: [1], as: my-file"), each("in: [1], as: in"))
  ),
  meant("for-each.as", "unknown-variable", ...s(each("in: [1], as: file", 'run: [echo, "${{ item }}"]'))),
  meant("for-each.as", "secret-in-argument", ...s(each('in: ["${{ params.token }}"]', 'run: [echo, "${{ item }}"]'))),
  good("for-each.every", ...s(each("in: [1], every: 16"))),
  bad("for-each.every", "wrong-type", ...s(each("in: [1], every: 0"))),
  good("for-each.concurrency", ...s(each("in: [1], concurrency: 8"))),
  bad("for-each.concurrency", "wrong-type", ...s(each("in: [1], concurrency: many"))),
  good("for-each.collect", ...s(each("in: [1], collect: true"))),
  bad("for-each.collect", "wrong-type", ...s(each("in: [1], collect: some"))),
  good(
    "for-each.on-item-failure",
    ...s(each("in: [1], on-item-failure: continue"), each("in: [1], on-item-failure: collect"))
  ),
  bad("for-each.on-item-failure", "wrong-type", ...s(each("in: [1], on-item-failure: undo"))),

  good("http.idempotency-key", ...s(post("json: 1, idempotency-key: true"))),
  bad("http.idempotency-key", "wrong-type", ...s(post("json: 1, idempotency-key: mine"))),
  meant("http.success", "wrong-type", ...s(http('url: "http://localhost/", success: 204-200'))),
  good("http.method", ...s('{ http: { method: PUT, url: "http://localhost/" } }')),
  bad("http.method", "wrong-type", ...s('{ http: { method: SEND, url: "http://localhost/" } }')),
  good("http.url", ...s('{ http: { url: "${{ params.name }}/x" } }')),
  bad("http.url", "missing-key", ...s(http("method: GET"))),
  meant("http.url", "invalid-url", ...s(http("url: localhost"))),
  meant("http.url", "secret-in-url", ...s(http('url: "http://localhost/?t=${{ params.token }}"'))),
  good(
    "http.headers",
    ...s(http('url: "http://localhost/", headers: { Authorization: "Bearer ${{ params.token }}" }'))
  ),
  bad("http.headers", "invalid-name", ...s(http('url: "http://localhost/", headers: { "a b": x }'))),
  good("http.json", ...s(post('json: { a: ["${{ params.n }}"] }'))),
  meant("http.json", "key-not-allowed", ...s(http('url: "http://localhost/", json: 1'))),
  good("http.body", ...s(post("body: hello"))),
  bad("http.body", "several-bodies", ...s(post("body: hello, json: 1"))),
  good(
    "http.success",
    ...s(
      http('url: "http://localhost/", success: [200, 404]'),
      http('url: "http://localhost/", success: 204'),
      http('url: "http://localhost/", success: [2xx, 300-303, 404]')
    )
  ),
  bad(
    "http.success",
    "wrong-type",
    ...s(
      http('url: "http://localhost/", success: ok'),
      http('url: "http://localhost/", success: 20'),
      http('url: "http://localhost/", success: 6xx')
    )
  ),

  good("clean-up.always", ...s(cleanUp("run: rm x, always: true"), cleanUp("run: rm x, always: false"))),
  bad("clean-up.always", "wrong-type", ...s(cleanUp("run: rm x, always: yes"))),
  bad("clean-up.always", "unknown-key", ...s(`{ ${run}, undo: { run: rm x, always: true } }`)),
  good("action.run", ...s(cleanUp("run: [rm, x]"))),
  meant("action.run", "expression-in-shell", ...s(cleanUp('run: "rm ${{ params.name }}"'))),
  good("action.use", ...s(cleanUp("use: ./steps/hash-file.ts"))),
  meant("action.use", "module-not-found", ...s(cleanUp("use: ./none.ts"))),
  good("action.with", ...s(cleanUp('use: ./steps/hash-file.ts, with: { path: "${{ params.name }}" }'))),
  bad("action.with", "key-not-allowed", ...s(cleanUp("run: rm x, with: 1"))),
  good("action.env", ...s(cleanUp("run: rm x, env: { A: 1 }"))),
  bad("action.env", "key-not-allowed", ...s(cleanUp("use: ./steps/hash-file.ts, env: { A: 1 }"))),
  good("action.cwd", ...s(cleanUp("run: rm x, cwd: y"))),
  bad("action.cwd", "wrong-type", ...s(cleanUp("run: rm x, cwd: {}"))),
  good("action.stdin", ...s(cleanUp("run: cat, stdin: y"))),
  meant("action.stdin", "unknown-param", ...s(cleanUp('run: cat, stdin: "${{ params.x }}"'))),
  good("action.grace", ...s(cleanUp("run: rm x, grace: 1s"))),
  bad("action.grace", "wrong-type", ...s(cleanUp("run: rm x, grace: x"))),
  good("action.deadline", ...s(cleanUp("run: rm x, deadline: 30s"))),
  bad("action.deadline", "wrong-type", ...s(cleanUp("run: rm x, deadline: soon"))),

  good("flow.drill", ...f("drill: {}", "drill: { directory: ./fixture, ignore: [out] }")),
  bad("flow.drill", "wrong-type", ...f("drill: yes", "drill: []")),
  bad("flow.drill", "unknown-key", ...f("drill: { at: 1 }")),
  good("step.map", ...s("{ run: make, map: { in: [a, b] } }")),
  bad("step.map", "wrong-type", ...s("{ run: make, map: [a, b] }", "{ run: make, map: a }")),

  good("drill.directory", ...f("drill: { directory: ./fixture }")),
  bad("drill.directory", "wrong-type", ...f("drill: { directory: [] }")),
  good("drill.setup", ...f("drill: { setup: npm ci }")),
  bad("drill.setup", "wrong-type", ...f("drill: { setup: [npm, ci] }")),
  good("drill.ignore", ...f("drill: { ignore: [out, '**/*.log'] }")),
  bad("drill.ignore", "wrong-type", ...f("drill: { ignore: out }")),
  good("drill.compare", ...f("drill: { compare: ['dist/**'] }")),
  bad("drill.compare", "wrong-type", ...f("drill: { compare: {} }")),
  good("drill.params", ...s("{ run: make }").map((text) => `${text}drill: { params: { name: b, files: [a] } }\n`)),
  bad("drill.params", "wrong-type", ...f("drill: { params: [a] }")),
  meant("drill.params", "unknown-param", ...f("drill: { params: { other: 1 } }")),
  good("drill.answers", ...s("{ gate: Go on? }").map((text) => `${text}drill: { answers: { s: true } }\n`)),
  bad("drill.answers", "wrong-type", ...f("drill: { answers: yes }")),
  meant("drill.answers", "unknown-step", ...f("drill: { answers: { other: true } }")),
  good("drill.points", ...f("drill: { points: 20 }", "drill: { points: all }")),
  bad("drill.points", "wrong-type", ...f("drill: { points: 0 }", "drill: { points: some }")),
  good("drill.allow", ...f("drill: { allow: [needs-rerun, late-stop] }")),
  bad("drill.allow", "wrong-type", ...f("drill: { allow: [anything] }", "drill: { allow: orphan }"))
].flat()
