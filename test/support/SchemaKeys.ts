/**
 * The keys of flow files as their JSON Schema has them: which there are, and which a flow uses. What is added to a table
 * of keys is in the schema, so nothing can be forgotten here.
 */

type JsonSchema = Readonly<Record<string, unknown>>

/** `TABLE.key` of every key: `Step.run`, `Retry.tries`. */
export const all = (schema: JsonSchema): ReadonlySet<string> => {
  const found = new Set<string>()
  walk(schema, schema, (title, key) => void found.add(`${title}.${key}`))
  return found
}

/** Those that a flow, as data, uses. */
export const used = (schema: JsonSchema, flow: unknown): ReadonlySet<string> => {
  const found = new Set<string>()
  visit(schema, schema, flow, found)
  return found
}

const resolve = (root: JsonSchema, schema: JsonSchema): JsonSchema => {
  const reference = schema["$ref"]
  if (typeof reference !== "string") return schema
  const definitions = root["$defs"] as Readonly<Record<string, JsonSchema>>
  return resolve(root, definitions[reference.replace("#/$defs/", "")]!)
}

/** `Step: run` is the alternative of `Step` for one kind. */
const titleOf = (schema: JsonSchema): string => String(schema["title"] ?? "?").replace(/:.*/, "")

const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null

/** The schemas that a value must, or may, fit at the same place. */
const beside = (schema: JsonSchema): ReadonlyArray<JsonSchema> =>
  ["anyOf", "oneOf", "allOf", "if", "then", "else"].flatMap((word) => [schema[word]].flat()).filter(isSchema)

const walk = (
  root: JsonSchema,
  schema: JsonSchema,
  onKey: (title: string, key: string) => void,
  seen = new Set<JsonSchema>()
): void => {
  const here = resolve(root, schema)
  if (seen.has(here)) return
  seen.add(here)
  const own = properties(here)
  for (const [key, inner] of Object.entries(own)) {
    onKey(titleOf(here), key)
    walk(root, inner, onKey, seen)
  }
  for (const inner of [...beside(here), here["items"], here["additionalProperties"]])
    if (isSchema(inner)) walk(root, inner, onKey, seen)
}

const visit = (root: JsonSchema, schema: JsonSchema, value: unknown, found: Set<string>): void => {
  const here = resolve(root, schema)
  for (const inner of beside(here)) visit(root, inner, value, found)
  if (Array.isArray(value)) {
    const items = here["items"]
    if (isSchema(items)) for (const item of value) visit(root, items, item, found)
  } else if (isSchema(value)) {
    const own = properties(here)
    const rest = here["additionalProperties"]
    for (const [key, inner] of Object.entries(value)) {
      const known = Object.hasOwn(own, key) ? own[key] : undefined
      if (known !== undefined) {
        found.add(`${titleOf(here)}.${key}`)
        visit(root, known, inner, found)
      } else if (isSchema(rest)) visit(root, rest, inner, found)
    }
  }
}

/** Of maps with a title: parts of one that only say what goes with what have none. */
const properties = (schema: JsonSchema): Readonly<Record<string, JsonSchema>> =>
  typeof schema["title"] === "string" ? ((schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>) : {}
