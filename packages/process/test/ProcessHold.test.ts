import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ProcessRunner, StepContext } from "@halte/engine"
import { ProcessRunnerNode, type ProcessPlatform } from "@halte/process"
import * as LinuxPlatform from "../src/process/LinuxPlatform.ts"
import * as FakeStep from "./support/FakeStep.ts"
import { survivors, tag } from "./support/Survivors.ts"

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url))
const spec = (command: ProcessRunner.ProcessSpec["command"]): ProcessRunner.ProcessSpec => ({
  command,
  graceMillis: 5_000,
  onInterrupt: "stop",
  capture: "none"
})
const run = (given: ProcessRunner.ProcessSpec, step: FakeStep.FakeStep) =>
  Effect.flatMap(ProcessRunner.ProcessRunner, (runner) => runner.run(given, step.context))

const ticking = "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.01; done"

describe.runIf(process.platform === "linux")("pausing a program", () => {
  it.live("R70: its output stops and goes on, a child in a session of its own included", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(run(spec(["sh", "-c", `setsid sh -c '${ticking}' & wait`]), step))
      yield* step.line(/^tick 3$/)
      step.ask("hold")
      yield* step.until(() => step.quiet.at(-1) === true)
      // What was in the pipe may still arrive.
      yield* Effect.sleep(50)
      const lines = step.lines.length
      yield* Effect.sleep(150)
      assert.strictEqual(step.lines.length, lines)
      step.ask("go")
      yield* step.until(() => step.lines.length > lines + 3)
      assert.deepStrictEqual(step.quiet, [true, false])
      step.ask("interrupt")
      assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R70, P4: an interrupt while paused sends SIGTERM once, then SIGCONT, so that it can clean up", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(
        run(spec([process.execPath, `${fixtures}counts-signals.mjs`, "0", "50"]), step)
      )
      yield* step.line(/^ready$/)
      step.ask("hold")
      yield* step.until(() => step.quiet.at(-1) === true)
      step.ask("interrupt")
      const result = (yield* Fiber.join(fiber)) as StepContext.StoppedHalfWay
      assert.match(result.detail ?? "", /stopped cleanly$/)
      assert.deepStrictEqual(step.texts("stdout"), ["ready", "got SIGTERM"])
      assert.deepStrictEqual(step.quiet, [true, false])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live(
    "R70: pausing works at any moment, in the middle of starting programs too",
    () =>
      Effect.gen(function* () {
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(run(spec("echo ready; while :; do /bin/true; done"), step))
        yield* step.line(/^ready$/)
        for (let i = 1; i <= 30; i++) {
          step.ask("hold")
          yield* step.until(() => step.quiet.length === 2 * i - 1)
          step.ask("go")
          yield* step.until(() => step.quiet.length === 2 * i)
        }
        step.ask("interrupt")
        assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
        assert.deepStrictEqual(step.texts("log"), [])
      }).pipe(Effect.provide(ProcessRunnerNode.layer())),
    20_000
  )

  it.live("P11: terminate ends a paused program", () =>
    Effect.gen(function* () {
      const word = tag()
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(run(spec(`echo ready; sleep ${word}`), step))
      yield* step.line(/^ready$/)
      step.ask("hold")
      yield* step.until(() => step.quiet.at(-1) === true)
      step.ask("terminate")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(survivors(word), [])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("a program that is paused and may finish goes on when a stop is asked for", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const given = { ...spec("echo ready; sleep 0.2; echo done"), onInterrupt: "finish" as const }
      const fiber = yield* Effect.forkChild(run(given, step))
      yield* step.line(/^ready$/)
      step.ask("hold")
      yield* step.until(() => step.quiet.at(-1) === true)
      step.ask("interrupt")
      assert.deepStrictEqual(yield* Fiber.join(fiber), { exitCode: 0, value: null })
      assert.include(step.texts(), "done")
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R70: a step that begins while paused starts its program when the pause is over", () =>
    Effect.gen(function* () {
      const step = FakeStep.make({ demand: "hold" })
      const fiber = yield* Effect.forkChild(run(spec("echo ready"), step))
      yield* step.until(() => step.quiet.at(-1) === true)
      assert.deepStrictEqual(step.facts, [])
      step.ask("go")
      assert.deepStrictEqual(yield* Fiber.join(fiber), { exitCode: 0, value: null })
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R62, R70: where the system can't pause a process, the reason is logged and it runs on", () => {
    const platform: ProcessPlatform = { ...LinuxPlatform.make(), holdRefused: "this system has no such signal" }
    return Effect.gen(function* () {
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(run(spec(ticking), step))
      yield* step.line(/^tick 2$/)
      step.ask("hold")
      const refusal = yield* step.line(/can't be paused: this system has no such signal/)
      yield* step.until(() => step.lines.filter((l) => l.at > refusal.at).length > 3)
      assert.deepStrictEqual(step.quiet, [])
      step.ask("interrupt")
      yield* Fiber.join(fiber)
    }).pipe(Effect.provide(ProcessRunnerNode.layer({ platform })))
  })
})
