import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ProcessRunner, StepContext } from "@halte/engine"
import { ProcessRunnerNode, type ProcessPlatform } from "@halte/process"
import * as LinuxPlatform from "../src/process/LinuxPlatform.ts"
import * as FakeStep from "./support/FakeStep.ts"
import { endAll, survivors, tag } from "./support/Survivors.ts"

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url))
const spec = (command: ProcessRunner.ProcessSpec["command"], graceMillis = 100): ProcessRunner.ProcessSpec => ({
  command,
  graceMillis,
  onInterrupt: "stop",
  capture: "none"
})

describe.runIf(process.platform === "linux")("what can't be ended", () => {
  it.live(
    "P3: a process that may not be signalled is reported by pid as left, never as stopped",
    () => {
      const word = tag()
      // As with a program of another user: every signal is refused.
      const platform: ProcessPlatform = {
        ...LinuxPlatform.make(),
        signal: () => "refused",
        signalGroup: () => "refused"
      }
      return Effect.gen(function* () {
        const runner = yield* ProcessRunner.ProcessRunner
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(
          runner.run(spec(["sh", `${fixtures}scenarios/polite.sh`, word]), step.context)
        )
        yield* step.line(/^ready$/)
        const alive = [...survivors(word)].toSorted((a, b) => a - b)
        step.ask("interrupt")
        const { failure } = yield* Effect.flip(Fiber.join(fiber))
        assert.strictEqual(failure.code, "processes-left")
        assert.match(
          failure.message,
          /^2 processes of `sh .*` could not be ended: \d+ \(.*\), which may not be signalled; /
        )
        const [exited] = step.factsOf("process-exited")
        assert.deepStrictEqual(
          exited!.left?.toSorted((a, b) => a - b),
          alive
        )
        assert.isUndefined(exited!.exitCode)
      }).pipe(Effect.ensuring(endAll(word)), Effect.provide(ProcessRunnerNode.layer({ platform })))
    },
    20_000
  )

  it.live(
    "P3: one that appears faster than it can be found is fought for a bounded time, then reported as left",
    () => {
      const word = tag()
      const stranger = spawn("sleep", [word])
      const linux = LinuxPlatform.make()
      const member = linux.identify(stranger.pid!)
      // A scan that always finds one more.
      const platform: ProcessPlatform = {
        ...linux,
        scan: async (query) => {
          const scan = await linux.scan(query)
          return scan.found.length > 0 ? scan : { ...scan, found: [(await member)!] }
        },
        signal: (m, signal) => (m.pid === stranger.pid ? "sent" : linux.signal(m, signal)),
        nothingSince: () => false
      }
      return Effect.gen(function* () {
        const runner = yield* ProcessRunner.ProcessRunner
        const step = FakeStep.make()
        const begin = performance.now()
        const fiber = yield* Effect.forkChild(runner.run(spec(`echo ready; exec sleep ${word}`), step.context))
        yield* step.line(/^ready$/)
        step.ask("terminate")
        const { failure } = yield* Effect.flip(Fiber.join(fiber))
        assert.isAtLeast(performance.now() - begin, 300)
        assert.deepStrictEqual(step.factsOf("process-exited")[0]!.left, [stranger.pid!])
        assert.strictEqual(failure.code, "processes-left")
      }).pipe(
        Effect.ensuring(endAll(word)),
        Effect.provide(ProcessRunnerNode.layer({ platform, killBoundMillis: 300 }))
      )
    },
    20_000
  )

  it.live(
    "P3: the processes of an engine inside a step are found by the outer one, even when the inner one is killed",
    () => {
      const word = tag()
      return Effect.gen(function* () {
        const runner = yield* ProcessRunner.ProcessRunner
        const step = FakeStep.make()
        const inner = [process.execPath, "--conditions=@halte/source", `${fixtures}inner-engine.ts`, word]
        const fiber = yield* Effect.forkChild(runner.run(spec(inner, 300), step.context))
        yield* step.line(/^ready$/)
        assert.isAbove(survivors(word).length, 1)
        // The inner engine gets no chance to end what it has started.
        const pid = step.factsOf("process-started")[0]!.pid
        process.kill(pid, "SIGKILL")
        yield* Effect.exit(Fiber.join(fiber))
        assert.deepStrictEqual(survivors(word), [])
      }).pipe(Effect.ensuring(endAll(word)), Effect.provide(ProcessRunnerNode.layer()))
    },
    30_000
  )

  it.live("R53, R60: a program that prints without end blocks nothing and can be stopped", () =>
    Effect.gen(function* () {
      const runner = yield* ProcessRunner.ProcessRunner
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(runner.run(spec("echo ready; exec yes"), step.context))
      yield* step.line(/^y$/)
      let longest = 0
      let last = performance.now()
      const timer = setInterval(() => {
        longest = Math.max(longest, performance.now() - last)
        last = performance.now()
      }, 5)
      yield* Effect.sleep(300)
      clearInterval(timer)
      assert.isAbove(longest, 0)
      assert.isBelow(longest, 500)
      step.ask("interrupt")
      assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
    }).pipe(Effect.provide(ProcessRunnerNode.layer({ limits: { stepBytes: 1_000_000 } })))
  )
})
