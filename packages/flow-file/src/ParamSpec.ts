/**
 * One param of a flow as the file declares it.
 *
 * @since 0.1.0
 */
import { Option, Result } from "effect"
import { isDeepStrictEqual } from "node:util"
import * as TimeLimit from "@halte/process/time-limit"

/**
 * @since 0.1.0
 */
export type ParamType = "string" | "integer" | "number" | "boolean" | "list" | "object"

/**
 * `optional` params may be missing; one with a `default` never is. `env` names the environment variable that gives the
 * value when none is given otherwise.
 *
 * @since 0.1.0
 */
export interface ParamSpec {
  readonly name: string
  readonly type: ParamType
  readonly description?: string | undefined
  readonly default?: unknown
  /** Never stored, shown or passed as an argument. */
  readonly secret: boolean
  readonly env?: string | undefined
  readonly optional: boolean
  /** A regular expression that a text must match. */
  readonly pattern?: string | undefined
  /** The values it may have. */
  readonly options?: ReadonlyArray<unknown> | undefined
}

/** For messages: `a whole number`. */
const nouns: Readonly<Record<ParamType, string>> = {
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "`true` or `false`",
  list: "a list",
  object: "a map"
}

/**
 * Reads a value given as text, on a command line or in an environment variable: numbers and booleans as JSON writes
 * them, a list as JSON or with commas between texts, an object as JSON. Checks it as `check` does.
 *
 * @since 0.1.0
 */
export const fromText = (spec: ParamSpec, text: string): Result.Result<unknown, string> => {
  const value = parse(spec.type, text)
  if (value === undefined) return Result.fail(`${shown(spec, text)} is not ${nouns[spec.type]}`)
  const problem = check(spec, value)
  return problem === undefined ? Result.succeed(value) : Result.fail(problem)
}

const parse = (type: ParamType, text: string): unknown => {
  const trimmed = text.trim()
  switch (type) {
    case "string":
      return text
    case "integer":
      return /^[+-]?\d+$/.test(trimmed) ? Number(trimmed) : undefined
    case "number":
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed) ? Number(trimmed) : undefined
    case "boolean":
      return trimmed === "true" ? true : trimmed === "false" ? false : undefined
    case "list":
      if (trimmed.startsWith("[")) return fromJson(trimmed, Array.isArray)
      return trimmed === "" ? [] : trimmed.split(",").map((item) => item.trim())
    case "object":
      return fromJson(trimmed, (u) => typeof u === "object" && u !== null && !Array.isArray(u))
  }
}

const fromJson = (text: string, is: (u: unknown) => boolean): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return is(value) ? value : undefined
  } catch {
    return undefined
  }
}

/**
 * What is wrong with a value, in a few words, or `undefined`. A secret's value is never in it.
 *
 * @since 0.1.0
 */
export const check = (spec: ParamSpec, value: unknown): string | undefined => {
  if (spec.type === "integer" && Number.isInteger(value) && !Number.isSafeInteger(value))
    return `${shown(spec, value)} is beyond ±9,007,199,254,740,991, up to where whole numbers are exact`
  if (!hasType(spec.type, value)) return `${shown(spec, value)} is not ${nouns[spec.type]}`
  if (spec.options !== undefined && !spec.options.some((option) => isDeepStrictEqual(option, value)))
    return `${shown(spec, value)} is none of ${spec.options.map((option) => `\`${toText(option)}\``).join(", ")}`
  if (spec.pattern === undefined || typeof value !== "string") return undefined
  const pattern = new RegExp(spec.pattern, "u")
  return Option.match(
    TimeLimit.within(() => pattern.test(value)),
    {
      onNone: () =>
        `${shown(spec, value)} could not be compared with \`${spec.pattern}\` within ${TimeLimit.limitMillis / 1000} s; a pattern without repetitions of repetitions is faster`,
      onSome: (matches) => (matches ? undefined : `${shown(spec, value)} does not match \`${spec.pattern}\``)
    }
  )
}

const hasType = (type: ParamType, value: unknown): boolean => {
  switch (type) {
    case "string":
      return typeof value === "string"
    case "integer":
      return Number.isSafeInteger(value)
    case "number":
      return Number.isFinite(value)
    case "boolean":
      return typeof value === "boolean"
    case "list":
      return Array.isArray(value)
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value)
  }
}

const toText = (value: unknown): string =>
  typeof value === "string" ? value : typeof value === "number" ? String(value) : (JSON.stringify(value) ?? "undefined")

const shown = (spec: ParamSpec, value: unknown): string => {
  if (spec.secret) return "the value given"
  const text = toText(value)
  return text === "" ? "an empty text" : `\`${text.length > 60 ? `${text.slice(0, 59)}…` : text}\``
}

/**
 * The JSON Schema of its values, for forms and help.
 *
 * @since 0.1.0
 */
export const toJsonSchema = (spec: ParamSpec): Readonly<Record<string, unknown>> => ({
  type: spec.type === "list" ? "array" : spec.type,
  ...(spec.description === undefined ? undefined : { description: spec.description }),
  ...(spec.default === undefined || spec.secret ? undefined : { default: spec.default }),
  ...(spec.pattern === undefined ? undefined : { pattern: spec.pattern }),
  ...(spec.options === undefined ? undefined : { enum: spec.options }),
  ...(spec.secret ? { writeOnly: true } : undefined),
  // For forms: what is left out is taken from there.
  ...(spec.env === undefined ? undefined : { "x-env": spec.env })
})
