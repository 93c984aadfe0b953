/**
 * The context of one item of a `forEach`, or of one batch: that of its step, save what would reach over to other items.
 * Its cursor, its partial value and its stopping points are its own; where the step goes on is the list's matter.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { StepId } from "./model/StepId.ts"
import type { Progress, StepContextShape, StepControl, StopView } from "./StepContext.ts"
import * as StoppingPoint from "./StoppingPoint.ts"

/**
 * The items under way. The step does nothing only while none of them does anything.
 *
 * @since 0.1.0
 */
export class ItemsUnderWay {
  readonly step: StepContextShape
  /** Of the whole list: how many items are done, of how many. */
  readonly progress: { done: number; readonly total: number | undefined }
  private active = 0
  private quiet = 0
  private isQuiet = false

  constructor(step: StepContextShape, progress: { done: number; readonly total: number | undefined }) {
    this.step = step
    this.progress = progress
  }

  changed(active: number, quiet: number): void {
    this.active += active
    this.quiet += quiet
    const isQuiet = this.active > 0 && this.quiet === this.active
    if (isQuiet === this.isQuiet) return
    this.isQuiet = isQuiet
    this.step.quiet(isQuiet)
  }
}

/**
 * What one item gets of the context of its step. It counts as under way from `begin` to `end`.
 *
 * @since 0.1.0
 */
export class ItemContext implements StepContextShape {
  readonly cursor = undefined
  readonly kept = {}
  /** Whether a stopping point has told the item to leave. */
  left = false
  private readonly underWay: ItemsUnderWay
  private readonly outer: StepContextShape
  private quietDepth = 0
  private stopView: StopView | undefined

  constructor(underWay: ItemsUnderWay) {
    this.underWay = underWay
    this.outer = underWay.step
  }

  /** An item is under way. A context may be used for one after the other. */
  begin(): void {
    this.left = false
    this.underWay.changed(1, 0)
  }

  /** The item is no longer under way. */
  end(): void {
    this.underWay.changed(-1, this.quietDepth > 0 ? -1 : 0)
    this.quietDepth = 0
  }

  get execution(): ExecutionId {
    return this.outer.execution
  }
  get flow(): string {
    return this.outer.flow
  }
  get step(): StepId {
    return this.outer.step
  }
  get attempt(): number {
    return this.outer.attempt
  }
  get try(): number {
    return this.outer.try
  }
  get params(): unknown {
    return this.outer.params
  }
  get items(): StepContextShape["items"] {
    return this.outer.items
  }
  get control(): StepControl {
    return this.outer.control
  }
  get stop(): StopView {
    this.stopView ??= StoppingPoint.view(this)
    return this.stopView
  }
  get signal(): AbortSignal {
    return this.outer.signal
  }
  get log(): StepContextShape["log"] {
    return this.outer.log
  }
  get mask(): StepContextShape["mask"] {
    return this.outer.mask
  }
  get record(): StepContextShape["record"] {
    return this.outer.record
  }
  get answer(): Effect.Effect<unknown> {
    return this.outer.answer
  }
  get interrupted(): StepContextShape["interrupted"] {
    return this.outer.interrupted
  }
  get completed(): StepContextShape["completed"] {
    return this.outer.completed
  }
  /** What an item says of itself is shown beside how far the list is. */
  get report(): StepContextShape["report"] {
    return ({ message }: Progress) => {
      if (message !== undefined) this.outer.report({ ...this.underWay.progress, message })
    }
  }
  /** An item has no cursor: one that was stopped half-way begins again. */
  get saveCursor(): StepContextShape["saveCursor"] {
    return () => undefined
  }
  get stopHere(): StepContextShape["stopHere"] {
    return () => {
      this.left = true
    }
  }
  get quiet(): StepContextShape["quiet"] {
    return (on) => {
      const before = this.quietDepth > 0
      this.quietDepth = Math.max(0, this.quietDepth + (on ? 1 : -1))
      const after = this.quietDepth > 0
      if (before !== after) this.underWay.changed(0, after ? 1 : -1)
    }
  }
}
