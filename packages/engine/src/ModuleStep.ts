/**
 * Steps that run a module of their author in a worker thread.
 *
 * @since 0.1.0
 */
import { Duration, Effect, type Schema } from "effect"
import * as DurationText from "./model/DurationText.ts"
import { type ItemResult, type ModuleError, ModuleRunner, type ModuleSpec } from "./ModuleRunner.ts"
import * as OutputCheck from "./OutputCheck.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"

/**
 * A module and what to take from it, as its author writes it.
 *
 * @since 0.1.0
 */
export interface ModuleAddress {
  /** A `file:` URL. */
  readonly url: string | URL
  /** @default "default" */
  readonly export?: string | undefined
}

/**
 * What a module step can say besides what every step can.
 *
 * @since 0.1.0
 */
export interface ModuleOptions<I extends Inputs> extends Options<I>, ModuleAddress {
  /** Computes the export's input. @default the step's own inputs */
  readonly with?: ((input: InputOf<I>, step: StepContextShape) => unknown) | undefined
  /** The longest time from a request to the stop, for a module whose stopping points are never further apart. */
  readonly stopsWithin?: Duration.Input | undefined
  /** @default the module's file */
  readonly detail?: string | undefined
}

/**
 * Makes a step that calls the export of a module in a worker thread: a `Step`, or a function
 * `(input, step) => value | Promise | Effect`. Input and output are JSON values.
 *
 * **Details**
 *
 * `url` is a `file:` URL: `new URL("./hash.ts", import.meta.url)`. What `with` computes is the export's input; by
 * default the step's own inputs. Terminating ends the thread, even in `while (true) {}`.
 *
 * **Example** (Keeping hard work out of the engine's thread)
 *
 * ```ts
 * const hash = Step.module("hash", {
 *   url: new URL("./hash.ts", import.meta.url),
 *   with: () => ({ path: "dist" })
 * })
 * ```
 *
 * @since 0.1.0
 */
export const module: {
  <const Name extends string, S extends Schema.Codec<unknown, unknown>, const I extends Inputs = {}>(
    name: Name,
    options: ModuleOptions<I> & {
      /** What the export has to give: it is decoded, or the step fails with `invalid-output`. */
      readonly outputSchema: S
    }
  ): Step<Name, S["Type"], ModuleError | OutputCheck.ValueMismatch, ModuleRunner>
  <const Name extends string, const I extends Inputs = {}, A = unknown>(
    name: Name,
    options: ModuleOptions<I> & { readonly outputSchema?: undefined }
  ): Step<Name, A, ModuleError, ModuleRunner>
} = <I extends Inputs>(
  name: string,
  options: ModuleOptions<I> & { readonly outputSchema?: Schema.Codec<unknown, unknown> | undefined }
): never => {
  const { detail, export: exported, outputSchema, stopsWithin, url, with: given, ...rest } = options
  const spec = specOf({ url, export: exported })
  const withinMillis = stopsWithin === undefined ? undefined : Duration.toMillis(stopsWithin)
  const check = outputSchema === undefined ? undefined : OutputCheck.make(outputSchema)
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
    source: [spec.url, exported, given],
    outputSchema,
    detail: detail ?? nameOf(spec),
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.gen(function* () {
        const runner = yield* ModuleRunner
        const computed = given === undefined ? input : given(input, step)
        const output = yield* runner.run(
          spec,
          Effect.isEffect(computed) ? yield* computed as Effect.Effect<unknown, never> : computed,
          step
        )
        return check === undefined ? output : yield* check(output, step)
      })
  }) as never
}

/**
 * What does a batch of a `forEach` with `module`: one message each way, in a thread of its own.
 *
 * @since 0.1.0
 */
export const batchOf = (
  module: ModuleAddress,
  given: ((item: never, index: number, input: never) => unknown) | undefined,
  outputSchema: Schema.Codec<unknown, unknown> | undefined
) => {
  const spec = specOf(module)
  const check = outputSchema === undefined ? undefined : OutputCheck.make(outputSchema)
  return (
    items: ReadonlyArray<never>,
    step: StepContextShape,
    { concurrency, first }: { readonly first: number; readonly concurrency: number },
    input: never
  ): Effect.Effect<ReadonlyArray<ItemResult>, unknown, ModuleRunner> =>
    Effect.gen(function* () {
      const runner = yield* ModuleRunner
      const inputs = given === undefined ? items : items.map((item, i) => given(item, first + i, input))
      const results = yield* runner.runBatch(spec, inputs, { first, concurrency }, step)
      return check === undefined ? results : yield* OutputCheck.items(check, results, step)
    })
}

/**
 * A module as runners take it.
 *
 * @since 0.1.0
 */
export const specOf = ({ export: exported, url }: ModuleAddress): ModuleSpec =>
  exported === undefined ? { url: String(url) } : { url: String(url), export: exported }

/**
 * How views name a module: by its file.
 *
 * @since 0.1.0
 */
export const nameOf = ({ url }: ModuleSpec): string => decodeURIComponent(url.slice(url.lastIndexOf("/") + 1))
