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
  /** The value of a completed step. */
  readonly valueOf: (node: number) => unknown
}

const started = 0
const completed = 1

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
  // A node and what happened to it, or −1 − the index of a notable event; when; and how long it took.
  private readonly codes: Array<number> = []
  private readonly at: Array<number> = []
  private readonly took: Array<number> = []

  /** `first` is the sequence of its first event. */
  constructor(attempt: Attempt, first: number) {
    this.attempt = attempt
    this.first = first
  }

  add(event: ExecutionEvent): void {
    this.push(-1 - this.notable.length, 0, 0)
    this.notable.push(event)
  }

  stepStarted(node: number, at: number): void {
    this.push(node * 2 + started, at, 0)
  }

  stepCompleted(node: number, at: number, tookMillis: number): void {
    this.push(node * 2 + completed, at, tookMillis)
  }

  private push(code: number, at: number, tookMillis: number): void {
    this.codes.push(code)
    this.at.push(at)
    this.took.push(tookMillis)
    this.length++
  }

  private event(i: number): ExecutionEvent {
    const code = this.codes[i]!
    if (code < 0) return this.notable[-1 - code]!
    const { attempt, execution, ids, valueOf } = this.attempt
    const node = code >> 1
    const base = { v: 1, execution, sequence: this.first + i, at: this.at[i]!, attempt } as const
    if ((code & 1) === started) return { ...base, type: "step-started", step: ids[node]!, try: 1 }
    const value = valueOf(node)
    return {
      ...base,
      type: "step-completed",
      step: ids[node]!,
      try: 1,
      tookMillis: Math.round(this.took[i]! * 1000) / 1000,
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
