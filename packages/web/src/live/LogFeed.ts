/**
 * The lines that an execution, or one of its steps, has written: the last ones, as they come.
 */
import type { ExecutionId, LogLine } from "@halte/engine/model"
import { Effect, Fiber, Stream } from "effect"
import { Atom } from "effect/reactivity"
import { executions, type Failure } from "../bridge/Client.ts"
import { useAtomValue } from "../bridge/Registry.ts"
import { oncePerFrame } from "./Frame.ts"

export interface Log {
  readonly lines: ReadonlyArray<LogLine.LogLine>
  /** Lines that were there before those, and are not kept here: the server has them. */
  readonly dropped: number
  readonly loading: boolean
  readonly problem: Failure | undefined
}

/** More than anybody scrolls through, and little enough for a phone. */
const mostLines = 20_000

const empty: Log = { lines: [], dropped: 0, loading: true, problem: undefined }

const follow = (key: string) =>
  Atom.readable<Log>((get) => {
    const [id, step] = JSON.parse(key) as [string, string | null]
    let lines: Array<LogLine.LogLine> = []
    let dropped = 0
    let loading = true
    let problem: Failure | undefined
    const frame = oncePerFrame(() => get.setSelf({ lines: [...lines], dropped, loading, problem }))
    const of = step === null ? {} : { step }
    const run = executions.logs(id as ExecutionId.ExecutionId, of).pipe(
      Stream.runForEachArray((more) =>
        Effect.sync(() => {
          for (const line of more) lines.push(line)
          if (lines.length > mostLines * 1.25) {
            dropped += lines.length - mostLines
            lines = lines.slice(-mostLines)
          }
          loading = false
          frame.ask()
        })
      ),
      Effect.catch((error) => Effect.sync(() => void (problem = error))),
      Effect.andThen(
        Effect.sync(() => {
          loading = false
          frame.ask()
        })
      )
    )
    const fiber = Effect.runFork(run)
    get.addFinalizer(() => {
      frame.stop()
      void Effect.runFork(Fiber.interrupt(fiber))
    })
    return empty
  })

const feeds = Atom.family(follow)

/** The log of an execution, or of one of its steps. */
export const useLog = (id: string, step?: string): Log => useAtomValue(feeds(JSON.stringify([id, step ?? null])))
