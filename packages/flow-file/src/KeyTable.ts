/**
 * Maps with known keys, declared as tables.
 *
 * @since 0.1.0
 */
import { StepId } from "@halte/engine"
import * as EditorText from "./EditorText.ts"
import type { MapNode } from "./FileNode.ts"
import { quote } from "./FileNode.ts"
import { inner, type JsonSchema, place, type Reading, type RecordEntry, sentence, type Shape, wrong } from "./Shape.ts"

/**
 * A key of a map: what it holds and what it is for.
 *
 * @since 0.1.0
 */
export interface Key<out A> {
  readonly shape: Shape<A>
  /** One sentence, for editors and the reference. */
  readonly description: string
  readonly required?: boolean
  /** For the reference. */
  readonly default?: string
  /** For the reference: how it is written. */
  readonly example?: string
  /** Kinds of step that have it; all when absent. */
  readonly kinds?: ReadonlyArray<string>
}

/** Keys by name. */
export type Table = Readonly<Record<string, Key<unknown>>>

/** What was read of a table's keys. */
export type Fields<T extends Table> = {
  readonly [K in keyof T]?: RecordEntry<T[K] extends Key<infer A> ? A : never>
}

/**
 * A map with known keys. What could be read is answered even when other keys are wrong.
 *
 * @since 0.1.0
 */
export const keys = <const T extends Table>(
  title: string,
  table: T,
  options?: {
    /** Keys of which exactly one is there, and decides which others may be. The compiler of the map sees to it. */
    readonly kinds?: ReadonlyArray<string>
    /** What other tools call a key. */
    readonly synonyms?: Readonly<Record<string, string>>
    /** What editors are told of keys that do not go together, as parts of a JSON Schema. */
    readonly rules?: ReadonlyArray<JsonSchema>
  }
): Shape<Fields<T>> => {
  const names = Object.keys(table)
  const required = names.filter((n) => table[n]!.required === true)
  return {
    expected: "a map",
    read: (node, at) => {
      if (node._tag !== "Map") return wrong(node, at, "a map")
      return readKeys(node, table, names, required, at, options?.synonyms ?? {}) as Fields<T>
    },
    schema: (definitions) => {
      const { kinds, rules } = options ?? {}
      if (kinds === undefined) return object(title, names, required, inline)
      // One alternative per kind, each with its own keys only: so an editor, too, knows what belongs together. What they
      // share stands once, among the definitions.
      return {
        oneOf: kinds.map((kind) => {
          const own = names.filter(
            (n) => n === kind || (!kinds.includes(n) && table[n]!.kinds?.includes(kind) !== false)
          )
          return object(`${title}: ${kind}`, own, [...required, kind], shared)
        })
      }

      function inline(name: string): JsonSchema {
        const key = table[name]!
        return EditorText.annotate(title, name, key, key.shape.schema(definitions))
      }

      function shared(name: string): JsonSchema {
        const id = `${title.toLowerCase().replaceAll(" ", "-")}.${name}`
        if (!definitions.has(id)) {
          // Before its own schema is made, which may hold this one.
          definitions.set(id, {})
          definitions.set(id, inline(name))
        }
        return { $ref: `#/$defs/${id}` }
      }

      function object(
        name: string,
        properties: ReadonlyArray<string>,
        needed: ReadonlyArray<string>,
        schemaOf: (name: string) => JsonSchema
      ): JsonSchema {
        return {
          type: "object",
          title: name,
          properties: Object.fromEntries(properties.map((n) => [n, schemaOf(n)])),
          ...(needed.length === 0 ? undefined : { required: needed }),
          additionalProperties: false,
          ...(rules === undefined ? undefined : { allOf: rules })
        }
      }
    }
  }
}

const readKeys = (
  node: MapNode,
  table: Table,
  names: ReadonlyArray<string>,
  required: ReadonlyArray<string>,
  at: Reading,
  synonyms: Readonly<Record<string, string>>
): Record<string, RecordEntry<unknown>> => {
  const out: Record<string, RecordEntry<unknown>> = {}
  for (const { key, value } of node.entries) {
    const known = Object.hasOwn(table, key.text) ? table[key.text] : undefined
    if (known === undefined) {
      const plain = key.text.toLowerCase().replaceAll(/[-_\s]/g, "")
      const near =
        names.find((n) => n.replaceAll("-", "") === plain) ??
        (Object.hasOwn(synonyms, plain) ? synonyms[plain] : undefined) ??
        StepId.nearest(key.text, names)
      at.problems.error(
        key,
        "unknown-key",
        `${sentence(place(at))} has no key ${quote(key.text)}.`,
        near === undefined ? `Its keys are ${names.map((n) => `\`${n}\``).join(", ")}.` : `Did you mean \`${near}\`?`
      )
      continue
    }
    const read = known.shape.read(value, inner(at, key.text))
    if (read !== undefined) out[key.text] = { key, node: value, value: read }
  }
  for (const name of required)
    if (!node.entries.some((e) => e.key.text === name))
      at.problems.error(
        node.entries[0]?.key ?? node,
        "missing-key",
        `${sentence(place(at))} has no \`${name}\`.`,
        `Add \`${table[name]!.example ?? `${name}: …`}\`.`
      )
  return out
}
