/**
 * An engine that has not run in this window yet: it starts, or it can't.
 */
import { useEffect } from "react"
import { useTitle } from "../shell/useTitle.ts"
import { announce } from "../ui/Announcer.tsx"
import { Button } from "../ui/Button.tsx"
import { Icon } from "../ui/Icon.tsx"
import { Problem } from "../ui/Notice.tsx"
import { useDesktop } from "./Desktop.ts"
import type { EngineState } from "./DesktopBridge.ts"
import { projectName } from "./ProjectName.ts"
import { useCall } from "./useCall.ts"

export const Starting = () => {
  useTitle("Starting · Halte")
  const { project } = useDesktop() ?? {}
  return (
    <main className="page starting" id="main" tabIndex={-1} aria-busy="true">
      <div className="empty" role="status">
        <h1>Opening {project === undefined ? "the project" : projectName(project)}</h1>
        <p>Its engine is starting.</p>
      </div>
    </main>
  )
}

export const NotOpened = ({ failed }: { readonly failed: Extract<EngineState, { readonly _tag: "Failed" }> }) => {
  useTitle("Not opened · Halte")
  const { project } = useDesktop() ?? {}
  // Said as soon as it is there: whoever has just opened it waits for it.
  useEffect(() => announce(failed.message, "alert"), [failed.message])
  return (
    <main className="page" id="main" tabIndex={-1}>
      <div className="empty not-opened">
        <Icon name="warning" />
        <h1>{project === undefined ? "The project" : projectName(project)} could not be opened</h1>
        <p className="why">{failed.message}</p>
        <p className="muted">
          <code>{failed.code}</code>
          {project === undefined ? undefined : (
            <>
              {" · "}
              <code>{project}</code>
            </>
          )}
        </p>
        <AgainButtons />
      </div>
    </main>
  )
}

/** After a start that failed. */
export const AgainButtons = () => {
  const { clear, give, pending, problem } = useCall()
  return (
    <>
      <div className="row">
        <Button
          kind="primary"
          pending={pending === "again"}
          disabled={pending !== undefined}
          onClick={() => give("again", (bridge) => bridge.call("restartEngine", { resume: false }))}
        >
          {pending === "again" ? "Trying again…" : "Try again"}
        </Button>
        <Button
          pending={pending === "other"}
          disabled={pending !== undefined}
          onClick={() => give("other", (bridge) => bridge.call("chooseProject", null))}
        >
          Open another project…
        </Button>
      </div>
      {problem === undefined ? undefined : <Problem error={problem} onClose={clear} />}
    </>
  )
}
