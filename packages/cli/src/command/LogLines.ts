/**
 * The lines that steps wrote, as they are stored, and as they come.
 */
import { Clock, Effect, Stream } from "effect"
import {
  ControlSequences,
  type ExecutionId,
  ExecutionStatus,
  type Executions,
  type ExecutionsError,
  type LogLine
} from "@halte/engine/model"
import * as LinesView from "../view/LinesView.ts"
import { lines, type Output } from "../terminal/Output.ts"

export interface LogOptions {
  readonly id: ExecutionId.ExecutionId
  /** Of one step, or of all. */
  readonly step?: string | undefined
  /** Only so many of the last lines that are there already. */
  readonly tail?: number | undefined
  /** Goes on until the execution has ended. */
  readonly follow: boolean
}

/** Stored lines come at once, one page after the other; a stream that is silent for so long has shown them all. */
const silenceMillis = 500

/** Gives every line to `print`, in order. */
export const each = (
  executions: Executions.ExecutionsShape,
  { follow, id, step, tail }: LogOptions,
  print: (found: ReadonlyArray<LogLine.LogLine>) => Effect.Effect<void>
): Effect.Effect<void, ExecutionsError.ExecutionNotFound | ExecutionsError.Always> =>
  Effect.gen(function* () {
    const of = (after: number) => executions.logs(id, { step, after })
    if (follow && tail === undefined) return yield* Stream.runForEachArray(of(0), print)
    const now = yield* Clock.currentTimeMillis
    const live = !ExecutionStatus.isEnded((yield* executions.get(id)).status)
    // What a live execution writes from now on is not waited for.
    const there = live
      ? of(0).pipe(
          Stream.takeWhile((line) => line.at <= now),
          Stream.timeout(silenceMillis)
        )
      : of(0)
    let last = 0
    const kept: Array<LogLine.LogLine> = []
    yield* Stream.runForEachArray(there, (found) =>
      Effect.suspend(() => {
        last = found.at(-1)?.sequence ?? last
        if (tail === undefined) return print(found)
        kept.push(...found)
        if (kept.length > tail * 2 + 1024) kept.splice(0, kept.length - tail)
        return Effect.void
      })
    )
    if (tail !== undefined) yield* print(tail === 0 ? [] : kept.slice(-tail))
    if (follow) yield* Stream.runForEachArray(of(last), print)
  })

/** Prints lines: after the name of their step, or bare for one step. */
export const printer =
  (output: Output, options: { readonly bare: boolean; readonly json: boolean }) =>
  (found: ReadonlyArray<LogLine.LogLine>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const look = output.look("stdout")
      const safe = output.isTerminal("stdout") ? ControlSequences.strip : (text: string) => text
      lines(
        output,
        "stdout",
        found.map((line) =>
          options.json
            ? JSON.stringify(line)
            : options.bare
              ? safe(line.text)
              : LinesView.ofLog(look, line.step, safe(line.text))
        )
      )
      return output.drained("stdout")
    })
