/**
 * What commands say, and what they are answered.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ExecutionId, ExecutionStatus, InterruptStrategy } from "@halte/engine/model"

/**
 * The doors that a client may say it stands for. The other sources of requests belong to the engine itself.
 *
 * @since 0.1.0
 */
export const StatedSource = Schema.Literals(["Cli", "Http", "Page", "Desktop", "Sdk", "Cluster"])
export type StatedSource = typeof StatedSource.Type

const asked = {
  /** @default "Http" */
  source: Schema.optionalKey(StatedSource),
  by: Schema.optionalKey(Schema.String)
}
const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/**
 * Of `POST /flows/{flowId}/executions`: a start request without what the path and the header say.
 *
 * @since 0.1.0
 */
export const Start = Schema.Struct({
  ...asked,
  params: Schema.optionalKey(Schema.Unknown),
  strategy: Schema.optionalKey(InterruptStrategy.InterruptStrategy),
  stopAfter: Schema.optionalKey(Count),
  fingerprint: Schema.optionalKey(Schema.String)
})
export type Start = typeof Start.Type

/**
 * Of `interrupt` and `terminate`.
 *
 * @since 0.1.0
 */
export const Interrupt = Schema.Struct({
  ...asked,
  reason: Schema.optionalKey(Schema.String),
  via: Schema.optionalKey(Schema.String),
  strategy: Schema.optionalKey(InterruptStrategy.InterruptStrategy)
})
export type Interrupt = typeof Interrupt.Type

/**
 * Of `pause`.
 *
 * @since 0.1.0
 */
export const Pause = Schema.Struct(asked)
export type Pause = typeof Pause.Type

/**
 * Of `resume`.
 *
 * @since 0.1.0
 */
export const Resume = Schema.Struct({
  ...asked,
  rerun: Schema.optionalKey(Schema.Array(Schema.String)),
  params: Schema.optionalKey(Schema.Unknown),
  definition: Schema.optionalKey(Schema.Literals(["stored", "current"])),
  stopAfter: Schema.optionalKey(Count)
})
export type Resume = typeof Resume.Type

/**
 * Of the answer to a gate. Without `value` the gate is given `undefined`.
 *
 * @since 0.1.0
 */
export const Answer = Schema.Struct({ ...asked, value: Schema.optionalKey(Schema.Unknown) })
export type Answer = typeof Answer.Type

/**
 * The answer to a command: the state it left behind, and what it did.
 *
 * @since 0.1.0
 */
export const Receipt = Schema.Struct({
  execution: ExecutionId.ExecutionId,
  status: ExecutionStatus.ExecutionStatus,
  effect: Schema.Literals(["done", "repeat", "late", "none"])
})
export type Receipt = typeof Receipt.Type
