/**
 * How far an execution of a listing is, and how long it may still take: from its summary, and from its state where it is
 * under way.
 *
 * @since 0.1.0
 */
import * as ControlSequences from "./ControlSequences.ts"
import * as DurationText from "./DurationText.ts"
import type * as ExecutionState from "./ExecutionState.ts"
import * as ExecutionStatus from "./ExecutionStatus.ts"
import type * as ExecutionSummary from "./ExecutionSummary.ts"
import * as FlowDescription from "./FlowDescription.ts"
import * as Waiting from "./Waiting.ts"
import * as Words from "./Words.ts"

/**
 * An execution, and its state where that could be read.
 *
 * @since 0.1.0
 */
export interface Listed {
  readonly summary: ExecutionSummary.ExecutionSummary
  readonly state?: ExecutionState.ExecutionState | undefined
}

const { count, plural } = DurationText

/**
 * `3 of 8 steps`, `waits for load`, `at index 41,312`; `wide` says more.
 *
 * @since 0.1.0
 */
export const progress = ({ state, summary }: Listed, wide: boolean): string => {
  const { completed, place, status, steps, waits } = summary
  const done = steps === 1 && place?.total !== undefined ? "" : `${count(completed)} of ${plural(steps, "step")}`
  const ended = at(place, wide)
  switch (status) {
    case "Completed":
      return `${count(completed)} of ${plural(steps, "step")}`
    case "Interrupted":
      return ended === "" ? done || `${count(completed)} of ${plural(steps, "step")}` : `at ${ended}`
    case "Failed":
    case "Terminated":
      return ended === ""
        ? done
        : `at ${ended}${wide && place?.detail !== undefined ? `, ${ControlSequences.sentence(place.detail).replaceAll("`", "")}` : ""}`
    case "Pending":
      return waits === undefined ? "waits for a slot" : waiting(summary, waits, wide)
    case "Interrupting":
    case "Terminating": {
      const active = activeSteps(state)
      if (active.length > 0) return `waits for ${Words.list(active, wide ? 3 : 1)}`
      return place === undefined ? done : `waits for ${place.step}`
    }
    default: {
      if (place?.done === undefined && place?.detail !== undefined)
        return wide ? `${place.step} waits: ${ControlSequences.strip(place.detail)}` : `${place.step} waits`
      if (waits !== undefined)
        return `${wide && waits.step !== undefined ? `${waits.step} ` : ""}${waiting(summary, waits, wide)}`
      if (done === "") return at(place, wide, wide ? undefined : status === "Running" ? " / " : " of ")
      const here = at(place, false)
      return wide && here !== "" ? `${done} · ${here}` : done
    }
  }
}

const waiting = ({ id }: ExecutionSummary.ExecutionSummary, waits: Waiting.Waiting, wide: boolean): string =>
  wide ? Waiting.text(waits, id) : `waits for ${waits.limit}`

/** `index 41,312`, with its total where there is room; `bare`: only the numbers, with this between them. */
const at = (place: ExecutionSummary.Place | undefined, wide: boolean, bare?: " / " | " of "): string => {
  if (place === undefined) return ""
  if (place.done === undefined) return place.step
  if (bare !== undefined) return `${count(place.done)}${place.total === undefined ? "" : bare + count(place.total)}`
  return `${place.step} ${count(place.done)}${place.total === undefined || !wide ? "" : ` of ${count(place.total)}`}`
}

const activeSteps = (state: ExecutionState.ExecutionState | undefined): ReadonlyArray<string> =>
  [...(state?.steps.values() ?? [])].filter((step) => ExecutionStatus.isActive(step.status)).map((step) => step.id)

/**
 * How long the attempt took, or has taken so far.
 *
 * @since 0.1.0
 */
export const elapsed = ({ summary }: Listed, now: number): string =>
  summary.status === "Pending"
    ? ""
    : DurationText.text(Math.max(0, (summary.endedAt ?? now) - summary.attemptStartedAt))

/**
 * `2m 00s`; `≥` before it where more than the running steps is to be done; `≤` before the rest of what was promised.
 *
 * @since 0.1.0
 */
export const left = ({ state, summary }: Listed, now: number): string => {
  switch (summary.status) {
    case "Paused":
    case "Pausing":
      return "held"
    case "Interrupting":
      return state === undefined ? "" : untilStopped(state, now)
    case "Running":
      return state === undefined ? "" : untilDone(state, now)
    default:
      return ""
  }
}

const untilStopped = (state: ExecutionState.ExecutionState, now: number): string => {
  if (state.bound === undefined || state.bound._tag === "None") return "no bound"
  const asked = state.requests.findLast((r) => r.attempt === state.attempt && r.kind === "first")?.signal.requestedAt
  const rest = state.bound.millis - (now - (asked ?? now))
  return rest < 0 ? "late" : `≤ ${DurationText.text(rest)}`
}

/** The shortest time of work that says something about the rest. */
const leastMillis = 1000

/** Only from steps whose work began in this attempt: of the others nobody knows where they began. */
const untilDone = (state: ExecutionState.ExecutionState, now: number): string => {
  let longest: number | undefined
  let known = true
  for (const { id } of FlowDescription.leaves(state.definition)) {
    const step = state.steps.get(id)
    if (step === undefined || step.status === "Waiting") known = false
    else if (ExecutionStatus.isActive(step.status)) {
      const worked = now - (step.startedAt ?? now)
      const { done, total } = step
      const measured = state.attempt === 1 && step.try === 1 && worked >= leastMillis
      if (!measured || done === undefined || total === undefined || done <= 0 || done > total) known = false
      else longest = Math.max(longest ?? 0, ((total - done) * worked) / done)
    }
  }
  return longest === undefined ? "" : `${known ? "" : "≥ "}${Words.left(longest)}`
}
