/**
 * A step graph compiled to flat arrays: what the scheduler runs on. A plan knows nothing of an execution; all
 * executions of a flow share one, until a map in it begins.
 *
 * @since 0.1.0
 */
import type { Schema } from "effect"
import * as FlowLimit from "./FlowLimit.ts"
import type * as Step from "./Step.ts"
import type { Node, StepGraph, Template } from "./StepGraph.ts"

/**
 * Indices stand for nodes: steps, and the opening and closing of groups. `successors` of node i are
 * `successor[first[i]]` up to `successor[first[i + 1] - 1]`.
 *
 * @since 0.1.0
 */
export interface Plan {
  readonly graph: StepGraph
  readonly size: number
  readonly nodes: ReadonlyArray<Node>
  readonly ids: ReadonlyArray<string>
  /** 1 where the node is a step, 0 where it opens or closes a group. */
  readonly isStep: Uint8Array
  /** 1 where the node has a status of its own: steps, and maps as long as their steps are not known. */
  readonly isLeaf: Uint8Array
  /** What each step does; here so that the scheduler's way to it is short. */
  readonly bodies: ReadonlyArray<Step.Body | undefined>
  /** What functions have to give; other kinds check their outputs themselves, within their tries. */
  readonly outputSchemas: ReadonlyArray<Schema.Top | undefined>
  /** 1 where a step is its body and nothing more: no condition, no retry, no timeout, no clean-up; it may run again. */
  readonly isPlain: Uint8Array
  readonly inDegree: Int32Array
  readonly first: Int32Array
  readonly successor: Int32Array
  readonly inputs: ReadonlyArray<Inputs | undefined>
  /** Names of the inputs that are the flow's params. */
  readonly paramInputs: ReadonlyArray<ReadonlyArray<string> | undefined>
  /** Inputs that are known beforehand: the items of maps. */
  readonly given: ReadonlyMap<number, Readonly<Record<string, unknown>>>
  /** The node that opens the group a node is in; −1 at the top. */
  readonly parent: Int32Array
  /** The limits that a step counts against. */
  readonly limits: ReadonlyArray<ReadonlyArray<number> | undefined>
  /** How many may run at a time, by limit. */
  readonly limitSize: ReadonlyArray<number>
  /** Nodes by key: a step's id, `g` and `g/` for a group. */
  readonly indexOf: ReadonlyMap<string, number>
  /** The limit of a group, by the node that opens it. */
  readonly limitOf: ReadonlyMap<number, number>
  /** What maps have made, by the node that opens each. */
  readonly instances: ReadonlyMap<number, Instances>
}

/**
 * What a map has made: `count` times `each` nodes from `first` on. Of each item the first node begins it, and the one
 * that is `last` after that ends it.
 *
 * @since 0.1.0
 */
export interface Instances {
  readonly first: number
  readonly each: number
  readonly count: number
  readonly last: number
}

/**
 * The inputs of a step: their names, and the node that gives each. For a group that is the node that closes it.
 *
 * @since 0.1.0
 */
export interface Inputs {
  readonly names: ReadonlyArray<string>
  readonly nodes: ReadonlyArray<number>
}

const plans = new WeakMap<StepGraph, Plan>()

/**
 * The plan of a graph, compiled once.
 *
 * @since 0.1.0
 */
export const make = (graph: StepGraph): Plan => {
  let plan = plans.get(graph)
  if (plan === undefined) {
    plan = { graph, ...compile(graph, graph.flow.limits) }
    plans.set(graph, plan)
  }
  return plan
}

/**
 * What a map makes for each item, compiled: the same arrays, for its nodes alone. An input from outside is `-1 - i`, the
 * key of whose node is `outside[i]`.
 *
 * @since 0.1.0
 */
export interface TemplatePlan extends Omit<Plan, "graph"> {
  readonly outside: ReadonlyArray<string>
}

const templates = new WeakMap<Template, TemplatePlan>()

/**
 * The plan of a template, compiled once.
 *
 * @since 0.1.0
 */
export const ofTemplate = (template: Template, limits: FlowLimit.FlowLimits): TemplatePlan => {
  let plan = templates.get(template)
  if (plan === undefined) {
    plan = compile(template, limits)
    templates.set(template, plan)
  }
  return plan
}

// One place that makes these objects, so that the compiler knows them by one shape.
const compile = (graph: Template, flowLimits: FlowLimit.FlowLimits): TemplatePlan => {
  const keys = [...graph.nodes.keys()]
  const nodes = [...graph.nodes.values()]
  const size = nodes.length
  const indexOf = new Map(keys.map((key, i) => [key, i]))
  const at = (key: string) => indexOf.get(key)!
  const inDegree = new Int32Array(size)
  const first = new Int32Array(size + 1)
  const targets: Array<Array<number>> = keys.map(() => [])
  graph.graph.forEachEdge((_edge, _attributes, source, target) => {
    const to = at(target)
    targets[at(source)]!.push(to)
    inDegree[to]!++
  })
  for (let i = 0; i < size; i++) first[i + 1] = first[i]! + targets[i]!.length
  const successor = new Int32Array(first[size]!)
  for (let i = 0; i < size; i++) successor.set(targets[i]!, first[i]!)

  const isStep = new Uint8Array(size)
  const isPlain = new Uint8Array(size)
  const isLeaf = new Uint8Array(size)
  const parent = new Int32Array(size).fill(-1)
  const inputs: Array<Inputs | undefined> = []
  const paramInputs: Array<ReadonlyArray<string> | undefined> = []
  const limits: Array<ReadonlyArray<number> | undefined> = []
  const limitSize: Array<number> = []
  const named = new Map<string, number>()
  for (const [name, size] of FlowLimit.own(flowLimits)) named.set(name, limitSize.push(size) - 1)
  const limitOf = new Map<number, number>()
  const outside: Array<string> = []
  const nodeOf = (id: string) => indexOf.get(`${id}/`) ?? indexOf.get(id) ?? -outside.push(id)
  for (let i = 0; i < size; i++) {
    const node = nodes[i]!
    const { options } = node.step
    if (node.parent !== undefined) parent[i] = indexOf.get(node.parent) ?? -1
    if (node.kind === "step" || (node.kind === "open" && node.step.perItem !== undefined)) isLeaf[i] = 1
    const own = (options as { readonly concurrency?: number }).concurrency
    if (node.kind === "open" && own !== undefined) limitOf.set(i, limitSize.push(own) - 1)
    if (node.kind === "step") {
      isStep[i] = 1
      if (
        options.when === undefined &&
        options.retry === undefined &&
        options.timeout === undefined &&
        options.cleanUp === undefined &&
        options.idempotent !== false
      )
        isPlain[i] = 1
    }
    inputs.push(
      node.inputs.length === 0
        ? undefined
        : {
            names: node.inputs.map(([name]) => name),
            nodes: node.inputs.map(([, id]) => nodeOf(id))
          }
    )
    const params = Object.entries(options.input ?? {}).filter(
      ([, source]) => "_tag" in source && source._tag === "Params"
    )
    paramInputs.push(params.length === 0 ? undefined : params.map(([name]) => name))
    const counts: Array<number> = []
    if (options.limit !== undefined && named.has(options.limit)) counts.push(named.get(options.limit)!)
    for (let up = parent[i]!; up >= 0; up = parent[up]!) if (limitOf.has(up)) counts.push(limitOf.get(up)!)
    limits.push(node.kind === "step" && counts.length > 0 ? counts : undefined)
  }
  return {
    size,
    nodes,
    ids: nodes.map((node) => node.id),
    bodies: nodes.map((node) => node.step.body),
    outputSchemas: nodes.map(({ step }) => (step.kind === "function" ? step.outputSchema : undefined)),
    isStep,
    isLeaf,
    isPlain,
    inDegree,
    first,
    successor,
    inputs,
    paramInputs,
    given: new Map(),
    parent,
    limits,
    limitSize,
    indexOf,
    limitOf,
    instances: new Map(),
    outside
  }
}
