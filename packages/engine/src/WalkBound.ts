/**
 * How soon a walk would stop: what is promised at the moment of a request, from the steps under way.
 *
 * @since 0.1.0
 */
import type { InterruptStrategy } from "./model/InterruptStrategy.ts"
import * as StopBound from "./model/StopBound.ts"
import * as Step from "./Step.ts"
import type { StepContextLive } from "./StepContextLive.ts"
import type { StepWalk } from "./StepWalk.ts"

/**
 * A step under way: what it promises, and whether it does nothing at this moment.
 *
 * @since 0.1.0
 */
export interface RunningStep {
  readonly id: string
  readonly bound: StopBound.StopBound
  readonly isQuiet: boolean
}

/**
 * The steps under way, each with its bound.
 *
 * @since 0.1.0
 */
export const running = (walk: StepWalk): ReadonlyArray<RunningStep> =>
  walk.underWay().map((node) => {
    const context = walk.contexts[node]!
    // A group whose condition is being found out is no step to be named.
    const isQuiet = context.isQuiet || walk.plan.isStep[node] === 0
    return { id: walk.plan.ids[node]!, bound: boundOf(walk, node, context), isQuiet }
  })

const boundOf = (walk: StepWalk, node: number, context: StepContextLive): StopBound.StopBound => {
  const { step } = walk.plan.nodes[node]!
  const steps = [walk.plan.ids[node]!]
  if (!walk.hasStarted(node)) {
    // Whether it runs at all is asked anew on resume: finding it out is dropped at once, and nothing of it has begun. So
    // are the items of a map, but a program that gets them has to end.
    const millis = step.perItem === undefined ? 0 : step.stops.withinMillis
    return millis === undefined ? { _tag: "None", steps } : { _tag: "Within", millis, steps }
  }
  const cleanUp = cleanUpMillis(walk, node)
  // Of a group its clean-up is under way, and nothing else.
  if (walk.plan.isStep[node] === 0) return { _tag: "Within", millis: cleanUp, steps }
  const known = context.bound?.()
  if (known !== undefined)
    return known._tag === "None" ? { ...known, steps } : { ...known, millis: known.millis + cleanUp, steps }
  // A step that waits (for another try, for an answer) stops at once, whatever its work would promise; a process that
  // is held by a pause does nothing either, but it has to be ended, as a request that waits for its reply.
  if (context.isQuiet && !context.hasProcesses && step.kind !== "http")
    return { _tag: "Within", millis: cleanUp, steps }
  const own = Step.stopsWithin(step, (timeoutMillis) =>
    Math.max(0, timeoutMillis - (performance.now() - walk.startedAt[node]!))
  )
  return own === undefined ? { _tag: "None", steps } : { _tag: "Within", millis: Math.ceil(own + cleanUp), steps }
}

/**
 * The bound of a stop that is honoured in this way.
 *
 * @since 0.1.0
 */
export const make = (walk: StepWalk, strategy: InterruptStrategy): StopBound.StopBound => {
  if (strategy._tag !== "FinishCurrent") {
    const steps = walk.running()
    return steps.length === 0 && strategy._tag === "PollNextN" && strategy.n === 0
      ? { _tag: "Within", millis: lastMillis(walk), steps }
      : { _tag: "None", steps }
  }
  const steps = StopBound.longest(running(walk).map((step) => step.bound))
  const last = lastMillis(walk)
  return steps._tag === "None" || last === 0 ? steps : { ...steps, millis: steps.millis + last }
}

/** When all steps have stopped: clean-up of groups, one after the other, then that of the flow. */
const lastMillis = (walk: StepWalk): number => {
  const { cleanUp } = walk.plan.graph.flow
  const own = cleanUp === undefined ? 0 : Step.cleanUpOf(cleanUp).deadlineMillis
  return walk.groupsToCleanUp().reduce((sum, node) => sum + cleanUpMillis(walk, node), own)
}

const cleanUpMillis = (walk: StepWalk, node: number): number => {
  const { cleanUp } = walk.plan.nodes[node]!.step.options
  return cleanUp === undefined ? 0 : Step.cleanUpOf(cleanUp).deadlineMillis
}
