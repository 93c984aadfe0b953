import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { Flow, Step } from "@halte/engine"
import { Drill } from "@halte/sdk/node"
import { codes, Sample } from "./support/Sample.ts"

const flow = (steps: string, more = "") => `halte: 1\nname: small\n${more}steps:\n${steps}`
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => assert.fail("it was not refused"),
    (error: unknown) => (error instanceof Drill.DrillError ? `${error.code}: ${error.message}` : String(error))
  )

describe("a drill that can't be", () => {
  it("says so of a flow that fails by itself, and tries no point", async () => {
    using sample = new Sample({ "flow.yaml": flow("  one: { run: exit 3 }\n") })
    const report = await sample.drill()
    assert.equal(report.status, "failed")
    assert.equal(report.failure?.step, "one")
    assert.equal(report.failure?.code, "process-exited")
    assert.lengthOf(report.points, 0)
  })

  it("rehearses a flow that is meant to fail, when that is said", async () => {
    using sample = new Sample({ "flow.yaml": flow("  one: { run: exit 3 }\n") })
    const report = await sample.drill({ expect: "failed", only: ["start"] })
    assert.deepStrictEqual(report.findings, [])
    assert.equal(report.status, "clean")
  })

  it("names the gate that wants a value", async () => {
    const gate = "  ask: { gate: Which?, returns: { type: string } }\n"
    using sample = new Sample({ "flow.yaml": flow(gate) })
    assert.match(
      await refusal(sample.drill()),
      /^gate-not-answered: Gate `ask` asks for a value.*answers: \{ ask: … \}/
    )
    const report = await sample.drill({ answers: { ask: "this one" }, only: ["gate:ask"] })
    assert.equal(report.status, "clean", JSON.stringify(report))
  })

  it("knows no point that is none, or that an execution does not come to", async () => {
    using sample = new Sample({ "flow.yaml": flow("  one: { run: echo 1 }\n") })
    assert.match(await refusal(sample.drill({ only: ["before:one"] })), /^invalid-point: `before:one` is no point/)
    assert.match(
      await refusal(sample.drill({ only: ["begin:two"] })),
      /^point-not-passed: .*`begin:two`.*It comes to `start`, `begin:one`/
    )
  })

  it("says what failed of the setup, with its last words", async () => {
    using sample = new Sample({
      "flow.yaml": flow("  one: { run: cat made }\n", "drill: { setup: 'echo no >&2; exit 4' }\n")
    })
    assert.match(await refusal(sample.drill()), /^setup-failed: `echo no >&2; exit 4` exited with 4: no\./)
  })

  it("works in a copy that its setup has made ready, and leaves the directory as it was", async () => {
    using sample = new Sample({
      "flow.yaml": flow("  one: { run: cat made > read }\n", "drill: { setup: echo 1 > made }\n"),
      "ignored/large": "x"
    })
    const report = await sample.drill({ only: ["begin:one"], ignore: ["ignored"] })
    assert.equal(report.status, "clean", JSON.stringify(report))
    assert.equal(report.copied.files, 1)
    assert.isFalse(existsSync(join(sample.directory, "made")))
  })

  it("sends nothing that may change something elsewhere", async () => {
    using sample = new Sample({
      "flow.yaml": flow("  tell: { http: { method: POST, url: 'http://example.invalid/', body: hello } }\n")
    })
    const report = await sample.drill()
    assert.equal(report.status, "failed")
    assert.include(report.failure?.message, "--requests")
  })

  it("does not count what is allowed", async () => {
    using sample = new Sample({
      "flow.yaml": flow("  pay: { run: echo paid; sleep 1, idempotent: false }\n", "drill: { allow: [needs-rerun] }\n")
    })
    const report = await sample.drill({ only: ["output:pay"] })
    assert.deepStrictEqual(codes(report), ["needs-rerun"])
    assert.equal(report.status, "clean")
    assert.equal(report.points[0]?.result, "passed")
  })
})

describe("a drill of a flow in TypeScript", () => {
  it("makes the flow anew for each attempt, in its directory", async () => {
    using sample = new Sample({})
    let made = 0
    const report = await Drill.rehearse(
      (directory) => {
        made++
        const write = Step.make("write", { run: () => writeFileSync(join(directory, "a.txt"), "a\n") })
        const read = Step.make("read", { after: write, run: () => readFileSync(join(directory, "a.txt"), "utf8") })
        return Flow.make("typed", { steps: [write, read] })
      },
      { directory: sample.directory, only: ["done:write", "begin:write"] }
    )
    assert.deepStrictEqual(report.findings, [])
    assert.equal(report.status, "clean")
    // Two that nobody stops, and at each point one that is stopped and one that goes on.
    assert.isAtLeast(made, 5)
  })

  it("can't kill the engine of a flow that is made in this program", async () => {
    const one = Flow.make("one", { steps: [Step.make("a", { run: () => 1 })] })
    assert.match(await refusal(Drill.rehearse(() => one, { how: ["crash"] })), /^needs-flow-file/)
  })

  it("is stopped by its signal, and leaves nothing behind", async () => {
    using sample = new Sample({ "flow.yaml": flow("  long: { run: sleep 30, grace: 1s }\n") })
    const controller = new AbortController()
    let root = ""
    const running = sample
      .drill({
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type !== "copied") return
          root = event.root
          setImmediate(() => controller.abort())
        }
      })
      .then(
        () => "ended",
        () => "stopped"
      )
    assert.equal(await running, "stopped")
    assert.notEqual(root, "")
    assert.isFalse(existsSync(root))
  })
})

describe("what a drill leaves", () => {
  it("are only the files of points where something was found, and only when they are to be kept", async () => {
    const fault = "  send: { run: 'echo order >> sent; echo sent; sleep 1' }\n"
    using sample = new Sample({ "flow.yaml": flow(fault) })
    const report = await sample.drill({ only: ["start", "output:send"], keep: true })
    const [start, output] = report.points
    assert.isUndefined(start?.kept)
    assert.equal(readFileSync(join(output!.kept!, "work/sent"), "utf8"), "order\norder\n")
    rmSync(join(output!.kept!, ".."), { recursive: true, force: true })
  })

  it("shows no secret, also where a flow has written one to a file", async () => {
    const fault = '  save: { run: \'echo "$T" >> saved; echo saved; sleep 1\', env: { T: "${{ params.token }}" } }\n'
    const params = "params: { token: { secret: true, env: DRILL_TOKEN } }\n"
    using sample = new Sample({ "flow.yaml": flow(fault, params) })
    const report = await sample.drill({ only: ["output:save"], env: { DRILL_TOKEN: "very-secret" } })
    assert.include(codes(report), "repeated-effect")
    assert.notInclude(JSON.stringify(report), "very-secret")
    assert.include(JSON.stringify(report), "(secret)")
  })

  it("of one that was killed is removed by the next one", async () => {
    const forgotten = join(tmpdir(), "halte-drill-4194304-forgotten")
    mkdirSync(join(forgotten, "point-1"), { recursive: true })
    using sample = new Sample({ "flow.yaml": flow("  one: { run: echo 1 }\n") })
    await sample.drill({ only: ["start"] })
    assert.isFalse(existsSync(forgotten))
  })
})
