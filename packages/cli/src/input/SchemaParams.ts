/**
 * Params as the JSON Schema of a flow describes them, where its file is not at hand: a flow of a server, or one that is
 * defined in code.
 */
import type { FlowDescription } from "@halte/engine/model"
import type { ParamSpec } from "@halte/flow-file"

type Json = Readonly<Record<string, unknown>>

export interface SchemaParams {
  readonly specs: ReadonlyArray<ParamSpec.ParamSpec>
  /** Params about which the schema says too little to check a value here: they are passed on as they are. */
  readonly isOpen: (name: string) => boolean
}

const types: Readonly<Record<string, ParamSpec.ParamType>> = {
  string: "string",
  integer: "integer",
  number: "number",
  boolean: "boolean",
  array: "list",
  object: "object"
}

/** A flow that declares no params takes anything. */
export const of = (schema: FlowDescription.FlowDescription["params"]): SchemaParams => {
  if (schema === undefined) return { specs: [], isOpen: () => true }
  const required = asList(schema["required"])
  const open = new Set<string>()
  const specs = Object.entries(asRecord(schema["properties"])).map(([name, property]): ParamSpec.ParamSpec => {
    const given = resolved(asRecord(property), schema)
    const type = typeOf(given, schema)
    if (type === undefined) open.add(name)
    const { default: standard, description, "x-env": env, writeOnly } = given
    const options = optionsOf(given, schema)
    const pattern = patternOf(given)
    return {
      name,
      type: type ?? "string",
      secret: writeOnly === true,
      optional: !required.includes(name),
      ...(standard === undefined ? undefined : { default: standard }),
      ...(typeof env === "string" ? { env } : undefined),
      ...(typeof description === "string" ? { description } : undefined),
      ...(pattern === undefined || type !== "string" ? undefined : { pattern }),
      ...(options === undefined ? undefined : { options })
    }
  })
  return { specs, isOpen: (name) => open.has(name) }
}

/** A schema without the name of a definition in its place. */
export const resolve = (schema: Json): Json => resolved(schema, schema)

/** The values of params that are not given, as far as the schema says them. */
export const withDefaults = (
  specs: ReadonlyArray<ParamSpec.ParamSpec>,
  values: Readonly<Record<string, unknown>>
): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(specs.flatMap((spec) => (spec.default === undefined ? [] : [[spec.name, spec.default]]))),
  ...values
})

/** A definition that is only named here; what stands beside the name counts too. */
const resolved = (given: Json, root: Json, depth = 0): Json => {
  const { $ref, ...beside } = given
  const name = typeof $ref === "string" ? /^#\/\$defs\/(.+)$/.exec($ref)?.[1] : undefined
  if (name === undefined || depth > 16) return given
  const key = decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~")
  return { ...resolved(asRecord(asRecord(root["$defs"])[key]), root, depth + 1), ...beside }
}

/** Ways to write a value; that it may be nothing is none. */
const ways = (given: Json, root: Json): ReadonlyArray<Json> =>
  [...asList(given["anyOf"]), ...asList(given["oneOf"])]
    .map((one) => resolved(asRecord(one), root))
    .filter((one) => one["type"] !== "null")

/** The one type that values have; `undefined` where there are several, or none is said. */
const typeOf = (given: Json, root: Json): ParamSpec.ParamType | undefined => {
  const said = typeof given["type"] === "string" ? [given["type"]] : asList(given["type"])
  const names = said.filter((one) => one !== "null")
  if (names.length > 0) return names.length === 1 ? types[String(names[0])] : undefined
  const options = optionsOf(given, root)
  if (options !== undefined) {
    const kinds = new Set(options.map((option) => typeof option))
    const [kind] = kinds
    return kinds.size === 1 && (kind === "string" || kind === "number" || kind === "boolean") ? kind : undefined
  }
  const found = new Set(ways(given, root).map((one) => typeOf(one, root)))
  const [only] = found
  return found.size === 1 ? only : undefined
}

const optionsOf = (given: Json, root: Json): ReadonlyArray<unknown> | undefined => {
  if (Array.isArray(given["enum"])) return given["enum"] as ReadonlyArray<unknown>
  if ("const" in given) return [given["const"]]
  const inner = ways(given, root).map((one) => optionsOf(one, root))
  if (inner.length === 0) return undefined
  return inner.every((one) => one !== undefined) ? inner.flat() : undefined
}

const patternOf = (given: Json): string | undefined => {
  const all = [given, ...asList(given["allOf"]).map(asRecord)].flatMap(({ pattern }) =>
    typeof pattern === "string" ? [pattern] : []
  )
  return all.length === 1 && isPattern(all[0]!) ? all[0] : undefined
}

/** What no regular expression is here is checked there. */
const isPattern = (pattern: string): boolean => {
  try {
    return new RegExp(pattern, "u") instanceof RegExp
  } catch {
    return false
  }
}

const asRecord = (u: unknown): Json =>
  typeof u === "object" && u !== null && !Array.isArray(u) ? (u as Readonly<Record<string, unknown>>) : {}

const asList = (u: unknown): ReadonlyArray<unknown> => (Array.isArray(u) ? (u as ReadonlyArray<unknown>) : [])
