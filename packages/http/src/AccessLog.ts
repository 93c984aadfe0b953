/**
 * What a server tells of each request that it has answered. It has no query, no header and no body: nothing secret.
 *
 * @since 0.1.0
 */

/**
 * One request.
 *
 * @since 0.1.0
 */
export interface AccessLogEntry {
  /** As in the header `x-request-id` of the answer. */
  readonly requestId: string
  /** Empty, as the path is, of what was no request. */
  readonly method: string
  readonly path: string
  /** 0 when the client was gone before there was an answer. */
  readonly status: number
  /** From the request's headers to the last byte of the answer: of a stream, for how long it was open. */
  readonly millis: number
  /** Of the body of the answer. */
  readonly bytes: number
  /** The address that it came from; behind a proxy that of the proxy. */
  readonly client: string
  /** Whether it came with the cookie of a browser, or else; missing where it was not let in. */
  readonly door?: string | undefined
}
