/**
 * Execution ids: 20 characters of Crockford base 32, ten of time (milliseconds since 1970) and ten random, so that ids
 * sort by their start and a person can name one by its last few characters. The time part is that of the ULID
 * specification.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/**
 * The id of one execution, over all its attempts.
 *
 * @since 0.1.0
 */
export const ExecutionId = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[0-9A-HJKMNP-TV-Z]{20}$/)),
  Schema.brand("ExecutionId")
)
export type ExecutionId = typeof ExecutionId.Type

/**
 * Makes an id from the time in milliseconds since 1970 and ten random bytes.
 *
 * @since 0.1.0
 */
export const make = (millis: number, random: Uint8Array = crypto.getRandomValues(new Uint8Array(10))): ExecutionId => {
  let id = ""
  for (let rest = millis, i = 0; i < 10; i++) {
    id = alphabet[rest % 32] + id
    rest = Math.floor(rest / 32)
  }
  for (let i = 0; i < 10; i++) id += alphabet[random[i]! % 32]
  return id as ExecutionId
}

/**
 * The ids that a person may mean by `text`: the id itself, or every id that ends in `text` when it has four characters
 * or more. Upper and lower case are the same; a leading `…` is left out.
 *
 * @since 0.1.0
 */
export const matching = <Id extends string>(ids: Iterable<Id>, text: string): ReadonlyArray<Id> => {
  const ending = text.replace(/^…/, "").toUpperCase()
  const found: Array<Id> = []
  for (const id of ids) if (id === ending || (ending.length >= 4 && id.endsWith(ending))) found.push(id)
  return found
}
