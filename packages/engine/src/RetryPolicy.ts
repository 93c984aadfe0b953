/**
 * How often a failing step is tried, and how long it waits between tries. The wait is a stopping point.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Schedule } from "effect"
import type { StepFailure } from "./model/StepFailure.ts"

/**
 * How a failing step is tried again. A step without one is tried once.
 *
 * **Example** (Trying again, but not when it can't help)
 *
 * ```ts
 * const upload = Step.make("upload", {
 *   retry: { tries: 5, delay: "1 second", backoff: "exponential", while: (failure) => failure.code !== "disk-full" },
 *   run: () => send(1)
 * })
 * ```
 *
 * @since 0.1.0
 */
export interface RetryPolicy {
  /** Tries in all, the first one included. */
  readonly tries: number
  /** The wait before the second try. @default "1 second" */
  readonly delay?: Duration.Input | undefined
  /** `exponential` doubles the wait each time. @default "fixed" */
  readonly backoff?: "fixed" | "exponential" | undefined
  /** The longest wait, also of what a reply asks for with `Retry-After`. @default "5 minutes" */
  readonly maxDelay?: Duration.Input | undefined
  /** Spreads each wait between 80 % and 120 %. @default false */
  readonly jitter?: boolean | undefined
  /** Any schedule over failures, in the place of `delay`, `backoff`, `maxDelay` and `jitter`; `tries` still counts. */
  readonly schedule?: Schedule.Schedule<unknown, StepFailure> | undefined
  /**
   * Which failures are worth another try: exit codes of programs and statuses of HTTP replies (`75`, `"500-599"`), and
   * codes of failures (`"timed-out"`). Unlike `while` it can be shown. @default all
   */
  readonly on?: ReadonlyArray<number | string> | undefined
  /** Which failures are worth another try, in code; with `on` both must say so. @default all */
  readonly while?: ((failure: StepFailure) => boolean) | undefined
}

/**
 * Whether a failure is one that the policy tries again after, tries left or not.
 *
 * @since 0.1.0
 */
export const covers = ({ on, while: test }: RetryPolicy, failure: StepFailure): boolean =>
  (on === undefined || on.some((one) => matches(one, failure))) && test?.(failure) !== false

const matches = (one: number | string, { code, exitCode, status }: StepFailure): boolean => {
  if (one === code) return true
  const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(String(one)) ?? []
  if (first === undefined) return false
  const isIn = (n: number | undefined) => n !== undefined && n >= Number(first) && n <= Number(last ?? first)
  return isIn(exitCode) || isIn(status)
}

/**
 * The policy as a schedule over failures, whose delays are the waits.
 *
 * @since 0.1.0
 */
export const toSchedule = (policy: RetryPolicy): Schedule.Schedule<unknown, StepFailure> => {
  if (policy.schedule !== undefined) return policy.schedule
  const delay = policy.delay ?? "1 second"
  const limit = Duration.toMillis(policy.maxDelay ?? "5 minutes")
  const base: Schedule.Schedule<unknown> =
    policy.backoff === "exponential" ? Schedule.exponential(delay) : Schedule.spaced(delay)
  const capped = Schedule.modifyDelay(base, ({ duration }) =>
    Effect.succeed(Duration.millis(Math.min(Duration.toMillis(duration), limit)))
  )
  return policy.jitter === true ? Schedule.jittered(capped) : capped
}

/**
 * The wait before the next try, in milliseconds: the planned one, or longer where the failure says how long to wait, at
 * most `maxDelay`.
 *
 * @since 0.1.0
 */
export const waitMillis = (policy: RetryPolicy, plannedMillis: number, failure: StepFailure): number =>
  failure.retryAfterMillis === undefined
    ? plannedMillis
    : Math.max(plannedMillis, Math.min(failure.retryAfterMillis, Duration.toMillis(policy.maxDelay ?? "5 minutes")))
