/**
 * Which texts stand on the axis of time: those of the lines all, to the left or right of their line where there is no
 * room in the middle; those of the ticks where nothing else stands.
 */
import type { Tick } from "./Axis.ts"
import type { Moment } from "./Moments.ts"

export interface LineLabel {
  readonly moment: Moment
  /** Between 0 and 1. */
  readonly at: number
  readonly side: "l" | "r" | ""
}

interface Span {
  readonly from: number
  readonly to: number
}

/** As wide as a text of 11 px is at most, with some room around it. */
const widthOf = (text: string): number => text.length * 6.4 + 12

const spanOf = (x: number, text: string, side: LineLabel["side"]): Span => {
  const width = widthOf(text)
  const from = side === "l" ? x - width : side === "r" ? x : x - width / 2
  return { from, to: from + width }
}

const meet = (a: Span, b: Span): boolean => a.from < b.to && b.from < a.to

export const axisLabels = (
  ticks: ReadonlyArray<Tick>,
  moments: ReadonlyArray<Moment>,
  length: number,
  width: number
): { readonly ticks: ReadonlyArray<Tick>; readonly lines: ReadonlyArray<LineLabel> } => {
  const lines = moments.map((moment, i): LineLabel => {
    const at = moment.at / length
    const x = at * width
    const other = (moments[i + 1] ?? moments[i - 1])?.at
    const close =
      other !== undefined &&
      meet(spanOf(x, moment.text, ""), spanOf((other / length) * width, (moments[i + 1] ?? moments[i - 1])!.text, ""))
    if (close) return { moment, at, side: moments[i + 1] === undefined ? "r" : "l" }
    const { from, to } = spanOf(x, moment.text, "")
    return { moment, at, side: from < 0 ? "r" : to > width ? "l" : "" }
  })
  const taken = lines.map(({ at, moment, side }) => spanOf(at * width, moment.text, side))
  const shown: Array<Tick> = []
  for (const tick of ticks) {
    const span = spanOf(tick.at * width, tick.text, tick.at === 0 ? "r" : "")
    if (taken.some((other) => meet(span, other))) continue
    taken.push(span)
    shown.push(tick)
  }
  return { ticks: shown, lines }
}
