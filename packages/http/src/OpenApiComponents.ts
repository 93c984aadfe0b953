/**
 * The schemas of the contract under their names. The generator writes each where it is used; here what is the same is
 * found again and put in one place.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import {
  AccessEndpoints,
  CommandBody,
  ExecutionEndpoints,
  GraphBody,
  Problem,
  RequestRefused,
  ServerEndpoints,
  StateBody
} from "@halte/api"
import {
  BlobReference,
  ExecutionEvent,
  ExecutionsError,
  ExecutionStatus,
  ExecutionSummary,
  InterruptSignal,
  InterruptStrategy,
  LogLine,
  Partition,
  StepFailure,
  StopBound,
  Waiting,
  FlowDescription,
  FlowOrigin
} from "@halte/engine"
import * as Fields from "./OpenApiFields.ts"
import * as ProblemTexts from "./ProblemTexts.ts"

interface Draft {
  [key: string]: unknown
}

interface Named {
  readonly schema: Schema.Top
  readonly description: string
  /** It is sent to the server, which takes no other fields. */
  readonly request?: boolean
}

const pascal = (name: string): string => name.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())

const events = Object.fromEntries(
  ExecutionEvent.ExecutionEvent.members.map((member): [string, Named] => [
    `${pascal(member.fields.type.literal)}Event`,
    { schema: member, description: `The event \`${member.fields.type.literal}\`.` }
  ])
)

const named: { readonly [name: string]: Named } = {
  ServerInfo: { schema: ServerEndpoints.ServerInfo, description: "A server: its version, and what it serves." },
  Flow: { schema: StateBody.Flow, description: "A flow as data: its params, and its steps with what waits for what." },
  FlowList: {
    schema: Schema.Struct({ flows: Schema.Array(StateBody.Flow) }),
    description: "All flows that can be started."
  },
  FlowOrigin: { schema: FlowOrigin.FlowOrigin, description: "Where a flow was defined." },
  StepKind: { schema: FlowDescription.StepKind, description: "The kinds of step." },
  ExecutionState: { schema: StateBody.State, description: "Where an execution stands: the fold of its events." },
  ExecutionSummary: { schema: ExecutionSummary.ExecutionSummary, description: "A line of a list of executions." },
  ExecutionPage: { schema: ExecutionEndpoints.Page, description: "A page of a list, newest first." },
  ExecutionCounts: {
    schema: ExecutionEndpoints.Counts,
    description: "How many executions are in each state; a state that none is in has no field."
  },
  Place: { schema: ExecutionSummary.Place, description: "Where an execution is, or where it stopped." },
  Waiting: { schema: Waiting.Waiting, description: "A limit that executions share, and who holds its places." },
  PlaceHolder: { schema: Waiting.Holder, description: "An execution, or a step of one, that holds a place." },
  Graph: { schema: GraphBody.Graph, description: "The graph of an execution at one moment." },
  GraphNode: { schema: GraphBody.Node, description: "A step or a group, and where it stands." },
  GraphEdge: { schema: GraphBody.Edge, description: "`to` begins once `from` is over: `passed` once it is." },
  Receipt: { schema: CommandBody.Receipt, description: "The state that a command left, and what it did." },
  StartRequest: { schema: CommandBody.Start, description: "What a start may say.", request: true },
  InterruptRequest: {
    schema: CommandBody.Interrupt,
    description: "What interrupt and terminate may say.",
    request: true
  },
  PauseRequest: { schema: CommandBody.Pause, description: "What pause may say.", request: true },
  UndoRequest: { schema: CommandBody.Undo, description: "What undo may say.", request: true },
  ResumeRequest: { schema: CommandBody.Resume, description: "What resume may say.", request: true },
  AnswerRequest: { schema: CommandBody.Answer, description: "The answer to a gate.", request: true },
  SignInRequest: { schema: AccessEndpoints.SignIn, description: "A code that works once.", request: true },
  SignInCodeRequest: { schema: AccessEndpoints.CodeRequest, description: "Where the address leads.", request: true },
  SignInCode: { schema: AccessEndpoints.Code, description: "A code for one browser, and the address with it." },
  ExecutionStatus: { schema: ExecutionStatus.ExecutionStatus, description: "The state of an execution." },
  EndedStatus: { schema: ExecutionStatus.EndedStatus, description: "The states in which an execution has ended." },
  StepStatus: { schema: ExecutionStatus.StepStatus, description: "The state of a step." },
  InterruptSource: { schema: InterruptSignal.InterruptSource, description: "The door that a request came through." },
  StatedSource: { schema: CommandBody.StatedSource, description: "The doors that a client may say it stands for." },
  InterruptSignal: { schema: InterruptSignal.InterruptSignal, description: "A request to stop, as it is recorded." },
  InterruptStrategy: { schema: InterruptStrategy.InterruptStrategy, description: "How soon a request is honored." },
  StopBound: { schema: StopBound.StopBound, description: "The longest time from a request to the stop." },
  Partition: { schema: Partition.Partition, description: "Where each step stands: each is in one list." },
  StoppedAt: { schema: Partition.StoppedAt, description: "A step that was interrupted, and where it goes on." },
  StepFailure: { schema: StepFailure.StepFailure, description: "Why a step failed." },
  References: { schema: BlobReference.References, description: "Fields that are kept apart because they are large." },
  LogLine: { schema: LogLine.LogLine, description: "A line that a step wrote." },
  ExecutionEvent: { schema: ExecutionEvent.ExecutionEvent, description: "One recorded fact about an execution." },
  ...events,
  StepChange: {
    schema: ExecutionsError.StepChange,
    description: "A step whose definition is not what it was: how it reads before and after."
  },
  DefinitionProblem: { schema: ExecutionsError.DefinitionProblem, description: "One mistake in a definition." },
  Complaint: {
    schema: RequestRefused.Complaint,
    description: "One thing that is wrong: where, as a JSON pointer or the name of a parameter, and what."
  },
  Problem: { schema: Problem.Problem, description: "An error as RFC 9457 has it, with what Halte knows of it." }
}

/**
 * The schemas, each told its name.
 *
 * @since 0.1.0
 */
export const identified: ReadonlyArray<Schema.Top> = Object.entries(named).map(([identifier, { schema }]) =>
  schema.annotate({ identifier })
) as unknown as ReadonlyArray<Schema.Top>

const isObject = (value: unknown): value is Draft =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const map = (value: unknown, change: (value: Draft) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => map(one, change))
  if (!isObject(value)) return value
  const changed = change(value)
  if (changed !== value || !isObject(changed)) return changed
  return Object.fromEntries(Object.entries(changed).map(([key, one]) => [key, map(one, change)]))
}

const schemas = "#/components/schemas/"
const ref = (name: string): string => `${schemas}${name}`
const targetOf = ({ $ref }: Draft): string | undefined =>
  typeof $ref === "string" && $ref.startsWith(schemas) ? $ref.slice(schemas.length) : undefined

/** The names that the generator gave on its own, and those that are meant. */
const meant = (name: string): string => (name === "Objects_" ? "StepDescription" : name.replace(/Encoded(_\d+)?$/, ""))

/** JSON has no infinite numbers, and the schemas of lists of numbers need not say so. */
const isNumber = (value: Draft): boolean =>
  Array.isArray(value["anyOf"]) &&
  value["anyOf"].length === 2 &&
  (value["anyOf"][0] as Draft)["type"] === "number" &&
  JSON.stringify(value["anyOf"][1]).includes("NaN")

const text = (value: unknown): string => JSON.stringify(value)

/**
 * Gives the schemas of a document their names: each place that has one becomes a reference. Answers all that are
 * referred to.
 *
 * @since 0.1.0
 */
export const name = (document: Draft): Draft => {
  const raw = (document["components"] as { readonly schemas: Record<string, Draft> }).schemas
  const known = new Map<string, string>()
  for (const one of Object.keys(named)) {
    const schema = raw[one]
    if (schema !== undefined && !known.has(text(schema))) known.set(text(schema), one)
  }
  const withNames = (value: unknown, own?: string): unknown =>
    map(value, (one) => {
      const { description, ...bare } = one
      const found = known.get(text(one)) ?? known.get(text(bare))
      if (found === undefined || found === own) return one
      return description === undefined ? { $ref: ref(found) } : { $ref: ref(found), description }
    })
  const tidy = (value: unknown): unknown =>
    map(value, (one) => {
      if (isNumber(one)) {
        const { anyOf: _anyOf, ...rest } = one
        return { type: "number", ...rest }
      }
      const target = targetOf(one)
      if (target !== undefined) return { ...one, $ref: ref(meant(target)) }
      // That an integer is one that can be counted with goes without saying.
      if (one["maximum"] !== Number.MAX_SAFE_INTEGER) return one
      const { maximum: _maximum, minimum, ...rest } = one
      return minimum === Number.MIN_SAFE_INTEGER ? rest : { ...rest, minimum }
    })
  document["paths"] = tidy(withNames(document["paths"]))
  const all: Draft = {}
  for (const [given, schema] of Object.entries(raw)) {
    const one = meant(given)
    if (one in all) continue
    all[one] = finish(one, tidy(withNames(schema, one)) as Draft)
  }
  for (const [owner, parts] of Object.entries(partsOf))
    for (const [field, part] of Object.entries(parts)) {
      const list = (all[owner] as { readonly properties: Record<string, Draft> }).properties[field]!
      all[part] = { description: descriptions[part], ...(list["items"] as Draft) }
      list["items"] = { $ref: ref(part) }
    }
  for (const [place, said] of Object.entries(Fields.texts)) describe(all, place, said)
  return reachable(document["paths"], all)
}

/** Of an answer a client may not expect that nothing is added to it. */
const opened = (schema: Draft): Draft =>
  map(schema, (one) => {
    if (one["additionalProperties"] !== false) return one
    const { additionalProperties: _none, ...rest } = one
    return map(rest, (inner) => (inner["additionalProperties"] === false ? opened(inner) : inner))
  }) as Draft

const finish = (name: string, schema: Draft): Draft => {
  const { description, request } = named[name] ?? { description: descriptions[name], request: false }
  const shaped = request === true ? schema : opened(schema)
  const said = description === undefined ? shaped : { description, ...shaped }
  if (name === "ExecutionEvent") return discriminated(said)
  if (name !== "Problem") return said
  const properties = said["properties"] as Record<string, Draft>
  const { anyOf, ...error } = properties["error"]!
  return {
    ...said,
    properties: {
      ...properties,
      code: { type: "string", enum: [...ProblemTexts.codes] },
      error: { oneOf: anyOf, discriminator: { propertyName: "_tag" }, ...error }
    }
  }
}

/** A reader knows an event by its type. */
const discriminated = ({ anyOf, ...rest }: Draft): Draft => {
  const mapping = ExecutionEvent.ExecutionEvent.members.map((member) => {
    const type = member.fields.type.literal
    return [type, ref(`${pascal(type)}Event`)]
  })
  return {
    ...rest,
    oneOf: anyOf,
    discriminator: { propertyName: "type", mapping: Object.fromEntries(mapping) as Draft }
  }
}

/** Parts of schemas that have a name in the document alone. */
const partsOf: { readonly [owner: string]: { readonly [field: string]: string } } = {
  ExecutionState: {
    steps: "StepState",
    processes: "ProcessState",
    requests: "InterruptRecord",
    cleanUps: "CleanUpState"
  }
}

const describe = (all: Draft, place: string, said: string): void => {
  const [owner, field] = place.split(".") as [string, string]
  const found = (all[owner] as { readonly properties?: Record<string, Draft> } | undefined)?.properties?.[field]
  if (found === undefined) throw new Error(`The contract has no ${place} to describe.`)
  found["description"] ??= said
}

const descriptions: { readonly [name: string]: string } = {
  StepState: "Where one step stands.",
  ProcessState: "A process that a step started.",
  CleanUpState: "A clean-up or an undo, and how it went.",
  InterruptRecord: "A request to stop, and what it was: the first, a repeated one, a late one, or one to terminate.",
  StepDescription: "A step of a flow, or a group with its steps.",
  FlowNotFound: "No flow of this name is known.",
  FlowDiffers: "The flow of this name is another one.",
  FlowInvalid: "The definition of the flow has mistakes.",
  FlowBusy: "The flow runs one execution at a time.",
  InvalidParams: "The params do not fit the schema of the flow.",
  KeyRefused: "The idempotency key stands for another request, or for one that is being accepted.",
  ExecutionNotFound: "No execution has this id.",
  CommandRefused: "The state of the execution does not allow the command.",
  Unauthorized: "The caller is not known.",
  ExecutionsUnavailable: "The engine can't be used.",
  RequestRefused: "The request was not passed on to the engine."
}

/** What the paths refer to, and what that refers to, in the order of the alphabet. */
const reachable = (paths: unknown, all: Draft): Draft => {
  const found = new Set<string>(["Problem"])
  const visit = (value: unknown): void => {
    map(value, (one) => {
      const target = targetOf(one)
      if (target !== undefined && target in all && !found.has(target)) {
        found.add(target)
        visit(all[target])
      }
      return one
    })
  }
  visit(paths)
  visit(all["Problem"])
  return Object.fromEntries([...found].sort().map((one) => [one, all[one]]))
}
