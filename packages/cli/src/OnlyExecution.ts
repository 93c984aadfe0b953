/**
 * What a page is given that belongs to one run in a terminal: everything of the project to look at, and nothing more to
 * start, since the process ends with that run.
 */
import { type ExecutionId, type Executions, ExecutionsError, ExecutionStatus } from "@halte/engine/model"
import { Deferred, Effect } from "effect"

/** Starts and resumes of others are refused by the name of the execution, as soon as it has one. */
export const make = (
  executions: Executions.ExecutionsShape,
  flow: string,
  started: Deferred.Deferred<ExecutionId.ExecutionId>
): Executions.ExecutionsShape => {
  const busy = (execution: ExecutionId.ExecutionId) => Effect.fail(new ExecutionsError.FlowBusy({ flow, execution }))
  return {
    ...executions,
    start: () => Effect.flatMap(Deferred.await(started), busy),
    resume: (id, request) =>
      Effect.flatMap(Deferred.await(started), (only) =>
        id === only
          ? Effect.flatMap(executions.get(id), ({ status }) =>
              ExecutionStatus.isEnded(status) ? over : executions.resume(id, request)
            )
          : busy(only)
      )
  }
}

const over = Effect.fail(
  new ExecutionsError.ExecutionsUnavailable({
    reason: "the run that this server belongs to has ended: resume it in a terminal, or in one of `halte serve`"
  })
)
