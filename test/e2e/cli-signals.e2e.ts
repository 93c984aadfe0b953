import { readdirSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ExecutionEvent, ExecutionState } from "@halte/engine/model"
import { Effect } from "effect"
import * as CliProject from "../support/CliProject.ts"
import * as Program from "../support/Program.ts"
import * as Repository from "../support/Repository.ts"

/** Starts `halte` in a project of its own and waits for a line. */
const started = (args: ReadonlyArray<string>, ready: string | RegExp, env?: Record<string, string>) =>
  Effect.gen(function* () {
    const project = yield* CliProject.make
    const halte = yield* Program.halte(args, { cwd: project.directory, ...(env === undefined ? undefined : { env }) })
    yield* halte.output.waitFor(ready)
    return { halte, project }
  })

describe("halte without a terminal", () => {
  it.live("R2 a real SIGINT becomes an interrupt: the step in flight completes, the report says interrupted", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      const halte = yield* Program.halte(["run", "work", "-p", `mark=${join(project.directory, "mark")}`], {
        cwd: project.directory
      })
      yield* halte.stdout.waitFor("ready work")
      yield* halte.signal("SIGINT")
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
      assert.strictEqual(project.read("mark"), "end\n")
      assert.notInclude(readdirSync(project.directory), "shipped")
      assert.include(halte.stderr.text, "‖ work interrupted after 1 of 2 steps")
      assert.include(halte.stderr.text, "○ Not started   next")
      yield* halte.marked.gone()
    })
  )

  it.live("R32 R34 gives plain lines, the interrupted report and exit code 130; P2 the printed bound is kept", () =>
    Effect.gen(function* () {
      const { halte, project } = yield* started(["run", "release"], "serve │ ready serve")
      yield* halte.signal("SIGINT")
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
      assert.match(halte.stdout.text, /^\d{4}-\d\d-\d\dT[\d:.]+Z release started [0-9A-Z]{20} version=2\.4\.0$/m)
      assert.match(halte.stdout.text, /Z build completed /)
      assert.match(halte.stdout.text, /Z release interrupt requested, SIGINT, stops within 5\.5 s$/m)
      assert.match(halte.stdout.text, /Z serve sent SIGTERM to 1 process$/m)
      assert.match(halte.stdout.text, /Z release interrupted after 1 of 3 steps/)
      assert.include(
        halte.stderr.text,
        "Interrupt requested (SIGINT). Finishing 1 running step; no new steps will start."
      )
      assert.match(
        halte.stderr.text,
        /Stopped [\d.]+ m?s after the request, within the promised 5\.5 s\. No process left\./
      )
      assert.match(halte.stderr.text, /Resume with: +halte resume \w{20}$/m)
      assert.notInclude(halte.output.text, "\u001b")
      assert.strictEqual(project.read("cleaned"), "serve\n")
      assert.deepStrictEqual(halte.marked.alive(), [], "nothing is alive when it says that it has stopped")
    })
  )

  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGQUIT", 130]
  ] as const)
    it.live(`R34 ${signal} interrupts too and gives exit code ${code}`, () =>
      Effect.gen(function* () {
        const { halte } = yield* started(["run", "release"], "serve │ ready serve")
        yield* halte.signal(signal)
        assert.deepStrictEqual(yield* halte.end(), { code, signal: null })
        assert.include(halte.stderr.text, `Interrupt requested (${signal})`)
        yield* halte.marked.gone()
      })
    )

  it.live(
    "R35 P11 a second signal of any kind terminates: 137, nothing left alive, what may be half done is named",
    () =>
      Effect.gen(function* () {
        const { halte } = yield* started(["run", "stubborn"], "ready hold")
        yield* halte.signal("SIGINT")
        yield* halte.stdout.waitFor("hold sent SIGTERM to 1 process")
        yield* halte.signal("SIGTERM")
        assert.deepStrictEqual(yield* halte.end(), { code: 137, signal: null })
        assert.include(halte.stderr.text, "Terminating (SIGTERM).")
        assert.include(halte.stderr.text, "■ stubborn terminated after 0 of 2 steps")
        assert.match(halte.stderr.text, /■ Terminated {4}hold /)
        assert.deepStrictEqual(halte.marked.alive(), [], "nothing is alive when it says that it has been terminated")
      })
  )

  it.live(
    "R33 R66 a module that never turns its loop deafens nothing: both signals are heard, and the report names it",
    () =>
      Effect.gen(function* () {
        const project = yield* CliProject.make
        project.write("spin.mjs", 'export default (input, ctx) => { ctx.log("ready spin"); while (true) {} }\n')
        project.write("spin.flow.yaml", "halte: 1\nname: spin\nsteps:\n  spin: { use: ./spin.mjs }\n")
        const halte = yield* Program.halte(["run", "spin"], { cwd: project.directory })
        yield* halte.stdout.waitFor(" spin running")
        yield* halte.signal("SIGINT")
        yield* halte.stderr.waitFor("No bound: `spin` promised none.")
        yield* halte.signal("SIGINT")
        assert.deepStrictEqual(yield* halte.end(), { code: 137, signal: null })
        assert.match(halte.stderr.text, /■ Terminated {4}spin /)
        yield* halte.marked.gone()
      })
  )

  it.live("two `kill -INT` outside of a package manager count twice", () =>
    Effect.gen(function* () {
      const { halte } = yield* started(["run", "stubborn"], "ready hold")
      yield* halte.signal("SIGINT")
      yield* halte.stderr.waitFor("Interrupt requested (SIGINT)")
      yield* halte.signal("SIGINT")
      assert.deepStrictEqual(yield* halte.end(), { code: 137, signal: null })
      yield* halte.marked.gone()
    })
  )

  it.live("R47 R52 R54 R55 R56 exec says what it does before it does it, and gives 130", () =>
    Effect.gen(function* () {
      const { halte, project } = yield* started(
        ["exec", "--grace", "5s", "--", "node", "tidy.cjs", "exec"],
        "ready exec"
      )
      assert.include(halte.stderr.text, "Running...")
      yield* halte.signal("SIGINT")
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
      const said = [
        "Running...",
        "⏹ Interrupt signal sent...",
        "⏹ Interrupting...",
        "⏹ Command interrupted by user",
        "⏹ Command interrupted\n"
      ]
      assert.deepStrictEqual(
        [...said].sort((a, b) => halte.stderr.text.indexOf(a) - halte.stderr.text.indexOf(b)),
        said
      )
      for (const text of said) assert.include(halte.stderr.text, text)
      assert.strictEqual(halte.stdout.text, "ready exec\n")
      assert.strictEqual(project.read("cleaned"), "exec\n")
      yield* halte.marked.gone()
    })
  )

  it.live("R52 exec gives half a second, then SIGKILL", () =>
    Effect.gen(function* () {
      const { halte } = yield* started(["exec", "--", "node", "stubborn.cjs", "exec"], "ready exec")
      yield* halte.signal("SIGINT")
      yield* halte.stderr.waitFor("Will stop within 1 s.")
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
      assert.include(halte.stderr.text, "SIGKILL")
      yield* halte.marked.gone()
    })
  )

  it.live("exec gives the command's own exit code and passes its streams through", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      const run = (...line: ReadonlyArray<string>) =>
        Effect.flatMap(Program.halte(["exec", "--", ...line], { cwd: project.directory }), (halte) =>
          Effect.map(halte.end(), (end) => ({ ...end, stdout: halte.stdout.text, stderr: halte.stderr.text }))
        )
      const seven = yield* run("sh", "-c", "echo out; echo err >&2; exit 7")
      assert.deepStrictEqual([seven.code, seven.stdout], [7, "out\n"])
      assert.match(seven.stderr, /^err$/m)
      assert.include(seven.stderr, "✗ Command failed with exit code 7")
      assert.strictEqual((yield* run("sh", "-c", "kill -9 $$")).code, 137)
      const done = yield* run("true")
      assert.deepStrictEqual(
        [done.code, done.stdout, done.stderr],
        [0, "", "Running...\n✓ Command completed successfully\n"]
      )
      const missing = yield* run("no-such-program-here")
      assert.strictEqual(missing.code, 1)
      assert.include(missing.stderr, "no-such-program-here")
    })
  )

  it.live("--json writes events and nothing else to standard output, and their fold is the end", () =>
    Effect.gen(function* () {
      const { halte } = yield* started(["run", "release", "--json"], '"process-started"')
      yield* halte.stdout.waitFor(/"step-started".*"serve"/)
      yield* halte.signal("SIGTERM")
      assert.deepStrictEqual(yield* halte.end(), { code: 143, signal: null })
      const [head, ...rest] = halte.stdout.text.trimEnd().split("\n")
      assert.deepStrictEqual(JSON.parse(head!), { type: "stream", version: 1 })
      const events = rest.map(ExecutionEvent.fromJson)
      assert.deepStrictEqual(
        events.map((e) => e.sequence),
        events.map((_, i) => i + 1)
      )
      assert.deepStrictEqual(events.map(ExecutionEvent.toJson), rest)
      const state = ExecutionState.fold(undefined, events)!
      assert.strictEqual(state.status, "Interrupted")
      assert.deepStrictEqual([state.signal?.source, state.signal?.via], ["Cli", "SIGTERM"])
      assert.isString(state.signal?.by)
    })
  )

  it.live("R68 --stop-after runs that many steps and stops by itself with 130", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      const halte = yield* Program.halte(["run", "quick", "--stop-after", "2"], { cwd: project.directory })
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: null })
      const files = readdirSync(project.directory)
      assert.includeMembers(files, ["one", "two"])
      assert.notInclude(files, "three")
      assert.include(halte.stderr.text, "quick interrupted after 2 of 3 steps")
    })
  )

  it.live("R67 --dry-run shows the steps and writes nothing", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      const before = readdirSync(project.directory)
      const halte = yield* Program.halte(["run", "quick", "--dry-run"], { cwd: project.directory })
      assert.deepStrictEqual(yield* halte.end(), { code: 0, signal: null })
      assert.include(halte.stdout.text, "3 steps in 3 levels. Nothing was run.")
      assert.include(halte.stdout.text, "Would stop within 5.5 s")
      assert.deepStrictEqual(readdirSync(project.directory), before)
    })
  )

  it.live("--answer goes through a gate; without it a person is told how to", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      project.write(
        "gate.flow.yaml",
        "halte: 1\nname: gate\nsteps:\n  ship: { gate: Ship it? }\n  done: { after: ship, run: touch shipped }\n"
      )
      const asked = yield* Program.halte(["run", "gate"], { cwd: project.directory })
      yield* asked.stderr.waitFor(/Give it with: halte answer \w{20} ship true/)
      yield* asked.signal("SIGINT")
      assert.strictEqual((yield* asked.end()).code, 130)
      const answered = yield* Program.halte(["run", "gate", "--answer", "ship=true"], { cwd: project.directory })
      assert.strictEqual((yield* answered.end()).code, 0)
      assert.include(readdirSync(project.directory), "shipped")
    })
  )

  it.live("a reader that goes away neither stops nor breaks what runs", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      const line = `"${process.execPath}" "${Repository.halte}" run quick | head -n 1 >/dev/null; echo "code \${PIPESTATUS[0]}"`
      const shell = yield* Program.start(["bash", "-c", line], { cwd: project.directory })
      yield* shell.end()
      assert.include(shell.stdout.text, "code 0")
      assert.includeMembers(readdirSync(project.directory), ["one", "two", "three"])
      assert.notInclude(shell.output.text, "EPIPE")
    })
  )

  it.live("says what is wrong with a command line, and gives 2", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      project.write(
        "broken.flow.yaml",
        "halte: 1\nname: broken\nsteps:\n  a: { after: b, run: echo }\n  b: { after: a, run: echo }\n"
      )
      const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string | RegExp]> = [
        [["run", "quikc"], "Did you mean `quick`?"],
        [["run", "release", "-p", "versoin=1", "-p", "x"], "Did you mean `version`?"],
        [["run", "work", "--no-input"], "`mark` is missing"],
        [["check", "broken.flow.yaml"], "cycle"]
      ]
      // One after the other: each is a start of Node, and a loaded machine has few cores.
      for (const [args, said] of cases) {
        const halte = yield* Program.halte(args, { cwd: project.directory })
        assert.deepStrictEqual(yield* halte.end(), { code: 2, signal: null }, args.join(" "))
        if (typeof said === "string") assert.include(halte.output.text, said)
        else assert.match(halte.output.text, said)
        assert.match(halte.output.text, /\(code: [a-z-]+\)/)
      }
    })
  )
})
