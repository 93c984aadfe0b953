/**
 * What of the executions is shown: by state, by flow, by time, and by what a person types.
 */
import { type Executions, ExecutionStatus, type ExecutionSummary, Words } from "@halte/engine/model"

export type StateFilter = "All" | "Running" | "Interrupting" | "Interrupted" | "Failed" | "Completed" | "Terminated"

/** The states behind each chip. */
export const statesOf: Readonly<Record<StateFilter, ReadonlyArray<ExecutionStatus.ExecutionStatus> | undefined>> = {
  All: undefined,
  Running: ["Pending", "Running", "Pausing", "Paused"],
  Interrupting: ["Interrupting", "Terminating"],
  Interrupted: ["Interrupted"],
  Failed: ["Failed"],
  Completed: ["Completed"],
  Terminated: ["Terminated"]
}

/** How many executions a chip stands for. */
export const countOf = (counts: Executions.Counts, chip: StateFilter): number =>
  (statesOf[chip] ?? ExecutionStatus.ExecutionStatus.literals).reduce((sum, status) => sum + (counts[status] ?? 0), 0)

export type Since = "any" | "hour" | "day" | "week"

const hour = 3_600_000
const spans: Readonly<Record<Since, number>> = { any: Infinity, hour, day: 24 * hour, week: 168 * hour }

export interface Filter {
  readonly state: StateFilter
  readonly flow: string | undefined
  readonly since: Since
  readonly text: string
}

/** What the server does not look for: the rest of the filter. */
export const matches = ({ since, text }: Filter, summary: ExecutionSummary.ExecutionSummary, now: number): boolean => {
  if (now - summary.attemptStartedAt > spans[since]) return false
  const wanted = text.trim().toLowerCase()
  if (wanted === "") return true
  const { by, cause, flow, id, place, source, version } = summary
  return [flow, id, by, version, source, cause, place?.step, place?.detail].some(
    (part) => part !== undefined && part.toLowerCase().includes(wanted)
  )
}

/** `Live`, `Today`, `Yesterday`, or a date: what an execution stands under. */
export const band = (summary: ExecutionSummary.ExecutionSummary, now: number): string => {
  if (summary.endedAt === undefined) return "Live"
  const days = daysBetween(summary.attemptStartedAt, now)
  if (days <= 0) return "Today"
  if (days === 1) return "Yesterday"
  return new Date(summary.attemptStartedAt).toLocaleDateString(undefined, { dateStyle: "medium" })
}

const daysBetween = (a: number, b: number): number => {
  const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0)
  return Math.round((midnight(b) - midnight(a)) / (24 * hour))
}

/** `anna · page`. */
export const who = ({ by, source }: ExecutionSummary.ExecutionSummary): string =>
  Words.who(by, source).replace(", ", " · ")

/** The id in few characters; the last ones are enough wherever an id is asked for. */
export const shortId = (id: string): string => `${id.slice(0, 8)}…${id.slice(-5)}`

export const clock = (at: number): string =>
  new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false })

/** What a summary says of progress, as a part of the whole; `undefined` where nothing is known. */
export const part = ({ completed, place, status, steps }: ExecutionSummary.ExecutionSummary): number | undefined => {
  if (status === "Completed" || steps === 0) return undefined
  const within =
    place?.done !== undefined && place.total !== undefined && place.total > 0
      ? Math.min(1, place.done / place.total)
      : 0
  return Math.min(1, (completed + within) / steps)
}
