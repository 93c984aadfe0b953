/**
 * What the next attempt of an execution begins with, found out from its events alone, so that any process can do it; or
 * why it can't begin.
 *
 * @since 0.1.0
 */
import { Effect, Result } from "effect"
import type { ExecutionReader } from "./ExecutionReader.ts"
import * as FlowCatalog from "./FlowCatalog.ts"
import * as CommandTable from "./model/CommandTable.ts"
import type { ExecutionEvent, Of } from "./model/ExecutionEvent.ts"
import type { ResumeRequest } from "./model/Executions.ts"
import {
  CommandRefused,
  type ExecutionsUnavailable,
  type FlowNotFound,
  InvalidParams
} from "./model/ExecutionsError.ts"
import * as ExecutionState from "./model/ExecutionState.ts"
import * as StepChanges from "./model/StepChanges.ts"
import * as StepId from "./model/StepId.ts"
import * as OutputCheck from "./OutputCheck.ts"
import * as StepGraph from "./StepGraph.ts"
import type { StepContextShape } from "./StepContext.ts"
import type { Earlier } from "./StepWalk.ts"

/**
 * What a further attempt looks at, one that takes back included.
 *
 * @since 0.1.0
 */
export interface Going {
  readonly events: ReadonlyArray<ExecutionEvent>
  readonly request: Pick<ResumeRequest, "params" | "definition">
  readonly reader: ExecutionReader
  readonly catalog: FlowCatalog.FlowCatalog
  readonly source: FlowCatalog.FlowSource<unknown> | undefined
  /** The flow as it is defined now, where whoever resumes knows it: the one of the step that it is a sub-flow of. */
  readonly current?: StepGraph.StepGraph | undefined
  /** The params of an attempt as they were given, secrets included, where this process knows them. */
  readonly known: { readonly attempt: number; readonly params: unknown } | undefined
}

/**
 * What a resume looks at.
 *
 * @since 0.1.0
 */
export interface Resuming extends Going {
  readonly request: ResumeRequest
}

/**
 * What the next attempt begins with.
 *
 * @since 0.1.0
 */
export interface Resumption {
  readonly graph: StepGraph.StepGraph
  readonly params: unknown
  readonly attempt: number
  readonly earlier: Earlier
  /** Steps that completed, or had come somewhere, and begin anew. */
  readonly again: ReadonlyArray<string>
}

/**
 * Why no further attempt begins.
 *
 * @since 0.1.0
 */
export type Refused = CommandRefused | InvalidParams | FlowNotFound | ExecutionsUnavailable
/**
 * What a refusal says beside its code.
 *
 * @since 0.1.0
 */
export type More = Pick<CommandRefused, "steps" | "changes" | "detail">

/**
 * The state that events fold to.
 *
 * @since 0.1.0
 */
export const stateOf = (events: ReadonlyArray<ExecutionEvent>) => ExecutionState.fold(undefined, events)

/**
 * Prepares the next attempt of an execution that has ended.
 *
 * @since 0.1.0
 */
export const prepare = (resuming: Resuming): Effect.Effect<Resumption, Refused> =>
  Effect.gen(function* () {
    const { events, reader, request } = resuming
    const state = ExecutionState.fold(undefined, events)!
    const refuse = (code: CommandRefused["code"], more: Partial<More>) =>
      new CommandRefused({ execution: state.id, command: "resume", code, status: state.status, ...more })
    // Another process may have brought it to its end since somebody looked.
    const answer = CommandTable.answer(state.status, "resume")
    if (answer._tag !== "Attempt") return yield* refuse(answer._tag === "Refuse" ? answer.code : "already-running", {})
    const graph = yield* definition(resuming, state, refuse)
    // As it was recorded: in the state maps hold what they have made.
    const recorded = events.findLast((e): e is Of<"execution-started"> => e.type === "execution-started")!.definition
    const changes =
      graph.description.fingerprint === recorded.fingerprint ? [] : StepChanges.between(recorded, graph.description)
    const maps = mapsOf(graph, events)
    const again = runAgain(graph, state, withMade(state, StepChanges.again(changes, graph.description)), maps)
    const refused = needsRerun(graph, state, again, request.rerun ?? [])
    if (refused.length > 0)
      return yield* refuse("needs-rerun", {
        steps: refused,
        detail: "They began before and are not idempotent: name those that may run again."
      })
    const params = yield* decode(graph, state, resuming, refuse)
    const earlier = earlierOf(graph, state, events, again, maps)
    const resolved = (step: string, field: string, value: unknown) =>
      reader.resolve(state.id, state.steps.get(step)?.references, field, value)
    const completed = new Map<string, unknown>()
    for (const [step, value] of earlier.completed) {
      const schema = graph.nodes.get(step)?.step.outputSchema
      const kept = yield* resolved(step, "value", value)
      completed.set(step, schema === undefined ? kept : OutputCheck.revived(schema, kept))
    }
    const kept = new Map<string, NonNullable<ReturnType<Earlier["kept"]["get"]>>>()
    for (const [step, one] of earlier.kept) {
      const references = maps.get(step)?.references ?? state.steps.get(step)?.references
      const items = (yield* reader.resolve(state.id, references, "items", one!.items)) as
        | ReadonlyArray<unknown>
        | undefined
      kept.set(step, { ...one, ...(items === undefined ? undefined : { items }) })
    }
    return {
      graph,
      params,
      attempt: state.attempt + 1,
      earlier: { completed, cursors: earlier.cursors, kept, cleaned: earlier.cleaned },
      again: [...again]
    }
  })

/**
 * The flow to go on with: the current one unless it differs and nobody has said which counts.
 *
 * @since 0.1.0
 */
export const definition = (
  { catalog, current: given, events, reader, request, source }: Going,
  state: ExecutionState.ExecutionState,
  refuse: (code: CommandRefused["code"], more: Partial<More>) => CommandRefused
): Effect.Effect<StepGraph.StepGraph, Refused> =>
  Effect.gen(function* () {
    const started = events.findLast((e): e is Of<"execution-started"> => e.type === "execution-started")!
    const stored: Effect.Effect<FlowCatalog.StoredFlow, ExecutionsUnavailable> = Effect.map(
      reader.resolve(state.id, started.references, "definitionText", started.definitionText),
      (text) => ({
        description: state.definition,
        origin: started.origin,
        text: text as string | undefined,
        params: state.params
      })
    )
    const made = (
      from: "current" | "stored"
    ): Effect.Effect<StepGraph.StepGraph, FlowCatalog.DefinitionUnavailable | ExecutionsUnavailable> =>
      Effect.gen(function* () {
        const flow = yield* source![from](yield* stored)
        const graph = StepGraph.make(flow)
        if (Result.isSuccess(graph)) return graph.success
        return yield* new FlowCatalog.DefinitionUnavailable({ flow: state.flow, reason: graph.failure.message })
      })
    const otherwise =
      (choice: string) =>
      (error: FlowCatalog.DefinitionUnavailable): Effect.Effect<never, CommandRefused> =>
        Effect.fail(refuse("definition-changed", { detail: `${error.message} ${choice}` }))
    if (request.definition === "stored") {
      if (given?.description.fingerprint === state.definition.fingerprint) return given
      const known = yield* Effect.option(catalog.get(state.flow))
      if (known._tag === "Some" && known.value.description.fingerprint === state.definition.fingerprint)
        return known.value
      if (source !== undefined)
        return yield* Effect.catchTag(
          made("stored"),
          "DefinitionUnavailable",
          otherwise("The definition that is current can be taken instead.")
        )
      return yield* refuse("definition-changed", {
        detail: "A flow that is defined in code is not kept: only the definition that is current can be taken."
      })
    }
    const current = yield* (given === undefined ? catalog.get(state.flow) : Effect.succeed(given)).pipe(
      Effect.catchTag("FlowNotFound", (missing): Effect.Effect<StepGraph.StepGraph, Refused> =>
        source === undefined
          ? Effect.fail(missing)
          : Effect.catchTag(
              made("current"),
              "DefinitionUnavailable",
              otherwise(
                started.definitionText === undefined && started.references?.["definitionText"] === undefined
                  ? "No other is stored."
                  : "The definition that is stored can be taken instead."
              )
            )
      )
    )
    if (current.description.fingerprint === state.definition.fingerprint || request.definition === "current")
      return current
    const changes = StepChanges.between(started.definition, current.description)
    return yield* refuse("definition-changed", {
      ...(changes.length === 0
        ? {
            detail: "What holds for the whole flow has changed (its params, limits or deadline), and none of its steps."
          }
        : { changes })
    })
  })

/**
 * The maps that have begun, with what each was made from, the last one counting.
 *
 * @since 0.1.0
 */
export const mapsOf = (
  graph: StepGraph.StepGraph,
  events: ReadonlyArray<ExecutionEvent>
): ReadonlyMap<string, Of<"step-expanded">> => {
  const maps = new Map<string, Of<"step-expanded">>()
  for (const event of events)
    if (event.type === "step-expanded" && StepGraph.nodeOf(graph, event.step)?.step.perItem !== undefined)
      maps.set(event.step, event)
  return maps
}

/** Steps, and of a map what it has made: its definition is the map's, which holds the one of its steps. */
const withMade = (state: ExecutionState.ExecutionState, steps: ReadonlySet<string>): ReadonlySet<string> =>
  new Set([...steps].flatMap((id) => (state.steps.has(id) ? [id] : [id, ...idsIn(state, id)])))

const idsIn = (state: ExecutionState.ExecutionState, group: string): ReadonlyArray<string> =>
  [...state.steps.keys()].filter((id) => id.startsWith(`${group}/`))

/**
 * Steps that begin anew although they had completed or had come to a cursor: those whose definition has changed, with
 * what comes after them, and those whose value held a secret, which is not kept, where a step that is to run reads it;
 * of a map whose items held one, all.
 */
const runAgain = (
  graph: StepGraph.StepGraph,
  state: ExecutionState.ExecutionState,
  changed: ReadonlySet<string>,
  maps: ReadonlyMap<string, Of<"step-expanded">>
): ReadonlySet<string> => {
  const completed = (id: string) => state.steps.get(id)?.status === "Completed"
  const again = new Set(
    [...changed].filter(
      (id) => completed(id) || state.steps.get(id)?.cursor !== undefined || hasItems(state, id) || maps.has(id)
    )
  )
  for (const [map, { masked }] of maps) {
    const made = idsIn(state, map)
    // One that is complete is left alone; of its values each says for itself whether it was kept.
    if (masked !== true || made.every(completed)) continue
    again.add(map)
    for (const id of made) again.add(id)
  }
  const masked = [...state.steps.values()].filter((step) => step.status === "Completed" && step.masked === true)
  if (masked.length === 0) return again
  const over = (id: string) => completed(id) && !again.has(id)
  const parts = [...graph.templates].map(([map, { nodes }]) => [[...maps.keys()].filter(isOf(map)), nodes] as const)
  for (let grew = true; grew;) {
    grew = false
    const reads = (input: string) => {
      for (const { id } of masked)
        if ((id === input || StepId.template(id) === input || id.startsWith(`${input}/`)) && !again.has(id)) {
          again.add(id)
          grew = true
        }
    }
    for (const node of graph.nodes.values()) {
      if (node.kind === "close" || (node.kind === "step" && over(node.id))) continue
      for (const [, input] of node.inputs) reads(input)
    }
    // What a map has made, as long as some of it is to run; all of it, where nothing is known of it yet.
    for (const [begun, nodes] of parts) {
      if (begun.length > 0 && begun.every((map) => idsIn(state, map).every(over))) continue
      for (const { inputs } of nodes.values()) for (const [, input] of inputs) reads(input)
    }
  }
  return again
}

const isOf = (map: string) => (id: string) => StepId.template(id) === map

const hasItems = ({ steps }: ExecutionState.ExecutionState, id: string) =>
  steps.get(id)?.items !== undefined || steps.get(id)?.references?.["items"] !== undefined

/** Steps that began and are not idempotent, have no cursor to go on from, and are not named to run again. */
const needsRerun = (
  graph: StepGraph.StepGraph,
  state: ExecutionState.ExecutionState,
  again: ReadonlySet<string>,
  rerun: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const named = (id: string) =>
    rerun.some((name) => id === name || id.endsWith(`/${name}`) || id.startsWith(`${name}/`))
  return [...state.steps.values()].flatMap(({ cursor, id, status }) => {
    const halfDone =
      (status === "Interrupted" || status === "Terminated" || status === "Failed") && cursor === undefined
    const idempotent = StepGraph.nodeOf(graph, id)?.step.options.idempotent !== false
    return (halfDone || again.has(id)) && !idempotent && !named(id) ? [id] : []
  })
}

/**
 * The stored params with those of the request over them; secrets from where they come from. What this process knows of
 * an earlier attempt than the last one counts no more: others may have gone on with changed params.
 *
 * @since 0.1.0
 */
export const decode = (
  graph: StepGraph.StepGraph,
  state: ExecutionState.ExecutionState,
  { known: lastKnown, request }: Going,
  refuse: (code: CommandRefused["code"], more: Partial<More>) => CommandRefused
): Effect.Effect<unknown, CommandRefused | InvalidParams> =>
  Effect.gen(function* () {
    const { params, name } = graph.flow
    const recorded = asRecord(state.params)
    const secret = params.secrets.filter((key) => recorded[key] === hidden)
    const known = lastKnown?.attempt === state.attempt ? lastKnown.params : undefined
    if (known !== undefined && request.params === undefined) return known
    const given = { ...recorded }
    const encoded = asRecord(known === undefined || params.encode === undefined ? known : params.encode(known as never))
    for (const key of secret) {
      if (encoded[key] === undefined) delete given[key]
      else given[key] = encoded[key]
    }
    if (request.params !== undefined && !isRecord(request.params))
      return yield* new InvalidParams({ flow: name, problems: [{ pointer: "", detail: "are no object" }] })
    Object.assign(given, request.params)
    const decoded = yield* Effect.result(params.decode(given))
    const missing = secret.filter((key) =>
      Result.isFailure(decoded)
        ? !(key in given) && decoded.failure.some((p) => p.pointer === `/${key}`)
        : asRecord(decoded.success)[key] === undefined
    )
    if (missing.length > 0)
      return yield* refuse("secret-missing", {
        detail: `Secret params are not stored: give ${missing.map((key) => `\`${key}\``).join(", ")} again.`
      })
    if (Result.isFailure(decoded)) return yield* new InvalidParams({ flow: name, problems: decoded.failure })
    return decoded.success
  })

/**
 * What stands in the record in place of a secret param.
 *
 * @since 0.1.0
 */
export const hidden = "(secret)"

const isRecord = (u: unknown): u is Record<string, unknown> => typeof u === "object" && u !== null && !Array.isArray(u)
const asRecord = (u: unknown): Record<string, unknown> => (isRecord(u) ? u : {})

const earlierOf = (
  graph: StepGraph.StepGraph,
  state: ExecutionState.ExecutionState,
  events: ReadonlyArray<ExecutionEvent>,
  again: ReadonlySet<string>,
  maps: ReadonlyMap<string, Of<"step-expanded">>
): Earlier => {
  const completed = new Map<string, unknown>()
  for (const event of events)
    if (
      event.type === "step-completed" &&
      state.steps.get(event.step)?.status === "Completed" &&
      StepGraph.nodeOf(graph, event.step) !== undefined &&
      !again.has(event.step)
    ) {
      // The last completion counts: an undone step may have completed before.
      completed.delete(event.step)
      completed.set(event.step, state.steps.get(event.step)!.value)
    }
  const cursors = new Map<string, unknown>()
  const kept = new Map<string, StepContextShape["kept"]>()
  for (const { cursor, failed, failures, id, items, references, results, status } of state.steps.values()) {
    if (status === "Completed" || again.has(id)) continue
    if (cursor !== undefined) cursors.set(id, cursor)
    if (items !== undefined || references?.["items"] !== undefined)
      kept.set(id, {
        ...(items === undefined ? undefined : { items }),
        ...(failed === undefined ? undefined : { failed }),
        ...(results === undefined ? undefined : { results }),
        ...(failures === undefined ? undefined : { failures })
      })
  }
  for (const [map, { items }] of maps) if (!again.has(map)) kept.set(map, items === undefined ? {} : { items })
  return { completed, cursors, kept, cleaned: cleanedGroups(state, events) }
}

/** Groups whose clean-up has run to its end since one of their steps was last under way. */
const cleanedGroups = (
  { steps }: ExecutionState.ExecutionState,
  events: ReadonlyArray<ExecutionEvent>
): ReadonlySet<string> => {
  const cleaned = new Set<string>()
  for (const event of events) {
    if (event.type === "clean-up-ended" && event.kind === "clean-up" && !steps.has(event.step)) {
      if (event.failure?.code !== "cut-short") cleaned.add(event.step)
    } else if (event.type === "step-started" && cleaned.size > 0)
      for (let at = event.step.lastIndexOf("/"); at > 0; at = event.step.lastIndexOf("/", at - 1))
        cleaned.delete(event.step.slice(0, at))
  }
  return cleaned
}
