/**
 * Where a request to stop is kept: a latch, not a message. Many may set it, the first wins; it is never used up, so
 * every fiber and every later check sees it. Reading it is reading a property.
 *
 * What was requested and what steps may see are two things: a strategy can keep the request from the steps.
 *
 * @since 0.1.0
 */
import type { InterruptSignal } from "./model/InterruptSignal.ts"
import type { Demand, StepControl } from "./StepContext.ts"

/**
 * The latch of one execution, or of one clean-up. It is used from one thread; listeners are called at once, in the
 * order in which they came.
 *
 * @since 0.1.0
 */
export class InterruptLatch implements StepControl {
  demand: Demand = "go"
  /** The first request. Set once. */
  requested: InterruptSignal | undefined = undefined
  private readonly listeners = new Set<(demand: Demand) => void>()
  private controller: AbortController | undefined

  /** The request, once steps may see it. */
  get signal(): InterruptSignal | undefined {
    return this.demand === "interrupt" || this.demand === "terminate" ? this.requested : undefined
  }

  get abortSignal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.demand === "interrupt" || this.demand === "terminate") this.controller.abort(this.requested)
    }
    return this.controller.signal
  }

  /** Keeps the first request; answers whether this one is it. */
  request(signal: InterruptSignal): boolean {
    if (this.requested !== undefined) return false
    this.requested = signal
    return true
  }

  /** Changes what is asked of steps. A request that steps have seen is never taken back. */
  ask(demand: Demand): void {
    if (this.demand === demand || this.demand === "terminate") return
    if (this.demand === "interrupt" && demand !== "terminate") return
    this.demand = demand
    if (demand === "interrupt" || demand === "terminate") this.controller?.abort(this.requested)
    // A listener may leave, or others come, while it is called.
    for (const listener of [...this.listeners]) listener(demand)
  }

  subscribe = (listener: (demand: Demand) => void): (() => void) => {
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
    }
  }
}
