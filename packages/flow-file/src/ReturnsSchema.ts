/**
 * `returns`: what a step gives, in a part of JSON Schema (draft 2020-12) that is checked as a whole: what is outside of it
 * is refused, never passed over.
 *
 * @since 0.1.0
 */
import { JsonSchema, Option, Schema, SchemaRepresentation } from "effect"
import { OutputCheck, StepId } from "@halte/engine"
import type { FileNode, ListNode, MapNode, ScalarNode } from "./FileNode.ts"
import { get, quote, toJson } from "./FileNode.ts"
import { hasExpression, inner, place, type Reading, sentence, type Shape, wrong } from "./Shape.ts"
import * as TimeLimit from "@halte/process/time-limit"

/** A JSON Schema, or a part of one. */
export type Json = Readonly<Record<string, unknown>>

/**
 * The types that values have.
 *
 * @since 0.1.0
 */
export const types = ["string", "integer", "number", "boolean", "object", "array", "null"] as const
type Type = (typeof types)[number]

/** What a keyword holds, and for values of which types it says something; of any when absent. */
interface Keyword {
  readonly holds:
    | "type"
    | "schemas"
    | "names"
    | "schema"
    | "flag or schema"
    | "values"
    | "value"
    | "number"
    | "size"
    | "flag"
    | "pattern"
    | "text"
    | "anything"
  readonly of?: ReadonlyArray<Type>
}

const number: Keyword = { holds: "number", of: ["integer", "number"] }
const length: Keyword = { holds: "size", of: ["string"] }
const size: Keyword = { holds: "size", of: ["array"] }

/**
 * The keywords of `returns`, by name.
 *
 * @since 0.1.0
 */
export const keywords: { readonly [name: string]: Keyword } = {
  type: { holds: "type" },
  properties: { holds: "schemas", of: ["object"] },
  required: { holds: "names", of: ["object"] },
  additionalProperties: { holds: "flag or schema", of: ["object"] },
  items: { holds: "schema", of: ["array"] },
  minItems: size,
  maxItems: size,
  uniqueItems: { holds: "flag", of: ["array"] },
  enum: { holds: "values" },
  const: { holds: "value" },
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: number,
  minLength: length,
  maxLength: length,
  pattern: { holds: "pattern", of: ["string"] },
  title: { holds: "text" },
  description: { holds: "text" },
  default: { holds: "anything" },
  examples: { holds: "anything" }
}

const instead: Readonly<Record<string, string>> = {
  $ref: "Write the schema itself in its place.",
  $defs: "Write the schema itself in its place.",
  anyOf: "Of a value that may be null write `type: [string, null]`; leave out what you can't say.",
  oneOf: "Of a value that may be null write `type: [string, null]`; leave out what you can't say.",
  allOf: "Write all of it in one schema.",
  format: "Write a `pattern`.",
  nullable: 'Write `type: [string, "null"]`.',
  patternProperties: "Write `additionalProperties` with the schema of the values.",
  prefixItems: "Write `items` with the schema of every item."
}

/** Keywords of JSON Schema that are outside of the part. */
const others = new Set(
  "$ref $defs definitions $id $schema $anchor $comment $dynamicRef $vocabulary allOf anyOf oneOf not if then else dependentSchemas dependentRequired dependencies prefixItems additionalItems contains minContains maxContains patternProperties propertyNames minProperties maxProperties unevaluatedItems unevaluatedProperties format contentEncoding contentMediaType contentSchema deprecated readOnly writeOnly nullable".split(
    " "
  )
)

/**
 * A schema as it was read: as JSON, for forms and types, and as what checks.
 *
 * @since 0.1.0
 */
export interface Returns {
  readonly json: Json
  readonly schema: Schema.Codec<unknown>
}

/**
 * The shape of `returns`.
 *
 * @since 0.1.0
 */
export const shape: Shape<Returns> = {
  expected: "a JSON Schema",
  read: (node, at) => {
    const before = at.problems.errors
    readSchema(node, at)
    if (at.problems.errors > before) return undefined
    const json = withTypes(toJson(node) as Json)
    try {
      return { json, schema: compiled(json) }
    } catch (error) {
      // For a combination that nobody foresaw.
      at.problems.error(
        node,
        "unsupported-keyword",
        `${sentence(place(at))} can't be checked as a whole: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}.`,
        "Leave out what is not needed."
      )
      return undefined
    }
  },
  schema: (definitions) => {
    if (!definitions.has("returns")) {
      definitions.set("returns", {})
      definitions.set("returns", editorSchema)
    }
    return { $ref: "#/$defs/returns" }
  }
}

const self = { $ref: "#/$defs/returns" }
const held: { readonly [H in Keyword["holds"]]: Json } = {
  type: { anyOf: [{ enum: types }, { type: "array", items: { enum: types }, minItems: 1 }] },
  schemas: { type: "object", additionalProperties: self },
  names: { type: "array", items: { type: "string" } },
  schema: self,
  "flag or schema": { anyOf: [{ type: "boolean" }, self] },
  values: { type: "array", items: { type: ["string", "number", "boolean", "null"] }, minItems: 1 },
  value: { type: ["string", "number", "boolean", "null"] },
  number: { type: "number" },
  size: { type: "integer", minimum: 0 },
  flag: { type: "boolean" },
  pattern: { type: "string" },
  text: { type: "string" },
  anything: {}
}
const editorSchema: Json = {
  type: "object",
  title: "JSON Schema of a value",
  properties: Object.fromEntries(Object.entries(keywords).map(([name, { holds }]) => [name, held[holds]])),
  additionalProperties: false
}

const readSchema = (node: FileNode, at: Reading): void => {
  if (node._tag !== "Map") return void wrong(node, at, "a JSON Schema", "Write one such as `{ type: integer }`.")
  const of = typesOf(node)
  for (const { key, value } of node.entries) {
    const name = key.text
    const known = Object.hasOwn(keywords, name) ? keywords[name]! : undefined
    if (known === undefined) {
      unknown(key, at)
      continue
    }
    if (known.of !== undefined && of !== undefined && !known.of.some((type) => of.includes(type)))
      at.problems.error(
        key,
        "key-not-allowed",
        `${sentence(place(at))} has \`${name}\`, which says nothing about values of the type ${of.map((t) => `\`${t}\``).join(", ")}.`,
        `It is for ${known.of.map((t) => `\`${t}\``).join(" and ")}.`
      )
    readValue(known, value, inner(at, name))
  }
  requiredAreDeclared(node, at)
}

const unknown = (key: ScalarNode, at: Reading): void => {
  const name = key.text
  if (others.has(name) || name.startsWith("$")) {
    at.problems.error(
      key,
      "unsupported-keyword",
      `${sentence(place(at))} uses \`${name}\` of JSON Schema, which is not checked here.`,
      instead[name] ?? "Leave it out, and check it in the step itself."
    )
    return
  }
  const near = StepId.nearest(name, Object.keys(keywords))
  at.problems.error(
    key,
    "unknown-key",
    `${sentence(place(at))} has no key ${quote(name)}.`,
    near === undefined
      ? `It is a JSON Schema: fields stand in \`properties\`, as in \`{ type: object, properties: { ${name}: { type: string } } }\`.`
      : `Did you mean \`${near}\`?`
  )
}

const readValue = ({ holds }: Keyword, node: FileNode, at: Reading): void => {
  if (node._tag === "Scalar" && typeof node.value === "string" && hasExpression(node.value))
    return at.problems.error(
      node,
      "expression-not-allowed",
      `${sentence(place(at))} holds an expression, but must be known before the flow runs.`,
      "Write the value itself."
    )
  const is = (fits: boolean, expected: string): void => {
    if (!fits) wrong(node, at, expected)
  }
  const value = node._tag === "Scalar" ? node.value : undefined
  switch (holds) {
    case "type":
      for (const one of node._tag === "List" ? node.items : [node]) typeName(one, at)
      if (node._tag === "List" && node.items.length === 0) wrong(node, at, "a type, or a list of types")
      return
    case "schemas":
      if (node._tag !== "Map") return is(false, "a map of schemas by name")
      for (const { key, value } of node.entries) readSchema(value, inner(at, key.text))
      return
    case "names":
      return is(
        isListOf(node, (item) => typeof item.value === "string"),
        "a list of names"
      )
    case "schema":
      return readSchema(node, at)
    case "flag or schema":
      return node._tag === "Map" ? readSchema(node, at) : is(typeof value === "boolean", "`true`, `false` or a schema")
    case "values":
      return is(isListOf(node, () => true) && node._tag === "List" && node.items.length > 0, "a list of single values")
    case "value":
      return is(node._tag === "Scalar", "a single value")
    case "number":
      return is(typeof value === "number", "a number")
    case "size":
      return is(Number.isSafeInteger(value) && Number(value) >= 0, "a whole number of 0 or more")
    case "flag":
      return is(typeof value === "boolean", "`true` or `false`")
    case "pattern":
      return typeof value === "string" ? isPattern(value, node, at) : is(false, "a regular expression")
    case "text":
      return is(node._tag === "Scalar" && node.value !== null, "a text")
    case "anything":
      return
  }
}

const isListOf = (node: FileNode, is: (item: ScalarNode) => boolean): node is ListNode =>
  node._tag === "List" && node.items.every((item) => item._tag === "Scalar" && is(item))

/** What people write of other tools, and of the params of a flow. */
const otherTypes: Readonly<Record<string, Type>> = {
  list: "array",
  map: "object",
  text: "string",
  int: "integer",
  float: "number",
  bool: "boolean"
}

const typeName = (node: FileNode, at: Reading): void => {
  const name = node._tag === "Scalar" ? node.text : undefined
  if (name !== undefined && (types as ReadonlyArray<string>).includes(name)) return
  const near = name === undefined ? undefined : (otherTypes[name] ?? StepId.nearest(name, types))
  wrong(
    node,
    at,
    `one of ${types.map((t) => `\`${t}\``).join(", ")}`,
    near === undefined ? undefined : `Did you mean \`${near}\`?`
  )
}

const isPattern = (pattern: string, node: FileNode, at: Reading): void => {
  try {
    new RegExp(pattern, "u")
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^Invalid regular expression: /, "") : String(error)
    at.problems.error(node, "invalid-pattern", `${sentence(place(at))} is no regular expression: ${reason}.`)
  }
}

const requiredAreDeclared = (node: MapNode, at: Reading): void => {
  const properties = get(node, "properties")
  const required = get(node, "required")
  const more = get(node, "additionalProperties")
  if (properties?._tag === "Map" && more?._tag === "Map")
    at.problems.error(
      more,
      "unsupported-keyword",
      `${sentence(place(at))} has \`properties\` and a schema for \`additionalProperties\`, which can't be checked together.`,
      "Write `true` or `false`."
    )
  if (properties?._tag !== "Map" || required?._tag !== "List") return
  const declared = properties.entries.map(({ key }) => key.text)
  for (const name of required.items) {
    if (name._tag !== "Scalar" || declared.includes(name.text)) continue
    const near = StepId.nearest(name.text, declared)
    at.problems.error(
      name,
      "unknown-field",
      `\`required\` of ${place(at)} names ${quote(name.text)}, which is none of its \`properties\`.`,
      near === undefined ? "Declare it there." : `Did you mean \`${near}\`?`
    )
  }
}

/** The types that a schema says, or that its keywords are for; `undefined` for any. */
const typesOf = (node: MapNode): ReadonlyArray<Type> | undefined => {
  const said = get(node, "type")
  // `null` without quotes is no text in YAML.
  if (said?._tag === "Scalar") return [said.text as Type]
  if (said?._tag === "List") return said.items.map((item) => (item._tag === "Scalar" ? item.text : "") as Type)
  return undefined
}

/** With the type that its keywords are for, where it says none; and a name of a type as a text. */
const withTypes = (json: Json): Json => {
  const { additionalProperties, items, properties, type, ...rest } = json
  const implied = Object.keys(json).flatMap((name) => keywords[name]?.of ?? [])
  const own = [...new Set(implied)]
  const said = Array.isArray(type) ? type.map(String) : type === undefined ? undefined : String(type)
  const found = said ?? (own.length === 0 ? undefined : own.includes("number") ? "number" : own[0])
  return {
    ...(found === undefined ? undefined : { type: found }),
    ...rest,
    ...(properties === undefined
      ? undefined
      : {
          properties: Object.fromEntries(
            Object.entries(properties as Json).map(([name, one]) => [name, withTypes(one as Json)])
          )
        }),
    ...(additionalProperties === undefined
      ? undefined
      : {
          additionalProperties:
            typeof additionalProperties === "boolean" ? additionalProperties : withTypes(additionalProperties as Json)
        }),
    ...(items === undefined ? undefined : { items: withTypes(items as Json) })
  }
}

const made = new Map<string, Schema.Codec<unknown>>()
const mostMade = 500

/** Many steps of a large flow say the same, and making a schema takes as long as reading ten steps. */
const compiled = (json: Json): Schema.Codec<unknown> => {
  const text = JSON.stringify(json)
  const known = made.get(text)
  if (known !== undefined) return known
  const schema = compile(json)
  if (made.size >= mostMade) made.clear()
  made.set(text, schema)
  return schema
}

const compile = (json: Json): Schema.Codec<unknown> => {
  const schema = SchemaRepresentation.fromJsonSchemaDocument(JsonSchema.fromSchemaDraft2020_12(json), {
    patterns: "ignore"
  }) as Schema.Codec<unknown>
  // A regular expression of a file gets a second, then it is given up.
  const checked = hasPattern(json)
    ? schema.check(Schema.makeFilter((value: unknown) => patternProblems(json, value, [])))
    : schema
  return OutputCheck.strict(checked) as Schema.Codec<unknown>
}

const hasPattern = (json: unknown): boolean =>
  typeof json === "object" &&
  json !== null &&
  (("pattern" in json && typeof json.pattern === "string") || Object.values(json).some(hasPattern))

const patternProblems = (
  json: Json,
  value: unknown,
  path: ReadonlyArray<PropertyKey>
): ReadonlyArray<{ readonly path: ReadonlyArray<PropertyKey>; readonly issue: string }> => {
  const { additionalProperties, items, pattern, properties } = json
  if (typeof value === "string")
    return typeof pattern === "string" && !matches(pattern, value)
      ? [{ path, issue: `Expected a string matching the RegExp ${pattern}` }]
      : []
  if (Array.isArray(value))
    return items === undefined ? [] : value.flatMap((one, i) => patternProblems(items as Json, one, [...path, i]))
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, one]) => {
    const declared =
      properties !== undefined && Object.hasOwn(properties as Json, name) ? (properties as Json)[name] : undefined
    const own = declared ?? additionalProperties
    return typeof own === "object" && own !== null ? patternProblems(own as Json, one, [...path, name]) : []
  })
}

const matches = (pattern: string, value: string): boolean =>
  Option.getOrElse(
    TimeLimit.within(() => new RegExp(pattern, "u").test(value)),
    () => false
  )
