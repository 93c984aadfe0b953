/**
 * What is said between a request to stop and the stop: who asked, what is promised, what is waited for.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionState,
  type ExecutionStatus,
  StopBound,
  Words
} from "@halte/engine/model"
import { held } from "../steps/Held.ts"
import * as StopWords from "../StopWords.ts"

type State = ExecutionState.ExecutionState

const { plural, short, text } = DurationText

export interface Row {
  readonly status: ExecutionStatus.StepStatus
  readonly label: string
  readonly steps: string
  readonly detail: string
}

/** `Interrupt requested by anna (page) — will stop within 5.5 s`. */
export const heading = (state: State, late: boolean): string => {
  const force = StopWords.forceRequest(state)
  if (state.status === "Terminating")
    return `Terminate requested${force === undefined ? "" : ` ${StopWords.byWhom(force.signal)}`} — ending now`
  const first = StopWords.firstRequest(state)
  const asked = `Interrupt requested${first === undefined ? "" : ` ${StopWords.byWhom(first.signal)}`}`
  return `${asked} — ${promise(state, late)}`
}

const promise = ({ bound, honoured, status: _status }: State, late: boolean): string => {
  if (honoured?._tag === "IgnoreInterruptions") return "this flow ignores it and goes on to its end"
  if (honoured?._tag === "PollNextN")
    return honoured.n === 0
      ? "the running steps go to their end, then it stops"
      : `${plural(honoured.n, "more step")} may start, then it stops`
  if (bound === undefined) return "stopping"
  if (bound._tag === "None")
    return `no bound: ${Words.list(bound.steps, 3)} ${bound.steps.length === 1 ? "has" : "have"} promised none`
  if (late) return `it should have stopped ${StopBound.toText(bound)}`
  return bound.millis === 0 ? "stops at once" : `will stop ${StopBound.toText(bound)}`
}

/** When it has to have stopped, by what was promised. */
export const deadline = (state: State): number | undefined => {
  const asked = StopWords.firstRequest(state)?.signal.requestedAt
  const { bound, honoured } = state
  if (asked === undefined || bound?._tag !== "Within" || honoured?._tag === "IgnoreInterruptions") return undefined
  return asked + bound.millis
}

/** How much of the promised time has passed, from 0 to 1; `undefined` without a promise that can be counted. */
export const passed = (state: State, now: number): number | undefined => {
  const end = deadline(state)
  const bound = state.bound
  if (end === undefined || bound?._tag !== "Within" || bound.millis === 0) return undefined
  return Math.max(0, Math.min(1, 1 - (end - now) / bound.millis))
}

const mostWaited = 4

/** What it waits for, what has stopped, and what does not begin any more. */
export const rows = (state: State, now: number): ReadonlyArray<Row> => {
  const out: Array<Row> = []
  const active = StopWords.active(state)
  const waited = active.slice(0, mostWaited)
  for (const [i, step] of waited.entries())
    out.push({
      status: state.status === "Terminating" ? "Terminated" : step.status,
      label: i === 0 ? "Waiting for" : "and for",
      steps: step.id,
      detail: waitingFor(state, step, now)
    })
  if (active.length > waited.length)
    out.push({
      status: "Interrupting",
      label: "and for",
      steps: plural(active.length - waited.length, "more step"),
      detail: Words.list(
        active.slice(mostWaited).map(({ id }) => id),
        4
      )
    })
  const stopped = [...state.steps.values()].filter(
    ({ attempt, status }) => attempt === state.attempt && (status === "Interrupted" || status === "Terminated")
  )
  const [one] = stopped
  if (one !== undefined)
    out.push({
      status: one.status,
      label: "Stopped",
      steps: Words.list(
        stopped.map(({ id }) => id),
        3
      ),
      detail: stopped.length === 1 ? StopWords.stoppedAt(state, one.id, true) : "at their stopping points"
    })
  const holds = held(state)
  if (holds.length > 0 && state.honoured?._tag !== "IgnoreInterruptions")
    out.push({
      status: "Waiting",
      label: "Holds before",
      steps: Words.list(holds, 3),
      detail:
        state.honoured?._tag === "PollNextN" && state.honoured.n > 0
          ? "when that many have started"
          : "no new steps start"
    })
  const again = StopWords.repeats(state)
  const last = again.at(-1)
  if (last !== undefined)
    out.push({
      status: "Interrupting",
      label: "Asked again",
      steps: again.length === 1 ? "once" : `${again.length} times`,
      detail: `${again.length === 1 ? "" : "last "}${StopWords.byWhom(last.signal)}${last.strategy === undefined ? ", no second effect" : ", to stop sooner"}`
    })
  return out
}

const waitingFor = (state: State, step: ExecutionState.StepState, now: number): string => {
  const parts: Array<string> = []
  const process = state.processes.findLast(
    ({ attempt, exited, step: of }) => of === step.id && attempt === state.attempt && exited === undefined
  )
  const signalled = process?.signalled
  if (step.cleanUp === "running") parts.push("cleaning up")
  else if (signalled !== undefined) {
    parts.push(`${signalled.signal} sent ${text(Math.max(0, now - signalled.at))} ago`)
    if (signalled.killAt !== undefined && signalled.signal !== "SIGKILL")
      parts.push(
        signalled.killAt > now
          ? `SIGKILL in ${text(signalled.killAt - now)} if it is still running`
          : "SIGKILL is due for what is still running"
      )
  } else if (state.status === "Terminating") parts.push("is ended by force")
  else if (step.status === "Running" || step.status === "Paused")
    parts.push(state.honoured?._tag === "IgnoreInterruptions" ? "goes on" : "goes to its end undisturbed")
  else {
    const description = StopWords.describe(state, step.id)
    const kind = description?.kind
    if (step.done !== undefined && kind !== "gate" && kind !== "sleep")
      parts.push(`at ${StopWords.place(kind, step.done, step.total)}, at its next stopping point`)
    else parts.push(kind === "process" ? "its process is asked to stop" : "goes to its next stopping point")
    const within = description?.stopsWithinMillis
    if (within === undefined) parts.push("promises no bound")
  }
  if (step.overdueMillis !== undefined) parts.push(`no stopping point for ${short(step.overdueMillis)}`)
  return parts.join("; ")
}

/** What force may leave half done. */
export const halfDone = (state: State): string => {
  const ids = StopWords.active(state).map(({ id }) => id)
  return ids.length === 0 ? "" : `may leave ${Words.list(ids.map(ControlSequences.strip), 2)} half done`
}
