/**
 * How much a server of the network takes, so that no client can take all of it.
 *
 * @since 0.1.0
 */
import { Duration } from "effect"

/**
 * The limits that can be set. The body of a request has one of its own.
 *
 * @since 0.1.0
 */
export interface RequestLimits {
  /**
   * Connections at a time. One more is closed at once.
   *
   * @default 4096
   */
  readonly connections: number
  /**
   * Streams that one client has open at a time: a session, or all that show the token.
   *
   * @default 1024
   */
  readonly streams: number
  /**
   * Bytes of the first line and the headers of a request together.
   *
   * @default 16384
   */
  readonly headerBytes: number
  /**
   * How long the headers of a request may take to arrive.
   *
   * @default "10 seconds"
   */
  readonly headerTimeout: Duration.Input
  /**
   * How long a request may take to arrive, with its body.
   *
   * @default "30 seconds"
   */
  readonly requestTimeout: Duration.Input
  /**
   * How long a connection is kept that nothing is asked on.
   *
   * @default "5 seconds"
   */
  readonly keepAlive: Duration.Input
  /**
   * How long a reader may take nothing of an answer before its connection is cut.
   *
   * @default "1 minute"
   */
  readonly stalledReader: Duration.Input
}

/**
 * The limits that hold where none are set.
 *
 * @since 0.1.0
 */
export const defaults: RequestLimits = {
  connections: 4096,
  streams: 1024,
  headerBytes: 16_384,
  headerTimeout: "10 seconds",
  requestTimeout: "30 seconds",
  keepAlive: "5 seconds",
  stalledReader: "1 minute"
}

/**
 * The limits as a server of Node takes them.
 *
 * @since 0.1.0
 */
export const toNode = (limits: RequestLimits) => {
  const headersTimeout = whole(limits.headerTimeout)
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout,
    requestTimeout: Math.max(headersTimeout, whole(limits.requestTimeout)),
    keepAliveTimeout: whole(limits.keepAlive),
    // How often it looks whether something takes too long.
    connectionsCheckingInterval:
      headersTimeout === 0 ? 1000 : Math.max(10, Math.min(1000, Math.ceil(headersTimeout / 4)))
  }
}

/** In whole milliseconds, the only ones that Node takes. Without an end is 0 there. */
const whole = (duration: Duration.Input): number => {
  const millis = Duration.toMillis(duration)
  return Number.isFinite(millis) ? Math.max(1, Math.ceil(millis)) : 0
}
