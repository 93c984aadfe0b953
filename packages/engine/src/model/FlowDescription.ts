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
  "map",
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
  /** Exit codes, statuses and codes of failures after which it is tried again; absent: after all. */
  readonly retryOn?: ReadonlyArray<string>
  readonly idempotent?: boolean
  readonly cleanUp?: boolean
  /** The longest time that its clean-up may take; of a step it is a part of `stopsWithinMillis`. */
  readonly cleanUpMillis?: number
  /** It runs also when the step or group completed. */
  readonly cleanUpAlways?: boolean
  readonly undo?: boolean
  /** Hash of its resolved definition, without that of the steps around it. */
  readonly fingerprint?: string
  /** Of a group; of a map, once its items are known, one for each of them. */
  readonly steps?: ReadonlyArray<StepDescription>
  /** What a map makes for each item; in its ids `*` stands for the index: `resize/*`. */
  readonly template?: StepDescription
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
  retryOn: Schema.optionalKey(Schema.Array(Schema.String)),
  idempotent: Schema.optionalKey(Schema.Boolean),
  cleanUp: Schema.optionalKey(Schema.Boolean),
  cleanUpMillis: Schema.optionalKey(Schema.Number),
  cleanUpAlways: Schema.optionalKey(Schema.Boolean),
  undo: Schema.optionalKey(Schema.Boolean),
  fingerprint: Schema.optionalKey(Schema.String),
  steps: Schema.optionalKey(Schema.Array(Schema.suspend((): Schema.Codec<StepDescription> => StepDescription))),
  template: Schema.optionalKey(Schema.suspend((): Schema.Codec<StepDescription> => StepDescription))
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
  /** Its own clean-up, at the end of each attempt, and how long that may take. */
  cleanUp: Schema.optionalKey(Schema.Boolean),
  cleanUpMillis: Schema.optionalKey(Schema.Number),
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

/**
 * The same, with what a map makes for each item (`resize/*`) in the place of the map whose items are not known yet.
 *
 * @since 0.1.0
 */
export const leavesWithin = (flow: Pick<FlowDescription, "steps">): ReadonlyArray<StepDescription> => {
  const found = leaves(flow)
  return found.some(isUnknownMap)
    ? found.flatMap((step) => (isUnknownMap(step) ? leavesWithin({ steps: [step.template] }) : [step]))
    : found
}

/**
 * Whether a step is a map whose items are not known yet.
 *
 * @since 0.1.0
 */
export const isUnknownMap = (step: StepDescription): step is StepDescription & { readonly template: StepDescription } =>
  step.template !== undefined && step.steps === undefined

/**
 * Whether a step is a group, or a map, with a clean-up, or holds one.
 *
 * @since 0.1.0
 */
export const hasGroupCleanUp = ({ cleanUpMillis = 0, steps, template }: StepDescription): boolean =>
  (cleanUpMillis > 0 && (steps !== undefined || template !== undefined)) ||
  steps?.some(hasGroupCleanUp) === true ||
  (template !== undefined && hasGroupCleanUp(template))

/**
 * A step or a group by its id.
 *
 * @since 0.1.0
 */
export const find = (flow: Pick<FlowDescription, "steps">, id: string): StepDescription | undefined => {
  const at = flow.steps.find((step) => step.id === id || id.startsWith(`${step.id}/`))
  return at === undefined || at.id === id ? at : find({ steps: at.steps ?? [] }, id)
}

/**
 * A flow whose map `id` has as many items: it holds one step for each of them. The given flow is not changed; one
 * without such a map is answered as it is. `labels` are what people call the items, where that is known.
 *
 * @since 0.1.0
 */
export const expand = <F extends Pick<FlowDescription, "steps">>(
  flow: F,
  id: string,
  count: number,
  labels?: ReadonlyArray<string | undefined>
): F => {
  const visit = (steps: ReadonlyArray<StepDescription>): ReadonlyArray<StepDescription> => {
    const at = steps.findIndex((step) => step.id === id || id.startsWith(`${step.id}/`))
    const step = steps[at]
    if (step === undefined) return steps
    const next =
      step.id !== id
        ? step.steps === undefined
          ? step
          : { ...step, steps: visit(step.steps) }
        : step.template === undefined
          ? step
          : { ...step, steps: instances(step, step.template, count, labels) }
    return next === step ? steps : steps.with(at, next)
  }
  const steps = visit(flow.steps)
  return steps === flow.steps ? flow : { ...flow, steps }
}

const instances = (
  map: StepDescription,
  template: StepDescription,
  count: number,
  labels: ReadonlyArray<string | undefined> | undefined
): ReadonlyArray<StepDescription> =>
  Array.from({ length: count }, (_, i) => {
    const label = labels?.[i]
    const one = instance(template, template.id, `${map.id}/${i}`)
    return { ...one, name: String(i), ...(label === undefined ? undefined : { label }) }
  })

/** A template with the index of its item in every id of its own. */
const instance = (step: StepDescription, from: string, to: string): StepDescription => {
  const rename = (id: string) => (id === from || id.startsWith(`${from}/`) ? to + id.slice(from.length) : id)
  return {
    ...step,
    id: rename(step.id),
    after: step.after.map(rename),
    ...(step.inputs === undefined ? undefined : { inputs: step.inputs.map(rename) }),
    ...(step.steps === undefined ? undefined : { steps: step.steps.map((inner) => instance(inner, from, to)) }),
    ...(step.template === undefined ? undefined : { template: instance(step.template, from, to) })
  }
}
