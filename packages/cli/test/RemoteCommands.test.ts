import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionHandle, type ExecutionId, Flow, Params, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import { FlowFile } from "@halte/flow-file"
import { Effect, Fiber, Schema } from "effect"
import * as Repository from "../../../test/support/Repository.ts"
import * as RemoteServer from "./RemoteServer.ts"

/** `build` logs, `serve` is driven by hand, `ship` waits for it. */
const release = () => {
  const build = Step.make("build", {
    run: (_, context) => Effect.sync(() => (context.log("compiled"), { files: 3 }))
  })
  const serve = HandStep.make("serve", { after: build })
  const flow = Flow.make("release", {
    version: "2.4.0",
    params: Params.make(Schema.Struct({ to: Schema.optionalKey(Schema.Literals(["alpha", "beta"])) })),
    steps: [build, serve.step, Step.make("ship", { run: () => "shipped", after: serve.step })]
  })
  return { serve, flow: flow as Flow.Flow<unknown, never> }
}

/** A server where `release` runs, and the step in hand. */
const running = Effect.gen(function* () {
  const { flow, serve } = release()
  const server = yield* RemoteServer.make([flow], { commands: true })
  const id = yield* server.executions.start({ flow: "release", source: "Cli", by: "anna" })
  const hand = yield* serve.begun(id)
  const handle = ExecutionHandle.make(server.executions, id)
  yield* handle.stepStarted("serve")
  yield* Effect.addFinalizer(() => Effect.ignore(server.executions.terminate(id)))
  return { ...server, id, hand, handle, serve }
})

const interrupted = Effect.gen(function* () {
  const given = yield* running
  yield* given.handle.interrupt({ source: "Page", by: "mira", reason: "look first" })
  yield* given.hand.stopHalfWay()
  yield* given.handle.outcome
  return given
})

/** Says the same here and by the server, byte for byte. */
const alike = ({ byVariable, here }: RemoteServer.RemoteServer, args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const there = yield* byVariable(args)
    assert.deepStrictEqual(there, yield* here(args), `halte ${args.join(" ")}`)
  })

describe("R46 the command line of a server says what the one of an engine here says", () => {
  it.live("of an execution that was interrupted: list, show, its steps, logs, watch, and what is refused", () =>
    Effect.gen(function* () {
      const server = yield* interrupted
      const { id, url } = server
      const shown = yield* server.halte(["show", id])
      assert.include(shown.stdout, `halte resume ${id} --server ${url}`)
      for (const args of [
        ["show", id],
        ["list"],
        ["list", "--json"],
        ["list", "--status", "running"],
        ["list", "--flow", "release", "--limit", "1"],
        ["list", "--before", id],
        ["show", id.slice(-6), "--json"],
        ["show", id, "build"],
        ["show", id, "serve", "--json"],
        ["show", id, "buidl"],
        ["show", id, "--log"],
        ["show", "ZZZZZZ"],
        ["logs", id],
        ["logs", id, "build"],
        ["logs", id, "--json", "--tail", "1"],
        ["watch", id, "--progress", "lines"],
        ["watch", id, "--json"],
        ["watch", id, "--progress", "quiet"],
        ["pause", id],
        ["interrupt", id],
        ["terminate", id],
        ["answer", id, "serve", "true"],
        ["resume", id, "--dry-run"],
        ["resume", id, "--param", "to=gamma"],
        ["resume", "2X"]
      ])
        yield* alike(server, args)
    })
  )

  it.live("of one that runs: what is paused, let go on, and refused while it runs", () =>
    Effect.gen(function* () {
      const server = yield* running
      const { hand, id, url } = server
      for (const args of [
        ["list", "--json"],
        ["logs", id],
        ["resume", id],
        ["terminate", id, "--no-input"]
      ])
        yield* alike(server, args)
      assert.include((yield* server.halte(["pause", id])).stdout, `halte resume ${id} --server ${url}`)
      assert.include((yield* server.halte(["resume", id])).stdout, "goes on")
      // Where a person confirms, what would stop it more gently is a command for the server as well.
      const questions: Array<string> = []
      const kept = yield* server.halte(["terminate", id], { answers: [false], questions })
      assert.include(kept.stdout.replaceAll(/\s+/g, " "), `halte interrupt ${id} --server ${url}`)
      assert.lengthOf(questions, 1)
      yield* hand.succeed()
    })
  )

  it.live("of a flow: its graph, its plan, its params", () =>
    Effect.gen(function* () {
      const server = yield* running
      for (const format of ["mermaid", "dot", "json"]) {
        const { code, stdout } = yield* server.halte(["graph", "release", "--format", format])
        assert.deepStrictEqual([code, stdout.includes("serve")], [0, true])
      }
      const plan = yield* server.halte(["run", "release", "--dry-run", "--param", "to=beta", "--stop-after", "1"])
      assert.strictEqual(plan.code, 0)
      for (const text of ["release  3 steps in 3 levels. Nothing was run.", "beta", "build", "serve", "ship"])
        assert.include(plan.stdout, text)
      assert.lengthOf(yield* server.executions.list(), 1)
      const help = yield* server.halte(["run", "release", "--help"])
      assert.include(help.stdout, "Params of release\n  to  alpha|beta, optional")
    })
  )
})

describe("halte run --server", () => {
  it.live("R45 starts a flow of the server, follows it here, and gives its code; the record says who and how", () =>
    Effect.gen(function* () {
      const { serve, flow } = release()
      const server = yield* RemoteServer.make([flow])
      const fiber = yield* Effect.forkChild(
        server.halte(["run", "release", "--param", "to=beta", "--progress", "lines"])
      )
      const id = yield* startedId(server)
      const hand = yield* serve.begun(id)
      yield* hand.succeed()
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0, stderr)
      for (const text of [`release started ${id} to=beta`, "build │ compiled", "ship completed"])
        assert.include(stdout, text)
      assert.include(stderr, "✓ release completed 3 of 3 steps")
      const [first] = yield* server.executions.list()
      assert.deepInclude(first, { flow: "release", source: "Cli" })
      assert.isString(first!.by)
    })
  )

  it.live(
    "checks params by the server's schema before it starts anything; what only the server can check it says",
    () =>
      Effect.gen(function* () {
        const flow = yield* FlowFile.fromText(
          `halte: 1
name: publish
params:
  version: { type: string, pattern: '^\\d+$', description: What to publish }
  workers: { type: integer, default: 2 }
  token: { type: string, secret: true, env: HALTE_TEST_NO_SUCH_TOKEN }
steps:
  ask: { gate: Go on? }
`,
          "publish.flow.yaml"
        )
        const server = yield* RemoteServer.make([flow.flow as never])
        const wrong = yield* server.halte(["run", "publish", "--param", "versoin=1", "--param", "workers=many"])
        assert.strictEqual(wrong.code, 2)
        for (const text of [
          "Flow `publish` does not accept these params:",
          "`versoin` is no param of this flow. Did you mean `version`?",
          "`many` is not a whole number",
          "`version` is missing: What to publish. Give it with `--param version=…`",
          "(code: invalid-params)"
        ])
          assert.include(wrong.stderr, text)
        const secret = yield* server.halte(["run", "publish", "--param", "version=1"])
        assert.strictEqual(secret.code, 2)
        assert.include(
          secret.stderr,
          "`token` is missing, and the environment variable `HALTE_TEST_NO_SUCH_TOKEN` is not set"
        )
        assert.deepStrictEqual(yield* server.executions.list(), [])
        const answered = yield* server.halte([
          ...["run", "publish", "--param", "version=1", "--param", "token=s3cret-token"],
          ...["--answer", "ask=true", "--progress", "lines"]
        ])
        assert.strictEqual(answered.code, 0, answered.stderr)
        assert.notInclude(answered.stdout + answered.stderr, "s3cret-token")
        const unknown = yield* server.halte(["run", "publish", "--answer", "aks=true"])
        assert.include(unknown.stderr, "Did you mean `ask`?")
      })
  )

  it.live("explains a flow that is not there, and sends no file", () =>
    Effect.gen(function* () {
      const server = yield* RemoteServer.make([release().flow])
      const { url } = server
      const said = (args: ReadonlyArray<string>) =>
        Effect.map(server.halte(args), ({ code, stderr, stdout }) => {
          assert.deepStrictEqual([code, stdout], [2, ""])
          return stderr.replaceAll(/\s+/g, " ").trim()
        })
      assert.strictEqual(
        yield* said(["run", "relase"]),
        `\`${url}\` has no flow \`relase\`. Did you mean \`release\`? A server runs the flows of its own project, and is sent no files. (code: flow-not-found)`
      )
      assert.include(yield* said(["graph", "import"]), `\`${url}\` has no flow \`import\`. It has \`release\`.`)
      const directory = yield* Repository.scratch("remote")
      const file = join(directory, "import.flow.yaml")
      writeFileSync(file, "halte: 1\nname: import\nsteps:\n  one: { run: echo }\n")
      assert.strictEqual(
        yield* said(["run", file]),
        `\`${url}\` has no flow \`import\`. It has \`release\`. A server is sent no files: bring \`${file}\` into its project, or run it here without a server. (code: flow-not-found)`
      )
      writeFileSync(file, "halte: 1\nname: release\nsteps:\n  one: { run: echo }\n")
      const differs = yield* said(["run", file])
      assert.include(
        differs,
        `Flow \`release\` of \`${url}\` is another one than that of \`${file}\`: its fingerprint is `
      )
      assert.include(
        differs,
        `Nothing was started. Make the two files the same, or run the one of the server: halte run release --server ${url} (code: flow-differs)`
      )
      assert.deepStrictEqual(yield* server.executions.list(), [])
    })
  )

  it.live("takes a file here for the flow of the server where both are the same, with the file's variables", () =>
    Effect.gen(function* () {
      const text = "halte: 1\nname: ask\nparams:\n  to: { type: string }\nsteps:\n  ask: { gate: Go on? }\n"
      const directory = yield* Repository.scratch("remote")
      const file = join(directory, "ask.flow.yaml")
      writeFileSync(file, `# Comments do not count.\n${text}`)
      const loaded = yield* FlowFile.fromText(text, "elsewhere.flow.yaml")
      const server = yield* RemoteServer.make([loaded.flow as never])
      const { code, stderr } = yield* server.halte([
        ...["run", file, "--param", "to=beta", "--answer", "ask=true", "--progress", "lines"]
      ])
      assert.strictEqual(code, 0, stderr)
      const [only] = yield* server.executions.list()
      assert.deepInclude(only, { flow: "ask", status: "Completed" })
    })
  )
})

describe("halte resume --server", () => {
  it.live("begins the next attempt there, and says the same as one here", () =>
    Effect.gen(function* () {
      const server = yield* interrupted
      const { id, serve } = server
      const attempt = (halte: RemoteServer.RemoteServer["halte"]) =>
        Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(halte(["resume", id, "--progress", "lines"]))
          const hand = yield* serve.begun(id)
          yield* ExecutionHandle.make(server.executions, id).interrupt({ source: "Page", by: "mira" })
          yield* hand.stopHalfWay()
          return yield* Fiber.join(fiber)
        })
      const there = yield* attempt(server.halte)
      const here = yield* attempt(server.here)
      const mask = (said: typeof there) => ({
        code: said.code,
        stdout: RemoteServer.masked(said.stdout, server.url).replace("attempt 3", "attempt 2"),
        stderr: RemoteServer.masked(said.stderr, server.url)
      })
      assert.deepStrictEqual(mask(there), mask(here))
      assert.strictEqual(there.code, 130)
      assert.include(there.stderr, `Resume with:    halte resume ${id} --server ${server.url}`)
      assert.strictEqual((yield* server.executions.get(id)).attempt, 3)
    })
  )

  it.live("is offered by `halte --server` alone, in a terminal", () =>
    Effect.gen(function* () {
      const server = yield* interrupted
      const questions: Array<string> = []
      const left = yield* server.halte([], { answers: ["Leave"], questions })
      assert.deepStrictEqual([left.code, questions.length], [0, 1])
      assert.include(left.stdout, "1 execution can go on.")
      const fiber = yield* Effect.forkChild(server.halte([], { answers: ["release"] }))
      yield* (yield* server.serve.begun(server.id)).succeed()
      assert.strictEqual((yield* Fiber.join(fiber)).code, 0)
    })
  )
})

describe("a server that HALTE_SERVER names", () => {
  it.live("is not repeated in commands that are shown, since the environment says it", () =>
    Effect.gen(function* () {
      const server = yield* interrupted
      const { stdout } = yield* server.byVariable(["show", server.id])
      assert.include(stdout, `halte resume ${server.id}`)
      assert.notInclude(stdout, "--server")
    })
  )

  it.live("says how to start where nothing has been run there", () =>
    Effect.gen(function* () {
      const server = yield* RemoteServer.make([release().flow])
      assert.strictEqual(
        (yield* server.halte(["list"])).stdout,
        `Nothing has been run there yet.\nStart with:  halte run release --server ${server.url}\n`
      )
    })
  )

  it.live("runs no single commands, and says so", () =>
    Effect.gen(function* () {
      const server = yield* RemoteServer.make([release().flow])
      const { code, stderr } = yield* server.halte(["exec", "--", "true"])
      assert.deepStrictEqual(
        [code, stderr],
        [2, `\`${server.url}\` runs flows, and no single commands.\n(code: flow-not-found)\n`]
      )
    })
  )
})

/** The id of the execution that is started by a command under way. */
const startedId = (server: RemoteServer.RemoteServer): Effect.Effect<ExecutionId.ExecutionId> =>
  Effect.gen(function* () {
    let id: ExecutionId.ExecutionId | undefined
    yield* Bounded.eventually(() => {
      Effect.runFork(Effect.map(server.executions.list(), ([first]) => (id = first?.id)))
      return id !== undefined
    }, "the execution")
    return id!
  })
