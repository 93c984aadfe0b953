/**
 * Steps that wait for time. They stop at once, and go on with the rest of the time.
 *
 * @since 0.1.0
 */
import { Clock, Duration, Effect } from "effect"
import * as DurationText from "./model/DurationText.ts"
import { fromParts, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

const stops = { withinMillis: 0, text: "at once" }

/**
 * Makes a step that waits. Stopped and resumed, it waits for what was left.
 *
 * **Example** (Giving a service time to settle)
 *
 * ```ts
 * const settle = Step.sleep("settle", { duration: "30 seconds", after: "deploy" })
 * ```
 *
 * @since 0.1.0
 */
export const sleep = <const Name extends string, const I extends Inputs = {}>(
  name: Name,
  options: Options<I> & { readonly duration: Duration.Input }
): Step<Name, void, never, never> => {
  const { duration, ...rest } = options
  const millis = Duration.toMillis(duration)
  return fromParts({
    name,
    kind: "sleep",
    options: rest,
    stops,
    source: millis,
    detail: DurationText.short(millis),
    body: (_: never, step: StepContextShape) => wait(typeof step.cursor === "number" ? step.cursor : millis, step)
  })
}

/**
 * Makes a step that waits for a moment: milliseconds since 1970. One that has passed is no wait.
 *
 * @since 0.1.0
 */
export const until = <const Name extends string, const I extends Inputs = {}>(
  name: Name,
  options: Options<I> & { readonly time: number }
): Step<Name, void, never, never> => {
  const { time, ...rest } = options
  return fromParts({
    name,
    kind: "sleep",
    options: rest,
    stops,
    source: time,
    detail: new Date(time).toISOString(),
    body: (_: never, step: StepContextShape) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => wait(Math.max(0, time - now), step))
  })
}

// The cursor is the time that is left.
const wait = (millis: number, step: StepContextShape) =>
  Effect.map(StoppingPoint.sleep(millis), (left) => (left > 0 ? step.interrupted({ cursor: left }) : undefined))
