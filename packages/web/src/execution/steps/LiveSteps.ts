/**
 * The state of an execution, step by step: of thousands of steps only those that an event is about are drawn anew.
 */
import { type ExecutionState, ExecutionState as State, type ExecutionStatus } from "@halte/engine/model"
import { useSyncExternalStore } from "react"
import type { Feed } from "../../live/ExecutionFeed.ts"
import { isHeld } from "./Held.ts"
import { ancestors, type Place, places } from "./StepRows.ts"

/** What is known of one step or group; the same object for as long as nothing about it changes. */
export interface StepView {
  readonly place: Place
  readonly status: ExecutionStatus.StepStatus
  /** Of a step. */
  readonly step: ExecutionState.StepState | undefined
  /** Of a group: how many of its steps are done, skipped ones among them. */
  readonly done: number
  /** The last process that it started. */
  readonly process: ExecutionState.ProcessState | undefined
  /** Whether a stop takes effect before it: it is what would have begun next. */
  readonly holds: boolean
  readonly execution: Pick<ExecutionState.ExecutionState, "id" | "status" | "attempt" | "strategy" | "attemptStartedAt">
  /** When the execution was asked to stop. */
  readonly requestedAt: number | undefined
}

export class LiveSteps {
  private feed: Feed | undefined
  private state: ExecutionState.ExecutionState | undefined
  private all: ReadonlyMap<string, Place> = new Map()
  private readonly views = new Map<string, StepView>()
  private readonly listeners = new Map<string, Set<() => void>>()
  /** By a step or a group: what names it in its `after`. */
  private readonly dependents = new Map<string, Array<Place>>()
  private execution: StepView["execution"] | undefined
  private processes: ReadonlyMap<string, ExecutionState.ProcessState> = new Map()

  /** Milliseconds that a running step still needs. */
  timeLeft(step: string, now: number): number | undefined {
    return this.feed?.timeLeft.of(step, now)
  }

  /** Whether there is a state to read. */
  get begun(): boolean {
    return this.state !== undefined
  }

  get history(): Feed["history"] | undefined {
    return this.feed?.history
  }

  /** Takes over what the feed has; who listens to a step that changed is told. */
  show(feed: Feed, state: ExecutionState.ExecutionState): void {
    this.feed = feed
    const before = this.state
    if (before === state) return
    this.state = state
    const anew = before === undefined || before.definition !== state.definition
    if (anew) this.take(state)
    const { attempt, attemptStartedAt, id, status, strategy } = state
    if (anew || before.status !== status || before.attempt !== attempt || before.signal !== state.signal) {
      this.execution = { id, attempt, attemptStartedAt, status, strategy }
      if (before?.processes !== state.processes) this.processes = lastProcesses(state)
      this.views.clear()
      return this.tell(this.listeners.keys())
    }
    const changed = new Set<string>()
    for (const [id, step] of state.steps) if (before.steps.get(id) !== step) changed.add(id)
    if (before.processes !== state.processes) {
      const processes = lastProcesses(state)
      for (const [step, process] of processes) if (this.processes.get(step) !== process) changed.add(step)
      this.processes = processes
    }
    for (const id of [...changed]) for (const group of ancestors(this.all, id)) changed.add(group)
    // What waits for it may now be what a stop holds.
    if (holding.has(status))
      for (const id of [...changed])
        for (const next of this.dependents.get(id) ?? []) for (const leaf of next.leaves) changed.add(leaf)
    for (const id of changed) this.views.delete(id)
    this.tell(changed)
  }

  private take(state: ExecutionState.ExecutionState): void {
    this.all = places(state.definition)
    this.dependents.clear()
    for (const place of this.all.values())
      for (const before of place.step.after) {
        const known = this.dependents.get(before)
        if (known === undefined) this.dependents.set(before, [place])
        else known.push(place)
      }
  }

  private tell(ids: Iterable<string>): void {
    for (const id of [...ids]) for (const listener of this.listeners.get(id) ?? []) listener()
  }

  subscribe(id: string, listener: () => void): () => void {
    const known = this.listeners.get(id) ?? new Set()
    known.add(listener)
    this.listeners.set(id, known)
    return () => {
      known.delete(listener)
      if (known.size === 0) this.listeners.delete(id)
    }
  }

  /** What is known of a step or a group; `undefined` of one that the flow does not have. */
  view(id: string): StepView | undefined {
    const before = this.views.get(id)
    if (before !== undefined) return before
    const place = this.all.get(id)
    if (place === undefined || this.state === undefined || this.execution === undefined) return undefined
    const view = this.look(place, this.state, this.execution)
    this.views.set(id, view)
    return view
  }

  private look(place: Place, state: ExecutionState.ExecutionState, execution: StepView["execution"]): StepView {
    const { leaves, step } = place
    const group = step.steps !== undefined
    const own = group ? undefined : state.steps.get(step.id)
    let done = 0
    for (const leaf of leaves) if (isDone(state, leaf)) done++
    return {
      place,
      status: group ? State.groupStatus(state, step) : (own?.status ?? "Waiting"),
      step: own,
      done,
      process: this.processes.get(step.id),
      holds: holding.has(state.status) && isHeld(this.all, place, state),
      execution,
      requestedAt: state.signal?.requestedAt
    }
  }
}

const holding: ReadonlySet<ExecutionStatus.ExecutionStatus> = new Set([
  "Interrupting",
  "Interrupted",
  "Pausing",
  "Paused"
])

const isDone = (state: ExecutionState.ExecutionState, id: string): boolean => {
  const status = state.steps.get(id)?.status
  return status === "Completed" || status === "Skipped"
}

const lastProcesses = (state: ExecutionState.ExecutionState) =>
  new Map(state.processes.map((process) => [process.step, process]))

/** Reads one step, and draws anew when that changes. */
export const useStepView = (live: LiveSteps, id: string): StepView | undefined =>
  useSyncExternalStore(
    (changed) => live.subscribe(id, changed),
    () => live.view(id),
    () => live.view(id)
  )
