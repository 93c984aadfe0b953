/**
 * The secret values of an execution, masked in everything that is recorded.
 *
 * @since 0.1.0
 */

/** What stands in the place of a secret. */
export const mask = "***"

/**
 * Masks secrets in texts and in the texts within values.
 *
 * @since 0.1.0
 */
export interface Secrets {
  readonly text: (text: string) => string
  readonly value: <A>(value: A) => A
}

/**
 * Without secrets nothing is looked at.
 *
 * @since 0.1.0
 */
export const none: Secrets = { text: (text) => text, value: (value) => value }

/**
 * The masker of some values. Those shorter than three characters are left alone: masking them would hide nothing and
 * make everything unreadable. Of several that overlap the longest counts; each line of one with several lines is a
 * secret of its own, since output is read by lines.
 *
 * @since 0.1.0
 */
export const make = (values: Iterable<string>): Secrets => {
  const all = [...new Set([...values].flatMap((v) => [v, ...v.split(/\r?\n/)]))]
    .filter((v) => v.trim().length >= 3)
    .sort((a, b) => b.length - a.length)
  if (all.length === 0) return none
  const text = (given: string) => all.reduce((out, secret) => out.replaceAll(secret, mask), given)
  const value = (given: unknown): unknown => {
    if (typeof given === "string") return text(given)
    if (Array.isArray(given)) return given.map(value)
    if (typeof given === "object" && given !== null && Object.getPrototypeOf(given) === Object.prototype)
      return Object.fromEntries(Object.entries(given).map(([k, v]) => [text(k), value(v)]))
    return given
  }
  return { text, value: value as Secrets["value"] }
}
