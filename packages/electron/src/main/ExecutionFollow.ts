/**
 * One execution, followed: what is known of it at first, then every event, folded by the same fold as everywhere. It goes
 * on over ends and failures for as long as somebody runs it.
 */
import {
  type ExecutionEvent,
  type ExecutionId,
  type Executions,
  ExecutionState,
  ExecutionStatus
} from "@halte/engine/model"
import { Effect, Fiber, Stream } from "effect"

export interface Options {
  readonly executions: Pick<Executions.ExecutionsShape, "get" | "events" | "list">
  readonly id: string
  /** Whether more is to be expected: then an end, or a failure, is not the last word. */
  readonly isLive: () => boolean
  /** It is under way, and this is how it stands now. */
  readonly onState: (state: ExecutionState.ExecutionState) => void
  /** An attempt ended. `wasSeen`: it was seen under way before; otherwise this is how it was found. */
  readonly onEnded: (state: ExecutionState.ExecutionState, wasSeen: boolean) => void
  /** Nothing more will be told. */
  readonly onDone: () => void
  /** How soon it is looked at again after an end or a failure. @default 1000 */
  readonly againMillis?: number | undefined
}

export interface ExecutionFollow {
  /** `isLive` answers something else now. */
  readonly look: () => void
  readonly close: () => void
}

export const make = (options: Options): ExecutionFollow => new Following(options)

class Following implements ExecutionFollow {
  private readonly options: Options
  private readonly id: ExecutionId.ExecutionId
  private readonly fiber: Fiber.Fiber<void>
  private state: ExecutionState.ExecutionState | undefined
  /** An attempt under way was seen, and its end was not. */
  private isOpen = false
  private wake: (() => void) | undefined

  constructor(options: Options) {
    this.options = options
    this.id = options.id as ExecutionId.ExecutionId
    this.fiber = Effect.runFork(this.run())
  }

  readonly look = (): void => this.wake?.()

  readonly close = (): void => {
    Effect.runFork(Fiber.interrupt(this.fiber))
  }

  private run(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      // Whoever makes it has it in hand before anything is told.
      yield* Effect.yieldNow
      for (;;) {
        // Looked at once more after nobody runs it any more: its end is recorded by then.
        const wasLive = this.options.isLive()
        // What fails now is looked at again, as long as it is there at all.
        yield* Effect.ignore(this.read())
        const isKnown = this.state !== undefined && !this.isOpen
        if (!wasLive || (isKnown && !this.options.isLive())) break
        yield* this.untilLook()
      }
      this.options.onDone()
    })
  }

  private read() {
    return Effect.gen({ self: this }, function* () {
      const { executions } = this.options
      if (this.state !== undefined && !this.isOpen) {
        const [listed] = yield* executions.list({ ending: this.id, limit: 1 })
        if (listed === undefined || listed.sequence <= this.state.sequence) return
      }
      const found = yield* executions.get(this.id)
      this.advance(found)
      if (ExecutionStatus.isEnded(found.status)) return
      yield* Stream.runForEachArray(executions.events(this.id, found.sequence), (events) =>
        Effect.sync(() => this.observe(events))
      )
    })
  }

  private observe(events: ReadonlyArray<ExecutionEvent.ExecutionEvent>): void {
    let from = 0
    const fold = (to: number) => {
      const state = ExecutionState.fold(this.state, events.slice(from, to))
      from = to
      if (state !== undefined) this.advance(state)
    }
    // Each end is told as it was, also when the next attempt is in the same batch.
    for (const [i, { type }] of events.entries()) if (type === "execution-ended") fold(i + 1)
    if (from < events.length) fold(events.length)
  }

  private advance(state: ExecutionState.ExecutionState): void {
    const before = this.state
    this.state = state
    if (!ExecutionStatus.isEnded(state.status)) {
      this.isOpen = true
      this.options.onState(state)
      return
    }
    const wasSeen = this.isOpen
    this.isOpen = false
    // What comes after an end, as a request that is late, is no other end.
    if (wasSeen || before?.attempt !== state.attempt) this.options.onEnded(state, wasSeen)
  }

  private untilLook(): Effect.Effect<void> {
    return Effect.callback<void>((resume) => {
      const timer = setTimeout(() => this.wake?.(), this.options.againMillis ?? 1000)
      const end = () => {
        clearTimeout(timer)
        this.wake = undefined
      }
      this.wake = () => {
        end()
        resume(Effect.void)
      }
      return Effect.sync(end)
    })
  }
}
