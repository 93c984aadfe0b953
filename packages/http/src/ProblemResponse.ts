/**
 * Whatever goes wrong with a request, as the problem that is sent. What failed inside is reported to whoever runs the server, and never sent.
 *
 * @since 0.1.0
 */
import { Cause, Effect, SchemaIssue } from "effect"
import { HttpServerError, HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { Problem, RequestRefused } from "@halte/api"
import { ExecutionState, ExecutionStatus } from "@halte/engine"
import type { Executions } from "@halte/engine"
import { Caller } from "./Caller.ts"

/** How soon to ask again, in seconds, when the engine can't be used at the moment. */
const retryAfter = 2

const statusHeaders = (status: number): Record<string, string> => ({
  "cache-control": "no-store",
  ...(status === 401 ? { "www-authenticate": 'Bearer realm="halte"' } : undefined),
  ...(status === 429 || status === 503 ? { "retry-after": String(retryAfter) } : undefined),
  // What is left of the body is not read: nothing can follow it on this connection.
  ...(status === 413 ? { connection: "close" } : undefined)
})

const identified = (error: Problem.AnyError, requestId: string): Problem.Problem => ({
  ...Problem.fromError(error),
  requestId
})

const toResponse = (problem: Problem.Problem): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(Problem.toJson(problem), {
    status: problem.status,
    contentType: Problem.contentType,
    headers: statusHeaders(problem.status)
  })

/**
 * The problem of an error, as a response of the web.
 *
 * @since 0.1.0
 */
export const toWeb = (error: Problem.AnyError, requestId: string): Response => {
  const problem = identified(error, requestId)
  const body = new TextEncoder().encode(Problem.toJson(problem))
  return new Response(body, {
    status: problem.status,
    headers: {
      "content-type": Problem.contentType,
      "content-length": String(body.byteLength),
      ...statusHeaders(problem.status)
    }
  })
}

/**
 * The problem of an error. With a refused command of an execution that has ended it says how that ended.
 *
 * @since 0.1.0
 */
export const fromError = (
  executions: Executions.ExecutionsShape,
  error: Problem.AnyError
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.flatMap(Caller, ({ requestId }) => {
    const problem = identified(error, requestId)
    if (error._tag !== "CommandRefused" || !ExecutionStatus.isEnded(error.status))
      return Effect.succeed(toResponse(problem))
    return Effect.match(executions.get(error.execution as ExecutionState.ExecutionState["id"]), {
      onFailure: () => toResponse(problem),
      onSuccess: (state) => {
        const outcome = ExecutionState.outcome(state)
        if (outcome === undefined) return toResponse(problem)
        // Values can be large, and have an address of their own.
        const { values: _values, ...told } = outcome
        return toResponse({ ...problem, outcome: told })
      }
    })
  })

/**
 * The problem of a request that reached no handler, or whose handler broke.
 *
 * @since 0.1.0
 */
export const fromCause = (
  cause: Cause.Cause<unknown>,
  report: (requestId: string, cause: Cause.Cause<unknown>) => void
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  // Nobody is there any more to read an answer.
  if (Cause.hasInterruptsOnly(cause)) return Effect.succeed(HttpServerResponse.empty({ status: 499 }))
  return Effect.map(Caller, ({ requestId }) => {
    const error = refusalOf(Cause.squash(cause))
    if (error !== undefined) return toResponse(identified(error, requestId))
    report(requestId, cause)
    return toResponse(identified(internal, requestId))
  })
}

/** What is wrong with a request that reached no handler; `undefined` where something else is. */
const refusalOf = (error: unknown): RequestRefused.RequestRefused | undefined => {
  if (HttpApiError.HttpApiSchemaError.is(error) && error.kind !== "Body" && error.kind !== "ResponseHeaders")
    return fromSchemaError(error)
  if (error instanceof HttpServerError.HttpServerError && error.reason._tag === "RouteNotFound") {
    const { method, url } = error.reason.request
    return new RequestRefused.RequestRefused({
      code: "unknown-route",
      detail: `There is no \`${method} ${path(url)}\`.`
    })
  }
  return undefined
}

const internal = new RequestRefused.RequestRefused({
  code: "internal-error",
  detail: "The server failed at this request. It tells those who run it why, under the id of the request."
})

const path = (url: string): string => {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

const format = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "UnexpectedKey"
      ? "Unknown field"
      : issue._tag === "MissingKey"
        ? "Missing"
        : SchemaIssue.defaultLeafHook(issue)
})

const where = { Params: "path", Headers: "headers", Query: "query", Payload: "body" } as const

/** What is wrong is said at once, but not without end; and a pointer is no place to send a whole body back. */
const mostErrors = 100
const longestPointer = 200

const fromSchemaError = (error: HttpApiError.HttpApiSchemaError): RequestRefused.RequestRefused => {
  const part = where[error.kind as keyof typeof where]
  const { issues } = format(error.cause.issue)
  const more = issues.length > mostErrors ? ` The first ${mostErrors} of ${issues.length} reasons:` : ""
  return new RequestRefused.RequestRefused({
    code: error.kind === "Payload" ? "invalid-request" : "malformed-request",
    detail: `The ${part} of the request ${part === "headers" ? "are" : "is"} not what this address takes.${more}`,
    errors: issues.slice(0, mostErrors).map((issue) => ({
      pointer: short((issue.path ?? []).map((segment) => `/${escape(segment)}`).join("")),
      detail: issue.message
    }))
  })
}

const short = (pointer: string): string =>
  pointer.length > longestPointer ? `${pointer.slice(0, longestPointer)}…` : pointer

const escape = (segment: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof segment === "object" ? segment.key : segment)
    .replaceAll("~", "~0")
    .replaceAll("/", "~1")
