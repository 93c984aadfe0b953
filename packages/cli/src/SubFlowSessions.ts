/**
 * The sub-flows of the execution on the screen, followed beside it: the lines that their steps write, gates that open in
 * them, and their processes. Steps of them are named as they are seen from above: `notes/tag`.
 */
import {
  type ExecutionEvent,
  type ExecutionId,
  ExecutionState,
  type Executions,
  FlowDescription,
  type LogLine,
  ParentStep
} from "@halte/engine/model"
import { Effect, Stream } from "effect"

export interface Options {
  readonly executions: Executions.ExecutionsShape
  /** Shows a line; absent where none is wanted. */
  readonly log: ((line: LogLine.LogLine) => void) | undefined
  /** A gate has opened: `step` as it is seen from above, `gate` in its own execution. */
  readonly gate: (at: { readonly id: ExecutionId.ExecutionId; readonly gate: string; readonly step: string }) => void
  readonly fork: (effect: Effect.Effect<void>) => unknown
}

/** Followed from the moment on that the steps that run them say how far they are. */
export class SubFlowSessions {
  private readonly options: Options
  private readonly states = new Map<string, ExecutionState.ExecutionState | undefined>()

  constructor(options: Options) {
    this.options = options
  }

  /** Looks whether an event tells of a sub-flow that is not followed yet. `path`: what stands before its steps. */
  observe(event: ExecutionEvent.ExecutionEvent, state: ExecutionState.ExecutionState, path = ""): void {
    if (event.type === "step-started") {
      // One that has ended, and goes on with another try or attempt, is followed anew.
      const again = ParentStep.inCursor(event.cursor)
      if (again !== undefined) this.states.delete(again)
    }
    if (event.type !== "step-progress") return
    const child = ParentStep.inCursor(state.steps.get(event.step)?.cursor)
    if (child === undefined || this.states.has(child)) return
    const step = FlowDescription.leaves(state.definition).find(({ id }) => id === event.step)
    if (step?.kind === "flow") this.follow(child, `${path}${event.step}/`, event.at)
  }

  /** Groups of their processes that may be alive. */
  get groups(): ReadonlyArray<number> {
    return [...this.states.values()].flatMap((state) =>
      (state?.processes ?? []).flatMap((p) =>
        p.attempt === state?.attempt && p.exited === undefined && p.group !== undefined ? [p.group] : []
      )
    )
  }

  private follow(id: ExecutionId.ExecutionId, path: string, since: number): void {
    const { executions, fork, gate, log } = this.options
    this.states.set(id, undefined)
    // What can't be followed is missed by nobody who waits for the end: that comes from above.
    const missed = Effect.catch(() => Effect.void)
    const events = Stream.runForEachArray(executions.events(id), (events) =>
      Effect.sync(() => {
        const state = ExecutionState.fold(this.states.get(id), events)
        this.states.set(id, state)
        if (state === undefined) return
        for (const event of events) {
          if (event.attempt < state.attempt) continue
          this.observe(event, state, path)
          if (event.type === "gate-opened" && state.steps.get(event.step)?.gate !== undefined)
            gate({ id, gate: event.step, step: path + event.step })
        }
      })
    )
    fork(missed(events))
    if (log === undefined) return
    const lines = Stream.runForEach(executions.logs(id), (line) =>
      Effect.sync(() => {
        // Lines have no attempt: those from before are of an earlier one.
        if (line.at >= since - earlierMillis) log({ ...line, step: path + line.step })
      })
    )
    fork(missed(lines))
  }
}

/** A step of a sub-flow may have written before the step that runs it has said anything. */
const earlierMillis = 1000
