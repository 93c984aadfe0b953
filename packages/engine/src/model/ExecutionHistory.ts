/**
 * What the events of an execution tell that its state leaves out: every attempt, every request with the moments when it
 * was seen and when the execution stopped, and every try of a step.
 *
 * @since 0.1.0
 */
import type * as ExecutionEvent from "./ExecutionEvent.ts"
import type * as InterruptSignal from "./InterruptSignal.ts"
import type * as InterruptStrategy from "./InterruptStrategy.ts"
import type * as StepFailure from "./StepFailure.ts"
import type * as StopBound from "./StopBound.ts"

type Ended = ExecutionEvent.Of<"execution-ended">

/**
 * One attempt of an execution, with the requests to stop that came while it was the latest.
 *
 * @since 0.1.0
 */
export interface Attempt {
  readonly number: number
  readonly source: InterruptSignal.InterruptSource
  readonly by: string | undefined
  readonly startedAt: number
  /** Steps that had completed and ran again, since their definition had changed. */
  readonly again: ReadonlyArray<string>
  /** It only took back these steps and groups. */
  readonly undo: ReadonlyArray<string> | undefined
  readonly reason: string | undefined
  readonly requests: Array<Request>
  ended: Ended | undefined
}

/**
 * One request to stop.
 *
 * @since 0.1.0
 */
export interface Request {
  readonly kind: "first" | "repeat" | "late" | "terminate"
  readonly signal: InterruptSignal.InterruptSignal
  readonly strategy: InterruptStrategy.InterruptStrategy | undefined
  readonly bound: StopBound.StopBound | undefined
  /** When the first step or process was told, or the end came. */
  seenAt: number | undefined
}

/**
 * One try of a step.
 *
 * @since 0.1.0
 */
export interface Try {
  readonly attempt: number
  readonly number: number
  readonly startedAt: number
  /** It went on at a cursor of an earlier one. */
  readonly resumed: boolean
  endedAt: number | undefined
  tookMillis: number | undefined
  end: "completed" | "failed" | "interrupted" | "terminated" | undefined
  failure: StepFailure.StepFailure | undefined
  detail: string | undefined
  done: number | undefined
  total: number | undefined
}

/**
 * What the events tell.
 *
 * @since 0.1.0
 */
export interface History {
  readonly attempts: ReadonlyArray<Attempt>
  readonly tries: ReadonlyMap<string, ReadonlyArray<Try>>
}

/**
 * Reads the events of an execution, from the first on.
 *
 * @since 0.1.0
 */
export const of = (events: Iterable<ExecutionEvent.ExecutionEvent>): History => {
  const reader = make()
  for (const event of events) reader.observe(event)
  return reader.history
}

/**
 * Reads events as they come: each once, in order. `history` goes on changing with them.
 *
 * @since 0.1.0
 */
export interface Reader {
  readonly history: History
  readonly observe: (event: ExecutionEvent.ExecutionEvent) => void
}

/**
 * Begins to read.
 *
 * @since 0.1.0
 */
export const make = (): Reader => {
  const attempts: Array<Attempt> = []
  const tries = new Map<string, Array<Try>>()
  const seen = (at: number) => {
    for (const request of attempts.at(-1)?.requests ?? []) request.seenAt ??= at
  }
  const request = (
    event: ExecutionEvent.Of<"interrupt-requested" | "interrupt-repeated" | "terminate-requested">,
    kind: Request["kind"]
  ) =>
    attempts.at(-1)?.requests.push({
      kind,
      signal: event.signal,
      strategy: "strategy" in event ? event.strategy : undefined,
      bound: "bound" in event ? event.bound : undefined,
      seenAt: undefined
    })
  const endTry = (step: string, change: Partial<Try> & Pick<Try, "end">, at: number) => {
    const last = tries.get(step)?.at(-1)
    if (last !== undefined) Object.assign(last, change, { endedAt: at })
  }
  const observe = (event: ExecutionEvent.ExecutionEvent): void => {
    switch (event.type) {
      case "execution-started":
        attempts.push({
          number: event.attempt,
          source: event.source,
          by: event.by,
          startedAt: event.at,
          again: event.again ?? [],
          undo: event.undo,
          reason: event.reason,
          requests: [],
          ended: undefined
        })
        break
      case "step-started": {
        const begun: Try = {
          attempt: event.attempt,
          number: event.try,
          startedAt: event.at,
          resumed: event.cursor !== undefined,
          endedAt: undefined,
          tookMillis: undefined,
          end: undefined,
          failure: undefined,
          detail: undefined,
          done: undefined,
          total: undefined
        }
        const known = tries.get(event.step)
        if (known === undefined) tries.set(event.step, [begun])
        else known.push(begun)
        break
      }
      case "step-completed":
        endTry(event.step, { end: "completed", tookMillis: event.tookMillis }, event.at)
        break
      case "step-retrying":
        endTry(event.step, { end: "failed", failure: event.failure }, event.at)
        break
      case "step-failed":
        endTry(event.step, { end: "failed", failure: event.failure, tookMillis: event.tookMillis }, event.at)
        break
      case "step-interrupted":
        seen(event.at)
        endTry(
          event.step,
          {
            end: "interrupted",
            tookMillis: event.tookMillis,
            detail: event.detail,
            done: event.done,
            total: event.total
          },
          event.at
        )
        break
      case "step-terminated":
        seen(event.at)
        endTry(event.step, { end: "terminated", tookMillis: event.tookMillis, detail: event.detail }, event.at)
        break
      case "process-signalled":
        seen(event.at)
        break
      case "interrupt-requested":
        request(event, "first")
        break
      case "interrupt-repeated":
        request(event, event.late ? "late" : "repeat")
        break
      case "terminate-requested":
        request(event, "terminate")
        break
      case "execution-ended": {
        seen(event.at)
        const last = attempts.at(-1)
        if (last !== undefined) last.ended = event
        break
      }
    }
  }
  return { history: { attempts, tries }, observe }
}
