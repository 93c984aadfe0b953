/**
 * Where each step of an attempt stands and what it gave: flat arrays beside the plan's. It follows no step and writes
 * no event.
 *
 * @since 0.1.0
 */
import type { Partition, StoppedAt } from "./model/Partition.ts"
import type { Inputs, Plan } from "./Plan.ts"

/**
 * The states of a node, as numbers in a typed array. Those of a group's two nodes are `Waiting`, `Completed`,
 * `Skipped`.
 *
 * @since 0.1.0
 */
export const Waiting = 0
/**
 * It is under way.
 *
 * @since 0.1.0
 */
export const Running = 1
/**
 * It completed; of a group, it was passed.
 *
 * @since 0.1.0
 */
export const Completed = 2
/**
 * It was skipped, and counts as done.
 *
 * @since 0.1.0
 */
export const Skipped = 3
/**
 * It failed.
 *
 * @since 0.1.0
 */
export const Failed = 4
/**
 * It stopped half-way.
 *
 * @since 0.1.0
 */
export const Interrupted = 5
/**
 * It was ended by force.
 *
 * @since 0.1.0
 */
export const Terminated = 6

const noInput = Object.freeze({})

/**
 * The table of one attempt.
 *
 * @since 0.1.0
 */
export class StepTable {
  state: Uint8Array
  readonly values: Array<unknown>
  /** Steps in the order of their completion, those of earlier attempts first. */
  readonly order: Array<number> = []
  /** Where interrupted steps stopped. */
  readonly stopped = new Map<number, StoppedAt>()
  private plan: Plan
  private children: ReadonlyMap<number, ReadonlyArray<number>> | undefined
  private readonly params: unknown

  constructor(plan: Plan, params: unknown) {
    this.plan = plan
    this.params = params
    this.state = new Uint8Array(plan.size)
    this.values = new Array<unknown>(plan.size)
  }

  /** Takes up what a map has made. */
  grow(plan: Plan): void {
    this.plan = plan
    this.children = undefined
    if (this.state.length < plan.size) {
      const state = new Uint8Array(plan.parent.length)
      state.set(this.state)
      this.state = state
    }
    this.values.length = plan.size
  }

  completed(node: number, value: unknown): void {
    this.state[node] = Completed
    this.values[node] = value
    this.order.push(node)
  }

  inputOf(node: number): Record<string, unknown> {
    const inputs = this.plan.inputs[node]
    const params = this.plan.paramInputs[node]
    const given = this.plan.given.size === 0 ? undefined : this.plan.given.get(node)
    if (inputs === undefined && params === undefined && given === undefined) return noInput
    const input = inputs === undefined ? {} : this.collect(inputs)
    if (params !== undefined) for (const name of params) input[name] = this.params
    return given === undefined ? input : { ...input, ...given }
  }

  // Literals for the usual few: a property that is added to a finished object costs five times as much.
  private collect({ names, nodes }: Inputs): Record<string, unknown> {
    const one = this.valueOf(nodes[0]!)
    if (names.length === 1) return { [names[0]!]: one }
    const two = this.valueOf(nodes[1]!)
    if (names.length === 2) return { [names[0]!]: one, [names[1]!]: two }
    const three = this.valueOf(nodes[2]!)
    const input: Record<string, unknown> = { [names[0]!]: one, [names[1]!]: two, [names[2]!]: three }
    for (let k = 3; k < names.length; k++) input[names[k]!] = this.valueOf(nodes[k]!)
    return input
  }

  /** The value of a step, or of a group: those of its steps by name; of a map, by item. */
  valueOf(node: number): unknown {
    if (this.plan.isStep[node] === 1) return this.values[node]
    if (this.values[node] === undefined) {
      const open = this.plan.indexOf.get(this.plan.nodes[node]!.id)!
      this.values[node] = this.plan.isLeaf[open] === 1 ? undefined : this.valuesIn(open)
    }
    return this.values[node]
  }

  private valuesIn(open: number): unknown {
    const made = this.plan.instances.get(open)
    if (made !== undefined)
      return Array.from({ length: made.count }, (_, i) => this.valueOf(made.first + i * made.each + made.last))
    const value: Record<string, unknown> = {}
    for (const node of this.within().get(open) ?? []) value[this.plan.nodes[node]!.step.name] = this.valueOf(node)
    return value
  }

  /** The steps in each group, and the nodes that close those in it; by the node that opens it. */
  private within(): ReadonlyMap<number, ReadonlyArray<number>> {
    if (this.children !== undefined) return this.children
    const children = new Map<number, Array<number>>()
    for (let i = 0; i < this.plan.size; i++) {
      if (this.plan.nodes[i]!.kind === "open") children.set(i, [])
      else if (this.plan.parent[i]! >= 0) children.get(this.plan.parent[i]!)!.push(i)
    }
    this.children = children
    return children
  }

  mustSkip(node: number): boolean {
    const parent = this.plan.parent[node]!
    if (parent >= 0 && this.state[parent] === Skipped) return true
    if (this.plan.nodes[node]!.kind === "close")
      return this.state[this.plan.indexOf.get(this.plan.ids[node]!)!] === Skipped
    return this.plan.inputs[node]?.nodes.some((from) => this.state[from] === Skipped) ?? false
  }

  remains(): boolean {
    for (let i = 0; i < this.plan.size; i++)
      if (this.plan.isLeaf[i] === 1 && this.state[i] !== Completed && this.state[i] !== Skipped) return true
    return false
  }

  /** Whether a step stopped half-way, or did not start although no failure stands before it: something was stopped. */
  isHeldBack(): boolean {
    const { first, instances, isLeaf, size, successor } = this.plan
    const blocked = new Uint8Array(size)
    const from: Array<number> = []
    for (let i = 0; i < size; i++) if (this.state[i] === Failed) from.push(i)
    const block = (node: number) => {
      if (blocked[node] === 1) return
      blocked[node] = 1
      from.push(node)
    }
    for (let i = from.pop(); i !== undefined; i = from.pop()) {
      for (let k = first[i]!; k < first[i + 1]!; k++) block(successor[k]!)
      const made = instances.get(i)
      if (made !== undefined && this.state[i] !== Completed)
        for (let k = 0; k < made.count; k++) block(made.first + k * made.each)
    }
    for (let i = 0; i < size; i++)
      if (isLeaf[i] === 1 && (this.state[i] === Interrupted || (this.state[i] === Waiting && blocked[i] === 0)))
        return true
    return false
  }

  /** Groups with a clean-up that began and of whose steps some are neither completed nor skipped, inner ones first. */
  unfinishedGroups(): Array<number> {
    const { isStep, nodes, parent, size } = this.plan
    const begun = new Uint8Array(size)
    const unfinished = new Uint8Array(size)
    for (let i = 0; i < size; i++) {
      if (isStep[i] === 0) continue
      const state = this.state[i]
      const isOver = state === Completed || state === Skipped
      for (let up = parent[i]!; up >= 0; up = parent[up]!) {
        if (state !== Waiting && state !== Skipped) begun[up] = 1
        if (!isOver) unfinished[up] = 1
      }
    }
    const found: Array<number> = []
    for (let i = size - 1; i >= 0; i--) {
      // One whose condition was not met, or not found out, has not begun.
      if (nodes[i]!.kind !== "open" || this.state[i] !== Completed || begun[i] === 0 || unfinished[i] === 0) continue
      if (nodes[i]!.step.options.cleanUp !== undefined) found.push(i)
    }
    return found
  }

  /** Completed steps in the order of their completion, each complete group after the last of its steps. */
  completions(): Array<number> {
    const { indexOf, isStep, nodes, parent, size } = this.plan
    const left = new Int32Array(size)
    for (let i = 0; i < size; i++)
      if (isStep[i] === 1 && this.state[i] !== Skipped) for (let up = parent[i]!; up >= 0; up = parent[up]!) left[up]!++
    const found: Array<number> = []
    for (const node of this.order) {
      found.push(node)
      for (let up = parent[node]!; up >= 0; up = parent[up]!)
        if (--left[up]! === 0) found.push(indexOf.get(`${nodes[up]!.id}/`)!)
    }
    return found
  }

  /** An undone step, or every completed step of an undone group, counts as not started. */
  forget(node: number): void {
    const id = this.plan.ids[node]!
    this.plan.nodes.forEach((other, k) => {
      if ((k === node || other.id.startsWith(`${id}/`)) && this.state[k] === Completed) this.state[k] = Waiting
    })
  }

  partition(): Partition {
    const completed: Array<string> = []
    const interrupted: Array<StoppedAt> = []
    const terminated: Array<string> = []
    const failed: Array<string> = []
    const skipped: Array<string> = []
    const notStarted: Array<string> = []
    const { ids, isLeaf } = this.plan
    for (const i of this.inOrder()) {
      if (isLeaf[i] === 0) continue
      const id = ids[i]!
      switch (this.state[i]) {
        case Completed:
          completed.push(id)
          break
        case Skipped:
          skipped.push(id)
          break
        case Failed:
          failed.push(id)
          break
        case Interrupted:
          interrupted.push(this.stopped.get(i)!)
          break
        case Terminated:
          terminated.push(id)
          break
        default:
          notStarted.push(id)
      }
    }
    return { completed, interrupted, terminated, failed, skipped, notStarted }
  }

  completedValues(): Record<string, unknown> {
    const values: Record<string, unknown> = {}
    for (const i of this.inOrder())
      if (this.plan.isStep[i] === 1 && this.state[i] === Completed) values[this.plan.ids[i]!] = this.values[i]
    return values
  }

  /** The nodes in the order of the definition, what a map has made in its place. */
  private inOrder(): Iterable<number> {
    const { graph, instances, size } = this.plan
    const order: Array<number> = []
    const visit = (from: number, to: number) => {
      for (let i = from; i < to; i++) {
        order.push(i)
        const made = instances.get(i)
        if (made !== undefined) visit(made.first, made.first + made.each * made.count)
      }
    }
    visit(0, instances.size === 0 ? size : graph.nodes.size)
    return order
  }
}
