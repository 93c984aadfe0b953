/** `halte serve` as a person and their programs have it: the real binary, real signals, HTTP from outside. */
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as DurableProject from "../support/DurableProject.ts"
import { eventually } from "../support/Eventually.ts"
import * as HttpCaller from "../support/HttpCaller.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

/** Each of these starts `halte` several times: a second on an idle machine, several on a busy one. */
const ceiling = 180_000

const serving = ["serve", "--port", "0"] as const

const served = (args: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const project = yield* DurableProject.make()
    const server = yield* project.start([...serving, ...args])
    yield* server.stdout.waitFor(/^Stop /m)
    return { project, server, http: yield* HttpCaller.ofProject(project.directory) }
  })

const records = (directory: string) => readdirSync(join(directory, ".halte/run"))

describe("halte serve", () => {
  it.live(
    "R3 P9 R47 prints its address; of two executions one is interrupted over HTTP and the other completes",
    () =>
      Effect.gen(function* () {
        const { http, project, server } = yield* served()
        const [, address] = yield* server.stdout.waitFor(/^Open +(http:\/\/127\.0\.0\.1:\d+\/#code=\S+)$/m)
        assert.isTrue(address!.startsWith(`${http.url}/#code=`))
        for (const name of records(project.directory).filter((one) => one.startsWith("server-")))
          assert.strictEqual(statSync(join(project.directory, ".halte/run", name)).mode & 0o777, 0o600)
        const unknown = yield* Effect.promise(() => fetch(`${http.url}/flows`, { headers: { connection: "close" } }))
        assert.strictEqual(unknown.status, 401)

        const [a, b] = [yield* http.start("build"), yield* http.start("build")]
        yield* eventually(() => project.lines("hold.log").length === 2, "both programs to run", { millis: 30_000 })
        const events = yield* http.events(a)
        const asked = yield* http.post(`/executions/${a}/interrupt`, { reason: "the other one is enough" })
        assert.strictEqual(asked.status, 202)
        assert.strictEqual((yield* events).at(-1)!["status"], "Interrupted")
        yield* project.go
        yield* http.until(b, "Completed")
        const stored = new Map((yield* project.recorded).map((one) => [one.id, one.state]))
        assert.deepStrictEqual(
          stored.get(a)!.requests.map(({ signal: { reason, source } }) => [source, reason]),
          [["Http", "the other one is enough"]]
        )
        assert.deepStrictEqual(stored.get(b)!.requests, [])
        assert.deepStrictEqual(project.lines("last.log"), ["ran"])

        // Another terminal of the project sees them, and goes on with the one that was stopped.
        const listed = yield* project.run(["list"])
        assert.include(listed.stdout, `…${a.slice(-6)}`)
        const resumed = yield* project.run(["resume", a])
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        yield* server.signal("SIGTERM")
        assert.deepStrictEqual(yield* server.end(), { code: 0, signal: null })
        assert.deepStrictEqual(records(project.directory), [])
      }),
    ceiling
  )

  it.live(
    "P5 answers an idempotency key after it was killed: with what it has started, also of the Command view",
    () =>
      Effect.gen(function* () {
        const { http, project, server } = yield* served()
        const start = (caller: HttpCaller.HttpCaller, flow: string, body: object) =>
          Effect.map(
            caller.post(`/flows/${flow}/executions`, body, { "idempotency-key": `${flow}-7` }),
            ({ json, status }) => ({ ...json, status }) as { status: number; id?: string; code?: string }
          )
        const command = { params: { line: "true", graceMillis: 500 } }
        const first = yield* start(http, "command", command)
        assert.strictEqual(first.status, 202, JSON.stringify(first))
        yield* http.until(first.id!, "Completed")
        const build = yield* start(http, "build", {})
        yield* eventually(() => project.lines("hold.log").length === 1, "the program to run", { millis: 30_000 })
        yield* server.signal("SIGKILL")
        yield* server.end()

        const next = yield* project.start(serving)
        yield* next.stdout.waitFor(/^Stop /m)
        const [, url] = yield* next.stdout.waitFor(/^Open +(http:\/\/127\.0\.0\.1:\d+)\//m)
        const again = yield* HttpCaller.ofProject(project.directory)
        assert.strictEqual(again.url, url, "the record of the one that was killed is gone")
        for (const [flow, body, { id }] of [
          ["build", {}, build],
          ["command", command, first]
        ] as const)
          assert.strictEqual((yield* start(again, flow, body)).id, id, flow)
        const other = yield* start(again, "build", { stopAfter: 1 })
        assert.deepStrictEqual([other.status, other.code], [422, "idempotency-key-reused"])
        assert.strictEqual((yield* project.recorded).length, 2)
        yield* next.signal("SIGTERM")
        assert.deepStrictEqual(yield* next.end(), { code: 0, signal: null })
      }),
    ceiling
  )

  it.live(
    "P3 P4 is ended by Ctrl-C in its terminal while a program runs: one SIGTERM, 130, nothing left, and it can go on",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const server = yield* project.terminal(serving)
        yield* server.screen.waitFor(/^Stop /m)
        const http = yield* HttpCaller.ofProject(project.directory)
        const id = yield* http.start("build")
        yield* eventually(() => project.lines("hold.log").length === 1, "the program to run", { millis: 30_000 })
        yield* server.type("\x03")
        assert.strictEqual((yield* server.end()).code, 130)
        const said = DurableProject.oneLine(server.screen.text)
        assert.include(said, "^C Stopping. Nothing new starts here. Press Ctrl-C again to terminate what runs.")
        assert.include(said, `build …${id.slice(-6)} interrupted after 1 of 3 steps. Resume with: halte resume ${id}`)
        yield* server.marked.gone()
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned"])
        const { events, state } = yield* project.newest
        assert.deepStrictEqual(
          [state.status, state.ended?.cause, state.requests.map(({ signal }) => signal.source)],
          ["Interrupted", "Shutdown", ["Shutdown"]]
        )
        assert.deepStrictEqual(
          events.flatMap((e) => (e.type === "process-signalled" ? [e.signal] : [])),
          ["SIGTERM"]
        )
        assert.deepStrictEqual(records(project.directory), [])

        // The next server has it, and resumes it where it stopped.
        const next = yield* project.start(serving)
        yield* next.stdout.waitFor(/^Stop /m)
        const again = yield* HttpCaller.ofProject(project.directory)
        assert.strictEqual((yield* again.get(`/executions/${id}`)).json!["status"], "Interrupted")
        yield* project.go
        assert.strictEqual((yield* again.post(`/executions/${id}/resume`)).status, 202)
        yield* again.until(id, "Completed")
        assert.deepStrictEqual(project.lines("first.log"), ["ran"], "what was done was not done again")
        yield* next.signal("SIGINT")
        assert.deepStrictEqual(yield* next.end(), { code: 0, signal: null })
      }),
    ceiling
  )

  it.live(
    "P3 P11 the second Ctrl-C ends a program that does not care, the exit code is 137",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "stubborn.flow.yaml",
          "halte: 1\nname: stubborn\nsteps:\n  hold: { run: [sh, stubborn.sh, hold], grace: 10m }\n"
        )
        const server = yield* project.terminal(serving)
        yield* server.screen.waitFor(/^Stop /m)
        const http = yield* HttpCaller.ofProject(project.directory)
        const id = yield* http.start("stubborn")
        yield* eventually(() => project.lines("hold.log").length === 1, "the program to run", { millis: 30_000 })
        yield* server.type("\x03")
        yield* server.screen.waitFor(/still running: stubborn/)
        yield* server.type("\x03")
        assert.strictEqual((yield* server.end()).code, 137)
        yield* server.marked.gone()
        assert.include(DurableProject.oneLine(server.screen.text), "May be left half done: hold.")
        const { state } = yield* project.newest
        assert.deepStrictEqual([state.id as string, state.status], [id, "Terminated"])
      }),
    ceiling
  )

  it.live(
    "P3 P5 is killed: its programs end without it, and the next one says what it found",
    () =>
      Effect.gen(function* () {
        const { http, project, server } = yield* served()
        const id = yield* http.start("build")
        yield* eventually(() => project.lines("hold.log").length === 1, "the program to run", { millis: 30_000 })
        yield* server.signal("SIGKILL")
        yield* server.marked.gone(30_000)
        assert.notDeepEqual(records(project.directory), [], "it could remove nothing")
        const next = yield* project.start(serving)
        yield* next.stdout.waitFor(/^Stop /m)
        assert.include(
          DurableProject.oneLine(next.stderr.text),
          `\`build\` …${id.slice(-6)} was found without its engine: it is interrupted now`
        )
        assert.notInclude(next.stderr.text, "served already")
        const again = yield* HttpCaller.ofProject(project.directory)
        assert.strictEqual((yield* again.get(`/executions/${id}`)).json!["status"], "Interrupted")
        assert.strictEqual(
          records(project.directory).filter((name) => name.endsWith(".token")).length,
          1,
          "what the dead one had left is gone"
        )
        yield* next.signal("SIGINT")
        yield* next.end()
      }),
    ceiling
  )

  it.live(
    "R47 runs one command at a time; what `halte exec` runs in another terminal does not count",
    () =>
      Effect.gen(function* () {
        const { http, project, server } = yield* served()
        const elsewhere = yield* project.start(["exec", "--", "sh", "hold.sh", "elsewhere"])
        yield* elsewhere.stdout.waitFor("ready elsewhere")
        const params = { line: ["sh", "hold.sh", "here"], graceMillis: 5000 }
        const id = yield* http.start("command", params)
        yield* eventually(() => project.lines("here.log").length === 1, "the command to run", { millis: 30_000 })
        const second = yield* http.post("/flows/command/executions", { params })
        assert.deepStrictEqual(
          [second.status, second.json!["code"], second.json!["executionId"]],
          [409, "flow-busy", id]
        )
        yield* http.post(`/executions/${id}/interrupt`)
        yield* http.until(id, "Interrupted")
        yield* project.go
        assert.strictEqual((yield* elsewhere.end()).code, 0)
        yield* http.until(yield* http.start("command", { line: "true", graceMillis: 0 }), "Completed")
        yield* server.signal("SIGINT")
        yield* server.end()
      }),
    ceiling
  )

  it.live(
    "R33 answers at once while a module runs `while (true) {}`; terminate ends that, and others go on meanwhile",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "deaf.mjs",
          `import { writeFileSync } from "node:fs"
export default () => {
  writeFileSync(${JSON.stringify(join(project.directory, "spins"))}, "yes\\n")
  while (true) {}
}
`
        )
        project.write("deaf.flow.yaml", "halte: 1\nname: deaf\nsteps:\n  spin: { use: ./deaf.mjs }\n")
        const server = yield* project.start(serving)
        yield* server.stdout.waitFor(/^Stop /m)
        const http = yield* HttpCaller.ofProject(project.directory)
        const deaf = yield* http.start("deaf")
        const ended = yield* http.events(deaf)
        yield* eventually(() => project.lines("spins").length === 1, "the thread to spin", { millis: 30_000 })
        const begun = performance.now()
        for (const path of ["/flows", "/executions", `/executions/${deaf}`, "/health/ready"])
          assert.strictEqual((yield* http.get(path)).status, 200)
        assert.isBelow(performance.now() - begun, 5_000)
        yield* project.go
        yield* http.until(yield* http.start("build"), "Completed")
        assert.strictEqual((yield* http.post(`/executions/${deaf}/interrupt`)).status, 202)
        assert.strictEqual((yield* http.get(`/executions/${deaf}`)).json!["status"], "Interrupting")
        assert.strictEqual((yield* http.post(`/executions/${deaf}/terminate`)).status, 202)
        assert.strictEqual((yield* ended).at(-1)!["status"], "Terminated")
        yield* server.signal("SIGINT")
        assert.strictEqual((yield* server.end()).code, 0)
      }),
    ceiling
  )

  it.live(
    "is found by `halte open`, which prints an address for one browser; `npm start -- serve` serves the examples",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const start = join(Repository.root, ".config/start.mjs")
        const server = yield* Program.start(
          [process.execPath, start, "serve", join(Repository.root, "examples"), "--port", "0", "--project", "."],
          { cwd: project.directory }
        )
        yield* server.stdout.waitFor(/^Stop /m)
        assert.match(server.stdout.text, /^ {2}index-files {2}\S*examples\/index-files\/index-files\.flow\.yaml$/m)
        const http = yield* HttpCaller.ofProject(project.directory)
        const opened = yield* project.run(["open", "--print"])
        assert.deepStrictEqual([opened.code, opened.stderr], [0, ""])
        const { hash, origin } = new URL(opened.stdout.trim())
        assert.strictEqual(origin, http.url)
        const signedIn = yield* http.post("/session", { code: hash.replace("#code=", "") })
        assert.strictEqual(signedIn.status, 204)
        assert.include(signedIn.headers.get("set-cookie"), "HttpOnly")
        yield* server.signal("SIGTERM")
        assert.strictEqual((yield* server.end()).code, 0)
        const none = yield* project.run(["open"])
        assert.strictEqual(none.code, 69)
        assert.include(none.said, "halte serve --open")
      }),
    ceiling
  )
})
