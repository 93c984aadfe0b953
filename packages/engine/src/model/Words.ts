/**
 * The phrases that several screens share, each written once.
 *
 * @since 0.1.0
 */
import * as DurationText from "./DurationText.ts"
import type * as ExecutionState from "./ExecutionState.ts"
import type { ExecutionStatus, StepStatus } from "./ExecutionStatus.ts"
import * as FlowDescription from "./FlowDescription.ts"
import type * as InterruptSignal from "./InterruptSignal.ts"
import * as StepId from "./StepId.ts"
import * as StopBound from "./StopBound.ts"
import { strip } from "./ControlSequences.ts"

/**
 * How many steps are done, of how many. A skipped step counts: nothing is left to do about it.
 *
 * @since 0.1.0
 */
export const steps = (state: ExecutionState.ExecutionState): { readonly done: number; readonly all: number } => {
  let done = 0
  for (const step of state.steps.values()) if (step.status === "Completed" || step.status === "Skipped") done++
  return { done, all: state.steps.size }
}

/**
 * The word for a state: `Running`, `Interrupting…`. A step that has not begun reads otherwise once its execution has
 * ended.
 *
 * @since 0.1.0
 */
export const state = (status: ExecutionStatus | StepStatus, ended = false): string => {
  switch (status) {
    case "Pending":
      return "Waiting"
    case "Waiting":
      return ended ? "Not started" : "Waiting"
    case "Interrupting":
    case "Pausing":
    case "Terminating":
      return `${status}…`
    default:
      return status
  }
}

/**
 * `3 of 8 steps`.
 *
 * @since 0.1.0
 */
export const stepCount = (state: ExecutionState.ExecutionState): string => {
  const { all, done } = steps(state)
  return `${DurationText.count(done)} of ${DurationText.plural(all, "step")}`
}

/**
 * `release 2.4.0`: the flow and what it was started for, when it says so.
 *
 * @since 0.1.0
 */
export const title = (state: ExecutionState.ExecutionState): string => {
  const of = version(state)
  return of === undefined ? state.flow : `${state.flow} ${of}`
}

/**
 * What it was started for: the version of the flow, or its param of that name.
 *
 * @since 0.1.0
 */
export const version = (state: Pick<ExecutionState.ExecutionState, "definition" | "params">): string | undefined => {
  const found = state.definition.version ?? textParam(state.params, "version")
  return found === undefined ? undefined : strip(found)
}

const textParam = (params: unknown, name: string): string | undefined => {
  const value = typeof params === "object" && params !== null ? (params as Record<string, unknown>)[name] : undefined
  return typeof value === "string" && value.length <= 24 ? value : undefined
}

/**
 * `41 %`; 100 % means done and nothing less does.
 *
 * @since 0.1.0
 */
export const percent = (done: number, total: number): string =>
  `${done >= total ? 100 : Math.max(0, Math.min(99, Math.round((done / total) * 100)))} %`

/**
 * A time left, in whole seconds.
 *
 * @since 0.1.0
 */
export const left = (millis: number): string => {
  const seconds = Math.max(1, Math.round(millis / 1000))
  return seconds < 60 ? `${seconds} s` : DurationText.text(seconds * 1000)
}

/**
 * `stops within 5.5 s`, `stops at once`, `no bound`.
 *
 * @since 0.1.0
 */
export const stops = (step: FlowDescription.StepDescription | undefined): string =>
  step?.stopsWithinMillis === undefined
    ? "no bound"
    : step.stopsWithinMillis === 0
      ? "stops at once"
      : `stops within ${DurationText.short(step.stopsWithinMillis)}`

/**
 * The same in few columns: `≤ 5 ms`.
 *
 * @since 0.1.0
 */
export const stopsShort = (step: FlowDescription.StepDescription | undefined): string =>
  step?.stopsWithinMillis === undefined
    ? "no bound"
    : step.stopsWithinMillis === 0
      ? "at once"
      : `≤ ${DurationText.short(step.stopsWithinMillis)}`

/**
 * `a, b and 3 more`: a list that ends where it would get too long.
 *
 * @since 0.1.0
 */
export const list = (items: ReadonlyArray<string>, most: number): string =>
  items.length <= most
    ? items.join(", ")
    : `${items.slice(0, most).join(", ")} and ${DurationText.count(items.length - most)} more`

/**
 * The promise as a sentence of its own: `Will stop within 5.5 s.`, `` No bound: `index` has no stopping point. ``
 *
 * @since 0.1.0
 */
export const willStop = (bound: StopBound.StopBound): string =>
  bound._tag === "Within"
    ? `Will stop ${StopBound.toText(bound)}.`
    : `No bound: ${list(
        bound.steps.map((s) => `\`${s}\``),
        3
      )} promised none.`

/** So many steps of a map, of one template, are named one by one. */
const mostOfEach = 3

/**
 * Names of done steps, groups of which every step is done by their own name; of what a map has made, where that would be
 * many, what they were made from: `pictures/*` with how many of them.
 *
 * @since 0.1.0
 */
export const grouped = (
  flow: FlowDescription.FlowDescription,
  ids: Iterable<string>,
  describe: (id: string, parts: number) => string
): ReadonlyArray<string> => {
  const wanted = new Set(ids)
  const visit = (steps: ReadonlyArray<FlowDescription.StepDescription>): Array<Named> =>
    steps.flatMap((step): Array<Named> => {
      if (step.steps === undefined) return wanted.has(step.id) ? [{ id: step.id, parts: 0 }] : []
      const within = FlowDescription.leaves({ steps: step.steps })
      if (within.length > 0 && within.every((leaf) => wanted.has(leaf.id)))
        return [{ id: step.id, parts: within.length }]
      return step.template === undefined ? visit(step.steps) : together(visit(step.steps))
    })
  return visit(flow.steps).map(({ id, parts }) => describe(id, parts))
}

interface Named {
  readonly id: string
  readonly parts: number
}

const together = (named: ReadonlyArray<Named>): Array<Named> => {
  const byTemplate = new Map<string, Array<Named>>()
  for (const one of named) {
    const template = StepId.template(one.id)
    const same = byTemplate.get(template)
    if (same === undefined) byTemplate.set(template, [one])
    else same.push(one)
  }
  return [...byTemplate].flatMap(([id, same]) =>
    same.length <= mostOfEach ? same : [{ id, parts: same.reduce((sum, { parts }) => sum + Math.max(1, parts), 0) }]
  )
}

/**
 * Through which door a request came: `SIGTERM`, `Ctrl-C in this terminal`, `its deadline`.
 *
 * @since 0.1.0
 */
export const door = (signal: InterruptSignal.InterruptSignal): string =>
  signal.via ?? doors[signal.source] ?? signal.source.toLowerCase()

const doors: Readonly<Record<string, string>> = {
  Cli: "command line",
  Http: "HTTP",
  Sdk: "SDK",
  StopAfter: "--stop-after",
  StepFailed: "a failed step",
  Deadline: "its deadline",
  Parent: "the execution it belongs to",
  Shutdown: "the engine, as it was shut down",
  Crash: "the engine that found it",
  Stalled: "the engine, as it made no progress",
  Undo: "what completed was undone"
}

/**
 * Who started or asked, and through which door, in few words: `anna, page`.
 *
 * @since 0.1.0
 */
export const who = (by: string | undefined, source: InterruptSignal.InterruptSource, via?: string): string =>
  [
    by === undefined ? undefined : strip(by),
    via === undefined ? (shortDoors[source] ?? source.toLowerCase()) : strip(via)
  ]
    .filter((part) => part !== undefined)
    .join(", ")

const shortDoors: Readonly<Record<string, string>> = {
  Cli: "CLI",
  Http: "HTTP",
  Sdk: "SDK",
  StopAfter: "stop-after",
  StepFailed: "a failed step",
  Parent: "its parent"
}
