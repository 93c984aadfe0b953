/**
 * How long running steps still need, from what they reported themselves. A step without a total has no time left, and
 * neither has one that has just begun: a number is never invented.
 *
 * @since 0.1.0
 */
import type * as ExecutionEvent from "./ExecutionEvent.ts"

interface Measured {
  readonly startedAt: number
  /** Of a step that goes on from a cursor: where that was, when it said so. */
  readonly doneAtStart: number | undefined
  done: number
  total: number | undefined
  at: number
  /** Milliseconds in which the execution was paused since the step began. */
  held: number
}

/** The shortest time of work that says something about the rest. */
const leastMillis = 1000

/**
 * Measures running steps.
 *
 * @since 0.1.0
 */
export interface TimeLeft {
  readonly observe: (event: ExecutionEvent.ExecutionEvent) => void
  /** Milliseconds that a running step still needs at a moment, or `undefined` when nothing is known. */
  readonly of: (step: string, now: number) => number | undefined
}

/**
 * Begins to measure. It is shown every event once, in order.
 *
 * @since 0.1.0
 */
export const make = (): TimeLeft => {
  const steps = new Map<string, Measured>()
  const done = new Map<string, number>()
  let pausedAt: number | undefined

  const report = (step: string, at: number, now: number | undefined, total: number | undefined) => {
    const measured = steps.get(step)
    if (measured === undefined || now === undefined) return
    done.set(step, now)
    Object.assign(measured, { done: now, total: total ?? measured.total, at })
  }

  return {
    observe: (event) => {
      switch (event.type) {
        case "step-started":
          steps.set(event.step, {
            startedAt: event.at,
            doneAtStart: event.cursor === undefined ? 0 : done.get(event.step),
            done: event.cursor === undefined ? 0 : (done.get(event.step) ?? 0),
            total: undefined,
            at: event.at,
            held: 0
          })
          return
        case "step-progress":
        case "step-cursor":
          return report(event.step, event.at, event.done, event.total)
        case "paused":
          pausedAt = event.at
          return
        case "resumed":
          if (pausedAt !== undefined) for (const step of steps.values()) step.held += event.at - pausedAt
          pausedAt = undefined
          return
        case "step-completed":
        case "step-failed":
        case "step-interrupted":
        case "step-terminated":
          steps.delete(event.step)
      }
    },
    of: (step, now) => {
      const m = steps.get(step)
      if (m === undefined || m.total === undefined || m.doneAtStart === undefined || pausedAt !== undefined)
        return undefined
      const worked = m.at - m.startedAt - m.held
      const gained = m.done - m.doneAtStart
      if (worked < leastMillis || gained <= 0 || m.done > m.total) return undefined
      // The mean speed of this attempt: it moves slowly, so that the time left counts down instead of jumping.
      return Math.max(0, ((m.total - m.done) * worked) / gained - (now - m.at))
    }
  }
}
