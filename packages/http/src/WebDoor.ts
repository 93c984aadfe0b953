/**
 * What happens to a request that comes from the network: it is looked at by the guard, counted against the limits, and
 * passed on to the page's files or to the API. Every answer has the headers that browsers are to go by.
 *
 * @since 0.1.0
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Duplex } from "node:stream"
import { Duration } from "effect"
import { type Problem, RequestRefused } from "@halte/api"
import type * as AccessControl from "./AccessControl.ts"
import type { AccessLogEntry } from "./AccessLog.ts"
import * as Caller from "./Caller.ts"
import type * as HttpHandler from "./HttpHandler.ts"
import * as NodeExchange from "./NodeExchange.ts"
import * as NodeMessage from "./NodeMessage.ts"
import * as OpenStreams from "./OpenStreams.ts"
import * as PageFiles from "./PageFiles.ts"
import * as ProblemResponse from "./ProblemResponse.ts"
import type * as RequestLimits from "./RequestLimits.ts"
import * as RequestsAhead from "./RequestsAhead.ts"
import * as SecurityHeaders from "./SecurityHeaders.ts"

/**
 * What a door is made of.
 *
 * @since 0.1.0
 */
export interface Options {
  readonly server: Server
  readonly access: AccessControl.AccessControl
  readonly handler: HttpHandler.HttpHandler
  readonly page: PageFiles.PageFiles
  readonly limits: RequestLimits.RequestLimits
  readonly log?: ((entry: AccessLogEntry) => void) | undefined
}

/**
 * The door of one server.
 *
 * @since 0.1.0
 */
export interface WebDoor {
  readonly answer: (message: IncomingMessage, out: ServerResponse) => Promise<void>
  /** What can't be read as a request, or did not arrive in time. */
  readonly refuse: (error: Error, socket: Duplex) => void
  /** From now on every answer is the last one of its connection. */
  readonly end: () => void
}

/** Holds no data of anybody: the docs, the page's files, and whether the server lives. */
const isPublicPath = (path: string): boolean =>
  path === "/openapi.json" || path === "/session" || /^\/(docs|problems|health)(\/|$)/.test(path)

/**
 * The door of a server.
 *
 * @since 0.1.0
 */
export const make = ({ access, handler, limits, log, page, server }: Options): WebDoor => {
  const streams = OpenStreams.make(limits.streams)
  const ahead = RequestsAhead.make()
  const stallMillis = Duration.toMillis(limits.stalledReader)
  let ending = false

  const tell = (entry: AccessLogEntry): void => {
    try {
      log?.(entry)
    } catch {
      // A log that breaks is no reason to end a server.
    }
  }

  const respond = async (message: IncomingMessage, visit: Visit, gone: AbortSignal): Promise<Response> => {
    const refuse = (error: Problem.AnyError) => {
      // What is left of the body is taken and thrown away, so that the next request can be read.
      message.resume()
      return ProblemResponse.toWeb(error, visit.requestId)
    }
    const { headers, method, path } = visit
    if (headers === undefined || path === "") return refuse(NodeExchange.unreadable)
    const ofPage = page.owns({ method, path, accept: headers.get("accept") })
    const entry = access.admit({
      method,
      headers,
      hosts: rawValues(message, "host"),
      isPublic: ofPage || isPublicPath(path),
      arrived: message.socket.localAddress,
      from: visit.client
    })
    if (entry._tag === "Refusal") {
      await passed(entry.waitMillis, gone)
      return refuse(entry.error)
    }
    visit.door = entry.door
    if (ofPage) {
      const answer = page.answer({ method, path, headers })
      return answer instanceof Response ? answer : refuse(answer)
    }
    const request = NodeExchange.toRequest(message, gone)
    if (request === undefined) return refuse(NodeExchange.unreadable)
    const { base, door } = entry
    const response = await handler(request, { requestId: visit.requestId, door, base })
    if (OpenStreams.isStream(response)) {
      const leave = streams(entry.client)
      if (leave === undefined) {
        void response.body?.cancel().catch(() => {})
        return refuse(tooMany(limits.streams))
      }
      // Its reader may be gone already.
      if (gone.aborted) leave()
      else visit.leave = leave
    }
    if (PageFiles.isView(path)) response.headers.append("vary", "Accept")
    return response
  }

  return {
    answer: async (message, out) => {
      if (!ahead(message, out)) {
        message.socket.destroy()
        return
      }
      const visit = visitOf(message)
      out.once("close", () => {
        visit.leave?.()
        if (ending) server.closeIdleConnections()
      })
      const { bytes, status } = await NodeExchange.answer(
        message,
        out,
        async (gone) => {
          const response = SecurityHeaders.add(await respond(message, visit, gone))
          response.headers.set("x-request-id", visit.requestId)
          if (ending) response.headers.set("connection", "close")
          return response
        },
        { stallMillis }
      )
      const { began, client, door, method, path, requestId } = visit
      const millis = Math.round((performance.now() - began) * 10) / 10
      tell({ requestId, method, path, status, millis, bytes, client, ...(door === undefined ? undefined : { door }) })
    },

    refuse: (error, socket) => {
      const requestId = crypto.randomUUID()
      const client = "remoteAddress" in socket ? String(socket.remoteAddress) : ""
      const status = NodeExchange.refuse(error, socket, requestId, SecurityHeaders.all)
      if (status !== 0) tell({ requestId, method: "", path: "", status, millis: 0, bytes: 0, client })
    },

    end: () => {
      ending = true
    }
  }
}

/** A request while it is answered. */
interface Visit {
  readonly requestId: string
  readonly method: string
  /** Empty where it has none. */
  readonly path: string
  /** `undefined` where they are not what HTTP allows. */
  readonly headers: Headers | undefined
  readonly client: string
  readonly began: number
  door?: string
  leave?: () => void
}

const visitOf = (message: IncomingMessage): Visit => {
  const { method = "" } = message
  let headers: Headers | undefined
  try {
    headers = NodeMessage.headers(message)
  } catch {
    headers = undefined
  }
  return {
    requestId: headers === undefined ? crypto.randomUUID() : Caller.requestId(headers),
    method,
    path: NodeExchange.addressOf(message)?.pathname ?? "",
    headers,
    client: message.socket.remoteAddress ?? "",
    began: performance.now()
  }
}

/** Every value that was sent, where Node keeps the first one. */
const rawValues = (message: IncomingMessage, name: string): ReadonlyArray<string> =>
  message.rawHeaders.filter((_, i) => i % 2 === 1 && message.rawHeaders[i - 1]!.toLowerCase() === name)

const tooMany = (most: number) =>
  new RequestRefused.RequestRefused({
    code: "too-many-streams",
    detail: `This client has ${most} streams open, which is as many as it may have. End some, or wait for them.`
  })

const passed = (millis: number, gone: AbortSignal): Promise<void> =>
  millis === 0
    ? Promise.resolve()
    : new Promise((resolve) => {
        const timer = setTimeout(resolve, millis)
        gone.addEventListener("abort", () => {
          clearTimeout(timer)
          resolve()
        })
      })
