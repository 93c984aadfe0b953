/**
 * What a start would run, without running it: `--dry-run`.
 */
import { DurationText, FlowDescription, ParentStep, StopBound, StopPromise, Words } from "@halte/engine/model"
import { type Look, paint, plain } from "./Look.ts"
import * as FlowLevels from "./FlowLevels.ts"
import { padEnd, padStart, truncate, width } from "./TextWidth.ts"

export interface PlanInput {
  readonly look: Look
  readonly columns: number
  readonly flow: FlowDescription.FlowDescription
  /** Names and values, secrets without theirs. */
  readonly params: ReadonlyArray<readonly [name: string, value: string]>
  readonly stopAfter?: number | undefined
}

export const render = ({ columns, flow, look, params, stopAfter }: PlanInput): ReadonlyArray<string> => {
  const steps = new Map(FlowDescription.leaves(flow).map((step) => [step.id, step]))
  const levels = [...FlowLevels.levels(flow)].sort((a, b) => a[1] - b[1])
  const last = levels.at(-1)?.[1] ?? 0
  const digits = String(last).length
  const column = Math.min(Math.floor(columns * 0.4), Math.max(14, ...[...steps.keys()].map(width)) + 2)
  const lines = [
    `${paint(look, "bold", flow.name)}  ${DurationText.plural(steps.size, "step")} in ${DurationText.plural(last, "level")}. Nothing was run.`,
    ""
  ]
  let before = 0
  for (const [id, level] of levels) {
    const step = steps.get(id)!
    const number = level === before ? " ".repeat(digits) : padStart(String(level), digits)
    before = level
    const facts = [
      step.when === undefined ? "" : `only when ${step.when}`,
      step.kind === "gate"
        ? `gate: ${step.detail ?? "waits for a person"}`
        : (ParentStep.toText(step, undefined) ?? step.detail ?? step.kind)
    ]
    const promise = plain(look, Words.stops(step))
    const head = `  ${paint(look, "dim", number)}  ${padEnd(truncate(look, id, column - 2), column)}`
    const room = columns - width(head) - width(promise) - 2
    const text = facts
      .filter((fact) => fact !== "")
      .join(", ")
      .replaceAll("\n", " ")
    lines.push(
      room < 12
        ? truncate(look, head + text, columns)
        : head + padEnd(paint(look, "dim", truncate(look, text, room)), room + 2) + paint(look, "dim", promise)
    )
  }
  lines.push("")
  for (const [name, value] of params)
    lines.push(`  ${padEnd(`${name} =`, 14)} ${truncate(look, value, Math.max(10, columns - 18))}`)
  if (params.length > 0) lines.push("")
  if (flow.concurrency !== undefined)
    lines.push(`  At most ${DurationText.plural(flow.concurrency, "step")} at a time.`)
  if (stopAfter !== undefined) lines.push(`  Stops after ${DurationText.plural(stopAfter, "step")}.`)
  const bound = StopPromise.ofFlow(flow)
  lines.push(
    bound._tag === "Within"
      ? `  Would stop ${StopBound.toText(bound)} whenever it is asked to.`
      : `  No bound for stopping: ${Words.list(bound.steps, 4)} promise${bound.steps.length === 1 ? "s" : ""} none.`
  )
  if (flow.stopsWithinMillis !== undefined)
    lines.push(`  Promises to stop within ${DurationText.short(flow.stopsWithinMillis)}.`)
  return lines.map((line) => truncate(look, line, columns))
}
