import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { Flow, FlowDescription, Params, Step, StepGraph } from "@halte/engine"

const options = { label: "L", icon: "i", description: "d", timeout: "1 minute", idempotent: false } as const
const every = Flow.make("every", {
  version: "1",
  label: "Every",
  description: "One step of each kind.",
  params: Params.make(Schema.Struct({ n: Schema.Number })),
  concurrency: 3,
  single: true,
  deadline: "1 hour",
  strategy: { _tag: "PollNextN", n: 1 },
  steps: [
    Step.make("function", {
      ...options,
      when: () => true,
      whenText: "always",
      retry: { tries: 2 },
      run: () => Effect.void
    }),
    Step.forEach("for-each", { ...options, items: [1], run: () => 1 }),
    Step.process("process", { ...options, command: "ls" }),
    Step.module("worker", { ...options, url: "file:///x.ts" }),
    Step.group("group", { steps: [Step.group("inner", { steps: [Step.sleep("sleep", { duration: 1 })] })] }),
    Step.gate("gate", { message: "?", cleanUp: () => 0, undo: () => 0 }),
    Step.http("http", { request: { url: "http://h/" } }),
    Step.map("map", { items: [1], step: () => Step.sleep("one", { duration: 1 }) })
  ]
})

describe("FlowDescription", () => {
  const { description } = Result.getOrThrow(StepGraph.make(every))

  it("is plain data of every kind of step: JSON and its Schema give it back as it is", () => {
    const read = Schema.decodeUnknownSync(FlowDescription.FlowDescription)(JSON.parse(JSON.stringify(description)))
    assert.deepStrictEqual(read, description)
    assert.sameMembers(
      [...new Set(description.steps.map((s) => s.kind)), "sleep", "flow"],
      [...FlowDescription.StepKind.literals]
    )
  })

  it("R29: has the steps that are no group in the order of the definition", () => {
    assert.deepStrictEqual(
      FlowDescription.leaves(description).map((s) => s.id),
      ["function", "for-each", "process", "worker", "group/inner/sleep", "gate", "http", "map"]
    )
  })

  it("P2: has what each step promises about stopping, timeout and clean-up included", () => {
    assert.deepStrictEqual(
      FlowDescription.leaves(description).map((s) => [s.name, s.stopsWithinMillis, s.stops]),
      [
        ["function", 60_000, "no stopping point declared"],
        ["for-each", 5, "every item, cursor saved"],
        ["process", 5_500, "SIGTERM → 5 s → SIGKILL"],
        ["worker", 60_000, "no stopping point declared; terminate ends its thread"],
        ["sleep", 0, "at once"],
        ["gate", 10_000, "at once"],
        ["http", 500, "request aborted"],
        ["map", 0, "as its steps"]
      ]
    )
  })
})
