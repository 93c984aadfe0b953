/**
 * Errors as they are sent: problems as RFC 9457 has them, `application/problem+json`.
 *
 * Programs that know nothing of Halte read the members that the RFC names, and `code`. Clients of Halte read `error`,
 * which is the error itself, and get the same typed error that the engine gave.
 *
 * @since 0.1.0
 */
import { Schema, SchemaTransformation } from "effect"
import { HttpApiSchema } from "effect/http-api"
import { ExecutionsError, ExecutionStatus } from "@halte/engine/model"
import * as RequestRefused from "./RequestRefused.ts"

/**
 * The media type of a problem.
 *
 * @since 0.1.0
 */
export const contentType = "application/problem+json"

/**
 * Any error that is sent as a problem.
 *
 * @since 0.1.0
 */
export const AnyError = Schema.Union([...ExecutionsError.ExecutionsError.members, RequestRefused.RequestRefused])
export type AnyError = typeof AnyError.Type

/**
 * A problem as it is sent. `type` is the page about the code, relative to the server; `title` the same for every problem
 * of a code; `detail` this occurrence; `error` the error itself.
 *
 * @since 0.1.0
 */
export const Problem = Schema.Struct({
  type: Schema.String,
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.String,
  /** The execution that it is about, as a path of the server. */
  instance: Schema.optionalKey(Schema.String),
  code: Schema.String,
  executionId: Schema.optionalKey(Schema.String),
  /** The state of the execution; `status` is the number that HTTP answers. */
  executionStatus: Schema.optionalKey(ExecutionStatus.ExecutionStatus),
  /** What is wrong with what was sent, and where. */
  errors: Schema.optionalKey(Schema.Array(RequestRefused.Complaint)),
  /** With a refused command, of an execution that has ended: how it ended. */
  outcome: Schema.optionalKey(Schema.Unknown),
  /** Names the request in the log of the server. */
  requestId: Schema.optionalKey(Schema.String),
  error: AnyError
})
export type Problem = typeof Problem.Type

/**
 * The status that an error is answered with.
 *
 * @since 0.1.0
 */
export const statusOf = (error: AnyError): number => {
  if (error._tag === "RequestRefused") return RequestRefused.statuses[error.code]
  return error._tag === "KeyRefused" ? keyStatuses[error.code] : statuses[error._tag]
}

const keyStatuses = { "idempotency-key-in-use": 409, "idempotency-key-reused": 422 } as const

const statuses = {
  FlowNotFound: 404,
  FlowDiffers: 409,
  FlowInvalid: 422,
  FlowBusy: 409,
  InvalidParams: 422,
  ExecutionNotFound: 404,
  CommandRefused: 409,
  Unauthorized: 401,
  ExecutionsUnavailable: 503
} as const

/**
 * A code of any problem: the last segment of its `type`.
 *
 * @since 0.1.0
 */
export type Code = AnyError["code"]

/**
 * The title of each: the same for every problem of a code.
 *
 * @since 0.1.0
 */
export const titles: { readonly [C in Code]: string } = {
  "flow-not-found": "The flow is not known",
  "flow-differs": "The flow is another one here",
  "flow-invalid": "The definition of the flow has mistakes",
  "flow-busy": "The flow runs one execution at a time",
  "invalid-params": "The flow does not accept the params",
  "execution-not-found": "The execution is not known",
  unauthorized: "The caller is not known",
  "executions-unavailable": "The engine can't be used",
  "not-paused": "The execution is not paused",
  "already-running": "The execution is running",
  interrupting: "The execution is stopping",
  terminating: "The execution is being ended by force",
  finished: "The execution has ended",
  completed: "The execution has completed",
  "needs-rerun": "A step would run twice",
  "definition-changed": "The flow has changed since",
  "secret-missing": "A secret has to be given again",
  "gate-not-open": "The step waits for no answer",
  "invalid-answer": "The gate does not accept the answer",
  "cannot-pause": "Something that runs can't be held",
  queued: "The execution waits for its place",
  running: "The execution is still running",
  paused: "The execution is paused",
  "nothing-to-undo": "There is nothing to take back",
  "secret-masked": "What an undo reads held a secret",
  "malformed-request": "The request can't be read",
  "unknown-sequence": "There is no such place in the stream",
  "host-not-allowed": "The host is not allowed",
  "origin-not-allowed": "The origin is not allowed",
  "unknown-route": "There is no such address",
  "method-not-allowed": "The address has no such method",
  "not-acceptable": "The address has no such format",
  "idempotency-key-in-use": "The first request with this key is on its way",
  "body-too-large": "The body is too large",
  "unsupported-media-type": "The body is no JSON by its type",
  "invalid-request": "The body has not the fields that it may have",
  "idempotency-key-reused": "The key was used for another request",
  "request-timeout": "The request took too long to arrive",
  "too-many-streams": "Too many streams are open",
  "headers-too-large": "The headers are too large",
  "internal-error": "The server failed",
  "page-not-built": "The page was not built",
  "server-ending": "The server is ending"
}

/**
 * The problem that an error is sent as.
 *
 * @since 0.1.0
 */
export const fromError = (error: AnyError): Problem => {
  const execution = "execution" in error ? error.execution : undefined
  const errors =
    error._tag === "InvalidParams" || error._tag === "CommandRefused"
      ? error.problems
      : error._tag === "RequestRefused"
        ? error.errors
        : undefined
  return {
    type: `/problems/${error.code}`,
    title: titles[error.code],
    status: statusOf(error),
    detail: error.message,
    ...(execution === undefined
      ? undefined
      : { instance: `/executions/${encodeURIComponent(execution)}`, executionId: execution }),
    code: error.code,
    ...(error._tag === "CommandRefused" ? { executionStatus: error.status } : undefined),
    ...(errors === undefined ? undefined : { errors }),
    error
  }
}

const encodeSync = Schema.encodeSync(Problem)
const decodeSync = Schema.decodeUnknownSync(Schema.Struct({ error: AnyError }))

/**
 * The JSON text of a problem.
 *
 * @since 0.1.0
 */
export const toJson = (problem: Problem): string => JSON.stringify(encodeSync(problem))

/**
 * The error in the JSON text of a problem; `undefined` when there is none that is known here.
 *
 * @since 0.1.0
 */
export const errorFromJson = (text: string): AnyError | undefined => {
  try {
    return decodeSync(JSON.parse(text)).error
  } catch {
    return undefined
  }
}

/**
 * An error as it is sent; its bytes are of no concern to those who declare an endpoint.
 *
 * @since 0.1.0
 */
export type Sent<Self> = Schema.Codec<Self, unknown>

/**
 * An error as an endpoint declares it: sent as a problem, read back as the error.
 *
 * @since 0.1.0
 */
export const of = <Self extends AnyError, Encoded>(error: Schema.Codec<Self, Encoded>, status: number): Sent<Self> =>
  Schema.Struct({ ...Problem.fields, error }).pipe(
    Schema.decodeTo(
      Schema.toType(error),
      SchemaTransformation.transform<Self, Omit<Problem, "error"> & { readonly error: Self }>({
        decode: (problem) => problem.error,
        encode: (self) => ({ ...fromError(self), error: self })
      })
    ),
    HttpApiSchema.asJson({ contentType }),
    HttpApiSchema.status(status)
  )

/** Says which codes the problem may have: the description of the contract names them. */
const described = <S extends Schema.Top>(schema: S, codes: ReadonlyArray<Code>): S =>
  schema.annotate({ description: codes.join(" ") }) as unknown as S

/**
 * The types of these. They are interfaces, so that the types of endpoints name them instead of what they are made of.
 *
 * @since 0.1.0
 */
export interface FlowNotFoundSent extends Sent<ExecutionsError.FlowNotFound> {}
export interface FlowDiffersSent extends Sent<ExecutionsError.FlowDiffers> {}
export interface FlowInvalidSent extends Sent<ExecutionsError.FlowInvalid> {}
export interface FlowBusySent extends Sent<ExecutionsError.FlowBusy> {}
export interface InvalidParamsSent extends Sent<ExecutionsError.InvalidParams> {}
export interface KeyRefusedSent extends Sent<ExecutionsError.KeyRefused> {}
export interface ExecutionNotFoundSent extends Sent<ExecutionsError.ExecutionNotFound> {}
export interface CommandRefusedSent extends Sent<ExecutionsError.CommandRefused> {}
export interface AlwaysSent extends Sent<ExecutionsError.Always | RequestRefused.RequestRefused> {}

/**
 * The errors of the engine, as endpoints declare them.
 *
 * @since 0.1.0
 */
export const FlowNotFound: FlowNotFoundSent = described(of(ExecutionsError.FlowNotFound, statuses.FlowNotFound), [
  "flow-not-found"
])
export const FlowDiffers: FlowDiffersSent = described(of(ExecutionsError.FlowDiffers, statuses.FlowDiffers), [
  "flow-differs"
])
export const FlowInvalid: FlowInvalidSent = described(of(ExecutionsError.FlowInvalid, statuses.FlowInvalid), [
  "flow-invalid"
])
export const FlowBusy: FlowBusySent = described(of(ExecutionsError.FlowBusy, statuses.FlowBusy), ["flow-busy"])
export const InvalidParams: InvalidParamsSent = described(of(ExecutionsError.InvalidParams, statuses.InvalidParams), [
  "invalid-params"
])
export const ExecutionNotFound: ExecutionNotFoundSent = described(
  of(ExecutionsError.ExecutionNotFound, statuses.ExecutionNotFound),
  ["execution-not-found"]
)
export const CommandRefused: CommandRefusedSent = described(
  of(ExecutionsError.CommandRefused, statuses.CommandRefused),
  ExecutionsError.CommandRefused.fields.code.literals
)

const refusals = (statuses: ReadonlyArray<number>, isMeant = (_code: RequestRefused.Code) => true) =>
  statuses.flatMap((status) => {
    const codes = (Object.keys(RequestRefused.statuses) as Array<RequestRefused.Code>).filter(
      (code) => RequestRefused.statuses[code] === status && isMeant(code)
    )
    return codes.length === 0 ? [] : [described(of(RequestRefused.RequestRefused, status), codes)]
  })

const engine = [
  described(of(ExecutionsError.Unauthorized, statuses.Unauthorized), ["unauthorized"]),
  described(of(ExecutionsError.ExecutionsUnavailable, statuses.ExecutionsUnavailable), ["executions-unavailable"])
]

/**
 * What any endpoint may answer that reads: `Unauthorized`, `ExecutionsUnavailable`, and that the request makes no sense.
 *
 * @since 0.1.0
 */
export const reading = [...engine, ...refusals([400, 403, 406, 500])] as unknown as ReadonlyArray<AlwaysSent>

/**
 * What any endpoint may answer that takes a body.
 *
 * @since 0.1.0
 */
export const commanding = [
  ...engine,
  ...refusals([400, 403, 413, 415, 422, 500])
] as unknown as ReadonlyArray<AlwaysSent>

/**
 * What an endpoint may answer that streams, besides.
 *
 * @since 0.1.0
 */
export const streaming = refusals([429]) as unknown as ReadonlyArray<AlwaysSent>

/**
 * What an endpoint may answer by which something begins to run, besides.
 *
 * @since 0.1.0
 */
export const beginning = refusals([503], (code) => code === "server-ending") as unknown as ReadonlyArray<AlwaysSent>

/**
 * What an endpoint may answer that is only there where people sign in, besides.
 *
 * @since 0.1.0
 */
export const elsewhere = refusals([404]) as unknown as ReadonlyArray<AlwaysSent>

/**
 * What an endpoint may answer that takes an `Idempotency-Key`, besides.
 *
 * @since 0.1.0
 */
export const keyed: ReadonlyArray<KeyRefusedSent> = ExecutionsError.KeyRefused.fields.code.literals.map((code) =>
  described(of(ExecutionsError.KeyRefused, keyStatuses[code]), [code])
)

/**
 * Whatever an endpoint may answer.
 *
 * @since 0.1.0
 */
export const always = [
  ...engine,
  ...refusals([...new Set(Object.values(RequestRefused.statuses))])
] as unknown as ReadonlyArray<AlwaysSent>
