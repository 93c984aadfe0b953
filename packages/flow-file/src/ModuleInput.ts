/**
 * Whether what `with` writes is what a module's step declares as its input.
 *
 * @since 0.1.0
 */
import { JsonSchema, Result, Schema, SchemaIssue, SchemaRepresentation } from "effect"
import type { FileNode } from "./FileNode.ts"
import { get } from "./FileNode.ts"

/**
 * @since 0.1.0
 */
export interface InputProblem {
  readonly node: FileNode
  /** The keys to it: `with.path`. */
  readonly path: string
  readonly detail: string
}

/**
 * Checks a value against the JSON Schema of a step's input. A schema that is not understood checks nothing: the step
 * itself checks again when it runs.
 *
 * @since 0.1.0
 */
export const check = (
  input: { readonly node: FileNode; readonly value: unknown },
  schema: Readonly<Record<string, unknown>>
): ReadonlyArray<InputProblem> => {
  const decode = decoder(schema)
  if (decode === undefined) return []
  const result = decode(input.value)
  if (Result.isSuccess(result)) return []
  return SchemaIssue.makeFormatterStandardSchemaV1()(result.failure.issue).issues.map((issue) => {
    let node = input.node
    let path = "with"
    for (const part of issue.path ?? []) {
      const key = String(typeof part === "object" ? part.key : part)
      path += `.${key}`
      node = inside(node, key) ?? node
    }
    return { node, path, detail: issue.message.slice(0, 1).toLowerCase() + issue.message.slice(1) }
  })
}

const inside = (node: FileNode, key: string): FileNode | undefined =>
  node._tag === "List" ? node.items[Number(key)] : get(node, key)

const decoder = (schema: Readonly<Record<string, unknown>>) => {
  try {
    const made = SchemaRepresentation.fromJsonSchemaDocument(JsonSchema.fromSchemaDraft2020_12(schema), {
      patterns: "apply"
    }) as Schema.Codec<unknown>
    return Schema.decodeUnknownResult(made, { errors: "all" })
  } catch {
    return undefined
  }
}
