/**
 * What a drill says in the end, and on the way to it, as data.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { StopBound } from "@halte/engine"
import { DrillFinding, How } from "./DrillFinding.ts"

const optional = Schema.optionalKey

/**
 * What became of one point. `passed`: nothing was found; `not-reached`: this execution did not come to it.
 *
 * @since 0.1.0
 */
export const PointResult = Schema.Struct({
  point: Schema.String,
  how: How,
  result: Schema.Literals(["passed", "found", "not-reached"]),
  /** From the request to the stop. */
  stopMillis: optional(Schema.Number),
  /** What was promised at the moment of the request. */
  bound: optional(StopBound.StopBound),
  /** How the execution ended when it was stopped: `Completed` where the request came too late. */
  stopped: optional(Schema.String),
  tookMillis: Schema.Number,
  findings: Schema.Array(DrillFinding),
  /** Where its files are, when they were kept. */
  kept: optional(Schema.String)
})
export type PointResult = typeof PointResult.Type

/**
 * What was copied for each execution.
 *
 * @since 0.1.0
 */
export const Copied = Schema.Struct({
  directory: Schema.String,
  files: Schema.Int,
  bytes: Schema.Int,
  /** Directories that are linked instead. */
  linked: Schema.Array(Schema.String)
})
export type Copied = typeof Copied.Type

/**
 * The uninterrupted executions that the others are compared with.
 *
 * @since 0.1.0
 */
export const Baseline = Schema.Struct({
  outcome: Schema.Literals(["Completed", "Failed"]),
  tookMillis: Schema.Number,
  steps: Schema.Int,
  /** Points that it passed, and how many of them were taken. */
  points: Schema.Int,
  taken: Schema.Int,
  /** Values and files that are different each time: they are not compared, or only their number is. */
  differsByItself: Schema.Array(Schema.String)
})
export type Baseline = typeof Baseline.Type

/**
 * The whole of a drill. `status`: `clean` when nothing was found that counts; `failed` when the flow does not run at all
 * uninterrupted; `interrupted` when the drill itself was stopped.
 *
 * @since 0.1.0
 */
export const DrillReport = Schema.Struct({
  version: Schema.Literal(1),
  flow: Schema.String,
  status: Schema.Literals(["clean", "findings", "failed", "interrupted"]),
  seed: Schema.Int,
  tookMillis: Schema.Number,
  copied: Copied,
  baseline: optional(Baseline),
  /** Why there is no baseline. */
  failure: optional(Schema.Struct({ step: Schema.String, code: Schema.String, message: Schema.String })),
  points: Schema.Array(PointResult),
  findings: Schema.Array(DrillFinding),
  /** The longest time from a request to the stop, and where. */
  slowest: optional(Schema.Struct({ point: Schema.String, stopMillis: Schema.Number }))
})
export type DrillReport = typeof DrillReport.Type

/**
 * What a drill tells on its way.
 *
 * @since 0.1.0
 */
export type DrillEvent =
  | {
      readonly type: "copied"
      readonly copied: Copied
      /** The temporary directory that holds everything until the end. */
      readonly root: string
    }
  | { readonly type: "baseline"; readonly baseline: Baseline }
  | {
      readonly type: "point"
      readonly result: PointResult
      readonly done: number
      readonly total: number
      /** As far as can be said. */
      readonly leftMillis: number
    }
