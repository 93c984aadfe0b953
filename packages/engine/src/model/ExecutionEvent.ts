/**
 * One recorded fact about an execution. The union is closed; state is the fold of these events and nothing else.
 *
 * `sequence` counts 1, 2, 3… per execution over all attempts, without gaps, and is the only order: `at` is the wall
 * clock, for people. Durations come from the monotonic clock. Optional fields may be added within `v`; a reader keeps a
 * type that it does not know and folds it to nothing.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { References } from "./BlobReference.ts"
import { EndedStatus } from "./ExecutionStatus.ts"
import { FlowDescription } from "./FlowDescription.ts"
import { FlowOrigin } from "./FlowOrigin.ts"
import { InterruptSignal, InterruptSource } from "./InterruptSignal.ts"
import { InterruptStrategy } from "./InterruptStrategy.ts"
import * as JsonText from "./JsonText.ts"
import { ParentStep } from "./ParentStep.ts"
import { Partition } from "./Partition.ts"
import { ItemFailure, ItemRecovered } from "./ItemFailure.ts"
import { StepFailure } from "./StepFailure.ts"
import { StopBound } from "./StopBound.ts"
import * as Waiting from "./Waiting.ts"

const base = {
  v: Schema.Literal(1),
  execution: Schema.String,
  sequence: Schema.Int,
  /** Wall clock, milliseconds since 1970, for people only. */
  at: Schema.Int,
  attempt: Schema.Int
}
const event = <const Type extends string, const Fields extends Schema.Struct.Fields>(type: Type, fields: Fields) =>
  Schema.Struct({ ...base, type: Schema.Literal(type), ...fields })

const step = { step: Schema.String, try: Schema.Int }
const ended = { ...step, tookMillis: Schema.Number }
/** Fields that are kept apart because they are large: absent, and named here. */
const references = { references: Schema.optionalKey(References) }
const asked = { source: InterruptSource, by: Schema.optionalKey(Schema.String) }

/**
 * An attempt began: the first one, or a resume.
 *
 * @since 0.1.0
 */
export const ExecutionStarted = event("execution-started", {
  flow: Schema.String,
  definition: FlowDescription,
  params: Schema.Unknown,
  ...asked,
  /** The step that it is a sub-flow of. */
  parent: Schema.optionalKey(ParentStep),
  strategy: InterruptStrategy,
  /** How many further steps may start, for an execution that was asked beforehand to stop after some. */
  stopAfter: Schema.optionalKey(Schema.Int),
  /** Where the flow was defined, and its text if that is a file: what another process needs to resume it. */
  origin: Schema.optionalKey(FlowOrigin),
  definitionText: Schema.optionalKey(Schema.String),
  /** How many steps earlier attempts have completed and this one does not run. */
  kept: Schema.optionalKey(Schema.Int),
  /** Steps that completed, or came to a cursor, in an earlier attempt, and begin anew in this one. */
  again: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The maps that earlier attempts have begun and this one goes on with, the outer ones first: how many items each has. */
  maps: Schema.optionalKey(Schema.Record(Schema.String, Schema.Int)),
  /** The attempt only takes back these steps and groups, in this order; no step runs. */
  undo: Schema.optionalKey(Schema.Array(Schema.String)),
  /** Why, in the words of whoever asked. */
  reason: Schema.optionalKey(Schema.String),
  ...references
})
/**
 * The execution waits: for a slot of the engine, or, with `limit`, for a place of a limit that executions share. Told again
 * when somebody else holds it.
 *
 * @since 0.1.0
 */
export const ExecutionQueued = event("execution-queued", {
  limit: Schema.optionalKey(Waiting.fields.limit),
  holders: Schema.optionalKey(Waiting.fields.holders),
  ahead: Schema.optionalKey(Waiting.fields.ahead)
})
/**
 * It got one.
 *
 * @since 0.1.0
 */
export const ExecutionDequeued = event("execution-dequeued", {})
/**
 * A step could begin, and waits for a place of a limit that executions share. Told again when somebody else holds it.
 *
 * @since 0.1.0
 */
export const StepWaiting = event("step-waiting", { step: Schema.String, ...Waiting.fields })
/**
 * A step began, or another try of it; `cursor` is where it goes on.
 *
 * @since 0.1.0
 */
export const StepStarted = event("step-started", { ...step, cursor: Schema.optionalKey(Schema.Unknown) })
/**
 * At most four a second per step.
 *
 * @since 0.1.0
 */
export const StepProgress = event("step-progress", {
  step: Schema.String,
  done: Schema.Number,
  total: Schema.optionalKey(Schema.Number),
  message: Schema.optionalKey(Schema.String)
})
/**
 * A point that the next attempt can go on from. Of a `forEach`: `items` at cursor 0, as first evaluated; `failed` items
 * so far; `results` of the items since the last cursor, and of the same items `failures`. `recovered` are items that had
 * failed and that a later try or attempt did.
 *
 * @since 0.1.0
 */
export const StepCursor = event("step-cursor", {
  step: Schema.String,
  cursor: Schema.Unknown,
  done: Schema.optionalKey(Schema.Number),
  total: Schema.optionalKey(Schema.Number),
  items: Schema.optionalKey(Schema.Array(Schema.Unknown)),
  failed: Schema.optionalKey(Schema.Int),
  results: Schema.optionalKey(Schema.Array(Schema.Unknown)),
  failures: Schema.optionalKey(Schema.Array(ItemFailure)),
  recovered: Schema.optionalKey(Schema.Array(ItemRecovered)),
  ...references
})
/**
 * A step did all of its work; `value` is absent when it gave `undefined`. `masked`: a secret in it was left out, so that
 * what is recorded is not what the steps after it were given.
 *
 * @since 0.1.0
 */
export const StepCompleted = event("step-completed", {
  ...ended,
  value: Schema.optionalKey(Schema.Unknown),
  masked: Schema.optionalKey(Schema.Boolean),
  ...references
})
/**
 * A step failed for good: every try of it was used.
 *
 * @since 0.1.0
 */
export const StepFailed = event("step-failed", { ...ended, failure: StepFailure })
/**
 * A try failed and another follows after a wait.
 *
 * @since 0.1.0
 */
export const StepRetrying = event("step-retrying", { ...step, failure: StepFailure, delayMillis: Schema.Number })
/**
 * A step stopped half-way at a stopping point; it is begun again, at its cursor, on resume.
 *
 * @since 0.1.0
 */
export const StepInterrupted = event("step-interrupted", {
  ...ended,
  cursor: Schema.optionalKey(Schema.Unknown),
  done: Schema.optionalKey(Schema.Number),
  total: Schema.optionalKey(Schema.Number),
  partial: Schema.optionalKey(Schema.Unknown),
  /** How it stopped, for people: `exited on SIGTERM after 1.8 s`. */
  detail: Schema.optionalKey(Schema.String),
  /** From the moment the step could see the request to its stop. */
  stopMillis: Schema.optionalKey(Schema.Number),
  ...references
})
/**
 * A step was ended by force and may be half done.
 *
 * @since 0.1.0
 */
export const StepTerminated = event("step-terminated", { ...ended, detail: Schema.optionalKey(Schema.String) })
/**
 * A step does not run: its condition was not met, or it reads the output of one that was skipped.
 *
 * @since 0.1.0
 */
export const StepSkipped = event("step-skipped", {
  step: Schema.String,
  reason: Schema.Literals(["condition", "input-skipped"])
})
/**
 * A map has begun: it is `count` steps, or groups of steps, from now on, `steps` leaves in all. `items` as evaluated, for
 * the next attempt; `masked`: a secret in them was left out.
 *
 * @since 0.1.0
 */
export const StepExpanded = event("step-expanded", {
  step: Schema.String,
  count: Schema.Int,
  steps: Schema.Int,
  items: Schema.optionalKey(Schema.Array(Schema.Unknown)),
  masked: Schema.optionalKey(Schema.Boolean),
  ...references
})
/**
 * A step has not reached a stopping point within its budget. Written by the watchdog.
 *
 * @since 0.1.0
 */
export const StepOverdue = event("step-overdue", {
  step: Schema.String,
  sinceMillis: Schema.Number,
  budgetMillis: Schema.Number
})
/**
 * A gate waits for an answer.
 *
 * @since 0.1.0
 */
export const GateOpened = event("gate-opened", {
  step: Schema.String,
  message: Schema.String,
  /** JSON Schema of the answer; absent when the gate only asks to approve or reject. */
  schema: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
  /** After so long without an answer, `default` is the answer. */
  waitsMillis: Schema.optionalKey(Schema.Number),
  default: Schema.optionalKey(Schema.Unknown)
})
/**
 * A gate was answered; `value` is the answer as it was given. `rejected`: somebody said no, whatever the gate asks for, and
 * `value` is `false`. `timedOut`: nobody answered in time, and `value` is the gate's default.
 *
 * @since 0.1.0
 */
export const GateAnswered = event("gate-answered", {
  step: Schema.String,
  value: Schema.Unknown,
  rejected: Schema.optionalKey(Schema.Boolean),
  reason: Schema.optionalKey(Schema.String),
  timedOut: Schema.optionalKey(Schema.Boolean),
  ...asked
})
/**
 * The first request to stop: how it is honoured, what was promised, and which steps were running.
 *
 * @since 0.1.0
 */
export const InterruptRequested = event("interrupt-requested", {
  signal: InterruptSignal,
  strategy: InterruptStrategy,
  bound: StopBound,
  running: Schema.Array(Schema.String)
})
/**
 * A later request: a repeat, or `late` when the execution had ended. `strategy` when it made the stop come sooner.
 *
 * @since 0.1.0
 */
export const InterruptRepeated = event("interrupt-repeated", {
  signal: InterruptSignal,
  late: Schema.Boolean,
  strategy: Schema.optionalKey(InterruptStrategy),
  bound: Schema.optionalKey(StopBound)
})
/**
 * A request to end by force.
 *
 * @since 0.1.0
 */
export const TerminateRequested = event("terminate-requested", {
  signal: InterruptSignal,
  running: Schema.Array(Schema.String)
})
/**
 * Somebody asked to hold; running steps go to their next stopping points.
 *
 * @since 0.1.0
 */
export const Pausing = event("pausing", { ...asked, running: Schema.Array(Schema.String) })
/**
 * All running steps hold.
 *
 * @since 0.1.0
 */
export const Paused = event("paused", {})
/**
 * It goes on after a pause. A new attempt is told by `execution-started`.
 *
 * @since 0.1.0
 */
export const Resumed = event("resumed", asked)
/**
 * A step started a program.
 *
 * @since 0.1.0
 */
export const ProcessStarted = event("process-started", {
  ...step,
  pid: Schema.Int,
  /** Clock ticks since boot on Linux: with the pid it names one process for ever. */
  startTime: Schema.optionalKey(Schema.Number),
  group: Schema.optionalKey(Schema.Int),
  mark: Schema.optionalKey(Schema.String),
  command: Schema.String
})
/**
 * A signal was sent to the tree of a program.
 *
 * @since 0.1.0
 */
export const ProcessSignalled = event("process-signalled", {
  step: Schema.String,
  pid: Schema.Int,
  signal: Schema.String,
  /** How many processes of the tree got it. */
  count: Schema.Int,
  /** When it will be followed by SIGKILL, in milliseconds from now. */
  killInMillis: Schema.optionalKey(Schema.Number)
})
/**
 * Nothing of the tree of a program is alive, but what `left` names.
 *
 * @since 0.1.0
 */
export const ProcessExited = event("process-exited", {
  ...step,
  pid: Schema.Int,
  exitCode: Schema.optionalKey(Schema.Int),
  signal: Schema.optionalKey(Schema.String),
  tookMillis: Schema.Number,
  /** Pids that could not be ended, with their owner's refusal: never reported as stopped. */
  left: Schema.optionalKey(Schema.Array(Schema.Int))
})
const CleanUpKind = Schema.Literals(["clean-up", "undo"])
/**
 * A clean-up or an undo began, of a step or of a group.
 *
 * @since 0.1.0
 */
export const CleanUpStarted = event("clean-up-started", {
  step: Schema.String,
  kind: CleanUpKind,
  deadlineMillis: Schema.Number
})
/**
 * It ended; with `failure` it failed, was cut short or was late.
 *
 * @since 0.1.0
 */
export const CleanUpEnded = event("clean-up-ended", {
  step: Schema.String,
  kind: CleanUpKind,
  tookMillis: Schema.Number,
  failure: Schema.optionalKey(StepFailure)
})
/**
 * Another engine goes on with the execution.
 *
 * @since 0.1.0
 */
export const HandedOver = event("handed-over", { to: Schema.optionalKey(Schema.String) })
/**
 * The attempt ended: how, why, and where each step stands.
 *
 * @since 0.1.0
 */
export const ExecutionEnded = event("execution-ended", {
  status: EndedStatus,
  partition: Partition,
  tookMillis: Schema.Number,
  /** Why: the code of the first failure, or the source of the signal. */
  cause: Schema.optionalKey(Schema.String),
  failure: Schema.optionalKey(Schema.Struct({ step: Schema.String, failure: StepFailure })),
  /** From the first request to the end. */
  stopMillis: Schema.optionalKey(Schema.Number),
  /** Steps that ended by force and may be half done, or that did not end at all. */
  abandoned: Schema.optionalKey(Schema.Array(Schema.String))
})

/**
 * Any event. Each member is also exported by its own name.
 *
 * @since 0.1.0
 */
export const ExecutionEvent = Schema.Union([
  ExecutionStarted,
  ExecutionQueued,
  ExecutionDequeued,
  StepWaiting,
  StepStarted,
  StepProgress,
  StepCursor,
  StepCompleted,
  StepFailed,
  StepRetrying,
  StepInterrupted,
  StepTerminated,
  StepSkipped,
  StepExpanded,
  StepOverdue,
  GateOpened,
  GateAnswered,
  InterruptRequested,
  InterruptRepeated,
  TerminateRequested,
  Pausing,
  Paused,
  Resumed,
  ProcessStarted,
  ProcessSignalled,
  ProcessExited,
  CleanUpStarted,
  CleanUpEnded,
  HandedOver,
  ExecutionEnded
])
export type ExecutionEvent = typeof ExecutionEvent.Type

/**
 * The events of one type.
 *
 * @since 0.1.0
 */
export type Of<Type extends ExecutionEvent["type"]> = Extract<ExecutionEvent, { readonly type: Type }>

/**
 * An event without what the recorder adds: `v`, `execution`, `sequence`, `at` and `attempt`.
 *
 * @since 0.1.0
 */
export type Fact = ExecutionEvent extends infer E
  ? E extends ExecutionEvent
    ? Omit<E, "v" | "execution" | "sequence" | "at" | "attempt">
    : never
  : never

const encodeSync = Schema.encodeUnknownSync(ExecutionEvent)
const decodeSync = Schema.decodeUnknownSync(ExecutionEvent)

/**
 * The one line of JSON of an event: the same bytes in the store, in a stream of the server and in `--json`.
 *
 * **Details**
 *
 * What JSON can't hold is written as what `JSON.stringify` makes of it; big integers as text; a value that holds itself
 * as `(circular)` where it does; one that can't be written at all as `(not JSON: …)` with the reason. It never throws
 * on an event of a known type, whatever a step returned.
 *
 * @since 0.1.0
 */
export const toJson = (event: ExecutionEvent): string => {
  switch (event.type) {
    case "step-started":
      if (event.cursor === undefined) return `${stepHead(event)}}`
      break
    case "step-completed":
      if (isPlain(event.value) && event.masked === undefined && event.references === undefined) {
        const value = event.value === undefined ? "" : `,"value":${JSON.stringify(event.value)}`
        return `${stepHead(event)},"tookMillis":${event.tookMillis}${value}}`
      }
      break
    case "execution-started":
      return startedToJson(event)
    case "execution-ended":
      return endedToJson(event)
  }
  return JsonText.stringify(known.has(event.type) ? (encodeSync(event) as object) : event)
}

// The two events that every step has are most of what there is to write: their text is put together.
const stepHead = (event: Of<"step-started"> | Of<"step-completed">): string =>
  `{"v":1,"execution":${JSON.stringify(event.execution)},"sequence":${event.sequence},"at":${event.at},"attempt":${event.attempt},` +
  `"type":"${event.type}","step":${JSON.stringify(event.step)},"try":${event.try}`

/** A value that JSON holds as it is. */
const isPlain = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value))

// The two events that grow with the flow are encoded without what grows, which is put in: a definition as its text, made
// once for all executions of the flow; lists of ids as they are.
const startedToJson = (event: Of<"execution-started">): string => {
  const { definition } = event
  let text = definitions.get(definition)
  if (text === undefined) {
    text = JsonText.stringify(encodeDefinition(definition) as object)
    definitions.set(definition, text)
  }
  const rest = encodeSync({ ...event, definition: noDefinition }) as object
  // Within a text of JSON the quotes would be escaped: this is the field.
  return JsonText.stringify({ ...rest, definition: 0 }).replace('"definition":0', () => `"definition":${text}`)
}

const endedToJson = (event: Of<"execution-ended">): string => {
  const { completed, notStarted, skipped } = event.partition
  const few = { ...event.partition, completed: [], notStarted: [], skipped: [] }
  const rest = encodeSync({ ...event, partition: few }) as { readonly partition: object }
  return JsonText.stringify({ ...rest, partition: { ...rest.partition, completed, notStarted, skipped } })
}

const encodeDefinition = Schema.encodeUnknownSync(FlowDescription)
const definitions = new WeakMap<FlowDescription, string>()
const noDefinition: FlowDescription = {
  name: "",
  fingerprint: "",
  strategy: { _tag: "FinishCurrent" },
  single: false,
  steps: []
}

/**
 * Reads such a line. A type that this version does not know is returned as it stands. Throws a `SyntaxError` when it is
 * no JSON, and an `Error` that says what is wrong when it is no event.
 *
 * @since 0.1.0
 */
export const fromJson = (line: string): ExecutionEvent => {
  const raw: unknown = JSON.parse(line)
  if (typeof raw !== "object" || raw === null || !("type" in raw) || typeof raw.type !== "string")
    throw new Error(`A line is no event: it is ${line.length > 40 ? `${line.slice(0, 40)}…` : line}, without a type.`)
  return known.has(raw.type) ? decodeSync(raw) : (raw as ExecutionEvent)
}

const known: ReadonlySet<string> = new Set(ExecutionEvent.members.map((m) => m.fields.type.literal))
