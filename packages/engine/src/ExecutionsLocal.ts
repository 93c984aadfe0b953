/**
 * `Executions` in this process: the engine itself, over a catalog of flows and a store.
 *
 * @since 0.1.0
 */
import { Clock, Context, Deferred, Effect, Exit, Layer, Option, type Scope, Stream } from "effect"
import * as EventLoop from "./EventLoop.ts"
import { Execution } from "./Execution.ts"
import type { Claim, ExecutionStoreShape } from "./ExecutionStore.ts"
import * as ExecutionStoreMemory from "./ExecutionStoreMemory.ts"
import type * as Flow from "./Flow.ts"
import * as FlowCatalog from "./FlowCatalog.ts"
import type * as FlowError from "./FlowError.ts"
import * as CommandTable from "./model/CommandTable.ts"
import type { ExecutionEvent } from "./model/ExecutionEvent.ts"
import * as ExecutionId from "./model/ExecutionId.ts"
import {
  type Asker,
  Executions,
  type ExecutionsShape,
  type Receipt,
  type ResumeRequest,
  type StartRequest
} from "./model/Executions.ts"
import {
  CommandRefused,
  ExecutionNotFound,
  ExecutionsUnavailable,
  FlowBusy,
  FlowDiffers,
  type FlowNotFound,
  InvalidParams
} from "./model/ExecutionsError.ts"
import * as ExecutionState from "./model/ExecutionState.ts"
import type { InterruptStrategy } from "./model/InterruptStrategy.ts"
import type { Outcome } from "./model/Outcome.ts"
import * as Plan from "./Plan.ts"
import * as Secrets from "./Secrets.ts"
import type { StepGraph } from "./StepGraph.ts"
import type { Earlier } from "./StepWalk.ts"

/**
 * What the engine is made of: its flows, and where it keeps what happens.
 *
 * @since 0.1.0
 */
export interface Options<R> {
  readonly flows: ReadonlyArray<Flow.Flow<unknown, R>>
  /** @default a new store in memory */
  readonly store?: ExecutionStoreShape | undefined
  /** Executions that run at a time; further ones are Pending. @default no limit */
  readonly maxExecutions?: number | undefined
  /** The name of this engine as an owner. @default a random one */
  readonly owner?: string | undefined
}

/**
 * The engine's own `Executions`: it also says directly how an execution ended.
 *
 * @since 0.1.0
 */
export interface LocalExecutions extends ExecutionsShape {
  /** Waits for the end of the attempt under way, or answers how the last one in this process ended. */
  readonly outcome: (id: ExecutionId.ExecutionId) => Effect.Effect<Outcome, ExecutionNotFound>
  /** Why an execution's last events are not in the store, if they are not. */
  readonly unrecorded: (id: ExecutionId.ExecutionId) => string | undefined
  /** Another process can find its executions and go on with them. */
  readonly durable: boolean
}

interface Live {
  execution: Execution
  readonly graph: StepGraph
  /** As they were given, secrets included: only this process knows them. */
  readonly params: unknown
  readonly waiters: Set<(outcome: Outcome) => void>
}

/**
 * Makes the engine. When the scope closes, it asks what runs to stop (source `Shutdown`) and waits for it.
 *
 * **Example** (Running a flow in this process)
 *
 * ```ts
 * const greet = Flow.make("greet", { steps: [Step.make("hello", { run: () => "hello" })] })
 * const program = Effect.gen(function* () {
 *   const executions = yield* ExecutionsLocal.make({ flows: [greet] })
 *   const outcome = yield* ExecutionHandle.run(executions, { flow: "greet" })
 *   return outcome.values["hello"]
 * })
 * const value = Effect.runPromise(Effect.scoped(program))
 * ```
 *
 * @since 0.1.0
 */
export const make = <R = never>(
  options: Options<R>
): Effect.Effect<LocalExecutions, FlowError.FlowError, R | Scope.Scope> =>
  Effect.gen(function* () {
    const catalog = yield* FlowCatalog.make(options.flows)
    // Flat: a context that has grown by many additions is copied whole by the one that each step makes.
    const context = Context.makeUnsafe<never>(new Map((yield* Effect.context<R>()).mapUnsafe))
    const clock = yield* Clock.Clock
    const engine = new Engine(catalog, context, clock, options)
    yield* Effect.addFinalizer(() => engine.shutdown)
    return engine.executions
  })

/**
 * The engine as a layer.
 *
 * @since 0.1.0
 */
export const layer = <R = never>(options: Options<R>): Layer.Layer<Executions, FlowError.FlowError, R> =>
  Layer.effect(Executions, make(options)) as Layer.Layer<Executions, FlowError.FlowError, R>

const pageSize = 1024

type StartError = FlowNotFound | FlowDiffers | FlowBusy | InvalidParams | ExecutionsUnavailable

class Engine {
  private readonly catalog: FlowCatalog.FlowCatalog
  private readonly context: Context.Context<never>
  private readonly clock: Clock.Clock
  private readonly store: ExecutionStoreShape
  private readonly owner: string
  private readonly maxExecutions: number
  private readonly live = new Map<ExecutionId.ExecutionId, Live>()
  private readonly keys = new Map<string, Deferred.Deferred<ExecutionId.ExecutionId, StartError>>()
  /** Executions of which an attempt is being registered: the store may take its time for that. */
  private readonly starting = new Map<
    ExecutionId.ExecutionId,
    { readonly flow: string; readonly done: Deferred.Deferred<void> }
  >()
  private readonly queue: Array<Execution> = []
  private isShutDown = false
  private working = 0

  constructor(
    catalog: FlowCatalog.FlowCatalog,
    context: Context.Context<never>,
    clock: Clock.Clock,
    options: Omit<Options<never>, "flows">
  ) {
    this.catalog = catalog
    this.context = context
    this.clock = clock
    this.store = options.store ?? ExecutionStoreMemory.make()
    this.owner = options.owner ?? crypto.randomUUID()
    this.maxExecutions = options.maxExecutions ?? Number.POSITIVE_INFINITY
  }

  get executions(): LocalExecutions {
    return {
      flows: Effect.succeed(this.catalog.all.map((graph) => graph.description)),
      start: (request) => this.start(request),
      get: (id) => this.get(id),
      list: (filter) =>
        this.store
          .list(filter)
          .pipe(Effect.catch((error) => Effect.fail(new ExecutionsUnavailable({ reason: error.message })))),
      output: (id, step) => this.output(id, step),
      events: (id, after) => this.events(id, after ?? 0),
      logs: (id, options) =>
        this.follow(id, options?.after ?? 0, (after) =>
          this.store.readLog(id, { after, limit: pageSize, step: options?.step })
        ),
      interrupt: (id, request) => this.command(id, (execution) => execution.interrupt(request ?? {})),
      pause: (id, asker) => this.command(id, (execution) => execution.pause(asker ?? {})),
      resume: (id, request) => this.resume(id, request ?? {}),
      terminate: (id, request) => this.command(id, (execution) => execution.terminate(request ?? {})),
      answer: (id, step, value, asker) => this.command(id, (execution) => execution.answer(step, value, asker ?? {})),
      outcome: (id) => this.outcome(id),
      unrecorded: (id) => this.live.get(id)?.execution.unrecorded,
      durable: this.store.durable
    }
  }

  // ── Starting ────────────────────────────────────────────────────────────────────────────────────────────────────

  private start: ExecutionsShape["start"] = (request) =>
    Effect.suspend(() => {
      const key = request.idempotencyKey
      if (key === undefined) return this.startNew(request)
      const known = this.keys.get(key)
      if (known !== undefined) return Deferred.await(known)
      const first = Deferred.makeUnsafe<ExecutionId.ExecutionId, StartError>()
      this.keys.set(key, first)
      return Effect.onExit(Effect.uninterruptible(this.startNew(request)), (exit) => {
        if (Exit.isFailure(exit)) this.keys.delete(key)
        return Deferred.done(first, exit)
      })
    })

  private startNew(request: StartRequest): Effect.Effect<ExecutionId.ExecutionId, StartError> {
    return Effect.gen({ self: this }, function* () {
      const graph = yield* this.catalog.get(request.flow)
      const { fingerprint } = graph.description
      if (request.fingerprint !== undefined && request.fingerprint !== fingerprint)
        return yield* new FlowDiffers({ flow: request.flow, expected: request.fingerprint, actual: fingerprint })
      const params = yield* this.decode(graph, request.params)
      yield* this.checkSingle(graph)
      const id = ExecutionId.make(this.clock.currentTimeMillisUnsafe())
      yield* this.register(
        id,
        request.flow,
        this.launch(graph, id, params, request, {
          attempt: 1,
          sequence: 0,
          lineSequence: 0,
          strategy: request.strategy,
          stopAfter: request.stopAfter
        })
      )
      return id
    })
  }

  /** While it goes on a `single` flow is busy, and commands to the execution wait. */
  private register<A, E>(id: ExecutionId.ExecutionId, flow: string, launch: Effect.Effect<A, E>): Effect.Effect<A, E> {
    const done = Deferred.makeUnsafe<void>()
    this.starting.set(id, { flow, done })
    return Effect.ensuring(
      launch,
      Effect.suspend(() => {
        this.starting.delete(id)
        return Deferred.succeed(done, undefined)
      })
    )
  }

  private decode(graph: StepGraph, given: unknown) {
    return graph.flow.params
      .decode(given)
      .pipe(Effect.mapError((problems) => new InvalidParams({ flow: graph.flow.name, problems })))
  }

  private checkSingle(graph: StepGraph): Effect.Effect<void, FlowBusy> {
    if (!graph.flow.single) return Effect.void
    for (const [id, { flow }] of this.starting)
      if (flow === graph.flow.name) return Effect.fail(new FlowBusy({ flow, execution: id }))
    for (const [id, live] of this.live)
      if (live.graph.flow.name === graph.flow.name && !live.execution.isOver)
        return Effect.fail(new FlowBusy({ flow: graph.flow.name, execution: id }))
    return Effect.void
  }

  private launch(
    graph: StepGraph,
    id: ExecutionId.ExecutionId,
    params: unknown,
    asker: Asker,
    from: {
      readonly attempt: number
      readonly sequence: number
      readonly lineSequence: number
      readonly strategy?: InterruptStrategy | undefined
      readonly stopAfter?: number | undefined
      readonly earlier?: Earlier | undefined
    }
  ): Effect.Effect<void, ExecutionsUnavailable> {
    return Effect.gen({ self: this }, function* () {
      if (this.isShutDown) return yield* new ExecutionsUnavailable({ reason: "it is shut down" })
      const claim: Claim = yield* this.store
        .claim(id, this.owner, { takeOver: this.owner })
        .pipe(Effect.mapError((error) => new ExecutionsUnavailable({ reason: error.message })))
      const { secrets: names } = graph.flow.params
      const given = (typeof params === "object" && params !== null ? params : {}) as Record<string, unknown>
      const secret = names.flatMap((name) => Secrets.textsOf(given[name]))
      // A place is taken here, where nothing comes between looking and taking.
      const queued = this.working >= this.maxExecutions
      if (!queued) this.working++
      const execution = new Execution({
        plan: Plan.make(graph),
        params,
        recordedParams:
          names.length === 0
            ? params
            : Object.fromEntries(
                Object.entries(given).map(([k, v]) => [k, names.includes(k) && v !== undefined ? "(secret)" : v])
              ),
        attempt: from.attempt,
        earlier: from.earlier,
        asker,
        strategy:
          graph.flow.strategy._tag === "IgnoreInterruptions" || from.strategy === undefined
            ? graph.flow.strategy
            : from.strategy,
        stopAfter: from.stopAfter,
        store: this.store,
        claim,
        sequence: from.sequence,
        lineSequence: from.lineSequence,
        clock: this.clock,
        secrets: Secrets.make(secret),
        context: this.context,
        queued,
        onEnd: (outcome) => this.ended(id, outcome)
      })
      const before = this.live.get(id)
      this.live.set(id, { execution, graph, params, waiters: before?.waiters ?? new Set() })
      if (queued) this.queue.push(execution)
      yield* Effect.callback<void>((resume) => execution.recorder.whenCommitted(() => resume(Effect.void)))
      const { failure } = execution.recorder
      if (failure !== undefined) {
        // It has ended for this reason, and so given back its place.
        if (before === undefined) this.live.delete(id)
        else this.live.set(id, before)
        return yield* new ExecutionsUnavailable({ reason: failure.message })
      }
      if (!queued) this.beginSoon(execution)
    })
  }

  // In a later turn: whoever has just been given the id can still interrupt before the first step.
  private beginSoon(execution: Execution): void {
    EventLoop.defer(() => {
      if (execution.isOver) return
      execution.begin()
    })
  }

  private ended(id: ExecutionId.ExecutionId, outcome: Outcome): void {
    const live = this.live.get(id)
    const queued = live === undefined ? -1 : this.queue.indexOf(live.execution)
    if (queued >= 0) this.queue.splice(queued, 1)
    else {
      const next = this.queue.shift()
      if (next === undefined) this.working--
      else this.beginSoon(next)
    }
    if (live === undefined) return
    const waiters = [...live.waiters]
    live.waiters.clear()
    for (const waiter of waiters) waiter(outcome)
  }

  // ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────

  private command(
    id: ExecutionId.ExecutionId,
    run: (execution: Execution) => Receipt | CommandRefused
  ): Effect.Effect<Receipt, ExecutionNotFound | CommandRefused> {
    return Effect.suspend((): Effect.Effect<Receipt, ExecutionNotFound | CommandRefused> => {
      const starting = this.starting.get(id)
      if (starting !== undefined) return Effect.andThen(Deferred.await(starting.done), this.command(id, run))
      const live = this.live.get(id)
      if (live === undefined) return Effect.fail(new ExecutionNotFound({ execution: id }))
      const answer = run(live.execution)
      if (answer instanceof CommandRefused) return Effect.fail(answer)
      // Answered once it is recorded.
      return Effect.callback<Receipt>((resume) =>
        live.execution.recorder.whenCommitted(() => resume(Effect.succeed(answer)))
      )
    })
  }

  private resume(id: ExecutionId.ExecutionId, request: ResumeRequest) {
    return Effect.gen({ self: this }, function* () {
      const live = this.live.get(id)
      if (live === undefined) return yield* new ExecutionNotFound({ execution: id })
      const { status } = live.execution
      const answer = CommandTable.answer(status, "resume")
      if (answer._tag !== "Attempt") return yield* this.command(id, (execution) => execution.goOn(request))
      if (!live.execution.isOver) yield* this.outcome(id)
      // Of several that wait for the same end the first one resumes it.
      if (this.starting.has(id) || this.live.get(id) !== live)
        return yield* this.command(id, (execution) => execution.goOn(request))
      yield* this.checkSingle(live.graph)
      return yield* this.register(id, live.graph.flow.name, this.attempt(id, live, request))
    })
  }

  /** Begins the next attempt of one that has ended. */
  private attempt(id: ExecutionId.ExecutionId, live: Live, request: ResumeRequest) {
    return Effect.gen({ self: this }, function* () {
      const refuse = (
        code: CommandRefused["code"],
        more?: { readonly steps?: ReadonlyArray<string>; readonly detail?: string }
      ) => new CommandRefused({ execution: id, command: "resume", code, status: live.execution.status, ...more })
      // Late requests are recorded after the end: the attempt goes on behind them.
      yield* Effect.callback<void>((resume) => live.execution.recorder.whenCommitted(() => resume(Effect.void)))
      const events = yield* this.readAll(id)
      const state = ExecutionState.fold(undefined, events)!
      const graph = yield* this.catalog.get(state.flow)
      if (graph.description.fingerprint !== state.definition.fingerprint && request.definition !== "current")
        return yield* refuse("definition-changed")
      const again = needsRerun(graph, state, request.rerun ?? [])
      if (again.length > 0)
        return yield* refuse("needs-rerun", {
          steps: again,
          detail: "They began, did not complete, and are not idempotent: name those that may run again."
        })
      const params = request.params === undefined ? live.params : yield* this.decode(graph, request.params)
      yield* this.launch(graph, id, params, request, {
        attempt: state.attempt + 1,
        sequence: events.at(-1)!.sequence,
        lineSequence: live.execution.recorder.lineSequence,
        stopAfter: request.stopAfter,
        earlier: earlierOf(state, events)
      })
      return { execution: id, status: this.live.get(id)!.execution.status, effect: "done" as const }
    })
  }

  private outcome(id: ExecutionId.ExecutionId): Effect.Effect<Outcome, ExecutionNotFound> {
    return Effect.suspend(() => {
      const live = this.live.get(id)
      if (live === undefined) return Effect.fail(new ExecutionNotFound({ execution: id }))
      if (live.execution.outcome !== undefined) return Effect.succeed(live.execution.outcome)
      return Effect.callback<Outcome>((resume) => {
        const waiter = (outcome: Outcome) => resume(Effect.succeed(outcome))
        live.waiters.add(waiter)
        return Effect.sync(() => void live.waiters.delete(waiter))
      })
    })
  }

  // ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private readAll(id: ExecutionId.ExecutionId): Effect.Effect<ReadonlyArray<ExecutionEvent>, ExecutionsUnavailable> {
    return this.store
      .read(id, 0, Number.MAX_SAFE_INTEGER)
      .pipe(Effect.mapError((error) => new ExecutionsUnavailable({ reason: error.message })))
  }

  private get(id: ExecutionId.ExecutionId) {
    return Effect.flatMap(this.readAll(id), (events) => {
      const state = ExecutionState.fold(undefined, events)
      return state === undefined ? Effect.fail(new ExecutionNotFound({ execution: id })) : Effect.succeed(state)
    })
  }

  private output(id: ExecutionId.ExecutionId, step: string) {
    return Effect.gen({ self: this }, function* () {
      const found = (yield* this.get(id)).steps.get(step)
      const reference = found?.status === "Completed" ? found.references?.["value"] : undefined
      if (reference === undefined) return found?.status === "Completed" ? found.value : undefined
      const text = yield* this.store
        .readBlob(id, reference.sha256)
        .pipe(Effect.mapError((error) => new ExecutionsUnavailable({ reason: error.message })))
      return text === undefined ? undefined : (JSON.parse(text) as unknown)
    })
  }

  private events(id: ExecutionId.ExecutionId, after: number) {
    return this.follow(id, after, (last) => this.store.read(id, last, pageSize))
  }

  /** What is stored, then what comes, in pages; ends when the execution has ended and everything was read. */
  private follow<A extends { readonly sequence: number }, E extends { readonly message: string }>(
    id: ExecutionId.ExecutionId,
    after: number,
    read: (after: number) => Effect.Effect<ReadonlyArray<A>, E>
  ): Stream.Stream<A, ExecutionNotFound | ExecutionsUnavailable> {
    const page = (
      last: number
    ): Effect.Effect<readonly [ReadonlyArray<A>, Option.Option<number>], ExecutionNotFound | ExecutionsUnavailable> =>
      Effect.gen({ self: this }, function* () {
        const live = this.live.get(id)
        // Read before looking whether it is over: what is recorded last is never missed.
        const over = live === undefined || live.execution.isOver
        const changes = live?.execution.recorder.changes
        const found = yield* read(last).pipe(Effect.mapError((e) => new ExecutionsUnavailable({ reason: e.message })))
        if (found.length > 0) return [found, Option.some(found.at(-1)!.sequence)] as const
        if (over) return [[], Option.none<number>()] as const
        yield* Effect.callback<void>((resume) => {
          const release = live.execution.recorder.onCommit(() => {
            release()
            resume(Effect.void)
          })
          // The page was on its way when something changed.
          if (live.execution.isOver || live.execution.recorder.changes !== changes) {
            release()
            resume(Effect.void)
          }
          return Effect.sync(release)
        })
        return [[], Option.some(last)] as const
      })
    const known = Effect.suspend(() =>
      this.live.has(id)
        ? Effect.void
        : Effect.flatMap(this.store.read(id, 0, 1), (first) =>
            first.length === 0 ? Effect.fail(new ExecutionNotFound({ execution: id })) : Effect.void
          ).pipe(
            Effect.catchTag("StoreUnavailable", (e) => Effect.fail(new ExecutionsUnavailable({ reason: e.message })))
          )
    )
    return Stream.unwrap(Effect.as(known, Stream.paginate(after, page)))
  }

  /** Asks what runs to stop, and waits until it has. */
  get shutdown(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isShutDown = true
      const running = [...this.live].filter(([, live]) => !live.execution.isOver)
      for (const [, { execution }] of running)
        execution.interrupt({ source: "Shutdown", reason: "the engine shuts down" })
      return Effect.forEach(running, ([id]) => Effect.ignore(this.outcome(id)), {
        concurrency: "unbounded",
        discard: true
      })
    })
  }
}

/** Steps that began, did not complete and are not idempotent, have no cursor, and are not named to run again. */
const needsRerun = (
  graph: StepGraph,
  state: ExecutionState.ExecutionState,
  rerun: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const named = (id: string) =>
    rerun.some((name) => id === name || id.endsWith(`/${name}`) || id.startsWith(`${name}/`))
  return [...state.steps.values()].flatMap(({ cursor, id, status }) => {
    const begun = status === "Interrupted" || status === "Terminated" || status === "Failed"
    const idempotent = graph.nodes.get(id)?.step.options.idempotent !== false
    return begun && !idempotent && cursor === undefined && !named(id) ? [id] : []
  })
}

const earlierOf = (state: ExecutionState.ExecutionState, events: ReadonlyArray<ExecutionEvent>): Earlier => {
  const completed = new Map<string, unknown>()
  for (const event of events)
    if (event.type === "step-completed" && state.steps.get(event.step)?.status === "Completed") {
      // The last completion counts: an undone step may have completed before.
      completed.delete(event.step)
      completed.set(event.step, state.steps.get(event.step)!.value)
    }
  const cursors = new Map<string, unknown>()
  const kept = new Map<string, { items?: ReadonlyArray<unknown>; failed?: number; results?: ReadonlyArray<unknown> }>()
  for (const { cursor, failed, id, items, results, status } of state.steps.values()) {
    if (status === "Completed") continue
    if (cursor !== undefined) cursors.set(id, cursor)
    if (items !== undefined)
      kept.set(id, {
        items,
        ...(failed === undefined ? undefined : { failed }),
        ...(results === undefined ? undefined : { results })
      })
  }
  return { completed, cursors, kept }
}
