/**
 * JSON text of anything: what a step returned, or what somebody sent, may hold what JSON can't.
 *
 * @since 0.1.0
 */

/**
 * What `JSON.stringify` makes of a value, `undefined` included; big integers as text; a value that holds itself as
 * `(circular)` where it does. Of an object that can't be written at all, each field that can't be is
 * `(not JSON: …)` with the reason. It never throws.
 *
 * @since 0.1.0
 */
export const stringify = (value: object): string => {
  try {
    return JSON.stringify(value)
  } catch {
    // Seldom needed, and a function that looks at each field makes it several times as slow.
  }
  try {
    return JSON.stringify(value, bigIntegers)
  } catch {
    if (Array.isArray(value)) return JSON.stringify(value.map(writable), bigIntegers)
    return JSON.stringify(
      Object.fromEntries(Object.entries(value).map(([key, field]) => [key, writable(field)])),
      bigIntegers
    )
  }
}

/**
 * A value as it reads once it was written as JSON and read back: what `stringify` writes of it. `undefined` stays.
 *
 * @since 0.1.0
 */
export const normalize = (value: unknown): unknown =>
  (JSON.parse(stringify({ value })) as { readonly value?: unknown }).value

const bigIntegers = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value)

const writable = (value: unknown): unknown => {
  try {
    const text = JSON.stringify(value, withoutCycles())
    return text === undefined ? undefined : JSON.parse(text)
  } catch (error) {
    return `(not JSON: ${error instanceof Error ? error.message : String(error)})`
  }
}

// The objects that lead to the one being written: `this` is the one that holds it.
const withoutCycles = (): ((this: unknown, key: string, value: unknown) => unknown) => {
  const path: Array<unknown> = []
  return function (key, value) {
    if (typeof value !== "object" || value === null) return bigIntegers(key, value)
    while (path.length > 0 && path.at(-1) !== this) path.pop()
    if (path.includes(value)) return "(circular)"
    path.push(value)
    return value
  }
}
