/**
 * What a person is told of executions, as log records: that they began, who asked them to stop, what failed, how they
 * ended. What steps write is not among them: it stays in the project, where secrets are left out of it.
 *
 * @since 0.1.0
 */
import type { OtlpLogger } from "effect/observability"
import { EventBatch, type ExecutionEvent, type ObservedStore } from "@halte/engine"
import { attributesOf, type SpanContext } from "./ExecutionSpans.ts"

/**
 * A log record as it is sent.
 *
 * @since 0.1.0
 */
export type LogRecord = NonNullable<
  OtlpLogger.LogsData["resourceLogs"][number]["scopeLogs"][number]["logRecords"]
>[number]

type Level = "Info" | "Warn" | "Error"
type Severity = NonNullable<LogRecord["severityNumber"]>

/** As OpenTelemetry counts them. */
const severities: Readonly<Record<Level, Severity>> = { Info: 9, Warn: 13, Error: 17 }

/**
 * Is shown events, with the span that each belongs to, and makes records of those that a person is told of.
 *
 * @since 0.1.0
 */
export const make =
  (push: (record: LogRecord) => void) =>
  (event: ExecutionEvent.ExecutionEvent, span?: SpanContext): void => {
    const said = textOf(event)
    if (said === undefined) return
    const [level, text] = said
    push({
      timeUnixNano: `${event.at}000000`,
      observedTimeUnixNano: `${event.at}000000`,
      severityNumber: severities[level],
      severityText: level,
      body: { stringValue: text },
      attributes: attributesOf({
        "event.name": event.type,
        "halte.execution.id": event.execution,
        "halte.attempt": event.attempt,
        "halte.sequence": event.sequence,
        "halte.step.id": "step" in event ? event.step : undefined
      }),
      droppedAttributesCount: 0,
      ...(span === undefined ? undefined : { traceId: span.traceId, spanId: span.spanId })
    })
  }

/**
 * The same as an observer, where executions are not traced.
 *
 * @since 0.1.0
 */
export const observer = (push: (record: LogRecord) => void): ObservedStore.ExecutionObserver => {
  const event = make(push)
  return {
    appended: (_claim, events) => EventBatch.visit(events, { stepStarted: () => {}, stepCompleted: () => {}, event })
  }
}

const textOf = (event: ExecutionEvent.ExecutionEvent): readonly [Level, string] | undefined => {
  switch (event.type) {
    case "execution-started":
      return ["Info", `Flow \`${event.flow}\` ${event.attempt === 1 ? "started" : "resumed"} (${event.source})`]
    case "interrupt-requested":
      return ["Info", `Asked to stop (${because(event.signal)})`]
    case "terminate-requested":
      return ["Warn", `Asked to end by force (${because(event.signal)})`]
    case "pausing":
      return ["Info", `Asked to pause (${event.source})`]
    case "resumed":
      return ["Info", `Goes on after a pause (${event.source})`]
    case "execution-queued":
      return event.limit === undefined ? undefined : ["Info", `Waits for a place of limit \`${event.limit}\``]
    case "step-waiting":
      return ["Info", `Step \`${event.step}\` waits for a place of limit \`${event.limit}\``]
    case "step-failed":
      return ["Error", `Step \`${event.step}\` failed: ${event.failure.message}`]
    case "step-retrying":
      return ["Warn", `Try ${event.try} of step \`${event.step}\` failed: ${event.failure.message}`]
    case "step-overdue":
      return ["Warn", `Step \`${event.step}\` has not reached a stopping point for ${event.sinceMillis} ms`]
    case "gate-opened":
      return ["Info", `Gate \`${event.step}\` waits for an answer`]
    case "process-exited":
      if (event.left === undefined || event.left.length === 0) return undefined
      return ["Warn", `Processes of step \`${event.step}\` could not be ended: ${event.left.join(", ")}`]
    case "execution-ended":
      return [
        event.status === "Failed" ? "Error" : "Info",
        `${event.status} after ${event.tookMillis} ms${event.cause === undefined ? "" : ` (${event.cause})`}`
      ]
    default:
      return undefined
  }
}

const because = (signal: ExecutionEvent.Of<"interrupt-requested">["signal"]): string =>
  signal.reason === undefined ? signal.source : `${signal.source}: ${signal.reason}`
