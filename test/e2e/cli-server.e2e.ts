/** The command line as a client of a real `halte serve`: what it shows, how it stops, what it survives. */
import { readdirSync } from "node:fs"
import { userInfo } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DurableProject from "../support/DurableProject.ts"
import { eventually } from "../support/Eventually.ts"
import type * as Program from "../support/Program.ts"

/** Each of these starts `halte` several times: a second on an idle machine, several on a busy one. */
const ceiling = 360_000

const me = userInfo().username

/** A project, and its server. Clients that are started in its directory find the token by themselves. */
const served = (port = "0") =>
  Effect.gen(function* () {
    const project = yield* DurableProject.make()
    const { server, url } = yield* serve(project, port)
    return { project, server, url, env: { HALTE_SERVER: url } }
  })

const serve = (project: DurableProject.DurableProject, port: string) =>
  Effect.gen(function* () {
    const server = yield* project.start(["serve", "--port", port])
    const [, url] = yield* server.stdout.waitFor(/^Open +(http:\/\/127\.0\.0\.1:\d+)\//m)
    return { server, url: url! }
  })

/** What is alike in the texts of two executions. */
const masked = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "TIME")
    .replaceAll(/\b\d\d:\d\d(:\d\d(\.\d+)?)?\b/g, "TIME")
    .replaceAll(/[0-9A-HJKMNP-TV-Z]{20}/g, "ID")
    .replaceAll(/…[0-9A-HJKMNP-TV-Z]{6}/g, "…ID")
    .replaceAll(/[+≤]?\b\d+m \d\ds|[+≤]?\b\d+(\.\d+)? m?s\b/g, "TOOK")
    .replaceAll(/just now|\d+ (s|min) ago/g, "AGO")
    .replaceAll(/"(at|\w+At|\w+Millis|pid|group)":[\d.]+/g, '"$1":0')
    .replaceAll(/"(mark|startTime)":("[^"]*"|\d+)/g, '"$1":""')
    // In the list of processes.
    .replaceAll(/\b\d{2,7} (?=echo |sh )/g, "PID ")
    .replaceAll(/ +/g, " ")

const saidBy = (program: Program.Program, code: number | null) => ({
  code,
  stdout: masked(program.stdout.text),
  stderr: masked(program.stderr.text)
})

describe("R46 the same flow here and by a server", () => {
  /** Its number of processes is the same at any moment, and its shell says nothing of its own. */
  const steady = (project: DurableProject.DurableProject) =>
    project.write(
      "hold.sh",
      `exec 2>/dev/null
trap 'exit 0' TERM
if [ ! -e again ]; then
  sleep 1000 &
  echo ready hold
  wait
fi
echo ready hold
while [ ! -e go ]; do sleep 0.05; done
`
    )

  /** Everything that is said from the start of an execution to what is told of it afterwards. */
  const story = (project: DurableProject.DurableProject, env?: Readonly<Record<string, string>>) =>
    Effect.gen(function* () {
      steady(project)
      const run = yield* project.start(["run", "build"], env)
      yield* run.stdout.waitFor("ready hold")
      yield* run.signal("SIGINT")
      const interrupted = saidBy(run, (yield* run.end()).code)
      const id = yield* DurableProject.idOf(run)
      const told: Record<string, unknown> = {}
      const tell = (args: ReadonlyArray<string>) =>
        Effect.map(project.run(args, env), ({ code, stderr, stdout }) => {
          told[args.filter((arg) => arg !== id).join(" ")] = { code, stdout: masked(stdout), stderr: masked(stderr) }
        })
      for (const args of [
        ["list"],
        ["list", "--json"],
        ["show", id],
        ["show", id, "--json"],
        ["logs", id],
        ["watch", id]
      ])
        yield* tell(args)
      project.write("again", "")
      const resumed = yield* project.start(["resume", id], env)
      yield* resumed.stdout.waitFor("ready hold")
      yield* project.go
      const completed = saidBy(resumed, (yield* resumed.end()).code)
      const json = yield* project.run(["run", "build", "--json"], env)
      return { interrupted, told, completed, json: { code: json.code, stdout: masked(json.stdout) } }
    })

  it.live(
    "says the same, byte for byte: run, SIGINT, list, show, logs, watch, resume, and the codes",
    () =>
      Effect.gen(function* () {
        const local = yield* story(yield* DurableProject.make())
        const { env, project, server } = yield* served()
        const there = yield* story(project, env)
        assert.deepStrictEqual(there, local)
        assert.deepStrictEqual([there.interrupted.code, there.completed.code, there.json.code], [130, 0, 0])
        assert.include(there.interrupted.stderr, "Interrupt requested (SIGINT).")
        const [graph, drawn] = [
          yield* project.run(["graph", "build", "--format", "json"], env),
          yield* project.run(["graph", "build", "--format", "json"])
        ]
        assert.deepStrictEqual([graph.code, graph.stdout], [0, drawn.stdout])
        // The server has stayed, and its processes are gone.
        const stored = yield* project.recorded
        assert.deepStrictEqual(
          stored.map(({ state }) => state.status),
          ["Completed", "Completed"]
        )
        assert.deepStrictEqual(
          stored[1]!.state.requests.map(({ signal: { by, source, via } }) => [source, by, via]),
          [["Cli", me, "SIGINT"]]
        )
        yield* server.signal("SIGTERM")
        yield* server.end()
        yield* server.marked.gone()
      }),
    ceiling
  )

  it.live(
    "shows the same tree in a terminal, and the same report after a Ctrl-C",
    () =>
      Effect.gen(function* () {
        const seen = (project: DurableProject.DurableProject, env?: Readonly<Record<string, string>>) =>
          Effect.gen(function* () {
            steady(project)
            const run = yield* project.terminal(["run", "build"], env)
            yield* run.screen.waitFor(/◐ hold +\S+ m?s +ready hold/)
            // Times aside, a frame of it.
            const frame = masked(run.screen.text)
              .split("\n")
              .filter((line) => !/^(build ID|\S Running)/.test(line))
            yield* run.type("\u0003")
            const { code } = yield* run.end()
            return { code, frame, screen: masked(run.screen.text) }
          })
        const local = yield* seen(yield* DurableProject.make())
        const { env, project } = yield* served()
        assert.deepStrictEqual(yield* seen(project, env), local)
        assert.strictEqual(local.code, 130)
      }),
    ceiling
  )
})

describe("R45 a run of a server", () => {
  it.live(
    "goes on when its terminal is killed, can be watched from another directory, and is stopped twice without harm (R42)",
    () =>
      Effect.gen(function* () {
        const { env, project, server, url } = yield* served()
        const run = yield* project.start(["run", "build"], env)
        const id = yield* DurableProject.idOf(run)
        yield* run.stdout.waitFor("ready hold")
        yield* run.signal("SIGKILL")
        yield* run.end()
        assert.strictEqual((yield* project.newest).state.status, "Running")

        const elsewhere = yield* DurableProject.make()
        const refused = yield* elsewhere.run(["watch", id, "--server", url])
        assert.deepStrictEqual([refused.code, refused.said.includes("wants a token")], [69, true], refused.said)
        const token = readdirSync(join(project.directory, ".halte/run")).find((name) => name.endsWith(".token"))!
        const key = join(project.directory, ".halte/run", token)
        const watch = yield* elsewhere.start(["watch", id, "--server", url, "--token-file", key])
        yield* watch.stdout.waitFor("hold running")
        const asked = yield* project.run(["interrupt", id, "--reason", "enough", "--wait"], env)
        assert.strictEqual(asked.code, 0, asked.said)
        assert.strictEqual((yield* watch.end()).code, 130)
        assert.include(
          DurableProject.oneLine(watch.stderr.text),
          `Resume with: halte resume ${id} --server ${url} --token-file ${key}`
        )
        const late = yield* project.run(["interrupt", id], env)
        assert.deepStrictEqual([late.code, late.said.includes("had ended as Interrupted")], [0, true])
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned"])
        assert.strictEqual(yield* stillServes(project, server), true)
      }),
    ceiling
  )

  it.live(
    "R35 is terminated by the second Ctrl-C, in a terminal; the server stays",
    () =>
      Effect.gen(function* () {
        const { env, project, server } = yield* served()
        project.write(
          "deaf.flow.yaml",
          "halte: 1\nname: deaf\nsteps:\n  hold: { run: [sh, stubborn.sh, hold], grace: 60s }\n"
        )
        const run = yield* project.terminal(["run", "deaf"], env)
        yield* run.screen.waitFor(/ready hold/)
        yield* run.type("\u0003")
        yield* run.screen.waitFor("Will stop within 1m 01s")
        yield* run.type("\u0003")
        assert.strictEqual((yield* run.end()).code, 137)
        assert.match(run.screen.text, /deaf terminated after 0 of 1 step/)
        assert.strictEqual((yield* project.newest).state.status, "Terminated")
        assert.strictEqual(yield* stillServes(project, server), true)
      }),
    ceiling
  )

  it.live(
    "finds its server again that was killed and started anew under another token, and sees what became of it",
    () =>
      Effect.gen(function* () {
        const { env, project, server, url } = yield* served()
        const run = yield* project.start(["run", "build"], env)
        const tree = yield* project.terminal(["watch", yield* DurableProject.idOf(run)], env)
        yield* run.stdout.waitFor("ready hold")
        yield* tree.screen.waitFor(/◐ hold/)
        yield* server.signal("SIGKILL")
        yield* run.stderr.waitFor(`Connection to ${url} lost; trying again…`)
        yield* tree.screen.waitFor(new RegExp(`^Connection to ${url} lost .* ago; trying again…$`, "m"))
        yield* server.marked.gone()
        const again = yield* serve(project, new URL(url).port)
        assert.strictEqual(again.url, url)
        assert.strictEqual((yield* run.end()).code, 130)
        assert.strictEqual((yield* tree.end()).code, 130)
        assert.lengthOf(run.stderr.text.split("Connection to"), 3, run.stderr.text)
        assert.include(run.stderr.text, `Connection to ${url} is back.`)
        assert.match(tree.screen.text, new RegExp(`^Connection to ${url} was lost for .* and is back\\.$`, "m"))
        assert.lengthOf(run.stdout.text.split("hold running"), 2, "no event is shown twice")
        assert.match(run.stderr.text, /build interrupted after 1 of 3 steps/)
      }),
    ceiling
  )

  it.live(
    "says in a terminal that a Ctrl-C could not be sent, and leaves at the next: exit code 69, and how to look again",
    () =>
      Effect.gen(function* () {
        const { env, project, server, url } = yield* served()
        const run = yield* project.terminal(["run", "build"], env)
        yield* run.screen.waitFor(/ready hold/)
        yield* server.signal("SIGKILL")
        yield* run.screen.waitFor(/lost .* ago; trying again…/)
        yield* run.type("\u0003")
        yield* run.screen.waitFor("The request could not be sent")
        yield* run.type("\u0003")
        assert.strictEqual((yield* run.end()).code, 69)
        const said = DurableProject.oneLine(run.screen.text)
        assert.include(said, `^C Interrupt requested. Asking ${url} to interrupt it, though the connection is lost…`)
        assert.include(
          said,
          "nobody listens there. Press Ctrl-C again to leave; what runs there is not stopped by that."
        )
        assert.include(said, `^C Left. What runs on ${url} is not stopped by that.`)
        const { id } = yield* project.newest
        assert.include(said, `Look at it again: halte watch ${id}`)
      }),
    ceiling
  )

  it.live(
    "asks for secrets without echo, and keeps them out of arguments, records and output",
    () =>
      Effect.gen(function* () {
        const { env, project } = yield* served()
        project.write(
          "publish.flow.yaml",
          `halte: 1
name: publish
params:
  to: { type: string, description: Where to }
  token: { type: string, secret: true, env: PUBLISH_TOKEN }
steps:
  publish:
    run: 'printf "%s %s\\n" "$TO" "$KEY" >published; echo "with $KEY"'
    env: { TO: "\${{ params.to }}", KEY: "\${{ params.token }}" }
`
        )
        const run = yield* project.terminal(["run", "publish", "--progress", "lines"], env)
        yield* run.screen.waitFor("to (Where to)")
        yield* run.type("beta\r")
        yield* run.screen.waitFor(/token/)
        yield* run.type("s3cret-of-mine\r")
        assert.strictEqual((yield* run.end()).code, 0, run.screen.text)
        assert.notInclude(run.screen.text, "s3cret-of-mine")
        assert.deepStrictEqual(project.lines("published"), ["beta s3cret-of-mine"])
        assert.notInclude(JSON.stringify((yield* project.recorded).map(({ events }) => events)), "s3cret-of-mine")
        // A file of the same flow here says which variable is meant.
        const file = yield* project.run(["run", "./publish.flow.yaml", "--param", "to=alpha"], {
          ...env,
          PUBLISH_TOKEN: "s3cret-of-mine"
        })
        assert.strictEqual(file.code, 0, file.said)
        assert.deepStrictEqual(project.lines("published"), ["alpha s3cret-of-mine"])
      }),
    ceiling
  )
})

describe("halte exec --server", () => {
  it.live(
    "runs one command where the server is: its output, its code, and the Ctrl-C of here",
    () =>
      Effect.gen(function* () {
        const { project, url } = yield* served()
        const done = yield* project.run(["exec", "--server", url, "--", "sh", "-c", "pwd; exit 7"])
        assert.deepStrictEqual([done.code, done.stdout.trim()], [7, project.directory], done.said)
        const held = yield* project.start(["exec", "--server", url, "--grace", "5s", "--", "sh", "hold.sh", "exec"])
        yield* held.stdout.waitFor("ready exec")
        yield* held.signal("SIGINT")
        assert.strictEqual((yield* held.end()).code, 130)
        assert.include(held.stderr.text, "⏹ Command interrupted by user")
        assert.deepStrictEqual(project.lines("exec.log"), ["begun", "cleaned"])
      }),
    ceiling
  )

  it.live(
    "is not there where a server runs flows only",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const server = yield* project.start(["serve", "--port", "0", "--no-command"])
        const [, url] = yield* server.stdout.waitFor(/^Open +(http:\/\/127\.0\.0\.1:\d+)\//m)
        const said = yield* project.run(["exec", "--server", url!, "--", "true"])
        assert.deepStrictEqual(
          [said.code, said.said.includes("runs flows, and no single commands")],
          [2, true],
          said.said
        )
      }),
    ceiling
  )
})

const stillServes = (project: DurableProject.DurableProject, server: Program.Program) =>
  Effect.gen(function* () {
    yield* eventually(() => server.marked.alive().length > 0, "the server", { millis: 1000 })
    return (yield* project.run(["list", "--server", urlOf(server)])).code === 0
  })

const urlOf = (server: Program.Program): string =>
  /^Open +(http:\/\/127\.0\.0\.1:\d+)\//m.exec(server.stdout.text)?.[1] ?? assert.fail("no address")
