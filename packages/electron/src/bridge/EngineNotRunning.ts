/**
 * What a request is answered when there is no engine to pass it on to: the problem that says so at every door, which the
 * page and clients know how to show.
 */
import { ExecutionsError } from "@halte/engine/model"
import { Caller, ProblemResponse } from "@halte/http"

/**
 * The problem `executions-unavailable`, under the id that the request has or gets. `why`: what became of the engine, as
 * it follows a colon: `it was ended by SIGKILL`.
 */
export const answer = (request: Request, why: string): Response => {
  const requestId = Caller.requestId(request.headers)
  const response = ProblemResponse.toWeb(new ExecutionsError.ExecutionsUnavailable({ reason: reason(why) }), requestId)
  response.headers.set("x-request-id", requestId)
  return response
}

const reason = (why: string): string =>
  `${why.trim().replace(/\.+$/, "")}. Restart it in the window; what ran then can be resumed`
