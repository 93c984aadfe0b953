/**
 * The bar over every view: where one can go, whether the server is there, keys and settings.
 */
import { useSettings, change } from "../settings/Settings.ts"
import { useLive } from "../live/ExecutionList.ts"
import { useServer } from "../live/Server.ts"
import { Link, useRoute } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { IconButton } from "../ui/Button.tsx"
import { Pole } from "../ui/Icon.tsx"

const isDark = (theme: "system" | "light" | "dark"): boolean =>
  theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches)

export const TopBar = ({ onHelp, onSettings }: { readonly onHelp: () => void; readonly onSettings: () => void }) => {
  const { view } = useRoute()
  const { info, reachable } = useServer()
  const { theme } = useSettings()
  const live = useLive().executions?.length ?? 0
  const only = info?.only
  return (
    <header className="top">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <Link
        className="brand"
        aria-label="Halte"
        to={only === undefined ? { view: "executions" } : Route.execution(only)}
      >
        <Pole />
        <span>Halte</span>
      </Link>
      <nav className="nav" aria-label="Main">
        <Link
          to={{ view: "executions" }}
          aria-current={view === "executions" || view === "execution" ? "page" : undefined}
        >
          Executions{live === 0 ? undefined : <span className="count">{live} live</span>}
        </Link>
        {only === undefined ? (
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
      <div className="right">
        <span className={reachable ? "conn" : "conn lost"} title={info?.project}>
          {reachable ? "Live" : "Offline"} · {location.host}
        </span>
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
