/**
 * One attempt of an execution, live: it walks the plan, follows each step to its end, obeys commands, and ends with an
 * outcome. Everything in it happens in one thread and without locks; what it does is told by its events.
 *
 * @since 0.1.0
 */
import { type Clock, type Context, Effect, type Fiber, Result, Schema } from "effect"
import { EventRecorder } from "./EventRecorder.ts"
import { areUsed, ExecutionPlaces } from "./ExecutionPlaces.ts"
import type { Claim, ExecutionStoreShape, Fenced, StoreUnavailable } from "./ExecutionStore.ts"
import * as FlowLimit from "./FlowLimit.ts"
import type { GateAnswer } from "./GateStep.ts"
import { InterruptLatch } from "./InterruptLatch.ts"
import * as LastWork from "./LastWork.ts"
import * as CommandTable from "./model/CommandTable.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { AnswerRequest, Asker, Receipt, ResumeRequest } from "./model/Executions.ts"
import { CommandRefused } from "./model/ExecutionsError.ts"
import type { EndedStatus, ExecutionStatus } from "./model/ExecutionStatus.ts"
import { fromRequest, type InterruptRequest, type InterruptSignal } from "./model/InterruptSignal.ts"
import * as InterruptStrategy from "./model/InterruptStrategy.ts"
import type { Outcome } from "./model/Outcome.ts"
import type { ParentStep } from "./model/ParentStep.ts"
import type { StepFailure } from "./model/StepFailure.ts"
import * as Partition from "./model/Partition.ts"
import * as StopBound from "./model/StopBound.ts"
import type { Waiting } from "./model/Waiting.ts"
import * as OutputCheck from "./OutputCheck.ts"
import * as PausableTimer from "./PausableTimer.ts"
import type { PlaceLine } from "./PlaceLine.ts"
import type * as Plan from "./Plan.ts"
import * as SchemaProblems from "./SchemaProblems.ts"
import type * as Secrets from "./Secrets.ts"
import * as StepGraph from "./StepGraph.ts"
import { type Earlier, type Owner, StepWalk } from "./StepWalk.ts"
import { StepTable } from "./StepTable.ts"
import { type UndoAttempt, UndoWork } from "./UndoWork.ts"
import * as WalkBound from "./WalkBound.ts"
import * as Watchdog from "./Watchdog.ts"

/**
 * What one attempt begins with.
 *
 * @since 0.1.0
 */
export interface ExecutionOptions {
  readonly plan: Plan.Plan
  readonly params: unknown
  /** The params as they are recorded: secrets left out. */
  readonly recordedParams: unknown
  readonly attempt: number
  readonly earlier?: Earlier | undefined
  /** Steps that begin anew although earlier attempts had brought them somewhere. */
  readonly again?: ReadonlyArray<string> | undefined
  /** The attempt only takes back. */
  readonly undo?: UndoAttempt | undefined
  readonly reason?: string | undefined
  readonly asker: Asker
  readonly strategy: InterruptStrategy.InterruptStrategy
  readonly stopAfter?: number | undefined
  readonly store: ExecutionStoreShape
  readonly claim: Claim
  /** Where it waits for places of limits that executions share. */
  readonly line: PlaceLine
  readonly clock: Clock.Clock
  readonly secrets: Secrets.Secrets
  /** The services of the steps. */
  readonly context: Context.Context<never>
  /** Waits for the engine's slot. */
  readonly queued: boolean
  /** The step that it is a sub-flow of. */
  readonly parent?: ParentStep | undefined
  /** What was said when it was resumed: its sub-flows are resumed in the same way. */
  readonly resumed?: Pick<ResumeRequest, "definition" | "rerun"> | undefined
  readonly onEnd: (outcome: Outcome) => void
}

/** After terminate: for finalizers of a fiber; for a process tree or a worker to be seen dead. */
const finalizerMillis = 1_000
const deathMillis = 12_000
/** Stopping begins at the latest this long after the request, committed or not. */
const commitMillis = 100

/**
 * One attempt, live. Commands may come at any time, from any fiber; each is answered at once and is an event when it
 * counts.
 *
 * @since 0.1.0
 */
export class Execution implements Owner {
  readonly id: ExecutionId
  readonly flowName: string
  readonly attempt: number
  readonly params: unknown
  readonly secrets: Secrets.Secrets
  readonly durable: boolean
  readonly cursorMillis: number
  readonly recorder: EventRecorder
  readonly places: ExecutionPlaces | undefined
  readonly control = new InterruptLatch()
  status: ExecutionStatus = "Running"
  outcome: Outcome | undefined
  /** Executions of sub-flows that are under way, by the steps that run them. Made at the first one. */
  children: Map<string, Execution> | undefined
  /** Is called when something is to be seen: a step has begun or ended, a state has changed, a gate has opened. */
  watcher: (() => void) | undefined

  readonly context: Context.Context<never>
  readonly earlier: Earlier | undefined
  readonly options: ExecutionOptions
  private readonly plan: Plan.Plan
  private readonly walk: StepWalk
  private readonly undoing: UndoWork | undefined
  private startedAt = 0
  private readonly side = new Set<Fiber.Fiber<unknown, unknown>>()
  private readonly gates = new Map<string, (value: unknown) => void>()
  private readonly beganAt = performance.now()
  private strategy: InterruptStrategy.InterruptStrategy
  /** What the request that counts has said instead of the flow's strategy. */
  requestedStrategy: InterruptStrategy.InterruptStrategy | undefined
  private cleaning = 0
  private requestedAt = 0
  private hasSlot = false
  private begun = false
  private failure: { readonly step: string; readonly failure: StepFailure } | undefined
  /** A step had failed before anybody asked to stop. */
  private failedFirst = false
  private abandoned: Array<string> = []
  private storeFailed = false
  private byName: Readonly<Record<string, unknown>> | undefined
  private concluding = false
  /** Decided once, when the last step has ended: what comes during the last clean-up changes nothing but to Terminated. */
  private verdict: EndedStatus | undefined

  constructor(options: ExecutionOptions) {
    const { plan } = options
    this.options = options
    this.plan = plan
    this.id = options.claim.execution
    this.flowName = plan.graph.flow.name
    this.attempt = options.attempt
    this.params = options.params
    this.secrets = options.secrets
    const relaxed = options.store.durable && plan.graph.flow.durability === "relaxed"
    this.durable = options.store.durable && !relaxed
    // In memory the last cursor is as good as all of them: nothing outlives the process.
    this.cursorMillis = relaxed ? 50 : 250
    this.context = options.context
    this.earlier = options.earlier
    this.strategy = options.strategy
    const table = new StepTable(plan, options.params)
    this.recorder = new EventRecorder({
      store: options.store,
      claim: options.claim,
      attempt: options.attempt,
      sequence: options.claim.sequence,
      lineSequence: options.claim.lineSequence,
      clock: options.clock,
      ids: plan.ids,
      values: table.values,
      secrets: options.secrets,
      relaxed,
      fork: (effect) => Effect.runForkWith(options.context)(effect),
      onFailure: (error) => this.onStoreFailure(error)
    })
    this.places = areUsed(plan.graph.flow) ? this.makePlaces() : undefined
    this.walk = new StepWalk(plan, table, this)
    if (options.undo !== undefined) {
      const { control, durable, recorder } = this
      this.undoing = new UndoWork(options.undo, this.walk, {
        recorder,
        control,
        durable,
        fork: (effect) => this.forkSide(effect),
        moved: () => this.moved(),
        idle: () => this.idle()
      })
    }
    this.recordStart()
  }

  private recordStart(): void {
    const { again, asker, earlier, parent, queued, reason, recordedParams, stopAfter, strategy, undo } = this.options
    const { definitionText, origin } = this.plan.graph.flow
    const maps = earlier === undefined ? undefined : mapsOf(this.plan.graph, earlier)
    this.startedAt = this.recorder.record({
      type: "execution-started",
      flow: this.flowName,
      definition: this.plan.graph.description,
      params: recordedParams,
      source: asker.source ?? "Sdk",
      ...(asker.by === undefined ? undefined : { by: asker.by }),
      ...(parent === undefined ? undefined : { parent }),
      strategy,
      ...(stopAfter === undefined ? undefined : { stopAfter }),
      ...(origin === undefined ? undefined : { origin }),
      ...(definitionText === undefined ? undefined : { definitionText }),
      ...(earlier === undefined ? undefined : { kept: earlier.completed.size }),
      ...(again === undefined || again.length === 0 ? undefined : { again }),
      ...(maps === undefined ? undefined : { maps }),
      ...(undo === undefined ? undefined : { undo: undo.targets.map(({ step }) => step) }),
      ...(reason === undefined ? undefined : { reason })
    })
    if (queued) {
      this.status = "Pending"
      this.walk.scheduler.open = false
      this.recorder.record({ type: "execution-queued" })
    }
  }

  private makePlaces(): ExecutionPlaces {
    return new ExecutionPlaces({
      line: this.options.line,
      claim: this.options.claim,
      flow: this.plan.graph.flow,
      step: (node) => ({ id: this.walk.plan.ids[node]!, limit: this.walk.plan.nodes[node]!.step.options.limit }),
      owner: {
        entered: () => this.begin(),
        waitsAsWhole: (waiting) => this.waits(waiting),
        waits: (node, waiting) =>
          this.recorder.record({ type: "step-waiting", step: this.walk.plan.ids[node]!, ...waiting }),
        back: (nodes) => {
          this.walk.scheduler.back(nodes)
          this.walk.next()
        },
        failed: (error) => this.placeFailed(error)
      }
    })
  }

  /** It waits for a place of the limit that it counts against as a whole. */
  private waits(waiting: Waiting): void {
    // Asked to stop in the meantime, it stands in no line.
    if (this.control.requested !== undefined) return this.conclude()
    this.status = "Pending"
    this.walk.scheduler.open = false
    this.recorder.record({ type: "execution-queued", ...waiting })
  }

  /** Nobody can say who else has a place: nothing more may begin. */
  private placeFailed(error: Fenced | StoreUnavailable): void {
    this.lost(error)
    this.walk.scheduler.open = false
    if (this.begun) this.next()
    else if (!this.isOver) this.conclude()
  }

  /** The limits that executions share of which a place is held while this step runs: its own, and that of the flow. */
  limitsAround(step: string): ReadonlyArray<string> {
    const { flow } = this.plan.graph
    const { indexOf, nodes } = this.walk.plan
    const own = nodes[indexOf.get(step) ?? -1]?.step.options.limit
    return [flow.limit, own].filter(
      (name): name is string => name !== undefined && FlowLimit.sharedSize(flow.limits, name) !== undefined
    )
  }

  /** Begins the work: at once, or when the engine has a slot, and the flow its place of the limit that it counts against. */
  begin(): void {
    if (this.isOver) return
    this.hasSlot = true
    if (this.status === "Paused" || this.concluding || this.begun) return
    if (this.places?.enters() === false) return
    if (this.status === "Pending") {
      this.status = "Running"
      this.recorder.record({ type: "execution-dequeued" })
      this.walk.scheduler.open = true
    }
    this.begun = true
    const { stopAfter } = this.options
    // The time of a flow is that of its steps; each undo has its own.
    const deadlineMillis = this.undoing === undefined ? this.plan.graph.flow.deadlineMillis : undefined
    if (stopAfter !== undefined)
      this.interrupt({ source: "StopAfter", strategy: InterruptStrategy.PollNextN(stopAfter) })
    if (deadlineMillis !== undefined)
      this.forkSide(
        Effect.map(PausableTimer.sleep(deadlineMillis, this.control), () =>
          this.interrupt({ source: "Deadline", reason: "its deadline has passed" })
        )
      )
    this.next()
  }

  private next(): void {
    if (this.undoing === undefined) this.walk.next()
    else this.undoing.next()
  }

  /** Something is left to do. */
  private remains(): boolean {
    return this.undoing === undefined ? this.walk.table.remains() : this.undoing.remains
  }

  get isOver(): boolean {
    return this.outcome !== undefined
  }

  // ── What the walk asks ──────────────────────────────────────────────────────────────────────────────────────────

  moved(): void {
    if (this.status === "Pausing") this.checkPaused()
    this.watcher?.()
  }

  stopMillis(): number | undefined {
    return this.requestedAt === 0 ? undefined : Math.round((performance.now() - this.requestedAt) * 1000) / 1000
  }

  // A step that stops although nobody asked (it returned `interrupted` by itself) stops the flow like a request.
  stepStopped(): void {
    if (this.control.requested === undefined) this.interrupt({ source: "Sdk", reason: "a step stopped by itself" })
  }

  stepFailed(step: string, failure: StepFailure, stopsTheFlow: boolean): void {
    this.failure ??= { step, failure: this.secrets.value(failure) }
    if (!stopsTheFlow) return
    if (this.control.requested === undefined) this.interrupt({ source: "StepFailed", reason: `\`${step}\` failed` })
    else if (this.control.demand === "go" || this.control.demand === "hold") {
      // The request that is being waited for lets steps go on; a failure does not.
      this.walk.scheduler.open = false
      this.honour(InterruptStrategy.FinishCurrent)
    }
  }

  idle(): void {
    if (this.isOver || this.concluding || this.walk.uncommitted > 0 || !this.begun) return
    if ((this.status === "Pausing" || this.status === "Paused") && this.remains()) return this.checkPaused()
    this.conclude()
  }

  // ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────

  interrupt(request: InterruptRequest): Receipt {
    const answer = CommandTable.answer(this.status, "interrupt")
    const signal = fromRequest(request, this.recorder.now())
    // Who asks from outside is told by the store, where the request is recorded; the engine's own come too late.
    if (answer._tag === "Late") return this.receipt("late")
    if (answer._tag === "Repeat") return this.repeat(signal, request.strategy)
    // The engine's own reasons to stop are no interruptions that a flow could ignore.
    const own = signal.source === "StepFailed" || this.storeFailed
    const strategy = own ? InterruptStrategy.FinishCurrent : InterruptStrategy.resolve(this.strategy, request.strategy)
    // One that waits for its turn never gets it; one that is about to begin may have some steps to run yet.
    const inLine = this.options.queued || this.places?.isWaiting === true
    const pending = !this.begun && (inLine || strategy._tag === "FinishCurrent")
    this.control.request(signal)
    this.requestedStrategy = request.strategy
    this.failedFirst = this.failure !== undefined
    this.requestedAt = performance.now()
    this.status = "Interrupting"
    this.walk.scheduler.open = false
    this.recorder.record({
      type: "interrupt-requested",
      signal,
      strategy,
      bound: pending ? StopBound.atOnce : this.bound(strategy),
      running: this.runningIds()
    })
    if (pending) {
      this.conclude()
      return this.receipt("done")
    }
    this.honour(strategy)
    if (!this.begun && this.hasSlot) this.begin()
    return this.receipt("done")
  }

  private repeat(signal: InterruptSignal, requested: InterruptStrategy.InterruptStrategy | undefined): Receipt {
    const next = InterruptStrategy.resolve(this.options.strategy, requested)
    const sooner =
      this.status === "Interrupting" && InterruptStrategy.isSooner(next, this.strategy, this.walk.scheduler.allowed)
    this.recorder.record({
      type: "interrupt-repeated",
      signal,
      late: false,
      ...(sooner ? { strategy: next, bound: this.bound(next) } : undefined)
    })
    if (sooner) {
      this.requestedStrategy = requested
      this.walk.scheduler.open = false
      this.honour(next)
    } else if (requested !== undefined && this.control.demand === "interrupt")
      // A sub-flow may stop later than this flow does, by a strategy of its own.
      for (const child of this.children?.values() ?? [])
        child.interrupt({ ...signal, source: "Parent", strategy: requested })
    return this.receipt("repeat")
  }

  private honour(strategy: InterruptStrategy.InterruptStrategy): void {
    this.strategy = strategy
    switch (strategy._tag) {
      case "IgnoreInterruptions":
        this.walk.scheduler.open = true
        this.control.ask("go")
        break
      case "PollNextN":
        this.walk.scheduler.allowed = strategy.n
        this.walk.scheduler.open = strategy.n > 0
        // A pause that this request ends.
        this.control.ask("go")
        break
      case "FinishCurrent":
        this.whenRecorded(() => this.control.ask("interrupt"))
        this.forkSide(Watchdog.run(this))
        break
    }
    if (this.begun) this.next()
  }

  /** The request is committed before anything is stopped, but nothing can prevent a stop. */
  private whenRecorded(then: () => void): void {
    if (!this.options.store.durable) return then()
    let begun = false
    const once = () => {
      if (!begun) {
        begun = true
        then()
      }
    }
    this.recorder.whenCommittedNow(once)
    if (!begun) this.forkSide(Effect.map(Effect.sleep(commitMillis), once))
  }

  pause(asker: Asker): Receipt | CommandRefused {
    const answer = CommandTable.answer(this.status, "pause")
    if (answer._tag === "Refuse") return this.refused("pause", answer.code)
    if (answer._tag !== "Go") return this.receipt("none")
    this.walk.scheduler.open = false
    this.status = "Pausing"
    this.recorder.record({ type: "pausing", ...askedBy(asker), running: this.runningIds() })
    this.control.ask("hold")
    this.places?.leave()
    this.checkPaused()
    return this.receipt("done")
  }

  /** Lets a paused execution go on. A new attempt is not this object's matter. */
  goOn(asker: Asker): Receipt | CommandRefused {
    const answer = CommandTable.answer(this.status, "resume")
    if (answer._tag === "Refuse") return this.refused("resume", answer.code)
    this.recorder.record({ type: "resumed", ...askedBy(asker) })
    this.status = "Running"
    this.walk.scheduler.open = this.begun
    this.control.ask("go")
    if (!this.begun) {
      this.status = "Pending"
      this.recorder.record({ type: "execution-queued" })
      if (this.hasSlot) this.begin()
      this.watcher?.()
      return this.receipt("done")
    }
    this.next()
    return this.receipt("done")
  }

  quietChanged(change: number): void {
    this.walk.quietSteps += change
    this.checkPaused()
  }

  private checkPaused(): void {
    if (this.status !== "Pausing" || this.undoing?.isBusy === true) return
    if (this.walk.quietSteps < this.walk.scheduler.active || !this.remains()) return
    this.status = "Paused"
    this.recorder.record({ type: "paused" })
    this.watcher?.()
  }

  terminate(request: InterruptRequest): Receipt {
    const answer = CommandTable.answer(this.status, "terminate")
    if (answer._tag !== "Go") return this.receipt(answer._tag === "Repeat" ? "repeat" : "none")
    const pending = !this.begun
    const signal = fromRequest(request, this.recorder.now())
    this.control.request(signal)
    if (this.requestedAt === 0) this.requestedAt = performance.now()
    this.status = "Terminating"
    this.walk.scheduler.open = false
    this.recorder.record({ type: "terminate-requested", signal, running: this.runningIds() })
    this.control.ask("terminate")
    for (const fiber of [...this.walk.fibers.values(), ...this.side]) fiber.interruptUnsafe()
    this.places?.leave()
    if (pending || this.walk.scheduler.active === 0) {
      // What takes back is cut short by itself, and then there is nothing more to do.
      if (this.cleaning === 0 && this.undoing?.isBusy !== true) this.conclude()
    } else {
      this.giveUpAfter(finalizerMillis, (node) => {
        const { kind } = this.walk.plan.nodes[node]!.step
        if (this.walk.plan.nodes[node]!.kind === "close") return false
        return kind !== "process" && kind !== "worker" && kind !== "for-each" && kind !== "flow"
      })
      // A sub-flow gives up what does not end by itself, and ends then.
      this.giveUpAfter(deathMillis, (node) => this.walk.plan.nodes[node]!.step.kind !== "flow")
      this.giveUpAfter(2 * deathMillis, () => true)
    }
    return this.receipt("done")
  }

  private giveUpAfter(millis: number, which: (node: number) => boolean): void {
    this.forkSide(
      Effect.map(Effect.sleep(millis), () => {
        for (const node of this.walk.underWay()) {
          if (this.isOver || !which(node)) continue
          this.abandoned.push(this.walk.plan.ids[node]!)
          this.walk.endTerminated(node, "did not end and was given up")
        }
      })
    )
  }

  answerOf(step: string): Effect.Effect<unknown> {
    return Effect.callback((resume) => {
      this.gates.set(step, (value) => {
        this.gates.delete(step)
        resume(Effect.succeed(value))
        this.watcher?.()
      })
      this.watcher?.()
      return Effect.sync(() => void this.gates.delete(step))
    })
  }

  answer(step: string, value: unknown, request: AnswerRequest): Receipt | CommandRefused {
    const give = this.gates.get(step)
    if (give === undefined) return this.refused("answer", "gate-not-open", { steps: [step] })
    const { indexOf, nodes } = this.walk.plan
    const schema = nodes[indexOf.get(step)!]!.step.outputSchema
    const said = { ...(request.reason === undefined ? undefined : { reason: request.reason }), ...askedBy(request) }
    if (request.reject === true) {
      this.recorder.record({ type: "gate-answered", step, value: false, rejected: true, ...said })
      give({ rejected: true, reason: request.reason, value: false } satisfies GateAnswer)
      return this.receipt("done")
    }
    const checked = Schema.decodeUnknownResult(schema as Schema.Codec<unknown>, OutputCheck.parsing(schema!))(value)
    if (Result.isFailure(checked)) {
      const problems = SchemaProblems.of(checked.failure)
      return this.refused("answer", "invalid-answer", {
        steps: [step],
        detail: SchemaProblems.text(problems),
        problems
      })
    }
    this.recorder.record({ type: "gate-answered", step, value, ...said })
    give({ rejected: false, reason: request.reason, value: checked.success } satisfies GateAnswer)
    return this.receipt("done")
  }

  private receipt(effect: Receipt["effect"]): Receipt {
    return { execution: this.id, status: this.status, effect }
  }

  private refused(
    command: CommandRefused["command"],
    code: CommandRefused["code"],
    more?: Partial<Pick<CommandRefused, "steps" | "detail" | "problems">>
  ): CommandRefused {
    return new CommandRefused({ execution: this.id, command, code, status: this.status, ...more })
  }

  /** Running steps, with what each promises and whether it does nothing. */
  running(): ReadonlyArray<WalkBound.RunningStep> {
    return this.undoing?.underWay() ?? WalkBound.running(this.walk)
  }

  private runningIds(): ReadonlyArray<string> {
    return this.undoing?.underWay().map(({ id }) => id) ?? this.walk.running()
  }

  private bound(strategy: InterruptStrategy.InterruptStrategy): StopBound.StopBound {
    return this.undoing?.bound(strategy) ?? WalkBound.make(this.walk, strategy)
  }

  /** How soon it would stop if it were asked now, with this strategy if there is one. */
  boundNow(requested: InterruptStrategy.InterruptStrategy | undefined): StopBound.StopBound {
    return this.isOver ? StopBound.atOnce : this.bound(InterruptStrategy.resolve(this.strategy, requested))
  }

  /** The values of its completed steps by name, those of groups nested. */
  valuesByName(): Readonly<Record<string, unknown>> {
    if (this.byName !== undefined) return this.byName
    const { nodes, parent, size } = this.plan
    const values: Record<string, unknown> = {}
    for (let i = 0; i < size; i++)
      if (parent[i]! < 0 && nodes[i]!.kind !== "open") values[nodes[i]!.step.name] = this.walk.table.valueOf(i)
    return values
  }

  /** How many steps it has, as far as they are known: a map is one until it has begun. */
  get size(): number {
    if (this.outcome !== undefined) return Partition.size(this.outcome)
    return this.walk.plan.isLeaf.reduce((sum, isLeaf) => sum + isLeaf, 0)
  }

  /** How many of its steps have completed. */
  get completed(): number {
    return this.walk.table.order.length
  }

  /** A gate that waits for an answer. */
  get openGate(): string | undefined {
    return this.gates.keys().next().value
  }

  // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private onStoreFailure(error: Fenced | StoreUnavailable): void {
    this.storeFailed = true
    if (this.isOver) return
    const request = { source: "Shutdown", reason: error.message } as const
    // Another engine has the execution and may be doing the same steps: nothing of it may go on here.
    if (error._tag === "Fenced") this.terminate(request)
    else this.interrupt(request)
  }

  private conclude(): void {
    if (this.concluding) return
    this.concluding = true
    this.verdict = this.judge()
    const undo = this.verdict === "Failed" && this.plan.graph.flow.onFailure === "undo"
    // What never began has nothing to clean up; neither has what only takes back.
    const isLast = this.status === "Terminating" || this.undoing !== undefined || !this.begun
    const status = this.verdict === "Terminated" ? "Interrupted" : this.verdict
    const work = isLast ? undefined : LastWork.make(this.walk, { undo, status, owner: this })
    if (work === undefined) return this.finish()
    this.cleaning++
    this.forkSide(
      Effect.ensuring(
        work,
        Effect.sync(() => {
          this.cleaning--
          this.finish()
        })
      )
    )
  }

  private judge(): EndedStatus {
    const { requested } = this.control
    // What was taken back can be done again.
    if (this.undoing !== undefined)
      return this.undoing.failure === undefined || this.undoing.remains ? "Interrupted" : "Failed"
    if (!this.walk.table.remains()) return "Completed"
    if (requested === undefined || requested.source === "StepFailed") return "Failed"
    if (this.failure === undefined || this.storeFailed) return "Interrupted"
    // A request that was ignored, or that came when nothing was left to stop, did not end it: the failure did.
    const ignored = this.options.strategy._tag === "IgnoreInterruptions"
    return ignored || (this.failedFirst && !this.walk.table.isHeldBack()) ? "Failed" : "Interrupted"
  }

  private finish(): void {
    const status = this.status === "Terminating" && this.remains() ? "Terminated" : this.verdict!
    const cause = status === "Interrupted" && this.undoing?.remains === false ? "Undo" : this.control.requested?.source
    if (this.undoing !== undefined && status === "Terminated") this.abandoned.push(...this.undoing.cutShort)
    const partition = this.secrets.value(this.walk.table.partition())
    const tookMillis = Math.round((performance.now() - this.beganAt) * 1000) / 1000
    const { requested } = this.control
    const stopMillis = this.stopMillis() ?? 0
    const failure = this.secrets.value(this.undoing?.failure) ??
      this.failure ?? { step: "", failure: { code: "unknown", message: "no step failed" } }
    for (const fiber of this.side) fiber.interruptUnsafe()
    this.places?.close()
    this.status = status
    this.recorder.end({
      type: "execution-ended",
      status,
      partition,
      tookMillis,
      ...(status === "Failed"
        ? { cause: failure.failure.code, failure }
        : cause === undefined || status === "Completed"
          ? undefined
          : { cause }),
      ...(requested === undefined ? undefined : { stopMillis }),
      ...(this.abandoned.length === 0 ? undefined : { abandoned: this.abandoned })
    })
    const common = {
      ...partition,
      execution: this.id,
      flow: this.flowName,
      attempt: this.attempt,
      tookMillis,
      values: undefined as never
    }
    const outcome: Outcome =
      status === "Completed"
        ? { _tag: status, ...common, ...(requested === undefined ? undefined : { late: requested }) }
        : status === "Failed"
          ? { _tag: status, ...common, ...failure }
          : status === "Interrupted"
            ? { _tag: status, ...common, signal: cause === "Undo" ? this.undoSignal() : requested!, stopMillis }
            : { _tag: status, ...common, signal: requested!, stopMillis, abandoned: this.abandoned }
    this.recorder.whenCommitted(() => {
      const { table } = this.walk
      this.outcome = withValues(outcome, () => table.completedValues())
      // Its parent asks when what maps have made is no longer known.
      if (this.options.parent !== undefined && status === "Completed") this.byName = this.valuesByName()
      this.walk.free()
      this.options.onEnd(this.outcome)
      // Readers that looked before the outcome was there wait for no further event.
      this.recorder.notify()
    })
  }

  /** Stands for a request where everything that was to be taken back was. */
  private undoSignal(): InterruptSignal {
    const { asker, reason } = this.options
    const signal = fromRequest({ source: "Undo", by: asker.by, reason } as InterruptRequest, this.startedAt)
    return this.secrets.value(signal)
  }

  /** The claim is lost, or could not be renewed. */
  lost(error: Fenced | StoreUnavailable): void {
    this.recorder.fail(error)
  }

  /** Why what happened is not, or not wholly, in the store. */
  get unrecorded(): string | undefined {
    return this.storeFailed ? this.recorder.failure!.message : undefined
  }

  private forkSide<A>(effect: Effect.Effect<A>): void {
    const fiber = Effect.runForkWith(this.context)(effect)
    if (fiber.pollUnsafe() !== undefined) return
    this.side.add(fiber)
    fiber.addObserver(() => void this.side.delete(fiber))
  }
}

/** The maps that have begun, the outer ones first, with how many items each has. */
const mapsOf = (graph: StepGraph.StepGraph, { kept }: Earlier): Record<string, number> | undefined => {
  const maps = [...kept]
    .flatMap(([id, { items }]) =>
      items !== undefined && StepGraph.nodeOf(graph, id)?.step.perItem !== undefined
        ? [[id, items.length] as const]
        : []
    )
    .sort(([a], [b]) => a.split("/").length - b.split("/").length)
  return maps.length === 0 ? undefined : Object.fromEntries(maps)
}

const askedBy = (asker: Asker) => ({
  source: asker.source ?? ("Sdk" as const),
  ...(asker.by === undefined ? undefined : { by: asker.by })
})

// Made when it is read: most callers look at the partition only, and a flow may have a million steps.
const withValues = (outcome: Outcome, values: () => Record<string, unknown>): Outcome => {
  let made: Record<string, unknown> | undefined
  return Object.defineProperty(outcome, "values", { enumerable: true, get: () => (made ??= values()) })
}
