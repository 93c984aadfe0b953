/**
 * Validators: what a reader shows to be told only what is new.
 *
 * @since 0.1.0
 */
import { HttpServerResponse } from "effect/http"

/**
 * A body of JSON with its validator; 304 without a body, when the header `If-None-Match` says that the reader has it.
 * The body is only written when it is sent.
 *
 * @since 0.1.0
 */
export const respond = (
  ifNoneMatch: string | undefined,
  etag: string,
  body: () => string
): HttpServerResponse.HttpServerResponse => {
  // Kept, but asked about each time: what is there may be another thing a moment later.
  const headers = { etag, "cache-control": "no-cache" }
  if (isKnown(ifNoneMatch, etag)) return HttpServerResponse.empty({ status: 304, headers })
  return HttpServerResponse.text(body(), { contentType: "application/json", headers })
}

/** Compared weakly, as RFC 9110 wants it for reading. */
const isKnown = (ifNoneMatch: string | undefined, etag: string): boolean => {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(",").map((tag) => opaque(tag.trim()))
  return tags.includes("*") || tags.includes(opaque(etag))
}

const opaque = (tag: string): string => tag.replace(/^W\//, "")
