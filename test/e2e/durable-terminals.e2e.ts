import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { userInfo } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ProcessIdentity } from "@halte/sdk/node"
import { Effect } from "effect"
import * as DurableProject from "../support/DurableProject.ts"
import { eventually } from "../support/Eventually.ts"

/** Each of these starts `halte` several times: a second on an idle machine, several on a busy one. */
const ceiling = 180_000

/** Who asks, as the record names them. */
const me = userInfo().username

/** What an engine that was killed long ago would have left: a record of a process that is no more, and its socket. */
const leaveStaleEngine = (directory: string) =>
  Effect.promise(async () => {
    const run = join(directory, ".halte/run")
    mkdirSync(run, { recursive: true })
    const socket = join(run, "77-dead.sock")
    const server = createServer().listen(socket)
    await new Promise((resolve) => server.once("listening", resolve))
    const record = {
      v: 1,
      owner: "77-dead",
      process: { ...ProcessIdentity.own(), startTime: "1" },
      socket,
      startedAt: 1
    }
    writeFileSync(join(run, "77-dead.json"), JSON.stringify(record))
    return () => {
      const left = [join(run, "77-dead.json"), socket].filter((path) => existsSync(path))
      server.close()
      return left
    }
  })

// Most of their time is the start of one process after the other: side by side they use all cores.
describe.concurrent("an execution that another terminal runs", () => {
  it.live(
    "R41 R72 P2 is listed, shown, watched and interrupted from outside: one record of who asked, and all see the end",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const owner = yield* project.start(["run", "build"])
        const id = yield* DurableProject.idOf(owner)
        yield* owner.stdout.waitFor("ready hold")
        const leftOfStale = yield* leaveStaleEngine(project.directory)

        const [watching, leaving, logs] = yield* Effect.all([
          project.start(["watch", id]),
          project.start(["watch", id]),
          project.start(["logs", id, "hold", "--follow"])
        ])
        const listed = yield* project.run(["list", "--status", "running"])
        assert.include(listed.stdout, `…${id.slice(-6)}`)
        assert.match(listed.stdout, /Running .*build .*1 of 3 steps/)
        assert.deepStrictEqual(leftOfStale(), [], "what a dead engine left is gone")
        const shown = yield* project.run(["show", id.slice(-4)])
        assert.strictEqual(shown.code, 0, shown.stderr)
        for (const text of [id, "first", "hold", "last", "Running"]) assert.include(shown.stdout, text)

        yield* leaving.stdout.waitFor("hold running")
        yield* leaving.signal("SIGINT")
        assert.deepStrictEqual(yield* leaving.end(), { code: 0, signal: null })
        assert.include(leaving.output.text, "Left. The execution goes on.")
        assert.strictEqual((yield* project.newest).state.status, "Running")

        yield* watching.stdout.waitFor("hold running")
        yield* logs.stdout.waitFor("ready hold")
        const asked = yield* project.run(["interrupt", id, "--reason", "wrong branch", "--wait"])
        assert.strictEqual(asked.code, 0, asked.stderr)
        assert.match(asked.said, /within the promised 5\.5 s/)
        assert.include(asked.said, `halte resume ${id}`)
        assert.deepStrictEqual(yield* owner.end(), { code: 130, signal: null })
        assert.deepStrictEqual(yield* watching.end(), { code: 130, signal: null })
        assert.deepStrictEqual(yield* logs.end(), { code: 0, signal: null })
        assert.match(watching.stdout.text, /build interrupted after 1 of 3 steps/)
        for (const one of [watching, owner]) {
          const report = DurableProject.oneLine(one.stderr.text)
          assert.match(report, new RegExp(`Asked by ${me}, command line, .* Because “wrong branch”`))
        }
        yield* owner.marked.gone()
        const { events, state } = yield* project.newest
        assert.strictEqual(state.status, "Interrupted")
        const [first, ...more] = state.requests
        assert.deepStrictEqual(more, [])
        assert.deepStrictEqual(
          [first?.signal.source, first?.signal.by, first?.signal.reason],
          ["Cli", me, "wrong branch"]
        )
        assert.isAtMost(state.ended!.stopMillis!, 5_500)
        assert.strictEqual(events.filter((e) => e.type === "process-signalled").length, 1)
        assert.deepStrictEqual(readdirSync(join(project.directory, ".halte/run")), [])

        const late = yield* project.run(["interrupt", id])
        assert.deepStrictEqual([late.code, /had ended as Interrupted/.test(late.said)], [0, true], late.said)
        const unknown = yield* project.run(["show", "ZZZZZZ"])
        assert.deepStrictEqual([unknown.code, unknown.said.includes("`ZZZZZZ` was not found")], [2, true])
      }),
    ceiling
  )

  it.live.skipIf(process.platform !== "linux")(
    "R70 is paused and let go on from outside: its processes are held and go on; it is interrupted while it is paused",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "ticks.flow.yaml",
          "halte: 1\nname: ticks\nsteps:\n  ticks: { run: [sh, ticks.sh], grace: 5s }\n  last: { after: ticks, run: touch last.log }\n"
        )
        const owner = yield* project.start(["run", "ticks"])
        const id = yield* DurableProject.idOf(owner)
        yield* owner.stdout.waitFor("tick 3")
        const held = () => DurableProject.allStopped(owner, "ticks.sh")
        const ticks = () => project.lines("ticks.log").length

        const paused = yield* project.run(["pause", id])
        assert.strictEqual(paused.code, 0, paused.stderr)
        assert.include(paused.said, `halte resume ${id}`)
        yield* eventually(held, "the process to be held", { millis: 30_000 })
        const at = ticks()
        yield* DurableProject.until(project, "the pause", ({ state }) => state.status === "Paused")
        const refused = yield* project.run(["pause", id])
        assert.include(refused.said, "is paused already")
        assert.strictEqual(ticks(), at, "nothing is written while it is paused")

        const goesOn = yield* project.run(["resume", id])
        assert.strictEqual(goesOn.code, 0, goesOn.stderr)
        assert.include(goesOn.said, "goes on")
        yield* eventually(() => ticks() > at + 3, "more ticks", { millis: 30_000 })
        assert.strictEqual((yield* project.newest).state.attempt, 1)

        yield* project.run(["pause", id])
        yield* eventually(held, "the process to be held again", { millis: 30_000 })
        const stopped = yield* project.run(["interrupt", id, "--wait"])
        assert.strictEqual(stopped.code, 0, stopped.stderr)
        assert.deepStrictEqual(yield* owner.end(), { code: 130, signal: null })
        yield* owner.marked.gone()
        const { events, state } = yield* project.newest
        assert.deepStrictEqual([state.status, state.ended?.partition.notStarted], ["Interrupted", ["last"]])
        assert.deepStrictEqual(
          events.flatMap(({ type }) => (["pausing", "paused", "resumed"].includes(type) ? [type] : [])),
          ["pausing", "paused", "resumed", "pausing", "paused"]
        )
        assert.deepStrictEqual(
          events.flatMap((e) => (e.type === "process-signalled" ? [e.signal] : [])),
          ["SIGTERM"],
          "it got its one graceful signal and no force was needed"
        )
      }),
    ceiling
  )

  it.live.skipIf(process.platform !== "linux")(
    "R16 P11 says so when the engine does not answer; works again when it does; terminate needs --force; single holds",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "stubborn.flow.yaml",
          "halte: 1\nname: stubborn\nsingle: true\nsteps:\n  hold: { run: [sh, stubborn.sh, hold], grace: 60s }\n  last: { after: hold, run: touch last.log }\n"
        )
        const owner = yield* project.start(["run", "stubborn"])
        const id = yield* DurableProject.idOf(owner)
        yield* owner.stdout.waitFor("ready hold")

        const busy = yield* project.run(["run", "stubborn"])
        assert.strictEqual(busy.code, 69)
        assert.include(busy.said, id)
        assert.include(busy.said, "(code: flow-busy)")
        assert.strictEqual((yield* project.recorded).length, 1)

        yield* owner.signal("SIGSTOP")
        const deaf = yield* project.run(["interrupt", id])
        assert.strictEqual(deaf.code, 69)
        assert.match(deaf.said, new RegExp(`process ${owner.pid}.* did not answer within 5 s`))
        assert.include(deaf.said, "(code: executions-unavailable)")
        const listed = yield* project.run(["list"])
        assert.match(listed.stdout, /Running .*stubborn/, "what is stored is there without an answer")
        yield* owner.signal("SIGCONT")

        const sure = yield* project.run(["terminate", id])
        assert.strictEqual(sure.code, 2)
        assert.include(sure.said, "Terminating may leave `hold` half done, so it needs a confirmation: add `--force`.")
        const ended = yield* project.run(["terminate", id, "--force", "--wait"])
        assert.strictEqual(ended.code, 0, ended.stderr)
        assert.include(ended.said, "May be left half done: hold.")
        assert.deepStrictEqual(yield* owner.end(), { code: 137, signal: null })
        yield* owner.marked.gone()
        const { state } = yield* project.newest
        assert.deepStrictEqual([state.status, state.ended?.partition.terminated], ["Terminated", ["hold"]])
        assert.isTrue(state.requests.some(({ kind, signal }) => kind === "terminate" && signal.by === me))
      }),
    ceiling
  )
})

// By itself: so many programs at once leave no processor to tests that wait for one.
describe("many command lines", () => {
  it.live(
    "R10 in one project at once: every execution is recorded, whole, and none is lost",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "quick.flow.yaml",
          `halte: 1
name: quick
params: { n: { type: integer } }
steps:
  one: { run: [sh, -c, "echo $0 >>ran.log", "\${{ params.n }}"] }
  two: { after: one, run: echo two }
  three: { after: one, run: echo three }
`
        )
        const numbers = Array.from({ length: 8 }, (_, n) => n)
        const runs = yield* Effect.forEach(numbers, (n) => project.start(["run", "quick", "-p", `n=${n}`]))
        const lists = yield* Effect.forEach([1, 2], () => project.start(["list", "--json"]))
        for (const list of lists) {
          assert.deepStrictEqual(yield* list.end(), { code: 0, signal: null })
          for (const line of DurableProject.jsonLines(list.stdout.text)) assert.isObject(JSON.parse(line))
        }
        for (const run of runs) assert.deepStrictEqual(yield* run.end(), { code: 0, signal: null }, run.output.text)
        const recorded = yield* project.recorded
        assert.deepStrictEqual(
          recorded.map(({ state }) => (state.params as { readonly n: number }).n).toSorted(),
          numbers
        )
        for (const { state } of recorded) {
          assert.strictEqual(state.status, "Completed")
          assert.deepStrictEqual([...state.ended!.partition.completed].toSorted(), ["one", "three", "two"])
        }
        assert.deepStrictEqual(project.lines("ran.log").toSorted(), numbers.map(String))
        assert.deepStrictEqual(readdirSync(join(project.directory, ".halte/run")), [])
      }),
    ceiling
  )
})
