/**
 * What can be said to a request without asking the engine: which methods and formats an address has, and the pages about
 * the API itself.
 *
 * @since 0.1.0
 */
import { RequestRefused } from "@halte/api"
import * as Addresses from "./Addresses.ts"
import * as MediaRange from "./MediaRange.ts"
import * as ProblemResponse from "./ProblemResponse.ts"
import * as ReferencePages from "./ReferencePages.ts"

/**
 * The answer; `undefined` where the engine has to be asked, or nothing is known of the address.
 *
 * **Details**
 *
 * A command is never refused for the formats that its answer may have: what was asked to stop has to stop.
 *
 * @since 0.1.0
 */
export const receive = (request: Request, requestId: string): Response | undefined => {
  const { method } = request
  const path = new URL(request.url).pathname
  const page = ReferencePages.at(path)
  if (page instanceof RequestRefused.RequestRefused) return ProblemResponse.toWeb(page, requestId)
  const address = page?.address ?? Addresses.at(path)
  if (address === undefined) return undefined
  const allow = address.methods.join(", ")
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow, "cache-control": "no-store" } })
  if (!address.methods.includes(method)) {
    const response = ProblemResponse.toWeb(wrongMethod(method, path, allow), requestId)
    response.headers.set("allow", allow)
    return response
  }
  const isRead = method === "GET" || method === "HEAD"
  if (isRead && !MediaRange.allows(request.headers.get("accept"), address.formats))
    return ProblemResponse.toWeb(wrongFormat(path, address.formats), requestId)
  return page?.respond(method)
}

const wrongMethod = (method: string, path: string, allow: string) =>
  new RequestRefused.RequestRefused({
    code: "method-not-allowed",
    detail: `\`${path}\` has no \`${method}\`: it has ${allow}.`
  })

const wrongFormat = (path: string, formats: ReadonlyArray<string>) =>
  new RequestRefused.RequestRefused({
    code: "not-acceptable",
    detail: `\`${path}\` can be read as ${formats.map((format) => `\`${format}\``).join(", ")}.`
  })
