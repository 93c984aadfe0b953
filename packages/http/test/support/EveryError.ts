/**
 * One of each error that `Executions` can answer, and every refusal.
 */
import { ExecutionsError } from "@halte/engine"

const execution = "01ARZ3NDEKTSV4RRFFQ6"
const refusals = ExecutionsError.CommandRefused.fields.code.literals

export const all: ReadonlyArray<{ readonly error: ExecutionsError.ExecutionsError; readonly status: number }> = [
  { status: 404, error: new ExecutionsError.FlowNotFound({ flow: "relaese", known: ["release", "build"] }) },
  { status: 409, error: new ExecutionsError.FlowDiffers({ flow: "release", expected: "aa", actual: "bb" }) },
  {
    status: 422,
    error: new ExecutionsError.FlowInvalid({
      flow: "release",
      problems: [
        {
          code: "unknown-key",
          message: "`rnu` is no key of a step.",
          hint: "Did you mean `run`?",
          file: "release.flow.yaml",
          line: 14,
          column: 7,
          length: 3,
          source: "      rnu: npm test"
        },
        { code: "flow-name-taken", message: "Another file defines a flow of this name." }
      ]
    })
  },
  { status: 409, error: new ExecutionsError.FlowBusy({ flow: "release", execution }) },
  {
    status: 422,
    error: new ExecutionsError.InvalidParams({
      flow: "release",
      problems: [
        { pointer: "/version", detail: "is missing" },
        { pointer: "", detail: '\u0000 “é” 🚦 \\ " </script>' }
      ]
    })
  },
  {
    status: 422,
    error: new ExecutionsError.KeyRefused({ key: "nightly-7", code: "idempotency-key-reused", execution })
  },
  { status: 404, error: new ExecutionsError.ExecutionNotFound({ execution }) },
  ...refusals.map((code) => ({
    status: 409,
    error: new ExecutionsError.CommandRefused({ execution, command: "resume", code, status: "Running" })
  })),
  {
    status: 409,
    error: new ExecutionsError.CommandRefused({
      execution,
      command: "resume",
      code: "definition-changed",
      status: "Interrupted",
      steps: ["upload/part-1", "ship"],
      changes: [
        { step: "ship", change: "changed", before: "a\nb", after: "a" },
        { step: "new", change: "added", after: "x" }
      ],
      detail: "say which one counts"
    })
  },
  { status: 401, error: new ExecutionsError.Unauthorized({ reason: "the token is not the one of this server" }) },
  { status: 503, error: new ExecutionsError.ExecutionsUnavailable({ reason: "the disk is full" }) }
]
