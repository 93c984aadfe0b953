/**
 * What a server answers to a request that no execution was asked about: it could not be read, or means nothing.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The codes, and the status that each is answered with.
 *
 * @since 0.1.0
 */
export const statuses = {
  "malformed-request": 400,
  "unknown-sequence": 400,
  "host-not-allowed": 403,
  "origin-not-allowed": 403,
  "unknown-route": 404,
  "method-not-allowed": 405,
  "not-acceptable": 406,
  "request-timeout": 408,
  "body-too-large": 413,
  "unsupported-media-type": 415,
  "invalid-request": 422,
  "too-many-streams": 429,
  "headers-too-large": 431,
  "internal-error": 500,
  "page-not-built": 503,
  "server-ending": 503
} as const

/**
 * A code of such an answer.
 *
 * @since 0.1.0
 */
export type Code = keyof typeof statuses

/**
 * One thing that is wrong with a request: where, as a JSON pointer into the body or the name of a parameter, and what.
 *
 * @since 0.1.0
 */
export const Complaint = Schema.Struct({ pointer: Schema.String, detail: Schema.String })
export type Complaint = typeof Complaint.Type

/**
 * A request that was not passed on to the engine.
 *
 * @since 0.1.0
 */
export class RequestRefused extends Schema.TaggedError<RequestRefused>()("RequestRefused", {
  code: Schema.Literals(Object.keys(statuses) as Array<Code>),
  detail: Schema.String,
  errors: Schema.optionalKey(Schema.Array(Complaint))
}) {
  override get message() {
    const errors =
      this.errors === undefined || this.errors.length === 0 ? "" : ` ${this.errors.map(toText).join("; ")}.`
    return `${this.detail}${errors}`
  }
}

const toText = ({ detail, pointer }: Complaint): string => (pointer === "" ? detail : `\`${pointer}\`: ${detail}`)
