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

const said = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

const asked = {
  /** @default "Http" */
  source: Schema.optionalKey(
    StatedSource.annotate({ description: "Through which front end the request comes. `Http`, where nothing is said." })
  ),
  by: said("Who asks, as the caller claims. It is recorded, and nothing is decided by it.")
}
const stopAfter = Schema.optionalKey(
  Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))).annotate({
    description: "Stops by itself after so many steps have started."
  })
)
const strategy = (description: string) =>
  Schema.optionalKey(InterruptStrategy.InterruptStrategy.annotate({ description }))

/**
 * Of `POST /flows/{flowId}/executions`: a start request without what the path and the header say.
 *
 * @since 0.1.0
 */
export const Start = Schema.Struct({
  ...asked,
  params: Schema.optionalKey(
    Schema.Unknown.annotate({ description: "What the flow is given. Its schema is `params` of the flow." })
  ),
  strategy: strategy("How soon this execution honors requests to stop, instead of what its flow says."),
  stopAfter,
  fingerprint: said("The start is refused when the flow of this name has another fingerprint.")
})
export type Start = typeof Start.Type

/**
 * Of `interrupt` and `terminate`.
 *
 * @since 0.1.0
 */
export const Interrupt = Schema.Struct({
  ...asked,
  reason: said("Why, for those who read the record."),
  via: said("How the request arrived, for people: `SIGINT`, `the button`."),
  strategy: strategy("How soon this request is to be honored, instead of what the execution says.")
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
  rerun: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({ description: "Steps with `idempotent: false` that may run again." })
  ),
  params: Schema.optionalKey(Schema.Unknown.annotate({ description: "Changed params, and secrets again." })),
  definition: Schema.optionalKey(
    Schema.Literals(["stored", "current"]).annotate({
      description: "Which definition counts, when the flow is another one now than when it was started."
    })
  ),
  stopAfter
})
export type Resume = typeof Resume.Type

/**
 * Of `undo`.
 *
 * @since 0.1.0
 */
export const Undo = Schema.Struct({
  ...asked,
  reason: said("Why, for those who read the record."),
  steps: Schema.optionalKey(
    Schema.Array(Schema.String).annotate({
      description: "Steps and groups to take back, by id or by the end of one. All that completed, where none is named."
    })
  ),
  params: Schema.optionalKey(Schema.Unknown.annotate({ description: "Secrets again, where they are not known." })),
  definition: Schema.optionalKey(
    Schema.Literals(["stored", "current"]).annotate({
      description: "Which definition counts, when the flow is another one now than when it was started."
    })
  )
})
export type Undo = typeof Undo.Type

/**
 * Of the answer to a gate. Without `value` the gate is given `undefined`.
 *
 * @since 0.1.0
 */
export const Answer = Schema.Struct({
  ...asked,
  value: Schema.optionalKey(Schema.Unknown.annotate({ description: "The answer. Its schema is in the gate." })),
  reject: Schema.optionalKey(
    Schema.Boolean.annotate({
      description:
        "Says no, whatever the gate asks for: the step fails with `gate-rejected`. `value` doesn't count then."
    })
  ),
  reason: said("Why, for those who read the record.")
})
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
