/**
 * Who asks, as far as a request tells: under which id, and through which door.
 *
 * @since 0.1.0
 */
import { Context } from "effect"
import type { CommandBody } from "@halte/api"

/**
 * What is known of the one who asks.
 *
 * @since 0.1.0
 */
export interface Caller {
  /** Names the request in its answer, in problems and in logs. */
  readonly requestId: string
  /** What a command counts as that states no source. */
  readonly door: CommandBody.StatedSource
  /** What addresses of this server begin with, as it was asked; a socket has none. */
  readonly base?: string | undefined
}

/**
 * The caller of the request that is being answered.
 *
 * @since 0.1.0
 */
export const Caller = Context.Reference<Caller>("@halte/http/Caller", {
  defaultValue: () => ({ requestId: "", door: "Http" })
})

/**
 * What a command counts as. A client with a token says for whom it speaks; a browser is a browser, and a window of the
 * desktop is that, whatever they say.
 *
 * @since 0.1.0
 */
export const source = (caller: Caller, stated: CommandBody.StatedSource | undefined): CommandBody.StatedSource =>
  caller.door === "Page" || caller.door === "Desktop" ? caller.door : (stated ?? caller.door)

/**
 * The id that a proxy or a client gave the request, where it is one; a new one otherwise. What it may be made of can
 * neither break a header nor a line of a log.
 *
 * @since 0.1.0
 */
export const requestId = (headers: Headers): string => {
  const said = headers.get("x-request-id")
  return said !== null && /^[A-Za-z0-9][\w.-]{7,63}$/.test(said) ? said : crypto.randomUUID()
}
