/**
 * What is printed when an execution has ended: how, where exactly it stopped, what is left, and what to do next.
 */
import {
  ControlSequences,
  DurationText,
  ExecutionState,
  FlowDescription,
  StepId,
  UndoPlan,
  Words
} from "@halte/engine/model"
import { type AnyStatus, glyph, type Look, paint, plain, styleOf } from "./Look.ts"
import * as LocalTime from "./LocalTime.ts"
import * as UndoText from "./UndoText.ts"
import { padEnd, padStart, truncate, width, wrap } from "./TextWidth.ts"

/** The command that goes on from here: the same execution, where another process can, or a new one. */
export type NextCommand =
  | {
      readonly _tag: "Resume"
      readonly command: string
      /** Shows everything that the failed step wrote. */
      readonly log?: string | undefined
    }
  | { readonly _tag: "RunAgain"; readonly command: string }
  | { readonly _tag: "Undo"; readonly command: string }

export interface ReportInput {
  readonly state: ExecutionState.ExecutionState
  readonly look: Look
  readonly columns: number
  readonly exitCode: number
  /** Absent where hints are not wanted. */
  readonly next?: NextCommand | undefined
}

/** Where names and values begin: after the glyph and the longest label. */
const valueColumn = 18
/** Steps that are listed one by one, before the rest is only counted. */
const mostLines = 20

export const render = (input: ReportInput): ReadonlyArray<string> => {
  const { columns, exitCode, look, next, state } = input
  const ended = state.ended
  if (ended === undefined) return []
  const lines = [...wrap(title(input), columns, "  "), ...explanation(input)]
  const sections = partition(input)
  if (sections.length > 0) lines.push("", ...sections)
  const asked = state.status === "Interrupted" ? askedBy(input) : []
  const hint = next === undefined ? [] : labelled(look, nextLabels[next._tag], next.command, columns)
  const log =
    next?._tag === "Resume" && next.log !== undefined && ended.failure !== undefined
      ? labelled(look, "Full log", next.log, columns, true)
      : []
  if (asked.length + log.length + hint.length > 0) lines.push("", ...asked, ...log, ...hint)
  if (ended.failure !== undefined)
    lines.push(paint(look, "dim", padStart(`code: ${ended.failure.failure.code}`, columns)))
  lines.push(paint(look, "dim", padStart(`(exit ${exitCode})`, columns)))
  const copied = next === undefined ? [] : [next.command, ...(next._tag === "Resume" ? [next.log ?? next.command] : [])]
  return lines.map((line) =>
    width(line) > columns && !copied.some((command) => line.includes(command)) ? truncate(look, line, columns) : line
  )
}

const nextLabels = { Resume: "Resume with:", RunAgain: "Run again with:", Undo: "Undo the rest:" } as const

/** `‖ release interrupted after 3 of 8 steps (1m 44s).` */
const title = ({ look, state }: ReportInput): string =>
  `${glyph(look, state.status)} ${paint(look, styleOf(state.status), summary(state))}.`

/** The same without glyph and full stop: the last of the plain lines. */
export const summary = (state: ExecutionState.ExecutionState): string => {
  const took = DurationText.text(state.ended?.tookMillis ?? 0)
  const count = Words.stepCount(state)
  const failed = state.ended?.failure
  const undo = UndoPlan.progress(state)
  if (undo !== undefined) return UndoText.summary(state, undo)
  switch (state.status) {
    case "Completed":
      return `${state.flow} completed ${count} (${took})`
    case "Failed":
      return `${state.flow} failed${failed === undefined ? "" : ` at ${failed.step}`} after ${count} (${took})`
    default:
      return `${state.flow} ${state.status.toLowerCase()} after ${count} (${took})`
  }
}

const explanation = (input: ReportInput): ReadonlyArray<string> => {
  const { columns, state } = input
  const ended = state.ended!
  const said: Array<string> = []
  if (state.status === "Failed" && ended.failure !== undefined) return failure(input, ended.failure)
  if (state.status === "Interrupted" && ended.cause === "Undo") said.push("What was undone runs again on resume.")
  else if (state.status === "Interrupted") said.push(promiseKept(state))
  const processes = processesLeft(state)
  if (state.status === "Terminated") {
    if (processes !== "") said.push(processes.replace("No process left.", "No process is left."))
    said.push("It did not wait for a stopping point.")
    const abandoned = (ended.abandoned ?? []).filter((step) => !ended.partition.terminated.includes(step))
    if (abandoned.length > 0)
      said.push(
        `${state.undo === undefined ? "Did not end within 1 s" : "May be half undone"}: ${abandoned.join(", ")}.`
      )
  } else if (processes !== "" && (state.status === "Interrupted" || processes !== "No process left."))
    said.push(processes)
  return said.length === 0 ? [] : wrap(`  ${said.join(" ")}`, columns, "  ")
}

/** Why a step failed, the last that it wrote, and what to do about it. */
export const failure = (
  { columns, look, state }: Pick<ReportInput, "columns" | "look" | "state">,
  { failure, step }: NonNullable<NonNullable<ExecutionState.ExecutionState["ended"]>["failure"]>
): ReadonlyArray<string> => {
  const tries = FlowDescription.leaves(state.definition).find((s) => s.id === step)?.tries
  const tried = tries === undefined || tries < 2 ? "" : ` (try ${state.steps.get(step)?.try ?? tries} of ${tries})`
  const output = (failure.lastOutput ?? []).map((line) => `      ${ControlSequences.strip(line)}`)
  return [
    ...wrap(
      `  ${state.undo === undefined ? "Step" : "The undo of"} \`${step}\` failed: ${ControlSequences.sentence(failure.message)}${tried}.`,
      columns,
      "  "
    ),
    ...(output.length === 0 ? [] : ["", ...output.map((line) => truncate(look, line, columns))]),
    ...(failure.hint === undefined
      ? []
      : [
          ...(output.length === 0 ? [] : [""]),
          ...wrap(`  ${ControlSequences.strip(failure.hint)}${/[.!?]$/.test(failure.hint) ? "" : "."}`, columns, "  ")
        ])
  ]
}

/** `Stopped 1.8 s after the request, within the promised 5.5 s.` */
export const promiseKept = (state: ExecutionState.ExecutionState): string => {
  if (state.signal?.source === "StopAfter") return "Stopped by itself, as it was asked to at the start."
  if (state.signal === undefined && state.ended?.cause === "Crash") return "Its engine was gone; nobody had asked."
  const stop = state.ended?.stopMillis ?? 0
  const took = `Stopped ${DurationText.text(stop)} after the request`
  const bound = state.bound
  if (bound === undefined || bound._tag === "None") return `${took}; no bound was promised.`
  const promised =
    bound.millis === 0 ? "as promised at once" : `within the promised ${DurationText.short(bound.millis)}`
  // What is promised as "at once" has no number to be compared with: a tenth of a second is at once to a person.
  if (stop <= Math.max(bound.millis, 100)) return `${took}, ${promised}.`
  return `${took}, later than the promised ${bound.millis === 0 ? "stop at once" : DurationText.short(bound.millis)}${heldUp(state)}.`
}

/** The steps that took longer than they promise, by name: `` , because of `index` ``. */
const heldUp = (state: ExecutionState.ExecutionState): string => {
  const asked = state.requests.find(({ attempt, kind }) => attempt === state.attempt && kind === "first")?.signal
    .requestedAt
  if (asked === undefined) return ""
  const stuck = FlowDescription.leaves(state.definition).filter(({ id, stopsWithinMillis }) => {
    const endedAt = state.steps.get(id)?.endedAt
    // A tenth of a second is at once to a person.
    return endedAt !== undefined && endedAt - asked > Math.max(stopsWithinMillis ?? 0, 100)
  })
  return stuck.length === 0
    ? ""
    : `, because of ${Words.list(
        stuck.map(({ id }) => `\`${id}\``),
        3
      )}`
}

const processesLeft = (state: ExecutionState.ExecutionState): string => {
  const mine = state.processes.filter((p) => p.attempt === state.attempt)
  if (mine.length === 0) return ""
  const left = mine.flatMap((p) => (p.exited === undefined ? [p.pid] : (p.exited.left ?? [])))
  return left.length === 0 ? "No process left." : `Could not be ended: ${left.map((pid) => `pid ${pid}`).join(", ")}.`
}

const partition = (input: ReportInput): ReadonlyArray<string> => {
  const { columns, look, state } = input
  const p = state.ended!.partition
  const wide = columns >= 100
  const column =
    Math.min(
      24,
      [...state.steps.keys()].reduce((most, id) => Math.max(most, width(id)), 0)
    ) + 2
  const room = columns - (isNarrow(columns) ? 4 : valueColumn)

  const section = (status: AnyStatus, label: string, lines: ReadonlyArray<string>): ReadonlyArray<string> => {
    if (lines.length === 0) return []
    const head = `  ${glyph(look, status)} ${paint(look, styleOf(status), label)}`
    if (isNarrow(columns)) return [head, ...lines.map((line) => `    ${line}`)]
    return lines.map((line, i) => (i === 0 ? padEnd(head, valueColumn) : " ".repeat(valueColumn)) + line)
  }
  const joined = (items: ReadonlyArray<string>) => (items.length === 0 ? [] : wrap(Words.list(items, 24), room))
  const grouped = (ids: ReadonlyArray<string>) =>
    Words.grouped(state.definition, ids, (id, parts) =>
      parts === 0 ? id : `${id} (${DurationText.plural(parts, "part")})`
    )
  const took = (id: string) => {
    const millis = state.steps.get(id)?.tookMillis
    return wide && millis !== undefined ? `${id} ${DurationText.text(millis)}` : id
  }
  const each = (ids: ReadonlyArray<string>, detail: (id: string) => string): ReadonlyArray<string> => {
    const lines = ids.slice(0, mostLines).flatMap((id) => {
      const text = detail(id)
      if (text === "") return [id]
      return isNarrow(columns)
        ? [id, ...wrap(`  ${text}`, room, "  ")]
        : wrap(padEnd(id, column - 1) + " " + text, room, " ".repeat(column))
    })
    return ids.length > mostLines ? [...lines, `and ${DurationText.count(ids.length - mostLines)} more`] : lines
  }
  // In the order in which they ended, which is how people remember it.
  const ended = (ids: ReadonlyArray<string>) => {
    const wanted = new Set(ids)
    const at = (id: string) => state.steps.get(id)?.endedAt ?? 0
    return [...state.steps.keys()].filter((id) => wanted.has(id)).sort((a, b) => at(a) - at(b))
  }
  const undo = UndoPlan.progress(state)
  const undone = [...(undo?.failed ?? []), ...(undo?.running === undefined ? [] : [undo.running])]
  // Of a clean-up that went well only the flow's is said: it belongs to no step.
  const cleanUps = (state.cleanUps ?? []).filter(
    ({ kind, status, step }) => kind === "clean-up" && (status === "failed" || step === StepId.ofFlow)
  )
  const cleanedUp = (status: ExecutionState.CleanUpState["status"]) => cleanUps.filter((one) => one.status === status)
  return [
    ...(undo === undefined ? [] : section("Completed", "Undone", joined(undo.done))),
    ...section(
      "Failed",
      "Not undone",
      each(
        undone.map(({ step }) => step),
        (id) => UndoText.why(undone.find(({ step }) => step === id)!)
      )
    ),
    ...(undo === undefined ? [] : section("Waiting", "Not come to", joined(undo.left))),
    ...section("Completed", "Done", joined(ended(p.completed).map(took))),
    ...section("Skipped", "Skipped", joined(grouped(p.skipped))),
    ...section(
      "Failed",
      "Failed",
      each(ended(p.failed), (id) =>
        id === state.ended?.failure?.step ? "" : ControlSequences.sentence(state.steps.get(id)?.failure?.message ?? "")
      )
    ),
    ...section(
      "Interrupted",
      "Interrupted",
      each(ended(p.interrupted.map((s) => s.step)), (id) => stoppedAt(input, id, wide))
    ),
    ...section(
      "Terminated",
      "Terminated",
      each(ended(p.terminated), (id) =>
        ControlSequences.strip(state.steps.get(id)?.detail ?? "ended by force, may be half done")
      )
    ),
    ...section("Waiting", "Not started", joined(grouped(p.notStarted))),
    ...section(
      "Completed",
      "Clean-up",
      joined(
        cleanedUp("done").map(({ step, tookMillis = 0 }) => `${StepId.toText(step)} ${DurationText.text(tookMillis)}`)
      )
    ),
    ...section(
      "Failed",
      "Clean-up",
      cleanedUp("failed").map((one) => `${StepId.toText(one.step)}: ${UndoText.why(one)}`)
    )
  ]
}

/** Where labels and values don't fit side by side. */
const isNarrow = (columns: number): boolean => columns < 60

/** `at item 41,312 of 100,000, cursor saved, 3.6 ms after the request`. */
export const stoppedAt = ({ next, state }: Pick<ReportInput, "next" | "state">, id: string, wide: boolean): string => {
  const s = state.steps.get(id)
  if (s === undefined) return ""
  const kind = FlowDescription.leaves(state.definition).find((step) => step.id === id)?.kind
  const parts: Array<string> = []
  if (s.total !== undefined && kind !== "gate" && kind !== "sleep")
    parts.push(
      `at ${kind === "for-each" ? "item " : ""}${DurationText.count(s.done ?? 0)} of ${DurationText.count(s.total)}`
    )
  if (s.detail !== undefined) {
    const count = state.processes.findLast((p) => p.step === id && p.attempt === state.attempt)?.signalled?.count ?? 1
    parts.push(
      wide && count > 1 && s.detail.startsWith("exited")
        ? `${DurationText.plural(count, "process", "processes")} ${ControlSequences.strip(s.detail)}`
        : ControlSequences.strip(s.detail)
    )
  }
  if (parts.length === 0) parts.push("at a stopping point")
  const resumes = next?._tag === "Resume"
  if (resumes && s.cursor !== undefined && state.status !== "Terminated") parts.push("cursor saved")
  if (wide && s.total !== undefined && s.detail === undefined && s.stopMillis !== undefined)
    parts.push(`${DurationText.text(s.stopMillis)} after the request`)
  const text = parts.join(", ")
  return wide && resumes && s.cursor === undefined ? `${text}; runs again on resume` : text
}

const askedBy = ({ columns, look, state }: ReportInput): ReadonlyArray<string> => {
  const signal = state.signal
  if (signal === undefined) return []
  const who = [signal.by, Words.door(signal), LocalTime.exact(signal.requestedAt)]
    .filter((part) => part !== undefined)
    .join(", ")
  return [
    ...labelled(look, "Asked by", ControlSequences.strip(who), columns),
    ...(signal.reason === undefined
      ? []
      : labelled(look, "Because", `“${ControlSequences.strip(signal.reason)}”`, columns))
  ]
}

/** A label and its value; a value to copy is never cut nor broken. */
const labelled = (
  look: Look,
  label: string,
  value: string,
  columns: number,
  copied = label.endsWith(":")
): ReadonlyArray<string> =>
  isNarrow(columns)
    ? [
        `  ${paint(look, "dim", label)}`,
        ...(copied ? [`    ${value}`] : wrap(`    ${plain(look, value)}`, columns, "    "))
      ]
    : [`  ${paint(look, "dim", padEnd(label, valueColumn - 2))}${plain(look, value)}`]
