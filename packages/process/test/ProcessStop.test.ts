import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { ProcessRunner, StepContext } from "@halte/engine"
import { type ProcessPlatform, ProcessRunnerNode } from "@halte/process"
import * as LinuxPlatform from "../src/process/LinuxPlatform.ts"
import * as FakeStep from "./support/FakeStep.ts"
import { endAll, survivors, tag } from "./support/Survivors.ts"

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url))

const spec = (
  command: ProcessRunner.ProcessSpec["command"],
  more: Partial<ProcessRunner.ProcessSpec> = {}
): ProcessRunner.ProcessSpec => ({ command, graceMillis: 5_000, onInterrupt: "stop", capture: "none", ...more })

const run = (given: ProcessRunner.ProcessSpec, step: FakeStep.FakeStep) =>
  Effect.flatMap(ProcessRunner.ProcessRunner, (runner) => runner.run(given, step.context))

const stopped = (given: ProcessRunner.ProcessSpec, step = FakeStep.make()) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.forkChild(run(given, step))
    yield* step.line(/^ready$/)
    step.ask("interrupt")
    return yield* Fiber.join(fiber)
  })

const counter = (...args: ReadonlyArray<string>) => [process.execPath, `${fixtures}counts-signals.mjs`, ...args]

const withDirectory = <A, E, R>(use: (path: string) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-test-"))),
    use,
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )

describe.runIf(process.platform !== "win32")("stopping a program", () => {
  it.live("R52, R61: one that traps SIGTERM cleans up, ends, and sees no SIGKILL", () =>
    withDirectory((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "clean")
        const step = FakeStep.make()
        const result = (yield* stopped(
          spec(["sh", `${fixtures}cleans-up.sh`, file, "0"]),
          step
        )) as StepContext.StoppedHalfWay
        assert.strictEqual(readFileSync(file, "utf8"), "clean\n")
        assert.match(result.detail ?? "", /^exited with code 0 on SIGTERM after .*: stopped cleanly$/)
        assert.deepStrictEqual(step.texts("stdout"), ["ready", "cleaning"])
        const [started] = step.factsOf("process-started")
        const [signalled, ...more] = step.factsOf("process-signalled")
        assert.deepStrictEqual(more, [])
        assert.deepStrictEqual(
          { ...signalled, count: (signalled?.count ?? 0) >= 1 },
          {
            type: "process-signalled",
            step: "step",
            pid: started!.pid,
            signal: "SIGTERM",
            count: true,
            killInMillis: 5_000
          }
        )
        assert.strictEqual(step.factsOf("process-exited")[0]!.exitCode, 0)
      })
    ).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R57: whatever the exit code after the signal, it was interrupted", () =>
    withDirectory((directory) =>
      Effect.gen(function* () {
        for (const [command, detail] of [
          [
            ["sh", `${fixtures}cleans-up.sh`, join(directory, "a"), "3"],
            /^exited with code 3 on SIGTERM after [\d.]+ m?s$/
          ],
          [["sh", "-c", "echo ready; exec sleep 3600"], /^exited on SIGTERM after [\d.]+ m?s$/],
          [
            ["sh", "-c", "trap 'kill -USR1 $$' TERM; echo ready; while :; do sleep 0.02; done"],
            /^ended by SIGUSR1 .* after SIGTERM$/
          ]
        ] as const) {
          const result = yield* stopped(spec(command))
          assert.instanceOf(result, StepContext.StoppedHalfWay)
          assert.match((result as StepContext.StoppedHalfWay).detail ?? "", detail)
        }
      })
    ).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R57, R64: one that had exited before the signal was sent has completed", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(run(spec(["sh", "-c", "echo ready"]), step))
      yield* step.line(/^ready$/)
      // A turn of this thread that lasts until the program is over: its end can't have been told yet.
      const { pid } = step.factsOf("process-started")[0]!
      while (!/^\d+ \(.*\) Z/.test(readStat(pid) ?? "0 () Z")) continue
      step.ask("interrupt")
      assert.deepStrictEqual(yield* Fiber.join(fiber), { exitCode: 0, value: null })
      assert.deepStrictEqual(step.factsOf("process-signalled"), [])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R57: one that exits while its tree is still being looked for has completed, and gets no signal", () =>
    withDirectory((directory) => {
      const file = join(directory, "go")
      const linux = LinuxPlatform.make()
      // The look takes as long as the program still needs.
      const platform: ProcessPlatform = {
        ...linux,
        scan: async (query) => {
          writeFileSync(file, "")
          while (!(await linux.hasEnded(query.leader))) await new Promise((resolve) => setTimeout(resolve, 1))
          return linux.scan(query)
        }
      }
      return Effect.gen(function* () {
        const step = FakeStep.make()
        const script = `echo ready; while [ ! -e ${file} ]; do sleep 0.01; done; exit 0`
        assert.deepStrictEqual(yield* stopped(spec(["sh", "-c", script]), step), { exitCode: 0, value: null })
        assert.deepStrictEqual(step.factsOf("process-signalled"), [])
      }).pipe(Effect.provide(ProcessRunnerNode.layer({ platform })))
    })
  )

  it.live("R52: one that ignores SIGTERM is dead soon after its grace period, and not before", () =>
    Effect.gen(function* () {
      const word = tag()
      const step = FakeStep.make()
      const begin = performance.now()
      const result = (yield* stopped(
        spec(["sh", `${fixtures}scenarios/ignores-term.sh`, word], { graceMillis: 400 }),
        step
      )) as StepContext.StoppedHalfWay
      const took = performance.now() - begin
      assert.isAtLeast(took, 400)
      assert.isBelow(took, 2_400)
      assert.strictEqual(result.detail, "ended by SIGKILL after 0.4 s grace")
      assert.deepStrictEqual(survivors(word), [])
      assert.strictEqual(step.factsOf("process-exited")[0]!.signal, "SIGKILL")
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R52: no grace means SIGTERM and then SIGKILL at once; endless grace is waited for", () =>
    Effect.gen(function* () {
      const word = tag()
      const none = FakeStep.make()
      const deaf = spec(["sh", `${fixtures}scenarios/ignores-term.sh`, word], { graceMillis: 0 })
      const killed = (yield* stopped(deaf, none)) as StepContext.StoppedHalfWay
      assert.match(killed.detail ?? "", /^ended by SIGKILL without a grace period$/)
      assert.deepStrictEqual(
        none.factsOf("process-signalled").map((f) => f.signal),
        ["SIGTERM", "SIGKILL"]
      )

      const endless = FakeStep.make()
      const polite = spec(counter("0", "300"), { graceMillis: Number.POSITIVE_INFINITY })
      const ended = (yield* stopped(polite, endless)) as StepContext.StoppedHalfWay
      assert.match(ended.detail ?? "", /stopped cleanly$/)
      assert.notProperty(endless.factsOf("process-signalled")[0]!, "killInMillis")
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R52: the report tells a program that exited from what it left behind and had to be killed", () =>
    Effect.gen(function* () {
      const word = tag()
      const given = spec(["sh", `${fixtures}scenarios/leader-exits-first.sh`, word], { graceMillis: 200 })
      const result = (yield* stopped(given)) as StepContext.StoppedHalfWay
      assert.match(
        result.detail ?? "",
        /^exited on SIGTERM after [\d.]+ m?s; 1 process it left behind ended by SIGKILL after 0.2 s grace$/
      )
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live(
    "P4: exactly one graceful signal, by itself, under a shell and under npm",
    () =>
      Effect.gen(function* () {
        const line = counter("0", "150")
          .map((a) => `'${a}'`)
          .join(" ")
        for (const given of [
          spec(counter("0", "150")),
          spec(`true && ${line}; true`),
          spec(["npm", "run", "--silent", "count"], { cwd: `${fixtures}npm-chain` })
        ]) {
          const step = FakeStep.make()
          const fiber = yield* Effect.forkChild(run(given, step))
          yield* step.line(/^ready$/)
          step.ask("interrupt")
          // Asked for again and again: it stays one signal.
          step.ask("interrupt")
          yield* step.line(/^got SIGTERM$/)
          step.ask("interrupt")
          assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
          assert.deepStrictEqual(step.texts("stdout"), ["ready", "got SIGTERM"])
          assert.deepStrictEqual(
            step.factsOf("process-signalled").map((f) => f.signal),
            ["SIGTERM"]
          )
        }
      }).pipe(Effect.provide(ProcessRunnerNode.layer())),
    20_000
  )

  it.live("the graceful signal is the one that the step names", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const script = "trap 'echo got INT; exit 0' INT; echo ready; while :; do sleep 0.02; done"
      const result = (yield* stopped(
        spec(["sh", "-c", script], { stopSignal: "SIGINT" }),
        step
      )) as StepContext.StoppedHalfWay
      assert.include(step.texts("stdout"), "got INT")
      assert.match(result.detail ?? "", /on SIGINT/)
      const failure = (yield* Effect.flip(run(spec(["true"], { stopSignal: "SIGNOTHING" }), FakeStep.make()))).failure
      assert.strictEqual(failure.code, "process-not-startable")
      assert.match(failure.message, /`SIGNOTHING`/)
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("P11: terminate sends SIGKILL at once, and cuts a grace period short", () =>
    Effect.gen(function* () {
      const word = tag()
      const step = FakeStep.make()
      const given = spec(["sh", `${fixtures}scenarios/ignores-term.sh`, word], { graceMillis: 60_000 })
      const fiber = yield* Effect.forkChild(run(given, step))
      yield* step.line(/^ready$/)
      step.ask("interrupt")
      yield* step.until(() => step.factsOf("process-signalled").length === 1)
      yield* Effect.sleep(30)
      assert.isUndefined(fiber.pollUnsafe())
      const begin = performance.now()
      step.ask("terminate")
      const result = (yield* Fiber.join(fiber)) as StepContext.StoppedHalfWay
      assert.isBelow(performance.now() - begin, 2_000)
      assert.strictEqual(result.detail, "ended by SIGKILL before the grace period was over")
      assert.deepStrictEqual(survivors(word), [])

      const second = FakeStep.make()
      const other = yield* Effect.forkChild(run(given, second))
      yield* second.line(/^ready$/)
      second.ask("terminate")
      const ended = (yield* Fiber.join(other)) as StepContext.StoppedHalfWay
      assert.strictEqual(ended.detail, "ended by SIGKILL")
      assert.deepStrictEqual(
        second.factsOf("process-signalled").map((f) => f.signal),
        ["SIGKILL"]
      )
      assert.deepStrictEqual(survivors(word), [])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R57: with `onInterrupt: finish` it runs to its end and completes; terminate ends it all the same", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const script = "trap 'echo got TERM' TERM; echo ready; read -r line; echo done"
      const fiber = yield* Effect.forkChild(
        run(spec(["sh", "-c", "echo ready; sleep 0.2; echo done"], { onInterrupt: "finish" }), step)
      )
      yield* step.line(/^ready$/)
      step.ask("interrupt")
      assert.deepStrictEqual(yield* Fiber.join(fiber), { exitCode: 0, value: null })
      assert.deepStrictEqual(step.texts("stdout"), ["ready", "done"])
      assert.deepStrictEqual(step.factsOf("process-signalled"), [])

      const second = FakeStep.make()
      const other = yield* Effect.forkChild(
        run(spec(["sh", "-c", `${script}; sleep 3600`], { onInterrupt: "finish" }), second)
      )
      yield* second.line(/^ready$/)
      second.ask("interrupt")
      second.ask("terminate")
      assert.instanceOf(yield* Fiber.join(other), StepContext.StoppedHalfWay)
      assert.notInclude(second.texts(), "got TERM")
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live(
    "interrupting the fiber (a timeout) ends it gracefully, or at once when terminating, and waits for that",
    () =>
      Effect.gen(function* () {
        const word = tag()
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(
          // It starts no program of its own: a signal between fork and exec of one would be lost on it, until its grace ends.
          run(spec(["sh", "-c", "trap 'echo got TERM; exit 0' TERM; echo ready; while :; do :; done", word]), step)
        )
        yield* step.line(/^ready$/)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(survivors(word), [])
        assert.include(step.texts(), "got TERM")
        const exit = fiber.pollUnsafe()!
        assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
        assert.strictEqual(step.factsOf("process-exited").length, 1)

        const second = FakeStep.make()
        const other = yield* Effect.forkChild(
          run(spec(["sh", `${fixtures}scenarios/ignores-term.sh`, word], { graceMillis: 60_000 }), second)
        )
        yield* second.line(/^ready$/)
        second.ask("terminate")
        yield* Fiber.interrupt(other)
        assert.deepStrictEqual(survivors(word), [])
      }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("a layer that is closed ends what still runs in it", () =>
    Effect.gen(function* () {
      const word = tag()
      const step = FakeStep.make()
      const inside = Effect.gen(function* () {
        const runner = yield* ProcessRunner.ProcessRunner
        yield* Effect.forkDetach(runner.run(spec(["sh", `${fixtures}scenarios/polite.sh`, word]), step.context))
        yield* step.line(/^ready$/)
      })
      yield* Effect.provide(inside, ProcessRunnerNode.layer())
      assert.deepStrictEqual(survivors(word), [])
    })
  )

  it.live("R59: a step that was asked to stop before its program was started does not start it", () =>
    Effect.gen(function* () {
      const step = FakeStep.make({ demand: "interrupt", cursor: 4 })
      const result = (yield* run(spec(["sh", "-c", "echo ready"]), step)) as StepContext.StoppedHalfWay
      assert.strictEqual(result.cursor, 4)
      assert.deepStrictEqual(step.facts, [])
      assert.deepStrictEqual(step.lines, [])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live(
    "R53: waiting for the grace period and looking through 600 processes blocks nothing",
    () =>
      Effect.gen(function* () {
        const word = tag()
        const crowd = FakeStep.make()
        const many = `i=0; while [ $i -lt 600 ]; do sleep ${word} & i=$((i+1)); done; echo ready; wait`
        const crowdFiber = yield* Effect.forkChild(run(spec(["sh", "-c", many]), crowd))
        yield* crowd.line(/^ready$/)
        const deaf = FakeStep.make()
        const fiber = yield* Effect.forkChild(
          run(spec(["sh", `${fixtures}scenarios/ignores-term.sh`, word], { graceMillis: 500 }), deaf)
        )
        yield* deaf.line(/^ready$/)
        let drift = 0
        let last = performance.now()
        const timer = setInterval(() => {
          const now = performance.now()
          drift = Math.max(drift, now - last - 10)
          last = now
        }, 10)
        deaf.ask("interrupt")
        yield* Fiber.join(fiber)
        crowd.ask("interrupt")
        yield* Fiber.join(crowdFiber)
        clearInterval(timer)
        assert.deepStrictEqual(survivors(word), [])
        assert.isBelow(drift, 500)
      }).pipe(Effect.provide(ProcessRunnerNode.layer())),
    30_000
  )

  it.live(
    "P2: forty programs that are stopped together share their looks at the machine",
    () =>
      Effect.gen(function* () {
        const word = tag()
        const given = spec(["sh", `${fixtures}scenarios/setsid.sh`, word], { graceMillis: 500 })
        const steps = Array.from({ length: 40 }, () => FakeStep.make())
        const fibers = yield* Effect.forEach(steps, (step) => Effect.forkChild(run(given, step)))
        yield* Effect.forEach(steps, (step) => step.line(/^ready$/))
        const begin = performance.now()
        for (const step of steps) step.ask("interrupt")
        yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
        const took = performance.now() - begin
        assert.deepStrictEqual(survivors(word), [])
        assert.isAtLeast(took, 500)
        assert.isBelow(took, 5_500)
        if (process.env["HALTE_TEST_TIMES"] !== undefined) console.log(`forty stopped in ${took.toFixed(0)} ms`)
      }).pipe(Effect.provide(ProcessRunnerNode.layer())),
    30_000
  )

  it.live(
    "P3: what still forks when SIGKILL comes is ended",
    () =>
      Effect.gen(function* () {
        for (const name of ["session-sprint", "fork-loop", "session-hop"]) {
          const word = tag()
          yield* Effect.gen(function* () {
            const step = FakeStep.make()
            const given = spec(["sh", `${fixtures}scenarios/${name}.sh`, word], { graceMillis: 15 })
            assert.instanceOf(yield* stopped(given, step), StepContext.StoppedHalfWay)
            assert.deepStrictEqual(survivors(word), [])
            yield* Effect.sleep(400)
            assert.deepStrictEqual(survivors(word), [])
          }).pipe(Effect.ensuring(endAll(word)))
        }
      }).pipe(Effect.provide(ProcessRunnerNode.layer())),
    20_000
  )
})

const readStat = (pid: number): string | undefined => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1")
  } catch {
    return undefined
  }
}
