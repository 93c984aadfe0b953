/**
 * An `Executions` that does what a test says, and records what it was asked.
 */
import { Effect, Stream } from "effect"
import { type Executions, ExecutionsError, type ExecutionSummary, type ExecutionId } from "@halte/engine"

export const id = "01ARZ3NDEKTSV4RRFFQ6" as ExecutionId.ExecutionId

export const summary = (
  change: Partial<ExecutionSummary.ExecutionSummary> = {}
): ExecutionSummary.ExecutionSummary => ({
  id,
  flow: "release",
  status: "Running",
  attempt: 1,
  sequence: 1,
  source: "Sdk",
  startedAt: 1,
  attemptStartedAt: 1,
  steps: 1,
  completed: 0,
  ...change
})

const receipt: Executions.Receipt = { execution: id, status: "Interrupting", effect: "done" }

export interface Scripted extends Executions.ExecutionsShape {
  /** Method and arguments of each call. */
  readonly asked: Array<readonly [string, ...Array<unknown>]>
}

/** Answers every command with a receipt, has no flow, and one execution in its list. */
export const make = (script: Partial<Executions.ExecutionsShape> = {}): Scripted => {
  const asked: Scripted["asked"] = []
  const recorded =
    (name: string, answer: Effect.Effect<never, never> | Effect.Effect<Executions.Receipt>) =>
    (...args: Array<unknown>) =>
      Effect.suspend(() => {
        asked.push([name, ...args])
        return answer
      })
  const notFound = new ExecutionsError.ExecutionNotFound({ execution: id })
  return {
    asked,
    flows: Effect.succeed([]),
    start: (request) => Effect.fail(new ExecutionsError.FlowNotFound({ flow: request.flow, known: [] })),
    get: () => Effect.fail(notFound),
    list: () => Effect.succeed([summary()]),
    counts: () => Effect.succeed({ Running: 1 }),
    output: () => Effect.succeed(undefined),
    events: () => Stream.never,
    logs: () => Stream.never,
    interrupt: recorded("interrupt", Effect.succeed(receipt)),
    pause: recorded("pause", Effect.succeed(receipt)),
    resume: recorded("resume", Effect.succeed(receipt)),
    terminate: recorded("terminate", Effect.succeed(receipt)),
    undo: recorded("undo", Effect.succeed(receipt)),
    answer: recorded("answer", Effect.succeed(receipt)),
    ...script
  }
}

/** One that fails with the same error, whatever it is asked. */
export const failing = (error: ExecutionsError.ExecutionsError): Executions.ExecutionsShape => {
  // Errors of other methods than the real ones are sent all the same: what is tested is the way there and back.
  const fails = Effect.fail(error) as Effect.Effect<never>
  return make({
    flows: fails,
    start: () => fails,
    get: () => fails,
    list: () => fails,
    counts: () => fails,
    output: () => fails,
    events: () => Stream.fromEffect(fails),
    logs: () => Stream.fromEffect(fails),
    interrupt: () => fails,
    pause: () => fails,
    resume: () => fails,
    terminate: () => fails,
    undo: () => fails,
    answer: () => fails
  })
}
