/**
 * The params of a flow as fields of a form, from their JSON Schema: what each is, what a text that was typed means, and
 * what is wrong with it. The server checks again; here a person is told before.
 */

type Json = Readonly<Record<string, unknown>>

export interface ParamField {
  readonly name: string
  readonly kind: "text" | "whole" | "number" | "boolean" | "choice" | "list" | "json"
  readonly secret: boolean
  readonly required: boolean
  /** Nothing typed is `null`, where a value is required. */
  readonly nullable: boolean
  readonly description: string | undefined
  readonly default: unknown
  /** The environment variable of the server that gives the value when none is given here. */
  readonly env: string | undefined
  readonly pattern: string | undefined
  readonly options: ReadonlyArray<unknown>
  /** Of a list: what a line is. */
  readonly item: "text" | "whole" | "number"
  readonly min: number | undefined
  readonly max: number | undefined
}

const object = (u: unknown): Json | undefined =>
  typeof u === "object" && u !== null && !Array.isArray(u) ? (u as Json) : undefined
const text = (u: unknown): string | undefined => (typeof u === "string" ? u : undefined)
const number = (u: unknown): number | undefined => (typeof u === "number" ? u : undefined)

/** The fields of a schema; `undefined` for params that are no map of names: they are written as JSON. */
export const fields = (schema: Json | undefined): ReadonlyArray<ParamField> | undefined => {
  if (schema === undefined) return []
  const root = resolve(schema, schema)
  const properties = object(root["properties"])
  if (properties === undefined) return root["type"] === "object" ? [] : undefined
  const required = Array.isArray(root["required"]) ? (root["required"] as ReadonlyArray<unknown>) : []
  return Object.entries(properties).map(([name, property]) =>
    field(name, resolve(object(property) ?? {}, schema), required.includes(name))
  )
}

/** Follows `$ref` to the definitions of the same document, and what stands alone in `allOf` and `anyOf`. */
const resolve = (schema: Json, root: Json, depth = 0): Json => {
  if (depth > 10) return {}
  const reference = text(schema["$ref"])
  if (reference?.startsWith("#/") === true) {
    let target: unknown = root
    for (const segment of reference.slice(2).split("/"))
      target = object(target)?.[segment.replaceAll("~1", "/").replaceAll("~0", "~")]
    const { $ref: _ref, ...beside } = schema
    return { ...resolve(object(target) ?? {}, root, depth + 1), ...beside }
  }
  // What may be nothing besides is what it is else.
  const ways = [schema["anyOf"], schema["oneOf"]].find((given) => Array.isArray(given)) as
    | ReadonlyArray<unknown>
    | undefined
  if (ways !== undefined) {
    const known = ways.map((way) => resolve(object(way) ?? {}, root, depth + 1))
    const [only, ...more] = known.filter((way) => way["type"] !== "null")
    if (only !== undefined && more.length === 0) {
      const { anyOf: _any, oneOf: _one, ...beside } = schema
      return { ...only, ...(known.length > 1 ? { [nothingToo]: true } : undefined), ...beside }
    }
  }
  const types = schema["type"]
  if (Array.isArray(types)) {
    const [only, ...more] = types.filter((type) => type !== "null") as ReadonlyArray<unknown>
    if (only !== undefined && more.length === 0)
      return { ...schema, type: only, ...(types.length > 1 ? { [nothingToo]: true } : undefined) }
  }
  const all = schema["allOf"]
  if (Array.isArray(all)) {
    const { allOf: _all, ...beside } = schema
    return Object.assign({}, ...all.map((part) => resolve(object(part) ?? {}, root, depth + 1)), beside) as Json
  }
  return schema
}

const nothingToo = "x-nullable"

const field = (name: string, schema: Json, required: boolean): ParamField => {
  const given: ReadonlyArray<unknown> = Array.isArray(schema["enum"])
    ? schema["enum"]
    : "const" in schema
      ? [schema["const"]]
      : []
  const nullable = schema[nothingToo] === true || given.includes(null)
  const options = given.filter((option) => option !== null)
  return {
    name,
    kind: kindOf(schema, options),
    secret: schema["writeOnly"] === true || schema["format"] === "password",
    required: required && !nullable && schema["default"] === undefined,
    nullable: required && nullable,
    description: text(schema["description"]),
    default: schema["default"],
    env: text(schema["x-env"]),
    pattern: text(schema["pattern"]),
    options,
    item: itemOf(schema),
    min: number(schema["minimum"]),
    max: number(schema["maximum"])
  }
}

const kindOf = (schema: Json, options: ReadonlyArray<unknown>): ParamField["kind"] => {
  if (options.length > 0) return "choice"
  switch (schema["type"]) {
    case "string":
      return "text"
    case "integer":
      return "whole"
    case "number":
      return "number"
    case "boolean":
      return "boolean"
    case "array":
      return itemKinds.has(itemType(schema)) ? "list" : "json"
    default:
      return "json"
  }
}

const itemKinds = new Set<unknown>([undefined, "string", "integer", "number"])
const itemType = (schema: Json): unknown => {
  const items = object(schema["items"])
  // A choice for each line is more than a line can say.
  return items === undefined ? undefined : "enum" in items || "const" in items ? "string" : (items["type"] ?? "any")
}
const itemOf = (schema: Json): ParamField["item"] => {
  const type = itemType(schema)
  return type === "integer" ? "whole" : type === "number" ? "number" : "text"
}

/** For people: `text, required`, `whole number, default 3`. */
export const note = (field: ParamField): string =>
  [
    field.secret ? "secret" : nouns[field.kind],
    field.required
      ? "required"
      : field.default === undefined
        ? "optional"
        : `default ${field.kind === "boolean" ? (field.default === true ? "yes" : "no") : shown(field.default)}`
  ].join(", ")

const nouns: Readonly<Record<ParamField["kind"], string>> = {
  text: "text",
  whole: "whole number",
  number: "number",
  boolean: "yes or no",
  choice: "one of",
  list: "one a line",
  json: "JSON"
}

const shown = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))

/** What a field shows for a value. */
export const toText = (field: ParamField, value: unknown): string => {
  if (value === undefined || value === null) return ""
  if (field.kind === "list" && Array.isArray(value)) return value.map(String).join("\n")
  if (field.kind === "json" || field.kind === "choice") return JSON.stringify(value)
  return typeof value === "string" ? value : JSON.stringify(value)
}

export type Read = { readonly value: unknown } | { readonly problem: string }

/** What a text means, or what is wrong with it. An empty one is no value. */
export const read = (field: ParamField, typed: string): Read => {
  const trimmed = typed.trim()
  if (trimmed === "" && (field.kind !== "boolean" || mayBeLeft(field)))
    return field.required && field.env === undefined
      ? { problem: "Is needed" }
      : { value: field.nullable ? null : undefined }
  switch (field.kind) {
    case "text":
      return field.pattern === undefined || matches(field.pattern, typed)
        ? { value: typed }
        : { problem: `Does not match ${field.pattern}` }
    case "whole":
      return /^[+-]?\d+$/.test(trimmed) ? within(field, Number(trimmed)) : { problem: "Is not a whole number" }
    case "number":
      return Number.isFinite(Number(trimmed)) ? within(field, Number(trimmed)) : { problem: "Is not a number" }
    case "boolean":
      return { value: typed === "true" }
    case "list":
      return readLines(field, typed)
    case "choice":
    case "json":
      try {
        return { value: JSON.parse(trimmed) as unknown }
      } catch (error) {
        return { problem: `Is no JSON: ${error instanceof Error ? error.message : String(error)}` }
      }
  }
}

/** Whether yes and no are not the only answers. */
export const mayBeLeft = (field: ParamField): boolean => !field.required && field.default === undefined

const readLines = ({ item }: ParamField, typed: string): Read => {
  const lines = typed.split("\n").filter((line) => line.trim() !== "")
  if (item === "text") return { value: lines }
  const wrong = lines.find((line) =>
    item === "whole" ? !/^\s*[+-]?\d+\s*$/.test(line) : !Number.isFinite(Number(line))
  )
  return wrong === undefined
    ? { value: lines.map(Number) }
    : { problem: `${wrong.trim()} is not ${item === "whole" ? "a whole number" : "a number"}` }
}

const within = ({ max, min }: ParamField, value: number): Read =>
  min !== undefined && value < min
    ? { problem: `Is less than ${min}` }
    : max !== undefined && value > max
      ? { problem: `Is more than ${max}` }
      : { value }

/** A pattern that this browser can't read is for the server to check. */
const matches = (pattern: string, value: string): boolean => {
  try {
    return new RegExp(pattern, "u").test(value)
  } catch {
    return true
  }
}

/** What was typed, read: the params, or what is wrong by name. What is as the default is left to the server. */
export const readAll = (
  all: ReadonlyArray<ParamField>,
  typed: Readonly<Record<string, string>>
): { readonly params: Record<string, unknown>; readonly problems: Readonly<Record<string, string>> } => {
  const params: Record<string, unknown> = {}
  const problems: Record<string, string> = {}
  for (const one of all) {
    const found = read(one, typed[one.name] ?? toText(one, one.default))
    if ("problem" in found) problems[one.name] = found.problem
    else if (found.value !== undefined) params[one.name] = found.value
  }
  return { params, problems }
}

/** The same as a command, to copy: secrets are left out, they are asked for. */
export const toArguments = (
  all: ReadonlyArray<ParamField>,
  params: Readonly<Record<string, unknown>>
): ReadonlyArray<string> =>
  all.flatMap((one) => {
    const value = params[one.name]
    if (one.secret || value === undefined || JSON.stringify(value) === JSON.stringify(one.default)) return []
    const plain = typeof value === "string" ? value : JSON.stringify(value)
    return ["--param", quote(`${one.name}=${plain}`)]
  })

/** An argument for a POSIX shell. */
export const quote = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`
