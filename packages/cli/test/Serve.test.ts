/** `halte serve` in this process: what it serves, what it says, and how it ends. */
import { createServer } from "node:net"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { ProjectDirectory, ServerRecord } from "@halte/sdk/node"
import * as CommandRun from "./CommandRun.ts"
import * as Serving from "./Serving.ts"

const { eventually, oneLine } = Serving

const quick = (name: string, run = "echo done") => `halte: 1\nname: ${name}\nsteps:\n  one: { run: ${run} }\n`

/** A served project with a flow `held` that is held by its clean-up until the file `go` is there. */
const holding = (given: Parameters<typeof Serving.serve>[1] = {}) =>
  Effect.gen(function* () {
    const project = yield* Serving.project
    project.write("hold.sh", Serving.hold)
    project.write("held.flow.yaml", Serving.holding("held"))
    project.write("quick.flow.yaml", quick("quick"))
    const server = yield* Serving.serve(project, given)
    const id = yield* server.start("held")
    yield* eventually(() => project.read("ready") !== "", "the program to run")
    return { ...project, server, id, go: Effect.sync(() => project.write("go", "")) }
  })

const ended = (server: Serving.Server, id: string, status: string) =>
  Effect.gen(function* () {
    for (;;) {
      const state = yield* server.state(id)
      if (state.status === status) return state
      assert.notInclude(["Completed", "Failed", "Interrupted", "Terminated"], state.status)
      yield* Effect.sleep(5)
    }
  })

describe("halte serve", () => {
  it.live("serves the flow files of its project, and says in one line of JSON how it is reached", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      project.write("b.flow.yaml", quick("beta"))
      project.write("sub/a.flow.yaml", `description: First.\n${quick("alpha")}`)
      const server = yield* Serving.serve(project)
      assert.strictEqual(server.stdout().trimEnd().split("\n").length, 1)
      const { signInUrl, ...said } = server.said
      assert.match(String(signInUrl), new RegExp(`^${server.url}/#code=.+`))
      assert.deepStrictEqual(said, {
        type: "server",
        version: 1,
        project: project.directory.split("/").at(-1),
        directory: project.directory,
        flows: [
          { name: "alpha", file: join("sub", "a.flow.yaml"), description: "First." },
          { name: "beta", file: "b.flow.yaml" }
        ],
        command: true,
        url: server.url,
        tokenFile: join(project.directory, `.halte/run/server-${new URL(server.url).port}.token`),
        urls: [server.url],
        pid: process.pid
      })
      const { body } = yield* server.get("/flows")
      const { flows } = body as { readonly flows: ReadonlyArray<{ readonly name: string }> }
      assert.deepStrictEqual(
        flows.map(({ name }) => name),
        ["alpha", "beta", "command"]
      )
      const info = (yield* server.get("/server")).body as { readonly [key: string]: unknown }
      assert.deepStrictEqual([info["project"], info["command"], info["only"]], [said["project"], true, undefined])
      assert.strictEqual((yield* server.get("/health/ready")).status, 200)
      assert.include((yield* server.get("/metrics")).body as string, "# HELP")
      assert.strictEqual(server.stderr(), "")
      const place = ProjectDirectory.find({ dir: project.directory })
      assert.deepStrictEqual(
        ServerRecord.all(place).map(({ url }) => url),
        [server.url]
      )
    })
  )

  it.live("says to a person what is served, where to open it, and how to stop it", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      project.write("a.flow.yaml", quick("alpha"))
      const server = yield* Serving.serve(project, { json: false })
      const said = server.stdout()
      assert.match(said, /^Halte serves halte-serve-\w+: 1 flow and single commands\. /)
      assert.match(said, /^ {2}alpha {2}a\.flow\.yaml$/m)
      assert.match(said, new RegExp(`^Open +${server.url}/#code=\\S+$`, "m"))
      assert.match(said, new RegExp(`^Programs +${server.url} with the token in \\S+\\.token$`, "m"))
      assert.match(said, /^Stop +Ctrl-C: /m)
      assert.notInclude(said, server.token)
    })
  )

  it.live("without a flow file says so, serves all the same, and serves the first one as soon as it is there", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      const server = yield* Serving.serve(project, { json: false, noCommand: true })
      assert.include(oneLine(server.stdout()), ": no flow. ")
      assert.include(server.stdout(), "halte init")
      assert.strictEqual((yield* server.post("/flows/first/executions")).status, 404)
      project.write("first.flow.yaml", quick("first"))
      yield* ended(server, yield* server.start("first"), "Completed")
    })
  )

  it.live("starts a flow as its file is now, and refuses it with its mistakes while it is wrong", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      project.write("a.flow.yaml", quick("a", "echo 1 >>ran"))
      project.write("b.flow.yaml", quick("b"))
      const server = yield* Serving.serve(project)
      yield* ended(server, yield* server.start("a"), "Completed")
      project.write("a.flow.yaml", quick("a", "echo 2 >>ran"))
      yield* ended(server, yield* server.start("a"), "Completed")
      assert.strictEqual(project.read("ran"), "1\n2\n", "it works in the directory of the project")
      project.write("a.flow.yaml", quick("a").replace("run:", "rnu:"))
      const refused = yield* server.post("/flows/a/executions")
      assert.deepStrictEqual([refused.status, (refused.body as { readonly code: string }).code], [422, "flow-invalid"])
      assert.include(JSON.stringify(refused.body), '"file":"a.flow.yaml","line":4')
      yield* ended(server, yield* server.start("b"), "Completed")
      const { body } = yield* server.get("/flows")
      assert.include(JSON.stringify(body), '"name":"a"', "it is still there to be looked at")
      assert.include(server.stderr(), "`a.flow.yaml` can't be started as it is now. Other flows can.")
      assert.include(server.stderr(), "a.flow.yaml:4:")
      project.write("a.flow.yaml", quick("a", "echo 3 >>ran"))
      yield* ended(server, yield* server.start("a"), "Completed")
      assert.include(server.stderr(), "`a.flow.yaml` is right again: flow `a` can be started.")
    })
  )

  it.live("starts none of two flows of one name, and names both files", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      project.write("a.flow.yaml", quick("same"))
      project.write("b.flow.yaml", quick("same"))
      project.write("command.flow.yaml", quick("command"))
      const server = yield* Serving.serve(project)
      const said = oneLine(server.stderr())
      assert.include(said, "2 files name their flow `same`: `a.flow.yaml`, `b.flow.yaml`. It can't be started")
      assert.include(said, "`command.flow.yaml` names its flow `command`, as single commands are called")
      assert.deepStrictEqual(server.said["flows"], [])
      const refused = yield* server.post("/flows/same/executions")
      assert.deepStrictEqual([refused.status, (refused.body as { code: string }).code], [422, "flow-invalid"])
      assert.include(JSON.stringify(refused.body), "flow-name-taken")
    })
  )

  it.live("serves only the files and directories that are named", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      project.write("a.flow.yaml", quick("a"))
      project.write("sub/b.flow.yaml", quick("b"))
      project.write("c.flow.yaml", quick("c"))
      const at = (name: string) => join(project.directory, name)
      const server = yield* Serving.serve(project, { flows: [at("a.flow.yaml"), at("sub")], noCommand: true })
      assert.deepStrictEqual(
        (server.said["flows"] as ReadonlyArray<{ readonly name: string }>).map(({ name }) => name),
        ["a", "b"]
      )
      const { status } = yield* server.post("/flows/command/executions", { params: { line: "true", graceMillis: 1 } })
      assert.strictEqual(status, 404, "no single commands")
      assert.strictEqual(((yield* server.get("/server")).body as { command: boolean }).command, false)
    })
  )

  it.live(
    "R47 runs one command at a time, in the directory of the project, and names it to whoever wants another",
    () =>
      Effect.gen(function* () {
        const project = yield* Serving.project
        project.write("hold.sh", Serving.hold)
        project.write("go", "")
        const server = yield* Serving.serve(project)
        const params = { line: ["sh", "hold.sh"], graceMillis: 20_000 }
        const answers = yield* Effect.all(
          Array.from({ length: 5 }, () => server.post("/flows/command/executions", { params })),
          { concurrency: "unbounded" }
        )
        const started = answers.filter(({ status }) => status === 202)
        assert.strictEqual(started.length, 1)
        const { id } = started[0]!.body as { readonly id: string }
        for (const { body, status } of answers)
          if (status !== 202) assert.deepInclude(body as object, { status: 409, code: "flow-busy", executionId: id })
        yield* eventually(() => project.read("ready") !== "", "the command to run")
        assert.strictEqual((yield* server.state(id)).params["directory"], project.directory)
        yield* server.post(`/executions/${id}/interrupt`)
        yield* ended(server, id, "Interrupted")
        const again = yield* server.start("command", { line: "true", graceMillis: 0 })
        yield* ended(server, again, "Completed")
      })
  )

  it.live("tells of each request in a line of JSON with --verbose, and never of a token", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      const server = yield* Serving.serve(project, { verbose: true })
      const { headers } = yield* server.get("/executions?limit=1")
      yield* eventually(() => server.stderr().includes("\n"), "the line of the request")
      const line = JSON.parse(server.stderr().split("\n", 1)[0]!) as { readonly [key: string]: unknown }
      assert.deepStrictEqual(
        [line["method"], line["path"], line["status"], line["requestId"]],
        ["GET", "/executions", 200, headers.get("x-request-id")]
      )
      assert.notInclude(server.stderr(), server.token)
    })
  )

  it.live("warns when other machines can connect, and when the project is served already", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      const first = yield* Serving.serve(project)
      const second = yield* Serving.serve(project, { host: "0.0.0.0" }).pipe(Effect.timeout("10 seconds"))
      assert.include(oneLine(second.stderr()), `This project is served already at ${first.url}. Both go on.`)
      assert.include(oneLine(second.stderr()), "Other machines can connect: ")
      assert.include(oneLine(second.stderr()), "--allow-host")
      assert.notInclude(first.stderr(), "Other machines")
    })
  )
})

describe("the end of halte serve", () => {
  it.live("R12 comes at once when nothing runs, with the exit code 0, and leaves no record and no listener", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      const server = yield* Serving.serve(project)
      assert.isAbove(server.listeners(), 0)
      server.signal("SIGINT")
      assert.strictEqual(yield* server.end, 0)
      assert.include(oneLine(server.stderr()), "Stopping (SIGINT). Nothing new starts here.")
      assert.include(server.stderr(), "Nothing was running.")
      assert.deepStrictEqual(project.records(), [])
      assert.strictEqual(server.listeners(), 0)
    })
  )

  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129]
  ] as const)
    it.live(
      `asks what runs to stop at ${signal}, takes no more work, is watched to the end, and exits with ${code}`,
      () =>
        Effect.gen(function* () {
          const { go, id, read, server } = yield* holding()
          const watched = fetch(`${server.url}/executions/${id}/events`, {
            headers: { authorization: `Bearer ${server.token}`, accept: "application/x-ndjson" }
          }).then((response) => response.text())
          server.signal(signal)
          yield* eventually(() => read("told") !== "", "the SIGTERM of the program")
          const ready = yield* server.get("/health/ready")
          assert.deepStrictEqual([ready.status, ready.headers.get("retry-after") === null], [503, false])
          assert.strictEqual((yield* server.post("/flows/quick/executions")).status, 503)
          assert.strictEqual((yield* server.state(id)).status, "Interrupting")
          assert.deepStrictEqual(
            (yield* server.state(id)).requests.map(({ signal: { source } }) => source),
            ["Shutdown"]
          )
          yield* eventually(() => server.stderr().includes("still running"), "the promise")
          assert.include(oneLine(server.stderr()), `Stopping (${signal}). Nothing new starts here.`)
          assert.include(oneLine(server.stderr()), "1 execution was asked to stop. Will stop within 20.5 s.")
          assert.include(server.stderr(), `still running: held …${id.slice(-6)}: hold`)
          yield* go
          assert.strictEqual(yield* server.end, code)
          const events = (yield* Effect.promise(() => watched)).trimEnd().split("\n")
          assert.include(events.at(-1), '"type":"execution-ended"')
          assert.include(
            server.stderr(),
            `held …${id.slice(-6)} interrupted after 0 of 2 steps. Resume with: halte resume ${id}`
          )
          assert.deepStrictEqual([read("told"), read("cleaned"), read("after")], ["told\n", "cleaned\n", ""])
        })
    )

  it.live("ends what runs by force at the second signal, and says what may be half done", () =>
    Effect.gen(function* () {
      const { id, read, server } = yield* holding()
      server.signal("SIGINT")
      yield* eventually(() => read("told") !== "", "the SIGTERM of the program")
      yield* eventually(() => server.stderr().includes("still running"), "the promise")
      server.signal("SIGTERM")
      assert.strictEqual(yield* server.end, 137)
      assert.include(
        oneLine(server.stderr()),
        "Terminating (SIGTERM). May be left half done: hold. A third signal leaves at once."
      )
      assert.include(server.stderr(), `held …${id.slice(-6)} terminated after 0 of 2 steps.`)
      assert.strictEqual(read("cleaned"), "")
    })
  )

  it.live("exits with 0 when what ran came to its end after all", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      project.write("hold.sh", "echo ready >>ready\nwhile [ ! -e go ]; do sleep 0.02; done\n")
      project.write(
        "a.flow.yaml",
        "halte: 1\nname: a\nsteps:\n  one: { run: [sh, hold.sh], on-interrupt: finish, timeout: 1m }\n"
      )
      const server = yield* Serving.serve(project)
      const id = yield* server.start("a")
      yield* eventually(() => project.read("ready") !== "", "the program to run")
      server.signal("SIGINT")
      yield* eventually(() => server.stderr().includes("still running"), "the promise")
      project.write("go", "")
      assert.strictEqual(yield* server.end, 0)
      assert.include(server.stderr(), `a …${id.slice(-6)} completed.`)
    })
  )

  it.live("stops several at once, also one that waits for its place and one that is paused", () =>
    Effect.gen(function* () {
      const { go, id, read, server } = yield* holding({ maxExecutions: Option.some(2) })
      const second = yield* server.start("held")
      yield* eventually(() => read("ready") === "ready\nready\n", "both programs to run")
      yield* server.post(`/executions/${second}/pause`)
      const queued = yield* server.start("quick")
      assert.strictEqual((yield* server.state(queued)).status, "Pending")
      yield* go
      server.signal("SIGINT")
      assert.strictEqual(yield* server.end, 130)
      for (const one of [id, second, queued])
        assert.match(server.stderr(), new RegExp(`…${one.slice(-6)} interrupted after 0 of`))
    })
  )
})

describe("halte serve, when it can't", () => {
  const run = (args: ReadonlyArray<string>, from: string) =>
    Effect.flatMap(CommandRun.make([]), ({ halte }) => halte(["serve", "--project", from, ...args]))

  it.live("says which port is taken", () =>
    Effect.gen(function* () {
      const { directory, records } = yield* Serving.project
      const other = createServer()
      const port = yield* Effect.acquireRelease(
        Effect.callback<number>((resume) => {
          other.listen(0, "127.0.0.1", () => resume(Effect.succeed((other.address() as { port: number }).port)))
        }),
        () => Effect.sync(() => void other.close())
      )
      const { code, stderr, stdout } = yield* run(["--port", String(port)], directory)
      assert.deepStrictEqual([code, stdout], [69, ""])
      assert.include(stderr, `No server can listen on \`127.0.0.1:${port}\`: port ${port} is taken by another program`)
      assert.include(stderr, "(code: port-taken)")
      assert.deepStrictEqual(records(), [])
    })
  )

  it.live("says what is wrong with a port, a host, a name and a flow", () =>
    Effect.gen(function* () {
      const { directory } = yield* Serving.project
      const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
        [["--port", "70000"], /a port is a whole number from 0 to 65535/],
        [["--port", "0", "--host", "http://x"], /is no host/],
        [["--port", "0", "--allow-host", "a b"], /is no name to allow/],
        [["nothing-like-this"], /There is no flow `nothing-like-this`/]
      ]
      for (const [args, text] of wrong) {
        const { code, stderr } = yield* run(args, directory)
        assert.strictEqual(code, 2, args.join(" "))
        assert.match(stderr, text)
      }
    })
  )
})
