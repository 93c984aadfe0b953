/** The engine's host in this process, over real ports: what it says to the main process, and how it ends. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ExecutionsRemote } from "@halte/client"
import type { ExecutionId, Executions } from "@halte/engine/model"
import * as DurableProject from "../../../test/support/DurableProject.ts"
import { MessageChannelMain } from "../../../test/support/electron/Main.ts"
import { eventually } from "../../../test/support/Eventually.ts"
import * as EngineUnderTest from "../../../test/support/desktop/EngineUnderTest.ts"
import * as Repository from "../../../test/support/Repository.ts"
import { connect } from "../src/bridge/RequestPort.ts"
import * as EngineHost from "../src/host/EngineHost.ts"
import type { FromHost, OpenProject, ToHost } from "../src/host/HostMessage.ts"

interface Host {
  readonly tell: (message: ToHost) => void
  readonly heard: ReadonlyArray<FromHost>
  /** The last of what it said it runs. */
  readonly live: () => ReadonlyArray<string>
  readonly hear: <Tag extends FromHost["_tag"]>(tag: Tag) => Effect.Effect<Extract<FromHost, { readonly _tag: Tag }>>
  readonly executions: Executions.ExecutionsShape
  readonly closePort: () => void
  readonly entered: ReadonlyArray<string>
  /** Its exit code. */
  readonly ended: Effect.Effect<number>
}

/** A host that is told to open a directory. As the main process does, the port is closed at its last word. */
const host = (directory: string, options: Partial<OpenProject> = {}): Effect.Effect<Host, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { port1, port2 } = new MessageChannelMain()
      const client = connect(port1)
      const heard: Array<FromHost> = []
      const entered: Array<string> = []
      let code: number | undefined
      let receive: Parameters<EngineHost.ParentPort["on"]>[1] = () => undefined
      EngineHost.run({
        parent: {
          on: (_, listener) => (receive = listener),
          postMessage: (message) => {
            heard.push(structuredClone(message) as FromHost)
            const { _tag } = message as FromHost
            if (_tag === "Stopped" || _tag === "Failed") setImmediate(() => client.close("over"))
          }
        },
        enter: (path) => void entered.push(path),
        exit: (given) => (code = given)
      })
      const tell = (message: ToHost) => receive({ data: message, ports: [] })
      const project: OpenProject = { directory, files: [], maxExecutions: null, user: "ada", sweeper: [], ...options }
      receive({ data: { _tag: "Open", project } satisfies ToHost, ports: [port2] })
      const detail = () => JSON.stringify(heard)
      return {
        tell,
        heard,
        entered,
        live: () => heard.findLast((one) => one._tag === "Live")?.executions.map(({ name }) => name) ?? [],
        hear: (tag) =>
          eventually(() => heard.find((one) => one._tag === tag) as never, `\`${tag}\``, { millis: 10_000, detail }),
        executions: ExecutionsRemote.make({
          transport: client.fetch,
          url: "halte://app",
          name: "the engine",
          source: "Desktop"
        }),
        closePort: () => client.close("the main process is gone"),
        ended: eventually(() => (code === undefined ? undefined : { code }), "its end", {
          millis: 15_000,
          detail
        }).pipe(Effect.map((end) => end.code))
      } satisfies Host
    }),
    ({ ended, tell }) =>
      Effect.andThen(
        Effect.sync(() => tell({ _tag: "Terminate" })),
        ended
      )
  )

const project = DurableProject.make()

const begun = ({ lines }: DurableProject.DurableProject, name = "hold") =>
  eventually(() => lines(`${name}.log`).includes("begun"), "its program", { millis: 10_000 })

const stateOf = (recorded: ReadonlyArray<DurableProject.Recorded>, id: ExecutionId.ExecutionId) =>
  recorded.find((one) => one.id === id)?.state ?? assert.fail(`\`${id}\` is not recorded`)

describe("the host of an engine", () => {
  it.live("P10 R4 runs what it is asked to as the desktop's, by its user, and says what it runs at each change", () =>
    Effect.gen(function* () {
      const place = yield* project
      const { entered, executions, hear, heard, live } = yield* host(place.directory)
      assert.deepStrictEqual(yield* hear("Opened"), { _tag: "Opened", directory: place.directory, recovered: [] })
      assert.deepStrictEqual(entered, [place.directory])
      const id = yield* executions.start({ flow: "build", source: "Sdk" })
      yield* eventually(() => live().length === 1, "it", { millis: 10_000 })
      assert.deepStrictEqual(live(), ["build"])
      const command = yield* executions.start({ flow: "command", params: { line: "sh hold.sh own", graceMillis: 500 } })
      yield* begun(place, "own")
      yield* eventually(() => live().length === 2, "both", { millis: 10_000 })
      assert.deepStrictEqual(live(), ["build", "sh hold.sh own"])
      yield* begun(place)
      yield* executions.interrupt(command)
      yield* eventually(() => live().length === 1, "the first alone", { millis: 10_000 })
      // Paused it is still run by this engine.
      yield* executions.pause(id)
      yield* executions.resume(id)
      assert.deepStrictEqual(live(), ["build"])
      yield* executions.interrupt(id, { by: "bob" })
      yield* eventually(() => live().length === 0, "none", { millis: 10_000 })
      yield* executions.resume(id)
      yield* eventually(() => live().length === 1, "it again", { millis: 10_000 })
      yield* place.go
      yield* eventually(() => live().length === 0, "none again", { millis: 10_000 })
      // What changed within a turn is told once.
      const told = heard.flatMap((one) => (one._tag === "Live" ? [one.executions.length] : []))
      assert.deepStrictEqual(told, [1, 2, 1, 0, 1, 0])
      const state = yield* executions.get(id)
      assert.deepInclude(state, { status: "Completed", source: "Desktop", by: "ada" })
      assert.deepInclude(state.requests[0]?.signal, { source: "Desktop", by: "bob" })
    })
  )

  it.live("lets so many run at a time as it is told, and says of those that wait that it has them", () =>
    Effect.gen(function* () {
      const place = yield* project
      const { executions, hear, live, tell } = yield* host(place.directory, { maxExecutions: 1 })
      yield* hear("Opened")
      const first = yield* executions.start({ flow: "build" })
      yield* begun(place)
      const second = yield* executions.start({ flow: "build" })
      assert.strictEqual((yield* executions.get(second)).status, "Pending")
      yield* eventually(() => live().length === 2, "both", { millis: 10_000 })
      tell({ _tag: "Stop" })
      yield* hear("Stopped")
      const recorded = yield* place.recorded
      assert.deepStrictEqual(
        [stateOf(recorded, first).status, stateOf(recorded, second).status],
        ["Interrupted", "Interrupted"]
      )
      // The second never began.
      assert.deepStrictEqual(place.lines("first.log"), ["ran"])
    })
  )

  it.live("P3 P4 P6 asked to stop by a person it does so in order: watched meanwhile, recorded, and by whom", () =>
    Effect.gen(function* () {
      const place = yield* project
      place.write(
        "late.sh",
        "trap 'echo told >>told.log; while [ ! -e go ]; do sleep 0.02; done; exit 0' TERM\necho begun >>late.log\nwhile :; do sleep 0.02; done\n"
      )
      place.write(
        "late.flow.yaml",
        "halte: 1\nname: late\nsteps:\n  a: { run: [sh, late.sh], grace: 20s }\n  b: { after: a, run: echo b }\n"
      )
      const { ended, executions, hear, heard, live, tell } = yield* host(place.directory)
      yield* hear("Opened")
      const id = yield* executions.start({ flow: "late" })
      yield* begun(place, "late")
      tell({ _tag: "Stop", by: "ada", via: "the menu" })
      tell({ _tag: "Stop", by: "bob" })
      const state = yield* EngineUnderTest.reaches({ executions }, id, "Interrupting")
      assert.deepInclude(state.bound, { _tag: "Within", millis: 20_500 })
      // Nothing begins any more, and what runs can be watched.
      const refused = yield* Effect.flip(executions.start({ flow: "build" }))
      assert.include(refused.message, "starts nothing any more")
      assert.deepStrictEqual(live(), ["late"])
      assert.isFalse(heard.some(({ _tag }) => _tag === "Stopped"))
      yield* place.go
      yield* hear("Stopped")
      assert.strictEqual(yield* ended, 0)
      assert.deepStrictEqual(place.lines("told.log"), ["told"])
      const recorded = yield* place.recorded
      const { requests, status } = stateOf(recorded, id)
      assert.strictEqual(status, "Interrupted")
      const last = recorded[0]?.events.at(-1)
      assert.deepInclude(last?.type === "execution-ended" ? last.partition : {}, {
        completed: [],
        interrupted: [{ step: "a" }],
        notStarted: ["b"],
        failed: []
      })
      assert.deepStrictEqual(requests.length, 1)
      assert.deepInclude(requests[0]!.signal, { source: "Desktop", by: "ada", via: "the menu" })
      // It was closed: no record of an engine is left.
      assert.deepStrictEqual(readdirSync(join(place.directory, ".halte/run")), [])
    })
  )

  it.live("P11 asked to end by force after that, it does; what may be half done is recorded", () =>
    Effect.gen(function* () {
      const place = yield* project
      place.write(
        "stubborn.flow.yaml",
        "halte: 1\nname: stubborn\nsteps:\n  a: { run: [sh, stubborn.sh, stubborn], grace: 10m }\n"
      )
      const { ended, executions, hear, tell } = yield* host(place.directory)
      yield* hear("Opened")
      const id = yield* executions.start({ flow: "stubborn" })
      yield* begun(place, "stubborn")
      tell({ _tag: "Stop", by: "ada" })
      yield* EngineUnderTest.reaches({ executions }, id, "Interrupting")
      tell({ _tag: "Terminate", by: "ada", via: "the button" })
      tell({ _tag: "Terminate", by: "bob" })
      yield* hear("Stopped")
      assert.strictEqual(yield* ended, 0)
      const state = stateOf(yield* place.recorded, id)
      assert.strictEqual(state.status, "Terminated")
      assert.deepStrictEqual(
        state.requests.map(({ kind, signal }) => [kind, signal.source, signal.by]),
        [
          ["first", "Desktop", "ada"],
          ["terminate", "Desktop", "ada"]
        ]
      )
      assert.deepStrictEqual(place.lines("stubborn.log"), ["begun"])
    })
  )

  it.live("P11 asked to end by force at once, it takes no more work either", () =>
    Effect.gen(function* () {
      const place = yield* project
      const { ended, executions, hear, tell } = yield* host(place.directory)
      yield* hear("Opened")
      const id = yield* executions.start({ flow: "build" })
      yield* begun(place)
      tell({ _tag: "Terminate" })
      tell({ _tag: "Stop", by: "ada" })
      yield* hear("Stopped")
      assert.strictEqual(yield* ended, 0)
      const { requests, status } = stateOf(yield* place.recorded, id)
      assert.strictEqual(status, "Terminated")
      assert.deepInclude(requests[0]?.signal, { source: "Shutdown", reason: "the desktop ends" })
      assert.deepStrictEqual(place.lines("hold.log"), ["begun"])
    })
  )

  it.live("P3 whose main process is gone without a word stops in order, too", () =>
    Effect.gen(function* () {
      const place = yield* project
      const { closePort, ended, executions, hear } = yield* host(place.directory)
      yield* hear("Opened")
      const id = yield* executions.start({ flow: "build" })
      yield* begun(place)
      closePort()
      assert.strictEqual(yield* ended, 0)
      const { requests, status } = stateOf(yield* place.recorded, id)
      assert.strictEqual(status, "Interrupted")
      assert.deepInclude(requests[0]?.signal, { source: "Shutdown", via: "the desktop ended" })
      assert.deepStrictEqual(place.lines("hold.log"), ["begun", "cleaned"])
    })
  )

  it.live("asked to stop before it has opened the project ends without having done anything", () =>
    Effect.gen(function* () {
      const place = yield* project
      const { ended, heard, tell } = yield* host(place.directory)
      tell({ _tag: "Stop", by: "ada" })
      assert.strictEqual(yield* ended, 0)
      assert.deepStrictEqual(
        heard.filter(({ _tag }) => _tag !== "Notice"),
        [{ _tag: "Stopped" }]
      )
    })
  )

  it.live("says why a project can't be used: a directory that is gone is not made anew", () =>
    Effect.gen(function* () {
      const directory = yield* Repository.scratch("desk")
      mkdirSync(join(directory, ".git"))
      const gone = join(directory, "gone")
      const { ended, hear } = yield* host(gone)
      const failed = yield* hear("Failed")
      assert.strictEqual(failed.code, "project-unusable")
      assert.strictEqual(
        failed.message,
        `\`${gone}\` can't keep executions: there is no such directory any more; it was moved or removed. Open another one.`
      )
      assert.strictEqual(yield* ended, 69)
      assert.isFalse(existsSync(gone))
      writeFileSync(join(directory, ".halte"), "")
      const unusable = yield* host(directory)
      assert.include((yield* unusable.hear("Failed")).message, "something that is no directory has its name")
      rmSync(join(directory, ".halte"))
      mkdirSync(join(directory, ".halte"))
      writeFileSync(join(directory, ".halte/halte.db"), "no database, but long enough to look like one".repeat(100))
      const damaged = yield* host(directory)
      // A file that can't be read is kept aside, which a person should know.
      yield* damaged.hear("Opened")
      assert.include((yield* damaged.hear("Notice")).text, "halte.db")
    })
  )

  it.live("tells once what is wrong in flow files, with the lines", () =>
    Effect.gen(function* () {
      const place = yield* project
      const outside = yield* Repository.scratch("outside")
      const [first, second] = [join(outside, "first.flow.yaml"), join(outside, "second.flow.yaml")]
      writeFileSync(first, "halte: 1\nname: first\nsteps:\n  a: { run: echo 1 }\n")
      writeFileSync(second, "halte: 1\nname: second\nsteps:\n  a: { rum: echo 1 }\n")
      place.write("command.flow.yaml", "halte: 1\nname: command\nsteps:\n  a: { run: echo 1 }\n")
      const { executions, hear, heard } = yield* host(place.directory, { files: [first, second] })
      yield* hear("Opened")
      const notices = () => noticesOf(heard)
      yield* eventually(() => notices().length === 2, "both notices", {
        millis: 10_000,
        detail: () => notices().join("\n")
      })
      const [wrong, taken] = notices().toSorted((a, b) => (a.includes("second") ? -1 : b.includes("second") ? 1 : 0))
      assert.match(wrong!, /^`.*second\.flow\.yaml` can't be started as it is now\. Other flows can\.\n/)
      assert.include(wrong!, `${second}:4:8: Step \`a\` has no key \`rum\`. Did you mean \`run\`?`)
      assert.strictEqual(
        taken,
        "`command.flow.yaml` names its flow `command`, as single commands are called: it is not served. Give it another name."
      )
      const names = Effect.map(executions.flows, (flows) => flows.map(({ name }) => name))
      assert.deepStrictEqual(yield* names, ["build", "first", "command"])
      writeFileSync(second, "halte: 1\nname: second\nsteps:\n  a: { run: echo 1 }\n")
      assert.deepStrictEqual(yield* names, ["build", "first", "second", "command"])
    })
  )

  it.live("says of a file that is opened which flow it is, also where that comes before the project is open", () =>
    Effect.gen(function* () {
      const place = yield* project
      const outside = yield* Repository.scratch("outside")
      const [early, late] = [join(outside, "early.flow.yaml"), join(outside, "late.flow.yaml")]
      writeFileSync(early, "halte: 1\nname: one\nsteps:\n  a: { run: pwd >where.log }\n")
      writeFileSync(late, "halte: 1\nname: two\nsteps:\n  a: { run: echo 1 }\n")
      const { executions, hear, heard, tell } = yield* host(place.directory)
      tell({ _tag: "AddFile", file: early })
      assert.deepStrictEqual(yield* hear("File"), { _tag: "File", file: early, flow: "one" })
      assert.isBelow(
        heard.findIndex(({ _tag }) => _tag === "Opened"),
        heard.findIndex(({ _tag }) => _tag === "File")
      )
      tell({ _tag: "AddFile", file: late })
      yield* answered(heard, 2)
      assert.deepStrictEqual(heard.at(-1), { _tag: "File", file: late, flow: "two" })
      assert.deepStrictEqual(noticesOf(heard), [])
      const id = yield* executions.start({ flow: "one" })
      yield* EngineUnderTest.reaches({ executions }, id, "Completed")
      assert.strictEqual(place.lines("where.log").length, 1)
    })
  )

  it.live("says of a file that is opened what is wrong with it, once: that is no notice, too", () =>
    Effect.gen(function* () {
      const place = yield* project
      place.write("bad.flow.yaml", "halte: 1\nname: bad\nsteps:\n  a: { rum: echo 1 }\n")
      place.write("twin.flow.yaml", "halte: 1\nname: build\nsteps:\n  a: { run: echo 1 }\n")
      const { heard, tell } = yield* host(place.directory)
      const files = ["bad", "twin", "gone"].map((name) => join(place.directory, `${name}.flow.yaml`))
      for (const file of files) tell({ _tag: "AddFile", file })
      const said = yield* answered(heard, 3)
      const texts = files.map((file) => said.find((one) => one.file === file))
      assert.deepStrictEqual(
        texts.map((one) => (one?._tag === "FileRefused" ? one.text : one)),
        [
          "Flow `bad` can't run as it is defined now: bad.flow.yaml:4:3: Step `a` does nothing. Give it one of `run`, `use`, `steps`, `flow`, `gate`, `http`, `sleep`, `until`. bad.flow.yaml:4:8: Step `a` has no key `rum`. Did you mean `run`?",
          "Flow `build` can't run as it is defined now: twin.flow.yaml: A flow `build` is defined here and in another file. build.flow.yaml: A flow `build` is defined here and in another file. Give each a name of its own.",
          "Flow `gone` can't run as it is defined now: gone.flow.yaml: There is no file `gone.flow.yaml`. Look at the path, or write a first flow with `halte init`."
        ]
      )
      assert.deepStrictEqual(noticesOf(heard), [])
    })
  )
})

const noticesOf = (heard: ReadonlyArray<FromHost>) => heard.flatMap((one) => (one._tag === "Notice" ? [one.text] : []))

/** What was said of files, once it is so much. */
const answered = (heard: ReadonlyArray<FromHost>, count: number) =>
  eventually(
    () => {
      const said = heard.filter((one) => one._tag === "File" || one._tag === "FileRefused")
      return said.length === count && said
    },
    "the answers",
    { millis: 10_000, detail: () => JSON.stringify(heard) }
  )
