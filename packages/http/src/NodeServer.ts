/**
 * A server of Node around a handler, on a socket of the file system: the door of every live engine for the other
 * terminals of its user.
 *
 * @since 0.1.0
 */
import { createServer } from "node:http"
import { Duration, Effect, type Scope } from "effect"
import type { CannotListen } from "./CannotListen.ts"
import type * as HttpHandler from "./HttpHandler.ts"
import * as NodeExchange from "./NodeExchange.ts"
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
): Effect.Effect<void, CannotListen, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.suspend(() => {
      // Whoever can connect may do everything: no header makes a difference, and none has to be there.
      const server = createServer({ requireHostHeader: false }, (message, out) => {
        void NodeExchange.answer(message, out, async (gone) => {
          const request = NodeExchange.toRequest(message, gone)
          return request === undefined
            ? ProblemResponse.toWeb(NodeExchange.unreadable, crypto.randomUUID())
            : handler(request)
        })
      })
      server.on("clientError", (error, socket) => void NodeExchange.refuse(error, socket, crypto.randomUUID()))
      return Effect.map(SocketFile.listen(server, options.socket), (remove) => ({ server, remove }))
    }),
    ({ remove, server }) =>
      Effect.promise(() => {
        remove()
        return NodeExchange.close(server, Duration.toMillis(options.grace ?? "1 second"), () => handler.endStreams())
      })
  ).pipe(Effect.asVoid)
