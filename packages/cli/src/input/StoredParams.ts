/**
 * The params that an execution's flow takes, from what is stored with the execution: its file's text, or else the JSON
 * Schema of its params.
 */
import type { ExecutionEvent, ExecutionState } from "@halte/engine/model"
import { FlowFile, type ParamSpec } from "@halte/flow-file"
import { Effect } from "effect"

/** The specs; those of a schema name no environment variables. */
export const specs = (
  state: ExecutionState.ExecutionState,
  started: ExecutionEvent.Of<"execution-started"> | undefined
): Effect.Effect<ReadonlyArray<ParamSpec.ParamSpec>> => {
  const text = started?.definitionText
  const path = started?.origin?.kind === "file" ? started.origin.path : undefined
  const described = fromSchema(state.definition.params)
  if (text === undefined || path === undefined) return Effect.succeed(described)
  // Its modules need not be there: what is wrong with the text is not the question here.
  return FlowFile.fromText(text, path).pipe(
    Effect.map((loaded) => loaded.params),
    Effect.catch(() => Effect.succeed(described))
  )
}

const types: Readonly<Record<string, ParamSpec.ParamType>> = {
  string: "string",
  integer: "integer",
  number: "number",
  boolean: "boolean",
  array: "list",
  object: "object"
}

/** The specs that a JSON Schema of an object gives. */
export const fromSchema = (
  schema: Readonly<Record<string, unknown>> | undefined
): ReadonlyArray<ParamSpec.ParamSpec> => {
  const properties = asRecord(schema?.["properties"])
  return Object.entries(properties).map(([name, property]) => {
    const { description, enum: options, pattern, type, writeOnly } = asRecord(property)
    return {
      name,
      type: types[String(type)] ?? "string",
      secret: writeOnly === true,
      optional: true,
      ...(typeof description === "string" ? { description } : undefined),
      ...(typeof pattern === "string" ? { pattern } : undefined),
      ...(Array.isArray(options) ? { options } : undefined)
    }
  })
}

const asRecord = (u: unknown): Readonly<Record<string, unknown>> =>
  typeof u === "object" && u !== null && !Array.isArray(u) ? (u as Readonly<Record<string, unknown>>) : {}
