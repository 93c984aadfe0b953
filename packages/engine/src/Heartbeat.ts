/**
 * Says of executions under way that their engine is alive. Where who looks can see the engine's process that is all that
 * counts; where it can't (another machine), an owner that has not said so for long is taken for gone.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { Execution } from "./Execution.ts"
import type { ExecutionStoreShape } from "./ExecutionStore.ts"

/**
 * Milliseconds between two of them.
 *
 * @since 0.1.0
 */
export const everyMillis = 10_000

/**
 * Runs until it is interrupted. An execution that was taken over is told so: it ends at once, without a word in the
 * store. A store that can't be written at the moment is no reason to stop what has nothing to write.
 *
 * @since 0.1.0
 */
export const run = (
  store: ExecutionStoreShape,
  underWay: () => ReadonlyArray<Execution>,
  /** Done at each of them. */
  also: Effect.Effect<unknown> = Effect.void
): Effect.Effect<never> =>
  Effect.forever(
    Effect.andThen(
      Effect.sleep(everyMillis),
      Effect.suspend(() =>
        Effect.forEach(
          underWay(),
          (execution) =>
            store.heartbeat(execution.recorder.claim).pipe(
              Effect.catchTag("Fenced", (error) => Effect.sync(() => execution.lost(error))),
              Effect.ignore
            ),
          { discard: true }
        )
      ).pipe(Effect.andThen(also))
    )
  )
