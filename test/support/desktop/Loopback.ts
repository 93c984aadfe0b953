/**
 * What a browser needs to show a window of the stand-in: a server at 127.0.0.1 that gives every request to the window's
 * `protocol.handle`, as a request of `halte://app`, and passes on bodies both ways as they come. A browser that goes away
 * cancels the body, which is what Chromium does to a handler; the signal of a request is never aborted, as there.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { Readable } from "node:stream"

/** The origin that the page has in the desktop. */
export const origin = "halte://app"

/** Of the connection, or of an address that the handler is not to know. */
const dropped = new Set(["host", "connection", "keep-alive", "cookie", "referer", "transfer-encoding", "upgrade"])

const open = (answer: (request: Request) => Promise<Response>) => {
  const server = createServer((incoming, outgoing) => void pass(incoming, outgoing, answer))
  // No page of a test closes its connections by itself.
  server.keepAliveTimeout = 0
  const port = new Promise<number>((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resolve(typeof address === "object" && address !== null ? address.port : 0)
    })
  })
  return {
    port,
    close: (): void => {
      server.close()
      server.closeAllConnections()
    }
  }
}

export const Loopback = { open }

const requestOf = (incoming: IncomingMessage): Request => {
  const { headers: given, method = "GET", url = "/" } = incoming
  const headers = new Headers()
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !dropped.has(name)) headers.set(name, Array.isArray(value) ? value.join(", ") : value)
  if (headers.has("origin")) headers.set("origin", origin)
  const body = ["GET", "HEAD"].includes(method) ? null : (Readable.toWeb(incoming) as ReadableStream<Uint8Array>)
  return new Request(`${origin}${url}`, { method, headers, ...(body === null ? {} : { body, duplex: "half" }) })
}

const pass = async (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: (request: Request) => Promise<Response>
): Promise<void> => {
  outgoing.on("error", () => undefined)
  let response: Response
  try {
    response = await answer(requestOf(incoming))
  } catch {
    // As a browser sees a handler that fails: no answer at all.
    outgoing.destroy()
    return
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.flushHeaders()
  const reader = response.body?.getReader()
  if (reader === undefined) return void outgoing.end()
  if (outgoing.closed) return void reader.cancel().catch(() => undefined)
  outgoing.on("close", () => void reader.cancel().catch(() => undefined))
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (!outgoing.write(value) && !outgoing.closed)
        await new Promise<void>((resolve) => {
          outgoing.once("drain", resolve)
          outgoing.once("close", resolve)
        })
    }
    outgoing.end()
  } catch {
    // A body that breaks off is a connection that breaks off.
    outgoing.destroy()
  }
}
