/**
 * A socket in front of another that cuts connections where a test says: in the middle of a line, as networks do.
 */
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { Effect, type Scope } from "effect"
import * as Served from "./Served.ts"

export interface CuttingProxy {
  readonly socket: string
  /** How many connections there have been. */
  readonly connections: () => number
  /** Cuts those that are open now. */
  readonly cut: () => void
  /** Takes no more connections: it is gone. */
  readonly close: () => void
}

/** `limit` says how many bytes of answer the n-th connection may have. */
export const make = (
  target: string,
  limit: (connection: number) => number
): Effect.Effect<CuttingProxy, never, Scope.Scope> =>
  Effect.gen(function* () {
    const socket = join(yield* Served.directory, "p")
    const open = new Set<Socket>()
    let connections = 0
    const cut = () => {
      for (const one of open) one.destroy()
    }
    const server = createServer((client) => {
      const most = limit(connections++)
      let passed = 0
      const inner = connect(target)
      for (const one of [client, inner]) {
        open.add(one)
        one.on("error", () => {})
        one.on("close", () => {
          open.delete(one)
          client.destroy()
          inner.destroy()
        })
      }
      client.pipe(inner)
      inner.on("data", (chunk) => {
        const rest = chunk.subarray(0, most - passed)
        passed += rest.length
        if (passed >= most) client.end(rest)
        else client.write(rest)
      })
      inner.on("end", () => client.end())
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(socket, () => resume(Effect.void))),
      () =>
        Effect.sync(() => {
          server.close()
          cut()
        })
    )
    return { socket, connections: () => connections, cut, close: () => void server.close() }
  })
