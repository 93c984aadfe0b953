/**
 * The vertical lines of a timeline: now, when a stop was requested, when it has to be there at the latest, when it was.
 */
import { DurationText, ExecutionStatus, type ExecutionState } from "@halte/engine/model"

export interface Moment {
  readonly name: "now" | "requested" | "latest" | "stopped"
  readonly at: number
  readonly text: string
}

export const moments = (state: ExecutionState.ExecutionState, now: number): ReadonlyArray<Moment> => {
  const begin = state.attemptStartedAt
  const since = (at: number) => Math.max(0, at - begin)
  const asked = state.requests.find(({ attempt, kind }) => attempt === state.attempt && kind !== "late")
  const requested = asked === undefined ? undefined : since(asked.signal.requestedAt)
  const out: Array<Moment> = []
  if (requested !== undefined) out.push({ name: "requested", at: requested, text: "requested" })
  const stops = state.status === "Interrupting" || state.status === "Terminating"
  if (ExecutionStatus.isEnded(state.status)) {
    if (requested !== undefined && state.endedAt !== undefined && state.status !== "Completed")
      out.push({
        name: "stopped",
        at: since(state.endedAt),
        text: `stopped +${DurationText.short(since(state.endedAt) - requested)}`
      })
  } else if (stops && requested !== undefined) {
    if (state.bound?._tag === "Within")
      out.push({
        name: "latest",
        at: requested + state.bound.millis,
        text: `latest, +${DurationText.short(state.bound.millis)}`
      })
  } else if (state.status !== "Pending") {
    const elapsed = since(now)
    const text = elapsed < 60_000 ? `${Math.floor(elapsed / 1000)} s` : DurationText.text(elapsed)
    out.push({ name: "now", at: elapsed, text: `now ${text}` })
  }
  return out
}
