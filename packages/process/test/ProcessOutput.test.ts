import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ProcessRunner, StepContext } from "@halte/engine"
import { ProcessRunnerNode } from "@halte/process"
import * as FakeStep from "./support/FakeStep.ts"

const spec = (
  command: ProcessRunner.ProcessSpec["command"],
  more: Partial<ProcessRunner.ProcessSpec> = {}
): ProcessRunner.ProcessSpec => ({ command, graceMillis: 1_000, onInterrupt: "stop", capture: "none", ...more })

const run = (given: ProcessRunner.ProcessSpec, step = FakeStep.make()) =>
  Effect.flatMap(ProcessRunner.ProcessRunner, (runner) => runner.run(given, step.context))

const captured = (
  command: ProcessRunner.ProcessSpec["command"],
  capture: ProcessRunner.ProcessCapture,
  more: Partial<ProcessRunner.ProcessSpec> = {}
) => Effect.map(run(spec(command, { capture, ...more })), (output) => (output as ProcessRunner.ProcessOutput).value)

const failed = (
  command: ProcessRunner.ProcessSpec["command"],
  capture: ProcessRunner.ProcessCapture,
  more: Partial<ProcessRunner.ProcessSpec> = {}
) => Effect.map(Effect.flip(run(spec(command, { capture, ...more }))), (error) => error.failure)

const node = (code: string) => [process.execPath, "-e", code]

describe.runIf(process.platform !== "win32")("a program's output", () => {
  it.live("gives what a regular expression finds first: its named groups, its first group, or the whole of it", () =>
    Effect.gen(function* () {
      const print = "printf 'tool 1.2\\nversion 3.4 of tool\\n'"
      const found = (regex: string) => captured(print, { regex })
      assert.deepStrictEqual(yield* found("version (?<major>\\d+)\\.(?<minor>\\d+)(?<pre>-\\w+)?"), {
        major: "3",
        minor: "4",
        pre: null
      })
      assert.strictEqual(yield* found("^version (\\d+)\\.(\\d+)"), "3")
      assert.strictEqual(yield* found("\\d+\\.\\d+$"), "1.2")
      assert.isNull(yield* found("tool(x)?"))
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("fails when nothing matches, and when looking takes longer than a second", () =>
    Effect.gen(function* () {
      const none = yield* failed("echo hello", { regex: "version (\\d+)" })
      assert.deepStrictEqual(
        [none.code, none.message, none.hint],
        [
          "output-no-match",
          "The output of `echo hello` has nothing that matches `version (\\d+)`.",
          "It begins with `hello`."
        ]
      )
      const slow = yield* failed(`printf '${"a".repeat(40)}!'`, { regex: "^(a+)+$" })
      assert.strictEqual(slow.code, "output-no-match")
      assert.match(slow.message, /^`\^\(a\+\)\+\$` could not be looked for in the output of .* within 1 s\.$/)
      assert.match((yield* failed("true", { regex: "(" })).message, /^`\(` is no regular expression: /)
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R60: streams line by line while it runs, and a silent program can be stopped", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const fiber = yield* Effect.forkChild(run(spec("echo one; printf three; echo two >&2; exec sleep 3600"), step))
      yield* step.line(/^one$/)
      yield* step.line(/^two$/)
      assert.isUndefined(fiber.pollUnsafe())
      assert.deepStrictEqual(step.texts("stdout"), ["one"])
      assert.deepStrictEqual(step.texts("stderr"), ["two"])
      step.ask("interrupt")
      assert.instanceOf(yield* Fiber.join(fiber), StepContext.StoppedHalfWay)
      // The line that was never ended is there, too.
      assert.deepStrictEqual(step.texts("stdout"), ["one", "three"])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live(
    "R60: no line printed before the stop is lost, what is printed on SIGTERM included",
    () =>
      Effect.gen(function* () {
        const step = FakeStep.make()
        const script =
          "let n = 0; process.on('SIGTERM', () => { for (let i = 0; i < 20000; i++) console.log('late ' + i); process.exitCode = 0; clearInterval(t) });" +
          "const t = setInterval(() => { for (let i = 0; i < 500; i++) console.log('early ' + n++) }, 1); console.log('ready')"
        const fiber = yield* Effect.forkChild(run(spec(node(script), { graceMillis: 20_000 }), step))
        yield* step.line(/^early 3000$/)
        step.ask("interrupt")
        yield* Fiber.join(fiber)
        const early = step.texts("stdout").filter((l) => l.startsWith("early "))
        assert.deepStrictEqual(
          early,
          early.map((_, i) => `early ${i}`)
        )
        const late = step.texts("stdout").filter((l) => l.startsWith("late "))
        assert.strictEqual(late.length, 20_000)
        assert.strictEqual(step.texts("stdout").at(-1), "late 19999")
      }).pipe(Effect.provide(ProcessRunnerNode.layer())),
    30_000
  )

  it.live("secrets are masked in what is logged and in the last lines of a failure", () =>
    Effect.gen(function* () {
      const step = FakeStep.make({ mask: (text) => text.replaceAll("hunter2", "***") })
      const error = yield* Effect.flip(
        run(spec(["sh", "-c", 'echo "token: $TOKEN"; exit 1'], { env: { TOKEN: "hunter2" } }), step)
      )
      assert.deepStrictEqual(step.texts("stdout"), ["token: ***"])
      assert.deepStrictEqual(error.failure.lastOutput, ["token: ***"])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live(
    "a program that writes faster than its log takes waits: the pipe is not read meanwhile",
    () =>
      Effect.gen(function* () {
        let release = () => undefined as void
        let waits = 0
        const step = FakeStep.make()
        const runner = yield* ProcessRunner.ProcessRunner
        const script =
          "let n = 0; const more = () => { while (n < 200 && process.stdout.write(String(n++).padEnd(9999, '.') + '\\n')); if (n < 200) process.stdout.once('drain', more); else console.error('all written') }; more()"
        const layer = ProcessRunnerNode.layer({
          limits: {
            whenReady: () => {
              waits++
              return waits === 1 ? new Promise<void>((resolve) => (release = resolve)) : undefined
            }
          }
        })
        void runner
        yield* Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(run(spec(node(script)), step))
          yield* step.line(/^0\.+$/)
          yield* Effect.sleep(300)
          // The pipe is full, the program waits in its write, and nothing more has come.
          assert.strictEqual(waits, 1)
          assert.notInclude(step.texts("stderr"), "all written")
          release()
          yield* Fiber.join(fiber)
          assert.strictEqual(step.texts("stdout").length, 200)
          assert.include(step.texts("stderr"), "all written")
        }).pipe(Effect.provide(layer))
      }).pipe(Effect.provide(ProcessRunnerNode.layer())),
    20_000
  )

  it.live("a step logs at most its share; the value, the exit and the last lines are not touched by that", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const given = spec("i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); done", { capture: "lines" })
      const output = (yield* run(given, step)) as ProcessRunner.ProcessOutput
      assert.strictEqual((output.value as ReadonlyArray<string>).length, 200)
      assert.isBelow(step.texts("stdout").length, 20)
      assert.deepStrictEqual(step.texts("log"), ["Output beyond 100 bytes is not kept in the log."])
    }).pipe(Effect.provide(ProcessRunnerNode.layer({ limits: { stepBytes: 100 } })))
  )
})

describe.runIf(process.platform !== "win32")("a program's value", () => {
  it.live("is nothing, the last line or all of it as JSON, its text, or its lines", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* captured("echo 1", "none"), null)
      const noisy = `echo building; echo '{"files": 3}'; echo; echo`
      assert.deepStrictEqual(yield* captured(noisy, "json-last-line"), { files: 3 })
      assert.deepStrictEqual(yield* captured(`printf '[1,'; printf '2]'`, "json"), [1, 2])
      assert.strictEqual(yield* captured("echo ' a b '; echo c; echo; echo 'not this' >&2", "text"), " a b \nc")
      assert.deepStrictEqual(yield* captured("echo a; echo; echo b", "lines"), ["a", "", "b"])
      assert.deepStrictEqual(yield* captured("true", "lines"), [])
      assert.strictEqual(yield* captured("printf 'é%.0s' 1 2 3", "text"), "ééé")
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("is a file's content, JSON when its name says so", () =>
    Effect.acquireUseRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-test-"))),
      (cwd) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* captured("echo text > out.txt", { file: "out.txt" }, { cwd }), "text\n")
          assert.deepStrictEqual(yield* captured("echo '{}' > out.json", { file: "out.json" }, { cwd }), {})
          const missing = yield* failed("true", { file: "nothing.json" }, { cwd })
          assert.strictEqual(missing.code, "output-file-missing")
          assert.strictEqual(missing.message, "`true` has not written `nothing.json`, which is to be its output.")
          assert.include(missing.hint ?? "", join(cwd, "nothing.json"))
          const broken = yield* failed("echo '{' > out.json", { file: "out.json" }, { cwd })
          assert.strictEqual(broken.code, "output-not-json")
          const large = yield* failed("head -c 2000 /dev/zero > large", { file: "large" }, { cwd, captureLimit: 1_000 })
          assert.strictEqual(large.code, "output-too-large")
        }),
      (cwd) => Effect.sync(() => rmSync(cwd, { recursive: true, force: true }))
    ).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("fails with a reason when it is no JSON, or more than is kept", () =>
    Effect.gen(function* () {
      const text = yield* failed("echo all fine", "json-last-line")
      assert.strictEqual(text.code, "output-not-json")
      assert.match(text.message, /^The last line of `echo all fine` is not JSON: /)
      assert.match(text.hint ?? "", /`all fine`/)
      const nothing = yield* failed("true", "json-last-line")
      assert.match(nothing.message, /printed no line/)
      const large = yield* failed("head -c 2000 /dev/zero", "text", { captureLimit: 1_000 })
      assert.strictEqual(large.code, "output-too-large")
      assert.strictEqual(
        large.message,
        "The output of `head -c 2000 /dev/zero` is larger than 1000 bytes, the most that is kept."
      )
      // Of a last line only its own length counts.
      const line = "head -c 2000 /dev/zero | tr '\\0' x; echo; echo 7"
      assert.strictEqual(yield* captured(line, "json-last-line", { captureLimit: 1_000 }), 7)
      // What failed for another reason says that one.
      const exited = yield* failed("echo no json; exit 2", "json")
      assert.deepStrictEqual([exited.code, exited.exitCode], ["process-exited", 2])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )
})
