/**
 * Requests and responses of Node as those of the web, and back. Both directions are read only as fast as they are taken.
 *
 * @since 0.1.0
 */
import type { IncomingMessage, ServerResponse } from "node:http"
import * as RequestMetrics from "./RequestMetrics.ts"

/**
 * What a message of Node brings, as a stream of the web. One that breaks off is an error, never an end.
 *
 * @since 0.1.0
 */
export const body = (
  message: IncomingMessage,
  options: {
    readonly broken: () => Error
    /** When nobody wants the rest of it. */
    readonly cancel: () => void
  }
): ReadableStream<Uint8Array> => {
  let over = false
  const end = (finish: () => void) => {
    if (over) return
    over = true
    finish()
  }
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        message.on("data", (chunk: Uint8Array) => {
          // What still comes after nobody wants it any more.
          if (over) return
          controller.enqueue(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength))
          if ((controller.desiredSize ?? 0) <= 0) message.pause()
        })
        const broken = () => controller.error(options.broken())
        message.once("end", () => end(() => (message.complete ? controller.close() : broken())))
        message.once("error", () => end(broken))
        message.once("close", () => end(broken))
        message.pause()
      },
      pull: () => {
        message.resume()
      },
      cancel: () => end(options.cancel)
    },
    { highWaterMark: 1 }
  )
}

/**
 * The headers of a message of Node.
 *
 * @since 0.1.0
 */
export const headers = (message: IncomingMessage): Headers => {
  const out = new Headers()
  for (let i = 0; i + 1 < message.rawHeaders.length; i += 2)
    out.append(message.rawHeaders[i]!, message.rawHeaders[i + 1]!)
  return out
}

/**
 * How a response is written.
 *
 * @since 0.1.0
 */
export interface WriteOptions {
  /** How long its reader may take nothing before it is given up, in milliseconds. */
  readonly stallMillis?: number | undefined
}

/** A reader that comes back is told all of it: nothing is lost by giving it up. */
const stallMillis = 60_000

/**
 * Writes a response, as fast as it is read and no faster. Ends early when the reader goes away, or takes nothing for too
 * long. Answers how many bytes of the body went out.
 *
 * @since 0.1.0
 */
export const write = async (response: Response, out: ServerResponse, options?: WriteOptions): Promise<number> => {
  for (const [name, value] of response.headers) out.appendHeader(name, value)
  out.writeHead(response.status)
  if (response.body === null) {
    out.end()
    return 0
  }
  // Also of a stream that has nothing to say yet: that it is open is an answer.
  out.flushHeaders()
  const reader = response.body.getReader()
  const gone = () => void reader.cancel().catch(() => {})
  out.once("close", gone)
  let bytes = 0
  try {
    if (out.destroyed) {
      gone()
      return bytes
    }
    for (;;) {
      const { done, value } = await reader.read()
      if (done || out.destroyed) break
      bytes += value.byteLength
      if (!out.write(value)) await drained(out, options?.stallMillis ?? stallMillis)
    }
    out.end()
  } catch {
    // What was begun can't be answered otherwise any more: the reader has to see that it is not whole.
    out.destroy()
  } finally {
    out.off("close", gone)
  }
  return bytes
}

/** A longer one would be over at once. */
const longestTimer = 2 ** 31 - 1

const drained = (out: ServerResponse, millis: number): Promise<void> =>
  new Promise((resolve) => {
    const stalled = setTimeout(
      () => {
        RequestMetrics.readerDropped()
        out.destroy()
      },
      Math.min(millis, longestTimer)
    )
    const done = () => {
      clearTimeout(stalled)
      out.off("drain", done)
      out.off("close", done)
      resolve()
    }
    out.once("drain", done)
    out.once("close", done)
    if (out.destroyed) done()
  })
