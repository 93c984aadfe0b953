import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type FlowDescription, StepChanges } from "@halte/engine"
import { FlowFile } from "@halte/flow-file"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Project from "./support/Project.ts"

const flow = `halte: 1
name: x
limits: { disk: 1 }
steps:
  program: { run: [make, "1.10"], env: { LABEL: a }, undo: { use: ./undo.js } }
  module: { use: ./module.js, with: { label: a }, after: program }
  programs: { run: [echo, "\${{ item }}"], for-each: { in: [1, 2] } }
  modules: { use: ./module.js, for-each: { in: [1, 2] } }
  group:
    steps:
      inner: { run: make inner, clean-up: { use: ./clean-up.js } }
  gate: { gate: "Go on?" }
  request: { http: { url: "http://localhost/", headers: { a: b } } }
  sleep: { sleep: 1s }
  until: { until: "2026-12-01T06:00:00Z" }
`
const every = ["program", "module", "programs", "modules", "group", "group/inner", "gate", "request", "sleep", "until"]

const project = Project.make({
  "module.js": "export default () => 1\n",
  "undo.js": "export default () => 1\n",
  "clean-up.js": "export default () => 1\n"
})

const all = (steps: ReadonlyArray<FlowDescription.StepDescription>): ReadonlyArray<FlowDescription.StepDescription> =>
  steps.flatMap((step) => [step, ...all(step.steps ?? [])])

const describeFlow = (text: string, cwd: string) =>
  Effect.map(FlowFile.fromText(text, "x.flow.yaml", { cwd, env: {} }), ({ description }) => description)

/** The steps that change with an edit of the text, or of a module. */
const changing = (edit: { readonly text?: readonly [string, string]; readonly module?: string }) =>
  Effect.gen(function* () {
    const cwd = yield* project
    const before = yield* describeFlow(flow, cwd)
    if (edit.module !== undefined) writeFileSync(join(cwd, edit.module), "export default () => 2\n")
    const text = edit.text === undefined ? flow : flow.replace(...edit.text)
    assert.isTrue(edit.text === undefined || text !== flow, edit.text?.join())
    const after = yield* describeFlow(text, cwd)
    return StepChanges.between(before, after).map((c) => c.step)
  })

describe("the fingerprint of a step", () => {
  it.effect("is there for each step of every kind, and each its own", () =>
    Effect.gen(function* () {
      const steps = all((yield* describeFlow(flow, yield* project)).steps)
      assert.deepStrictEqual(
        steps.map((s) => s.id),
        every
      )
      assert.strictEqual(new Set(steps.map((s) => s.fingerprint)).size, every.length)
    })
  )

  it.effect("changes with any key that decides how the step runs, and with no other step's", () =>
    Effect.forEach(
      [
        ["program", '"1.10"', '"1.1"'],
        ["program", "LABEL: a", "LABEL: b"],
        ["module", "label: a", "label: b"],
        ["module", "after: program", "timeout: 5s"],
        ["programs", "run: [echo", "limit: disk, run: [echo"],
        ["modules", "for-each: { in: [1, 2] } }\n  group", "for-each: { in: [1, 3] } }\n  group"],
        ["group", "group:", "group:\n    concurrency: 2"],
        ["group", "group:", "group:\n    when: \"${{ env.A == 'a' }}\""],
        ["group/inner", "make inner", "make other"],
        ["gate", "Go on?", "Go on now?"],
        ["request", "a: b", "a: c"],
        ["sleep", "sleep: 1s", "sleep: 2s"],
        ["until", "06:00", "07:00"]
      ] as ReadonlyArray<readonly [string, string, string]>,
      ([step, from, to]) => Effect.map(changing({ text: [from, to] }), (ids) => assert.deepStrictEqual(ids, [step], to))
    )
  )

  it.effect("changes with the files of the modules that it names, those of clean-up and undo included", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* changing({ module: "module.js" }), ["module", "modules"])
      assert.deepStrictEqual(yield* changing({ module: "undo.js" }), ["program"])
      assert.deepStrictEqual(yield* changing({ module: "clean-up.js" }), ["group/inner"])
    })
  )

  it.effect("does not change with comments, quotes, the order of keys, and what only people read", () =>
    Effect.forEach(
      [
        ["sleep: { sleep: 1s }", "sleep: { sleep: '1s' } # a moment"],
        ['gate: { gate: "Go on?" }', "gate: { label: A, icon: b, description: C, gate: Go on? }"],
        [
          "module: { use: ./module.js, with: { label: a }, after: program }",
          "module: { after: program, with: { label: a }, use: ./module.js }"
        ],
        ["group:", "group:\n    label: Group"],
        ["limits: { disk: 1 }", "limits: { disk: 2 }"]
      ] as ReadonlyArray<readonly [string, string]>,
      (text) => Effect.map(changing({ text }), (ids) => assert.deepStrictEqual(ids, [], text[1]))
    )
  )

  it.effect("tells numbers apart that are written apart, since where a text is wanted they are other texts", () =>
    Effect.gen(function* () {
      const cwd = yield* project
      const written = (n: string) => describeFlow(flow.replace('"1.10"', n), cwd)
      const changes = StepChanges.between(yield* written("1.10"), yield* written("1.1"))
      assert.deepStrictEqual(
        changes.map((c) => `${c.step}: ${c.before} → ${c.after}`),
        ["program: make 1.10 → make 1.1"]
      )
    })
  )
})
