/**
 * What there is to say about a step in a few words: the same in banner, panel and report.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionState,
  ExecutionStatus,
  FlowDescription,
  type InterruptSignal,
  type StepFailure,
  Words
} from "@halte/engine/model"

type State = ExecutionState.ExecutionState

const { count, plural } = DurationText

/** The description of a step or a group, by its id. */
export const describe = (state: State, id: string): FlowDescription.StepDescription | undefined => {
  const within = (
    steps: ReadonlyArray<FlowDescription.StepDescription>
  ): FlowDescription.StepDescription | undefined => {
    for (const step of steps) {
      if (step.id === id) return step
      if (step.steps !== undefined && id.startsWith(`${step.id}/`)) return within(step.steps)
    }
    return undefined
  }
  return within(state.definition.steps)
}

/** The steps under way, in the order of the definition. */
export const active = (state: State): ReadonlyArray<ExecutionState.StepState> =>
  [...state.steps.values()].filter(({ status }) => ExecutionStatus.isActive(status))

/** What a kind of step is called. */
export const kindWord: Readonly<Record<FlowDescription.StepKind, string>> = {
  function: "Function",
  process: "Process",
  worker: "Worker thread",
  "for-each": "For each",
  map: "Map",
  group: "Group",
  gate: "Gate",
  sleep: "Sleep",
  http: "HTTP request",
  flow: "Sub-flow"
}

/** What its progress counts: `item 41,312 of 100,000`. */
export const place = (kind: FlowDescription.StepKind | undefined, done: number, total: number | undefined): string =>
  `${kind === "for-each" ? "item " : ""}${count(done)}${total === undefined ? "" : ` of ${count(total)}`}`

const counts = (kind: FlowDescription.StepKind | undefined): boolean => kind !== "gate" && kind !== "sleep"

/** `at item 41,312 of 100,000, cursor saved`; `exited on SIGTERM after 1.8 s`. */
export const stoppedAt = (state: State, id: string, wide = false): string => {
  const step = state.steps.get(id)
  if (step === undefined) return ""
  const kind = describe(state, id)?.kind
  const parts: Array<string> = []
  if (step.done !== undefined && counts(kind)) parts.push(`at ${place(kind, step.done, step.total)}`)
  if (step.detail !== undefined) parts.push(ControlSequences.strip(step.detail))
  if (parts.length === 0) parts.push(step.status === "Terminated" ? "ended by force" : "at a stopping point")
  if (step.cursor !== undefined) parts.push("cursor saved")
  if (wide && step.stopMillis !== undefined && step.detail === undefined)
    parts.push(`${DurationText.text(step.stopMillis)} after the request`)
  return parts.join(", ")
}

/** `npm test` failed: `exited with code 1`, as a sentence without its full stop. */
export const failureText = (failure: StepFailure.StepFailure): string => ControlSequences.sentence(failure.message)

export interface ProcessEnd {
  readonly text: string
  readonly status: ExecutionStatus.StepStatus
}

/** How a process ended, or where it stands. */
export const processEnd = (state: State, process: ExecutionState.ProcessState): ProcessEnd => {
  const { attempt, exited, signalled } = process
  if (exited === undefined) {
    // Of an attempt whose engine died nobody saw it end.
    if (ExecutionStatus.isEnded(state.status) || attempt < state.attempt)
      return { text: "its end was not seen", status: "Terminated" }
    return signalled === undefined
      ? { text: "runs", status: state.status === "Paused" ? "Paused" : "Running" }
      : { text: `${signalled.signal} sent`, status: "Interrupting" }
  }
  const left =
    exited.left === undefined || exited.left.length === 0
      ? ""
      : `, could not be ended: ${exited.left.map((pid) => `pid ${pid}`).join(", ")}`
  if (signalled !== undefined) {
    const after = DurationText.text(Math.max(0, exited.at - signalled.at))
    const killed = signalled.signal === "SIGKILL"
    return {
      text: `${killed ? "ended by" : "exited on"} ${signalled.signal} after ${after}${left}`,
      status: killed ? "Terminated" : "Interrupted"
    }
  }
  if (exited.exitCode !== undefined)
    return {
      text: `exited with code ${exited.exitCode}${left}`,
      status: exited.exitCode === 0 ? "Completed" : "Failed"
    }
  return exited.signal === undefined
    ? { text: `ended${left}`, status: left === "" ? "Completed" : "Failed" }
    : { text: `ended by ${exited.signal}, not ours${left}`, status: "Failed" }
}

/** What a process was asked with. */
export const askedWith = ({ signalled }: ExecutionState.ProcessState): string =>
  signalled === undefined
    ? "not asked"
    : signalled.signal === "SIGKILL"
      ? "SIGKILL"
      : `${signalled.signal}, once${signalled.count > 1 ? `, to ${plural(signalled.count, "process", "processes")}` : ""}`

/** The processes of an attempt, the latest first, that nothing has ended. */
export const alive = (state: State): ReadonlyArray<ExecutionState.ProcessState> =>
  state.processes.filter(
    ({ attempt, exited }) => attempt === state.attempt && (exited === undefined || (exited.left ?? []).length > 0)
  )

const ofTheEngine: ReadonlySet<InterruptSignal.InterruptSource> = new Set([
  "Deadline",
  "Parent",
  "Shutdown",
  "StopAfter",
  "StepFailed",
  "Crash",
  "Stalled"
])

/** `by anna (page)`, `(command line)`, `by its deadline`: for a sentence that begins with what was asked. */
export const byWhom = (signal: InterruptSignal.InterruptSignal): string => {
  if (ofTheEngine.has(signal.source)) return `by ${Words.door(signal)}`
  const door = Words.who(undefined, signal.source)
  return signal.by === undefined ? `(${door})` : `by ${ControlSequences.strip(signal.by)} (${door})`
}

/** The first request of the attempt on screen. */
export const firstRequest = (state: State): ExecutionState.InterruptRecord | undefined =>
  state.requests.find(({ attempt, kind }) => attempt === state.attempt && kind === "first")

/** The request to end by force, of the attempt on screen. */
export const forceRequest = (state: State): ExecutionState.InterruptRecord | undefined =>
  state.requests.find(({ attempt, kind }) => attempt === state.attempt && kind === "terminate")

/** Later requests of the attempt on screen, which changed nothing or made it sooner. */
export const repeats = (state: State): ReadonlyArray<ExecutionState.InterruptRecord> =>
  state.requests.filter(({ attempt, kind }) => attempt === state.attempt && kind === "repeat")
