/**
 * The names under which a server may be asked. A page of another site that makes its own name point here (DNS
 * rebinding) sends its own name as `Host`, and is refused by it.
 *
 * @since 0.1.0
 */
import { isIPv4, isIPv6 } from "node:net"

/**
 * The names of one server.
 *
 * @since 0.1.0
 */
export interface AllowedHosts {
  /**
   * What addresses begin with under the name in a header `Host`, like `http://127.0.0.1:4280`; `undefined` where the
   * name is not allowed. `arrived` is the address of this machine that the connection came to.
   */
  readonly base: (host: string, arrived: string | undefined) => string | undefined
  /** Whether a header `Origin` is that of a page of this server. */
  readonly isOrigin: (origin: string, arrived: string | undefined) => boolean
}

/**
 * What a server knows of its names.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Where it listens. */
  readonly host: string
  readonly port: number
  /**
   * Further names: `halte.example.org`, with a port `halte.example.org:8443`, or with a scheme
   * `https://halte.example.org`. Without a port it is that of the server itself, and those that a proxy leaves out.
   */
  readonly names: ReadonlyArray<string>
}

interface Authority {
  readonly host: string
  readonly port: number | undefined
}

const defaultPorts: { readonly [scheme: string]: number } = { "http:": 80, "https:": 443 }

/**
 * A name with a port as it is in its one canonical form; `undefined` for all else. What the parser of addresses would
 * turn into another name (`2130706433`, `127.1`), a user before an `@`, a path and a space are none.
 */
const parse = (text: string): Authority | undefined => {
  const [, host, digits] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?$/.exec(text.toLowerCase()) ?? []
  if (host === undefined) return undefined
  const port = digits === undefined ? undefined : Number(digits)
  if (port !== undefined && (port < 1 || port > 65_535 || String(port) !== digits)) return undefined
  try {
    return new URL(`http://${host}`).hostname === host ? { host, port } : undefined
  } catch {
    return undefined
  }
}

/**
 * A host as it is in an address: the ones of IPv6 have brackets there.
 *
 * @since 0.1.0
 */
export const bracketed = (host: string): string => (isIPv6(host) ? `[${host}]` : host)

const isAny = (host: string): boolean => host === "0.0.0.0" || host === "::"

/**
 * Whether it is a host in its canonical form: a name, a number of IPv4, one of IPv6 without brackets.
 *
 * @since 0.1.0
 */
export const isHost = (host: string): boolean => {
  const authority = parse(bracketed(host))
  return authority !== undefined && authority.port === undefined
}

/**
 * Whether nobody but this machine can connect to a server that listens there.
 *
 * @since 0.1.0
 */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."))

interface Name extends Authority {
  readonly scheme: string | undefined
}

const parseName = (text: string): Name | undefined => {
  const [, scheme, rest = text] = /^(https?:)\/\/(.*?)\/?$/i.exec(text) ?? []
  const authority = parse(rest)
  return authority === undefined ? undefined : { ...authority, scheme: scheme?.toLowerCase() }
}

/**
 * The first of the names that is none; `undefined` when all can be allowed.
 *
 * @since 0.1.0
 */
export const invalid = (names: ReadonlyArray<string>): string | undefined =>
  names.find((name) => parseName(name) === undefined)

/**
 * The names of a server. Those that are none are left out.
 *
 * @since 0.1.0
 */
export const make = ({ host, names, port }: Options): AllowedHosts => {
  /** Which address begins so, by `host:port`. */
  const bases = new Map<string, string>()
  const origins = new Set<string>()
  const add = (scheme: string, host: string, port: number) => {
    const base = `${scheme}//${host}${port === defaultPorts[scheme] ? "" : `:${port}`}`
    origins.add(base)
    bases.set(`${host}:${port}`, base)
  }
  for (const own of ["127.0.0.1", "localhost", "[::1]"]) add("http:", own, port)
  if (!isAny(host)) add("http:", bracketed(host).toLowerCase(), port)

  for (const text of names) {
    const name = parseName(text)
    if (name === undefined) continue
    // Of two that fit, the last is the address that is given out: this server itself speaks no TLS.
    const both = name.port === port ? ["https:", "http:"] : ["http:", "https:"]
    for (const scheme of name.scheme === undefined ? both : [name.scheme])
      add(scheme, name.host, name.port ?? defaultPorts[scheme]!)
    if (name.scheme === undefined && name.port === undefined) add("http:", name.host, port)
  }

  /** On all addresses of the machine: the one that was dialed is a number, which no name can be made to point to. */
  const dialed = (arrived: string | undefined): string | undefined =>
    !isAny(host) || arrived === undefined
      ? undefined
      : bracketed(arrived.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, ""))

  return {
    base: (said, arrived) => {
      const authority = parse(said)
      if (authority === undefined) return undefined
      if (authority.host === dialed(arrived) && (authority.port ?? 80) === port)
        return `http://${authority.host}${port === 80 ? "" : `:${port}`}`
      for (const at of authority.port === undefined ? [443, 80] : [authority.port]) {
        const base = bases.get(`${authority.host}:${at}`)
        if (base !== undefined) return base
      }
      return undefined
    },
    isOrigin: (origin, arrived) => {
      const [, scheme, rest] = /^(https?:)\/\/(.*)$/.exec(origin) ?? []
      const authority = rest === undefined ? undefined : parse(rest)
      if (scheme === undefined || authority === undefined) return false
      const at = authority.port ?? defaultPorts[scheme]!
      if (scheme === "http:" && authority.host === dialed(arrived) && at === port) return true
      return origins.has(`${scheme}//${authority.host}${at === defaultPorts[scheme] ? "" : `:${at}`}`)
    }
  }
}
