/**
 * What joins an execution of a sub-flow with the step that started it, from either side.
 *
 * @since 0.1.0
 */
import { Predicate, Schema } from "effect"
import type { ExecutionId } from "./ExecutionId.ts"
import type { StepKind } from "./FlowDescription.ts"

/**
 * The step that started an execution, and the execution that it is a step of. Recorded with `execution-started`.
 *
 * @since 0.1.0
 */
export const ParentStep = Schema.Struct({ execution: Schema.String, step: Schema.String })
export type ParentStep = typeof ParentStep.Type

/**
 * The cursor of a step that runs a sub-flow: the execution to go on with.
 *
 * @since 0.1.0
 */
export interface Cursor {
  readonly execution: ExecutionId
}

/**
 * The execution in a cursor, `undefined` in any other one.
 *
 * @since 0.1.0
 */
export const inCursor = (cursor: unknown): ExecutionId | undefined =>
  Predicate.hasProperty(cursor, "execution") && Predicate.isString(cursor.execution)
    ? (cursor.execution as ExecutionId)
    : undefined

/**
 * The execution that a step has started, once it has: only steps of kind `flow` do.
 *
 * @since 0.1.0
 */
export const childOf = (
  step: { readonly kind: StepKind },
  state: { readonly cursor?: unknown } | undefined
): ExecutionId | undefined => (step.kind === "flow" ? inCursor(state?.cursor) : undefined)

/**
 * What a step runs, for people: ``sub-flow `notes` …KKHG``, without an id while it has started none; `undefined` of any
 * other step.
 *
 * @since 0.1.0
 */
export const toText = (
  step: { readonly kind: StepKind; readonly detail?: string },
  state: { readonly cursor?: unknown } | undefined
): string | undefined => {
  if (step.kind !== "flow") return undefined
  const id = childOf(step, state)
  return `sub-flow \`${step.detail ?? ""}\`${id === undefined ? "" : ` …${id.slice(-4)}`}`
}
