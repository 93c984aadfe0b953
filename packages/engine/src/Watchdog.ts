/**
 * Names the steps that have been asked to stop and have not reached a stopping point within their budget.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { EventRecorder } from "./EventRecorder.ts"
import type { StopBound } from "./model/StopBound.ts"

/** The budget of a step that promises nothing. */
const defaultBudgetMillis = 10_000

/**
 * What the watchdog looks at.
 *
 * @since 0.1.0
 */
export interface Watched {
  readonly recorder: EventRecorder
  readonly isOver: boolean
  readonly running: () => ReadonlyArray<{ readonly id: string; readonly bound: StopBound; readonly isQuiet: boolean }>
}

/**
 * Watches from the request on until the execution is over. A step is named when its budget has passed, then each time
 * that has doubled.
 *
 * @since 0.1.0
 */
export const run = (watched: Watched): Effect.Effect<void> =>
  Effect.gen(function* () {
    const budgets = new Map(
      watched.running().map(({ bound, id }) => [id, bound._tag === "Within" ? bound.millis : defaultBudgetMillis])
    )
    const due = new Map([...budgets].map(([id, budget]) => [id, Math.max(budget, 1_000)]))
    for (let passed = 0; due.size > 0 && !watched.isOver;) {
      const next = Math.min(...due.values())
      yield* Effect.sleep(next - passed)
      passed = next
      const still = new Set(watched.running().flatMap(({ id, isQuiet }) => (isQuiet ? [] : [id])))
      for (const [step, at] of [...due]) {
        if (!still.has(step)) due.delete(step)
        else if (at <= passed) {
          watched.recorder.record({
            type: "step-overdue",
            step,
            sinceMillis: passed,
            budgetMillis: budgets.get(step)!
          })
          due.set(step, at * 2)
        }
      }
    }
  })
