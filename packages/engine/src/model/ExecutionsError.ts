/**
 * Everything that `Executions` can answer instead of doing what it was asked: one closed union from the first day,
 * failures of a remote engine included. `code` is the last segment of the error's page and the same in the command
 * line, over HTTP and in the SDK.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ExecutionStatus } from "./ExecutionStatus.ts"

/**
 * No flow of this name is in the catalog.
 *
 * @since 0.1.0
 */
export class FlowNotFound extends Schema.TaggedError<FlowNotFound>()("FlowNotFound", {
  flow: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  readonly code = "flow-not-found"
  override get message() {
    const known =
      this.known.length === 0 ? "It knows no flow." : `It knows ${this.known.map((k) => `\`${k}\``).join(", ")}.`
    return `Flow \`${this.flow}\` is not known here. ${known}`
  }
}

/**
 * The flow of this name is not the one that the caller means.
 *
 * @since 0.1.0
 */
export class FlowDiffers extends Schema.TaggedError<FlowDiffers>()("FlowDiffers", {
  flow: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  readonly code = "flow-differs"
  override get message() {
    return `Flow \`${this.flow}\` differs here: its fingerprint is ${this.actual}, not ${this.expected}.`
  }
}

/**
 * One thing that is wrong with a definition. `line` and `column` count from 1; without a line the whole file is meant.
 *
 * @since 0.1.0
 */
export const DefinitionProblem = Schema.Struct({
  /** In kebab-case. */
  code: Schema.String,
  /** One sentence. */
  message: Schema.String,
  /** What to do next. */
  hint: Schema.optionalKey(Schema.String),
  file: Schema.optionalKey(Schema.String),
  line: Schema.optionalKey(Schema.Int),
  column: Schema.optionalKey(Schema.Int),
  /** How much of the line is meant. */
  length: Schema.optionalKey(Schema.Int),
  /** The text of the line. */
  source: Schema.optionalKey(Schema.String)
})
export type DefinitionProblem = typeof DefinitionProblem.Type

/**
 * The flow is known, and can't run as it is defined now: every problem at once.
 *
 * @since 0.1.0
 */
export class FlowInvalid extends Schema.TaggedError<FlowInvalid>()("FlowInvalid", {
  flow: Schema.String,
  problems: Schema.NonEmptyArray(DefinitionProblem)
}) {
  readonly code = "flow-invalid"
  override get message() {
    return `Flow \`${this.flow}\` can't run as it is defined now: ${this.problems.map(inOneLine).join(" ")}`
  }
}

const inOneLine = ({ column, file, hint, line, message }: DefinitionProblem): string => {
  const place = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}:${column ?? 1}`}: `
  return `${place}${message}${hint === undefined ? "" : ` ${hint}`}`
}

/**
 * The flow allows one execution at a time and one is under way.
 *
 * @since 0.1.0
 */
export class FlowBusy extends Schema.TaggedError<FlowBusy>()("FlowBusy", {
  flow: Schema.String,
  execution: Schema.String
}) {
  readonly code = "flow-busy"
  override get message() {
    return `Flow \`${this.flow}\` runs one execution at a time, and \`${this.execution}\` is under way. Wait for it or interrupt it first.`
  }
}

/**
 * Params that the flow's schema does not accept; every problem at once.
 *
 * @since 0.1.0
 */
export class InvalidParams extends Schema.TaggedError<InvalidParams>()("InvalidParams", {
  flow: Schema.String,
  problems: Schema.Array(Schema.Struct({ pointer: Schema.String, detail: Schema.String }))
}) {
  readonly code = "invalid-params"
  override get message() {
    return `Flow \`${this.flow}\` does not accept these params: ${this.problems.map((p) => `${p.pointer === "" ? "" : `\`${p.pointer}\` `}${p.detail}`).join("; ")}.`
  }
}

/**
 * The idempotency key of a start stands for another request, or for one that is being accepted.
 *
 * @since 0.1.0
 */
export class KeyRefused extends Schema.TaggedError<KeyRefused>()("KeyRefused", {
  key: Schema.String,
  code: Schema.Literals(["idempotency-key-in-use", "idempotency-key-reused"]),
  /** The execution that the key has started, where it has. */
  execution: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    if (this.code === "idempotency-key-in-use")
      return `The request with the key \`${this.key}\` is being accepted. Ask again in a moment.`
    const started = this.execution === undefined ? "" : ` and has started execution \`${this.execution}\``
    return `The key \`${this.key}\` was used for another request before${started}. Use a new key for a new start.`
  }
}

/**
 * No execution has this id.
 *
 * @since 0.1.0
 */
export class ExecutionNotFound extends Schema.TaggedError<ExecutionNotFound>()("ExecutionNotFound", {
  execution: Schema.String
}) {
  readonly code = "execution-not-found"
  override get message() {
    return `Execution \`${this.execution}\` was not found.`
  }
}

/**
 * A step whose definition is not what it was: how it reads before and after.
 *
 * @since 0.1.0
 */
export const StepChange = Schema.Struct({
  step: Schema.String,
  change: Schema.Literals(["added", "removed", "changed"]),
  before: Schema.optionalKey(Schema.String),
  after: Schema.optionalKey(Schema.String)
})
export type StepChange = typeof StepChange.Type

/**
 * The state of the execution does not allow the command.
 *
 * @since 0.1.0
 */
export class CommandRefused extends Schema.TaggedError<CommandRefused>()("CommandRefused", {
  execution: Schema.String,
  command: Schema.Literals(["interrupt", "pause", "resume", "terminate", "answer", "undo"]),
  code: Schema.Literals([
    "not-paused",
    "already-running",
    "interrupting",
    "terminating",
    "finished",
    "completed",
    "needs-rerun",
    "definition-changed",
    "secret-missing",
    "gate-not-open",
    "invalid-answer",
    "cannot-pause",
    "queued",
    "running",
    "paused",
    "nothing-to-undo",
    "secret-masked"
  ]),
  status: ExecutionStatus,
  /** The steps that the refusal is about, where it is about some. */
  steps: Schema.optionalKey(Schema.Array(Schema.String)),
  /** With `definition-changed`: what differs, step by step. */
  changes: Schema.optionalKey(Schema.Array(StepChange)),
  detail: Schema.optionalKey(Schema.String),
  /** With `invalid-answer`: what is wrong with it, and where. */
  problems: Schema.optionalKey(Schema.Array(Schema.Struct({ pointer: Schema.String, detail: Schema.String })))
}) {
  override get message() {
    const steps = this.steps === undefined ? "" : ` (${this.steps.map((s) => `\`${s}\``).join(", ")})`
    return `Execution \`${this.execution}\` is ${this.status}, so ${this.command} is refused: ${this.code}${steps}.${this.detail === undefined ? "" : ` ${this.detail}`}`
  }
}

/**
 * The engine does not accept the caller.
 *
 * @since 0.1.0
 */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", { reason: Schema.String }) {
  readonly code = "unauthorized"
  override get message() {
    return `Not allowed: ${this.reason}.`
  }
}

/**
 * The engine, its store or its server can't be reached, or can't work.
 *
 * @since 0.1.0
 */
export class ExecutionsUnavailable extends Schema.TaggedError<ExecutionsUnavailable>()("ExecutionsUnavailable", {
  reason: Schema.String
}) {
  readonly code = "executions-unavailable"
  override get message() {
    return `The engine can't be used: ${this.reason}.`
  }
}

/**
 * Any of them, as Schema: what a server sends and a client reads back.
 *
 * @since 0.1.0
 */
export const ExecutionsError = Schema.Union([
  FlowNotFound,
  FlowDiffers,
  FlowInvalid,
  FlowBusy,
  InvalidParams,
  KeyRefused,
  ExecutionNotFound,
  CommandRefused,
  Unauthorized,
  ExecutionsUnavailable
])
export type ExecutionsError = typeof ExecutionsError.Type

/**
 * What any call may answer, whatever it asks.
 *
 * @since 0.1.0
 */
export type Always = Unauthorized | ExecutionsUnavailable
