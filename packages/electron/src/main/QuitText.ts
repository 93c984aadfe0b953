/**
 * What is said when windows are closed and Halte quits: what runs, how soon it stops, and what becomes of it.
 */
import { DurationText, type ExecutionState, ExecutionStatus, StopBound, StopPromise, Words } from "@halte/engine/model"
import type { WaitedFor } from "@halte/web/DesktopBridge"
import * as ExecutionName from "./ExecutionName.ts"
import type { Phase } from "./Ending.ts"
import type { Live } from "./GuardedDesk.ts"

type State = ExecutionState.ExecutionState

/** What a person decides. */
export type QuitAnswer = "Background" | "Interrupt" | "Stay" | "Terminate"

export interface QuitQuestion {
  readonly title: string
  readonly message: string
  readonly detail: string
  /** In the order of the dialog; `Stay` is always among them. */
  readonly buttons: ReadonlyArray<{ readonly answer: QuitAnswer; readonly label: string }>
}

/** `Quit`: the program is to end. `Close`: one window is, and the program goes on. */
export type Gesture = "Quit" | "Close"

export const buttons = {
  Background: "Keep running in the background",
  Interrupt: { Quit: "Interrupt and quit", Close: "Interrupt and close" },
  Stay: "Stay"
} as const

/** Names that a dialog lists. */
const most = 5

export const question = (options: {
  readonly gesture: Gesture
  readonly running: ReadonlyArray<Live>
  /** Whether somebody could come back to what goes on without a window. */
  readonly background: boolean
}): QuitQuestion => {
  const { background, gesture, running } = options
  const are = running.length === 1 ? "is" : "are"
  return {
    title: gesture === "Quit" ? "Quit Halte?" : "Close the window?",
    message: `${DurationText.plural(running.length, "execution")} ${are} running: ${Words.list(running.map(listed), most)}.`,
    detail: [...stopping(running), ...(background ? [] : [nowhere])].join("\n"),
    buttons: [
      ...(background ? [{ answer: "Background" as const, label: buttons.Background }] : []),
      { answer: "Interrupt", label: buttons.Interrupt[gesture] },
      { answer: "Stay", label: buttons.Stay }
    ]
  }
}

/** Before what still runs is ended by force. Staying is waiting on. */
export const terminateQuestion = (waiting: ReadonlyArray<Live>): QuitQuestion => {
  const [one] = waiting
  const what = one !== undefined && waiting.length === 1 ? name(one) : DurationText.plural(waiting.length, "execution")
  const half = waiting.flatMap(({ state }) => (state === undefined ? [] : active(state)))
  return {
    title: `Terminate ${what} now?`,
    message: `Terminate ${what} now?`,
    detail: [
      "Running steps are ended without waiting for a stopping point. They can be resumed.",
      ...(half.length === 0
        ? []
        : [
            `May be left half done: ${Words.list(
              half.map((step) => `\`${step}\``),
              most
            )}.`
          ])
    ].join("\n"),
    buttons: [
      { answer: "Terminate", label: "Terminate now" },
      { answer: "Stay", label: "Keep running" }
    ]
  }
}

const nowhere =
  "This desktop has no tray from which to come back, so nothing can go on in the background. Minimize the window instead."

/** `release 2.4.0 (3 of 7 steps)`. */
const listed = (live: Live): string => {
  const { state } = live
  const called = name(live)
  if (state === undefined) return called
  const facts = [...(wordOf(state) ?? []), ...(state.steps.size > 1 ? [Words.stepCount(state)] : [])]
  return facts.length === 0 ? called : `${called} (${facts.join(", ")})`
}

const wordOf = ({ status }: State): ReadonlyArray<string> | undefined => {
  switch (status) {
    case "Pending":
      return ["waiting"]
    case "Paused":
    case "Pausing":
    case "Interrupting":
    case "Terminating":
      return [status.toLowerCase()]
    default:
      return undefined
  }
}

/** What a person calls an execution. */
export const name = ({ name, state }: Live): string => (state === undefined ? name : ExecutionName.of(state))

/** The steps under way. */
const active = ({ steps }: State): ReadonlyArray<string> =>
  [...steps.values()].filter(({ status }) => ExecutionStatus.isActive(status)).map(({ id }) => id)

const isIgnoring = (state: State): boolean => (state.honoured ?? state.strategy)._tag === "IgnoreInterruptions"

/** What a request would be promised now, or what it was. */
const bound = (state: State): StopBound.StopBound =>
  (state.status === "Interrupting" ? state.bound : undefined) ?? StopPromise.now(state)

/**
 * Whether it is known how soon it stops. Between two steps the one that begins is not seen yet: nothing under way says
 * nothing, and least of all that it stops at once.
 */
const isPromised = (state: State): boolean =>
  (state.status !== "Running" && state.status !== "Pausing") || active(state).length > 0

/** What is known to be promised, if anything is. */
export const promised = ({ state }: Live): StopBound.StopBound | undefined =>
  state === undefined || isIgnoring(state) || !isPromised(state) ? undefined : bound(state)

const stopping = (running: ReadonlyArray<Live>): ReadonlyArray<string> => {
  const known = running.flatMap(({ state, ...one }) =>
    state !== undefined && (isIgnoring(state) || isPromised(state)) ? [{ ...one, state }] : []
  )
  const ignoring = known.filter(({ state }) => isIgnoring(state)).map((one) => `\`${name(one)}\``)
  const stoppable = known.filter(({ state }) => !isIgnoring(state))
  const all = StopBound.longest(stoppable.map(({ state }) => bound(state)))
  const one = running.length === 1
  const they = one ? "It" : "They"
  if (known.length < running.length && all._tag === "Within")
    return [`${they} can be resumed. How soon ${one ? "it stops" : "they stop"} is not known yet.`]
  return [
    ...(stoppable.length === 0
      ? []
      : all._tag === "Within"
        ? [
            ignoring.length === 0
              ? `${they} ${one ? "stops" : "stop"} ${StopBound.toText(all)} and can be resumed.`
              : `What can be interrupted stops ${StopBound.toText(all)} and can be resumed.`
          ]
        : [
            `${they} can be resumed. How soon ${one ? "it stops" : "they stop"} has no bound: ${Words.list(
              all.steps.map((step) => `\`${step}\``),
              3
            )}.`
          ]),
    ...(ignoring.length === 0
      ? []
      : [
          `${Words.list(ignoring, 3)} ${ignoring.length === 1 ? "ignores" : "ignore"} interruptions and ${ignoring.length === 1 ? "goes" : "go"} on to the end, or until terminated.`
        ])
  ]
}

const unknown = "not known yet"

/** What a window shows of an execution while it is waited for. */
export const waitedFor = (live: Live): WaitedFor => {
  const { id, state } = live
  return state === undefined
    ? { execution: id, flow: name(live), status: "Running", steps: [], promise: unknown }
    : {
        execution: id,
        flow: name(live),
        status: state.status,
        steps: active(state),
        promise: promise(state)
      }
}

const promise = (state: State): string => {
  if (state.status === "Terminating") return "ending now"
  const strategy = state.honoured ?? state.strategy
  if (strategy._tag === "IgnoreInterruptions") return "ignores interruptions"
  if (strategy._tag === "PollNextN")
    return strategy.n === 0
      ? "when the running steps have ended"
      : `after ${DurationText.plural(strategy.n, "more step")} at most`
  return isPromised(state) ? StopBound.toText(bound(state)) : unknown
}

/** One that has not stopped in the time that was promised. */
export const late = (live: Live, promised: StopBound.StopBound): string =>
  `\`${name(live)}\` should have stopped ${StopBound.toText(promised)} and has not. Quit again, or press “Terminate now”, to end it by force.`

/** An engine that has not even said that it was asked. */
export const silent = (directory: string, millis: number, waiting: ReadonlyArray<Live>): string =>
  `The engine of ${directory} does not answer: it was asked ${DurationText.short(millis)} ago to stop ${Words.list(
    waiting.map((one) => `\`${name(one)}\``),
    3
  )}, and has not said that it heard. Quit again, or press “Terminate now”, to end it by force.`

/** An engine that is gone before it had stopped what it ran. */
export const lost = (directory: string, running: ReadonlyArray<string>): string =>
  `The engine of ${directory} ended before it had stopped ${Words.list(
    running.map((called) => `\`${called}\``),
    3
  )}. What it left running is swept up within seconds, at the latest by the next start, which offers to resume.`

/** An engine that did not end by itself. */
export const stuck = (directory: string, seconds: number): string =>
  `The engine of ${directory} had not ended ${seconds} s after it had nothing more to do: its process was killed.`

/** At a signal of the system, for a terminal. */
export const signalled = (signal: string, phase: Phase, running: number): string => {
  switch (phase) {
    case "Stopping":
      return `Quitting (${signal}). Nothing is running.`
    case "Interrupting":
      return `Interrupt requested (${signal}). ${DurationText.plural(running, "execution")} ${running === 1 ? "is" : "are"} asked to stop. A second signal terminates ${running === 1 ? "it" : "them"}.`
    case "Terminating":
      return `Terminating (${signal}). A third signal leaves at once.`
    case "Killed":
      return `Leaving at once (${signal}).`
  }
}
