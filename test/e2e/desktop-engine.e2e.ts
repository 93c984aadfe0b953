/**
 * The engine of a desktop in its own process, with real programs: killed, stopped, busy. What the stand-in of Electron adds
 * is the process alone; the host, the ports, the store, the supervisor and the sweep are those of the product.
 */
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import type { ExecutionId } from "@halte/engine/model"
import { defaults } from "@halte/web/DesktopBridge"
import { Effect } from "effect"
import * as Desk from "../../packages/electron/src/main/Desk.ts"
import * as DurableProject from "../support/DurableProject.ts"
import * as EngineUnderTest from "../support/desktop/EngineUnderTest.ts"
import { eventually } from "../support/Eventually.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

const ceiling = 90_000

const scenarios = join(Repository.root, "packages/process/test/fixtures/scenarios")

/** Ways of a program to get away, each by the file that does it. */
const ways = ["ignores-term", "setsid", "double-fork"]

/** `first` is done when the others begin: each of them says so, and stays whatever it is told. */
const fugitives = `halte: 1
name: fugitives
steps:
  first: { run: echo ran >>first.log }
${ways.map((way) => `  ${way}: { after: first, run: [sh, away.sh, ${way}], grace: 1s }`).join("\n")}
  last: { after: [${ways.join(", ")}], run: echo ran >>last.log }
`

/** Runs its way until the file `go` is there, and then does nothing. */
const away = `[ -e go ] && { echo again >>$1.log; exit 0; }
echo begun >>$1.log
exec sh ${scenarios}/$1.sh 86399
`

const project = Effect.map(DurableProject.make(), (made) => {
  made.write("fugitives.flow.yaml", fugitives)
  made.write("away.sh", away)
  return made
})

const allBegun = (made: DurableProject.DurableProject, marked: EngineUnderTest.EngineUnderTest["marked"]) =>
  Effect.gen(function* () {
    yield* eventually(() => ways.every((way) => made.lines(`${way}.log`).includes("begun")), "every program", {
      millis: 30_000
    })
    yield* eventually(
      () => marked.alive().filter(({ command }) => command.endsWith("sleep 86399")).length >= ways.length,
      "what they start",
      { millis: 30_000, detail: () => JSON.stringify(marked.alive()) }
    )
  })

describe.skipIf(process.platform !== "linux")("the engine of a desktop", () => {
  it.live(
    "P3 R73 is killed: its programs end without it, however they got away; it starts again, and what was done stays done",
    () =>
      Effect.gen(function* () {
        const made = yield* project
        const under = yield* EngineUnderTest.start(made.directory)
        const { engine, executions, is, killed, marked } = under
        yield* is("Running")
        const id = yield* executions.start({ flow: "fugitives" })
        yield* allBegun(made, marked)
        yield* killed
        assert.deepStrictEqual(engine.state, { _tag: "Ended", how: "was killed by SIGKILL", running: ["fugitives"] })
        yield* marked.gone(20_000)
        engine.start()
        const { recovered } = yield* is("Running")
        assert.deepStrictEqual(
          recovered.map(({ execution, flow, left }) => ({ execution, flow, left })),
          [{ execution: id, flow: "fugitives", left: [] }]
        )
        const found = yield* executions.get(id)
        assert.strictEqual(found.status, "Interrupted")
        assert.deepStrictEqual(
          [...found.steps.values()].map(({ id, status }) => [id, status]),
          [["first", "Completed"], ...ways.map((way) => [way, "Interrupted"]), ["last", "Waiting"]]
        )
        yield* made.go
        yield* executions.resume(id, { by: "ada" })
        yield* EngineUnderTest.reaches(under, id, "Completed")
        assert.deepStrictEqual(made.lines("first.log"), ["ran"])
        for (const way of ways) assert.deepStrictEqual(made.lines(`${way}.log`), ["begun", "again"])
        assert.deepStrictEqual(made.lines("last.log"), ["ran"])
        yield* Effect.promise(() => engine.stop())
        yield* marked.gone()
      }),
    ceiling
  )

  it.live(
    "P3 R73 is killed while it stops: nothing is left, and the next one goes on where it was",
    () =>
      Effect.gen(function* () {
        const made = yield* project
        made.write(
          "go-on.sh",
          "trap '' TERM\n[ -e go ] && exit 0\necho begun >>go-on.log\nwhile :; do sleep 0.02; done\n"
        )
        made.write(
          "slow.flow.yaml",
          "halte: 1\nname: slow\nsteps:\n  first: { run: echo ran >>first.log }\n  a: { after: first, run: [sh, go-on.sh], grace: 10m }\n"
        )
        const under = yield* EngineUnderTest.start(made.directory)
        const { engine, executions, is, killed, marked } = under
        yield* is("Running")
        const id = yield* executions.start({ flow: "slow" })
        yield* eventually(() => made.lines("go-on.log").length === 1, "its program", { millis: 30_000 })
        const stopped = engine.stop({ by: "ada" })
        yield* EngineUnderTest.reaches(under, id, "Interrupting")
        yield* killed
        // Whoever waits for the stop is not left waiting.
        yield* Effect.promise(() => stopped)
        assert.deepStrictEqual(engine.state, { _tag: "Ended", how: "was killed by SIGKILL", running: ["slow"] })
        yield* marked.gone(20_000)
        engine.start()
        yield* is("Running")
        yield* made.go
        yield* executions.resume(id)
        yield* EngineUnderTest.reaches(under, id, "Completed")
        assert.deepStrictEqual(made.lines("first.log"), ["ran"])
        yield* Effect.promise(() => engine.stop())
        const { events } = yield* made.newest
        assert.deepStrictEqual(
          events.flatMap((event) => (event.type === "interrupt-requested" ? [event.signal.source] : [])),
          ["Desktop"]
        )
      }),
    ceiling
  )

  it.live(
    "R73 is killed while a desk takes up again what the one before it ran: all of it is offered again, and goes on",
    () =>
      Effect.gen(function* () {
        const made = yield* DurableProject.make()
        const under = yield* EngineUnderTest.start(made.directory)
        const { engine, executions, is, killed } = under
        const desk = yield* Effect.acquireRelease(
          Effect.sync(() =>
            Desk.make({
              number: 1,
              directory: made.directory,
              engine,
              preload: "/app/Preload.cjs",
              page: pathToFileURL("/app/page/"),
              devTools: false,
              settings: { now: defaults, recent: [] },
              user: "ada",
              windowClosing: () => true,
              windowClosed: () => undefined,
              tellOutside: () => undefined,
              log: () => undefined
            })
          ),
          (desk) => Effect.sync(() => desk.close())
        )
        const offered = () => {
          const state = desk.state().engine
          return state._tag === "Ended" ? state.running : state._tag
        }
        yield* is("Running")
        const ids: Array<ExecutionId.ExecutionId> = []
        for (let n = 0; n < 4; n++) ids.push(yield* executions.start({ flow: "build" }))
        yield* eventually(() => engine.live.length === 4, "all of them", { millis: 30_000 })
        yield* killed
        assert.deepStrictEqual(offered(), ["build", "build", "build", "build"])
        // As soon as the next one runs the first of them, it dies.
        const leave = engine.onChange(() => {
          if (engine.live.length > 0 && engine.pid !== undefined) process.kill(engine.pid, "SIGKILL")
        })
        const first = yield* Effect.promise(() => desk.restartEngine({ resume: true }).catch((error: Error) => error))
        leave()
        yield* is("Ended")
        assert.deepStrictEqual(offered(), ["build", "build", "build", "build"])
        assert.match(String(first), /The engine ended again before all of what it ran was resumed/)
        yield* made.go
        yield* Effect.promise(() => desk.restartEngine({ resume: true }))
        for (const id of ids) yield* EngineUnderTest.reaches(under, id, "Completed")
        assert.deepStrictEqual(desk.state().notices, [])
        yield* Effect.promise(() => engine.stop())
      }),
    ceiling
  )

  it.live(
    "P2 P3 P6 stops within the bound: what ignores SIGTERM is killed, nothing is left, and the record is whole",
    () =>
      Effect.gen(function* () {
        const made = yield* project
        const under = yield* EngineUnderTest.start(made.directory)
        const { engine, executions, is, marked } = under
        yield* is("Running")
        const id = yield* executions.start({ flow: "fugitives" })
        yield* allBegun(made, marked)
        const begun = performance.now()
        yield* Effect.promise(() => engine.stop({ by: "ada", via: "the menu" }))
        // Its grace of 1 s and the time to kill, with room for a machine that others use too.
        assert.isBelow(performance.now() - begun, 15_000)
        assert.deepStrictEqual(marked.alive(), [])
        assert.deepStrictEqual(engine.state, { _tag: "Ended", how: "was stopped", running: [] })
        const { events, state } = yield* made.newest
        assert.strictEqual(state.status, "Interrupted")
        const last = events.at(-1)
        if (last?.type !== "execution-ended") return assert.fail("it has no end")
        assert.deepStrictEqual(
          [
            last.partition.completed,
            last.partition.interrupted.map(({ step }) => step).toSorted(),
            last.partition.notStarted
          ],
          [["first"], ways.toSorted(), ["last"]]
        )
        assert.strictEqual(state.id, id)
        // One graceful signal to each.
        const told = events.flatMap((event) =>
          event.type === "process-signalled" && event.signal === "SIGTERM" ? [event.step] : []
        )
        assert.deepStrictEqual(told.toSorted(), ways.toSorted())
      }),
    ceiling
  )

  it.live(
    "P11 ends by force what has ten minutes left, when a person says so a second time",
    () =>
      Effect.gen(function* () {
        const made = yield* project
        made.write(
          "long.flow.yaml",
          "halte: 1\nname: long\nsteps:\n  a: { run: [sh, stubborn.sh, stubborn], grace: 10m }\n"
        )
        const under = yield* EngineUnderTest.start(made.directory)
        const { engine, executions, is, marked } = under
        yield* is("Running")
        const id = yield* executions.start({ flow: "long" })
        yield* eventually(() => made.lines("stubborn.log").length === 1, "its program", { millis: 30_000 })
        const stopped = engine.stop({ by: "ada" })
        yield* EngineUnderTest.reaches(under, id, "Interrupting")
        engine.terminate({ by: "ada", via: "the button" })
        yield* Effect.promise(() => stopped)
        assert.deepStrictEqual(marked.alive(), [])
        assert.strictEqual((yield* made.newest).state.status, "Terminated")
      }),
    ceiling
  )

  it.live(
    "R33 answers at once while a module runs `while (true) {}`; terminate ends that, and others go on meanwhile",
    () =>
      Effect.gen(function* () {
        const made = yield* project
        const spins = join(made.directory, "spins")
        writeFileSync(
          join(made.directory, "deaf.mjs"),
          `import { writeFileSync } from "node:fs"
export default () => {
  writeFileSync(${JSON.stringify(spins)}, "yes")
  while (true) {}
}
`
        )
        made.write("deaf.flow.yaml", "halte: 1\nname: deaf\nsteps:\n  spin: { use: ./deaf.mjs }\n")
        const under = yield* EngineUnderTest.start(made.directory)
        const { engine, executions, get, is } = under
        yield* is("Running")
        const id = yield* executions.start({ flow: "deaf" })
        yield* eventually(() => existsSync(spins), "the thread to spin", { millis: 30_000 })
        const begun = performance.now()
        for (const path of ["/flows", "/executions", `/executions/${id}`, "/health/ready"])
          assert.strictEqual((yield* get(path)).status, 200)
        assert.isBelow(performance.now() - begun, 5_000)
        yield* made.go
        yield* EngineUnderTest.reaches(under, yield* executions.start({ flow: "build" }), "Completed")
        // It never looks, so that a stop alone waits for it.
        const stopped = engine.stop({ by: "ada" })
        yield* EngineUnderTest.reaches(under, id, "Interrupting")
        engine.terminate()
        yield* Effect.promise(() => stopped)
        assert.deepStrictEqual(
          (yield* made.recorded).map(({ state }) => [state.flow, state.status]),
          [
            ["build", "Completed"],
            ["deaf", "Terminated"]
          ]
        )
      }),
    ceiling
  )

  it.live(
    "P3 is gone with its main process, however that ended, and so is all that it ran",
    () =>
      Effect.gen(function* () {
        const made = yield* project
        const main = yield* Program.start([
          process.execPath,
          "--conditions=@halte/source",
          join(Repository.root, "test/support/desktop/EngineParent.ts"),
          made.directory,
          "fugitives"
        ])
        const [, pid] = yield* main.stdout.waitFor(/^engine (\d+)$/m)
        yield* allBegun(made, main.marked)
        assert.isTrue(main.marked.alive().some((one) => one.pid === Number(pid)))
        yield* main.signal("SIGKILL")
        yield* main.end()
        yield* main.marked.gone(20_000)
        // The next one, here a terminal, finds it interrupted and can go on.
        const next = yield* made.run(["list"])
        assert.include(next.said, "was found without its engine: it is interrupted now")
        yield* made.go
        const resumed = yield* made.run(["resume", (yield* made.newest).id])
        assert.strictEqual(resumed.code, 0)
        assert.deepStrictEqual(made.lines("first.log"), ["ran"])
      }),
    ceiling
  )
})
