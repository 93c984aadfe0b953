/**
 * The executions of a project wherever they are: commands and live streams go to the engine that has an execution, over
 * its socket; everything else is read from the store and done by the engine of this process.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import {
  type ExecutionId,
  type Executions,
  ExecutionsError,
  type ExecutionsLocal,
  type ExecutionState,
  ExecutionStatus,
  type ExecutionStore
} from "@halte/engine"

/**
 * @since 0.1.0
 */
export interface Options {
  readonly local: ExecutionsLocal.LocalExecutions
  /** Whether executions may run in this process. */
  readonly runs: boolean
  readonly store: ExecutionStore.ExecutionStoreShape
  /** The name of the engine of this process. */
  readonly owner: string
  /** The engine of another process, while it lives. */
  readonly engineOf: (owner: string) => Executions.ExecutionsShape | undefined
  /** Recovers what engines that are gone have left. */
  readonly recover: Effect.Effect<unknown, ExecutionStore.StoreUnavailable>
}

type Id = ExecutionId.ExecutionId
type Unavailable = ExecutionsError.ExecutionsUnavailable

/**
 * Makes the `Executions` of a project.
 *
 * @since 0.1.0
 */
export const make = (options: Options): Executions.ExecutionsShape => {
  const local = options.runs ? options.local : { ...options.local, ...onlyLooks }
  /** Who has an execution now: another engine that lives, or else this one. */
  const holder = (id: Id): Effect.Effect<Executions.ExecutionsShape, Unavailable> =>
    Effect.gen(function* () {
      const owner = yield* ownerOf(options, id)
      if (owner === undefined || owner === options.owner) return local
      const engine = options.engineOf(owner)
      if (engine !== undefined) return engine
      yield* options.recover
      return local
    }).pipe(Effect.catchTag("StoreUnavailable", (error) => Effect.fail(unavailable(error))))

  const ask = <A, E>(
    id: Id,
    request: (executions: Executions.ExecutionsShape) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | Unavailable> => Effect.flatMap(holder(id), request)

  /** Follows an execution over the end of its engine: what that engine has stored goes on being read. */
  const follow = <A extends { readonly sequence: number }, E>(
    id: Id,
    after: number,
    from: (executions: Executions.ExecutionsShape, after: number) => Stream.Stream<A, E | Unavailable>
  ): Stream.Stream<A, E | Unavailable> =>
    Stream.unwrap(
      Effect.map(holder(id), (engine) => {
        if (engine === local) return from(local, after)
        let last = after
        return from(engine, after).pipe(
          Stream.tap((one) =>
            Effect.sync(() => {
              last = one.sequence
            })
          ),
          Stream.catchIf(isUnavailable, (error) =>
            Stream.unwrap(
              Effect.map(holder(id), (now) => (now === local ? from(local, last) : Stream.fail(error as Unavailable)))
            )
          )
        )
      })
    )

  return {
    flows: local.flows,
    start: (request) =>
      local.start(request).pipe(
        // The engine that was about to record it may be gone: then nothing was started, and the key is free.
        Effect.catchIf(isInUse, () =>
          Effect.andThen(
            Effect.mapError(options.recover, (error) => unavailable(error)),
            local.start(request)
          )
        )
      ),
    get: local.get,
    list: local.list,
    counts: local.counts,
    output: local.output,
    events: (id, after) =>
      follow(id, after ?? 0, (executions, from) =>
        executions === local ? own(local, id, local.events(id, from)) : executions.events(id, from)
      ),
    logs: (id, { after, step } = {}) =>
      follow(id, after ?? 0, (executions, from) => executions.logs(id, { after: from, step })),
    interrupt: (id, request) => ask(id, (executions) => executions.interrupt(id, request)),
    pause: (id, asker) => ask(id, (executions) => executions.pause(id, asker)),
    resume: (id, request) => ask(id, (executions) => executions.resume(id, request)),
    terminate: (id, request) => ask(id, (executions) => executions.terminate(id, request)),
    undo: (id, request) => ask(id, (executions) => executions.undo(id, request)),
    answer: (id, step, value, asker) => ask(id, (executions) => executions.answer(id, step, value, asker))
  }
}

type Events = ReturnType<Executions.ExecutionsShape["events"]>

/**
 * The events of an execution of this engine, which end with the reason when they can't be recorded any more: what is
 * stored about it from then on is what somebody else found, not what happened here.
 */
const own = (local: ExecutionsLocal.LocalExecutions, id: Id, events: Events): Events =>
  Stream.suspend(() => {
    // What was lost before anybody looked is told by the record alone.
    if (local.unrecorded(id) !== undefined) return events
    const check = Effect.suspend(() => {
      const why = local.unrecorded(id)
      return why === undefined ? Effect.void : lost(local, id, why)
    })
    return events.pipe(
      Stream.mapArrayEffect((some) => Effect.as(check, some)),
      Stream.concat(Stream.fromEffectDrain(check))
    )
  })

const lost = (local: ExecutionsLocal.LocalExecutions, id: Id, why: string): Effect.Effect<never, Unavailable> =>
  Effect.gen(function* () {
    const state = yield* Effect.option(local.get(id))
    const steps = state._tag === "Some" ? underWay(state.value) : []
    const missing = steps.length === 0 ? "what happened here since" : `how ${steps.join(", ")} ended`
    return yield* unavailable({ message: `${why.replace(/\.$/, "")}. Not recorded: ${missing}` })
  })

/** Steps that the record says are under way. */
const underWay = ({ steps }: ExecutionState.ExecutionState): ReadonlyArray<string> =>
  [...steps.values()].filter(({ status }) => ExecutionStatus.isActive(status)).map(({ id }) => `\`${id}\``)

const looks = Effect.fail(
  new ExecutionsError.ExecutionsUnavailable({ reason: "the project was opened to look at, and nothing runs here" })
)
// Others could not see that this process is alive, and would take what it runs for abandoned.
const onlyLooks = { start: () => looks, resume: () => looks, undo: () => looks }

const isInUse = (error: unknown): boolean =>
  error instanceof ExecutionsError.KeyRefused && error.code === "idempotency-key-in-use"

const isUnavailable = (error: unknown): boolean => error instanceof ExecutionsError.ExecutionsUnavailable

const unavailable = (error: { readonly message: string }): Unavailable =>
  new ExecutionsError.ExecutionsUnavailable({ reason: error.message.replace(/\.$/, "") })

const ownerOf = ({ store }: Options, id: Id) =>
  Effect.map(store.list({ ending: id, limit: 1 }), (found) => found[0]?.owner)
