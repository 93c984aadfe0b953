/**
 * What `halte check` says about a flow: how soon each step stops and how, then what is doubtful or wrong.
 */
import { Diagnostic } from "@halte/flow-file"
import {
  DurationText,
  FlowDescription,
  StepId,
  StopFindings,
  Stoppability,
  StopStretch,
  Words
} from "@halte/engine/model"
import { glyph, type Look, paint, plain } from "./Look.ts"
import { padEnd, truncate, width, wrap } from "./TextWidth.ts"

export interface CheckInput {
  readonly look: Look
  readonly columns: number
  /** The file, for a flow that could not even be read. */
  readonly file: string
  readonly flow: FlowDescription.FlowDescription | undefined
  /** How well it stops. @default what its definition says */
  readonly stoppability?: Stoppability.Stoppability | undefined
  readonly diagnostics: ReadonlyArray<Diagnostic.Diagnostic>
  /** What this machine can't promise: sentences. */
  readonly notes?: ReadonlyArray<string>
}

export const render = (input: CheckInput): ReadonlyArray<string> => {
  const { columns, diagnostics, file, flow, look } = input
  const steps = flow === undefined ? [] : [DurationText.plural(FlowDescription.leaves(flow).length, "step")]
  return [
    `${mark(look, diagnostics)} ${paint(look, "bold", flow?.name ?? file)}  ${[...steps, ...counts(diagnostics)].join(", ")}`,
    ...(flow === undefined ? [] : ["", ...table(input, flow, input.stoppability ?? Stoppability.of(flow))]),
    ...diagnostics.flatMap((d) => ["", ...problem(input, d)]),
    ...notes(look, columns, input.notes ?? [])
  ]
}

const isError = ({ severity }: Diagnostic.Diagnostic) => severity === "error"

/** ✓ where nothing is wrong; what is only doubtful counts as right. */
export const mark = (look: Look, diagnostics: ReadonlyArray<Diagnostic.Diagnostic>): string =>
  glyph(look, diagnostics.some(isError) ? "Failed" : "Completed")

/** `no errors`, `1 warning`. */
export const counts = (diagnostics: ReadonlyArray<Diagnostic.Diagnostic>): readonly [string, string] => {
  const errors = diagnostics.filter(isError).length
  const warnings = diagnostics.length - errors
  return [
    errors === 0 ? "no errors" : DurationText.plural(errors, "error"),
    warnings === 0 ? "no warnings" : DurationText.plural(warnings, "warning")
  ]
}

/** What this machine can't promise. */
export const notes = (look: Look, columns: number, all: ReadonlyArray<string>): ReadonlyArray<string> =>
  all.flatMap((note) => ["", ...wrap(`  ${paint(look, "yellow", "!")} ${note}`, columns, "    ")])

const table = (
  { columns, look }: CheckInput,
  flow: FlowDescription.FlowDescription,
  stoppability: Stoppability.Stoppability
): ReadonlyArray<string> => {
  const steps = FlowDescription.leavesWithin(flow)
  const longest = steps.reduce((most, step) => Math.max(most, width(step.id)), width(flow.name))
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
  const { budget, steps: stops, withinBudget } = stoppability
  return [
    paint(look, "dim", truncate(look, `  ${padEnd("Step", first)}Stops within  How`, columns)),
    ...steps.map((step, i) => row(step.id, within(stops[i]!.withinMillis), how(step, stops[i]!), note(step))),
    paint(look, "dim", `  ${plain(look, "─").repeat(Math.max(1, columns - 3))}`),
    row(flow.name, boundText(stoppability), reason(flow, stoppability), ""),
    ...(budget === undefined
      ? []
      : [
          row(
            budget.from === "flow" ? "promised" : "allowed",
            DurationText.short(budget.millis),
            withinBudget ? "kept" : "not kept",
            ""
          )
        ]),
    ...stretch(flow, stoppability.stretches).flatMap((line) => ["", ...wrap(`  ${plain(look, line)}`, columns, "  ")])
  ]
}

/** The bound of a flow, in few words: `5.5 s`, `no bound`. */
export const boundText = ({ bound }: Stoppability.Stoppability): string =>
  within(bound._tag === "Within" ? bound.millis : undefined)

/** What makes the bound, or prevents one: `slowest: build, then clean-up of upload`. */
export const reason = (flow: FlowDescription.FlowDescription, { bound, parts }: Stoppability.Stoppability): string => {
  const names = (ids: ReadonlyArray<string>) =>
    Words.list(
      Words.grouped(flow, ids, (id) => id),
      4
    )
  if (flow.strategy._tag !== "FinishCurrent") return "because of on-interrupt"
  if (bound._tag === "None") return `because of ${names(bound.steps)}`
  const cleanUps = parts.flatMap((part) => (part._tag === "CleanUp" ? [StepId.toText(part.step)] : []))
  const slowest = parts.find((part) => part._tag === "Steps")?.steps ?? []
  return [
    ...(slowest.length === 0 ? [] : [`slowest: ${names(slowest)}`]),
    ...(cleanUps.length === 0 ? [] : [`clean-up of ${Words.list(cleanUps, 4)}`])
  ].join(", then ")
}

/** Where steps may go on after a request, how far. */
const stretch = (
  { strategy }: FlowDescription.FlowDescription,
  [longest]: ReadonlyArray<StopStretch.StopStretch>
): ReadonlyArray<string> => {
  if (strategy._tag === "FinishCurrent" || longest === undefined) return []
  const { millis, steps } = longest
  const shown = steps.length <= 6 ? steps : [...steps.slice(0, 3), "…", ...steps.slice(-2)]
  const most = millis === undefined ? "" : `, at most ${DurationText.short(millis)} in all`
  return [
    `Longest stretch without a stopping point: ${shown.join(" → ")} (${DurationText.plural(steps.length, "step")}${most}).`
  ]
}

const within = (millis: number | undefined): string =>
  millis === undefined ? "no bound" : millis === 0 ? "at once" : DurationText.short(millis)

/** `SIGTERM → 5 s → SIGKILL, clean-up 10 s`: what the time is made of. */
const how = (step: FlowDescription.StepDescription, { place }: Stoppability.StepStop): string => {
  const own = step.stopsWithinMillis !== undefined && place === "end" ? "runs to its end" : (step.stops ?? "")
  const stops = step.kind === "gate" && place !== "end" ? "gate" : own
  const ends =
    step.timeoutMillis !== undefined && (place === "end" || place === "timeout")
      ? [`timeout ${DurationText.short(step.timeoutMillis)}`]
      : []
  const cleanUp =
    step.cleanUp !== true
      ? []
      : [`clean-up${step.cleanUpMillis === undefined ? "" : ` ${DurationText.short(step.cleanUpMillis)}`}`]
  return [...(stops === "" ? [] : [stops]), ...ends, ...cleanUp].join(", ")
}

/** What a person should know before a step runs a second time. */
const note = (step: FlowDescription.StepDescription): string =>
  step.idempotent === false ? "not idempotent" : StopFindings.mayRunTwice(step) ? "no idempotency" : ""

/** A problem with its place, indented under its mark. */
export const problem = (
  { columns, look }: Pick<CheckInput, "columns" | "look">,
  diagnostic: Diagnostic.Diagnostic
): ReadonlyArray<string> => {
  const error = diagnostic.severity === "error"
  const sign = error ? glyph(look, "Failed") : paint(look, "yellow", "!")
  return Diagnostic.render(diagnostic, { color: look.color, width: Math.max(40, columns - 4) })
    .split("\n")
    .map((line, i) => (i === 0 ? `  ${sign} ${line}` : `    ${line}`))
}
