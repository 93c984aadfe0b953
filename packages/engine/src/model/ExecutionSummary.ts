/**
 * What a listing says of an execution: kept beside its events by every store, so that listing ten thousand folds none.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import type { ExecutionEvent } from "./ExecutionEvent.ts"
import { ExecutionId } from "./ExecutionId.ts"
import { ExecutionStatus } from "./ExecutionStatus.ts"
import * as FlowDescription from "./FlowDescription.ts"
import { InterruptSource } from "./InterruptSignal.ts"
import { ParentStep } from "./ParentStep.ts"
import * as Waiting from "./Waiting.ts"

/**
 * Where an execution is, or where it stopped: a step, how far it has come, and why it is there.
 *
 * @since 0.1.0
 */
export const Place = Schema.Struct({
  step: Schema.String,
  done: Schema.optionalKey(Schema.Number),
  total: Schema.optionalKey(Schema.Number),
  /** In words: the message of a failure, the question of a gate. */
  detail: Schema.optionalKey(Schema.String)
})
export type Place = typeof Place.Type

/**
 * One line of a listing. Times are wall clock, in milliseconds since 1970.
 *
 * @since 0.1.0
 */
export const ExecutionSummary = Schema.Struct({
  id: ExecutionId,
  flow: Schema.String,
  version: Schema.optionalKey(Schema.String),
  status: ExecutionStatus,
  attempt: Schema.Int,
  /** Of its last event. */
  sequence: Schema.Int,
  source: InterruptSource,
  by: Schema.optionalKey(Schema.String),
  /** The step that it is a sub-flow of. */
  parent: Schema.optionalKey(ParentStep),
  startedAt: Schema.Int,
  attemptStartedAt: Schema.Int,
  endedAt: Schema.optionalKey(Schema.Int),
  /** Steps of the flow, groups left out. */
  steps: Schema.Int,
  completed: Schema.Int,
  /** While it runs: the step that told its progress last. Ended: where it stopped or failed. */
  place: Schema.optionalKey(Place),
  /** What it waits for a place of, as a whole or with the step that said so last. */
  waits: Schema.optionalKey(Schema.Struct({ ...Waiting.fields, step: Schema.optionalKey(Schema.String) })),
  /** Why it ended, where that is not its completion: the source of the request, or the code of the failure. */
  cause: Schema.optionalKey(Schema.String),
  /** The engine that holds the claim. */
  owner: Schema.optionalKey(Schema.String)
})
export type ExecutionSummary = typeof ExecutionSummary.Type

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/**
 * What a listing says after further events. `completions` counts the completed steps that are not among `events`: a
 * batch need not make an object of each.
 *
 * @since 0.1.0
 */
export const after = (
  before: ExecutionSummary | undefined,
  events: Iterable<ExecutionEvent>,
  last: number,
  completions = 0
): ExecutionSummary | undefined => {
  let now: Draft<ExecutionSummary> | undefined = before === undefined ? undefined : { ...before }
  let left = completions
  for (const event of events) {
    now = apply(now, event)
    // Its partition counts all of them.
    if (event.type === "execution-ended") left = 0
  }
  if (now === undefined) return undefined
  now.completed = Math.min(now.steps, now.completed + left)
  now.sequence = Math.max(now.sequence, last)
  return now
}

const apply = (
  now: Draft<ExecutionSummary> | undefined,
  event: ExecutionEvent
): Draft<ExecutionSummary> | undefined => {
  if (event.type === "execution-started") return begin(now, event)
  if (now === undefined) return undefined
  now.sequence = event.sequence
  switch (event.type) {
    case "execution-queued":
      now.status = "Pending"
      delete now.waits
      if (event.limit !== undefined)
        now.waits = { limit: event.limit, holders: event.holders ?? [], ahead: event.ahead ?? 0 }
      break
    case "step-waiting": {
      const { ahead, holders, limit, step } = event
      now.waits = { step, limit, holders, ahead }
      break
    }
    case "step-started":
    case "step-skipped":
    case "step-failed":
      if (now.waits?.step === event.step) delete now.waits
      break
    case "execution-dequeued":
    case "resumed":
      now.status = "Running"
      delete now.waits
      break
    case "pausing":
      now.status = "Pausing"
      delete now.waits
      break
    case "paused":
      now.status = "Paused"
      break
    case "interrupt-requested":
      now.status = "Interrupting"
      if (event.strategy._tag === "FinishCurrent") delete now.waits
      break
    case "terminate-requested":
      now.status = "Terminating"
      delete now.waits
      break
    case "step-completed":
      now.completed++
      if (now.place?.step === event.step) delete now.place
      break
    case "step-expanded":
      now.steps += event.steps - 1
      break
    case "step-progress":
    case "step-cursor":
      if (event.done !== undefined) now.place = place(event.step, event.done, event.total)
      break
    case "gate-opened":
      now.place = { step: event.step, detail: event.message }
      break
    case "execution-ended":
      return end(now, event)
  }
  return now
}

const begin = (
  before: ExecutionSummary | undefined,
  event: Extract<ExecutionEvent, { readonly type: "execution-started" }>
): Draft<ExecutionSummary> => {
  const flow = Object.entries(event.maps ?? {}).reduce(
    (expanded, [map, count]) => FlowDescription.expand(expanded, map, count),
    event.definition
  )
  const steps = FlowDescription.leaves(flow).length
  const parent = event.parent ?? before?.parent
  return {
    id: event.execution as ExecutionId,
    flow: event.flow,
    ...(event.definition.version === undefined ? undefined : { version: event.definition.version }),
    status: "Running",
    attempt: event.attempt,
    sequence: event.sequence,
    source: event.source,
    ...(event.by === undefined ? undefined : { by: event.by }),
    ...(parent === undefined ? undefined : { parent }),
    startedAt: before?.startedAt ?? event.at,
    attemptStartedAt: event.at,
    steps,
    completed: event.kept ?? 0,
    ...(before?.owner === undefined ? undefined : { owner: before.owner })
  }
}

const end = (
  before: Draft<ExecutionSummary>,
  event: Extract<ExecutionEvent, { readonly type: "execution-ended" }>
): Draft<ExecutionSummary> => {
  const { place: _place, waits: _waits, ...now } = before
  const { partition } = event
  const stopped = partition.interrupted[0]
  const terminated = partition.terminated[0]
  const where: Place | undefined =
    event.failure !== undefined
      ? { step: event.failure.step, detail: event.failure.failure.message }
      : stopped !== undefined
        ? place(stopped.step, stopped.done, stopped.total)
        : terminated !== undefined
          ? { step: terminated }
          : undefined
  return {
    ...now,
    status: event.status,
    endedAt: event.at,
    completed: partition.completed.length,
    ...(where === undefined ? undefined : { place: where }),
    ...(event.cause === undefined ? undefined : { cause: event.cause })
  }
}

const place = (step: string, done: number | undefined, total: number | undefined): Place => ({
  step,
  ...(done === undefined ? undefined : { done }),
  ...(total === undefined ? undefined : { total })
})
