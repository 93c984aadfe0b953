/**
 * One HTTP request and its reply, with each way in which there is no good one as a failure of its own.
 *
 * @since 0.1.0
 */
import { Cause, Clock, Effect, Stream } from "effect"
import {
  HttpClient,
  type HttpClientError,
  HttpClientRequest,
  type HttpClientResponse,
  type HttpMethod
} from "effect/http"
import type { Described, StepFailure } from "./model/StepFailure.ts"

/**
 * A request that could not be sent, or was answered with a status that is no success. Codes: `http-status` (with the
 * `status`), `http-invalid-url`, `http-invalid-body`, `http-host-not-found`, `http-not-connected`, `http-tls`,
 * `http-redirects`, `http-failed`, and `output-too-large` for a reply beyond its limit.
 *
 * @since 0.1.0
 */
export class HttpStepError extends Error implements Described {
  readonly _tag = "HttpStepError"
  readonly failure: StepFailure
  constructor(failure: StepFailure) {
    super(failure.message)
    this.failure = failure
  }
  toStepFailure(): StepFailure {
    return this.failure
  }
}

/**
 * A request. `json` is sent as JSON, `body` as text.
 *
 * @since 0.1.0
 */
export interface HttpStepRequest {
  /** @default "GET" */
  readonly method?: HttpMethod.HttpMethod | undefined
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly json?: unknown
  readonly body?: string | undefined
}

/**
 * The reply. `body` is what JSON says when the reply is JSON, else its text.
 *
 * @since 0.1.0
 */
export interface HttpStepValue<out Body = unknown> {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Body
}

/** How much of a reply that is no success is read, for its first lines. */
const shownBytes = 65_536
const shownLines = 5

/**
 * Sends a request and reads the reply, of at most `limit` bytes.
 *
 * @since 0.1.0
 */
export const send = (
  wanted: HttpStepRequest,
  options: {
    readonly success: (status: number) => boolean
    readonly limit: number
    readonly idempotencyKey: string | undefined
  }
): Effect.Effect<HttpStepValue, HttpStepError, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const method = wanted.method ?? "GET"
    const what = `\`${method} ${wanted.url}\``
    if (!URL.canParse(wanted.url) || !/^https?:$/.test(new URL(wanted.url).protocol))
      return yield* Effect.fail(
        new HttpStepError({
          code: "http-invalid-url",
          message: `\`${wanted.url}\` is no absolute address of HTTP`,
          hint: "Write it whole, with `https://` or `http://`."
        })
      )
    let request = HttpClientRequest.make(method)(wanted.url)
    // One that the author writes wins.
    if (options.idempotencyKey !== undefined)
      request = HttpClientRequest.setHeader(request, "idempotency-key", options.idempotencyKey)
    if (wanted.headers !== undefined) request = HttpClientRequest.setHeaders(request, wanted.headers)
    if (wanted.json !== undefined)
      request = HttpClientRequest.bodyText(request, yield* jsonText(wanted.json, what), "application/json")
    else if (wanted.body !== undefined)
      request = HttpClientRequest.bodyText(request, wanted.body, request.headers["content-type"])
    const failed = (error: unknown) => noReply(error, what, new URL(wanted.url))
    const response = yield* HttpClient.execute(request).pipe(Effect.mapError(failed))
    const { headers, status } = response
    if (!options.success(status)) {
      const { text } = yield* read(response, shownBytes).pipe(Effect.orElseSucceed(() => ({ text: "" })))
      const retryAfterMillis = retryAfter(headers["retry-after"], yield* Clock.currentTimeMillis)
      return yield* Effect.fail(
        new HttpStepError({
          code: "http-status",
          message: `${what} was answered with status ${status}`,
          status,
          ...(retryAfterMillis === undefined ? undefined : { retryAfterMillis }),
          ...(text === "" ? undefined : { lastOutput: text.split("\n").slice(0, shownLines) })
        })
      )
    }
    const { isWhole, text } = yield* read(response, options.limit).pipe(Effect.mapError(failed))
    if (!isWhole)
      return yield* Effect.fail(
        new HttpStepError({
          code: "output-too-large",
          message: `the reply to ${what} is larger than ${options.limit} bytes`,
          status,
          hint: "Raise the limit, or fetch it with a program that writes a file."
        })
      )
    const body = /[/+]json\b/.test(headers["content-type"] ?? "") ? parse(text) : text
    return { status, headers: { ...headers }, body }
  })

/** The text of a reply up to a limit; leaving the stream closes the connection. */
const read = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number
): Effect.Effect<{ readonly text: string; readonly isWhole: boolean }, HttpClientError.HttpClientError> =>
  Effect.gen(function* () {
    const chunks: Array<Uint8Array> = []
    let size = 0
    const exit = yield* response.stream.pipe(
      Stream.runForEach((chunk): Effect.Effect<void, "Full"> => {
        if (size + chunk.length > limit) {
          chunks.push(chunk.subarray(0, limit - size))
          return Effect.fail("Full")
        }
        size += chunk.length
        chunks.push(chunk)
        return Effect.void
      }),
      Effect.exit
    )
    if (exit._tag === "Failure") {
      const error = Cause.squash(exit.cause) as "Full" | HttpClientError.HttpClientError
      if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.interrupt
      if (error !== "Full" && error.reason._tag !== "EmptyBodyError") return yield* Effect.fail(error)
      if (error === "Full") return { text: decode(chunks, response.headers["content-type"]), isWhole: false }
    }
    return { text: decode(chunks, response.headers["content-type"]), isWhole: true }
  })

const decode = (chunks: ReadonlyArray<Uint8Array>, contentType: string | undefined): string => {
  const all = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  return decoder(/charset="?([\w-]+)/i.exec(contentType ?? "")?.[1]).decode(all)
}

// A name of a character set that nobody knows is read as the usual one.
const decoder = (charset: string | undefined): TextDecoder => {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}

/** `Retry-After` in milliseconds from now: seconds, or a date. */
const retryAfter = (text: string | undefined, now: number): number | undefined => {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return Number(text) * 1000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

const jsonText = (json: unknown, what: string): Effect.Effect<string, HttpStepError> =>
  Effect.try({
    try: () => {
      const text = JSON.stringify(json) as string | undefined
      if (text === undefined) throw new TypeError(`it is of type ${typeof json}`)
      return text
    },
    catch: (error) =>
      new HttpStepError({
        code: "http-invalid-body",
        message: `the JSON of ${what} can't be written: ${error instanceof Error ? error.message : String(error)}`
      })
  })

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

// The innermost cause says it best: `connect ECONNREFUSED 127.0.0.1:1`.
const noReply = (error: unknown, what: string, url: URL): HttpStepError => {
  const causes: Array<unknown> = [error]
  for (let i = 0; i < 8; i++) {
    const deepest = causes.at(-1)
    if (!(deepest instanceof Error)) break
    const next: unknown =
      deepest.cause ??
      ("reason" in deepest ? deepest.reason : deepest instanceof AggregateError ? deepest.errors[0] : undefined)
    if (next === undefined || next === null || typeof next !== "object") break
    causes.push(next)
  }
  const deepest = causes.at(-1)
  const said = deepest instanceof Error && deepest.message !== "" ? deepest.message : String(error)
  const codes = causes.flatMap((one) => (one instanceof Error && "code" in one ? [String(one.code)] : []))
  const code = codes.at(-1) ?? ""
  if (/^(ENOTFOUND|EAI_\w+|ENODATA)$/.test(code))
    return new HttpStepError({
      code: "http-host-not-found",
      message: `${what} got no reply: the host \`${url.hostname}\` was not found (${said})`,
      hint: "Look at the name, and at the name server of this machine."
    })
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/.test(code))
    return new HttpStepError({
      code: "http-not-connected",
      message: `${what} got no reply: there is no connection to \`${url.host}\` (${said})`,
      hint: "Look whether the service runs, and whether it can be reached from here."
    })
  if (
    /^(ERR_SSL_\w+|ERR_TLS_\w+|EPROTO|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|HOSTNAME_MISMATCH)$/.test(
      code
    )
  )
    return new HttpStepError({
      code: "http-tls",
      message: `${what} got no reply: no secure connection to \`${url.host}\` (${said.trim()})`,
      hint: "Trust its authority with `NODE_EXTRA_CA_CERTS`, or correct the certificate."
    })
  if (/redirect count exceeded|redirect mode/.test(said))
    return new HttpStepError({
      code: "http-redirects",
      message: `${what} got no reply: it was redirected too often`,
      hint: "Look where it is redirected to: it may be a circle."
    })
  return new HttpStepError({ code: "http-failed", message: `${what} got no reply: ${said}` })
}
