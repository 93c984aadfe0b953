/**
 * The server of the network: the API and the page on a port, behind the guard that decides who may do what.
 *
 * @since 0.1.0
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { networkInterfaces } from "node:os"
import { Clock, Duration, Effect, Redacted, type Scope } from "effect"
import type { Executions } from "@halte/engine"
import { pageDirectory } from "@halte/web"
import * as AccessControl from "./AccessControl.ts"
import type { AccessLogEntry } from "./AccessLog.ts"
import * as AllowedHosts from "./AllowedHosts.ts"
import { CannotListen } from "./CannotListen.ts"
import * as HttpHandler from "./HttpHandler.ts"
import * as NodeExchange from "./NodeExchange.ts"
import * as PageFiles from "./PageFiles.ts"
import * as RequestLimits from "./RequestLimits.ts"
import * as SecretText from "./SecretText.ts"
import * as TcpListener from "./TcpListener.ts"
import * as WebDoor from "./WebDoor.ts"

/**
 * Where a server listens, whom it lets in, and how it ends.
 *
 * @since 0.1.0
 */
export interface Options extends Omit<HttpHandler.Options, "signIn"> {
  /**
   * A name or an address of this machine. `0.0.0.0` and `::` are all of its addresses.
   *
   * @default "127.0.0.1"
   */
  readonly host?: string | undefined
  /**
   * 0 is any that is free.
   *
   * @default 4280
   */
  readonly port?: number | undefined
  /**
   * How many of the ports after it are tried while they are taken.
   *
   * @default 0
   */
  readonly nextPorts?: number | undefined
  /**
   * Further names that the server may be asked by, as those of a proxy: `halte.example.org`, with a port or a scheme if
   * need be. Without a port it is that of the server, 80 or 443.
   */
  readonly hosts?: ReadonlyArray<string> | undefined
  /**
   * What programs show to be let in: at least 16 letters, digits, `-`, `_`, `.`, `~`, `+` or `/`.
   *
   * @default 32 random bytes
   */
  readonly token?: Redacted.Redacted<string> | undefined
  /**
   * The directory of the page's files.
   *
   * @default that of `@halte/web`
   */
  readonly page?: URL | undefined
  /** @default RequestLimits.defaults */
  readonly limits?: Partial<RequestLimits.RequestLimits> | undefined
  /**
   * How long what is under way may go on when the scope closes; then its connections are cut.
   *
   * @default "1 second"
   */
  readonly grace?: Duration.Input | undefined
  /** Is told of each request when its answer is over. */
  readonly log?: ((entry: AccessLogEntry) => void) | undefined
}

/**
 * A server that listens.
 *
 * @since 0.1.0
 */
export interface WebServer {
  /** Its address on this machine, as in `http://127.0.0.1:4280`. */
  readonly url: string
  /** All of them: where it listens on all addresses of the machine, those of the network too. */
  readonly urls: ReadonlyArray<string>
  readonly port: number
  /** Whether other machines can connect. */
  readonly isExposed: boolean
  readonly token: Redacted.Redacted<string>
  /**
   * An address that signs in the browser that opens it first, and shows it a page. The code in it works once; that of
   * the first address does not expire, those of the others do after ten minutes.
   */
  readonly signInUrl: (path?: string) => string
  /** Takes no more work: not ready, nothing starts or is resumed. Everything else goes on until the scope closes. */
  readonly drain: () => void
}

/**
 * Listens until the scope closes.
 *
 * **Details**
 *
 * A request is let in by `AccessControl`: it has to name this server as its host, must not come from a page of another
 * site, and shows the token or the cookie of a session. There is no way to switch that off. The page's files, the docs
 * and `/health` hold no data and need no token.
 *
 * When the scope closes, it stops accepting first; then open streams say what they can say at once and end; what still
 * runs after `grace` is cut.
 *
 * **Example** (Serving an engine)
 *
 * ```ts
 * import { WebServer } from "@halte/http"
 *
 * const server = yield* WebServer.listen(executions, { port: 0 })
 * console.log(server.signInUrl())
 * ```
 *
 * @since 0.1.0
 */
export const listen = (
  executions: Executions.ExecutionsShape,
  options: Options = {}
): Effect.Effect<WebServer, CannotListen, Scope.Scope> =>
  Effect.gen(function* () {
    const { grace = "1 second", nextPorts = 0, port = 4280 } = options
    // As in an address, where one of IPv6 has brackets.
    const host = (options.host ?? "127.0.0.1").replace(/^\[([0-9a-f:]+)\]$/i, "$1")
    const clock = yield* Clock.Clock
    const token = options.token ?? Redacted.make(SecretText.random(32))
    const cannot = (code: CannotListen["code"], reason: string) =>
      Effect.fail(new CannotListen({ address: `${AllowedHosts.bracketed(host)}:${port}`, code, reason }))
    if (!/^[A-Za-z0-9._~+/-]{16,}=*$/.test(Redacted.value(token)))
      return yield* cannot(
        "token-invalid",
        "its token is too short, or has letters that no header takes: use 16 or more of `A-Z a-z 0-9 - _ . ~ + /`"
      )
    const limits = { ...RequestLimits.defaults, ...options.limits }
    const names = options.hosts ?? []
    const invalid = AllowedHosts.invalid(names)
    if (invalid !== undefined)
      return yield* cannot(
        "name-invalid",
        `\`${invalid}\` is no name to allow: write \`name\`, \`name:port\` or \`https://name\``
      )

    let door: WebDoor.WebDoor | undefined
    const server = createServer({ ...RequestLimits.toNode(limits), requireHostHeader: false })
    server.maxConnections = limits.connections
    server.maxHeadersCount = 0
    const attend = (message: IncomingMessage, out: ServerResponse) =>
      void (door === undefined ? out.destroy() : door.answer(message, out))
    server.on("request", attend)
    server.on("checkExpectation", attend)
    server.on("clientError", (error, socket) => door?.refuse(error, socket))

    const bound = yield* Effect.acquireRelease(
      Effect.map(TcpListener.listen(server, { host, port, nextPorts }), (bound) => {
        const hosts = AllowedHosts.make({ host, port: bound, names })
        const now = () => clock.currentTimeMillisUnsafe()
        const access = AccessControl.make({ hosts, port: bound, token, now })
        const handler = HttpHandler.make(executions, { ...options, signIn: access.signIn })
        const page = PageFiles.make(options.page ?? pageDirectory)
        door = WebDoor.make({ access, handler, page, limits, server, log: options.log })
        return { access, door, handler, port: bound }
      }),
      ({ door, handler }) =>
        Effect.promise(() => {
          door.end()
          return NodeExchange.close(server, Duration.toMillis(grace), () => handler.endStreams())
        })
    )
    const urls = addresses(host).map((address) => `http://${AllowedHosts.bracketed(address)}:${bound.port}`)
    return {
      url: urls[0]!,
      urls,
      port: bound.port,
      isExposed: !AllowedHosts.isLoopback(host),
      token,
      signInUrl: (path = "/") => `${urls[0]}${path}${bound.access.fragment()}`,
      drain: bound.handler.drain
    }
  })

/** Where a server that listens on a host can be asked. */
const addresses = (host: string): readonly [string, ...ReadonlyArray<string>] => {
  if (host !== "0.0.0.0" && host !== "::") return [host]
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    // Those that are good for one link only have to be asked with the link's name, which browsers don't take.
    .filter(
      ({ address, family, internal }) => !internal && (host === "::" || family === "IPv4") && !/^fe80/i.test(address)
    )
  return ["127.0.0.1", ...others.map(({ address }) => address)]
}
