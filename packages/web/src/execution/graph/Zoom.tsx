/**
 * The buttons that make the picture larger and smaller, and show all of it.
 */
import { Icon } from "../../ui/Icon.tsx"

export const Zoom = ({
  onFit,
  onIn,
  onOut
}: {
  readonly onIn: () => void
  readonly onOut: () => void
  readonly onFit: () => void
}) => (
  <div className="zoom" role="group" aria-label="Zoom">
    <button type="button" aria-label="Zoom out" title="Zoom out (-)" onClick={onOut}>
      <Icon small name="minus" />
    </button>
    <button type="button" aria-label="Zoom in" title="Zoom in (+)" onClick={onIn}>
      <Icon small name="plus" />
    </button>
    <button type="button" title="Show all steps (0)" onClick={onFit}>
      Fit
    </button>
  </div>
)
