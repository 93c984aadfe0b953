/**
 * Addresses of servers, as people write them.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { ExecutionsError } from "@halte/engine/model"

/**
 * What all addresses of a server begin with. A query and a fragment are no part of it, nor is a `/` at its end.
 *
 * @since 0.1.0
 */
export const parse = (text: string): Effect.Effect<string, ExecutionsError.ExecutionsUnavailable> => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== "http:" && url?.protocol !== "https:")
    return Effect.fail(
      new ExecutionsError.ExecutionsUnavailable({
        reason: `\`${text}\` is no address of a server; one reads like \`http://127.0.0.1:4280\``
      })
    )
  return Effect.succeed(`${url.origin}${url.pathname.replace(/\/+$/, "")}`)
}
