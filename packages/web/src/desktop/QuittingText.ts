/**
 * What a window says while Halte ends: what it waits for, and how long that may take.
 */
import { DurationText, type ExecutionState, ExecutionStatus, StopBound } from "@halte/engine/model"
import type { DesktopState, WaitedFor } from "./DesktopBridge.ts"
import * as BannerText from "../execution/banner/BannerText.ts"
import * as StopWords from "../execution/StopWords.ts"

export type Quitting = NonNullable<DesktopState["quitting"]>

/** `Halte ends when release has stopped`; `This window closes when 3 executions have stopped`. */
export const title = ({ closes, executions }: Quitting): string => {
  const [one] = executions
  const what = closes === "Window" ? "This window closes" : "Halte ends"
  if (one === undefined) return `${what} now`
  return `${what} when ${executions.length === 1 ? `${one.flow} has` : `${executions.length} executions have`} stopped`
}

export const text = ({ executions, phase }: Quitting): string =>
  executions.length === 0
    ? "Everything has stopped, and is recorded."
    : phase === "Terminating"
      ? "What still runs is ended by force. It can be resumed; what it was doing may be half done."
      : `${executions.length === 1 ? "It" : "Each"} was asked to stop at its next stopping point. What has been done is recorded, and ${executions.length === 1 ? "it" : "each"} can be resumed.`

/** How one stands: as its events say it, else as the desktop does. */
export interface Row {
  readonly status: ExecutionStatus.ExecutionStatus
  readonly steps: ReadonlyArray<string>
  readonly promise: string
}

const isStatus = (status: string): status is ExecutionStatus.ExecutionStatus =>
  (ExecutionStatus.ExecutionStatus.literals as ReadonlyArray<string>).includes(status)

export const row = (
  waited: WaitedFor,
  state: ExecutionState.ExecutionState | undefined,
  phase: Quitting["phase"],
  now: number
): Row => {
  const said = isStatus(waited.status) ? waited.status : phase
  if (state === undefined) return { status: said, steps: waited.steps, promise: waited.promise }
  const ended = ExecutionStatus.isEnded(state.status)
  return {
    status: state.status,
    steps: ended ? [] : StopWords.active(state).map(({ id }) => id),
    promise: ended ? "stopped" : (counted(state, now) ?? waited.promise)
  }
}

/** Late is said when a person would notice. */
const lateMillis = 250

/** `within 5.5 s: 3.2 s left`; `should have stopped within 5.5 s`; nothing without a promise that can be counted. */
const counted = (state: ExecutionState.ExecutionState, now: number): string | undefined => {
  if (state.status === "Terminating") return "ending now"
  const end = BannerText.deadline(state)
  if (end === undefined || state.bound === undefined) return undefined
  const within = StopBound.toText(state.bound)
  if (now > end + lateMillis) return `should have stopped ${within}`
  return state.bound._tag === "Within" && state.bound.millis > 0
    ? `${within}: ${DurationText.text(Math.max(0, end - now))} left`
    : within
}
