/**
 * Values that pass between threads and into records: what JSON can hold, and nothing that it would silently change.
 *
 * @since 0.1.0
 */

/**
 * The value as JSON has it, or the first place that JSON can't hold.
 *
 * @since 0.1.0
 */
export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly path: string; readonly what: string }

class NotJson {
  readonly path: string
  readonly what: string
  constructor(path: string, what: string) {
    this.path = path
    this.what = what
  }
}

/**
 * Copies a value as JSON would: `undefined` is left out of objects and is `null` elsewhere, `toJSON` is called, own
 * properties of class instances are kept. Functions, symbols, big integers, NaN, infinities, cycles, maps, sets, promises
 * and binary data are refused with their place, as in `files[3].size`.
 *
 * @since 0.1.0
 */
export const check = (value: unknown): Checked => {
  try {
    return { ok: true, value: copy(value, "", []) }
  } catch (error) {
    if (error instanceof NotJson) return { ok: false, path: error.path, what: error.what }
    if (error instanceof RangeError) return { ok: false, path: "", what: "nested too deeply" }
    throw error
  }
}

const copy = (value: unknown, path: string, above: Array<object>): unknown => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "undefined":
      return null
    case "number":
      if (Number.isFinite(value)) return value
      throw new NotJson(path, String(value))
    case "object":
      return value === null ? null : copyObject(value, path, above)
    default:
      throw new NotJson(path, typeof value === "bigint" ? `the big integer ${value}n` : `a ${typeof value}`)
  }
}

const copyObject = (value: object, path: string, above: Array<object>): unknown => {
  if (above.includes(value)) throw new NotJson(path, "a cycle")
  if ("toJSON" in value && typeof value.toJSON === "function") {
    const replaced: unknown = value.toJSON(path)
    if (replaced !== value) return copy(replaced, path, above)
  }
  const refused = refusedKind(value)
  if (refused !== undefined) throw new NotJson(path, refused)
  above.push(value)
  let result: unknown
  if (Array.isArray(value)) {
    result = Array.from(value, (item, i) => copy(item, `${path}[${i}]`, above))
  } else {
    const object: Record<string, unknown> = {}
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue
      const inner = /^[A-Za-z_$][\w$]*$/.test(name)
        ? path === ""
          ? name
          : `${path}.${name}`
        : `${path}[${JSON.stringify(name)}]`
      // An own property of this name, never the prototype.
      const copied = copy(item, inner, above)
      if (name === "__proto__")
        Object.defineProperty(object, name, { value: copied, enumerable: true, writable: true, configurable: true })
      else object[name] = copied
    }
    result = object
  }
  above.pop()
  return result
}

const refusedKind = (value: object): string | undefined => {
  if (value instanceof Map) return "a Map (write `Object.fromEntries(map)`)"
  if (value instanceof Set) return "a Set (write `[...set]`)"
  if (value instanceof Promise) return "a Promise (await it)"
  if (value instanceof RegExp) return "a regular expression"
  if (value instanceof Error) return "an Error (throw it, or give its message)"
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return "binary data (write it to a file, or as base64)"
  return undefined
}

/**
 * The sentence for a message.
 *
 * @since 0.1.0
 */
export const problem = (what: string, checked: Checked & { readonly ok: false }): string =>
  `${what} can't be written as JSON: ${checked.path === "" ? "it is or holds" : `\`${checked.path}\` is`} ${checked.what}.`
