import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { ProcessRunner, StepContext } from "@halte/engine"
import { ProcessRunnerNode } from "@halte/process"
import * as FakeStep from "./support/FakeStep.ts"

const fixtures = fileURLToPath(new URL("./fixtures/", import.meta.url))
const spec = (command: ProcessRunner.ProcessSpec["command"]): ProcessRunner.ProcessSpec => ({
  command,
  graceMillis: 5_000,
  onInterrupt: "stop",
  capture: "none"
})
const run = (given: ProcessRunner.ProcessSpec, step: FakeStep.FakeStep) =>
  Effect.flatMap(ProcessRunner.ProcessRunner, (runner) => runner.run(given, step.context))

describe.runIf(process.platform !== "win32")("a program that reports its progress", () => {
  it.live("R69: is interrupted at its last cursor, and resumed from there without doing anything twice", () =>
    Effect.gen(function* () {
      const first = FakeStep.make()
      const fiber = yield* Effect.forkChild(run(spec(["sh", `${fixtures}reports.sh`]), first))
      yield* first.line(/^ready$/)
      first.ask("interrupt")
      const stopped = (yield* Fiber.join(fiber)) as StepContext.StoppedHalfWay
      assert.strictEqual(stopped.cursor, 5)
      assert.deepStrictEqual(first.reports.at(-1), { done: 5, total: 10, message: "at 5" })
      assert.deepStrictEqual(first.cursors, [1, 2, 3, 4, 5])

      const second = FakeStep.make({ cursor: stopped.cursor })
      assert.deepStrictEqual(yield* run(spec(["sh", `${fixtures}reports.sh`]), second), { exitCode: 0, value: null })
      const work = [...first.texts("stdout"), ...second.texts("stdout")].filter((l) => l.startsWith("work"))
      assert.deepStrictEqual(
        work,
        Array.from({ length: 10 }, (_, i) => `work ${i + 1}`)
      )
      assert.strictEqual(second.texts("stdout")[0], "from 5")
      assert.deepStrictEqual(second.reports.at(-1), { done: 10, total: 10, message: "at 10" })
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R69: the script of the how-to page is stopped and goes on with the part after its cursor", () =>
    Effect.acquireUseRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-test-"))),
      (cwd) =>
        Effect.gen(function* () {
          const page = readFileSync(
            new URL("../../../docs/how-to/report-progress-from-a-script.md", import.meta.url),
            "utf8"
          )
          const script = /```sh\n(#!\/bin\/sh\n# copy\.sh[^]*?)```/.exec(page)![1]!
          writeFileSync(join(cwd, "copy.sh"), script)
          for (const name of ["in", "out"]) mkdirSync(join(cwd, name))
          for (let i = 1; i <= 100; i++) writeFileSync(join(cwd, `in/part-${i}`), String(i))
          const given = { ...spec(["sh", "./copy.sh"]), cwd }
          const first = FakeStep.make()
          const fiber = yield* Effect.forkChild(run(given, first))
          yield* first.until(() => first.cursors.length > 3)
          first.ask("interrupt")
          const cursor = ((yield* Fiber.join(fiber)) as StepContext.StoppedHalfWay).cursor as number
          assert.isBelow(cursor, 100)
          // What was copied before the cursor is taken away: it must not be copied again.
          for (let i = 1; i <= cursor; i++) unlinkSync(join(cwd, `out/part-${i}`))
          const second = FakeStep.make({ cursor })
          assert.deepStrictEqual(yield* run(given, second), { exitCode: 0, value: null })
          const parts = readdirSync(join(cwd, "out")).map((name) => Number(name.slice(5)))
          assert.sameMembers(
            parts,
            Array.from({ length: 100 - cursor }, (_, i) => cursor + 1 + i)
          )
          assert.deepStrictEqual(second.reports.at(-1), { done: 100, total: 100, message: undefined })
        }),
      (cwd) => Effect.sync(() => rmSync(cwd, { recursive: true, force: true }))
    ).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R69: progress is seen while it runs, from grandchildren too, and from a file that is written anew", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const line = [
        `${process.execPath} -e 'require("fs").appendFileSync(process.env.HALTE_REPORT, JSON.stringify({ done: 1, total: 3 }) + "\\n")'`,
        "echo first; read -r go < /dev/null; sleep 0.2",
        `echo '{"done": 2, "total": 3}' > "$HALTE_REPORT"; echo second; sleep 0.2`,
        `echo '{"done": 3, "total": 3}' > "$HALTE_REPORT"; exec sleep 3600`
      ].join("; ")
      const fiber = yield* Effect.forkChild(run(spec(line), step))
      yield* step.until(() => step.reports.some((r) => r.done === 1))
      yield* step.until(() => step.reports.some((r) => r.done === 2))
      yield* step.until(() => step.reports.some((r) => r.done === 3))
      assert.isUndefined(fiber.pollUnsafe())
      step.ask("interrupt")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(
        step.reports.map((r) => r.done),
        [1, 2, 3]
      )
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("R69: a cursor may be any JSON value; a text arrives as it is", () =>
    Effect.gen(function* () {
      const show = spec(["sh", "-c", 'printf "%s\\n" "$HALTE_CURSOR"'])
      for (const [cursor, shown] of [
        ["page two", "page two"],
        [{ page: 2 }, '{"page":2}'],
        [0, "0"],
        [null, "null"]
      ] as const) {
        const step = FakeStep.make({ cursor })
        yield* run(show, step)
        assert.deepStrictEqual(step.texts("stdout"), [shown])
      }
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("keeps the cursor of an earlier attempt when it is stopped before it reports a new one", () =>
    Effect.gen(function* () {
      const step = FakeStep.make({ cursor: 7 })
      const fiber = yield* Effect.forkChild(run(spec("echo ready; exec sleep 3600"), step))
      yield* step.line(/^ready$/)
      step.ask("interrupt")
      assert.strictEqual(((yield* Fiber.join(fiber)) as StepContext.StoppedHalfWay).cursor, 7)
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("leaves out lines that are no report, says so once, and commits cursors before it is over", () =>
    Effect.gen(function* () {
      let committed = 0
      const commit = Effect.andThen(
        Effect.sleep(30),
        Effect.sync(() => void committed++)
      )
      const step = FakeStep.make({ commit })
      const lines = ['{"done": -1}', "half", '{"done": 1, "cursor": "a"}', "[]", '{"total": 3}', '{"cursor": "b"}']
      yield* run(spec(`for l in ${lines.map((l) => `'${l}'`).join(" ")}; do echo "$l" >> "$HALTE_REPORT"; done`), step)
      assert.deepStrictEqual(
        step.reports.map((r) => r.done),
        [1]
      )
      assert.deepStrictEqual(step.cursors, ["a", "b"])
      assert.strictEqual(committed, 2)
      assert.deepStrictEqual(step.texts("log"), [
        "A line in HALTE_REPORT is left out: `done` is -1, not a number of 0 or more."
      ])
    }).pipe(Effect.provide(ProcessRunnerNode.layer()))
  )

  it.live("directories of engines that were killed are removed a day later", () =>
    Effect.gen(function* () {
      // No system gives out a pid like these.
      const dead = [1, 2].map((n) => mkdtempSync(join(tmpdir(), `halte-report-99999999${n}-`)))
      const [old, young] = dead as [string, string]
      utimesSync(old, 0, 0)
      yield* Effect.provide(run(spec("true"), FakeStep.make()), ProcessRunnerNode.layer())
      assert.deepStrictEqual([existsSync(old), existsSync(young)], [false, true])
      rmSync(young, { recursive: true })
    })
  )

  it.live("the file is gone when the step is over, and so is its directory with the layer", () =>
    Effect.gen(function* () {
      const step = FakeStep.make()
      const inside = run(spec('echo "{\\"done\\":1}" > "$HALTE_REPORT"; echo "$HALTE_REPORT"'), step)
      yield* Effect.provide(inside, ProcessRunnerNode.layer())
      const [path] = step.texts("stdout")
      assert.match(path!, /halte-report-/)
      assert.isFalse(existsSync(path!))
      assert.isFalse(existsSync(path!.slice(0, path!.lastIndexOf("/"))))
    })
  )
})
