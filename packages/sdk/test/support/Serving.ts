/**
 * A server on a port in a test, which can be ended and started again on the same port.
 */
import { Effect, Exit, Redacted, Scope } from "effect"
import type { Executions } from "@halte/engine"
import { WebServer } from "@halte/http"

export interface Serving {
  readonly url: string
  /** The token of the server that runs now. */
  readonly token: () => string
  /** Ends the server. */
  readonly stop: Effect.Effect<void>
  /** Starts one on the same port, with another token unless one is given. */
  readonly start: (options?: Pick<WebServer.Options, "token">) => Effect.Effect<void>
}

export const make = (
  engine: Executions.ExecutionsShape,
  options: WebServer.Options = {}
): Effect.Effect<Serving, never, Scope.Scope> =>
  Effect.gen(function* () {
    let port = 0
    let own: Scope.Closeable | undefined
    let server: WebServer.WebServer | undefined
    const start: Serving["start"] = (more) =>
      Effect.gen(function* () {
        own = yield* Scope.make()
        const listening = WebServer.listen(engine, { grace: "50 millis", ...options, ...more, port })
        server = yield* Effect.orDie(Scope.provide(listening, own))
        port = server.port
      })
    const stop = Effect.suspend(() => (own === undefined ? Effect.void : Scope.close(own, Exit.void)))
    yield* start()
    yield* Effect.addFinalizer(() => stop)
    return { url: server!.url, token: () => Redacted.value(server!.token), stop, start }
  })
