/**
 * What a flow is known by besides its name.
 *
 * @since 0.1.0
 */
import { type Flow, StepGraph } from "@halte/engine"

/**
 * The fingerprint that an engine has of a flow. Throws `FlowError` when the flow can't run.
 *
 * @since 0.1.0
 */
export const of = (flow: Flow.Any): string => {
  const graph = StepGraph.make(flow)
  if (graph._tag === "Failure") throw graph.failure
  return graph.success.description.fingerprint
}
