/**
 * A body that goes on for as long as something happens. It asks for more only when its reader has taken what there was,
 * so that a slow reader costs one page and nothing that grows; it says that it is there while nothing happens; and it
 * ends when the server does, after what could still be told at once.
 *
 * @since 0.1.0
 */
import { Cause, Deferred, Duration, Effect, Exit, Fiber, Stream } from "effect"
import type { NonEmptyReadonlyArray } from "effect/Array"

/**
 * How a body goes on while nothing happens, and when the server ends.
 *
 * @since 0.1.0
 */
export interface Pace {
  /** What is said after each stretch without anything else; nothing, where the format has no place for it. */
  readonly keepAlive?: Uint8Array | undefined
  readonly every: Duration.Input
  /** Done when the server ends. */
  readonly ending: Deferred.Deferred<void>
}

/** The server ends: what is not there within this time is not waited for. */
const lastWords = Duration.millis(100)

type Chunk = NonEmptyReadonlyArray<Uint8Array>

/**
 * Paces a body.
 *
 * @since 0.1.0
 */
export const make = <E>(body: Stream.Stream<Uint8Array, E>, pace: Pace): Stream.Stream<Uint8Array, E> => {
  const { keepAlive } = pace
  const idle: Effect.Effect<Exit.Exit<Chunk, E | Cause.Done>> =
    keepAlive === undefined ? Effect.never : Effect.as(Effect.sleep(pace.every), Exit.succeed<Chunk>([keepAlive]))
  const over: Effect.Effect<Exit.Exit<Chunk, E | Cause.Done>> = Effect.as(
    Effect.andThen(Deferred.await(pace.ending), Effect.sleep(lastWords)),
    Exit.fail(Cause.Done())
  )
  const meanwhile = Effect.raceFirst(idle, over)
  return Stream.transformPull(body, (pull, scope) =>
    Effect.sync(() => {
      // It outlives a turn in which something else came first: nothing that was read is lost.
      let asked: Fiber.Fiber<Chunk, E | Cause.Done> | undefined
      return Effect.gen(function* () {
        asked ??= yield* Effect.forkIn(pull, scope, { startImmediately: true })
        const exit = asked.pollUnsafe() ?? (yield* Effect.raceFirst(Fiber.await(asked), meanwhile))
        if (asked.pollUnsafe() === exit) asked = undefined
        return yield* exit
      })
    })
  )
}
