/**
 * A step that was asked to stop: what was done about it, and what follows at which time.
 */
import { DurationText, type ExecutionState, RequestText } from "@halte/engine/model"
import * as StopWords from "../StopWords.ts"
import * as TimeOfDay from "../TimeOfDay.ts"

interface Moment {
  readonly text: string
  readonly strong?: string
  readonly at: number
  readonly state: "done" | "ahead"
}

const { plural } = DurationText

/** What has happened to a step since the request, in order, and what is still ahead. */
const moments = (state: ExecutionState.ExecutionState, id: string): ReadonlyArray<Moment> => {
  const first = StopWords.firstRequest(state)
  if (first === undefined) return []
  const asked = first.signal.requestedAt
  const step = state.steps.get(id)
  const out: Array<Moment> = [{ text: "Requested", at: asked, state: "done" }]
  for (const { attempt, exited, group, pid, signalled, step: of } of state.processes) {
    if (of !== id || attempt !== state.attempt || signalled === undefined) continue
    out.push({
      strong: signalled.signal,
      text: ` to ${group === undefined ? `pid ${pid}` : `group ${group}`}, ${plural(signalled.count, "process", "processes")}`,
      at: signalled.at,
      state: "done"
    })
    if (exited !== undefined) out.push({ text: `pid ${pid} has ended`, at: exited.at, state: "done" })
    else if (signalled.killAt !== undefined && signalled.signal !== "SIGKILL")
      out.push({ strong: "SIGKILL", text: " if still running", at: signalled.killAt, state: "ahead" })
  }
  const within = StopWords.describe(state, id)?.stopsWithinMillis
  if (step?.endedAt !== undefined && step.status !== "Interrupting")
    out.push({ text: "Stopped", at: step.endedAt, state: "done" })
  else if (within !== undefined && within > 0)
    out.push({ text: "Stopped, at the latest", at: asked + within, state: "ahead" })
  return out
}

export const HowItStops = ({ id, state }: { readonly id: string; readonly state: ExecutionState.ExecutionState }) => {
  const all = moments(state, id)
  const asked = all[0]?.at
  if (asked === undefined) return undefined
  return (
    <section>
      <h3>How it stops</h3>
      <ul className="tl">
        {all.map(({ at, state: when, strong, text }, i) => (
          <li key={i} className={when === "done" ? "hot" : undefined}>
            <span className={when === "ahead" ? "muted" : undefined}>
              {strong === undefined ? undefined : <b>{strong}</b>}
              {text}
            </span>
            <time>{i === 0 ? TimeOfDay.exact(at) : RequestText.later(at - asked)}</time>
          </li>
        ))}
      </ul>
    </section>
  )
}
