/**
 * What a window's page is loaded from and talks to: addresses of `halte://app`, which only windows of the desktop can
 * ask, and no port anywhere. The page's files are answered here, so that a window has its page also when its engine is
 * gone; everything else goes to the engine.
 *
 * Electron asks by `protocol.handle`. What it gives and takes is not quite what the web has: the signal of a request is
 * never aborted. A page that goes away is known by its response's body being canceled, and that is passed on. And the
 * origin `null`, which frames in a sandbox and documents without an address have, is taken away before: such a request
 * looks as one of the page's own does. What keeps it out is that no window has such a document: the policy of the page's
 * content and the guard of its navigation see to that, and nothing here does.
 */
import { RequestRefused } from "@halte/api"
import { Caller, OpenStreams, PageFiles, ProblemResponse, SecurityHeaders } from "@halte/http"
import { protocol } from "electron/main"
import * as EngineNotRunning from "../bridge/EngineNotRunning.ts"
import { PortClosed, RequestTooLarge } from "../bridge/RequestPort.ts"

/** The scheme of all addresses, those of the page and those that lead to an execution from outside. */
export const scheme = "halte"

const host = "app"

/** What the page's addresses begin with. */
export const origin = `${scheme}://${host}`

/**
 * Tells Electron what the scheme may do. It has to be called before the app is ready, and once.
 *
 * **Details**
 *
 * `standard`: it has origins and relative addresses. `secure`: it is no mixed content, and has what pages of https have.
 * `supportFetchAPI`: the page can `fetch`. It has no more: without `corsEnabled` no other origin can read it
 * (electron/electron#51152), `stream` is for media elements, and the policy of the page's content holds here as anywhere.
 */
export const registerScheme = (): void =>
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } }
  ])

/** Streams that a window may have open at a time: many times what its page has a use for. */
export const mostStreams = 64

export interface Options {
  /** The directory of the built page. */
  readonly page: URL
  /** What answers requests now; `undefined` while there is none. */
  readonly engine: () => { readonly fetch: (request: Request) => Promise<Response> } | undefined
  /** Why there is none, as it follows a colon. */
  readonly why: () => string
}

/**
 * Answers the requests of one window's session. It never rejects, and whatever it answers has the headers that the page
 * is to go by.
 */
export const make = ({ engine, page: directory, why }: Options): ((request: Request) => Promise<Response>) => {
  const page = PageFiles.make(directory)
  const streams = OpenStreams.make(mostStreams)

  const respond = async (request: Request): Promise<Response | RequestRefused.RequestRefused> => {
    const { headers, method } = request
    const path = pathOf(request.url)
    if (path === undefined) return elsewhere
    const from = headers.get("origin")
    if (from !== null && from !== origin) return anotherSite
    if (page.owns({ method, path, accept: headers.get("accept") })) return page.answer({ method, path, headers })
    const running = engine()
    if (running === undefined) return EngineNotRunning.answer(request, why())
    try {
      const response = counted(await running.fetch(request), streams)
      if (response === undefined) return tooMany
      if (PageFiles.isView(path)) response.headers.append("vary", "Accept")
      return response
    } catch (error) {
      if (error instanceof RequestTooLarge)
        return new RequestRefused.RequestRefused({ code: "body-too-large", detail: error.message })
      return EngineNotRunning.answer(request, engine() === undefined ? why() : reasonOf(error))
    }
  }

  return async (request) => {
    const requestId = Caller.requestId(request.headers)
    // One that the client has not given is given here, so that all that is said of the request has the same.
    request.headers.set("x-request-id", requestId)
    let answer: Response | RequestRefused.RequestRefused
    try {
      answer = await respond(request)
    } catch {
      answer = broken
    }
    const response = SecurityHeaders.add(answer instanceof Response ? answer : ProblemResponse.toWeb(answer, requestId))
    response.headers.set("x-request-id", requestId)
    return response
  }
}

/** The response, whose stream has a place for as long as it is open; `undefined` when all are taken. */
const counted = (response: Response, streams: OpenStreams.OpenStreams): Response | undefined => {
  const { body } = response
  if (body === null || !OpenStreams.isStream(response)) return response
  // A window's session is its own: there is one client.
  const leave = streams("")
  if (leave === undefined) {
    body.cancel().catch(() => undefined)
    return undefined
  }
  const reader = body.getReader()
  let isCanceled = false
  const watched = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          leave()
          if (!isCanceled) controller.close()
        } catch (error) {
          leave()
          controller.error(error)
        }
      },
      cancel: (reason) => {
        isCanceled = true
        leave()
        return reader.cancel(reason)
      }
    },
    // It asks for what it is asked for, and keeps nothing.
    { highWaterMark: 0 }
  )
  return new Response(watched, response)
}

/**
 * The path that is asked for; `undefined` where it is not one of the page's addresses. To Node the scheme is none that it
 * knows: such addresses have no origin there, and may have no path.
 */
const pathOf = (url: string): string | undefined => {
  const at = new URL(url)
  if (at.protocol !== `${scheme}:` || at.host !== host || at.username !== "" || at.password !== "") return undefined
  return at.pathname === "" ? "/" : at.pathname
}

const reasonOf = (error: unknown): string =>
  error instanceof PortClosed ? error.reason : error instanceof Error ? error.message : String(error)

const refused = (code: RequestRefused.Code, detail: string) => new RequestRefused.RequestRefused({ code, detail })

const elsewhere = refused("unknown-route", `A window has only the addresses of \`${origin}\`.`)
const anotherSite = refused("origin-not-allowed", "A page of another site may ask nothing of this window.")
const tooMany = refused(
  "too-many-streams",
  `This window has ${mostStreams} streams open, which is as many as it may have. Load its page again.`
)
const broken = refused("internal-error", "The desktop failed at this request. Load the page again.")
