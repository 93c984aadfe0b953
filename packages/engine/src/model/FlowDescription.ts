/**
 * A flow as data: what is stored with an execution, sent to pages and drawn as a graph. It holds names, kinds, edges
 * and promises, never code.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { InterruptStrategy } from "./InterruptStrategy.ts"

/**
 * The kinds of step.
 *
 * @since 0.1.0
 */
export const StepKind = Schema.Literals([
  "function",
  "process",
  "worker",
  "for-each",
  "group",
  "gate",
  "sleep",
  "http",
  "flow"
])
export type StepKind = typeof StepKind.Type

/**
 * One step, or a group with its steps, as data. `after` are the full ids of the steps, or groups, it waits for, data
 * inputs among them (`inputs` names those alone).
 *
 * @since 0.1.0
 */
export interface StepDescription {
  readonly id: string
  readonly name: string
  readonly kind: StepKind
  readonly label?: string
  readonly icon?: string
  readonly description?: string
  readonly after: ReadonlyArray<string>
  readonly inputs?: ReadonlyArray<string>
  /** The condition as text, where there is one. */
  readonly when?: string
  /** What it does in one line: a command, a module, a message. */
  readonly detail?: string
  /** The longest time from a request to its stop, clean-up included; absent when it promises none. */
  readonly stopsWithinMillis?: number
  /** How it stops, for people: `SIGTERM → 5 s → SIGKILL`. */
  readonly stops?: string
  /** Of `stopsWithinMillis`: the time that its programs have between the graceful signal and SIGKILL. */
  readonly graceMillis?: number
  /** `finish`: its programs run to their end when a stop is asked for. */
  readonly onInterrupt?: "finish"
  /** Items between two stopping points of a loop. */
  readonly every?: number
  readonly timeoutMillis?: number
  readonly tries?: number
  readonly idempotent?: boolean
  readonly cleanUp?: boolean
  /** The longest time that its clean-up may take; of a step it is a part of `stopsWithinMillis`. */
  readonly cleanUpMillis?: number
  readonly undo?: boolean
  /** Hash of its resolved definition, without that of the steps around it. */
  readonly fingerprint?: string
  readonly steps?: ReadonlyArray<StepDescription>
}

/**
 * The Schema of a step as data.
 *
 * @since 0.1.0
 */
export const StepDescription: Schema.Codec<StepDescription> = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  kind: StepKind,
  label: Schema.optionalKey(Schema.String),
  icon: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  after: Schema.Array(Schema.String),
  inputs: Schema.optionalKey(Schema.Array(Schema.String)),
  when: Schema.optionalKey(Schema.String),
  detail: Schema.optionalKey(Schema.String),
  stopsWithinMillis: Schema.optionalKey(Schema.Number),
  stops: Schema.optionalKey(Schema.String),
  graceMillis: Schema.optionalKey(Schema.Number),
  onInterrupt: Schema.optionalKey(Schema.Literal("finish")),
  every: Schema.optionalKey(Schema.Number),
  timeoutMillis: Schema.optionalKey(Schema.Number),
  tries: Schema.optionalKey(Schema.Number),
  idempotent: Schema.optionalKey(Schema.Boolean),
  cleanUp: Schema.optionalKey(Schema.Boolean),
  cleanUpMillis: Schema.optionalKey(Schema.Number),
  undo: Schema.optionalKey(Schema.Boolean),
  fingerprint: Schema.optionalKey(Schema.String),
  steps: Schema.optionalKey(Schema.Array(Schema.suspend((): Schema.Codec<StepDescription> => StepDescription)))
})

/**
 * A flow as data.
 *
 * @since 0.1.0
 */
export const FlowDescription = Schema.Struct({
  name: Schema.String,
  version: Schema.optionalKey(Schema.String),
  label: Schema.optionalKey(Schema.String),
  description: Schema.optionalKey(Schema.String),
  /** Hash of the resolved definition: two flows with the same fingerprint run the same. */
  fingerprint: Schema.String,
  /** JSON Schema of the params, when the flow declares any. */
  params: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown)),
  strategy: InterruptStrategy,
  single: Schema.Boolean,
  concurrency: Schema.optionalKey(Schema.Number),
  deadlineMillis: Schema.optionalKey(Schema.Number),
  /** The promise of the flow: it stops within this time, whatever is running. `halte check` holds it to that. */
  stopsWithinMillis: Schema.optionalKey(Schema.Number),
  steps: Schema.Array(StepDescription)
})
export type FlowDescription = typeof FlowDescription.Type

/**
 * Every step that is no group, in the order of the definition.
 *
 * @since 0.1.0
 */
export const leaves = (flow: Pick<FlowDescription, "steps">): ReadonlyArray<StepDescription> => {
  const out: Array<StepDescription> = []
  const visit = (steps: ReadonlyArray<StepDescription>) => {
    for (const step of steps) {
      if (step.steps === undefined) out.push(step)
      else visit(step.steps)
    }
  }
  visit(flow.steps)
  return out
}
