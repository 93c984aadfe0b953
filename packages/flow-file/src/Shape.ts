/**
 * What a key of a flow file may hold: how it is read, what is said when it is something else, and its JSON Schema. The
 * keys are declared with these once, in `FlowKeys`; validation, editors and the reference all come from there.
 *
 * @since 0.1.0
 */
import { StepId } from "@halte/engine"
import type { FileNode, ListNode, ScalarNode } from "./FileNode.ts"
import { describe, quote } from "./FileNode.ts"
import type { Problems } from "./Problems.ts"
import * as Quantity from "./Quantity.ts"

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * Where a value is read: whose it is, for messages (`` step `build` ``), and the path of keys to it.
 *
 * @since 0.1.0
 */
export interface Reading {
  readonly problems: Problems
  readonly owner: string
  readonly path: string
}

/**
 * @since 0.1.0
 */
export interface Shape<out A> {
  /** For messages: `a duration`. */
  readonly expected: string
  /** `undefined` once a problem has been reported. */
  readonly read: (node: FileNode, at: Reading) => A | undefined
  /** Adds what it refers to to the definitions. */
  readonly schema: (definitions: Map<string, JsonSchema>) => JsonSchema
}

/**
 * A value with its place.
 *
 * @since 0.1.0
 */
export interface Located<out A> {
  readonly node: FileNode
  readonly value: A
}

/** The name of the place that is read. */
export const place = (at: Reading): string => (at.path === "" ? at.owner : `\`${at.path}\` of ${at.owner}`)

/** Begins a sentence with it. */
export const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** The place of a key in it. */
export const inner = (at: Reading, key: string): Reading => ({
  ...at,
  path: at.path === "" ? key : `${at.path}.${key}`
})

/** Reports a value of the wrong kind. */
export const wrong = (node: FileNode, at: Reading, expected: string, hint?: string): undefined => {
  at.problems.error(node, "wrong-type", `${sentence(place(at))} is ${describe(node)}, not ${expected}.`, hint)
  return undefined
}

/** Whether a text holds an expression. */
export const hasExpression = (text: string): boolean => text.includes("${{")

const refuseExpression = (node: ScalarNode, at: Reading): boolean => {
  if (typeof node.value !== "string" || !hasExpression(node.value)) return false
  at.problems.error(
    node,
    "expression-not-allowed",
    `${sentence(place(at))} holds an expression, but must be known before the flow runs.`,
    "Write the value itself."
  )
  return true
}

/**
 * A text that is known before the flow runs. Numbers count as they were written: `version: 1.10` is `1.10`.
 *
 * @since 0.1.0
 */
export const text: Shape<string> = {
  expected: "a text",
  read: (node, at) => {
    if (node._tag !== "Scalar" || node.value === null) return wrong(node, at, "a text")
    return refuseExpression(node, at) ? undefined : node.text
  },
  schema: () => ({ type: ["string", "number"] })
}

/**
 * A scalar that may hold expressions; they are compiled later, where their variables are known.
 *
 * @since 0.1.0
 */
export const templateText: Shape<ScalarNode> = {
  expected: "a text",
  read: (node, at) => (node._tag !== "Scalar" || node.value === null ? wrong(node, at, "a text") : node),
  schema: () => ({ type: ["string", "number", "boolean"] })
}

/**
 * Any JSON value, with expressions anywhere in it.
 *
 * @since 0.1.0
 */
export const template: Shape<FileNode> = {
  expected: "a value",
  read: (node) => node,
  schema: () => ({})
}

/**
 * A list of such values.
 *
 * @since 0.1.0
 */
export const templateList: Shape<FileNode> = {
  expected: "a list",
  read: (node, at) => (node._tag === "List" ? node : wrong(node, at, "a list")),
  schema: () => ({ type: "array" })
}

/**
 * Any JSON value, as it stands.
 *
 * @since 0.1.0
 */
export const json = template

/**
 * The name of a flow or a step.
 *
 * @since 0.1.0
 */
export const name: Shape<string> = {
  expected: "a name",
  read: (node, at) => {
    const value = text.read(node, at)
    return value !== undefined && isName(value, node, at) ? value : undefined
  },
  schema: () => ({ type: "string", pattern: "^[a-z][a-z0-9-]*$" })
}

const isName = (value: string, node: FileNode, at: Reading): boolean => {
  if (StepId.isName(value)) return true
  const rewritten = value
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "")
  at.problems.error(
    node,
    "invalid-name",
    `${quote(value)} can't be a name: a name is a small letter, then small letters, digits and hyphens.`,
    StepId.isName(rewritten) ? `Write \`${rewritten}\`.` : undefined
  )
  return false
}

/**
 * A whole number within limits.
 *
 * @since 0.1.0
 */
export const integer = (limits: { readonly min: number; readonly max?: number }): Shape<number> => {
  const expected = `a whole number of ${limits.min}${limits.max === undefined ? " or more" : ` to ${limits.max}`}`
  return {
    expected,
    read: (node, at) => {
      if (node._tag === "Scalar" && refuseExpression(node, at)) return undefined
      return node._tag === "Scalar" &&
        typeof node.value === "number" &&
        Number.isSafeInteger(node.value) &&
        node.value >= limits.min &&
        node.value <= (limits.max ?? Number.MAX_SAFE_INTEGER)
        ? node.value
        : wrong(node, at, expected)
    },
    schema: () => ({
      type: "integer",
      minimum: limits.min,
      ...(limits.max === undefined ? undefined : { maximum: limits.max })
    })
  }
}

/**
 * `true` or `false`.
 *
 * @since 0.1.0
 */
export const boolean: Shape<boolean> = {
  expected: "`true` or `false`",
  read: (node, at) => {
    if (node._tag === "Scalar" && refuseExpression(node, at)) return undefined
    return node._tag === "Scalar" && typeof node.value === "boolean" ? node.value : wrong(node, at, "`true` or `false`")
  },
  schema: () => ({ type: "boolean" })
}

const quantity = (
  expected: string,
  pattern: string,
  hint: string,
  parse: (text: string) => number | undefined
): Shape<number> => ({
  expected,
  read: (node, at) => {
    if (node._tag === "Scalar" && refuseExpression(node, at)) return undefined
    const value = node._tag === "Scalar" && node.value !== null ? parse(node.text) : undefined
    return value ?? wrong(node, at, expected, hint)
  },
  // A bare 0 has no unit to be wrong about.
  schema: () =>
    parse("0") === 0 ? { anyOf: [{ type: "string", pattern }, { const: 0 }] } : { type: "string", pattern }
})

/**
 * A duration, in milliseconds.
 *
 * @since 0.1.0
 */
export const duration = quantity(
  "a duration",
  Quantity.durationPattern,
  "Write a number with a unit: `500ms`, `5s`, `10m`, `2h` or `1h30m`, at most 24 days.",
  Quantity.toMillis
)

/**
 * A duration in milliseconds, or an expression that gives one, as a node.
 *
 * @since 0.1.0
 */
export const durationOrExpression: Shape<number | ScalarNode> = {
  expected: "a duration",
  read: (node, at) =>
    node._tag === "Scalar" && typeof node.value === "string" && hasExpression(node.value)
      ? node
      : duration.read(node, at),
  schema: (definitions) => ({ anyOf: [duration.schema(definitions), { type: "string", pattern: "\\$\\{\\{" }] })
}

/**
 * A size, in bytes.
 *
 * @since 0.1.0
 */
export const size = quantity(
  "a size",
  Quantity.sizePattern,
  "Write a number with a unit: `512KiB`, `8MiB` or `100MB`.",
  Quantity.toBytes
)

/**
 * One of some words.
 *
 * @since 0.1.0
 */
export const choice = <const Words extends ReadonlyArray<string>>(...words: Words): Shape<Words[number]> => {
  const expected =
    words.length === 2 ? `\`${words[0]}\` or \`${words[1]}\`` : `one of ${words.map((w) => `\`${w}\``).join(", ")}`
  return {
    expected,
    read: (node, at) => {
      if (node._tag === "Scalar" && refuseExpression(node, at)) return undefined
      if (node._tag === "Scalar" && words.includes(node.text)) return node.text
      const near = node._tag === "Scalar" ? StepId.nearest(node.text, words) : undefined
      return wrong(node, at, expected, near === undefined ? undefined : `Did you mean \`${near}\`?`)
    },
    schema: () => ({ enum: [...words] })
  }
}

/**
 * A list.
 *
 * @since 0.1.0
 */
export const list = <A>(of: Shape<A>, limits?: { readonly min?: number }): Shape<ReadonlyArray<Located<A>>> => ({
  expected: "a list",
  read: (node, at) => {
    if (node._tag !== "List") return wrong(node, at, "a list")
    if (node.items.length < (limits?.min ?? 0)) {
      at.problems.error(node, "empty-list", `${sentence(place(at))} is an empty list.`)
      return undefined
    }
    return readItems(node, of, at)
  },
  schema: (definitions) => ({
    type: "array",
    items: of.schema(definitions),
    ...(limits?.min === undefined ? undefined : { minItems: limits.min })
  })
})

const readItems = <A>(node: ListNode, of: Shape<A>, at: Reading): ReadonlyArray<Located<A>> =>
  node.items.flatMap((item, i) => {
    const value = of.read(item, { ...at, path: `${at.path}[${i}]` })
    return value === undefined ? [] : [{ node: item, value }]
  })

/**
 * One, or a list of them.
 *
 * @since 0.1.0
 */
export const oneOrMany = <A>(of: Shape<A>): Shape<ReadonlyArray<Located<A>>> => ({
  expected: `${of.expected} or a list`,
  read: (node, at) => {
    if (node._tag === "List") return readItems(node, of, at)
    const value = of.read(node, at)
    return value === undefined ? undefined : [{ node, value }]
  },
  schema: (definitions) => ({ anyOf: [of.schema(definitions), { type: "array", items: of.schema(definitions) }] })
})

/**
 * An entry of a record.
 *
 * @since 0.1.0
 */
export interface RecordEntry<out A> extends Located<A> {
  readonly key: ScalarNode
}

/**
 * A map with names of the author's own.
 *
 * @since 0.1.0
 */
export const record = <A>(
  of: Shape<A>,
  keys: {
    readonly pattern: RegExp
    readonly noun: string
    readonly owner?: (key: string, at: Reading) => string
    readonly rewrite?: (key: string) => string | undefined
  }
): Shape<ReadonlyArray<RecordEntry<A>>> => ({
  expected: "a map",
  read: (node, at) => {
    if (node._tag !== "Map") return wrong(node, at, "a map")
    return node.entries.flatMap(({ key, value }): Array<RecordEntry<A>> => {
      if (!keys.pattern.test(key.text)) {
        const rewritten = keys.rewrite?.(key.text)
        at.problems.error(
          key,
          "invalid-name",
          `${quote(key.text)} can't be ${keys.noun}.`,
          rewritten === undefined ? undefined : `Write \`${rewritten}\`.`
        )
      }
      const read = of.read(
        value,
        keys.owner === undefined ? inner(at, key.text) : { ...at, owner: keys.owner(key.text, at), path: "" }
      )
      return read === undefined ? [] : [{ key, node: value, value: read }]
    })
  },
  schema: (definitions) => ({
    type: "object",
    propertyNames: { pattern: keys.pattern.source },
    additionalProperties: of.schema(definitions)
  })
})

/**
 * One shape per kind of node: a text, a list or a map.
 *
 * @since 0.1.0
 */
export const either = <
  T extends { readonly scalar?: Shape<unknown>; readonly list?: Shape<unknown>; readonly map?: Shape<unknown> }
>(
  shapes: T
): Shape<ValueOf<T[keyof T]>> => {
  const all = [shapes.scalar, shapes.list, shapes.map].filter((s) => s !== undefined)
  const expected = all.map((s) => s.expected).join(" or ")
  return {
    expected,
    read: (node, at) => {
      const shape = node._tag === "Scalar" ? shapes.scalar : node._tag === "List" ? shapes.list : shapes.map
      return shape === undefined ? wrong(node, at, expected) : (shape.read(node, at) as ValueOf<T[keyof T]> | undefined)
    },
    schema: (definitions) => ({ anyOf: all.map((s) => s.schema(definitions)) })
  }
}

type ValueOf<S> = S extends Shape<infer A> ? A : never

/**
 * A shape that is named in the JSON Schema, so that it may hold itself.
 *
 * @since 0.1.0
 */
export const named = <A>(name: string, get: () => Shape<A>): Shape<A> => ({
  expected: name === "steps" ? "a map of steps" : "a map",
  read: (node, at) => get().read(node, at),
  schema: (definitions) => {
    if (!definitions.has(name)) {
      definitions.set(name, {})
      definitions.set(name, get().schema(definitions))
    }
    return { $ref: `#/$defs/${name}` }
  }
})
