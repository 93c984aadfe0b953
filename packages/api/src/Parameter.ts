/**
 * Parts of addresses and headers that several endpoints take, each described once.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

const text = (description: string) => Schema.String.annotate({ description })

/**
 * The id of an execution in a path.
 *
 * @since 0.1.0
 */
export const execution = { id: text("The id of the execution, in full: 20 characters.") }

/**
 * The id of one of its steps, after it.
 *
 * @since 0.1.0
 */
export const step = {
  ...execution,
  stepId: text("The full id of the step, percent-encoded: `upload%2Fpart-2`.")
}

/**
 * The name of a flow in a path.
 *
 * @since 0.1.0
 */
export const flow = { flowId: text("The name of the flow.") }

/**
 * The validator that a reader has.
 *
 * @since 0.1.0
 */
export const known = {
  "if-none-match": Schema.optionalKey(text("The `ETag` of what the reader has: 304 when that is still so."))
}

/**
 * Where a stream goes on, as the address says it.
 *
 * @since 0.1.0
 */
export const after = {
  after: Schema.optionalKey(text("The last sequence that the reader has. The header `Last-Event-ID` counts more."))
}

/**
 * Where a stream goes on, as a browser says it that comes back.
 *
 * @since 0.1.0
 */
export const lastEventId = {
  "last-event-id": Schema.optionalKey(text("The last sequence that the reader has: what follows is sent."))
}
