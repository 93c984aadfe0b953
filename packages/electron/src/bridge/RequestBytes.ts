/**
 * The body of a request as one piece: those of the API are short texts of JSON.
 */
import { RequestBody } from "@halte/http"

/** The body is larger than any that the API takes. */
export class RequestTooLarge extends Error {
  readonly _tag = "RequestTooLarge"
  constructor() {
    super(`The body of the request is larger than ${RequestBody.limit} bytes.`)
    this.name = "RequestTooLarge"
  }
}

/**
 * Reads it whole; `null` where there is none. Rejects with `RequestTooLarge`, with what `signal` was aborted for, or with
 * what broke the body off; what is left of it is canceled.
 */
export const read = async (request: Request, signal: AbortSignal): Promise<Uint8Array | null> => {
  const { body } = request
  if (body === null) return null
  const reader = body.getReader()
  // To cancel a stream that broke off tells once more what is known.
  const leave = () => void reader.cancel().catch(() => {})
  signal.addEventListener("abort", leave, { once: true })
  try {
    if (Number(request.headers.get("content-length") ?? 0) > RequestBody.limit) throw new RequestTooLarge()
    const parts: Array<Uint8Array> = []
    let size = 0
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = await reader.read()
      if (done) break
      size += value.byteLength
      if (size > RequestBody.limit) throw new RequestTooLarge()
      // A copy: Electron has filled the same memory with the next part (electron/electron#41872).
      parts.push(value.slice())
    }
    signal.throwIfAborted()
    return RequestBody.joined(parts, size)
  } catch (error) {
    leave()
    throw error
  } finally {
    signal.removeEventListener("abort", leave)
  }
}
