/**
 * Which step is next: a ready list and in-degree counting over a plan's flat arrays. It starts steps in a loop, never
 * by recursion, so a synchronous chain of any length neither overflows the stack nor keeps the event loop for longer
 * than a slice. It knows nothing of signals: whoever runs it opens and closes it.
 *
 * @since 0.1.0
 */
import * as EventLoop from "./EventLoop.ts"
import type { Plan } from "./Plan.ts"

/**
 * Whoever starts the nodes that are ready. An object and no functions: functions made anew for each scheduler would make
 * the compiler throw the loop away in each execution.
 *
 * @since 0.1.0
 */
export interface Starter {
  /** Called for each node whose predecessors are over; calls `begin` if it is a step that takes time, else `release`. */
  readonly start: (node: number) => void
  /** Nothing may start: nodes that were sent away come back. */
  readonly recall: () => void
  /** Nothing is under way and nothing may start. */
  readonly idle: () => void
}

/**
 * The scheduler of one attempt. It is used from one thread.
 *
 * @since 0.1.0
 */
export class Scheduler {
  /** Whether steps may start. */
  open = true
  /** How many more steps may start; the last of them closes it. */
  allowed = Number.POSITIVE_INFINITY
  /** Steps under way. */
  active = 0
  /** Nodes that `start` has sent away, since what they need is not this scheduler's to give. */
  away = 0
  /** Whether the loop of `pump` is on the stack. */
  isPumping = false
  private plan: Plan
  private readonly concurrency: number
  private readonly starter: Starter
  private left: Int32Array
  private used: Int32Array
  private readonly waiting: Array<Waiting>
  private ready: Array<number> = []
  private head = 0
  private pumped = 0
  private deferred = false

  constructor(plan: Plan, concurrency: number, starter: Starter) {
    this.plan = plan
    this.concurrency = concurrency
    this.starter = starter
    this.left = plan.inDegree.slice()
    this.used = new Int32Array(plan.limitSize.length)
    this.waiting = plan.limitSize.map(() => new Waiting())
    for (let i = 0; i < plan.size; i++) if (this.left[i] === 0) this.ready.push(i)
  }

  /** A step, or with `counts` false something that is none, is under way. */
  begin(node: number, counts = true): void {
    this.active++
    const limits = this.plan.limits[node]
    if (limits !== undefined) for (const limit of limits) this.used[limit]!++
    if (counts) this.count()
  }

  /** Counts a step that was begun uncounted; `false` when no more may start. */
  count(): boolean {
    if (!this.open) return false
    if (--this.allowed <= 0) this.open = false
    return true
  }

  /** A step is no longer under way. */
  end(node: number): void {
    this.active--
    const limits = this.plan.limits[node]
    if (limits === undefined) return
    for (const limit of limits) {
      this.used[limit]!--
      const next = this.waiting[limit]!.next()
      if (next !== undefined) this.ready.push(next)
    }
  }

  /** Nodes that were sent away are ready, before all others. */
  back(nodes: ReadonlyArray<number>): void {
    this.away -= nodes.length
    if (nodes.length === 1 && this.head > 0) this.ready[--this.head] = nodes[0]!
    else {
      this.ready = [...nodes, ...this.ready.slice(this.head)]
      this.head = 0
    }
  }

  /** Gives back its memory; nothing starts any more. */
  free(): void {
    this.open = false
    this.left = new Int32Array(0)
    this.ready = []
  }

  /** A node is over: its successors may be ready. */
  release(node: number): void {
    const { first, successor } = this.plan
    const left = this.left
    for (let k = first[node]!, end = first[node + 1]!; k < end; k++) {
      const next = successor[k]!
      if (--left[next]! === 0) this.ready.push(next)
    }
  }

  /** Takes up what a map has made. It may begin once the node that opens the map is over, which `releaseEach` says. */
  grow(plan: Plan, map: number, close: number): void {
    const { count, first } = plan.instances.get(map)!
    this.plan = plan
    if (this.left.length < plan.size) {
      const left = new Int32Array(plan.inDegree.length)
      left.set(this.left)
      this.left = left
    }
    for (let i = first; i < plan.size; i++) this.left[i] = plan.inDegree[i]!
    this.left[close]! += count
    for (let limit = this.waiting.length; limit < plan.limitSize.length; limit++) this.waiting.push(new Waiting())
    if (this.used.length < plan.limitSize.length) {
      const used = new Int32Array(Math.ceil(plan.limitSize.length * 1.5))
      used.set(this.used)
      this.used = used
    }
  }

  /** The node that opens a map is over: what it has made may be ready. */
  releaseEach(map: number): void {
    const { count, each, first } = this.plan.instances.get(map)!
    for (let i = 0, next = first; i < count; i++, next += each) if (--this.left[next]! === 0) this.ready.push(next)
  }

  /** Starts what may start. Harmless at any time. */
  pump(): void {
    if (this.isPumping || this.deferred) return
    this.isPumping = true
    while (this.open && this.active < this.concurrency && this.head < this.ready.length) {
      if ((++this.pumped & 63) === 0 && EventLoop.isDue()) {
        this.deferred = true
        EventLoop.defer(() => {
          this.deferred = false
          this.pump()
        })
        break
      }
      const node = this.ready[this.head++]!
      const limits = this.plan.limits[node]
      if (limits === undefined) this.starter.start(node)
      else if (this.admits(node)) {
        this.starter.start(node)
        this.passOn(limits)
      }
    }
    if (this.head > 4096 && this.head * 2 > this.ready.length) {
      this.ready = this.ready.slice(this.head)
      this.head = 0
    }
    if (this.away > 0 && !this.open) this.starter.recall()
    this.isPumping = false
    if (this.active === 0 && !this.deferred && (!this.open || (this.away === 0 && this.head === this.ready.length)))
      this.starter.idle()
  }

  private admits(node: number): boolean {
    const limits = this.plan.limits[node]!
    const full = limits.find((limit) => !this.hasRoom(limit))
    if (full === undefined) return true
    this.waiting[full]!.add(node)
    // It may have been given a place of another limit that it can't use yet.
    this.passOn(limits.filter((limit) => limit !== full))
    return false
  }

  /** Places that a node was called for and did not take (it was skipped, or done before) go to the next in line. */
  private passOn(limits: ReadonlyArray<number>): void {
    for (const limit of limits) {
      const next = this.hasRoom(limit) ? this.waiting[limit]!.next() : undefined
      if (next !== undefined) this.ready.push(next)
    }
  }

  private hasRoom(limit: number): boolean {
    return this.used[limit]! < this.plan.limitSize[limit]!
  }
}

/** Nodes in line for a place. Taking the first of an array would move all that wait behind it. */
class Waiting {
  private nodes: Array<number> = []
  private head = 0

  add(node: number): void {
    this.nodes.push(node)
  }

  next(): number | undefined {
    const node = this.nodes[this.head]
    if (node === undefined) return undefined
    if (++this.head === this.nodes.length) {
      this.nodes = []
      this.head = 0
    }
    return node
  }
}
