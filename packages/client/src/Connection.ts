/**
 * The way to a server, and what is said when nobody answers at its end.
 *
 * @since 0.1.0
 */
import { Duration, Effect } from "effect"
import { Problem } from "@halte/api"
import { DurationText, ExecutionsError } from "@halte/engine/model"

/**
 * Answers a request, as `fetch` does. `SocketClient.make` of `@halte/http` is one for sockets of the file system.
 *
 * @since 0.1.0
 */
export type Transport = (request: Request) => Promise<Response>

/**
 * A way to a server.
 *
 * @since 0.1.0
 */
export interface Connection {
  readonly transport: Transport
  /** What all addresses begin with. */
  readonly url: string
  /** What errors call the server. */
  readonly name: string
  /** How long a command or a read may take, and an open stream to begin. */
  readonly timeout: Duration.Duration
  /** The token is looked for anew with each request: one that is not accepted may be that of the server before it. */
  readonly tokenIsFound?: boolean | undefined
  /** Is told when a stream loses its connection, and when it has one again. */
  readonly onChange?: ((change: Change) => void) | undefined
}

/**
 * What happened to the connection of a stream: it is lost, and why, while it tries to come back; or it is back.
 *
 * @since 0.1.0
 */
export type Change = { readonly _tag: "Lost"; readonly reason: string } | { readonly _tag: "Back" }

/**
 * That the server can't be used.
 *
 * @since 0.1.0
 */
export const unavailable = (connection: Connection, why: string): ExecutionsError.ExecutionsUnavailable =>
  new ExecutionsError.ExecutionsUnavailable({ reason: `\`${connection.name}\` ${why}` })

/**
 * Nobody answers: there is nobody, or the connection broke off.
 *
 * @since 0.1.0
 */
export const unreachable = (connection: Connection, cause: unknown): ExecutionsError.ExecutionsUnavailable =>
  unavailable(connection, `can't be reached: ${messageOf(cause)}`)

/**
 * Fails when the other end does not answer in time: it took the connection, and is stopped, or too busy.
 *
 * @since 0.1.0
 */
export const inTime = <A, E, R>(
  connection: Connection,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | ExecutionsError.ExecutionsUnavailable, R> =>
  Effect.timeoutOrElse(effect, {
    duration: connection.timeout,
    orElse: () => {
      const bound = DurationText.short(Duration.toMillis(connection.timeout))
      return Effect.fail(
        unavailable(connection, `did not answer within ${bound}: the process behind it may be stopped, or busy`)
      )
    }
  })

/**
 * The error that a response says, with the status that it has.
 *
 * @since 0.1.0
 */
export const errorOf = (connection: Connection, status: number, text: string): ExecutionsError.ExecutionsError => {
  const error = Problem.errorFromJson(text)
  if (error === undefined)
    return unavailable(connection, `answered ${status}, which is no answer of a Halte server of this version`)
  return error._tag === "RequestRefused"
    ? unavailable(connection, `refused the request: ${plain(error.message)}`)
    : error
}

// A reason is followed by a full stop.
const plain = (message: string): string => message.replace(/\.$/, "")

const messageOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return String(cause)
  // `fetch` says no more than that it failed; why is in its cause.
  const inner = cause.cause instanceof Error && cause.message === "fetch failed" ? cause.cause.message : undefined
  return plain(inner ?? cause.message)
}
