/**
 * Commands to executions. Each is a request, and the record stays: none is a DELETE.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import * as CommandBody from "./CommandBody.ts"
import * as Problem from "./Problem.ts"

const params = { id: Schema.String }

// 202: it was passed on, or had been before. 200: nothing changes, since it is already so, or the execution has ended.
const success = [CommandBody.Receipt.pipe(HttpApiSchema.status(202)), CommandBody.Receipt] as const
const error = [Problem.ExecutionNotFound, Problem.CommandRefused, ...Problem.always]

/**
 * The group `commands`.
 *
 * @since 0.1.0
 */
export const CommandEndpoints = HttpApiGroup.make("commands").add(
  HttpApiEndpoint.post("interrupt", "/executions/:id/interrupt", {
    params,
    payload: CommandBody.Interrupt,
    success,
    error
  }),
  HttpApiEndpoint.post("pause", "/executions/:id/pause", { params, payload: CommandBody.Pause, success, error }),
  HttpApiEndpoint.post("resume", "/executions/:id/resume", {
    params,
    payload: CommandBody.Resume,
    success,
    error: [Problem.InvalidParams, Problem.FlowNotFound, Problem.FlowBusy, ...error]
  }),
  HttpApiEndpoint.post("terminate", "/executions/:id/terminate", {
    params,
    payload: CommandBody.Interrupt,
    success,
    error
  }),
  HttpApiEndpoint.post("answer", "/executions/:id/gates/:stepId", {
    params: { ...params, stepId: Schema.String },
    payload: CommandBody.Answer,
    success,
    error
  })
)
