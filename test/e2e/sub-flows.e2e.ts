/**
 * Sub-flows from the command line: a real SIGINT goes down to the program of a sub-flow, a killed engine leaves both to be
 * resumed by another process, a changed file is found out before anything begins.
 */
import { assert, describe, it } from "@effect/vitest"
import { ParentStep } from "@halte/engine/model"
import { Effect } from "effect"
import * as DurableProject from "../support/DurableProject.ts"

/** `release` runs `build`, which holds, as its step `all`. */
const project = Effect.tap(DurableProject.make(), (project) =>
  Effect.sync(() =>
    project.write(
      "release.flow.yaml",
      `halte: 1
name: release
steps:
  before: { run: echo ran >>before.log }
  all: { after: before, flow: ./build.flow.yaml }
  after: { after: all, run: echo ran >>after.log }
`
    )
  )
)

const holding = (program = "hold") =>
  Effect.gen(function* () {
    const at = yield* project
    if (program !== "hold")
      at.write(
        "build.flow.yaml",
        `halte: 1\nname: build\nsteps: { hold: { run: [sh, ${program}.sh, hold], grace: 20s } }\n`
      )
    const halte = yield* at.start(["run", "release"])
    const id = yield* DurableProject.idOf(halte)
    yield* halte.stdout.waitFor("all/hold │ ready hold")
    return { at, halte, id }
  })

/** Both executions as they are recorded. */
const both = (at: DurableProject.DurableProject) =>
  Effect.map(at.recorded, (all) => ({
    parent: all.find(({ summary }) => summary.parent === undefined)!,
    child: all.find(({ summary }) => summary.parent !== undefined)!,
    count: all.length
  }))

describe("halte with sub-flows", () => {
  it.live(
    "P2 P3 a real SIGINT goes down: its program gets one SIGTERM, both are interrupted, resume goes on with both",
    () =>
      Effect.gen(function* () {
        const { at, halte, id } = yield* holding()
        const listed = yield* at.run(["list"])
        assert.notInclude(listed.stdout, "build", "its parent stands for it")
        assert.match((yield* at.run(["list", "--all"])).stdout, /Running +└ build/)
        yield* halte.signal("SIGINT")
        assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
        assert.deepStrictEqual(halte.marked.alive(), [], "nothing is alive when it says that it has stopped")
        assert.match(halte.stdout.text, /Z release interrupt requested, SIGINT, stops within 5\.5 s$/m)
        assert.deepStrictEqual(at.lines("hold.log"), ["begun", "cleaned"])
        const { child, count, parent } = yield* both(at)
        assert.strictEqual(count, 2)
        assert.strictEqual(parent.id, id)
        assert.deepStrictEqual([parent.state.status, child.state.status], ["Interrupted", "Interrupted"])
        assert.deepStrictEqual(child.state.parent, { execution: id, step: "all" })
        assert.strictEqual(child.state.signal?.source, "Parent")
        assert.strictEqual(ParentStep.inCursor(parent.state.ended!.partition.interrupted[0]!.cursor), child.id)
        assert.match(
          halte.stderr.text,
          new RegExp(`‖ Interrupted +all +at 1 of 3, …${child.id.slice(-4)} stopped at \`hold\``)
        )
        const shown = yield* at.run(["show", id])
        assert.include(shown.stdout, `Sub-flows        ${child.id}  build, of all`)
        assert.include((yield* at.run(["show", child.id])).stdout, `Part of         ${id}, its step all`)

        yield* at.go
        const resumed = yield* at.run(["resume", id])
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        assert.deepStrictEqual(at.lines("first.log"), ["ran"])
        assert.deepStrictEqual(at.lines("hold.log"), ["begun", "cleaned", "begun", "ended"])
        assert.deepStrictEqual(at.lines("after.log"), ["ran"])
        const ended = yield* both(at)
        assert.deepStrictEqual([ended.count, ended.child.state.attempt, ended.child.state.status], [2, 2, "Completed"])
      })
  )

  it.live("P11 a second signal terminates the program of the sub-flow, too", () =>
    Effect.gen(function* () {
      const { at, halte } = yield* holding("stubborn")
      yield* halte.signal("SIGINT")
      yield* halte.stdout.waitFor("release interrupt requested")
      yield* halte.signal("SIGINT")
      assert.deepStrictEqual(yield* halte.end(), { code: 137, signal: null })
      assert.deepStrictEqual(halte.marked.alive(), [])
      const { child, parent } = yield* both(at)
      assert.deepStrictEqual([parent.state.status, child.state.status], ["Terminated", "Terminated"])
    })
  )

  it.live("P3 P5 P7 killed by SIGKILL: the next process finds both interrupted, and goes on with the same two", () =>
    Effect.gen(function* () {
      const { at, halte, id } = yield* holding()
      yield* halte.signal("SIGKILL")
      yield* halte.marked.gone(30_000)
      const listed = yield* at.run(["list", "--all"])
      assert.match(listed.stdout, /Interrupted +release/)
      assert.match(listed.stdout, /Interrupted +└ build/)
      const before = yield* both(at)
      assert.deepStrictEqual([before.parent.state.ended?.cause, before.child.state.ended?.cause], ["Crash", "Crash"])
      yield* at.go
      const resumed = yield* at.run(["resume", id])
      assert.strictEqual(resumed.code, 0, resumed.stderr)
      assert.deepStrictEqual(at.lines("before.log"), ["ran"])
      assert.deepStrictEqual(at.lines("first.log"), ["ran"])
      assert.strictEqual(at.lines("hold.log").at(-1), "ended")
      assert.deepStrictEqual(at.lines("after.log"), ["ran"])
      const after = yield* both(at)
      assert.deepStrictEqual([after.count, after.child.id], [2, before.child.id])
    })
  )

  it.live(
    "a changed file of the sub-flow is found out before anything begins, and a person says which one counts",
    () =>
      Effect.gen(function* () {
        const { at, halte, id } = yield* holding()
        yield* halte.signal("SIGINT")
        yield* halte.end()
        at.write(
          "build.flow.yaml",
          `halte: 1
name: build
steps:
  first: { run: echo ran >>first.log }
  hold: { after: first, run: [sh, hold.sh, hold], grace: 5s }
  last: { after: hold, run: echo changed >>last.log }
`
        )
        const refused = yield* at.run(["resume", id])
        assert.strictEqual(refused.code, 2, refused.stderr)
        assert.include(refused.said, "It is sub-flow `build` at `all`")
        assert.include(refused.said, "~ all/last")
        assert.strictEqual((yield* both(at)).parent.state.attempt, 1)
        yield* at.go
        const stored = yield* at.run(["resume", id, "--definition", "stored"])
        assert.strictEqual(stored.code, 0, stored.stderr)
        assert.deepStrictEqual(at.lines("last.log"), ["ran"], "as it was")
      })
  )

  it.live("gates of a sub-flow are answered beforehand, or by their path", () =>
    Effect.gen(function* () {
      const at = yield* project
      at.write(
        "build.flow.yaml",
        'halte: 1\nname: build\nsteps: { ship: { gate: "Ship?" }, sure: { after: ship, gate: "Sure?" } }\n'
      )
      const halte = yield* at.start(["run", "release", "--answer", "all/ship=true"])
      const id = yield* DurableProject.idOf(halte)
      yield* halte.stderr.waitFor("Step `sure` waits for an answer. Give it with: halte answer")
      const answered = yield* at.run(["answer", id, "all/sure", "yes"])
      assert.strictEqual(answered.code, 0, answered.stderr)
      assert.deepStrictEqual(yield* halte.end(), { code: 0, signal: null })
    })
  )
})
