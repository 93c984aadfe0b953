/**
 * Starts with an idempotency key: the same key once more answers the execution that it has started. Which one that is
 * says the store alone, so that it holds for every engine over it, and after each of them has gone.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, Schedule } from "effect"
import { unavailable } from "./ExecutionReader.ts"
import { type ExecutionStoreShape, KeyTaken, type KeyUse } from "./ExecutionStore.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { StartRequest } from "./model/Executions.ts"
import { type ExecutionsUnavailable, KeyRefused } from "./model/ExecutionsError.ts"
import * as RequestDigest from "./RequestDigest.ts"

/**
 * What belongs to the engine.
 *
 * @since 0.1.0
 */
export interface Options<E> {
  readonly store: ExecutionStoreShape
  /** Starts an execution, whose claim takes the key. */
  readonly begin: (request: StartRequest, key: string) => Effect.Effect<ExecutionId, E | KeyTaken>
  /**
   * Gives back the claim of a start that the store did not take to its end, if the execution is such a one of this engine.
   * Answers whether it was.
   */
  readonly giveBack: (id: ExecutionId) => Effect.Effect<boolean, ExecutionsUnavailable>
}

/**
 * The starts with keys of one engine.
 *
 * @since 0.1.0
 */
export interface KeyedStart<E> {
  readonly start: (
    request: StartRequest,
    key: string
  ) => Effect.Effect<ExecutionId, E | KeyRefused | ExecutionsUnavailable>
  /** What `start` would answer by the key alone; `undefined` when it would be a new start. */
  readonly started: (
    request: StartRequest,
    key: string
  ) => Effect.Effect<ExecutionId | undefined, KeyRefused | ExecutionsUnavailable>
}

const isInUse = (error: unknown): boolean => error instanceof KeyRefused && error.code === "idempotency-key-in-use"

const isTaken = (error: unknown): error is KeyTaken => error instanceof KeyTaken

/** For a second it is looked what becomes of a start with the same key that another engine is recording. */
const whileAccepted = { while: isInUse, schedule: Schedule.spaced("10 millis"), times: 100 }

/**
 * Makes the starts of one engine.
 *
 * @since 0.1.0
 */
export const make = <E>({ begin, giveBack, store }: Options<E>): KeyedStart<E> => {
  /** Keys with which something is being started here, and what says that it has been answered. */
  const underWay = new Map<string, Deferred.Deferred<void>>()

  const useOf = (key: string) => Effect.mapError(store.keyUse(key), unavailable)

  /** What a request is answered whose key is known; `undefined` once the key is free. */
  const answer = (request: StartRequest, key: string, { begun, digest, execution }: KeyUse) =>
    Effect.gen(function* () {
      // Whatever it was asked for, it may come to nothing.
      if (!begun) return (yield* giveBack(execution)) ? undefined : yield* inUse(key)
      if (yield* RequestDigest.matches(digest, key, request)) return execution
      return yield* new KeyRefused({ key, code: "idempotency-key-reused", execution })
    })

  /** First of all the key is looked for: the flow that it has started may be another one by now, or gone, or busy. */
  const once = (
    request: StartRequest,
    key: string
  ): Effect.Effect<ExecutionId, E | KeyRefused | ExecutionsUnavailable> =>
    Effect.gen(function* () {
      const use = yield* useOf(key)
      const known = use === undefined ? undefined : yield* answer(request, key, use)
      if (known !== undefined) return known
      // Another engine may be faster: the next look says with what.
      return yield* Effect.catchIf(begin(request, key), isTaken, () => Effect.fail(inUse(key)))
    })

  const start: KeyedStart<E>["start"] = (request, key) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const before = underWay.get(key)
        // What became of that one says the store.
        if (before !== undefined) return restore(Effect.andThen(Deferred.await(before), start(request, key)))
        const done = Deferred.makeUnsafe<void>()
        underWay.set(key, done)
        // A caller who goes away has started it all the same: others wait for it.
        return Effect.ensuring(
          Effect.retry(once(request, key), whileAccepted),
          Effect.suspend(() => {
            underWay.delete(key)
            return Deferred.succeed(done, undefined)
          })
        )
      })
    )

  return {
    start,
    started: (request, key) =>
      Effect.flatMap(useOf(key), (use) => (use?.begun === true ? answer(request, key, use) : Effect.succeed(undefined)))
  }
}

const inUse = (key: string) => new KeyRefused({ key, code: "idempotency-key-in-use" })
