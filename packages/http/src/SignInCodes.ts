/**
 * Codes that a browser signs in with: in an address that a person opens, behind the `#`, which browsers send to nobody.
 * Each works once.
 *
 * @since 0.1.0
 */
import * as SecretText from "./SecretText.ts"

/**
 * How long a code can be used, in milliseconds.
 *
 * @since 0.1.0
 */
export const lifeMillis = 10 * 60_000

/**
 * The most codes that wait for use. One more takes the place of the oldest that expires.
 *
 * @since 0.1.0
 */
export const most = 100

/**
 * The codes of one server.
 *
 * @since 0.1.0
 */
export interface SignInCodes {
  /** A new code of 128 bits. A lasting one, which is printed at the start and found later, stays until it is used. */
  readonly create: (options?: { readonly lasting?: boolean }) => { readonly code: string; readonly expiresAt: number }
  /** Whether it is one. It is none after that. */
  readonly take: (code: string) => boolean
}

interface Waiting {
  readonly digest: Buffer
  readonly expiresAt: number
}

/**
 * None yet. `now` is the time in milliseconds.
 *
 * @since 0.1.0
 */
export const make = (now: () => number): SignInCodes => {
  const waiting = new Set<Waiting>()
  const expire = () => {
    for (const one of waiting) if (one.expiresAt <= now()) waiting.delete(one)
  }
  return {
    create: (options) => {
      expire()
      if (waiting.size >= most)
        for (const one of waiting)
          if (one.expiresAt !== Infinity) {
            waiting.delete(one)
            break
          }
      const code = SecretText.random(16)
      const expiresAt = options?.lasting === true ? Infinity : now() + lifeMillis
      waiting.add({ digest: SecretText.digest(code), expiresAt })
      return { code, expiresAt }
    },
    take: (code) => {
      expire()
      const digest = SecretText.digest(code)
      let found: Waiting | undefined
      // All of them, whichever it is.
      for (const one of waiting) if (SecretText.same(one.digest, digest)) found = one
      return found !== undefined && waiting.delete(found)
    }
  }
}
