/**
 * A value that is too large for an event: it is kept apart by its hash, and the event has this in its place.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * `sha256` of the JSON text in UTF-8, in hexadecimal, and its length in bytes.
 *
 * @since 0.1.0
 */
export const BlobReference = Schema.Struct({ sha256: Schema.String, bytes: Schema.Int })
export type BlobReference = typeof BlobReference.Type

/**
 * The fields of an event that may be kept apart. An event names those that are in `references`.
 *
 * @since 0.1.0
 */
export const fields = ["value", "items", "partial", "definitionText"] as const

/**
 * References by the name of the field that they stand for.
 *
 * @since 0.1.0
 */
export const References = Schema.Record(Schema.String, BlobReference)
export type References = typeof References.Type
