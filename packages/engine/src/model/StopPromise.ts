/**
 * What is promised about stopping while nobody has asked yet: the bound that a request would get now.
 *
 * @since 0.1.0
 */
import * as DurationText from "./DurationText.ts"
import type * as ExecutionState from "./ExecutionState.ts"
import * as ExecutionStatus from "./ExecutionStatus.ts"
import * as FlowDescription from "./FlowDescription.ts"
import * as InterruptStrategy from "./InterruptStrategy.ts"
import * as StopBound from "./StopBound.ts"

/**
 * The bound of the steps that are under way, as their definitions state it.
 *
 * @since 0.1.0
 */
export const now = (state: ExecutionState.ExecutionState): StopBound.StopBound => {
  const running = FlowDescription.leaves(state.definition).filter((step) =>
    ExecutionStatus.isActive(state.steps.get(step.id)?.status ?? "Waiting")
  )
  if (state.strategy._tag !== "FinishCurrent" && running.length > 0)
    return { _tag: "None", steps: running.map((s) => s.id) }
  return StopBound.longest(running.map(ofStep))
}

/**
 * The bound of a flow as a whole: of its slowest step, whichever may be running.
 *
 * @since 0.1.0
 */
export const ofFlow = (flow: FlowDescription.FlowDescription): StopBound.StopBound => {
  const steps = FlowDescription.leaves(flow)
  if (flow.strategy._tag !== "FinishCurrent") return { _tag: "None", steps: steps.map((s) => s.id) }
  return StopBound.longest(steps.map(ofStep))
}

/**
 * The bound of one step, as its definition states it.
 *
 * @since 0.1.0
 */
export const ofStep = (step: FlowDescription.StepDescription): StopBound.StopBound =>
  step.stopsWithinMillis === undefined
    ? { _tag: "None", steps: [step.id] }
    : { _tag: "Within", millis: step.stopsWithinMillis, steps: [step.id] }

/**
 * What is promised before anybody has said yes to a stop: `within 5.5 s, can be resumed`; `after 2 more steps, can be
 * resumed`. `requested` replaces the flow's strategy as a request does.
 *
 * @since 0.1.0
 */
export const toText = (
  state: ExecutionState.ExecutionState,
  requested?: InterruptStrategy.InterruptStrategy
): string => {
  const strategy = InterruptStrategy.resolve(state.strategy, requested)
  switch (strategy._tag) {
    case "FinishCurrent":
      return `${StopBound.toText(now({ ...state, strategy })).replaceAll("`", "")}, can be resumed`
    case "PollNextN":
      return `${strategy.n === 0 ? "when the running steps have ended" : `after ${DurationText.plural(strategy.n, "more step")}`}, can be resumed`
    case "IgnoreInterruptions":
      return "this flow ignores interruptions"
  }
}
