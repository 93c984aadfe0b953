/**
 * The flows that an engine knows, compiled and checked.
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import type * as Flow from "./Flow.ts"
import * as FlowError from "./FlowError.ts"
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
