/**
 * What is folded in the main process comes a moment late: between two steps the one that ended is folded, and the next is
 * not. What a person is promised before a stop is therefore looked up at the engine, for as long as that may take.
 */
import { type ExecutionId, type ExecutionState, ExecutionStatus } from "@halte/engine/model"
import { Effect } from "effect"
import type { GuardedDesk, Live } from "./GuardedDesk.ts"

/** Requests to one engine at a time: a project may run hundreds of executions. */
const concurrency = 16

export type States = ReadonlyMap<string, ExecutionState.ExecutionState>

/** Asks the engines of all that runs. What does not answer before the signal, or fails, is not among the states. */
export const look = async (
  running: ReadonlyArray<Live & { readonly desk: Pick<GuardedDesk, "executions"> }>,
  signal: AbortSignal
): Promise<States> => {
  const found = new Map<string, ExecutionState.ExecutionState>()
  const askers = new Map<NonNullable<GuardedDesk["executions"]>, Array<ExecutionId.ExecutionId>>()
  for (const { desk, id } of running) {
    const { executions } = desk
    if (executions === undefined) continue
    const ids = askers.get(executions) ?? []
    askers.set(executions, ids)
    ids.push(id as ExecutionId.ExecutionId)
  }
  // Where nobody can be asked, nobody is waited for.
  if (askers.size === 0) return found
  const asked = Effect.forEach(
    askers,
    ([executions, ids]) =>
      Effect.forEach(
        ids,
        (id) =>
          Effect.map(Effect.result(executions.get(id)), (answer) => {
            if (answer._tag === "Success") found.set(id, answer.success)
          }),
        { concurrency, discard: true }
      ),
    { concurrency: "unbounded", discard: true }
  )
  // Not even the end of what was asked is waited for: an engine that hangs answers no end of a request either.
  const over = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener("abort", () => resolve(), { once: true })
  })
  await Promise.race([Effect.runPromise(asked, { signal }).catch(() => {}), over])
  // Nothing more gets in after this.
  return new Map(found)
}

/** What runs, by the newest that is known of it. One that has just ended is about to be told by its engine. */
export const newest = <L extends Live>(running: ReadonlyArray<L>, states: States): ReadonlyArray<L> =>
  running.map((one) => {
    const fresh = states.get(one.id)
    const isNewer = fresh !== undefined && fresh.sequence >= (one.state?.sequence ?? 0)
    return isNewer && !ExecutionStatus.isEnded(fresh.status) ? { ...one, state: fresh } : one
  })
