/**
 * Executions as traces: one for each attempt, with a span for the attempt, one for each step within it, and, for a step
 * that was tried again, one for each of its tries. What was asked of the execution, and what its programs did, are events
 * on these spans.
 *
 * They are made of the events that an engine stores, after the fact: nothing in the engine waits for a span. No value, no
 * param, no output and no command line is in one.
 *
 * @since 0.1.0
 */
import { randomFillSync } from "node:crypto"
import type { OtlpTracer } from "effect/observability"
import {
  EventBatch,
  type ExecutionEvent,
  type ExecutionId,
  FlowDescription,
  type ObservedStore,
  type StepFailure
} from "@halte/engine"
import type { Sampling } from "./TelemetryConfig.ts"

/**
 * A span as it is sent.
 *
 * @since 0.1.0
 */
export type Span = OtlpTracer.TraceData["resourceSpans"][number]["scopeSpans"][number]["spans"][number]

/**
 * Where a span belongs.
 *
 * @since 0.1.0
 */
export interface SpanContext {
  readonly traceId: string
  readonly spanId: string
}

/**
 * Where finished spans go.
 *
 * @since 0.1.0
 */
export interface SpanSink {
  readonly hasRoom: () => boolean
  readonly push: (span: Span) => void
  readonly drop: () => void
}

/**
 * Is shown each event that is not the plain beginning or end of a step, with the span that it belongs to while that is
 * open.
 *
 * @since 0.1.0
 */
export type Seen = (event: ExecutionEvent.ExecutionEvent, span: SpanContext | undefined) => void

/** Events on one span; further ones are counted by the span. */
const mostEvents = 128
/** Characters of a message of a failure. */
const longestMessage = 1_024

type Attributes = Span["attributes"]
type SpanEvent = Span["events"][number]
type Value = string | number | boolean | undefined

interface Open extends SpanContext {
  readonly startedAt: number
  readonly events: Array<SpanEvent>
  dropped: number
}

interface OpenStep extends Open {
  /** The try under way, once there was another one before it. */
  aTry: { readonly number: number; readonly spanId: string; readonly startedAt: number }
  tries: number
}

interface Traced extends Open {
  readonly parentSpanId: string | undefined
  readonly started: ExecutionEvent.Of<"execution-started">
  readonly kindOf: ReadonlyMap<string, string>
  readonly steps: Map<string, OpenStep>
}

/**
 * Makes the observer.
 *
 * **Details**
 *
 * An execution that was started within a span is a child of it, whether the span is one of this program or came with the
 * header `traceparent`. The attempt that a resume begins is a trace of its own, or a child of the span of the resume.
 *
 * @since 0.1.0
 */
export const make = (sink: SpanSink, sampling: Sampling, seen: Seen = () => {}): ObservedStore.ExecutionObserver => {
  const live = new Map<ExecutionId.ExecutionId, Traced>()
  /** What was claimed within a span, until its first event says what it is. */
  const parents = new Map<ExecutionId.ExecutionId, SpanContext & { readonly sampled: boolean }>()

  const begin = (id: ExecutionId.ExecutionId, event: ExecutionEvent.Of<"execution-started">): Traced | undefined => {
    const parent = parents.get(id)
    parents.delete(id)
    live.delete(id)
    const traceId = parent?.traceId ?? hex(16)
    const isSampled = parent !== undefined && sampling.parent ? parent.sampled : isAmong(traceId, sampling.ratio)
    if (!isSampled) return undefined
    const traced: Traced = {
      traceId,
      spanId: hex(8),
      parentSpanId: parent?.spanId,
      startedAt: event.at,
      started: event,
      kindOf: kindsOf(event.definition),
      steps: new Map(),
      events: [],
      dropped: 0
    }
    live.set(id, traced)
    return traced
  }

  const beginStep = (traced: Traced, step: string, at: number, aTry: number): void => {
    const open = traced.steps.get(step)
    const spanId = hex(8)
    if (open === undefined)
      traced.steps.set(step, {
        traceId: traced.traceId,
        spanId,
        startedAt: at,
        events: [],
        dropped: 0,
        aTry: { number: aTry, spanId, startedAt: at },
        tries: 1
      })
    else {
      open.aTry = { number: aTry, spanId, startedAt: at }
      open.tries++
    }
  }

  /** A step's last try began `tookMillis` ago: of what is not told, its beginning. */
  const endStep = (
    traced: Traced,
    step: string,
    end: { readonly at: number; readonly tookMillis?: number; readonly status: string },
    more: { readonly failure?: StepFailure.StepFailure; readonly attributes?: Record<string, Value> } = {}
  ): void => {
    const open = traced.steps.get(step)
    traced.steps.delete(step)
    if (!sink.hasRoom()) return sink.drop()
    const spanId = open?.spanId ?? hex(8)
    const lastBegan = open?.aTry.startedAt ?? end.at - (end.tookMillis ?? 0)
    const startedAt = open?.startedAt ?? lastBegan
    const endedAt = Math.max(end.at, lastBegan + (end.tookMillis ?? 0))
    const kind = traced.kindOf.get(step)
    const common = { "halte.step.id": step, "halte.step.kind": kind, "halte.step.status": end.status }
    sink.push({
      ...spanOf({ traceId: traced.traceId, spanId, parentSpanId: traced.spanId, name: step, startedAt, endedAt }),
      attributes: attributesOf({ ...common, "halte.step.tries": open?.tries ?? 1, ...more.attributes }),
      events: open?.events ?? [],
      droppedEventsCount: open?.dropped ?? 0,
      status: statusOf(end.status, more.failure)
    })
    if (open !== undefined && open.tries > 1) endTry(traced, step, open, endedAt, end.status, more.failure)
  }

  const endTry = (
    traced: Traced,
    step: string,
    open: OpenStep,
    endedAt: number,
    status: string,
    failure: StepFailure.StepFailure | undefined
  ): void => {
    if (!sink.hasRoom()) return sink.drop()
    const { number, startedAt } = open.aTry
    // The first try began as the step itself, and had its span.
    const spanId = open.aTry.spanId === open.spanId ? hex(8) : open.aTry.spanId
    const name = `${step} try ${number}`
    sink.push({
      ...spanOf({ traceId: traced.traceId, spanId, parentSpanId: open.spanId, name, startedAt, endedAt }),
      attributes: attributesOf({ "halte.step.id": step, "halte.try": number, "halte.step.status": status }),
      events: [],
      status: statusOf(status, failure)
    })
  }

  const end = (
    id: ExecutionId.ExecutionId,
    traced: Traced,
    at: number,
    ended: ExecutionEvent.Of<"execution-ended"> | undefined
  ): void => {
    live.delete(id)
    // Steps that nobody said the end of: of an engine that lost its claim, or a program that was given up.
    for (const step of [...traced.steps.keys()]) endStep(traced, step, { at, status: "Terminated" })
    if (!sink.hasRoom()) return sink.drop()
    const { started } = traced
    const endedAt = Math.max(at, traced.startedAt + (ended?.tookMillis ?? 0))
    const name = `execution ${started.flow}`
    const { spanId, startedAt, traceId, parentSpanId } = traced
    sink.push({
      ...spanOf({ traceId, spanId, parentSpanId, name, startedAt, endedAt }),
      attributes: attributesOf({
        "halte.execution.id": id,
        "halte.flow.name": started.flow,
        "halte.flow.fingerprint": started.definition.fingerprint,
        "halte.attempt": started.attempt,
        "halte.source": started.source,
        "halte.status": ended?.status ?? "Lost",
        "halte.cause": ended?.cause,
        "halte.stop_millis": ended?.stopMillis,
        "halte.steps.completed": ended?.partition.completed.length,
        "halte.steps.not_started": ended?.partition.notStarted.length
      }),
      events: traced.events,
      droppedEventsCount: traced.dropped,
      status: statusOf(ended?.status ?? "Lost", ended?.failure?.failure)
    })
  }

  const told = (id: ExecutionId.ExecutionId, traced: Traced, event: ExecutionEvent.ExecutionEvent): void => {
    const note = (attributes: Record<string, Value>, on: Open | undefined = traced) =>
      on === undefined ? undefined : addEvent(on, event.type, event.at, attributes)
    switch (event.type) {
      case "step-started":
        return beginStep(traced, event.step, event.at, event.try)
      case "step-retrying": {
        const open = traced.steps.get(event.step)
        if (open === undefined) return
        endTry(traced, event.step, open, event.at, "Failed", event.failure)
        return note({ "halte.try": event.try, "halte.failure.code": event.failure.code }, open)
      }
      case "step-completed":
        return endStep(traced, event.step, { ...timesOf(event), status: "Completed" })
      case "step-failed":
        return endStep(
          traced,
          event.step,
          { ...timesOf(event), status: "Failed" },
          { failure: event.failure, attributes: { "halte.failure.code": event.failure.code } }
        )
      case "step-interrupted":
        return endStep(
          traced,
          event.step,
          { ...timesOf(event), status: "Interrupted" },
          {
            attributes: {
              "halte.stop_millis": event.stopMillis,
              "halte.step.done": event.done,
              "halte.step.total": event.total
            }
          }
        )
      case "step-terminated":
        return endStep(traced, event.step, { ...timesOf(event), status: "Terminated" })
      case "interrupt-requested":
        return note({
          "halte.source": event.signal.source,
          "halte.strategy": event.strategy._tag,
          "halte.bound_millis": event.bound._tag === "Within" ? event.bound.millis : undefined,
          "halte.steps.running": event.running.length
        })
      case "interrupt-repeated":
      case "terminate-requested":
        return note({ "halte.source": event.signal.source })
      case "pausing":
      case "resumed":
        return note({ "halte.source": event.source })
      case "execution-queued":
        return note({ "halte.limit": event.limit })
      case "step-waiting":
        return note({ "halte.step.id": event.step, "halte.limit": event.limit })
      case "paused":
      case "execution-dequeued":
      case "handed-over":
        return note({})
      case "step-skipped":
        return note({ "halte.step.id": event.step, "halte.reason": event.reason })
      case "step-overdue":
        return note({ "halte.since_millis": event.sinceMillis }, traced.steps.get(event.step))
      case "gate-opened":
        return note({}, traced.steps.get(event.step))
      case "gate-answered":
        return note({ "halte.source": event.source }, traced.steps.get(event.step))
      case "process-started":
        return note({ "process.pid": event.pid }, traced.steps.get(event.step))
      case "process-signalled":
        return note({ "process.pid": event.pid, "halte.signal": event.signal }, traced.steps.get(event.step))
      case "process-exited":
        return note(
          { "process.pid": event.pid, "process.exit.code": event.exitCode, "halte.signal": event.signal },
          traced.steps.get(event.step)
        )
      case "clean-up-started":
      case "clean-up-ended":
        return note({ "halte.step.id": event.step, "halte.kind": event.kind })
      case "execution-ended":
        return end(id, traced, event.at, event)
    }
  }

  return {
    claimed: ({ execution }, parent) => {
      if (parent === undefined) parents.delete(execution)
      else
        parents.set(execution, {
          traceId: parent.traceId.padStart(32, "0"),
          spanId: parent.spanId,
          sampled: parent.sampled
        })
    },
    appended: ({ execution: id }, events) => {
      let traced = live.get(id)
      EventBatch.visit(events, {
        stepStarted: (step, at) => traced && beginStep(traced, step, at, 1),
        stepCompleted: (step, at, tookMillis) =>
          traced && endStep(traced, step, { at, tookMillis, status: "Completed" }),
        event: (event) => {
          if (event.type === "execution-started") traced = begin(id, event)
          seen(event, ("step" in event ? traced?.steps.get(event.step) : undefined) ?? traced)
          if (event.type !== "execution-started" && traced !== undefined) told(id, traced, event)
          if (event.type === "execution-ended") traced = undefined
        }
      })
      // What was claimed and written to without being begun: a late request to one that has ended.
      parents.delete(id)
    },
    lost: ({ execution: id }) => {
      parents.delete(id)
      const traced = live.get(id)
      if (traced !== undefined) end(id, traced, Date.now(), undefined)
    }
  }
}

const timesOf = (event: { readonly at: number; readonly tookMillis: number }) => ({
  at: event.at,
  tookMillis: event.tookMillis
})

const pool = Buffer.allocUnsafe(4_096)
let used = pool.length

/** Random, in portions: asking the system for each id takes longer than the rest of a span. */
const hex = (bytes: number): string => {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString("hex", used - bytes, used)
}

/** The same traces for everybody who looks at the same ids. */
const isAmong = (traceId: string, ratio: number): boolean =>
  ratio >= 1 || Number.parseInt(traceId.slice(-13), 16) < ratio * 16 ** 13

/** From milliseconds, which may have a fraction. What JSON and doubles hold ends at microseconds. */
const nanoseconds = (millis: number): string => `${Math.round(millis * 1_000)}000`

const spanOf = (span: {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly startedAt: number
  readonly endedAt: number
}): Omit<Span, "attributes" | "events" | "status"> => ({
  traceId: span.traceId,
  spanId: span.spanId,
  parentSpanId: span.parentSpanId,
  name: span.name,
  kind: 1,
  startTimeUnixNano: nanoseconds(span.startedAt),
  endTimeUnixNano: nanoseconds(span.endedAt),
  droppedAttributesCount: 0,
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0
})

const ok = 1
const unset = 0
const failed = 2

/** Only a failure is an error: who stops something has got what they asked for. */
const statusOf = (status: string, failure: StepFailure.StepFailure | undefined): Span["status"] =>
  status === "Failed"
    ? { code: failed, message: (failure?.message ?? "").slice(0, longestMessage) }
    : { code: status === "Completed" ? ok : unset }

const addEvent = (on: Open, name: string, at: number, attributes: Record<string, Value>): void => {
  if (on.events.length >= mostEvents) {
    on.dropped++
    return
  }
  on.events.push({
    name,
    timeUnixNano: nanoseconds(at),
    attributes: attributesOf(attributes),
    droppedAttributesCount: 0
  })
}

/**
 * Attributes as they are sent; those that are not known are left out.
 *
 * @since 0.1.0
 */
export const attributesOf = (values: Record<string, Value>): Attributes => {
  const attributes: Attributes = []
  for (const [key, value] of Object.entries(values))
    if (value !== undefined)
      attributes.push({
        key,
        value:
          typeof value === "string"
            ? { stringValue: value }
            : typeof value === "boolean"
              ? { boolValue: value }
              : Number.isInteger(value)
                ? { intValue: value }
                : { doubleValue: value }
      })
  return attributes
}

const kindsOf = (flow: FlowDescription.FlowDescription): ReadonlyMap<string, string> =>
  new Map(FlowDescription.leaves(flow).map(({ id, kind }) => [id, kind]))
