import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ProcessRunner } from "@halte/engine"
import { ProcessRunnerNode } from "@halte/process"
import * as FakeStep from "./support/FakeStep.ts"

const spec = (
  command: ProcessRunner.ProcessSpec["command"],
  more: Partial<ProcessRunner.ProcessSpec> = {}
): ProcessRunner.ProcessSpec => ({ command, graceMillis: 1_000, onInterrupt: "stop", capture: "none", ...more })

const run = (given: ProcessRunner.ProcessSpec, step = FakeStep.make()) =>
  Effect.flatMap(ProcessRunner.ProcessRunner, (runner) => runner.run(given, step.context))

const failureOf = (given: ProcessRunner.ProcessSpec, step = FakeStep.make()) =>
  Effect.map(Effect.flip(run(given, step)), (error) => error.failure)

const text = (command: ProcessRunner.ProcessSpec["command"], more: Partial<ProcessRunner.ProcessSpec> = {}) =>
  Effect.map(
    run(spec(command, { capture: "text", ...more })),
    (output) => (output as ProcessRunner.ProcessOutput).value
  )

const withDirectory = <A, E, R>(use: (path: string) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-test-"))),
    use,
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )

describe.runIf(process.platform !== "win32")("starting a program", () => {
  it.live("passes each argument as it is, and a text to the shell", () =>
    Effect.gen(function* () {
      const odd = ["a b", "$HOME", "`id`", "'", '"', "*", "", "--", "-e", "é\n2"]
      const printed = yield* text([process.execPath, "-p", "JSON.stringify(process.argv.slice(1))", "--", ...odd])
      assert.deepStrictEqual(JSON.parse(printed as string), odd)
      assert.strictEqual(yield* text("for i in 1 2; do printf $i; done | cat"), "12")
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("adds to the engine's environment, takes variables away, and gives standard input", () =>
    Effect.gen(function* () {
      process.env["HALTE_TEST_OUTER"] = "outer"
      process.env["HALTE_TEST_GONE"] = "gone"
      const line = 'echo "$HALTE_TEST_OUTER $HALTE_TEST_ADDED ${HALTE_TEST_GONE-none} ${HALTE_CURSOR-no cursor}"'
      assert.strictEqual(
        yield* text(line, { env: { HALTE_TEST_ADDED: "added", HALTE_TEST_GONE: undefined } }),
        "outer added none no cursor"
      )
      assert.strictEqual(yield* text(["cat"], { stdin: "héllo" }), "héllo")
      assert.strictEqual(yield* text(["wc", "-c"], { stdin: new Uint8Array(1_000_000) }), "1000000")
      // One that does not read it is not disturbed, and neither are we.
      assert.strictEqual(yield* text(["echo", "done"], { stdin: new Uint8Array(1_000_000) }), "done")
      assert.strictEqual(yield* text(["cat"]), "")
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R57: an exit code that is no success fails, with the last lines it wrote", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(
        spec("for i in 1 2 3 4 5 6; do echo line $i; done; echo 'secret hunter2' >&2; exit 3"),
        FakeStep.make({ mask: (t) => t.replaceAll("hunter2", "***") })
      )
      assert.strictEqual(failure.code, "process-exited")
      assert.strictEqual(failure.exitCode, 3)
      assert.match(failure.message, /^`for i in .*secret \*\*\*.*exit 3` exited with code 3 after [\d.]+ m?s\.$/)
      assert.strictEqual(failure.lastOutput?.length, 5)
      assert.include(failure.lastOutput ?? [], "secret ***")
      const output = yield* run(spec(["sh", "-c", "exit 3"], { successCodes: [0, 3] }))
      assert.deepStrictEqual(output, { exitCode: 3, value: null })
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R57: one that a signal ended which nobody here has sent has failed", () =>
    Effect.gen(function* () {
      const failure = yield* failureOf(spec(["sh", "-c", "kill -SEGV $$"]))
      assert.strictEqual(failure.code, "process-signalled")
      assert.match(failure.message, /was ended by SIGSEGV after .*, which Halte did not send\.$/)
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("names a program that does not exist, and the nearest one that does", () =>
    withDirectory((directory) =>
      Effect.gen(function* () {
        const near = yield* failureOf(spec(["slepe", "1"]))
        assert.strictEqual(near.code, "process-not-found")
        assert.strictEqual(near.message, "`slepe 1` can't be started: there is no program `slepe` in PATH.")
        assert.match(near.hint ?? "", /Did you mean `sleep`\?/)
        const spaces = yield* failureOf(spec(["npm run build"]))
        assert.match(spaces.hint ?? "", /each argument as an element of its own/)
        mkdirSync(join(directory, "node_modules/.bin"), { recursive: true })
        writeFileSync(join(directory, "node_modules/.bin/some-tool"), "")
        const local = yield* failureOf(spec(["some-tool"], { cwd: directory }))
        assert.match(local.hint ?? "", /`npx some-tool`/)
        writeFileSync(join(directory, "deploy.sh"), "")
        const here = yield* failureOf(spec(["deploy.sh"], { cwd: directory }))
        assert.match(here.hint ?? "", /`\.\/deploy\.sh`/)
        const path = yield* failureOf(spec(["./deplyo.sh"], { cwd: directory }))
        assert.match(path.hint ?? "", /Did you mean `.*\/deploy\.sh`\?/)
      })
    ).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("tells a program that can't be executed from one that answers 126 or 127 itself", () =>
    withDirectory((directory) =>
      Effect.gen(function* () {
        const file = join(directory, "tool")
        writeFileSync(file, "#!/no/such/interpreter\n")
        const plain = yield* failureOf(spec([file]))
        assert.strictEqual(plain.code, "process-not-startable")
        assert.match(plain.message, /is not executable\.$/)
        assert.match(plain.hint ?? "", /chmod \+x/)
        chmodSync(file, 0o755)
        const interpreter = yield* failureOf(spec([file]))
        assert.strictEqual(interpreter.code, "process-not-startable")
        assert.match(interpreter.message, /names `\/no\/such\/interpreter`, which does not exist\.$/)
        const folder = yield* failureOf(spec([directory]))
        assert.match(folder.message, /is a directory\.$/)
        for (const code of [126, 127]) {
          const own = yield* failureOf(spec(["sh", "-c", `exit ${code}`]))
          assert.deepStrictEqual([own.code, own.exitCode], ["process-exited", code])
        }
        const empty = yield* failureOf(spec([]))
        assert.strictEqual(empty.code, "process-not-startable")
        const long = yield* failureOf(spec(["echo", "x".repeat(3_000_000)]))
        assert.strictEqual(long.code, "process-not-startable")
        assert.match(long.message, /larger than the system allows/)
        const nul = yield* failureOf(spec(["echo", "a\0b"]))
        assert.strictEqual(nul.code, "process-not-startable")
      })
    ).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("names a working directory that is missing, and the nearest that exists", () =>
    withDirectory((directory) =>
      Effect.gen(function* () {
        const failure = yield* failureOf(spec(["true"], { cwd: join(directory, "a/b") }))
        assert.strictEqual(failure.code, "working-directory-missing")
        assert.strictEqual(failure.message, `The working directory \`${join(directory, "a/b")}\` does not exist.`)
        assert.include(failure.hint ?? "", `\`${directory}\``)
      })
    ).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("records the process with its start time, group, mark and masked command", () =>
    Effect.gen(function* () {
      const step = FakeStep.make({ mask: (t) => t.replaceAll("hunter2", "***") })
      yield* run(spec(["echo", "hunter2"]), step)
      const [fact] = step.factsOf("process-started")
      assert.strictEqual(fact!.command, "echo ***")
      assert.isAbove(fact!.startTime ?? 0, 0)
      assert.strictEqual(fact!.group, fact!.pid)
      assert.match(fact!.mark ?? "", /^1234567890\.\d+$/)
      const [exited] = step.factsOf("process-exited")
      assert.deepStrictEqual([exited!.exitCode, exited!.left], [0, undefined])
    }).pipe(Effect.provide(ProcessRunnerNode.layer({ engine: 1234567890 })))
  )

  it.live.runIf(process.platform === "linux")("says whether processes can be marked here", () =>
    Effect.gen(function* () {
      const capabilities = yield* ProcessRunnerNode.ProcessCapabilities
      const found = yield* capabilities.get
      assert.strictEqual(found.platform, "linux")
      assert.isTrue(found.hold)
      assert.strictEqual(found.limitMark, found.notes.length === 0)
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )
})
