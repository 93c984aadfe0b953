/**
 * The steps of an execution as a table: nested, each with its state, how long it took and where it stands.
 */
import {
  ControlSequences,
  DurationText,
  ExecutionState,
  ExecutionStatus,
  FlowDescription,
  ParentStep,
  Waiting,
  Words
} from "@halte/engine/model"
import { type AnyStatus, glyph, type Look, paint, plain, styleOf, word } from "./Look.ts"
import * as Report from "./Report.ts"
import { padEnd, truncate, width } from "./TextWidth.ts"

export interface StepsInput {
  readonly look: Look
  readonly columns: number
  readonly now: number
  readonly state: ExecutionState.ExecutionState
}

interface Row {
  readonly step: FlowDescription.StepDescription
  readonly depth: number
}

/** With more rows than this, steps that are done or have not begun are only counted. */
const mostRows = 60
const tookWidth = 10

export const render = (
  input: StepsInput,
  steps: ReadonlyArray<FlowDescription.StepDescription> = input.state.definition.steps
): ReadonlyArray<string> => {
  const { columns, look, state } = input
  const all = rowsOf(steps, 0)
  const rows = all.length <= mostRows ? all : all.filter(({ step }) => isNotable(state, step))
  const longest = rows.reduce((most, { depth, step }) => Math.max(most, 2 * depth + width(step.name)), 0)
  const first = Math.max(15, Math.min(longest, columns < 60 ? 15 : columns >= 100 ? 32 : 22)) + 2
  // `Interrupting…` is the longest word of one that is under way.
  const stateWidth = ExecutionStatus.isEnded(state.status) ? 15 : 17
  const line = ({ depth, step }: Row): string => {
    const status = statusOf(state, step)
    const shown = status === "Waiting" && ExecutionStatus.isEnded(state.status) ? "Not started" : word(look, status)
    const name = padEnd(truncate(look, "  ".repeat(depth) + step.name, first - 2), first)
    const cell = padEnd(`${glyph(look, status)} ${paint(look, styleOf(status), shown)}`, stateWidth)
    const took = padEnd(timeOf(input, step), tookWidth)
    return truncate(look, `  ${name}${cell}${took}${plain(look, detail(input, step, status))}`.trimEnd(), columns)
  }
  const left = new Map<string, number>()
  for (const { step } of all.length <= mostRows ? [] : all)
    if (step.steps === undefined && !isNotable(state, step)) {
      const status = statusOf(state, step)
      left.set(status, (left.get(status) ?? 0) + 1)
    }
  return [
    paint(
      look,
      "dim",
      truncate(
        look,
        `  ${padEnd("Step", first)}${padEnd("State", stateWidth)}${padEnd("Took", tookWidth)}Detail`,
        columns
      )
    ),
    ...rows.map(line),
    ...[...left].map(([status, n]) =>
      paint(look, "dim", `  and ${DurationText.plural(n, "more step")} ${countedAs(state, status)}`)
    )
  ]
}

const rowsOf = (steps: ReadonlyArray<FlowDescription.StepDescription>, depth: number): ReadonlyArray<Row> =>
  steps.flatMap((step) => [{ step, depth }, ...(step.steps === undefined ? [] : rowsOf(step.steps, depth + 1))])

const statusOf = (
  state: ExecutionState.ExecutionState,
  step: FlowDescription.StepDescription
): ExecutionStatus.StepStatus =>
  step.steps === undefined ? (state.steps.get(step.id)?.status ?? "Waiting") : ExecutionState.groupStatus(state, step)

const isNotable = (state: ExecutionState.ExecutionState, step: FlowDescription.StepDescription): boolean => {
  const status: AnyStatus = statusOf(state, step)
  return status !== "Completed" && status !== "Waiting" && status !== "Skipped"
}

const countedAs = (state: ExecutionState.ExecutionState, status: string): string =>
  status === "Completed"
    ? "done"
    : status === "Skipped"
      ? "skipped"
      : ExecutionStatus.isEnded(state.status)
        ? "not started"
        : "waiting"

/** How long a step took; a group, from its first step's beginning to its last one's end. */
const timeOf = ({ now, state }: StepsInput, step: FlowDescription.StepDescription): string => {
  if (step.steps === undefined) {
    const s = state.steps.get(step.id)
    if (s === undefined || s.status === "Waiting") return ""
    if (ExecutionStatus.isActive(s.status))
      return s.startedAt === undefined ? "" : DurationText.text(Math.max(0, now - s.startedAt))
    if (s.tookMillis !== undefined) return DurationText.text(s.tookMillis)
    return s.startedAt === undefined || s.endedAt === undefined ? "" : DurationText.text(s.endedAt - s.startedAt)
  }
  const all = FlowDescription.leaves({ steps: step.steps }).flatMap(({ id }) => state.steps.get(id) ?? [])
  // Between two attempts it did nothing.
  const latest = all.reduce((most, s) => Math.max(most, s.attempt), 0)
  const within = all.filter((s) => s.attempt === latest && s.startedAt !== undefined)
  if (latest === 0 || within.length === 0) return ""
  const end = within.some((s) => ExecutionStatus.isActive(s.status))
    ? now
    : Math.max(...within.map((s) => endOf(state, s)))
  return DurationText.text(Math.max(0, end - Math.min(...within.map((s) => s.startedAt!))))
}

/** When a step ended. What an engine that is gone left behind is found later than it ended. */
const endOf = (state: ExecutionState.ExecutionState, s: ExecutionState.StepState): number =>
  state.ended?.cause === "Crash" && s.status === "Interrupted" && s.tookMillis !== undefined
    ? (s.startedAt ?? 0) + s.tookMillis
    : (s.endedAt ?? 0)

const detail = (
  { columns, state }: StepsInput,
  step: FlowDescription.StepDescription,
  status: ExecutionStatus.StepStatus
): string => {
  if (step.steps !== undefined) {
    const leaves = FlowDescription.leaves({ steps: step.steps })
    const done = leaves.filter(({ id }) => {
      const is = state.steps.get(id)?.status
      return is === "Completed" || is === "Skipped"
    }).length
    return done === 0 || done === leaves.length
      ? ""
      : `${DurationText.count(done)} of ${DurationText.plural(leaves.length, "part")}`
  }
  const s = state.steps.get(step.id)
  if (s === undefined) return ""
  if (step.kind === "flow") {
    const child = ParentStep.childOf(step, s)
    const id = child === undefined ? "" : `…${child.slice(-4)}`
    const where = ofChild(s, status)
    if (id !== "" && where.startsWith(id)) return where
    return [step.detail, id, where].filter((part) => part !== undefined && part !== "").join(" ")
  }
  switch (status) {
    case "Completed":
      return s.attempt < state.attempt ? `in attempt ${s.attempt}` : ""
    case "Skipped":
      return s.skipped === "input-skipped" ? "it reads a skipped step" : "condition not met"
    case "Failed":
      return ControlSequences.sentence(s.failure?.message ?? "failed")
    case "Terminated":
      return ControlSequences.strip(s.detail ?? "ended by force, may be half done")
    case "Interrupted":
      return Report.stoppedAt({ state }, step.id, columns >= 100)
    case "Waiting":
      if (s.waits !== undefined && !ExecutionStatus.isEnded(state.status)) return Waiting.text(s.waits, state.id)
      return s.cursor !== undefined && s.done !== undefined && s.total !== undefined
        ? `goes on at ${DurationText.count(s.done)} of ${DurationText.count(s.total)}`
        : ""
    default:
      return working(s)
  }
}

/** Where a sub-flow is, beside its name and the end of its id. */
const ofChild = (s: ExecutionState.StepState, status: AnyStatus): string => {
  if (status === "Completed" || status === "Skipped" || status === "Waiting") return ""
  if (status === "Failed") return ControlSequences.sentence(s.failure?.message ?? "failed")
  if (status === "Interrupted" || status === "Terminated") return ControlSequences.strip(s.detail ?? "")
  return working(s)
}

const working = (s: ExecutionState.StepState): string => {
  if (s.cleanUp === "running") return "cleaning up"
  if (s.gate !== undefined) return `waits for an answer: ${ControlSequences.strip(s.gate.message)}`
  if (s.retryAt !== undefined)
    return `waits before the next try: ${ControlSequences.sentence(s.failure?.message ?? "")}`
  if (s.overdueMillis !== undefined) return `no stopping point for ${DurationText.text(s.overdueMillis)}`
  if (s.total !== undefined)
    return `${DurationText.count(s.done ?? 0)} of ${DurationText.count(s.total)}, ${Words.percent(s.done ?? 0, s.total)}`
  return s.message === undefined
    ? s.done === undefined
      ? ""
      : DurationText.count(s.done)
    : ControlSequences.strip(s.message)
}
