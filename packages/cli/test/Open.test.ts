/** `halte open`: how the server of a project is found, and how a browser gets there without showing anybody the way. */
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import { ProcessIdentity } from "@halte/sdk/node"
import { Browser } from "../src/Browser.ts"
import * as CommandRun from "./CommandRun.ts"
import * as Serving from "./Serving.ts"

/** Runs `halte open` where a browser is there, or not, or can't be started. */
const open = (directory: string, args: ReadonlyArray<string> = [], browser: "there" | "broken" | "none" = "there") =>
  Effect.gen(function* () {
    const opened: Array<readonly [url: string, directory: string | undefined]> = []
    const { halte } = yield* CommandRun.make([])
    const said = yield* halte(["open", ...args, "--project", directory]).pipe(
      Effect.provideService(Browser, {
        someone: () => browser !== "none",
        open: (url, directory) =>
          Effect.sync(() => {
            opened.push([url, directory])
            return browser === "there"
          })
      })
    )
    return { ...said, opened }
  })

const quick = "halte: 1\nname: quick\nsteps:\n  one: { run: echo done }\n"

const served = Effect.gen(function* () {
  const project = yield* Serving.project
  project.write("quick.flow.yaml", quick)
  return { project, server: yield* Serving.serve(project) }
})

/** Signs in with an address, as the page does. */
const signIn = (url: string) =>
  Effect.promise(async () => {
    const { hash, origin } = new URL(url)
    const response = await fetch(`${origin}/session`, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body: JSON.stringify({ code: hash.replace("#code=", "") })
    })
    return { status: response.status, cookie: response.headers.get("set-cookie") }
  })

describe("halte open", () => {
  it.live("opens the page of the project's server by an address that signs in one browser, once", () =>
    Effect.gen(function* () {
      const { project, server } = yield* served
      const { code, opened, stderr, stdout } = yield* open(project.directory)
      assert.deepStrictEqual([code, stdout], [0, ""])
      assert.strictEqual(stderr, `Opened ${server.url}/ in the browser.\n`)
      const [[url, directory]] = opened as [readonly [string, string]]
      assert.match(url, new RegExp(`^${server.url}/#code=\\S+$`))
      assert.strictEqual(directory, join(project.directory, ".halte/run"))
      const first = yield* signIn(url)
      assert.strictEqual(first.status, 204)
      assert.include(first.cookie, "HttpOnly")
      assert.strictEqual((yield* signIn(url)).status, 401)
    })
  )

  it.live("opens the page of an execution that is named by the end of its id", () =>
    Effect.gen(function* () {
      const { project, server } = yield* served
      const id = yield* server.start("quick")
      const { opened } = yield* open(project.directory, [id.slice(-5).toLowerCase()])
      assert.match(opened[0]![0], new RegExp(`^${server.url}/executions/${id}#code=\\S+$`))
      const unknown = yield* open(project.directory, ["ZZZZZZ"])
      assert.deepStrictEqual([unknown.code, unknown.opened], [2, []])
      assert.include(unknown.stderr, "Execution `ZZZZZZ` was not found.")
    })
  )

  it.live("prints the address where it is asked to, and where no browser is or can be started", () =>
    Effect.gen(function* () {
      const { project, server } = yield* served
      const address = new RegExp(`^${server.url}/#code=\\S+\n$`)
      const printed = yield* open(project.directory, ["--print"])
      assert.match(printed.stdout, address)
      assert.deepStrictEqual([printed.stderr, printed.opened], ["", []])
      for (const browser of ["none", "broken"] as const) {
        const { code, opened, stderr, stdout } = yield* open(project.directory, [], browser)
        assert.match(stdout, address)
        assert.include(stderr, "No browser can be opened here.")
        assert.deepStrictEqual([code, opened.length], [0, browser === "none" ? 0 : 1])
      }
    })
  )

  it.live("finds the one that shows everything, whatever others of the project are there", () =>
    Effect.gen(function* () {
      const { project, server } = yield* served
      yield* Serving.serve(project)
      const { stdout } = yield* open(project.directory, ["--print"])
      const ports = project.records().flatMap((name) => /server-(\d+)\.json/.exec(name)?.[1] ?? [])
      assert.strictEqual(ports.length, 2)
      assert.isTrue(ports.some((port) => stdout.startsWith(`http://127.0.0.1:${port}/`)))
      server.signal("SIGINT")
      yield* server.end
      const other = yield* open(project.directory, ["--print"])
      assert.strictEqual(other.code, 0)
      assert.isFalse(other.stdout.startsWith(server.url))
    })
  )

  it.live("says how to start a server where none runs, also where one has died or does not answer", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      const none = yield* open(project.directory)
      assert.deepStrictEqual([none.code, none.stdout, none.opened], [69, "", []])
      assert.strictEqual(
        none.stderr,
        `No server of the project \`${project.directory}\` runs.\nStart one with: halte serve --open --project ${project.directory}\n(code: no-server)\n`
      )
      const record = (port: number, startTime?: string) =>
        project.write(
          `.halte/run/server-${port}.json`,
          JSON.stringify({
            v: 1,
            url: `http://127.0.0.1:${port}`,
            owner: "7-aa",
            process: { ...ProcessIdentity.own(), ...(startTime === undefined ? {} : { startTime }) }
          })
        )
      record(4280, "1")
      const dead = yield* open(project.directory)
      assert.deepStrictEqual([dead.code, dead.stderr], [69, none.stderr])
      assert.deepStrictEqual(project.records(), [])
      record(9)
      project.write(".halte/run/server-9.token", "t".repeat(43))
      const silent = yield* open(project.directory)
      assert.strictEqual(silent.code, 69)
      assert.match(silent.stderr, /^`http:\/\/127\.0\.0\.1:9` can't be reached: .*\nStart one with: /)
    })
  )

  it.live("takes the server of an address, with its token, from any directory", () =>
    Effect.gen(function* () {
      const { project, server } = yield* served
      const { halte } = yield* CommandRun.make([])
      const file = join(project.directory, `.halte/run/server-${new URL(server.url).port}.token`)
      const args = ["open", "--print", "--server", server.url, "--token-file", file]
      const { code, stdout } = yield* halte(args)
      assert.strictEqual(code, 0)
      assert.include(stdout, `${server.url}/#code=`)
      project.write("wrong", "t".repeat(43))
      const wrong = yield* halte([...args.slice(0, -1), join(project.directory, "wrong")])
      assert.deepStrictEqual([wrong.code, wrong.stdout], [69, ""])
      assert.include(wrong.stderr, "(code: unauthorized)")
    })
  )
})

describe("halte serve --open", () => {
  it.live("opens its page, by another address than the one that it prints", () =>
    Effect.gen(function* () {
      const project = yield* Serving.project
      const opened: Array<string> = []
      const server = yield* Serving.serve(project, { open: true, maxExecutions: Option.none() }).pipe(
        Effect.provideService(Browser, {
          someone: () => true,
          open: (url) => Effect.sync(() => opened.push(url) > 0)
        })
      )
      yield* Serving.eventually(() => opened.length === 1, "the browser to be asked")
      assert.notStrictEqual(opened[0], server.said["signInUrl"])
      assert.strictEqual((yield* signIn(opened[0]!)).status, 204)
      assert.strictEqual((yield* signIn(String(server.said["signInUrl"]))).status, 204)
    })
  )
})

describe("a browser", () => {
  const scratch = Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-browser-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  /** A program that writes down what it is given. */
  const program = (directory: string, then = "exit 0") => {
    const file = join(directory, "browser.sh")
    writeFileSync(file, `#!/bin/sh\necho "$@" >'${join(directory, "given")}'\n${then}\n`)
    chmodSync(file, 0o700)
    return { BROWSER: file }
  }
  const url = 'http://127.0.0.1:4280/executions/X?a=1&b="<#code=secret'

  it.live("is given a file that only its user can read, and no code in its arguments", () =>
    Effect.gen(function* () {
      const directory = yield* scratch
      const run = join(directory, "run")
      const real = yield* Browser
      const env = program(directory)
      assert.isTrue(real.someone(env))
      assert.isTrue(yield* real.open(url, run, env))
      const given = readFileSync(join(directory, "given"), "utf8").trim()
      assert.notInclude(given, "secret")
      const file = fileURLToPath(given)
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      assert.strictEqual(statSync(run).mode & 0o777, 0o700)
      assert.include(
        readFileSync(file, "utf8"),
        'href="http://127.0.0.1:4280/executions/X?a=1&amp;b=&quot;&lt;#code=secret"'
      )
      utimesSync(file, 1, 1)
      yield* real.open(url, run, env)
      assert.isFalse(existsSync(file), "one of earlier times is gone")
      assert.strictEqual(readdirSync(run).length, 1)
    })
  )

  it.live("that fails, or is not there, is told; one that stays is not waited for", () =>
    Effect.gen(function* () {
      const directory = yield* scratch
      const real = yield* Browser
      assert.isFalse(yield* real.open(url, undefined, program(directory, "exit 3")))
      assert.isFalse(yield* real.open(url, directory, { BROWSER: join(directory, "none") }))
      assert.isTrue(yield* real.open(url, directory, program(directory, "sleep 3")))
      if (process.platform === "linux") assert.isFalse(real.someone({}))
    })
  )
})
