import { assert, describe, it } from "@effect/vitest"
import { ExecutionHandle, type ExecutionId, Flow, Step } from "@halte/engine"
import { Bounded, HandStep } from "@halte/engine/testing"
import { Effect, Fiber, Schema, Stream } from "effect"
import type { Recovered } from "../src/Assembly.ts"
import * as Prune from "../src/command/Prune.ts"
import * as CommandRun from "./CommandRun.ts"

/** `build`, then `serve` driven by hand, then `ship`. */
const release = () => {
  const build = Step.make("build", { run: () => ({ files: 3 }) })
  const serve = HandStep.make("serve", { after: build })
  const flow = Flow.make("release", {
    version: "2.4.0",
    steps: [build, serve.step, Step.make("ship", { run: () => "shipped", after: serve.step })]
  })
  return { serve, flow }
}

/** A project in which `release` runs, and the step in hand. */
const running = Effect.gen(function* () {
  const { flow, serve } = release()
  const project = yield* CommandRun.make([flow])
  const id = yield* project.executions.start({ flow: "release", source: "Cli", by: "anna" })
  const hand = yield* serve.begun(id)
  const handle = ExecutionHandle.make(project.executions, id)
  // A body begins before its event is recorded.
  yield* handle.stepStarted("serve")
  // What a test leaves running must not keep the engine from closing.
  yield* Effect.addFinalizer(() => Effect.ignore(project.executions.terminate(id)))
  return { ...project, id, short: id.slice(-6), hand, handle }
})

const interrupted = Effect.gen(function* () {
  const given = yield* running
  yield* given.handle.interrupt({ source: "Page", by: "mira", reason: "look first" })
  yield* given.hand.stopHalfWay()
  yield* given.handle.outcome
  return given
})

/** In one line, as it was before it was wrapped. */
const said = (text: string) => text.replaceAll(/\n */g, " ")
const lines = (text: string) => text.trimEnd().split("\n")

describe("halte list", () => {
  it.live("lists what is there, newest first, and says how to see older ones with the same filters", () =>
    Effect.gen(function* () {
      const { halte, id } = yield* interrupted
      const { code, stdout } = yield* halte(["list"])
      assert.strictEqual(code, 0)
      assert.match(stdout, new RegExp(`^‖ Interrupted +release 2.4.0 +at serve .*…${id.slice(-6)}$`, "m"))
      const project = yield* CommandRun.make([Flow.make("quick", { steps: [Step.make("one", { run: () => 1 })] })])
      const ids: Array<ExecutionId.ExecutionId> = []
      for (let i = 0; i < 3; i++) {
        const started = yield* ExecutionHandle.start(project.executions, { flow: "quick" })
        yield* started.outcome
        ids.push(started.id)
      }
      const newest = ids.toSorted().toReversed()
      const limited = yield* project.halte(["list", "--limit", "2", "--flow", "quick"])
      assert.strictEqual(
        lines(limited.stdout).at(-1),
        `2 shown. Older: halte list --flow quick --limit 2 --before ${newest[1]}`
      )
      const older = yield* project.halte(["list", "--before", newest[1]!, "--json"])
      assert.deepStrictEqual(
        lines(older.stdout).map((line) => JSON.parse(line) as unknown),
        [{ type: "stream", version: 1 }, (yield* project.executions.list()).at(-1)!]
      )
      assert.notInclude(lines((yield* project.halte(["list", "--limit", "3"])).stdout).join(), "Older")
    })
  )

  it.live("filters by states in words, and refuses a word that is none", () =>
    Effect.gen(function* () {
      const { halte } = yield* interrupted
      assert.include((yield* halte(["list", "--status", "running,Interrupted"])).stdout, "Interrupted")
      assert.strictEqual(
        (yield* halte(["list", "--status", "running"])).stdout,
        "No execution is like that. All of them: halte list\n"
      )
      const wrong = yield* halte(["list", "--status", "runing"])
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "`runing` is no value for `--status`")
      assert.include(wrong.stderr, "Did you mean `running`?")
    })
  )

  it.live("says how to start when nothing has been run", () =>
    Effect.gen(function* () {
      const { halte } = yield* CommandRun.make([])
      assert.match(
        (yield* halte(["list"])).stdout,
        /^Nothing has been run here yet\.\n(Write a first flow: {2}halte init|Start with: {2}halte run [\w-]+)\n$/
      )
    })
  )

  it.live("R73 tells first what was found without its engine, on standard error", () =>
    Effect.gen(function* () {
      const recovered: Recovered = {
        execution: "01JD3M8Z9F4T6V2X0YQ7" as ExecutionId.ExecutionId,
        flow: "index-files",
        ended: 2,
        left: []
      }
      const { halte } = yield* CommandRun.make([], {
        assembly: {
          recovered: [recovered, { ...recovered, ended: 0, left: [4711] }],
          notices: ["A file was kept aside."]
        }
      })
      const { stderr } = yield* halte(["list"])
      assert.deepStrictEqual(
        stderr
          .replaceAll("\n", " ")
          .trimEnd()
          .split(/(?<=\.) /),
        [
          "`index-files` …2X0YQ7 was found without its engine: it is interrupted now (2 processes ended).",
          "`index-files` …2X0YQ7 was found without its engine: it is interrupted now (could not be ended: pid 4711).",
          "A file was kept aside."
        ]
      )
    })
  )
})

describe("halte show", () => {
  it.live("P6 R72 shows an execution, and the state as one object of JSON", () =>
    Effect.gen(function* () {
      const { halte, id, short } = yield* interrupted
      const { code, stdout } = yield* halte(["show", short])
      assert.strictEqual(code, 0)
      assert.include(stdout, `‖ Interrupted  release 2.4.0  ${id}`)
      assert.match(stdout, /mira, page +“look first”/)
      assert.include(stdout, `Resume with:     halte resume ${id}`)
      const json = JSON.parse((yield* halte(["show", id, "--json"])).stdout) as {
        readonly id: string
        readonly steps: ReadonlyArray<{ readonly id: string; readonly status: string }>
      }
      assert.strictEqual(json.id, id)
      assert.deepStrictEqual(
        json.steps.map((step) => [step.id, step.status]),
        [
          ["build", "Completed"],
          ["serve", "Interrupted"],
          ["ship", "Waiting"]
        ]
      )
    })
  )

  it.live("shows a step with what it gave, and its log", () =>
    Effect.gen(function* () {
      const { halte, hand, id } = yield* running
      yield* hand.perform(Effect.sync(() => hand.context.log("half way")))
      yield* hand.succeed("up")
      const { stdout } = yield* halte(["show", id, "build"])
      assert.include(stdout, '"files": 3')
      assert.include(stdout, `Log:             halte logs ${id} build`)
      const json = JSON.parse((yield* halte(["show", id, "build", "--json"])).stdout) as Record<string, unknown>
      assert.deepStrictEqual(json["output"], { files: 3 })
      const log = yield* halte(["show", id, "serve", "--log"])
      assert.strictEqual(lines(log.stdout).at(-1), "half way")
      const wrong = yield* halte(["show", id, "shipp"])
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "Did you mean `ship`?\n(code: unknown-step)")
    })
  )

  it.live("R41 says that an id is unknown, with the code that the API has", () =>
    Effect.gen(function* () {
      const { halte } = yield* running
      for (const args of [
        ["show"],
        ["watch"],
        ["logs"],
        ["interrupt"],
        ["pause"],
        ["terminate", "--force"],
        ["resume"]
      ]) {
        const { code, stderr } = yield* halte([...args, "ZZZZZZ"])
        assert.strictEqual(code, 2, args.join(" "))
        assert.include(stderr, "Execution `ZZZZZZ` was not found.")
        assert.include(stderr, "(code: execution-not-found)")
      }
    })
  )
})

describe("halte interrupt, pause, terminate, answer", () => {
  it.live(
    "R3 interrupts by the ending of an id, with reason and promise; a repeat and a late one are said to be so",
    () =>
      Effect.gen(function* () {
        const { executions, halte, hand, handle, id, short } = yield* running
        const first = yield* halte(["interrupt", short, "--reason", "wrong token"])
        assert.strictEqual(first.code, 0)
        assert.include(said(first.stdout), `◒ release 2.4.0 ${id} was asked to stop. No bound`)
        assert.include(first.stdout, `See it stop: halte watch ${id}`)
        const { signal } = yield* executions.get(id)
        assert.deepInclude(signal, { source: "Cli", reason: "wrong token" })
        const again = yield* halte(["interrupt", short])
        assert.match(said(again.stdout), /had been asked to stop before by .*: the request is recorded as a repeat\./)
        yield* hand.stopHalfWay()
        yield* handle.outcome
        const late = yield* halte(["interrupt", short])
        assert.strictEqual(late.code, 0)
        assert.match(
          said(late.stdout),
          /had ended as Interrupted just now: nothing changed\. The request is recorded as late\./
        )
      })
  )

  it.live("R68 lets N more steps start first", () =>
    Effect.gen(function* () {
      const { executions, halte, hand, handle, id } = yield* running
      const { stdout } = yield* halte(["interrupt", id, "--after", "1"])
      assert.include(said(stdout), "1 more step may start first.")
      assert.deepStrictEqual((yield* executions.get(id)).honoured, { _tag: "PollNextN", n: 1 })
      yield* hand.succeed()
      assert.strictEqual((yield* handle.outcome)._tag, "Completed")
    })
  )

  it.live("waits with --wait, and says how it ended", () =>
    Effect.gen(function* () {
      const { halte, hand, id } = yield* running
      const waiting = yield* Effect.forkChild(halte(["interrupt", id, "--wait"]))
      yield* Bounded.eventually(() => hand.context.signal.aborted, "the request to reach the step")
      yield* hand.stopHalfWay()
      const { code, stdout } = yield* Fiber.join(waiting)
      assert.strictEqual(code, 0)
      assert.include(stdout, "release interrupted after 1 of 3 steps")
      assert.include(stdout, `Resume with: halte resume ${id}`)
    })
  )

  it.live("R70 pauses, says how it goes on, and refuses once it has ended", () =>
    Effect.gen(function* () {
      const { executions, halte, hand, handle, id } = yield* running
      const paused = yield* halte(["pause", id])
      assert.strictEqual(paused.code, 0)
      assert.include(paused.stdout, `It goes on with: halte resume ${id}`)
      assert.include((yield* halte(["pause", id])).stdout, "already.")
      const on = yield* halte(["resume", id])
      assert.include(on.stdout, "goes on.")
      assert.strictEqual((yield* executions.get(id)).status, "Running")
      yield* hand.fail(new Error("broken"))
      yield* handle.outcome
      const refused = yield* halte(["pause", id])
      assert.strictEqual(refused.code, 2)
      assert.include(refused.stderr.replaceAll("\n", " "), "has ended as Failed, so it can't be paused.")
      assert.include(refused.stderr, "(code: finished)")
    })
  )

  it.live("P11 terminates only after a person has said so, who is told what is in flight", () =>
    Effect.gen(function* () {
      const { executions, halte, id } = yield* running
      const nobody = yield* halte(["terminate", id])
      assert.strictEqual(nobody.code, 2)
      assert.include(nobody.stderr, "may leave `serve` half done, so it needs a confirmation: add `--force`.")
      const questions: Array<string> = []
      const no = yield* halte(["terminate", id], { answers: [false], questions })
      assert.include(no.stdout, "Nothing was done")
      assert.match(
        said(no.stdout),
        /^In flight, and maybe left half done: serve \(.*\)\. More gently, at its next stopping points: halte interrupt \w+ /
      )
      assert.deepStrictEqual(questions, [`Terminate release 2.4.0 ${id} now?`])
      assert.strictEqual((yield* executions.get(id)).status, "Running")
      const yes = yield* halte(["terminate", id, "--force", "--wait", "--reason", "stuck"])
      assert.strictEqual(yes.code, 0)
      assert.include(said(yes.stdout), "May be left half done: serve.")
      assert.include(yes.stdout, "release terminated after 1 of 3 steps")
      const late = yield* halte(["terminate", id])
      assert.include(said(late.stdout), "had ended as Terminated just now: nothing changed.")
    })
  )

  it.live("answers a step that waits, in YAML, and says what is no answer", () =>
    Effect.gen(function* () {
      const flow = Flow.make("ship", { steps: [Step.gate("ship", { message: "Ship it?" })] })
      const { executions, halte } = yield* CommandRun.make([flow])
      const handle = yield* ExecutionHandle.start(executions, { flow: "ship" })
      yield* handle.events.pipe(
        Stream.takeUntil((event) => event.type === "gate-opened"),
        Stream.runDrain
      )
      const wrong = yield* halte(["answer", handle.id, "ship", "perhaps"])
      assert.strictEqual(wrong.code, 2)
      assert.include(wrong.stderr, "(code: invalid-answer)")
      assert.include((yield* halte(["answer", handle.id, "ship", "{ a: ["])).stderr, "is no value in YAML or JSON.")
      const { code, stdout } = yield* halte(["answer", handle.id, "ship", "yes"])
      assert.strictEqual(code, 0)
      assert.include(said(stdout), "was answered: true.")
      assert.strictEqual((yield* handle.outcome)._tag, "Completed")
      const late = yield* halte(["answer", handle.id, "ship", "true"])
      assert.strictEqual(late.code, 2)
    })
  )

  it.live("P10: approves, rejects with a reason, and gives a value; what does not fit is refused with its places", () =>
    Effect.gen(function* () {
      const schema = Schema.Struct({ region: Schema.Literals(["eu", "us"]), count: Schema.Int })
      const flow = Flow.make("ship", {
        steps: [
          Step.gate("one", { message: "Go on?" }),
          Step.gate("two", { message: "Where to?", schema, after: "one" }),
          Step.gate("three", { message: "Where to?", schema, after: "two" })
        ]
      })
      const { executions, halte } = yield* CommandRun.make([flow])
      const { events, id, outcome } = yield* ExecutionHandle.start(executions, { flow: "ship" })
      const open = (step: string) =>
        events.pipe(
          Stream.takeUntil((event) => event.type === "gate-opened" && event.step === step),
          Stream.runDrain
        )
      yield* open("one")
      const problem = (...args: ReadonlyArray<string>) =>
        Effect.map(halte(["answer", id, ...args]), ({ code, stderr }) => {
          assert.strictEqual(code, 2, args.join(" "))
          return said(stderr)
        })
      assert.include(yield* problem("one"), "There is no answer. Give a value, `--approve` or `--reject`.")
      assert.include(yield* problem("one", "true", "--reject"), "That is more than one answer.")
      assert.include(said((yield* halte(["answer", id, "one", "--approve"])).stdout), "was answered: true.")
      yield* open("two")
      assert.include(yield* problem("two", "--approve"), "the step asks for a value")
      assert.include(yield* problem("two", "{ region: mars, count: 1 }"), '`/region` expected "eu" | "us"')
      yield* halte(["answer", id, "two", "{ region: eu, count: 1 }"])
      yield* open("three")
      const { stdout } = yield* halte(["answer", id, "three", "--reject", "--reason", "not on a Friday"])
      assert.include(said(stdout), "was rejected.")
      const ended = yield* outcome
      assert.deepStrictEqual(ended.values["two"], { region: "eu", count: 1 })
      assert.strictEqual(
        ended._tag === "Failed" && ended.failure.message,
        "the gate was answered with no: not on a Friday"
      )
    })
  )
})

describe("halte prune", () => {
  it.live("asks for a criterion, passes all of them on, and names what would go", () =>
    Effect.gen(function* () {
      const { executions, halte, pruned } = yield* interrupted
      const none = yield* halte(["prune"])
      assert.strictEqual(none.code, 2)
      assert.include(none.stderr, "halte prune --older-than 30d")
      assert.deepStrictEqual(pruned, [])
      const { stdout } = yield* halte([
        "prune",
        "--older-than",
        "30d",
        "--keep",
        "5",
        "--flow",
        "release",
        "--status",
        "failed,completed",
        "--dry-run"
      ])
      assert.strictEqual(stdout, "No execution is like that: nothing would go.\n")
      assert.deepStrictEqual(pruned, [
        {
          olderThanMillis: 30 * 86_400_000,
          keepLast: 5,
          statuses: ["Failed", "Completed"],
          flow: "release",
          dryRun: true
        }
      ])
      assert.strictEqual((yield* halte(["prune", "--status", "running"])).code, 2)
      const found = yield* executions.list()
      const other = yield* CommandRun.make([], {
        assembly: { prune: () => Effect.succeed({ executions: found, bytes: 48_200_000 }) }
      })
      assert.strictEqual(
        (yield* other.halte(["prune", "--keep", "0", "--dry-run"])).stdout,
        `Would remove 1 execution (48.2 MB).\n  ${found[0]!.id}  release 2.4.0  interrupted\n`
      )
      assert.strictEqual((yield* other.halte(["prune", "--keep", "0"])).stdout, "Removed 1 execution (48.2 MB).\n")
    })
  )

  it("reads ages and writes sizes", () => {
    assert.deepStrictEqual(["30d", "2w", "12h", "1.5d", "d", "30"].map(Prune.ageMillis), [
      2_592_000_000,
      1_209_600_000,
      43_200_000,
      129_600_000,
      undefined,
      undefined
    ])
    assert.deepStrictEqual([0, 999, 1500, 48_200_000, 3e9].map(Prune.bytesText), [
      "0 bytes",
      "999 bytes",
      "1.5 kB",
      "48.2 MB",
      "3.0 GB"
    ])
  })
})

describe("halte logs", () => {
  it.live("prints lines after the name of their step, bare for one step, the last ones, and as JSON", () =>
    Effect.gen(function* () {
      const { halte, hand, handle, id } = yield* running
      yield* hand.perform(
        Effect.sync(() => {
          for (let i = 1; i <= 4; i++) hand.context.log(`line ${i}`)
        })
      )
      const live = yield* halte(["logs", id])
      assert.deepStrictEqual(
        lines(live.stdout),
        ["line 1", "line 2", "line 3", "line 4"].map((l) => `serve │ ${l}`)
      )
      const followed = yield* Effect.forkChild(halte(["logs", id, "serve", "--follow", "--tail", "1"]))
      yield* hand.perform(Effect.sync(() => hand.context.log("line 5")))
      yield* hand.succeed()
      yield* handle.outcome
      const { stdout } = yield* Fiber.join(followed)
      assert.strictEqual(lines(stdout).at(-1), "line 5")
      const tail = yield* halte(["logs", id, "serve", "--tail", "2"])
      assert.strictEqual(tail.stdout, "line 4\nline 5\n")
      const [head, first] = lines((yield* halte(["logs", id, "--json"])).stdout)
      assert.deepStrictEqual(JSON.parse(head!), { type: "stream", version: 1 })
      assert.deepInclude(JSON.parse(first!), { step: "serve", text: "line 1" })
    })
  )
})
