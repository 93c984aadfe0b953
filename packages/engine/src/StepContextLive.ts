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
  /** The store outlives the process, so cursors are waited for. */
  readonly durable: boolean
  readonly quietChanged: (change: number) => void
  readonly answerOf: (step: string) => Effect.Effect<unknown>
}

/** At most four a second. */
const progressMillis = 250

/**
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
  progress: Progress | undefined
  ended = false
  private readonly host: Host
  private keptParts: StepContextShape["kept"] | undefined
  private controlOverride: StepControl | undefined
  private stopView: StopView | undefined
  private timeoutController: AbortController | undefined
  private joinedSignal: AbortSignal | undefined
  private quietDepth = 0
  private toldAt = Number.NEGATIVE_INFINITY
  private untold: Fact | undefined
  private untoldResults: Array<unknown> | undefined

  constructor(host: Host, step: string, cursor: unknown, kept: StepContextShape["kept"] | undefined) {
    this.host = host
    this.step = step as StepId
    this.cursor = cursor
    this.lastCursor = cursor
    this.keptParts = kept
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
    return this.controlOverride ?? this.host.control
  }
  get stop(): StopView {
    this.stopView ??= StoppingPoint.view(this)
    return this.stopView
  }
  get kept(): StepContextShape["kept"] {
    this.keptParts ??= {}
    return this.keptParts
  }
  get answer(): Effect.Effect<unknown> {
    return this.host.answerOf(this.step)
  }

  get signal(): AbortSignal {
    if (this.joinedSignal === undefined) {
      this.timeoutController ??= new AbortController()
      this.joinedSignal = AbortSignal.any([this.control.abortSignal, this.timeoutController.signal])
    }
    return this.joinedSignal
  }

  /** Tells Promise code that its time is over. */
  abort(reason: Error): void {
    this.timeoutController ??= new AbortController()
    this.timeoutController.abort(reason)
  }

  /** A context for the step's clean-up, which obeys another control and is told to leave by that alone. */
  forCleanUp(control: StepControl): StepContextLive {
    const context = new StepContextLive(this.host, this.step, this.lastCursor, this.keptParts)
    context.try = this.try
    context.controlOverride = control
    return context
  }

  /** What the next try begins with. */
  beginTry(aTry: number): void {
    this.try = aTry
    this.cursor = this.lastCursor
    this.broke = false
    this.stopView = undefined
    this.timeoutController = undefined
    this.joinedSignal = undefined
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
    }
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
      this.quietDepth += on ? 1 : -1
      if (this.quietDepth === (on ? 1 : 0)) this.host.quietChanged(on ? 1 : -1)
    }
  }

  private tellProgress(progress: Progress): void {
    if (this.ended) return
    this.progress = progress
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
    if (progress?.done !== undefined) this.progress = { done: progress.done, total: progress.total }
    const results = progress?.results
    const items = cursor === 0 ? this.keptParts?.items : undefined
    const fact: Fact = {
      type: "step-cursor",
      step: this.step,
      cursor,
      ...(progress?.done === undefined ? undefined : { done: progress.done }),
      ...(progress?.total === undefined ? undefined : { total: progress.total }),
      ...(items === undefined ? undefined : { items }),
      ...(progress?.failed === undefined ? undefined : { failed: progress.failed }),
      ...(results === undefined ? undefined : { results })
    }
    if (!this.host.durable) {
      // Nothing outlives the process, so the last cursor is as good as all of them.
      if (items !== undefined) this.host.recorder.record(fact)
      else this.tell(fact)
      return undefined
    }
    this.flushUntold()
    this.host.recorder.record(fact)
    return Effect.callback<void>((resume) => this.host.recorder.whenCommitted(() => resume(Effect.void)))
  }

  // At most four a second; what came between is merged into the last one, which is never lost.
  private tell(fact: Fact): void {
    if (this.untold !== undefined && this.untold.type !== fact.type) this.flushUntold()
    if (fact.type === "step-cursor" && fact.results !== undefined) {
      this.untoldResults ??= []
      this.untoldResults.push(...fact.results)
    }
    this.untold = fact
    const now = performance.now()
    if (now - this.toldAt < progressMillis) return
    this.toldAt = now
    this.flushUntold()
  }

  /** Records what was held back. Called before the step's last event. */
  flushUntold(): void {
    const fact = this.untold
    if (fact === undefined) return
    this.untold = undefined
    const results = this.untoldResults
    this.untoldResults = undefined
    this.host.recorder.record(results === undefined ? fact : ({ ...fact, results } as Fact))
  }

  /** Whether the step does nothing at this moment. */
  get isQuiet(): boolean {
    return this.quietDepth > 0
  }
}
