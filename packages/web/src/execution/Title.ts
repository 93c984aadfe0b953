/**
 * What the tab of the browser says: how it stands, how far it is, which flow.
 */
import { DurationText, type ExecutionState, ExecutionStatus, Words } from "@halte/engine/model"
import { word } from "../ui/Glyph.tsx"

/** `3 of 8 · Running · release · Halte`. */
export const title = (state: ExecutionState.ExecutionState): string => {
  const { all, done } = Words.steps(state)
  const parts = [
    word(state.status),
    ...(state.status === "Completed" ? [] : [progress(state, done, all)]),
    state.flow,
    "Halte"
  ]
  return parts.filter((part) => part !== "").join(" · ")
}

const progress = (state: ExecutionState.ExecutionState, done: number, all: number): string => {
  if (all > 1) return `${DurationText.count(done)} of ${DurationText.count(all)}`
  const [one] = state.steps.values()
  return one?.done === undefined || one.total === undefined || one.total === 0 || ExecutionStatus.isEnded(state.status)
    ? ""
    : Words.percent(one.done, one.total)
}
