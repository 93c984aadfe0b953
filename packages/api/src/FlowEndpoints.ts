/**
 * The flows that a server knows, and starting one.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup } from "effect/http-api"
import * as CommandBody from "./CommandBody.ts"
import * as Problem from "./Problem.ts"
import * as StateBody from "./StateBody.ts"

const flow = { flowId: Schema.String }

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
export const FlowEndpoints = HttpApiGroup.make("flows").add(
  HttpApiEndpoint.get("list", "/flows", {
    success: Schema.Struct({ flows: Schema.Array(StateBody.Flow) }),
    error: Problem.always
  }),
  HttpApiEndpoint.get("get", "/flows/:flowId", {
    params: flow,
    success: StateBody.Flow,
    error: [Problem.FlowNotFound, ...Problem.always]
  }),
  HttpApiEndpoint.post("start", "/flows/:flowId/executions", {
    params: flow,
    headers: {
      "idempotency-key": Schema.optionalKey(
        Schema.String.pipe(Schema.check(Schema.isMinLength(1), Schema.isMaxLength(longestKey)))
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
      ...Problem.always
    ]
  })
)
