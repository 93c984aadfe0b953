/**
 * Stretches without a stopping point: what goes on undisturbed once a stop has been asked for.
 *
 * @since 0.1.0
 */
import * as FlowDescription from "./FlowDescription.ts"
import * as StepOrder from "./StepOrder.ts"

/**
 * Steps that run to their end one after the other, and the longest time that they take together; absent where one of
 * them has no `timeout`.
 *
 * @since 0.1.0
 */
export interface StopStretch {
  readonly steps: ReadonlyArray<string>
  readonly millis?: number
}

/**
 * The stretches of a flow, the longest first.
 *
 * **Details**
 *
 * Before each step there is a stopping point: hence a stretch is one step, that has none or whose work goes on to its
 * end. A flow that lets `n` further steps start has one stretch, the longest chain of `n` + 1 steps; one that ignores
 * interruptions has the longest chain of all.
 *
 * @since 0.1.0
 */
export const ofFlow = (flow: FlowDescription.FlowDescription): ReadonlyArray<StopStretch> => {
  const { strategy } = flow
  if (strategy._tag === "FinishCurrent")
    return FlowDescription.leavesWithin(flow)
      .filter(isUndisturbed)
      .map((step) => stretch([step]))
      .sort((a, b) => length(b) - length(a))
  const chain = longestChain(flow)
  const steps = strategy._tag === "PollNextN" ? chain.slice(-(strategy.n + 1)) : chain
  return steps.length === 0 ? [] : [stretch(steps)]
}

/**
 * Whether a step goes on to its end, or to its timeout, when a stop is asked for: it promises nothing by itself.
 *
 * @since 0.1.0
 */
export const isUndisturbed = (step: FlowDescription.StepDescription): boolean => {
  if (step.stopsWithinMillis === undefined || step.onInterrupt === "finish") return true
  if (step.graceMillis !== undefined || step.timeoutMillis === undefined) return false
  const own = step.stopsWithinMillis - (step.cleanUpMillis ?? 0)
  return (step.kind === "function" || step.kind === "worker") && own === step.timeoutMillis
}

const stretch = (steps: ReadonlyArray<FlowDescription.StepDescription>): StopStretch => {
  const ids = steps.map((step) => step.id)
  const millis = steps.reduce((sum, step) => sum + (step.timeoutMillis ?? Number.POSITIVE_INFINITY), 0)
  return millis === Number.POSITIVE_INFINITY ? { steps: ids } : { steps: ids, millis }
}

const length = ({ millis }: StopStretch) => millis ?? Number.MAX_VALUE

/** The most steps of which each comes after the one before. */
const longestChain = (flow: FlowDescription.FlowDescription): ReadonlyArray<FlowDescription.StepDescription> => {
  const { first, kinds, size, steps, successor } = StepOrder.make(flow)
  const count = new Int32Array(size)
  const from = new Int32Array(size).fill(-1)
  let last = -1
  for (let node = 0; node < size; node++) {
    if (kinds[node] === "step") count[node]!++
    if (last < 0 || count[node]! > count[last]!) last = node
    for (let k = first[node]!; k < first[node + 1]!; k++) {
      const next = successor[k]!
      if (from[next] !== -1 && count[next]! >= count[node]!) continue
      count[next] = count[node]!
      from[next] = node
    }
  }
  const chain: Array<FlowDescription.StepDescription> = []
  for (let node = last; node >= 0; node = from[node]!) if (kinds[node] === "step") chain.push(steps[node]!)
  return chain.reverse()
}
