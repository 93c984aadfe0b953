/**
 * One request of a server of Node and its answer. Whatever it is, it is answered, or its connection ends; nothing of it
 * ends the process.
 *
 * @since 0.1.0
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { Problem, RequestRefused } from "@halte/api"
import * as NodeMessage from "./NodeMessage.ts"
import * as OpenStreams from "./OpenStreams.ts"
import * as RequestMetrics from "./RequestMetrics.ts"

/**
 * Answers a message. `gone` aborts when its sender goes away before the answer is whole. What went out is answered; a
 * status of 0 is none.
 *
 * @since 0.1.0
 */
export const answer = async (
  message: IncomingMessage,
  out: ServerResponse,
  respond: (gone: AbortSignal) => Promise<Response>,
  options?: NodeMessage.WriteOptions
): Promise<{ readonly status: number; readonly bytes: number }> => {
  const began = performance.now()
  const gone = new AbortController()
  out.once("close", () => {
    if (!out.writableFinished) gone.abort()
  })
  // An error of a connection is an end of it, like any other.
  out.on("error", () => {})
  message.on("error", () => {})
  try {
    const response = await respond(gone.signal)
    const { method = "", url = "" } = message
    RequestMetrics.answered(method, url, response.status, (performance.now() - began) / 1000)
    if (!out.destroyed) {
      const closed = OpenStreams.isStream(response) ? RequestMetrics.streamOpened() : undefined
      try {
        return { status: response.status, bytes: await NodeMessage.write(response, out, options) }
      } finally {
        closed?.()
      }
    }
    void response.body?.cancel().catch(() => {})
  } catch {
    out.destroy()
  }
  return { status: 0, bytes: 0 }
}

/**
 * That a request is not what HTTP allows.
 *
 * @since 0.1.0
 */
export const unreadable = new RequestRefused.RequestRefused({
  code: "malformed-request",
  detail: "The request can't be read: its method, its address or a header is not what HTTP allows."
})

/** The host that requests are for: who they were sent to is looked at before. */
const host = "http://localhost"

/**
 * The address of a message, as it is asked for: what is decided by a path is decided by this one, in which no `..` is
 * left. `undefined` when it is none, or names a host.
 *
 * @since 0.1.0
 */
export const addressOf = (message: IncomingMessage): URL | undefined => {
  const { url = "" } = message
  if (!url.startsWith("/")) return undefined
  try {
    return new URL(`${host}${url}`)
  } catch {
    return undefined
  }
}

/**
 * A message as a request of the web; `undefined` when it can't be one.
 *
 * @since 0.1.0
 */
export const toRequest = (message: IncomingMessage, signal: AbortSignal): Request | undefined => {
  const { method = "GET" } = message
  const address = addressOf(message)
  if (address === undefined) return undefined
  try {
    const init = { method, headers: NodeMessage.headers(message), signal }
    if (method !== "POST") {
      message.resume()
      return new Request(address, init)
    }
    const body = NodeMessage.body(message, {
      broken: () => new Error("The request broke off."),
      // It goes on arriving while the answer is on its way: it is not kept.
      cancel: () => void message.resume()
    })
    // The declarations of browsers don't know `duplex` yet.
    const withBody: RequestInit & { readonly duplex: "half" } = { ...init, body, duplex: "half" }
    return new Request(address, withBody)
  } catch {
    return undefined
  }
}

const tooLarge = new RequestRefused.RequestRefused({
  code: "headers-too-large",
  detail: "The first line and the headers of the request are larger than this server takes."
})
const tooLate = new RequestRefused.RequestRefused({
  code: "request-timeout",
  detail: "The request did not arrive in the time that this server gives it."
})

const refusalOf = (error: Error): RequestRefused.RequestRefused => {
  switch ("code" in error ? error.code : undefined) {
    case "HPE_HEADER_OVERFLOW":
      return tooLarge
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return tooLate
    default:
      return unreadable
  }
}

const phrases: { readonly [status: number]: string } = {
  400: "Bad Request",
  408: "Request Timeout",
  431: "Request Header Fields Too Large"
}

/**
 * Answers what is not even HTTP, or does not arrive. The status is that of the answer; 0 where none can be given.
 *
 * @since 0.1.0
 */
export const refuse = (
  error: Error,
  socket: Duplex,
  requestId: string,
  headers?: { readonly [name: string]: string }
): number => {
  if (!socket.writable || isAnswering(socket)) {
    socket.destroy()
    return 0
  }
  const refused = refusalOf(error)
  const body = Problem.toJson({ ...Problem.fromError(refused), requestId })
  const status = RequestRefused.statuses[refused.code]
  const head = Object.entries({
    "content-type": Problem.contentType,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    "x-request-id": requestId,
    connection: "close",
    ...headers
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${phrases[status]}\r\n${head.join("")}\r\n${body}`)
  return status
}

/** Whether an answer has begun on it: another one in its middle would be taken for a part of it. */
const isAnswering = (socket: Duplex): boolean => {
  const current = "_httpMessage" in socket ? (socket._httpMessage as ServerResponse | null) : null
  return current?.headersSent === true
}

/**
 * Waits until every connection of a server has ended, with a bound; then they are cut. It stops accepting at once, and
 * then does what is to follow.
 *
 * @since 0.1.0
 */
export const close = (server: Server, graceMillis: number, then: () => void): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMillis)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    then()
    server.closeIdleConnections()
  })
