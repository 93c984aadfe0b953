/**
 * The last lines that a step wrote.
 */
import { ControlSequences } from "@halte/engine/model"
import { useLog } from "../../live/LogFeed.ts"
import { Link } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import * as TimeOfDay from "../TimeOfDay.ts"

const mostLines = 12

export const LogTail = ({ id, step }: { readonly id: string; readonly step: string }) => {
  const { lines, loading, problem } = useLog(id, step)
  const last = lines.slice(-mostLines)
  return (
    <section className="tail">
      <h3>
        Log <Link to={Route.execution(id, { tab: "logs", step })}>Open full log</Link>
      </h3>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="log" tabIndex={0} role="group" aria-label={`Last lines of ${step}`}>
        {problem !== undefined ? (
          <span className="er">{problem.message}</span>
        ) : last.length === 0 ? (
          <span className="muted">{loading ? "Loading…" : "It has written nothing."}</span>
        ) : (
          last.map((line) => (
            <div key={line.sequence} className={line.stream === "stderr" ? "er" : undefined}>
              <time dateTime={new Date(line.at).toISOString()}>{TimeOfDay.exact(line.at)}</time>{" "}
              {ControlSequences.strip(line.text)}
            </div>
          ))
        )}
      </div>
    </section>
  )
}
