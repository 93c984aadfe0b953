import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { ExecutionHandle } from "@halte/engine"
import { eventually } from "../support/Eventually.ts"
import * as FlowFileEngine from "../support/FlowFileEngine.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

const file = "examples/deploy/deploy.flow.yaml"
const app = readFileSync(join(Repository.root, "examples/deploy/app/server.mjs"), "utf8")
/** A line of this many bytes per second takes a second for a part, a fast one a tenth. */
const slow = Math.ceil(app.length / 3)
const fast = app.length * 10

const deploy = (target: string, params: Readonly<Record<string, string | number | boolean>>) =>
  Program.halte([
    "run",
    file,
    ...Object.entries({ target, rate: fast, ...params }).flatMap(([name, value]) => ["-p", `${name}=${value}`])
  ])

const completes = (target: string, params: Readonly<Record<string, string | number | boolean>>) =>
  Effect.gen(function* () {
    const halte = yield* deploy(target, params)
    assert.deepStrictEqual(yield* halte.end(), { code: 0, signal: null }, halte.output.text)
    yield* halte.marked.gone()
  })

/** Every file below a directory with its content. */
const tree = (directory: string): Readonly<Record<string, string>> =>
  existsSync(directory)
    ? Object.fromEntries(
        readdirSync(directory, { recursive: true, encoding: "utf8" })
          .filter((name) => statSync(join(directory, name)).isFile())
          .sort()
          .map((name) => [name, readFileSync(join(directory, name), "utf8")])
      )
    : {}

const start = (target: string, params: object) =>
  Effect.flatMap(FlowFileEngine.open(file), (executions) =>
    ExecutionHandle.start(executions, { flow: "deploy", params: { target, rate: fast, ...params } })
  )

const event = (execution: ExecutionHandle.ExecutionHandle, type: string, step?: string) =>
  execution.events.pipe(
    Stream.filter((e) => e.type === type && (step === undefined || ("step" in e && e.step === step))),
    Stream.runHead
  )

describe("the example that deploys", () => {
  it.live("puts a version into use, and the next one beside it", () =>
    Effect.gen(function* () {
      const target = join(yield* Repository.scratch("deploy"), "server")
      yield* completes(target, { version: "1.0.0" })
      assert.strictEqual(readFileSync(join(target, "current"), "utf8"), "1.0.0")
      assert.strictEqual(readFileSync(join(target, "releases/1.0.0/server.mjs"), "utf8"), app)
      yield* completes(target, { version: "1.1.0" })
      assert.deepStrictEqual(Object.keys(tree(target)), [
        "current",
        "releases/1.0.0/config.json",
        "releases/1.0.0/server.mjs",
        "releases/1.1.0/config.json",
        "releases/1.1.0/server.mjs"
      ])
      assert.strictEqual(readFileSync(join(target, "current"), "utf8"), "1.1.0")
    })
  )

  it.live("R2, R61, P3: a real SIGINT stops an upload, cleans up after it, and it can be run again", () =>
    Effect.gen(function* () {
      const target = join(yield* Repository.scratch("deploy"), "server")
      const halte = yield* deploy(target, { rate: slow })
      const parts = join(target, "releases/1.0.0/parts")
      const size = (part: string) => statSync(join(parts, part), { throwIfNoEntry: false })?.size ?? 0
      yield* eventually(() => size("2") > 0, "some of part 2", { millis: 30_000, detail: () => halte.output.text })
      assert.isTrue(existsSync(join(parts, "2.lock")))
      yield* halte.signal("SIGINT")
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
      yield* halte.marked.gone()

      assert.deepStrictEqual(Object.keys(tree(target)), ["releases/1.0.0/parts/1", "releases/1.0.0/parts/2"])
      assert.isBelow(size("2"), slow, "part 2 is not whole")
      assert.isFalse(existsSync(join(target, "current")))
      assert.match(halte.output.text, /deploy interrupted after 2 of 7 steps/)

      yield* completes(target, {})
      assert.strictEqual(readFileSync(join(target, "releases/1.0.0/server.mjs"), "utf8"), app)
    })
  )

  it.live("R69, P7: resumed, the upload goes on at the byte where it stopped", () =>
    Effect.gen(function* () {
      const target = join(yield* Repository.scratch("deploy"), "server")
      const execution = yield* start(target, { rate: slow })
      yield* execution.events.pipe(
        Stream.filter((e) => e.type === "step-cursor" && e.step === "upload/part-2" && (e.done ?? 0) > 0),
        Stream.runHead
      )
      yield* execution.interrupt()
      const stopped = yield* execution.outcome
      assert.strictEqual(stopped._tag, "Interrupted")
      assert.deepStrictEqual(stopped.completed, ["server", "upload/part-1"])
      assert.deepStrictEqual(
        stopped.interrupted.map(({ step }) => step),
        ["upload/part-2"]
      )
      const { cursor } = stopped.interrupted[0]!
      assert.isAbove(cursor as number, 0)
      yield* execution.resume()
      const outcome = yield* execution.outcome
      assert.strictEqual(outcome._tag, "Completed")
      assert.strictEqual(readFileSync(join(target, "releases/1.0.0/server.mjs"), "utf8"), app)
      const began = yield* execution.events.pipe(
        Stream.filter((e) => e.type === "step-started" && e.attempt === 2),
        Stream.runCollect
      )
      assert.deepStrictEqual(
        began.map((e) => (e.type === "step-started" ? [e.step, e.cursor] : [])),
        [
          ["upload/part-2", cursor],
          ["upload/part-3", undefined],
          ["config", undefined],
          ["start", undefined]
        ]
      )
    }).pipe(Effect.provide(FlowFileEngine.services))
  )

  it.live("takes everything back when the new version is not healthy: the server is as it was before", () =>
    Effect.gen(function* () {
      const target = join(yield* Repository.scratch("deploy"), "server")
      const first = yield* deploy(target, { broken: true })
      assert.deepStrictEqual(yield* first.end(), { code: 1, signal: null })
      yield* first.marked.gone()
      assert.isFalse(existsSync(target), "nothing was there, and nothing is")

      yield* completes(target, { version: "1.0.0" })
      const before = tree(target)
      const second = yield* deploy(target, { version: "1.1.0", broken: true })
      assert.deepStrictEqual(yield* second.end(), { code: 1, signal: null })
      yield* second.marked.gone()
      assert.deepStrictEqual(tree(target), before)
      assert.match(second.output.text, /Version 1\.1\.0 says that it is not healthy\./)
      assert.match(second.output.text, /process-exited/)
    })
  )

  it.live("R65: after everything was taken back, it is resumed with another param and does everything again", () =>
    Effect.gen(function* () {
      const target = join(yield* Repository.scratch("deploy"), "server")
      const execution = yield* start(target, { broken: true })
      const failed = yield* execution.outcome
      assert.strictEqual(failed._tag, "Failed")
      assert.deepStrictEqual(failed.completed, [])
      assert.deepStrictEqual(failed.failed, ["start"])
      yield* execution.resume({ params: { target, rate: fast, broken: false } })
      const outcome = yield* execution.outcome
      assert.strictEqual(outcome._tag, "Completed")
      assert.strictEqual(readFileSync(join(target, "current"), "utf8"), "1.0.0")
    }).pipe(Effect.provide(FlowFileEngine.services))
  )

  it.live("waits for a person when it is asked to, and a stop doesn't wait for them", () =>
    Effect.gen(function* () {
      const target = join(yield* Repository.scratch("deploy"), "server")
      mkdirSync(target)
      const execution = yield* start(target, { ask: true })
      yield* event(execution, "gate-opened", "approve")
      assert.isFalse(existsSync(join(target, "current")), "not in use yet")
      yield* execution.interrupt()
      const stopped = yield* execution.outcome
      assert.strictEqual(stopped._tag, "Interrupted")
      assert.deepStrictEqual(stopped.notStarted, ["start"])
      yield* execution.resume()
      yield* execution.stepStarted("approve")
      yield* execution.events.pipe(
        Stream.filter((e) => e.type === "gate-opened" && e.attempt === 2),
        Stream.runHead
      )
      yield* execution.answer("approve", true)
      const outcome = yield* execution.outcome
      assert.strictEqual(outcome._tag, "Completed")
      assert.strictEqual(readFileSync(join(target, "current"), "utf8"), "1.0.0")
    }).pipe(Effect.provide(FlowFileEngine.services))
  )
})
