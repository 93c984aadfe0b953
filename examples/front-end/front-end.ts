/**
 * A whole front end: it is given an `Executions`, and knows nothing else of Halte. It starts a flow, writes a line for
 * whatever happens, and turns the lines that a person types into commands. Over a server it works unchanged.
 *
 * Try it with `node -C @halte/source examples/front-end/main.ts`, or, for a flow `party` of a server, with its address.
 */
import { Effect, Stream } from "effect"
import { DurationText, type ExecutionEvent, ExecutionHandle, StopBound } from "@halte/sdk"
import type { ExecutionId, Executions, Outcome } from "@halte/sdk"

/** Where the person is: what they type, line by line, and where we write. */
export interface Person {
  readonly lines: Stream.Stream<string>
  readonly write: (line: string) => void
}

const help = "Type s to stop, p to pause, r to go on, t to terminate."

/** The front end's one duty: from a person's gesture to a request, which says who asks and through which door. */
export const obey = (executions: Executions.ExecutionsShape, id: ExecutionId.ExecutionId, line: string) =>
  Effect.gen(function* () {
    const execution = ExecutionHandle.make(executions, id)
    const key = line.trim()
    const asker = { source: "Cli", via: `typed ${key}` } as const
    if (key === "s") return yield* execution.interrupt(asker)
    if (key === "p") return yield* execution.pause(asker)
    if (key === "r") return yield* execution.resume(asker)
    if (key === "t") return yield* execution.terminate(asker)
    return undefined
  })

/** Starts a flow, shows it until its end, and answers how it ended. */
export const run = (executions: Executions.ExecutionsShape, flow: string, params: unknown, { lines, write }: Person) =>
  Effect.gen(function* () {
    const execution = yield* ExecutionHandle.start(executions, { flow, params, source: "Cli" })
    write(`${flow} started, ${execution.id}. ${help}`)

    // A refused command is an answer, too: it says why, and the execution goes on.
    const listening = Stream.runForEach(lines, (line) =>
      obey(executions, execution.id, line).pipe(
        Effect.match({
          onFailure: (error) => write(error.message),
          onSuccess: (receipt) => {
            if (receipt === undefined) write(help)
            else if (receipt.effect !== "done") write(`That had no effect: it is ${receipt.status}.`)
          }
        })
      )
    )
    yield* Effect.forkScoped(listening)

    let progressAt = 0
    const show = (event: ExecutionEvent.ExecutionEvent): void => {
      // Loops tell every batch; once a second is enough for a person.
      const isProgress = event.type === "step-progress" || event.type === "step-cursor"
      if (isProgress && event.at - progressAt < 1000) return
      if (isProgress) progressAt = event.at
      const line = describe(event)
      if (line !== undefined) write(line)
    }
    yield* Stream.runForEach(execution.events, (event) => Effect.sync(() => show(event)))
    const outcome = yield* execution.outcome
    for (const line of report(outcome)) write(line)
    return outcome
  }).pipe(Effect.scoped)

/** A line for an event, or none: for what is of no interest, and for types of events of later versions. */
const describe = (event: ExecutionEvent.ExecutionEvent): string | undefined => {
  if (event.type === "step-started") return `${event.step} began`
  if (event.type === "step-completed") return `${event.step} is done, ${DurationText.text(event.tookMillis)}`
  if (event.type === "step-interrupted") return `${event.step} stopped`
  if (event.type === "step-failed") return `${event.step} failed: ${event.failure.message}`
  if (event.type === "interrupt-requested") return `Stopping: ${StopBound.toText(event.bound)}.`
  if (event.type === "paused") return "Paused."
  if (event.type !== "step-progress" && event.type !== "step-cursor") return undefined
  return event.done === undefined ? undefined : `${event.step} ${event.done} of ${event.total ?? "unknown"}`
}

const report = (outcome: Outcome.Outcome): ReadonlyArray<string> => [
  `${outcome.flow}: ${outcome._tag}`,
  ...(["completed", "interrupted", "terminated", "failed", "skipped", "notStarted"] as const).flatMap((part) => {
    const steps = outcome[part].map((step) => (typeof step === "string" ? step : step.step))
    return steps.length === 0 ? [] : [`  ${part}: ${steps.join(", ")}`]
  })
]
