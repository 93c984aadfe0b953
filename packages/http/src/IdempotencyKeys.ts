/**
 * Starts with an `Idempotency-Key` that are being accepted by this server. What a key stands for is known by the engine;
 * it would make the second request wait for the first, which over HTTP is answered at once.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ExecutionsError } from "@halte/engine"

/**
 * Runs a start under a key, unless one with the same key is on its way.
 *
 * @since 0.1.0
 */
export type Guard = <A, E, R>(
  key: string | undefined,
  start: Effect.Effect<A, E, R>
) => Effect.Effect<A, E | ExecutionsError.KeyRefused, R>

/**
 * The keys of one server.
 *
 * @since 0.1.0
 */
export const make = (): Guard => {
  const onTheirWay = new Set<string>()
  return <A, E, R>(key: string | undefined, start: Effect.Effect<A, E, R>) => {
    if (key === undefined) return start
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend((): Effect.Effect<A, E | ExecutionsError.KeyRefused, R> => {
        if (onTheirWay.has(key))
          return Effect.fail(new ExecutionsError.KeyRefused({ key, code: "idempotency-key-in-use" }))
        onTheirWay.add(key)
        return Effect.ensuring(
          restore(start),
          Effect.sync(() => onTheirWay.delete(key))
        )
      })
    )
  }
}
