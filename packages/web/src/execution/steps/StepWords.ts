/**
 * What is said about a step on graph, timeline and line of steps, each phrase written once; the words of the terminal.
 */
import {
  ControlSequences,
  DurationText,
  ExecutionStatus,
  type FlowDescription,
  Waiting,
  Words
} from "@halte/engine/model"
import { word } from "../../ui/Glyph.tsx"
import type { StepView } from "./LiveSteps.ts"

const { count } = DurationText

/** What the flow calls a step, safe to show. */
export const label = (step: FlowDescription.StepDescription): string =>
  step.label === undefined ? step.name : ControlSequences.strip(step.label)

/** The picture that the flow gives a step: a character, at most two. */
export const picture = (step: FlowDescription.StepDescription): string | undefined => {
  if (step.icon === undefined) return undefined
  const segments = new Intl.Segmenter().segment(ControlSequences.strip(step.icon).trim())
  const text = [...segments]
    .slice(0, 2)
    .map(({ segment }) => segment)
    .join("")
  return text === "" ? undefined : text
}

export interface StepText {
  readonly word: string
  /** What follows the word: `22.6 s`, `41,200 / 100,000 · 2m 00s left`. */
  readonly about: string
  /** How it stops, or stopped: `stops within 5.5 s`, `stopped in 3.6 ms`. */
  readonly stop: string
  /** Between 0 and 1, where a total is known. */
  readonly fraction: number | undefined
}

const seconds = (millis: number): string =>
  millis < 60_000 ? `${Math.floor(Math.max(0, millis) / 1000)} s` : DurationText.text(millis)

const fractionOf = ({ done, total }: { readonly done?: number; readonly total?: number }): number | undefined =>
  done === undefined || total === undefined || total <= 0 ? undefined : Math.max(0, Math.min(1, done / total))

const joined = (...parts: ReadonlyArray<string | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" · ")

/** How far a step that counts is. */
const counted = (view: StepView, between: string): string | undefined => {
  const { done, total } = view.step ?? {}
  if (done === undefined) return undefined
  return total === undefined ? count(done) : `${count(done)}${between}${count(total)}`
}

/** What can be said of a step that has not begun. */
const ahead = ({ place: { step } }: StepView): string => {
  switch (step.kind) {
    case "gate":
      return "gate"
    case "http":
      return /^[A-Z]+/.exec(step.detail ?? "")?.[0] ?? "HTTP"
    case "sleep":
      return "sleep"
    case "flow":
      return "sub-flow"
    default:
      return step.when === undefined ? "" : "has a condition"
  }
}

/** What a person reads of a step at a moment. `between` separates what is done from the total. */
export const describe = (
  view: StepView,
  now: number,
  left: number | undefined,
  between: " / " | " of " = " / "
): StepText => {
  const { execution, place, status, step } = view
  const ended = ExecutionStatus.isEnded(execution.status)
  const text = { word: word(status, ended), about: "", stop: "", fraction: fractionOf(step ?? {}) }
  if (place.step.steps !== undefined) return { ...text, about: parts(view), fraction: undefined }
  if (step === undefined) return text
  const took = step.tookMillis === undefined ? "" : DurationText.text(step.tookMillis)
  switch (status) {
    case "Waiting":
      return {
        ...text,
        about: waits(view) ?? (step.done === undefined ? ahead(view) : `goes on from ${count(step.done)}`),
        // What is far ahead has no bar.
        fraction: step.done === undefined ? undefined : text.fraction
      }
    case "Running":
      return {
        ...text,
        about: running(view, now, left, between),
        stop: step.cleanUp === "running" ? "" : Words.stops(place.step)
      }
    case "Paused":
      return { ...text, about: joined(counted(view, between), "held"), stop: Words.stops(place.step) }
    case "Interrupting":
      return { ...text, ...stopping(view, now) }
    case "Interrupted":
      return {
        ...text,
        about:
          step.done === undefined ? (step.stopMillis === undefined ? took : "") : `at ${counted(view, between) ?? ""}`,
        stop: step.stopMillis === undefined ? "" : `stopped in ${DurationText.text(step.stopMillis)}`
      }
    case "Failed":
      return { ...text, about: joined(took, ControlSequences.sentence(step.failure?.message ?? "")) }
    case "Skipped":
      return { ...text, about: step.skipped === "input-skipped" ? "its input was skipped" : "condition not met" }
    case "Terminated":
      return { ...text, about: took, stop: "may be half done" }
    default:
      return { ...text, about: took, fraction: undefined }
  }
}

/** `waits for gpu, held by …8KKHG/encode`, of a step that needs a place of a limit that executions share. */
export const waits = ({ execution, step }: StepView): string | undefined =>
  step?.waits === undefined || ExecutionStatus.isEnded(execution.status)
    ? undefined
    : Waiting.text(step.waits, execution.id)

/** `1 of 3 parts`. */
export const parts = ({ done, place }: StepView): string =>
  `${count(done)} of ${DurationText.plural(place.leaves.length, "part")}`

/** `3 parts · 1 done`, of a group whose parts are not seen. */
export const closedParts = ({ done, place }: StepView): string =>
  `${DurationText.plural(place.leaves.length, "part")} · ${count(done)} done`

const running = (view: StepView, now: number, left: number | undefined, between: " / " | " of "): string => {
  const { step } = view
  if (step === undefined) return ""
  if (step.cleanUp === "running") return "cleaning up"
  if (step.gate !== undefined) return "waits for a person"
  if (step.retryAt !== undefined && step.retryAt > now)
    return `try ${step.try + 1} in ${Words.left(step.retryAt - now)}`
  const progress = joined(counted(view, between), left === undefined ? undefined : `${Words.left(left)} left`)
  return joined(
    progress === "" && step.startedAt !== undefined ? seconds(now - step.startedAt) : progress,
    step.try > 1 ? `try ${step.try}` : undefined,
    step.overdueMillis === undefined ? undefined : `no stopping point for ${DurationText.short(step.overdueMillis)}`
  )
}

const stopping = (view: StepView, now: number): Pick<StepText, "about" | "stop"> => {
  const { place, process, requestedAt, step } = view
  if (step?.cleanUp === "running") return { about: "cleaning up", stop: "" }
  const since = Math.max(0, now - (requestedAt ?? now))
  const bound = place.step.stopsWithinMillis
  const signalled = process?.exited === undefined ? process?.signalled : undefined
  const kill = signalled?.killAt
  return {
    about: `${(since / 1000).toFixed(1)} s${bound === undefined ? "" : ` of ${DurationText.short(bound)}`}`,
    stop: kill === undefined || kill < now ? "" : `SIGKILL in ${((kill - now) / 1000).toFixed(1)} s`
  }
}

/**
 * The name of a step for who hears it: `upload/part-2, Running, stops within 5.5 s`. Nothing in it ticks.
 */
export const name = (view: StepView): string => {
  const { execution, place, status, step } = view
  const { id, name: own } = place.step
  const shown = label(place.step)
  const out = [shown === own ? id : `${shown}, ${id}`, word(status, ExecutionStatus.isEnded(execution.status))]
  if (place.step.steps !== undefined) out.push(parts(view))
  else if (step !== undefined && ExecutionStatus.isActive(status)) {
    if (step.gate !== undefined) out.push("waits for a person")
    if (step.done !== undefined && step.total !== undefined) out.push(Words.percent(step.done, step.total))
    if (status !== "Paused") out.push(Words.stops(place.step))
  } else if (status === "Waiting" && waits(view) !== undefined) out.push(waits(view)!)
  else if (status === "Interrupted" && step?.done !== undefined) out.push(`at ${counted(view, " of ") ?? ""}`)
  if (view.holds) out.push("holds here")
  return out.join(", ")
}

/** How often what is said of a step has to be said anew. */
export const pace = ({ status }: StepView): "second" | "tenth" | "still" =>
  status === "Running" ? "second" : status === "Interrupting" ? "tenth" : "still"
