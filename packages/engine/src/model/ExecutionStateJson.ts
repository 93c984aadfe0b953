/**
 * The state of an execution as JSON: what a server sends of it and a client reads back.
 *
 * @since 0.1.0
 */
import { Effect, Schema, SchemaTransformation } from "effect"
import { References } from "./BlobReference.ts"
import { ExecutionEnded } from "./ExecutionEvent.ts"
import { ExecutionId } from "./ExecutionId.ts"
import type { CleanUpState, ExecutionState, InterruptRecord, ProcessState, StepState } from "./ExecutionState.ts"
import { ExecutionStatus, StepStatus } from "./ExecutionStatus.ts"
import { FlowDescription } from "./FlowDescription.ts"
import { InterruptSignal, InterruptSource } from "./InterruptSignal.ts"
import { InterruptStrategy } from "./InterruptStrategy.ts"
import * as JsonText from "./JsonText.ts"
import { ParentStep } from "./ParentStep.ts"
import { ItemFailure } from "./ItemFailure.ts"
import { StepFailure } from "./StepFailure.ts"
import { StopBound } from "./StopBound.ts"
import { Waiting } from "./Waiting.ts"

// A field that a state has and its JSON has not would be lost in silence: this makes it an error of the compiler.
type Every<State> = { readonly [Key in keyof State]-?: Schema.Top }

const { optionalKey } = Schema
const json = optionalKey(Schema.Unknown)

const step = {
  id: Schema.String,
  status: StepStatus,
  waits: optionalKey(Waiting),
  attempt: Schema.Int,
  try: Schema.Int,
  startedAt: optionalKey(Schema.Number),
  endedAt: optionalKey(Schema.Number),
  tookMillis: optionalKey(Schema.Number),
  cursor: json,
  items: optionalKey(Schema.Array(Schema.Unknown)),
  failed: optionalKey(Schema.Number),
  results: optionalKey(Schema.Array(Schema.Unknown)),
  failures: optionalKey(Schema.Array(ItemFailure)),
  done: optionalKey(Schema.Number),
  total: optionalKey(Schema.Number),
  message: optionalKey(Schema.String),
  value: json,
  partial: json,
  references: optionalKey(References),
  masked: optionalKey(Schema.Boolean),
  failure: optionalKey(StepFailure),
  retryAt: optionalKey(Schema.Number),
  skipped: optionalKey(Schema.Literals(["condition", "input-skipped"])),
  gate: optionalKey(
    Schema.Struct({
      message: Schema.String,
      schema: optionalKey(Schema.Record(Schema.String, Schema.Unknown))
    })
  ),
  detail: optionalKey(Schema.String),
  stopMillis: optionalKey(Schema.Number),
  overdueMillis: optionalKey(Schema.Number),
  cleanUp: optionalKey(Schema.Literals(["running", "done", "failed"])),
  completedAs: optionalKey(Schema.Number),
  undoneWith: optionalKey(Schema.String)
} satisfies Every<StepState>

const process = {
  step: Schema.String,
  attempt: Schema.Int,
  pid: Schema.Int,
  startTime: optionalKey(Schema.Number),
  group: optionalKey(Schema.Int),
  mark: optionalKey(Schema.String),
  command: Schema.String,
  startedAt: Schema.Number,
  signalled: optionalKey(
    Schema.Struct({
      signal: Schema.String,
      at: Schema.Number,
      count: Schema.Int,
      killAt: optionalKey(Schema.Number)
    } satisfies Every<NonNullable<ProcessState["signalled"]>>)
  ),
  exited: optionalKey(
    Schema.Struct({
      at: Schema.Number,
      exitCode: optionalKey(Schema.Int),
      signal: optionalKey(Schema.String),
      tookMillis: Schema.Number,
      left: optionalKey(Schema.Array(Schema.Int))
    } satisfies Every<NonNullable<ProcessState["exited"]>>)
  )
} satisfies Every<ProcessState>

const request = {
  attempt: Schema.Int,
  signal: InterruptSignal,
  kind: Schema.Literals(["first", "repeat", "late", "terminate"]),
  strategy: optionalKey(InterruptStrategy),
  bound: optionalKey(StopBound)
} satisfies Every<InterruptRecord>

const cleanUp = {
  step: Schema.String,
  kind: Schema.Literals(["clean-up", "undo"]),
  status: Schema.Literals(["running", "done", "failed"]),
  startedAt: Schema.Number,
  deadlineMillis: Schema.Number,
  tookMillis: optionalKey(Schema.Number),
  failure: optionalKey(StepFailure)
} satisfies Every<CleanUpState>

// JSON has no maps: the steps are a list, in the order of the definition.
const steps: Schema.Codec<ReadonlyMap<string, StepState>, ReadonlyArray<StepState>> = Schema.Array(
  Schema.Struct(step)
).pipe(
  Schema.decodeTo(
    Schema.declare((value): value is ReadonlyMap<string, StepState> => value instanceof Map),
    SchemaTransformation.transform<ReadonlyMap<string, StepState>, ReadonlyArray<StepState>>({
      decode: (list) => new Map(list.map((one) => [one.id, one])),
      encode: (map) => [...map.values()]
    })
  )
)

const state = {
  id: ExecutionId,
  flow: Schema.String,
  status: ExecutionStatus,
  attempt: Schema.Int,
  sequence: Schema.Int,
  definition: FlowDescription,
  // Absent when nothing was given: a state has it all the same.
  params: Schema.Unknown.pipe(Schema.withDecodingDefaultKey(Effect.succeed(undefined))),
  source: InterruptSource,
  by: optionalKey(Schema.String),
  parent: optionalKey(ParentStep),
  strategy: InterruptStrategy,
  startedAt: Schema.Number,
  attemptStartedAt: Schema.Number,
  endedAt: optionalKey(Schema.Number),
  waits: optionalKey(Waiting),
  steps,
  signal: optionalKey(InterruptSignal),
  honoured: optionalKey(InterruptStrategy),
  bound: optionalKey(StopBound),
  requests: Schema.Array(Schema.Struct(request)),
  processes: Schema.Array(Schema.Struct(process)),
  cleanUps: optionalKey(Schema.Array(Schema.Struct(cleanUp))),
  undo: optionalKey(Schema.Array(Schema.String)),
  reason: optionalKey(Schema.String),
  ended: optionalKey(ExecutionEnded)
} satisfies Every<ExecutionState>

/**
 * The Schema of a state; its steps are a list.
 *
 * @since 0.1.0
 */
export const ExecutionStateJson: Schema.Codec<ExecutionState, Encoded> = Schema.Struct(state)

type Encoded = Schema.Struct<typeof state>["Encoded"]

const encodeSync = Schema.encodeSync(ExecutionStateJson)
const decodeSync = Schema.decodeUnknownSync(ExecutionStateJson)

/**
 * The JSON text of a state. Of values that JSON can't hold it has what `ExecutionEvent.toJson` writes of them, so that
 * the state that is read back is the fold of the events that are read back.
 *
 * @since 0.1.0
 */
export const toJson = (state: ExecutionState): string => {
  const encoded = encodeSync(state)
  try {
    return JSON.stringify(encoded)
  } catch {
    return JSON.stringify({
      ...(JSON.parse(JsonText.stringify({ ...encoded, steps: undefined })) as object),
      steps: encoded.steps.map((one) => JSON.parse(JsonText.stringify(one)) as unknown)
    })
  }
}

/**
 * Reads such a text. Throws a `SyntaxError` when it is no JSON, and an `Error` that says what is wrong when it is no
 * state.
 *
 * @since 0.1.0
 */
export const fromJson = (text: string): ExecutionState => decodeSync(JSON.parse(text))
