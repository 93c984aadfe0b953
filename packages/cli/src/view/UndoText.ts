/**
 * What `halte undo` would take back, and what it has taken back.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionState,
  FlowDescription,
  UndoPlan,
  Words
} from "@halte/engine/model"
import { type Look, paint, plain } from "./Look.ts"
import { padEnd, truncate, width } from "./TextWidth.ts"

export interface PlanInput {
  readonly look: Look
  readonly columns: number
  readonly state: ExecutionState.ExecutionState
  readonly steps: ReadonlyArray<string>
}

/** The targets that some names stand for; without names all. */
export const targets = (
  state: ExecutionState.ExecutionState,
  steps: ReadonlyArray<string>
): ReadonlyArray<UndoPlan.UndoTarget> => {
  const all = UndoPlan.of(state)
  return steps.length === 0 ? all : all.filter(({ step }) => steps.some((name) => UndoPlan.isNamed(step, name)))
}

/** The steps in the order in which they would be taken back. */
export const list = ({ columns, look, state, steps }: PlanInput): ReadonlyArray<string> => {
  const found = targets(state, steps)
  const column = Math.min(Math.floor(columns * 0.5), Math.max(14, ...found.map(({ step }) => width(step))) + 2)
  return found.map(({ isGroup, masked, step }, i) => {
    const parts = isGroup
      ? FlowDescription.leaves({ steps: FlowDescription.find(state.definition, step)?.steps ?? [] })
      : []
    const said = [
      ...(isGroup ? [`the group, ${DurationText.plural(parts.length, "step")}`] : []),
      ...(masked ? ["what it gave held a secret, which is not kept"] : [])
    ].join("; ")
    const name = padEnd(truncate(look, step, column - 2), column)
    return truncate(
      look,
      `  ${String(i + 1).padStart(3)}  ${name}${paint(look, "dim", plain(look, said))}`.trimEnd(),
      columns
    )
  })
}

/** `undo --dry-run`. */
export const plan = (input: PlanInput): ReadonlyArray<string> => {
  const { look, state } = input
  const lines = list(input)
  return [
    `${paint(look, "bold", Words.title(state))}  Attempt ${state.attempt + 1} would undo ${lines.length === 0 ? "nothing" : DurationText.plural(lines.length, "step")}${lines.length === 0 ? "" : ", the last that completed first"}. Nothing was run.`,
    ...(lines.length === 0 ? [] : ["", ...lines])
  ]
}

/** What an attempt that takes back has come to, as one sentence without its full stop. */
export const summary = (state: ExecutionState.ExecutionState, progress: UndoPlan.UndoProgress): string => {
  const took = `(${DurationText.text(state.ended?.tookMillis ?? 0)})`
  const count = `${DurationText.count(progress.done.length)} of ${DurationText.plural(progress.all, "step")}`
  if (state.ended?.cause === "Undo") return `${state.flow} undone: ${count} ${took}`
  const failed = state.ended?.failure
  switch (state.status) {
    case "Failed":
      return `${state.flow} undo failed${failed === undefined ? "" : ` at ${failed.step}`} after ${count} ${took}`
    default:
      return `${state.flow} undo ${state.status.toLowerCase()} after ${count} ${took}`
  }
}

/** Why an undo or a clean-up failed. */
export const why = ({ failure }: ExecutionState.CleanUpState): string =>
  ControlSequences.sentence(failure?.message ?? "")
