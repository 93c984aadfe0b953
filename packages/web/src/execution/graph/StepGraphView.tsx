/**
 * The steps of an execution as a picture: a first version that lists them.
 */
import type { ExecutionState } from "@halte/engine/model"
import type { Feed } from "../../live/ExecutionFeed.ts"
import { Glyph, stateClass, word } from "../../ui/Glyph.tsx"
import { type Keys, onKeys } from "../../ui/Keys.ts"

export interface StepGraphProps {
  readonly feed: Feed
  readonly state: ExecutionState.ExecutionState
  readonly selected: string | undefined
  readonly onSelect: (step: string | undefined) => void
  readonly keys: Keys
}

export const StepGraphView = ({ keys, onSelect, selected, state }: StepGraphProps) => (
  <div className="canvas live" role="group" aria-label="Step graph">
    {[...state.steps.values()].map((step) => (
      <button
        key={step.id}
        type="button"
        className={`b ${stateClass(step.status)}`}
        aria-label={`${step.id}, ${word(step.status)}`}
        aria-current={step.id === selected ? "true" : undefined}
        onClick={() => onSelect(step.id)}
        onKeyDown={onKeys(keys)}
      >
        <Glyph status={step.status} />
        {step.id}
      </button>
    ))}
  </div>
)
