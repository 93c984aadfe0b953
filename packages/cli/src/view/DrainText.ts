/**
 * What a server says while it ends.
 */
import {
  DurationText,
  type ExecutionId,
  type ExecutionState,
  ExecutionStatus,
  type StopBound,
  Words
} from "@halte/engine/model"
import * as CommandName from "../CommandName.ts"
import { glyph, type Look, paint, plain } from "./Look.ts"
import { wrap } from "./TextWidth.ts"

export interface Input {
  readonly look: Look
  readonly columns: number
  /** A Ctrl-C of this terminal, as opposed to a signal sent from elsewhere. */
  readonly fromKey: boolean
  readonly via: string
}

/** At once, before anything is done about it. */
export const heard = (input: Input): ReadonlyArray<string> =>
  yellow(
    input,
    `${asked(input, "Stopping")} Nothing new starts here. ${input.fromKey ? "Press Ctrl-C again" : "A second signal"} ${input.fromKey ? "to terminate what runs." : "terminates what runs."}`
  )

export const nothing = (input: Input): ReadonlyArray<string> => yellow(input, `${under(input)}Nothing was running.`)

/** Once it is recorded of each that it was asked, and how soon it stops. */
export const promised = (
  input: Input,
  running: ReadonlyArray<ExecutionState.ExecutionState>,
  bound: StopBound.StopBound
): ReadonlyArray<string> => [
  ...yellow(
    input,
    `${under(input)}${DurationText.plural(running.length, "execution")} ${running.length === 1 ? "was" : "were"} asked to stop. ${Words.willStop(bound)}`
  ),
  ...underWay(input, running)
]

export const reminder = (input: Input, running: ReadonlyArray<ExecutionState.ExecutionState>): ReadonlyArray<string> =>
  underWay(input, running)

/** One that has ended meanwhile. */
export const ended = (
  input: Input,
  state: ExecutionState.ExecutionState,
  again: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const { look } = input
  const resume = state.status === "Completed" ? "" : ` Resume with: ${CommandName.line(["resume", state.id, ...again])}`
  const where = state.status === "Completed" ? "" : ` after ${Words.stepCount(state)}`
  return [
    `${glyph(look, state.status)}  ${plain(look, `${name(state)} ${state.status.toLowerCase()}${where}.${resume}`)}`
  ]
}

/** One whose end can't be seen. */
export const lost = (input: Input, id: ExecutionId.ExecutionId, reason: string): ReadonlyArray<string> =>
  yellow(input, `\`${id}\`: ${reason}`)

export const terminating = (
  input: Input,
  running: ReadonlyArray<ExecutionState.ExecutionState>
): ReadonlyArray<string> => {
  const half = running.flatMap(active)
  return yellow(
    input,
    [
      asked(input, "Terminating"),
      ...(half.length === 0 ? [] : [`May be left half done: ${Words.list(half, 5)}.`]),
      `${input.fromKey ? "Press Ctrl-C again to leave" : "A third signal leaves"} at once.`
    ].join(" ")
  )
}

export const leaving = (input: Input, killed: number): ReadonlyArray<string> =>
  yellow(
    input,
    `${input.fromKey ? "^C " : ""}Leaving at once.${killed === 0 ? "" : ` Sent SIGKILL to ${DurationText.plural(killed, "process group")}.`}`
  )

const asked = ({ fromKey, via }: Input, what: string): string => (fromKey ? `^C ${what}.` : `${what} (${via}).`)

const under = ({ fromKey }: Input): string => (fromKey ? "   " : "")

const underWay = (input: Input, running: ReadonlyArray<ExecutionState.ExecutionState>): ReadonlyArray<string> => {
  const most = 5
  const shown = running.slice(0, most).map((state) => {
    const steps = active(state)
    return `${under(input)}still running: ${name(state)}${steps.length === 0 ? "" : `: ${Words.list(steps, 5)}`}`
  })
  const rest = running.length - shown.length
  return [
    ...shown.map((text) => plain(input.look, text)),
    ...(rest === 0 ? [] : [`${under(input)}and ${DurationText.count(rest)} more`])
  ]
}

const name = (state: ExecutionState.ExecutionState): string => `${Words.title(state)} …${state.id.slice(-6)}`

const active = ({ steps }: ExecutionState.ExecutionState): ReadonlyArray<string> =>
  [...steps.values()].filter(({ status }) => ExecutionStatus.isActive(status)).map(({ id }) => id)

const yellow = ({ columns, fromKey, look }: Input, text: string): ReadonlyArray<string> =>
  wrap(plain(look, text), columns, fromKey ? "   " : "").map((line) => paint(look, "yellow", line))
