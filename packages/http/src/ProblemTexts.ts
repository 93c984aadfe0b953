/**
 * What each problem means and what to do about it: the text of its page, of the API's description and of the reference.
 *
 * @since 0.1.0
 */
import { Problem, RequestRefused } from "@halte/api"
import { ExecutionsError } from "@halte/engine"

/**
 * The text about one code. Parts between backticks are code.
 *
 * @since 0.1.0
 */
export interface ProblemText {
  /** When it is answered. The same sentence is in the reference. */
  readonly means: string
  readonly next: string
  /** One occurrence. */
  readonly example: Problem.AnyError
}

const execution = "01JD3M8Z9F4T6V2X0YQ7"
const flow = "release"

const refused = (
  code: ExecutionsError.CommandRefused["code"],
  command: ExecutionsError.CommandRefused["command"],
  status: ExecutionsError.CommandRefused["status"],
  more?: Partial<Pick<ExecutionsError.CommandRefused, "steps" | "detail" | "problems">>
) => new ExecutionsError.CommandRefused({ execution, command, code, status, ...more })

const request = (code: RequestRefused.Code, detail: string, errors?: ReadonlyArray<RequestRefused.Complaint>) =>
  new RequestRefused.RequestRefused({ code, detail, ...(errors === undefined ? undefined : { errors }) })

/**
 * The text of every code.
 *
 * @since 0.1.0
 */
export const texts: { readonly [Code in Problem.Code]: ProblemText } = {
  "flow-not-found": {
    means: "No flow has this name here.",
    next: "Start one of `known`, or add the flow to the project that the server serves.",
    example: new ExecutionsError.FlowNotFound({ flow: "relaese", known: [flow] })
  },
  "flow-differs": {
    means: "The flow has another fingerprint than the caller means.",
    next: "Read the flow again, and start it with its `fingerprint`, or without one.",
    example: new ExecutionsError.FlowDiffers({ flow, expected: "9b1f…", actual: "4c77…" })
  },
  "flow-invalid": {
    means: "The definition of the flow has mistakes, and nothing was started.",
    next: "Correct what `error.problems` names. `halte check` says the same.",
    example: new ExecutionsError.FlowInvalid({
      flow,
      problems: [
        {
          code: "unknown-step",
          message: "Step `ship` waits for `biuld`, which is not in the flow.",
          hint: "Did you mean `build`?",
          file: "release.flow.yaml",
          line: 14,
          column: 12
        }
      ]
    })
  },
  "flow-busy": {
    means: "The flow runs one execution at a time, and one is under way.",
    next: "Wait for the execution in `executionId`, or interrupt it.",
    example: new ExecutionsError.FlowBusy({ flow, execution })
  },
  "invalid-params": {
    means: "The params do not fit the schema of the flow.",
    next: "Correct what `errors` names. The schema is `params` of the flow.",
    example: new ExecutionsError.InvalidParams({ flow, problems: [{ pointer: "/version", detail: "is missing" }] })
  },
  "execution-not-found": {
    means: "No execution has this id.",
    next: "Ids are whole here. `GET /executions?ending=…` finds one by its last characters.",
    example: new ExecutionsError.ExecutionNotFound({ execution })
  },
  unauthorized: {
    means: "The request brings neither the token of the server nor the cookie of a browser that has signed in.",
    next: "Send `Authorization: Bearer TOKEN`. In a browser, open the address that `halte open` prints.",
    example: new ExecutionsError.Unauthorized({ reason: "the token is not the one of this server" })
  },
  "executions-unavailable": {
    means: "The engine or its store can't be reached, or can't work.",
    next: "Ask again after `Retry-After` seconds. If it stays so, `detail` says what whoever runs the server has to do.",
    example: new ExecutionsError.ExecutionsUnavailable({ reason: "the disk is full" })
  },
  "not-paused": {
    means: "There is no pause to end: it waits for its place.",
    next: "Wait, or interrupt it.",
    example: refused("not-paused", "resume", "Pending")
  },
  "already-running": {
    means: "It runs, here or in another process.",
    next: "Follow its events.",
    example: refused("already-running", "resume", "Running")
  },
  interrupting: {
    means: "It stops, and can't be held or resumed meanwhile.",
    next: "Wait for its end, then resume. Terminate it if it does not reach a stopping point.",
    example: refused("interrupting", "resume", "Interrupting")
  },
  terminating: {
    means: "The same, by force.",
    next: "Wait for its end, then resume.",
    example: refused("terminating", "resume", "Terminating")
  },
  finished: {
    means: "It has ended.",
    next: "`outcome` says how. Resume it, if it has not completed.",
    example: refused("finished", "pause", "Interrupted")
  },
  completed: {
    means: "It has ended with nothing left to do.",
    next: "Start the flow again.",
    example: refused("completed", "resume", "Completed")
  },
  "needs-rerun": {
    means: "`steps` began, did not complete and are not idempotent: name those that may run again.",
    next: "Look at what the steps have done, then resume with `rerun`.",
    example: refused("needs-rerun", "resume", "Terminated", { steps: ["migrate"] })
  },
  "definition-changed": {
    means:
      "The flow is another one now, or can't be had as it was: say which definition counts. `changes` lists `step`, `change` (`added`, `removed`, `changed`), `before`? and `after`?.",
    next: "Look at `error.changes`, then resume with `definition`: `stored` or `current`.",
    example: new ExecutionsError.CommandRefused({
      execution,
      command: "resume",
      code: "definition-changed",
      status: "Interrupted",
      steps: ["ship"],
      changes: [{ step: "ship", change: "changed", before: "run: ./ship", after: "run: ./ship --fast" }]
    })
  },
  "secret-missing": {
    means: "A secret is not kept and was not given again; `detail` names it.",
    next: "Resume with the secret in `params`, or set its variable where the engine runs.",
    example: refused("secret-missing", "resume", "Interrupted", { detail: "Give `token` again." })
  },
  "gate-not-open": {
    means: "The step in `steps` waits for no answer.",
    next: "Read the state: a step that waits for an answer has a `gate`.",
    example: refused("gate-not-open", "answer", "Running", { steps: ["approve"] })
  },
  "invalid-answer": {
    means: "The answer does not fit; `errors` says what is wrong, and where. The gate stays open.",
    next: "Answer with a `value` that fits the schema in the step's `gate`.",
    example: refused("invalid-answer", "answer", "Running", {
      steps: ["approve"],
      detail: "`/region` missing key",
      problems: [{ pointer: "/region", detail: "Missing key" }]
    })
  },
  "cannot-pause": {
    means: "Something that runs can't be held.",
    next: "Interrupt it instead, and resume it later.",
    example: refused("cannot-pause", "pause", "Running", { steps: ["upload"] })
  },
  queued: {
    means: "It waits for its place, so nothing of it can be taken back.",
    next: "Wait for its end, or interrupt it, then undo.",
    example: refused("queued", "undo", "Pending")
  },
  running: {
    means: "It runs, so nothing of it can be taken back.",
    next: "Interrupt it, and undo once it has stopped.",
    example: refused("running", "undo", "Running")
  },
  paused: {
    means: "It is held and can go on, so nothing of it can be taken back.",
    next: "Interrupt it, and undo once it has stopped.",
    example: refused("paused", "undo", "Paused")
  },
  "nothing-to-undo": {
    means: "No completed step has an `undo`, or none of those that were named; `detail` says why, step by step.",
    next: "Read the flow: a step that can be taken back has an `undo`.",
    example: refused("nothing-to-undo", "undo", "Interrupted", {
      steps: ["build"],
      detail: "`build` has no `undo`."
    })
  },
  "secret-masked": {
    means: "What `steps` gave held a secret, which is not stored, and their `undo` reads it.",
    next: "Name the others in `steps`, and take these back by hand.",
    example: refused("secret-masked", "undo", "Interrupted", { steps: ["sign-in"] })
  },
  "malformed-request": {
    means: "It can't be read, or its path, query or headers are not what the address takes.",
    next: "Correct what `detail` and `errors` name.",
    example: request("malformed-request", "The query of the request is not what this address takes.", [
      { pointer: "/limit", detail: "Expected an integer" }
    ])
  },
  "unknown-sequence": {
    means: "A stream was asked for after a sequence that is not there.",
    next: "Begin again, without `Last-Event-ID` and `after`.",
    example: request("unknown-sequence", `Execution \`${execution}\` has no event 900: its last one is 21.`)
  },
  "host-not-allowed": {
    means: "The header `Host` names a host that the server is not known by.",
    next: "Ask for the address that the server printed. Whoever runs it allows further names with `--allow-host`.",
    example: request("host-not-allowed", "`evil.example:4280` is no host of this server.")
  },
  "origin-not-allowed": {
    means: "A page of another site sent the request.",
    next: "Send it from the server's own page, or from a program.",
    example: request("origin-not-allowed", "`https://evil.example` may send no requests here.")
  },
  "unknown-route": {
    means: "No such address.",
    next: "Look the address up under `/docs`.",
    example: request("unknown-route", "There is no `GET /execution`.")
  },
  "method-not-allowed": {
    means: "The address is there, but not with this method; the header `Allow` lists those that it has.",
    next: "Use one of them. Stopping is a `POST`, never a `DELETE`: the record stays.",
    example: request("method-not-allowed", "`/executions` has no `DELETE`: it has GET, HEAD, OPTIONS.")
  },
  "not-acceptable": {
    means: "It can't be read in any format that the header `Accept` allows.",
    next: "Send no `Accept`, or one of the formats in `detail`.",
    example: request("not-acceptable", "`/executions` can be read as `application/json`.")
  },
  "request-timeout": {
    means: "The request did not arrive whole in time.",
    next: "Send it again, without a pause in it.",
    example: request("request-timeout", "The request did not arrive in time.")
  },
  "idempotency-key-in-use": {
    means: "The first request with this key is still on its way: ask again.",
    next: "Send the same request again in a moment.",
    example: new ExecutionsError.KeyRefused({ key: "nightly-7", code: "idempotency-key-in-use" })
  },
  "body-too-large": {
    means: "More than 1 MiB.",
    next: "Put what is large into a file, and pass its name.",
    example: request("body-too-large", "The body of the request is larger than 1048576 bytes.")
  },
  "unsupported-media-type": {
    means: "The body is no `application/json`.",
    next: "Send the header `Content-Type: application/json`.",
    example: request(
      "unsupported-media-type",
      "The body of the request is `application/x-www-form-urlencoded`: send `application/json`."
    )
  },
  "invalid-request": {
    means: "The body has not the fields that it may have; `errors` says where.",
    next: "Correct everything that `errors` names: it is all there is.",
    example: request("invalid-request", "The body of the request is not what this address takes.", [
      { pointer: "/reason", detail: "Expected string" },
      { pointer: "/resaon", detail: "Unknown field" }
    ])
  },
  "idempotency-key-reused": {
    means: "The key came with another request before.",
    next: "Use a new key for a new request.",
    example: new ExecutionsError.KeyRefused({ key: "nightly-7", code: "idempotency-key-reused", execution })
  },
  "too-many-streams": {
    means: "The caller has too many streams open.",
    next: "Close some, or wait `Retry-After` seconds.",
    example: request("too-many-streams", "There are too many open streams.")
  },
  "headers-too-large": {
    means: "The headers are larger than the server reads.",
    next: "Send fewer or shorter ones.",
    example: request("headers-too-large", "The headers of the request are too large.")
  },
  "internal-error": {
    means: "The server failed; it tells who runs it why, under `requestId`.",
    next: "Give `requestId` to whoever runs the server.",
    example: request(
      "internal-error",
      "The server failed at this request. It tells those who run it why, under the id of the request."
    )
  },
  "page-not-built": {
    means: "The files of the page are not there.",
    next: "Build them: `npm run build`. The API works without them.",
    example: request("page-not-built", "The page is not built.")
  },
  "server-ending": {
    means: "The server is ending and starts nothing any more.",
    next: "Ask again after `Retry-After` seconds. What runs can still be watched and stopped.",
    example: request(
      "server-ending",
      "The server is ending and starts nothing any more. What runs can be watched and stopped."
    )
  }
}

/**
 * Every code, in the order of the reference.
 *
 * @since 0.1.0
 */
export const codes = Object.keys(texts) as ReadonlyArray<Problem.Code>

/**
 * The problem of the example of a code, as it is sent.
 *
 * @since 0.1.0
 */
export const example = (code: Problem.Code): unknown =>
  JSON.parse(
    Problem.toJson({
      ...Problem.fromError(texts[code].example),
      requestId: "5f0c9c1e-6d0b-4a51-9c8e-3f4bb3f8c1d2"
    })
  )

/**
 * The status that a code is answered with.
 *
 * @since 0.1.0
 */
export const statusOf = (code: Problem.Code): number => Problem.statusOf(texts[code].example)
