/**
 * The first sentences of a report: what came of the execution, and what is left of it.
 */
import { ControlSequences, DurationText, type ExecutionState, type InterruptSignal } from "@halte/engine/model"
import * as StopWords from "../StopWords.ts"

type State = ExecutionState.ExecutionState

const { count, plural, short, text } = DurationText

/** `Stopped 1.8 s after anna asked, within the promised 5.5 s`. */
export const headline = (state: State): string => {
  const { ended } = state
  const took = text(ended?.tookMillis ?? 0)
  switch (state.status) {
    case "Completed":
      return `Completed ${plural(state.steps.size, "step")} in ${took}`
    case "Failed":
      return ended?.failure === undefined ? `Failed after ${took}` : `${ended.failure.step} failed after ${took}`
    case "Terminated":
      return ended?.stopMillis === undefined
        ? "Ended by force, without waiting for a stopping point"
        : `Ended by force ${text(ended.stopMillis)} after ${asked(state.signal)}`
    default:
      return interrupted(state)
  }
}

const interrupted = (state: State): string => {
  const { bound, ended, signal } = state
  if (signal?.source === "StopAfter") return "Stopped by itself, as it was asked to at the start"
  if (signal === undefined) return ended?.cause === "Crash" ? "Its engine was gone; nobody had asked" : "Stopped"
  const stop = ended?.stopMillis ?? 0
  const first = `Stopped ${text(stop)} after ${asked(signal)}`
  if (bound === undefined || bound._tag === "None") return `${first}; no bound was promised`
  if (isKept(state))
    return `${first}, ${bound.millis === 0 ? "as promised at once" : `within the promised ${short(bound.millis)}`}`
  return `${first}, later than the promised ${bound.millis === 0 ? "stop at once" : short(bound.millis)}`
}

/** Whether what was promised was kept; `undefined` where nothing was. */
export const isKept = ({ bound, ended }: State): boolean | undefined =>
  bound === undefined || bound._tag === "None" || ended?.stopMillis === undefined
    ? undefined
    : // What is promised as "at once" has no number to be compared with: a tenth of a second is at once to a person.
      ended.stopMillis <= Math.max(bound.millis, 100)

const asked = (signal: InterruptSignal.InterruptSignal | undefined): string =>
  signal?.by === undefined || signal.source === "Deadline"
    ? "the request"
    : `${ControlSequences.strip(signal.by)} asked`

/** `3 done, 2 interrupted, 3 not started. Nothing it started is still running.` */
export const counts = (state: State): string => {
  const partition = state.ended?.partition
  if (partition === undefined) return ""
  const parts = (
    [
      [partition.completed.length, "done"],
      [partition.interrupted.length, "interrupted"],
      [partition.failed.length, "failed"],
      [partition.terminated.length, "terminated"],
      [partition.skipped.length, "skipped"],
      [partition.notStarted.length, "not started"]
    ] as const
  ).flatMap(([n, what]) => (n === 0 ? [] : [`${count(n)} ${what}`]))
  const first = parts.join(", ")
  return `${first === "" ? "No step" : first}. ${processes(state)}`.trim()
}

const processes = (state: State): string => {
  const mine = state.processes.filter(({ attempt }) => attempt === state.attempt)
  if (mine.length === 0) return ""
  const left = StopWords.alive(state).flatMap(({ exited, pid }) => (exited === undefined ? [pid] : (exited.left ?? [])))
  if (left.length > 0) return `Could not be ended: ${left.map((pid) => `pid ${pid}`).join(", ")}.`
  return "Nothing it started is still running."
}

/** What may be half done after force. */
export const half = (state: State): ReadonlyArray<string> => [
  ...new Set([...(state.ended?.partition.terminated ?? []), ...(state.ended?.abandoned ?? [])])
]

/** What another attempt would do: keep, run again, go on with, start. */
export const plan = (
  state: State
): {
  readonly attempt: number
  readonly kept: number
  readonly again: ReadonlyArray<string>
  readonly cursors: ReadonlyArray<{ readonly step: string; readonly from: string }>
  /** Those that are not simply run twice. */
  readonly needsRerun: ReadonlyArray<string>
  readonly fresh: number
} => {
  const again: Array<string> = []
  const cursors: Array<{ readonly step: string; readonly from: string }> = []
  const needsRerun: Array<string> = []
  let kept = 0
  let fresh = 0
  for (const step of state.steps.values()) {
    const description = StopWords.describe(state, step.id)
    if (step.status === "Completed") kept++
    else if (step.status === "Waiting" || step.status === "Skipped") fresh++
    else if (step.cursor !== undefined)
      cursors.push({
        step: step.id,
        from: step.done === undefined ? "its cursor" : StopWords.place(description?.kind, step.done, undefined)
      })
    else {
      again.push(step.id)
      if (description?.idempotent === false) needsRerun.push(step.id)
    }
  }
  return { attempt: state.attempt + 1, kept, again, cursors, needsRerun, fresh }
}
