/**
 * Slows down who guesses. Guessing a token or a code is hopeless anyway; who tries all the same is answered later and
 * later, while those who know theirs are not held up.
 *
 * @since 0.1.0
 */

/** So many may be wrong in a row without any wait: a person with an old address, a program with an old token. */
const free = 5
const stepMillis = 50

/**
 * The longest wait, in milliseconds.
 *
 * @since 0.1.0
 */
export const longestMillis = 1000

/**
 * The wrong tries of one server.
 *
 * @since 0.1.0
 */
export interface WrongTries {
  /** Counts one. The answer is for how many milliseconds it is not to be answered. */
  readonly count: () => number
}

/**
 * None yet. One is forgotten each second. `now` is the time in milliseconds.
 *
 * @since 0.1.0
 */
export const make = (now: () => number): WrongTries => {
  let level = 0
  let at = now()
  return {
    count: () => {
      level = Math.max(0, level - (now() - at) / 1000) + 1
      at = now()
      return Math.min(longestMillis, Math.max(0, Math.floor(level) - free) * stepMillis)
    }
  }
}
