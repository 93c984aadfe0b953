/**
 * What `halte check` says about several flows: one line each, then what is doubtful or wrong, by flow.
 */
import { DurationText, FlowDescription } from "@halte/engine/model"
import type * as CheckReport from "./CheckReport.ts"
import * as CheckTable from "./CheckTable.ts"
import { type Look, paint, plain } from "./Look.ts"
import { padEnd, padStart, truncate, width } from "./TextWidth.ts"

export interface CheckListInput {
  readonly look: Look
  readonly columns: number
  readonly flows: ReadonlyArray<CheckReport.Checked>
  readonly notes: ReadonlyArray<string>
}

export const render = ({ columns, flows, look, notes }: CheckListInput): ReadonlyArray<string> => {
  const named = Map.groupBy(flows, ({ flow }) => flow?.name)
  const nameOf = ({ file, flow }: CheckReport.Checked) =>
    flow === undefined || named.get(flow.name)!.length > 1 ? file : flow.name
  const names = flows.map(nameOf)
  const first = Math.min(Math.max(15, ...names.map(width)), Math.max(12, Math.floor(columns * 0.4))) + 2
  const row = (checked: CheckReport.Checked): string => {
    const { diagnostics, flow, stoppability } = checked
    const head = `${CheckTable.mark(look, diagnostics)} ${padEnd(truncate(look, nameOf(checked), first - 2), first)}`
    const found = CheckTable.counts(diagnostics).filter((count) => !count.startsWith("no "))
    if (flow === undefined || stoppability === undefined) return truncate(look, head + found.join(", "), columns)
    const steps = padStart(DurationText.count(FlowDescription.leaves(flow).length), 5)
    const why = [...found, CheckTable.reason(flow, stoppability)].join("; ")
    const cells = `${head}${steps}  ${padEnd(CheckTable.boundText(stoppability), 14)}`
    return truncate(look, (cells + paint(look, "dim", plain(look, why))).trimEnd(), columns)
  }
  const all = flows.flatMap(({ diagnostics }) => diagnostics)
  return [
    paint(look, "dim", truncate(look, `  ${padEnd("Flow", first)}Steps  Stops within`, columns)),
    ...flows.map(row),
    "",
    `${CheckTable.mark(look, all)} ${[DurationText.plural(flows.length, "flow"), ...CheckTable.counts(all)].join(", ")}`,
    ...all.flatMap((diagnostic) => ["", ...CheckTable.problem({ look, columns }, diagnostic)]),
    ...CheckTable.notes(look, columns, notes)
  ]
}
