import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { FrontEndTest } from "@halte/engine/testing"
import { WebServer } from "@halte/http"
import { ExecutionsRemote } from "@halte/sdk"
import * as FrontEnd from "../../examples/front-end/front-end.ts"
import * as Markdown from "../support/Markdown.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

const example = (path: string) => Program.start([process.execPath, "-C", "@halte/source", `examples/${path}`])
const source = (path: string) => readFileSync(join(Repository.root, "examples", path), "utf8")

/** What a file imports that is no part of Node. */
const imports = (text: string) => [
  ...new Set(
    [...text.matchAll(/ from "([^"]+)"/g)].map(([, name]) => name!).filter((name) => !name.startsWith("node:"))
  )
]

describe("the example of the SDK in one file", () => {
  it.live("R6, R28, P7: starts, watches, interrupts, reads the outcome and resumes, and prints exactly this", () =>
    Effect.gen(function* () {
      const program = yield* example("sdk/release.ts")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.strictEqual(program.stderr.text, "")
      assert.deepStrictEqual(program.stdout.text.trimEnd().split("\n"), [
        "start",
        "  build began",
        "  build is done",
        "  test began",
        "  test stopped",
        "Interrupted: done build; not started upload",
        "resume",
        "  test began",
        "  test is done",
        "  upload began",
        "  upload is done",
        "Completed: https://example.com/app-2.4.0.tar"
      ])
      yield* program.marked.gone()
    })
  )

  it("needs nothing but the engine and Effect", () => {
    assert.deepStrictEqual(imports(source("sdk/release.ts")), ["effect", "@halte/engine"])
  })
})

describe("the example of the SDK in promises", () => {
  it.live("R6, R14, R27, P7: watches, stops a loop by an AbortController, and goes on where it stopped", () =>
    Effect.gen(function* () {
      const program = yield* example("sdk/promises.ts")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.strictEqual(program.stderr.text, "")
      const lines = program.stdout.text.trimEnd().split("\n")
      const at = /^Interrupted, enough for today: at photo (\d+), not started publish$/.exec(lines[1] ?? "")?.[1]
      assert.strictEqual(Number(at) % 4, 1, program.stdout.text)
      assert.deepStrictEqual(
        [lines[0], ...lines.slice(2)],
        [
          "shrink began",
          "shrink began",
          "shrink is done",
          "publish began",
          "publish is done",
          "Completed: 40 photos published"
        ]
      )
      yield* program.marked.gone()
    })
  )

  it("needs nothing but the SDK", () => {
    assert.deepStrictEqual(imports(source("sdk/promises.ts")), ["@halte/sdk"])
    assert.deepStrictEqual(imports(source("sdk/client.ts")), ["@halte/sdk/node"])
  })
})

describe("the example of the SDK as a client", () => {
  it.live(
    "R45: finds the token of the project's server, and its Ctrl-C stops the execution there, not the server",
    () =>
      Effect.gen(function* () {
        const cwd = yield* Repository.scratch("sdk-client")
        writeFileSync(
          join(cwd, "wait.flow.yaml"),
          "halte: 1\nname: wait\nsteps:\n  first: { run: echo first }\n  hold: { after: first, run: sleep 60 }\n  last: { after: hold, run: echo last }\n"
        )
        const server = yield* Program.halte(["serve", "--port", "0"], { cwd })
        const [url] = yield* server.output.waitFor(/http:\/\/127\.0\.0\.1:\d+/)
        const command = [
          process.execPath,
          "-C",
          "@halte/source",
          join(Repository.root, "examples/sdk/client.ts")
        ] as const
        const run = Program.start([...command, url!, "wait"], { cwd })
        const client = yield* run
        yield* client.stdout.waitFor(/^hold began$/m)
        yield* client.signal("SIGINT")
        assert.deepStrictEqual(yield* client.end(), { code: 0, signal: null }, client.output.text)
        assert.match(client.stdout.text, /^Stopping …\n(.*\n)*Interrupted: 1 done, 1 not started$/m)
        // Another client of the same server: it is there.
        const other = yield* run
        yield* other.stdout.waitFor(/^first is done$/m)
        yield* other.signal("SIGINT")
        assert.deepStrictEqual(yield* other.end(), { code: 0, signal: null }, other.output.text)
        yield* server.signal("SIGINT")
        yield* server.end()
        yield* server.marked.gone()
      })
  )
})

describe("the example that owns its signals", () => {
  it.live("R14, R12: its own handler of SIGINT stops the execution, and the engine has installed none", () =>
    Effect.gen(function* () {
      const program = yield* example("own-signals/own-signals.ts")
      yield* program.stdout.waitFor("Press Ctrl-C.")
      yield* program.signal("SIGINT")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.deepStrictEqual(program.stdout.text.trimEnd().split("\n"), [
        "Counting for a minute. Press Ctrl-C.",
        "The program was asked to stop.",
        "Interrupted: Ctrl-C in my own program.",
        "Handlers of SIGINT left: 0."
      ])
      yield* program.marked.gone()
    })
  )

  it("needs nothing but the engine and Effect", () => {
    assert.deepStrictEqual(imports(source("own-signals/own-signals.ts")), ["effect", "@halte/engine"])
  })
})

describe("the example of a front end", () => {
  FrontEndTest.suite({ describe, it }, "the example", {
    source: "Cli",
    open: (engine) => Effect.succeed({ executions: engine, interrupt: (id) => FrontEnd.obey(engine, id, "s\n") })
  })

  FrontEndTest.suite({ describe, it }, "the example, over a server on a port", {
    source: "Cli",
    open: (engine) =>
      Effect.gen(function* () {
        const { token, url } = yield* WebServer.listen(engine, { port: 0, grace: "50 millis" })
        const executions = ExecutionsRemote.make({ url, token })
        return { executions, interrupt: (id) => FrontEnd.obey(executions, id, "s\n") }
      })
  })

  it("R36: has fewer than 100 lines and uses public exports only", () => {
    const text = source("front-end/front-end.ts")
    assert.isBelow(text.split("\n").length, 100)
    assert.deepStrictEqual(imports(text), ["effect", "@halte/sdk"])
  })

  it("R36: is the page about writing one", () => {
    const page = readFileSync(join(Repository.root, "docs/how-to/write-a-front-end.md"), "utf8")
    const blocks = Markdown.codeBlocks(page).filter(({ language }) => language === "ts")
    assert.deepStrictEqual(
      blocks.map(({ code }) => code),
      [source("front-end/front-end.ts")]
    )
  })

  it.live("R5, R36: shows and stops an execution of `halte serve` as one of its own", () =>
    Effect.gen(function* () {
      const cwd = yield* Repository.scratch("front-end")
      writeFileSync(
        join(cwd, "party.flow.yaml"),
        "halte: 1\nname: party\nsteps:\n  pour: { run: sleep 60 }\n  wipe: { after: pour, run: echo wiped }\n"
      )
      const server = yield* Program.halte(["serve", "--port", "0"], { cwd })
      const [url] = yield* server.output.waitFor(/http:\/\/127\.0\.0\.1:\d+/)
      const main = join(Repository.root, "examples/front-end/main.ts")
      const program = yield* Program.start([process.execPath, "-C", "@halte/source", main, url!], { cwd })
      yield* program.stdout.waitFor(/^pour began$/m)
      yield* program.write("s\n")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.match(
        program.stdout.text,
        /^Stopping: .*\n(.*\n)*party: Interrupted\n {2}interrupted: pour\n {2}notStarted: wipe$/m
      )
      yield* server.signal("SIGINT")
      yield* server.end()
      yield* server.marked.gone()
    })
  )

  it.live("R36, R70: pauses, goes on and stops as a person types, and says what happens", () =>
    Effect.gen(function* () {
      const program = yield* example("front-end/main.ts")
      yield* program.stdout.waitFor(/^pour \d+ of 300$/m)
      yield* program.write("r\n")
      yield* program.stdout.waitFor(/already running|already-running/)
      yield* program.write("hello\n")
      yield* program.stdout.waitFor(/^Type s to stop/m)
      yield* program.write("p\n")
      yield* program.stdout.waitFor(/^Paused\.$/m)
      yield* program.write("r\n")
      yield* program.write("s\n")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.match(program.stdout.text, /^party: Interrupted\n {2}interrupted: pour\n {2}notStarted: wipe$/m)
      yield* program.marked.gone()
    })
  )

  it.live("terminates as a person types", () =>
    Effect.gen(function* () {
      const program = yield* example("front-end/main.ts")
      yield* program.stdout.waitFor(/^pour began$/m)
      yield* program.write("t\n")
      assert.deepStrictEqual(yield* program.end(), { code: 0, signal: null }, program.output.text)
      assert.match(program.stdout.text, /^party: Terminated\n {2}terminated: pour$/m)
    })
  )
})
