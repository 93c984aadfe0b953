/**
 * `Executions` in this process: the engine itself, over a catalog of flows and a store.
 *
 * @since 0.1.0
 */
import { Clock, Context, Deferred, Effect, Layer, type Scope, Semaphore } from "effect"
import { ChildExecutions } from "./ChildExecutions.ts"
import * as ChildResume from "./ChildResume.ts"
import * as ChildRuns from "./ChildRuns.ts"
import * as EventLoop from "./EventLoop.ts"
import { Execution } from "./Execution.ts"
import { ExecutionReader, unavailable } from "./ExecutionReader.ts"
import type { Claim, ExecutionStoreShape, KeyTaken, StartKey } from "./ExecutionStore.ts"
import * as ExecutionStoreMemory from "./ExecutionStoreMemory.ts"
import type * as Flow from "./Flow.ts"
import * as FlowCatalog from "./FlowCatalog.ts"
import type * as FlowError from "./FlowError.ts"
import * as CommandTable from "./model/CommandTable.ts"
import * as ExecutionId from "./model/ExecutionId.ts"
import {
  type AnswerRequest,
  type Asker,
  Executions,
  type ExecutionsShape,
  type Receipt,
  type ResumeRequest,
  type StartRequest,
  type UndoRequest
} from "./model/Executions.ts"
import {
  CommandRefused,
  ExecutionNotFound,
  ExecutionsUnavailable,
  FlowBusy,
  FlowDiffers,
  type FlowInvalid,
  type FlowNotFound,
  InvalidParams,
  type KeyRefused
} from "./model/ExecutionsError.ts"
import * as ExecutionState from "./model/ExecutionState.ts"
import { isEnded } from "./model/ExecutionStatus.ts"
import type { InterruptRequest } from "./model/InterruptSignal.ts"
import type { InterruptStrategy } from "./model/InterruptStrategy.ts"
import type { Outcome } from "./model/Outcome.ts"
import type { ParentStep } from "./model/ParentStep.ts"
import * as Heartbeat from "./Heartbeat.ts"
import * as KeyedStart from "./KeyedStart.ts"
import * as LateRequest from "./LateRequest.ts"
import * as PlaceLine from "./PlaceLine.ts"
import * as Plan from "./Plan.ts"
import * as Recovery from "./Recovery.ts"
import * as RequestDigest from "./RequestDigest.ts"
import * as Resume from "./Resume.ts"
import * as Secrets from "./Secrets.ts"
import type { StepGraph } from "./StepGraph.ts"
import type { Earlier } from "./StepWalk.ts"
import * as Undoing from "./Undoing.ts"
import type { UndoAttempt } from "./UndoWork.ts"

/**
 * What the engine is made of: its flows, and where it keeps what happens.
 *
 * @since 0.1.0
 */
export interface Options<R> {
  readonly flows: ReadonlyArray<Flow.Flow<unknown, R>>
  /** Flows that are made when somebody asks for them, beside `flows`. */
  readonly provider?: FlowCatalog.FlowProvider<R> | undefined
  /** @default a new store in memory */
  readonly store?: ExecutionStoreShape | undefined
  /** Executions that run at a time; further ones are Pending. @default no limit */
  readonly maxExecutions?: number | undefined
  /** The name of this engine as an owner. @default a random one */
  readonly owner?: string | undefined
  /**
   * Makes the flows of stored executions again, for what is resumed here and is not among `flows`.
   *
   * @default the provider's of the same name
   */
  readonly source?: FlowCatalog.FlowSource<R> | undefined
  /**
   * Takes from engines that are gone what they have left: done about once a second while somebody here waits for a place of
   * a limit that executions share, since one that holds it may be gone.
   *
   * @default nothing
   */
  readonly recover?: Effect.Effect<unknown, unknown> | undefined
}

/**
 * The engine's own `Executions`: it also says directly how an execution ended.
 *
 * @since 0.1.0
 */
export interface LocalExecutions extends ExecutionsShape {
  /** Waits for the end of the attempt under way, or answers how the last one in this process ended. */
  readonly outcome: (id: ExecutionId.ExecutionId) => Effect.Effect<Outcome, ExecutionNotFound>
  /**
   * What `start` would answer by its key alone: the execution that the key has started, or that it was used for another
   * request; `undefined` when the start would be a new one. Nothing is started.
   */
  readonly started: (
    request: StartRequest
  ) => Effect.Effect<ExecutionId.ExecutionId | undefined, KeyRefused | ExecutionsUnavailable>
  /** Why an execution's last events are not in the store, if they are not. */
  readonly unrecorded: (id: ExecutionId.ExecutionId) => string | undefined
  /** Another process can find its executions and go on with them. */
  readonly durable: boolean
}

type Beginning = Omit<Resume.Resumption, "again"> &
  Partial<Pick<Resume.Resumption, "again">> & { readonly undo?: UndoAttempt }

interface Live {
  execution: Execution
  readonly graph: StepGraph
  /** As they were given, secrets included: only this process knows them. */
  readonly params: unknown
  readonly waiters: Set<(outcome: Outcome) => void>
  /** It has one of the engine's places. A sub-flow does without: its parent has one. */
  readonly hasPlace: boolean
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
    const catalog = yield* FlowCatalog.make(options.flows, options.provider)
    // Flat: a context that has grown by many additions is copied whole by the one that each step makes.
    const context = Context.makeUnsafe<never>(new Map((yield* Effect.context<R>()).mapUnsafe))
    const clock = yield* Clock.Clock
    const engine = new Engine(catalog, context, clock, options)
    yield* Effect.addFinalizer(() => engine.shutdown)
    if (options.store?.durable === true) yield* Effect.forkScoped(engine.heartbeat)
    return engine.executions
  })

/**
 * The engine as a layer.
 *
 * @since 0.1.0
 */
export const layer = <R = never>(options: Options<R>): Layer.Layer<Executions, FlowError.FlowError, R> =>
  Layer.effect(Executions, make(options)) as Layer.Layer<Executions, FlowError.FlowError, R>

const goOn = (request: ResumeRequest) => (going: Omit<Resume.Going, "request">) => Resume.prepare({ ...going, request })

/** Ended executions of a durable store that are kept in memory: for who asks how they ended, right after. */
const keptEnded = 100

type StartError = FlowNotFound | FlowInvalid | FlowDiffers | FlowBusy | InvalidParams | ExecutionsUnavailable

class Engine {
  private readonly catalog: FlowCatalog.FlowCatalog
  private readonly context: Context.Context<never>
  private readonly clock: Clock.Clock
  private readonly store: ExecutionStoreShape
  private readonly reader: ExecutionReader
  private readonly source: FlowCatalog.FlowSource<unknown> | undefined
  /** Commands to executions that are not under way: one after the other, since each claims. */
  private readonly oneByOne = Semaphore.makeUnsafe(1)
  private readonly owner: string
  private readonly maxExecutions: number
  private readonly live = new Map<ExecutionId.ExecutionId, Live>()
  private readonly keyed: KeyedStart.KeyedStart<StartError>
  /** Executions of which an attempt is being registered: the store may take its time for that. */
  private readonly starting = new Map<
    ExecutionId.ExecutionId,
    { readonly flow: string; readonly done: Deferred.Deferred<void> }
  >()
  private readonly queue: Array<Execution> = []
  private readonly line: PlaceLine.PlaceLine
  /** Those whose end the store could not take: it is told the rest, as after a crash, once it can be written again. */
  private readonly unsettled = new Map<ExecutionId.ExecutionId, Claim>()
  private isShutDown = false
  private working = 0

  constructor(
    catalog: FlowCatalog.FlowCatalog,
    context: Context.Context<never>,
    clock: Clock.Clock,
    options: Omit<Options<unknown>, "flows">
  ) {
    this.catalog = catalog
    this.clock = clock
    this.store = options.store ?? ExecutionStoreMemory.make()
    this.reader = new ExecutionReader(this.store, (id) => this.live.get(id)?.execution)
    this.source = options.source ?? (options.provider && FlowCatalog.sourceOf(options.provider))
    this.owner = options.owner ?? crypto.randomUUID()
    this.maxExecutions = options.maxExecutions ?? Number.POSITIVE_INFINITY
    this.context = Context.makeUnsafe<never>(
      new Map(context.mapUnsafe).set(ChildExecutions.key, ChildRuns.make(this.childHost))
    )
    this.line = new PlaceLine.PlaceLine({
      limits: this.store.sharedLimits,
      fork: (effect) => Effect.runForkWith(context)(effect),
      now: () => clock.currentTimeMillisUnsafe(),
      recover: options.recover
    })
    this.keyed = KeyedStart.make<StartError>({
      store: this.store,
      begin: (request, key) => this.startNew(request, key),
      giveBack: (id) =>
        Effect.suspend(() => (this.unsettled.has(id) ? Effect.as(this.settle(id), true) : Effect.succeed(false)))
    })
  }

  get executions(): LocalExecutions {
    return {
      flows: Effect.map(this.catalog.all, (graphs) => graphs.map((graph) => graph.description)),
      start: (request) => this.start(request),
      get: (id) => this.reader.get(id),
      list: (filter) => this.reader.list(filter),
      counts: (filter) => this.reader.counts(filter),
      output: (id, step) => this.reader.output(id, step),
      events: (id, after) => this.reader.events(id, after ?? 0),
      logs: (id, options) => this.reader.logs(id, options ?? {}),
      interrupt: (id, request) =>
        this.command(id, "interrupt", (execution) => execution.interrupt(request ?? {}), request ?? {}),
      pause: (id, asker) => this.command(id, "pause", (execution) => execution.pause(asker ?? {})),
      resume: (id, request) => this.resume(id, request ?? {}),
      terminate: (id, request) => this.command(id, "terminate", (execution) => execution.terminate(request ?? {})),
      answer: (id, step, value, request) => this.answer(id, step, value, request ?? {}),
      undo: (id, request) => this.undo(id, request ?? {}),
      outcome: (id) => this.outcome(id),
      started: (request) =>
        request.idempotencyKey === undefined
          ? Effect.succeed(undefined)
          : this.keyed.started(request, request.idempotencyKey),
      unrecorded: (id) => this.live.get(id)?.execution.unrecorded,
      durable: this.store.durable
    }
  }

  // ── Starting ────────────────────────────────────────────────────────────────────────────────────────────────────

  private start: ExecutionsShape["start"] = (request) =>
    Effect.suspend(() => {
      const key = request.idempotencyKey
      return key === undefined ? this.startNew(request) : this.keyed.start(request, key)
    })

  private startNew(request: StartRequest): Effect.Effect<ExecutionId.ExecutionId, StartError>
  private startNew(request: StartRequest, key: string): Effect.Effect<ExecutionId.ExecutionId, StartError | KeyTaken>
  private startNew(request: StartRequest, key?: string): Effect.Effect<ExecutionId.ExecutionId, StartError | KeyTaken> {
    return Effect.gen({ self: this }, function* () {
      const graph = yield* this.catalog.toStart(request.flow, request.params)
      const { fingerprint } = graph.description
      if (request.fingerprint !== undefined && request.fingerprint !== fingerprint)
        return yield* new FlowDiffers({ flow: request.flow, expected: request.fingerprint, actual: fingerprint })
      const params = yield* this.decode(graph, request.params)
      const keyed =
        key === undefined
          ? undefined
          : { name: key, digest: yield* RequestDigest.of(key, request, graph.flow.params.secrets) }
      yield* this.checkSingle(graph)
      const id = ExecutionId.make(this.clock.currentTimeMillisUnsafe())
      const launched = Effect.flatMap(this.claim(graph, id, { key: keyed }), (claim) =>
        this.launch(graph, claim, params, request, {
          attempt: 1,
          strategy: request.strategy,
          stopAfter: request.stopAfter
        })
      )
      // A caller who goes away leaves no claim behind that nobody uses, nor an execution that never begins.
      yield* this.register(id, request.flow, Effect.uninterruptible(launched))
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

  /** Looks at what the store does not know yet: two that start in one turn. */
  private checkSingle(graph: StepGraph, own?: ExecutionId.ExecutionId): Effect.Effect<void, FlowBusy> {
    if (!graph.flow.single) return Effect.void
    for (const [id, { flow }] of this.starting)
      if (flow === graph.flow.name && id !== own) return Effect.fail(new FlowBusy({ flow, execution: id }))
    for (const [id, live] of this.live)
      if (live.graph.flow.name === graph.flow.name && !live.execution.isOver)
        return Effect.fail(new FlowBusy({ flow: graph.flow.name, execution: id }))
    return Effect.void
  }

  /** Takes the right to write an execution, and the name of its flow if only one of it may run. */
  private claim(
    graph: StepGraph,
    id: ExecutionId.ExecutionId,
    options: { readonly takeOver?: string | undefined; readonly key?: StartKey | undefined }
  ): Effect.Effect<Claim, FlowBusy | KeyTaken | ExecutionsUnavailable> {
    if (this.isShutDown) return Effect.fail(shutDown)
    const { name, single } = graph.flow
    return this.store.claim(id, this.owner, { ...options, single: single ? name : undefined }).pipe(
      Effect.mapError((error) => {
        if (error._tag === "Held") return new FlowBusy({ flow: name, execution: error.execution })
        return error._tag === "KeyTaken" ? error : unavailable(error)
      })
    )
  }

  private launch(
    graph: StepGraph,
    claim: Claim,
    params: unknown,
    asker: Asker,
    from: {
      readonly attempt: number
      readonly strategy?: InterruptStrategy | undefined
      readonly stopAfter?: number | undefined
      readonly earlier?: Earlier | undefined
      readonly again?: ReadonlyArray<string> | undefined
      readonly parent?: ParentStep | undefined
      readonly resumed?: Pick<ResumeRequest, "definition" | "rerun"> | undefined
      /** By the step that it is a sub-flow of. */
      readonly byParent?: boolean | undefined
      readonly undo?: UndoAttempt | undefined
      readonly reason?: string | undefined
    }
  ): Effect.Effect<void, ExecutionsUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const id = claim.execution
      const { secrets: names } = graph.flow.params
      const given = (typeof params === "object" && params !== null ? params : {}) as Record<string, unknown>
      const secret = names.flatMap((name) => Secrets.textsOf(given[name]))
      // A place is taken here, where nothing comes between looking and taking.
      const { byParent, ...rest } = from
      const hasPlace = byParent !== true
      const queued = hasPlace && this.working >= this.maxExecutions
      if (hasPlace && !queued) this.working++
      const execution = new Execution({
        ...rest,
        plan: Plan.make(graph),
        params,
        recordedParams: recordedParams(graph, params),
        asker,
        strategy:
          graph.flow.strategy._tag === "IgnoreInterruptions" || from.strategy === undefined
            ? graph.flow.strategy
            : from.strategy,
        store: this.store,
        claim,
        line: this.line,
        clock: this.clock,
        secrets: this.secretsOf(graph, secret, from.parent),
        context: this.context,
        queued,
        onEnd: (outcome) => this.ended(id, outcome)
      })
      const before = this.live.get(id)
      this.live.set(id, { execution, graph, params, waiters: before?.waiters ?? new Set(), hasPlace })
      if (queued) this.queue.push(execution)
      yield* execution.recorder.committed
      const { failure } = execution.recorder
      if (failure !== undefined) {
        // It has ended for this reason, and so given back its place.
        if (before === undefined) this.live.delete(id)
        else this.live.set(id, before)
        return yield* unavailable(failure)
      }
      if (!queued) this.beginSoon(execution)
    })
  }

  /** A secret of a sub-flow is one of its parents, too, which are given what it gives; and theirs are its own. */
  private secretsOf(graph: StepGraph, own: ReadonlyArray<string>, parent: ParentStep | undefined): Secrets.Secrets {
    const above = new Set<string>()
    for (let at = parent; at !== undefined;) {
      const execution = this.live.get(at.execution as ExecutionId.ExecutionId)?.execution
      if (execution === undefined || execution.isOver) break
      if ("texts" in execution.secrets) {
        const growing = execution.secrets as Secrets.Growing
        for (const text of growing.texts) above.add(text)
        growing.add(own)
      }
      at = execution.options.parent
    }
    const all = [...own, ...above]
    return hasSubFlows(graph) ? Secrets.growing(all) : Secrets.make(all)
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
    else if (live?.hasPlace !== false) {
      const next = this.queue.shift()
      if (next === undefined) this.working--
      else this.beginSoon(next)
    }
    if (live === undefined) return
    // Its claim is released, and with it what it held.
    if (live.execution.places !== undefined) PlaceLine.wake(this.store.sharedLimits)
    const { failure, claim } = live.execution.recorder
    if (failure?._tag === "StoreUnavailable") this.unsettled.set(id, claim)
    const waiters = [...live.waiters]
    live.waiters.clear()
    for (const waiter of waiters) waiter(outcome)
    this.forgetEnded()
  }

  /** What is stored need not be remembered; what is only in memory must. */
  private forgetEnded(): void {
    if (!this.store.durable || this.live.size <= keptEnded) return
    for (const [id, { execution }] of this.live) {
      if (this.live.size <= keptEnded) return
      if (execution.isOver) this.live.delete(id)
    }
  }

  // ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────

  private command(
    id: ExecutionId.ExecutionId,
    name: CommandRefused["command"],
    run: (execution: Execution) => Receipt | CommandRefused,
    request?: InterruptRequest
  ): Effect.Effect<Receipt, ExecutionNotFound | CommandRefused | ExecutionsUnavailable> {
    return Effect.suspend(() => {
      const starting = this.starting.get(id)
      if (starting !== undefined)
        return Effect.andThen(Deferred.await(starting.done), this.command(id, name, run, request))
      const live = this.live.get(id)
      if (live !== undefined && !live.execution.isOver && isEnded(live.execution.status))
        return Effect.andThen(this.outcome(id), this.command(id, name, run, request))
      if (live === undefined || live.execution.isOver)
        return this.oneByOne
          .withPermit(
            Effect.suspend(() =>
              this.starting.has(id)
                ? Effect.succeed(undefined)
                : Effect.andThen(this.settle(id), LateRequest.answer(this.answering, id, name, request))
            )
          )
          .pipe(
            // It is being resumed since: the command is one to the new attempt.
            Effect.flatMap((receipt) =>
              receipt === undefined ? this.command(id, name, run, request) : Effect.succeed(receipt)
            )
          )
      const answer = run(live.execution)
      if (answer instanceof CommandRefused) return Effect.fail(answer)
      // Answered once it is recorded.
      return Effect.callback<Receipt>((resume) =>
        live.execution.recorder.whenCommittedNow(() => resume(Effect.succeed(answer)))
      )
    })
  }

  private resume(id: ExecutionId.ExecutionId, request: ResumeRequest): ReturnType<ExecutionsShape["resume"]> {
    return Effect.suspend(() => {
      const starting = this.starting.get(id)
      const live = this.live.get(id)
      // Of several that come at once the first one resumes it.
      if (starting !== undefined)
        return Effect.andThen(
          Deferred.await(starting.done),
          this.command(id, "resume", (execution) => execution.goOn(request))
        )
      const attempt = this.attempt(id, live, "resume", request, goOn(request))
      if (live === undefined) return this.register(id, "", attempt)
      const answer = CommandTable.answer(live.execution.status, "resume")
      if (answer._tag !== "Attempt") return this.command(id, "resume", (execution) => execution.goOn(request))
      if (live.execution.isOver) return this.register(id, live.graph.flow.name, attempt)
      return Effect.andThen(this.outcome(id), this.resume(id, request))
    })
  }

  private undo(id: ExecutionId.ExecutionId, request: UndoRequest): ReturnType<ExecutionsShape["undo"]> {
    return Effect.suspend(() => {
      const starting = this.starting.get(id)
      if (starting !== undefined) return Effect.andThen(Deferred.await(starting.done), this.undo(id, request))
      const live = this.live.get(id)
      if (live === undefined || live.execution.isOver) {
        const attempt = this.attempt(id, live, "undo", request, (going) => Undoing.prepare({ ...going, request }))
        return this.register(id, live?.graph.flow.name ?? "", attempt)
      }
      const { status } = live.execution
      const answer = CommandTable.answer(status, "undo")
      if (answer._tag === "Refuse")
        return new CommandRefused({ execution: id, command: "undo", code: answer.code, status })
      return Effect.andThen(this.outcome(id), this.undo(id, request))
    })
  }

  /** Begins the next attempt of one that has ended, here or anywhere: to go on with it, or to take it back. */
  private attempt(
    id: ExecutionId.ExecutionId,
    live: Live | undefined,
    command: "resume" | "undo",
    request: ResumeRequest & Pick<UndoRequest, "reason">,
    prepare: (going: Omit<Resume.Going, "request">) => Effect.Effect<Beginning, Resume.Refused>,
    child?: { readonly current: StepGraph | undefined }
  ) {
    return Effect.uninterruptibleMask((restore) =>
      Effect.gen({ self: this }, function* () {
        if (this.isShutDown) return yield* shutDown
        const found = yield* restore(Effect.andThen(this.settle(id), this.reader.get(id)))
        const { status } = found
        const refuse = (code: CommandRefused["code"]) => new CommandRefused({ execution: id, command, code, status })
        const answer = CommandTable.answer(status, command)
        if (answer._tag === "Refuse") return yield* refuse(answer.code)
        if (answer._tag !== "Attempt") return yield* LateRequest.elsewhere(id)
        if (child === undefined && found.parent !== undefined) yield* restore(this.refuseBesideParent(found, command))
        // Claimed first: from here on nobody else appends, so that what is read is what it goes on from.
        const claim = yield* this.oneByOne
          .withPermit(this.store.claim(id, this.owner))
          .pipe(
            Effect.mapError((error) =>
              error._tag === "Claimed" ? refuse(command === "undo" ? "running" : "already-running") : unavailable(error)
            )
          )
        const { graph, held, params, ...from } = yield* restore(this.prepare(id, live, request, prepare, child)).pipe(
          Effect.flatMap((resumption) =>
            Effect.map(this.hold(resumption.graph, claim), (held) => ({ ...resumption, held }))
          ),
          Effect.onError(() => Effect.ignore(this.store.release(claim)))
        )
        yield* this.launch(graph, held, params, request, {
          ...from,
          stopAfter: request.stopAfter,
          parent: found.parent,
          resumed: request,
          byParent: child !== undefined,
          reason: request.reason
        })
        return { execution: id, status: this.live.get(id)!.execution.status, effect: "done" as const }
      })
    )
  }

  private prepare(
    id: ExecutionId.ExecutionId,
    live: Live | undefined,
    request: ResumeRequest,
    prepare: (going: Omit<Resume.Going, "request">) => Effect.Effect<Beginning, Resume.Refused>,
    child: { readonly current: StepGraph | undefined } | undefined
  ) {
    return Effect.gen({ self: this }, function* () {
      const resumption = yield* prepare({
        events: yield* this.reader.all(id),
        reader: this.reader,
        catalog: this.catalog,
        source: this.source,
        current: child?.current,
        known: live === undefined ? undefined : { attempt: live.execution.attempt, params: live.params }
      })
      yield* this.checkSingle(resumption.graph, id)
      // Those of a child were looked at with its parent's.
      if (child === undefined && resumption.undo === undefined && resumption.earlier.cursors.size > 0)
        yield* ChildResume.check(
          {
            catalog: this.catalog,
            source: this.source,
            reader: this.reader,
            isLive: (id) => this.live.get(id)?.execution.isOver === false
          },
          { execution: id, status: yield* Effect.map(this.reader.get(id), ({ status }) => status) },
          request,
          resumption
        )
      return resumption
    })
  }

  /** Adds to a claim the name of its flow, if only one of it may run: without a moment in which nobody has the claim. */
  private hold(graph: StepGraph, claim: Claim): Effect.Effect<Claim, FlowBusy | ExecutionsUnavailable> {
    if (!graph.flow.single) return Effect.succeed(claim)
    return Effect.catchTag(this.claim(graph, claim.execution, { takeOver: this.owner }), "KeyTaken", (taken) =>
      Effect.fail(unavailable(taken))
    )
  }

  // ── Sub-flows ───────────────────────────────────────────────────────────────────────────────────────────────────

  private get childHost(): ChildRuns.Host {
    return {
      catalog: this.catalog,
      reader: this.reader,
      known: (id) => this.live.get(id)?.execution,
      outcome: (id) => this.outcome(id),
      start: ({ asker, graph, id, params: given, parent }) =>
        Effect.gen({ self: this }, function* () {
          const params = yield* this.decode(graph, given)
          yield* this.checkSingle(graph)
          const launched = Effect.flatMap(this.claim(graph, id, {}), (claim) =>
            this.launch(graph, claim, params, asker, { attempt: 1, parent, byParent: true })
          )
          yield* this.register(id, graph.flow.name, launched)
        }).pipe(Effect.catchTag("KeyTaken", (error) => Effect.fail(unavailable(error)))),
      resume: (id, request, current) =>
        Effect.suspend((): Effect.Effect<unknown, ChildResumeError> => {
          // By somebody who was faster.
          const starting = this.starting.get(id)
          return starting === undefined
            ? this.register(id, "", this.attempt(id, this.live.get(id), "resume", request, goOn(request), { current }))
            : Deferred.await(starting.done)
        }).pipe(Effect.asVoid)
    }
  }

  /** A sub-flow is not resumed beside its parent: that goes on with it. */
  private refuseBesideParent({ id, parent, status }: ExecutionState.ExecutionState, command: "resume" | "undo") {
    return Effect.gen({ self: this }, function* () {
      const [above] = yield* this.reader.list({ ending: parent!.execution, limit: 1 })
      if (above === undefined || isEnded(above.status)) return
      return yield* new CommandRefused({
        execution: id,
        command,
        code: command === "undo" ? "running" : "already-running",
        status,
        detail: `It is a sub-flow of \`${above.id}\`, at \`${parent!.step}\`, which is under way.`
      })
    })
  }

  /** The gate of a sub-flow that is under way may be named from above: `notes/approve`. */
  private answer(
    id: ExecutionId.ExecutionId,
    step: string,
    value: unknown,
    request: AnswerRequest
  ): ReturnType<ExecutionsShape["answer"]> {
    for (const [name, child] of this.live.get(id)?.execution.children ?? [])
      if (step.startsWith(`${name}/`)) return this.answer(child.id, step.slice(name.length + 1), value, request)
    return this.command(id, "answer", (execution) => execution.answer(step, value, request))
  }

  private outcome(id: ExecutionId.ExecutionId): Effect.Effect<Outcome, ExecutionNotFound> {
    return Effect.suspend(() => {
      const live = this.live.get(id)
      if (live === undefined) return this.storedOutcome(id)
      if (live.execution.outcome !== undefined) return Effect.succeed(live.execution.outcome)
      return Effect.callback<Outcome>((resume) => {
        const waiter = (outcome: Outcome) => resume(Effect.succeed(outcome))
        live.waiters.add(waiter)
        return Effect.sync(() => void live.waiters.delete(waiter))
      })
    })
  }

  private storedOutcome(id: ExecutionId.ExecutionId): Effect.Effect<Outcome, ExecutionNotFound> {
    const notFound = new ExecutionNotFound({ execution: id })
    return this.reader.get(id).pipe(
      Effect.mapError(() => notFound),
      Effect.flatMap((state) => {
        const outcome = ExecutionState.outcome(state)
        return outcome === undefined ? Effect.fail(notFound) : Effect.succeed(outcome)
      })
    )
  }

  /** Says of everything under way that this engine is alive, for as long as it is. */
  get heartbeat(): Effect.Effect<void> {
    return Heartbeat.run(
      this.store,
      () => Array.from(this.live.values()).flatMap(({ execution }) => (execution.isOver ? [] : [execution])),
      Effect.suspend(() =>
        Effect.forEach([...this.unsettled.keys()], (id) => Effect.ignore(this.settle(id)), { discard: true })
      )
    )
  }

  /** Writes down the end of one whose end could not be written when it came, and gives its claim back. */
  private settle(id: ExecutionId.ExecutionId): Effect.Effect<void, ExecutionsUnavailable> {
    return Effect.suspend(() => {
      const claim = this.unsettled.get(id)
      if (claim === undefined) return Effect.void
      return Effect.mapError(
        Effect.map(Recovery.settle(this.store, claim, "its end could not be recorded"), () => {
          this.unsettled.delete(id)
        }),
        unavailable
      )
    })
  }

  private get answering(): LateRequest.Answering {
    const { owner, reader, store } = this
    return { owner, reader, store, now: () => this.clock.currentTimeMillisUnsafe() }
  }

  /** Asks what runs to stop, and waits until it has. */
  get shutdown(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isShutDown = true
      const running = [...this.live].filter(([, live]) => !live.execution.isOver)
      for (const [, { execution }] of running)
        // A sub-flow is asked by its parent.
        if (!running.some(([id]) => id === execution.options.parent?.execution))
          execution.interrupt({ source: "Shutdown", reason: "the engine shuts down" })
      return Effect.forEach(running, ([id]) => Effect.ignore(this.outcome(id)), {
        concurrency: "unbounded",
        discard: true
      })
    })
  }
}

type ChildResumeError =
  ReturnType<ExecutionsShape["resume"]> extends Effect.Effect<infer _A, infer E, infer _R> ? E : never

const hasSubFlows = ({ nodes, templates }: StepGraph): boolean => {
  for (const part of [{ nodes }, ...templates.values()])
    for (const { step } of part.nodes.values()) if (step.kind === "flow") return true
  return false
}

const shutDown = new ExecutionsUnavailable({ reason: "it is shut down" })

/** The params as they stand in the record: as text that reads back, secrets left out. */
const recordedParams = (graph: StepGraph, params: unknown): unknown => {
  const { encode, secrets } = graph.flow.params
  const encoded = encode === undefined ? params : encode(params as never)
  if (secrets.length === 0 || typeof encoded !== "object" || encoded === null) return encoded
  return Object.fromEntries(
    Object.entries(encoded).map(([k, v]) => [k, secrets.includes(k) && v !== undefined ? Resume.hidden : v])
  )
}
