import { assert, describe, it } from "@effect/vitest"
import type { ExecutionEvent, FlowDescription } from "@halte/engine/model"
import { askedBy } from "../src/execution/panel/GateFields.ts"
import { nextStop } from "../src/execution/panel/NextStop.ts"
import { bytesText } from "../src/execution/panel/Bytes.ts"
import * as StopWords from "../src/execution/StopWords.ts"
import { readAll } from "../src/start/ParamFields.ts"
import * as Story from "./support/Story.ts"

/** A flow of one running step. */
const one = (
  step: Partial<FlowDescription.StepDescription>,
  strategy: FlowDescription.FlowDescription["strategy"] = { _tag: "FinishCurrent" },
  more: ReadonlyArray<ExecutionEvent.Fact> = []
) => {
  const { stops, stopsWithinMillis, ...rest } = step
  const { stops: _stops, stopsWithinMillis: _within, ...plain } = Story.step({ id: "it", ...rest })
  const definition = {
    ...Story.release,
    strategy,
    steps: [
      {
        ...plain,
        ...(stops === undefined ? undefined : { stops }),
        ...(stopsWithinMillis === undefined ? undefined : { stopsWithinMillis })
      }
    ]
  }
  return Story.state([
    [0, Story.started({ definition, strategy })],
    [1, Story.begin("it")],
    ...more.map((fact): Story.Fact => [2, fact])
  ])
}

const said = (next: ReturnType<typeof nextStop>) =>
  next === undefined ? undefined : [next.first, ...next.more].map(({ text, when }) => `${text} | ${when}`)

describe("where a step may stop next", () => {
  it("R22 is before the next batch of a loop, then every so many items", () => {
    const state = Story.state(Story.running)
    assert.deepStrictEqual(said(nextStop(state, "index", 492)), [
      "Before item 41,217 | within 5 ms",
      "then every 16 items | about 31 per s",
      "saves its cursor at each | for Resume"
    ])
  })

  it("P2 of a sub-flow is where that may stop: it is asked at once", () => {
    const state = one({ kind: "flow", stops: "as the steps of `notes` do", stopsWithinMillis: 5500 })
    assert.deepStrictEqual(said(nextStop(state, "it")), [
      "Its sub-flow is asked to stop | at once",
      "stopped when the sub-flow is, at the latest | within 5.5 s",
      "Resume goes on with the same one | "
    ])
  })

  it("of the last batch is its end", () => {
    const state = Story.state([
      ...Story.running,
      [102_010, { type: "step-progress", step: "index", done: 99_990, total: 100_000 }]
    ])
    assert.strictEqual(nextStop(state, "index")?.first.text, "After its last item")
  })

  it("R52 is the ladder of signals of a process", () => {
    assert.deepStrictEqual(said(nextStop(Story.state(Story.running), "upload/part-2")), [
      "SIGTERM to its processes | at once",
      "SIGKILL for what is still running | after 5 s",
      "stopped, at the latest | within 5.5 s"
    ])
    const items = one({ kind: "for-each", stops: "SIGTERM → 5 s → SIGKILL, cursor saved", stopsWithinMillis: 5500 })
    assert.deepStrictEqual(said(nextStop(items, "it")), [
      "SIGTERM to the items under way | at once",
      "SIGKILL for what is still running | after 5 s",
      "saves its cursor | for Resume"
    ])
  })

  it("P2 says plainly where nothing is promised", () => {
    const finish = nextStop(one({ stops: "runs to its end" }), "it")
    assert.deepStrictEqual([finish?.bound, finish?.first.text], [false, "When its process has ended"])
    const silent = nextStop(
      one({ kind: "worker", stops: "no stopping point declared; terminate ends its thread" }),
      "it"
    )
    assert.deepStrictEqual([silent?.bound, silent?.first.when], [false, "no bound"])
    const ignores = nextStop(one({ stopsWithinMillis: 5500 }, { _tag: "IgnoreInterruptions" }), "it")
    assert.deepStrictEqual([ignores?.bound, ignores?.more[0]?.text], [false, "only Terminate now ends it"])
  })

  it("R18 of one that waits is its beginning, and one that has ended has none", () => {
    const state = Story.state(Story.running)
    assert.strictEqual(nextStop(state, "ship")?.first.text, "Before it starts")
    assert.isUndefined(nextStop(state, "build"))
    assert.isUndefined(nextStop(Story.state(Story.interrupted), "ship"))
  })

  it("P12 says that a clean-up counts", () => {
    const state = one({ stops: "SIGTERM → 5 s → SIGKILL", stopsWithinMillis: 15_500, cleanUp: true })
    assert.strictEqual(said(nextStop(state, "it"))?.at(-1), "then its clean-up | counted in the bound")
  })
})

describe("how a process ended", () => {
  const started: ExecutionEvent.Fact = { type: "process-started", step: "it", try: 1, pid: 7, command: "./it" }
  const exited = (more: object): ExecutionEvent.Fact => ({
    type: "process-exited",
    step: "it",
    try: 1,
    pid: 7,
    tookMillis: 900,
    ...more
  })
  const end = (...facts: ReadonlyArray<ExecutionEvent.Fact>) => {
    const state = one({}, undefined, [started, ...facts])
    return StopWords.processEnd(state, state.processes[0]!).text
  }
  const signalled: ExecutionEvent.Fact = { type: "process-signalled", step: "it", pid: 7, signal: "SIGTERM", count: 1 }

  it("P6 is said with its signal, its code, and what could not be ended", () => {
    assert.strictEqual(end(), "runs")
    assert.strictEqual(end(signalled), "SIGTERM sent")
    assert.strictEqual(end(exited({ exitCode: 3 })), "exited with code 3")
    assert.strictEqual(end(exited({ signal: "SIGSEGV" })), "ended by SIGSEGV, not ours")
    assert.match(end(signalled, exited({ exitCode: 0 })), /^exited on SIGTERM after/)
    assert.match(end({ ...signalled, signal: "SIGKILL" } as never, exited({})), /^ended by SIGKILL after/)
    assert.match(end(exited({ exitCode: 0, left: [8, 9] })), /could not be ended: pid 8, pid 9$/)
  })
})

describe("the form of a gate", () => {
  it("has a field for each property of its answer", () => {
    const { fields, valueOf } = askedBy({
      type: "object",
      properties: { region: { enum: ["eu", "us"] }, copies: { type: "integer", minimum: 1 } },
      required: ["region"]
    })
    const { params, problems } = readAll(fields, { region: '"eu"', copies: "2" })
    assert.deepStrictEqual(problems, {})
    assert.deepStrictEqual(valueOf(params), { region: "eu", copies: 2 })
    assert.hasAllKeys(readAll(fields, { copies: "0" }).problems, ["region", "copies"])
  })

  it("has one field for an answer that is a single value, also by reference", () => {
    const { fields, valueOf } = askedBy({ $ref: "#/$defs/Region", $defs: { Region: { enum: ["eu", "us"] } } })
    assert.deepStrictEqual(
      fields.map(({ kind, name }) => [name, kind]),
      [["answer", "choice"]]
    )
    assert.strictEqual(valueOf(readAll(fields, { answer: '"us"' }).params), "us")
  })

  it("has a field of its own for whatever a schema asks for, and leaves out what nobody says", () => {
    const { fields, valueOf } = askedBy({
      type: "object",
      properties: {
        region: { anyOf: [{ enum: ["eu", "us"] }, { type: "null" }] },
        servers: { type: ["integer", "null"], minimum: 1 },
        canary: { type: "boolean" },
        sure: { type: "boolean" },
        ports: { type: "array", items: { type: "integer" } },
        labels: { type: "array", items: { type: "string" } },
        limits: { type: "object", properties: { cpu: { type: "number" } } },
        note: { type: "string" }
      },
      required: ["region", "servers", "sure"]
    })
    assert.deepStrictEqual(
      fields.map(({ kind, name, required }) => [name, kind, required]),
      [
        ["region", "choice", false],
        ["servers", "whole", false],
        ["canary", "boolean", false],
        ["sure", "boolean", true],
        ["ports", "list", false],
        ["labels", "list", false],
        ["limits", "json", false],
        ["note", "text", false]
      ]
    )
    const answer = (typed: Readonly<Record<string, string>>) => {
      const { params, problems } = readAll(fields, typed)
      return Object.keys(problems).length > 0 ? problems : valueOf(params)
    }
    assert.deepStrictEqual(answer({}), { region: null, servers: null, sure: false })
    assert.deepStrictEqual(
      answer({
        region: '"eu"',
        servers: "3",
        canary: "false",
        sure: "true",
        ports: "80\n\n443",
        labels: "a\nb",
        limits: '{ "cpu": 0.5 }',
        note: "soon"
      }),
      {
        region: "eu",
        servers: 3,
        canary: false,
        sure: true,
        ports: [80, 443],
        labels: ["a", "b"],
        limits: { cpu: 0.5 },
        note: "soon"
      }
    )
    assert.deepStrictEqual(answer({ ports: "80\nhttp", limits: "{" }), {
      ports: "http is not a whole number",
      limits: (answer({ limits: "{" }) as { readonly limits: string }).limits
    })
  })
})

describe("sizes", () => {
  it("are said in the largest unit that leaves a digit before the point", () => {
    assert.deepStrictEqual([1, 999, 1400, 999_960, 1_932_735_283].map(bytesText), [
      "1 byte",
      "999 bytes",
      "1.4 kB",
      "1.0 MB",
      "1.9 GB"
    ])
  })
})
