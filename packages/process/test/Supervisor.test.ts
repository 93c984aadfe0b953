import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Scope, Exit } from "effect"
import { ProcessRunner } from "@halte/engine"
import { ProcessMark, ProcessRunnerNode } from "@halte/process"
import { eventually } from "../../../test/support/Eventually.ts"
import * as LinuxPlatform from "../src/process/LinuxPlatform.ts"
import { Supervisor } from "../src/process/Supervisor.ts"
import * as WindowsPlatform from "../src/process/WindowsPlatform.ts"
import * as Engine from "./support/Engine.ts"
import * as FakeStep from "./support/FakeStep.ts"
import { survivors } from "./support/Survivors.ts"

const scratch = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-test-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A shell that notes each start, what it was given and what it then reads, in the file that is named in its own text. */
const noting = (directory: string, then: string) => {
  const shell = join(directory, "shell")
  const notes = join(directory, "notes")
  appendFileSync(notes, "")
  writeFileSync(shell, `#!/bin/sh\necho "started $4" >> ${notes}\n${then}\n`)
  chmodSync(shell, 0o755)
  return { shell, notes: () => readFileSync(notes, "utf8").trim().split("\n") }
}

const acquire = (options: { readonly engine?: number; readonly shell?: string }) =>
  Effect.acquireRelease(
    Effect.sync(() => new Supervisor({ engine: Engine.number(), platform: LinuxPlatform.make(), ...options })),
    (supervisor) => Effect.promise(() => supervisor.end())
  )

const run = (command: ReadonlyArray<string>) =>
  Effect.flatMap(ProcessRunner.ProcessRunner, (runner) =>
    runner.run({ command, graceMillis: 1_000, onInterrupt: "stop", capture: "text" }, FakeStep.make().context)
  )

describe.runIf(process.platform === "linux")("the supervisor", { timeout: 30_000 }, () => {
  it.live("starts with the first program, not before, and is gone when the runner is closed", () =>
    Effect.gen(function* () {
      const engine = Engine.number()
      const watching = () => survivors(String(engine))
      const scope = Scope.makeUnsafe()
      const context = yield* Layer.buildWithScope(ProcessRunnerNode.layer({ engine }), scope)
      assert.deepStrictEqual(watching(), [])
      assert.deepStrictEqual(yield* Effect.provideContext(run(["echo", "1"]), context), { exitCode: 0, value: "1" })
      const [pid, ...more] = watching()
      assert.deepStrictEqual(more, [])
      yield* Effect.provideContext(run(["true"]), context)
      assert.deepStrictEqual(watching(), [pid!])
      // It has neither the engine's mark nor its variables.
      assert.notInclude(readFileSync(`/proc/${pid}/environ`, "latin1"), "HOME=")
      assert.notInclude(readFileSync(`/proc/${pid}/limits`, "latin1"), ProcessMark.bytes({ engine, step: 1 }))
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(watching(), [])
    })
  )

  it.live("is not started where it is not wanted, and the capabilities say so", () =>
    Effect.gen(function* () {
      const engine = Engine.number()
      yield* Effect.gen(function* () {
        yield* run(["true"])
        const found = yield* (yield* ProcessRunnerNode.ProcessCapabilities).get
        assert.isFalse(found.supervisor)
        assert.match(found.notes.at(-1)!, /^If Halte itself is killed, its programs go on\. .*switched off\.$/)
        assert.deepStrictEqual(survivors(String(engine)), [])
      }).pipe(Effect.provide(ProcessRunnerNode.layer({ engine, supervised: false })))
      const found = yield* Effect.gen(function* () {
        return yield* (yield* ProcessRunnerNode.ProcessCapabilities).get
      }).pipe(Effect.provide(ProcessRunnerNode.layer({ engine })))
      assert.isTrue(found.supervisor)
    })
  )

  it.live("says why there is none: no shell, nothing that sweeps, or a system that shows no marks", () =>
    Effect.gen(function* () {
      const none = yield* acquire({ shell: "/no/such/shell" })
      assert.deepStrictEqual(none.state, { watches: false, reason: "it has not been started" })
      yield* Effect.promise(() => none.start())
      assert.isFalse(none.state.watches)
      yield* eventually(() => !none.state.watches && /ENOENT/.test(none.state.reason), "the reason", { millis: 5_000 })
      // It is told all the same: nothing is thrown.
      none.graceful({ engine: 5, step: 6 })
      const without = new Supervisor({
        engine: 5,
        platform: LinuxPlatform.make(),
        sweeper: ["/no/such/desktop", "--halte-sweep"]
      })
      yield* Effect.promise(() => without.start())
      assert.deepStrictEqual(without.state, { watches: false, reason: "`/no/such/desktop` is missing" })
      const windows = new Supervisor({ engine: 5, platform: WindowsPlatform.make() })
      yield* Effect.promise(() => windows.start())
      assert.deepStrictEqual(windows.state, {
        watches: false,
        reason: "windows does not show which engine a process belongs to"
      })
      yield* Effect.promise(() => windows.end())
    })
  )

  it.live("is started again when it ends, less and less often", () =>
    Effect.gen(function* () {
      const { notes, shell } = noting(yield* scratch, "exit 3")
      const supervisor = yield* acquire({ shell })
      yield* Effect.promise(() => supervisor.start())
      const begin = performance.now()
      yield* eventually(() => notes().length === 4, "three more", { millis: 5_000 })
      // At once, then after 100 and 200 ms.
      assert.isAtLeast(performance.now() - begin, 290)
      yield* eventually(() => !supervisor.state.watches, "its end", { millis: 5_000 })
      assert.deepStrictEqual(supervisor.state, { watches: false, reason: "it ended by itself with code 3" })
      yield* Effect.promise(() => supervisor.end())
      const count = notes().length
      yield* Effect.sleep(600)
      assert.strictEqual(notes().length, count)
    })
  )

  it.live("P4: is told of each graceful signal, a new one of all whose steps are not over", () =>
    Effect.gen(function* () {
      const directory = yield* scratch
      const { notes, shell } = noting(directory, `exec cat >> ${join(directory, "notes")}`)
      const supervisor = yield* acquire({ shell })
      const pid = () => (supervisor.state.watches ? supervisor.state.pid : undefined)
      yield* Effect.promise(() => supervisor.start())
      const first = pid()!
      for (const step of [1, 2, 3]) supervisor.graceful({ engine: 5, step })
      supervisor.ended({ engine: 5, step: 2 })
      yield* eventually(() => notes().includes("t 5.3"), "what it was told", { millis: 5_000 })
      process.kill(first, "SIGKILL")
      yield* eventually(() => pid() !== undefined && pid() !== first, "another", { millis: 5_000 })
      yield* eventually(() => notes().includes("started 5.1 5.3"), "what the other was told", { millis: 5_000 })
      yield* Effect.promise(() => supervisor.end())
      const all = ["started ", "t 5.1", "t 5.2", "t 5.3", "started 5.1 5.3", "q"]
      assert.deepStrictEqual(notes(), all)
    })
  )

  it.live("P4: what it is told does not grow for ever: steps that are over are forgotten", () =>
    Effect.gen(function* () {
      const directory = yield* scratch
      const { notes, shell } = noting(directory, `exec cat >> ${join(directory, "notes")}`)
      const supervisor = yield* acquire({ shell })
      yield* Effect.promise(() => supervisor.start())
      supervisor.graceful({ engine: 5, step: 1 })
      for (let step = 2; step < 1_000; step++) {
        supervisor.graceful({ engine: 5, step })
        supervisor.ended({ engine: 5, step })
      }
      yield* Effect.promise(() => supervisor.end())
      // As the shell keeps them.
      let told: ReadonlyArray<string> = []
      let most = 0
      for (const line of notes()) {
        const [op, ...marks] = line.split(" ")
        if (op === "t") told = [...told, ...marks]
        if (op === "s") told = marks
        most = Math.max(most, told.length)
      }
      assert.isBelow(most, 300)
      assert.include(told, "5.1")
      assert.include(told, "5.999")
    })
  )
})
