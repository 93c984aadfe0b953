/**
 * One execution in hand, for programs that speak in promises: the same over an engine in this process, a server and a
 * project.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import {
  type ExecutionEvent,
  ExecutionHandle,
  type ExecutionId,
  type Executions,
  type ExecutionState,
  type ExecutionStatus,
  type InterruptSignal,
  type LogLine,
  type Outcome
} from "@halte/engine/model"
import type { Calls, Waiting } from "./Calls.ts"
import * as ExecutionWaits from "./ExecutionWaits.ts"

/**
 * From which event or line on, and for how long, somebody watches.
 *
 * @since 0.1.0
 */
export interface Watching extends Waiting {
  /** The last sequence that is known already; 0 for all. @default 0 */
  readonly after?: number | undefined
}

/**
 * What `resume` may be told, and what may ask the attempt that it begins to stop.
 *
 * @since 0.1.0
 */
export interface ResumeOptions extends Executions.ResumeRequest, ExecutionHandle.SignalSource {}

/**
 * Everything that can be done with one execution. Promises reject with the typed errors of Halte; `isHalteError` tells
 * them apart by their code.
 *
 * @since 0.1.0
 */
export interface Execution {
  /** 20 characters that name it everywhere: in the command line, in addresses of the page, in the record. */
  readonly id: ExecutionId.ExecutionId

  /**
   * Where it stands at this moment: its status, each step, every request to stop.
   *
   * **Example** (How far each step is)
   *
   * ```ts
   * const { status, steps } = await execution.state()
   * console.log(status)
   * for (const step of steps.values()) console.log(step.id, step.status, step.done, step.total)
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  state(waiting?: Waiting): Promise<ExecutionState.ExecutionState>

  /**
   * What happened and what happens, in order and without gaps: first the recorded events, then live ones. Ends after
   * `execution-ended`. A lost connection comes back by itself and nothing is given twice.
   *
   * **Gotchas**
   *
   * Leaving the loop stops watching and nothing else: use `interrupt` to stop the execution.
   *
   * **Example** (Watching)
   *
   * ```ts
   * for await (const event of execution.events()) {
   *   if (event.type === "step-completed") console.log(`${event.step} is done`)
   * }
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  events(watching?: Watching): AsyncIterable<ExecutionEvent.ExecutionEvent>

  /**
   * The lines that its steps wrote, of one step or of all; live until it has ended.
   *
   * **Example** (The output of one step)
   *
   * ```ts
   * for await (const { stream, text } of execution.logs({ step: "build" })) console.log(`${stream}: ${text}`)
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  logs(watching?: Watching & { readonly step?: string | undefined }): AsyncIterable<LogLine.LogLine>

  /**
   * What a completed step gave, however large; `undefined` when it gave nothing or has not completed.
   *
   * **Example** (Reading a step's value)
   *
   * ```ts
   * const archive = await execution.output("build")
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  output(step: string, waiting?: Waiting): Promise<unknown>

  /**
   * Waits until a step has begun in the attempt under way, or that attempt has ended without it.
   *
   * **Example** (Stopping inside a step)
   *
   * ```ts
   * await execution.stepStarted("upload")
   * await execution.interrupt()
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  stepStarted(step: string, waiting?: Waiting): Promise<void>

  /**
   * Asks it to stop at its next stopping points. The answer comes when the request is recorded, not when it has stopped:
   * wait for `outcome` for that. Asking again, or after the end, changes nothing and succeeds.
   *
   * **Example** (Stopping, with a reason)
   *
   * ```ts
   * const receipt = await execution.interrupt({ by: "ada", reason: "wrong folder" })
   * console.log(receipt.status, receipt.effect) // Interrupting done
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  interrupt(request?: InterruptSignal.InterruptRequest): Promise<Executions.Receipt>

  /**
   * Holds it at its next stopping points, for as long as its engine lives.
   *
   * **Example** (Holding for a moment)
   *
   * ```ts
   * await execution.pause()
   * await execution.until("Paused")
   * await execution.resume()
   * ```
   *
   * @throws `execution-not-found`, a refusal (`finished`, `interrupting`, `terminating`, `cannot-pause`), `unauthorized`,
   * `executions-unavailable`
   */
  pause(asker?: Executions.Asker): Promise<Executions.Receipt>

  /**
   * Lets it go on when it is paused; begins its next attempt when it has ended without completing. Completed steps keep
   * their values, and loops go on where they stopped.
   *
   * **Example** (Going on, stoppable as before)
   *
   * ```ts
   * const stop = new AbortController()
   * await execution.resume({ interruptOn: stop.signal })
   * const outcome = await execution.outcome()
   * ```
   *
   * @throws `execution-not-found`, a refusal (`already-running`, `completed`, `needs-rerun`, `definition-changed`,
   * `secret-missing` and others), `invalid-params`, `flow-not-found`, `flow-busy`, `unauthorized`,
   * `executions-unavailable`
   */
  resume(options?: ResumeOptions): Promise<Executions.Receipt>

  /**
   * Ends it by force: kills process trees, ends workers. What may be half done is in `terminated` of its outcome.
   *
   * **Example** (Losing patience)
   *
   * ```ts
   * await execution.interrupt()
   * const state = await execution.until("Interrupted", { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
   * if (state === undefined) await execution.terminate({ reason: "it did not stop within 10 s" })
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  terminate(request?: InterruptSignal.InterruptRequest): Promise<Executions.Receipt>

  /**
   * Takes back what completed, the last one first: begins an attempt whose only work is the `undo` of completed steps and
   * groups. Its outcome is `Interrupted` with the source `Undo`; what was taken back runs again on `resume`.
   *
   * **Example** (Taking a release back)
   *
   * ```ts
   * await execution.undo({ reason: "wrong version" })
   * const { notStarted } = await execution.outcome()
   * ```
   *
   * @throws `execution-not-found`, a refusal (`running`, `queued`, `paused`, `interrupting`, `terminating`,
   * `nothing-to-undo`, `secret-masked`, `definition-changed`, `secret-missing`), `invalid-params`, `flow-not-found`,
   * `flow-busy`, `unauthorized`, `executions-unavailable`
   */
  undo(request?: Executions.UndoRequest): Promise<Executions.Receipt>

  /**
   * Answers an open gate: the step completes with the value, or fails where it is rejected.
   *
   * **Example** (Saying yes, and no)
   *
   * ```ts
   * await execution.answer("ship", true, { by: "ada" })
   * await execution.answer("announce", undefined, { reject: true, reason: "not on a Friday" })
   * ```
   *
   * @throws `execution-not-found`, a refusal (`gate-not-open`, `invalid-answer`), `unauthorized`,
   * `executions-unavailable`
   */
  answer(step: string, value: unknown, request?: Executions.AnswerRequest): Promise<Executions.Receipt>

  /**
   * Waits for the end of the attempt under way, or says how the last one ended: `_tag` is `Completed`, `Failed`,
   * `Interrupted` or `Terminated`, and every step is in one of its lists.
   *
   * **Example** (Where it stopped)
   *
   * ```ts
   * const outcome = await execution.outcome()
   * if (outcome._tag === "Interrupted") console.log(outcome.signal.reason, outcome.interrupted, outcome.notStarted)
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  outcome(waiting?: Waiting): Promise<Outcome.Outcome>

  /**
   * Waits until it is in this state, or one of these, or has ended in another, and answers the state at that moment.
   *
   * **Example** (Waiting for the end, at most a minute)
   *
   * ```ts
   * const { status } = await execution.until("Completed", { signal: AbortSignal.timeout(60_000) })
   * ```
   *
   * @throws `execution-not-found`, `unauthorized`, `executions-unavailable`
   */
  until(
    status: ExecutionStatus.ExecutionStatus | ReadonlyArray<ExecutionStatus.ExecutionStatus>,
    waiting?: Waiting
  ): Promise<ExecutionState.ExecutionState>
}

/**
 * Puts the promise form around the port.
 *
 * @since 0.1.0
 */
export const make = (
  calls: Calls,
  executions: Executions.ExecutionsShape,
  id: ExecutionId.ExecutionId,
  asker: Executions.Asker
): Execution => {
  const handle = ExecutionHandle.make(executions, id)
  return {
    id,
    state: (waiting) => calls.run(handle.state, waiting),
    events: ({ after, signal } = {}) => calls.iterate(executions.events(id, after), { signal }),
    logs: ({ after, signal, step } = {}) => calls.iterate(executions.logs(id, { after, step }), { signal }),
    output: (step, waiting) => calls.run(executions.output(id, step), waiting),
    stepStarted: (step, waiting) => calls.run(handle.stepStarted(step), waiting),
    interrupt: (request) => calls.run(handle.interrupt({ ...asker, ...request } as InterruptSignal.InterruptRequest)),
    pause: (own) => calls.run(handle.pause({ ...asker, ...own })),
    resume: ({ interruptOn, ...request } = {}) =>
      calls.run(Effect.tap(handle.resume({ ...asker, ...request }), () => listen(calls, handle, interruptOn))),
    terminate: (request) => calls.run(handle.terminate({ ...asker, ...request } as InterruptSignal.InterruptRequest)),
    undo: (request) => calls.run(handle.undo({ ...asker, ...request })),
    answer: (step, value, own) => calls.run(handle.answer(step, value, { ...asker, ...own })),
    outcome: (waiting) => calls.run(handle.outcome, waiting),
    until: (status, waiting) =>
      calls.run(ExecutionWaits.until(executions, id, typeof status === "string" ? [status] : status), waiting)
  }
}

/**
 * Listens to the caller's own source of requests until the attempt has ended. One that is aborted already is passed on
 * before the start, or resume, is answered.
 *
 * @since 0.1.0
 */
export const listen = (
  calls: Calls,
  handle: ExecutionHandle.ExecutionHandle,
  source: ExecutionHandle.SignalSource["interruptOn"]
): Effect.Effect<void, Effect.Error<ReturnType<typeof ExecutionHandle.passOn>>> => {
  if (source === undefined) return Effect.void
  const passed = ExecutionHandle.passOn(handle, source)
  if (!Effect.isEffect(source) && source.aborted) return passed
  const told = Effect.catchCause(passed, (cause) =>
    Effect.logWarning(`A request to stop \`${handle.id}\` could not be passed on`, cause)
  )
  return Effect.sync(() => calls.background(told))
}
