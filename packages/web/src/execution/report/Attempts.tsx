/**
 * The attempts of an execution, the newest first.
 */
import { DurationText, type ExecutionState } from "@halte/engine/model"
import type { Feed } from "../../live/ExecutionFeed.ts"
import { Link } from "../../route/Navigation.tsx"
import * as Route from "../../route/Route.ts"
import { State } from "../../ui/Glyph.tsx"
import * as TimeOfDay from "../TimeOfDay.ts"

const most = 6

export const Attempts = ({ feed, state }: { readonly feed: Feed; readonly state: ExecutionState.ExecutionState }) => {
  const all = feed.history.attempts.toReversed()
  const now = state.endedAt ?? state.attemptStartedAt
  return (
    <section className="card" aria-labelledby="attempts-title">
      <h2 id="attempts-title">
        Attempts{" "}
        <small>
          <Link className="quiet-link" to={Route.execution(state.id, { tab: "history" })}>
            History
          </Link>
        </small>
      </h2>
      <ul className="in attempts">
        {all.slice(0, most).map(({ ended, number, startedAt }) => (
          <li key={number}>
            <span>
              <State status={ended?.status ?? state.status} /> <span className="muted">attempt {number}</span>
            </span>
            <span className="muted">
              {TimeOfDay.dated(startedAt, now)}
              {ended === undefined ? "" : `, ${DurationText.text(ended.tookMillis)}`}
            </span>
          </li>
        ))}
        {all.length > most ? <li className="muted">and {all.length - most} before</li> : undefined}
      </ul>
    </section>
  )
}
