/**
 * A Schema as JSON Schema: what forms, help and the answers to gates are drawn from.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The JSON Schema of a Schema in one document, or `undefined` when it has none (of classes, of functions): such a
 * schema works all the same.
 *
 * @since 0.1.0
 */
export const of = (schema: Schema.Top): Readonly<Record<string, unknown>> | undefined => {
  try {
    const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
    return { ...root, ...(Object.keys(definitions).length === 0 ? undefined : { $defs: definitions }) }
  } catch {
    return undefined
  }
}
