import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result } from "effect"
import { ExecutionEvent, Flow, ProcessRunner, Step, StepGraph } from "@halte/engine"
import * as Engine from "./support/Engine.ts"

const runner = (run: ProcessRunner.ProcessRunnerShape["run"]) =>
  Effect.provideService(ProcessRunner.ProcessRunner, ProcessRunner.ProcessRunner.of({ run }))

describe("ProcessStep", () => {
  it.live("hands a whole specification to the runner, computed from inputs, with the defaults", () =>
    Effect.gen(function* () {
      const specs: Array<ProcessRunner.ProcessSpec> = []
      const name = Step.make("name", { run: () => "a b; rm -rf /" })
      const flow = Flow.make("f", {
        steps: [
          name,
          Step.process("plain", { command: "npm test" }),
          Step.process("computed", {
            input: { name },
            command: ({ name }) => ["echo", name],
            cwd: ({ name }) => Effect.succeed(`/tmp/${name.length}`),
            env: ({ name }) => ({ NAME: name, GONE: undefined }),
            stdin: ({ name }) => name,
            grace: "2 seconds",
            onInterrupt: "finish",
            stopSignal: "SIGINT",
            output: { file: "out.json" },
            captureLimit: 10,
            successCodes: [0, 3]
          })
        ]
      })
      const engine = yield* Engine.make(flow).pipe(
        runner((spec) =>
          Effect.sync(() => {
            specs.push(spec)
            return { exitCode: 0, value: null }
          })
        )
      )
      const { outcome } = yield* engine.run()
      assert.deepStrictEqual(outcome.values["plain"], { exitCode: 0, value: null })
      const [plain, computed] = specs
      assert.deepStrictEqual(JSON.parse(JSON.stringify(plain)), {
        command: "npm test",
        graceMillis: 5_000,
        onInterrupt: "stop",
        capture: "none"
      })
      assert.deepStrictEqual(computed, {
        command: ["echo", "a b; rm -rf /"],
        cwd: "/tmp/13",
        env: { NAME: "a b; rm -rf /", GONE: undefined },
        stdin: "a b; rm -rf /",
        graceMillis: 2_000,
        onInterrupt: "finish",
        stopSignal: "SIGINT",
        capture: { file: "out.json" },
        captureLimit: 10,
        successCodes: [0, 3]
      })
    })
  )

  it.live("fails as the runner says, and stops half-way as the runner says", () =>
    Effect.gen(function* () {
      const failure = { code: "process-exited", message: "exited with code 1", exitCode: 1, lastOutput: ["no"] }
      const fails = yield* Engine.make(Flow.make("f", { steps: [Step.process("a", { command: "x" })] })).pipe(
        runner(() => Effect.fail(new ProcessRunner.ProcessError(failure)))
      )
      const { outcome } = yield* fails.run()
      assert.deepStrictEqual(outcome._tag === "Failed" && outcome.failure, failure)
      const stops = yield* Engine.make(Flow.make("f", { steps: [Step.process("a", { command: "x" })] })).pipe(
        runner((_, step) => Effect.succeed(step.interrupted({ detail: "exited on SIGTERM after 1.8 s" })))
      )
      const second = yield* stops.run()
      assert.strictEqual(second.outcome._tag, "Interrupted")
      assert.strictEqual(second.of("step-interrupted")[0]!.detail, "exited on SIGTERM after 1.8 s")
    })
  )

  it.live("fails when its command can't be computed", () =>
    Effect.gen(function* () {
      for (const command of [
        (): string => {
          throw new Error("no command")
        },
        () => Effect.fail(new Error("no command"))
      ]) {
        const engine = yield* Engine.make(Flow.make("f", { steps: [Step.process("a", { command })] })).pipe(
          runner(() => Effect.die("it was started"))
        )
        const { outcome } = yield* engine.run()
        assert.strictEqual(outcome._tag === "Failed" && outcome.failure.message, "no command")
      }
    })
  )

  it("P2: promises grace and half a second more; nothing when it may finish or its grace has no end", () => {
    const stopsOf = (options: Partial<Parameters<typeof Step.process>[1]>) => {
      const { detail, stops } = Step.process("a", { command: ["npm", "run", "a b"], ...options })
      return [stops.withinMillis, stops.text, detail]
    }
    assert.deepStrictEqual(stopsOf({}), [5_500, "SIGTERM → 5 s → SIGKILL", 'npm run "a b"'])
    assert.deepStrictEqual(stopsOf({ grace: 0, stopSignal: "SIGINT" }), [
      500,
      "SIGINT → 0 ms → SIGKILL",
      'npm run "a b"'
    ])
    assert.deepStrictEqual(stopsOf({ onInterrupt: "finish" })[0], undefined)
    assert.deepStrictEqual(stopsOf({ grace: Duration.infinity }).slice(0, 2), [undefined, "SIGTERM, without SIGKILL"])
    assert.deepStrictEqual(stopsOf({ command: () => "x" })[2], undefined)
    const { description } = Result.getOrThrow(
      StepGraph.make(
        Flow.make("f", {
          steps: [Step.process("a", { command: "x", grace: Duration.infinity, timeout: Duration.infinity })]
        })
      )
    )
    assert.deepStrictEqual(JSON.parse(JSON.stringify(description)), description, "JSON can hold it")
    assert.isTrue(ExecutionEvent.ExecutionEvent.members.length > 0)
  })
})
