/**
 * The lines that an execution, or one of its steps, has written: the last ones, as they come. In a tab that nobody sees
 * nothing is read; shown again, it goes on where it was.
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
  /** Nothing has come yet, and may still be on its way. */
  readonly loading: boolean
  readonly problem: Failure | undefined
}

/** More than anybody scrolls through, and little enough for a phone. */
const mostLines = 20_000

/** After this long without a line there is none yet. */
const emptyMillis = 400

/** How soon it looks for the lines of a further attempt, or for a server that was away. */
const againMillis = 2000

const empty: Log = { lines: [], dropped: 0, loading: true, problem: undefined }

const follow = (key: string) =>
  Atom.readable<Log>((get) => {
    const [id, step] = JSON.parse(key) as [string, string | null]
    let lines: Array<LogLine.LogLine> = []
    let dropped = 0
    let loading = true
    let problem: Failure | undefined
    const frame = oncePerFrame(() => get.setSelf({ lines: [...lines], dropped, loading, problem }))
    const shown = () => {
      loading = false
      frame.ask()
    }
    const timer = setTimeout(shown, emptyMillis)
    const receive = (more: ReadonlyArray<LogLine.LogLine>) => {
      for (const line of more) lines.push(line)
      // A quarter more than is kept, so that not every line moves all others.
      if (lines.length > mostLines * 1.25) {
        dropped += lines.length - mostLines
        lines = lines.slice(-mostLines)
      }
      problem = undefined
      shown()
    }
    const of = step === null ? {} : { step }
    const read = Effect.suspend(() =>
      Stream.runForEachArray(
        executions.logs(id as ExecutionId.ExecutionId, { ...of, after: lines.at(-1)?.sequence ?? 0 }),
        (more) => Effect.sync(() => receive(more))
      )
    )
    const run = Effect.gen(function* () {
      for (;;) {
        const answer = yield* Effect.result(read)
        if (problem !== (answer._tag === "Failure" ? answer.failure : undefined) || loading) {
          problem = answer._tag === "Failure" ? answer.failure : undefined
          shown()
        }
        if (problem !== undefined && problem._tag !== "ExecutionsUnavailable") return
        yield* Effect.sleep(againMillis)
      }
    })
    let fiber: Fiber.Fiber<void> | undefined
    const look = () => {
      if (document.hidden) {
        if (fiber !== undefined) void Effect.runFork(Fiber.interrupt(fiber))
        fiber = undefined
      } else fiber ??= Effect.runFork(run)
    }
    document.addEventListener("visibilitychange", look)
    look()
    get.addFinalizer(() => {
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", look)
      frame.stop()
      if (fiber !== undefined) void Effect.runFork(Fiber.interrupt(fiber))
    })
    return empty
  })

const feeds = Atom.family(follow)

const nothing = Atom.readable(() => ({ ...empty, loading: false }))

/** The log of an execution, or of one of its steps. */
export const useLog = (id: string | undefined, step?: string): Log =>
  useAtomValue(id === undefined ? nothing : feeds(JSON.stringify([id, step ?? null])))
