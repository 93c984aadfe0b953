/**
 * The JSON Schema of flow files, from the same tables that the loader reads by.
 *
 * @since 0.1.0
 */
import * as FlowKeys from "./FlowKeys.ts"
import type { JsonSchema } from "./Shape.ts"

const make = (): JsonSchema => {
  const definitions = new Map<string, JsonSchema>()
  const root = FlowKeys.flow.schema(definitions)
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://halte.dev/schema/flow-1.json",
    ...root,
    $defs: Object.fromEntries(definitions)
  }
}

let made: JsonSchema | undefined

/**
 * The JSON Schema (2020-12) of a flow file, for editors: `halte schema` prints it. What it can't say (cycles, misspelt
 * params, expressions) `halte check` says. Made when it is first asked for, which most programs never do.
 *
 * @since 0.1.0
 */
export const jsonSchema = (): JsonSchema => (made ??= make())
