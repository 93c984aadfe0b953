/**
 * Who asked an execution to stop, through which door and why, when that was seen, when it had stopped, and whether the
 * promise was kept: one entry per request, over all attempts.
 */
import { ControlSequences, type ExecutionHistory, RequestText, Words } from "@halte/engine/model"
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
      const what = RequestText.happened(attempt, request)
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
