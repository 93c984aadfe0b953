/**
 * What is said the moment somebody asks to stop: that it was heard, what it does, how long it may take, and what the
 * next Ctrl-C does.
 */
import {
  DurationText,
  ExecutionStatus,
  type ExecutionState,
  type InterruptStrategy,
  type StopBound
} from "@halte/engine/model"
import { type Look, paint, plain } from "./Look.ts"
import { width, wrap } from "./TextWidth.ts"
import * as Words from "./Words.ts"

export interface NoticeInput {
  readonly look: Look
  readonly columns: number
  /** A Ctrl-C of this terminal, as opposed to a signal sent from elsewhere. */
  readonly fromKey: boolean
  /** `SIGTERM`, when it was a signal sent from elsewhere. */
  readonly via: string
}

/** After the first request. */
export const interrupt = (
  input: NoticeInput,
  asked: {
    readonly running: number
    readonly bound: StopBound.StopBound
    readonly strategy: InterruptStrategy.InterruptStrategy
  }
): ReadonlyArray<string> => {
  const { columns, fromKey, look } = input
  const again = fromKey ? "Press Ctrl-C again to terminate now." : "A second signal terminates now."
  const heard = fromKey ? "^C Interrupt requested." : `Interrupt requested (${input.via}).`
  const indent = fromKey ? "   " : ""
  const what = consequence(asked.strategy, asked.running)
  const when = asked.strategy._tag === "IgnoreInterruptions" ? "" : Words.willStop(asked.bound)
  const first = `${heard} ${what}`
  const wide = width(`${first} ${again}`) <= columns && columns >= 100
  const lines = wide
    ? [`${first} ${again}`, ...(when === "" ? [] : [indent + when])]
    : [...wrap(first, columns, indent), ...wrap(`${indent}${when === "" ? "" : `${when} `}${again}`, columns, indent)]
  return painted(look, lines)
}

const consequence = (strategy: InterruptStrategy.InterruptStrategy, running: number): string => {
  const finishing = running === 0 ? "No step is running" : `Finishing ${DurationText.plural(running, "running step")}`
  switch (strategy._tag) {
    case "FinishCurrent":
      return `${finishing}; no new steps will start.`
    case "PollNextN":
      return strategy.n === 0
        ? `${finishing}, undisturbed; no new steps will start.`
        : `${finishing}; ${DurationText.plural(strategy.n, "more step")} may start.`
    case "IgnoreInterruptions":
      return "This flow ignores interruptions: it goes on to its end."
  }
}

/** After the second. `killed`: how many processes got SIGKILL. */
export const terminate = (
  input: NoticeInput,
  state: ExecutionState.ExecutionState,
  killed: number
): ReadonlyArray<string> => {
  const { columns, fromKey, look } = input
  const running = [...state.steps.values()].filter((s) => ExecutionStatus.isActive(s.status)).map((s) => s.id)
  const indent = fromKey ? "   " : ""
  const owners = [
    ...new Set(state.processes.filter((p) => p.attempt === state.attempt && p.exited === undefined).map((p) => p.step))
  ]
  const sent =
    killed === 0
      ? ""
      : ` Sent SIGKILL to ${DurationText.plural(killed, "process", "processes")}${owners.length === 0 ? "" : ` of ${Words.list(owners, 3)}`}.`
  const again = fromKey ? "Press Ctrl-C again to leave at once." : "A third signal leaves at once."
  const half = running.length === 0 ? "" : `May be left half done: ${Words.list(running, 5)}. `
  return painted(look, [
    ...wrap(`${fromKey ? "^C " : ""}Terminating${fromKey ? "" : ` (${input.via})`}.${sent}`, columns, indent),
    ...wrap(`${indent}${half}${again}`, columns, indent)
  ])
}

/** After the third, right before leaving. */
export const leave = (input: NoticeInput, killed: number): ReadonlyArray<string> =>
  painted(
    input.look,
    wrap(
      `${input.fromKey ? "^C " : ""}Leaving at once.${killed === 0 ? "" : ` Sent SIGKILL to ${DurationText.plural(killed, "process group")}.`}`,
      input.columns,
      "   "
    )
  )

const painted = (look: Look, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.map((line) => paint(look, "yellow", plain(look, line)))
