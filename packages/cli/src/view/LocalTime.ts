/**
 * Moments in the time of the person who reads.
 */

const pad = (n: number, digits = 2) => String(n).padStart(digits, "0")

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const minutes = (at: Date) => `${pad(at.getHours())}:${pad(at.getMinutes())}`

/** `14:08:42`. */
export const clock = (millis: number): string => {
  const at = new Date(millis)
  return `${minutes(at)}:${pad(at.getSeconds())}`
}

/** `14:08:42.213`. */
export const exact = (millis: number): string => `${clock(millis)}.${pad(new Date(millis).getMilliseconds(), 3)}`

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString()

/** In few columns: `14:07` today, `21 Nov` this year, else `Nov 2025`. */
export const brief = (millis: number, now: number): string => {
  const at = new Date(millis)
  const today = new Date(now)
  if (sameDay(at, today)) return minutes(at)
  if (at.getFullYear() === today.getFullYear()) return `${at.getDate()} ${months[at.getMonth()]}`
  return `${months[at.getMonth()]} ${at.getFullYear()}`
}

/** `14:08:42` today, `21 Nov 14:08:42` on another day, with the year in another year. */
export const full = (millis: number, now: number): string => {
  const at = new Date(millis)
  const today = new Date(now)
  if (sameDay(at, today)) return clock(millis)
  const year = at.getFullYear() === today.getFullYear() ? "" : ` ${at.getFullYear()}`
  return `${at.getDate()} ${months[at.getMonth()]}${year} ${clock(millis)}`
}

/** How long ago: `just now`, `4 min ago`, `3 h ago`, `2 days ago`. */
export const ago = (millis: number, now: number): string => {
  const seconds = Math.max(0, Math.floor((now - millis) / 1000))
  if (seconds < 5) return "just now"
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  return days === 1 ? "yesterday" : `${days} days ago`
}
