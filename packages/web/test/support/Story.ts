/**
 * An execution as it could have been recorded: events with everything that a recorder adds, folded.
 */
import { ExecutionEvent, ExecutionHistory, ExecutionState, type FlowDescription } from "@halte/engine/model"

export const id = "01JD3M8Z9F4T6V2X0YQ7"
/** When it all began. */
export const began = Date.UTC(2026, 4, 6, 14, 7, 0)

type Step = Partial<FlowDescription.StepDescription> & Pick<FlowDescription.StepDescription, "id">

export const step = (of: Step): FlowDescription.StepDescription => ({
  name: of.id.slice(of.id.lastIndexOf("/") + 1),
  kind: "process",
  after: [],
  stops: "SIGTERM → 5 s → SIGKILL",
  stopsWithinMillis: 5500,
  ...of
})

export const release: FlowDescription.FlowDescription = {
  name: "release",
  version: "2.4.0",
  fingerprint: "f",
  strategy: { _tag: "FinishCurrent" },
  single: false,
  steps: [
    step({ id: "build" }),
    step({ id: "test", after: ["build"] }),
    step({
      id: "upload",
      kind: "group",
      after: ["test"],
      steps: [
        step({ id: "upload/part-1" }),
        step({ id: "upload/part-2", after: ["upload/part-1"] }),
        step({ id: "upload/part-3", after: ["upload/part-2"] })
      ]
    }),
    step({
      id: "index",
      kind: "for-each",
      after: ["build"],
      stops: "every 16 items, cursor saved",
      stopsWithinMillis: 5
    }),
    step({ id: "ship", kind: "gate", after: ["upload", "index"], stops: "at once", stopsWithinMillis: 0 }),
    step({ id: "announce", kind: "http", after: ["ship"], detail: "POST https://example.org", stopsWithinMillis: 500 })
  ]
}

/** A fact, and when it was recorded in milliseconds since the beginning. */
export type Fact = readonly [at: number, fact: ExecutionEvent.Fact, attempt?: number]

export const started = (more: Partial<ExecutionEvent.Of<"execution-started">> = {}): ExecutionEvent.Fact => ({
  type: "execution-started",
  flow: "release",
  definition: release,
  params: { version: "2.4.0" },
  source: "Page",
  by: "anna",
  strategy: { _tag: "FinishCurrent" },
  ...more
})

export const begin = (name: string): ExecutionEvent.Fact => ({ type: "step-started", step: name, try: 1 })
export const complete = (name: string, tookMillis: number): ExecutionEvent.Fact => ({
  type: "step-completed",
  step: name,
  try: 1,
  tookMillis
})

export const events = (facts: ReadonlyArray<Fact>): ReadonlyArray<ExecutionEvent.ExecutionEvent> =>
  facts.map(
    ([at, fact, attempt = 1], i) =>
      ({ ...fact, v: 1, execution: id, sequence: i + 1, at: began + at, attempt }) as ExecutionEvent.ExecutionEvent
  )

export const state = (facts: ReadonlyArray<Fact>): ExecutionState.ExecutionState =>
  ExecutionState.fold(undefined, events(facts))!

export const history = (facts: ReadonlyArray<Fact>): ExecutionHistory.History => ExecutionHistory.of(events(facts))

/** The story of the mock: three steps done, two under way. */
export const running: ReadonlyArray<Fact> = [
  [0, started()],
  [10, begin("build")],
  [18_200, complete("build", 18_190)],
  [18_210, begin("test")],
  [18_210, begin("index")],
  [61_400, complete("test", 43_190)],
  [61_410, begin("upload/part-1")],
  [84_000, complete("upload/part-1", 22_590)],
  [84_010, begin("upload/part-2")],
  [84_020, { type: "process-started", step: "upload/part-2", try: 1, pid: 48213, group: 48213, command: "./upload 2" }],
  [102_000, { type: "step-progress", step: "index", done: 41_200, total: 100_000 }]
]

const asked = 102_213

/** Asked to stop: one has stopped, one has its SIGTERM. */
export const interrupting: ReadonlyArray<Fact> = [
  ...running,
  [
    asked + 1,
    {
      type: "interrupt-requested",
      signal: {
        source: "Page",
        by: "anna",
        via: "Interrupt button",
        reason: "Wrong token for the mirror.",
        requestedAt: began + asked
      },
      strategy: { _tag: "FinishCurrent" },
      bound: { _tag: "Within", millis: 5500, steps: ["upload/part-2"] },
      running: ["index", "upload/part-2"]
    }
  ],
  [
    asked + 4,
    {
      type: "step-interrupted",
      step: "index",
      try: 1,
      tookMillis: 84_000,
      cursor: 41_312,
      done: 41_312,
      total: 100_000,
      stopMillis: 3.6
    }
  ],
  [
    asked + 4,
    { type: "process-signalled", step: "upload/part-2", pid: 48213, signal: "SIGTERM", count: 2, killInMillis: 5000 }
  ]
]

export const interrupted: ReadonlyArray<Fact> = [
  ...interrupting,
  [
    asked + 1810,
    { type: "process-exited", step: "upload/part-2", try: 1, pid: 48213, exitCode: 0, tookMillis: 20_000 }
  ],
  [
    asked + 1811,
    {
      type: "step-interrupted",
      step: "upload/part-2",
      try: 1,
      tookMillis: 20_000,
      detail: "exited on SIGTERM after 1.8 s"
    }
  ],
  [
    asked + 1812,
    {
      type: "execution-ended",
      status: "Interrupted",
      tookMillis: 104_000,
      stopMillis: 1812,
      cause: "Page",
      partition: {
        completed: ["build", "test", "upload/part-1"],
        interrupted: [{ step: "upload/part-2" }, { step: "index", cursor: 41_312, done: 41_312, total: 100_000 }],
        terminated: [],
        failed: [],
        skipped: [],
        notStarted: ["upload/part-3", "ship", "announce"]
      }
    }
  ]
]
