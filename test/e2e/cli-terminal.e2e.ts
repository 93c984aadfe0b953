import { execFileSync } from "node:child_process"
import { existsSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as CliProject from "../support/CliProject.ts"
import * as Repository from "../support/Repository.ts"
import * as TerminalProgram from "../support/TerminalProgram.ts"

const ctrlC = "\x03"

const started = (args: ReadonlyArray<string>, ready: string | RegExp, options: TerminalProgram.Options = {}) =>
  Effect.gen(function* () {
    const project = yield* CliProject.make
    const halte = yield* TerminalProgram.halte(args, { cwd: project.directory, ...options })
    yield* halte.screen.waitFor(ready)
    return { halte, project }
  })

/** The lines of the screen at this moment. */
const screen = (halte: TerminalProgram.TerminalProgram) => halte.screen.text.split("\n")

// oxlint-disable-next-line no-control-regex
const colors = /\u001b\[[0-9;]*m/

describe("halte in a terminal", () => {
  it.live("R32 R35 draws the tree; the first Ctrl-C interrupts and says what the next does", () =>
    Effect.gen(function* () {
      const { halte, project } = yield* started(["run", "release"], /serve .*ready serve/)
      assert.match(screen(halte)[0]!, /^release 2\.4\.0 {2}[0-9A-Z]{20} +[\d.]+ s$/)
      assert.match(screen(halte)[1]!, /^. Running {2}1 of 3 steps · would stop within 5\.5 s$/)
      assert.include(halte.screen.text, "Ctrl-C interrupt   ↑↓ move   l logs   p pause   ? help")
      yield* halte.type(ctrlC)
      assert.deepStrictEqual(yield* halte.end(), { code: 130, signal: undefined })
      const text = halte.screen.text
      assert.include(
        text,
        "^C Interrupt requested. Finishing 1 running step; no new steps will start.\n   Will stop within 5.5 s. Press Ctrl-C again to terminate now."
      )
      assert.include(text, "‖ release interrupted after 1 of 3 steps")
      assert.match(text, /Asked by {8}\S+, Ctrl-C in this terminal, \d\d:\d\d:\d\d\.\d{3}/)
      // The tree is gone from the screen, what was said stays.
      assert.notInclude(text, "Ctrl-C interrupt")
      assert.strictEqual(project.read("cleaned"), "serve\n")
      yield* halte.marked.gone()
    })
  )

  it.live("R34 a terminal that is closed interrupts, once: clean-up runs and the exit code is 129", () =>
    Effect.gen(function* () {
      const { halte, project } = yield* started(["run", "release"], /serve .*ready serve/)
      yield* halte.close
      assert.deepStrictEqual(yield* halte.end(), { code: 129, signal: undefined })
      assert.strictEqual(project.read("cleaned"), "serve\n")
      yield* halte.marked.gone()
    })
  )

  it.live("R35 the second Ctrl-C terminates", () =>
    Effect.gen(function* () {
      const { halte } = yield* started(["run", "stubborn"], /hold .*ready hold/)
      yield* halte.type(ctrlC)
      yield* halte.screen.waitFor(/SIGTERM sent .* SIGKILL in 1\d\.\d s/)
      assert.include(halte.screen.text, "Ctrl-C terminate now (may leave hold half done)")
      yield* halte.type(ctrlC)
      assert.deepStrictEqual(yield* halte.end(), { code: 137, signal: undefined })
      // What was sent is said if it is known within the time that the first words have: on a busy machine it may not be.
      assert.match(
        halte.screen.text,
        /\^C Terminating\.( Sent SIGKILL to 1 process of hold\.)?\n {3}May be left half done: hold\. Press Ctrl-C again to leave at once\./
      )
      assert.include(halte.screen.text, "■ stubborn terminated after 0 of 2 steps")
      yield* halte.marked.gone()
    })
  )

  it.live("R35 three of them leave at once, and take the processes along", () =>
    Effect.gen(function* () {
      const { halte } = yield* started(["run", "stubborn"], /hold .*ready hold/)
      yield* halte.type(ctrlC + ctrlC + ctrlC)
      assert.deepStrictEqual(yield* halte.end(), { code: 137, signal: undefined })
      assert.include(halte.screen.text, "Leaving at once.")
      yield* halte.marked.gone()
    })
  )

  it.live("gives the terminal back: echo, signals and cursor are as before, also after leaving at once", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      const halte = `"${process.execPath}" "${Repository.halte}"`
      const line = `${halte} run release; echo "first $?"; stty -a; ${halte} run stubborn; echo "second $?"; stty -a; echo over`
      const shell = yield* TerminalProgram.start(["bash", "-c", `trap : INT; ${line}`], { cwd: project.directory })
      yield* shell.screen.waitFor(/serve .*ready serve/)
      yield* shell.type(ctrlC)
      yield* shell.screen.waitFor(/hold .*ready hold/)
      yield* shell.type(ctrlC + ctrlC + ctrlC)
      yield* shell.end()
      const text = shell.screen.text
      assert.include(text, "first 130")
      assert.include(text, "second 137")
      const second = text.indexOf("second 137")
      for (const settings of [text.slice(text.indexOf("first 130"), second), text.slice(second)])
        for (const setting of ["isig", "icanon", "echo", "ixon"])
          assert.match(settings, new RegExp(`(^|\\s)${setting}(;|\\s)`, "m"))
      assert.isAbove(shell.raw.text.lastIndexOf("\u001b[?25h"), shell.raw.text.lastIndexOf("\u001b[?25l"))
    })
  )

  it.live("R70 R71 keys pause and go on, show output and the help", () =>
    Effect.gen(function* () {
      const { halte } = yield* started(["run", "release"], /serve .*ready serve/)
      yield* halte.type("p")
      yield* halte.screen.waitFor("◑ Paused")
      yield* halte.type("p")
      yield* halte.screen.waitFor(/Running {2}1 of 3/)
      yield* halte.type("l")
      yield* halte.screen.waitFor("serve │ ready serve")
      yield* halte.type("l?")
      yield* halte.screen.waitFor("Ctrl-C    interrupt: stop at the next stopping points")
      yield* halte.type(ctrlC)
      assert.strictEqual((yield* halte.end()).code, 130)
      yield* halte.marked.gone()
    })
  )

  it.live("fits 40 columns and follows when the terminal changes its size", () =>
    Effect.gen(function* () {
      const { halte } = yield* started(["run", "release"], /serve +[\d.]+ m?s +ready/, { columns: 40, rows: 20 })
      for (const line of screen(halte)) assert.isAtMost([...line].length, 40)
      assert.match(screen(halte)[0]!, /^release 2\.4\.0 {2}…[0-9A-Z]{6} +[\d.]+ s$/)
      yield* halte.resize(100, 20)
      yield* halte.screen.waitFor(/^release 2\.4\.0 {2}[0-9A-Z]{20} {40,}[\d.]+ s$/m)
      // One header only: nothing of the narrow picture is left.
      assert.strictEqual(screen(halte).filter((line) => line.startsWith("release 2.4.0")).length, 1)
      yield* halte.type(ctrlC)
      assert.strictEqual((yield* halte.end()).code, 130)
    })
  )

  it.live("colors a terminal, and none with NO_COLOR", () =>
    Effect.gen(function* () {
      const painted = yield* started(["run", "quick"], "quick completed 3 of 3 steps")
      yield* painted.halte.end()
      assert.match(painted.halte.raw.text, colors)
      const plain = yield* started(["run", "quick"], "quick completed 3 of 3 steps", { env: { NO_COLOR: "1" } })
      yield* plain.halte.end()
      assert.notMatch(plain.halte.raw.text, colors)
    })
  )

  it.live("R69 shows percent and time left of a loop, and goes through a gate with a key", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      project.write(
        "loop.flow.yaml",
        `halte: 1
name: loop
steps:
  ask: { gate: Go on? }
  each:
    for-each: { in: "\${{ [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] }}", as: n, every: 1 }
    run: [sleep, "0.4"]
`
      )
      const halte = yield* TerminalProgram.halte(["run", "loop"], { cwd: project.directory })
      yield* halte.screen.waitFor("waits for an answer: Go on?")
      yield* halte.type("y")
      yield* halte.screen.waitFor(/✓ ask/)
      yield* halte.screen.waitFor(/each .*━─+ {2}\d+ \/ 16 +\d+ % {2}\d+ s/)
      yield* halte.type(ctrlC)
      assert.strictEqual((yield* halte.end()).code, 130)
      assert.match(halte.screen.text, /‖ Interrupted {3}each {2}at item \d+ of 16/)
    })
  )

  it.live("asks for a missing param, a secret without echo, and never with --no-input", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      project.write(
        "secret.flow.yaml",
        `halte: 1
name: secret
params:
  who: { type: string, description: Who it is }
  token: { type: string, secret: true }
steps:
  greet: { run: [sh, -c, 'printf "%s %s" "$WHO" "$TOKEN" > greeted'], env: { WHO: "\${{ params.who }}", TOKEN: "\${{ params.token }}" } }
`
      )
      const halte = yield* TerminalProgram.halte(["run", "secret"], { cwd: project.directory })
      yield* halte.screen.waitFor("who (Who it is)")
      yield* halte.type("anna\r")
      yield* halte.screen.waitFor("token")
      yield* halte.type("hunter2\r")
      assert.strictEqual((yield* halte.end()).code, 0)
      assert.strictEqual(project.read("greeted"), "anna hunter2")
      assert.notInclude(halte.raw.text, "hunter2")
      const refused = yield* TerminalProgram.halte(["run", "secret", "--no-input"], { cwd: project.directory })
      assert.strictEqual((yield* refused.end()).code, 2)
      assert.include(refused.screen.text, "`who` is missing: Who it is.")
    })
  )

  it.live("takes control sequences out of what programs write", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      project.write(
        "evil.flow.yaml",
        `halte: 1\nname: evil\nsteps:\n  evil: { run: [node, -e, 'process.stdout.write("\\x1b]0;owned\\x07\\x1b[2Jhello\\n")'] }\n`
      )
      for (const progress of ["tree", "lines"]) {
        const halte = yield* TerminalProgram.halte(["run", "evil", "--progress", progress], { cwd: project.directory })
        assert.strictEqual((yield* halte.end()).code, 0)
        assert.notInclude(halte.raw.text, "owned")
        assert.notInclude(halte.raw.text, "\u001b[2J")
      }
    })
  )

  it.live("R34 CI and --progress lines move no cursor, even in a terminal", () =>
    Effect.gen(function* () {
      for (const options of [
        { args: ["run", "quick"], env: { CI: "true" } },
        { args: ["run", "quick", "--progress", "lines"], env: {} }
      ]) {
        const { halte } = yield* started(options.args, "quick completed 3 of 3 steps", {
          env: options.env,
          columns: 120
        })
        yield* halte.end()
        // oxlint-disable-next-line no-control-regex
        assert.notMatch(halte.raw.text, /\u001b\[[0-9;?]*[A-HJKSThl]/)
        assert.match(halte.screen.text, /^\S+Z one completed /m)
      }
    })
  )

  it.live("under a package manager that sends Ctrl-C on, each press counts once", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      project.write(
        "package.json",
        JSON.stringify({
          private: true,
          scripts: { start: `node "${Repository.halte}" run stubborn --progress lines` }
        })
      )
      // A shell that becomes the program it runs, so that npm is its parent and sends each Ctrl-C a second time.
      const npm = yield* TerminalProgram.start(["npm", "start"], {
        cwd: project.directory,
        columns: 120,
        env: { npm_config_script_shell: "/bin/bash", npm_config_update_notifier: "false" }
      })
      yield* npm.screen.waitFor("ready hold")
      yield* npm.type(ctrlC)
      yield* npm.screen.waitFor("hold sent SIGTERM to 1 process")
      assert.include(npm.screen.text, "^C Interrupt requested.")
      assert.notInclude(npm.screen.text, "Terminating")
      // The system may join a Ctrl-C and its echo into one signal; then a press right after it counts as the echo, and
      // the person presses again.
      const again = Effect.andThen(npm.type(ctrlC), Effect.timeoutOption(npm.screen.waitFor("Terminating."), 1500))
      yield* again.pipe(Effect.repeat({ times: 2, until: Option.isSome }))
      yield* npm.screen.waitFor("■ stubborn terminated")
      yield* npm.end()
      assert.notInclude(npm.screen.text, "Leaving at once")
      yield* npm.marked.gone()
    })
  )

  const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
    if (!existsSync(path)) return false
    const [major, minor] = execFileSync(path, ["-p", "process.versions.node"], { encoding: "utf8" })
      .split(".")
      .map(Number)
    return major! < 22 || (major === 22 && minor! < 19)
  })

  it.live.skipIf(oldNode === undefined)("on an older Node a Ctrl-C reaches launcher and program, and counts once", () =>
    Effect.gen(function* () {
      const project = yield* CliProject.make
      const halte = yield* TerminalProgram.start(
        [oldNode!, Repository.halte, "run", "stubborn", "--progress", "lines"],
        { cwd: project.directory, columns: 120 }
      )
      yield* halte.screen.waitFor("ready hold")
      yield* halte.type(ctrlC)
      yield* halte.screen.waitFor("hold sent SIGTERM to 1 process")
      assert.notInclude(halte.screen.text, "Terminating")
      yield* halte.type(ctrlC)
      assert.deepStrictEqual(yield* halte.end(), { code: 137, signal: undefined })
      yield* halte.marked.gone()
    })
  )
})
