/**
 * Time that stands still while an execution is paused: timeouts and deadlines are measured with it.
 *
 * @since 0.1.0
 */
import { Clock, Effect } from "effect"
import type { StepControl } from "./StepContext.ts"

const until = (control: StepControl, held: boolean): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if ((control.demand === "hold") === held) return resume(Effect.void)
    const release = control.subscribe((demand) => {
      if ((demand === "hold") !== held) return
      release()
      resume(Effect.void)
    })
    return Effect.sync(release)
  })

/**
 * Ends when `millis` have passed in which the control did not hold.
 *
 * @since 0.1.0
 */
export const sleep = (millis: number, control: StepControl): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let left = millis; left > 0;) {
      yield* until(control, false)
      const begin = yield* Clock.monotonicTimeNanos
      yield* Effect.raceFirst(Effect.sleep(left), until(control, true))
      left -= Number((yield* Clock.monotonicTimeNanos) - begin) / 1_000_000
    }
  })
