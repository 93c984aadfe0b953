/**
 * The server is away: what is on the page may be old, and the execution does not mind.
 */
import { type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import { serverName } from "../../bridge/Client.ts"
import { useDesktop } from "../../desktop/Desktop.ts"
import { Icon } from "../../ui/Icon.tsx"

export const LostBanner = ({ state }: { readonly state: ExecutionState.ExecutionState }) => {
  const engine = useDesktop()?.engine
  // Of an engine that is not there the window says more.
  if (engine !== undefined && engine._tag !== "Running") return undefined
  return (
    <div className="held lost" role="status">
      <Icon name="warning" />
      <h2>Connection to {serverName} lost. Trying again.</h2>
      <p>
        {ExecutionStatus.isEnded(state.status)
          ? "The record is as it was last seen."
          : "A lost connection stops nothing. What is shown here is from before."}
      </p>
    </div>
  )
}
