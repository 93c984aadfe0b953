/**
 * How soon a request to stop is honoured. The names are those of the Rust crate `interruptible`.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * - `FinishCurrent`: running steps go to their next stopping point, no new step starts.
 * - `PollNextN`: `n` more steps may start; these and the running ones go to their end undisturbed, then it stops.
 * - `IgnoreInterruptions`: the request is recorded and nothing else happens; only terminate ends such an execution.
 *
 * @since 0.1.0
 */
export const InterruptStrategy = Schema.Union([
  Schema.TaggedStruct("FinishCurrent", {}),
  Schema.TaggedStruct("PollNextN", { n: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))) }),
  Schema.TaggedStruct("IgnoreInterruptions", {})
])
export type InterruptStrategy = typeof InterruptStrategy.Type

/**
 * Stops at the next stopping points: what an execution does when nothing else is said.
 *
 * @since 0.1.0
 */
export const FinishCurrent: InterruptStrategy = { _tag: "FinishCurrent" }

/**
 * Lets `n` more steps start, then stops between steps. `n` = 0 lets the running steps, processes too, finish.
 *
 * @since 0.1.0
 */
export const PollNextN = (n: number): InterruptStrategy => ({ _tag: "PollNextN", n })

/**
 * Never stops on request.
 *
 * @since 0.1.0
 */
export const IgnoreInterruptions: InterruptStrategy = { _tag: "IgnoreInterruptions" }

/**
 * The strategy that counts when a request with `requested` reaches a flow with `declared`: the request's, save that
 * nothing replaces `IgnoreInterruptions` and no request can bring it.
 *
 * @since 0.1.0
 */
export const resolve = (declared: InterruptStrategy, requested: InterruptStrategy | undefined): InterruptStrategy =>
  declared._tag === "IgnoreInterruptions" || requested === undefined || requested._tag === "IgnoreInterruptions"
    ? declared
    : requested

/**
 * Whether `next` stops sooner than `current` with `left` more steps allowed: only then a repeated request changes
 * anything.
 *
 * @since 0.1.0
 */
export const isSooner = (next: InterruptStrategy, current: InterruptStrategy, left: number): boolean => {
  if (current._tag !== "PollNextN") return false
  return next._tag === "FinishCurrent" || (next._tag === "PollNextN" && next.n < left)
}

/**
 * A strategy as flow files write it: `finish-current`, `{ next: 3 }`, `ignore`.
 *
 * @since 0.1.0
 */
export const toText = (strategy: InterruptStrategy): string => {
  switch (strategy._tag) {
    case "FinishCurrent":
      return "finish-current"
    case "PollNextN":
      return `next ${strategy.n}`
    case "IgnoreInterruptions":
      return "ignore"
  }
}
