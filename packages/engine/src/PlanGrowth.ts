/**
 * A plan that grows while it is walked: what a map makes becomes known when it begins. Nodes are only ever added, at the
 * end, so what is kept by node stays where it is.
 *
 * @since 0.1.0
 */
import * as FlowLimit from "./FlowLimit.ts"
import * as Plan from "./Plan.ts"
import type { Node } from "./StepGraph.ts"
import * as StepId from "./model/StepId.ts"

/**
 * The plan of one execution alone. Its typed arrays may be longer than its size.
 *
 * @since 0.1.0
 */
export interface GrowingPlan extends Plan.Plan {
  size: number
  nodes: Array<Node>
  ids: Array<string>
  bodies: Array<Plan.Plan["bodies"][number]>
  outputSchemas: Array<Plan.Plan["outputSchemas"][number]>
  isStep: Uint8Array
  isLeaf: Uint8Array
  isPlain: Uint8Array
  inDegree: Int32Array
  first: Int32Array
  successor: Int32Array
  inputs: Array<Plan.Inputs | undefined>
  paramInputs: Array<ReadonlyArray<string> | undefined>
  given: Map<number, Readonly<Record<string, unknown>>>
  parent: Int32Array
  limits: Array<ReadonlyArray<number> | undefined>
  limitSize: Array<number>
  indexOf: Map<string, number>
  limitOf: Map<number, number>
  instances: Map<number, Plan.Instances>
  /** Which map made what a node belongs to, and of which item. Kept for the nodes that are made for each item. */
  itemOf: Map<number, { readonly token: object; readonly item: unknown; readonly index: number }>
}

/**
 * A copy that may grow.
 *
 * @since 0.1.0
 */
export const make = (plan: Plan.Plan): GrowingPlan => ({
  ...plan,
  nodes: [...plan.nodes],
  ids: [...plan.ids],
  bodies: [...plan.bodies],
  outputSchemas: [...plan.outputSchemas],
  // Of the typed arrays only this one changes without growing.
  isLeaf: plan.isLeaf.slice(),
  inputs: [...plan.inputs],
  paramInputs: [...plan.paramInputs],
  given: new Map(plan.given),
  limits: [...plan.limits],
  limitSize: [...plan.limitSize],
  indexOf: new Map(plan.indexOf),
  limitOf: new Map(plan.limitOf),
  instances: new Map(plan.instances),
  itemOf: new Map()
})

/**
 * Adds what a map makes of its items. The node that opens it comes before all of it, and the one that closes it after:
 * neither is among the successors of a node, see `instances`.
 *
 * @since 0.1.0
 */
export const expand = (plan: GrowingPlan, map: number, items: ReadonlyArray<unknown>): void => {
  const id = plan.ids[map]!
  const { graph } = plan
  const templateId = StepId.template(id)
  const template = Plan.ofTemplate(graph.templates.get(templateId)!, graph.flow.limits)
  const each = template.size
  const end = plan.size + each * items.length
  const edges = template.first[each]!
  reserve(plan, end, plan.first[plan.size]! + edges * items.length)
  const close = plan.indexOf.get(`${id}/`)!
  const inherited: Array<number> = []
  for (let up = map; up >= 0; up = plan.parent[up]!) if (plan.limitOf.has(up)) inherited.push(plan.limitOf.get(up)!)
  const named = FlowLimit.own(graph.flow.limits).length
  const outside = template.outside.map((key) => {
    const concrete = within(key, id)
    return plan.indexOf.get(`${concrete}/`) ?? plan.indexOf.get(concrete)!
  })
  const token = plan.nodes[map]!.step.perItem!.token
  const last = template.nodes[0]!.kind === "open" ? 1 : 0
  const first = plan.size
  for (let index = 0; index < items.length; index++) {
    const base = plan.size
    const prefix = `${id}/${index}`
    const rename = (key: string) => prefix + key.slice(templateId.length + 2)
    // Limits of the flow are shared; those of the groups in it are each instance's own.
    const limitBase = plan.limitSize.length - named
    for (let k = named; k < template.limitSize.length; k++) plan.limitSize.push(template.limitSize[k]!)
    const limit = (k: number) => (k < named ? k : limitBase + k)
    for (const [node, k] of template.limitOf) plan.limitOf.set(base + node, limit(k))
    plan.itemOf.set(base, { token, item: items[index], index })
    for (let r = 0; r < each; r++) {
      const of = template.nodes[r]!
      const name = rename(of.id)
      const i = base + r
      plan.nodes.push({ ...of, id: name as StepId.StepId, parent: rename(of.parent!) as StepId.StepId })
      plan.ids.push(name)
      plan.indexOf.set(of.kind === "close" ? `${name}/` : name, i)
      plan.bodies.push(template.bodies[r])
      plan.outputSchemas.push(template.outputSchemas[r])
      plan.isStep[i] = template.isStep[r]!
      plan.isLeaf[i] = template.isLeaf[r]!
      plan.isPlain[i] = template.isPlain[r]!
      plan.parent[i] = template.parent[r]! < 0 ? map : base + template.parent[r]!
      const inputs = template.inputs[r]
      plan.inputs.push(
        inputs === undefined
          ? undefined
          : { names: inputs.names, nodes: inputs.nodes.map((n) => (n < 0 ? outside[-1 - n]! : base + n)) }
      )
      plan.paramInputs.push(template.paramInputs[r])
      const counts = template.limits[r]?.map(limit)
      plan.limits.push(
        template.isStep[r] === 0 || (counts === undefined && inherited.length === 0)
          ? undefined
          : [...(counts ?? []), ...inherited]
      )
      if (of.items !== undefined) plan.given.set(i, itemsOf(plan, i, of.items))
      plan.inDegree[i] = template.inDegree[r]! + (r === 0 ? 1 : 0)
      const from = plan.first[i]!
      for (let k = template.first[r]!; k < template.first[r + 1]!; k++)
        plan.successor[from + k - template.first[r]!] = base + template.successor[k]!
      // The last of it is over when it is: the map waits for that.
      const isLast = r === last
      if (isLast) plan.successor[from + template.first[r + 1]! - template.first[r]!] = close
      plan.first[i + 1] = from + template.first[r + 1]! - template.first[r]! + (isLast ? 1 : 0)
    }
    plan.size = base + each
  }
  plan.isLeaf[map] = 0
  plan.instances.set(map, { first, each, count: items.length, last })
}

/**
 * Gives back what only a walk under way needs; what is left says which step is which. A plan that all executions share
 * costs each of them nothing, this one is theirs alone.
 *
 * @since 0.1.0
 */
export const free = (plan: GrowingPlan): void => {
  plan.nodes = []
  plan.bodies = []
  plan.outputSchemas = []
  plan.inputs = []
  plan.paramInputs = []
  plan.limits = []
  plan.given = new Map()
  plan.itemOf = new Map()
  plan.indexOf = new Map()
  plan.first = plan.successor = plan.inDegree = new Int32Array(0)
}

/** The items, or their places, that a step reads: of the map that made it, or of one around that. */
const itemsOf = (plan: GrowingPlan, node: number, items: NonNullable<Node["items"]>): Record<string, unknown> => {
  const found: Record<string, unknown> = {}
  for (const [name, token, field] of items)
    for (let up = node; up >= 0; up = plan.parent[up]!) {
      const of = plan.itemOf.get(up)
      if (of?.token === token) found[name] = of[field]
    }
  return found
}

/** An id with `*` in it, as it is called from within the instance that `id` lies in. */
const within = (key: string, id: string): string => {
  const digits = id.split("/").filter((name) => /^\d+$/.test(name))
  let k = 0
  return key
    .split("/")
    .map((name) => (name === "*" ? digits[k++]! : name))
    .join("/")
}

// By half as much again: a map in a map makes it grow as often as the outer one has items.
const reserve = (plan: GrowingPlan, size: number, successors: number): void => {
  const grown = <A extends Uint8Array | Int32Array>(array: A, length: number): A => {
    if (array.length >= length) return array
    const larger = new (array.constructor as new (length: number) => A)(Math.ceil(length * 1.5))
    larger.set(array)
    return larger
  }
  plan.isStep = grown(plan.isStep, size)
  plan.isLeaf = grown(plan.isLeaf, size)
  plan.isPlain = grown(plan.isPlain, size)
  plan.inDegree = grown(plan.inDegree, size)
  plan.first = grown(plan.first, size + 1)
  plan.parent = grown(plan.parent, size)
  // Each instance has an edge more than its template, to the node that closes the map.
  plan.successor = grown(plan.successor, successors + size - plan.size)
}
