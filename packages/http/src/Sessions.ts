/**
 * The browsers that have signed in. They are known by a cookie, of which no more than a digest is kept, in memory: a
 * server that starts anew knows nobody.
 *
 * @since 0.1.0
 */
import * as SecretText from "./SecretText.ts"

/**
 * The most sessions of a server. One more ends the one that was used longest ago.
 *
 * @since 0.1.0
 */
export const most = 100

/**
 * How long a session is kept that nobody uses, in milliseconds.
 *
 * @since 0.1.0
 */
export const idleMillis = 7 * 24 * 3_600_000

/**
 * The sessions of one server.
 *
 * @since 0.1.0
 */
export interface Sessions {
  /** Begins one. The answer is the value of its cookie: 32 random bytes. */
  readonly begin: () => string
  /** The name of the session that has this value, for use inside; `undefined` where there is none. It counts as a use. */
  readonly find: (value: string) => string | undefined
  readonly end: (value: string) => void
}

/**
 * None yet. `now` is the time in milliseconds.
 *
 * @since 0.1.0
 */
export const make = (now: () => number): Sessions => {
  /** By digest, the one that was used last at the end. Where a lookup differs says nothing about the value itself. */
  const known = new Map<string, number>()
  const keyOf = (value: string) => SecretText.digest(value).toString("base64url")
  const use = (key: string) => {
    known.delete(key)
    known.set(key, now())
  }
  return {
    begin: () => {
      const value = SecretText.random(32)
      use(keyOf(value))
      if (known.size > most) known.delete(known.keys().next().value!)
      return value
    },
    find: (value) => {
      const key = keyOf(value)
      const used = known.get(key)
      if (used === undefined) return undefined
      if (now() - used > idleMillis) {
        known.delete(key)
        return undefined
      }
      use(key)
      return key
    },
    end: (value) => void known.delete(keyOf(value))
  }
}
