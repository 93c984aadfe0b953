/**
 * Signing in: a browser exchanges a code, which works once, for a cookie. Programs show the token instead.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import * as Problem from "./Problem.ts"

/**
 * Of `POST /session`: the code, as it is behind `#code=` in the address that a server gave.
 *
 * @since 0.1.0
 */
export const SignIn = Schema.Struct({ code: Schema.String })
export type SignIn = typeof SignIn.Type

/**
 * Of `POST /session/codes`: where the address is to lead.
 *
 * @since 0.1.0
 */
export const CodeRequest = Schema.Struct({
  /**
   * The path of a page of the server.
   *
   * @default "/"
   */
  path: Schema.optionalKey(
    Schema.String.pipe(
      Schema.check(
        Schema.isPattern(/^\/(?![/\\])[^\s#\\]{0,1000}$/, { expected: "a path of this server, as `/executions`" })
      )
    )
  )
})
export type CodeRequest = typeof CodeRequest.Type

/**
 * A code for one browser, and the address that brings it there.
 *
 * @since 0.1.0
 */
export const Code = Schema.Struct({
  code: Schema.String,
  /** With the code behind `#`: a browser sends that part to nobody. */
  url: Schema.String,
  /** When it is worth nothing any more, in milliseconds since 1970. */
  expiresAt: Schema.Int
})
export type Code = typeof Code.Type

/**
 * The group `access`. A server whose door needs no sign-in has none of these addresses.
 *
 * @since 0.1.0
 */
export const AccessEndpoints = HttpApiGroup.make("access")
  .add(
    HttpApiEndpoint.post("signIn", "/session", {
      payload: SignIn,
      success: HttpApiSchema.NoContent,
      error: [...Problem.elsewhere, ...Problem.commanding]
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "signIn",
        summary: "Sign a browser in",
        description: "Exchanges a code, which works once, for a cookie."
      })
    ),
    HttpApiEndpoint.delete("signOut", "/session", {
      success: HttpApiSchema.NoContent,
      error: [...Problem.elsewhere, ...Problem.reading]
    }).annotateMerge(
      OpenApi.annotations({ identifier: "signOut", summary: "Sign a browser out", description: "Ends its session." })
    ),
    HttpApiEndpoint.post("code", "/session/codes", {
      payload: CodeRequest,
      success: Code.pipe(HttpApiSchema.status(201)),
      error: [...Problem.elsewhere, ...Problem.commanding]
    }).annotateMerge(
      OpenApi.annotations({
        identifier: "createSignInCode",
        summary: "A code for one browser",
        description: "With the address that signs the browser in. It works once, and not for long."
      })
    )
  )
  .annotateMerge(
    OpenApi.annotations({
      title: "Access",
      description: "Signing in. Programs send the token of the server instead. A socket has no sign-in."
    })
  )
