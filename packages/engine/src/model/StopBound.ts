/**
 * How soon an execution stops: a promise computed from its running steps, printed at the moment of the request and
 * checked when it has stopped. A step that can't promise gives no bound and is named; a number is never invented.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import * as DurationText from "./DurationText.ts"

/**
 * `Within`: at most this many milliseconds, and the steps that take longest. `None`: the steps that promise nothing.
 *
 * @since 0.1.0
 */
export const StopBound = Schema.Union([
  Schema.TaggedStruct("Within", { millis: Schema.Number, steps: Schema.Array(Schema.String) }),
  Schema.TaggedStruct("None", { steps: Schema.Array(Schema.String) })
])
export type StopBound = typeof StopBound.Type

/**
 * The bound of an execution without a running step.
 *
 * @since 0.1.0
 */
export const atOnce: StopBound = { _tag: "Within", millis: 0, steps: [] }

/**
 * Joins the bounds of steps that stop side by side: the longest counts, and one step without a bound leaves none.
 *
 * @since 0.1.0
 */
export const longest = (bounds: Iterable<StopBound>): StopBound => {
  let millis = 0
  let steps: Array<string> = []
  const without: Array<string> = []
  for (const bound of bounds) {
    if (bound._tag === "None") without.push(...bound.steps)
    else if (bound.millis > millis) {
      millis = bound.millis
      steps = [...bound.steps]
    } else if (bound.millis === millis) steps.push(...bound.steps)
  }
  return without.length > 0 ? { _tag: "None", steps: without } : { _tag: "Within", millis, steps }
}

/**
 * The words for a bound: `within 5.5 s`, `at once`, `` no bound: `index` ``.
 *
 * @since 0.1.0
 */
export const toText = (bound: StopBound): string =>
  bound._tag === "None"
    ? `no bound: ${bound.steps.map((s) => `\`${s}\``).join(", ")}`
    : bound.millis === 0
      ? "at once"
      : `within ${DurationText.short(bound.millis)}`
