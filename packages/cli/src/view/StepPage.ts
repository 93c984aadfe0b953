/**
 * `halte show ID STEP`: one step, its tries, what it gave or why it failed.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionHistory,
  ExecutionStatus,
  FlowDescription,
  ParentStep,
  Waiting,
  Words
} from "@halte/engine/model"
import * as ExecutionPage from "./ExecutionPage.ts"
import * as LocalTime from "./LocalTime.ts"
import { glyph, paint, plain, styleOf, word } from "./Look.ts"
import * as ProcessesView from "./ProcessesView.ts"
import * as Report from "./Report.ts"
import * as StepsTable from "./StepsTable.ts"
import { ends, padEnd, truncate, width, wrap } from "./TextWidth.ts"

export interface StepPageInput extends ExecutionPage.PageInput {
  readonly step: FlowDescription.StepDescription
  /** What the step gave: the value, where there is one. */
  readonly output?: { readonly value: unknown } | undefined
  /** The command that shows its log. */
  readonly log: string
}

/** Lines of an output that are shown; the rest is in `--json`. */
const mostLines = 40

export const render = (input: StepPageInput): ReadonlyArray<string> => {
  const { columns, history, log, look, now, output, state, step } = input
  const s = state.steps.get(step.id)
  const status = s?.status ?? "Waiting"
  const shown = status === "Waiting" && ExecutionStatus.isEnded(state.status) ? "Not started" : word(look, status)
  if (step.steps !== undefined)
    return [
      ExecutionPage.header(input),
      "",
      ...StepsTable.render({ look, columns, now, state }, [step]).map((line) => truncate(look, line, columns))
    ]
  const child = ParentStep.childOf(step, s)
  const tries = history.tries.get(step.id) ?? []
  const processes = state.processes.filter((process) => process.step === step.id)
  const fact = (label: string, value: string) =>
    ExecutionPage.section(look, label, wrap(plain(look, value), Math.max(20, columns - 19)))
  const lines = [
    ends(
      look,
      `${glyph(look, status)} ${paint(look, styleOf(status), shown)}  ${paint(look, "bold", step.id)}  ${paint(look, "dim", `of ${Words.title(state)}  ${state.id}`)}`,
      paint(look, "dim", s === undefined || s.attempt === 0 ? "" : `attempt ${s.attempt}`),
      columns
    ),
    ...fact("Kind", step.kind),
    ...(step.detail === undefined ? [] : fact("Does", ControlSequences.strip(step.detail))),
    ...(child === undefined ? [] : fact("Sub-flow", child)),
    ...(step.after.length === 0 ? [] : fact("After", step.after.join(", "))),
    ...(step.when === undefined ? [] : fact("Only when", step.when)),
    ...fact("Stops", Words.stops(step).replace(/^stops /, "")),
    ...(s === undefined || status !== "Interrupted" ? [] : fact("Stopped", Report.stoppedAt({ state }, step.id, true))),
    ...(s?.status !== "Skipped"
      ? []
      : fact("Skipped", s.skipped === "input-skipped" ? "it reads a skipped step" : "its condition was not met")),
    ...(s?.waits === undefined || ExecutionStatus.isEnded(state.status)
      ? []
      : fact("Waits", Waiting.text(s.waits, state.id).replace(/^waits /, ""))),
    ...(s?.gate === undefined ? [] : fact("Asks", ControlSequences.strip(s.gate.message))),
    ...(tries.length === 0
      ? []
      : [
          "",
          ...ExecutionPage.section(
            look,
            "Tries",
            tries.flatMap((one) => tryLines(input, one))
          )
        ]),
    ...(s?.failure === undefined || status !== "Failed"
      ? []
      : ["", ...Report.failure(input, { step: step.id, failure: s.failure })]),
    ...(output === undefined ? [] : ["", ...ExecutionPage.section(look, "Output", valueLines(output.value))]),
    ...(s?.partial === undefined ? [] : ["", ...ExecutionPage.section(look, "Partial", valueLines(s.partial))]),
    ...(processes.length === 0
      ? []
      : ["", ...ExecutionPage.section(look, "Processes", ProcessesView.render(input, state, processes))]),
    "",
    ...ExecutionPage.section(look, "Log:", [log])
  ]
  return lines.map((line) => (width(line) > columns && !line.includes(log) ? truncate(look, line, columns) : line))
}

/** When, which, how it ended; why on lines of their own. */
const tryLines = ({ columns, history, look, now }: StepPageInput, one: ExecutionHistory.Try): ReadonlyArray<string> => {
  const which = history.attempts.length > 1 ? `attempt ${one.attempt}, try ${one.number}` : `try ${one.number}`
  const took =
    one.tookMillis ?? (one.endedAt === undefined ? Math.max(0, now - one.startedAt) : one.endedAt - one.startedAt)
  const where =
    one.total === undefined ? "" : ` at ${DurationText.count(one.done ?? 0)} of ${DurationText.count(one.total)}`
  const why =
    one.failure === undefined
      ? ControlSequences.strip(one.detail ?? "")
      : ControlSequences.sentence(one.failure.message)
  const head = `${padEnd(LocalTime.full(one.startedAt, now), 8)}  ${which}  `
  const room = Math.max(20, columns - 19 - width(head))
  return [
    `${head}${one.end ?? "runs"}${where} ${one.end === undefined ? "for" : "after"} ${DurationText.text(took)}`,
    ...(why === "" ? [] : wrap(plain(look, why), room).map((line) => " ".repeat(width(head)) + line))
  ]
}

const valueLines = (value: unknown): ReadonlyArray<string> => {
  const text = typeof value === "string" ? value : (JSON.stringify(value, undefined, 2) ?? String(value))
  const lines = text.split("\n").map(ControlSequences.strip)
  return lines.length <= mostLines
    ? lines
    : [...lines.slice(0, mostLines), `and ${DurationText.count(lines.length - mostLines)} more lines: add --json`]
}
