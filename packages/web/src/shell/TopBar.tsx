/**
 * The bar over every view: where one can go, whether the server is there, keys and settings.
 */
import { useDesktop, useEngineStory } from "../desktop/Desktop.ts"
import type { DesktopState } from "../desktop/DesktopBridge.ts"
import { projectName } from "../desktop/ProjectName.ts"
import { useSettings, change } from "../settings/Settings.ts"
import { useLive } from "../live/ExecutionList.ts"
import { useServer } from "../live/Server.ts"
import { Link, useRoute } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { IconButton } from "../ui/Button.tsx"
import { Pole } from "../ui/Icon.tsx"

const isDark = (theme: "system" | "light" | "dark"): boolean =>
  theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches)

const ServerConnection = () => {
  const { info, reachable } = useServer()
  return (
    <span className={reachable ? "conn" : "conn lost"} title={info?.project}>
      {reachable ? "Live" : "Offline"} · {location.host}
    </span>
  )
}

const engineWords = {
  None: "No project",
  Starting: "Engine starting",
  Running: "Live",
  Failed: "Engine not started",
  Ended: "Engine ended"
} as const

/** In the desktop: how the engine of this window is, and of which project it is. */
const EngineConnection = ({ engine, project }: DesktopState) => {
  const tone = engine._tag === "Running" ? "" : engine._tag === "Starting" ? " wait" : " lost"
  return (
    <span className={`conn${tone}`} title={project}>
      {engineWords[engine._tag]}
      {project === undefined ? "" : ` · ${projectName(project)}`}
    </span>
  )
}

const Views = () => {
  const { view } = useRoute()
  const { info } = useServer()
  const live = useLive().executions?.length ?? 0
  return (
    <nav className="nav" aria-label="Main">
      <Link
        to={{ view: "executions" }}
        aria-current={view === "executions" || view === "execution" ? "page" : undefined}
      >
        Executions{live === 0 ? undefined : <span className="count">{live} live</span>}
      </Link>
      {info?.only === undefined ? (
        <Link to={{ view: "flows" }} aria-current={view === "flows" || view === "flow" ? "page" : undefined}>
          Start
        </Link>
      ) : undefined}
      {info?.command === true ? (
        <Link to={{ view: "command" }} aria-current={view === "command" ? "page" : undefined}>
          Command
        </Link>
      ) : undefined}
    </nav>
  )
}

interface TopBarProps {
  readonly onHelp: () => void
  readonly onSettings: () => void
}

export const TopBar = ({ onHelp, onSettings }: TopBarProps) => {
  const { theme } = useSettings()
  const desktop = useDesktop()
  const { ran } = useEngineStory()
  // A window whose engine never ran has no views, and nobody to ask for them.
  const hasViews = desktop === undefined || ran
  return (
    <header className="top">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      {hasViews ? (
        <Brand />
      ) : (
        <span className="brand">
          <Pole />
          <span>Halte</span>
        </span>
      )}
      {hasViews ? <Views /> : undefined}
      <div className="right">
        {desktop === undefined ? (
          <ServerConnection />
        ) : desktop.engine._tag === "None" ? undefined : (
          <EngineConnection {...desktop} />
        )}
        <button
          type="button"
          className="b b-quiet b-icon hide"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={onHelp}
        >
          <kbd aria-hidden="true">?</kbd>
        </button>
        <IconButton kind="quiet" icon="gear" name="Settings" onClick={onSettings} />
        <IconButton
          kind="quiet"
          icon="sun"
          name="Switch between light and dark"
          onClick={() => change({ theme: isDark(theme) ? "light" : "dark" })}
        />
      </div>
    </header>
  )
}

const Brand = () => {
  const only = useServer().info?.only
  return (
    <Link className="brand" aria-label="Halte" to={only === undefined ? { view: "executions" } : Route.execution(only)}>
      <Pole />
      <span>Halte</span>
    </Link>
  )
}
