/**
 * The graph of an execution as a list of nodes and a list of edges: what draws it needs to know nothing else.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ExecutionId, ExecutionState, ExecutionStatus, FlowDescription } from "@halte/engine/model"

/**
 * A step, or a group of steps, and where it stands.
 *
 * @since 0.1.0
 */
export const Node = Schema.Struct({
  id: Schema.String,
  /** The group that it lies in. */
  parent: Schema.optionalKey(Schema.String),
  kind: FlowDescription.StepKind,
  label: Schema.String,
  status: ExecutionStatus.StepStatus,
  /** How far it has come, where it counts. */
  done: Schema.optionalKey(Schema.Number),
  total: Schema.optionalKey(Schema.Number)
})
export type Node = typeof Node.Type

/**
 * An edge: `to` begins once `from` is over. `passed` once it is, `ahead` before.
 *
 * @since 0.1.0
 */
export const Edge = Schema.Struct({
  from: Schema.String,
  to: Schema.String,
  state: Schema.Literals(["passed", "ahead"])
})
export type Edge = typeof Edge.Type

/**
 * The graph of an execution at one moment, in the order of the definition.
 *
 * @since 0.1.0
 */
export const Graph = Schema.Struct({
  execution: ExecutionId.ExecutionId,
  flow: Schema.String,
  status: ExecutionStatus.ExecutionStatus,
  /** Of the last event that is folded into it. */
  sequence: Schema.Int,
  nodes: Schema.Array(Node),
  edges: Schema.Array(Edge)
})
export type Graph = typeof Graph.Type

/**
 * The graph of a state.
 *
 * @since 0.1.0
 */
export const fromState = (state: ExecutionState.ExecutionState): Graph => {
  const nodes: Array<Node> = []
  const after: Array<readonly [from: string, to: string]> = []
  const visit = (steps: ReadonlyArray<FlowDescription.StepDescription>, parent: string | undefined): void => {
    for (const step of steps) {
      const own = state.steps.get(step.id)
      nodes.push({
        id: step.id,
        ...(parent === undefined ? undefined : { parent }),
        kind: step.kind,
        label: step.label ?? step.name,
        status: own?.status ?? ExecutionState.groupStatus(state, step),
        ...(own?.done === undefined ? undefined : { done: own.done }),
        ...(own?.total === undefined ? undefined : { total: own.total })
      })
      for (const from of step.after) after.push([from, step.id])
      if (step.steps !== undefined) visit(step.steps, step.id)
    }
  }
  visit(state.definition.steps, undefined)
  const over = new Set(nodes.filter(({ status }) => status === "Completed" || status === "Skipped").map(({ id }) => id))
  return {
    execution: state.id,
    flow: state.flow,
    status: state.status,
    sequence: state.sequence,
    nodes,
    edges: after.map(([from, to]) => ({ from, to, state: over.has(from) ? "passed" : "ahead" }))
  }
}
