/**
 * Steps that run a module of their author in a worker thread.
 *
 * @since 0.1.0
 */
import { Duration, Effect } from "effect"
import * as DurationText from "./model/DurationText.ts"
import { type ModuleError, ModuleRunner, type ModuleSpec } from "./ModuleRunner.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"

/**
 * Makes a step that calls the export of a module in a worker thread: a `Step`, or a function
 * `(input, step) => value | Promise | Effect`. Input and output are JSON values.
 *
 * **Details**
 *
 * `url` is a `file:` URL: `new URL("./hash.ts", import.meta.url).href`. What `with` computes is the export's input; by
 * default the step's own inputs. Terminating ends the thread, even in `while (true) {}`.
 *
 * **Example** (Keeping hard work out of the engine's thread)
 *
 * ```ts
 * const hash = Step.module("hash", {
 *   url: new URL("./hash.ts", import.meta.url).href,
 *   with: () => ({ path: "dist" })
 * })
 * ```
 *
 * @since 0.1.0
 */
export const module = <const Name extends string, const I extends Inputs = {}, A = unknown>(
  name: Name,
  options: Options<I> &
    ModuleSpec & {
      readonly with?: ((input: InputOf<I>, step: StepContextShape) => unknown) | undefined
      readonly stopsWithin?: Duration.Input | undefined
      readonly detail?: string | undefined
    }
): Step<Name, A, ModuleError, ModuleRunner> => {
  const { detail, export: exported, stopsWithin, url, with: given, ...rest } = options
  const spec: ModuleSpec = exported === undefined ? { url } : { url, export: exported }
  const withinMillis = stopsWithin === undefined ? undefined : Duration.toMillis(stopsWithin)
  return fromParts({
    name,
    kind: "worker",
    options: rest,
    stops: {
      withinMillis,
      text:
        withinMillis === undefined
          ? "no stopping point declared; terminate ends its thread"
          : `stopping points every ${DurationText.short(withinMillis)}`
    },
    source: [url, exported, given],
    detail: detail ?? url.slice(url.lastIndexOf("/") + 1),
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.gen(function* () {
        const runner = yield* ModuleRunner
        const computed = given === undefined ? input : given(input, step)
        return yield* runner.run(
          spec,
          Effect.isEffect(computed) ? yield* computed as Effect.Effect<unknown, never> : computed,
          step
        )
      })
  })
}
