/**
 * What is said the moment somebody asks to stop: that it was heard, what it does, how long it may take, and what the
 * next Ctrl-C does.
 */
import {
  DurationText,
  type ExecutionState,
  ExecutionStatus,
  type InterruptStrategy,
  type StopBound,
  UndoPlan,
  Words
} from "@halte/engine/model"
import { type Look, paint, plain } from "./Look.ts"
import { width, wrap } from "./TextWidth.ts"

export interface NoticeInput {
  readonly look: Look
  readonly columns: number
  /** A Ctrl-C of this terminal, as opposed to a signal sent from elsewhere. */
  readonly fromKey: boolean
  /** `SIGTERM`, when it was a signal sent from elsewhere. */
  readonly via: string
}

/** What a first request asks for. */
export interface Asked {
  readonly running: number
  /** It takes back, and this is being undone. */
  readonly undoing?: string | undefined
  readonly strategy: InterruptStrategy.InterruptStrategy
}

/** Said at once when the first request is heard, before anything is done about it. */
export const heard = (input: NoticeInput, asked: Asked): ReadonlyArray<string> => {
  const first = firstSentences(input, asked)
  return painted(
    input.look,
    isWide(input, asked) ? [`${first} ${again(input)}`] : wrap(first, input.columns, indent(input))
  )
}

/** Said when the request is recorded, with the promise that was recorded with it. */
export const promised = (input: NoticeInput, asked: Asked, bound: StopBound.StopBound): ReadonlyArray<string> => {
  const when = asked.strategy._tag === "IgnoreInterruptions" ? "" : Words.willStop(bound)
  const text = isWide(input, asked) ? when : [when, again(input)].filter((part) => part !== "").join(" ")
  return text === "" ? [] : painted(input.look, wrap(indent(input) + text, input.columns, indent(input)))
}

/** Both together. */
export const interrupt = (
  input: NoticeInput,
  asked: Asked & { readonly bound: StopBound.StopBound }
): ReadonlyArray<string> => [...heard(input, asked), ...promised(input, asked, asked.bound)]

const again = ({ fromKey }: NoticeInput) =>
  fromKey ? "Press Ctrl-C again to terminate now." : "A second signal terminates now."

const indent = ({ fromKey }: NoticeInput) => (fromKey ? "   " : "")

const firstSentences = (input: NoticeInput, asked: Asked): string =>
  `${lead(input)} ${asked.undoing === undefined ? consequence(asked.strategy, asked.running) : undoing(asked.strategy, asked.undoing)}`

const lead = ({ fromKey, via }: NoticeInput): string =>
  fromKey ? "^C Interrupt requested." : `Interrupt requested (${via}).`

const isWide = (input: NoticeInput, asked: Asked): boolean =>
  input.columns >= 100 && width(`${firstSentences(input, asked)} ${again(input)}`) <= input.columns

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

const undoing = (strategy: InterruptStrategy.InterruptStrategy, step: string): string => {
  const finishing = `Finishing the undo of ${step}`
  switch (strategy._tag) {
    case "FinishCurrent":
      return `${finishing}; no other will start.`
    case "PollNextN":
      return `${finishing}; ${DurationText.count(strategy.n)} more may start.`
    case "IgnoreInterruptions":
      return "This flow ignores interruptions: everything is undone."
  }
}

/** After the second. `killed`: how many processes got SIGKILL. */
export const terminate = (
  input: NoticeInput,
  state: ExecutionState.ExecutionState,
  killed: number
): ReadonlyArray<string> => {
  const { columns, fromKey, look } = input
  const under = indent(input)
  const undo = UndoPlan.progress(state)?.running
  const active = [...state.steps.values()].filter((s) => ExecutionStatus.isActive(s.status)).map((s) => s.id)
  const running = undo === undefined ? active : [undo.step]
  const owners = [
    ...new Set(state.processes.filter((p) => p.attempt === state.attempt && p.exited === undefined).map((p) => p.step))
  ]
  const sent =
    killed === 0
      ? ""
      : ` Sent SIGKILL to ${DurationText.plural(killed, "process", "processes")}${owners.length === 0 ? "" : ` of ${Words.list(owners, 3)}`}.`
  const next = fromKey ? "Press Ctrl-C again to leave at once." : "A third signal leaves at once."
  const half = running.length === 0 ? "" : `May be left half done: ${Words.list(running, 5)}. `
  return painted(look, [
    ...wrap(`${fromKey ? "^C " : ""}Terminating${fromKey ? "" : ` (${input.via})`}.${sent}`, columns, under),
    ...wrap(`${under}${half}${next}`, columns, under)
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

/** The server that the execution is on. */
export interface There {
  readonly url: string
  readonly id: string
  /** A command that looks at it. */
  readonly look: string
}

/** Said at once when the first request is heard while the connection is lost: before it is known whether it gets there. */
export const asking = (input: NoticeInput, { url }: There): ReadonlyArray<string> =>
  painted(
    input.look,
    wrap(`${lead(input)} Asking ${url} to interrupt it, though the connection is lost…`, input.columns, indent(input))
  )

/** While it is not there yet. */
export const starting = (input: NoticeInput, url: string): ReadonlyArray<string> =>
  painted(
    input.look,
    wrap(`${lead(input)} ${url} is asked to stop it as soon as it has started.`, input.columns, indent(input))
  )

/** After the third, when the server has not answered yet whether it was started. */
export const leaveStarting = (input: NoticeInput, url: string, list: string): ReadonlyArray<string> => [
  ...painted(
    input.look,
    wrap(`${input.fromKey ? "^C " : ""}Leaving at once. ${url} has not answered yet.`, input.columns, indent(input))
  ),
  `${indent(input)}Whether it was started:  ${list}`
]

/** A request that did not get to the server. `next`: what the next one does. */
export const unsent = (
  input: NoticeInput,
  there: There,
  reason: string,
  next: "again" | "leave"
): ReadonlyArray<string> => {
  const one = input.fromKey ? "Press Ctrl-C again to" : "A second signal"
  const then =
    next === "again"
      ? `${one} ${input.fromKey ? "ask" : "asks"} again.`
      : `${one} ${input.fromKey ? "leave" : "leaves"}; what runs there is not stopped by that.`
  const under = indent(input)
  return painted(
    input.look,
    wrap(`${under}The request could not be sent: ${plain(input.look, reason)}. ${then}`, input.columns, under)
  )
}

/** Right before leaving an execution that was not asked to stop, since nobody could be reached. */
export const left = (input: NoticeInput, there: There): ReadonlyArray<string> =>
  leaving(input, "Left", `What runs on ${there.url} is not stopped by that.`, there)

/** After the third, right before leaving one that a server goes on stopping. `heard`: the server has taken the requests. */
export const leaveServer = (input: NoticeInput, there: There, heard: boolean): ReadonlyArray<string> =>
  leaving(
    input,
    "Leaving at once",
    heard
      ? `The execution goes on stopping, on ${there.url}.`
      : `${there.url} has not answered yet: whether the execution stops is not known here.`,
    there
  )

const leaving = (input: NoticeInput, lead: string, what: string, { look }: There): ReadonlyArray<string> => [
  ...painted(input.look, wrap(`${input.fromKey ? "^C " : ""}${lead}. ${what}`, input.columns, indent(input))),
  `${indent(input)}Look at it again:  ${look}`
]

/** After the connection has come back: a request that did not get there was not kept. */
export const askAnew = (look: Look, fromKey: boolean): ReadonlyArray<string> =>
  painted(look, [
    `What was asked meanwhile is forgotten: ${fromKey ? "Ctrl-C interrupts." : "the next signal interrupts."}`
  ])

const painted = (look: Look, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.map((line) => paint(look, "yellow", plain(look, line)))
