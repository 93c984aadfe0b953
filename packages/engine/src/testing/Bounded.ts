/**
 * Waits that can't hang: each has a bound in real time, whatever a test's clock says, and fails by name when it passes.
 * The bound tells working from hanging; it is no measure of speed.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"

/**
 * A wait that took too long, and what was waited for.
 *
 * @since 0.1.0
 */
export class StillWaiting extends Error {
  readonly _tag = "StillWaiting"
  readonly what: string
  constructor(what: string, millis: number) {
    super(`Waited ${millis / 1000} s for ${what}, and it did not come.`)
    this.what = what
  }
}

/**
 * The bound of a wait that states none, in milliseconds.
 *
 * @since 0.1.0
 */
export const defaultMillis = 4_500

// Timers of the host and no Clock: a test's clock stands still.
const passed = (millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

/**
 * Waits for an effect, at most `millis` of real time; then dies with `StillWaiting`.
 *
 * @since 0.1.0
 */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  what: string,
  millis = defaultMillis
): Effect.Effect<A, E, R> =>
  Effect.raceFirst(
    effect,
    Effect.flatMap(passed(millis), () => Effect.die(new StillWaiting(what, millis)))
  )

/**
 * Looks once in each turn of the event loop until `look` answers something other than `undefined` and `false`.
 *
 * @since 0.1.0
 */
export const eventually = <A>(
  look: () => A | undefined | false,
  what: string,
  millis = defaultMillis
): Effect.Effect<A> =>
  Effect.callback<A>((resume) => {
    const end = performance.now() + millis
    let timer: ReturnType<typeof setTimeout> | undefined
    const again = () => {
      const found = look()
      if (found !== undefined && found !== false) resume(Effect.succeed(found))
      else if (performance.now() > end) resume(Effect.die(new StillWaiting(what, millis)))
      else timer = setTimeout(again, 1)
    }
    again()
    return Effect.sync(() => clearTimeout(timer))
  })

/**
 * Lets the event loop turn: what other fibers, timers of 0 ms and sockets have ready gets its chance.
 *
 * @since 0.1.0
 */
export const turns = (count = 1): Effect.Effect<void> =>
  Effect.repeat(passed(0), { times: Math.max(0, count - 1) }).pipe(Effect.asVoid)
