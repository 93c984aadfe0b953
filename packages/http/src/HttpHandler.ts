/**
 * The HTTP front end as a function from a request of the web to a response: a server of Node, a desktop's own protocol
 * and a test use the same one. It is given an `Executions` and knows nothing else.
 *
 * @since 0.1.0
 */
import { Cause, Context, Deferred, type Duration, Effect, Exit, Layer } from "effect"
import { HttpEffect, HttpRouter, HttpServer } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { HalteApi } from "@halte/api"
import type { Executions } from "@halte/engine"
import * as CommandHandlers from "./CommandHandlers.ts"
import * as ExecutionHandlers from "./ExecutionHandlers.ts"
import * as FlowHandlers from "./FlowHandlers.ts"
import * as HealthHandlers from "./HealthHandlers.ts"
import type * as LiveBody from "./LiveBody.ts"
import * as ProblemResponse from "./ProblemResponse.ts"
import * as RequestBody from "./RequestBody.ts"

/**
 * Answers requests. It never rejects: whatever a request is, it is answered.
 *
 * @since 0.1.0
 */
export interface HttpHandler {
  (request: Request): Promise<Response>
  /** Ends the open streams, each after what it can say at once. Requests are answered as before. */
  readonly endStreams: () => void
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
  const pace: LiveBody.Pace = { every: options?.keepAlive ?? "15 seconds", ending: Deferred.makeUnsafe<void>() }
  const routes = HttpApiBuilder.layer(HalteApi.HalteApi).pipe(
    Layer.provide([
      FlowHandlers.layer(executions),
      ExecutionHandlers.layer(executions, pace),
      CommandHandlers.layer(executions),
      HealthHandlers.layer(executions, pace)
    ]),
    Layer.provideMerge(HttpRouter.layer),
    Layer.provide(Layer.succeed(HttpRouter.RouterConfig)({ maxParamLength: longestParam })),
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
  const handle = async (request: Request): Promise<Response> => {
    const read = await RequestBody.read(request)
    return read instanceof Request ? handler(read) : ProblemResponse.toWeb(read)
  }
  return Object.assign(handle, {
    endStreams: () => {
      Deferred.doneUnsafe(pace.ending, Exit.void)
    }
  })
}
