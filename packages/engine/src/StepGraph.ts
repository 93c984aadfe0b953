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
import * as FlowLimit from "./FlowLimit.ts"
import * as FlowError from "./FlowError.ts"
import { type FlowDescription, hasGroupCleanUp, leaves, type StepDescription } from "./model/FlowDescription.ts"
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
  /** Inputs that are the item of a map, or its index; the map is told by what its steps are made from. */
  readonly items?: ReadonlyArray<readonly [name: string, map: object, field: "item" | "index"]>
}

/**
 * What a map makes for each item: nodes whose ids have `*` in the place of the index, and the edges between them. What
 * they wait for outside, the map waits for.
 *
 * @since 0.1.0
 */
export interface Template {
  readonly graph: DirectedGraph
  readonly nodes: ReadonlyMap<string, Node>
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
  /** By the id of the map; in that of a map within another, `*` stands for the index. */
  readonly templates: ReadonlyMap<string, Template>
  /** The flow as data. */
  readonly description: FlowDescription
}

const closing = (id: string) => `${id}/`

/** The id of what a map makes for each item. */
const eachOf = (map: StepId.StepId): StepId.StepId => StepId.join(map, "*")

/**
 * The node of a step, or the one that opens a group: of a step that a map has made, the one that it was made from.
 *
 * @since 0.1.0
 */
export const nodeOf = (graph: StepGraph, id: string): Node | undefined => {
  const known = graph.nodes.get(id)
  if (known !== undefined || graph.templates.size === 0) return known
  const template = StepId.template(id)
  return graph.templates.get(template.slice(0, template.lastIndexOf("/*")))?.nodes.get(template)
}

/** Looking for the nearest name takes time for each that is unknown: after so many problems it helps nobody. */
const nearestLimit = 100

/**
 * Checks the steps of a flow and makes their graph. Answers every problem at once.
 *
 * @since 0.1.0
 */
export const make = (flow: Flow.Any): Result.Result<StepGraph, FlowError.FlowError> => {
  const problems: Array<FlowError.Problem> = []
  const whole: Part = { graph: new DirectedGraph(), nodes: new Map() }
  const templates = new Map<string, Part>()
  /** The maps around the step that is looked at, by what tells their items. */
  const around = new Set<object>()
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
      if (step.perItem !== undefined) registerEach(step.perItem.step, eachOf(id))
    }
  }

  // It is named by the index; its own name is for people.
  const registerEach = (step: Step.Any, id: StepId.StepId) => {
    byId.set(id, step)
    places.set(step, places.has(step) ? undefined : id)
    if (step.steps !== undefined) register(step.steps, id)
    if (step.perItem !== undefined) registerEach(step.perItem.step, eachOf(id))
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
    const found = (typeof target === "string" ? undefined : places.get(target)) ?? find(text, group)
    // What a map makes is known within it alone: from outside there are as many as there are items.
    const map = found === undefined ? -1 : found.lastIndexOf("/*")
    const id = found === undefined || map < 0 || of.startsWith(found.slice(0, map + 2)) ? found : undefined
    if (id === undefined) {
      names ??= [...new Set([...byId.keys()].flatMap((k) => [k, StepId.lastName(k)]))].filter((k) => !k.includes("*"))
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

  const add = (steps: ReadonlyArray<Step.Any>, group: StepId.StepId | undefined, part: Part): Array<StepDescription> =>
    steps.flatMap((step): Array<StepDescription> => {
      const id = StepId.join(group, step.name)
      // Its name is taken, by another step or by itself: that has been reported.
      return byId.get(id) !== step || part.nodes.has(id) ? [] : [addOne(step, id, group, part)]
    })

  const addOne = (step: Step.Any, id: StepId.StepId, group: StepId.StepId | undefined, part: Part): StepDescription => {
    const { after, input, limit } = step.options
    if (limit !== undefined && !Object.hasOwn(flow.limits, limit))
      setting("limit", `names \`${limit}\`, which is no limit of the flow`, id)
    else if (limit !== undefined && limit === flow.limit)
      setting("limit", `names \`${limit}\`, which its own flow holds: it would wait for itself for ever`, id)
    positive(step.options.retry?.tries, "retry.tries", id)
    const { concurrency, every } = step.options as { readonly concurrency?: number; readonly every?: number }
    positive(concurrency, "concurrency", id)
    positive(every, "every", id)
    const comesAfter = new Set<StepId.StepId>()
    const inputs: Array<readonly [string, StepId.StepId]> = []
    const items: Array<readonly [string, object, "item" | "index"]> = []
    for (const target of after === undefined ? [] : isList(after) ? after : [after]) {
      const found = resolve(target, id, group)
      if (found !== undefined) comesAfter.add(found)
    }
    for (const [key, source] of Object.entries(input ?? {})) {
      if (!Step.isStep(source) && source._tag === "Params") continue
      if (!Step.isStep(source) && source._tag === "Item") {
        if (around.has(source.token)) items.push([key, source.token, source.field])
        else setting(`input.${key}`, "is the item of a map that the step is not in", id)
        continue
      }
      const found = resolve(Step.isStep(source) ? source : source.name, id, group)
      if (found === undefined) continue
      comesAfter.add(found)
      inputs.push([key, found])
    }
    const each = step.perItem === undefined ? undefined : addEach(step.perItem, id)
    for (const outside of each?.waitsFor ?? []) comesAfter.add(outside)
    const node = {
      id,
      step,
      parent: group,
      inputs,
      after: [...comesAfter],
      ...(items.length === 0 ? undefined : { items })
    }
    if (step.steps === undefined && each === undefined) {
      part.nodes.set(id, { ...node, kind: "step" })
      part.graph.addNode(id)
      return describeStep(node, undefined, undefined)
    }
    part.nodes.set(id, { ...node, kind: "open" })
    part.nodes.set(closing(id), { ...node, kind: "close" })
    part.graph.addNode(id)
    part.graph.addNode(closing(id))
    return each === undefined
      ? describeStep(node, add(step.steps!, id, part), undefined)
      : describeStep(node, undefined, each.template)
  }

  /** What a map makes, in a part of its own, and what that waits for outside of it. */
  const addEach = ({ step, token }: Step.PerItem, map: StepId.StepId) => {
    const part: Part = { graph: new DirectedGraph(), nodes: new Map() }
    templates.set(map, part)
    around.add(token)
    const template = addOne(step, eachOf(map), map, part)
    around.delete(token)
    wire(part)
    const waitsFor = new Set<StepId.StepId>()
    for (const { after } of part.nodes.values())
      for (const before of after) if (!part.nodes.has(before)) waitsFor.add(before)
    return { template, waitsFor }
  }

  const wire = ({ graph, nodes }: Part) => {
    const isGroup = (id: string) => nodes.has(closing(id))
    for (const [key, node] of nodes) {
      const parent = node.parent !== undefined && nodes.has(node.parent) ? node.parent : undefined
      if (node.kind !== "close") {
        for (const before of node.after)
          if (nodes.has(before)) graph.mergeEdge(isGroup(before) ? closing(before) : before, key)
        if (parent !== undefined) graph.mergeEdge(parent, key)
        // A map may have no items at all.
        if (node.step.perItem !== undefined) graph.mergeEdge(key, closing(key))
      }
      // The end of a group waits for all of its steps; what only leads to another step of it costs an edge too many, and
      // no pass over the graph to find that out.
      if (node.kind !== "open" && parent !== undefined) graph.mergeEdge(key, closing(parent))
    }
    if (hasCycle(graph)) problems.push(new FlowError.CycleFound({ flow: name, path: cyclePath(graph, nodes) }))
  }

  if (!StepId.isName(name)) problems.push(new FlowError.InvalidName({ flow: name, name }))
  positive(flow.concurrency, "concurrency")
  for (const [limit, n] of Object.entries(flow.limits)) {
    positive(FlowLimit.sizeOf(n), typeof n === "number" ? `limits.${limit}` : `limits.${limit}.size`)
    if (FlowLimit.isShared(n) && !StepId.isName(limit))
      setting(`limits.${limit}`, "is shared, and its name is no small letter, then small letters, digits and hyphens")
  }
  if (flow.limit !== undefined && FlowLimit.sharedSize(flow.limits, flow.limit) === undefined)
    setting(
      "limit",
      `names \`${flow.limit}\`, which is no limit that executions share; declare \`limits: { ${flow.limit}: { size: 1, shared: true } }\``
    )
  register(flow.steps, undefined)
  const steps = add(flow.steps, undefined, whole)
  wire(whole)

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
    fingerprint: flow.fingerprint ?? fingerprint(flow, [whole, ...templates.values()]),
    strategy: flow.strategy,
    single: flow.single,
    ...defined({
      concurrency: flow.concurrency,
      deadlineMillis: finite(flow.deadlineMillis),
      ...cleanUpOf(flow),
      stopsWithinMillis: finite(flow.stopsWithinMillis)
    }),
    steps
  }
  return Result.succeed({ flow, ...whole, templates, description })
}

/** A graph while it is made. */
interface Part {
  readonly graph: DirectedGraph
  readonly nodes: Map<string, Node>
}

const isList = <A>(u: A | ReadonlyArray<A>): u is ReadonlyArray<A> => Array.isArray(u)

const defined = <T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } => {
  const out: { [K in keyof T]?: Exclude<T[K], undefined> } = {}
  for (const key in fields) if (fields[key] !== undefined) out[key] = fields[key] as never
  return out
}

// A time without end is none, and JSON has no number for it.
const finite = (millis: number | undefined): number | undefined =>
  millis === Number.POSITIVE_INFINITY ? undefined : millis

const cleanUpOf = ({ cleanUp }: Flow.Any) =>
  cleanUp === undefined ? undefined : { cleanUp: true, cleanUpMillis: finite(Step.cleanUpOf(cleanUp).deadlineMillis) }

/** From the request to the end of the clean-up. Who promises nothing stops with the timeout at the latest, if there is one. */
const stopsWithin = (step: Step.Any, cleanUpMillis: number | undefined): number | undefined => {
  const own = Step.stopsWithin(step, (timeoutMillis) => timeoutMillis)
  return own === undefined || cleanUpMillis === undefined ? own : finite(own + cleanUpMillis)
}

const describeStep = (
  node: Omit<Node, "kind">,
  steps: ReadonlyArray<StepDescription> | undefined,
  template: StepDescription | undefined
): StepDescription => {
  const { step } = node
  const { cleanUp, description, icon, idempotent, label, retry, timeout, undo, whenText, when } = step.options
  const cleanUpMillis = cleanUp === undefined ? undefined : Step.cleanUpOf(cleanUp).deadlineMillis
  const { every, graceMillis, onInterrupt } = step.stops
  return {
    id: node.id,
    name: node.id.endsWith("/*") ? "*" : step.name,
    kind: step.kind,
    after: node.after,
    ...defined({
      label,
      icon,
      description,
      inputs: node.inputs.length === 0 ? undefined : [...new Set(node.inputs.map(([, id]) => id))],
      when: when === undefined ? undefined : (whenText ?? "a condition"),
      detail: step.detail,
      stopsWithinMillis:
        template !== undefined
          ? worstOf(template, stopsWithin(step, undefined))
          : step.steps === undefined
            ? stopsWithin(step, cleanUpMillis)
            : undefined,
      stops: step.steps === undefined ? step.stops.text : undefined,
      graceMillis: finite(graceMillis),
      onInterrupt,
      every,
      timeoutMillis: timeout === undefined ? undefined : finite(Duration.toMillis(timeout)),
      tries: retry?.tries,
      retryOn: retry?.on?.map(String),
      idempotent,
      cleanUp: cleanUp === undefined ? undefined : true,
      cleanUpMillis: finite(cleanUpMillis),
      cleanUpAlways: Step.isAlways(cleanUp) ? true : undefined,
      undo: undo === undefined ? undefined : true,
      fingerprint:
        template === undefined
          ? stepFingerprint(node)
          : Fingerprint.of(stepFingerprint(node), fingerprintsIn(template)),
      steps,
      template
    })
  }
}

/** A map has changed when what it makes has. */
const fingerprintsIn = (template: StepDescription): ReadonlyArray<unknown> => [
  template.id,
  template.fingerprint,
  template.steps?.map(fingerprintsIn)
]

/**
 * The steps of a map run side by side: it stops with the slowest of them, or before, with what gets its items. How many groups there are to be tidied up one
 * after the other nobody knows before.
 */
const worstOf = (template: StepDescription, itemsMillis: number | undefined): number | undefined => {
  if (hasGroupCleanUp(template) || itemsMillis === undefined) return undefined
  let most = itemsMillis
  for (const { stopsWithinMillis } of leaves({ steps: [template] })) {
    if (stopsWithinMillis === undefined) return undefined
    most = Math.max(most, stopsWithinMillis)
  }
  return most
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
  const { fingerprint } = step.options
  return Fingerprint.of(
    step.kind,
    after,
    inputs,
    fingerprint ?? [step.detail, step.source ?? step.body, decisive(step)]
  )
}

const decisive = ({ options }: Step.Any): object => {
  const {
    after: _after,
    description: _description,
    fingerprint: _fingerprint,
    icon: _icon,
    input: _input,
    label: _label,
    ...rest
  } = options
  return rest
}

const fingerprint = (flow: Flow.Any, parts: ReadonlyArray<Part>): string =>
  Fingerprint.of(
    [
      ...[flow.name, flow.version, flow.concurrency, flow.limits, flow.deadlineMillis, flow.onFailure],
      // What a flow without it was known by stays what it is known by.
      ...(flow.cleanUp === undefined ? [] : [flow.cleanUp]),
      ...(flow.limit === undefined ? [] : [{ limit: flow.limit }])
    ],
    parts
      .flatMap(({ nodes }) => [...nodes.values()])
      .map((node) => [node.kind, node.id, node.kind === "close" ? "" : stepFingerprint(node)].join(" "))
      .join("\n")
  )
