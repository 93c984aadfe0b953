import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ProcessRunner, StepContext } from "@halte/engine"
import { ProcessRunnerNode } from "@halte/process"
import * as FakeStep from "./support/FakeStep.ts"
import { endAll, survivors, tag } from "./support/Survivors.ts"

const scenarios = fileURLToPath(new URL("./fixtures/scenarios/", import.meta.url))

const graceMillis = 300
const spec = (name: string, word: string): ProcessRunner.ProcessSpec => ({
  command: ["sh", `${scenarios}${name}.sh`, word],
  graceMillis,
  onInterrupt: "stop",
  capture: "none"
})

/** Whether the leader is still there when the stop is asked for, and how often a deaf process makes SIGKILL needed. */
const table: ReadonlyArray<readonly [name: string, expected: "term" | "kill" | "either"]> = [
  ["polite", "term"],
  ["stopped", "term"],
  ["ignores-term", "kill"],
  ["leader-exits-first", "kill"],
  ["double-fork", "kill"],
  ["setsid", "kill"],
  ["forks-in-handler", "kill"],
  ["npm-chain", "kill"],
  ["fork-loop", "kill"],
  ["job-control", "kill"],
  ["session-hop", "kill"],
  ["session-sprint", "kill"],
  ["retitled", "kill"],
  ["hidden", "kill"],
  ["hidden-closed", "kill"]
]

describe.runIf(process.platform === "linux")("P3: when a stop is reported, no process of the step is alive", () => {
  for (const [name, expected] of table) {
    it.live(
      `P3, P4: ${name} leaves nothing, after one SIGTERM`,
      () => {
        const word = tag()
        return Effect.gen(function* () {
          const runner = yield* ProcessRunner.ProcessRunner
          const step = FakeStep.make()
          const fiber = yield* Effect.forkChild(runner.run(spec(name, word), step.context))
          yield* step.line(/^ready$/)
          assert.isAbove(survivors(word).length, 0)
          step.ask("interrupt")
          const result = yield* Fiber.join(fiber)
          assert.deepStrictEqual(survivors(word), [])
          assert.instanceOf(result, StepContext.StoppedHalfWay)
          const signals = step.factsOf("process-signalled").map((f) => f.signal)
          assert.deepStrictEqual(signals, expected === "term" ? ["SIGTERM"] : ["SIGTERM", "SIGKILL"])
          assert.strictEqual(step.factsOf("process-exited").length, 1)
          assert.isUndefined(step.factsOf("process-exited")[0]!.left)
          // What still forks would show itself within this time.
          if (/loop|hop|sprint|handler/.test(name)) yield* Effect.sleep(1200)
          assert.deepStrictEqual(survivors(word), [])
        }).pipe(Effect.ensuring(endAll(word)), Effect.provide(ProcessRunnerNode.layer()))
      },
      30_000
    )
  }

  for (const [name, signals] of [
    ["holds-pipe", ["SIGTERM"]],
    ["nohup", ["SIGTERM", "SIGKILL"]]
  ] as const) {
    it.live(
      `P3: ${name}: what a program leaves behind when it ends is ended too, and its result stays`,
      () => {
        const word = tag()
        return Effect.gen(function* () {
          const runner = yield* ProcessRunner.ProcessRunner
          const step = FakeStep.make()
          const result = yield* runner.run(spec(name, word), step.context)
          assert.deepStrictEqual(survivors(word), [])
          assert.deepStrictEqual(result, { exitCode: 0, value: null })
          assert.isTrue(step.factsOf("process-signalled").length <= signals.length)
          assert.match(step.texts("log").join("\n"), /has ended and left \d process/)
        }).pipe(Effect.ensuring(endAll(word)), Effect.provide(ProcessRunnerNode.layer()))
      },
      30_000
    )
  }
})
