import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { EngineSweep } from "@halte/process"
import { flag } from "@halte/process/sweep"
import { eventually } from "../../../test/support/Eventually.ts"
import * as Engine from "./support/Engine.ts"
import { endAll, survivors, tag } from "./support/Survivors.ts"

/** Each starts a Node that loads the engine, and a dozen programs: seconds on an idle machine, more on a busy one. */
const ceiling = 90_000

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url))

/** Ways of a program to get away. All of them at once, in one engine: one sweep has to end them all. */
const names = [
  "polite",
  "ignores-term",
  "double-fork",
  "setsid",
  "nohup",
  "npm-chain",
  "fork-loop",
  "session-hop",
  "retitled",
  "hidden",
  "hidden-closed",
  "session-sprint"
]

interface Running {
  readonly engine: Engine.Engine
  /** The pids that are alive, by scenario. Empty when nothing is. */
  readonly left: () => Readonly<Record<string, ReadonlyArray<number>>>
}

const running: Effect.Effect<Running, never, Scope.Scope> = Effect.gen(function* () {
  const words = new Map(names.map((name) => [name, tag()]))
  const left = () =>
    Object.fromEntries(
      [...words].flatMap(([name, word]) => {
        // The engine's own arguments name all of them.
        const alive = survivors(word).filter((pid) => pid !== engine.pid)
        return alive.length === 0 ? [] : [[name, alive]]
      })
    )
  for (const word of words.values()) yield* Effect.addFinalizer(() => endAll(word))
  const engine = yield* Engine.start([...words].map(([name, word]) => ["sh", `${fixtures}scenarios/${name}.sh`, word]))
  assert.deepStrictEqual(Object.keys(left()), names)
  return { engine, left }
})

/** Waits until nothing is left, and then for as long as what still forks would need to show itself. */
const empty = ({ engine, left }: Running) =>
  Effect.gen(function* () {
    yield* eventually(() => Object.keys(left()).length === 0, "the end of every program", {
      millis: 20_000,
      detail: () => JSON.stringify(left())
    })
    yield* eventually(() => engine.supervisors().length === 0, "the end of the sweep", { millis: 5_000 })
    yield* Effect.sleep(1_200)
    assert.deepStrictEqual(left(), {})
  })

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-test-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe.runIf(process.platform === "linux")("P3: when the engine itself is killed", () => {
  it.live(
    "P3: the supervisor ends its programs, whichever way they went",
    () =>
      Effect.gen(function* () {
        const all = yield* running
        yield* all.engine.supervisor()
        all.engine.signal("SIGKILL")
        yield* empty(all)
      }),
    ceiling
  )

  it.live(
    "P3: a supervisor that was killed before has been replaced, and the new one ends them",
    () =>
      Effect.gen(function* () {
        const all = yield* running
        const first = yield* all.engine.supervisor()
        process.kill(first, "SIGKILL")
        yield* all.engine.supervisor(first)
        all.engine.signal("SIGKILL")
        yield* empty(all)
      }),
    ceiling
  )

  it.live(
    "P3: killed together with its supervisor, the sweep of the next start ends them and says what it found",
    () =>
      Effect.gen(function* () {
        const all = yield* running
        // It can't start another one while it is stopped.
        all.engine.signal("SIGSTOP")
        process.kill(yield* all.engine.supervisor(), "SIGKILL")
        all.engine.signal("SIGKILL")
        yield* all.engine.exit
        assert.deepStrictEqual(Object.keys(all.left()), names)
        const report = yield* Effect.promise(() => EngineSweep.sweep(all.engine.number, { graceMillis: 300 }))
        assert.deepStrictEqual(all.left(), {})
        assert.isTrue(report.supported)
        assert.deepStrictEqual(report.left, [])
        assert.isAtLeast(report.found, names.length)
        assert.strictEqual(report.ended, report.found)
        const steps = names.map((_, i) => `${all.engine.number}.${i + 1}`)
        assert.deepStrictEqual([...report.marks].toSorted(), steps.toSorted())
        yield* empty(all)
        const second = yield* Effect.promise(() => EngineSweep.sweep(all.engine.number))
        assert.deepStrictEqual(second, { supported: true, found: 0, ended: 0, left: [], marks: [] })
      }),
    ceiling
  )

  it.live(
    "P4: the next start, right after the kill, leaves the signal to the supervisor that is at it",
    () =>
      Effect.gen(function* () {
        const directory = yield* scratch
        const file = join(directory, "count")
        yield* Effect.addFinalizer(() => endAll(directory))
        const engine = yield* Engine.start([["sh", `${fixtures}counts-into-file.sh`, directory, file]])
        yield* engine.supervisor()
        engine.signal("SIGKILL")
        yield* engine.exit
        const report = yield* Effect.promise(() => EngineSweep.sweepAfter(engine.number))
        assert.isTrue(report.supported)
        assert.deepStrictEqual(survivors(directory), [])
        assert.strictEqual(readFileSync(file, "utf8").split("\n").length - 1, 1)
      }),
    ceiling
  )

  it.live(
    "P3 P4: where the sweep is another program, as in a desktop, that one is started, and the next start waits for it",
    () =>
      Effect.gen(function* () {
        const directory = yield* scratch
        const file = join(directory, "count")
        const sweep = join(directory, "desktop")
        const run = fileURLToPath(new URL("../src/process/SweepCommand.ts", import.meta.url))
        // As the desktop's own executable does: its own arguments first, and then the flag.
        const script = join(directory, "main.mjs")
        writeFileSync(
          script,
          `import { run } from ${JSON.stringify(run)}\nprocess.exitCode = await run(process.argv.slice(4))\n`
        )
        writeFileSync(sweep, `#!/bin/sh\necho "$@" >>${directory}/args\nexec ${process.execPath} ${script} "$@"\n`)
        chmodSync(sweep, 0o755)
        yield* Effect.addFinalizer(() => endAll(directory))
        const sweeper = JSON.stringify([sweep, "--quiet", flag])
        const engine = yield* Engine.start([["sh", `${fixtures}counts-into-file.sh`, directory, file]], {
          flags: [`--sweeper=${sweeper}`]
        })
        yield* engine.supervisor()
        engine.signal("SIGKILL")
        yield* engine.exit
        const report = yield* Effect.promise(() => EngineSweep.sweepAfter(engine.number))
        assert.include(report, { supported: true, found: 0 })
        assert.deepStrictEqual(survivors(file), [])
        assert.strictEqual(readFileSync(file, "utf8").split("\n").length - 1, 1)
        assert.match(
          readFileSync(join(directory, "args"), "utf8"),
          new RegExp(`^--quiet --halte-sweep --since=\\d+ ${engine.number}\n$`)
        )
      }),
    ceiling
  )

  it.live(
    "P4: a program that had its SIGTERM from the engine gets none from the sweep, one that had none gets one",
    () =>
      Effect.gen(function* () {
        const directory = yield* scratch
        const count = (name: string) => {
          const file = join(directory, name)
          return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0
        }
        const command = (name: string) => ["sh", `${fixtures}counts-into-file.sh`, directory, join(directory, name)]
        yield* Effect.addFinalizer(() => endAll(directory))
        const engine = yield* Engine.start([command("told"), command("untold")])
        engine.signal("SIGUSR2")
        yield* eventually(() => count("told") === 1, "the SIGTERM", { millis: 10_000 })
        // Also a supervisor that came later knows.
        const first = yield* engine.supervisor()
        process.kill(first, "SIGKILL")
        yield* engine.supervisor(first)
        const alive = () => survivors(directory).filter((pid) => pid !== engine.pid)
        assert.isAtLeast(alive().length, 2)
        engine.signal("SIGKILL")
        yield* eventually(() => alive().length === 0, "the end of the programs", { millis: 10_000 })
        assert.deepStrictEqual([count("told"), count("untold")], [1, 1])
      }),
    ceiling
  )

  it.live(
    "P3: an engine that ends without closing anything leaves neither programs nor a supervisor",
    () =>
      Effect.gen(function* () {
        const engine = yield* Engine.start([["sh", "-c", "echo ready; sleep 0.1"]], { flags: ["--end"] })
        // The supervisor does not keep it alive.
        assert.strictEqual(yield* engine.exit, 0)
        yield* eventually(() => engine.supervisors().length === 0, "the end of the supervisor", { millis: 5_000 })
      }),
    ceiling
  )
})
