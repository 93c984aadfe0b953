/**
 * The server is away: what is on the page may be old, and the execution does not mind.
 */
import { type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import { Icon } from "../../ui/Icon.tsx"

export const LostBanner = ({ state }: { readonly state: ExecutionState.ExecutionState }) => (
  <div className="held lost" role="status">
    <Icon name="warning" />
    <h2>Connection to {location.host} lost. Trying again.</h2>
    <p>
      {ExecutionStatus.isEnded(state.status)
        ? "The record is as it was last seen."
        : "A lost connection stops nothing. What is shown here is from before."}
    </p>
  </div>
)
