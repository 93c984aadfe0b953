/**
 * A window that has no project yet: which one is it to be?
 */
import { useTitle } from "../shell/useTitle.ts"
import { Button } from "../ui/Button.tsx"
import { Pole } from "../ui/Icon.tsx"
import { Problem } from "../ui/Notice.tsx"
import { useDesktop } from "./Desktop.ts"
import { projectName } from "./ProjectName.ts"
import { useCall } from "./useCall.ts"

export const Welcome = () => {
  useTitle("Halte")
  const recent = useDesktop()?.recent ?? []
  const { clear, give, pending, problem } = useCall()
  const busy = pending !== undefined
  return (
    <main className="welcome" id="main" tabIndex={-1}>
      <Pole className="pole" />
      <h1>Open a project</h1>
      <p>
        A project is a directory. Its flows are files named <code>NAME.flow.yaml</code>; what has run there is in its
        list.
      </p>
      <div className="row">
        <Button
          kind="primary"
          pending={pending === "project"}
          disabled={busy}
          onClick={() => give("project", (bridge) => bridge.call("chooseProject", null))}
        >
          Open Project…
        </Button>
        <Button
          pending={pending === "file"}
          disabled={busy}
          onClick={() => give("file", (bridge) => bridge.call("chooseFile", null))}
        >
          Open Flow File…
        </Button>
      </div>
      {problem === undefined ? undefined : <Problem error={problem} onClose={clear} />}
      {recent.length === 0 ? undefined : (
        <section className="card" aria-labelledby="welcome-recent">
          <h2 id="welcome-recent">Recent projects</h2>
          <ul>
            {recent.map((directory) => (
              <li key={directory}>
                <button
                  type="button"
                  disabled={busy}
                  aria-busy={pending === directory}
                  title={directory}
                  onClick={() => give(directory, (bridge) => bridge.call("open", directory))}
                >
                  <b>{projectName(directory)}</b>
                  <span className="mono">{directory}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="muted">A directory, or flow files, may be dropped on this window, too.</p>
    </main>
  )
}
