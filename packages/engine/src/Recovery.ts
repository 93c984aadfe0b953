/**
 * Executions whose engine is gone: what was under way is written down as interrupted, so that it can be resumed like any
 * other. Who finds out that an engine is gone, and ends the processes it has left, does that first.
 *
 * @since 0.1.0
 */
import { Clock, Effect } from "effect"
import type { Claim, ExecutionStoreShape, StoreUnavailable } from "./ExecutionStore.ts"
import type { ExecutionEvent, Fact } from "./model/ExecutionEvent.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import * as ExecutionState from "./model/ExecutionState.ts"
import { isActive, isEnded } from "./model/ExecutionStatus.ts"
import type { ParentStep } from "./model/ParentStep.ts"

/**
 * An execution that was under way when its engine went.
 *
 * @since 0.1.0
 */
export interface RecoveredExecution {
  readonly execution: ExecutionId
  readonly flow: string
  /** The step that it is a sub-flow of: it goes on with its parent. */
  readonly parent?: ParentStep
}

/**
 * Ends, as Interrupted with cause `Crash`, every execution that an owner known to be gone still claims, and releases its
 * claims. Several processes may do it at once: each execution is ended once.
 *
 * @since 0.1.0
 */
export const recover = (
  store: ExecutionStoreShape,
  options: {
    /** Who recovers. */
    readonly owner: string
    readonly gone: string
    /** Pids of processes that could not be ended. */
    readonly left?: ReadonlyArray<number> | undefined
  }
): Effect.Effect<ReadonlyArray<RecoveredExecution>, StoreUnavailable> =>
  Effect.gen(function* () {
    const { gone, owner } = options
    const recovered: Array<RecoveredExecution> = []
    for (;;) {
      const found = yield* store.list({ owner: gone, limit: 100 })
      if (found.length === 0) break
      for (const { flow, id, parent } of found) {
        const claim = yield* store
          .claim(id, owner, { takeOver: gone })
          .pipe(Effect.catchTag(["Claimed", "Held", "KeyTaken"], () => Effect.succeed(undefined)))
        // Somebody else was first.
        if (claim === undefined) continue
        const ended = yield* settle(store, claim, "its engine was gone", options.left).pipe(
          // The next one to look finds it as it was found here.
          Effect.onError(() => Effect.ignore(store.claim(id, gone, { takeOver: owner })))
        )
        if (ended) recovered.push({ execution: id, flow, ...(parent === undefined ? undefined : { parent }) })
      }
    }
    yield* store.disown(gone)
    return recovered
  })

/**
 * Ends what is stored of one execution, by who has its claim, unless it has ended, and gives the claim back. `why` says
 * of the steps that were under way what kept them from being written to their end. Answers whether it had not ended.
 *
 * @since 0.1.0
 */
export const settle = (
  store: ExecutionStoreShape,
  claim: Claim,
  why: string,
  left: ReadonlyArray<number> = []
): Effect.Effect<boolean, StoreUnavailable> =>
  Effect.gen(function* () {
    const events = yield* store.read(claim.execution, 0, Number.MAX_SAFE_INTEGER)
    const state = ExecutionState.fold(undefined, events)
    if (state === undefined || isEnded(state.status)) {
      yield* store.release(claim)
      return false
    }
    const now = Math.trunc(yield* Clock.currentTimeMillis)
    const last = lastFacts(state, events.at(-1)!.at, left, why).map(
      (fact, i) =>
        ({
          v: 1,
          execution: state.id,
          sequence: state.sequence + 1 + i,
          at: now,
          attempt: state.attempt,
          ...fact
        }) as ExecutionEvent
    )
    yield* store.append(claim, last, { release: true })
    return true
  }).pipe(Effect.catchTag("Fenced", () => Effect.succeed(false)))

/** When the engine went is not known: the last thing that it wrote is the last that it is known to have done. */
const lastFacts = (
  state: ExecutionState.ExecutionState,
  lastAt: number,
  left: ReadonlyArray<number>,
  why: string
): ReadonlyArray<Fact> => {
  const since = (at: number | undefined) => Math.max(0, lastAt - (at ?? lastAt))
  const processes = state.processes.flatMap((p): ReadonlyArray<Fact> => {
    if (p.exited !== undefined) return []
    const isLeft = left.includes(p.pid)
    return [
      {
        type: "process-exited",
        step: p.step,
        try: state.steps.get(p.step)?.try ?? 1,
        pid: p.pid,
        tookMillis: since(p.startedAt),
        ...(isLeft ? { left: [p.pid] } : undefined)
      }
    ]
  })
  // What a clean-up or an undo had done when its engine went, nobody knows: it has not ended by itself.
  const cutShort = (state.cleanUps ?? []).flatMap(({ kind, startedAt, status, step }): ReadonlyArray<Fact> => {
    if (status !== "running") return []
    const failure = { code: "cut-short", message: `the ${kind} was cut short: ${why}` }
    return [{ type: "clean-up-ended", step, kind, tookMillis: since(startedAt), failure }]
  })
  const active = [...state.steps.values()].filter((step) => isActive(step.status))
  const interrupted = active.map((step): Fact => ({
    type: "step-interrupted",
    step: step.id,
    try: step.try,
    tookMillis: since(step.startedAt),
    detail: why,
    ...(step.cursor === undefined ? undefined : { cursor: step.cursor }),
    ...(step.done === undefined ? undefined : { done: step.done }),
    ...(step.total === undefined ? undefined : { total: step.total })
  }))
  const stopped: ExecutionState.ExecutionState = {
    ...state,
    steps: new Map([...state.steps].map(([id, s]) => [id, isActive(s.status) ? { ...s, status: "Interrupted" } : s]))
  }
  return [
    ...processes,
    ...cutShort,
    ...interrupted,
    {
      type: "execution-ended",
      status: "Interrupted",
      partition: ExecutionState.partition(stopped),
      tookMillis: since(state.attemptStartedAt),
      cause: "Crash"
    }
  ]
}
