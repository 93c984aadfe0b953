/**
 * The programs that steps started, and how each of them ended.
 */
import { ControlSequences, DurationText, type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import { type Look, paint, plain } from "./Look.ts"
import { padEnd, truncate, width } from "./TextWidth.ts"

const column = 19
/** Programs that are listed one by one, the last ones first of all. */
const most = 20

export const render = (
  { columns, look }: { readonly columns: number; readonly look: Look },
  state: ExecutionState.ExecutionState,
  processes: ReadonlyArray<ExecutionState.ProcessState>
): ReadonlyArray<string> => {
  const shown = processes.slice(-most)
  const room = Math.max(20, columns - column)
  const ends = shown.map((process) => plain(look, end(state, process)))
  const widest = ends.reduce((longest, text) => Math.max(longest, width(text)), 0)
  const first = Math.max(16, Math.min(Math.max(...shown.map((p) => width(name(p)))), room - widest - 2, room - 22))
  const left = processes.length - shown.length
  return [
    ...(left === 0 ? [] : [paint(look, "dim", `${DurationText.plural(left, "earlier process", "earlier processes")}`)]),
    ...shown.map((process, i) =>
      truncate(look, `${padEnd(truncate(look, name(process), first), first)}  ${ends[i]}`, room)
    )
  ]
}

const name = ({ command, pid }: ExecutionState.ProcessState): string => `${pid} ${ControlSequences.strip(command)}`

const end = (
  state: ExecutionState.ExecutionState,
  { attempt, exited, signalled, startedAt }: ExecutionState.ProcessState
): string => {
  if (exited === undefined) {
    // Of an attempt whose engine died nobody saw it end.
    if (ExecutionStatus.isEnded(state.status) || attempt < state.attempt) return "its end was not seen"
    return signalled === undefined ? "runs" : `${signalled.signal} sent`
  }
  const left =
    exited.left === undefined || exited.left.length === 0
      ? ""
      : `, could not be ended: ${exited.left.map((pid) => `pid ${pid}`).join(", ")}`
  if (signalled !== undefined) {
    const after = DurationText.text(Math.max(0, exited.at - signalled.at))
    return `${signalled.signal === "SIGKILL" ? "ended by" : "exited on"} ${signalled.signal} after ${after}${left}`
  }
  const took = DurationText.text(exited.tookMillis || Math.max(0, exited.at - startedAt))
  if (exited.exitCode !== undefined) return `exited with code ${exited.exitCode} after ${took}${left}`
  return exited.signal === undefined
    ? `ended after ${took}${left}`
    : `ended by ${exited.signal}, not ours, after ${took}${left}`
}
