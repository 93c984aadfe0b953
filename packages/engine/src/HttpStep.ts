/**
 * Steps that send an HTTP request. Asked to stop, the request is aborted.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { HttpClient, HttpClientRequest, type HttpMethod } from "effect/http"
import type { Described, StepFailure } from "./model/StepFailure.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/**
 * A request that could not be sent, or was answered with a status that is no success. Codes: `http-status`,
 * `http-failed`, `http-invalid-url`, `http-invalid-body`.
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
export interface HttpStepValue {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/**
 * Makes a step that sends a request and gives the reply. A status outside `success` (by default 200 to 299) fails it.
 * An aborted request may have reached the server all the same: say `idempotent: false` where twice is wrong.
 *
 * **Example** (Waiting until a service answers)
 *
 * ```ts
 * const health = Step.http("health", {
 *   request: { url: "https://example.org/health" },
 *   retry: { tries: 5, delay: "2 seconds" }
 * })
 * ```
 *
 * @since 0.1.0
 */
export const http = <const Name extends string, const I extends Inputs = {}>(
  name: Name,
  options: Options<I> & {
    readonly request:
      | HttpStepRequest
      | ((input: InputOf<I>, step: StepContextShape) => HttpStepRequest | Effect.Effect<HttpStepRequest, unknown>)
    readonly success?: ((status: number) => boolean) | undefined
    readonly detail?: string | undefined
  }
): Step<Name, HttpStepValue, HttpStepError, HttpClient.HttpClient> => {
  const { detail, request, success = (status) => status >= 200 && status < 300, ...rest } = options
  return fromParts({
    name,
    kind: "http",
    options: rest,
    source: [request, success],
    stops: { withinMillis: 500, text: "request aborted" },
    detail: detail ?? (typeof request === "function" ? undefined : `${request.method ?? "GET"} ${request.url}`),
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.gen(function* () {
        const given = typeof request === "function" ? request(input, step) : request
        const wanted = Effect.isEffect(given) ? yield* given as Effect.Effect<HttpStepRequest, unknown> : given
        const answer = yield* StoppingPoint.wait(send(wanted, success))
        return answer._tag === "Break" ? step.interrupted({ detail: "request aborted" }) : answer.value
      })
  })
}

const send = (
  wanted: HttpStepRequest,
  success: (status: number) => boolean
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
    if (wanted.headers !== undefined) request = HttpClientRequest.setHeaders(request, wanted.headers)
    if (wanted.json !== undefined)
      request = HttpClientRequest.bodyText(request, yield* jsonText(wanted.json, what), "application/json")
    else if (wanted.body !== undefined) request = HttpClientRequest.bodyText(request, wanted.body)
    const failed = (error: unknown) =>
      new HttpStepError({ code: "http-failed", message: `${what} got no reply: ${reason(error)}` })
    const response = yield* HttpClient.execute(request).pipe(Effect.mapError(failed))
    const text = yield* response.text.pipe(Effect.mapError(failed))
    if (!success(response.status))
      return yield* Effect.fail(
        new HttpStepError({
          code: "http-status",
          message: `${what} was answered with status ${response.status}`,
          ...(text === "" ? undefined : { lastOutput: text.split("\n").slice(0, 5) })
        })
      )
    const body = /[/+]json\b/.test(response.headers["content-type"] ?? "") ? parse(text) : text
    return { status: response.status, headers: { ...response.headers }, body }
  })

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
const reason = (error: unknown): string => {
  let deepest = error
  for (let i = 0; i < 8 && deepest instanceof Error; i++) {
    const next: unknown = deepest.cause ?? ("reason" in deepest ? deepest.reason : undefined)
    if (next === undefined || typeof next !== "object") break
    deepest = next
  }
  return deepest instanceof Error ? deepest.message : String(error)
}
