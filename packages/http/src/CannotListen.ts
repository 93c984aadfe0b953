/**
 * Why a server does not listen.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * A server could not begin to listen. `address` is the path of a socket, or host and port.
 *
 * @since 0.1.0
 */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", {
  address: Schema.String,
  code: Schema.Literals([
    "port-taken",
    "port-not-allowed",
    "port-invalid",
    "host-unknown",
    "host-invalid",
    "name-invalid",
    "token-invalid",
    "socket-unusable",
    "other"
  ]),
  reason: Schema.String
}) {
  override get message() {
    return `No server can listen on \`${this.address}\`: ${this.reason}.`
  }
}
