/**
 * The ways of wires: they leave at the end of a box, enter at the beginning of one, run straight through columns and
 * change their place only in the gaps between them, with round corners.
 */
import type { Point } from "./Picture.ts"

/** A way along the main direction: where it is across, from gap to gap. */
export interface Way {
  readonly from: string
  readonly to: string
  /** Where the wire begins and ends along. */
  readonly start: number
  readonly end: number
  /** The first gap that it goes through. */
  readonly gap: number
  /** Across: at its begin, in each column between, at its end. */
  readonly crosses: ReadonlyArray<number>
}

interface Lane {
  readonly offset: number
  readonly taken: Array<{ readonly low: number; readonly high: number; readonly way: Way }>
}

const offsets = [0, 9, -9, 18, -18]
const close = 4

/** The corners of each way. `gaps`: the middle of each gap along, and how wide it is. */
export const corners = (
  ways: ReadonlyArray<Way>,
  gaps: ReadonlyArray<{ readonly middle: number; readonly width: number }>
): ReadonlyArray<ReadonlyArray<Point>> => {
  const lanes = gaps.map(({ width }): ReadonlyArray<Lane> =>
    offsets.filter((offset) => Math.abs(offset) <= width / 2 - 6).map((offset) => ({ offset, taken: [] }))
  )
  return ways.map((way) => {
    const points: Array<Point> = [{ x: way.start, y: way.crosses[0]! }]
    for (let k = 1; k < way.crosses.length; k++) {
      const [y, next] = [way.crosses[k - 1]!, way.crosses[k]!]
      if (Math.abs(next - y) < 0.5) continue
      const gap = gaps[way.gap + k - 1]
      if (gap === undefined) continue
      const x = gap.middle + lane(lanes[way.gap + k - 1] ?? [], way, y, next)
      points.push({ x, y }, { x, y: next })
    }
    points.push({ x: way.end, y: way.crosses.at(-1)! })
    return points
  })
}

/** Wires of one step, or to one step, may lie on each other; others may not. */
const lane = (lanes: ReadonlyArray<Lane>, way: Way, y: number, next: number): number => {
  const [low, high] = y < next ? [y, next] : [next, y]
  const free = (other: Lane) =>
    other.taken.every(
      (taken) =>
        taken.way.from === way.from || taken.way.to === way.to || taken.low > high + close || taken.high < low - close
    )
  const chosen = lanes.find(free) ?? lanes[0]
  chosen?.taken.push({ low, high, way })
  return chosen?.offset ?? 0
}

const radius = 10

/** An SVG path through corners, each of them round. */
export const path = (points: ReadonlyArray<Point>): string => {
  const [first, ...rest] = points
  if (first === undefined) return ""
  const out = [`M${n(first.x)} ${n(first.y)}`]
  for (const [i, point] of rest.entries()) {
    const before = points[i]!
    const next = points[i + 2]
    if (next === undefined) {
      out.push(`L${n(point.x)} ${n(point.y)}`)
      continue
    }
    const r = Math.min(radius, distance(before, point) / 2, distance(point, next) / 2)
    const enter = towards(point, before, r)
    const leave = towards(point, next, r)
    out.push(`L${n(enter.x)} ${n(enter.y)}Q${n(point.x)} ${n(point.y)} ${n(leave.x)} ${n(leave.y)}`)
  }
  return out.join("")
}

const n = (value: number): string => String(Math.round(value * 10) / 10)

const distance = (a: Point, b: Point): number => Math.abs(a.x - b.x) + Math.abs(a.y - b.y)

const towards = (from: Point, to: Point, by: number): Point => {
  const far = distance(from, to)
  return far === 0 ? from : { x: from.x + ((to.x - from.x) / far) * by, y: from.y + ((to.y - from.y) / far) * by }
}
