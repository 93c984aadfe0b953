/**
 * The context that the engine gives to a running step.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { EventRecorder } from "./EventRecorder.ts"
import type { Fact } from "./model/ExecutionEvent.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { StepId } from "./model/StepId.ts"
import type { StopBound } from "./model/StopBound.ts"
import type { Secrets } from "./Secrets.ts"
import {
  FinishedAnyway,
  type Progress,
  type StepContextShape,
  type StepControl,
  StoppedHalfWay,
  type StopView
} from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/**
 * What a step's context needs of its execution.
 *
 * @since 0.1.0
 */
export interface Host {
  readonly id: ExecutionId
  readonly flowName: string
  readonly attempt: number
  readonly params: unknown
  readonly control: StepControl
  readonly recorder: EventRecorder
  readonly secrets: Secrets
  /** Completions and cursors are waited for: they must be stored before what comes after them begins. */
  readonly durable: boolean
  /** Milliseconds between cursors that nobody waits for. */
  readonly cursorMillis: number
  readonly quietChanged: (change: number) => void
  readonly answerOf: (step: string) => Effect.Effect<unknown>
}

/** At most four a second. */
const progressMillis = 250

/** Fields of a cursor that are about the items since the last one: held back, they add up. */
const perItem = ["results", "failures", "recovered"] as const

/** What most steps never use: made at the first use, so that a context is small. */
class Rare {
  kept: StepContextShape["kept"] | undefined
  control: StepControl | undefined = undefined
  stop: StopView | undefined = undefined
  timeout: AbortController | undefined = undefined
  signal: AbortSignal | undefined = undefined
  progress: Progress | undefined = undefined
  quietDepth = 0
  processes = 0
  hasTold = false
  toldAt = Number.NEGATIVE_INFINITY
  bound: (() => StopBound) | undefined = undefined
  untold: Fact | undefined = undefined
  untoldItems: { readonly [K in (typeof perItem)[number]]?: Array<unknown> } | undefined = undefined

  constructor(kept: StepContextShape["kept"] | undefined) {
    this.kept = kept
  }
}

/**
 * The context of one running step, made when it begins and of no effect once it has ended.
 *
 * @since 0.1.0
 */
export class StepContextLive implements StepContextShape {
  readonly step: StepId
  try = 1
  cursor: unknown
  /** Whether a stopping point has told the step to leave. */
  broke = false
  /** The last point from which the next attempt can go on. */
  lastCursor: unknown
  ended = false
  items: StepContextShape["items"] = undefined
  private readonly host: Host
  private rare: Rare | undefined

  constructor(host: Host, step: string, cursor: unknown, kept: StepContextShape["kept"] | undefined) {
    this.host = host
    this.step = step as StepId
    this.cursor = cursor
    this.lastCursor = cursor
    this.rare = kept === undefined ? undefined : new Rare(kept)
  }

  private get more(): Rare {
    this.rare ??= new Rare(undefined)
    return this.rare
  }
  get progress(): Progress | undefined {
    return this.rare?.progress
  }
  get execution(): ExecutionId {
    return this.host.id
  }
  get flow(): string {
    return this.host.flowName
  }
  get attempt(): number {
    return this.host.attempt
  }
  get params(): unknown {
    return this.host.params
  }
  get control(): StepControl {
    return this.rare?.control ?? this.host.control
  }
  get stop(): StopView {
    this.more.stop ??= StoppingPoint.view(this)
    return this.more.stop
  }
  get kept(): StepContextShape["kept"] {
    this.more.kept ??= {}
    return this.more.kept
  }
  get answer(): Effect.Effect<unknown> {
    return this.host.answerOf(this.step)
  }

  get signal(): AbortSignal {
    const more = this.more
    if (more.signal === undefined) {
      more.timeout ??= new AbortController()
      more.signal = AbortSignal.any([this.control.abortSignal, more.timeout.signal])
    }
    return more.signal
  }

  /** Tells Promise code that its time is over. */
  abort(reason: Error): void {
    this.more.timeout ??= new AbortController()
    this.more.timeout.abort(reason)
  }

  /** A context for the step's clean-up, which obeys another control and is told to leave by that alone. */
  forCleanUp(control: StepControl): StepContextLive {
    const context = new StepContextLive(this.host, this.step, this.lastCursor, this.rare?.kept)
    context.try = this.try
    context.items = this.items
    context.more.control = control
    return context
  }

  /** What the next try begins with. */
  beginTry(aTry: number): void {
    this.try = aTry
    this.cursor = this.lastCursor
    this.broke = false
    if (this.rare === undefined) return
    this.rare.stop = undefined
    this.rare.timeout = undefined
    this.rare.signal = undefined
  }

  // Functions are made when they are read, not with every context: a step that uses none of them costs nothing, and one
  // may still take them apart (`run: (input, { log }) => …`).
  get log(): StepContextShape["log"] {
    return (text, stream = "log") => this.host.recorder.log(this.step, this.try, stream, text)
  }
  get mask(): StepContextShape["mask"] {
    return this.host.secrets.text
  }
  get report(): StepContextShape["report"] {
    return (progress) => this.tellProgress(progress)
  }
  get saveCursor(): StepContextShape["saveCursor"] {
    return (cursor, progress) => this.keepCursor(cursor, progress)
  }
  get interrupted(): StepContextShape["interrupted"] {
    return (options) => new StoppedHalfWay(options ?? {})
  }
  get completed(): StepContextShape["completed"] {
    return (value) => new FinishedAnyway(value)
  }
  get record(): StepContextShape["record"] {
    return (fact) => {
      // A process may be found gone after its step was given up; the record says so all the same.
      if (!this.ended || fact.type === "process-exited") this.host.recorder.record(fact)
      this.more.hasTold = true
      if (fact.type === "process-started") this.more.processes++
      if (fact.type === "process-exited") this.more.processes--
    }
  }
  /** Whether it had more to tell than its beginning and its end. */
  get hasTold(): boolean {
    return this.rare !== undefined && (this.rare.hasTold || this.rare.progress !== undefined)
  }
  /** Whether a process that was started for it may be alive. */
  get hasProcesses(): boolean {
    return (this.rare?.processes ?? 0) > 0
  }
  get stopHere(): StepContextShape["stopHere"] {
    return (cursor) => {
      this.broke = true
      if (cursor !== undefined) this.lastCursor = cursor
    }
  }
  get quiet(): StepContextShape["quiet"] {
    return (on) => {
      if (this.ended) return
      const more = this.more
      more.quietDepth += on ? 1 : -1
      if (more.quietDepth === (on ? 1 : 0)) this.host.quietChanged(on ? 1 : -1)
    }
  }

  /** How soon it would stop at this moment, where it knows that better than its kind: a sub-flow does, while it runs. */
  get bound(): (() => StopBound) | undefined {
    return this.rare?.bound
  }
  set bound(of: (() => StopBound) | undefined) {
    this.more.bound = of
  }

  private tellProgress(told: Progress): void {
    if (this.ended) return
    // What is no number (0 of 0, an unknown total) can't be shown, nor written as JSON.
    const progress = {
      done: Number.isFinite(told.done) ? told.done : 0,
      total: told.total === undefined || !Number.isFinite(told.total) ? undefined : told.total,
      message: told.message
    }
    this.more.progress = progress
    this.tell({
      type: "step-progress",
      step: this.step,
      done: progress.done,
      ...(progress.total === undefined ? undefined : { total: progress.total }),
      ...(progress.message === undefined ? undefined : { message: progress.message })
    })
  }

  private keepCursor(
    cursor: unknown,
    progress: Parameters<StepContextShape["saveCursor"]>[1]
  ): Effect.Effect<void> | undefined {
    if (this.ended) return undefined
    this.lastCursor = cursor
    if (progress?.done !== undefined) this.more.progress = { done: progress.done, total: progress.total }
    const items = cursor === 0 ? this.rare?.kept?.items : undefined
    const fact: Fact = {
      type: "step-cursor",
      step: this.step,
      cursor,
      ...(progress?.done === undefined ? undefined : { done: progress.done }),
      ...(progress?.total === undefined ? undefined : { total: progress.total }),
      ...(items === undefined ? undefined : { items }),
      ...(progress?.failed === undefined ? undefined : { failed: progress.failed }),
      ...(progress?.results === undefined ? undefined : { results: progress.results }),
      ...(progress?.failures === undefined ? undefined : { failures: progress.failures }),
      ...(progress?.recovered === undefined ? undefined : { recovered: progress.recovered })
    }
    if (!this.host.durable) {
      if (items !== undefined) this.host.recorder.record(fact)
      else this.tell(fact, this.host.cursorMillis)
      return undefined
    }
    this.flushUntold()
    this.host.recorder.record(fact)
    return this.host.recorder.committed
  }

  // At most four a second, or as often as is said; what came between is merged into the last one, which is never lost.
  private tell(fact: Fact, everyMillis = progressMillis): void {
    if (this.more.untold !== undefined && this.more.untold.type !== fact.type) this.flushUntold()
    if (fact.type === "step-cursor") this.addItems(fact)
    this.more.untold = fact
    const now = performance.now()
    if (now - this.more.toldAt < everyMillis) return
    this.more.toldAt = now
    this.flushUntold()
  }

  /** Records what was held back. Called before the step's last event. */
  flushUntold(): void {
    const fact = this.rare?.untold
    if (fact === undefined) return
    this.more.untold = undefined
    const items = this.more.untoldItems
    this.more.untoldItems = undefined
    this.host.recorder.record(items === undefined ? fact : ({ ...fact, ...items } as Fact))
  }

  private addItems(fact: Extract<Fact, { readonly type: "step-cursor" }>): void {
    for (const key of perItem) {
      const more = fact[key]
      if (more === undefined) continue
      const held = (this.more.untoldItems ??= {}) as { [K in (typeof perItem)[number]]?: Array<unknown> }
      const list = (held[key] ??= [])
      for (const one of more) list.push(one)
    }
  }

  /** Whether the step does nothing at this moment. */
  get isQuiet(): boolean {
    return this.rare !== undefined && this.rare.quietDepth > 0
  }
}
