/**
 * What happened between the first request and the stop, moment by moment.
 */
import { DurationText, type ExecutionHistory, type ExecutionState, ExecutionStatus, Words } from "@halte/engine/model"
import * as StopWords from "../StopWords.ts"

export interface Moment {
  readonly text: string
  readonly at: number
  readonly hot: boolean
}

const mostSteps = 6

/** Of the attempt on screen, in order. */
export const moments = (
  state: ExecutionState.ExecutionState,
  attempt: ExecutionHistory.Attempt | undefined
): ReadonlyArray<Moment> => {
  const first = StopWords.firstRequest(state) ?? StopWords.forceRequest(state)
  if (first === undefined) return []
  const asked = first.signal.requestedAt
  const out: Array<Moment> = []
  const add = (text: string, at: number, hot = false) => void out.push({ text, at, hot })
  const seen = attempt?.requests.find(({ kind }) => kind === "first")?.seenAt
  const stopped = [...state.steps.values()].filter(
    ({ attempt: n, endedAt, status }) =>
      n === state.attempt && endedAt !== undefined && endedAt >= asked && status !== "Waiting" && status !== "Skipped"
  )
  for (const step of stopped.slice(0, mostSteps)) add(`${step.id} ${ended(step)}`, step.endedAt!)
  if (stopped.length > mostSteps)
    add(
      `and ${DurationText.plural(stopped.length - mostSteps, "more step")}`,
      Math.max(...stopped.slice(mostSteps).map(({ endedAt }) => endedAt!))
    )
  for (const process of state.processes)
    if (process.attempt === state.attempt && process.signalled !== undefined && process.signalled.at >= asked)
      add(`${process.signalled.signal} to ${process.step}`, process.signalled.at)
  const force = StopWords.forceRequest(state)
  if (force !== undefined && force !== first) add("Terminate requested", force.signal.requestedAt, true)
  for (const repeat of StopWords.repeats(state)) add("Requested again", repeat.signal.requestedAt)
  if (seen !== undefined && out.every(({ at }) => at > seen)) add("Seen, no new steps", seen)
  out.sort((a, b) => a.at - b.at)
  const { endedAt } = state
  return [
    { text: first.kind === "terminate" ? "Terminate requested" : "Requested", at: asked, hot: true },
    ...out,
    ...(endedAt === undefined || !ExecutionStatus.isEnded(state.status)
      ? []
      : [
          {
            text: state.status === "Completed" ? "Completed" : state.status === "Failed" ? "Failed" : "Stopped",
            at: endedAt,
            hot: true
          }
        ])
  ]
}

const ended = ({ status }: ExecutionState.StepState): string => {
  switch (status) {
    case "Completed":
      return "completed"
    case "Failed":
      return "failed"
    case "Terminated":
      return "ended by force"
    default:
      return "at a stopping point"
  }
}

/** `once, Ctrl-C in a terminal, no effect`. */
export const again = (state: ExecutionState.ExecutionState): string | undefined => {
  const repeats = StopWords.repeats(state)
  const last = repeats.at(-1)
  if (last === undefined) return undefined
  const times = repeats.length === 1 ? "once" : `${repeats.length} times, last`
  return `${times}, ${Words.who(last.signal.by, last.signal.source, last.signal.via)}, ${last.strategy === undefined ? "no effect" : "sooner"}`
}

/** `finish current steps`. */
export const strategyText = (strategy: ExecutionState.ExecutionState["strategy"]): string => {
  switch (strategy._tag) {
    case "FinishCurrent":
      return "at the next stopping points"
    case "PollNextN":
      return strategy.n === 0 ? "running steps to their end" : `${DurationText.plural(strategy.n, "more step")} first`
    case "IgnoreInterruptions":
      return "ignored, as its flow says"
  }
}
