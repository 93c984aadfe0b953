/**
 * The flows that a server knows, and starting one.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import * as CommandBody from "./CommandBody.ts"
import * as Parameter from "./Parameter.ts"
import * as Problem from "./Problem.ts"
import * as StateBody from "./StateBody.ts"

/**
 * The longest `Idempotency-Key`, in characters.
 *
 * @since 0.1.0
 */
export const longestKey = 255

/**
 * The group `flows`.
 *
 * @since 0.1.0
 */
export const FlowEndpoints = HttpApiGroup.make("flows")
  .add(
    HttpApiEndpoint.get("list", "/flows", {
      headers: Parameter.known,
      success: [StateBody.Flows, HttpApiSchema.Empty(304)],
      error: Problem.reading
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "listFlows",
        summary: "The flows that can be started",
        description: "Each with the schema of its params and its steps."
      })
    ),
    HttpApiEndpoint.get("get", "/flows/:flowId", {
      params: Parameter.flow,
      headers: Parameter.known,
      success: [StateBody.OneFlow, HttpApiSchema.Empty(304)],
      error: [Problem.FlowNotFound, ...Problem.reading]
    }).annotateMerge(OpenApi.annotations({ identifier: "getFlow", summary: "One flow" })),
    HttpApiEndpoint.post("start", "/flows/:flowId/executions", {
      params: Parameter.flow,
      headers: {
        "idempotency-key": Schema.optionalKey(
          Schema.String.pipe(Schema.check(Schema.isMinLength(1), Schema.isMaxLength(longestKey))).annotate({
            description:
              "The same key and the same request again answer the execution that the first one started, for as long as its record is kept. Without a key each request starts one."
          })
        )
      },
      payload: CommandBody.Start,
      success: StateBody.Accepted,
      error: [
        Problem.FlowNotFound,
        Problem.FlowDiffers,
        Problem.FlowInvalid,
        Problem.FlowBusy,
        Problem.InvalidParams,
        // It may be gone before it is read: what an engine keeps, it may also remove.
        Problem.ExecutionNotFound,
        ...Problem.keyed,
        ...Problem.beginning,
        ...Problem.commanding
      ]
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "startExecution",
        summary: "Start an execution of a flow",
        description: "Answers once its start is stored. It promises nothing about steps: none may have begun."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Flows", description: "What can be started." }))
