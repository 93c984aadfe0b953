/**
 * One story for all screens: `release` 2.4.0, eight steps; `index` is asked to stop at 41,200 of 100,000 files and stops
 * at 41,312, `upload/part-2` needs 1.8 s of its grace.
 */
import { ExecutionEvent, ExecutionState, type FlowDescription } from "@halte/engine/model"

export const id = "01JD3M8Z9F4T6V2X0YQ7"
const process = { kind: "process" as const, stopsWithinMillis: 5500, stops: "SIGTERM → 5 s → SIGKILL" }

export const definition: FlowDescription.FlowDescription = {
  name: "release",
  fingerprint: "f00d",
  strategy: { _tag: "FinishCurrent" },
  single: true,
  steps: [
    { id: "build", name: "build", after: [], ...process },
    { id: "test", name: "test", after: ["build"], tries: 3, ...process },
    {
      id: "upload",
      name: "upload",
      kind: "group",
      after: ["test"],
      steps: [
        { id: "upload/part-1", name: "part-1", after: [], ...process },
        { id: "upload/part-2", name: "part-2", after: ["upload/part-1"], ...process },
        { id: "upload/part-3", name: "part-3", after: ["upload/part-2"], ...process }
      ]
    },
    {
      id: "index",
      name: "index",
      kind: "for-each",
      after: ["build"],
      stopsWithinMillis: 5,
      stops: "every 16 items, cursor saved"
    },
    { id: "ship", name: "ship", kind: "gate", after: ["upload", "index"], stopsWithinMillis: 0, stops: "gate" },
    {
      id: "announce",
      name: "announce",
      kind: "http",
      after: ["ship"],
      stopsWithinMillis: 500,
      stops: "request aborted"
    }
  ]
}

/** The moment of a time of the day of the story. */
export const time = (text: string): number => Date.parse(`2026-11-21T${text}Z`)

export type Told = ExecutionEvent.Fact & { readonly at: string; readonly attempt?: number }

/** Adds what the recorder adds. */
export const tell = (facts: ReadonlyArray<Told>): ReadonlyArray<ExecutionEvent.ExecutionEvent> =>
  facts.map(
    (fact, i) =>
      ({
        v: 1,
        execution: id,
        sequence: i + 1,
        attempt: 1,
        ...fact,
        at: time(fact.at)
      }) as ExecutionEvent.ExecutionEvent
  )

const started: ReadonlyArray<Told> = [
  {
    at: "14:07:00.004",
    type: "execution-started",
    flow: "release",
    definition,
    params: { version: "2.4.0" },
    source: "Cli",
    by: "anna",
    strategy: { _tag: "FinishCurrent" }
  },
  { at: "14:07:00.006", type: "step-started", step: "build", try: 1 },
  { at: "14:07:18.211", type: "step-completed", step: "build", try: 1, tookMillis: 18_205 },
  { at: "14:07:18.213", type: "step-started", step: "test", try: 1 },
  { at: "14:07:18.213", type: "step-started", step: "index", try: 1 }
]

/** Until the moment of the live tree, 14:08:42.2. */
export const running: ReadonlyArray<Told> = [
  ...started,
  { at: "14:07:28.200", type: "step-progress", step: "index", done: 4912, total: 100_000 },
  { at: "14:08:01.402", type: "step-completed", step: "test", try: 1, tookMillis: 43_189 },
  { at: "14:08:01.404", type: "step-started", step: "upload/part-1", try: 1 },
  { at: "14:08:24.010", type: "step-completed", step: "upload/part-1", try: 1, tookMillis: 22_606 },
  { at: "14:08:24.213", type: "step-started", step: "upload/part-2", try: 1 },
  {
    at: "14:08:24.214",
    type: "process-started",
    step: "upload/part-2",
    try: 1,
    pid: 48213,
    group: 48213,
    command: "./upload 2"
  },
  { at: "14:08:42.200", type: "step-progress", step: "index", done: 41_200, total: 100_000 }
]

export const wideMessage = {
  at: "14:08:42.201",
  type: "step-progress",
  step: "upload/part-2",
  done: 17,
  message: "chunk 17 of 23 · 438 MB"
} satisfies Told
export const message = {
  at: "14:08:42.201",
  type: "step-progress",
  step: "upload/part-2",
  done: 17,
  message: "chunk 17 of 23"
} satisfies Told

/** The first Ctrl-C, and what followed until 14:08:43.1. */
export const interrupting: ReadonlyArray<Told> = [
  ...running,
  message,
  {
    at: "14:08:42.213",
    type: "interrupt-requested",
    signal: { source: "Cli", by: "anna", via: "Ctrl-C in this terminal", requestedAt: time("14:08:42.213") },
    strategy: { _tag: "FinishCurrent" },
    bound: { _tag: "Within", millis: 5500, steps: ["upload/part-2"] },
    running: ["upload/part-2", "index"]
  },
  {
    at: "14:08:42.217",
    type: "step-interrupted",
    step: "index",
    try: 1,
    tookMillis: 84_004,
    cursor: 41_312,
    done: 41_312,
    total: 100_000,
    stopMillis: 3.6
  },
  {
    at: "14:08:42.217",
    type: "process-signalled",
    step: "upload/part-2",
    pid: 48213,
    signal: "SIGTERM",
    count: 2,
    killInMillis: 5000
  }
]

const notStarted = ["upload/part-3", "ship", "announce"]
const completed = ["build", "test", "upload/part-1"]

export const interrupted: ReadonlyArray<Told> = [
  ...interrupting,
  {
    at: "14:08:44.020",
    type: "process-exited",
    step: "upload/part-2",
    try: 1,
    pid: 48213,
    signal: "SIGTERM",
    tookMillis: 19_806
  },
  {
    at: "14:08:44.021",
    type: "step-interrupted",
    step: "upload/part-2",
    try: 1,
    tookMillis: 19_808,
    detail: "exited on SIGTERM after 1.8 s",
    stopMillis: 1804
  },
  {
    at: "14:08:44.025",
    type: "execution-ended",
    status: "Interrupted",
    tookMillis: 104_021,
    stopMillis: 1812,
    partition: {
      completed,
      interrupted: [{ step: "index", cursor: 41_312, done: 41_312, total: 100_000 }, { step: "upload/part-2" }],
      terminated: [],
      failed: [],
      skipped: [],
      notStarted
    }
  }
]

export const terminated: ReadonlyArray<Told> = [
  ...interrupting,
  {
    at: "14:08:43.100",
    type: "terminate-requested",
    signal: { source: "Cli", by: "anna", via: "SIGINT", requestedAt: time("14:08:43.100") },
    running: ["upload/part-2"]
  },
  { at: "14:08:43.102", type: "process-signalled", step: "upload/part-2", pid: 48213, signal: "SIGKILL", count: 2 },
  {
    at: "14:08:43.110",
    type: "process-exited",
    step: "upload/part-2",
    try: 1,
    pid: 48213,
    signal: "SIGKILL",
    tookMillis: 18_896
  },
  {
    at: "14:08:43.111",
    type: "step-terminated",
    step: "upload/part-2",
    try: 1,
    tookMillis: 18_898,
    detail: "ended by SIGKILL, may be half done"
  },
  {
    at: "14:08:43.112",
    type: "execution-ended",
    status: "Terminated",
    tookMillis: 103_108,
    stopMillis: 899,
    partition: {
      completed,
      interrupted: [{ step: "index", cursor: 41_312, done: 41_312, total: 100_000 }],
      terminated: ["upload/part-2"],
      failed: [],
      skipped: [],
      notStarted
    }
  }
]

const failure = {
  code: "process-exited",
  message: "`npm test` exited with code 1 after 43.2 s",
  exitCode: 1,
  lastOutput: [
    "FAIL  test/checkout.test.ts > adds tax",
    "AssertionError: expected 107.1 to equal 107",
    "  test/checkout.test.ts:42:18",
    "Tests  1 failed, 318 passed"
  ]
}

export const failed: ReadonlyArray<Told> = [
  ...started,
  { at: "14:07:30.000", type: "step-retrying", step: "test", try: 1, failure, delayMillis: 1000 },
  { at: "14:08:00.000", type: "step-started", step: "test", try: 3 },
  { at: "14:09:31.000", type: "step-failed", step: "test", try: 3, tookMillis: 43_200, failure },
  {
    at: "14:09:31.004",
    type: "step-interrupted",
    step: "index",
    try: 1,
    tookMillis: 130_000,
    cursor: 65_232,
    done: 65_232,
    total: 100_000,
    stopMillis: 4
  },
  {
    at: "14:09:31.010",
    type: "execution-ended",
    status: "Failed",
    tookMillis: 151_006,
    cause: "process-exited",
    failure: { step: "test", failure },
    partition: {
      completed: ["build"],
      interrupted: [{ step: "index", done: 65_232, total: 100_000 }],
      terminated: [],
      failed: ["test"],
      skipped: [],
      notStarted: ["upload/part-1", "upload/part-2", "upload/part-3", "ship", "announce"]
    }
  }
]

export const completedAll: ReadonlyArray<Told> = [
  ...started,
  { at: "14:08:01.402", type: "step-completed", step: "test", try: 1, tookMillis: 43_189 },
  { at: "14:08:02.000", type: "step-skipped", step: "ship", reason: "condition" },
  {
    at: "14:11:12.004",
    type: "execution-ended",
    status: "Completed",
    tookMillis: 252_000,
    partition: {
      completed: ["build", "test", "upload/part-1", "upload/part-2", "upload/part-3", "index", "announce"],
      interrupted: [],
      terminated: [],
      failed: [],
      skipped: ["ship"],
      notStarted: []
    }
  }
]

export const stateOf = (facts: ReadonlyArray<Told>): ExecutionState.ExecutionState => {
  const state = ExecutionState.fold(undefined, tell(facts))
  if (state === undefined) throw new Error("the story has no beginning")
  return state
}
