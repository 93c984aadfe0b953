/**
 * Listening on a port, and saying in words why that is not possible.
 *
 * @since 0.1.0
 */
import type { AddressInfo, Server } from "node:net"
import { Effect } from "effect"
import * as AllowedHosts from "./AllowedHosts.ts"
import { CannotListen } from "./CannotListen.ts"

/**
 * Where to listen.
 *
 * @since 0.1.0
 */
export interface Where {
  readonly host: string
  /** 0 is any that is free. */
  readonly port: number
  /** How many of the ports after it are tried while they are taken. */
  readonly nextPorts: number
}

const highest = 65_535

/**
 * Lets a server listen; answers the port.
 *
 * @since 0.1.0
 */
export const listen = (server: Server, where: Where): Effect.Effect<number, CannotListen> =>
  Effect.suspend(() => {
    const { host, nextPorts, port } = where
    const fail = (code: CannotListen["code"], reason: string) =>
      Effect.fail(new CannotListen({ address: `${AllowedHosts.bracketed(host)}:${port}`, code, reason }))
    if (!AllowedHosts.isHost(host))
      return fail("host-invalid", `\`${host}\` is no host: give a name or an address, without a port and a scheme`)
    if (!Number.isInteger(port) || port < 0 || port > highest)
      return fail("port-invalid", `a port is a whole number from 0 to ${highest}`)
    const last = port === 0 ? 0 : Math.min(highest, port + Math.max(0, nextPorts))
    const attempt = (now: number): Effect.Effect<number, CannotListen> =>
      Effect.catch(
        Effect.tryPromise({ try: () => bind(server, host, now), catch: (error) => error }),
        (error): Effect.Effect<number, CannotListen> => {
          if (codeOf(error) === "EADDRINUSE" && now < last) return attempt(now + 1)
          const [code, reason] = explain(error, where, last)
          return fail(code, reason)
        }
      )
    return attempt(port)
  })

const bind = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject)
      resolve((server.address() as AddressInfo).port)
    })
  })

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

const explain = (error: unknown, where: Where, last: number): readonly [CannotListen["code"], string] => {
  const { host, port } = where
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return last === port
        ? ["port-taken", `port ${port} is taken by another program: end that, or choose another port, 0 for any`]
        : ["port-taken", `the ports ${port} to ${last} are all taken: choose another one, 0 for any`]
    case "EACCES":
    case "EPERM":
      return ["port-not-allowed", `this user may not use port ${port}: choose one from 1024 on`]
    case "EADDRNOTAVAIL":
    case "EINVAL":
      return ["host-unknown", `\`${host}\` is no address of this machine`]
    case "EAFNOSUPPORT":
      return ["host-unknown", `this machine has no addresses of the kind of \`${host}\``]
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EAI_NODATA":
    case "EAI_NONAME":
      return ["host-unknown", `the name \`${host}\` can't be found`]
    default:
      return ["other", error instanceof Error ? error.message : String(error)]
  }
}
