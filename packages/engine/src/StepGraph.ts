/**
 * The steps of a flow as an acyclic graph: an edge means "must be over before". Groups keep their hierarchy; each is a
 * pair of nodes in the graph, one that opens it and one that closes it, so that m steps after a group of n cost m + n
 * edges and not m × n.
 *
 * @since 0.1.0
 */
import { Duration, Result } from "effect"
import { DirectedGraph } from "graphology"
import { hasCycle } from "graphology-dag"
import * as Fingerprint from "./Fingerprint.ts"
import type * as Flow from "./Flow.ts"
import * as FlowError from "./FlowError.ts"
import type { FlowDescription, StepDescription } from "./model/FlowDescription.ts"
import * as StepId from "./model/StepId.ts"
import * as Step from "./Step.ts"

/**
 * A node: a step, or the opening or closing of a group. `index` is its place in the plan.
 *
 * @since 0.1.0
 */
export interface Node {
  readonly kind: "step" | "open" | "close"
  readonly id: StepId.StepId
  readonly step: Step.Any
  readonly parent: StepId.StepId | undefined
  /** Ids of the steps or groups that the inputs come from, by name of the input; params are left out. */
  readonly inputs: ReadonlyArray<readonly [name: string, id: StepId.StepId]>
  /** Ids of all steps and groups it comes after, inputs among them. */
  readonly after: ReadonlyArray<StepId.StepId>
}

/**
 * A flow whose definition has no problems: its graph, its nodes, and the flow as data.
 *
 * @since 0.1.0
 */
export interface StepGraph {
  readonly flow: Flow.Any
  /** Keys are step ids; a group `g` is `g` (open) and `g/` (close). */
  readonly graph: DirectedGraph
  readonly nodes: ReadonlyMap<string, Node>
  /** The flow as data. */
  readonly description: FlowDescription
}

const closing = (id: string) => `${id}/`

/** Looking for the nearest name takes time for each that is unknown: after so many problems it helps nobody. */
const nearestLimit = 100

/**
 * Checks the steps of a flow and makes their graph. Answers every problem at once.
 *
 * @since 0.1.0
 */
export const make = (flow: Flow.Any): Result.Result<StepGraph, FlowError.FlowError> => {
  const problems: Array<FlowError.Problem> = []
  const graph = new DirectedGraph()
  const nodes = new Map<string, Node>()
  const places = new Map<Step.Any, StepId.StepId | undefined>()
  const byId = new Map<string, Step.Any>()
  let names: ReadonlyArray<string> | undefined
  const name = flow.name

  const setting = (setting: string, reason: string, step?: string) =>
    problems.push(
      new FlowError.InvalidSetting({ flow: name, setting, reason, ...(step === undefined ? undefined : { step }) })
    )
  const positive = (value: number | undefined, what: string, step?: string) => {
    if (value !== undefined && !(Number.isInteger(value) && value > 0))
      setting(what, "must be a whole number above 0", step)
  }

  const register = (steps: ReadonlyArray<Step.Any>, group: StepId.StepId | undefined) => {
    if (steps.length === 0)
      problems.push(new FlowError.EmptyFlow({ flow: name, ...(group === undefined ? undefined : { group }) }))
    for (const step of steps) {
      if (!StepId.isName(step.name)) problems.push(new FlowError.InvalidName({ flow: name, name: step.name }))
      const id = StepId.join(group, step.name)
      if (byId.has(id)) {
        problems.push(new FlowError.DuplicateStep({ flow: name, step: id }))
        continue
      }
      byId.set(id, step)
      // A step used in two places is meant by its name, not by itself.
      places.set(step, places.has(step) ? undefined : id)
      if (step.steps !== undefined) register(step.steps, id)
    }
  }

  /** Looks for a name among the siblings, then outwards; a full id always works. */
  const find = (text: string, group: StepId.StepId | undefined): StepId.StepId | undefined => {
    for (let at = group; ; at = StepId.parent(at)) {
      const id = StepId.join(at, text)
      if (byId.has(id)) return id
      if (at === undefined) return undefined
    }
  }

  const resolve = (target: Step.Target, of: StepId.StepId, group: StepId.StepId | undefined) => {
    const text = typeof target === "string" ? target : target.name
    const id = (typeof target === "string" ? undefined : places.get(target)) ?? find(text, group)
    if (id === undefined) {
      names ??= [...new Set([...byId.keys()].flatMap((k) => [k, StepId.lastName(k)]))]
      const nearest = problems.length < nearestLimit ? StepId.nearest(text, names) : undefined
      problems.push(
        new FlowError.UnknownStep({
          flow: name,
          step: of,
          name: text,
          ...(nearest === undefined ? undefined : { nearest })
        })
      )
    } else if (id === of || of.startsWith(`${id}/`)) {
      problems.push(new FlowError.SelfDependency({ flow: name, step: of, on: id }))
      return undefined
    }
    return id
  }

  const add = (steps: ReadonlyArray<Step.Any>, group: StepId.StepId | undefined): Array<StepDescription> =>
    steps.flatMap((step): Array<StepDescription> => {
      const id = StepId.join(group, step.name)
      // Its name is taken, by another step or by itself: that has been reported.
      if (byId.get(id) !== step || nodes.has(id)) return []
      const { after, input, limit } = step.options
      if (limit !== undefined && !Object.hasOwn(flow.limits, limit))
        setting("limit", `names \`${limit}\`, which is no limit of the flow`, id)
      positive(step.options.retry?.tries, "retry.tries", id)
      const { concurrency, every } = step.options as { readonly concurrency?: number; readonly every?: number }
      positive(concurrency, "concurrency", id)
      positive(every, "every", id)
      const comesAfter = new Set<StepId.StepId>()
      const inputs: Array<readonly [string, StepId.StepId]> = []
      for (const target of after === undefined ? [] : isList(after) ? after : [after]) {
        const found = resolve(target, id, group)
        if (found !== undefined) comesAfter.add(found)
      }
      for (const [key, source] of Object.entries(input ?? {})) {
        if (!Step.isStep(source) && source._tag === "Params") continue
        const found = resolve(Step.isStep(source) ? source : source.name, id, group)
        if (found === undefined) continue
        comesAfter.add(found)
        inputs.push([key, found])
      }
      const node = { id, step, parent: group, inputs, after: [...comesAfter] }
      if (step.steps === undefined) {
        nodes.set(id, { ...node, kind: "step" })
        graph.addNode(id)
        return [describeStep(node, undefined)]
      }
      nodes.set(id, { ...node, kind: "open" })
      nodes.set(closing(id), { ...node, kind: "close" })
      graph.addNode(id)
      graph.addNode(closing(id))
      return [describeStep(node, add(step.steps, id))]
    })

  if (!StepId.isName(name)) problems.push(new FlowError.InvalidName({ flow: name, name }))
  positive(flow.concurrency, "concurrency")
  for (const [limit, n] of Object.entries(flow.limits)) positive(n, `limits.${limit}`)
  register(flow.steps, undefined)
  const steps = add(flow.steps, undefined)

  const isGroup = (id: string) => nodes.has(closing(id))
  for (const [key, node] of nodes) {
    if (node.kind !== "close") {
      for (const before of node.after)
        if (nodes.has(before)) graph.mergeEdge(isGroup(before) ? closing(before) : before, key)
      if (node.parent !== undefined) graph.mergeEdge(node.parent, key)
    }
    // The end of a group waits for all of its steps; what only leads to another step of it costs an edge too many, and
    // no pass over the graph to find that out.
    if (node.kind !== "open" && node.parent !== undefined) graph.mergeEdge(key, closing(node.parent))
  }

  if (hasCycle(graph)) problems.push(new FlowError.CycleFound({ flow: name, path: cyclePath(graph, nodes) }))
  if (problems.length > 0)
    return Result.fail(
      new FlowError.FlowError({ flow: name, problems: problems as [FlowError.Problem, ...Array<FlowError.Problem>] })
    )
  const description: FlowDescription = {
    name,
    ...defined({
      version: flow.version,
      label: flow.label,
      description: flow.description,
      params: flow.params.jsonSchema
    }),
    fingerprint: flow.fingerprint ?? fingerprint(flow, nodes),
    strategy: flow.strategy,
    single: flow.single,
    ...defined({
      concurrency: flow.concurrency,
      deadlineMillis: finite(flow.deadlineMillis),
      stopsWithinMillis: finite(flow.stopsWithinMillis)
    }),
    steps
  }
  return Result.succeed({ flow, graph, nodes, description })
}

const isList = <A>(u: A | ReadonlyArray<A>): u is ReadonlyArray<A> => Array.isArray(u)

const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined)) as never

// A time without end is none, and JSON has no number for it.
const finite = (millis: number | undefined): number | undefined =>
  millis === Number.POSITIVE_INFINITY ? undefined : millis

/** From the request to the end of the clean-up. Who promises nothing stops with the timeout at the latest, if there is one. */
const stopsWithin = (step: Step.Any, cleanUpMillis: number | undefined): number | undefined => {
  const own = Step.stopsWithin(step, (timeoutMillis) => timeoutMillis)
  return own === undefined || cleanUpMillis === undefined ? own : finite(own + cleanUpMillis)
}

const describeStep = (node: Omit<Node, "kind">, steps: ReadonlyArray<StepDescription> | undefined): StepDescription => {
  const { step } = node
  const { cleanUp, description, icon, idempotent, label, retry, timeout, undo, whenText, when } = step.options
  const cleanUpMillis = cleanUp === undefined ? undefined : Step.cleanUpOf(cleanUp).deadlineMillis
  const { every, graceMillis, onInterrupt } = step.stops
  return {
    id: node.id,
    name: step.name,
    kind: step.kind,
    after: node.after,
    ...defined({
      label,
      icon,
      description,
      inputs: node.inputs.length === 0 ? undefined : [...new Set(node.inputs.map(([, id]) => id))],
      when: when === undefined ? undefined : (whenText ?? "a condition"),
      detail: step.detail,
      stopsWithinMillis: step.steps === undefined ? stopsWithin(step, cleanUpMillis) : undefined,
      stops: step.steps === undefined ? step.stops.text : undefined,
      graceMillis: finite(graceMillis),
      onInterrupt,
      every,
      timeoutMillis: timeout === undefined ? undefined : finite(Duration.toMillis(timeout)),
      tries: retry?.tries,
      idempotent,
      cleanUp: cleanUp === undefined ? undefined : true,
      cleanUpMillis: finite(cleanUpMillis),
      undo: undo === undefined ? undefined : true,
      fingerprint: stepFingerprint(node),
      steps
    })
  }
}

/** One cycle, as a person reads it: the steps in order, the first again at the end, groups by their own name. */
const cyclePath = (graph: DirectedGraph, nodes: ReadonlyMap<string, Node>): Array<string> => {
  const state = new Map<string, "open" | "closed">()
  for (const start of graph.nodes()) {
    if (state.has(start)) continue
    const path: Array<string> = [start]
    const pending: Array<Array<string>> = [graph.outNeighbors(start)]
    state.set(start, "open")
    while (path.length > 0) {
      const next = pending.at(-1)!.pop()
      if (next === undefined) {
        state.set(path.pop()!, "closed")
        pending.pop()
      } else if (state.get(next) === "open") {
        const cycle = [...path.slice(path.indexOf(next)), next].map((key) => nodes.get(key)!.id)
        return cycle.filter((id, i) => id !== cycle[i - 1])
      } else if (!state.has(next)) {
        state.set(next, "open")
        path.push(next)
        pending.push(graph.outNeighbors(next))
      }
    }
  }
  return []
}

// What decides how a step runs. What it is called, and what comes before it by another name, does not.
const stepFingerprint = ({ after, inputs, step }: Omit<Node, "kind">): string => {
  const {
    after: _after,
    description: _description,
    fingerprint,
    icon: _icon,
    input: _input,
    label: _label,
    ...rest
  } = step.options
  return Fingerprint.of(step.kind, after, inputs, fingerprint ?? [step.detail, step.source ?? step.body, rest])
}

const fingerprint = (flow: Flow.Any, nodes: ReadonlyMap<string, Node>): string =>
  Fingerprint.of(
    [flow.name, flow.version, flow.concurrency, flow.limits, flow.deadlineMillis, flow.onFailure],
    [...nodes.values()]
      .map((node) => [node.kind, node.id, node.kind === "close" ? "" : stepFingerprint(node)].join(" "))
      .join("\n")
  )
