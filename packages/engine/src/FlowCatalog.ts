/**
 * The flows that an engine knows, compiled and checked.
 *
 * @since 0.1.0
 */
import { Effect, Result, Schema } from "effect"
import type * as Flow from "./Flow.ts"
import * as FlowError from "./FlowError.ts"
import type { FlowDescription } from "./model/FlowDescription.ts"
import type { FlowOrigin } from "./model/FlowOrigin.ts"
import { FlowNotFound } from "./model/ExecutionsError.ts"
import * as StepGraph from "./StepGraph.ts"

/**
 * Compiled flows by name.
 *
 * @since 0.1.0
 */
export interface FlowCatalog {
  readonly all: ReadonlyArray<StepGraph.StepGraph>
  readonly get: (name: string) => Effect.Effect<StepGraph.StepGraph, FlowNotFound>
}

/**
 * A flow as an execution has kept it.
 *
 * @since 0.1.0
 */
export interface StoredFlow {
  readonly description: FlowDescription
  readonly origin: FlowOrigin | undefined
  readonly text: string | undefined
  /** The params of the execution, secrets left out. */
  readonly params: unknown
}

/**
 * A definition can't be had: the file is gone or has mistakes, a module has changed.
 *
 * @since 0.1.0
 */
export class DefinitionUnavailable extends Schema.TaggedError<DefinitionUnavailable>()("DefinitionUnavailable", {
  flow: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `The definition of flow \`${this.flow}\` can't be had: ${this.reason}`
  }
}

/**
 * Makes the flows of stored executions again, for an engine that was not given them.
 *
 * @since 0.1.0
 */
export interface FlowSource<out R> {
  /** The flow as it is defined now, where it was defined then. */
  readonly current: (stored: StoredFlow) => Effect.Effect<Flow.Flow<unknown, R>, DefinitionUnavailable>
  /** The flow as it was defined then. */
  readonly stored: (stored: StoredFlow) => Effect.Effect<Flow.Flow<unknown, R>, DefinitionUnavailable>
}

/**
 * Compiles flows. Fails with the problems of the first flow that has any; two flows of one name are a problem, too.
 *
 * @since 0.1.0
 */
export const make = (flows: ReadonlyArray<Flow.Any>): Effect.Effect<FlowCatalog, FlowError.FlowError> =>
  Effect.gen(function* () {
    const byName = new Map<string, StepGraph.StepGraph>()
    for (const flow of flows) {
      const graph = StepGraph.make(flow)
      if (Result.isFailure(graph)) return yield* Effect.fail(graph.failure)
      if (byName.has(flow.name))
        return yield* Effect.fail(
          new FlowError.FlowError({
            flow: flow.name,
            problems: [
              new FlowError.InvalidSetting({ flow: flow.name, setting: "name", reason: "is the name of two flows" })
            ]
          })
        )
      byName.set(flow.name, graph.success)
    }
    return {
      all: [...byName.values()],
      get: (name) => {
        const graph = byName.get(name)
        return graph === undefined
          ? Effect.fail(new FlowNotFound({ flow: name, known: [...byName.keys()] }))
          : Effect.succeed(graph)
      }
    }
  })
