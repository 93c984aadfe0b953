/**
 * Requests that come on a connection before the earlier ones on it are answered. Clients wait; who sends thousands ahead
 * would have all of them answered at once, and everybody else would wait for that.
 *
 * @since 0.1.0
 */
import type { IncomingMessage, ServerResponse } from "node:http"

/**
 * The most requests of a connection that are not answered yet.
 *
 * @since 0.1.0
 */
export const most = 32

/**
 * Counts a request until its answer is over; `false` when it is one too many.
 *
 * @since 0.1.0
 */
export type RequestsAhead = (message: IncomingMessage, out: ServerResponse) => boolean

/**
 * None yet.
 *
 * @since 0.1.0
 */
export const make = (): RequestsAhead => {
  const open = new WeakMap<object, number>()
  return ({ socket }, out) => {
    const count = (open.get(socket) ?? 0) + 1
    if (count > most) return false
    open.set(socket, count)
    out.once("close", () => open.set(socket, open.get(socket)! - 1))
    return true
  }
}
