/** `halte run --web`: a terminal and a server in one process, over one execution. */
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { afterAll } from "vitest"
import * as DurableProject from "../support/DurableProject.ts"
import { eventually } from "../support/Eventually.ts"
import * as HttpCaller from "../support/HttpCaller.ts"
import * as PageServer from "../support/PageServer.ts"
import type * as Program from "../support/Program.ts"

afterAll(PageServer.closeBrowser)

const ceiling = 180_000

/** Runs `build` with its page until its second step is in flight. */
const running = (args: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const project = yield* DurableProject.make()
    const run = yield* project.start(["run", "build", "--web", ...args])
    yield* eventually(() => project.lines("hold.log").length === 1, "the program to run", { millis: 30_000 })
    return { project, run, http: yield* HttpCaller.ofProject(project.directory), id: yield* idOf(run) }
  })

const idOf = (run: Program.Program) =>
  Effect.map(run.output.waitFor(/(?:started |"execution":")([0-9A-Z]{20})/), ([, id]) => id!)

/** What differs between two runs of the same: times and numbers and counts of processes, and who stopped it through which door. */
const passing = new Set([
  "at",
  "execution",
  "sequence",
  "pid",
  "group",
  "mark",
  "count",
  "startTime",
  "requestedAt",
  "via",
  "by",
  "definition"
])

/** A record without that. */
const shape = ({ events }: DurableProject.Recorded): ReadonlyArray<unknown> =>
  events.map((event) =>
    JSON.parse(
      JSON.stringify(event, (key, value) => {
        if (passing.has(key) || /millis$/i.test(key)) return undefined
        if (key === "detail") return String(value).replace(/[\d.]+ m?s/, "a while")
        return (key === "source" || key === "cause") && ["Http", "Page"].includes(String(value)) ? "Cli" : value
      })
    )
  )

describe("halte run --web", () => {
  it.live(
    "R43 R44 P10 is stopped by Ctrl-C as by a request to its server: the same record, the door aside; both show it all",
    () =>
      Effect.gen(function* () {
        const byHttp = yield* running()
        assert.match(byHttp.run.stderr.text, new RegExp(`^Page +${byHttp.http.url}/#code=\\S+$`, "m"))
        const info = (yield* byHttp.http.get("/server")).json!
        assert.deepStrictEqual([info["only"], info["command"]], [byHttp.id, false])
        const other = yield* byHttp.http.post("/flows/build/executions")
        assert.deepStrictEqual(
          [other.status, other.json!["code"], other.json!["executionId"]],
          [409, "flow-busy", byHttp.id]
        )
        const seen = yield* byHttp.http.events(byHttp.id)
        yield* byHttp.http.post(`/executions/${byHttp.id}/interrupt`)
        assert.deepStrictEqual(yield* byHttp.run.end(), { code: 130, signal: null })
        const byPage = yield* byHttp.project.newest
        assert.deepStrictEqual(
          (yield* seen).map((event) => event["sequence"]),
          byPage.events.map(({ sequence }) => sequence),
          "its watchers saw every event before it ended"
        )
        assert.match(byHttp.run.stdout.text, /build interrupt requested, .*HTTP/)
        assert.match(byHttp.run.stdout.text, /build interrupted after 1 of 3 steps/)

        const bySignal = yield* running()
        const watched = yield* bySignal.http.events(bySignal.id)
        yield* bySignal.run.signal("SIGINT")
        assert.deepStrictEqual(yield* bySignal.run.end(), { code: 130, signal: null })
        assert.strictEqual((yield* watched).at(-1)!["type"], "execution-ended")
        const byTerminal = yield* bySignal.project.newest
        assert.deepStrictEqual(shape(byPage), shape(byTerminal))
        assert.deepStrictEqual(
          [byPage, byTerminal].map(({ state }) => [state.ended?.cause, state.ended?.partition]),
          [
            ["Http", byTerminal.state.ended?.partition],
            ["Cli", byTerminal.state.ended?.partition]
          ]
        )
        for (const { project, run } of [byHttp, bySignal]) {
          yield* run.marked.gone()
          assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned"])
          assert.deepStrictEqual(readdirSync(join(project.directory, ".halte/run")), [])
        }
      }),
    ceiling
  )

  it.live(
    "R32 R43 R44 P10 is stopped by the button of its page as by Ctrl-C: the page opens on the run, both show it, the same record",
    () =>
      Effect.scoped(
        Effect.gen(function* () {
          const byPage = yield* running()
          const [, address] = yield* byPage.run.stderr.waitFor(/^Page +(http:\/\/\S+)$/m)
          const page = yield* PageServer.openPage(() => address!, { allow: /Failed to load resource/ })
          yield* Effect.promise(async () => {
            // Without an id, on the one execution there is; nothing else can be started.
            await page.waitForURL((url) => url.pathname === `/executions/${byPage.id}`)
            await page
              .getByRole("button", { name: /^Interrupt\b/ })
              .first()
              .waitFor()
            assert.strictEqual(await page.getByRole("link", { name: "Start", exact: true }).count(), 0)
            await page
              .getByRole("button", { name: /^Interrupt\b/ })
              .first()
              .click()
            await page.getByRole("dialog").getByRole("button", { name: "Interrupt" }).click()
            await page.getByRole("heading", { name: /^Stopped .* within the promised/ }).waitFor()
          })
          assert.deepStrictEqual(yield* byPage.run.end(), { code: 130, signal: null })
          assert.match(byPage.run.stdout.text, /build interrupt requested, .*Interrupt button/)
          assert.match(byPage.run.stdout.text, /build interrupted after 1 of 3 steps/)

          const bySignal = yield* running()
          yield* bySignal.run.signal("SIGINT")
          assert.deepStrictEqual(yield* bySignal.run.end(), { code: 130, signal: null })
          const [one, other] = [yield* byPage.project.newest, yield* bySignal.project.newest]
          assert.strictEqual(one.state.ended?.cause, "Page")
          assert.deepStrictEqual(shape(one), shape(other))
          yield* byPage.run.marked.gone()
        })
      ),
    ceiling
  )

  it.live(
    "ends when the execution has ended, and keeps standard output for events with --json",
    () =>
      Effect.gen(function* () {
        const { http, id, project, run } = yield* running(["--json"])
        const seen = yield* http.events(id)
        yield* project.go
        assert.deepStrictEqual(yield* run.end(), { code: 0, signal: null })
        assert.strictEqual((yield* seen).at(-1)!["status"], "Completed")
        assert.match(run.stderr.text, /^Page +http/m)
        const lines = DurableProject.jsonLines(run.stdout.text)
        assert.strictEqual(lines.length, (yield* project.newest).events.length)
      }),
    ceiling
  )

  it.live(
    "with --ephemeral keeps nothing, and is found by nobody but who has its address",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const run = yield* project.start(["run", "build", "--web", "--ephemeral", "--quiet"])
        const [, url, code] = yield* run.stderr.waitFor(/^Page +(http:\/\/\S+)\/#code=(\S+)$/m)
        const headers = { "content-type": "application/json", connection: "close" }
        const signIn = yield* Effect.promise(() =>
          fetch(`${url!}/session`, { method: "POST", headers, body: JSON.stringify({ code }) })
        )
        const cookie = signIn.headers.get("set-cookie")!.split(";")[0]!
        const only = yield* Effect.promise(() =>
          fetch(`${url!}/server`, { headers: { cookie, connection: "close" } }).then(
            (response) => response.json() as Promise<{ readonly only: string }>
          )
        )
        const stopped = yield* Effect.promise(() =>
          fetch(`${url!}/executions/${only.only}/interrupt`, {
            method: "POST",
            headers: { ...headers, cookie },
            body: "{}"
          })
        )
        assert.strictEqual(stopped.status, 202)
        assert.deepStrictEqual(yield* run.end(), { code: 130, signal: null })
        assert.isFalse(existsSync(join(project.directory, ".halte")))
        yield* run.marked.gone()
      }),
    ceiling
  )

  it.live(
    "shows the tree in the terminal as ever, below the address of its page",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const run = yield* project.terminal(["run", "build", "--web"])
        yield* run.screen.waitFor(/hold/)
        const http = yield* HttpCaller.ofProject(project.directory)
        const { json } = yield* http.get("/server")
        yield* http.post(`/executions/${json!["only"]}/interrupt`, { reason: "enough" })
        assert.strictEqual((yield* run.end()).code, 130)
        assert.match(run.screen.text, /^Page +http:\/\/127\.0\.0\.1:\d+\/#code=/m)
        assert.match(run.screen.text, /build interrupted after \d of 3 steps/)
        assert.include(run.screen.text, "enough")
      }),
    ceiling
  )
})
