/**
 * Steps that wait for time. They stop at once, and go on with the rest of the time.
 *
 * @since 0.1.0
 */
import { Clock, Duration, Effect } from "effect"
import * as DurationText from "./model/DurationText.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

const stops = { withinMillis: 0, text: "at once" }

/**
 * A time that is known when the step runs only: what gives it, and how views name it.
 */
type Computed<I extends Inputs, A> = A | ((input: InputOf<I>, step: StepContextShape) => A | Effect.Effect<A, unknown>)

/**
 * Makes a step that waits. Stopped and resumed, it waits for what was left.
 *
 * **Example** (Giving a service time to settle)
 *
 * ```ts
 * const settle = Step.sleep("settle", { duration: "30 seconds", after: "deploy" })
 * const pause = Step.make("pause", { run: () => 5 })
 * const rest = Step.sleep("rest", { input: { pause }, duration: ({ pause }) => `${pause} seconds` })
 * ```
 *
 * @since 0.1.0
 */
export const sleep = <const Name extends string, const I extends Inputs = {}>(
  name: Name,
  options: Options<I> & {
    /** May be computed from the inputs. */
    readonly duration: Computed<I, Duration.Input>
    readonly detail?: string | undefined
  }
): Step<Name, void, never, never> => {
  const { detail, duration, ...rest } = options
  const millis = typeof duration === "function" ? undefined : Duration.toMillis(duration)
  return fromParts({
    name,
    kind: "sleep",
    options: rest,
    stops,
    source: millis ?? duration,
    detail: detail ?? (millis === undefined ? undefined : DurationText.short(millis)),
    body: (input: InputOf<I>, step: StepContextShape) => {
      if (typeof step.cursor === "number") return wait(step.cursor, step)
      return millis === undefined
        ? Effect.flatMap(given(duration, input, step), (found) => wait(Duration.toMillis(found), step))
        : wait(millis, step)
    }
  })
}

/**
 * Makes a step that waits for a moment: milliseconds since 1970. One that has passed is no wait.
 *
 * @since 0.1.0
 */
export const until = <const Name extends string, const I extends Inputs = {}>(
  name: Name,
  options: Options<I> & {
    /** May be computed from the inputs. */
    readonly time: Computed<I, number>
    readonly detail?: string | undefined
  }
): Step<Name, void, never, never> => {
  const { detail, time, ...rest } = options
  return fromParts({
    name,
    kind: "sleep",
    options: rest,
    stops,
    source: time,
    detail: detail ?? (typeof time === "function" ? undefined : new Date(time).toISOString()),
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.flatMap(given(time, input, step), (moment) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => wait(Math.max(0, moment - now), step))
      )
  })
}

const given = <I extends Inputs, A>(
  computed: Computed<I, A>,
  input: InputOf<I>,
  step: StepContextShape
): Effect.Effect<A, unknown> => {
  if (typeof computed !== "function") return Effect.succeed(computed)
  const result = (computed as (input: InputOf<I>, step: StepContextShape) => A | Effect.Effect<A, unknown>)(input, step)
  return Effect.isEffect(result) ? (result as Effect.Effect<A, unknown>) : Effect.succeed(result)
}

// The cursor is the time that is left.
const wait = (millis: number, step: StepContextShape) =>
  Effect.map(StoppingPoint.sleep(millis), (left) => (left > 0 ? step.interrupted({ cursor: left }) : undefined))
