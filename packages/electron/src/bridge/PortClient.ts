/**
 * The end of a port that asks.
 */
import { AnswerFailed, type Port, PortClosed } from "./Port.ts"
import { isToClient, type ToClient, type ToServer } from "./PortMessage.ts"
import { ReceivedBody } from "./ReceivedBody.ts"
import * as RequestBytes from "./RequestBytes.ts"

export interface PortClient {
  /**
   * Asks, as the `fetch` of the web does. Rejects with `PortClosed` when there is nobody to answer, with `AnswerFailed`
   * when the other end could not, with `RequestTooLarge`, and with the reason of the request's signal; the body of a
   * response errs with the same.
   */
  readonly fetch: (request: Request) => Promise<Response>
  /** Closes the port. What is under way fails with the reason, and so does what is asked from now on. */
  readonly close: (reason: string) => void
}

/** A request until its response is read. */
interface Exchange {
  /** Held: a signal of a request is aborted only as long as there is somebody who has the request. */
  readonly request: Request
  readonly resolve: (response: Response) => void
  readonly reject: (error: unknown) => void
  body?: ReceivedBody
}

export const connect = (port: Port): PortClient => {
  const open = new Map<number, Exchange>()
  let lastId = 0
  let closed: PortClosed | undefined

  const send = (message: ToServer): void => {
    if (closed !== undefined) return
    try {
      port.postMessage(message)
    } catch (error) {
      close(error instanceof Error ? error.message : String(error))
    }
  }

  const fail = (id: number, error: unknown): void => {
    const exchange = open.get(id)
    open.delete(id)
    if (exchange?.body === undefined) exchange?.reject(error)
    else exchange.body.fail(error)
  }

  const close = (reason: string): void => {
    if (closed !== undefined) return
    closed = new PortClosed(reason)
    for (const id of [...open.keys()]) fail(id, closed)
    port.close()
  }

  const begin = (id: number, exchange: Exchange, head: Extract<ToClient, { readonly _tag: "Head" }>): void => {
    const { request } = exchange
    // Where all has come, there is nobody to tell.
    const leave = () => {
      if (open.delete(id)) send({ _tag: "Cancel", id })
    }
    const body = new ReceivedBody({
      credit: (bytes) => send({ _tag: "Credit", id, bytes }),
      cancel: leave,
      over: () => request.signal.removeEventListener("abort", abort)
    })
    const abort = () => {
      leave()
      body.abort(request.signal.reason)
    }
    const { hasBody, headers, status, statusText } = head
    try {
      const init = { status, statusText, headers: headers.map(([name, value]): [string, string] => [name, value]) }
      const response = new Response(hasBody ? body.stream : null, init)
      if (hasBody) {
        exchange.body = body
        request.signal.addEventListener("abort", abort, { once: true })
      } else open.delete(id)
      exchange.resolve(response)
    } catch (error) {
      leave()
      exchange.reject(error)
    }
  }

  const receive = (message: ToClient): void => {
    const exchange = open.get(message.id)
    // It was canceled while this was on its way.
    if (exchange === undefined) return
    switch (message._tag) {
      case "Head":
        if (exchange.body === undefined) begin(message.id, exchange, message)
        return
      case "Piece":
        if (exchange.body?.receive(message.bytes) !== false) return
        open.delete(message.id)
        return send({ _tag: "Cancel", id: message.id })
      case "End":
        if (exchange.body === undefined) return
        open.delete(message.id)
        return exchange.body.end()
      case "Failed":
        return fail(message.id, new AnswerFailed(message.message))
    }
  }

  port.on("message", ({ data }) => {
    if (isToClient(data)) receive(data)
  })
  port.on("close", () => close("the process at its other end has ended, or has closed it"))
  port.start()

  const fetch = (request: Request): Promise<Response> =>
    new Promise((resolve, reject) => {
      if (closed !== undefined) throw closed
      const { signal } = request
      signal.throwIfAborted()
      const id = ++lastId
      const reading = new AbortController()
      let isSent = false
      const abort = () => {
        if (isSent) send({ _tag: "Cancel", id })
        fail(id, signal.reason)
      }
      const settled =
        <A>(then: (value: A) => void) =>
        (value: A) => {
          signal.removeEventListener("abort", abort)
          then(value)
        }
      signal.addEventListener("abort", abort, { once: true })
      open.set(id, {
        request,
        resolve: settled(resolve),
        reject: settled((error) => {
          reading.abort(error)
          reject(error)
        })
      })
      RequestBytes.read(request, reading.signal).then(
        (body) => {
          if (!open.has(id)) return
          isSent = true
          send({ _tag: "Request", id, method: request.method, url: request.url, headers: [...request.headers], body })
        },
        (error: unknown) => fail(id, error)
      )
    })

  return { fetch, close }
}
