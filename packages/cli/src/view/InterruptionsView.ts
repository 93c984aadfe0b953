/**
 * Who asked an execution to stop, through which door and why, when that was seen, when it had stopped, and whether the
 * promise was kept: one entry per request, over all attempts.
 */
import { ControlSequences, DurationText, type ExecutionHistory, Words } from "@halte/engine/model"
import * as LocalTime from "./LocalTime.ts"
import { type Look, plain } from "./Look.ts"
import { padEnd, truncate, width, wrap } from "./TextWidth.ts"

/** Where what is said about a time begins. */
const column = 19
/** Who, before why. */
const whoWidth = 14

export const render = (
  { columns, look }: { readonly columns: number; readonly look: Look },
  attempts: ReadonlyArray<ExecutionHistory.Attempt>
): ReadonlyArray<string> => {
  const room = Math.max(20, columns - column)
  const entry = (time: string, head: string, more: ReadonlyArray<string>) => [
    `  ${padEnd(time, column - 2)}${truncate(look, plain(look, head), room)}`,
    ...more.flatMap((text) => wrap(plain(look, text), room).map((line) => " ".repeat(column) + line))
  ]
  return attempts.flatMap((attempt) => [
    ...attempt.requests.flatMap((request) => {
      const { signal } = request
      const who = Words.who(signal.by, signal.source, signal.via)
      const why = signal.reason === undefined ? "" : `“${ControlSequences.strip(signal.reason)}”`
      const what = happened(attempt, request)
      const time = LocalTime.exact(signal.requestedAt)
      const beside = (text: string) =>
        text === "" ? who : `${padEnd(who, whoWidth)}${width(who) >= whoWidth ? "  " : ""}${text}`
      const fits = (text: string) => width(plain(look, beside(text))) <= room
      if (why === "") return fits(what) ? entry(time, beside(what), []) : entry(time, who, [what])
      return fits(why) ? entry(time, beside(why), [what]) : entry(time, who, [why, what])
    }),
    ...(attempt.ended?.cause === "Crash" && attempt.requests.every((request) => request.kind === "late")
      ? entry(LocalTime.exact(attempt.ended.at), "its engine was gone and was found so at this time", [])
      : [])
  ])
}

const happened = ({ ended }: ExecutionHistory.Attempt, request: ExecutionHistory.Request): string => {
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
  if (ended === undefined) return [...parts, "not stopped yet", ...promised(bound)].join(", ")
  if (ended.status === "Completed") return [...parts, "every step completed all the same"].join(", ")
  if (ended.status === "Terminated") return [...parts, `then force, ended ${after(ended.at)}`].join(", ")
  const stop = ended.stopMillis ?? ended.at - signal.requestedAt
  parts.push(`stopped ${kind === "first" ? later(stop) : after(ended.at)}`)
  if (kind === "repeat") return parts.join(", ")
  if (signal.source === "StopAfter") return `${parts.at(-1)}, as it was asked to at the start`
  if (bound === undefined || bound._tag === "None") return [...parts, ...promised(bound)].join(", ")
  // What is promised as "at once" has no number to be compared with: a tenth of a second is at once to a person.
  const kept = stop <= Math.max(bound.millis, 100)
  return `${[...parts, ...promised(bound)].join(", ")}: ${kept ? "kept" : "not kept"}`
}

const promised = (bound: ExecutionHistory.Request["bound"]): ReadonlyArray<string> =>
  bound === undefined || bound._tag === "None"
    ? ["no bound promised"]
    : [`promised ${bound.millis === 0 ? "at once" : DurationText.short(bound.millis)}`]

/** `+1.812 s`. */
const later = (millis: number): string => {
  const ms = Math.max(0, millis)
  return `+${ms < 60_000 ? `${(ms / 1000).toFixed(3)} s` : DurationText.text(ms)}`
}
