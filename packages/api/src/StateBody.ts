/**
 * The bodies that say how an execution and a flow are. They are interfaces, so that the types of endpoints name them
 * instead of what they are made of.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { type ExecutionState, ExecutionStateJson, FlowDescription } from "@halte/engine/model"

/**
 * The state of an execution.
 *
 * @since 0.1.0
 */
export interface State extends Schema.Codec<ExecutionState.ExecutionState, unknown> {}
export const State: State = ExecutionStateJson.ExecutionStateJson

/**
 * A flow as data.
 *
 * @since 0.1.0
 */
export interface Flow extends Schema.Codec<FlowDescription.FlowDescription, unknown> {}
export const Flow: Flow = FlowDescription.FlowDescription

/**
 * An execution that was accepted, and where it is.
 *
 * @since 0.1.0
 */
export interface Accepted extends Schema.Codec<
  HttpApiSchema.withHeaders<ExecutionState.ExecutionState, { readonly location: string }>,
  unknown
> {}
export const Accepted: Accepted = HttpApiSchema.WithHeaders(State.pipe(HttpApiSchema.status(202)), {
  location: Schema.String
})

/**
 * The state of an execution, and its sequence as a validator.
 *
 * @since 0.1.0
 */
export interface Tagged extends Schema.Codec<
  HttpApiSchema.withHeaders<ExecutionState.ExecutionState, { readonly etag?: string }>,
  unknown
> {}
export const Tagged: Tagged = HttpApiSchema.WithHeaders(State, { etag: Schema.optionalKey(Schema.String) })

interface TaggedBody<Self> extends Schema.Codec<HttpApiSchema.withHeaders<Self, { readonly etag?: string }>, unknown> {}

/**
 * All flows, and one, with validators.
 *
 * @since 0.1.0
 */
export interface Flows extends TaggedBody<{ readonly flows: ReadonlyArray<FlowDescription.FlowDescription> }> {}
export const Flows: Flows = HttpApiSchema.WithHeaders(Schema.Struct({ flows: Schema.Array(Flow) }), {
  etag: Schema.optionalKey(Schema.String)
})
export interface OneFlow extends TaggedBody<FlowDescription.FlowDescription> {}
export const OneFlow: OneFlow = HttpApiSchema.WithHeaders(Flow, { etag: Schema.optionalKey(Schema.String) })
