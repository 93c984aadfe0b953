/**
 * What `halte drill` says: what is copied, each point, and what was found, each thing once with the points where it was.
 */
import { DurationText } from "@halte/engine/model"
import type { Drill } from "@halte/sdk/node"
import { bar, type Look, paint, plain } from "./Look.ts"
import { truncate, width, wrap } from "./TextWidth.ts"

export interface DrillView {
  readonly look: Look
  readonly columns: number
}

/** The command that does one point again. */
export type Again = (point: string, how: string) => string

const size = (bytes: number): string =>
  bytes < 1000
    ? `${bytes} bytes`
    : bytes < 1_000_000
      ? `${(bytes / 1000).toFixed(1)} kB`
      : bytes < 1_000_000_000
        ? `${(bytes / 1_000_000).toFixed(1)} MB`
        : `${(bytes / 1_000_000_000).toFixed(1)} GB`

/** Before anything runs. */
export const copied = ({ look }: DrillView, { bytes, directory, files, linked }: Drill.Copied): string => {
  const links = linked.length === 0 ? "" : `; linked: ${linked.slice(0, 3).join(", ")}${linked.length > 3 ? "…" : ""}`
  return plain(
    look,
    `Each execution gets a copy of \`${directory}\`: ${DurationText.plural(files, "file")}, ${size(bytes)}${links}.`
  )
}

/** Before the first point. */
export const baseline = (view: DrillView, { differsByItself, points, steps, taken, tookMillis }: Drill.Baseline) => [
  `Uninterrupted it takes ${DurationText.text(tookMillis)}: ${DurationText.plural(steps, "step")}, ${DurationText.plural(points, "stopping point")}${taken < points ? `, of which ${taken} are tried` : ""}.`,
  ...(differsByItself.length === 0
    ? []
    : wrap(
        plain(
          view.look,
          `Differs by itself, and is not compared: ${differsByItself.slice(0, 8).join(", ")}${differsByItself.length > 8 ? ` and ${differsByItself.length - 8} more` : ""}.`
        ),
        view.columns
      ))
]

const mark = (look: Look, result: Drill.PointResult): string =>
  result.result === "found"
    ? paint(look, "red", plain(look, "✗"))
    : result.result === "passed"
      ? paint(look, "green", plain(look, "✓"))
      : paint(look, "dim", plain(look, "⊘"))

const stop = ({ how, result, stopMillis, stopped }: Drill.PointResult): string =>
  result === "not-reached"
    ? "not reached this time"
    : stopped === undefined
      ? ""
      : how === "crash"
        ? "killed"
        : stopped === "Completed"
          ? "too late to stop anything"
          : stopMillis === undefined
            ? ""
            : `stopped in ${DurationText.text(stopMillis)}`

/** One point, when it is done. */
export const point = ({ columns, look }: DrillView, result: Drill.PointResult): string => {
  const codes = [...new Set(result.findings.map(({ allowed, code }) => (allowed ? `${code} (allowed)` : code)))]
  const how = result.how === "interrupt" ? "" : `${result.how} `
  const said = [stop(result), ...codes].filter((text) => text !== "").join(", ")
  return truncate(look, `${mark(look, result)} ${how}${result.point}  ${paint(look, "dim", said)}`, columns)
}

export interface Progress {
  readonly done: number
  readonly total: number
  readonly found: number
  readonly leftMillis: number
}

/** The line at the end of a terminal. */
export const progress = ({ columns, look }: DrillView, { done, found, leftMillis, total }: Progress): string => {
  const text = `${done} of ${total} points${found === 0 ? "" : `, ${DurationText.plural(found, "finding")}`}${done === 0 || done === total ? "" : `, about ${DurationText.text(leftMillis)} left`}`
  const room = Math.min(30, columns - width(text) - 2)
  return room < 5 ? truncate(look, text, columns) : `${bar(look, "Running", done / Math.max(1, total), room)}  ${text}`
}

/** The same thing at several points is one thing. */
const grouped = (findings: ReadonlyArray<Drill.DrillFinding>): ReadonlyArray<ReadonlyArray<Drill.DrillFinding>> => [
  ...Map.groupBy(findings, ({ code, steps, what }) => JSON.stringify([code, what ?? "", steps])).values()
]

const finding = (
  { columns, look }: DrillView,
  [first, ...more]: ReadonlyArray<Drill.DrillFinding>,
  again: Again
): ReadonlyArray<string> => {
  if (first === undefined) return []
  const style = first.allowed ? "dim" : "red"
  const about = [first.what, first.steps.length === 0 ? undefined : `step ${first.steps.join(", ")}`]
  const row = (name: string, text: string) =>
    wrap(text, columns - 12).map((line, i) => `  ${(i === 0 ? name : "").padEnd(10)}${plain(look, line)}`)
  const others = [...new Set(more.map(({ how, point }) => (how === "interrupt" ? point : `${how} ${point}`)))]
  const places = others.slice(0, 4).join(", ")
  return [
    `${paint(look, style, `${plain(look, first.allowed ? "⊘" : "✗")} ${first.code}`)}${first.allowed ? " (allowed)" : ""}  ${about.filter((text) => text !== undefined).join("  ")}`,
    ...row("at", `${first.point}${first.how === "interrupt" ? "" : `, ${first.how}`}`),
    ...row("expected", first.expected),
    ...row("seen", first.seen),
    ...(others.length === 0
      ? []
      : row("also at", others.length > 4 ? `${places} and ${others.length - 4} more` : places)),
    ...row("do", first.hint),
    ...row("again", again(first.point, first.how)),
    ""
  ]
}

/** The whole result. */
export const report = (view: DrillView, report: Drill.DrillReport, again: Again): ReadonlyArray<string> => {
  const { look } = view
  const kept = report.points.flatMap((point) => (point.kept === undefined ? [] : [point.kept]))
  return [
    ...grouped(report.findings).flatMap((group) => finding(view, group, again)),
    ...(kept.length === 0 ? [] : [`Kept: ${kept.join(" ")}`, ""]),
    ...last(look, report)
  ]
}

const last = (look: Look, { failure, findings, flow, points, slowest, status, tookMillis }: Drill.DrillReport) => {
  const took = DurationText.text(tookMillis)
  switch (status) {
    case "failed":
      return [
        `${paint(look, "red", plain(look, "✗"))} ${flow} does not run uninterrupted, so that there is nothing to compare with.`,
        `  ${failure?.step === "" || failure === undefined ? "" : `Step \`${failure.step}\`: `}${failure?.message ?? ""} (code: ${failure?.code ?? "unknown"})`
      ]
    case "interrupted":
      return [
        `${paint(look, "yellow", plain(look, "‖"))} The drill of ${flow} was interrupted after ${DurationText.plural(points.length, "point")} (${took}).`
      ]
    default: {
      const counted = findings.filter(({ allowed }) => !allowed)
      const reached = points.filter(({ result }) => result !== "not-reached").length
      const allowed = findings.length - counted.length
      const slow =
        slowest === undefined
          ? ""
          : `, the slowest stop took ${DurationText.text(slowest.stopMillis)} at ${slowest.point}`
      const where = new Set(counted.map(({ how, point }) => `${how} ${point}`)).size
      return [
        status === "clean"
          ? `${paint(look, "green", plain(look, "✓"))} ${flow} stops and goes on at ${reached} of ${DurationText.plural(points.length, "point")}${slow} (${took}).${allowed === 0 ? "" : ` ${DurationText.plural(allowed, "finding")} allowed.`}`
          : `${paint(look, "red", plain(look, "✗"))} ${flow}: ${DurationText.plural(counted.length, "finding")} at ${where} of ${DurationText.plural(points.length, "point")}${slow} (${took}).`
      ]
    }
  }
}
