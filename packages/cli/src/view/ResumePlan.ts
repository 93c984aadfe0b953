/**
 * What the next attempt of an execution would run, without running it: `resume --dry-run`.
 */
import { DurationText, type ExecutionState, FlowDescription, Words } from "@halte/engine/model"
import * as FlowLevels from "./FlowLevels.ts"
import { type Look, paint, plain } from "./Look.ts"
import { padEnd, truncate, width } from "./TextWidth.ts"

export interface ResumePlanInput {
  readonly look: Look
  readonly columns: number
  readonly state: ExecutionState.ExecutionState
  readonly rerun: ReadonlyArray<string>
  readonly stopAfter?: number | undefined
}

/** As it is recorded: whether the flow has changed meanwhile is found out when it is resumed. */
export const render = ({ columns, look, rerun, state, stopAfter }: ResumePlanInput): ReadonlyArray<string> => {
  const steps = new Map(FlowDescription.leaves(state.definition).map((step) => [step.id, step]))
  const order = [...FlowLevels.levels(state.definition)].sort((a, b) => a[1] - b[1]).map(([id]) => id)
  const left = order.filter((id) => state.steps.get(id)?.status !== "Completed")
  const done = steps.size - left.length
  const column = Math.min(Math.floor(columns * 0.4), Math.max(14, ...left.map(width)) + 2)
  return [
    `${paint(look, "bold", Words.title(state))}  Attempt ${state.attempt + 1} would run ${DurationText.plural(left.length, "step")}; ${done === 0 ? "none is" : done === 1 ? "1 is" : `${DurationText.count(done)} are`} done. Nothing was run.`,
    "",
    ...left.map((id) =>
      truncate(
        look,
        `  ${padEnd(truncate(look, id, column - 2), column)}${paint(look, "dim", plain(look, how(state, steps.get(id)!, rerun)))}`,
        columns
      )
    ),
    ...(stopAfter === undefined ? [] : ["", `  Stops after ${DurationText.plural(stopAfter, "step")}.`])
  ]
}

const how = (
  state: ExecutionState.ExecutionState,
  { id, idempotent, kind }: FlowDescription.StepDescription,
  rerun: ReadonlyArray<string>
): string => {
  const s = state.steps.get(id)
  if (s === undefined || s.status === "Waiting" || s.status === "Skipped") return "not started yet"
  if (s.cursor !== undefined)
    return s.total === undefined
      ? "goes on at its cursor"
      : `goes on at ${kind === "for-each" ? "item " : ""}${DurationText.count(s.done ?? 0)} of ${DurationText.count(s.total)}`
  const named = rerun.some((name) => id === name || id.endsWith(`/${name}`) || id.startsWith(`${name}/`))
  if (idempotent === false && !named) return `is not idempotent: needs --rerun ${id}`
  return "runs again"
}
