/**
 * The secret values of an execution, masked in everything that is recorded.
 *
 * @since 0.1.0
 */

import { Redacted } from "effect"

/**
 * What stands in the place of a secret.
 *
 * @since 0.1.0
 */
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
 * The texts within a value that are secret when the value is: of lists, objects and `Redacted` values those in them.
 * Numbers count as their text; `true`, `false` and `null` hide nothing.
 *
 * @since 0.1.0
 */
export const textsOf = (value: unknown): ReadonlyArray<string> => {
  const seen = new Set<unknown>()
  const visit = (given: unknown): ReadonlyArray<string> => {
    if (Redacted.isRedacted(given)) return visit(Redacted.value(given))
    if (typeof given === "string") return [given]
    if (typeof given === "number" || typeof given === "bigint") return [String(given)]
    if (typeof given !== "object" || given === null || seen.has(given)) return []
    seen.add(given)
    return (given instanceof Map || given instanceof Set ? [...given.values()] : Object.values(given)).flatMap(visit)
  }
  return visit(value)
}

/**
 * Secrets of which further ones may be learnt: what was masked before stays so.
 *
 * @since 0.1.0
 */
export interface Growing extends Secrets {
  /** All of them, as they were given. */
  readonly texts: ReadonlySet<string>
  readonly add: (texts: Iterable<string>) => void
}

/** How a secret looks in output that is no plain text: in a JSON text, in an address. */
const forms = (secret: string): ReadonlyArray<string> => [
  secret,
  ...secret.split(/\r?\n/),
  JSON.stringify(secret).slice(1, -1),
  ...addressForm(secret)
]

const addressForm = (secret: string): ReadonlyArray<string> => {
  try {
    return [encodeURIComponent(secret)]
  } catch {
    // Half of a surrogate pair can't be in an address.
    return []
  }
}

/**
 * The masker of some values. Those shorter than three characters are left alone: masking them would hide nothing and
 * make everything unreadable. Of several that overlap the longest counts; each line of one with several lines is a
 * secret of its own, since output is read by lines.
 *
 * @since 0.1.0
 */
export const make = (values: Iterable<string>): Secrets => {
  const isLong = (v: string) => v.trim().length >= 3
  const all = [...new Set([...values].filter(isLong).flatMap(forms))].filter(isLong).sort((a, b) => b.length - a.length)
  if (all.length === 0) return none
  const text = (given: string) => all.reduce((out, secret) => out.replaceAll(secret, mask), given)
  return {
    text,
    value: <A>(given: A): A => {
      try {
        return masked(given, text, new Map()) as A
      } catch {
        // Nested so deeply that it can't be walked: what can't be looked at isn't shown.
        return mask as A
      }
    }
  }
}

/**
 * A masker that learns further secrets while it is used.
 *
 * @since 0.1.0
 */
export const growing = (values: Iterable<string>): Growing => {
  const texts = new Set(values)
  let now = make(texts)
  return {
    texts,
    text: (text) => now.text(text),
    value: (value) => now.value(value),
    add: (more) => {
      const before = texts.size
      for (const text of more) texts.add(text)
      if (texts.size > before) now = make(texts)
    }
  }
}

// `done` gives back what an object became, so that one which holds itself ends.
const masked = (given: unknown, text: (text: string) => string, done: Map<unknown, unknown>): unknown => {
  if (typeof given === "string") return text(given)
  if (typeof given !== "object" || given === null || ArrayBuffer.isView(given) || given instanceof Date) return given
  if (done.has(given)) return done.get(given)
  const inner = (value: unknown) => masked(value, text, done)
  if (Array.isArray(given)) {
    const out: Array<unknown> = []
    done.set(given, out)
    for (const value of given) out.push(inner(value))
    return out
  }
  if (given instanceof Map) {
    const out = new Map<unknown, unknown>()
    done.set(given, out)
    for (const [key, value] of given) out.set(inner(key), inner(value))
    return out
  }
  if (given instanceof Set) {
    const out = new Set<unknown>()
    done.set(given, out)
    for (const value of given) out.add(inner(value))
    return out
  }
  const out: object = Object.create(Object.getPrototypeOf(given))
  done.set(given, out)
  let isSame = true
  const keep = (key: string, before: unknown, enumerable: boolean) => {
    const value = inner(before)
    isSame &&= value === before && text(key) === key
    Object.defineProperty(out, text(key), { value, enumerable, configurable: true, writable: true })
  }
  for (const [key, value] of Object.entries(given)) keep(key, value, true)
  if (given instanceof Error) for (const key of ["message", "stack"] as const) keep(key, given[key], false)
  // An object of a class may have more to it than its fields: it is replaced only where it must be.
  if (isSame) done.set(given, given)
  return isSame ? given : out
}
