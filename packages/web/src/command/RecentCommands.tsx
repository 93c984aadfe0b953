/**
 * The commands before this one.
 */
import { DurationText, ExecutionStatus, type ExecutionSummary } from "@halte/engine/model"
import { clock } from "../executions/Filter.ts"
import { Glyph, word } from "../ui/Glyph.tsx"
import { lineOf, useStates } from "./useCommand.ts"

export const RecentCommands = ({
  current,
  onShow,
  recent
}: {
  readonly recent: ReadonlyArray<ExecutionSummary.ExecutionSummary>
  readonly current: string | undefined
  readonly onShow: (id: string) => void
}) => {
  const states = useStates(recent)
  return (
    <section className="card" aria-labelledby="command-recent">
      <h2 id="command-recent">Recent</h2>
      {recent.length === 0 ? (
        <p className="in muted">None yet.</p>
      ) : (
        <ul className="recent">
          {recent.map((summary) => {
            const state = states.get(summary.id)
            const line = lineOf(state) ?? "…"
            return (
              <li key={summary.id}>
                <Glyph status={summary.status} />
                <button
                  type="button"
                  aria-current={summary.id === current ? "true" : undefined}
                  title={line}
                  onClick={() => onShow(summary.id)}
                >
                  <code>{line}</code>
                </button>
                <time className="muted" dateTime={new Date(summary.startedAt).toISOString()}>
                  {clock(summary.startedAt).slice(0, 5)}
                </time>
                <span className="w">{said(summary)}</span>
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}

/** `Completed · 8.4 s`, `Failed with exit code 1`. */
const said = (summary: ExecutionSummary.ExecutionSummary): string => {
  const { attemptStartedAt, endedAt, place, status } = summary
  if (!ExecutionStatus.isEnded(status)) return word(status)
  const took = DurationText.text(Math.max(0, (endedAt ?? attemptStartedAt) - attemptStartedAt))
  const code = status === "Failed" ? /exit(?:ed with)? code (\d+)/.exec(place?.detail ?? "")?.[1] : undefined
  return code === undefined ? `${status} · ${took}` : `Failed with exit code ${code}`
}
