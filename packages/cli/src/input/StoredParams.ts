/**
 * The params that an execution's flow takes, from what is stored with the execution: its file's text, or else the JSON
 * Schema of its params.
 */
import type { ExecutionEvent, ExecutionState, FlowDescription } from "@halte/engine/model"
import { FlowFile, type ParamSpec } from "@halte/flow-file"
import { Effect } from "effect"
import * as SchemaParams from "./SchemaParams.ts"

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

/** The specs that a JSON Schema gives: of what is stored nothing has to be given again. */
export const fromSchema = (schema: FlowDescription.FlowDescription["params"]): ReadonlyArray<ParamSpec.ParamSpec> =>
  SchemaParams.of(schema).specs.map(({ default: _, ...spec }) => ({ ...spec, optional: true }))
