/**
 * The steps of an execution over time, and as a tree. A first version.
 */
import { Glyph, word } from "../../ui/Glyph.tsx"
import { onKeys } from "../../ui/Keys.ts"
import type { StepGraphProps } from "../graph/StepGraphView.tsx"

export const Timeline = ({ keys, onSelect, selected, state }: StepGraphProps) => (
  <section className="time" aria-label="Timeline">
    <div className="cap">
      <b>Timeline</b>
    </div>
    <div className="gantt live" role="tree" aria-label="Steps">
      {[...state.steps.values()].map((step) => (
        <div
          key={step.id}
          className="gl"
          role="treeitem"
          tabIndex={0}
          aria-selected={step.id === selected}
          onClick={() => onSelect(step.id)}
          onKeyDown={onKeys(keys)}
        >
          <Glyph status={step.status} />
          {step.id}
          <span className="vh">{word(step.status)}</span>
        </div>
      ))}
    </div>
  </section>
)
