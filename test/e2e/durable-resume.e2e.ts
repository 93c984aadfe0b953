import { readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionEvent, ExecutionState } from "@halte/engine/model"
import { Effect } from "effect"
import * as DurableProject from "../support/DurableProject.ts"

/** Each of these starts `halte` several times: a second on an idle machine, several on a busy one. */
const ceiling = 180_000

// Most of their time is the start of one process after the other: side by side they use all cores.
describe.concurrent("halte resume, in another process than the one that stopped", () => {
  it.live(
    "R2 R73 goes on after a SIGINT: done steps ran once, sequences continue, it is attempt 2",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const first = yield* project.start(["run", "build"])
        const id = yield* DurableProject.idOf(first)
        yield* first.stdout.waitFor("ready hold")
        yield* first.signal("SIGINT")
        assert.deepStrictEqual(yield* first.end(), { code: 130, signal: null })
        assert.include(first.stderr.text, `Resume with:    halte resume ${id}`)
        yield* first.marked.gone()
        const before = yield* project.newest
        assert.deepStrictEqual([before.id, before.state.status], [id, "Interrupted"])

        yield* project.go
        const resumed = yield* project.run(["resume", `…${id.slice(-6).toLowerCase()}`, "--json"])
        assert.deepStrictEqual([resumed.code, resumed.stderr.includes("Resume with")], [0, false])
        const lines = DurableProject.jsonLines(resumed.stdout)
        const after = yield* project.newest
        assert.strictEqual((yield* project.recorded).length, 1, "it is the same execution")
        assert.deepStrictEqual(
          lines,
          after.events.slice(before.events.length).map(ExecutionEvent.toJson),
          "what it says is what is stored, from where the first attempt ended"
        )
        const events = lines.map(ExecutionEvent.fromJson)
        assert.isTrue(events.every((event) => event.attempt === 2))
        const told = events.map((event) => ("step" in event ? `${event.type} ${event.step}` : event.type))
        assert.deepStrictEqual(told, [
          "execution-started",
          "step-started hold",
          "process-started hold",
          "process-exited hold",
          "step-completed hold",
          "step-started last",
          "process-started last",
          "process-exited last",
          "step-completed last",
          "execution-ended"
        ])
        assert.deepStrictEqual(ExecutionState.fold(before.state, events), after.state)
        assert.strictEqual(after.state.status, "Completed")
        assert.deepStrictEqual(project.lines("first.log"), ["ran"])
        assert.deepStrictEqual(project.lines("hold.log"), ["begun", "cleaned", "begun", "ended"])
        assert.deepStrictEqual(project.lines("last.log"), ["ran"])

        const again = yield* project.run(["resume", id])
        assert.strictEqual(again.code, 2)
        assert.include(again.said, `Execution \`${id}\` has completed`)
        assert.include(again.said, "(code: completed)")
        const none = yield* project.run(["resume"])
        assert.deepStrictEqual([none.code, none.stderr.includes("Nothing here can be resumed.")], [2, true])
      }),
    ceiling
  )

  it.live(
    "goes on after a failure once its cause is gone, without an id where only one can go on",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "fragile.flow.yaml",
          `halte: 1
name: fragile
steps:
  first: { run: echo ran >>first.log }
  fails: { after: first, run: echo tried >>fails.log; test -e fixed }
  last: { after: fails, run: echo ran >>last.log }
`
        )
        const failed = yield* project.run(["run", "fragile"])
        assert.strictEqual(failed.code, 1)
        const { id } = yield* project.newest
        assert.include(failed.stderr, `halte resume ${id}`)
        project.write("fixed", "")
        const resumed = yield* project.run(["resume"])
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        const { state } = yield* project.newest
        assert.deepStrictEqual([state.id, state.status, state.attempt], [id, "Completed", 2])
        assert.deepStrictEqual(project.lines("first.log"), ["ran"])
        assert.deepStrictEqual(project.lines("fails.log"), ["tried", "tried"])
        assert.deepStrictEqual(project.lines("last.log"), ["ran"])

        rmSync(join(project.directory, "fixed"))
        yield* project.run(["run", "fragile"])
        yield* project.run(["run", "fragile"])
        const which = yield* project.run(["resume"])
        assert.strictEqual(which.code, 2)
        for (const one of (yield* project.recorded).filter((r) => r.state.status === "Failed"))
          assert.include(which.said, `halte resume ${one.id}`)
      }),
    ceiling
  )

  it.live(
    "R68 a changed flow is refused with the difference; stored goes on as it began, current runs what changed again",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        const chain = (b: string, more = "") =>
          project.write(
            "chain.flow.yaml",
            `halte: 1
name: chain
steps:
  a: { run: echo a >>ran.log }
  b: { after: a, run: echo ${b} >>ran.log }
  c: { after: b, run: echo c >>ran.log }
  d: { after: c, run: echo d >>ran.log }
  e: { after: d, run: echo e >>ran.log }
${more}`
          )
        const file = chain("b")
        const stopped = yield* project.run(["run", "chain", "--stop-after", "2"])
        assert.strictEqual(stopped.code, 130)
        const { id } = yield* project.newest
        assert.deepStrictEqual(project.lines("ran.log"), ["a", "b"])

        chain("other", "  f: { after: e, run: echo f >>ran.log }\n")
        const refused = yield* project.run(["resume", id])
        assert.strictEqual(refused.code, 2)
        assert.include(refused.said, `The flow of execution \`${id}\` has changed since it began:`)
        assert.match(refused.stderr, /^ {2}~ b {2}.*echo b .*→.*echo other /m)
        assert.match(refused.stderr, /^ {2}\+ f {2}.*echo f /m)
        assert.notMatch(refused.stderr, /^ {2}. [acde] /m)
        assert.include(refused.said, "--definition stored")
        assert.include(refused.said, "--definition current")
        assert.strictEqual((yield* project.newest).state.attempt, 1, "nothing was begun")

        const stored = yield* project.run(["resume", id, "--definition", "stored", "--stop-after", "1"])
        assert.strictEqual(stored.code, 130, stored.stderr)
        assert.deepStrictEqual(project.lines("ran.log"), ["a", "b", "c"])

        const current = yield* project.run(["resume", id, "--definition", "current", "--stop-after", "1"])
        assert.strictEqual(current.code, 130, current.stderr)
        assert.deepStrictEqual(project.lines("ran.log"), ["a", "b", "c", "other"])

        rmSync(file)
        const gone = yield* project.run(["resume", id])
        assert.strictEqual(gone.code, 2)
        assert.include(gone.said, "chain.flow.yaml")
        assert.include(gone.said, "The definition that is stored can be taken instead.")
        const rest = yield* project.run(["resume", id, "--definition", "stored"])
        assert.strictEqual(rest.code, 0, rest.stderr)
        assert.deepStrictEqual(project.lines("ran.log"), ["a", "b", "c", "other", "c", "d", "e", "f"])
        assert.deepStrictEqual((yield* project.newest).state.attempt, 4)
      }),
    ceiling
  )

  it.live(
    "R65 asks for --rerun of what may not simply run twice, and for a secret again; takes changed params",
    () =>
      Effect.gen(function* () {
        const project = yield* DurableProject.make()
        project.write(
          "announce.flow.yaml",
          `halte: 1
name: announce
params:
  greeting: { type: string, default: hello }
  token: { type: string, secret: true, env: ANNOUNCE_TOKEN }
steps:
  first: { run: echo ran >>first.log }
  post:
    after: first
    run: [sh, post.sh]
    env: { GREETING: "\${{ params.greeting }}", TOKEN: "\${{ params.token }}" }
    idempotent: false
    grace: 5s
`
        )
        project.write("post.sh", `echo "$GREETING $TOKEN" >>post.log; exec sh hold.sh post\n`)
        const first = yield* project.start(["run", "announce"], { ANNOUNCE_TOKEN: "first-secret" })
        yield* first.stdout.waitFor("ready post")
        yield* first.signal("SIGTERM")
        assert.deepStrictEqual(yield* first.end(), { code: 143, signal: null })
        const { id } = yield* project.newest

        const refused = yield* project.run(["resume", id], { ANNOUNCE_TOKEN: "second-secret" })
        assert.strictEqual(refused.code, 2)
        assert.include(refused.said, "`post` began, did not complete, and is not idempotent")
        assert.include(refused.said, `halte resume ${id} --rerun post`)
        assert.include(refused.said, "(code: needs-rerun)")

        const secretless = yield* project.run(["resume", id, "--rerun", "post"])
        assert.strictEqual(secretless.code, 2)
        assert.include(secretless.said, "`token` comes from `ANNOUNCE_TOKEN` in the environment.")
        assert.include(secretless.said, "(code: secret-missing)")

        yield* project.go
        const resumed = yield* project.run(["resume", id, "--rerun", "post", "-p", "greeting=good day"], {
          ANNOUNCE_TOKEN: "second-secret"
        })
        assert.strictEqual(resumed.code, 0, resumed.stderr)
        assert.deepStrictEqual(project.lines("post.log"), [
          "hello first-secret",
          "begun",
          "cleaned",
          "good day second-secret",
          "begun",
          "ended"
        ])
        assert.deepStrictEqual(project.lines("first.log"), ["ran"])
        assert.deepStrictEqual((yield* project.newest).state.params, { greeting: "good day", token: "(secret)" })
        const kept = readFileSync(join(project.directory, ".halte/halte.db"), "latin1")
        assert.notInclude(kept, "first-secret")
        assert.notInclude(kept, "second-secret")
      }),
    ceiling
  )
})
