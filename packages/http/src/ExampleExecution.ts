/**
 * One execution that the API's description shows from all sides: a loop that was asked to stop, and where it stopped.
 * Its state, its graph and its line in a list are what the engine makes of its events.
 *
 * @since 0.1.0
 */
import { ExecutionEvent, type ExecutionId, ExecutionState, ExecutionSummary, type FlowDescription } from "@halte/engine"

const id = "01JD3M8Z9F4T6V2X0YQ7" as ExecutionId.ExecutionId
const begun = 1_732_000_000_000

/**
 * The flow that it is of.
 *
 * @since 0.1.0
 */
export const flow: FlowDescription.FlowDescription = {
  name: "index-files",
  description: "Reads a directory and writes an index of it.",
  fingerprint: "9b1f6a60c8f14b5d8c6f9f3f0a7f3c52",
  params: {
    type: "object",
    properties: { directory: { type: "string" } },
    required: ["directory"]
  },
  strategy: { _tag: "FinishCurrent" },
  single: false,
  steps: [
    { id: "index", name: "index", kind: "for-each", after: [], stopsWithinMillis: 5, cleanUp: false },
    { id: "report", name: "report", kind: "process", after: ["index"], detail: "node report.mjs" }
  ]
}

const common = { v: 1, execution: id, attempt: 1 } as const
const signal = { source: "Http", by: "ada", reason: "wrong directory", requestedAt: begun + 1500 } as const

/**
 * What happened in it.
 *
 * @since 0.1.0
 */
export const events: ReadonlyArray<ExecutionEvent.ExecutionEvent> = [
  {
    ...common,
    sequence: 1,
    at: begun,
    type: "execution-started",
    flow: flow.name,
    definition: flow,
    params: { directory: "photos" },
    source: "Http",
    by: "ada",
    strategy: flow.strategy
  },
  { ...common, sequence: 2, at: begun + 4, type: "step-started", step: "index", try: 1 },
  {
    ...common,
    sequence: 3,
    at: begun + 1400,
    type: "step-cursor",
    step: "index",
    cursor: 41_200,
    done: 41_200,
    total: 60_000
  },
  {
    ...common,
    sequence: 4,
    at: begun + 1500,
    type: "interrupt-requested",
    signal,
    strategy: flow.strategy,
    bound: { _tag: "Within", millis: 5, steps: ["index"] },
    running: ["index"]
  },
  {
    ...common,
    sequence: 5,
    at: begun + 1503,
    type: "step-interrupted",
    step: "index",
    try: 1,
    tookMillis: 1499,
    cursor: 41_312,
    done: 41_312,
    total: 60_000,
    stopMillis: 3
  },
  {
    ...common,
    sequence: 6,
    at: begun + 1504,
    type: "execution-ended",
    status: "Interrupted",
    partition: {
      completed: [],
      interrupted: [{ step: "index", cursor: 41_312, done: 41_312, total: 60_000 }],
      terminated: [],
      failed: [],
      skipped: [],
      notStarted: ["report"]
    },
    tookMillis: 1504,
    cause: "Http",
    stopMillis: 4
  }
]

/**
 * Its state after its end, and after its start.
 *
 * @since 0.1.0
 */
export const state: ExecutionState.ExecutionState = ExecutionState.fold(undefined, events)!
export const started: ExecutionState.ExecutionState = ExecutionState.fold(undefined, events.slice(0, 1))!

/**
 * Its line in a list.
 *
 * @since 0.1.0
 */
export const summary: ExecutionSummary.ExecutionSummary = ExecutionSummary.after(undefined, events, events.length)!

/**
 * The event that most readers wait for: the end.
 *
 * @since 0.1.0
 */
export const end: ExecutionEvent.ExecutionEvent = events.at(-1)!
