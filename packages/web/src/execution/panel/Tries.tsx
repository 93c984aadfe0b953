/**
 * Every try of a step, over all attempts: when, how long, how it ended.
 */
import { ControlSequences, DurationText, type ExecutionHistory, type ExecutionStatus } from "@halte/engine/model"
import { Glyph } from "../../ui/Glyph.tsx"
import * as StopWords from "../StopWords.ts"
import * as TimeOfDay from "../TimeOfDay.ts"

const statusOf: Readonly<Record<NonNullable<ExecutionHistory.Try["end"]>, ExecutionStatus.StepStatus>> = {
  completed: "Completed",
  failed: "Failed",
  interrupted: "Interrupted",
  terminated: "Terminated"
}

const how = ({ detail, done, end, failure, total }: ExecutionHistory.Try): string => {
  if (failure !== undefined) return StopWords.failureText(failure)
  if (end === undefined) return "under way"
  if (end === "interrupted" && done !== undefined)
    return `interrupted at ${DurationText.count(done)}${total === undefined ? "" : ` of ${DurationText.count(total)}`}`
  return detail === undefined ? end : ControlSequences.strip(detail)
}

export const Tries = ({ tries }: { readonly tries: ReadonlyArray<ExecutionHistory.Try> }) => {
  if (tries.length < 2) return undefined
  return (
    <section>
      <h3>
        Tries <small>{tries.length}</small>
      </h3>
      <ul className="tries">
        {tries.slice(-10).map((one) => (
          <li key={`${one.attempt}.${one.number}`}>
            <Glyph status={one.end === undefined ? "Running" : statusOf[one.end]} />
            <span>
              Attempt {one.attempt}
              {one.number > 1 ? `, try ${one.number}` : ""}
              {one.resumed ? ", from its cursor" : ""}: {how(one)}
            </span>
            <time dateTime={new Date(one.startedAt).toISOString()}>
              {TimeOfDay.seconds(one.startedAt)}
              {one.endedAt === undefined ? "" : `, ${DurationText.text(one.tookMillis ?? one.endedAt - one.startedAt)}`}
            </time>
          </li>
        ))}
      </ul>
    </section>
  )
}
