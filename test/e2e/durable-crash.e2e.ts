import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Recovery } from "@halte/engine"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect } from "effect"
import * as SmallDisk from "../../packages/store-sqlite/test/support/SmallDisk.ts"
import * as DurableProject from "../support/DurableProject.ts"
import { eventually } from "../support/Eventually.ts"
import type { Program } from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

/** Each of these starts `halte` several times: a second on an idle machine, several on a busy one. */
const ceiling = 180_000

/** Runs the flow `build` until its second step is in flight. */
const holding = Effect.gen(function* () {
  const project = yield* DurableProject.make()
  const engine = yield* project.start(["run", "build"])
  const id = yield* DurableProject.idOf(engine)
  yield* engine.stdout.waitFor("ready hold")
  return { project, engine, id }
})

/** Waits for the shell that watches over an engine: its child, with an environment of its own. */
const supervisorOf = ({ pid: engine }: Program) =>
  eventually(
    () =>
      readdirSync("/proc")
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .find((pid) => parentOf(pid) === engine && read(`/proc/${pid}/cmdline`).includes("halte-supervisor")),
    "the supervisor",
    { millis: 30_000 }
  )

const parentOf = (pid: number): number => Number(/^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1])

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

describe.runIf(process.platform === "linux")("when the engine is killed", () => {
  it.live(
    "P3 P5 its processes end without it; the next command says what it found; done steps are not run again",
    () =>
      Effect.gen(function* () {
        const { engine, id, project } = yield* holding
        yield* supervisorOf(engine)
        yield* engine.signal("SIGKILL")
        yield* engine.marked.gone(30_000)
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned"], "they had their chance to clean up")
        assert.strictEqual((yield* project.newest).state.status, "Running", "nobody has written anything since")

        const listed = yield* project.run(["list"])
        assert.include(listed.said, `\`build\` …${id.slice(-6)} was found without its engine: it is interrupted now`)
        assert.match(listed.stdout, /Interrupted .*build .*hold/)
        const { state } = yield* project.newest
        assert.deepStrictEqual([state.status, state.ended?.cause], ["Interrupted", "Crash"])
        assert.deepStrictEqual(state.ended?.partition.completed, ["first"])
        assert.deepStrictEqual(
          state.ended?.partition.interrupted.map(({ step }) => step),
          ["hold"]
        )
        assert.deepStrictEqual(state.ended?.partition.notStarted, ["last"])
        assert.deepStrictEqual(readdirSync(join(project.directory, ".halte/run")), [])
        const quiet = yield* project.run(["list"])
        assert.notInclude(quiet.said, "without its engine", "it is told once")

        yield* project.go
        const resumed = yield* project.run(["resume", id])
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        assert.deepStrictEqual(project.lines("first.log"), ["ran"])
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned", "begun", "ended"])
        assert.deepStrictEqual(project.lines("last.log"), ["ran"])
      }),
    ceiling
  )

  it.live(
    "P3 R73 killed during the stop, and its supervisor with it: the next start ends what is left and goes on",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "stubborn.flow.yaml",
          `halte: 1
name: stubborn
steps:
  first: { run: echo ran >>first.log }
  hold: { after: first, run: [sh, -c, "test ! -e hold.log || exit 0; exec sh stubborn.sh hold"], grace: 60s }
  last: { after: hold, run: echo ran >>last.log }
`
        )
        const engine = yield* project.start(["run", "stubborn"])
        const id = yield* DurableProject.idOf(engine)
        yield* engine.stdout.waitFor("ready hold")
        const supervisor = yield* supervisorOf(engine)
        yield* engine.signal("SIGINT")
        yield* engine.stdout.waitFor("hold sent SIGTERM")
        yield* DurableProject.until(project, "the request", ({ state }) => state.status === "Interrupting")
        // It can't start another supervisor while it is stopped.
        yield* engine.signal("SIGSTOP")
        process.kill(supervisor, "SIGKILL")
        yield* engine.signal("SIGKILL")
        assert.strictEqual((yield* engine.end()).signal, "SIGKILL")
        const left = engine.marked.alive()
        assert.isTrue(
          left.some(({ command }) => command.includes("stubborn.sh")),
          "nobody has ended it"
        )

        const resumed = yield* project.run(["resume", id])
        assert.match(resumed.said, /was found without its engine: it is interrupted now \(\d process(es)? ended\)/)
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        yield* engine.marked.gone(30_000)
        const { state } = yield* project.newest
        assert.deepStrictEqual([state.status, state.attempt], ["Completed", 2])
        assert.deepStrictEqual(
          state.requests.map(({ attempt, signal }) => [attempt, signal.via]),
          [[1, "SIGINT"]]
        )
        assert.deepStrictEqual(project.lines("first.log"), ["ran"])
        assert.deepStrictEqual(project.lines("last.log"), ["ran"])
      }),
    ceiling
  )

  it.live(
    "P7 half-way through the index of files: `halte` alone offers to resume it, and at most one batch is read again",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const flow = join(Repository.root, "examples/index-files/index-files.flow.yaml")
        const root = join(Repository.root, "node_modules/effect/src")
        const path = (name: string) => join(project.directory, name)
        const index = (output: string) => ["run", flow, "-p", `root=${root}`, "-p", `output=${path(output)}`]
        const whole = yield* project.run(index("whole.ndjson"))
        assert.strictEqual(whole.code, 0, whole.stderr)

        const engine = yield* project.start(index("index.ndjson"))
        const id = yield* DurableProject.idOf(engine)
        const journal = path("index.ndjson.journal")
        const hashed = () =>
          existsSync(journal)
            ? readFileSync(journal, "utf8")
                .split("\n")
                .filter((line) => line !== "")
            : []
        yield* eventually(() => hashed().length > 150, "150 files", { millis: 60_000 })
        yield* engine.signal("SIGKILL")
        yield* engine.marked.gone(30_000)
        const before = hashed()
        const cursor = (yield* project.newest).state.steps.get("hash")?.cursor as number
        assert.isAtLeast(before.length, cursor)

        const bare = yield* project.terminal([])
        yield* bare.screen.waitFor("Resume one?")
        assert.include(bare.screen.text, "was found without its engine")
        assert.match(bare.screen.text, new RegExp(`index-files +interrupted at hash .*…${id.slice(-6)}`))
        // The journal is removed at the end: its lines are counted in the record of the last step.
        yield* bare.type("\r")
        assert.deepStrictEqual(yield* bare.end(), { code: 0, signal: undefined })
        yield* bare.marked.gone()
        const { events, state } = yield* project.newest
        assert.deepStrictEqual([state.id, state.status, state.attempt], [id, "Completed", 2])
        const finished = events.findLast((e) => e.type === "step-completed" && e.step === "finish")
        const value = finished?.type === "step-completed" ? finished.value : undefined
        const summary = value as { readonly files: number; readonly hashed: number }
        assert.isAtMost(summary.hashed - summary.files, 64, "at most one batch was read again")
        assert.strictEqual(summary.hashed, before.length + (summary.files - cursor), "what was committed was not")
        assert.strictEqual(readFileSync(path("index.ndjson"), "utf8"), readFileSync(path("whole.ndjson"), "utf8"))
      }),
    ceiling
  )

  it.live(
    "an engine that was stopped and lost its execution meanwhile writes nothing more, ends its processes, and says so",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "ticks.flow.yaml",
          "halte: 1\nname: ticks\nsteps:\n  ticks: { run: [sh, ticks.sh], grace: 60s }\n  last: { after: ticks, run: touch last.log }\n"
        )
        const engine = yield* project.start(["run", "ticks"])
        const id = yield* DurableProject.idOf(engine)
        yield* engine.stdout.waitFor("tick 3")
        yield* engine.signal("SIGSTOP")
        const gone = (yield* project.newest).summary.owner!
        const recovered = yield* Effect.gen(function* () {
          const store = yield* SqliteStore.open({ file: join(project.directory, ".halte/halte.db") })
          return yield* Recovery.recover(store, { owner: "thief", gone })
        }).pipe(Effect.scoped)
        assert.deepStrictEqual(
          recovered.map(({ execution }) => execution),
          [id]
        )
        const taken = yield* project.newest
        assert.strictEqual(taken.state.status, "Interrupted")

        yield* engine.signal("SIGCONT")
        assert.deepStrictEqual(yield* engine.end(), { code: 69, signal: null })
        assert.deepStrictEqual(engine.marked.alive(), [], "no process is alive when it says so")
        const said = DurableProject.oneLine(engine.stderr.text)
        assert.include(said, `Execution \`${id}\` belongs to another engine now`)
        assert.include(said, "Not recorded: what happened here since.")
        const after = yield* project.newest
        assert.deepStrictEqual(after.events, taken.events)
        assert.deepStrictEqual(project.lines("last.log"), [])
      }),
    ceiling
  )
})

describe("when nothing can be written", () => {
  it.live.skipIf(SmallDisk.missing !== undefined)(
    SmallDisk.title("a full disk stops the execution, says what is not recorded, and it goes on when there is room"),
    () =>
      Effect.gen(function* () {
        const disk = yield* SmallDisk.make(4)
        const project = yield* DurableProject.make(Effect.succeed(disk.path))
        const ballast = join(disk.path, "ballast")
        const fill = Effect.sync(() => {
          for (const size of [65_536, 4_096, 512, 1])
            for (;;)
              try {
                writeFileSync(ballast, Buffer.alloc(size), { flag: "a" })
              } catch {
                break
              }
        })
        const engine = yield* project.start(["run", "build"])
        const id = yield* DurableProject.idOf(engine)
        yield* engine.stdout.waitFor("ready hold")
        yield* DurableProject.until(project, "its process", ({ state }) => state.processes.length === 2)
        // An empty file takes no room.
        yield* fill
        yield* project.go
        assert.deepStrictEqual(yield* engine.end(), { code: 69, signal: null })
        yield* engine.marked.gone(30_000)
        const said = DurableProject.oneLine(engine.stderr.text)
        assert.include(said, "no space is left on the disk")
        assert.include(said, "Not recorded: how `hold` ended.")
        assert.include(said, `Go on from there: halte resume ${id}`)
        assert.deepStrictEqual(project.lines("last.log"), [], "nothing was started that could not be recorded")

        rmSync(ballast)
        const resumed = yield* project.run(["resume", id])
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        const { state } = yield* project.newest
        assert.deepStrictEqual([state.id, state.status], [id, "Completed"])
        assert.deepStrictEqual(project.lines("first.log"), ["ran"])
        assert.deepStrictEqual(project.lines("last.log"), ["ran"])

        assert.isTrue(disk.makeReadOnly())
        const refused = yield* project.run(["run", "build"])
        assert.strictEqual(refused.code, 69)
        assert.include(refused.said, "read-only")
        assert.include(refused.said, "--ephemeral")
        const listed = yield* project.run(["list"])
        assert.include(listed.said, "read-only")
      }),
    ceiling
  )

  it.live("a project whose place is taken is named, with the way out", () =>
    Effect.gen(function* () {
      const project = yield* DurableProject.make()
      project.write(".halte", "not a directory\n")
      const refused = yield* project.run(["run", "build"])
      assert.strictEqual(refused.code, 69)
      assert.include(refused.said, join(project.directory, ".halte"))
      assert.include(refused.said, "(code: project-unusable)")
      assert.include(refused.said, "Add `--ephemeral` to run it without keeping anything.")
      assert.deepStrictEqual(project.lines("first.log"), [], "nothing was started")
    })
  )
})
