/**
 * How well a flow stops, told from its definition alone: where each step can stop and within what time, what that time
 * is made of, how long it takes at worst, and what makes stopping, or going on after a stop, doubtful. `halte check`,
 * the warnings of flow files and the pictures of `halte graph` are made from it. No code, no clock: data from data.
 *
 * @since 0.1.0
 */
import * as DurationText from "./DurationText.ts"
import * as FlowDescription from "./FlowDescription.ts"
import type * as StopBound from "./StopBound.ts"
import * as StopFindings from "./StopFindings.ts"
import * as StopStretch from "./StopStretch.ts"
import * as WorstStop from "./WorstStop.ts"

/**
 * Where a step can stop, once it has begun.
 *
 * - `at-once`: anywhere; it only waits. `signal`: where its program leaves on the signal, or is killed.
 * - `batch`: between two batches of a loop. `stopping-points`: at those of its code.
 * - `request`: its request is aborted. `child`: where the flow that it runs stops.
 * - `timeout`: when its timeout ends it. `end`: only at its end.
 *
 * @since 0.1.0
 */
export type StopPlace = "at-once" | "signal" | "batch" | "stopping-points" | "request" | "child" | "timeout" | "end"

/**
 * A part of the time that a step may take to stop, in the order in which the parts pass.
 *
 * @since 0.1.0
 */
export interface StopPart {
  readonly of: "timeout" | "grace" | "kill" | "batch" | "stopping-points" | "request" | "child" | "clean-up"
  readonly millis: number
}

/**
 * How one step stops. `withinMillis` is absent when nothing is promised; else it is the sum of `parts`.
 *
 * @since 0.1.0
 */
export interface StepStop {
  readonly step: string
  readonly kind: FlowDescription.StepKind
  readonly place: StopPlace
  readonly withinMillis?: number
  readonly parts: ReadonlyArray<StopPart>
  /** Items between two stopping points of a loop. */
  readonly every?: number
}

/**
 * The report on a flow.
 *
 * @since 0.1.0
 */
export interface Stoppability {
  /** The worst case of the whole flow, and what it is made of. */
  readonly bound: StopBound.StopBound
  readonly parts: ReadonlyArray<WorstStop.Part>
  /** What the flow promises, or whoever asks allows. */
  readonly budget?: StopFindings.Budget
  /** Whether the bound is within the budget; `true` without one. */
  readonly withinBudget: boolean
  /** Steps in the order of the definition, groups left out; of a map what it makes for each item (`resize/*`). */
  readonly steps: ReadonlyArray<StepStop>
  /** Stretches without a stopping point, the longest first. */
  readonly stretches: ReadonlyArray<StopStretch.StopStretch>
  readonly findings: ReadonlyArray<StopFindings.Finding>
}

/**
 * Looks at a flow. `maxMillis` replaces the time that the flow promises (`stops-within`).
 *
 * **Example** (A flow in a test)
 *
 * ```ts
 * const { bound } = Stoppability.of(graph.description)
 * // bound._tag === "Within" && bound.millis <= 10_000
 * ```
 *
 * @since 0.1.0
 */
export const of = (
  flow: FlowDescription.FlowDescription,
  options?: { readonly maxMillis?: number | undefined }
): Stoppability => {
  const worst = WorstStop.make(flow)
  const budget = StopFindings.budgetOf(flow, options?.maxMillis)
  return {
    ...worst,
    ...(budget === undefined ? undefined : { budget }),
    withinBudget: budget === undefined || StopFindings.isWithin(worst.bound, budget),
    steps: FlowDescription.leavesWithin(flow).map((step) =>
      ofStep(flow.strategy._tag === "FinishCurrent" ? step : undisturbed(step))
    ),
    stretches: StopStretch.ofFlow(flow),
    findings: StopFindings.make(flow, worst, budget)
  }
}

/** A step of a flow that lets running steps go to their end: no stop reaches it, and only its timeout ends it. */
const undisturbed = ({
  every: _every,
  graceMillis: _grace,
  stopsWithinMillis: _within,
  ...step
}: FlowDescription.StepDescription): FlowDescription.StepDescription => step

/**
 * How one step stops, as its definition states it.
 *
 * @since 0.1.0
 */
export const ofStep = (step: FlowDescription.StepDescription): StepStop => {
  const place = placeOf(step)
  const { stopsWithinMillis: withinMillis } = step
  return {
    step: step.id,
    kind: step.kind,
    place,
    ...(withinMillis === undefined ? undefined : { withinMillis }),
    parts: withinMillis === undefined ? [] : partsOf(step, place, withinMillis),
    ...(step.every === undefined ? undefined : { every: step.every })
  }
}

const placeOf = (step: FlowDescription.StepDescription): StopPlace => {
  if ((step.kind === "gate" || step.kind === "sleep") && step.stopsWithinMillis !== undefined) return "at-once"
  if (StopStretch.isUndisturbed(step)) return step.stopsWithinMillis === undefined ? "end" : "timeout"
  if (step.graceMillis !== undefined) return "signal"
  switch (step.kind) {
    case "for-each":
      return "batch"
    case "http":
      return "request"
    case "flow":
      return "child"
    default:
      return "stopping-points"
  }
}

const partsOf = (
  { cleanUpMillis = 0, graceMillis, timeoutMillis = 0 }: FlowDescription.StepDescription,
  place: StopPlace,
  withinMillis: number
): ReadonlyArray<StopPart> => {
  const own = withinMillis - cleanUpMillis
  const parts: Array<StopPart> = []
  const ended = (millis: number) => {
    if (graceMillis === undefined) return
    parts.push({ of: "grace", millis: graceMillis }, { of: "kill", millis: millis - graceMillis })
  }
  switch (place) {
    case "at-once":
    case "end":
      break
    case "timeout":
      parts.push({ of: "timeout", millis: timeoutMillis })
      ended(own - timeoutMillis)
      break
    case "signal":
      ended(own)
      break
    default:
      parts.push({ of: place, millis: own })
  }
  if (cleanUpMillis > 0) parts.push({ of: "clean-up", millis: cleanUpMillis })
  return parts.filter(({ millis }) => millis > 0)
}

/**
 * What a time is made of, in words: `5 s of grace, 0.5 s to kill, 10 s of clean-up`.
 *
 * @since 0.1.0
 */
export const partsText = (parts: ReadonlyArray<StopPart>): string =>
  parts.map(({ millis, of }) => `${DurationText.short(millis)} ${partWords[of]}`).join(", ")

const partWords: Readonly<Record<StopPart["of"], string>> = {
  timeout: "until its timeout",
  grace: "of grace",
  kill: "to kill",
  batch: "for a batch",
  "stopping-points": "to a stopping point",
  request: "to abort its request",
  child: "for the flow that it runs",
  "clean-up": "of clean-up"
}
