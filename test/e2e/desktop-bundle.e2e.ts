// The bundle of the desktop, run: its engine in a process of its own, its main process over the stand-in of Electron.
// Nothing in it is loaded from the packages of the clone.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, type Scope, Stream } from "effect"
import * as BuildDesktop from "../support/BuildDesktop.ts"
import * as EngineUnderTest from "../support/desktop/EngineUnderTest.ts"
import * as ProgramProcess from "../support/desktop/ProgramProcess.ts"
import { eventually } from "../support/Eventually.ts"
import * as Marked from "../support/Marked.ts"
import { root } from "../support/RepositoryFiles.ts"

const { app } = BuildDesktop
const ceiling = 120_000
beforeAll(BuildDesktop.build, 180_000)

/** As it lies in the clone; no `effect` is to be found from a project of the test. */
const effect = pathToFileURL(join(root, "node_modules/effect/dist/index.js")).href

const files = {
  "work.flow.yaml": `halte: 1
name: work
steps:
  hash: { use: ./hash.js, with: { text: halte } }
  types: { after: hash, use: ./types.ts, with: { n: 20 } }
  effect: { after: types, use: ./effect.js, with: { n: 41 } }
  program: { after: effect, run: [node, -e, "console.log(JSON.stringify({ pid: process.pid > 0 }))"], output: json }
`,
  "hash.js": `import { createHash } from "node:crypto"
export default ({ text }) => createHash("sha256").update(text).digest("hex")
`,
  "types.ts": `interface Input { readonly n: number }
export default async ({ n }: Input): Promise<number> => n * 2
`,
  // An Effect from elsewhere, in a module that has none of its own: it is run by the one in the bundle.
  "effect.js": `import { Effect } from ${JSON.stringify(effect)}
export default ({ n }) => Effect.as(Effect.sleep(1), n + 1)
`,
  "deaf.flow.yaml": `halte: 1
name: deaf
steps:
  spin: { use: ./spin.js }
`,
  "spin.js": `export default () => { console.log("spinning"); for (;;) {} }
`,
  "hold.flow.yaml": `halte: 1
name: hold
steps:
  hold: { run: [sh, -c, "trap '' TERM; echo ready; while :; do sleep 1; done"], grace: 30s }
`,
  "package.json": '{ "type": "module" }\n'
}

const project: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "halte-bundle-")))
    for (const [name, text] of Object.entries(files)) {
      const file = join(directory, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    return directory
  }),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const engineIn = (directory: string) =>
  EngineUnderTest.start(directory, {
    hostPath: join(app, "Host.js"),
    sweeper: [process.execPath, join(app, "SweepMain.js")]
  })

const wrote = (
  engine: EngineUnderTest.EngineUnderTest,
  id: Parameters<typeof engine.executions.logs>[0],
  text: string
) =>
  engine.executions.logs(id).pipe(
    Stream.filter((line) => line.text.startsWith(text)),
    Stream.take(1),
    Stream.runDrain,
    Effect.timeout("30 seconds")
  )

describe("the bundled engine", () => {
  it.live(
    "runs modules in worker threads, plain, with types, with Effect, and programs, and keeps it in SQLite",
    () =>
      Effect.gen(function* () {
        const directory = yield* project
        const first = yield* engineIn(directory)
        yield* first.is("Running")
        const id = yield* first.executions.start({ flow: "work" })
        const done = yield* EngineUnderTest.reaches(first, id, "Completed", "Failed")
        assert.strictEqual(done.status, "Completed", first.log.join("\n"))
        const outputs = yield* first.executions.events(id).pipe(
          Stream.filter((event) => event.type === "step-completed"),
          Stream.map((event) => [String(event.step), (event as { readonly value?: unknown }).value] as const),
          Stream.runCollect
        )
        const of = Object.fromEntries(outputs)
        assert.match(JSON.stringify(of["hash"]), /"[0-9a-f]{64}"/)
        assert.include(JSON.stringify(of["types"]), "40")
        assert.include(JSON.stringify(of["effect"]), "42")
        assert.include(JSON.stringify(of["program"]), '"pid":true')
        yield* Effect.promise(() => first.engine.stop({ by: "ada" }))
        yield* first.marked.gone()
        assert.strictEqual(
          readFileSync(join(directory, ".halte/halte.db")).toString("latin1", 0, 15),
          "SQLite format 3"
        )

        const second = yield* engineIn(directory)
        yield* second.is("Running")
        const listed = yield* second.executions.list()
        assert.deepStrictEqual(
          listed.map((one) => [one.id, one.status]),
          [[id, "Completed"]]
        )
      }),
    ceiling
  )

  it.live(
    "R33 answers while a module runs `while (true) {}`, and terminates it",
    () =>
      Effect.gen(function* () {
        const engine = yield* engineIn(yield* project)
        yield* engine.is("Running")
        const id = yield* engine.executions.start({ flow: "deaf" })
        yield* wrote(engine, id, "spinning")
        assert.strictEqual((yield* engine.get("/health/ready")).status, 200)
        yield* engine.executions.terminate(id)
        yield* EngineUnderTest.reaches(engine, id, "Terminated")
      }),
    ceiling
  )

  it.live(
    "P3 leaves nothing when it is killed: the bundled sweep ends its programs, and the next engine finds what ran",
    () =>
      Effect.gen(function* () {
        const directory = yield* project
        const first = yield* engineIn(directory)
        yield* first.is("Running")
        const id = yield* first.executions.start({ flow: "hold" })
        yield* wrote(first, id, "ready")
        assert.isAbove(first.marked.alive().length, 1)
        yield* first.killed
        yield* first.is("Ended")
        yield* first.marked.gone(15_000)

        const second = yield* engineIn(directory)
        const { recovered } = yield* second.is("Running")
        assert.deepStrictEqual(
          recovered.map(({ execution }) => execution),
          [id]
        )
        assert.strictEqual((yield* second.executions.get(id)).status, "Interrupted")
      }),
    ceiling
  )
})

describe("the bundled program", () => {
  it.live(
    "opens a window and an engine for a project, and leaves nothing when it quits",
    () =>
      Effect.gen(function* () {
        const directory = yield* project
        const home = realpathSync(mkdtempSync(join(tmpdir(), "halte-bundle-home-")))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(home, { recursive: true, force: true })))
        const marked = yield* Marked.make
        const program = yield* Effect.acquireRelease(
          Effect.sync(() =>
            ProgramProcess.start({
              args: [directory],
              cwd: directory,
              home,
              env: marked.environment,
              shown: false,
              told: () => undefined
            })
          ),
          (running) => Effect.sync(() => running.kill("SIGKILL"))
        )
        let pids: ReadonlyArray<number> = []
        let windows = 0
        const look = async () => {
          pids = await program.remote.hostPids()
          windows = (await program.remote.windows()).length
        }
        void look().catch(() => undefined)
        yield* eventually(
          () => {
            void look().catch(() => undefined)
            return windows === 1 && pids.length === 1
          },
          "a window and its engine",
          { millis: 30_000, detail: program.output }
        )
        assert.include(JSON.stringify(marked.alive()), "Host.js")
        yield* Effect.promise(() => program.remote.quit().catch(() => undefined))
        const end = yield* eventually(program.ended, "its end", { millis: 30_000, detail: program.output })
        assert.deepStrictEqual(end, { code: 0, signal: null }, program.output())
        yield* marked.gone()
      }),
    ceiling
  )

  it.live(
    "starts where its directories can't be made, with temporary ones, and says so",
    () =>
      Effect.gen(function* () {
        const scratch = realpathSync(mkdtempSync(join(tmpdir(), "halte-bundle-home-")))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(scratch, { recursive: true, force: true })))
        const [home, temporary] = [join(scratch, "home"), join(scratch, "temporary")]
        for (const directory of [home, temporary]) mkdirSync(directory)
        for (const name of ["userData", "logs"]) writeFileSync(join(home, name), "")
        const marked = yield* Marked.make
        const start = (env: Readonly<Record<string, string>>) =>
          Effect.acquireRelease(
            Effect.sync(() =>
              ProgramProcess.start({
                args: [],
                cwd: scratch,
                home,
                env: { ...marked.environment, ...env },
                shown: false,
                told: () => undefined
              })
            ),
            (running) => Effect.sync(() => running.kill("SIGKILL"))
          )
        const program = yield* start({ TMPDIR: temporary })
        let said: ReadonlyArray<{ readonly text: string }> = []
        const look = async () => {
          const [window] = await program.remote.windows()
          if (window === undefined) return
          const state = await program.remote.invoke(window.contents, "halte:call", ["state", null])
          said = (state as { readonly notices: typeof said }).notices
        }
        yield* eventually(
          () => {
            look().catch(() => undefined)
            return said.length === 2
          },
          "two notices",
          { millis: 20_000, detail: () => `${JSON.stringify(said)} ${program.output()}` }
        )
        assert.match(said[0]!.text, /^The settings can't be kept where they always are: /)
        assert.match(said[1]!.text, /^The log can't be kept where it always is: .* This time it is in `/)
        const [directory = ""] = said[1]!.text.match(/(?<=is in `)[^`]+/) ?? []
        assert.match(readFileSync(join(directory, "halte.log"), "utf8"), /Halte 0\.1\.0/)
        program.remote.quit().catch(() => undefined)
        yield* eventually(() => program.ended() !== undefined, "the end of the program", { millis: 20_000 })

        const nowhere = yield* start({ TMPDIR: join(scratch, "nowhere") })
        yield* eventually(() => nowhere.ended() !== undefined, "the end of the other program", { millis: 20_000 })
        assert.strictEqual(nowhere.ended()?.code, 1)
        assert.match(nowhere.output(), /Halte could not be started\nHalte has no directory that it can write to: /)
        assert.notMatch(nowhere.output(), /\n {4}at /)
      }),
    ceiling
  )
})
