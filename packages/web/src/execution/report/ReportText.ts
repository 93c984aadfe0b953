/**
 * The report as text, as the command line prints it: for a message to somebody else.
 */
import { ControlSequences, DurationText, type ExecutionState, FlowDescription, Words } from "@halte/engine/model"
import * as StopWords from "../StopWords.ts"
import * as TimeOfDay from "../TimeOfDay.ts"
import { counts, half, headline } from "./Headline.ts"

type State = ExecutionState.ExecutionState

const glyphs: Readonly<Record<string, string>> = {
  Completed: "✓",
  Interrupted: "‖",
  Failed: "✗",
  Terminated: "■",
  Skipped: "⊘",
  Waiting: "○"
}

const column = 18

/** `‖ release interrupted after 3 of 8 steps (1m 44s).` and what follows. */
export const text = (state: State): string => {
  const { ended } = state
  if (ended === undefined) return ""
  const lines = [`${glyphs[state.status] ?? ""} ${title(state)}.`]
  if (state.status !== "Completed") lines.push(`  ${headline(state)}.`)
  const left = counts(state).replace(/^[^.]*\.\s*/, "")
  if (left !== "" && state.status !== "Completed") lines.push(`  ${left}`)
  if (ended.failure !== undefined) lines.push(...failed(ended.failure))
  lines.push("", ...sections(state))
  const { signal } = state
  if (signal !== undefined && (state.status === "Interrupted" || state.status === "Terminated")) {
    const who = [signal.by, Words.door(signal), TimeOfDay.exact(signal.requestedAt)].filter(
      (part) => part !== undefined
    )
    lines.push("", labelled("Asked by", ControlSequences.strip(who.join(", "))))
    if (signal.reason !== undefined) lines.push(labelled("Because", `“${ControlSequences.strip(signal.reason)}”`))
  }
  if (state.status !== "Completed") lines.push(labelled("Resume with:", `halte resume ${state.id}`))
  return lines.join("\n")
}

const title = (state: State): string => {
  const took = DurationText.text(state.ended?.tookMillis ?? 0)
  const count = Words.stepCount(state)
  const step = state.ended?.failure?.step
  if (state.status === "Completed") return `${state.flow} completed ${count} (${took})`
  if (state.status === "Failed")
    return `${state.flow} failed${step === undefined ? "" : ` at ${step}`} after ${count} (${took})`
  return `${state.flow} ${state.status.toLowerCase()} after ${count} (${took})`
}

const failed = ({ failure, step }: NonNullable<NonNullable<State["ended"]>["failure"]>): ReadonlyArray<string> => [
  `  Step \`${step}\` failed: ${StopWords.failureText(failure)}.`,
  ...(failure.lastOutput ?? []).map((line) => `      ${ControlSequences.strip(line)}`),
  ...(failure.hint === undefined ? [] : [`  ${ControlSequences.strip(failure.hint)}`])
]

const sections = (state: State): ReadonlyArray<string> => {
  const { completed, failed: failures, interrupted, notStarted, skipped, terminated } = state.ended!.partition
  const section = (status: string, label: string, lines: ReadonlyArray<string>) =>
    lines.map((line, i) => (i === 0 ? `  ${glyphs[status]} ${label}`.padEnd(column) + line : " ".repeat(column) + line))
  const joined = (ids: ReadonlyArray<string>) => (ids.length === 0 ? [] : [Words.list(ids, 24)])
  const grouped = (ids: ReadonlyArray<string>) =>
    joined(
      Words.grouped(state.definition, ids, (id, parts) =>
        parts === 0 ? id : `${id} (${DurationText.plural(parts, "part")})`
      )
    )
  const took = (id: string) => {
    const millis = state.steps.get(id)?.tookMillis
    return millis === undefined ? id : `${id} ${DurationText.text(millis)}`
  }
  const width = Math.min(24, Math.max(0, ...FlowDescription.leaves(state.definition).map(({ id }) => id.length))) + 2
  const each = (ids: ReadonlyArray<string>, detail: (id: string) => string) =>
    ids.map((id) => `${id.padEnd(width)}${detail(id)}`.trimEnd())
  return [
    ...section("Completed", "Done", joined(completed.map(took))),
    ...section("Skipped", "Skipped", grouped(skipped)),
    ...section(
      "Failed",
      "Failed",
      each(failures, (id) => {
        const failure = state.steps.get(id)?.failure
        return failure === undefined ? "" : StopWords.failureText(failure)
      })
    ),
    ...section(
      "Interrupted",
      "Interrupted",
      each(
        interrupted.map(({ step }) => step),
        (id) => StopWords.stoppedAt(state, id, true)
      )
    ),
    ...section(
      "Terminated",
      "Terminated",
      each(terminated, (id) =>
        ControlSequences.strip(state.steps.get(id)?.detail ?? "ended by force, may be half done")
      )
    ),
    ...section("Waiting", "Not started", grouped(notStarted)),
    ...(half(state).length === 0 ? [] : ["", labelled("May be half done", Words.list(half(state), 24))])
  ]
}

const labelled = (label: string, value: string): string => `  ${label.padEnd(column - 2)}${value}`
