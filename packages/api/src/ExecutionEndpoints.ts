/**
 * Reading executions: lists, states, outputs of steps, and the streams of events and of log lines.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { ExecutionStatus, ExecutionSummary } from "@halte/engine/model"
import * as Problem from "./Problem.ts"
import * as StateBody from "./StateBody.ts"
import * as EventFrame from "./EventFrame.ts"

const execution = { id: Schema.String }
const ofStep = { ...execution, stepId: Schema.String }
const errors = [Problem.ExecutionNotFound, ...Problem.always]

const Count = Schema.FiniteFromString.pipe(Schema.check(Schema.isInt(), Schema.isGreaterThanOrEqualTo(0)))

/**
 * The executions of a page that states no limit, and of the largest page.
 *
 * @since 0.1.0
 */
export const pageSize = 50
export const largestPage = 1000

/**
 * One page of a list, newest first. `next` is the cursor of the page after it, if there is one.
 *
 * @since 0.1.0
 */
export const Page = Schema.Struct({
  executions: Schema.Array(ExecutionSummary.ExecutionSummary),
  next: Schema.optionalKey(Schema.String)
})
export type Page = typeof Page.Type

// Both kinds of stream are bytes to the contract: what is in them is the same text that the store has.
const stream = HttpApiSchema.StreamUint8Array({ contentType: [EventFrame.sse, EventFrame.ndjson] })
const lines = HttpApiSchema.StreamUint8Array({ contentType: [EventFrame.text, EventFrame.sse, EventFrame.ndjson] })
const from = { after: Schema.optionalKey(Schema.String) }
const last = { "last-event-id": Schema.optionalKey(Schema.String) }

/**
 * The group `executions`.
 *
 * @since 0.1.0
 */
export const ExecutionEndpoints = HttpApiGroup.make("executions").add(
  HttpApiEndpoint.get("list", "/executions", {
    query: {
      status: Schema.optionalKey(Schema.Array(ExecutionStatus.ExecutionStatus)),
      flow: Schema.optionalKey(Schema.String),
      ending: Schema.optionalKey(Schema.String),
      cursor: Schema.optionalKey(Schema.String),
      limit: Schema.optionalKey(Count)
    },
    success: Page,
    error: Problem.always
  }),
  HttpApiEndpoint.get("get", "/executions/:id", {
    params: execution,
    headers: { "if-none-match": Schema.optionalKey(Schema.String) },
    success: [StateBody.Tagged, HttpApiSchema.Empty(304)],
    error: errors
  }),
  HttpApiEndpoint.get("output", "/executions/:id/outputs/:stepId", {
    params: ofStep,
    success: [Schema.Unknown, HttpApiSchema.NoContent],
    error: errors
  }),
  HttpApiEndpoint.get("events", "/executions/:id/events", {
    params: execution,
    query: from,
    headers: last,
    success: [stream, HttpApiSchema.NoContent],
    error: errors
  }),
  HttpApiEndpoint.get("logs", "/executions/:id/logs", {
    params: execution,
    query: { ...from, step: Schema.optionalKey(Schema.String) },
    headers: last,
    success: [lines, HttpApiSchema.NoContent],
    error: errors
  }),
  HttpApiEndpoint.get("stepLogs", "/executions/:id/logs/:stepId", {
    params: ofStep,
    query: from,
    headers: last,
    success: [lines, HttpApiSchema.NoContent],
    error: errors
  })
)
