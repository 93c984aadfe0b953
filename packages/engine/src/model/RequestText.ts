/**
 * What became of a request to stop, in words: the same in the terminal and in the page.
 *
 * @since 0.1.0
 */
import * as DurationText from "./DurationText.ts"
import type * as ExecutionHistory from "./ExecutionHistory.ts"

/**
 * `+1.812 s`: after something else.
 *
 * @since 0.1.0
 */
export const later = (millis: number): string => {
  const ms = Math.max(0, millis)
  return `+${ms < 60_000 ? `${(ms / 1000).toFixed(3)} s` : DurationText.text(ms)}`
}

/**
 * `seen +0.004 s, stopped +1.812 s, promised 5.5 s: kept`.
 *
 * @since 0.1.0
 */
export const happened = ({ ended }: ExecutionHistory.Attempt, request: ExecutionHistory.Request): string => {
  const { bound, kind, seenAt, signal, strategy } = request
  if (kind === "late") return "late, no effect: it had ended"
  if (kind === "repeat" && strategy === undefined) return "repeat, no effect"
  const after = (at: number) => later(at - signal.requestedAt)
  if (kind === "terminate") return ended === undefined ? "by force" : `by force, ended ${after(ended.at)}`
  const parts: Array<string> = []
  if (kind === "repeat") parts.push("repeat that stopped it sooner")
  if (strategy?._tag === "PollNextN" && signal.source !== "StopAfter")
    parts.push(
      strategy.n === 0 ? "running steps to their end" : `${DurationText.plural(strategy.n, "more step")} first`
    )
  if (seenAt !== undefined) parts.push(`seen ${after(seenAt)}`)
  if (strategy?._tag === "IgnoreInterruptions") return [...parts, "the flow ignores interruptions"].join(", ")
  if (ended === undefined) return [...parts, "not stopped yet", promised(bound)].join(", ")
  if (ended.status === "Completed") return [...parts, "every step completed all the same"].join(", ")
  if (ended.status === "Terminated") return [...parts, `then force, ended ${after(ended.at)}`].join(", ")
  const stop = ended.stopMillis ?? ended.at - signal.requestedAt
  parts.push(`stopped ${kind === "first" ? later(stop) : after(ended.at)}`)
  if (kind === "repeat") return parts.join(", ")
  if (signal.source === "StopAfter") return `${parts.at(-1)}, as it was asked to at the start`
  if (bound === undefined || bound._tag === "None") return [...parts, promised(bound)].join(", ")
  // What is promised as "at once" has no number to be compared with: a tenth of a second is at once to a person.
  return `${[...parts, promised(bound)].join(", ")}: ${stop <= Math.max(bound.millis, 100) ? "kept" : "not kept"}`
}

const promised = (bound: ExecutionHistory.Request["bound"]): string =>
  bound === undefined || bound._tag === "None"
    ? "no bound promised"
    : `promised ${bound.millis === 0 ? "at once" : DurationText.short(bound.millis)}`
