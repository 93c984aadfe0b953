/**
 * One execution of the list: where it is, and the one thing to do about it.
 */
import { ExecutionStatus, type ExecutionSummary, ListProgress, Words } from "@halte/engine/model"
import { type Ref } from "react"
import { Link } from "../route/Navigation.tsx"
import * as Route from "../route/Route.ts"
import { useStopping } from "../stopping/useStopping.tsx"
import { Button } from "../ui/Button.tsx"
import { State, stateClass } from "../ui/Glyph.tsx"
import { Problem } from "../ui/Notice.tsx"
import { clock, part, shortId, who } from "./Filter.ts"

export interface ExecutionRowProps {
  readonly summary: ExecutionSummary.ExecutionSummary
  readonly now: number
  readonly current: boolean
  readonly onFocus: () => void
  readonly row?: Ref<HTMLTableRowElement> | undefined
  /** Gives the commands of this row to the keys of the list. */
  readonly link: Ref<HTMLAnchorElement> | undefined
}

export const ExecutionRow = ({ current, link, now, onFocus, row, summary }: ExecutionRowProps) => {
  const stopping = useStopping(summary.id, { name: summary.flow, status: summary.status })
  const { attempt, id, parent, startedAt, status, version } = summary
  const done = part(summary)
  const about = [
    version === undefined ? undefined : `version ${version}`,
    attempt > 1 ? `attempt ${attempt}` : undefined
  ].filter((text) => text !== undefined)
  const canInterrupt = status === "Running" || status === "Pending" || status === "Pausing"
  return (
    <tr ref={row} className={current ? "x is-focus" : "x"} data-id={id}>
      <td>
        <State status={status} />
      </td>
      <td>
        <Link ref={link} className="flow" to={Route.execution(id)} onFocus={onFocus} tabIndex={current ? 0 : -1}>
          {summary.flow}
        </Link>
        <span className="sub">
          {about.length === 0 ? "" : `${about.join(" · ")} · `}
          <code>{shortId(id)}</code>
          {parent === undefined ? undefined : (
            <>
              {" "}
              · step {parent.step} of{" "}
              <Link to={Route.execution(parent.execution, { step: parent.step })} tabIndex={-1}>
                <code>{shortId(parent.execution)}</code>
              </Link>
            </>
          )}
        </span>
      </td>
      <td>
        {done === undefined || status === "Pending" ? (
          <span className="sub lone">{ListProgress.progress({ summary }, true)}</span>
        ) : (
          <div className={`pg ${stateClass(status)}`}>
            <div
              className="bar"
              role="progressbar"
              aria-label={`Progress of ${summary.flow}`}
              aria-valuenow={Math.round(done * 100)}
              aria-valuemin={0}
              aria-valuemax={100}
            >
              <i style={{ width: `${done * 100}%` }} />
            </div>
            <b>{Words.percent(done * 1000, 1000)}</b>
            <span className="sub">{ListProgress.progress({ summary }, true)}</span>
          </div>
        )}
        {stopping.problem === undefined ? undefined : <Problem error={stopping.problem} onClose={stopping.clear} />}
      </td>
      <td>
        <time dateTime={new Date(startedAt).toISOString()} title={new Date(startedAt).toLocaleString()}>
          {clock(startedAt)}
        </time>
        <span className="sub">{who(summary)}</span>
      </td>
      <td className="num">{ListProgress.elapsed({ summary }, now) || "—"}</td>
      <td>
        {status === "Interrupting" || status === "Terminating" ? (
          <Button small pending>
            {status === "Terminating" ? "Terminating…" : "Interrupting…"}
          </Button>
        ) : canInterrupt ? (
          <Button
            small
            icon="stop"
            data-do="interrupt"
            pending={stopping.pending === "interrupt"}
            onClick={() => stopping.interrupt()}
            aria-label={`Interrupt ${summary.flow} ${shortId(id)}`}
          >
            {stopping.pending === "interrupt" ? "Interrupting…" : "Interrupt"}
          </Button>
        ) : status === "Completed" ? (
          <Link className="b b-small b-quiet" to={Route.execution(id)} tabIndex={-1}>
            Open
          </Link>
        ) : (
          <Button
            small
            icon={ExecutionStatus.isEnded(status) ? "resume" : "play"}
            data-do="resume"
            pending={stopping.pending === "resume"}
            onClick={() => void stopping.resume()}
            aria-label={`Resume ${summary.flow} ${shortId(id)}`}
          >
            {stopping.pending === "resume" ? "Resuming…" : "Resume"}
          </Button>
        )}
        {stopping.dialog}
      </td>
    </tr>
  )
}
