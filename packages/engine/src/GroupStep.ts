/**
 * Steps that hold a graph of inner steps.
 *
 * @since 0.1.0
 */
import { type Any, fromParts, type Inputs, type Options, type Step } from "./Step.ts"

/**
 * Makes a step of inner steps, which see each other and the steps around the group. Its value holds theirs by name. It
 * completes when all of them have completed or were skipped.
 *
 * **Details**
 *
 * `when` decides for all of them. `cleanUp` runs when the group began and did not complete, `undo` takes back a
 * completed group, before the undos of its steps. `concurrency` limits how many of its steps run at a time.
 *
 * **Example** (Parts of an upload, one after the other)
 *
 * ```ts
 * const part1 = Step.make("part-1", { run: () => send(1) })
 * const part2 = Step.make("part-2", { after: part1, run: () => send(2) })
 * const upload = Step.group("upload", { steps: [part1, part2] })
 * ```
 *
 * @since 0.1.0
 */
export const group = <const Name extends string, const Steps extends ReadonlyArray<Any>, const I extends Inputs = {}>(
  name: Name,
  options: Omit<Options<I>, "retry" | "timeout" | "idempotent" | "limit" | "onFailure"> & {
    readonly steps: Steps
    /** @default no limit but the flow's */
    readonly concurrency?: number | undefined
  }
): Step<Name, GroupValue<Steps>, ErrorIn<Steps>, ServicesIn<Steps>> => {
  const { steps, ...rest } = options
  return fromParts({ name, kind: "group", options: rest, steps, stops: { withinMillis: 0, text: "as its steps" } })
}

/**
 * The values of steps by name.
 *
 * @since 0.1.0
 */
export type GroupValue<Steps extends ReadonlyArray<Any>> = {
  readonly [S in Steps[number] as S["name"]]: S extends Step<string, infer A, infer _E, infer _R> ? A : never
}
/**
 * How steps fail.
 *
 * @since 0.1.0
 */
export type ErrorIn<Steps extends ReadonlyArray<Any>> =
  Steps[number] extends Step<string, infer _A, infer E, infer _R> ? E : never
/**
 * What steps need.
 *
 * @since 0.1.0
 */
export type ServicesIn<Steps extends ReadonlyArray<Any>> =
  Steps[number] extends Step<string, infer _A, infer _E, infer R> ? R : never
