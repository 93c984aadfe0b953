/**
 * A port in front of a server that cuts connections when a test says: what a network does to a page.
 */
import { connect, createServer, type AddressInfo, type Socket } from "node:net"
import { Effect, type Scope } from "effect"

export interface CuttingPort {
  /** What a browser is given, and a server has to know as one of its names: `127.0.0.1:40123`. */
  readonly host: string
  readonly to: (port: number) => void
  /** How many connections there have been. */
  readonly connections: () => number
  /** Cuts those that are open now. */
  readonly cut: () => void
  /** Takes no more connections, as if nobody was there, until it does again. */
  readonly away: (isAway: boolean) => void
}

export const make: Effect.Effect<CuttingPort, never, Scope.Scope> = Effect.gen(function* () {
  const open = new Set<Socket>()
  let target = 0
  let connections = 0
  let isAway = false
  const server = createServer((client) => {
    if (isAway) return void client.destroy()
    connections++
    const inner = connect(target, "127.0.0.1")
    for (const one of [client, inner]) {
      open.add(one)
      one.on("error", () => {})
      one.on("close", () => {
        open.delete(one)
        client.destroy()
        inner.destroy()
      })
    }
    client.pipe(inner).pipe(client)
  })
  const cut = () => {
    for (const one of open) one.destroy()
  }
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
    () =>
      Effect.sync(() => {
        server.close()
        cut()
      })
  )
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    to: (port) => void (target = port),
    connections: () => connections,
    cut,
    away: (now) => {
      isAway = now
      if (now) cut()
    }
  }
})
