/**
 * A flow file with an engine around it in the test's own process: real programs, real worker threads, store in memory.
 */
import { Effect, Layer, type Scope } from "effect"
import { FetchHttpClient } from "effect/http"
import { type Executions, ExecutionsLocal } from "@halte/engine"
import { FlowFile } from "@halte/flow-file"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"

/** Everything that steps of flow files need. */
export const services = Layer.mergeAll(ProcessRunnerNode.layer(), ModuleRunnerNode.layer(), FetchHttpClient.layer)

/** Loads a file of the repository, by its path from there, and makes an engine that knows its flow. */
export const open = (
  file: string
): Effect.Effect<Executions.ExecutionsShape, unknown, FlowFile.Services | Scope.Scope> =>
  Effect.flatMap(FlowFile.load(file), ({ flow }) => ExecutionsLocal.make({ flows: [flow] }))
