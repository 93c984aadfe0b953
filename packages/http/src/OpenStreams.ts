/**
 * How many streams each client has open.
 *
 * @since 0.1.0
 */

/**
 * Whether an answer goes on for as long as something happens. Those say so: no proxy may keep them.
 *
 * @since 0.1.0
 */
export const isStream = ({ body, headers }: Response): boolean => body !== null && headers.has("x-accel-buffering")

/**
 * Takes a place for a stream of a client; the answer gives it back. `undefined` when all are taken.
 *
 * @since 0.1.0
 */
export type OpenStreams = (client: string) => (() => void) | undefined

/**
 * So many places for each client.
 *
 * @since 0.1.0
 */
export const make = (most: number): OpenStreams => {
  const open = new Map<string, number>()
  return (client) => {
    const now = open.get(client) ?? 0
    if (now >= most) return undefined
    open.set(client, now + 1)
    let given = false
    return () => {
      if (given) return
      given = true
      const left = (open.get(client) ?? 1) - 1
      if (left === 0) open.delete(client)
      else open.set(client, left)
    }
  }
}
