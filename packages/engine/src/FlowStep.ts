/**
 * Steps that run another flow, as an execution of its own.
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import { ChildExecutions, type ChildFailed } from "./ChildExecutions.ts"
import type { Flow } from "./Flow.ts"
import type { FlowDescription } from "./model/FlowDescription.ts"
import * as StopPromise from "./model/StopPromise.ts"
import { type Any, fromParts, type InputOf, type Inputs, type Options, type Step, type Stops } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"
import * as StepGraph from "./StepGraph.ts"
import { call } from "./StepRun.ts"

type Given = Readonly<Record<string, unknown>>

/**
 * Makes a step that runs a flow: `flow` is the flow itself, or the name of one that the engine knows. The sub-flow is an
 * execution with an id, events, strategy and deadline of its own, which names the step as its parent. The step's value
 * are the values of its steps by name, those of groups nested.
 *
 * **Details**
 *
 * Interrupt, pause, resume and terminate go down to it, its outcome comes up: what it failed with is the step's failure,
 * and when somebody else stops it, the step stops half-way and with it the flow. A step that is resumed or tried again
 * goes on with the same execution. `params` are what it is started with, as data: a secret only for a param that is
 * secret there, too.
 *
 * **Gotchas**
 *
 * `undo` of the step takes back the sub-flow as a whole: the undos of its steps do not run.
 *
 * **Example** (A flow that is a step of another)
 *
 * ```ts
 * const tag = Step.make("tag", { run: () => "v2" })
 * const notes = Flow.make("release-notes", { steps: [tag] })
 * const release = Flow.make("release", { steps: [Step.flow("notes", { flow: notes, params: { since: "v1" } })] })
 * ```
 *
 * @since 0.1.0
 */
export const flow = <const Name extends string, const I extends Inputs = {}, R = never>(
  name: Name,
  options: Options<I> & {
    readonly flow: string | Flow<unknown, R>
    readonly params?:
      | Given
      | ((input: InputOf<I>, step: StepContextShape) => Given | Effect.Effect<Given, unknown>)
      | undefined
    readonly detail?: string | undefined
  }
): Step<Name, Given, ChildFailed, R> => {
  const { detail, flow, params, ...rest } = options
  const called = typeof flow === "string" ? flow : flow.name
  return fromParts({
    name,
    kind: "flow",
    options: rest,
    ...(typeof flow === "string" ? undefined : { flow }),
    stops: stopsOf(flow),
    source: [called, params],
    detail: detail ?? called,
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.flatMap(ChildExecutions, (children) =>
        children.run(
          {
            flow,
            params: call(() => (typeof params === "function" ? params(input, step) : (params ?? {}))) as Effect.Effect<
              unknown,
              unknown
            >
          },
          step
        )
      )
  })
}

/**
 * The flows that steps run, and those that the steps of these run, each once: all that is known without a name to look
 * for.
 *
 * @since 0.1.0
 */
export const within = (steps: ReadonlyArray<Any>, found = new Set<Flow>()): ReadonlySet<Flow> => {
  for (const step of steps) {
    if (step.steps !== undefined) within(step.steps, found)
    if (step.perItem !== undefined) within([step.perItem.step], found)
    const { flow } = step
    if (flow === undefined || found.has(flow)) continue
    found.add(flow)
    within(flow.steps, found)
  }
  return found
}

/** A flow is looked at once, however many steps run it. */
const bounds = new WeakMap<Flow, Stops>()

const stopsOf = (flow: string | Flow): Stops => {
  if (typeof flow === "string") return unbounded(flow)
  let stops = bounds.get(flow)
  if (stops === undefined) {
    const graph = StepGraph.make(flow)
    const withinMillis = Result.isSuccess(graph) ? worstOf(graph.success.description) : undefined
    stops = withinMillis === undefined ? unbounded(flow.name) : { withinMillis, text: textOf(flow.name) }
    bounds.set(flow, stops)
  }
  return stops
}

const textOf = (flow: string) => `as the steps of \`${flow}\` do`

// When its time is over the sub-flow is asked to stop, and waited for: a timeout is no bound.
const unbounded = (flow: string): Stops => ({
  withinMillis: undefined,
  graceMillis: Number.POSITIVE_INFINITY,
  text: textOf(flow)
})

const worstOf = (description: FlowDescription): number | undefined => {
  const bound = StopPromise.ofFlow(description)
  return bound._tag === "Within" ? bound.millis : undefined
}
