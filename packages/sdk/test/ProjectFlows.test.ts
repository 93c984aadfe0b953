/** Flow files as they are at the moment: what is changed, wrong, right again, gone, new, and there twice. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { ExecutionsError } from "@halte/engine"
import { ProjectFlows } from "../src/node/index.ts"

const project = (options: Partial<ProjectFlows.Options> = {}) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-flows-"))),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
    ),
    (root) => {
      const notices: Array<string> = []
      const flows = ProjectFlows.make({
        project: root,
        rest: 0,
        notify: (notice) => void notices.push(inWords(notice)),
        ...options,
        ...(options.places === undefined ? {} : { places: options.places.map((place) => join(root, place)) })
      })
      const write = (name: string, text: string) => {
        mkdirSync(dirname(join(root, name)), { recursive: true })
        writeFileSync(join(root, name), text)
      }
      return { flows, notices, root, write, get: (name: string) => flows.get(name, undefined) }
    }
  )

const inWords = (notice: ProjectFlows.Notice): string => {
  switch (notice._tag) {
    case "Wrong":
      return `wrong ${notice.file} ${notice.error.diagnostics[0].code}`
    case "Right":
      return `right ${notice.file} ${notice.flow}`
    case "NameTaken":
      return `taken ${notice.flow} ${notice.files.join(" ")}`
    case "Cut":
      return `cut ${notice.bound} ${notice.at}`
  }
}

const flow = (name: string, run = "echo 1") => `halte: 1\nname: ${name}\nsteps:\n  a: { run: ${run} }\n`

const names = (flows: ProjectFlows.ProjectFlows) =>
  Effect.map(flows.served, (found) => found.map(({ file, flow }) => `${flow.name} ${file}`))

const invalid = (effect: Effect.Effect<unknown, ExecutionsError.FlowInvalid>) =>
  Effect.map(Effect.flip(effect), ({ problems }) => problems)

describe("the flows of a project", () => {
  it.effect("are those of its files, by name, and work in its directory", () =>
    Effect.gen(function* () {
      const { flows, get, write } = yield* project()
      write("z.flow.yaml", flow("alpha"))
      write("sub/y.flow.yaml", flow("beta"))
      assert.deepStrictEqual(yield* names(flows), ["alpha z.flow.yaml", "beta sub/y.flow.yaml"])
      const found = yield* get("beta")
      assert.deepStrictEqual(found!.origin, { kind: "file", path: "sub/y.flow.yaml", directory: ".", modules: [] })
      assert.strictEqual(yield* get("gamma"), undefined)
    })
  )

  it.effect("are the same as long as nothing changes, and new once the text does", () =>
    Effect.gen(function* () {
      const { flows, get, root, write } = yield* project()
      write("a.flow.yaml", flow("a"))
      const first = yield* get("a")
      assert.strictEqual(yield* get("a"), first)
      utimesSync(join(root, "a.flow.yaml"), 1, 1)
      assert.strictEqual(yield* get("a"), first, "touched, and the same text")
      // Of the same length, at once.
      write("a.flow.yaml", flow("a", "echo 2"))
      const second = yield* get("a")
      assert.notStrictEqual(second!.fingerprint, first!.fingerprint)
      assert.deepStrictEqual(yield* flows.all, [second!])
    })
  )

  it.effect("are new once a module that they use has changed", () =>
    Effect.gen(function* () {
      const { get, root, write } = yield* project()
      write("work.mjs", "export default () => 1\n")
      write("a.flow.yaml", "halte: 1\nname: a\nsteps:\n  a: { use: ./work.mjs }\n")
      const first = yield* get("a")
      assert.strictEqual(yield* get("a"), first)
      appendFileSync(join(root, "work.mjs"), "// changed\n")
      const second = yield* get("a")
      assert.notStrictEqual(second!.fingerprint, first!.fingerprint)
      assert.notDeepEqual(second!.origin!.modules, first!.origin!.modules)
    })
  )

  it.effect("that have become wrong say every mistake with its line, stay listed, and take no other with them", () =>
    Effect.gen(function* () {
      const { flows, get, notices, write } = yield* project()
      write("a.flow.yaml", flow("a"))
      write("b.flow.yaml", flow("b"))
      assert.deepStrictEqual((yield* flows.all).length, 2)
      write("a.flow.yaml", "halte: 1\nname: a\nsteps:\n  a: { rnu: echo }\n  b: { after: c, run: echo }\n")
      const problems = yield* invalid(get("a"))
      assert.deepStrictEqual(
        problems.map(({ code, file, line }) => [code, file, line]),
        [
          ["no-kind", "a.flow.yaml", 4],
          ["unknown-key", "a.flow.yaml", 4],
          ["unknown-step", "a.flow.yaml", 5]
        ]
      )
      assert.strictEqual(problems[0]!.source, "  a: { rnu: echo }")
      assert.deepStrictEqual(yield* names(flows), ["a a.flow.yaml", "b b.flow.yaml"])
      assert.strictEqual((yield* get("b"))!.name, "b")
      yield* invalid(get("a"))
      assert.deepStrictEqual(notices, ["wrong a.flow.yaml no-kind"], "told once")
      write("a.flow.yaml", flow("a", "echo 2"))
      assert.strictEqual((yield* get("a"))!.name, "a")
      assert.deepStrictEqual(notices.slice(1), ["right a.flow.yaml a"])
    })
  )

  it.effect("that were never right go by the name of their file, and are not listed", () =>
    Effect.gen(function* () {
      const { flows, get, notices, write } = yield* project()
      write("bad.flow.yaml", "halte: 1\nname: other\nsteps: {\n")
      assert.deepStrictEqual(yield* names(flows), [])
      assert.deepStrictEqual(notices.length, 1)
      assert.strictEqual((yield* invalid(get("bad")))[0]!.file, "bad.flow.yaml")
      assert.strictEqual(yield* get("other"), undefined)
    })
  )

  it.effect("follow files that come, go, and change their names, without being listed in between", () =>
    Effect.gen(function* () {
      const { flows, get, root, write } = yield* project()
      assert.deepStrictEqual(yield* names(flows), [])
      write("a.flow.yaml", flow("a"))
      assert.strictEqual((yield* get("a"))!.name, "a")
      write("a.flow.yaml", flow("b"))
      assert.strictEqual(yield* get("a"), undefined)
      assert.strictEqual((yield* get("b"))!.name, "b")
      rmSync(join(root, "a.flow.yaml"))
      assert.strictEqual(yield* get("b"), undefined)
      write("moved.flow.yaml", flow("b"))
      assert.strictEqual((yield* get("b"))!.name, "b")
      assert.deepStrictEqual(yield* names(flows), ["b moved.flow.yaml"])
    })
  )

  it.effect("of one name in several files can't be started, and all the files are named", () =>
    Effect.gen(function* () {
      const { flows, get, notices, root, write } = yield* project()
      write("a.flow.yaml", flow("same"))
      write("sub/b.flow.yaml", flow("same"))
      write("c.flow.yaml", flow("other"))
      assert.deepStrictEqual(yield* names(flows), ["other c.flow.yaml"])
      yield* flows.all
      assert.deepStrictEqual(notices, ["taken same a.flow.yaml sub/b.flow.yaml"], "told once")
      const problems = yield* invalid(get("same"))
      assert.deepStrictEqual(
        problems.map(({ code, file }) => [code, file]),
        [
          ["flow-name-taken", "a.flow.yaml"],
          ["flow-name-taken", "sub/b.flow.yaml"]
        ]
      )
      assert.include(problems[1]!.hint, "Give each a name of its own")
      rmSync(join(root, "sub/b.flow.yaml"))
      assert.strictEqual((yield* get("same"))!.name, "same")
      write("sub/b.flow.yaml", flow("same"))
      yield* flows.all
      assert.strictEqual(notices.length, 2, "told again when it has come again")
    })
  )

  it.effect("of the name of a built-in flow are not served", () =>
    Effect.gen(function* () {
      const { flows, notices, write } = yield* project({ reserved: ["command"] })
      write("a.flow.yaml", flow("command"))
      assert.deepStrictEqual(yield* flows.all, [])
      assert.deepStrictEqual(notices, ["taken command a.flow.yaml"])
    })
  )

  it.effect("are only those of the places that are named", () =>
    Effect.gen(function* () {
      const { flows, get, notices, write } = yield* project({ places: ["one.yaml", "flows", "gone.flow.yaml"] })
      write("one.yaml", flow("one"))
      write("flows/two.flow.yaml", flow("two"))
      write("three.flow.yaml", flow("three"))
      assert.deepStrictEqual(yield* names(flows), ["one one.yaml", "two flows/two.flow.yaml"])
      assert.strictEqual(yield* get("three"), undefined)
      assert.deepStrictEqual(notices, ["wrong gone.flow.yaml flow-file-not-found"])
    })
  )

  it.effect("are cut at a bound, which is told once", () =>
    Effect.gen(function* () {
      const { flows, notices, write } = yield* project({ bounds: { depth: 9, directories: 9, files: 2 } })
      for (const name of ["a", "b", "c"]) write(`${name}.flow.yaml`, flow(name))
      assert.deepStrictEqual(yield* names(flows), ["a a.flow.yaml", "b b.flow.yaml"])
      yield* flows.all
      assert.deepStrictEqual(notices, ["cut files 2"])
    })
  )

  it.effect("are looked through no more often than it is worth, unless one is asked for that is not known", () =>
    Effect.gen(function* () {
      const { flows, get, write } = yield* project({ rest: 1e9 })
      write("a.flow.yaml", flow("a"))
      assert.deepStrictEqual(yield* names(flows), ["a a.flow.yaml"])
      write("b.flow.yaml", flow("b"))
      write("a.flow.yaml", flow("c"))
      assert.deepStrictEqual(yield* names(flows), ["c a.flow.yaml"], "files that are known are looked at")
      assert.strictEqual((yield* get("b"))!.name, "b")
      assert.deepStrictEqual(yield* names(flows), ["b b.flow.yaml", "c a.flow.yaml"])
    })
  )

  it.effect("are looked for once for many who ask at the same time", () =>
    Effect.gen(function* () {
      const { flows, write } = yield* project()
      write("a.flow.yaml", flow("a"))
      const answers = yield* Effect.all(
        Array.from({ length: 50 }, () => flows.all),
        { concurrency: "unbounded" }
      )
      for (const answer of answers) assert.deepStrictEqual(answer, answers[0])
      assert.strictEqual(answers[0]!.length, 1)
    })
  )
})

describe("the flow of a file that is opened", () => {
  const opened = (root: string, flows: ProjectFlows.ProjectFlows) => (file: string) => flows.flowOf(join(root, file))

  it.effect("is what the file defines now, wherever it lies, and is served from then on", () =>
    Effect.gen(function* () {
      const { flows, root, write } = yield* project({ places: ["flows"], rest: 1e9 })
      write("flows/in.flow.yaml", flow("inside"))
      write("out.flow.yaml", flow("outside"))
      const flowOf = opened(root, flows)
      assert.strictEqual((yield* flowOf("flows/in.flow.yaml")).name, "inside")
      const first = yield* flowOf("out.flow.yaml")
      assert.strictEqual(first.name, "outside")
      assert.deepStrictEqual(yield* names(flows), ["inside flows/in.flow.yaml", "outside out.flow.yaml"])
      // Of the same length, at once.
      write("out.flow.yaml", flow("outside", "echo 2"))
      assert.notStrictEqual((yield* flowOf("out.flow.yaml")).fingerprint, first.fingerprint)
      write("out.flow.yaml", flow("renamed"))
      assert.strictEqual((yield* flowOf("out.flow.yaml")).name, "renamed")
    })
  )

  it.effect("is that of the file which it is a link to, though that is known by another name", () =>
    Effect.gen(function* () {
      const { flows, root, write } = yield* project()
      write("a.flow.yaml", flow("a"))
      symlinkSync(root, join(root, "alias"))
      assert.strictEqual((yield* opened(root, flows)("alias/a.flow.yaml")).name, "a")
      assert.deepStrictEqual(yield* names(flows), ["a a.flow.yaml"])
    })
  )

  it.effect("is none where the file is wrong, no file, or gone: with every mistake, and its place", () =>
    Effect.gen(function* () {
      const { flows, notices, root, write } = yield* project()
      const flowOf = opened(root, flows)
      write("bad.flow.yaml", "halte: 1\nname: other\nsteps:\n  a: { rnu: echo }\n")
      const bad = yield* Effect.flip(flowOf("bad.flow.yaml"))
      assert.strictEqual(bad.flow, "bad")
      assert.deepStrictEqual(
        bad.problems.map(({ code, file, line }) => [code, file, line]),
        [
          ["no-kind", "bad.flow.yaml", 4],
          ["unknown-key", "bad.flow.yaml", 4]
        ]
      )
      // One that was right before is called as it was.
      write("bad.flow.yaml", flow("good"))
      assert.strictEqual((yield* flowOf("bad.flow.yaml")).name, "good")
      write("bad.flow.yaml", "steps: {\n")
      assert.strictEqual((yield* Effect.flip(flowOf("bad.flow.yaml"))).flow, "good")
      rmSync(join(root, "bad.flow.yaml"))
      const code = (file: string) => Effect.map(invalid(flowOf(file)), (problems) => problems.map(({ code }) => code))
      assert.deepStrictEqual(yield* code("bad.flow.yaml"), ["flow-file-not-found"])
      assert.deepStrictEqual(yield* code("never.flow.yaml"), ["flow-file-not-found"])
      mkdirSync(join(root, "sub.flow.yaml"))
      assert.deepStrictEqual(yield* code("sub.flow.yaml"), ["not-a-file"])
      write("notes.txt", "Buy milk.\n")
      assert.deepStrictEqual(yield* code("notes.txt"), ["wrong-type"])
      // What is no file is not looked for from now on.
      notices.length = 0
      yield* flows.all
      assert.deepStrictEqual(notices, [])
    })
  )

  it.effect("is none where another file, or a built-in flow, has its name, and says which and what to do", () =>
    Effect.gen(function* () {
      const { flows, root, write } = yield* project({ reserved: ["command"] })
      const flowOf = opened(root, flows)
      write("a.flow.yaml", flow("same"))
      yield* flows.all
      write("sub/b.flow.yaml", flow("same"))
      const taken = yield* Effect.flip(flowOf("sub/b.flow.yaml"))
      assert.strictEqual(
        taken.message,
        "Flow `same` can't run as it is defined now: sub/b.flow.yaml: A flow `same` is defined here and in another file. a.flow.yaml: A flow `same` is defined here and in another file. Give each a name of its own."
      )
      write("c.flow.yaml", flow("command"))
      assert.strictEqual(
        (yield* Effect.flip(flowOf("c.flow.yaml"))).message,
        "Flow `command` can't run as it is defined now: c.flow.yaml: The name `command` is taken by a flow that is built in. Give it another name."
      )
      rmSync(join(root, "a.flow.yaml"))
      assert.strictEqual((yield* flowOf("sub/b.flow.yaml")).name, "same")
    })
  )

  it.effect("has its name also where the file that had it, and was opened before, is gone: it was moved", () =>
    Effect.gen(function* () {
      const { flows, get, root, write } = yield* project({ places: [] })
      const flowOf = opened(root, flows)
      write("a.flow.yaml", flow("same"))
      yield* flowOf("a.flow.yaml")
      renameSync(join(root, "a.flow.yaml"), join(root, "b.flow.yaml"))
      assert.strictEqual((yield* flowOf("b.flow.yaml")).name, "same")
      assert.deepStrictEqual(yield* names(flows), ["same b.flow.yaml"])
      assert.strictEqual((yield* get("same"))!.name, "same")
    })
  )

  it.effect(
    "is another one once the file of a flow that it runs has changed, or can't be had as long as that is wrong",
    () =>
      Effect.gen(function* () {
        const { get, write } = yield* project()
        write("outer.flow.yaml", "halte: 1\nname: outer\nsteps: { s: { flow: ./parts/inner.flow.yaml } }\n")
        const inner = (run: string) => `halte: 1\nname: inner\nsteps: { s: { ${run} } }\n`
        write("parts/inner.flow.yaml", inner("run: make"))
        const first = (yield* get("outer"))!
        assert.strictEqual(yield* get("outer"), first, "the same definition is the same flow")
        write("parts/inner.flow.yaml", inner("run: [make, all]"))
        const second = (yield* get("outer"))!
        assert.strictEqual(second.fingerprint, first.fingerprint)
        assert.notStrictEqual(second.steps[0]!.flow!.fingerprint, first.steps[0]!.flow!.fingerprint)
        write("parts/inner.flow.yaml", inner("rum: make"))
        const wrong = yield* Effect.flip(get("outer"))
        assert.deepStrictEqual(
          wrong.problems.map(({ code, file }) => [code, file]),
          [
            ["sub-flow-invalid", "outer.flow.yaml"],
            ["no-kind", "parts/inner.flow.yaml"],
            ["unknown-key", "parts/inner.flow.yaml"]
          ]
        )
        write("parts/inner.flow.yaml", inner("run: make"))
        assert.isDefined(yield* get("outer"))
      })
  )
})
