/**
 * Everything that was asked of an execution, over all its attempts: when, by whom, why, where it stopped, and what was
 * done by then. It goes on from the latest.
 */
import {
  ControlSequences,
  DurationText,
  type ExecutionHistory,
  type ExecutionState,
  RequestText,
  Words
} from "@halte/engine/model"
import { useNow } from "../../bridge/useNow.ts"
import type { Feed } from "../../live/ExecutionFeed.ts"
import type { Stopping } from "../../stopping/useStopping.tsx"
import { Button } from "../../ui/Button.tsx"
import { Glyph, State, stateClass } from "../../ui/Glyph.tsx"
import { Problem } from "../../ui/Notice.tsx"
import { canResume } from "../header/Actions.tsx"
import * as StopWords from "../StopWords.ts"
import * as TimeOfDay from "../TimeOfDay.ts"
import * as HistoryText from "./HistoryText.ts"

export interface HistoryViewProps {
  readonly feed: Feed
  readonly state: ExecutionState.ExecutionState
  readonly stopping: Stopping
  /** Where it goes on with more to decide. */
  readonly onResume: () => void
}

export const HistoryView = ({ feed, onResume, state, stopping }: HistoryViewProps) => {
  const attempts = feed.history.attempts.toReversed()
  const now = useNow("still")
  return (
    <section className="history" aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      {attempts.length === 0 ? <p className="muted">Loading…</p> : undefined}
      {stopping.problem === undefined ? undefined : <Problem error={stopping.problem} onClose={stopping.clear} />}
      <ol>
        {attempts.map((attempt) => (
          <Attempt
            key={attempt.number}
            attempt={attempt}
            state={state}
            now={now}
            latest={attempt.number === state.attempt}
            pending={stopping.pending === "resume"}
            onResume={onResume}
          />
        ))}
      </ol>
    </section>
  )
}

interface AttemptProps {
  readonly attempt: ExecutionHistory.Attempt
  readonly state: ExecutionState.ExecutionState
  readonly now: number
  readonly latest: boolean
  readonly pending: boolean
  readonly onResume: () => void
}

const Attempt = ({ attempt, latest, now, onResume, pending, state }: AttemptProps) => {
  const { again, by, ended, number, requests, source, startedAt } = attempt
  const status = ended?.status ?? (latest ? state.status : "Interrupted")
  return (
    <li className={`card ${stateClass(status)}`}>
      <div className="h-head">
        <h3>
          <State status={status} />
          Attempt {number}
        </h3>
        <span className="muted">
          started {TimeOfDay.dated(startedAt, now)}, {Words.who(by, source)}
          {ended === undefined ? "" : ` · ran for ${DurationText.text(ended.tookMillis)}`}
        </span>
        {latest && canResume(state) && ended !== undefined ? (
          <Button small kind="primary" icon="resume" pending={pending} onClick={onResume}>
            {pending ? "Resuming…" : "Resume from here"}
          </Button>
        ) : undefined}
      </div>
      {again.length === 0 ? undefined : (
        <p className="note">Ran again, since its definition had changed: {Words.list(again, 8)}</p>
      )}
      {requests.length === 0 ? undefined : (
        <ul className="asked">
          {requests.map((request, i) => (
            <Request key={i} attempt={attempt} request={request} />
          ))}
        </ul>
      )}
      {ended === undefined ? undefined : <Ended ended={ended} />}
    </li>
  )
}

const Request = ({
  attempt,
  request
}: {
  readonly attempt: ExecutionHistory.Attempt
  readonly request: ExecutionHistory.Request
}) => {
  const { kind, signal } = request
  return (
    <li>
      <time dateTime={new Date(signal.requestedAt).toISOString()}>{TimeOfDay.exact(signal.requestedAt)}</time>
      <div>
        <b>{HistoryText.kindText[kind]}</b> {StopWords.byWhom(signal)}
        {signal.via === undefined ? "" : `, ${ControlSequences.strip(signal.via)}`}
        {signal.reason === undefined ? undefined : <p className="quote">“{ControlSequences.strip(signal.reason)}”</p>}
        <p className="muted">{RequestText.happened(attempt, request)}</p>
      </div>
    </li>
  )
}

const Ended = ({ ended }: { readonly ended: NonNullable<ExecutionHistory.Attempt["ended"]> }) => {
  const { completed, failed, interrupted, notStarted, skipped, terminated } = ended.partition
  const lists = [
    ["Completed", "Done", completed],
    [
      "Interrupted",
      "Stopped at",
      interrupted.map(({ done, step, total }) =>
        done === undefined
          ? step
          : `${step} (${DurationText.count(done)}${total === undefined ? "" : ` of ${DurationText.count(total)}`})`
      )
    ],
    ["Failed", "Failed", failed],
    ["Terminated", "Ended by force", terminated],
    ["Skipped", "Skipped", skipped],
    ["Waiting", "Not done", notStarted]
  ] as const
  return (
    <>
      {ended.cause === "Crash" ? <p className="note">Its engine was gone; nobody had asked.</p> : undefined}
      {ended.failure === undefined ? undefined : (
        <p className="note">
          <code>{ended.failure.step}</code> failed: {StopWords.failureText(ended.failure.failure)}
        </p>
      )}
      <dl className="kv">
        {lists.map(([status, name, steps]) =>
          steps.length === 0 ? undefined : (
            <div className="kv-row" key={name}>
              <dt>
                <Glyph status={status} />
                {name}
              </dt>
              <dd>{Words.list(steps, 12)}</dd>
            </div>
          )
        )}
      </dl>
    </>
  )
}
