/**
 * The events of one append. Most of them say that a step began or completed; those are kept as numbers and become
 * objects when somebody reads them, since most executions of many steps are never read event by event.
 *
 * @since 0.1.0
 */
import type { ExecutionEvent } from "./model/ExecutionEvent.ts"

/**
 * A list of events whose sequences follow on each other. An array is one.
 *
 * @since 0.1.0
 */
export interface EventBatch extends Iterable<ExecutionEvent> {
  readonly length: number
  readonly slice: (from: number, to?: number) => ReadonlyArray<ExecutionEvent>
  /** Those that say more than that a step began or completed, where that is known without reading all. */
  readonly notable?: ReadonlyArray<ExecutionEvent>
}

/**
 * What the events of one attempt share.
 *
 * @since 0.1.0
 */
export interface Attempt {
  readonly execution: string
  readonly attempt: number
  /** Step ids by node. */
  readonly ids: ReadonlyArray<string>
  /** Values of completed steps by node. */
  readonly values: ReadonlyArray<unknown>
}

const started = 0
const completed = 1

const chunkBits = 8
const chunkSize = 1 << chunkBits
const chunkMask = chunkSize - 1

/**
 * A batch that grows until it is handed over.
 *
 * @since 0.1.0
 */
export class CompactBatch implements EventBatch {
  length = 0
  readonly notable: Array<ExecutionEvent> = []
  private readonly attempt: Attempt
  private readonly first: number
  // In chunks: a node and what happened to it, or −1 − the index of a notable event; and how long it took.
  private readonly codes: Array<Int32Array> = []
  private readonly took: Array<Float64Array> = []
  // When: the wall clock stands still for many events, so only its changes are kept, with the event at which they came.
  private readonly changedAt: Array<number> = []
  private readonly walls: Array<number> = []
  private wall = Number.NaN

  /** `first` is the sequence of its first event. */
  constructor(attempt: Attempt, first: number) {
    this.attempt = attempt
    this.first = first
  }

  add(event: ExecutionEvent): void {
    this.push(-1 - this.notable.length)
    this.notable.push(event)
  }

  stepStarted(node: number, at: number): void {
    if (at !== this.wall) this.change(at)
    this.push(node * 2 + started)
  }

  stepCompleted(node: number, at: number, tookMillis: number): void {
    if (at !== this.wall) this.change(at)
    const i = this.length
    this.push(node * 2 + completed)
    this.took[i >> chunkBits]![i & chunkMask] = tookMillis
  }

  private change(at: number): void {
    this.wall = at
    this.changedAt.push(this.length)
    this.walls.push(at)
  }

  private push(code: number): void {
    const i = this.length++
    if ((i & chunkMask) === 0) {
      this.codes.push(new Int32Array(chunkSize))
      this.took.push(new Float64Array(chunkSize))
    }
    this.codes[i >> chunkBits]![i & chunkMask] = code
  }

  private atOf(i: number): number {
    let low = 0
    let high = this.changedAt.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.changedAt[middle]! <= i) low = middle + 1
      else high = middle
    }
    return this.walls[low - 1]!
  }

  private event(i: number): ExecutionEvent {
    const code = this.codes[i >> chunkBits]![i & chunkMask]!
    if (code < 0) return this.notable[-1 - code]!
    const { attempt, execution, ids, values } = this.attempt
    const node = code >> 1
    const base = { v: 1, execution, sequence: this.first + i, at: this.atOf(i), attempt } as const
    if ((code & 1) === started) return { ...base, type: "step-started", step: ids[node]!, try: 1 }
    const value = values[node]
    return {
      ...base,
      type: "step-completed",
      step: ids[node]!,
      try: 1,
      tookMillis: Math.round(this.took[i >> chunkBits]![i & chunkMask]! * 1000) / 1000,
      ...(value === undefined ? undefined : { value })
    }
  }

  slice(from: number, to = this.length): ReadonlyArray<ExecutionEvent> {
    const out: Array<ExecutionEvent> = []
    for (let i = from; i < Math.min(to, this.length); i++) out.push(this.event(i))
    return out
  }

  *[Symbol.iterator](): Iterator<ExecutionEvent> {
    for (let i = 0; i < this.length; i++) yield this.event(i)
  }
}
