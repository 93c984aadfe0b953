/**
 * Steps that do the same for each item of a list: in batches, with one number as cursor.
 *
 * @since 0.1.0
 */
import { Cause, Duration, Effect, Exit, type Schema } from "effect"
import * as EventLoop from "./EventLoop.ts"
import { type FailedItem, FailedItems, ItemsFailed, type OnItemFailure } from "./FailedItems.ts"
import { ItemContext, ItemsUnderWay } from "./ItemContext.ts"
import * as Items from "./Items.ts"
import type { ItemResult, ModuleRunner } from "./ModuleRunner.ts"
import * as ModuleStep from "./ModuleStep.ts"
import * as DurationText from "./model/DurationText.ts"
import type { ItemRecovered } from "./model/ItemFailure.ts"
import type { Described } from "./model/StepFailure.ts"
import * as StepFailure from "./model/StepFailure.ts"
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
import { FinishedAnyway, StepContext, type StepContextShape, StoppedHalfWay } from "./StepContext.ts"
import * as StepRun from "./StepRun.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/**
 * What a `forEach` gives. `results` are there with `collect: true`, one per item in the order of the items, `null` for one
 * that failed; `failures` with `onItemFailure: "continue"`, of the first 100 items that failed.
 *
 * @since 0.1.0
 */
export interface ForEachValue<out B> {
  readonly count: number
  readonly failed: number
  readonly failures?: ReadonlyArray<FailedItem>
  readonly results?: ReadonlyArray<B>
}

/**
 * An item on which the work failed.
 *
 * @since 0.1.0
 */
export class ItemFailed extends Error implements Described {
  readonly _tag = "ItemFailed"
  readonly index: number
  readonly failure: StepFailure.StepFailure
  constructor(index: number, failure: StepFailure.StepFailure) {
    super(`item ${index} failed: ${failure.message}`)
    this.index = index
    this.failure = failure
  }
  toStepFailure(): StepFailure.StepFailure {
    return { ...this.failure, message: this.message }
  }
}

/**
 * What a `forEach` can say besides what every step can.
 *
 * @since 0.1.0
 */
export interface ForEachOptions<I extends Inputs, A> extends Options<I> {
  /** The items, or how to get them; evaluated once and kept over attempts. */
  readonly items:
    | Iterable<A>
    | ((
        input: InputOf<I>,
        step: StepContextShape
      ) =>
        | Iterable<A>
        | StoppedHalfWay
        | PromiseLike<Iterable<A> | StoppedHalfWay>
        | Effect.Effect<Iterable<A> | StoppedHalfWay, unknown, unknown>)
  /** A stopping point, and a cursor, before every so many items. @default 1 */
  readonly every?: number | undefined
  /** Items of one batch worked on at a time. @default 1 */
  readonly concurrency?: number | undefined
  /** Keeps the result of each item. @default false */
  readonly collect?: boolean | undefined
  /**
   * What a failed item does. `stop` fails the step. `continue` goes on, and the step completes with `failures`. `collect`
   * goes on too and fails the step in the end (`items-failed`), naming the items; a further try, and a resume, take those
   * items again and no others. @default "stop"
   */
  readonly onItemFailure?: OnItemFailure | undefined
  /**
   * The longest time from a request to the stop: that of a batch, since a batch is finished first. @default 5 ms, which
   * holds where a batch takes no longer
   */
  readonly stopsWithin?: Duration.Input | undefined
  readonly detail?: string | undefined
}

/**
 * A module that does the work, in a worker thread.
 *
 * @since 0.1.0
 */
export interface ForEachModule<I extends Inputs, A> {
  readonly module: ModuleStep.ModuleAddress
  /** Computes the export's input, a JSON value. @default the item */
  readonly with?: ((item: A, index: number, input: InputOf<I>) => unknown) | undefined
}

/**
 * Makes a step that works through a list.
 *
 * **Details**
 *
 * It goes batch after batch of `every` items, up to `concurrency` items of one batch at a time; the next batch begins
 * when this one is whole. Hence the cursor is one number, kept with each batch; after a request at most `every` − 1
 * more items are begun; and a crash repeats at most one batch. An item that is under way is finished.
 *
 * Instead of `run`, `batch` takes the items of a batch at once and answers one result per item; and `module` names a
 * module whose export is called once per item, a batch at a time, in a worker thread.
 *
 * **Example** (Working through files in batches)
 *
 * ```ts
 * const hashes = Step.forEach("hashes", {
 *   items: ["a.txt", "b.txt"],
 *   every: 16,
 *   concurrency: 4,
 *   collect: true,
 *   run: (file, { log }) => Effect.sync(() => log(`hashing ${file}`))
 * })
 * ```
 *
 * @since 0.1.0
 */
export const forEach: {
  <const Name extends string, A, T, const I extends Inputs = {}>(
    name: Name,
    options: ForEachOptions<I, A> & {
      readonly run: (item: A, step: StepContextShape, index: number, input: InputOf<I>) => T
    }
  ): Step<Name, ForEachValue<ValueOf<T>>, ItemFailed | ErrorOf<T>, ServicesOf<T>>
  <const Name extends string, A, R, const I extends Inputs = {}>(
    name: Name,
    options: ForEachOptions<I, A> & {
      readonly batch: (
        items: ReadonlyArray<A>,
        step: StepContextShape,
        batch: { readonly first: number; readonly concurrency: number },
        input: InputOf<I>
      ) => Effect.Effect<ReadonlyArray<ItemResult>, unknown, R>
    }
  ): Step<Name, ForEachValue<unknown>, ItemFailed, R>
  <const Name extends string, A, S extends Schema.Codec<unknown, unknown>, const I extends Inputs = {}>(
    name: Name,
    options: ForEachOptions<I, A> &
      ForEachModule<I, A> & {
        /** What the export has to give for an item; another value is a failed item. */
        readonly outputSchema: S
      }
  ): Step<Name, ForEachValue<S["Type"]>, ItemFailed, ModuleRunner>
  <const Name extends string, A, const I extends Inputs = {}>(
    name: Name,
    options: ForEachOptions<I, A> & ForEachModule<I, A> & { readonly outputSchema?: undefined }
  ): Step<Name, ForEachValue<unknown>, ItemFailed, ModuleRunner>
} = (
  name: string,
  options: Omit<ForEachOptions<Inputs, unknown>, "items" | "when" | "cleanUp"> & {
    readonly items: Items.Source
    readonly run?: (item: never, step: StepContextShape, index: number, input: never) => unknown
    readonly batch?: (
      items: ReadonlyArray<never>,
      step: StepContextShape,
      batch: { readonly first: number; readonly concurrency: number },
      input: never
    ) => Effect.Effect<ReadonlyArray<ItemResult>, unknown, unknown>
    readonly module?: ModuleStep.ModuleAddress
    readonly with?: ((item: never, index: number, input: never) => unknown) | undefined
    readonly outputSchema?: Schema.Codec<unknown, unknown> | undefined
  }
): never => {
  const {
    batch: ownBatch,
    collect,
    concurrency = 1,
    detail,
    every: asked = 1,
    items,
    module,
    onItemFailure: asksFor,
    outputSchema,
    run,
    stopsWithin,
    with: given,
    ...rest
  } = options
  const batch = module === undefined ? ownBatch : ModuleStep.batchOf(module, given, outputSchema)
  const every = Math.max(1, Math.trunc(asked))
  const onItemFailure = asksFor ?? "stop"
  return fromParts({
    name,
    kind: "for-each",
    options: { ...rest, concurrency, every: asked },
    source: [
      items,
      run,
      ownBatch,
      collect,
      asksFor,
      ...(module === undefined ? [] : [module.url, module.export, given])
    ],
    detail: detail ?? (module === undefined ? undefined : ModuleStep.nameOf(ModuleStep.specOf(module))),
    stops: {
      withinMillis: stopsWithin === undefined ? EventLoop.slice : Duration.toMillis(stopsWithin),
      text: every === 1 ? "every item, cursor saved" : `every ${every} items, cursor saved`,
      every
    },
    body: (input: never, step: StepContextShape) =>
      Effect.gen(function* () {
        const list = yield* Items.evaluate(items, input, step)
        if (list instanceof StoppedHalfWay) return list
        const kept = step.kept
        kept.failed ??= 0
        const results: Array<unknown> = [...(kept.results ?? [])]
        const failedItems = new FailedItems(onItemFailure, kept.failures)
        const begun = typeof step.cursor === "number" ? step.cursor : 0
        const progress = { done: 0, total: list.length }
        const underWay = new ItemsUnderWay(step, progress)
        const keep = (
          done: number,
          given: ReadonlyArray<unknown>,
          failed: ReadonlyArray<Failed>,
          recovered: ReadonlyArray<ItemRecovered>
        ) => {
          kept.failed! += failed.length
          const changes = failed.length > 0 || recovered.length > 0
          const failures = changes ? failedItems.change(failed, recovered) : []
          if (collect === true) for (const one of given) results.push(one)
          const committed = step.saveCursor(done, {
            done,
            total: list.length,
            ...(kept.failed! > 0 || recovered.length > 0 ? { failed: kept.failed! } : undefined),
            ...(collect === true && given.length > 0 ? { results: given } : undefined),
            ...(failures.length === 0 ? undefined : { failures }),
            ...(recovered.length === 0 ? undefined : { recovered })
          })
          kept.results = results
          kept.failures = failedItems.list
          return committed
        }
        const soFar = (count: number) => ({
          count,
          failed: kept.failed!,
          ...(onItemFailure === "stop" ? undefined : { failures: failedItems.values }),
          ...(collect === true ? { results } : undefined)
        })
        const work = (part: ReadonlyArray<never>, indexOf: (k: number) => number) =>
          batch === undefined
            ? runItems(part, underWay, concurrency, (item, k, context) => run!(item, context, indexOf(k), input))
            : runBatch(underWay, part.length, (context) =>
                batch(part, context, { first: indexOf(0), concurrency }, input)
              )

        for (let i = begun; i < list.length;) {
          const answer = yield* StoppingPoint.checkIn(step, i)
          if (answer._tag === "Break") return step.interrupted({ cursor: i, partial: soFar(i) })
          progress.done = i
          const first = i
          const part = list.slice(i, i + every) as unknown as ReadonlyArray<never>
          const done = yield* work(part, (k) => first + k)
          if (hasStopped(done)) return step.interrupted({ cursor: i, partial: soFar(i) })
          const given: Array<unknown> = []
          const failed: Array<Failed> = []
          for (let k = 0; k < done.length; k++) {
            const one = done[k]!
            if (one._tag === "Failed") {
              if (onItemFailure === "stop") return yield* Effect.fail(new ItemFailed(i + k, one.failure))
              failed.push({ index: i + k, item: part[k], failure: one.failure })
              given.push(null)
            } else given.push(valueOf(one.value))
          }
          // The batch is whole. Until here nothing of it was kept, so that another try begins it as if for the first time.
          i += part.length
          const committed = keep(i, given, failed, [])
          if (committed !== undefined) yield* committed
        }

        // An earlier try, or attempt, has worked through the list: those that failed are taken again, and no others.
        if (onItemFailure === "collect" && begun >= list.length)
          for (const indexes of failedItems.batches(every, batch !== undefined)) {
            const answer = yield* StoppingPoint.checkIn(step, list.length)
            if (answer._tag === "Break") return step.interrupted({ cursor: list.length, partial: soFar(list.length) })
            progress.done = list.length - kept.failed
            const part = indexes.map((index) => list[index]) as unknown as ReadonlyArray<never>
            const done = yield* work(part, (k) => indexes[k]!)
            if (hasStopped(done)) return step.interrupted({ cursor: list.length, partial: soFar(list.length) })
            const failed: Array<Failed> = []
            const recovered: Array<ItemRecovered> = []
            for (let k = 0; k < done.length; k++) {
              const one = done[k]!
              const index = indexes[k]!
              if (one._tag === "Failed") failed.push({ index, item: part[k], failure: one.failure })
              else if (collect === true) {
                results[index] = valueOf(one.value)
                recovered.push({ index, result: results[index] })
              } else recovered.push({ index })
            }
            // They were counted when they failed first.
            kept.failed -= indexes.length
            const committed = keep(list.length, [], failed, recovered)
            if (committed !== undefined) yield* committed
          }

        if (onItemFailure === "collect" && kept.failed > 0)
          return yield* Effect.fail(new ItemsFailed(list.length, kept.failed, failedItems.list))
        const { failures, ...value } = soFar(list.length)
        return onItemFailure === "continue" ? { ...value, failures } : value
      })
  }) as never
}

const isPromise = <A>(u: unknown): u is PromiseLike<A> =>
  typeof u === "object" && u !== null && "then" in u && typeof u.then === "function"

/** Runs the items of a batch, up to `concurrency` at a time. Once one has left, no other begins. */
const runItems = (
  part: ReadonlyArray<never>,
  underWay: ItemsUnderWay,
  concurrency: number,
  run: (item: never, k: number, context: ItemContext) => unknown
): Effect.Effect<ReadonlyArray<ItemResult> | "left"> => {
  let left = false
  // One after the other they share a context, and one fiber is given it once: that costs half of what an item costs.
  const shared = concurrency === 1 ? new ItemContext(underWay) : undefined
  const one = (item: never, k: number): Effect.Effect<ItemResult> =>
    Effect.suspend(() => {
      if (left) return Effect.succeed(leftResult)
      const context = shared ?? new ItemContext(underWay)
      context.begin()
      return attemptItem(
        context,
        () => run(item, k, context),
        shared === undefined,
        (result) => {
          context.end()
          if (result === leftResult) left = true
          return result
        }
      )
    })
  const all = Effect.map(Effect.forEach(part, one, { concurrency }), (results) => (left ? ("left" as const) : results))
  return shared === undefined ? all : Effect.provideService(all, StepContext, shared)
}

/** Runs a batch as one. */
const runBatch = (
  underWay: ItemsUnderWay,
  size: number,
  run: (context: ItemContext) => Effect.Effect<ReadonlyArray<ItemResult>, unknown, unknown>
): Effect.Effect<ReadonlyArray<ItemResult> | "left", unknown, unknown> =>
  Effect.suspend(() => {
    const context = new ItemContext(underWay)
    context.begin()
    return run(context).pipe(
      Effect.provideService(StepContext, context),
      Effect.ensuring(Effect.sync(() => context.end())),
      Effect.flatMap((results): Effect.Effect<ReadonlyArray<ItemResult> | "left", Items.ItemsError> => {
        if (context.left) return Effect.succeed("left")
        return results.length === size
          ? Effect.succeed(results)
          : Effect.fail(
              new Items.ItemsError(
                `its batch of ${DurationText.plural(size, "item")} was answered with ${DurationText.plural(results.length, "result")}`
              )
            )
      })
    )
  })

/** An item that was stopped half-way (a program that got its SIGTERM) is not done, nor is its batch. */
const hasStopped = (done: ReadonlyArray<ItemResult> | "left"): done is "left" =>
  done === "left" || done.some((one) => one._tag === "Done" && one.value instanceof StoppedHalfWay)

const valueOf = (value: unknown): unknown => (value instanceof FinishedAnyway ? value.value : value)

interface Failed {
  readonly index: number
  readonly item: unknown
  readonly failure: StepFailure.StepFailure
}

const leftResult: ItemResult = { _tag: "Done", value: new StoppedHalfWay({}) }

// What an item fails with is its result, whatever it is; an interruption of its fiber is none.
const attemptItem = (
  context: ItemContext,
  run: () => unknown,
  provide: boolean,
  end: (result: ItemResult) => ItemResult
): Effect.Effect<ItemResult> => {
  let result: unknown
  try {
    result = run()
  } catch (error) {
    return Effect.succeed(end(failed(context, error)))
  }
  if (!Effect.isEffect(result) && !isPromise(result)) return Effect.succeed(end(done(context, result)))
  const work: Effect.Effect<unknown, unknown, StepContext> = Effect.isEffect(result)
    ? (result as Effect.Effect<unknown, unknown, StepContext>)
    : Effect.tryPromise({ try: () => result as PromiseLike<unknown>, catch: (error) => error })
  const ended = Effect.flatMap(Effect.exit(work), (exit): Effect.Effect<ItemResult> => {
    if (Exit.isSuccess(exit)) return Effect.succeed(end(done(context, exit.value)))
    if (Cause.hasInterruptsOnly(exit.cause)) {
      context.end()
      return Effect.failCause(exit.cause as Cause.Cause<never>)
    }
    return Effect.succeed(end(failed(context, Cause.squash(exit.cause))))
  })
  return provide ? Effect.provideService(ended, StepContext, context) : (ended as Effect.Effect<ItemResult>)
}

const done = (context: ItemContext, value: unknown): ItemResult =>
  value instanceof StoppedHalfWay || (context.left && !(value instanceof FinishedAnyway))
    ? leftResult
    : { _tag: "Done", value }

const failed = (context: ItemContext, error: unknown): ItemResult =>
  StepRun.hasLeft(context.control, error) ? leftResult : { _tag: "Failed", failure: StepFailure.fromUnknown(error) }
