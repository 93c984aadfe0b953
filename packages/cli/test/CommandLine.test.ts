import { assert, describe, expect, it } from "@effect/vitest"
import { CommandWords } from "@halte/engine/model"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect } from "effect"
import * as Cli from "../src/Cli.ts"
import * as CommandName from "../src/CommandName.ts"
import { Exit } from "../src/command/Exit.ts"
import * as ExitCode from "../src/ExitCode.ts"
import { parse } from "../src/terminal/Keys.ts"
import * as CheckTable from "../src/view/CheckTable.ts"
import * as CommandText from "../src/view/CommandText.ts"
import * as FlowLevels from "../src/view/FlowLevels.ts"
import * as HelpText from "../src/view/HelpText.ts"
import * as PlanView from "../src/view/PlanView.ts"
import { width } from "../src/view/TextWidth.ts"
import * as Story from "./ReleaseStory.ts"
import { plain } from "./Screens.ts"

describe("ExitCode", () => {
  it("is the table of the reference page", () => {
    const of = (facts: ReadonlyArray<Story.Told>, signal?: ExitCode.StopSignal) =>
      ExitCode.ofState(Story.stateOf(facts), signal)
    assert.deepStrictEqual(
      [
        of(Story.completedAll),
        of(Story.failed),
        of(Story.terminated),
        of(Story.interrupted),
        of(Story.interrupted, "SIGINT")
      ],
      [0, 1, 137, 130, 130]
    )
    assert.deepStrictEqual(
      [of(Story.interrupted, "SIGTERM"), of(Story.interrupted, "SIGHUP"), of(Story.interrupted, "SIGQUIT")],
      [143, 129, 130]
    )
    // A signal that came too late to stop anything changes nothing.
    assert.strictEqual(of(Story.completedAll, "SIGTERM"), 0)
  })
})

describe("CommandText", () => {
  it("R50 R54 R55 R56 has the texts of a command letter for letter", () => {
    assert.strictEqual(CommandWords.nothing, "No command is currently running.")
    assert.strictEqual(CommandWords.busy, "A command is already running. Please wait or interrupt it first.")
    assert.strictEqual(CommandWords.running, "Running...")
    assert.deepStrictEqual(CommandText.requested, ["⏹ Interrupt signal sent...", "⏹ Interrupting..."])
    assert.deepStrictEqual(CommandText.ended(Story.stateOf(Story.interrupted)).slice(0, 2), [
      "⏹ Command interrupted by user",
      "⏹ Command interrupted"
    ])
    assert.deepStrictEqual(CommandText.ended(Story.stateOf(Story.completedAll)), ["✓ Command completed successfully"])
    assert.strictEqual(CommandWords.failedToInterrupt("no"), "Failed to interrupt command: no")
  })
})

describe("HelpText", () => {
  it("names every command that exists and no other", () => {
    const names = Cli.root.subcommands
      .flatMap((group) => group.commands.map((c) => c.name))
      .filter((name) => name !== "help")
    assert.sameMembers([...HelpText.commands], names)
  })

  it("fits 80 columns and stays as it is", () => {
    const lines = HelpText.root(plain)
    for (const line of lines) assert.isAtMost(width(line), 80)
    expect(lines.join("\n")).toMatchSnapshot()
  })
})

describe("Cli", () => {
  it("takes a short option with its value attached, and leaves the command of exec alone", () => {
    assert.deepStrictEqual(Cli.expand(["run", "x", "-pversion=1", "-p", "a=b"]), [
      "run",
      "x",
      "-p",
      "version=1",
      "-p",
      "a=b"
    ])
    assert.deepStrictEqual(Cli.expand(["exec", "--", "tool", "-px=1"]), ["exec", "--", "tool", "-px=1"])
  })
})

describe("halte with a wrong command line", () => {
  const cases: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
    [["rnu"], "There is no command `rnu`. Did you mean `run`?"],
    [["run"], "The argument `flow` is missing."],
    [["run", "x", "--concurency", "2"], "Did you mean `--concurrency`?"],
    [["run", "x", "--concurrency", "0"], "0 is less than 1"],
    [["run", "x", "--concurrency", "two"], "`two` is no value for `--concurrency`: it takes a whole number."],
    [["run", "x", "--dir", "no-such-folder"], "`no-such-folder` is no value for `--dir`: there is no such folder."],
    [
      ["run", "x", "--progress", "loud"],
      "`loud` is no value for `--progress`: it takes auto, tree, lines, json, quiet."
    ],
    [["exec", "ls", "-l"], "Write `--` before the command."],
    [["--versoin"], "Did you mean `--version`?"],
    [["help", "rnu"], "There is no command `rnu`. Did you mean `run`?"],
    [["help", "run", "fast"], "There is no command `run fast`."],
    [["exec", "--grace", "5", "--", "ls"], "a duration such as 500ms, 5s or 2m"],
    [["exec", "--grace", "1000h", "--", "ls"], "of 24 days at most"],
    [["exec", "--", ""], "The program to run is an empty text."],
    [["run", "x", "--stop-after", "many"], "`many` is no value for `--stop-after`"],
    [["exec"], "command"],
    [["graph", "x", "--format", "png"], "`png` is no value for `--format`: it takes mermaid, dot, svg, text, json."],
    [["completions", "tcsh"], "tcsh"]
  ]
  for (const [args, said] of cases)
    it.live(`says so and gives 2: ${args.join(" ")}`, () =>
      Effect.gen(function* () {
        const errors: Array<string> = []
        const code = yield* Cli.main(args, "1.2.3", { code: 0 }).pipe(
          Effect.provideService(Exit, { set: () => {} }),
          Effect.provideService(Console.Console, {
            ...globalThis.console,
            error: (...texts: ReadonlyArray<unknown>) => void errors.push(texts.join(" "))
          } as never),
          Effect.provide(NodeServices.layer)
        )
        assert.strictEqual(code, 2)
        assert.include(errors.join("\n"), said)
        assert.include(errors.join("\n"), "(code: usage)")
      })
    )
})

describe("CheckTable", () => {
  it("shows how soon each step stops, as the mockup has it", () => {
    const lines = CheckTable.render({
      look: plain,
      columns: 80,
      file: "release.flow.yaml",
      flow: Story.definition,
      diagnostics: []
    })
    assert.strictEqual(lines[0], "✓ release  8 steps, no errors, no warnings")
    assert.deepStrictEqual(lines.slice(2, 4), [
      "  Step             Stops within  How",
      "  build            5.5 s         SIGTERM → 5 s → SIGKILL"
    ])
    assert.deepStrictEqual(lines.slice(-5), [
      "  index            5 ms          every 16 items, cursor saved",
      "  ship             at once       gate",
      "  announce         0.5 s         request aborted",
      "  ─────────────────────────────────────────────────────────────────────────────",
      "  release          5.5 s         slowest: build, test, upload"
    ])
  })

  it("ends with what this machine can't promise", () => {
    const notes = ["`ulimit -m` is refused here: a process that leaves everything behind may escape from Halte."]
    const lines = CheckTable.render({
      look: plain,
      columns: 60,
      file: "x",
      flow: Story.definition,
      diagnostics: [],
      notes
    })
    assert.deepStrictEqual(lines.slice(-3), [
      "",
      "  ! `ulimit -m` is refused here: a process that leaves",
      "    everything behind may escape from Halte."
    ])
  })

  it("says that a clean-up is in the time", () => {
    const [step] = Story.definition.steps
    const flow = { ...Story.definition, steps: [{ ...step!, cleanUp: true, stopsWithinMillis: 15_500 }] }
    const lines = CheckTable.render({ look: plain, columns: 80, file: "x", flow, diagnostics: [] })
    assert.include(lines, "  build            15.5 s        SIGTERM → 5 s → SIGKILL, clean-up")
  })
})

describe("PlanView", () => {
  it("R67 lists the steps in an order in which they can run", () => {
    const order = [...FlowLevels.levels(Story.definition)]
    assert.deepStrictEqual(order, [
      ["build", 1],
      ["test", 2],
      ["index", 2],
      ["upload/part-1", 3],
      ["upload/part-2", 4],
      ["upload/part-3", 5],
      ["ship", 6],
      ["announce", 7]
    ])
    for (const columns of [40, 80, 120]) {
      const lines = PlanView.render({
        look: plain,
        columns,
        flow: Story.definition,
        params: [["version", "2.4.0"]],
        stopAfter: 2
      })
      for (const line of lines) assert.isAtMost(width(line), columns)
      expect(lines.join("\n")).toMatchSnapshot(String(columns))
    }
  })
})

describe("CommandName", () => {
  it("is what the person typed", () => {
    assert.strictEqual(CommandName.line(["run", "a flow.yaml"], {}), "halte run 'a flow.yaml'")
    assert.strictEqual(CommandName.line(["run", "x"], { npm_lifecycle_event: "start" }), "npm start -- run x")
    assert.strictEqual(CommandName.line(["run", "x"], { npm_command: "exec" }), "npx halte run x")
    assert.strictEqual(CommandName.quote("it's $HOME"), `'it'\\''s $HOME'`)
  })
})

describe("Keys", () => {
  it("R71 reads keys, and takes Ctrl-C in raw mode as a request", () => {
    assert.deepStrictEqual(parse("\u0003"), ["interrupt"])
    // What a letter means depends on whether somebody is writing.
    assert.deepStrictEqual(parse("\u001b[A\u001bOBjk"), ["up", "down", { char: "j" }, { char: "k" }])
    assert.deepStrictEqual(parse("\u001b"), ["escape"])
    // A key that means nothing here is passed over whole, its letters are no keys.
    assert.deepStrictEqual(parse("\u001b[1;5Dp"), [{ char: "p" }])
  })
})
