/**
 * One command at a time in one place, as a view of an `Executions`: what a server or a desktop puts in front of the engine
 * that runs its Command view. What other terminals run is none of its business.
 *
 * @since 0.1.0
 */
import { resolve } from "node:path"
import { Effect, Semaphore } from "effect"
import { CommandParams, type ExecutionId, type Executions, ExecutionsError, ExecutionStatus } from "@halte/engine"

/**
 * @since 0.1.0
 */
export interface Options {
  /** What the directories of commands are relative to. It is recorded with each, so that a resume runs there, too. */
  readonly directory: string
  /** What is known of the key of a start, by the engine: the same one again is no second start, whatever runs. */
  readonly started: (
    request: Executions.StartRequest
  ) => Effect.Effect<ExecutionId.ExecutionId | undefined, ExecutionsError.KeyRefused | ExecutionsError.Always>
}

/**
 * Makes the view. A command that is started while another one of this view has not ended is refused with `FlowBusy`, which
 * names that one, also when both come at once; so is the resume of a command that has ended.
 *
 * @since 0.1.0
 */
export const make = (executions: Executions.ExecutionsShape, options: Options): Executions.ExecutionsShape => {
  const oneByOne = Semaphore.makeUnsafe(1)
  let last: ExecutionId.ExecutionId | undefined

  const free: Effect.Effect<void, ExecutionsError.FlowBusy | ExecutionsError.Always> = Effect.suspend(() => {
    const id = last
    if (id === undefined) return Effect.void
    return executions.get(id).pipe(
      Effect.flatMap(({ status }) =>
        ExecutionStatus.isEnded(status)
          ? Effect.void
          : Effect.fail(new ExecutionsError.FlowBusy({ flow: CommandParams.flow, execution: id }))
      ),
      // It was removed, so it had ended.
      Effect.catchTag("ExecutionNotFound", () => Effect.void)
    )
  })

  const start = (asked: Executions.StartRequest) =>
    Effect.gen(function* () {
      const request = { ...asked, params: placed(asked.params, options.directory) }
      const known = request.idempotencyKey === undefined ? undefined : yield* options.started(request)
      if (known !== undefined) return known
      yield* free
      last = yield* executions.start(request)
      return last
    })

  const again = (id: ExecutionId.ExecutionId, request: Executions.ResumeRequest | undefined) =>
    Effect.tap(Effect.andThen(free, executions.resume(id, request)), () =>
      Effect.sync(() => {
        last = id
      })
    )

  // Once it is known that it may start, it does, and is remembered: whoever asked may be gone by then.
  const inTurn = <A, E>(effect: Effect.Effect<A, E>) => oneByOne.withPermit(Effect.uninterruptible(effect))
  return {
    ...executions,
    start: (request) => (request.flow === CommandParams.flow ? inTurn(start(request)) : executions.start(request)),
    resume: (id, request) =>
      Effect.flatMap(executions.get(id), ({ flow, status }) =>
        // One that is paused goes on where it is, here or elsewhere.
        flow === CommandParams.flow && ExecutionStatus.isEnded(status)
          ? inTurn(again(id, request))
          : executions.resume(id, request)
      )
  }
}

/** Params with the directory that the command runs in. What they are is for the flow to check. */
const placed = (params: unknown, directory: string): unknown => {
  if (typeof params !== "object" || params === null || Array.isArray(params)) return params
  const given = "directory" in params ? params.directory : undefined
  if (given !== undefined && typeof given !== "string") return params
  return { ...params, directory: resolve(directory, given ?? "") }
}
