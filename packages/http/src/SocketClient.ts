/**
 * Requests to a server on a socket of the file system: what `fetch` is for addresses of the network.
 *
 * @since 0.1.0
 */
import { type IncomingMessage, request as send } from "node:http"
import * as NodeMessage from "./NodeMessage.ts"

/**
 * Answers a request with a response whose body comes as it is read. Rejects when there is nobody to answer; aborting
 * the request's signal, or cancelling the body, ends the connection.
 *
 * @since 0.1.0
 */
export type SocketClient = (request: Request) => Promise<Response>

/**
 * A client of the server on this path. Every request has a connection of its own: one that is kept could have been ended
 * by the other side in the very moment of its use.
 *
 * @since 0.1.0
 */
export const make = (options: { readonly socket: string }): SocketClient => {
  const { socket } = options
  return async (request) => {
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer())
    const { pathname, search } = new URL(request.url)
    return new Promise<Response>((resolve, reject) => {
      if (request.signal.aborted) return reject(aborted())
      const outgoing = send({
        socketPath: socket,
        agent: false,
        method: request.method,
        path: `${pathname}${search}`,
        headers: {
          ...Object.fromEntries(request.headers),
          host: "localhost",
          ...(body === undefined ? undefined : { "content-length": body.byteLength })
        }
      })
      const abort = () => outgoing.destroy(aborted())
      request.signal.addEventListener("abort", abort, { once: true })
      outgoing.once("close", () => request.signal.removeEventListener("abort", abort))
      // Also after the response has begun: then its body says that it broke off.
      outgoing.on("error", (error) => reject(explained(error)))
      outgoing.once("response", (incoming) => resolve(toResponse(incoming)))
      outgoing.end(body)
    })
  }
}

const toResponse = (incoming: IncomingMessage): Response => {
  const status = incoming.statusCode ?? 0
  const init = { status, headers: NodeMessage.headers(incoming) }
  if (status === 204 || status === 205 || status === 304) {
    incoming.resume()
    return new Response(null, init)
  }
  return new Response(
    NodeMessage.body(incoming, {
      broken: () => new Error("the connection broke off"),
      cancel: () => void incoming.destroy()
    }),
    init
  )
}

const aborted = () => new DOMException("The request was aborted.", "AbortError")

const words: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "nobody listens on it",
  EACCES: "it belongs to another user",
  EPERM: "it belongs to another user",
  ENOTSOCK: "it is no socket",
  ECONNRESET: "the connection broke off before there was an answer",
  EPIPE: "the connection broke off before there was an answer",
  EAGAIN: "too many wait for it to answer"
}

const explained = (error: Error): Error => {
  const code = "code" in error ? String(error.code) : ""
  const word = words[code]
  return word === undefined ? error : new Error(word, { cause: error })
}
