/**
 * Commands to executions. Each is a request, and the record stays: none is a DELETE.
 *
 * @since 0.1.0
 */
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import * as CommandBody from "./CommandBody.ts"
import * as Parameter from "./Parameter.ts"
import * as Problem from "./Problem.ts"

const params = Parameter.execution

// 202: it was passed on, or had been before. 200: nothing changes, since it is already so, or the execution has ended.
const success = [
  CommandBody.Receipt.pipe(HttpApiSchema.status(202)).annotate({
    description: "It was passed on (`done`), or had been asked before (`repeat`)."
  }),
  CommandBody.Receipt.annotate({
    description: "Nothing changes: it is already so (`none`), or the execution had ended (`late`)."
  })
] as const
const error = [Problem.ExecutionNotFound, Problem.CommandRefused, ...Problem.commanding]

/**
 * The group `commands`.
 *
 * @since 0.1.0
 */
export const CommandEndpoints = HttpApiGroup.make("commands")
  .add(
    HttpApiEndpoint.post("interrupt", "/executions/:id/interrupt", {
      params,
      payload: CommandBody.Interrupt,
      success,
      error
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "interruptExecution",
        summary: "Ask an execution to stop at its next stopping points",
        description:
          "Answers once the request is recorded, not once the execution has stopped: read its events for that. Asking again changes nothing, unless the new strategy stops sooner. Asking after the end is recorded as late."
      })
    ),
    HttpApiEndpoint.post("pause", "/executions/:id/pause", {
      params,
      payload: CommandBody.Pause,
      success,
      error
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "pauseExecution",
        summary: "Hold an execution at its next stopping points",
        description: "It goes on with `resume`, in the same attempt, for as long as its engine lives."
      })
    ),
    HttpApiEndpoint.post("resume", "/executions/:id/resume", {
      params,
      payload: CommandBody.Resume,
      success,
      error: [Problem.InvalidParams, Problem.FlowNotFound, Problem.FlowBusy, ...Problem.beginning, ...error]
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "resumeExecution",
        summary: "Let a paused execution go on, or begin the next attempt of one that has ended",
        description:
          "The id stays the same. What completed is kept; a loop goes on from its cursor; everything else that had begun runs again."
      })
    ),
    HttpApiEndpoint.post("terminate", "/executions/:id/terminate", {
      params,
      payload: CommandBody.Interrupt,
      success,
      error
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "terminateExecution",
        summary: "End an execution by force",
        description:
          "Kills what is left of process trees and ends fibers and workers. No clean-up runs. What was under way may be half done: its end names it."
      })
    ),
    HttpApiEndpoint.post("undo", "/executions/:id/undo", {
      params,
      payload: CommandBody.Undo,
      success,
      error: [Problem.InvalidParams, Problem.FlowNotFound, Problem.FlowBusy, ...Problem.beginning, ...error]
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "undoExecution",
        summary: "Take back what completed, in reverse order",
        description:
          "Begins an attempt of an execution that has ended, whose only work is the `undo` of completed steps and groups, the last one that completed first. What was taken back counts as not started. It ends as Interrupted, with the cause `Undo`, or as Failed where an `undo` failed."
      })
    ),
    HttpApiEndpoint.post("answer", "/executions/:id/gates/:stepId", {
      params: Parameter.step,
      payload: CommandBody.Answer,
      success,
      error
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "answerGate",
        summary: "Answer a gate",
        description: "A step that waits for a person. What it asks, and which answers it takes, is in its state."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Commands", description: "What can be asked of an execution." }))
