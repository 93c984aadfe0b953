import { assert, describe, it } from "@effect/vitest"
import { FlowFile } from "@halte/flow-file"
import { ModuleRunnerNode } from "@halte/process"
import { Effect } from "effect"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Templates from "../src/template/Templates.ts"
import * as CommandRun from "./CommandRun.ts"

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-init-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

const given = Effect.gen(function* () {
  const { halte } = yield* CommandRun.make([])
  const directory = yield* scratch
  return {
    halte,
    file: (name: string) => join(directory, name),
    read: (name: string) => readFileSync(join(directory, name), "utf8")
  }
})

describe("halte init", () => {
  for (const template of Templates.names)
    it.live(`writes the template ${template}, which passes \`halte check\` without a warning, under any name`, () =>
      Effect.gen(function* () {
        const { file, halte, read } = yield* given
        const { code, stdout } = yield* halte(["init", file("my-own.flow.yaml"), "--template", template])
        assert.strictEqual(code, 0)
        assert.include(stdout, "my-own.flow.yaml")
        const text = read("my-own.flow.yaml")
        assert.match(text, /^# yaml-language-server: \$schema=\.\/halte\.schema\.json\nhalte: 1\nname: my-own\n/)
        assert.deepStrictEqual(JSON.parse(read("halte.schema.json")), FlowFile.jsonSchema())
        const { diagnostics } = yield* FlowFile.check(file("my-own.flow.yaml"))
        assert.deepStrictEqual(
          diagnostics.map((d) => `${d.line}: ${d.code}: ${d.message}`),
          []
        )
      }).pipe(Effect.provide(ModuleRunnerNode.layer()))
    )

  it.live("says which templates there are, and writes nothing", () =>
    Effect.gen(function* () {
      const { halte } = yield* given
      const { code, stdout } = yield* halte(["init", "--list"])
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(
        stdout
          .trimEnd()
          .split("\n")
          .map((line) => line.split(/ +/)[0]),
        [...Templates.names]
      )
    })
  )

  it.live("asks at a terminal which template, unless it is said or nothing may be asked", () =>
    Effect.gen(function* () {
      const { file, halte, read } = yield* given
      const questions: Array<string> = []
      yield* halte(["init", file("asked.flow.yaml")], { answers: ["deploy"], questions })
      assert.deepStrictEqual(questions, [`Which kind of flow? ${Templates.names.join(" | ")}`])
      assert.include(read("asked.flow.yaml"), "on-failure: undo")
      yield* halte(["init", file("said.flow.yaml"), "-t", "ci"], { answers: [], questions })
      yield* halte(["init", file("silent.flow.yaml"), "--no-input"], { answers: [], questions })
      yield* halte(["init", file("machine.flow.yaml")])
      assert.strictEqual(questions.length, 1)
      assert.include(read("silent.flow.yaml"), "Three steps")
      assert.include(read("machine.flow.yaml"), "Three steps")
    })
  )

  it.live("never overwrites a flow, nor the schema of an earlier one", () =>
    Effect.gen(function* () {
      const { file, halte, read } = yield* given
      writeFileSync(file("halte.schema.json"), "mine")
      writeFileSync(file("ci.flow.yaml"), "mine too")
      const { code, stderr } = yield* halte(["init", file("ci.flow.yaml"), "-t", "ci"])
      assert.strictEqual(code, 2)
      assert.include(stderr.replaceAll(/\s+/g, " "), "exists already, and nothing is overwritten")
      assert.strictEqual(read("ci.flow.yaml"), "mine too")
      const { stdout } = yield* halte(["init", file("other"), "-t", "ci"])
      assert.include(stdout, "other.flow.yaml")
      assert.notInclude(stdout, "for your editor")
      assert.strictEqual(read("halte.schema.json"), "mine")
    })
  )

  it.live("refuses a name that no flow can have, and a template that is none", () =>
    Effect.gen(function* () {
      const { file, halte } = yield* given
      const named = yield* halte(["init", file("My Flow.flow.yaml")])
      assert.strictEqual(named.code, 2)
      assert.include(named.stderr, "`My Flow` is no name for a flow")
      const unknown = yield* halte(["init", "-t", "cloud"])
      assert.strictEqual(unknown.code, 2)
      assert.include(unknown.stderr, "cloud")
    })
  )
})
