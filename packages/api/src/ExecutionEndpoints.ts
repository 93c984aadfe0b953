/**
 * Reading executions: lists, states, outputs of steps, and the streams of events and of log lines.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ExecutionStatus, ExecutionSummary } from "@halte/engine/model"
import * as EventFrame from "./EventFrame.ts"
import * as GraphBody from "./GraphBody.ts"
import * as Parameter from "./Parameter.ts"
import * as Problem from "./Problem.ts"
import * as StateBody from "./StateBody.ts"

const errors = [Problem.ExecutionNotFound, ...Problem.reading]

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
  next: Schema.optionalKey(
    Schema.String.annotate({ description: "The cursor of the next page. Absent on the last one." })
  )
})
export type Page = typeof Page.Type

/**
 * How many executions there are in each state; a state that none is in has no field.
 *
 * @since 0.1.0
 */
export const Counts = Schema.Struct({
  total: Schema.Int,
  counts: Schema.Struct(
    Object.fromEntries(
      ExecutionStatus.ExecutionStatus.literals.map((status) => [status, Schema.optionalKey(Schema.Int)])
    ) as { readonly [Status in ExecutionStatus.ExecutionStatus]: Schema.optionalKey<typeof Schema.Int> }
  )
})
export type Counts = typeof Counts.Type

// Both kinds of stream are bytes to the contract: what is in them is the same text that the store has.
const stream = HttpApiSchema.StreamUint8Array({ contentType: [EventFrame.sse, EventFrame.ndjson] })
const lines = HttpApiSchema.StreamUint8Array({ contentType: [EventFrame.text, EventFrame.sse, EventFrame.ndjson] })

const ofFlow = {
  flow: Schema.optionalKey(Schema.String.annotate({ description: "Only those of the flow of this name." }))
}

/**
 * The group `executions`.
 *
 * @since 0.1.0
 */
export const ExecutionEndpoints = HttpApiGroup.make("executions")
  .add(
    HttpApiEndpoint.get("list", "/executions", {
      query: {
        status: Schema.optionalKey(
          Schema.Array(ExecutionStatus.ExecutionStatus).annotate({
            description: "Only those in these states. The parameter may be repeated."
          })
        ),
        ...ofFlow,
        ending: Schema.optionalKey(
          Schema.String.annotate({ description: "Only those whose id ends so: how a person names one." })
        ),
        children: Schema.optionalKey(
          Schema.Literals(["true", "false"]).annotate({
            description: "`false` leaves out the executions of sub-flows, which their parents name."
          })
        ),
        cursor: Schema.optionalKey(Schema.String.annotate({ description: "`next` of the page before." })),
        limit: Schema.optionalKey(Count.annotate({ description: "How many at most." }))
      },
      headers: Parameter.known,
      success: [HttpApiSchema.WithHeaders(Page, { etag: Schema.optionalKey(Schema.String) }), HttpApiSchema.Empty(304)],
      error: Problem.reading
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "listExecutions",
        summary: "Executions, newest first",
        description: "A line of each: what it is, its state, how far it has come and where it stopped."
      })
    ),
    HttpApiEndpoint.get("counts", "/executions/counts", {
      query: ofFlow,
      success: Counts,
      error: Problem.reading
    }).annotateMerge(
      OpenApi.annotations({ identifier: "countExecutions", summary: "How many executions are in each state" })
    ),
    HttpApiEndpoint.get("get", "/executions/:id", {
      params: Parameter.execution,
      headers: Parameter.known,
      success: [StateBody.Tagged, HttpApiSchema.Empty(304)],
      error: errors
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "getExecution",
        summary: "The state of an execution",
        description:
          "The fold of its events so far: every step, every request to stop, every process, and how it ended. `ETag` is the sequence of the last event."
      })
    ),
    HttpApiEndpoint.get("graph", "/executions/:id/graph", {
      params: Parameter.execution,
      headers: Parameter.known,
      success: [
        HttpApiSchema.WithHeaders(GraphBody.Graph, { etag: Schema.optionalKey(Schema.String) }),
        HttpApiSchema.Empty(304)
      ],
      error: errors
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "getGraph",
        summary: "The graph of an execution",
        description:
          "Its steps and groups as a list of nodes with their states, and what waits for what as a list of edges. An edge is `passed` once what it comes from is over."
      })
    ),
    HttpApiEndpoint.get("output", "/executions/:id/outputs/:stepId", {
      params: Parameter.step,
      success: [
        Schema.Unknown.annotate({ description: "The value alone, of any kind of JSON." }),
        HttpApiSchema.NoContent
      ],
      error: errors
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "getOutput",
        summary: "What a completed step gave",
        description: "Also a value that is too large for its event."
      })
    ),
    HttpApiEndpoint.get("events", "/executions/:id/events", {
      params: Parameter.execution,
      query: Parameter.after,
      headers: Parameter.lastEventId,
      success: [stream, HttpApiSchema.NoContent],
      error: [...errors, ...Problem.streaming]
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "streamEvents",
        summary: "The events of an execution: those recorded, then those that happen",
        description:
          "Server-sent events by default, lines of JSON on request. `id` is the sequence, `event` the type, `data` the event. Ends after the end of the execution. A reader that was cut off comes back with the last id that it has, and misses nothing."
      })
    ),
    HttpApiEndpoint.get("logs", "/executions/:id/logs", {
      params: Parameter.execution,
      query: {
        ...Parameter.after,
        step: Schema.optionalKey(Schema.String.annotate({ description: "Only lines of the step of this id." }))
      },
      headers: Parameter.lastEventId,
      success: [lines, HttpApiSchema.NoContent],
      error: [...errors, ...Problem.streaming]
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "streamLogs",
        summary: "The lines that steps wrote",
        description: "As text by default; as server-sent events or lines of JSON on request. Ends with the execution."
      })
    ),
    HttpApiEndpoint.get("stepLogs", "/executions/:id/logs/:stepId", {
      params: Parameter.step,
      query: Parameter.after,
      headers: Parameter.lastEventId,
      success: [lines, HttpApiSchema.NoContent],
      error: [...errors, ...Problem.streaming]
    }).annotateMerge(OpenApi.annotations({ identifier: "streamStepLogs", summary: "The lines that one step wrote" }))
  )
  .annotateMerge(OpenApi.annotations({ title: "Executions", description: "What was started, and what became of it." }))
