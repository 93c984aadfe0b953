/**
 * An execution that waits: paused, on its way there, or queued.
 */
import { DurationText, type ExecutionState, Words } from "@halte/engine/model"
import { Glyph, stateClass } from "../../ui/Glyph.tsx"
import * as StopWords from "../StopWords.ts"

export const HoldBanner = ({ state }: { readonly state: ExecutionState.ExecutionState }) => {
  const said = text(state)
  if (said === undefined) return undefined
  return (
    <div className={`held ${stateClass(state.status)}`} role="status">
      <Glyph status={state.status} />
      <h2>{said[0]}</h2>
      <p>{said[1]}</p>
    </div>
  )
}

const text = (state: ExecutionState.ExecutionState): readonly [head: string, more: string] | undefined => {
  const active = StopWords.active(state)
  const names = Words.list(
    active.map(({ id }) => id),
    3
  )
  switch (state.status) {
    case "Pending":
      return ["Waiting for a slot", "The engine runs as many executions as it may. Nothing of this one has started."]
    case "Pausing":
      return [
        "Pausing…",
        names === ""
          ? "No step is under way."
          : `${names} ${active.length === 1 ? "goes" : "go"} to the next stopping point.`
      ]
    case "Paused": {
      const processes = StopWords.alive(state).length
      return [
        "Paused",
        `${names === "" ? "No step is under way" : `${names} ${active.length === 1 ? "holds" : "hold"}`}${processes === 0 ? "" : `, ${DurationText.plural(processes, "process", "processes")} held by SIGSTOP`}. Resume goes on; an interrupt works as well.`
      ]
    }
    default:
      return undefined
  }
}
