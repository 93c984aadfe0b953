/**
 * Who may do what on a server of the network. A request is let in when it was meant for this server (`Host`), comes from
 * no page of another site (`Origin`, `Sec-Fetch-Site`), and shows the token, or the cookie of a browser that has signed
 * in. What holds no data, as the files of the page, needs no token.
 *
 * @since 0.1.0
 */
import { Effect, Redacted } from "effect"
import { type CommandBody, Problem, RequestRefused } from "@halte/api"
import { ExecutionsError } from "@halte/engine"
import type * as AccessHandlers from "./AccessHandlers.ts"
import type * as AllowedHosts from "./AllowedHosts.ts"
import * as SecretText from "./SecretText.ts"
import * as Sessions from "./Sessions.ts"
import * as SignInCodes from "./SignInCodes.ts"
import * as WrongTries from "./WrongTries.ts"

/**
 * A request of which nothing is believed yet.
 *
 * @since 0.1.0
 */
export interface Knock {
  readonly method: string
  /** Whether what it asks for may be seen by everybody who may speak to the server. */
  readonly isPublic: boolean
  readonly headers: Headers
  /** All of its headers `Host`, of which there has to be one. */
  readonly hosts: ReadonlyArray<string>
  /** The address of this machine that it came to, and the one that it came from. */
  readonly arrived: string | undefined
  readonly from: string
}

/**
 * A request that is let in: what its commands count as, and whom its streams count for.
 *
 * @since 0.1.0
 */
export interface Entry {
  readonly _tag: "Entry"
  readonly door: CommandBody.StatedSource
  readonly client: string
  /** What addresses of this server begin with, as it was asked. */
  readonly base: string
}

/**
 * A request that is not, and for how many milliseconds it is not told so.
 *
 * @since 0.1.0
 */
export interface Refusal {
  readonly _tag: "Refusal"
  readonly error: Problem.AnyError
  readonly waitMillis: number
}

/**
 * The guard of one server.
 *
 * @since 0.1.0
 */
export interface AccessControl {
  readonly admit: (knock: Knock) => Entry | Refusal
  readonly signIn: AccessHandlers.SignIn
  /** The rest of an address, that signs in the browser that opens it first. */
  readonly fragment: () => string
}

/**
 * What a guard goes by.
 *
 * @since 0.1.0
 */
export interface Options {
  readonly hosts: AllowedHosts.AllowedHosts
  readonly port: number
  readonly token: Redacted.Redacted<string>
  /** The time in milliseconds. */
  readonly now: () => number
}

/**
 * The guard of a server that nobody has signed in at.
 *
 * @since 0.1.0
 */
export const make = ({ hosts, now, port, token }: Options): AccessControl => {
  // Cookies know no ports: the server of another port of this machine has to have another name for its own.
  const cookieName = `halte-${port}`
  const tokenDigest = SecretText.digest(Redacted.value(token))
  const sessions = Sessions.make(now)
  const codes = SignInCodes.make(now)
  const wrong = WrongTries.make(now)
  let given = 0

  const identify = (knock: Knock, base: string): Entry | Refusal => {
    const authorization = knock.headers.get("authorization")
    if (authorization !== null) {
      const [, shown] = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? []
      if (shown === undefined)
        return unauthorized("the header `authorization` has to be `Bearer`, a space, and the token of this server")
      return SecretText.same(SecretText.digest(shown), tokenDigest)
        ? { _tag: "Entry", door: "Http", client: "token", base }
        : unauthorized("the token is not the one of this server, which may have been started anew", wrong.count())
    }
    const values = cookies(knock.headers.get("cookie"), cookieName)
    for (const value of values) {
      const session = sessions.find(value)
      if (session !== undefined) return { _tag: "Entry", door: "Page", client: session, base }
    }
    return values.length === 0
      ? unauthorized(
          "show the token of this server as `Authorization: Bearer TOKEN`, or sign in with an address of `halte open`"
        )
      : unauthorized("this browser's session is over: sign in again with an address of `halte open`", wrong.count())
  }

  const admit = (knock: Knock): Entry | Refusal => {
    const { headers, method } = knock
    const [host] = knock.hosts
    if (host === undefined || knock.hosts.length > 1)
      return refused(
        "malformed-request",
        `The request has ${host === undefined ? "no" : "more than one"} header \`host\`: it needs one.`
      )
    const base = hosts.base(host, knock.arrived)
    if (base === undefined)
      return refused(
        "host-not-allowed",
        `\`${brief(host)}\` is no name of this server. Ask it by the address that it printed, or start it with \`--allow-host\` and this name.`
      )
    const origin = headers.get("origin")
    if (origin !== null && !hosts.isOrigin(origin, knock.arrived))
      return refused("origin-not-allowed", `A page of \`${brief(origin)}\` may ask nothing of this server.`)
    const foreign = !["same-origin", "none", null].includes(headers.get("sec-fetch-site"))
    if (foreign && changes(method)) return refused("origin-not-allowed", anotherSite)
    if (knock.isPublic) return { _tag: "Entry", door: "Http", client: knock.from, base }

    const entry = identify(knock, base)
    // A browser sends the cookie of this server along wherever it is asked from: that is no wish of its user.
    if (entry._tag === "Entry" && entry.door === "Page" && foreign) return refused("origin-not-allowed", anotherSite)
    return entry
  }

  return {
    admit: (knock) => {
      const entry = admit(knock)
      // What a form of any page can send, is not taken from browsers.
      if (entry._tag === "Entry" && entry.client !== "token" && knock.method === "POST" && !isJson(knock.headers))
        return refused("unsupported-media-type", "A browser sends `application/json`.")
      return entry
    },

    signIn: {
      enter: (code, headers) =>
        Effect.suspend(() => {
          if (!codes.take(code))
            return Effect.andThen(
              Effect.sleep(wrong.count()),
              Effect.fail(
                new ExecutionsError.Unauthorized({
                  reason:
                    "the code was used before, has expired, or is of another server: `halte open` gives another one"
                })
              )
            )
          for (const value of cookies(headers["cookie"] ?? null, cookieName)) sessions.end(value)
          return Effect.succeed(cookie(`${cookieName}=${sessions.begin()}`, headers))
        }),
      leave: (headers) => {
        for (const value of cookies(headers["cookie"] ?? null, cookieName)) sessions.end(value)
        return cookie(`${cookieName}=; Max-Age=0`, headers)
      },
      code: (path, { base = "", door }) =>
        Effect.suspend(() => {
          if (door === "Page")
            return Effect.fail(
              new ExecutionsError.Unauthorized({ reason: "a code is given for the token, not for a browser's session" })
            )
          const { code, expiresAt } = codes.create()
          return Effect.succeed({ code, url: `${base}${path}#code=${code}`, expiresAt })
        })
    },

    // The first one is printed by whoever starts the server, and may be opened much later.
    fragment: () => `#code=${codes.create({ lasting: given++ === 0 }).code}`
  }
}

const anotherSite = "A page of another site may ask nothing of this server."

const changes = (method: string): boolean => method !== "GET" && method !== "HEAD"

const isJson = (headers: Headers): boolean =>
  (headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase() === "application/json"

const refused = (code: RequestRefused.Code, detail: string): Refusal => ({
  _tag: "Refusal",
  error: new RequestRefused.RequestRefused({ code, detail }),
  waitMillis: 0
})

const unauthorized = (reason: string, waitMillis = 0): Refusal => ({
  _tag: "Refusal",
  error: new ExecutionsError.Unauthorized({ reason }),
  waitMillis
})

const brief = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)}…` : text)

/** The values of a cookie of this name. A page of another path can add some of its own: there are a few at most. */
const cookies = (header: string | null, name: string): ReadonlyArray<string> =>
  (header ?? "")
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .slice(0, 4)
    .map((pair) => pair.slice(name.length + 1))

/** By TLS, which a proxy may speak for this server, it goes back by TLS only. */
const cookie = (pair: string, headers: { readonly [name: string]: string | undefined }): string =>
  `${pair}; HttpOnly; SameSite=Strict; Path=/${/^https:/i.test(headers["origin"] ?? "") ? "; Secure" : ""}`
