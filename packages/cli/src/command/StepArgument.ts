/**
 * The step that a person names: its id, or the last names of it where only one step has these.
 */
import {
  type Executions,
  type ExecutionsError,
  type ExecutionState,
  FlowDescription,
  ParentStep,
  StepId
} from "@halte/engine/model"
import { Effect, Schema } from "effect"
import { Argument } from "effect/cli"

export const argument = Argument.String("step").pipe(Argument.withDescription("A step of it"), Argument.optional)

/** No step, or more than one, is meant. */
export class StepUnclear extends Schema.TaggedError<StepUnclear>()("StepUnclear", {
  execution: Schema.String,
  text: Schema.String,
  nearest: Schema.optionalKey(Schema.String),
  candidates: Schema.Array(Schema.String)
}) {
  readonly code = "unknown-step"
  override get message() {
    if (this.candidates.length > 0)
      return `\`${this.text}\` is the name of more than one step of execution \`${this.execution}\`: ${this.candidates.map((id) => `\`${id}\``).join(", ")}.`
    return `Execution \`${this.execution}\` has no step \`${this.text}\`.${this.nearest === undefined ? "" : ` Did you mean \`${this.nearest}\`?`}`
  }
}

/**
 * Goes down to the execution of a sub-flow where a step of it is named from above: `notes/ship` is `ship` of what `notes`
 * runs. Of any other name the execution itself is meant.
 */
export const within = (
  executions: Pick<Executions.ExecutionsShape, "get">,
  state: ExecutionState.ExecutionState,
  text: string
): Effect.Effect<
  { readonly state: ExecutionState.ExecutionState; readonly text: string },
  ExecutionsError.ExecutionNotFound | ExecutionsError.Always
> => {
  for (const step of FlowDescription.leaves(state.definition)) {
    const child = text.startsWith(`${step.id}/`) ? ParentStep.childOf(step, state.steps.get(step.id)) : undefined
    if (child !== undefined)
      return Effect.flatMap(executions.get(child), (below) => within(executions, below, text.slice(step.id.length + 1)))
  }
  return Effect.succeed({ state, text })
}

/** Finds the step or group. Items of a step that are known only while it runs are found by their id. */
export const resolve = (
  state: ExecutionState.ExecutionState,
  text: string
): Effect.Effect<FlowDescription.StepDescription, StepUnclear> => {
  const all: Array<FlowDescription.StepDescription> = []
  const visit = (steps: ReadonlyArray<FlowDescription.StepDescription>) => {
    for (const step of steps) {
      all.push(step)
      if (step.steps !== undefined) visit(step.steps)
    }
  }
  visit(state.definition.steps)
  const exact = all.find((step) => step.id === text)
  if (exact !== undefined) return Effect.succeed(exact)
  const ending = all.filter((step) => step.id.endsWith(`/${text}`))
  if (ending.length === 1) return Effect.succeed(ending[0]!)
  const nearest =
    ending.length > 0 ? undefined : StepId.nearest(text, [...all.map((s) => s.id), ...all.map((s) => s.name)])
  return Effect.fail(
    new StepUnclear({
      execution: state.id,
      text,
      candidates: ending.map((step) => step.id),
      ...(nearest === undefined ? undefined : { nearest })
    })
  )
}
