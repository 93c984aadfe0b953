import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { SqliteStore } from "@halte/store-sqlite"
import { Effect } from "effect"
import * as DurableProject from "../support/DurableProject.ts"

/** Each of these starts `halte` several times: a second on an idle machine, several on a busy one. */
const ceiling = 180_000

/** A flow whose step holds the only place until it is told to go on, and one that does so as a whole. */
const make = Effect.gen(function* () {
  const project = yield* DurableProject.make()
  project.write(
    "films.flow.yaml",
    `halte: 1
name: films
params: { log: { type: string } }
limits: { gpu: { size: 1, shared: true } }
steps:
  encode: { run: [sh, hold.sh, "\${{ params.log }}"], limit: gpu, grace: 5s }
  publish: { after: encode, run: echo published }
`
  )
  project.write(
    "deploy.flow.yaml",
    `halte: 1
name: deploy
params: { log: { type: string } }
limits: { prod: { size: 1, shared: true } }
limit: prod
steps:
  upload: { run: [sh, hold.sh, "\${{ params.log }}"], grace: 5s }
`
  )
  return project
})

/** Nobody holds a place, and nobody waits for one. */
const isFree = (directory: string) =>
  Effect.scoped(
    Effect.flatMap(SqliteStore.open({ file: join(directory, ".halte/halte.db") }), (store) => store.sharedLimits.look())
  ).pipe(Effect.map((places) => assert.deepStrictEqual(places, [])))

const tail = (id: string) => `…${id.slice(-6)}`

describe("limits that executions of several processes share", () => {
  it.live(
    "R16 R10 three command lines at once never run more than its size, and all of them to their end",
    () =>
      Effect.gen(function* () {
        const project = yield* make
        project.write(
          "many.flow.yaml",
          `halte: 1
name: many
limits: { gpu: { size: 2, shared: true } }
steps:
  encode:
    map: { in: "\${{ [1, 2, 3, 4, 5] }}", as: film }
    run: printf + >>count.log; sleep 0.05; printf - >>count.log
    limit: gpu
`
        )
        const programs = yield* Effect.all(
          [1, 2, 3].map(() => project.start(["run", "many"])),
          { concurrency: "unbounded" }
        )
        for (const program of programs) assert.deepStrictEqual(yield* program.end(120_000), { code: 0, signal: null })
        const count = readFileSync(join(project.directory, "count.log"), "utf8")
        let now = 0
        let most = 0
        for (const sign of count) {
          now += sign === "+" ? 1 : -1
          most = Math.max(most, now)
        }
        assert.deepStrictEqual([count.length, now], [30, 0])
        assert.isAtMost(most, 2)
        yield* isFree(project.directory)
      }),
    ceiling
  )

  it.live.skipIf(process.platform !== "linux")(
    "P5 a step says what it waits for; the place of an engine that was killed is free once its programs are ended",
    () =>
      Effect.gen(function* () {
        const project = yield* make
        const holder = yield* project.start(["run", "films", "--param", "log=one"])
        const first = yield* DurableProject.idOf(holder)
        yield* holder.stdout.waitFor("ready one")
        const waiter = yield* project.start(["run", "films", "--param", "log=two"])
        const id = yield* DurableProject.idOf(waiter)
        yield* waiter.stdout.waitFor(`encode waits for gpu, held by ${tail(first)}/encode`)

        const listed = yield* project.run(["list"], { COLUMNS: "140" })
        assert.include(listed.said, "waits for gpu")
        const shown = yield* project.run(["show", id])
        // The table of steps cuts what is too long; the page of the step does not.
        assert.include(shown.said, `waits for gpu, held by ${tail(first)}/en`)
        const step = yield* project.run(["show", id, "encode"])
        assert.include(step.said, `for gpu, held by ${tail(first)}/encode`)
        assert.deepStrictEqual(project.lines("two.log"), [])

        yield* holder.signal("SIGKILL")
        yield* waiter.stdout.waitFor("ready two")
        yield* holder.marked.gone()
        assert.deepStrictEqual(project.lines("one.log").slice(0, 2), ["begun", "cleaned"])
        yield* project.go
        assert.deepStrictEqual(yield* waiter.end(), { code: 0, signal: null })
        const recorded = yield* project.recorded
        assert.deepStrictEqual(
          recorded.map(({ state }) => [state.id as string, state.status, state.ended?.cause]),
          [
            [id, "Completed", undefined],
            [first, "Interrupted", "Crash"]
          ]
        )
        yield* isFree(project.directory)
      }),
    ceiling
  )

  it.live(
    "P2 interrupted while its step waits, it stops at once; what holds the place goes on",
    () =>
      Effect.gen(function* () {
        const project = yield* make
        const holder = yield* project.start(["run", "films", "--param", "log=one"])
        yield* holder.stdout.waitFor("ready one")
        const [here, elsewhere] = [
          yield* project.start(["run", "films", "--param", "log=two"]),
          yield* project.start(["run", "films", "--param", "log=three"])
        ]
        yield* here.stdout.waitFor("encode waits for gpu")
        yield* elsewhere.stdout.waitFor("encode waits for gpu")
        yield* here.signal("SIGINT")
        assert.deepStrictEqual(yield* here.end(), { code: 130, signal: null })
        assert.include(here.output.text, "stops at once")
        const id = yield* DurableProject.idOf(elsewhere)
        const asked = yield* project.run(["interrupt", id, "--wait"])
        assert.strictEqual(asked.code, 0, asked.stderr)
        assert.deepStrictEqual(yield* elsewhere.end(), { code: 130, signal: null })
        assert.deepStrictEqual([project.lines("two.log"), project.lines("three.log")], [[], []])
        yield* project.go
        assert.deepStrictEqual(yield* holder.end(), { code: 0, signal: null })
        const resumed = yield* project.run(["resume", id])
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        yield* isFree(project.directory)
      }),
    ceiling
  )

  it.live(
    "R16 a flow that counts as a whole is Pending and says why; paused it lets others pass, interrupted it starts nothing",
    () =>
      Effect.gen(function* () {
        const project = yield* make
        const holder = yield* project.start(["run", "deploy", "--param", "log=one"])
        const first = yield* DurableProject.idOf(holder)
        yield* holder.stdout.waitFor("ready one")
        const [paused, next, stopped] = [
          yield* project.start(["run", "deploy", "--param", "log=two"]),
          yield* project.start(["run", "deploy", "--param", "log=three"]),
          yield* project.start(["run", "deploy", "--param", "log=four"])
        ]
        yield* paused.stdout.waitFor(`deploy waits for prod, held by ${tail(first)}`)
        yield* next.stdout.waitFor("deploy waits for prod")
        yield* stopped.stdout.waitFor("deploy waits for prod")
        const id = yield* DurableProject.idOf(paused)
        const shown = yield* project.run(["show", id])
        assert.include(shown.said, `waits for prod, held by ${tail(first)}`)
        const listed = yield* project.run(["list", "--status", "pending"])
        assert.include(listed.said, "waits for prod")
        assert.strictEqual((yield* project.run(["pause", id])).code, 0)
        yield* stopped.signal("SIGINT")
        assert.deepStrictEqual(yield* stopped.end(), { code: 130, signal: null })
        yield* project.go
        assert.deepStrictEqual(yield* holder.end(), { code: 0, signal: null })
        assert.deepStrictEqual(yield* next.end(), { code: 0, signal: null })
        assert.deepStrictEqual([project.lines("two.log"), project.lines("four.log")], [[], []])
        assert.strictEqual((yield* project.run(["resume", id])).code, 0)
        assert.deepStrictEqual(yield* paused.end(), { code: 0, signal: null })
        assert.deepStrictEqual(project.lines("two.log"), ["begun", "ended"])
        yield* isFree(project.directory)
      }),
    ceiling
  )
})
