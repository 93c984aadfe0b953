import { assert, describe, it } from "@effect/vitest"
import { ExecutionHandle, type Executions, ExecutionsError, Flow, InterruptStrategy, Step } from "@halte/engine"
import { HandStep } from "@halte/engine/testing"
import { FlowFile } from "@halte/flow-file"
import { Effect, Fiber } from "effect"
import * as CommandRun from "./CommandRun.ts"

/** `build` counts how often it runs; `serve` is driven by hand. */
const release = (options: { readonly idempotent?: false } = {}) => {
  const counted = { builds: 0 }
  const build = Step.make("build", { run: () => ++counted.builds })
  const serve = HandStep.make("serve", { after: build, ...options })
  return { counted, serve, flow: Flow.make("release", { steps: [build, serve.step] }) }
}

type Wrap = (executions: Executions.ExecutionsShape) => Executions.ExecutionsShape

/** A project with one execution of `release` that was interrupted in `serve`. */
const interrupted = (options: { readonly idempotent?: false; readonly wrap?: Wrap } = {}) =>
  Effect.gen(function* () {
    const { counted, flow, serve } = release(options.idempotent === undefined ? {} : { idempotent: options.idempotent })
    const project = yield* CommandRun.make([flow], options.wrap === undefined ? {} : { wrap: options.wrap })
    const stopOne = Effect.gen(function* () {
      const id = yield* project.executions.start({ flow: "release", params: { version: "2.4.0" } })
      const hand = yield* serve.begun(id)
      const handle = ExecutionHandle.make(project.executions, id)
      yield* handle.interrupt({ source: "Sdk" })
      yield* hand.stopHalfWay()
      yield* handle.outcome
      return id
    })
    return { ...project, counted, serve, stopOne, id: yield* stopOne }
  })

/** Refuses to resume until `accepts` does, and keeps what was asked for. */
const refusing =
  (
    requests: Array<Executions.ResumeRequest>,
    refusal: Partial<ConstructorParameters<typeof ExecutionsError.CommandRefused>[0]>,
    accepts: (request: Executions.ResumeRequest) => boolean
  ): Wrap =>
  (executions) => ({
    ...executions,
    resume: (id, request = {}) => {
      requests.push(request)
      return accepts(request)
        ? executions.resume(id)
        : Effect.fail(
            new ExecutionsError.CommandRefused({
              execution: id,
              command: "resume",
              status: "Interrupted",
              code: "definition-changed",
              ...refusal
            })
          )
    }
  })

const said = (text: string) => text.replaceAll(/\n */g, " ")

describe("halte resume", () => {
  it.live("P7 begins the next attempt here, runs nothing again that is done, and follows it to its end", () =>
    Effect.gen(function* () {
      const { counted, halte, id, opened, serve } = yield* interrupted()
      const fiber = yield* Effect.forkChild(halte(["resume", id.slice(-5), "--progress", "lines"]))
      const hand = yield* serve.begun(id)
      yield* hand.succeed("up")
      const { code, stderr, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
      assert.strictEqual(counted.builds, 1)
      assert.deepStrictEqual(
        stdout.split("\n").map((line) => line.replace(/^\S+ /, "").replace(/\d+(\.\d)? ms/, "T")),
        [
          `release resumed, attempt 2, ${id} version=2.4.0`,
          "serve running",
          "serve completed T",
          "release completed 2 of 2 steps (T)",
          ""
        ]
      )
      assert.include(stderr, "✓ release completed 2 of 2 steps")
      // First only looked at, then with an engine.
      assert.deepStrictEqual(
        opened.map((options) => options.engine),
        [false, true]
      )
    })
  )

  it.live("R2 turns a SIGINT into an interrupt of the attempt, and says how to go on", () =>
    Effect.gen(function* () {
      const { halte, id, serve } = yield* interrupted()
      const fiber = yield* Effect.forkChild(halte(["resume", id, "--progress", "lines"]))
      const hand = yield* serve.begun(id)
      process.emit("SIGINT")
      yield* hand.stopHalfWay()
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 130)
      assert.include(stderr, "Interrupt requested (SIGINT).")
      assert.include(stderr, `Resume with:    halte resume ${id}`)
    })
  )

  it.live("prints only the events of the new attempt as JSON", () =>
    Effect.gen(function* () {
      const { halte, id, serve } = yield* interrupted()
      const fiber = yield* Effect.forkChild(halte(["resume", id, "--json"]))
      yield* (yield* serve.begun(id)).succeed()
      const { stdout } = yield* Fiber.join(fiber)
      const events = stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as { readonly type: string; readonly attempt?: number })
      assert.strictEqual(events[0]!.type, "stream")
      assert.strictEqual(events[1]!.type, "execution-started")
      assert.deepStrictEqual([...new Set(events.slice(1).map((event) => event.attempt))], [2])
    })
  )

  it.live("R65 passes on the params that were given anew, and no others", () =>
    Effect.gen(function* () {
      const requests: Array<Executions.ResumeRequest> = []
      const loaded = yield* FlowFile.fromText(
        "halte: 1\nname: wait\nparams:\n  n: { type: integer, default: 1 }\n  to: { type: string, default: beta }\nsteps:\n  ask: { gate: Go on? }\n",
        "wait.flow.yaml"
      )
      const project = yield* CommandRun.make([loaded.flow as never], {
        wrap: refusing(requests, {}, () => false)
      })
      const handle = yield* ExecutionHandle.start(project.executions, { flow: "wait" })
      yield* handle.interrupt()
      yield* handle.outcome
      yield* project.halte(["resume", handle.id, "--param", "n=3"])
      assert.deepStrictEqual(requests[0]!.params, { n: 3 })
      const wrong = yield* project.halte(["resume", handle.id, "--param", "m=3"])
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "`m` is no param of this flow.")
      yield* project.halte(["resume", handle.id, "--stop-after", "2", "--definition", "stored"])
      assert.deepInclude(requests.at(-1), { stopAfter: 2, definition: "stored", rerun: [] })
      assert.notProperty(requests.at(-1), "params")
    })
  )

  it.live("P7 names the steps that may not simply run twice; a person may say that they may", () =>
    Effect.gen(function* () {
      const { halte, id, serve } = yield* interrupted({ idempotent: false })
      const nobody = yield* halte(["resume", id])
      assert.strictEqual(nobody.code, 2)
      assert.include(said(nobody.stderr), "`serve` began, did not complete, and is not idempotent")
      assert.include(said(nobody.stderr), `halte resume ${id} --rerun serve`)
      assert.include(nobody.stderr, "(code: needs-rerun)")
      const questions: Array<string> = []
      const fiber = yield* Effect.forkChild(halte(["resume", id], { answers: [true], questions }))
      yield* (yield* serve.begun(id)).succeed()
      assert.strictEqual((yield* Fiber.join(fiber)).code, 0)
      assert.deepStrictEqual(questions, ["Run it again?"])
    })
  )

  it.live("shows step by step how the flow has changed, and asks which definition counts", () =>
    Effect.gen(function* () {
      const requests: Array<Executions.ResumeRequest> = []
      const changes = [
        { step: "build", change: "changed" as const, before: "npm run build", after: "npm run build:prod" },
        { step: "lint", change: "added" as const, after: "npm run lint" }
      ]
      const { halte, id, serve } = yield* interrupted({
        wrap: refusing(requests, { changes }, (request) => request.definition !== undefined)
      })
      const nobody = yield* halte(["resume", id])
      assert.strictEqual(nobody.code, 2)
      assert.include(nobody.stderr, "  ~ build  npm run build → npm run build:prod\n  + lint   npm run lint\n")
      assert.include(said(nobody.stderr), "`--definition stored`")
      assert.include(nobody.stderr, "(code: definition-changed)")
      const neither = yield* halte(["resume", id], { answers: ["neither"] })
      assert.strictEqual(neither.code, 2)
      const fiber = yield* Effect.forkChild(halte(["resume", id], { answers: ["current"] }))
      yield* (yield* serve.begun(id)).succeed()
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
      assert.include(stderr, "  ~ build  npm run build → npm run build:prod")
      assert.strictEqual(requests.at(-1)!.definition, "current")
    })
  )

  it.live("asks for a secret that is not kept; without a person it names the variable", () =>
    Effect.gen(function* () {
      const requests: Array<Executions.ResumeRequest> = []
      const loaded = yield* FlowFile.fromText(
        "halte: 1\nname: wait\nparams:\n  token: { type: string, secret: true, env: HALTE_TEST_TOKEN, optional: true }\nsteps:\n  ask: { gate: Go on? }\n",
        "wait.flow.yaml"
      )
      const project = yield* CommandRun.make([loaded.flow as never], {
        wrap: refusing(requests, { code: "secret-missing", detail: "Give `token` again." }, () => false)
      })
      const handle = yield* ExecutionHandle.start(project.executions, { flow: "wait", params: { token: "s3cret" } })
      yield* handle.interrupt()
      yield* handle.outcome
      const nobody = yield* project.halte(["resume", handle.id])
      assert.strictEqual(nobody.code, 2)
      assert.include(said(nobody.stderr), "`token` comes from `HALTE_TEST_TOKEN` in the environment.")
      const questions: Array<string> = []
      yield* project.halte(["resume", handle.id], { answers: ["again"], questions })
      assert.deepStrictEqual(questions, ["token"])
      assert.deepStrictEqual(requests.at(-1)!.params, { token: "again" })
    })
  )

  it.live("without an id takes the only one, asks which of several, or lists them", () =>
    Effect.gen(function* () {
      const { halte, id, serve, stopOne } = yield* interrupted()
      const only = yield* Effect.forkChild(halte(["resume"]))
      yield* (yield* serve.begun(id)).fail(new Error("broken"))
      assert.strictEqual((yield* Fiber.join(only)).code, 1)
      const second = yield* stopOne
      const nobody = yield* halte(["resume"])
      assert.strictEqual(nobody.code, 2)
      assert.include(nobody.stderr, "More than one execution can be resumed; name one:")
      for (const one of [id, second]) assert.include(nobody.stderr, `halte resume ${one}`)
      const questions: Array<string> = []
      const chosen = yield* Effect.forkChild(halte(["resume"], { answers: [second.slice(-6)], questions }))
      yield* (yield* serve.begun(second)).succeed()
      assert.strictEqual((yield* Fiber.join(chosen)).code, 0)
      assert.match(
        questions[0]!,
        /^Which one\? release {2}interrupted at serve, just now {2}….* \| release {2}failed at serve/
      )
    })
  )

  it.live("says so when nothing can be resumed, and refuses what has completed", () =>
    Effect.gen(function* () {
      const { executions, halte } = yield* CommandRun.make([
        Flow.make("quick", { steps: [Step.make("one", { run: () => 1 })] })
      ])
      const nothing = yield* halte(["resume"])
      assert.strictEqual(nothing.code, 2)
      assert.include(nothing.stderr, "Nothing here can be resumed.")
      const handle = yield* ExecutionHandle.start(executions, { flow: "quick" })
      yield* handle.outcome
      const completed = yield* halte(["resume", handle.id])
      assert.strictEqual(completed.code, 2)
      assert.include(completed.stderr, "(code: completed)")
    })
  )

  it.live("R67 shows with --dry-run what the next attempt would run, and begins none", () =>
    Effect.gen(function* () {
      const { executions, halte, id } = yield* interrupted({ idempotent: false })
      const { code, stdout } = yield* halte(["resume", id, "--dry-run"])
      assert.strictEqual(code, 0)
      assert.include(stdout, "Attempt 2 would run 1 step; 1 is done. Nothing was run.")
      assert.include(stdout, "is not idempotent: needs --rerun serve")
      assert.include((yield* halte(["resume", id, "--dry-run", "--rerun", "serve"])).stdout, "runs again")
      assert.strictEqual((yield* executions.get(id)).attempt, 1)
    })
  )

  it.live("R70 lets a paused one go on, and follows it with --watch", () =>
    Effect.gen(function* () {
      const { flow, serve } = release()
      const { executions, halte } = yield* CommandRun.make([flow])
      const id = yield* executions.start({ flow: "release", strategy: InterruptStrategy.FinishCurrent })
      const hand = yield* serve.begun(id)
      yield* executions.pause(id)
      const fiber = yield* Effect.forkChild(halte(["resume", id, "--watch", "--progress", "lines"]))
      yield* hand.check()
      yield* hand.succeed()
      const { code, stdout } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
      assert.include(stdout, "release goes on")
      assert.include(stdout, "release completed 2 of 2 steps")
    })
  )
})

describe("halte alone", () => {
  it.live("R73 offers to resume what was interrupted, newest first, or to leave", () =>
    Effect.gen(function* () {
      const { halte, id, serve } = yield* interrupted()
      const questions: Array<string> = []
      const left = yield* halte([], { answers: ["Leave"], questions })
      assert.strictEqual(left.code, 0)
      assert.include(left.stdout, "1 execution can go on.")
      assert.match(
        questions[0]!,
        new RegExp(`^Resume one\\? release {2}interrupted at serve, just now {2}…${id.slice(-6)} \\| Leave$`)
      )
      const fiber = yield* Effect.forkChild(halte([], { answers: [id.slice(-6)] }))
      yield* (yield* serve.begun(id)).succeed()
      const { code, stderr } = yield* Fiber.join(fiber)
      assert.strictEqual(code, 0)
      assert.include(stderr, "release completed 2 of 2 steps")
    })
  )

  it.live("is the help without a person, and with nothing to resume", () =>
    Effect.gen(function* () {
      const { halte } = yield* interrupted()
      const nobody = yield* halte([])
      assert.strictEqual(nobody.code, 0)
      assert.include(nobody.stdout, "Automation you can stop.")
      const empty = yield* CommandRun.make([])
      assert.include((yield* empty.halte([], { answers: [] })).stdout, "Automation you can stop.")
    })
  )
})
