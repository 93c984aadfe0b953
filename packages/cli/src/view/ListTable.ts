/**
 * `halte list`: one line per execution, newest first. Columns give way one after the other where they don't fit; the
 * state, the flow and the id stay.
 */
import { ListProgress, ControlSequences, type ExecutionSummary, Words } from "@halte/engine/model"
import * as LocalTime from "./LocalTime.ts"
import { glyph, type Look, paint, plain, styleOf, word } from "./Look.ts"
import { padEnd, padStart, truncate, width } from "./TextWidth.ts"

export interface ListInput {
  readonly look: Look
  readonly columns: number
  readonly now: number
  readonly listed: ReadonlyArray<ListProgress.Listed>
}

interface Column {
  readonly title: string
  readonly width: number
  readonly right?: boolean
  readonly text: (listed: ListProgress.Listed) => string
}

/** From here on ids are whole and a person's name is said. */
const wideColumns = 110
const statusWidth = 16
const idWidth = 20
const shortId = 6

/** The id, cut to its ending where columns are few. */
export const idText = (look: Look, id: string, wide: boolean): string =>
  wide ? id : `${look.unicode ? "…" : "..."}${id.slice(-shortId)}`

export const render = (input: ListInput): ReadonlyArray<string> => {
  const { columns, listed, look } = input
  const all = layout(input)
  const head = `  ${padEnd("STATUS", statusWidth)}${all.map((column) => cell(look, column, column.title)).join("")}`
  return [
    paint(look, "dim", truncate(look, head.trimEnd(), columns)),
    ...listed.map((one) => {
      const { status } = one.summary
      const state = `${glyph(look, status)} ${paint(look, styleOf(status), padEnd(word(look, status), statusWidth))}`
      return truncate(
        look,
        (state + all.map((column) => cell(look, column, plain(look, column.text(one)))).join("")).trimEnd(),
        columns
      )
    })
  ]
}

/** A cell and the blanks after it: two, or one where the text needs the other. */
const cell = (look: Look, { right, width: columns }: Column, text: string): string => {
  const cut = truncate(look, text, columns + 1)
  return padEnd(right === true ? padStart(cut, columns) : cut, columns + 2)
}

const layout = ({ columns, listed, look, now }: ListInput): ReadonlyArray<Column> => {
  const wide = columns >= wideColumns
  const flow: Column = { title: "FLOW", width: 14, text: ({ summary }) => title(summary) }
  const longest = listed.reduce((most, { summary }) => Math.max(most, width(title(summary))), 0)
  const id: Column = {
    title: "ID",
    width: wide ? idWidth : shortId + 2 + (look.unicode ? 0 : 1),
    text: ({ summary }) => idText(look, summary.id, wide)
  }
  const elapsed: Column = {
    title: "ELAPSED",
    width: 7,
    right: true,
    text: (one) => ListProgress.elapsed(one, now)
  }
  const left: Column = { title: "LEFT", width: 7, text: (one) => ListProgress.left(one, now) }
  const started: Column = {
    title: "STARTED",
    width: 7,
    text: ({ summary }) => LocalTime.brief(summary.attemptStartedAt, now)
  }
  const by: Column = {
    title: "STARTED BY",
    width: 12,
    text: ({ summary }) => Words.who(summary.by, summary.source)
  }
  const after = wide
    ? [elapsed, left, by, id]
    : columns >= 76
      ? [left, started, id]
      : columns >= 60
        ? [started, id]
        : [id]
  const taken = 2 + statusWidth + after.reduce((sum, column) => sum + column.width + 2, 0) - 2
  // What is left is shared by the flow and its progress.
  const room = columns - taken - 4
  const least = columns >= 60 ? 18 : 0
  const flowWidth = Math.max(8, Math.min(Math.max(flow.width, longest), room - Math.max(least, wide ? 32 : 0)))
  const progress: Column = {
    title: "PROGRESS",
    width: room - flowWidth,
    text: (one) => ListProgress.progress(one, wide)
  }
  return [{ ...flow, width: flowWidth }, ...(progress.width < 12 ? [] : [progress]), ...after]
}

/** `release 2.4.0`; `└ notes` of a sub-flow. */
export const title = ({ flow, parent, version }: ExecutionSummary.ExecutionSummary): string =>
  `${parent === undefined ? "" : "└ "}${flow}${version === undefined ? "" : ` ${ControlSequences.strip(version)}`}`
