/**
 * Requests to a server over the network, and words for why one did not get there.
 */

/** Why a request has no answer. */
export class NoAnswer extends Error {
  /** The server speaks the other one of `http` and `https`, as far as can be told. */
  readonly scheme: boolean
  constructor(reason: string, cause: unknown, scheme = false) {
    super(reason, { cause })
    this.scheme = scheme
  }
}

export interface Options {
  readonly token: string | undefined
  /** Looks for the token anew: a server that was started again has another one. */
  readonly renew: () => Promise<string | undefined>
  readonly send?: ((request: Request) => Promise<Response>) | undefined
}

/**
 * Every request has a connection of its own: one that is kept could have been ended by the other side in the very moment
 * of its use. A redirect is not followed: a token is for the server that was named.
 */
const overNetwork = (request: Request): Promise<Response> => fetch(request, { redirect: "manual" })

export interface ServerTransport {
  (request: Request): Promise<Response>
  /** The token that was found last. */
  readonly token: () => string | undefined
}

/** Answers requests with the token, as `fetch` does. */
export const make = (options: Options): ServerTransport => {
  const { renew, send = overNetwork } = options
  let { token } = options
  const sendWith = async (request: Request): Promise<Response> => {
    request.headers.set("connection", "close")
    if (token !== undefined) request.headers.set("authorization", `Bearer ${token}`)
    try {
      return await send(request)
    } catch (error) {
      throw explained(error)
    }
  }
  const answer = async (request: Request): Promise<Response> => {
    const again = request.clone()
    const response = await sendWith(request)
    if (response.status !== 401) return response
    const before = token
    token = (await renew()) ?? token
    if (token === before) return response
    void response.body?.cancel().catch(() => {})
    return sendWith(again)
  }
  return Object.assign(answer, { token: () => token })
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the name of the host can't be looked up now",
  ECONNRESET: "the connection broke off before there was an answer",
  EPIPE: "the connection broke off before there was an answer",
  UND_ERR_SOCKET: "the connection broke off before there was an answer",
  ETIMEDOUT: "nobody answers there",
  UND_ERR_CONNECT_TIMEOUT: "nobody answers there",
  EHOSTUNREACH: "there is no way to that host",
  ENETUNREACH: "there is no way to that host",
  ERR_SSL_WRONG_VERSION_NUMBER: "what answers there does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "what answers there does not speak TLS",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not trusted here",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not trusted here",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host"
}

/** `fetch` says no more than that it failed; why is in its cause, and of several addresses in the causes of that. */
const explained = (error: unknown): unknown => {
  if (!(error instanceof Error) || error.name === "AbortError") return error
  const cause = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause
  if (!(cause instanceof Error)) return error
  const code = "code" in cause ? String(cause.code) : ""
  const word = cause.name === "HTTPParserError" ? "what answers there does not speak HTTP" : words[code]
  if (word === undefined)
    return new NoAnswer(
      cause.message === "bad port" ? "no program of this kind may use that port" : cause.message.trim(),
      error
    )
  return new NoAnswer(word, error, code.startsWith("ERR_SSL") || code === "UND_ERR_SOCKET" || code === "ECONNRESET")
}
