/**
 * Flows that run flows, and their executions.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type ExecutionId, Flow, ParentStep, Step } from "@halte/engine"
import * as Engine from "./Engine.ts"

type FlowOptions = Partial<Parameters<typeof Flow.make>[1]>

/** The execution that a step has started. */
export const childOf = (ended: Pick<Engine.Ended, "state">, step = "sub"): ExecutionId.ExecutionId => {
  const id = ParentStep.childOf({ kind: "flow" }, ended.state.steps.get(step))
  assert.isDefined(id, `\`${step}\` has started an execution`)
  return id!
}

/** The child of a step, as soon as it has one: its id is kept before it is started. */
export const begun = (engine: Engine.Engine, id: ExecutionId.ExecutionId, step = "sub") =>
  Effect.gen(function* () {
    const { cursor } = yield* engine.seen(id, "step-cursor", { step })
    yield* engine.seen(id, "step-progress", { step })
    return ParentStep.inCursor(cursor)!
  })

/** A flow `child`, or of another name. */
export const flowOf = (steps: ReadonlyArray<Step.Any>, options: FlowOptions = {}, name = "child") =>
  Flow.make(name, { ...options, steps }) as Flow.Flow<unknown, never>

/** A flow `f` with a step `sub` that runs another one, and further steps. */
export const parentOf = (
  child: Flow.Flow<unknown, never>,
  options: Partial<Parameters<typeof Step.flow>[1]> = {},
  more: ReadonlyArray<Step.Any> = [],
  flow: FlowOptions = {}
) => Engine.of([Step.flow("sub", { ...options, flow: child } as never), ...more], flow)
