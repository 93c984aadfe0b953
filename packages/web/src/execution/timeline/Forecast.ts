/**
 * When steps that have not ended may end: from what they report, else from how long they took before. Where nothing is
 * known, or a person has to answer first, nothing is said, nor of anything that waits for it.
 */
import { ExecutionStatus, type ExecutionState } from "@halte/engine/model"
import { ancestors, type Place, places } from "../steps/StepRows.ts"

export interface Expected {
  /** Moments of the wall clock. */
  readonly from: number
  readonly to: number
}

export const forecast = (
  state: ExecutionState.ExecutionState,
  durations: ReadonlyMap<string, number>,
  now: number,
  timeLeft: (step: string, now: number) => number | undefined
): ReadonlyMap<string, Expected> => {
  const out = new Map<string, Expected>()
  if (state.status !== "Running") return out
  const all = places(state.definition)
  const ends = new Map<string, number | undefined>()

  const endOf = (id: string): number | undefined => {
    if (ends.has(id)) return ends.get(id)
    // Of a graph with a cycle nothing is known.
    ends.set(id, undefined)
    const end = look(id)
    ends.set(id, end)
    return end
  }
  const lastEnd = (place: Place | undefined): number | undefined => {
    let last: number | undefined = 0
    for (const leaf of place?.leaves ?? []) {
      const end = endOf(leaf)
      if (end === undefined) return undefined
      last = Math.max(last, end)
    }
    return last
  }
  const look = (id: string): number | undefined => {
    const step = state.steps.get(id)
    const place = all.get(id)
    if (step === undefined || place === undefined) return undefined
    if (ExecutionStatus.isActive(step.status)) {
      if (step.gate !== undefined) return undefined
      const usual = durations.get(id)
      const left =
        timeLeft(id, now) ?? (usual === undefined ? undefined : Math.max(0, usual - (now - (step.startedAt ?? now))))
      if (left === undefined) return undefined
      if (left > 0) out.set(id, { from: now, to: now + left })
      return now + left
    }
    if (step.status !== "Waiting") return Math.min(now, step.endedAt ?? now)
    const usual = durations.get(id)
    if (place.step.kind === "gate" || usual === undefined) return undefined
    let from = now
    for (const at of [id, ...ancestors(all, id)])
      for (const before of all.get(at)?.step.after ?? []) {
        const end = lastEnd(all.get(before))
        if (end === undefined) return undefined
        from = Math.max(from, end)
      }
    out.set(id, { from, to: from + usual })
    return from + usual
  }
  for (const id of state.steps.keys()) endOf(id)
  return out
}

/** What is in the middle of what a step took; no single slow day counts. */
export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** How long each step took, from executions that completed. */
export const usual = (states: Iterable<Pick<ExecutionState.ExecutionState, "steps">>): ReadonlyMap<string, number> => {
  const taken = new Map<string, Array<number>>()
  for (const { steps } of states)
    for (const { id, status, tookMillis } of steps.values()) {
      if (status !== "Completed" || tookMillis === undefined) continue
      const known = taken.get(id)
      if (known === undefined) taken.set(id, [tookMillis])
      else known.push(tookMillis)
    }
  return new Map([...taken].map(([id, all]) => [id, median(all)]))
}
