/** A project as servers and desktops have it: flow files, one single command at a time, further files while it runs. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Bounded } from "@halte/engine/testing"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { ProjectDirectory, ServedProject } from "../src/node/index.ts"

const services = Layer.mergeAll(
  ProcessRunnerNode.layer({ supervised: false }),
  ModuleRunnerNode.layer(),
  FetchHttpClient.layer
)

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-served-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const opened = (options: Partial<ServedProject.Options> = {}) =>
  Effect.gen(function* () {
    const root = yield* scratch
    const directory = join(root, "project")
    mkdirSync(directory)
    const write = (name: string, text: string) => {
      writeFileSync(join(root, name), text)
      return join(root, name)
    }
    const told: Array<string> = []
    const served = yield* ServedProject.open({
      place: ProjectDirectory.find({ dir: directory }),
      synchronous: "normal",
      env: {},
      notify: (_, text) => void told.push(text),
      ...options
    })
    return { ...served, directory, told, write }
  }).pipe(Effect.provide(services))

const flow = (name: string, run = "true") => `halte: 1\nname: ${name}\nsteps:\n  a: { run: "${run}" }\n`

describe("a served project", () => {
  it.live("R47 has the project's flow files and single commands, one of these at a time", () =>
    Effect.gen(function* () {
      const { executions, write } = yield* opened()
      write("project/build.flow.yaml", flow("build"))
      assert.deepStrictEqual(
        (yield* executions.flows).map(({ name }) => name),
        ["build", "command"]
      )
      const first = yield* executions.start({ flow: "command", params: { line: "sleep 60", graceMillis: 500 } })
      const refused = yield* Effect.flip(
        executions.start({ flow: "command", params: { line: "true", graceMillis: 500 } })
      )
      assert.deepInclude(refused, { _tag: "FlowBusy", execution: first })
      yield* executions.interrupt(first)
      yield* Bounded.within(Stream.runDrain(executions.events(first)), "the end of the command")
      const second = yield* executions.start({ flow: "command", params: { line: "true", graceMillis: 500 } })
      yield* Bounded.within(Stream.runDrain(executions.events(second)), "the end of the other command")
    })
  )

  it.live("has no single commands where they are not wanted, and their name is free then", () =>
    Effect.gen(function* () {
      const { executions, told, write } = yield* opened({ command: false })
      write("project/command.flow.yaml", flow("command"))
      assert.deepStrictEqual(
        (yield* executions.flows).map(({ name, steps }) => [name, steps.length]),
        [["command", 1]]
      )
      assert.deepStrictEqual(told, [])
    })
  )

  it.live("takes further flow files while it runs: what is wrong in them is told, and what is right is served", () =>
    Effect.gen(function* () {
      const { directory, executions, files, told, write } = yield* opened()
      assert.strictEqual((yield* executions.flows).length, 1)
      const outside = write("outside.flow.yaml", "halte: 1\nname: outside\n")
      files.add(outside)
      files.add(outside)
      yield* files.served
      assert.deepStrictEqual(told, [`\`${outside}\` can't be started as it is now. Other flows can.`])
      write("outside.flow.yaml", flow("outside", "pwd >where"))
      assert.deepStrictEqual(
        (yield* files.served).map(({ file, flow }) => [flow.name, file]),
        [["outside", outside]]
      )
      assert.deepStrictEqual(told.slice(1), [`\`${outside}\` is right again: flow \`outside\` can be started.`])
      const id = yield* executions.start({ flow: "outside" })
      yield* Bounded.within(Stream.runDrain(executions.events(id)), "its end")
      assert.strictEqual((yield* executions.get(id)).status, "Completed")
      // It works in the project, as `halte run` there does.
      assert.strictEqual(readFileSync(join(directory, "where"), "utf8").trim(), realpathSync(directory))
    })
  )

  it.live("says of a file that was named and is not there that it is not", () =>
    Effect.gen(function* () {
      const { directory, files, told } = yield* opened()
      files.add(join(directory, "none.flow.yaml"))
      assert.deepStrictEqual(yield* files.served, [])
      assert.deepStrictEqual(told, ["`none.flow.yaml` can't be started as it is now. Other flows can."])
    })
  )

  it.live("says of a project that was removed that it is, and not that a file without a name is wrong", () =>
    Effect.gen(function* () {
      const { directory, files, told, write } = yield* opened()
      write("project/a.flow.yaml", flow("a"))
      assert.strictEqual((yield* files.served).length, 1)
      rmSync(directory, { recursive: true })
      yield* Effect.ignore(files.flowOf("a.flow.yaml"))
      assert.deepStrictEqual(told, [
        "The project's directory is not there any more, or can't be read: none of its flows can be started."
      ])
    })
  )

  it.live("tells its observers what is recorded, beside telemetry", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const { executions, metrics } = yield* opened({
        observe: { appended: (_, events) => void seen.push(...Array.from(events, ({ type }) => type)) }
      })
      const id = yield* executions.start({ flow: "command", params: { line: "true", graceMillis: 500 } })
      yield* Bounded.within(Stream.runDrain(executions.events(id)), "its end")
      assert.strictEqual(seen[0], "execution-started")
      assert.strictEqual(seen.at(-1), "execution-ended")
      assert.match(metrics(), /halte_executions_started_total\{[^}]*flow="command"/)
    })
  )

  it.live("says why it can't be opened", () =>
    Effect.gen(function* () {
      const root = yield* scratch
      writeFileSync(join(root, ".halte"), "")
      const error = yield* ServedProject.open({ place: ProjectDirectory.find({ dir: root }) }).pipe(
        Effect.provide(services),
        Effect.flip
      )
      assert.include(error.message, "can't keep executions: something that is no directory has its name")
    })
  )
})
