/**
 * What is counted and timed of executions, as metrics of Effect: from the events that an engine stores, and from nothing
 * else, so that a number here is never other than what the record says.
 *
 * Labels are bounded: no ids, no names of steps; of flows the first hundred names, and `other` for the rest.
 *
 * @since 0.1.0
 */
import { type Context, Metric } from "effect"
import {
  EventBatch,
  type ExecutionEvent,
  type ExecutionId,
  FlowDescription,
  type ObservedStore,
  type StopBound
} from "@halte/engine"

/** Names of flows that have series of their own. */
const mostFlows = 100

// A function step takes microseconds, a program minutes, an execution hours.
const stepSeconds = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200]
const executionSeconds = [0.01, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400]
// A stop is promised in milliseconds (a loop) to some seconds (a program with its grace).
const stopSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** What is promised as "at once" has no number to be compared with: a tenth of a second is at once to a person. */
const atOnceMillis = 100

/** What of an execution has to be known until it ends. */
interface Live {
  readonly flow: FlowMetrics
  readonly kindOf: ReadonlyMap<string, string>
  queued: boolean
  bound: StopBound.StopBound | undefined
  /** Programs that have begun and not ended. */
  processes: number
}

/**
 * Makes the observer that counts. `context` says in which registry of metrics.
 *
 * @since 0.1.0
 */
export const make = (context: Context.Context<never>): ObservedStore.ExecutionObserver => {
  const counter = counters(context)
  const flows = new Map<string, FlowMetrics>()
  const flowOf = (name: string): FlowMetrics => {
    const known = flows.get(name) ?? (flows.size < mostFlows ? undefined : flows.get(other))
    if (known !== undefined) return known
    const label = flows.size < mostFlows ? name : other
    const made = new FlowMetrics(label, context)
    flows.set(label, made)
    return made
  }
  const executions = Metric.gauge("halte_executions_live", { description: "Executions that have begun and not ended." })
  const waiting = Metric.gauge("halte_executions_queued", {
    description: "Executions that wait for a slot of the engine; they are live, too."
  })
  const programs = Metric.gauge("halte_processes_live", {
    description: "Programs of steps that have been started and not ended."
  })
  const stop = Metric.histogram("halte_stop_seconds", {
    description: "From the first request to stop to the end of the execution.",
    boundaries: stopSeconds
  })
  // There from the beginning, also while there is nothing to count.
  for (const gauge of [executions, waiting, programs]) gauge.updateUnsafe(0, context)
  stop.valueUnsafe(context)
  for (const kept of ["true", "false"]) counter("halte_stop_promise_kept_total", { kept }, 0)

  const live = new Map<ExecutionId.ExecutionId, Live>()
  const forget = (id: ExecutionId.ExecutionId): void => {
    const one = live.get(id)
    if (one === undefined) return
    live.delete(id)
    executions.modifyUnsafe(-1, context)
    if (one.queued) waiting.modifyUnsafe(-1, context)
    if (one.processes > 0) programs.modifyUnsafe(-one.processes, context)
  }
  const begin = (id: ExecutionId.ExecutionId, event: ExecutionEvent.Of<"execution-started">): Live => {
    const flow = flowOf(event.flow)
    forget(id)
    const one: Live = {
      flow,
      kindOf: kindsOf(event.definition),
      queued: false,
      bound: undefined,
      processes: 0
    }
    live.set(id, one)
    executions.modifyUnsafe(1, context)
    const name = event.attempt === 1 ? "halte_executions_started_total" : "halte_executions_resumed_total"
    counter(name, { flow: flow.label, source: event.source })
    return one
  }
  const queue = (one: Live, queued: boolean): void => {
    if (one.queued === queued) return
    one.queued = queued
    waiting.modifyUnsafe(queued ? 1 : -1, context)
  }
  const end = (id: ExecutionId.ExecutionId, one: Live, event: ExecutionEvent.Of<"execution-ended">): void => {
    const { flow } = one
    counter("halte_executions_ended_total", { flow: flow.label, status: event.status })
    flow.execution(event.status).updateUnsafe(event.tookMillis / 1000, context)
    if (event.status !== "Completed" && event.stopMillis !== undefined) {
      stop.updateUnsafe(event.stopMillis / 1000, context)
      if (one.bound?._tag === "Within") {
        const kept = event.stopMillis <= Math.max(one.bound.millis, atOnceMillis)
        counter("halte_stop_promise_kept_total", { kept: String(kept) })
      }
    }
    forget(id)
  }

  const told = (id: ExecutionId.ExecutionId, one: Live, event: ExecutionEvent.ExecutionEvent): void => {
    const { flow } = one
    switch (event.type) {
      case "execution-queued":
        return queue(one, true)
      case "execution-dequeued":
        return queue(one, false)
      case "step-completed":
        return flow.ended(one.kindOf.get(event.step), "Completed", event.tookMillis)
      case "step-failed":
        return flow.ended(one.kindOf.get(event.step), "Failed", event.tookMillis)
      case "step-interrupted":
        return flow.ended(one.kindOf.get(event.step), "Interrupted", event.tookMillis)
      case "step-terminated":
        return flow.ended(one.kindOf.get(event.step), "Terminated", event.tookMillis)
      case "step-skipped":
        return flow.ended(undefined, "Skipped", undefined)
      case "step-retrying":
        return counter("halte_steps_retried_total", { flow: flow.label })
      case "step-overdue":
        return counter("halte_steps_overdue_total", { flow: flow.label })
      case "interrupt-requested":
        one.bound = event.bound
        // One that is asked beforehand to stop after some steps has no moment from which a stop could be timed.
        if (event.signal.source === "StopAfter") one.bound = undefined
        return counter("halte_interrupts_requested_total", { source: event.signal.source })
      case "interrupt-repeated":
        if (event.bound !== undefined) one.bound = event.bound
        return counter("halte_interrupts_repeated_total", { source: event.signal.source })
      case "terminate-requested":
        return counter("halte_terminates_requested_total", { source: event.signal.source })
      case "process-started":
        one.processes++
        programs.modifyUnsafe(1, context)
        return counter("halte_processes_started_total", { flow: flow.label })
      case "process-signalled":
        return counter("halte_processes_signalled_total", { signal: event.signal })
      case "process-exited":
        if (one.processes > 0) {
          one.processes--
          programs.modifyUnsafe(-1, context)
        }
        if (event.left !== undefined && event.left.length > 0)
          counter("halte_processes_left_total", { flow: flow.label }, event.left.length)
        return
      case "execution-ended":
        return end(id, one, event)
    }
  }

  return {
    appended: ({ execution: id }, events) => {
      let one = live.get(id)
      EventBatch.visit(events, {
        stepStarted: () => {},
        stepCompleted: (step, _at, tookMillis) => one?.flow.ended(one.kindOf.get(step), "Completed", tookMillis),
        event: (event) => {
          if (event.type === "execution-started") one = begin(id, event)
          else if (one !== undefined) told(id, one, event)
          // What comes to one that has ended is a request that was too late.
          else if (event.type === "interrupt-repeated")
            counter("halte_interrupts_repeated_total", { source: event.signal.source })
        }
      })
      counter("halte_events_stored_total", {}, events.length)
    },
    lost: ({ execution }) => forget(execution)
  }
}

const other = "other"

/** The series of one flow that its steps are counted in: looked up once, since there may be thousands of steps a second. */
class FlowMetrics {
  readonly label: string
  private readonly context: Context.Context<never>
  private readonly seconds = new Map<string, Metric.Histogram<number>>()
  private readonly counts = new Map<string, Metric.Counter<number>>()
  private readonly executions = new Map<string, Metric.Histogram<number>>()

  constructor(label: string, context: Context.Context<never>) {
    this.label = label
    this.context = context
  }

  ended(kind: string | undefined, status: string, tookMillis: number | undefined): void {
    let count = this.counts.get(status)
    if (count === undefined) {
      count = Metric.counter("halte_steps_ended_total", {
        description: descriptions["halte_steps_ended_total"],
        attributes: { flow: this.label, status },
        incremental: true
      })
      this.counts.set(status, count)
    }
    count.updateUnsafe(1, this.context)
    if (kind === undefined || tookMillis === undefined) return
    let took = this.seconds.get(kind)
    if (took === undefined) {
      took = Metric.histogram("halte_step_seconds", {
        description: "How long steps took in the try that they ended with, however they ended.",
        attributes: { flow: this.label, kind },
        boundaries: stepSeconds
      })
      this.seconds.set(kind, took)
    }
    took.updateUnsafe(tookMillis / 1000, this.context)
  }

  execution(status: string): Metric.Histogram<number> {
    let took = this.executions.get(status)
    if (took === undefined) {
      took = Metric.histogram("halte_execution_seconds", {
        description: "How long attempts of executions took, from start or resume to their end.",
        attributes: { flow: this.label, status },
        boundaries: executionSeconds
      })
      this.executions.set(status, took)
    }
    return took
  }
}

const descriptions: Readonly<Record<string, string>> = {
  halte_executions_started_total: "Executions that were started, by the door that they were started through.",
  halte_executions_resumed_total: "Attempts after the first one, by the door that they were begun through.",
  halte_executions_ended_total: "Attempts that ended, by how.",
  halte_steps_ended_total: "Steps that ended, by how.",
  halte_steps_retried_total: "Tries of steps that failed and were followed by another.",
  halte_steps_overdue_total: "How often a step had not reached a stopping point within its time.",
  halte_interrupts_requested_total: "First requests to stop, by the door that they came through.",
  halte_interrupts_repeated_total: "Further requests to stop, and those that came after the end.",
  halte_terminates_requested_total: "Requests to end by force, by the door that they came through.",
  halte_stop_promise_kept_total: "Stops with a bound, by whether they ended within it.",
  halte_processes_started_total: "Programs that steps started.",
  halte_processes_signalled_total: "Signals to the process trees of programs.",
  halte_processes_left_total: "Processes that could not be ended, and are reported as left.",
  halte_events_stored_total: "Events that were stored."
}

/** Adds to a counter, by its name and labels. */
const counters = (context: Context.Context<never>) => {
  const made = new Map<string, Metric.Counter<number>>()
  return (name: string, attributes: Readonly<Record<string, string>>, by = 1): void => {
    const key = [name, ...Object.values(attributes)].join("\u0000")
    let counter = made.get(key)
    if (counter === undefined) {
      counter = Metric.counter(name, { description: descriptions[name], attributes, incremental: true })
      made.set(key, counter)
    }
    counter.updateUnsafe(by, context)
  }
}

const kinds = new WeakMap<FlowDescription.FlowDescription, ReadonlyMap<string, string>>()

/** The kind of each step. A definition is one object for all executions of its flow. */
const kindsOf = (flow: FlowDescription.FlowDescription): ReadonlyMap<string, string> => {
  let known = kinds.get(flow)
  if (known === undefined) {
    known = new Map(FlowDescription.leaves(flow).map(({ id, kind }) => [id, kind]))
    kinds.set(flow, known)
  }
  return known
}
