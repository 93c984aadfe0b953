/**
 * What the marks on the wires mean.
 */
import type { ExecutionStatus, InterruptStrategy } from "@halte/engine/model"
import { Sign } from "../../ui/Icon.tsx"

export const Legend = ({
  status,
  strategy
}: {
  readonly status: ExecutionStatus.ExecutionStatus
  readonly strategy: InterruptStrategy.InterruptStrategy
}) => (
  <div className="legend" aria-hidden="true">
    <span>
      <i className="mk sm" />
      passed
    </span>
    {strategy._tag === "IgnoreInterruptions" ? undefined : (
      <span>
        <Sign />
        {status === "Interrupting" || status === "Interrupted" || status === "Paused" || status === "Pausing"
          ? "stopping point, holds here"
          : "stopping point ahead"}
      </span>
    )}
  </div>
)
