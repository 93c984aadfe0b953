/**
 * Exactly where an execution stopped: every step of the flow is in one of these lists and in no other.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * A step that stopped half-way, and where: the cursor is where the next attempt goes on, `done` of `total` what people
 * read.
 *
 * @since 0.1.0
 */
export const StoppedAt = Schema.Struct({
  step: Schema.String,
  cursor: Schema.optionalKey(Schema.Unknown),
  done: Schema.optionalKey(Schema.Number),
  total: Schema.optionalKey(Schema.Number)
})
export type StoppedAt = typeof StoppedAt.Type

/**
 * The lists by what became of the steps; each step is in exactly one of them, in the order of the definition.
 *
 * @since 0.1.0
 */
export const Partition = Schema.Struct({
  completed: Schema.Array(Schema.String),
  interrupted: Schema.Array(StoppedAt),
  terminated: Schema.Array(Schema.String),
  failed: Schema.Array(Schema.String),
  skipped: Schema.Array(Schema.String),
  notStarted: Schema.Array(Schema.String)
})
export type Partition = typeof Partition.Type

/**
 * The number of steps in a partition.
 *
 * @since 0.1.0
 */
export const size = (p: Partition): number =>
  p.completed.length +
  p.interrupted.length +
  p.terminated.length +
  p.failed.length +
  p.skipped.length +
  p.notStarted.length
