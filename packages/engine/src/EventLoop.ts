/**
 * The turns of the event loop, shared by everything in this thread that may keep it: a step's loop and the scheduler. A
 * turn lets signals, sockets and timers in; a microtask does not.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"

/**
 * Milliseconds for which the thread may be kept without a turn.
 *
 * @since 0.1.0
 */
export const slice = 5

// `performance.now` and no Clock: a test's clock does not stop the loop.
let turnedAt = performance.now()

/**
 * Whether the slice has passed since the last turn that anybody noticed.
 *
 * @since 0.1.0
 */
export const isDue = (): boolean => performance.now() - turnedAt > slice

/**
 * Calls back in the next turn.
 *
 * @since 0.1.0
 */
export const defer = (callback: () => void): void => {
  nextTurn(() => {
    turnedAt = performance.now()
    callback()
  })
}

// Where a host has no setImmediate, a timer of 0 ms is the shortest turn there is.
const nextTurn: (callback: () => void) => void =
  (globalThis as { setImmediate?: (callback: () => void) => void }).setImmediate ??
  ((callback) => void setTimeout(callback, 0))

/**
 * Lets the event loop turn.
 *
 * @since 0.1.0
 */
export const turn: Effect.Effect<void> = Effect.callback<void>((resume) => defer(() => resume(Effect.void)))
