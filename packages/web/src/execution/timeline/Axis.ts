/**
 * The axis of time: eight intervals of a length that people count in.
 */
const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const lengths = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  day
]

export const intervals = 8

/** How long the whole axis is, so that this much fits on it. */
export const lengthFor = (millis: number): number => {
  const least = Math.max(intervals, millis) / intervals
  const known = lengths.find((length) => length >= least)
  return intervals * (known ?? Math.ceil(least / day) * day)
}

/**
 * The same with memory: an axis stays as it is for as long as all fits on it and fills a good part of it, so that bars
 * do not jump.
 */
export const steadyLength = (last: number | undefined, millis: number): number => {
  const next = lengthFor(millis)
  return last !== undefined && millis <= last && next * 2.5 > last ? last : next
}

export interface Tick {
  readonly at: number
  readonly text: string
}

export const ticks = (length: number): ReadonlyArray<Tick> =>
  Array.from({ length: intervals }, (_, i) => ({ at: i / intervals, text: text((i * length) / intervals) }))

const pad = (n: number) => String(n).padStart(2, "0")

/** `0 s`, `250 ms`, `1.5 s`, `30 s`, `1 min`, `2m 30s`, `1h 30m`. */
const text = (millis: number): string => {
  if (millis === 0) return "0 s"
  if (millis < second) return `${Math.round(millis * 10) / 10} ms`
  if (millis < minute) return `${Math.round(millis / 100) / 10} s`
  const seconds = Math.round(millis / second)
  if (millis < hour)
    return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`
  const minutes = Math.round(seconds / 60)
  if (millis < 2 * day)
    return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`
  const hours = Math.round(minutes / 60)
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)}d ${pad(hours % 24)}h`
}
