/** Events told by hand: what the recorder adds is added, and one of each type, with every optional field. */
import type { ExecutionEvent, FlowDescription } from "@halte/engine/model"

type Event = ExecutionEvent.ExecutionEvent

export const id = "01JD3M8Z9F4T6V2X0YQ7"

/** Facts as events: sequence 1, 2, 3…, `at` a millisecond later each time. */
export const tell = (
  facts: ReadonlyArray<ExecutionEvent.Fact>,
  from: { readonly sequence?: number; readonly attempt?: number } = {}
): ReadonlyArray<Event> =>
  facts.map((fact, i) => ({
    v: 1,
    execution: id,
    sequence: (from.sequence ?? 0) + i + 1,
    at: 1_000 + (from.sequence ?? 0) + i + 1,
    attempt: from.attempt ?? 1,
    ...fact
  })) as never

const step = (name: string, more: Partial<FlowDescription.StepDescription> = {}): FlowDescription.StepDescription => ({
  id: name,
  name: name.slice(name.lastIndexOf("/") + 1),
  kind: "function",
  after: [],
  ...more
})

export const definition: FlowDescription.FlowDescription = {
  name: "release",
  fingerprint: "f00d",
  strategy: { _tag: "FinishCurrent" },
  single: false,
  steps: [
    step("build"),
    step("upload", { kind: "group", after: ["build"], steps: [step("upload/part-1"), step("upload/part-2")] }),
    step("ship", { kind: "gate", after: ["upload"] })
  ]
}

export const started: ExecutionEvent.Fact = {
  type: "execution-started",
  flow: "release",
  definition,
  params: { version: "1.0.0" },
  source: "Cli",
  by: "ann",
  strategy: { _tag: "FinishCurrent" },
  stopAfter: 3
}

const signal = { source: "Http", by: "ann", reason: "enough", via: "POST", requestedAt: 5 } as const
const failure = {
  code: "process-exited",
  message: "exited with code 1",
  hint: "fix it",
  exitCode: 1,
  lastOutput: ["no"],
  stack: "Error"
}

export const everyEvent: ReadonlyArray<Event> = tell([
  started,
  { type: "execution-queued", limit: "deploy", holders: [{ execution: id }], ahead: 1 },
  { type: "execution-dequeued" },
  { type: "step-waiting", step: "build", limit: "gpu", holders: [{ execution: id, step: "upload/part-1" }], ahead: 0 },
  { type: "step-started", step: "build", try: 1, cursor: { at: 3 } },
  { type: "step-progress", step: "build", done: 1.5, total: 10, message: "half" },
  {
    type: "step-cursor",
    step: "build",
    cursor: 16,
    done: 16,
    total: 32,
    items: ["a", 1],
    failed: 1,
    results: [null, 2]
  },
  { type: "step-completed", step: "build", try: 1, tookMillis: 1.25, value: { a: [1, "x", null] } },
  { type: "step-failed", step: "build", try: 2, tookMillis: 3, failure },
  { type: "step-retrying", step: "build", try: 1, failure, delayMillis: 1_000 },
  {
    type: "step-interrupted",
    step: "build",
    try: 1,
    tookMillis: 3,
    cursor: 17,
    done: 17,
    total: 32,
    partial: { count: 17 },
    detail: "exited on SIGTERM",
    stopMillis: 4
  },
  { type: "step-terminated", step: "build", try: 1, tookMillis: 3, detail: "gave up" },
  { type: "step-skipped", step: "build", reason: "condition" },
  { type: "step-expanded", step: "build", count: 2, steps: 4, items: ["a", 1], masked: true },
  { type: "step-overdue", step: "build", sinceMillis: 12_000, budgetMillis: 10_000 },
  { type: "gate-opened", step: "ship", message: "Ship?", schema: { type: "string" } },
  { type: "gate-answered", step: "ship", value: "yes", source: "Page", by: "ann" },
  {
    type: "interrupt-requested",
    signal,
    strategy: { _tag: "PollNextN", n: 2 },
    bound: { _tag: "Within", millis: 5_500, steps: ["build"] },
    running: ["build"]
  },
  {
    type: "interrupt-repeated",
    signal,
    late: false,
    strategy: { _tag: "FinishCurrent" },
    bound: { _tag: "None", steps: ["build"] }
  },
  { type: "terminate-requested", signal, running: ["build"] },
  { type: "pausing", source: "Cli", by: "ann", running: ["build"] },
  { type: "paused" },
  { type: "resumed", source: "Cli", by: "ann" },
  {
    type: "process-started",
    step: "build",
    try: 1,
    pid: 42,
    startTime: 7,
    group: 42,
    mark: "m",
    command: "npm run build"
  },
  { type: "process-signalled", step: "build", pid: 42, signal: "SIGTERM", count: 3, killInMillis: 5_000 },
  {
    type: "process-exited",
    step: "build",
    try: 1,
    pid: 42,
    exitCode: 143,
    signal: "SIGTERM",
    tookMillis: 9,
    left: [43]
  },
  { type: "clean-up-started", step: "build", kind: "clean-up", deadlineMillis: 10_000 },
  { type: "clean-up-ended", step: "build", kind: "undo", tookMillis: 3, failure },
  { type: "handed-over", to: "other" },
  {
    type: "execution-ended",
    status: "Terminated",
    partition: {
      completed: ["build"],
      interrupted: [{ step: "upload/part-1", cursor: 3, done: 3, total: 9 }],
      terminated: ["upload/part-2"],
      failed: [],
      skipped: [],
      notStarted: ["ship"]
    },
    tookMillis: 100,
    cause: "Http",
    failure: { step: "build", failure },
    stopMillis: 9,
    abandoned: ["upload/part-2"]
  }
])
