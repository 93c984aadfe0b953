/**
 * Flows and events for tests of what is drawn: a flow in few words, and the events that a test tells about it.
 */
import { ExecutionEvent, ExecutionHistory, ExecutionState, type FlowDescription, TimeLeft } from "@halte/engine/model"
import type { Feed } from "../src/live/ExecutionFeed.ts"

type Step = FlowDescription.StepDescription

/** `after` are full ids. */
export const step = (
  id: string,
  after: ReadonlyArray<string> = [],
  more: Partial<Step> & { readonly steps?: ReadonlyArray<Step> } = {}
): Step => ({
  id,
  name: id.slice(id.lastIndexOf("/") + 1),
  kind: more.steps === undefined ? "process" : "group",
  after,
  ...(more.steps === undefined ? { stopsWithinMillis: 5500 } : undefined),
  ...more
})

export const flow = (...steps: ReadonlyArray<Step>): FlowDescription.FlowDescription => ({
  name: "release",
  fingerprint: "f",
  strategy: { _tag: "FinishCurrent" },
  single: false,
  steps
})

/** The story of the pictures. */
export const release = flow(
  step("build"),
  step("test", ["build"]),
  step("upload", ["test"], {
    steps: [step("upload/part-1"), step("upload/part-2", ["upload/part-1"]), step("upload/part-3", ["upload/part-2"])]
  }),
  step("index", ["build"], { kind: "for-each", stopsWithinMillis: 5 }),
  step("ship", ["upload", "index"], { kind: "gate", stopsWithinMillis: 0 }),
  step("announce", ["ship"], { kind: "http", detail: "POST https://example.com/announce" })
)

export type Told = ExecutionEvent.Fact & { readonly at?: number; readonly attempt?: number }

/** When a story begins. */
export const begin = 1_000_000

/** Events follow each other by a second, unless they say when. */
export const tell = (
  definition: FlowDescription.FlowDescription,
  facts: ReadonlyArray<Told>
): ReadonlyArray<ExecutionEvent.ExecutionEvent> => {
  const started: Told = {
    type: "execution-started",
    flow: definition.name,
    definition,
    params: {},
    source: "Cli",
    strategy: definition.strategy
  }
  return [started, ...facts].map(
    (fact, i) =>
      ({
        v: 1,
        execution: "01JD3M8Z9F4T6V2X0YQ7",
        sequence: i + 1,
        at: begin + i * 1000,
        attempt: 1,
        ...fact
      }) as ExecutionEvent.ExecutionEvent
  )
}

/** What a page has after these events. */
export const feedOf = (
  definition: FlowDescription.FlowDescription,
  facts: ReadonlyArray<Told>
): { readonly feed: Feed; readonly state: ExecutionState.ExecutionState } => {
  const events = tell(definition, facts)
  const state = ExecutionState.fold(undefined, events)!
  const timeLeft = TimeLeft.make()
  for (const event of events) timeLeft.observe(event)
  return {
    state,
    feed: {
      state,
      history: ExecutionHistory.of(events),
      timeLeft,
      sequence: events.length,
      connection: "live",
      problem: undefined
    }
  }
}

export const started = (id: string, more: object = {}): Told => ({ type: "step-started", step: id, try: 1, ...more })

export const completed = (id: string, tookMillis = 1000, more: object = {}): Told => ({
  type: "step-completed",
  step: id,
  try: 1,
  tookMillis,
  ...more
})

export const interrupt = (more: object = {}): Told => ({
  type: "interrupt-requested",
  signal: { source: "Page", by: "anna", requestedAt: begin + 10_000 },
  strategy: { _tag: "FinishCurrent" },
  bound: { _tag: "Within", millis: 5500, steps: ["upload/part-2"] },
  running: [],
  ...more
})
