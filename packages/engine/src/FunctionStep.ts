/**
 * Steps that call a function in the engine's thread.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Schema } from "effect"
import * as DurationText from "./model/DurationText.ts"
import { ValueMismatch } from "./OutputCheck.ts"
import * as SchemaProblems from "./SchemaProblems.ts"
import {
  type ErrorOf,
  fromParts,
  type InputOf,
  type Inputs,
  type Options,
  type ServicesOf,
  type Step,
  type ValueOf
} from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"

/**
 * Makes a step of a function that returns a value, a Promise or an Effect.
 *
 * **Details**
 *
 * An Effect runs in a fiber of its own with `StepContext` provided; a Promise or a value costs no fiber. A body that
 * was told to stop (by `StoppingPoint`, `step.stop` or `step.signal`'s reader returning `step.interrupted`) and then
 * returns has stopped half-way: what it returns is recorded as partial, unless it returns `step.completed(value)`.
 *
 * **Gotchas**
 *
 * The function runs in the engine's thread: a loop that never lets go of it deafens every door. Use stopping points, or
 * `Step.module` for code that has none. Without `stopsWithin` it promises no bound.
 *
 * **Example** (Reading another step's output)
 *
 * ```ts
 * const count = Step.make("count", { run: () => 42 })
 * const show = Step.make("show", { input: { count }, run: ({ count }) => Effect.log(count + 1) })
 * ```
 *
 * @since 0.1.0
 */
export const make: {
  <const Name extends string, S extends Schema.Top, T, const I extends Inputs = {}>(
    name: Name,
    options: Options<I> & {
      /** Checks the inputs when the step runs. */
      readonly inputSchema: S
      readonly outputSchema?: Schema.Top | undefined
      readonly stopsWithin?: Duration.Input | undefined
      readonly run: (input: S["Type"], step: StepContextShape) => T
    }
  ): Step<Name, ValueOf<T>, ErrorOf<T> | ValueMismatch, ServicesOf<T>>
  <const Name extends string, T, const I extends Inputs = {}>(
    name: Name,
    options: Options<I> & {
      /** Checks the output when the step completes, and says how it is stored. */
      readonly outputSchema?: Schema.Top | undefined
      /** The longest time from a request to the stop, for a function whose stopping points are never further apart. */
      readonly stopsWithin?: Duration.Input | undefined
      readonly run: (input: InputOf<I>, step: StepContextShape) => T
    }
  ): Step<Name, ValueOf<T>, ErrorOf<T>, ServicesOf<T>>
} = (
  name: string,
  options: Options & {
    readonly inputSchema?: Schema.Top | undefined
    readonly outputSchema?: Schema.Top | undefined
    readonly stopsWithin?: Duration.Input | undefined
    readonly run: (input: never, step: StepContextShape) => unknown
  }
): never => {
  const { inputSchema, outputSchema, run, stopsWithin, ...rest } = options
  const withinMillis = stopsWithin === undefined ? undefined : Duration.toMillis(stopsWithin)
  return fromParts({
    name,
    kind: "function",
    options: rest,
    body: inputSchema === undefined ? run : checked(inputSchema, run),
    source: run,
    stops: {
      withinMillis,
      text:
        withinMillis === undefined
          ? "no stopping point declared"
          : `stopping points every ${DurationText.short(withinMillis)}`
    },
    inputSchema,
    outputSchema
  }) as never
}

const checked = (schema: Schema.Top, run: (input: never, step: StepContextShape) => unknown) => {
  const decode = Schema.decodeUnknownResult(schema as Schema.Codec<unknown>, { errors: "all" })
  return (input: never, step: StepContextShape): unknown => {
    const result = decode(input)
    return result._tag === "Success"
      ? run(result.success as never, step)
      : Effect.fail(new ValueMismatch("invalid-input", SchemaProblems.of(result.failure)))
  }
}
