/**
 * What `halte check` says about a flow: how soon each step stops and how, then what is doubtful or wrong.
 */
import { Diagnostic } from "@halte/flow-file"
import { DurationText, FlowDescription, StopPromise, Words } from "@halte/engine/model"
import { glyph, type Look, paint, plain } from "./Look.ts"
import { padEnd, truncate, width, wrap } from "./TextWidth.ts"

export interface CheckInput {
  readonly look: Look
  readonly columns: number
  /** The file, for a flow that could not even be read. */
  readonly file: string
  readonly flow: FlowDescription.FlowDescription | undefined
  readonly diagnostics: ReadonlyArray<Diagnostic.Diagnostic>
  /** What this machine can't promise: sentences. */
  readonly notes?: ReadonlyArray<string>
}

export const render = (input: CheckInput): ReadonlyArray<string> => {
  const { diagnostics, file, flow, look } = input
  const errors = diagnostics.filter((d) => d.severity === "error").length
  const warnings = diagnostics.length - errors
  const found = [
    ...(flow === undefined ? [] : [DurationText.plural(FlowDescription.leaves(flow).length, "step")]),
    errors === 0 ? "no errors" : DurationText.plural(errors, "error"),
    warnings === 0 ? "no warnings" : DurationText.plural(warnings, "warning")
  ].join(", ")
  return [
    `${glyph(look, errors === 0 ? "Completed" : "Failed")} ${paint(look, "bold", flow?.name ?? file)}  ${found}`,
    ...(flow === undefined ? [] : ["", ...table(input, flow)]),
    ...diagnostics.flatMap((d) => ["", ...problem(input, d)]),
    ...(input.notes ?? []).flatMap((note) => [
      "",
      ...wrap(`  ${paint(look, "yellow", "!")} ${note}`, input.columns, "    ")
    ])
  ]
}

const table = ({ columns, look }: CheckInput, flow: FlowDescription.FlowDescription): ReadonlyArray<string> => {
  const steps = FlowDescription.leaves(flow)
  const longest = Math.max(...steps.map((step) => width(step.id)), width(flow.name))
  const first = Math.min(Math.max(longest, 15), Math.max(12, Math.floor(columns * 0.4))) + 2
  const row = (step: string, within: string, how: string, note: string) => {
    const head = `  ${padEnd(truncate(look, step, first - 2), first)}${padEnd(within, 14)}`
    const room = columns - width(head)
    const text =
      note === ""
        ? truncate(look, how, room)
        : `${padEnd(truncate(look, how, Math.max(8, Math.min(29, room - width(note) - 2))), Math.min(31, room - width(note)))}${note}`
    return truncate(look, (head + paint(look, "dim", plain(look, text))).trimEnd(), columns)
  }
  const bound = StopPromise.ofFlow(flow)
  const names = (ids: ReadonlyArray<string>) =>
    Words.list(
      Words.grouped(flow, ids, (id) => id),
      4
    )
  return [
    paint(look, "dim", truncate(look, `  ${padEnd("Step", first)}Stops within  How`, columns)),
    ...steps.map((step) => row(step.id, within(step.stopsWithinMillis), how(step), note(step))),
    paint(look, "dim", `  ${plain(look, "─").repeat(Math.max(1, columns - 3))}`),
    bound._tag === "Within"
      ? row(flow.name, within(bound.millis), bound.steps.length === 0 ? "" : `slowest: ${names(bound.steps)}`, "")
      : row(flow.name, "no bound", `because of ${names(bound.steps)}`, "")
  ]
}

const within = (millis: number | undefined): string =>
  millis === undefined ? "no bound" : millis === 0 ? "at once" : DurationText.short(millis)

/** `SIGTERM → 5 s → SIGKILL, clean-up`: what the time is made of. */
const how = (step: FlowDescription.StepDescription): string => {
  const stops = step.kind === "gate" ? "gate" : (step.stops ?? "")
  return step.cleanUp !== true ? stops : stops === "" ? "clean-up" : `${stops}, clean-up`
}

/** What a person should know before a step runs a second time. */
const note = (step: FlowDescription.StepDescription): string => {
  if (step.idempotent === false) return "not idempotent"
  return step.kind === "http" &&
    step.idempotent === undefined &&
    step.undo !== true &&
    /^(POST|PATCH)\b/.test(step.detail ?? "")
    ? "no idempotency"
    : ""
}

/** A problem with its place, indented under its mark. */
export const problem = (
  { columns, look }: Pick<CheckInput, "columns" | "look">,
  diagnostic: Diagnostic.Diagnostic
): ReadonlyArray<string> => {
  const error = diagnostic.severity === "error"
  const mark = error ? glyph(look, "Failed") : paint(look, "yellow", "!")
  return Diagnostic.render(diagnostic, { color: look.color, width: Math.max(40, columns - 4) })
    .split("\n")
    .map((line, i) => (i === 0 ? `  ${mark} ${line}` : `    ${line}`))
}
