/**
 * A store that tells somebody what is appended to it: how an engine is watched without a word in the engine. Who does
 * not observe pays nothing, since the store is then used as it is.
 *
 * @since 0.1.0
 */
import { Context, Effect, Tracer } from "effect"
import type { EventBatch } from "./EventBatch.ts"
import type { Claim, ExecutionStoreShape } from "./ExecutionStore.ts"

/**
 * Who is told. Everything is called where the engine runs, and within its turn: it has to be quick, and nothing that it
 * throws reaches an execution.
 *
 * @since 0.1.0
 */
export interface ExecutionObserver {
  /** An engine begins to write an execution. `parent`: the span within which it was started or resumed, if there is one. */
  readonly claimed?: ((claim: Claim, parent: Tracer.AnySpan | undefined) => void) | undefined
  /** These events are in the store, after all before them. A batch belongs to the store: it may be read, and no more. */
  readonly appended: (claim: Claim, events: EventBatch) => void
  /**
   * This engine writes the execution no further without having ended it: it gave the claim back, lost it, or the store
   * can't be written. Nothing more is told of it.
   */
  readonly lost?: ((claim: Claim) => void) | undefined
}

/**
 * Several that are told the same, in this order.
 *
 * @since 0.1.0
 */
export const together = (observers: ReadonlyArray<ExecutionObserver>): ExecutionObserver => {
  const [first] = observers
  if (observers.length === 1 && first !== undefined) return first
  return {
    claimed: (claim, parent) => observers.forEach((one) => one.claimed?.(claim, parent)),
    appended: (claim, events) => observers.forEach((one) => one.appended(claim, events)),
    lost: (claim) => observers.forEach((one) => one.lost?.(claim))
  }
}

/**
 * Makes the observed form of a store.
 *
 * **Details**
 *
 * `report` is told the first time that an observer throws, and not again: what is wrong with it is wrong each time.
 *
 * @since 0.1.0
 */
export const make = (
  store: ExecutionStoreShape,
  observer: ExecutionObserver,
  report: (error: unknown) => void = (error) => console.error("An observer of executions failed:", error)
): ExecutionStoreShape => {
  let isReported = false
  const tell = (told: () => void): void => {
    try {
      told()
    } catch (error) {
      if (isReported) return
      isReported = true
      report(error)
    }
  }
  return {
    ...store,
    claim: (id, owner, options) =>
      Effect.flatMap(store.claim(id, owner, options), (claim) =>
        Effect.contextWith((context: Context.Context<never>) => {
          tell(() => observer.claimed?.(claim, Context.getOrUndefined(context, Tracer.ParentSpan)))
          return Effect.succeed(claim)
        })
      ),
    release: (claim) => Effect.tap(store.release(claim), () => Effect.sync(() => tell(() => observer.lost?.(claim)))),
    append: (claim, events, options) =>
      Effect.matchEffect(store.append(claim, events, options), {
        onSuccess: () => {
          tell(() => observer.appended(claim, events))
          return Effect.void
        },
        onFailure: (error) => {
          tell(() => observer.lost?.(claim))
          return Effect.fail(error)
        }
      })
  }
}
