/**
 * Signing in and out. What a code and a cookie are worth is for the door to know that the handler is behind.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type Headers, HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { type AccessEndpoints, RequestRefused } from "@halte/api"
import type { ExecutionsError, Executions } from "@halte/engine"
import * as Answering from "./Answering.ts"
import * as Caller from "./Caller.ts"
import { ServedApi } from "./ServedApi.ts"

/**
 * What a door does that people sign in at.
 *
 * @since 0.1.0
 */
export interface SignIn {
  /** The cookie for a code, which is worth nothing after that. */
  readonly enter: (code: string, headers: Headers.Headers) => Effect.Effect<string, ExecutionsError.Unauthorized>
  /** Ends the session of a browser: the cookie that takes its own away. */
  readonly leave: (headers: Headers.Headers) => string
  /** A code for another browser. */
  readonly code: (
    path: string,
    caller: Caller.Caller
  ) => Effect.Effect<AccessEndpoints.Code, ExecutionsError.Unauthorized>
}

const noDoor = new RequestRefused.RequestRefused({
  code: "unknown-route",
  detail: "There is no sign-in at this door: whoever reaches it may do everything."
})

/**
 * The handlers of the group `access`.
 *
 * @since 0.1.0
 */
export const layer = (executions: Executions.ExecutionsShape, signIn: SignIn | undefined) => {
  const { answering, command } = Answering.make(executions)
  const door: Effect.Effect<SignIn, RequestRefused.RequestRefused> =
    signIn === undefined ? Effect.fail(noDoor) : Effect.succeed(signIn)
  const withCookie = (cookie: string) =>
    HttpServerResponse.empty({ status: 204, headers: { "set-cookie": cookie, "cache-control": "no-store" } })

  return HttpApiBuilder.group(ServedApi, "access", (handlers) =>
    handlers.handleAll({
      signIn: command(({ payload, request }) =>
        answering(
          door.pipe(
            Effect.flatMap((door) => door.enter(payload.code, request.headers)),
            Effect.map(withCookie)
          )
        )
      ),
      signOut: command(({ request }) => answering(Effect.map(door, (door) => withCookie(door.leave(request.headers))))),
      code: command(({ payload }) =>
        answering(
          Effect.all([door, Caller.Caller]).pipe(
            Effect.flatMap(([door, caller]) => door.code(payload.path ?? "/", caller)),
            Effect.map((code) =>
              HttpServerResponse.jsonUnsafe(code, { status: 201, headers: { "cache-control": "no-store" } })
            )
          )
        )
      )
    })
  )
}
