/**
 * Gives facts their sequence and hands them to the store: one append per turn of the event loop, never one per event.
 *
 * @since 0.1.0
 */
import { type Clock, Effect, type Exit, type Fiber } from "effect"
import { type Attempt, CompactBatch } from "./EventBatch.ts"
import * as EventLoop from "./EventLoop.ts"
import { type Claim, type ExecutionStoreShape, type Fenced, StoreUnavailable } from "./ExecutionStore.ts"
import type { ExecutionEvent, Fact } from "./model/ExecutionEvent.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { LogLine } from "./model/LogLine.ts"
import * as Secrets from "./Secrets.ts"

/** A relaxed recorder writes after so many milliseconds, or so many events. */
const relaxedMillis = 50
const relaxedEvents = 4096

/** Characters of a line that are kept. */
const longestLine = 65_536

// The end of the last line begins no other.
const linesOf = (text: string): ReadonlyArray<string> => text.replace(/\r?\n$/, "").split(/\r?\n/)

/**
 * What a recorder needs: where it writes, from which sequence on, and what it hides.
 *
 * @since 0.1.0
 */
export interface RecorderOptions {
  readonly store: ExecutionStoreShape
  readonly claim: Claim
  readonly attempt: number
  /** The sequence of the last event before, and of the last line. */
  readonly sequence: number
  readonly lineSequence: number
  readonly clock: Clock.Clock
  /** Step ids by node, and the values of completed steps. */
  readonly ids: ReadonlyArray<string>
  readonly values: ReadonlyArray<unknown>
  readonly secrets: Secrets.Secrets
  /** Nobody waits for steps to be stored: write at most every 50 ms. */
  readonly relaxed?: boolean | undefined
  readonly fork: <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>
  /** Called once when the store can't be written. */
  readonly onFailure: (error: Fenced | StoreUnavailable) => void
}

/**
 * The recorder of one attempt. It is used from one thread and never throws: a store that refuses is told by `failure`.
 *
 * @since 0.1.0
 */
export class EventRecorder {
  readonly id: ExecutionId
  sequence: number
  lineSequence: number
  /** How often what the store holds has changed. */
  changes = 0
  /** Set once the store refused: what is recorded from then on is lost, and this says why. */
  failure: Fenced | StoreUnavailable | undefined
  /** The monotonic clock at the last reading, in milliseconds. */
  monotonic = performance.now()
  private wall: number
  private wallReadAt = Number.NEGATIVE_INFINITY
  private readonly options: RecorderOptions
  private readonly attempt: number
  private readonly masked: boolean
  private readonly steps: Attempt
  private batch: CompactBatch
  private lines: Array<LogLine> = []
  private scheduled = false
  private timer: ReturnType<typeof setTimeout> | undefined
  private writing = false
  /** The last fact is recorded. */
  private ended = false
  private waiters: Array<() => void> = []
  private readonly readers = new Set<() => void>()

  constructor(options: RecorderOptions) {
    this.options = options
    this.wall = Math.trunc(options.clock.currentTimeMillisUnsafe())
    this.id = options.claim.execution
    this.attempt = options.attempt
    this.steps = { execution: this.id, attempt: this.attempt, ids: options.ids, values: options.values }
    this.batch = new CompactBatch(this.steps, options.sequence + 1)
    this.sequence = options.sequence
    this.lineSequence = options.lineSequence
    this.masked = options.secrets !== Secrets.none
  }

  /** More steps have become known: these are the ids of all. */
  grow(ids: ReadonlyArray<string>): void {
    this.steps.ids = ids
  }

  now(): number {
    this.wall = Math.trunc(this.options.clock.currentTimeMillisUnsafe())
    return this.wall
  }

  /**
   * Reads the clocks for the events of steps. Within a millisecond of the last reading the wall clock stands still, for a
   * step that is one of thousands in it; `record` always reads.
   */
  readClock(): void {
    const now = performance.now()
    if (now - this.wallReadAt >= 1) {
      this.wallReadAt = now
      this.now()
    }
    this.monotonic = now
  }

  /** Records a fact; answers when that was, in milliseconds since 1970. */
  record(fact: Fact): number {
    if (this.ended) return this.wall
    const event = {
      v: 1,
      execution: this.id,
      sequence: ++this.sequence,
      at: this.now(),
      attempt: this.attempt,
      ...(this.masked ? this.options.secrets.value(fact) : fact)
    } as ExecutionEvent
    this.batch.add(event)
    this.schedule()
    return event.at
  }

  /** Records the last fact; the claim is given back with it. What comes later, a line of a program that was given up, is dropped. */
  end(fact: Fact): void {
    this.record(fact)
    this.ended = true
  }

  // The two events that every step has cost no object until they are read.
  /** `told`: that it waited was told, so that this one has to be looked at. */
  stepStarted(node: number, aTry: number, cursor: unknown, told?: boolean): void {
    if (aTry !== 1 || cursor !== undefined || told === true) {
      const step = this.steps.ids[node]!
      this.record({ type: "step-started", step, try: aTry, ...(cursor === undefined ? undefined : { cursor }) })
      return
    }
    this.sequence++
    this.batch.stepStarted(node, this.wall)
    this.schedule()
  }

  /** `told`: events about the step came between the two, so that this one has to be looked at. */
  stepCompleted(node: number, aTry: number, tookMillis: number, told: boolean): void {
    if (aTry !== 1 || this.masked || told) {
      const value = this.steps.values[node]
      const masked = this.masked && this.options.secrets.value(value) !== value
      this.record({
        type: "step-completed",
        step: this.steps.ids[node]!,
        try: aTry,
        tookMillis: Math.round(tookMillis * 1000) / 1000,
        ...(value === undefined ? undefined : { value }),
        ...(masked ? { masked } : undefined)
      })
      return
    }
    this.sequence++
    this.batch.stepCompleted(node, this.wall, tookMillis)
    this.schedule()
  }

  /** Keeps what a step wrote: each of its lines, of one that is too long the beginning. */
  log(step: string, aTry: number, stream: LogLine["stream"], text: string): void {
    if (this.ended) return
    const at = this.now()
    for (const line of text.includes("\n") ? linesOf(text) : [text]) {
      const masked = this.options.secrets.text(line)
      const isLong = masked.length > longestLine
      this.lines.push({
        sequence: ++this.lineSequence,
        at,
        step,
        try: aTry,
        stream,
        text: isLong ? masked.slice(0, longestLine) : masked,
        ...(isLong ? { cut: true } : undefined)
      })
    }
    this.schedule()
  }

  /** What is recorded outlives the process. */
  get isDurable(): boolean {
    return this.options.store.durable
  }

  get claim(): Claim {
    return this.options.claim
  }

  /** Whether everything recorded is in the store. */
  get isCommitted(): boolean {
    return !this.writing && this.batch.length === 0 && this.lines.length === 0
  }

  /**
   * Calls back once everything recorded so far is in the store, or the store has refused: at once if it is. What is
   * recorded in the same turn shares one write.
   */
  whenCommitted(callback: () => void): void {
    if (this.isCommitted || this.failure !== undefined) return callback()
    this.waiters.push(callback)
    this.schedule()
  }

  /** The same as an effect. */
  get committed(): Effect.Effect<void> {
    return Effect.callback((resume) => this.whenCommitted(() => resume(Effect.void)))
  }

  /** The same, and the write begins now: a request to stop waits for nobody's turn. */
  whenCommittedNow(callback: () => void): void {
    this.whenCommitted(callback)
    this.flush()
  }

  /** Calls back at the next change of what the store holds, until the returned function is called. */
  onCommit(reader: () => void): () => void {
    this.readers.add(reader)
    return () => void this.readers.delete(reader)
  }

  private schedule(): void {
    if (this.scheduled || this.writing) return
    if (this.options.relaxed === true && this.waiters.length === 0 && this.batch.length < relaxedEvents) {
      this.timer ??= setTimeout(() => this.flush(), relaxedMillis)
      return
    }
    this.scheduled = true
    EventLoop.defer(() => {
      this.scheduled = false
      this.flush()
    })
  }

  /** Writes what there is, in the order of its recording; one write at a time. */
  flush(): void {
    if (this.writing) return
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.failure !== undefined) {
      this.batch = this.nextBatch()
      this.lines = []
    }
    if (this.batch.length === 0 && this.lines.length === 0) return this.tellWaiters()
    const { claim, fork, store } = this.options
    const events = this.batch
    const lines = this.lines
    // Those who wait for what is in this write; who comes during it waits for the next one, or, if there is none, for
    // this one.
    const told = this.waiters
    this.batch = this.nextBatch()
    this.lines = []
    this.waiters = []
    this.writing = true
    const done = () => {
      this.writing = false
      this.notify()
      for (const waiter of told) waiter()
      // One of them may have begun the next write.
      if (this.writing) return
      if (this.batch.length === 0 && this.lines.length === 0) this.tellWaiters()
      else this.schedule()
    }
    const append = events.length === 0 ? undefined : store.append(claim, events, { release: this.ended })
    const appendLog = lines.length === 0 ? undefined : store.appendLog(claim, lines)
    if (append === undefined || appendLog === undefined) return this.follow(fork((append ?? appendLog)!), done)
    // The claim goes with the last events, so the lines come before these.
    if (this.ended) return this.follow(fork(appendLog), () => this.follow(fork(append), done))
    // Both at once, so that a store can make one commit of them.
    let open = 2
    for (const write of [append, appendLog])
      this.follow(fork(write), () => {
        if (--open === 0) done()
      })
  }

  /** Tells readers to look again. */
  notify(): void {
    this.changes++
    for (const reader of [...this.readers]) reader()
  }

  private nextBatch(): CompactBatch {
    return new CompactBatch(this.steps, this.sequence + 1)
  }

  private tellWaiters(): void {
    const waiters = this.waiters
    if (waiters.length === 0) return
    this.waiters = []
    for (const waiter of waiters) waiter()
  }

  /** The claim was lost, or the store can't be written: nothing more is recorded. */
  fail(error: Fenced | StoreUnavailable): void {
    if (this.failure !== undefined) return
    this.failure = error
    this.options.onFailure(error)
  }

  private follow(fiber: Fiber.Fiber<void, Fenced | StoreUnavailable>, next: () => void): void {
    const done = (exit: Exit.Exit<void, Fenced | StoreUnavailable>) => {
      if (exit._tag === "Failure") {
        const reason = exit.cause.reasons[0]
        this.fail(
          reason !== undefined && reason._tag === "Fail"
            ? reason.error
            : new StoreUnavailable({ reason: "the write ended unexpectedly" })
        )
      }
      next()
    }
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) done(exit)
    else fiber.addObserver(done)
  }
}
