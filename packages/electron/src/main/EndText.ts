/**
 * What a notification says: how an execution ended and where it stopped, and who is waited for.
 */
import { ControlSequences, DurationText, type ExecutionState, type InterruptSignal, Words } from "@halte/engine/model"
import * as ExecutionName from "./ExecutionName.ts"

type State = ExecutionState.ExecutionState

export interface Text {
  readonly title: string
  readonly body: string
}

const { count, text } = DurationText

/** Characters that a notification shows of a text of somebody else. */
const longest = 160

/** `release 2.4.0: Interrupted`, and below it `3 of 7 steps in 1m 31s, at index 41,312 of 100,000. …`. */
export const ended = (state: State): Text => {
  const took = text(state.ended?.tookMillis ?? 0)
  const done = `${Words.stepCount(state)} in ${took}`
  return { title: `${ExecutionName.of(state)}: ${Words.state(state.status)}`, body: body(state, done) }
}

const body = (state: State, done: string): string => {
  const { ended: end, signal } = state
  switch (state.status) {
    case "Completed":
      return `${done}.`
    case "Failed":
      return end?.failure === undefined
        ? `${done}.`
        : `${done}, then ${end.failure.step} failed: ${ExecutionName.short(ControlSequences.sentence(end.failure.failure.message), longest)}.`
    case "Terminated": {
      const half = end?.partition.terminated ?? []
      return `${done}${asked(signal)}.${half.length === 0 ? "" : ` May be left half done: ${Words.list(half, 3)}.`}`
    }
    default:
      return `${done}${where(state)}${asked(signal)}. It can be resumed.`
  }
}

/** `, at index 41,312 of 100,000`. */
const where = ({ ended: end }: State): string => {
  const [first, ...more] = end?.partition.interrupted ?? []
  if (first === undefined) return ""
  const at =
    first.done === undefined
      ? ""
      : ` ${count(first.done)}${first.total === undefined ? "" : ` of ${count(first.total)}`}`
  return `, at ${first.step}${at}${more.length === 0 ? "" : ` and ${count(more.length)} more`}`
}

/** `, asked by anna, page`; `, stopped by its deadline`. */
const asked = (signal: InterruptSignal.InterruptSignal | undefined): string =>
  signal === undefined
    ? ""
    : signal.by === undefined
      ? `, stopped by ${Words.door(signal)}`
      : `, asked by ${ExecutionName.short(Words.who(signal.by, signal.source))}`

/** `release 2.4.0 waits for you`, and the question of the gate. */
export const gate = (state: State, message: string): Text => ({
  title: `${ExecutionName.of(state)} waits for you`,
  body: ExecutionName.short(message, longest)
})
