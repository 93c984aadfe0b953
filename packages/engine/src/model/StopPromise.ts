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
import * as WorstStop from "./WorstStop.ts"

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
  if (state.undo !== undefined) return ofUndo(state)
  const steps = StopBound.longest(running.map(WorstStop.ofStep))
  const cleanUps = steps._tag === "None" ? 0 : ofUnfinishedGroups(state) + (state.definition.cleanUpMillis ?? 0)
  return steps._tag === "None" || cleanUps === 0 ? steps : { ...steps, millis: steps.millis + cleanUps }
}

/** What is being taken back goes to its end. */
const ofUndo = ({ cleanUps = [] }: ExecutionState.ExecutionState): StopBound.StopBound =>
  StopBound.longest(
    cleanUps.flatMap(({ deadlineMillis, status, step }) =>
      status === "running" ? [{ _tag: "Within" as const, millis: deadlineMillis, steps: [step] }] : []
    )
  )

/** Clean-up of the groups that have begun and are not whole, or clean up always and have not yet: one after the other, when all steps have stopped. */
const ofUnfinishedGroups = (state: ExecutionState.ExecutionState): number => {
  let millis = 0
  const cleaned = new Set(state.cleanUps?.flatMap(({ status, step }) => (status === "running" ? [] : [step])))
  const visit = (step: FlowDescription.StepDescription): { readonly begun: boolean; readonly whole: boolean } => {
    if (step.steps === undefined) {
      const status = state.steps.get(step.id)?.status ?? "Waiting"
      const whole = status === "Completed" || status === "Skipped"
      return { begun: status !== "Waiting" && status !== "Skipped", whole }
    }
    let begun = false
    let whole = true
    for (const inner of step.steps) {
      const found = visit(inner)
      begun ||= found.begun
      whole &&= found.whole
    }
    if (begun && (!whole || (step.cleanUpAlways === true && !cleaned.has(step.id)))) millis += step.cleanUpMillis ?? 0
    return { begun, whole }
  }
  for (const step of state.definition.steps) visit(step)
  return millis
}

/**
 * The bound of a flow as a whole, whatever is running.
 *
 * @since 0.1.0
 */
export const ofFlow = (flow: FlowDescription.FlowDescription): StopBound.StopBound => WorstStop.make(flow).bound

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
