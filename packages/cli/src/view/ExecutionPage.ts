/**
 * `halte show ID`: everything that is known of one execution, the most important first.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionHistory,
  type ExecutionState,
  ExecutionStatus,
  FlowDescription,
  ParentStep,
  StopBound,
  StopPromise,
  Waiting,
  Words
} from "@halte/engine/model"
import * as InterruptionsView from "./InterruptionsView.ts"
import * as LocalTime from "./LocalTime.ts"
import { glyph, type Look, paint, plain, styleOf, word } from "./Look.ts"
import * as ParamsText from "./ParamsText.ts"
import * as ProcessesView from "./ProcessesView.ts"
import * as Report from "./Report.ts"
import * as StepsTable from "./StepsTable.ts"
import { ends, padEnd, truncate, width, wrap } from "./TextWidth.ts"

export interface PageInput {
  readonly look: Look
  readonly columns: number
  readonly now: number
  readonly state: ExecutionState.ExecutionState
  readonly history: ExecutionHistory.History
  /** The command that goes on from here, where one does, and the one that follows it while it runs. */
  readonly resume?: string | undefined
  readonly watch?: string | undefined
}

/** Where values begin: of the facts at the top, and of the sections below. */
const factColumn = 18
const column = 19

export const render = (input: PageInput): ReadonlyArray<string> => {
  const { columns, history, look, now, resume, state, watch } = input
  const requests = InterruptionsView.render(input, history.attempts)
  const children = childrenOf(state)
  const commands = [
    ...(resume === undefined ? [] : section(look, "Resume with:", [resume])),
    ...(watch === undefined ? [] : section(look, "Watch it with:", [watch]))
  ]
  const lines = [
    header(input),
    ...facts(input),
    "",
    ...StepsTable.render({ look, columns, now, state }),
    ...(state.ended?.failure === undefined ? [] : ["", ...Report.failure(input, state.ended.failure)]),
    ...(requests.length === 0 ? [] : ["", paint(look, "dim", "  Interruptions"), ...requests]),
    ...(history.attempts.length < 2
      ? []
      : ["", paint(look, "dim", "  Attempts"), ...history.attempts.map((attempt) => attemptLine(input, attempt))]),
    ...(children.length === 0 ? [] : ["", ...section(look, "Sub-flows", children)]),
    ...(state.processes.length === 0
      ? []
      : ["", ...section(look, "Processes", ProcessesView.render(input, state, state.processes))]),
    ...(commands.length === 0 ? [] : ["", ...commands])
  ]
  // A command to copy is never cut.
  return lines.map((line) =>
    width(line) > columns && ![resume, watch].some((command) => command !== undefined && line.includes(command))
      ? truncate(look, line, columns)
      : line
  )
}

/** Sub-flows that are named, before the rest is only counted. */
const mostChildren = 10

/** `01KB3D9QSZ8M4XJ6WYVT  release-notes, of notes`. */
const childrenOf = (state: ExecutionState.ExecutionState): ReadonlyArray<string> => {
  const all = FlowDescription.leaves(state.definition).flatMap((step) => {
    const child = ParentStep.childOf(step, state.steps.get(step.id))
    return child === undefined ? [] : [`${child}  ${step.detail}, of ${step.id}`]
  })
  return all.length <= mostChildren
    ? all
    : [...all.slice(0, mostChildren), `and ${DurationText.count(all.length - mostChildren)} more`]
}

/** State, flow and id; the attempt at the right end. */
export const header = ({ columns, look, state }: Pick<PageInput, "columns" | "look" | "state">): string =>
  ends(
    look,
    `${glyph(look, state.status)} ${paint(look, styleOf(state.status), word(look, state.status))}  ${paint(look, "bold", Words.title(state))}  ${paint(look, "dim", state.id)}`,
    paint(look, "dim", `attempt ${state.attempt}`),
    columns
  )

const facts = ({ columns, history, look, now, state }: PageInput): ReadonlyArray<string> => {
  const first = history.attempts[0]
  const started =
    first === undefined || history.attempts.length < 2
      ? startedText(state.attemptStartedAt, state.by, state.source, now)
      : startedText(first.startedAt, first.by, first.source, now)
  const params = ParamsText.render(state.params)
  return [
    ...fact(look, columns, "Started", started),
    ...(state.parent === undefined
      ? []
      : fact(look, columns, "Part of", `${state.parent.execution}, its step ${state.parent.step}`)),
    ...(history.attempts.length < 2
      ? []
      : fact(
          look,
          columns,
          state.undo === undefined ? "Resumed" : "Undo",
          startedText(state.attemptStartedAt, state.by, state.source, now)
        )),
    ...(state.endedAt === undefined || state.ended === undefined
      ? [
          ...fact(look, columns, "Stops", liveText(state)),
          ...(state.definition.stopsWithinMillis === undefined
            ? []
            : fact(look, columns, "Promised", `within ${DurationText.short(state.definition.stopsWithinMillis)}`))
        ]
      : fact(look, columns, "Ended", endedText(state, now))),
    ...(params.length === 0 ? [] : fact(look, columns, "Params", params.join(" ")))
  ]
}

const startedText = (
  at: number,
  by: string | undefined,
  source: ExecutionState.ExecutionState["source"],
  now: number
): string => `${LocalTime.full(at, now)} by ${Words.who(by, source)}`

const endedText = (state: ExecutionState.ExecutionState, now: number): string => {
  const took = `${LocalTime.full(state.endedAt ?? now, now)} after ${DurationText.text(state.ended?.tookMillis ?? 0)}`
  switch (state.ended?.cause) {
    case "Crash":
      return `${took}: its engine was gone`
    case "Deadline":
      return `${took}: its deadline had come`
    case "Stalled":
      return `${took}: it made no progress`
    case "Undo":
      return `${took}: what completed was undone`
    default:
      return took
  }
}

const liveText = (state: ExecutionState.ExecutionState): string => {
  if (state.status === "Pending")
    return `at once: it ${state.waits === undefined ? "waits for a slot of the engine" : Waiting.text(state.waits, state.id)}`
  if (state.status === "Paused") return `${StopBound.toText(StopPromise.now(state))}; held until it is resumed`
  if (state.bound !== undefined && state.status === "Interrupting")
    return state.bound._tag === "Within"
      ? `${StopBound.toText(state.bound)} of the request`
      : StopBound.toText(state.bound)
  return StopBound.toText(StopPromise.now(state))
}

const fact = (look: Look, columns: number, label: string, value: string): ReadonlyArray<string> =>
  wrap(plain(look, value), Math.max(20, columns - factColumn)).map(
    (line, i) => `  ${i === 0 ? paint(look, "dim", padEnd(label, factColumn - 2)) : " ".repeat(factColumn - 2)}${line}`
  )

/** A label and the lines beside it. */
export const section = (look: Look, label: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.map((line, i) => `  ${i === 0 ? paint(look, "dim", padEnd(label, column - 2)) : " ".repeat(column - 2)}${line}`)

/** `1  14:07:00  anna, page  ‖ Interrupted after 1m 44s at index 41,312 of 100,000`. */
const attemptLine = ({ columns, look, now, state }: PageInput, attempt: ExecutionHistory.Attempt): string => {
  const time = LocalTime.full(attempt.startedAt, now)
  const head = `  ${attempt.number}  ${padEnd(time, column - 5)}${padEnd(Words.who(attempt.by, attempt.source), 14)}  `
  const { ended } = attempt
  const status = ended?.status ?? state.status
  const mark = `${glyph(look, status)} ${paint(look, styleOf(status), word(look, status))}`
  return truncate(
    look,
    `${head}${mark}${attempt.undo === undefined ? "" : plain(look, ` undo of ${DurationText.plural(attempt.undo.length, "step")}`)}${ended === undefined ? "" : plain(look, outcome(ended))}`,
    columns
  )
}

const outcome = (ended: NonNullable<ExecutionHistory.Attempt["ended"]>): string => {
  const took = ` after ${DurationText.text(ended.tookMillis)}`
  if (ended.cause === "Crash") return `${took}, engine gone`
  if (ended.cause === "Undo") return took
  if (ended.failure !== undefined)
    return `${took} at ${ended.failure.step}, ${ControlSequences.sentence(ended.failure.failure.message).replaceAll("`", "")}`
  // One that says how far it was says more.
  const { interrupted } = ended.partition
  const stopped = interrupted.find((step) => step.total !== undefined) ?? interrupted[0]
  if (ended.status === "Interrupted" && stopped !== undefined)
    return `${took} at ${stopped.step}${
      stopped.total === undefined
        ? ""
        : ` ${DurationText.count(stopped.done ?? 0)} of ${DurationText.count(stopped.total)}`
    }`
  const [terminated] = ended.partition.terminated
  return terminated === undefined ? took : `${took} at ${terminated}`
}

/** Whether another attempt can begin. */
export const isResumable = ({ status }: { readonly status: ExecutionStatus.ExecutionStatus }): boolean =>
  ExecutionStatus.isEnded(status) && status !== "Completed"
