import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { ExecutionHandle, ExecutionsLocal, FlowOrigin } from "@halte/engine"
import { FlowFile, ModulesChanged } from "@halte/flow-file"
import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Project from "./support/Project.ts"
import * as Running from "./support/Running.ts"

const text = `halte: 1
name: it
steps:
  count: { use: ../steps/count.js }
  up: { steps: { part: { use: tool } } }
  show: { after: up, run: "echo as it was; pwd", output: lines }
`
const files = {
  "flows/it.flow.yaml": text,
  "steps/count.js": "export default () => 1\n",
  "work/.keep": "",
  "node_modules/tool/package.json": JSON.stringify({ name: "tool", type: "module", exports: "./one.js" }),
  "node_modules/tool/one.js": "export default () => 'tool'\n",
  "node_modules/tool/two.js": "export default () => 'other'\n"
}

/** A flow started in `work/` of a project, as an execution keeps it. */
const started = Effect.gen(function* () {
  const project = yield* Project.make(files)
  const { description, flow } = yield* FlowFile.load("../flows/it.flow.yaml", { project, cwd: join(project, "work") })
  return { project, description, origin: flow.origin!, text: flow.definitionText! }
})

const changed = (error: unknown) => {
  assert.instanceOf(error, ModulesChanged)
  return error
}

describe("the origin of a flow", () => {
  it.effect("is relative to the project, and has the hash of each module's file", () =>
    Effect.gen(function* () {
      const { origin, text: kept } = yield* started
      assert.strictEqual(kept, text)
      const { modules, ...place } = Schema.decodeUnknownSync(FlowOrigin.FlowOrigin)(JSON.parse(JSON.stringify(origin)))
      assert.deepStrictEqual(place, { kind: "file", path: "flows/it.flow.yaml", directory: "work" })
      assert.deepStrictEqual(
        modules?.map((m) => m.path),
        ["steps/count.js", "node_modules/tool/one.js"]
      )
      // From `sha256sum`.
      assert.strictEqual(modules?.[0]!.sha256, "13898f1c10431fffa7a3946154cab87d923a730a551c23666901fd0e67d4f5e4")
    })
  )

  it.effect("is absolute where it does not lie below the project, or no project is named", () =>
    Effect.gen(function* () {
      const directory = yield* Project.make({ ...files, "..odd/x.flow.yaml": text })
      const originOf = (path: string, options: FlowFile.LoadOptions) =>
        Effect.map(FlowFile.load(join(directory, path), options), ({ flow }) => flow.origin)
      const inWork = yield* originOf("flows/it.flow.yaml", { cwd: directory, project: join(directory, "work") })
      assert.strictEqual(inWork?.path, join(directory, "flows/it.flow.yaml"))
      assert.strictEqual(inWork?.directory, directory)
      assert.strictEqual(inWork?.modules?.[0]!.path, join(directory, "steps/count.js"))
      const without = yield* originOf("flows/it.flow.yaml", { cwd: directory })
      assert.deepStrictEqual(without, inWork)
      const at = yield* originOf("..odd/x.flow.yaml", { cwd: directory, project: directory })
      assert.deepStrictEqual([at?.path, at?.directory], ["..odd/x.flow.yaml", "."])
    })
  )
})

describe("FlowFile.restore", () => {
  it.effect("compiles the stored text when the file has changed, moved or gone, wherever the project lies now", () =>
    Effect.gen(function* () {
      const { description, origin, project, text } = yield* started
      const same = (at: string) =>
        Effect.gen(function* () {
          const restored = yield* FlowFile.restore(origin, text, { project: at })
          assert.deepStrictEqual(restored.description, description)
          assert.deepStrictEqual(restored.flow.origin, origin)
          assert.strictEqual(restored.flow.definitionText, text)
          assert.strictEqual(restored.file, join(at, "flows/it.flow.yaml"))
        })
      writeFileSync(join(project, "flows/it.flow.yaml"), "no flow any more: [")
      yield* same(project)
      renameSync(join(project, "flows/it.flow.yaml"), join(project, "other.flow.yaml"))
      yield* same(project)
      rmSync(join(project, "flows"), { recursive: true })
      yield* same(project)
      const copy = yield* Project.make({})
      cpSync(project, copy, { recursive: true })
      yield* same(copy)
    })
  )

  it.live(
    "gives a flow that runs as it was, in the directory that it was started in",
    () =>
      Effect.gen(function* () {
        const { origin, project, text } = yield* started
        writeFileSync(join(project, "flows/it.flow.yaml"), text.replace("as it was", "as it is"))
        const { flow } = yield* FlowFile.restore(origin, text, { project })
        const executions = yield* ExecutionsLocal.make({ flows: [flow] })
        const execution = ExecutionHandle.make(executions, yield* executions.start({ flow: "it", params: {} }))
        const outcome = yield* execution.outcome.pipe(Effect.timeout("30 seconds"))
        assert.strictEqual(outcome._tag, "Completed", JSON.stringify(outcome))
        const { value } = outcome.values["show"] as { readonly value: ReadonlyArray<string> }
        assert.strictEqual(value[0], "as it was")
        assert.match(value[1]!, /\/work$/)
        assert.strictEqual(outcome.values["count"], 1)
      }).pipe(Effect.provide(Running.services)),
    60_000
  )

  it.effect("names each module that has changed or is gone", () =>
    Effect.gen(function* () {
      const { origin, project, text } = yield* started
      writeFileSync(join(project, "steps/count.js"), "export default () => 2\n")
      const one = changed(yield* Effect.flip(FlowFile.restore(origin, text, { project })))
      assert.strictEqual(one.code, "modules-changed")
      assert.strictEqual(
        one.message,
        "The stored definition of `flows/it.flow.yaml` can't be used, because its modules are not what they were: " +
          "`steps/count.js` has changed. Go on with the current definition, or put the modules back as they were."
      )
      rmSync(join(project, "node_modules"), { recursive: true })
      const two = changed(yield* Effect.flip(FlowFile.restore(origin, text, { project })))
      assert.deepStrictEqual(
        two.modules.map(({ actual, path }) => [path, actual === undefined]),
        [
          ["steps/count.js", false],
          ["node_modules/tool/one.js", true]
        ]
      )
      assert.include(two.message, "`node_modules/tool/one.js` is gone")
      writeFileSync(join(project, "steps/count.js"), files["steps/count.js"])
      mkdirSync(join(project, "node_modules/tool"), { recursive: true })
      for (const name of ["package.json", "one.js"] as const)
        writeFileSync(join(project, "node_modules/tool", name), files[`node_modules/tool/${name}`])
      yield* FlowFile.restore(origin, text, { project })
    })
  )

  it.effect("notices when the name of a package leads to another file", () =>
    Effect.gen(function* () {
      const { origin, project, text } = yield* started
      const manifest = files["node_modules/tool/package.json"].replace("one.js", "two.js")
      writeFileSync(join(project, "node_modules/tool/package.json"), manifest)
      const error = changed(yield* Effect.flip(FlowFile.restore(origin, text, { project })))
      assert.deepStrictEqual(
        error.modules.map((m) => m.path),
        ["node_modules/tool/two.js"]
      )
      assert.include(error.message, "`node_modules/tool/two.js` was not one of them")
    })
  )

  it.effect("reads JSON as JSON, and the environment that it is given", () =>
    Effect.gen(function* () {
      const project = yield* Project.make({})
      const origin = { kind: "file", path: "x.flow.json", directory: "." } as const
      const json = '{ "halte": 1, "name": "x", "steps": { "a": { "run": "make" } } }'
      const yaml = "halte: 1\nname: x\nparams: { p: { env: P } }\nsteps: { a: { run: make } }\n"
      assert.strictEqual((yield* FlowFile.restore(origin, json, { project })).flow.name, "x")
      const error = yield* Effect.flip(FlowFile.restore(origin, yaml, { project }))
      assert.strictEqual(error.code, "invalid-flow-file")
      const { flow } = yield* FlowFile.restore({ ...origin, path: "x.flow.yaml" }, yaml, { project, env: { P: "p" } })
      assert.deepStrictEqual(yield* flow.params.decode({}), { p: "p" })
    })
  )

  it.effect("refuses what does not come from a flow file", () =>
    Effect.gen(function* () {
      const project = yield* Project.make({})
      for (const origin of [{ kind: "module", path: "flow.ts", export: "flow" }, { kind: "built-in" }] as const) {
        const error = yield* Effect.flip(FlowFile.current(origin, { project }))
        assert.deepStrictEqual(
          error.diagnostics.map((d) => d.code),
          ["not-a-flow-file"]
        )
        assert.strictEqual((yield* Effect.flip(FlowFile.restore(origin, text, { project }))).code, "invalid-flow-file")
      }
    })
  )
})

describe("FlowFile.current", () => {
  it.effect("loads the file as it is now, with the modules as they are now", () =>
    Effect.gen(function* () {
      const { description, origin, project } = yield* started
      const unchanged = yield* FlowFile.current(origin, { project })
      assert.deepStrictEqual(unchanged.description, description)
      assert.deepStrictEqual(unchanged.flow.origin, origin)
      writeFileSync(join(project, "flows/it.flow.yaml"), text.replace("as it was", "as it is"))
      const now = yield* FlowFile.current(origin, { project })
      assert.notStrictEqual(now.description.fingerprint, description.fingerprint)
      assert.include(now.flow.definitionText, "as it is")
      rmSync(join(project, "flows/it.flow.yaml"))
      const error = yield* Effect.flip(FlowFile.current(origin, { project }))
      assert.strictEqual(error.diagnostics[0].code, "flow-file-not-found")
    })
  )
})
