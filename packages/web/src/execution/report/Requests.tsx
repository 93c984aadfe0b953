/**
 * Who asked, why and when, and what was promised.
 */
import { ControlSequences, DurationText, type ExecutionState, RequestText, Words } from "@halte/engine/model"
import type { Feed } from "../../live/ExecutionFeed.ts"
import { Icon } from "../../ui/Icon.tsx"
import * as StopWords from "../StopWords.ts"
import * as TimeOfDay from "../TimeOfDay.ts"
import { isKept } from "./Headline.ts"
import * as RequestMoments from "./RequestMoments.ts"

export const Requests = ({ feed, state }: { readonly feed: Feed; readonly state: ExecutionState.ExecutionState }) => {
  const { ended } = state
  const first = StopWords.firstRequest(state) ?? StopWords.forceRequest(state)
  if (first === undefined) return ended?.cause === "Crash" ? <Crash at={ended.at} /> : undefined
  const { signal } = first
  // The failure is told where it is told why.
  if (signal.source === "StepFailed" && state.status === "Failed") return undefined
  const attempt = feed.history.attempts.find(({ number }) => number === state.attempt)
  const all = RequestMoments.moments(state, attempt)
  const again = RequestMoments.again(state)
  const strategy = state.honoured
  const kept = isKept(state)
  return (
    <section className="card" aria-labelledby="who-title">
      <h2 id="who-title">Who, why, when</h2>
      <div className="in">
        {signal.reason === undefined ? undefined : <p className="quote">“{ControlSequences.strip(signal.reason)}”</p>}
        <dl className="kv">
          <dt>Asked by</dt>
          <dd>
            {signal.by === undefined && signal.via !== undefined ? "nobody by name, " : ""}
            {Words.who(signal.by, signal.source, signal.via)}
          </dd>
          <dt>Came through</dt>
          <dd>{Words.who(undefined, signal.source)}</dd>
          {strategy === undefined ? undefined : (
            <>
              <dt>Strategy</dt>
              <dd>{RequestMoments.strategyText(strategy)}</dd>
            </>
          )}
          {again === undefined ? undefined : (
            <>
              <dt>Asked again</dt>
              <dd>{again}</dd>
            </>
          )}
        </dl>
        <ul className="tl">
          {all.map(({ at, hot, text }, i) => (
            <li key={i} className={hot ? "hot" : undefined}>
              <span>{hot && i > 0 ? <b>{text}</b> : text}</span>
              <time dateTime={new Date(at).toISOString()}>
                {i === 0 ? TimeOfDay.exact(at) : RequestText.later(at - signal.requestedAt)}
              </time>
            </li>
          ))}
        </ul>
        {state.bound === undefined ? undefined : (
          <p className="promise">
            <span className="muted">
              {state.bound._tag === "None"
                ? `No bound was promised: ${Words.list(state.bound.steps, 3)}`
                : state.bound.millis === 0
                  ? "Promised at once"
                  : `Promised ${DurationText.short(state.bound.millis)}`}
            </span>
            {kept === undefined || state.status !== "Interrupted" ? undefined : kept ? (
              <span className="kept">
                <Icon name="check" small />
                kept
              </span>
            ) : (
              <span className="not-kept">not kept</span>
            )}
          </p>
        )}
      </div>
    </section>
  )
}

const Crash = ({ at }: { readonly at: number }) => (
  <section className="card" aria-labelledby="who-title">
    <h2 id="who-title">Who, why, when</h2>
    <div className="in">
      <p>
        Nobody asked. Its engine was gone, and was found so at {TimeOfDay.exact(at)}. What processes it had started were
        ended then.
      </p>
    </div>
  </section>
)
