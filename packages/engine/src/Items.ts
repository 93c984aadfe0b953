/**
 * The items of a `forEach` or a `map`: where they come from, and that they are evaluated once in the life of an
 * execution, so that an index means the same item in every try and attempt.
 *
 * @since 0.1.0
 */
import { Effect, Predicate } from "effect"
import { ItemContext, ItemsUnderWay } from "./ItemContext.ts"
import * as DurationText from "./model/DurationText.ts"
import type { Described } from "./model/StepFailure.ts"
import type * as StepFailure from "./model/StepFailure.ts"
import { StepContext, type StepContextShape, StoppedHalfWay } from "./StepContext.ts"

/**
 * The most items that a list may have.
 *
 * @since 0.1.0
 */
export const most = 10_000_000

/**
 * Items that can't be had: what gives them is no list, or gives too many, or a batch was not answered with one result per
 * item. Codes: `invalid-items`, `items-not-readable`.
 *
 * @since 0.1.0
 */
export class ItemsError extends Error implements Described {
  readonly _tag = "ItemsError"
  readonly code: "invalid-items" | "items-not-readable"
  readonly hint: string | undefined
  constructor(
    message: string,
    options?: { readonly code?: "invalid-items" | "items-not-readable"; readonly hint?: string }
  ) {
    super(message)
    this.code = options?.code ?? "invalid-items"
    this.hint = options?.hint
  }
  toStepFailure(): StepFailure.StepFailure {
    return { code: this.code, message: this.message, ...(this.hint === undefined ? undefined : { hint: this.hint }) }
  }
}

/**
 * What gives the items.
 *
 * @since 0.1.0
 */
export type Source =
  | Iterable<unknown>
  | ((
      input: never,
      step: StepContextShape
    ) =>
      | Iterable<unknown>
      | StoppedHalfWay
      | PromiseLike<Iterable<unknown> | StoppedHalfWay>
      | Effect.Effect<Iterable<unknown> | StoppedHalfWay, unknown, unknown>)

/**
 * Gets the items of a step, as they are kept or from their source; `StoppedHalfWay` when the source was asked to stop
 * before it had them, in which case nothing is kept.
 *
 * **Details**
 *
 * The source is given a context without cursor: where the step goes on is the list's matter.
 *
 * @since 0.1.0
 */
export const evaluate = (
  source: Source,
  input: never,
  step: StepContextShape
): Effect.Effect<ReadonlyArray<unknown> | StoppedHalfWay, unknown> =>
  Effect.gen(function* () {
    if (step.kept.items !== undefined) return step.kept.items
    const list = yield* find(source, input, step)
    if (list instanceof StoppedHalfWay) return list
    step.kept.items = list
    const committed = step.saveCursor(0, { done: 0, total: list.length })
    if (committed !== undefined) yield* committed
    return list
  })

/**
 * Gets the items of a step from their source, and keeps nothing of them.
 *
 * @since 0.1.0
 */
export const find = (
  source: Source,
  input: never,
  step: StepContextShape
): Effect.Effect<ReadonlyArray<unknown> | StoppedHalfWay, unknown> =>
  Effect.gen(function* () {
    const context = new ItemContext(new ItemsUnderWay(step, { done: 0, total: undefined }))
    context.begin()
    const found = yield* Effect.ensuring(
      get(source, input, context),
      Effect.sync(() => context.end())
    )
    if (found instanceof StoppedHalfWay) return found
    // What a source gives that was told to leave may be a part of its items.
    if (context.left) return step.interrupted({})
    if (!isIterable(found))
      return yield* Effect.fail(
        new ItemsError(`its items are no list but ${found === null ? "null" : `of type ${typeof found}`}`)
      )
    // A copy: what its maker does with the list later changes nothing.
    const list = Array.from(found)
    if (list.length > most)
      return yield* Effect.fail(
        new ItemsError(`it has ${DurationText.plural(list.length, "item")}, more than the ${most} that a list may have`)
      )
    return list
  })

const get = (source: Source, input: never, context: StepContextShape): Effect.Effect<unknown, unknown> =>
  Effect.suspend(() => {
    const given = typeof source === "function" ? source(input, context) : source
    if (Effect.isEffect(given))
      return Effect.provideService(given as Effect.Effect<unknown, unknown, StepContext>, StepContext, context)
    return isPromise(given)
      ? Effect.tryPromise({ try: () => given, catch: (error) => error })
      : Effect.succeed<unknown>(given)
  })

const isIterable = (u: unknown): u is Iterable<unknown> => typeof u === "string" || Predicate.isIterable(u)

const isPromise = <A>(u: A | PromiseLike<A>): u is PromiseLike<A> =>
  typeof u === "object" && u !== null && "then" in u && typeof u.then === "function"

/**
 * The whole numbers from one to another, both included: `range({ from: 1, to: 10, by: 2 })` is 1, 3, 5, 7, 9. `by` may be
 * negative; where it leads away from `to` there are none.
 *
 * **Example** (Working through the numbers of chapters)
 *
 * ```ts
 * const chapters = Step.forEach("chapters", { items: Items.range({ to: 12 }), run: (n) => use(n) })
 * ```
 *
 * @throws ItemsError when a number is not whole, `by` is 0, or there are more than 10,000,000
 * @since 0.1.0
 */
export const range = (options: {
  /** @default 1 */
  readonly from?: number | undefined
  readonly to: number
  /** @default 1 */
  readonly by?: number | undefined
}): ReadonlyArray<number> => {
  const { by = 1, from = 1, to } = options
  for (const [name, n] of Object.entries({ from, to, by }))
    if (!Number.isSafeInteger(n)) throw new ItemsError(`\`${name}\` of its range is ${n}, which is no whole number`)
  if (by === 0) throw new ItemsError("`by` of its range is 0, which leads nowhere", { hint: "Leave it out for 1." })
  const count = Math.max(0, Math.floor((to - from) / by) + 1)
  if (count > most)
    throw new ItemsError(
      `its range from ${from} to ${to} has ${count} items, more than the ${most} that a list may have`,
      {
        hint: "Let each item stand for many: a larger `by`."
      }
    )
  const list = new Array<number>(count)
  for (let i = 0; i < count; i++) list[i] = from + i * by
  return list
}
