/**
 * Steps that send an HTTP request. Asked to stop, the request is aborted.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import type { HttpClient } from "effect/http"
import * as HttpExchange from "./HttpExchange.ts"
import type { HttpStepError, HttpStepRequest, HttpStepValue } from "./HttpExchange.ts"
import * as OutputCheck from "./OutputCheck.ts"
import { fromParts, type InputOf, type Inputs, type Options, type Step } from "./Step.ts"
import type { StepContextShape } from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/** The most bytes of a reply that are taken when nothing is said. */
const defaultLimit = 8 * 1024 * 1024

/**
 * What an HTTP step can say besides what every step can.
 *
 * @since 0.1.0
 */
export interface HttpOptions<I extends Inputs> extends Options<I> {
  readonly request:
    | HttpStepRequest
    | ((input: InputOf<I>, step: StepContextShape) => HttpStepRequest | Effect.Effect<HttpStepRequest, unknown>)
  /** Which statuses are a success. @default 200 to 299 */
  readonly success?: ((status: number) => boolean) | undefined
  /**
   * Sends `Idempotency-Key`, the same over tries and attempts of the execution, so that a server that knows the header
   * does a request once however often it arrives. @default false
   */
  readonly idempotencyKey?: boolean | undefined
  /** The most bytes of a reply; a larger one fails with `output-too-large`. @default 8 MiB */
  readonly captureLimit?: number | undefined
  /** What is shown as the request. @default method and URL, when they are not computed */
  readonly detail?: string | undefined
}

/**
 * Makes a step that sends a request and gives the reply. A status outside `success` (by default 200 to 299) fails it.
 * An aborted request may have reached the server all the same: say `idempotencyKey: true` where the server knows that
 * header, or `idempotent: false` where twice is wrong.
 *
 * **Details**
 *
 * `outputSchema` is what the reply's `body` has to be: it is decoded, or the step fails with `invalid-output`. Redirects
 * are followed, at most 20; to another origin they go without `Authorization` and cookies. A reply that says
 * `Retry-After` makes `retry` wait so long, at most its `maxDelay`.
 *
 * **Example** (Waiting until a service answers)
 *
 * ```ts
 * const health = Step.http("health", {
 *   request: { url: "https://example.org/health" },
 *   outputSchema: Schema.Struct({ version: Schema.String }),
 *   retry: { tries: 5, delay: "2 seconds" }
 * })
 * const show = Step.make("show", { input: { health }, run: ({ health }) => Effect.log(health.body.version) })
 * ```
 *
 * @since 0.1.0
 */
export const http: {
  <const Name extends string, S extends Schema.Codec<unknown, unknown>, const I extends Inputs = {}>(
    name: Name,
    options: HttpOptions<I> & { readonly outputSchema: S }
  ): Step<Name, HttpStepValue<S["Type"]>, HttpStepError | OutputCheck.ValueMismatch, HttpClient.HttpClient>
  <const Name extends string, const I extends Inputs = {}>(
    name: Name,
    options: HttpOptions<I> & { readonly outputSchema?: undefined }
  ): Step<Name, HttpStepValue, HttpStepError, HttpClient.HttpClient>
} = <I extends Inputs>(
  name: string,
  options: HttpOptions<I> & { readonly outputSchema?: Schema.Codec<unknown, unknown> | undefined }
): never => {
  const {
    captureLimit = defaultLimit,
    detail,
    idempotencyKey,
    outputSchema,
    request,
    success = (status) => status >= 200 && status < 300,
    ...rest
  } = options
  const check = outputSchema === undefined ? undefined : OutputCheck.make(outputSchema, { field: "body" })
  return fromParts({
    name,
    kind: "http",
    // Twice is once for a server that knows the key.
    options: idempotencyKey === true ? { idempotent: true, ...definedIn(rest) } : rest,
    source: [request, success, idempotencyKey, options.captureLimit],
    stops: { withinMillis: 500, text: "request aborted" },
    detail: detail ?? (typeof request === "function" ? undefined : `${request.method ?? "GET"} ${request.url}`),
    outputSchema: outputSchema === undefined ? undefined : Schema.Struct({ ...replyFields, body: outputSchema }),
    body: (input: InputOf<I>, step: StepContextShape) =>
      Effect.gen(function* () {
        const given = typeof request === "function" ? request(input, step) : request
        const wanted = Effect.isEffect(given) ? yield* given as Effect.Effect<HttpStepRequest, unknown> : given
        const answer = yield* StoppingPoint.wait(
          HttpExchange.send(wanted, {
            success,
            limit: captureLimit,
            idempotencyKey: idempotencyKey === true ? keyOf(step) : undefined
          })
        )
        if (answer._tag === "Break") return step.interrupted({ detail: "request aborted" })
        return check === undefined ? answer.value : yield* check(answer.value, step)
      })
  }) as never
}

// An `undefined` that is written out says nothing.
const definedIn = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))

const replyFields = { status: Schema.Int, headers: Schema.Record(Schema.String, Schema.String) }

/** One for each step of each execution: a try that got no reply, and an attempt after a crash, ask for the same thing. */
const keyOf = (step: StepContextShape): string => `${step.execution}.${step.step.replaceAll("/", ".")}`
