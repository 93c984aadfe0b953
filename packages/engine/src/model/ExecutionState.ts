/**
 * The state of an execution: the fold of its events, in the engine, in the store, in the command line and in the page.
 *
 * @since 0.1.0
 */
import type { References } from "./BlobReference.ts"
import type { ExecutionEvent, Of } from "./ExecutionEvent.ts"
import type { ExecutionId } from "./ExecutionId.ts"
import { type ExecutionStatus, isActive, isEnded, type StepStatus } from "./ExecutionStatus.ts"
import * as FlowDescription from "./FlowDescription.ts"
import type { InterruptSignal, InterruptSource } from "./InterruptSignal.ts"
import type { InterruptStrategy } from "./InterruptStrategy.ts"
import { change, type ItemFailure } from "./ItemFailure.ts"
import type { Outcome } from "./Outcome.ts"
import type { ParentStep } from "./ParentStep.ts"
import type { Partition } from "./Partition.ts"
import type { StepFailure } from "./StepFailure.ts"
import type { StopBound } from "./StopBound.ts"
import type { Waiting } from "./Waiting.ts"

/**
 * The state of one step.
 *
 * @since 0.1.0
 */
export interface StepState {
  readonly id: string
  readonly status: StepStatus
  /** While it waits for a place of a shared limit. */
  readonly waits?: Waiting
  /** The attempt in which it last began; 0 when it never did. */
  readonly attempt: number
  readonly try: number
  readonly startedAt?: number
  readonly endedAt?: number
  readonly tookMillis?: number
  readonly cursor?: unknown
  /** Of a `forEach`: its items as first evaluated, how many failed, and the collected results. */
  readonly items?: ReadonlyArray<unknown>
  readonly failed?: number
  readonly results?: ReadonlyArray<unknown>
  /** Of a `forEach` that goes on after failed items: those, in the order of the items. */
  readonly failures?: ReadonlyArray<ItemFailure>
  readonly done?: number
  readonly total?: number
  readonly message?: string
  readonly value?: unknown
  readonly partial?: unknown
  /** Which of these, and of `items`, are kept apart because they are large. */
  readonly references?: References
  /** A secret was left out of the value. */
  readonly masked?: boolean
  readonly failure?: StepFailure
  /** While it waits before another try. */
  readonly retryAt?: number
  readonly skipped?: "condition" | "input-skipped"
  readonly gate?: { readonly message: string; readonly schema?: Readonly<Record<string, unknown>> }
  readonly detail?: string
  readonly stopMillis?: number
  /** How long it has gone without a stopping point, when that is too long. */
  readonly overdueMillis?: number
  readonly cleanUp?: "running" | "done" | "failed"
  /** The sequence of its completion: which of two completed steps was the later one. */
  readonly completedAs?: number
  /** The innermost group whose undo took it back, while its own undo and those of groups in between are still due. */
  readonly undoneWith?: string
}

/**
 * One clean-up or undo of the latest attempt: of a step, of a group, or of the flow.
 *
 * @since 0.1.0
 */
export interface CleanUpState {
  readonly step: string
  readonly kind: "clean-up" | "undo"
  readonly status: "running" | "done" | "failed"
  readonly startedAt: number
  readonly deadlineMillis: number
  readonly tookMillis?: number
  readonly failure?: StepFailure
}

/**
 * One process that a step started.
 *
 * @since 0.1.0
 */
export interface ProcessState {
  readonly step: string
  readonly attempt: number
  readonly pid: number
  readonly startTime?: number
  readonly group?: number
  readonly mark?: string
  readonly command: string
  readonly startedAt: number
  readonly signalled?: {
    readonly signal: string
    readonly at: number
    readonly count: number
    readonly killAt?: number
  }
  readonly exited?: {
    readonly at: number
    readonly exitCode?: number
    readonly signal?: string
    readonly tookMillis: number
    readonly left?: ReadonlyArray<number>
  }
}

/**
 * One request to stop, as recorded.
 *
 * @since 0.1.0
 */
export interface InterruptRecord {
  readonly attempt: number
  readonly signal: InterruptSignal
  readonly kind: "first" | "repeat" | "late" | "terminate"
  readonly strategy?: InterruptStrategy
  readonly bound?: StopBound
}

/**
 * Where an execution stands after its events so far.
 *
 * @since 0.1.0
 */
export interface ExecutionState {
  readonly id: ExecutionId
  readonly flow: string
  readonly status: ExecutionStatus
  readonly attempt: number
  /** The sequence of the last event folded. */
  readonly sequence: number
  /** The flow as it was when the attempt began; each map that has begun holds its steps. */
  readonly definition: FlowDescription.FlowDescription
  readonly params: unknown
  readonly source: InterruptSource
  readonly by?: string
  /** The step that it is a sub-flow of, whoever began the latest attempt. */
  readonly parent?: ParentStep
  readonly strategy: InterruptStrategy
  readonly startedAt: number
  readonly attemptStartedAt: number
  readonly endedAt?: number
  /** While it is Pending: the shared limit that it waits for a place of; absent when it waits for a slot of the engine. */
  readonly waits?: Waiting
  /** Every step that is no group, in the order of the definition. */
  readonly steps: ReadonlyMap<string, StepState>
  /** Of the latest attempt: the signal that counts, how it is honoured and what was promised. */
  readonly signal?: InterruptSignal
  readonly honoured?: InterruptStrategy
  readonly bound?: StopBound
  readonly requests: ReadonlyArray<InterruptRecord>
  readonly processes: ReadonlyArray<ProcessState>
  /** Of the latest attempt, in the order of their beginning; absent when there was none. */
  readonly cleanUps?: ReadonlyArray<CleanUpState>
  /** The latest attempt only takes back these steps and groups, in this order. */
  readonly undo?: ReadonlyArray<string>
  /** Why that was asked for. */
  readonly reason?: string
  /** The last event of an execution that has ended. */
  readonly ended?: Of<"execution-ended">
}

type Draft<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Folds further events into a state; the first of all is `execution-started`. The given state is not changed. What
 * grows with the flow is copied once per call, so fold in batches. Events that were folded before, and types that this
 * version does not know, change nothing.
 *
 * **Example** (Following an execution in batches)
 *
 * ```ts
 * let state: ExecutionState.ExecutionState | undefined
 * yield* executions.events(id).pipe(
 *   Stream.runForEachArray((events) =>
 *     Effect.sync(() => {
 *       state = ExecutionState.fold(state, events)
 *     })
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 */
export const fold = (
  state: ExecutionState | undefined,
  events: Iterable<ExecutionEvent>
): ExecutionState | undefined => {
  let folding: Folding | undefined
  for (const event of events) {
    if (folding !== undefined) folding.apply(event)
    else if (state !== undefined) {
      folding = new Folding({ ...state })
      folding.apply(event)
    } else if (event.type === "execution-started") folding = new Folding(initial(event))
  }
  return folding === undefined ? state : folding.done()
}

const initial = (event: Of<"execution-started">): Draft<ExecutionState> => ({
  id: event.execution as ExecutionId,
  flow: event.flow,
  status: "Running",
  attempt: event.attempt,
  sequence: event.sequence,
  definition: event.definition,
  params: event.params,
  source: event.source,
  ...(event.by === undefined ? undefined : { by: event.by }),
  ...(event.parent === undefined ? undefined : { parent: event.parent }),
  strategy: event.strategy,
  startedAt: event.at,
  attemptStartedAt: event.at,
  steps: new Map(FlowDescription.leaves(event.definition).map(({ id }) => [id, waiting(id)])),
  requests: [],
  processes: []
})

const waiting = (id: string): StepState => ({ id, status: "Waiting", attempt: 0, try: 0 })

/** What a step that has to run again keeps: where to go on, and how far it was. */
const again = (step: StepState): StepState => ({
  ...waiting(step.id),
  ...take(step, "cursor", "items", "failed", "results", "failures", "done", "total"),
  ...(step.references?.["items"] === undefined ? undefined : { references: { items: step.references["items"] } })
})

/** Whether it counts as not started since its group was undone, and an undo of its own may be due. */
const isDue = (step: StepState): boolean => step.status === "Waiting" && step.undoneWith !== undefined

/** The fields of an event that a state takes over as they are, those that are absent left out. */
const take = <E extends object, K extends keyof E>(event: E, ...keys: ReadonlyArray<K>): Pick<E, K> => {
  const out = {} as Pick<E, K>
  for (const key of keys) if (event[key] !== undefined) out[key] = event[key]
  return out
}

/** What people call an item: short texts and numbers as they are. */
const labelOf = (item: unknown): string | undefined =>
  typeof item === "number" || (typeof item === "string" && item !== "" && item.length <= 80) ? String(item) : undefined

class Folding {
  readonly state: Draft<ExecutionState>
  private steps: Map<string, StepState> | undefined
  private processes: Array<ProcessState> | undefined
  private cleanUps: Array<CleanUpState> | undefined
  private readonly results = new Map<string, Array<unknown>>()
  private hasExpanded = false
  private readonly failures = new Map<string, Array<ItemFailure>>()

  constructor(state: Draft<ExecutionState>) {
    this.state = state
  }

  /** The state, its steps in the order of the definition: a map may have put some between them. */
  done(): ExecutionState {
    if (this.hasExpanded) {
      const { definition, steps } = this.state
      this.steps = new Map(FlowDescription.leaves(definition).map(({ id }) => [id, steps.get(id) ?? waiting(id)]))
      this.state.steps = this.steps
      this.hasExpanded = false
    }
    return this.state
  }

  /** The steps, copied before the first change. */
  private own(): Map<string, StepState> {
    if (this.steps === undefined) {
      this.steps = new Map(this.state.steps)
      this.state.steps = this.steps
    }
    return this.steps
  }

  private put(id: string, change: Partial<StepState>): void {
    const steps = this.own()
    steps.set(id, { ...(steps.get(id) ?? waiting(id)), ...change })
  }

  /** Ends what a step was doing: what only a running step has goes. */
  private end(
    id: string,
    event: { readonly at: number; readonly tookMillis?: number },
    change: Partial<StepState>
  ): void {
    const steps = this.own()
    const {
      gate: _gate,
      retryAt: _retryAt,
      overdueMillis: _overdue,
      waits: _waits,
      ...kept
    } = steps.get(id) ?? waiting(id)
    steps.set(id, { ...kept, endedAt: event.at, ...take(event, "tookMillis"), ...change })
  }

  /** What came of a loop's items. Copied before the first change, then changed: it has an event for each of its batches. */
  private collected({ failures, recovered, results, step }: Of<"step-cursor">): Partial<StepState> {
    if (results === undefined && failures === undefined && recovered === undefined) return {}
    const before = this.state.steps.get(step)
    const own = <A>(copies: Map<string, Array<A>>, list: ReadonlyArray<A> | undefined): Array<A> => {
      let copy = copies.get(step)
      if (copy === undefined || copy !== list) {
        copy = [...(list ?? [])]
        copies.set(step, copy)
      }
      return copy
    }
    const collects = before?.results !== undefined || results !== undefined
    const all = collects ? own(this.results, before?.results) : undefined
    if (all !== undefined) {
      for (const result of results ?? []) all.push(result)
      for (const { index, result } of recovered ?? []) if (index < all.length) all[index] = result
    }
    if (failures === undefined && recovered === undefined) return { results: all! }
    const failed = own(this.failures, before?.failures)
    change(failed, failures ?? [], recovered ?? [])
    return { ...(all === undefined ? undefined : { results: all }), failures: failed }
  }

  /** The references of a step, with those of an event. */
  private apart(event: { readonly step: string; readonly references?: References }): Partial<StepState> {
    if (event.references === undefined) return {}
    return { references: { ...this.state.steps.get(event.step)?.references, ...event.references } }
  }

  private active(status: StepStatus): void {
    for (const step of [...this.state.steps.values()])
      if (isActive(step.status)) this.put(step.id, { status })
      else if (step.waits !== undefined) this.waitsNoMore(step)
  }

  /** Whoever is held, or stops, has left the line. */
  private waitsNoMore({ waits: _waits, ...step }: StepState): void {
    this.own().set(step.id, step)
  }

  /** The processes, copied before the first change. */
  private ownProcesses(): Array<ProcessState> {
    if (this.processes === undefined) {
      this.processes = [...this.state.processes]
      this.state.processes = this.processes
    }
    return this.processes
  }

  private process(pid: number, change: Partial<ProcessState>): void {
    const at = this.state.processes.findLastIndex((p) => p.pid === pid)
    if (at < 0) return
    const processes = this.ownProcesses()
    processes[at] = { ...processes[at]!, ...change }
  }

  private ownCleanUps(): Array<CleanUpState> {
    if (this.cleanUps === undefined) {
      this.cleanUps = [...(this.state.cleanUps ?? [])]
      this.state.cleanUps = this.cleanUps
    }
    return this.cleanUps
  }

  private beginCleanUp(event: Of<"clean-up-started">): void {
    this.ownCleanUps().push({
      ...take(event, "step", "kind", "deadlineMillis"),
      status: "running",
      startedAt: event.at
    })
    // A group, and the flow itself, have no state of their own.
    if (this.state.steps.has(event.step)) this.put(event.step, { cleanUp: "running" })
  }

  private endCleanUp(event: Of<"clean-up-ended">): void {
    const status = event.failure === undefined ? "done" : "failed"
    const cleanUps = this.ownCleanUps()
    const at = cleanUps.findLastIndex((one) => one.step === event.step && one.kind === event.kind)
    if (at >= 0) cleanUps[at] = { ...cleanUps[at]!, status, ...take(event, "tookMillis", "failure") }
    if (event.kind === "undo" && status === "done") return this.forget(event.step)
    if (this.state.steps.has(event.step)) this.put(event.step, { cleanUp: status })
  }

  private expand({ count, items, step }: Of<"step-expanded">): void {
    this.state.definition = FlowDescription.expand(this.state.definition, step, count, items?.map(labelOf))
    this.own().delete(step)
    this.hasExpanded = true
  }

  /** An undone step, or each completed step of an undone group, counts as not started. */
  private forget(id: string): void {
    const own = this.own()
    if (own.has(id)) own.set(id, { ...waiting(id), cleanUp: "done" })
    else
      for (const step of [...own.values()])
        if (step.id.startsWith(`${id}/`) && (step.status === "Completed" || step.undoneWith !== undefined))
          own.set(step.id, {
            ...waiting(step.id),
            ...take(step, "value", "masked", "references", "completedAs"),
            cleanUp: "done",
            undoneWith: id
          })
  }

  private request(record: InterruptRecord): void {
    this.state.requests = [...this.state.requests, record]
  }

  apply(event: ExecutionEvent): void {
    const s = this.state
    if (event.sequence <= s.sequence) return
    s.sequence = event.sequence
    switch (event.type) {
      case "execution-started":
        return this.startAgain(event)
      case "execution-queued":
        s.status = "Pending"
        delete s.waits
        if (event.limit !== undefined)
          s.waits = { limit: event.limit, holders: event.holders ?? [], ahead: event.ahead ?? 0 }
        return
      case "execution-dequeued":
        delete s.waits
        if (s.status === "Pending") s.status = "Running"
        return
      case "step-waiting":
        return this.put(event.step, { waits: take(event, "limit", "holders", "ahead") })
      case "step-started": {
        const steps = this.own()
        steps.set(event.step, {
          ...again(steps.get(event.step) ?? waiting(event.step)),
          ...take(event, "cursor"),
          status: "Running",
          attempt: event.attempt,
          try: event.try,
          startedAt: event.at
        })
        return
      }
      case "step-progress":
        return this.put(event.step, take(event, "done", "total", "message"))
      case "step-cursor":
        return this.put(event.step, {
          ...take(event, "cursor", "done", "total", "items", "failed"),
          ...this.apart(event),
          ...this.collected(event)
        })
      case "step-completed":
        return this.end(event.step, event, {
          status: "Completed",
          completedAs: event.sequence,
          ...take(event, "value", "masked"),
          ...this.apart(event)
        })
      case "step-failed":
        return this.end(event.step, event, { status: "Failed", failure: event.failure })
      case "step-retrying":
        return this.put(event.step, { failure: event.failure, retryAt: event.at + event.delayMillis })
      case "step-interrupted":
        return this.end(event.step, event, {
          status: "Interrupted",
          ...take(event, "cursor", "done", "total", "partial", "detail", "stopMillis"),
          ...this.apart(event)
        })
      case "step-terminated":
        return this.end(event.step, event, { status: "Terminated", ...take(event, "detail") })
      case "step-skipped":
        return this.end(event.step, event, { status: "Skipped", skipped: event.reason })
      case "step-expanded":
        return this.expand(event)
      case "step-overdue":
        return this.put(event.step, { overdueMillis: event.sinceMillis })
      case "gate-opened":
        return this.put(event.step, { gate: take(event, "message", "schema") })
      case "gate-answered":
        return
      case "interrupt-requested":
        s.status = "Interrupting"
        delete s.waits
        s.signal = event.signal
        s.honoured = event.strategy
        s.bound = event.bound
        this.request({ attempt: event.attempt, kind: "first", ...take(event, "signal", "strategy", "bound") })
        if (event.strategy._tag === "FinishCurrent") this.active("Interrupting")
        return
      case "interrupt-repeated":
        this.request({
          attempt: event.attempt,
          kind: event.late ? "late" : "repeat",
          ...take(event, "signal", "strategy", "bound")
        })
        if (event.late || event.strategy === undefined) return
        s.honoured = event.strategy
        if (event.bound !== undefined) s.bound = event.bound
        if (event.strategy._tag === "FinishCurrent") this.active("Interrupting")
        return
      case "terminate-requested":
        s.status = "Terminating"
        delete s.waits
        s.signal ??= event.signal
        this.request({ attempt: event.attempt, kind: "terminate", signal: event.signal })
        return
      case "pausing":
        s.status = "Pausing"
        delete s.waits
        return
      case "paused":
        s.status = "Paused"
        return this.active("Paused")
      case "resumed":
        s.status = "Running"
        return this.active("Running")
      case "process-started":
        this.ownProcesses().push({
          ...take(event, "step", "attempt", "pid", "startTime", "group", "mark", "command"),
          startedAt: event.at
        })
        return
      case "process-signalled":
        return this.process(event.pid, {
          signalled: {
            ...take(event, "signal", "at", "count"),
            ...(event.killInMillis === undefined ? undefined : { killAt: event.at + event.killInMillis })
          }
        })
      case "process-exited":
        return this.process(event.pid, { exited: take(event, "at", "exitCode", "signal", "tookMillis", "left") })
      case "clean-up-started":
        return this.beginCleanUp(event)
      case "clean-up-ended":
        return this.endCleanUp(event)
      case "handed-over":
        return
      case "execution-ended":
        s.status = event.status
        delete s.waits
        s.endedAt = event.at
        s.ended = event
        return
    }
  }

  private startAgain(event: Of<"execution-started">): void {
    const { definition, steps: before } = this.state
    const {
      by: _by,
      endedAt: _endedAt,
      signal: _signal,
      honoured: _honoured,
      bound: _bound,
      ended: _ended,
      cleanUps: _cleanUps,
      undo: _undo,
      reason: _reason,
      waits: _waits,
      ...kept
    } = this.state
    for (const key of Object.keys(this.state) as Array<keyof ExecutionState>)
      delete (this.state as Draft<Partial<ExecutionState>>)[key]
    Object.assign(this.state, kept, {
      ...take(event, "attempt", "definition", "params", "source", "by", "strategy", "undo", "reason"),
      status: "Running",
      attemptStartedAt: event.at
    })
    for (const [map, count] of Object.entries(event.maps ?? {}))
      this.state.definition = FlowDescription.expand(
        this.state.definition,
        map,
        count,
        FlowDescription.find(definition, map)?.steps?.map(({ label }) => label)
      )
    this.cleanUps = undefined
    this.steps = new Map()
    for (const { id } of FlowDescription.leaves(this.state.definition)) {
      const old = before.get(id)
      const anew = old === undefined || event.again?.includes(id) === true
      // No step runs in an attempt that takes back: each stands where it stood.
      const stays = old !== undefined && (event.undo !== undefined || old.status === "Completed" || isDue(old))
      this.steps.set(id, anew ? waiting(id) : stays ? old : again(old))
    }
    this.state.steps = this.steps
  }
}

/**
 * The state of a group, from the states of the steps in it.
 *
 * @since 0.1.0
 */
export const groupStatus = (state: ExecutionState, group: FlowDescription.StepDescription): StepStatus => {
  const within = FlowDescription.leaves({ steps: group.steps ?? [] }).map((leaf) => state.steps.get(leaf.id)!.status)
  const any = (status: StepStatus) => within.includes(status)
  for (const status of ["Failed", "Terminated", "Interrupting", "Running", "Paused", "Interrupted"] as const)
    if (any(status)) return status
  // A map of no items has done all that there was to do.
  if (within.length > 0 && within.every((s) => s === "Skipped")) return "Skipped"
  if (within.every((s) => s === "Completed" || s === "Skipped")) return "Completed"
  if (!any("Completed")) return "Waiting"
  return isEnded(state.status) ? "Interrupted" : "Running"
}

/**
 * Where each step stands, as the partition of an execution that ends now. A step under way counts as interrupted.
 *
 * @since 0.1.0
 */
export const partition = (state: ExecutionState): Partition => {
  const steps = [...state.steps.values()]
  const of = (status: StepStatus) => steps.filter((step) => step.status === status).map((step) => step.id)
  return {
    completed: of("Completed"),
    interrupted: steps
      .filter((step) => step.status === "Interrupted" || isActive(step.status))
      .map((step) => ({ step: step.id, ...take(step, "cursor", "done", "total") })),
    terminated: of("Terminated"),
    failed: of("Failed"),
    skipped: of("Skipped"),
    notStarted: of("Waiting")
  }
}

/**
 * The outcome of an execution that has ended.
 *
 * @since 0.1.0
 */
export const outcome = (state: ExecutionState): Outcome | undefined => {
  const ended = state.ended
  if (ended === undefined) return undefined
  const values: Record<string, unknown> = {}
  for (const step of state.steps.values()) if (step.status === "Completed") values[step.id] = step.value
  const common = {
    ...ended.partition,
    execution: state.id,
    flow: state.flow,
    attempt: state.attempt,
    tookMillis: ended.tookMillis,
    values
  }
  // An execution found after a crash has no request of its own: the moment of its end stands for one. Neither has one that
  // took back what it was to take back: that stands for one.
  const signal =
    ended.cause === "Undo"
      ? { source: "Undo" as const, ...take(state, "by", "reason"), requestedAt: state.attemptStartedAt }
      : (state.signal ?? { source: "Crash" as const, requestedAt: ended.at })
  const stopMillis = ended.stopMillis ?? 0
  switch (ended.status) {
    case "Completed":
      return { _tag: "Completed", ...common, ...(state.signal === undefined ? undefined : { late: state.signal }) }
    case "Failed":
      return {
        _tag: "Failed",
        ...common,
        step: ended.failure?.step ?? "",
        failure: ended.failure?.failure ?? unknownFailure
      }
    case "Interrupted":
      return { _tag: "Interrupted", ...common, signal, stopMillis }
    case "Terminated":
      return { _tag: "Terminated", ...common, signal, stopMillis, abandoned: ended.abandoned ?? [] }
  }
}

const unknownFailure: StepFailure = { code: "unknown", message: "the failure was not recorded" }
