/**
 * The places of shared limits of one attempt: which of its steps hold one, which wait for one, and that of the execution
 * as a whole. A flow without such limits has none of this.
 *
 * @since 0.1.0
 */
import type { Claim, Fenced, StoreUnavailable } from "./ExecutionStore.ts"
import * as FlowLimit from "./FlowLimit.ts"
import type * as Flow from "./Flow.ts"
import type { Waiting } from "./model/Waiting.ts"
import type { PlaceLine } from "./PlaceLine.ts"
import type { StepGraph } from "./StepGraph.ts"

/**
 * What an attempt is told of its places.
 *
 * @since 0.1.0
 */
export interface Owner {
  /** The execution as a whole has its place. */
  readonly entered: () => void
  /** It waits for one. */
  readonly waitsAsWhole: (waiting: Waiting) => void
  /** A step waits for its place. */
  readonly waits: (node: number, waiting: Waiting) => void
  /** These steps, which were sent away, may be started again: they have their places, or no longer wait for them. */
  readonly back: (nodes: ReadonlyArray<number>) => void
  readonly failed: (error: Fenced | StoreUnavailable) => void
}

/** One limit, as this attempt uses it. */
interface Used {
  readonly name: string
  readonly size: number
  /** Steps that ask, with what leaves the line; never more, with those that hold a place, than the limit has. */
  readonly asking: Map<number, () => void>
  /** Those that will ask when one of these is over, from `head` on. */
  next: Array<number>
  head: number
  held: number
}

/**
 * Whether a flow, or a step of it, may count against a limit that executions share.
 *
 * @since 0.1.0
 */
export const areUsed = (flow: Flow.Any): boolean => Object.values(flow.limits).some(FlowLimit.isShared)

/**
 * The limits that executions share which a flow may count against, as a whole or with one of its steps.
 *
 * @since 0.1.0
 */
export const namesOf = ({ flow, nodes, templates }: StepGraph): ReadonlySet<string> => {
  const steps = [nodes, ...[...templates.values()].map((part) => part.nodes)].flatMap((part) => [...part.values()])
  const names = [flow.limit, ...steps.map(({ step }) => step.options.limit)]
  return new Set(
    names.filter((name): name is string => name !== undefined && FlowLimit.sharedSize(flow.limits, name) !== undefined)
  )
}

/**
 * The places of one attempt. It is used from one thread.
 *
 * @since 0.1.0
 */
export class ExecutionPlaces {
  private readonly line: PlaceLine
  private readonly claim: Claim
  private readonly flow: Flow.Any
  private readonly step: (node: number) => { readonly id: string; readonly limit: string | undefined }
  private readonly owner: Owner
  private readonly used = new Map<string, Used>()
  /** Steps that have their place, and whether they have begun. */
  private readonly held = new Map<number, { readonly of: Used; begun: boolean }>()
  private readonly told = new Set<number>()
  private whole: "none" | "asking" | "waiting" | "held" = "none"
  private leaveWhole: (() => void) | undefined
  private closed = false

  constructor(options: {
    readonly line: PlaceLine
    readonly claim: Claim
    readonly flow: Flow.Any
    readonly step: (node: number) => { readonly id: string; readonly limit: string | undefined }
    readonly owner: Owner
  }) {
    this.line = options.line
    this.claim = options.claim
    this.flow = options.flow
    this.step = options.step
    this.owner = options.owner
  }

  /** Whether the execution as a whole may begin: it has a place, or needs none. Else it asks, and `entered` says so. */
  enters(): boolean {
    const { limit, limits } = this.flow
    const size = FlowLimit.sharedSize(limits, limit)
    if (limit === undefined || size === undefined || this.whole === "held") return true
    if (this.whole !== "none") return false
    this.whole = "asking"
    let atOnce = true
    this.leaveWhole = this.line.ask({
      claim: this.claim,
      place: { limit, size },
      taken: () => {
        this.whole = "held"
        if (!atOnce) this.owner.entered()
      },
      waits: (waiting) => {
        this.whole = "waiting"
        this.owner.waitsAsWhole(waiting)
      },
      failed: (error) => this.failed(error)
    })
    atOnce = false
    return this.wholeIs("held")
  }

  /** Whether the execution stands in line as a whole. */
  get isWaiting(): boolean {
    return this.whole === "waiting"
  }

  // A method, for the compiler does not know that asking may change it.
  private wholeIs(state: ExecutionPlaces["whole"]): boolean {
    return this.whole === state
  }

  /** Whether a step counts against a shared limit and has no place of it. */
  lacks(node: number): boolean {
    return this.sizeFor(node) !== undefined && !this.held.has(node)
  }

  /** Whether a step may begin: it has its place, or needs none. Else it was sent away, and `back` brings it back. */
  admits(node: number): boolean {
    const size = this.sizeFor(node)
    if (size === undefined) return true
    const place = this.held.get(node)
    if (place !== undefined) {
      place.begun = true
      return true
    }
    const limit = this.of(this.step(node).limit!, size)
    if (limit.asking.size + limit.held >= limit.size) {
      limit.next.push(node)
      return false
    }
    if (!this.ask(limit, node)) return false
    this.held.get(node)!.begun = true
    return true
  }

  /** A step is over, or was not begun after all. */
  giveBack(node: number): void {
    const place = this.held.get(node)
    if (place === undefined) return
    this.held.delete(node)
    place.of.held--
    this.line.giveBack(this.asked(place.of, node))
    this.askNext(place.of)
  }

  /** Nothing may begin: who waits leaves the line, and who has a place and has not begun gives it back. */
  leave(): void {
    if (this.whole === "asking" || this.whole === "waiting") {
      this.whole = "none"
      this.leaveWhole?.()
    }
    const nodes: Array<number> = []
    for (const limit of this.used.values()) {
      for (const [node, leave] of limit.asking) {
        nodes.push(node)
        leave()
      }
      limit.asking.clear()
      for (const node of limit.next.slice(limit.head)) nodes.push(node)
      limit.next = []
      limit.head = 0
    }
    for (const [node, place] of this.held)
      if (!place.begun) {
        this.held.delete(node)
        place.of.held--
        this.line.giveBack(this.asked(place.of, node))
      }
    if (nodes.length > 0) this.owner.back(nodes)
  }

  /** Whether it was said that this step waits; it is said once that it no longer does. */
  wasTold(node: number): boolean {
    return this.told.delete(node)
  }

  /** The attempt is over: with its claim the store frees all that it has. */
  close(): void {
    this.closed = true
    this.leaveWhole?.()
    for (const { asking } of this.used.values()) for (const leave of asking.values()) leave()
  }

  private sizeFor(node: number): number | undefined {
    return FlowLimit.sharedSize(this.flow.limits, this.step(node).limit)
  }

  private of(name: string, size: number): Used {
    let limit = this.used.get(name)
    if (limit === undefined) {
      limit = { name, size, asking: new Map(), next: [], head: 0, held: 0 }
      this.used.set(name, limit)
    }
    return limit
  }

  private asked({ name, size }: Used, node: number) {
    const place = { limit: name, size, step: this.step(node).id }
    return { claim: this.claim, place, failed: (error: Fenced | StoreUnavailable) => this.failed(error) }
  }

  private failed(error: Fenced | StoreUnavailable): void {
    if (!this.closed) this.owner.failed(error)
  }

  /** Asks for the place of a step; `true` when it has it at once. */
  private ask(limit: Used, node: number): boolean {
    let isTaken = false
    let atOnce = true
    const leave = this.line.ask({
      ...this.asked(limit, node),
      taken: () => {
        isTaken = true
        limit.asking.delete(node)
        limit.held++
        this.held.set(node, { of: limit, begun: false })
        if (!atOnce) this.owner.back([node])
      },
      waits: (waiting) => {
        this.told.add(node)
        this.owner.waits(node, waiting)
      }
    })
    atOnce = false
    if (!isTaken) limit.asking.set(node, leave)
    return isTaken
  }

  private askNext(limit: Used): void {
    while (!this.closed && limit.head < limit.next.length && limit.asking.size + limit.held < limit.size) {
      const node = limit.next[limit.head++]!
      if (limit.head === limit.next.length) {
        limit.next = []
        limit.head = 0
      }
      if (this.ask(limit, node)) this.owner.back([node])
    }
  }
}
