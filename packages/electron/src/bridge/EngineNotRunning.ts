/**
 * What a request is answered when there is no engine to pass it on to: a problem, as any other, which the page and
 * clients know how to show.
 */
import { RequestRefused } from "@halte/api"
import { Caller, ProblemResponse } from "@halte/http"

/**
 * The problem `engine-not-running`, under the id that the request has or gets. `why`: what became of the engine, as it
 * follows a colon: `it was ended by SIGKILL`.
 */
export const answer = (request: Request, why: string): Response => {
  const requestId = Caller.requestId(request.headers)
  const response = ProblemResponse.toWeb(new RequestRefused.RequestRefused({ code, detail: detail(why) }), requestId)
  response.headers.set("x-request-id", requestId)
  return response
}

const code = "engine-not-running"

const detail = (why: string): string =>
  `The engine of this window is not running: ${why.trim().replace(/\.+$/, "")}. Restart it in the window; what ran then can be resumed.`
