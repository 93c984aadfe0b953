/**
 * One plain line per change, for pipes, logs of CI and people who want no movement: the time, who it is about, what
 * happened.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionEvent,
  type ExecutionState,
  ExecutionStatus,
  FlowDescription,
  type InterruptSignal,
  type InterruptStrategy,
  ParentStep,
  StepId,
  type StopBound,
  Waiting,
  Words
} from "@halte/engine/model"
import { type Look, paint, plain } from "./Look.ts"
import * as ParamsText from "./ParamsText.ts"
import * as Report from "./Report.ts"

/** The line of an event, given the state after it, or `undefined` for what is no news to a reader. */
export const ofEvent = (
  look: Look,
  state: ExecutionState.ExecutionState,
  event: ExecutionEvent.ExecutionEvent,
  options: { readonly verbose: boolean }
): string | undefined => {
  const text = said(state, event, options.verbose)
  return text === undefined ? undefined : line(look, event.at, text)
}

/** A line with its time. */
export const line = (look: Look, at: number, text: string): string =>
  `${paint(look, "dim", new Date(at).toISOString())} ${plain(look, text)}`

/** A line that a step wrote. */
export const ofLog = (look: Look, step: string, text: string): string =>
  `${paint(look, "dim", `${step} ${look.unicode ? "│" : "|"}`)} ${text}`

const said = (
  state: ExecutionState.ExecutionState,
  event: ExecutionEvent.ExecutionEvent,
  verbose: boolean
): string | undefined => {
  const flow = state.flow
  switch (event.type) {
    case "execution-started":
      if (event.undo !== undefined)
        return `${flow} undo, attempt ${event.attempt}, ${event.execution}: ${DurationText.plural(event.undo.length, "step")}, the last that completed first`
      return `${flow} ${event.attempt === 1 ? "started" : `resumed, attempt ${event.attempt},`} ${event.execution}${params(event.params)}`
    case "execution-queued":
      return event.limit === undefined
        ? `${flow} waits for a slot of the engine`
        : `${flow} ${Waiting.text({ limit: event.limit, holders: event.holders ?? [], ahead: event.ahead ?? 0 }, state.id)}`
    case "execution-dequeued":
      return `${flow} running`
    case "step-waiting":
      return `${event.step} ${Waiting.text(event, state.id)}`
    case "step-started":
      return `${event.step} running${event.try > 1 ? `, try ${event.try}` : ""}${at(state, event.step, ", goes on at ", event.cursor !== undefined)}`
    case "step-completed":
      return `${event.step} completed ${DurationText.text(event.tookMillis)}`
    case "step-failed":
      return `${event.step} failed, ${ControlSequences.sentence(event.failure.message)}`
    case "step-retrying":
      return `${event.step} failed, ${ControlSequences.sentence(event.failure.message)}; next try in ${DurationText.short(event.delayMillis)}`
    case "step-interrupted": {
      const position =
        event.total === undefined
          ? ""
          : ` at ${DurationText.count(event.done ?? 0)} of ${DurationText.count(event.total)}`
      return `${event.step} interrupted${position}${event.detail === undefined ? "" : `, ${ControlSequences.strip(event.detail).replace(/ after (\S+ m?s)$/, ", $1")}`}`
    }
    case "step-terminated":
      return `${event.step} terminated${event.detail === undefined ? "" : `, ${ControlSequences.strip(event.detail)}`}`
    case "step-skipped":
      return `${event.step} skipped, ${event.reason === "condition" ? "condition not met" : "it reads a skipped step"}`
    case "step-expanded":
      return `${event.step} has ${DurationText.plural(event.count, "item")}${event.steps === event.count ? "" : `, ${DurationText.plural(event.steps, "step")}`}`
    case "step-overdue":
      return `${event.step} has not reached a stopping point for ${DurationText.text(event.sinceMillis)}`
    case "gate-opened":
      return `${event.step} waits for an answer: ${ControlSequences.strip(event.message)}`
    case "gate-answered":
      return `${event.step} ${answerText(event)}`
    case "interrupt-requested":
      return `${flow} interrupt requested, ${how(event.signal)}, ${promise(event.strategy, event.bound)}`
    case "interrupt-repeated":
      return `${flow} interrupt requested again, ${how(event.signal)}, ${event.late ? "too late" : event.strategy === undefined ? "no effect" : promise(event.strategy, event.bound)}`
    case "terminate-requested":
      return `${flow} terminate requested, ${how(event.signal)}`
    case "pausing":
      return `${flow} pausing`
    case "paused":
      return `${flow} paused`
    case "resumed":
      return `${flow} goes on`
    case "process-started":
      return verbose
        ? `${event.step} started process ${event.pid}: ${ControlSequences.strip(event.command)}`
        : undefined
    case "process-signalled":
      return `${event.step} sent ${event.signal} to ${DurationText.plural(event.count, "process", "processes")}`
    case "process-exited": {
      const left =
        event.left === undefined || event.left.length === 0
          ? ""
          : `, could not be ended: ${event.left.map((pid) => `pid ${pid}`).join(", ")}`
      return verbose || left !== ""
        ? `${event.step} process ${event.pid} ended, ${event.signal ?? `exit code ${event.exitCode ?? "unknown"}`}${left}`
        : undefined
    }
    case "clean-up-started":
      return `${StepId.toText(event.step)} ${event.kind} running, at most ${DurationText.short(event.deadlineMillis)}`
    case "clean-up-ended":
      return `${StepId.toText(event.step)} ${event.kind} ${event.failure === undefined ? "done" : `failed, ${ControlSequences.sentence(event.failure.message)}`} ${DurationText.text(event.tookMillis)}`
    case "handed-over":
      return `${flow} handed over${event.to === undefined ? "" : ` to ${event.to}`}`
    case "execution-ended":
      return Report.summary(state)
    case "step-cursor": {
      const child = ParentStep.inCursor(event.cursor)
      const step = child === undefined ? undefined : stepOf(state, event.step)
      return step?.kind === "flow" ? `${event.step} runs ${step.detail} ${child}` : undefined
    }
    case "step-progress": {
      // What any other step says of itself comes too often.
      const step = event.message === undefined || event.message === "" ? undefined : stepOf(state, event.step)
      if (step?.kind !== "flow" || event.message === undefined) return undefined
      return `${event.step} ${ParentStep.childOf(step, state.steps.get(step.id)) ?? ""}: ${ControlSequences.strip(event.message)}`
    }
    default:
      // A newer engine may tell what this version has no words for: its name is better than silence.
      return `${flow} ${(event as { readonly type: string }).type}`
  }
}

const stepOf = (state: ExecutionState.ExecutionState, id: string) =>
  FlowDescription.leaves(state.definition).find((step) => step.id === id)

const at = (state: ExecutionState.ExecutionState, step: string, lead: string, wanted: boolean): string => {
  const s = state.steps.get(step)
  return wanted && s?.done !== undefined ? `${lead}${DurationText.count(s.done)}` : ""
}

const how = (signal: InterruptSignal.InterruptSignal): string => ControlSequences.strip(Words.door(signal))

const promise = (strategy: InterruptStrategy.InterruptStrategy, bound: StopBound.StopBound | undefined): string => {
  if (strategy._tag === "IgnoreInterruptions") return "this flow ignores interruptions"
  const more =
    strategy._tag === "PollNextN" && strategy.n > 0 ? `${DurationText.plural(strategy.n, "more step")} may start, ` : ""
  if (bound === undefined) return `${more}stops at stopping points`
  if (bound._tag === "None") return `${more}no bound${bound.steps.length === 0 ? "" : `: ${bound.steps.join(", ")}`}`
  return bound.millis === 0 ? `${more}stops at once` : `${more}stops within ${DurationText.short(bound.millis)}`
}

const params = (given: unknown): string =>
  ParamsText.render(given)
    .map((text) => ` ${text}`)
    .join("")

/** Steps shown one by one in a heartbeat; the others are counted. */
const mostSteps = 8

/** What is still running: a line per step that knows how far it is, one line for the others. */
export const heartbeat = (
  look: Look,
  state: ExecutionState.ExecutionState,
  now: number,
  timeLeft: (step: string) => number | undefined
): ReadonlyArray<string> => {
  const active = FlowDescription.leaves(state.definition)
    .map((step) => state.steps.get(step.id)!)
    .filter((s) => ExecutionStatus.isActive(s.status))
  const known = active.filter((s) => s.total !== undefined)
  const others = active.filter((s) => s.total === undefined)
  const lines = known.slice(0, mostSteps).map((s) => {
    const left = timeLeft(s.id)
    const rest = left === undefined ? "" : ` left ${Words.left(left)}`
    return `${s.id} ${DurationText.count(s.done ?? 0)} of ${DurationText.count(s.total!)} ${Words.percent(s.done ?? 0, s.total!)}${rest}`
  })
  const running = [
    ...others.map((s) => `${s.id} (${DurationText.text(Math.max(0, now - (s.startedAt ?? now)))})`),
    ...known.slice(mostSteps).map((s) => s.id)
  ]
  const waiting = FlowDescription.leaves(state.definition)
    .map((step) => state.steps.get(step.id)!)
    .filter((s) => s.waits !== undefined)
  for (const s of waiting.slice(0, mostSteps)) lines.push(`${s.id} ${Waiting.text(s.waits!, state.id)}`)
  if (running.length > 0) lines.push(`${state.flow} still running: ${Words.list(running, mostSteps)}`)
  else if (active.length === 0 && waiting.length === 0 && !ExecutionStatus.isEnded(state.status))
    lines.push(
      `${state.flow} ${state.waits === undefined ? state.status.toLowerCase() : Waiting.text(state.waits, state.id)}`
    )
  return lines.map((text) => line(look, now, text))
}

const answerText = ({ by, reason, rejected, timedOut, value }: ExecutionEvent.Of<"gate-answered">): string =>
  [
    timedOut === true
      ? `was not answered in time: ${JSON.stringify(value)} by default`
      : rejected === true
        ? "rejected"
        : `answered ${JSON.stringify(value)}`,
    ...(by === undefined ? [] : [`by ${by}`]),
    ...(reason === undefined ? [] : [`(${ControlSequences.strip(reason)})`])
  ].join(" ")
