import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ParentStep } from "@halte/engine"
import { Diagnostic, FlowFile } from "@halte/flow-file"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

const release = `halte: 1
name: release
params: { version: { default: v2 } }
steps:
  build: { run: echo built, output: text }
  notes:
    after: build
    flow: ./parts/notes.flow.yaml
    with: { since: "\${{ params.version }}" }
  say:
    run: [echo, "\${{ steps.notes.output.write.value }}"]
    output: text
`
const notes = `halte: 1
name: release-notes
params: { since: {} }
steps:
  write: { run: [echo, "since \${{ params.since }}"], output: text, grace: 7s }
`
const files = { "release.flow.yaml": release, "parts/notes.flow.yaml": notes }

const problemsOf = (files: Readonly<Record<string, string>>, file = "release.flow.yaml") =>
  Effect.gen(function* () {
    const cwd = yield* Project.make(files)
    return yield* FlowFile.load(file, { cwd }).pipe(
      Effect.map(({ warnings }) => warnings),
      Effect.catch((error) => Effect.succeed(error.diagnostics))
    )
  })

const places = (found: ReadonlyArray<Diagnostic.Diagnostic>) =>
  found.map((d) => `${d.file}:${d.line}:${d.column} ${d.code}`)

const scoped = <A, E>(effect: Effect.Effect<A, E, unknown>) =>
  Effect.scoped(effect.pipe(Effect.provide(Running.services)) as Effect.Effect<A, E, never>) as Effect.Effect<
    A,
    E,
    never
  >

describe("`flow` in a flow file", () => {
  it.live("runs the flow of another file as an execution of its own, whose values are the step's output", () =>
    scoped(
      Effect.gen(function* () {
        const directory = yield* Project.make(files)
        const execution = yield* Running.start(directory, "release.flow.yaml")
        const outcome = yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        assert.deepStrictEqual(outcome.values["notes"], { write: { exitCode: 0, value: "since v2" } })
        assert.deepStrictEqual(outcome.values["say"], { exitCode: 0, value: "since v2" })
        const state = yield* execution.state
        assert.isDefined(ParentStep.childOf({ kind: "flow" }, state.steps.get("notes")))
      })
    )
  )

  it.live("beside `map` runs one for each item", () =>
    scoped(
      Effect.gen(function* () {
        const directory = yield* Project.make({
          ...files,
          "all.flow.yaml": `halte: 1
name: all
steps:
  each:
    map: { in: [v1, v2], as: version }
    flow: ./parts/notes.flow.yaml
    with: { since: "\${{ version }}" }
`
        })
        const execution = yield* Running.start(directory, "all.flow.yaml")
        const outcome = yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
        assert.deepStrictEqual(outcome.values, {
          "each/0": { write: { exitCode: 0, value: "since v1" } },
          "each/1": { write: { exitCode: 0, value: "since v2" } }
        })
      })
    )
  )

  it.effect("P2 says how soon it stops: as long as its slowest step may take", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make(files)
      const { description, subFlows } = yield* FlowFile.load("release.flow.yaml", { cwd })
      const step = description.steps.find(({ name }) => name === "notes")!
      assert.deepStrictEqual([step.kind, step.detail, step.stopsWithinMillis], ["flow", "release-notes", 7_500])
      assert.deepStrictEqual(
        subFlows.map(({ file, flow }) => [file, flow.name]),
        [[join(cwd, "parts/notes.flow.yaml"), "release-notes"]]
      )
    })
  )

  it.effect("is found by name as `halte run` finds one: beside the working directory, and in `flows/`", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make({
        "deep/release.flow.yaml": release.replace("./parts/notes.flow.yaml", "notes"),
        "flows/notes.flow.yaml": notes
      })
      const { subFlows } = yield* FlowFile.load("deep/release.flow.yaml", { cwd })
      assert.deepStrictEqual(
        subFlows.map(({ file }) => file),
        [join(cwd, "flows/notes.flow.yaml")]
      )
    })
  )

  it.effect("shows the mistakes of its file with that file, and says at the step that there are some", () =>
    Effect.gen(function* () {
      const found = yield* problemsOf({
        ...files,
        "parts/notes.flow.yaml":
          "halte: 1\nname: release-notes\nparams: { since: {} }\nsteps:\n  write: { rum: echo }\n"
      })
      assert.deepStrictEqual(places(found), [
        "release.flow.yaml:8:11 sub-flow-invalid",
        "parts/notes.flow.yaml:5:3 no-kind",
        "parts/notes.flow.yaml:5:12 unknown-key"
      ])
      assert.include(found[0]!.message, "has 2 mistakes")
    })
  )

  it.effect("says of a file that is not there so, at the step", () =>
    Effect.gen(function* () {
      const found = yield* problemsOf({ "release.flow.yaml": release })
      assert.deepStrictEqual(places(found), ["release.flow.yaml:8:11 flow-file-not-found"])
    })
  )

  it.effect("refuses a flow that is a step of itself, over any number of files", () =>
    Effect.gen(function* () {
      const own = yield* problemsOf({ "release.flow.yaml": "halte: 1\nname: a\nsteps: { s: { flow: release } }\n" })
      assert.deepStrictEqual(places(own), ["release.flow.yaml:3:21 flow-contains-itself"])
      assert.include(own[0]!.message, "`release.flow.yaml` → `release.flow.yaml`")
      const over = yield* problemsOf({
        "release.flow.yaml": "halte: 1\nname: a\nsteps: { s: { flow: ./b.flow.yaml } }\n",
        "b.flow.yaml": "halte: 1\nname: b\nsteps: { s: { flow: ./release.flow.yaml } }\n"
      })
      assert.deepStrictEqual(places(over), [
        "release.flow.yaml:3:21 sub-flow-invalid",
        "b.flow.yaml:3:21 flow-contains-itself"
      ])
      assert.include(over[1]!.message, "`release.flow.yaml` → `b.flow.yaml` → `release.flow.yaml`")
    })
  )

  it.effect("refuses more than 16 levels", () =>
    Effect.gen(function* () {
      const chain = (levels: number) =>
        Object.fromEntries(
          Array.from({ length: levels + 1 }, (_, i) => [
            i === 0 ? "release.flow.yaml" : `l${i}.flow.yaml`,
            `halte: 1\nname: l${i}\nsteps: { s: { ${i === levels ? "run: 'true'" : `flow: ./l${i + 1}.flow.yaml`} } }\n`
          ])
        )
      assert.deepStrictEqual(places(yield* problemsOf(chain(16))), [])
      const found = yield* problemsOf(chain(17))
      assert.strictEqual(found.at(-1)!.code, "sub-flows-too-deep")
    })
  )

  it.effect("names params that its flow does not have, lacks, or takes in another form", () =>
    Effect.gen(function* () {
      const withOf = (text: string) =>
        Effect.map(
          problemsOf({ ...files, "release.flow.yaml": release.replace('{ since: "${{ params.version }}" }', text) }),
          (found) => found.map(({ code, message }) => `${code} ${message}`)
        )
      assert.deepStrictEqual(yield* withOf("{ since: v1, sinse: v1 }"), [
        "unknown-param `with` of step `notes` gives `sinse`, which is no param of `release-notes`."
      ])
      assert.deepStrictEqual(yield* withOf("{}"), [
        "invalid-input Step `notes` does not give `since`, which `release-notes` needs."
      ])
      assert.match((yield* withOf("{ since: [1] }"))[0]!, /^invalid-input `with.since` of step `notes`/)
      assert.match((yield* withOf('{ since: "${{ 1 + 1 }}" }'))[0]!, /^wrong-expression-type .*this gives `int`/)
    })
  )

  it.effect("has a fingerprint of its own: a change there is none of the step that runs it", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make(files)
      const before = yield* FlowFile.load("release.flow.yaml", { cwd })
      writeFileSync(join(cwd, "parts/notes.flow.yaml"), notes.replace("since $", "from $"))
      const after = yield* FlowFile.load("release.flow.yaml", { cwd })
      assert.strictEqual(after.flow.fingerprint, before.flow.fingerprint)
      assert.deepStrictEqual(
        after.description.steps.map(({ fingerprint }) => fingerprint),
        before.description.steps.map(({ fingerprint }) => fingerprint)
      )
      assert.notStrictEqual(after.subFlows[0]!.flow.fingerprint, before.subFlows[0]!.flow.fingerprint)
    })
  )

  it.effect("of a stored definition may be gone: what is known of it is its execution's own", () =>
    Effect.gen(function* () {
      const cwd = yield* Project.make(files)
      const { flow } = yield* FlowFile.load("release.flow.yaml", { cwd, project: cwd })
      rmSync(join(cwd, "parts"), { recursive: true })
      mkdirSync(join(cwd, "parts"))
      const restored = yield* FlowFile.restore(flow.origin!, flow.definitionText!, { project: cwd })
      assert.strictEqual(restored.flow.fingerprint, flow.fingerprint)
      assert.strictEqual(restored.description.steps[1]!.detail, "./parts/notes.flow.yaml")
      const now = yield* Effect.flip(FlowFile.current(flow.origin!, { project: cwd }))
      assert.strictEqual(now.diagnostics[0].code, "flow-file-not-found")
    })
  )

  it.live("is checked with its modules and its warnings, each with its own file", () =>
    scoped(
      Effect.gen(function* () {
        const cwd = yield* Project.make({
          ...files,
          "parts/notes.flow.yaml": `${notes}  post: { http: { method: POST, url: "http://localhost/" } }\n  count: { use: ./count.js }\n`,
          "parts/count.js": "throw new Error('no')\n"
        })
        const { diagnostics } = yield* FlowFile.check("release.flow.yaml", { cwd })
        assert.deepStrictEqual(
          places(diagnostics).filter((place) => !place.includes("no-stop-bound")),
          ["parts/notes.flow.yaml:6:11 may-run-twice", "parts/notes.flow.yaml:7:17 module-not-loadable"]
        )
      })
    )
  )
})
