/**
 * Moments as people of this place read them: the same digits everywhere on the page.
 */
import { DurationText } from "@halte/engine/model"

const pad = (n: number, digits = 2): string => String(n).padStart(digits, "0")

/** `14:08:42`. */
export const seconds = (at: number): string => {
  const date = new Date(at)
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}

/** `14:08:47.7`. */
export const tenths = (at: number): string => `${seconds(at)}.${Math.floor(new Date(at).getMilliseconds() / 100)}`

/** `14:08:42.213`. */
export const exact = (at: number): string => `${seconds(at)}.${pad(new Date(at).getMilliseconds(), 3)}`

/** `2026-05-06 14:08:42`; of today only the time. */
export const dated = (at: number, now: number): string => {
  const date = new Date(at)
  if (date.toDateString() === new Date(now).toDateString()) return seconds(at)
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${seconds(at)}`
}

/** How long something has gone on, in whole seconds: `38 s`, `1m 42s`. */
export const elapsed = (millis: number): string => {
  const whole = Math.floor(Math.max(0, millis) / 1000)
  return whole < 60 ? `${whole} s` : DurationText.text(whole * 1000)
}
