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

let waiting: Array<() => void> = []

/**
 * Calls back in the next turn, together with everything else that was put off until then: what several executions hand
 * to a store in one turn comes to it in one run, so that it can be one commit.
 *
 * @since 0.1.0
 */
export const defer = (callback: () => void): void => {
  if (waiting.push(callback) === 1) nextTurn(runWaiting)
}

const runWaiting = (): void => {
  turnedAt = performance.now()
  const callbacks = waiting
  waiting = []
  let next = 0
  try {
    while (next < callbacks.length) callbacks[next++]!()
  } finally {
    // One that throws takes nobody else with it.
    for (const left of callbacks.slice(next)) defer(left)
  }
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
