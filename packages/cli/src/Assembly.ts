/**
 * The composition root: the only place that knows how `Executions` is made. Everything else is given what this returns.
 */
import {
  type Executions,
  ExecutionsLocal,
  type Flow,
  type FlowError,
  type ModuleRunner,
  type ProcessRunner
} from "@halte/engine"
import { ModuleRunnerNode, ProcessRunnerNode } from "@halte/process"
import { Effect, Layer, type Scope } from "effect"
import { FetchHttpClient, type HttpClient } from "effect/http"

/** What the steps of a flow may need. */
export type Services = ProcessRunner.ProcessRunner | ModuleRunner.ModuleRunner | HttpClient.HttpClient

export interface Assembly {
  readonly executions: Executions.ExecutionsShape
  /** Another process can go on with an execution of this one: only then a command for that is shown. */
  readonly resumable: boolean
}

/** What runs programs, modules and requests. */
export const services: Layer.Layer<Services | ProcessRunnerNode.ProcessCapabilities> = Layer.mergeAll(
  ProcessRunnerNode.layer(),
  ModuleRunnerNode.layer(),
  FetchHttpClient.layer
)

/** The engine in this process, for the given flows. When the scope closes, what still runs is asked to stop. */
export const local = (
  flows: ReadonlyArray<Flow.Flow<unknown, Services>>
): Effect.Effect<Assembly, FlowError.FlowError, Services | Scope.Scope> =>
  Effect.map(ExecutionsLocal.make({ flows }), (executions) => ({ executions, resumable: executions.durable }))
