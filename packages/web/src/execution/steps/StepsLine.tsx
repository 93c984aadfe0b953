/**
 * The phone's graph: the steps as one line from top to bottom. A first version.
 */
import { Glyph, stateClass, word } from "../../ui/Glyph.tsx"
import { onKeys } from "../../ui/Keys.ts"
import type { StepGraphProps } from "../graph/StepGraphView.tsx"

export const StepsLine = ({ keys, onSelect, selected, state }: StepGraphProps) => (
  <ol className="steps live" aria-label="Steps">
    {[...state.steps.values()].map((step) => (
      <li key={step.id} className={`st ${stateClass(step.status)}`}>
        <span className="gx">
          <Glyph status={step.status} />
        </span>
        <button
          type="button"
          aria-current={step.id === selected ? "true" : undefined}
          onClick={() => onSelect(step.id)}
          onKeyDown={onKeys(keys)}
        >
          {step.id}
        </button>
        <span className="w">{word(step.status)}</span>
      </li>
    ))}
  </ol>
)
