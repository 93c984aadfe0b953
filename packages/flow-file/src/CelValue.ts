/**
 * Values on their way into expressions and out again. CEL's integers are `bigint`; ours are numbers, and JSON has no
 * other.
 *
 * @since 0.1.0
 */
import { setOwn } from "./FileNode.ts"

const kept = new WeakMap<object, unknown>()

/**
 * A JSON value as expressions see it: whole numbers as integers, others as doubles. An object is converted once.
 *
 * @since 0.1.0
 */
export const fromJson = (value: unknown): unknown => {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value
  if (value === undefined) return null
  if (typeof value !== "object" || value === null) return value
  const known = kept.get(value)
  if (known !== undefined) return known
  const made = Array.isArray(value) ? value.map(fromJson) : mapValues(value, fromJson)
  kept.set(value, made)
  return made
}

/**
 * A result that JSON has no form for.
 *
 * @since 0.1.0
 */
export class NotJson extends Error {
  readonly _tag = "NotJson"
}

/**
 * The value of an expression as JSON. A timestamp becomes its ISO text, a duration `90s`.
 *
 * @throws NotJson for integers beyond ±9,007,199,254,740,991, for bytes, types and numbers that are not finite
 * @since 0.1.0
 */
export const toJson = (value: unknown): unknown => {
  switch (typeof value) {
    case "bigint":
      return toNumber(value)
    case "number":
      if (!Number.isFinite(value)) throw new NotJson(`its value ${value} is no number that JSON knows`)
      return value
    case "string":
    case "boolean":
      return value
    case "undefined":
      return null
    case "object":
      return value === null ? null : objectToJson(value)
    default:
      throw new NotJson("its value has no form in JSON")
  }
}

const toNumber = (value: bigint): number => {
  const number = Number(value)
  if (!Number.isSafeInteger(number))
    throw new NotJson(`its value ${value} is beyond ±9,007,199,254,740,991, where numbers are no longer exact`)
  return number
}

const objectToJson = (value: object): unknown => {
  if (Array.isArray(value)) return value.map(toJson)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Map) {
    const out: Record<string, unknown> = {}
    for (const [key, inner] of value) setOwn(out, String(key), toJson(inner))
    return out
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return mapValues(value, toJson)
  if (isDuration(value)) return durationText(value)
  // An unsigned integer is one number in a class of its own; bytes and types have no form in JSON.
  if ("value" in value && typeof value.value === "bigint" && Object.keys(value).length <= 1)
    return toNumber(value.value)
  throw new NotJson(
    `its value is ${value instanceof Uint8Array ? "bytes" : "no value"} that JSON has no form for; write \`string(…)\` around it`
  )
}

const isDuration = (value: object): value is { readonly seconds: bigint; readonly nanos: number } =>
  "seconds" in value && typeof value.seconds === "bigint" && "nanos" in value && typeof value.nanos === "number"

/** As Protocol Buffers write it in JSON: `90s`, `1.5s`. */
const durationText = ({ nanos, seconds }: { readonly seconds: bigint; readonly nanos: number }): string => {
  const sign = seconds < 0n || nanos < 0 ? "-" : ""
  const whole = seconds < 0n ? -seconds : seconds
  const part = nanos === 0 ? "" : `.${String(Math.abs(nanos)).padStart(9, "0").replace(/0+$/, "")}`
  return `${sign}${whole}${part}s`
}

const mapValues = (value: object, f: (value: unknown) => unknown): Record<string, unknown> => {
  const out: Record<string, unknown> = {}
  for (const [key, inner] of Object.entries(value)) setOwn(out, key, f(inner))
  return out
}
