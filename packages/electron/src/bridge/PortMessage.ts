/**
 * What the two ends of a port say to each other so that requests and responses pass it. Everything is plain data that a
 * structured clone keeps as it is; nothing is transferred, since ports of Electron can transfer nothing but ports.
 *
 * The client names each request by a number. From then on, every message of either side has that number.
 */
import { Schema } from "effect"

const Headers = Schema.Array(Schema.Tuple([Schema.String, Schema.String]))
const id = Schema.Int

/** From the client. */
export const ToServer = Schema.Union([
  Schema.Struct({
    _tag: Schema.tag("Request"),
    id,
    method: Schema.String,
    url: Schema.String,
    headers: Headers,
    body: Schema.NullOr(Schema.Uint8Array)
  }),
  /** So many bytes more may be sent of the response. */
  Schema.Struct({ _tag: Schema.tag("Credit"), id, bytes: Schema.Int.check(Schema.isGreaterThan(0)) }),
  /** Nobody reads it any more. */
  Schema.Struct({ _tag: Schema.tag("Cancel"), id })
])
export type ToServer = typeof ToServer.Type

/** From the server. A response is one `Head`, then pieces of its body if it has one, then `End`; or `Failed` instead. */
export const ToClient = Schema.Union([
  Schema.Struct({
    _tag: Schema.tag("Head"),
    id,
    status: Schema.Int,
    statusText: Schema.String,
    headers: Headers,
    /** Without one, there is no `End` either. */
    hasBody: Schema.Boolean
  }),
  Schema.Struct({ _tag: Schema.tag("Piece"), id, bytes: Schema.Uint8Array }),
  Schema.Struct({ _tag: Schema.tag("End"), id }),
  /** There is no answer, or it breaks off here. */
  Schema.Struct({ _tag: Schema.tag("Failed"), id, message: Schema.String })
])
export type ToClient = typeof ToClient.Type

/** Whether a message is one of these: a port may carry others, which are nobody's concern here. */
export const isToServer: (message: unknown) => message is ToServer = Schema.is(ToServer)
export const isToClient: (message: unknown) => message is ToClient = Schema.is(ToClient)

/**
 * How many bytes of a body a client takes without having read any of them. As many may be on their way more only when it
 * says so by `Credit`: a reader that does not read costs this much, and no more.
 */
export const window = 128 * 1024

/** How many bytes of a body one message has at most: others get their turn between two of them. */
export const longestPiece = 64 * 1024
