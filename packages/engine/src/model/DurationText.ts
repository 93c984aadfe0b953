/**
 * Durations, counts and shares in the words that every view uses.
 *
 * @since 0.1.0
 */

const pad = (n: number) => String(n).padStart(2, "0")

/**
 * A duration in milliseconds for people: `3.6 ms`, `0.9 s`, `18.2 s`, `1m 42s`, `2h 05m`, `3d 04h`, `forever`.
 *
 * @since 0.1.0
 */
export const text = (millis: number): string => {
  const ms = Math.max(0, millis)
  if (ms === Number.POSITIVE_INFINITY) return "forever"
  if (ms < 100) return `${ms < 9.95 && ms % 1 !== 0 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${pad(seconds % 60)}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${pad(minutes % 60)}m`
  return `${Math.floor(minutes / 1440)}d ${pad(Math.floor((minutes % 1440) / 60))}h`
}

/**
 * The same without digits that say nothing: `5 s` for 5,000 ms, `5.5 s`, `0.5 s`, `5 ms`, `10m`.
 *
 * @since 0.1.0
 */
export const short = (millis: number): string =>
  text(millis)
    .replace(/\.0 (ms|s)$/, " $1")
    .replace(/ 00[smh]$/, "")

/**
 * A whole number with a comma between thousands.
 *
 * @since 0.1.0
 */
export const count = (n: number): string => String(Math.trunc(n)).replace(/\B(?=(\d{3})+$)/g, ",")

/**
 * A count with its noun: `1 step`, `3 steps`.
 *
 * @since 0.1.0
 */
export const plural = (n: number, noun: string, many = `${noun}s`): string => `${count(n)} ${n === 1 ? noun : many}`
