/**
 * What the definition of a flow says that makes stopping, or going on after a stop, doubtful; and where it breaks the
 * time that it promises to stop in. A person decides: only `over-budget` is an error, and only to `halte check`.
 *
 * @since 0.1.0
 */
import * as DurationText from "./DurationText.ts"
import * as FlowDescription from "./FlowDescription.ts"
import * as StepId from "./StepId.ts"
import type * as StopBound from "./StopBound.ts"
import type { WorstStop } from "./WorstStop.ts"

/**
 * One thing that was found. `step` is absent for what concerns the whole flow; `key` is the key of the step, or of the
 * flow, that says it.
 *
 * @since 0.1.0
 */
export interface Finding {
  readonly code: "may-run-twice" | "no-stop-bound" | "no-grace" | "no-clean-up" | "over-budget"
  readonly severity: "error" | "warning"
  readonly step?: string
  readonly key: "kind" | "on-interrupt" | "grace" | "idempotent" | "clean-up" | "timeout" | "stops-within"
  readonly message: string
  /** What to do next. */
  readonly hint: string
}

/**
 * The longest time that a stop may take: `flow` when the flow promises it, `asked` when somebody allows no more.
 *
 * @since 0.1.0
 */
export interface Budget {
  readonly millis: number
  readonly from: "flow" | "asked"
}

/**
 * The budget of a flow: what is asked for, else what it promises.
 *
 * @since 0.1.0
 */
export const budgetOf = (
  flow: Pick<FlowDescription.FlowDescription, "stopsWithinMillis">,
  asked: number | undefined
): Budget | undefined =>
  asked !== undefined
    ? { millis: asked, from: "asked" }
    : flow.stopsWithinMillis === undefined
      ? undefined
      : { millis: flow.stopsWithinMillis, from: "flow" }

/**
 * Whether a bound keeps to a budget; none at all does not.
 *
 * @since 0.1.0
 */
export const isWithin = (bound: StopBound.StopBound, budget: Budget): boolean =>
  bound._tag === "Within" && bound.millis <= budget.millis

/**
 * All that was found, that of the flow first, then by step.
 *
 * @since 0.1.0
 */
export const make = (
  flow: FlowDescription.FlowDescription,
  worst: WorstStop,
  budget: Budget | undefined
): ReadonlyArray<Finding> => {
  const { strategy } = flow
  const found: Array<Finding> = []
  const within =
    budget === undefined
      ? undefined
      : { ...budget, words: budgetWords(`flow \`${flow.name}\``, budget), itself: budgetWords("it", budget) }
  if (strategy._tag !== "FinishCurrent") ofStrategy(flow, within, found)
  const isStrict = strategy._tag === "FinishCurrent"
  for (const step of FlowDescription.leavesWithin(flow)) ofStep(step, isStrict ? within : undefined, found)
  for (const map of FlowDescription.leaves(flow))
    if (FlowDescription.isUnknownMap(map) && FlowDescription.hasGroupCleanUp(map.template))
      ofMap(map, isStrict ? within : undefined, found)
  const isNamed = found.some(({ code }) => code === "over-budget")
  if (within !== undefined && isStrict && !isNamed && !isWithin(worst.bound, within))
    found.push({
      code: "over-budget",
      severity: "error",
      key: "stops-within",
      message: `Flow \`${flow.name}\` may take ${DurationText.short(worst.bound._tag === "Within" ? worst.bound.millis : 0)} to stop, more than ${within.itself}: ${sum(worst)}.`,
      hint: "Give these clean-ups a shorter `deadline`."
    })
  return found
}

interface Within extends Budget {
  /** `the 10 s that flow release promises`. */
  readonly words: string
  /** `the 10 s that it promises`. */
  readonly itself: string
}

const budgetWords = (flow: string, { from, millis }: Budget): string =>
  `the ${DurationText.short(millis)} that ${from === "flow" ? `${flow} promises` : "are allowed"}`

const sum = ({ parts }: WorstStop): string =>
  parts
    .map((part) =>
      part._tag === "Steps"
        ? `${DurationText.short(part.millis)} for ${names(part.steps)}`
        : `${DurationText.short(part.millis)} of clean-up of ${part.step === StepId.ofFlow ? StepId.toText(part.step) : `\`${part.step}\``}`
    )
    .join(", ")

const ofStrategy = (flow: FlowDescription.FlowDescription, within: Within | undefined, found: Array<Finding>): void => {
  const { strategy } = flow
  if (within !== undefined) {
    found.push({
      code: "over-budget",
      severity: "error",
      key: "on-interrupt",
      message:
        strategy._tag === "IgnoreInterruptions"
          ? `Flow \`${flow.name}\` never stops on request, so it can't keep to ${within.itself}.`
          : `Flow \`${flow.name}\` lets running steps go to their end, so it can't keep to ${within.itself}.`,
      hint: within.from === "flow" ? "Remove `on-interrupt`, or the promise." : "Remove `on-interrupt`."
    })
    return
  }
  if (strategy._tag === "IgnoreInterruptions") {
    found.push({
      code: "no-stop-bound",
      severity: "warning",
      key: "on-interrupt",
      message: `Flow \`${flow.name}\` never stops on request: only terminate ends it.`,
      hint: "Remove `on-interrupt`, unless half of this flow is worse than all of it."
    })
    return
  }
  const unbounded = FlowDescription.leavesWithin(flow).filter(
    (step) => step.timeoutMillis === undefined && step.kind !== "gate" && step.kind !== "sleep"
  )
  if (unbounded.length > 0)
    found.push({
      code: "no-stop-bound",
      severity: "warning",
      key: "on-interrupt",
      message: `Flow \`${flow.name}\` lets running steps go to their end, and ${names(unbounded.map((s) => s.id))} ${unbounded.length === 1 ? "has" : "have"} no \`timeout\`: there is no bound.`,
      hint: "Give these steps a `timeout`."
    })
}

const names = (ids: ReadonlyArray<string>): string => {
  const shown = ids.slice(0, 3).map((id) => `\`${id}\``)
  return ids.length > 3
    ? `${shown.join(", ")} and ${ids.length - 3} more`
    : shown.length < 2
      ? shown.join("")
      : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`
}

const ofStep = (step: FlowDescription.StepDescription, within: Within | undefined, found: Array<Finding>): void => {
  const add = (
    code: Finding["code"],
    key: Finding["key"],
    message: string,
    hint: string,
    severity: Finding["severity"] = "warning"
  ) => found.push({ code, severity, step: step.id, key, message, hint })
  if (mayRunTwice(step))
    add(
      "may-run-twice",
      "kind",
      `\`${step.id}\` may be sent twice: it is not idempotent and has no undo.`,
      "Add `idempotent: true` or `undo`."
    )
  const finishes = step.onInterrupt === "finish"
  if (step.stopsWithinMillis === undefined) {
    if (within !== undefined)
      add(
        "over-budget",
        finishes ? "on-interrupt" : "kind",
        finishes
          ? `\`${step.id}\` runs to its end when a stop is asked for, however long that takes: it can't keep to ${within.words}.`
          : `\`${step.id}\` promises no time to stop, so it can't keep to ${within.words}.`,
        finishes ? "Remove `on-interrupt: finish`." : "Add `stops-within` or `timeout`.",
        "error"
      )
    else if (finishes)
      add(
        "no-stop-bound",
        "on-interrupt",
        `\`${step.id}\` runs to its end when a stop is asked for, however long that takes.`,
        "Add `timeout`, or remove `on-interrupt: finish`."
      )
    else
      add(
        "no-stop-bound",
        "kind",
        `\`${step.id}\` promises no time to stop: nothing says how far apart its stopping points are.`,
        "Add `stops-within` or `timeout`."
      )
  } else if (within !== undefined && step.stopsWithinMillis > within.millis) {
    const { hint, key, why } = reasonOf(step, within)
    add(
      "over-budget",
      key,
      `\`${step.id}\` may take ${DurationText.short(step.stopsWithinMillis)} to stop, more than ${within.words}: ${why}.`,
      hint,
      "error"
    )
  }
  if (step.graceMillis === 0 && !finishes)
    add(
      "no-grace",
      "grace",
      `\`${step.id}\` is killed as soon as a stop is asked for: its grace is 0.`,
      "Give its program time to end, such as `grace: 5s`."
    )
  if (step.idempotent === false && step.cleanUp !== true && step.undo !== true)
    add(
      "no-clean-up",
      "idempotent",
      `\`${step.id}\` must not run twice, and nothing tidies up when it stops half-way.`,
      "Add `clean-up` or `undo`."
    )
}

const ofMap = ({ id }: FlowDescription.StepDescription, within: Within | undefined, found: Array<Finding>): void => {
  const why = `\`${id}\` makes a group with a clean-up for each item, and tidies up one after the other: how many there are is not known`
  found.push({
    code: within === undefined ? "no-stop-bound" : "over-budget",
    severity: within === undefined ? "warning" : "error",
    step: id,
    key: "kind",
    message: within === undefined ? `${why}.` : `${why}, so it can't keep to ${within.words}.`,
    hint: "Give the clean-up to the steps in the group, which tidy up side by side, or to the map as a whole."
  })
}

/**
 * Whether a step repeats a POST or a PATCH on resume though nobody said that it may.
 *
 * @since 0.1.0
 */
export const mayRunTwice = (step: FlowDescription.StepDescription): boolean =>
  step.kind === "http" &&
  step.idempotent === undefined &&
  step.undo !== true &&
  /^(POST|PATCH)\b/.test(step.detail ?? "")

/** The part that takes most of the time, and what to do about it. */
const reasonOf = (
  {
    cleanUpMillis = 0,
    every,
    graceMillis,
    kind,
    onInterrupt,
    stopsWithinMillis = 0,
    timeoutMillis
  }: FlowDescription.StepDescription,
  { millis }: Within
): { readonly key: Finding["key"]; readonly why: string; readonly hint: string } => {
  const own = stopsWithinMillis - cleanUpMillis
  const short = DurationText.short
  if (cleanUpMillis > own)
    return {
      key: "clean-up",
      why: `its clean-up may take ${short(cleanUpMillis)}`,
      hint: "Give its clean-up a shorter `deadline`."
    }
  if (onInterrupt === "finish")
    return {
      key: "on-interrupt",
      why: `it runs to its end, at most ${short(timeoutMillis ?? own)}`,
      hint: "Remove `on-interrupt: finish`, or give it a shorter `timeout`."
    }
  if (graceMillis !== undefined) {
    const room = millis - (stopsWithinMillis - graceMillis)
    return {
      key: "grace",
      why: `its grace is ${short(graceMillis)}`,
      hint:
        room > 0
          ? `Give it at most \`grace: ${room % 100 === 0 && room >= 1000 ? `${room / 1000}s` : `${room}ms`}\`.`
          : "Promise more time, since what comes after its grace takes longer than that."
    }
  }
  if (own === timeoutMillis)
    return {
      key: "timeout",
      why: `nothing but its timeout of ${short(own)} ends it`,
      hint: "Add `stops-within`, or give it a shorter `timeout`."
    }
  if (kind === "flow")
    return { key: "kind", why: `the flow that it runs may take ${short(own)}`, hint: "Look at that flow." }
  if (every !== undefined)
    return { key: "stops-within", why: `a batch may take ${short(own)}`, hint: "Make its batches smaller (`every`)." }
  return {
    key: "stops-within",
    why: `its stopping points may be ${short(own)} apart`,
    hint: "Put them closer together, and say so with `stops-within`."
  }
}
