/** An engine's process as the main process sees it: its start, its end, and what is said of both. The process is real. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as EngineUnderTest from "../../../test/support/desktop/EngineUnderTest.ts"
import { electronControl, utilityProcess } from "../../../test/support/electron/Main.ts"
import { eventually } from "../../../test/support/Eventually.ts"
import * as Repository from "../../../test/support/Repository.ts"
import * as EngineProcess from "../src/main/EngineProcess.ts"
import type { OpenedFile } from "../src/main/OpenedFiles.ts"

const ceiling = 60_000

const flow = (name: string, run: string) => `halte: 1\nname: ${name}\nsteps:\n  a: { run: ${run} }\n`

const project = Effect.map(Repository.scratch("desk"), (directory) => ({
  directory,
  write: (name: string, text: string) => writeFileSync(join(directory, name), text)
}))

/** A program in the place of the host, for what a real one does not do. */
const hostOf = (text: string) =>
  Effect.map(Repository.scratch("host"), (directory) => {
    const path = join(directory, "Host.mjs")
    writeFileSync(path, text)
    return path
  })

describe("the process of an engine", () => {
  it.live(
    "R33 opens the project of its directory, and requests that come meanwhile wait for it; its own process has a name",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        write("build.flow.yaml", flow("build", "echo 1"))
        mkdirSync(join(directory, ".halte"))
        mkdirSync(join(directory, "deep"))
        const { engine, executions, get, is, log } = yield* EngineUnderTest.start(join(directory, "deep"), {
          env: { HALTE_DIR: "/somewhere/else" }
        })
        assert.deepStrictEqual([engine.state, engine.directory], [{ _tag: "Starting" }, join(directory, "deep")])
        const { body, status } = yield* get("/server")
        assert.strictEqual(status, 200)
        assert.deepInclude(body, { command: true, project: directory.split("/").at(-1) })
        assert.deepStrictEqual(yield* is("Running"), { _tag: "Running", recovered: [] })
        // As a terminal in that directory would find it.
        assert.strictEqual(engine.directory, directory)
        assert.deepStrictEqual(
          (yield* executions.flows).map(({ name }) => name),
          ["build", "command"]
        )
        const { options } = electronControl.utilityProcesses[0]!
        assert.deepInclude(options, { serviceName: "Halte engine", stdio: "pipe" })
        yield* Effect.promise(() => engine.stop())
        assert.deepStrictEqual(engine.state, { _tag: "Ended", how: "was stopped", running: [] })
        assert.match(log[0]!, /^engine \d+: started for .*deep$/)
        assert.match(log.at(-1)!, /^engine \d+: was stopped$/)
        assert.strictEqual(electronControl.openPorts(), 0)
      }),
    ceiling
  )

  it.live(
    "P4 does not hear the terminal's Ctrl-C, nor a SIGTERM to all: who ends is for the main process to say",
    () =>
      Effect.gen(function* () {
        const { directory } = yield* project
        const { engine, get, is } = yield* EngineUnderTest.start(directory)
        yield* is("Running")
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.kill(engine.pid!, signal)
        assert.strictEqual((yield* get("/health/live")).status, 200)
        yield* Effect.promise(() => engine.stop())
        assert.deepStrictEqual(engine.state, { _tag: "Ended", how: "was stopped", running: [] })
      }),
    ceiling
  )

  it.live(
    "says that it was killed and what ran, refuses requests meanwhile, and starts again",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        write("wait.flow.yaml", flow("wait", "echo begun >begun; sleep 600"))
        const under = yield* EngineUnderTest.start(directory)
        const { engine, executions, get, is, killed } = under
        const changes: Array<string> = []
        engine.onChange(() => void changes.push(`${engine.state._tag} ${engine.live.length}`))
        yield* is("Running")
        const first = yield* executions.start({ flow: "wait" })
        const second = yield* executions.start({ flow: "command", params: { line: "sleep 601", graceMillis: 500 } })
        yield* eventually(() => engine.live.length === 2, "both", { millis: 10_000 })
        assert.deepStrictEqual(engine.live, [first, second])
        assert.deepStrictEqual(engine.live.map(engine.name), ["wait", "sleep 601"])
        const { pid } = engine
        const atExit: Array<unknown> = []
        electronControl.utilityProcesses[0]!.once("exit", () => atExit.push(engine.pid, engine.state._tag))
        yield* killed
        // One that has no process any more says so at once, and not a moment before.
        assert.deepStrictEqual(atExit, [pid, "Running"])
        assert.deepStrictEqual(engine.state, {
          _tag: "Ended",
          how: "was killed by SIGKILL",
          running: ["wait", "sleep 601"]
        })
        assert.deepStrictEqual(engine.live, [])
        assert.isUndefined(engine.name(first))
        assert.strictEqual(engine.pid, undefined)
        const { body, status } = yield* get("/executions")
        assert.strictEqual(status, 503)
        assert.deepInclude(body, { code: "executions-unavailable", status: 503 })
        assert.include(JSON.stringify(body), "it was killed by SIGKILL")
        assert.strictEqual((yield* Effect.flip(executions.list()))._tag, "ExecutionsUnavailable")
        yield* Effect.promise(() => engine.stop())
        engine.start()
        assert.deepStrictEqual(engine.state, { _tag: "Starting" })
        engine.start()
        assert.strictEqual(electronControl.utilityProcesses.length, 2)
        const { recovered } = yield* is("Running")
        assert.deepStrictEqual(recovered.map(({ execution }) => execution).toSorted(), [first, second].toSorted())
        assert.include(changes, "Ended 0")
        const stopping = engine.stop({ by: "ada" })
        yield* Effect.promise(() => engine.stop())
        yield* Effect.promise(() => stopping)
      }),
    ceiling
  )

  it.live(
    "says why a project can't be used, and opens it when that is no longer so",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        write(".halte", "no directory")
        const { engine, get, is, log } = yield* EngineUnderTest.start(directory)
        const failed = yield* is("Failed")
        assert.strictEqual(failed.code, "project-unusable")
        assert.match(failed.message, /\.halte` can't keep executions: something that is no directory has its name/)
        assert.include(JSON.stringify((yield* get("/flows")).body), "something that is no directory has its name")
        yield* eventually(() => engine.pid === undefined, "its end", { millis: 10_000 })
        assert.strictEqual(engine.state._tag, "Failed")
        assert.match(log.at(-1)!, /ended with code 69$/)
        rmSync(join(directory, ".halte"))
        engine.start()
        yield* is("Running")
        yield* Effect.promise(() => engine.stop())
      }),
    ceiling
  )

  it.live(
    "is started again at once where it has failed but still has its process, unless it is asked to end meanwhile",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        write(".halte", "no directory")
        const { engine, get, is } = yield* EngineUnderTest.start(directory)
        const failed = yield* is("Failed")
        const { pid } = engine
        assert.isDefined(pid)
        engine.start()
        engine.start()
        assert.deepStrictEqual([engine.state, engine.pid], [{ _tag: "Starting" }, pid])
        // Whoever asks waits for the next one, and whoever stops it wants none.
        const asked = yield* Effect.forkChild(get("/server"), { startImmediately: true })
        const stopped = engine.stop()
        assert.deepStrictEqual(engine.state, failed)
        yield* Effect.promise(() => stopped)
        assert.deepStrictEqual([engine.state, engine.pid], [failed, undefined])
        assert.strictEqual((yield* Fiber.join(asked)).status, 503)
        assert.strictEqual(electronControl.utilityProcesses.length, 1)
        engine.start()
        yield* is("Failed")
        assert.isDefined(engine.pid)
        rmSync(join(directory, ".halte"))
        engine.start()
        const file = join(directory, "late.flow.yaml")
        write("late.flow.yaml", flow("late", "echo 1"))
        const opened = engine.addFile(file)
        assert.strictEqual((yield* get("/server")).status, 200)
        yield* is("Running")
        assert.deepStrictEqual(yield* Effect.promise(() => opened), { _tag: "Flow", name: "late" })
        assert.strictEqual(electronControl.utilityProcesses.length, 3)
        yield* Effect.promise(() => engine.stop())
        // One that does not go by itself does not keep the next one waiting without end.
        const hangs = yield* EngineUnderTest.start(directory, {
          startMillis: 300,
          hostPath: yield* hostOf(`process.parentPort.on("message", () =>
  process.parentPort.postMessage({ _tag: "Failed", code: "project-unusable", message: "It hangs." }))
setInterval(() => {}, 1000)
`)
        })
        yield* hangs.is("Failed")
        const first = hangs.engine.pid
        hangs.engine.start()
        yield* eventually(() => hangs.engine.pid !== undefined && hangs.engine.pid !== first, "the next process", {
          millis: 10_000
        })
        yield* hangs.is("Failed")
        hangs.engine.kill()
      }),
    ceiling
  )

  it.live(
    "R9 is told nothing any more once it has exited, and the next one is started after that was told",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        write("wait.flow.yaml", flow("wait", "sleep 600"))
        const { engine, is, killed } = yield* EngineUnderTest.start(directory)
        yield* is("Running")
        const [child] = electronControl.utilityProcesses
        let isTold = false
        child!.once("exit", () => {
          void engine.addFile(join(directory, "wait.flow.yaml"))
          engine.terminate()
          void engine.stop()
          isTold = true
        })
        const leave = engine.onChange(() => {
          if (engine.state._tag === "Ended") engine.start()
        })
        yield* killed
        assert.isTrue(isTold)
        yield* is("Running")
        leave()
        // What the one before it still says is not this one's.
        child!.emit("message", { _tag: "Live", executions: [{ id: "1", name: "old" }] })
        child!.emit("message", { _tag: "Failed", code: "project-unusable", message: "It is old." })
        assert.deepStrictEqual([engine.state, engine.live], [{ _tag: "Running", recovered: [] }, []])
        yield* Effect.promise(() => engine.stop())
      }),
    ceiling
  )

  it.live("was stopped where it was asked to and ended without an error, and not where it just ended", () =>
    Effect.gen(function* () {
      const { directory } = yield* project
      const hostPath = yield* hostOf(`process.parentPort.on("message", ({ data }) => {
  if (data._tag === "Open")
    process.parentPort.postMessage({ _tag: "Opened", directory: data.project.directory, recovered: [] })
  if (data._tag === "Open") process.parentPort.postMessage({ _tag: "Live", executions: [{ id: "1", name: "release" }] })
  if (data._tag === "Stop") process.exit(data.via === "badly" ? 3 : 0)
  if (data._tag === "AddFile") process.exit(0)
})
`)
      const ended = (end: (engine: EngineProcess.EngineProcess) => void) =>
        Effect.gen(function* () {
          const { engine, is } = yield* EngineUnderTest.start(directory, { hostPath })
          yield* eventually(() => engine.live.length === 1, "what it runs", { millis: 10_000 })
          end(engine)
          const { how, running } = yield* is("Ended")
          return [how, running]
        })
      assert.deepStrictEqual(yield* ended((engine) => void engine.stop()), ["was stopped", []])
      assert.deepStrictEqual(yield* ended((engine) => void engine.stop({ via: "badly" })), [
        "ended with code 3",
        ["release"]
      ])
      assert.deepStrictEqual(yield* ended((engine) => void engine.addFile("/p/a.flow.yaml")), [
        "ended with code 0",
        ["release"]
      ])
    })
  )

  it.live(
    "P9 two engines of one project, as of two desktops, run beside each other and see and stop what the other runs",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        write("wait.flow.yaml", flow("wait", "sleep 600"))
        const one = yield* EngineUnderTest.start(directory)
        const other = yield* EngineUnderTest.start(directory)
        yield* one.is("Running")
        yield* other.is("Running")
        const id = yield* one.executions.start({ flow: "wait" })
        yield* eventually(() => one.engine.live.length === 1, "it", { millis: 10_000 })
        assert.deepStrictEqual(other.engine.live, [])
        assert.strictEqual((yield* other.executions.get(id)).status, "Running")
        yield* Effect.promise(() => other.engine.stop())
        assert.strictEqual((yield* one.executions.get(id)).status, "Running")
        other.engine.start()
        yield* other.is("Running")
        yield* other.executions.interrupt(id, { by: "bob", via: "the menu" })
        const state = yield* EngineUnderTest.reaches(other, id, "Interrupted")
        assert.deepInclude(state.requests[0]?.signal, { source: "Desktop", by: "bob", via: "the menu" })
        yield* eventually(() => one.engine.live.length === 0, "its end", { millis: 10_000 })
        yield* Effect.promise(() => Promise.all([one.engine.stop(), other.engine.stop()]))
      }),
    ceiling
  )

  it.live(
    "says which flow a file is that is opened, also one that came while it started; once it has ended, that it does not",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        write("early.flow.yaml", flow("one", "echo 1"))
        write("wrong.flow.yaml", "halte: 1\nname: two\n")
        const file = (name: string) => join(directory, `${name}.flow.yaml`)
        const { engine, executions, is, killed } = yield* EngineUnderTest.start(directory)
        const text = (opened: OpenedFile) => (opened._tag === "Wrong" ? opened.text : opened)
        assert.deepStrictEqual(yield* Effect.promise(() => engine.addFile(file("early"))), {
          _tag: "Flow",
          name: "one"
        })
        assert.match(
          String(text(yield* Effect.promise(() => engine.addFile(file("wrong"))))),
          /^Flow `wrong` can't run as it is defined now: wrong\.flow\.yaml:/
        )
        yield* killed
        const outside = yield* Repository.scratch("outside")
        const late = join(outside, "late.flow.yaml")
        writeFileSync(late, flow("late", "echo 1"))
        assert.strictEqual(
          text(yield* Effect.promise(() => engine.addFile(late))),
          "`late.flow.yaml` could not be opened: the engine does not run: it was killed by SIGKILL. It is among the flows of its project once an engine has read it."
        )
        engine.start()
        yield* is("Running")
        assert.deepStrictEqual(
          (yield* executions.flows).map(({ name }) => name),
          ["late", "one", "command"]
        )
        yield* Effect.promise(() => engine.stop())
      }),
    ceiling
  )

  it.live(
    "whoever waits for what it says of a file hears it once it is there, or that it has ended, failed, or is silent",
    () =>
      Effect.gen(function* () {
        const { directory, write } = yield* project
        const hostPath = yield* hostOf("setInterval(() => {}, 1000)\n")
        const text = (opened: OpenedFile) => (opened._tag === "Wrong" ? opened.text : opened)
        const early = EngineProcess.make({
          project: { directory, files: [], maxExecutions: null, user: "ada", sweeper: [] },
          hostPath: yield* hostOf(
            `process.parentPort.on("message", ({ data }) => {
  if (data._tag === "AddFile") process.parentPort.postMessage({ _tag: "File", file: data.file, flow: "one" })
})
`
          ),
          env: Repository.environment(),
          log: () => undefined
        })
        const before = early.addFile("/p/a.flow.yaml")
        electronControl.ready()
        early.start()
        assert.deepStrictEqual(yield* Effect.promise(() => before), { _tag: "Flow", name: "one" })
        early.kill()
        const silent = yield* EngineUnderTest.start(directory, { hostPath, startMillis: 300 })
        assert.match(
          String(text(yield* Effect.promise(() => silent.engine.addFile("/p/a.flow.yaml")))),
          /^`a\.flow\.yaml` could not be opened: the engine has not said within 0\.3 s which flow it is\. /
        )
        silent.engine.kill()
        const ending = yield* EngineUnderTest.start(directory, { hostPath })
        const asked = ending.engine.addFile("/p/a.flow.yaml")
        ending.engine.kill()
        assert.match(
          String(text(yield* Effect.promise(() => asked))),
          /: the engine does not run: it was killed by SIGKILL\. /
        )
        write(".halte", "no directory")
        const failing = yield* EngineUnderTest.start(directory)
        assert.match(
          String(text(yield* Effect.promise(() => failing.engine.addFile("/p/a.flow.yaml")))),
          /something that is no directory has its name/
        )
        yield* eventually(() => failing.engine.pid === undefined, "its end", { millis: 10_000 })
      }),
    ceiling
  )

  it.live(
    "an error of its own ends it with what it said in the log, and the window can say so",
    () =>
      Effect.gen(function* () {
        const { directory } = yield* project
        const hostPath = yield* hostOf(`import ${JSON.stringify(EngineUnderTest.hostPath)}
process.parentPort.on("message", ({ data }) => {
  if (data._tag !== "AddFile") return
  if (data.file === "rejects") void Promise.reject(new Error("nobody waits"))
  else throw new Error("a mistake")
})
`)
        const { engine, get, is, log } = yield* EngineUnderTest.start(directory, { hostPath })
        yield* is("Running")
        // A promise that nobody waits for ends nothing.
        void engine.addFile("rejects")
        yield* eventually(() => log.some((line) => line.includes("nobody waits")), "the line", { millis: 10_000 })
        assert.strictEqual((yield* get("/health/live")).status, 200)
        void engine.addFile("throws")
        const { how } = yield* is("Ended")
        assert.strictEqual(how, "ended after an error of its own, which is in the log")
        yield* eventually(() => log.some((line) => line.includes("Error: a mistake")), "the line", { millis: 10_000 })
      }),
    ceiling
  )

  it.live("that never comes up is not waited for without end, and requests that go away are let go", () =>
    Effect.gen(function* () {
      const { directory } = yield* project
      const hostPath = yield* hostOf("setInterval(() => {}, 1000)\n")
      const { engine, get } = yield* EngineUnderTest.start(directory, { hostPath, startMillis: 150 })
      const gone = new AbortController()
      const leaving = yield* Effect.forkChild(
        Effect.promise(() => engine.fetch(new Request("halte://app/server", { signal: gone.signal })))
      )
      gone.abort()
      assert.strictEqual((yield* Fiber.join(leaving)).status, 503)
      const { body, status } = yield* get("/server")
      assert.strictEqual(status, 503)
      assert.include(JSON.stringify(body), "it is still starting")
      engine.kill()
      yield* eventually(() => engine.state._tag === "Ended", "its end", { millis: 10_000 })
    })
  )

  it.live("that can't be started is a state that says so", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const make = () =>
        EngineProcess.make({
          project: { directory: "/", files: [], maxExecutions: null, user: "ada", sweeper: [] },
          hostPath: "/no/such/host.mjs",
          env: {},
          log: (line) => void lines.push(line),
          startMillis: 100
        })
      electronControl.reset()
      const early = make()
      early.start()
      assert.deepStrictEqual(early.state, {
        _tag: "Failed",
        code: "engine-not-started",
        message:
          "The engine can't be started: utilityProcess cannot be created before app is ready. Try again, or look into the log."
      })
      yield* Effect.promise(() => early.stop())
      electronControl.ready()
      const missing = make()
      missing.start()
      missing.kill()
      yield* eventually(() => missing.state._tag === "Ended", "its end", { millis: 10_000 })
      electronControl.reset()
    })
  )

  it.live("of which the system never says that it began is given up, and killed should it begin after all", () =>
    Effect.gen(function* () {
      electronControl.ready()
      const hostPath = yield* hostOf("setInterval(() => {}, 1000)\n")
      const { fork } = utilityProcess
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          utilityProcess.fork = (...args) => {
            const child = fork(...args)
            child.process.removeAllListeners("spawn")
            return child
          }
        }),
        () =>
          Effect.sync(() => {
            utilityProcess.fork = fork
            electronControl.reset()
          })
      )
      const engine = EngineProcess.make({
        project: { directory: "/", files: [], maxExecutions: null, user: "ada", sweeper: [] },
        hostPath,
        env: Repository.environment(),
        log: () => undefined,
        startMillis: 100
      })
      engine.start()
      const gone = engine.stop()
      yield* Effect.promise(() => gone)
      assert.deepInclude(engine.state, { _tag: "Failed", code: "engine-not-started" })
      const child = electronControl.utilityProcesses[0]!
      child.pid = child.process.pid
      child.emit("spawn")
      yield* eventually(() => child.ended, "its end", { millis: 10_000 })
      assert.strictEqual(engine.state._tag, "Failed")
    })
  )
})
