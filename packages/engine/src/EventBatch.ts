/**
 * The events of one append. Most of them say that a step began or completed; those are kept as numbers and become
 * objects when somebody reads them, since most executions of many steps are never read event by event.
 *
 * @since 0.1.0
 */
import * as BlobReference from "./model/BlobReference.ts"
import * as ExecutionEvent from "./model/ExecutionEvent.ts"

/**
 * A list of events whose sequences follow on each other. An array is one.
 *
 * @since 0.1.0
 */
export interface EventBatch extends Iterable<ExecutionEvent.ExecutionEvent> {
  readonly length: number
  readonly slice: (from: number, to?: number) => ReadonlyArray<ExecutionEvent.ExecutionEvent>
  /** Those that say more than that a step began or completed, where that is known without reading all. */
  readonly notable?: ReadonlyArray<ExecutionEvent.ExecutionEvent>
  /** How many steps completed that are not among `notable`. */
  readonly completions?: number
  /** The same as `encode`, where that is known without making the events. */
  readonly encode?: (apart: Apart) => Array<string>
  /** The same as `visit`, where that is known without making the events. */
  readonly visit?: (visitor: EventVisitor) => void
}

/**
 * Is shown events one by one, the two that every step has without an object in between.
 *
 * @since 0.1.0
 */
export interface EventVisitor {
  /** The first try of a step began, from the start. */
  readonly stepStarted: (step: string, at: number) => void
  /** It completed in its first try. */
  readonly stepCompleted: (step: string, at: number, tookMillis: number) => void
  /** Any other event, and of the two above those that say more. */
  readonly event: (event: ExecutionEvent.ExecutionEvent) => void
}

/**
 * Shows a visitor the events of a batch, in order.
 *
 * @since 0.1.0
 */
export const visit = (batch: EventBatch, visitor: EventVisitor): void => {
  if (batch.visit !== undefined) batch.visit(visitor)
  else for (const event of batch) visitor.event(event)
}

/**
 * How a store keeps large values apart: those whose JSON text is longer than `over` characters are handed to `keep`,
 * which answers what stands in their place.
 *
 * @since 0.1.0
 */
export interface Apart {
  readonly over: number
  readonly keep: (json: string) => BlobReference.BlobReference
}

/**
 * Each event of a batch as the one line of JSON that is stored and sent, large values kept apart. The same bytes as
 * `ExecutionEvent.toJson` gives for what is then read back.
 *
 * @since 0.1.0
 */
export const encode = (batch: EventBatch, apart: Apart): Array<string> =>
  batch.encode?.(apart) ?? Array.from(batch, (event) => encodeEvent(event, apart))

const encodeEvent = (event: ExecutionEvent.ExecutionEvent, apart: Apart): string => {
  const line = ExecutionEvent.toJson(event)
  if (line.length <= apart.over || !BlobReference.fields.some((name) => name in event)) return line
  const fields = JSON.parse(line) as Record<string, unknown>
  const references: Record<string, BlobReference.BlobReference> = {}
  for (const name of BlobReference.fields) {
    const json = fields[name] === undefined ? "" : JSON.stringify(fields[name])
    if (json.length <= apart.over) continue
    delete fields[name]
    references[name] = apart.keep(json)
  }
  return Object.keys(references).length === 0 ? line : JSON.stringify({ ...fields, references })
}

/**
 * What the events of one attempt share.
 *
 * @since 0.1.0
 */
export interface Attempt {
  readonly execution: string
  readonly attempt: number
  /** Step ids by node; more may follow. */
  ids: ReadonlyArray<string>
  /** Values of completed steps by node. */
  readonly values: ReadonlyArray<unknown>
}

const started = 0
const completed = 1

const chunkBits = 8
const chunkSize = 1 << chunkBits
/** Of a chain two events are stored at a time: the first chunk begins small. */
const firstSize = 8
const chunkMask = chunkSize - 1

/**
 * A batch that grows until it is handed over.
 *
 * @since 0.1.0
 */
export class CompactBatch implements EventBatch {
  length = 0
  completions = 0
  readonly notable: Array<ExecutionEvent.ExecutionEvent> = []
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

  add(event: ExecutionEvent.ExecutionEvent): void {
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
    this.completions++
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
      const size = i === 0 ? firstSize : chunkSize
      this.codes.push(new Int32Array(size))
      this.took.push(new Float64Array(size))
    } else if (i === firstSize) this.enlargeFirst()
    this.codes[i >> chunkBits]![i & chunkMask] = code
  }

  private enlargeFirst(): void {
    const codes = new Int32Array(chunkSize)
    const took = new Float64Array(chunkSize)
    codes.set(this.codes[0]!)
    took.set(this.took[0]!)
    this.codes[0] = codes
    this.took[0] = took
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

  private event(i: number): ExecutionEvent.ExecutionEvent {
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
      tookMillis: this.tookOf(i),
      ...(value === undefined ? undefined : { value })
    }
  }

  /** The two events of every step as text, without an object in between. */
  encode(apart: Apart): Array<string> {
    const { attempt, execution, ids, values } = this.attempt
    const head = `{"v":1,"execution":${JSON.stringify(execution)},"sequence":`
    const out = new Array<string>(this.length)
    for (let i = 0; i < this.length; i++) {
      const code = this.codes[i >> chunkBits]![i & chunkMask]!
      const node = code >> 1
      if (code < 0) out[i] = encodeEvent(this.notable[-1 - code]!, apart)
      else {
        const base = `${head}${this.first + i},"at":${this.atOf(i)},"attempt":${attempt},"type":`
        const step = JSON.stringify(ids[node]!)
        if ((code & 1) === started) out[i] = `${base}"step-started","step":${step},"try":1}`
        else {
          const value = valueText(values[node])
          // What JSON can't hold is written the long way.
          if (value === undefined || value.length > apart.over) out[i] = encodeEvent(this.event(i), apart)
          else out[i] = `${base}"step-completed","step":${step},"try":1,"tookMillis":${this.tookOf(i)}${value}}`
        }
      }
    }
    return out
  }

  visit(visitor: EventVisitor): void {
    const { ids } = this.attempt
    let change = 0
    for (let i = 0; i < this.length; i++) {
      const code = this.codes[i >> chunkBits]![i & chunkMask]!
      if (code < 0) {
        visitor.event(this.notable[-1 - code]!)
        continue
      }
      while (change + 1 < this.changedAt.length && this.changedAt[change + 1]! <= i) change++
      const step = ids[code >> 1]!
      const at = this.walls[change]!
      if ((code & 1) === started) visitor.stepStarted(step, at)
      else visitor.stepCompleted(step, at, this.tookOf(i))
    }
  }

  private tookOf(i: number): number {
    return Math.round(this.took[i >> chunkBits]![i & chunkMask]! * 1000) / 1000
  }

  slice(from: number, to = this.length): ReadonlyArray<ExecutionEvent.ExecutionEvent> {
    const out: Array<ExecutionEvent.ExecutionEvent> = []
    for (let i = from; i < Math.min(to, this.length); i++) out.push(this.event(i))
    return out
  }

  *[Symbol.iterator](): Iterator<ExecutionEvent.ExecutionEvent> {
    for (let i = 0; i < this.length; i++) yield this.event(i)
  }
}

const valueText = (value: unknown): string | undefined => {
  if (value === undefined) return ""
  if (typeof value === "number" && Number.isFinite(value)) return `,"value":${value}`
  try {
    const json = JSON.stringify(value)
    return json === undefined ? "" : `,"value":${json}`
  } catch {
    return undefined
  }
}
