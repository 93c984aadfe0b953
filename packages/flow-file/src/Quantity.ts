/**
 * Durations and sizes as flow files write them.
 *
 * @since 0.1.0
 */

const units = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const

/** About 24.8 days: the longest wait that timers keep. */
const longest = 2 ** 31 - 1

/**
 * Milliseconds of `500ms`, `5s`, `10m`, `2h`, `1d`, `1h30m` or `1.5s`; `undefined` for anything else, and for more than
 * timers can wait (24 days).
 *
 * @since 0.1.0
 */
export const toMillis = (text: string): number | undefined => {
  if (!/^(\d+(\.\d+)?d)?(\d+(\.\d+)?h)?(\d+(\.\d+)?m)?(\d+(\.\d+)?s)?(\d+(\.\d+)?ms)?$/.test(text) || text === "")
    return text === "0" ? 0 : undefined
  let millis = 0
  for (const [, n, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g))
    millis += Number(n) * units[unit as keyof typeof units]
  return millis > longest ? undefined : Math.round(millis)
}

/** The same as a regular expression, for editors. */
export const durationPattern =
  "^(0|(?=\\d)(\\d+(\\.\\d+)?d)?(\\d+(\\.\\d+)?h)?(\\d+(\\.\\d+)?m)?(\\d+(\\.\\d+)?s)?(\\d+(\\.\\d+)?ms)?)$"

const sizes = { B: 1, KB: 1000, MB: 1000 ** 2, GB: 1000 ** 3, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

/**
 * Bytes of `512KiB`, `8MiB`, `100MB` or `4096B`; `undefined` for anything else.
 *
 * @since 0.1.0
 */
export const toBytes = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB|KiB|MiB|GiB)$/.exec(text)
  return match === null ? undefined : Math.round(Number(match[1]) * sizes[match[2] as keyof typeof sizes])
}

/** The same as a regular expression, for editors. */
export const sizePattern = "^\\d+(\\.\\d+)? ?(B|KB|MB|GB|KiB|MiB|GiB)$"
