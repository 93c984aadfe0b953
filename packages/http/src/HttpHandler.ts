/**
 * The HTTP front end as a function from a request of the web to a response: a server of Node, a desktop's own protocol
 * and a test use the same one. It is given an `Executions` and knows nothing else.
 *
 * @since 0.1.0
 */
import { Cause, Context, Deferred, type Duration, Effect, Exit, Layer } from "effect"
import { HttpEffect, HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { type CommandBody, RequestRefused, ServerEndpoints } from "@halte/api"
import type { Executions } from "@halte/engine"
import * as AccessHandlers from "./AccessHandlers.ts"
import * as Caller from "./Caller.ts"
import * as CommandHandlers from "./CommandHandlers.ts"
import * as ExecutionHandlers from "./ExecutionHandlers.ts"
import * as FlowHandlers from "./FlowHandlers.ts"
import * as HealthHandlers from "./HealthHandlers.ts"
import type * as LiveBody from "./LiveBody.ts"
import * as MetricsHandlers from "./MetricsHandlers.ts"
import * as ProblemResponse from "./ProblemResponse.ts"
import * as Reception from "./Reception.ts"
import * as RequestBody from "./RequestBody.ts"
import { ServedApi } from "./ServedApi.ts"
import * as ServerHandlers from "./ServerHandlers.ts"
import * as TraceParent from "./TraceParent.ts"

/**
 * Answers requests. It never rejects: whatever a request is, it is answered.
 *
 * @since 0.1.0
 */
export interface HttpHandler {
  (request: Request, options?: RequestOptions): Promise<Response>
  /** Takes no more work: it is not ready, and refuses to start and to resume. Watching and stopping go on. */
  readonly drain: () => void
  /** Ends the open streams, each after what it can say at once. Other requests are answered as before. */
  readonly endStreams: () => void
}

/**
 * What the door knows of a request.
 *
 * @since 0.1.0
 */
export interface RequestOptions {
  /**
   * The id of the request.
   *
   * @default that of its header `x-request-id`, else a new one
   */
  readonly requestId?: string | undefined
  /**
   * What a command counts as that states no source; through the doors `Page` and `Desktop`, also one that states another.
   *
   * @default "Http"
   */
  readonly door?: CommandBody.StatedSource | undefined
  /** What addresses of the server begin with, as it was asked. */
  readonly base?: string | undefined
}

/**
 * How a handler answers.
 *
 * @since 0.1.0
 */
export interface Options {
  /**
   * How long an open stream is silent at most.
   *
   * @default "15 seconds"
   */
  readonly keepAlive?: Duration.Input | undefined
  /**
   * What the server says of itself.
   *
   * @default the version, and nothing else
   */
  readonly info?: ServerEndpoints.ServerInfo | (() => ServerEndpoints.ServerInfo) | undefined
  /** Signing in, at a door that wants it. */
  readonly signIn?: AccessHandlers.SignIn | undefined
  /** What `GET /metrics` answers, in the text format of Prometheus. @default there is no such address */
  readonly metrics?: (() => string) | undefined
  /**
   * Is told why a request broke that should not have, under the id that its answer has.
   *
   * @default writes to standard error
   */
  readonly report?: ((requestId: string, cause: Cause.Cause<unknown>) => void) | undefined
}

const toStandardError = (requestId: string, cause: Cause.Cause<unknown>): void =>
  console.error(`Request ${requestId} failed: ${Cause.pretty(cause)}`)

/** An id of a step has the ids of the groups around it, each percent-encoded at worst. */
const longestParam = 4096

// One address in one spelling: whoever decides by an address what may be done, decides about the one that is served.
const routing = {
  maxParamLength: longestParam,
  caseSensitive: true,
  ignoreTrailingSlash: false,
  ignoreDuplicateSlashes: false
}

/**
 * Makes the handler of an engine.
 *
 * **Gotchas**
 *
 * It lets everybody do everything who can reach it: who that is, is for what it is put behind to decide. On a socket of
 * the file system that is the mode of the file.
 *
 * @since 0.1.0
 */
export const make = (executions: Executions.ExecutionsShape, options?: Options): HttpHandler => {
  let draining = false
  const info = options?.info ?? ServerEndpoints.unnamed
  const pace: LiveBody.Pace = { every: options?.keepAlive ?? "15 seconds", ending: Deferred.makeUnsafe<void>() }
  const routes = HttpApiBuilder.layer(ServedApi).pipe(
    Layer.provide([
      FlowHandlers.layer(executions),
      ExecutionHandlers.layer(executions, pace),
      CommandHandlers.layer(executions),
      AccessHandlers.layer(executions, options?.signIn),
      ServerHandlers.layer(typeof info === "function" ? info : () => info),
      HealthHandlers.layer(executions, () => draining)
    ]),
    Layer.merge(MetricsHandlers.layer(options?.metrics)),
    Layer.provideMerge(HttpRouter.layer),
    Layer.provide(Layer.succeed(HttpRouter.RouterConfig)(routing)),
    Layer.provide(HttpServer.layerServices)
  )
  const { handler } = HttpEffect.toWebHandlerLayerWith(routes, {
    toHandler: (context) =>
      Effect.succeed(
        Effect.catchCause(Context.get(context, HttpRouter.HttpRouter).asHttpEffect(), (cause) =>
          ProblemResponse.fromCause(cause, options?.report ?? toStandardError)
        )
      )
  })
  const answer = async (request: Request, caller: Caller.Caller): Promise<Response> => {
    if (draining && begins(request)) return ProblemResponse.toWeb(ending, caller.requestId)
    const received = Reception.receive(request, caller.requestId)
    if (received !== undefined) return received
    const read = await RequestBody.read(request)
    if (!(read instanceof Request)) return ProblemResponse.toWeb(read, caller.requestId)
    return handler(read, TraceParent.add(Context.make(Caller.Caller, caller), read.headers))
  }
  const handle = async (request: Request, options?: RequestOptions): Promise<Response> => {
    const requestId = options?.requestId ?? Caller.requestId(request.headers)
    const response = await answer(request, { requestId, door: options?.door ?? "Http", base: options?.base })
    response.headers.set("x-request-id", requestId)
    return response
  }
  const drain = () => {
    draining = true
  }
  return Object.assign(handle, {
    drain,
    endStreams: () => {
      drain()
      Deferred.doneUnsafe(pace.ending, Exit.void)
    }
  })
}

const ending = new RequestRefused.RequestRefused({
  code: "server-ending",
  detail: "The server is ending and starts nothing any more. What runs can be watched and stopped."
})

/** Whether something would begin to run that does not run now. */
const begins = (request: Request): boolean =>
  request.method === "POST" &&
  /^\/(flows\/[^/]+\/executions|executions\/[^/]+\/(resume|undo))$/.test(new URL(request.url).pathname)
