import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Effect, Exit, Fiber } from "effect"
import { ModuleRunner, StepContext } from "@halte/engine"
import { ModuleRunnerNode } from "@halte/process"
import * as FakeStep from "./support/FakeStep.ts"

const url = (name: string) => new URL(`./fixtures/modules/${name}.ts`, import.meta.url).href
const spec = (name: string, exported?: string): ModuleRunner.ModuleSpec =>
  exported === undefined ? { url: url(name) } : { url: url(name), export: exported }

const call = (name: string, exported?: string, input: unknown = {}, step = FakeStep.make()) =>
  Effect.flatMap(ModuleRunner.ModuleRunner, (runner) => runner.run(spec(name, exported), input, step.context))

const failureOf = <A, R>(effect: Effect.Effect<A, ModuleRunner.ModuleError, R>) =>
  Effect.map(Effect.flip(effect), (error) => error.failure)

describe("a module in a worker thread", () => {
  it.live("R33: gets its input and the step's context, and gives a JSON value", () =>
    Effect.gen(function* () {
      const step = FakeStep.make({ cursor: 5, params: { name: "Ada" } })
      assert.deepStrictEqual(yield* call("echo", undefined, { a: [1, { b: null }] }, step), {
        input: { a: [1, { b: null }] },
        execution: "0000000000TEST000001",
        step: "step",
        attempt: 1,
        try: 1,
        params: { name: "Ada" },
        cursor: 5
      })
      assert.strictEqual(yield* call("echo", "later", { n: 1 }), 2)
      assert.strictEqual(yield* call("echo", "returnsNothing"), null)
      assert.deepStrictEqual(yield* call("echo", "returnsDate"), { at: "1970-01-01T00:00:00.000Z", list: [null] })
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("R25: stops half-way with a cursor, or finishes anyway, as it says", () =>
    Effect.gen(function* () {
      const half = yield* call("echo", "half")
      assert.instanceOf(half, StepContext.StoppedHalfWay)
      assert.deepStrictEqual({ ...(half as object) }, { cursor: 7, partial: { sum: 3 }, detail: "enough" })
      const anyway = yield* call("echo", "anyway")
      assert.instanceOf(anyway, StepContext.FinishedAnyway)
      assert.strictEqual((anyway as StepContext.FinishedAnyway<unknown>).value, "all")
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("fails with what its code threw, and with its stack", () =>
    Effect.gen(function* () {
      const plain = yield* failureOf(call("echo", "fails"))
      assert.strictEqual(plain.code, "step-failed")
      assert.strictEqual(plain.message, "it broke")
      assert.match(plain.stack ?? "", /echo\.ts/)
      const tagged = yield* failureOf(call("echo", "failsTagged"))
      assert.strictEqual(tagged.code, "quota-exceeded")
      assert.strictEqual(tagged.message, "no more than 3")
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("names the place of a value that JSON can't hold, in the output and in the input", () =>
    Effect.gen(function* () {
      for (const [exported, message] of [
        ["returnsFunction", "Its output can't be written as JSON: `list[0].call` is a function."],
        ["returnsBig", "Its output can't be written as JSON: `n` is the big integer 10n."],
        ["returnsNan", "Its output can't be written as JSON: `[1]` is NaN."],
        ["returnsCycle", "Its output can't be written as JSON: `a.self` is a cycle."]
      ] as const) {
        const failure = yield* failureOf(call("echo", exported))
        assert.deepStrictEqual([failure.code, failure.message], ["value-not-json", message])
      }
      const failure = yield* failureOf(call("echo", undefined, { when: { f: () => 1 } }))
      assert.strictEqual(failure.message, "Its input can't be written as JSON: `when.f` is a function.")
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("R69: its lines, progress and cursors reach the step, in order", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      yield* call("echo", "reports", {}, step)
      assert.deepStrictEqual(step.reports, [{ done: 1, total: 4, message: "quarter" }])
      assert.deepStrictEqual(step.texts("log"), ["a line"])
      assert.deepStrictEqual(step.cursors, [{ at: 1 }])
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("a cursor is committed before the step is over", () =>
    Effect.gen(function* () {
      let committed = false
      const commit = Effect.andThen(
        Effect.sleep(50),
        Effect.sync(() => void (committed = true))
      )
      yield* call("echo", "reports", {}, FakeStep.make({ commit }))
      assert.isTrue(committed)
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("R60: what it prints reaches the log line by line, masked", () =>
    Effect.gen(function* () {
      const step = FakeStep.make({ mask: (text) => text.replaceAll("hunter2", "***") })
      yield* call("prints", undefined, { secret: "hunter2" }, step)
      assert.deepStrictEqual(step.texts("stdout"), ["loading", "one", "two", "half a line", "no endtoken ***"])
      assert.deepStrictEqual(step.texts("stderr"), ["to standard error"])
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("says what can't be found, loaded or called, and what is there", () =>
    Effect.gen(function* () {
      const missing = yield* failureOf(call("nowhere"))
      assert.deepStrictEqual(
        [missing.code, missing.message],
        ["module-not-found", "The module `nowhere.ts` does not exist."]
      )
      const broken = yield* failureOf(call("broken"))
      assert.strictEqual(broken.code, "module-not-loadable")
      assert.match(broken.message, /^The module `broken\.ts` can't be loaded: .*not-there\.ts/)
      const unknown = yield* failureOf(call("loops", "unknown"))
      assert.strictEqual(unknown.code, "export-not-found")
      assert.match(unknown.hint ?? "", /`untilStopped`/)
      const number = yield* failureOf(call("echo", "notCallable"))
      assert.strictEqual(number.code, "export-not-a-step")
      assert.match(number.message, /is a number, neither a Step nor a function/)
      const group = yield* failureOf(call("steps", "group"))
      assert.strictEqual(group.code, "export-not-a-step")
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )
})

describe("stopping a module", () => {
  it.live(
    "R33, P11: terminate ends `while (true) {}`, others go on, and the engine's thread stays responsive",
    () =>
      Effect.gen(function* () {
        const deaf = FakeStep.make()
        const deafFiber = yield* Effect.forkChild(call("deaf", undefined, {}, deaf))
        yield* deaf.line(/^ready$/)
        deaf.ask("interrupt")
        // An interrupt alone does not end it, and nothing else waits for it.
        assert.strictEqual(yield* call("echo", "later", { n: 1 }), 2)
        assert.isUndefined(deafFiber.pollUnsafe())
        const begin = performance.now()
        deaf.ask("terminate")
        const result = yield* Fiber.join(deafFiber)
        assert.isBelow(performance.now() - begin, 2_000)
        assert.instanceOf(result, StepContext.StoppedHalfWay)
        assert.strictEqual(yield* call("echo", "later", { n: 2 }), 3)
      }).pipe(Effect.provide(ModuleRunnerNode.layer({ size: 2 }))),
    20_000
  )

  it.live(
    "P11: terminate ends a loop that prints without end, whose lines take no more memory than their limit",
    () =>
      Effect.gen(function* () {
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(call("deaf", "floods", {}, step))
        yield* step.line(/^x+$/, 100)
        step.ask("terminate")
        assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
      }).pipe(Effect.provide(ModuleRunnerNode.layer())),
    20_000
  )

  it.live(
    "interrupting the fiber (a timeout) ends the thread",
    () =>
      Effect.gen(function* () {
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(call("deaf", undefined, {}, step))
        yield* step.line(/^ready$/)
        yield* Fiber.interrupt(fiber)
        const exit = fiber.pollUnsafe()!
        assert.isTrue(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause))
        // The only thread is free again.
        assert.strictEqual(yield* call("echo", "later", { n: 1 }), 2)
      }).pipe(Effect.provide(ModuleRunnerNode.layer({ size: 1 }))),
    20_000
  )

  it.live(
    "R22: `every(n)` is a stopping point at the first call and at every n-th, and at most n − 1 more are done",
    () =>
      Effect.gen(function* () {
        const whole = yield* call("loops", undefined, { iterations: 1_000_000, every: 1_000 })
        assert.deepStrictEqual(whole, { done: 1_000_000, asked: 1_000 })
        const step = FakeStep.make()
        const stopped: Array<unknown> = []
        const context = { ...step.context, stopHere: (cursor?: unknown) => void stopped.push(cursor) }
        const runner = yield* ModuleRunner.ModuleRunner
        const fiber = yield* Effect.forkChild(
          runner.run(spec("loops"), { iterations: 1e12, every: 1_000, work: 300 }, context)
        )
        yield* step.line(/^ready$/)
        yield* Effect.sleep(20)
        const begin = performance.now()
        step.ask("interrupt")
        const result = (yield* Fiber.join(fiber)) as { done: number; stoppedAt: number }
        assert.isBelow(performance.now() - begin, 500)
        assert.strictEqual(result.done, result.stoppedAt)
        assert.strictEqual(result.stoppedAt % 1_000, 0)
        assert.deepStrictEqual(stopped, [result.stoppedAt])
      }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("R31: `requested`, `check` and `signal` all see the request", () =>
    Effect.gen(function* () {
      for (const exported of ["untilStopped", "checks", "bySignal"]) {
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(call("loops", exported, {}, step))
        yield* step.line(exported === "checks" ? /^at 3$/ : /^ready$/)
        step.ask("interrupt")
        const result = yield* Fiber.join(fiber)
        if (exported === "bySignal") assert.strictEqual((result as StepContext.StoppedHalfWay).cursor, "aborted")
        if (exported === "checks") assert.isAtLeast(result as number, 3)
      }
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("R70: holds at a stopping point while paused, goes on, and an interrupt works while it holds", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(call("loops", "checks", {}, step))
      yield* step.line(/^at 2$/)
      step.ask("hold")
      yield* step.until(() => step.quiet.at(-1) === true)
      const lines = step.lines.length
      yield* Effect.sleep(60)
      assert.strictEqual(step.lines.length, lines)
      step.ask("go")
      yield* step.until(() => step.lines.length > lines + 2)
      step.ask("hold")
      yield* step.until(() => step.quiet.filter((q) => q).length === 2)
      step.ask("interrupt")
      assert.isNumber(yield* Fiber.join(fiber))
      assert.deepStrictEqual(step.quiet, [true, false, true, false])
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )

  it.live("P2: a loop that reads its flag stops within 500 ms of the request", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 5; i++) {
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(call("loops", undefined, { iterations: 1e12, every: 1_000 }, step))
        yield* step.line(/^ready$/)
        const begin = performance.now()
        step.ask("interrupt")
        yield* Fiber.join(fiber)
        assert.isBelow(performance.now() - begin, 500)
      }
    }).pipe(Effect.provide(ModuleRunnerNode.layer()))
  )
})

describe("the pool", () => {
  it.live("uses a thread again for the same module, and a fresh one for another", () =>
    Effect.gen(function* () {
      const first = (yield* call("prints")) as { threadId: number; calls: number }
      const second = (yield* call("prints")) as { threadId: number; calls: number }
      assert.deepStrictEqual(second, { threadId: first.threadId, calls: 2 })
      yield* call("echo")
      // The only thread had to make room for the other module.
      const third = (yield* call("prints")) as { threadId: number; calls: number }
      assert.notStrictEqual(third.threadId, first.threadId)
      assert.strictEqual(third.calls, 1)
    }).pipe(Effect.provide(ModuleRunnerNode.layer({ size: 1 })))
  )

  it.live(
    "an idle thread does not keep the process alive",
    () =>
      Effect.gen(function* () {
        const script = fileURLToPath(new URL("./fixtures/idle-pool.ts", import.meta.url))
        const output = yield* Effect.callback<string, Error>((resume) => {
          const child = execFile(
            process.execPath,
            ["--conditions=@halte/source", script],
            { timeout: 15_000 },
            (error, stdout) => resume(error === null ? Effect.succeed(stdout) : Effect.fail(error))
          )
          return Effect.sync(() => void child.kill())
        })
        assert.strictEqual(output, "2\n")
      }),
    20_000
  )

  it.live("closes idle threads", () =>
    Effect.gen(function* () {
      const first = (yield* call("prints")) as { threadId: number }
      yield* Effect.sleep(100)
      const second = (yield* call("prints")) as { threadId: number }
      assert.notStrictEqual(second.threadId, first.threadId)
    }).pipe(Effect.provide(ModuleRunnerNode.layer({ size: 2, idleMillis: 20 })))
  )

  it.live("R24: a step that waits for a thread stops at once when asked to", () =>
    Effect.gen(function* () {
      const busy = FakeStep.make()
      const busyFiber = yield* Effect.forkChild(call("deaf", "waits", {}, busy))
      yield* busy.line(/^ready$/)
      const waiting = FakeStep.make()
      const fiber = yield* Effect.forkChild(call("echo", "later", { n: 1 }, waiting))
      yield* Effect.yieldNow
      waiting.ask("interrupt")
      assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
      busy.ask("terminate")
      yield* Fiber.join(busyFiber)
    }).pipe(Effect.provide(ModuleRunnerNode.layer({ size: 1 })))
  )

  it.live(
    "a crash of a thread fails its step alone: process.exit, an uncaught error, memory",
    () =>
      Effect.gen(function* () {
        const other = FakeStep.make()
        const otherFiber = yield* Effect.forkChild(call("loops", "checks", {}, other))
        const exit = yield* failureOf(call("crashes"))
        assert.strictEqual(exit.code, "worker-ended")
        assert.match(exit.message, /process\.exit\(3\)/)
        const uncaught = yield* failureOf(call("crashes", "uncaught"))
        assert.strictEqual(uncaught.code, "worker-ended")
        assert.match(uncaught.message, /nobody catches this/)
        const memory = yield* failureOf(call("crashes", "memory"))
        assert.strictEqual(memory.code, "worker-ended")
        assert.match(memory.message, /out of memory/)
        other.ask("interrupt")
        assert.isNumber(yield* Fiber.join(otherFiber))
      }).pipe(Effect.provide(ModuleRunnerNode.layer({ size: 2, memoryMiB: 64 }))),
    30_000
  )

  it.live("does a batch in one thread, some items at a time, one result per item in order", () =>
    Effect.gen(function* () {
      const runner = yield* ModuleRunner.ModuleRunner
      const step = FakeStep.make()
      const results = yield* runner.runBatch(
        spec("batch"),
        [0, 1, 2, 3, 4, 5],
        { first: 10, concurrency: 3 },
        step.context
      )
      assert.deepStrictEqual(
        results.map((r) => (r._tag === "Done" ? r.value : r.failure.message)),
        [0, 10, 20, "three", 40, 50]
      )
      assert.strictEqual(yield* call("batch", "seen"), 3)
      const failure = yield* failureOf(
        runner.runBatch(spec("batch"), [1, () => 1], { first: 10, concurrency: 1 }, step.context)
      )
      assert.match(failure.message, /^Item 11 can't be written as JSON/)
    }).pipe(Effect.provide(ModuleRunnerNode.layer({ size: 1 })))
  )
})

describe("Steps and Effects in a worker", () => {
  it.live(
    "R30: a Step's schemas check its input and encode its output",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* call("steps", undefined, { n: 4 }), { twice: 8, at: "1970-01-01T00:00:00.000Z" })
        assert.strictEqual((yield* failureOf(call("steps", undefined, { n: "4" }))).code, "invalid-input")
        assert.strictEqual((yield* failureOf(call("steps", "wrong"))).code, "invalid-output")
        assert.strictEqual(yield* call("steps", "plainEffect", { n: 1 }), 2)
        assert.deepStrictEqual(yield* call("steps", "context"), { step: "step", flow: "test" })
        const failing = yield* failureOf(call("steps", "failing"))
        assert.deepStrictEqual([failing.code, failing.message], ["out-of-stock", "none left"])
      }).pipe(Effect.provide(ModuleRunnerNode.layer())),
    20_000
  )

  it.live(
    "R22: StoppingPoint.forEach of the module's own engine copy sees the request",
    () =>
      Effect.gen(function* () {
        const step = FakeStep.make()
        const fiber = yield* Effect.forkChild(call("steps", "loop", {}, step))
        yield* step.line(/^ready$/)
        step.ask("interrupt")
        const result = (yield* Fiber.join(fiber)) as { done: number; answer: string; by?: string }
        assert.strictEqual(result.answer, "Break")
        assert.strictEqual(result.by, "ada")
        assert.strictEqual(result.done % 1_000, 0)
        assert.strictEqual(step.cursors.at(-1) ?? 0, result.done)
      }).pipe(Effect.provide(ModuleRunnerNode.layer())),
    20_000
  )

  it.live(
    "inspect says what a module exports, with the JSON Schemas of a Step",
    () =>
      Effect.gen(function* () {
        const runner = yield* ModuleRunner.ModuleRunner
        assert.deepStrictEqual(yield* runner.inspect(spec("echo")), { kind: "function" })
        const step = yield* runner.inspect(spec("steps"))
        assert.strictEqual(step.kind, "step")
        assert.deepStrictEqual(step.input?.["properties"], { n: { type: "number" } })
        assert.deepStrictEqual(Object.keys(step.output?.["properties"] as object), ["twice", "at"])
      }).pipe(Effect.provide(ModuleRunnerNode.layer())),
    20_000
  )

  it.live(
    "inspect gives up on a module that loads too long, even one that keeps its thread",
    () =>
      Effect.gen(function* () {
        const runner = yield* ModuleRunner.ModuleRunner
        for (const name of ["hangs", "spins"]) {
          const failure = yield* failureOf(runner.inspect(spec(name)))
          assert.deepStrictEqual(
            [failure.code, failure.message],
            ["module-too-slow", `The module \`${name}.ts\` was not loaded within 1.5 s.`]
          )
        }
      }).pipe(Effect.provide(ModuleRunnerNode.layer({ inspectMillis: 1_500 }))),
    20_000
  )
})
