/**
 * Executions that can go on, as a person chooses among them.
 */
import { ListProgress, DurationText, type ExecutionSummary } from "@halte/engine/model"
import type { Recovered } from "../Assembly.ts"
import * as ListTable from "./ListTable.ts"
import * as LocalTime from "./LocalTime.ts"

/** States from which the next attempt can begin. */
export const statuses = ["Interrupted", "Failed", "Terminated"] as const

/** `release 2.4.0  interrupted at index 41,312 of 100,000, 4 min ago  …2X0YQ7`. */
export const title = (summary: ExecutionSummary.ExecutionSummary, now: number): string => {
  const at = ListProgress.progress({ summary }, true)
  const when = LocalTime.ago(summary.endedAt ?? summary.attemptStartedAt, now)
  const where = at.startsWith("at ") ? at : `after ${at}`
  return `${ListTable.title(summary)}  ${summary.status.toLowerCase()} ${where}, ${when}  …${summary.id.slice(-6)}`
}

/** What is told about an execution whose engine was gone. */
export const recovered = ({ ended, flow, execution, left }: Recovered): string => {
  const processes = [
    ...(ended === 0 ? [] : [`${DurationText.plural(ended, "process", "processes")} ended`]),
    ...(left.length === 0 ? [] : [`could not be ended: ${left.map((pid) => `pid ${pid}`).join(", ")}`])
  ]
  return `\`${flow}\` …${execution.slice(-6)} was found without its engine: it is interrupted now${processes.length === 0 ? "" : ` (${processes.join("; ")})`}.`
}
