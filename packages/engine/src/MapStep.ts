/**
 * Steps that become one step for each item of a list, known when they start.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type * as Items from "./Items.ts"
import { type Any, fromParts, type InputOf, type Inputs, type Item, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"

/**
 * What a `map` can say besides what every step can.
 *
 * @since 0.1.0
 */
export interface MapOptions<I extends Inputs, A, S extends Any> extends Omit<
  Options<I>,
  "retry" | "timeout" | "idempotent" | "limit" | "onFailure"
> {
  /** The items, or how to get them; evaluated once, when the map starts, and kept over attempts. */
  readonly items:
    | Iterable<A>
    | ((
        input: InputOf<I>,
        step: StepContextShape
      ) => Iterable<A> | PromiseLike<Iterable<A>> | Effect.Effect<Iterable<A>, unknown, unknown>)
  /** Makes the step that every item gets. Called once: `item` and `index` are inputs, and no values yet. */
  readonly step: (item: Item<A>, index: Item<number>) => S
  /** Steps of this map that run at a time. @default no limit but the flow's */
  readonly concurrency?: number | undefined
}

/**
 * Makes a step that becomes one step for each item. Its value is the list of their values, in the order of the items.
 *
 * **Details**
 *
 * When its turn comes the items are evaluated, recorded, and never again: the ids of its steps are the map's with the
 * index of the item, `resize/17`, the same in each attempt; of a group's steps, `resize/17/encode`. Each is a step
 * like any other: there is a stopping point before it, what completed does not run again, and it fails, is tried again
 * and undone by itself. The map completes when all of them have completed or were skipped; it has to wait for every step
 * outside that one of its steps reads or comes after.
 *
 * A `forEach` costs less for each item and is one step; a `map` is for items that are worth a step of their own.
 *
 * **Example** (Two steps for each picture)
 *
 * ```ts
 * const pictures = Step.map("pictures", {
 *   items: ["a.png", "b.png"],
 *   concurrency: 4,
 *   step: (picture) => {
 *     const shrink = Step.make("shrink", { input: { picture }, run: ({ picture }) => `small/${picture}` })
 *     const upload = Step.make("upload", { input: { shrink }, run: ({ shrink }) => Effect.log(shrink) })
 *     return Step.group("picture", { steps: [shrink, upload] })
 *   }
 * })
 * ```
 *
 * @since 0.1.0
 */
export const map = <const Name extends string, A, S extends Any, const I extends Inputs = {}>(
  name: Name,
  options: MapOptions<I, A, S>
): Step<Name, ReadonlyArray<ValueIn<S>>, ErrorIn<S>, ServicesIn<S>> => {
  const { items, step, ...rest } = options
  const token = {}
  const inner = step({ _tag: "Item", field: "item", token }, { _tag: "Item", field: "index", token })
  return fromParts({
    name,
    kind: "map",
    options: rest,
    perItem: { items: items as Items.Source, step: inner, token },
    source: items,
    detail: inner.detail,
    stops: { withinMillis: 0, text: "as its steps" }
  })
}

type ValueIn<S> = S extends Step<string, infer A, infer _E, infer _R> ? A : never
type ErrorIn<S> = S extends Step<string, infer _A, infer E, infer _R> ? E : never
type ServicesIn<S> = S extends Step<string, infer _A, infer _E, infer R> ? R : never
