/**
 * A server of Node around a handler, on a socket of the file system: the door of every live engine for the other
 * terminals of its user.
 *
 * @since 0.1.0
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { Duration, Effect, type Scope } from "effect"
import { Problem, RequestRefused } from "@halte/api"
import type * as HttpHandler from "./HttpHandler.ts"
import * as NodeMessage from "./NodeMessage.ts"
import * as ProblemResponse from "./ProblemResponse.ts"
import * as SocketFile from "./SocketFile.ts"

/**
 * Where a server listens, and how it ends.
 *
 * @since 0.1.0
 */
export interface Options {
  /** The path of the socket, of at most 100 bytes; on Windows that of a named pipe. Its directory has to exist. */
  readonly socket: string
  /**
   * How long what is under way may go on when the scope closes; then its connections are cut.
   *
   * @default "1 second"
   */
  readonly grace?: Duration.Input | undefined
}

/**
 * Listens until the scope closes. Only the user that it runs as can connect: the file has the mode 0600 before it has
 * its name. A socket that nobody answers on is replaced.
 *
 * **Details**
 *
 * When the scope closes, the file goes first, so that nobody comes any more; open streams say what they can say at once
 * and end; what still runs after `grace` is cut. No request ends the process, whatever is in it.
 *
 * **Example** (Serving an engine)
 *
 * ```ts
 * import { HttpHandler, NodeServer } from "@halte/http"
 *
 * yield* NodeServer.listen(HttpHandler.make(executions), { socket: ".halte/run/engine.sock" })
 * ```
 *
 * @since 0.1.0
 */
export const listen = (
  handler: HttpHandler.HttpHandler,
  options: Options
): Effect.Effect<void, SocketFile.CannotListen, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      const server = createServer((message, out) => void answer(handler, message, out))
      server.on("clientError", refuse)
      return Effect.map(SocketFile.listen(server, options.socket), (remove) => ({ server, remove }))
    }),
    ({ remove, server }) =>
      Effect.promise(() => {
        remove()
        handler.endStreams()
        return close(server, Duration.toMillis(options.grace ?? "1 second"))
      })
  ).pipe(Effect.asVoid)

/** Waits until every connection has ended, with a bound. */
const close = (server: Server, graceMillis: number): Promise<void> =>
  new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMillis)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })

const answer = async (
  handler: HttpHandler.HttpHandler,
  message: IncomingMessage,
  out: ServerResponse
): Promise<void> => {
  const gone = new AbortController()
  out.once("close", () => {
    if (!out.writableFinished) gone.abort()
  })
  // An error of a connection is an end of it, like any other.
  out.on("error", () => {})
  message.on("error", () => {})
  try {
    const request = toRequest(message, gone.signal)
    const response = await (request === undefined ? ProblemResponse.toWeb(unreadable, "") : handler(request))
    if (out.destroyed) void response.body?.cancel().catch(() => {})
    else await NodeMessage.write(response, out)
  } catch {
    out.destroy()
  }
}

const unreadable = new RequestRefused.RequestRefused({
  code: "malformed-request",
  detail: "The request can't be read: its method, its address or a header is not what HTTP allows."
})

/** The host that requests are for: a socket has none. */
const host = "http://localhost"

const toRequest = (message: IncomingMessage, signal: AbortSignal): Request | undefined => {
  const { method = "GET", url = "" } = message
  if (!url.startsWith("/")) return undefined
  try {
    const init = { method, headers: NodeMessage.headers(message), signal }
    if (method !== "POST") {
      message.resume()
      return new Request(`${host}${url}`, init)
    }
    const body = NodeMessage.body(message, {
      broken: () => new Error("The request broke off."),
      // It goes on arriving while the answer is on its way: it is not kept.
      cancel: () => void message.resume()
    })
    // The declarations of browsers don't know `duplex` yet.
    const withBody: RequestInit & { readonly duplex: "half" } = { ...init, body, duplex: "half" }
    return new Request(`${host}${url}`, withBody)
  } catch {
    return undefined
  }
}

/** What is not even HTTP. */
const refuse = (_error: Error, socket: Duplex): void => {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const body = Problem.toJson(Problem.fromError(unreadable))
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${Problem.contentType}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`
  )
}
