/**
 * The body of a request, read with a limit and checked before anything else looks at it.
 *
 * @since 0.1.0
 */
import { Problem, RequestRefused } from "@halte/api"

/**
 * The largest body, in bytes.
 *
 * @since 0.1.0
 */
export const limit = 1 << 20

/**
 * How deep a body may be nested: what is deeper than a stack can't be written down again.
 *
 * @since 0.1.0
 */
export const deepest = 256

const refused = (code: RequestRefused.Code, detail: string) => new RequestRefused.RequestRefused({ code, detail })

/**
 * The same request with its body read: a JSON text, `{}` where nothing was sent. Or what is wrong with it.
 *
 * @since 0.1.0
 */
export const read = async (request: Request): Promise<Request | Problem.AnyError> => {
  if (!isText(request.url))
    return refused("malformed-request", "The address of the request can't be read: a `%` in it is followed by no code.")
  if (request.method !== "POST") return request
  if (Number(request.headers.get("content-length") ?? 0) > limit) return tooLarge()
  let bytes: Uint8Array | undefined
  try {
    bytes = await collect(request.body)
  } catch {
    return refused("malformed-request", "The body of the request broke off.")
  }
  if (bytes === undefined) return tooLarge()
  const text = decode(bytes)
  if (text === undefined) return refused("malformed-request", "The body of the request is no UTF-8.")
  const type = mediaType(request.headers.get("content-type"))
  if (text !== "" && type !== "application/json")
    return refused(
      "unsupported-media-type",
      `The body of the request is ${type === "" ? "of no stated type" : `\`${type}\``}: send \`application/json\`.`
    )
  const wrong = text === "" ? undefined : notJson(text)
  if (wrong !== undefined) return refused("malformed-request", `The body of the request is no JSON: ${wrong}.`)
  if (depth(text) > deepest)
    return refused("malformed-request", `The body of the request is nested more than ${deepest} levels deep.`)
  const headers = new Headers(request.headers)
  headers.set("content-type", "application/json")
  headers.delete("content-length")
  return new Request(request.url, {
    method: request.method,
    headers,
    body: text === "" ? "{}" : text,
    signal: request.signal
  })
}

const tooLarge = () => refused("body-too-large", `The body of the request is larger than ${limit} bytes.`)

/** `undefined` when it is too large: the rest is not read. */
const collect = async (body: ReadableStream<Uint8Array> | null): Promise<Uint8Array | undefined> => {
  if (body === null) return new Uint8Array()
  const reader = body.getReader()
  const parts: Array<Uint8Array> = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.byteLength
    if (size > limit) {
      void reader.cancel().catch(() => {})
      return undefined
    }
    parts.push(value)
  }
  return joined(parts, size)
}

/**
 * The parts of a body as one, with memory of its own: a view of a pool would be cloned with all that lies beside it.
 *
 * @since 0.1.0
 */
export const joined = (parts: ReadonlyArray<Uint8Array>, size: number): Uint8Array => {
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.byteLength
  }
  return all
}

const decode = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const notJson = (text: string): string | undefined => {
  try {
    JSON.parse(text)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** How deep a text of JSON is nested. Brackets within strings are text. */
const depth = (json: string): number => {
  let now = 0
  let most = 0
  let isString = false
  for (let i = 0; i < json.length; i++) {
    const character = json[i]
    if (isString) {
      if (character === "\\") i++
      else if (character === '"') isString = false
    } else if (character === '"') isString = true
    else if (character === "[" || character === "{") most = Math.max(most, ++now)
    else if (character === "]" || character === "}") now--
  }
  return most
}

const mediaType = (header: string | null): string => (header ?? "").split(";")[0]!.trim().toLowerCase()

const isText = (url: string): boolean => {
  try {
    decodeURIComponent(new URL(url).pathname)
    return true
  } catch {
    return false
  }
}
