/**
 * In which order the steps of a flow can run, from its description alone: each group is a node that opens it and one
 * that closes it, so that m steps after a group of n cost m + n edges. What looks at a whole flow (its worst stop, its
 * longest stretch) walks these arrays.
 *
 * @since 0.1.0
 */
import type { FlowDescription, StepDescription } from "./FlowDescription.ts"

/**
 * Nodes from 0 in an order in which they can run; an edge means "must be over before".
 *
 * @since 0.1.0
 */
export interface StepOrder {
  readonly size: number
  /** By node; a group stands at its two nodes, a map whose items are not known at three. */
  readonly steps: ReadonlyArray<StepDescription>
  /** `step`, or the opening or closing of a group. */
  readonly kinds: ReadonlyArray<"step" | "open" | "close">
  /** The successors of node `i` are `successor[first[i]]` up to, not including, `successor[first[i + 1]]`. */
  readonly first: Int32Array
  readonly successor: Int32Array
}

/**
 * The order of a flow. What stands in a circle, which no flow that was checked has, is left out.
 *
 * @since 0.1.0
 */
export const make = (flow: Pick<FlowDescription, "steps">): StepOrder => {
  const steps: Array<StepDescription> = []
  const kinds: Array<StepOrder["kinds"][number]> = []
  const opening = new Map<string, number>()
  const closing = new Map<string, number>()
  /** Maps of which the items are not known: a group of one step, which stands for all that they will be. */
  const inner = new Map<string, number>()
  const add = (step: StepDescription, kind: StepOrder["kinds"][number]): number => {
    kinds.push(kind)
    return steps.push(step) - 1
  }
  const register = (list: ReadonlyArray<StepDescription>) => {
    for (const step of list) {
      const isGroup = step.steps !== undefined || step.template !== undefined
      opening.set(step.id, add(step, isGroup ? "open" : "step"))
      if (!isGroup) continue
      if (step.steps !== undefined) register(step.steps)
      else inner.set(step.id, add(step, "step"))
      closing.set(step.id, add(step, "close"))
    }
  }
  register(flow.steps)

  const from: Array<number> = []
  const to: Array<number> = []
  const edge = (a: number | undefined, b: number | undefined) => {
    if (a === undefined || b === undefined) return
    from.push(a)
    to.push(b)
  }
  const connect = (list: ReadonlyArray<StepDescription>, group: StepDescription | undefined) => {
    for (const step of list) {
      const open = opening.get(step.id)
      const close = closing.get(step.id) ?? open
      for (const before of step.after) edge(closing.get(before) ?? opening.get(before), open)
      if (group !== undefined) {
        edge(opening.get(group.id), open)
        edge(close, closing.get(group.id))
      }
      if (step.steps !== undefined) connect(step.steps, step)
      edge(open, inner.get(step.id))
      edge(inner.get(step.id), inner.has(step.id) ? close : undefined)
    }
  }
  connect(flow.steps, undefined)
  return sorted({ steps, kinds }, from, to)
}

const sorted = (
  { kinds, steps }: Pick<StepOrder, "kinds" | "steps">,
  from: ReadonlyArray<number>,
  to: ReadonlyArray<number>
): StepOrder => {
  const given = lists(steps.length, from, to)
  const open = new Int32Array(steps.length)
  for (const target of to) open[target]!++
  const order: Array<number> = []
  for (let i = 0; i < steps.length; i++) if (open[i] === 0) order.push(i)
  for (let at = 0; at < order.length; at++) {
    const node = order[at]!
    for (let k = given.first[node]!; k < given.first[node + 1]!; k++)
      if (--open[given.successor[k]!]! === 0) order.push(given.successor[k]!)
  }
  const place = new Int32Array(steps.length).fill(-1)
  order.forEach((node, at) => void (place[node] = at))
  const kept = from.map((_, k) => k).filter((k) => place[from[k]!]! >= 0 && place[to[k]!]! >= 0)
  return {
    size: order.length,
    steps: order.map((node) => steps[node]!),
    kinds: order.map((node) => kinds[node]!),
    ...lists(
      order.length,
      kept.map((k) => place[from[k]!]!),
      kept.map((k) => place[to[k]!]!)
    )
  }
}

const lists = (
  size: number,
  from: ReadonlyArray<number>,
  to: ReadonlyArray<number>
): Pick<StepOrder, "first" | "successor"> => {
  const first = new Int32Array(size + 1)
  for (const node of from) first[node + 1]!++
  for (let i = 0; i < size; i++) first[i + 1]! += first[i]!
  const next = first.slice()
  const successor = new Int32Array(from.length)
  from.forEach((node, k) => void (successor[next[node]!++] = to[k]!))
  return { first, successor }
}
