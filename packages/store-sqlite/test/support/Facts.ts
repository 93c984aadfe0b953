/**
 * Events to write: plain ones, of an execution with one step.
 */
import { Effect } from "effect"
import { type ExecutionEvent, ExecutionId, type ExecutionStore, type LogLine } from "@halte/engine"

type Event = ExecutionEvent.ExecutionEvent

let made = 0

/** Ids in the order of their making; those of other processes lie between. */
export const newId = (): ExecutionId.ExecutionId => ExecutionId.make(1_700_000_000_000 + ++made)

export const at = (execution: string, sequence: number, fact: ExecutionEvent.Fact): Event =>
  ({ v: 1, execution, sequence, at: 1_700_000_000_000 + sequence, attempt: 1, ...fact }) as Event

export const started = (execution: string, flow = "release"): Event =>
  at(execution, 1, {
    type: "execution-started",
    flow,
    definition: {
      name: flow,
      fingerprint: "0123456789abcdef",
      strategy: { _tag: "FinishCurrent" },
      single: false,
      steps: [{ id: "build", name: "build", kind: "function", after: [] }]
    },
    params: {},
    source: "Sdk",
    strategy: { _tag: "FinishCurrent" }
  })

export const stepStarted = (execution: string, sequence: number): Event =>
  at(execution, sequence, { type: "step-started", step: "build", try: 1 })

export const stepCompleted = (execution: string, sequence: number, value: unknown): Event =>
  at(execution, sequence, { type: "step-completed", step: "build", try: 1, tookMillis: 1, value })

export const ended = (
  execution: string,
  sequence: number,
  status: "Completed" | "Failed" | "Interrupted" | "Terminated" = "Completed"
): Event =>
  at(execution, sequence, {
    type: "execution-ended",
    status,
    tookMillis: 1,
    partition: { completed: ["build"], interrupted: [], terminated: [], failed: [], skipped: [], notStarted: [] }
  })

export const line = (sequence: number, text: string, step = "build"): LogLine.LogLine => ({
  sequence,
  at: 1_700_000_000_000,
  step,
  try: 1,
  stream: "stdout",
  text
})

export const range = (from: number, to: number): ReadonlyArray<number> =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** A claim on a new execution with its first event. */
export const begin = (store: ExecutionStore.ExecutionStoreShape, flow?: string) =>
  Effect.gen(function* () {
    const id = newId()
    const claim = yield* store.claim(id, "test")
    yield* store.append(claim, [started(id, flow)])
    return { id, claim }
  })

/** An execution that has ended and that nobody owns, with a value of its step. */
export const finished = (store: ExecutionStore.ExecutionStoreShape, flow?: string, value: unknown = 1) =>
  Effect.gen(function* () {
    const { claim, id } = yield* begin(store, flow)
    yield* store.append(claim, [stepStarted(id, 2), stepCompleted(id, 3, value), ended(id, 4)], { release: true })
    return id
  })
