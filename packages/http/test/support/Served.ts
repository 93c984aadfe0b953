/**
 * The whole path in a test: an engine, its handler, a server on a socket of its own, and a client of that socket.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import type { Executions } from "@halte/engine"
import { type CannotListen, HttpHandler, NodeServer, SocketClient } from "@halte/http"
import { ExecutionsRemote } from "@halte/client"

export interface Served {
  readonly socket: string
  readonly handler: HttpHandler.HttpHandler
  /** Asks the server itself, as any program may. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>
  /** A client of the server. */
  readonly remote: Executions.ExecutionsShape
}

/** A directory that is gone when the test is. */
export const directory: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "halte-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const fetchOn =
  (socket: string) =>
  (path: string, init?: RequestInit): Promise<Response> =>
    SocketClient.make({ socket })(new Request(`http://localhost${path}`, init))

export const post = (body: unknown, headers?: Record<string, string>): RequestInit => ({
  method: "POST",
  body: JSON.stringify(body),
  headers: { "content-type": "application/json", ...headers }
})

export const make = (
  engine: Executions.ExecutionsShape,
  options?: Omit<ExecutionsRemote.Options, "transport" | "url"> & {
    readonly handler?: HttpHandler.Options
    readonly server?: Omit<NodeServer.Options, "socket">
  }
): Effect.Effect<Served, CannotListen, Scope.Scope> =>
  Effect.gen(function* () {
    const { handler: handling, server, ...remote } = options ?? {}
    const socket = join(yield* directory, "s")
    const handler = HttpHandler.make(engine, handling)
    yield* NodeServer.listen(handler, { socket, ...server })
    return {
      socket,
      handler,
      fetch: fetchOn(socket),
      remote: ExecutionsRemote.make({ transport: SocketClient.make({ socket }), name: "the socket", ...remote })
    }
  })
