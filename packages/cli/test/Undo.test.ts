/** `halte undo ID`: asks with the steps in their order, follows to the end, and says what was undone. */
import { assert, describe, it } from "@effect/vitest"
import { ExecutionHandle, Flow, Step } from "@halte/engine"
import { Bounded } from "@halte/engine/testing"
import { Deferred, Effect, Fiber } from "effect"
import type { Look } from "../src/view/Look.ts"
import * as Report from "../src/view/Report.ts"
import * as CommandRun from "./CommandRun.ts"

const plain: Look = { color: false, unicode: true }

/** In one line, as it was before it was wrapped. */
const said = (text: string) => text.replaceAll(/\n */g, " ")

const setting = (undo: Step.CleanUp<never> = () => undefined) =>
  Effect.gen(function* () {
    const undone: Array<string> = []
    const step = (name: string, after: string | undefined, more: object = {}) =>
      Step.make(name, {
        ...(after === undefined ? undefined : { after }),
        run: () => name,
        undo: () => void undone.push(name),
        ...more
      })
    const flow = Flow.make("release", {
      version: "2.4.0",
      steps: [
        step("build", undefined, { undo }),
        step("upload", "build"),
        Step.group("site", { after: "upload", steps: [step("page", undefined)], undo: () => void undone.push("site") }),
        Step.make("ship", { after: "site", run: (_, s) => s.interrupted() })
      ]
    }) as Flow.Flow<unknown, never>
    const project = yield* CommandRun.make([flow])
    const handle = yield* ExecutionHandle.start(project.executions, { flow: "release" })
    yield* handle.outcome
    return { ...project, handle, id: handle.id, short: handle.id.slice(-6), undone }
  })

describe("halte undo", () => {
  it.live("asks with the steps in the order in which they are undone; no keeps everything", () =>
    Effect.gen(function* () {
      const { executions, halte, id, short, undone } = yield* setting()
      const questions: Array<string> = []
      const { code, stdout } = yield* halte(["undo", short], { answers: [false], questions })
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(questions, [`Undo release 2.4.0 ${id}?`])
      assert.match(stdout, /1 {2}site +the group, 1 step\n +2 {2}site\/page\n +3 {2}upload\n +4 {2}build\n/)
      assert.include(stdout, "Nothing was done")
      assert.deepStrictEqual([undone, (yield* executions.get(id)).attempt], [[], 1])
    })
  )

  it.live("undoes after a yes, follows to the end, and says how to go on; exit code 0", () =>
    Effect.gen(function* () {
      const { executions, halte, id, undone } = yield* setting()
      const { code, stderr, stdout } = yield* halte(["undo", id, "--reason", "wrong version"], { answers: [true] })
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(undone, ["site", "page", "upload"])
      assert.match(stdout, /release undo, attempt 2, .*: 4 steps, the last that completed first/)
      assert.match(stdout, /site\/page undo running, at most 10 s/)
      assert.match(said(stderr), /release undone: 4 of 4 steps/)
      assert.match(said(stderr), /Undone +site, site\/page, upload, build/)
      assert.include(said(stderr), "What was undone runs again on resume.")
      assert.include(stderr, `halte resume ${id}`)
      const state = yield* executions.get(id)
      assert.deepStrictEqual([state.ended?.cause, state.reason, state.source], ["Undo", "wrong version", "Cli"])
    })
  )

  it.live("off a terminal needs `--yes`: without it exit code 2, naming the flag and the steps", () =>
    Effect.gen(function* () {
      const { halte, id, undone } = yield* setting()
      for (const more of [[], ["--no-input"], ["--json"]]) {
        const { code, stderr } = yield* halte(["undo", id, ...more])
        assert.strictEqual(code, 2)
        assert.include(
          said(stderr),
          "Undoing takes back `site`, `site/page`, `upload`, `build`, so it needs a confirmation"
        )
        assert.include(said(stderr), "add `--yes`")
      }
      assert.deepStrictEqual(undone, [])
      assert.strictEqual((yield* halte(["undo", id, "--yes"])).code, 0)
      assert.deepStrictEqual(undone, ["site", "page", "upload"])
    })
  )

  it.live("shows with `--dry-run` what would be undone, and runs nothing; `--step` chooses", () =>
    Effect.gen(function* () {
      const { halte, id, undone } = yield* setting()
      const all = yield* halte(["undo", id, "--dry-run"])
      assert.strictEqual(all.code, 0)
      assert.include(said(all.stdout), "Attempt 2 would undo 4 steps, the last that completed first. Nothing was run.")
      const one = yield* halte(["undo", id, "--dry-run", "--step", "upload", "--step", "build"])
      assert.match(one.stdout, /would undo 2 steps[^]*1 {2}upload\n +2 {2}build\n/)
      assert.deepStrictEqual(undone, [])
      yield* halte(["undo", id, "--step", "upload", "--yes"])
      assert.deepStrictEqual(undone, ["upload"])
    })
  )

  it.live("says why there is nothing to undo, and that a running one has to be interrupted first", () =>
    Effect.gen(function* () {
      const { halte, id } = yield* setting()
      const named = yield* halte(["undo", id, "--step", "ship", "--yes"])
      assert.strictEqual(named.code, 2)
      assert.include(said(named.stderr), "`ship` has no `undo`")
      assert.include(named.stderr, "(code: nothing-to-undo)")
      yield* halte(["undo", id, "--yes"])
      const none = yield* halte(["undo", id])
      assert.include(said(none.stderr), "Nothing of execution")

      const flow = Flow.make("runs", { steps: [Step.make("on", { run: () => Effect.never })] })
      const project = yield* CommandRun.make([flow])
      const live = yield* ExecutionHandle.start(project.executions, { flow: "runs" })
      yield* live.stepStarted("on")
      const refused = yield* project.halte(["undo", live.id])
      assert.strictEqual(refused.code, 2)
      assert.include(said(refused.stderr), `is running, so it can't be undone. Interrupt it first:`)
      assert.include(refused.stderr, "(code: running)")
      yield* live.terminate()
      yield* live.outcome
    })
  )

  it.live("P12: one that fails ends with exit code 1, names it, and says how to undo the rest", () =>
    Effect.gen(function* () {
      const { halte, id } = yield* setting(() => Effect.fail(new Error("the shop is closed")))
      const { code, stderr } = yield* halte(["undo", id, "--yes"])
      assert.strictEqual(code, 1)
      const text = said(stderr)
      assert.match(text, /release undo failed at build after 3 of 4 steps/)
      assert.include(text, "The undo of `build` failed: the shop is closed")
      assert.match(text, /Not undone +build/)
      assert.include(stderr, `halte undo ${id}`)
    })
  )

  it.live("R6: an interrupt stops it between two undos: exit code 130, and what is left is named", () =>
    Effect.gen(function* () {
      const begun = Deferred.makeUnsafe<void>()
      const go = Deferred.makeUnsafe<void>()
      const project = yield* CommandRun.make([
        Flow.make("release", {
          steps: [
            Step.make("one", { run: () => 1, undo: () => undefined }),
            Step.make("two", {
              after: "one",
              run: () => 2,
              undo: () => Effect.andThen(Deferred.succeed(begun, undefined), Deferred.await(go))
            })
          ]
        }) as Flow.Flow<unknown, never>
      ])
      const handle = yield* ExecutionHandle.start(project.executions, { flow: "release" })
      yield* handle.outcome
      const undoing = yield* Effect.forkChild(project.halte(["undo", handle.id, "--yes"]))
      yield* Bounded.within(Deferred.await(begun), "the undo to begin")
      yield* handle.interrupt({ source: "Page", by: "mira" })
      yield* Deferred.succeed(go, undefined)
      const { code, stderr } = yield* Fiber.join(undoing)
      assert.strictEqual(code, 130)
      assert.match(said(stderr), /release undo interrupted after 1 of 2 steps/)
      assert.match(said(stderr), /Not come to +one/)
      const shown = yield* project.halte(["show", handle.id])
      assert.match(shown.stdout, /2 .* Interrupted undo of 2 steps after/)
    })
  )
})

describe("the report", () => {
  it.live("P12 says of a clean-up that failed what it was, and of the flow's how long it took", () =>
    Effect.gen(function* () {
      const messy = () => Effect.fail(new Error("still in use"))
      const flow = (name: string, cleanUp: () => unknown) =>
        Flow.make(name, {
          cleanUp,
          steps: [Step.make("a", { run: () => 1, cleanUp: { run: messy, always: true } })]
        }) as Flow.Flow<unknown, never>
      const { executions } = yield* CommandRun.make([flow("tidy", () => 1), flow("messy", messy)])
      const report = (name: string) =>
        Effect.gen(function* () {
          const handle = yield* ExecutionHandle.start(executions, { flow: name })
          yield* handle.outcome
          return said(Report.render({ state: yield* handle.state, look: plain, columns: 100, exitCode: 0 }).join("\n"))
        })
      assert.match(yield* report("tidy"), /Clean-up +the flow 0.*Clean-up +a: still in use/)
      assert.match(yield* report("messy"), /Clean-up +a: still in use +the flow: still in use/)
    })
  )
})
