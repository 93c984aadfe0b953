/**
 * The server that this page came from: the same `Executions` that every front end has, through the door `Page`. In the
 * desktop it is the engine of this window, and the door is `Desktop`.
 */
import { ExecutionsRemote } from "@halte/client"
import type { Executions, ExecutionsError } from "@halte/engine/model"
import { Effect, Result } from "effect"
import { Atom } from "effect/reactivity"
import { desktop } from "../desktop/Desktop.ts"
import { registry } from "./Registry.ts"

export const origin = globalThis.location.origin

/** What it is called. */
export const serverName = desktop === undefined ? globalThis.location.host : "the engine"

/** Whether the server still knows this browser; a server that was started anew does not. */
export const signedOut = Atom.keepAlive(Atom.make(false))

/** `fetch` with the cookie of the page; an answer that nobody is signed in is seen by the whole page. */
export const transport = async (request: Request): Promise<Response> => {
  const response = await fetch(request, { credentials: "same-origin" })
  if (response.status === 401) registry.set(signedOut, true)
  // Another tab has signed in: the cookie is that of the browser.
  else if (response.ok && registry.get(signedOut)) registry.set(signedOut, false)
  return response
}

export const executions: Executions.ExecutionsShape = ExecutionsRemote.make({
  url: origin,
  name: serverName,
  source: desktop === undefined ? "Page" : "Desktop",
  transport,
  timeout: "10 seconds",
  // A page is left open over night: it comes back whenever the server does.
  reconnect: "365 days"
})

export type Failure = ExecutionsError.ExecutionsError

/** Asks the server something, and gives what it answered or failed with. */
export const ask = <A, E>(effect: Effect.Effect<A, E>): Promise<Result.Result<A, E>> =>
  Effect.runPromise(Effect.result(effect))
