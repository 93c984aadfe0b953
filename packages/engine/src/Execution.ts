/**
 * One attempt of an execution, live: it walks the plan, follows each step to its end, obeys commands, and ends with an
 * outcome. Everything in it happens in one thread and without locks; what it does is told by its events.
 *
 * @since 0.1.0
 */
import { Cause, type Clock, Context, Duration, Effect, Exit, type Fiber, Result, Schema } from "effect"
import * as CleanUp from "./CleanUp.ts"
import { EventRecorder } from "./EventRecorder.ts"
import type { Claim, ExecutionStoreShape } from "./ExecutionStore.ts"
import { ValueMismatch } from "./FunctionStep.ts"
import { InterruptLatch } from "./InterruptLatch.ts"
import * as CommandTable from "./model/CommandTable.ts"
import type { ExecutionId } from "./model/ExecutionId.ts"
import type { Asker, Receipt } from "./model/Executions.ts"
import { CommandRefused } from "./model/ExecutionsError.ts"
import type { EndedStatus, ExecutionStatus } from "./model/ExecutionStatus.ts"
import { fromRequest, type InterruptRequest, type InterruptSignal } from "./model/InterruptSignal.ts"
import * as InterruptStrategy from "./model/InterruptStrategy.ts"
import type { Outcome } from "./model/Outcome.ts"
import type { Partition, StoppedAt } from "./model/Partition.ts"
import * as StepFailure from "./model/StepFailure.ts"
import * as StopBound from "./model/StopBound.ts"
import * as PausableTimer from "./PausableTimer.ts"
import * as Plan from "./Plan.ts"
import { Scheduler } from "./Scheduler.ts"
import type * as Secrets from "./Secrets.ts"
import { FinishedAnyway, StepContext, StoppedHalfWay } from "./StepContext.ts"
import { type Host, StepContextLive } from "./StepContextLive.ts"
import * as StepRun from "./StepRun.ts"
import * as Watchdog from "./Watchdog.ts"

/** What an earlier attempt left for this one, by step. */
export interface Earlier {
  /** Values of completed steps, in the order of their completion. */
  readonly completed: ReadonlyMap<string, unknown>
  readonly cursors: ReadonlyMap<string, unknown>
  readonly kept: ReadonlyMap<string, StepContextLive["kept"]>
}

/**
 * @since 0.1.0
 */
export interface ExecutionOptions {
  readonly plan: Plan.Plan
  readonly params: unknown
  /** The params as they are recorded: secrets left out. */
  readonly recordedParams: unknown
  readonly attempt: number
  readonly earlier?: Earlier | undefined
  readonly asker: Asker
  readonly strategy: InterruptStrategy.InterruptStrategy
  readonly stopAfter?: number | undefined
  readonly store: ExecutionStoreShape
  readonly claim: Claim
  readonly sequence: number
  readonly lineSequence: number
  readonly clock: Clock.Clock
  readonly secrets: Secrets.Secrets
  /** The services of the steps. */
  readonly context: Context.Context<never>
  /** Waits for the engine's slot. */
  readonly queued: boolean
  readonly onEnd: (outcome: Outcome) => void
}

// The states of a node, as numbers in a typed array.
const Waiting = 0
const Running = 1
const Completed = 2
const Skipped = 3
const Failed = 4
const Interrupted = 5
const Terminated = 6

/** After terminate: for finalizers of a fiber; for a process tree or a worker to be seen dead. */
const finalizerMillis = 1_000
const deathMillis = 12_000
/** Stopping begins at the latest this long after the request, committed or not. */
const commitMillis = 100

const noInput = Object.freeze({})

/**
 * @since 0.1.0
 */
export class Execution implements Host {
  readonly id: ExecutionId
  readonly flowName: string
  readonly attempt: number
  readonly params: unknown
  readonly secrets: Secrets.Secrets
  readonly durable: boolean
  readonly recorder: EventRecorder
  readonly control = new InterruptLatch()
  status: ExecutionStatus = "Running"
  outcome: Outcome | undefined

  private readonly options: ExecutionOptions
  private readonly plan: Plan.Plan
  private readonly scheduler: Scheduler
  private readonly state: Uint8Array
  private readonly values: Array<unknown>
  private readonly startedAt: Float64Array
  private readonly contexts = new Map<number, StepContextLive>()
  private readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  private readonly side = new Set<Fiber.Fiber<unknown, unknown>>()
  private readonly gates = new Map<string, (value: unknown) => void>()
  private readonly stopped = new Map<number, StoppedAt>()
  private readonly order: Array<number> = []
  private readonly beganAt = performance.now()
  private strategy: InterruptStrategy.InterruptStrategy
  private quietSteps = 0
  private skips = 0
  private uncommitted = 0
  private cleaning = 0
  private requestedAt = 0
  private hasSlot = false
  private begun = false
  private failure: { readonly step: string; readonly failure: StepFailure.StepFailure } | undefined
  private abandoned: Array<string> = []
  private storeFailed = false
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
    this.durable = options.store.durable
    this.strategy = options.strategy
    this.state = new Uint8Array(plan.size)
    this.values = new Array<unknown>(plan.size)
    this.startedAt = new Float64Array(plan.size)
    this.recorder = new EventRecorder({
      store: options.store,
      claim: options.claim,
      attempt: options.attempt,
      sequence: options.sequence,
      lineSequence: options.lineSequence,
      clock: options.clock,
      secrets: options.secrets,
      fork: (effect) => Effect.runForkWith(options.context)(effect),
      onFailure: () => this.onStoreFailure()
    })
    this.scheduler = new Scheduler(
      plan,
      plan.graph.flow.concurrency ?? Number.POSITIVE_INFINITY,
      (node) => this.start(node),
      () => this.onIdle()
    )
    this.recordStart()
  }

  private recordStart(): void {
    const { asker, earlier, queued, recordedParams, stopAfter, strategy } = this.options
    this.recorder.record({
      type: "execution-started",
      flow: this.flowName,
      definition: this.plan.graph.description,
      params: recordedParams,
      source: asker.source ?? "Sdk",
      ...(asker.by === undefined ? undefined : { by: asker.by }),
      strategy,
      ...(stopAfter === undefined ? undefined : { stopAfter })
    })
    for (const [id, value] of earlier?.completed ?? []) {
      const node = this.plan.indexOf.get(id)
      if (node === undefined) continue
      this.state[node] = Completed
      this.values[node] = value
      this.order.push(node)
    }
    if (queued) {
      this.status = "Pending"
      this.scheduler.open = false
      this.recorder.record({ type: "execution-queued" })
    }
  }

  /** Begins the work: at once, or when the engine has a slot. */
  begin(): void {
    if (this.isOver) return
    this.hasSlot = true
    if (this.status === "Paused" || this.concluding) return
    if (this.status === "Pending") {
      this.status = "Running"
      this.recorder.record({ type: "execution-dequeued" })
      this.scheduler.open = true
    }
    this.begun = true
    const { stopAfter } = this.options
    const { deadlineMillis } = this.plan.graph.flow
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

  get isOver(): boolean {
    return this.outcome !== undefined
  }

  // ── Steps ───────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts what may start, and looks whether a pause is complete. */
  private next(): void {
    this.scheduler.pump()
    if (this.status === "Pausing") this.checkPaused()
  }

  private start(node: number): void {
    if (this.state[node] === Completed) return this.scheduler.release(node)
    if (this.skips > 0 && this.mustSkip(node)) return this.skip(node)
    const { isPlain, isStep, nodes } = this.plan
    if (isStep[node] === 0) return this.passGroup(node)
    const { step } = nodes[node]!
    const context = this.contextOf(node)
    this.contexts.set(node, context)
    this.state[node] = Running
    this.scheduler.begin(node)
    const input = this.inputOf(node)
    if (isPlain[node] === 1) {
      this.stepStarted(node, 1)
      let result: unknown
      try {
        result = step.body!(input as never, context)
      } catch (error) {
        return this.fail(node, StepFailure.fromUnknown(error))
      }
      return this.follow(node, result, context)
    }
    const program = StepRun.program(step, input, context, this.recorder, (aTry) => this.stepStarted(node, aTry))
    this.run(node, program, context, (exit) => {
      if (Exit.isFailure(exit)) return this.endByCause(node, exit.cause)
      const ending = exit.value
      switch (ending._tag) {
        case "Skipped":
          return this.endSkipped(node)
        case "Failed":
          return this.fail(node, ending.failure)
        case "Ended":
          return this.endByCause(node, ending.cause)
        case "Value":
          return this.complete(node, ending.value)
      }
    })
  }

  private stepStarted(node: number, aTry: number): void {
    this.startedAt[node] = performance.now()
    const context = this.contexts.get(node)!
    this.recorder.stepStarted(this.plan.ids[node]!, aTry, context.cursor)
  }

  private contextOf(node: number): StepContextLive {
    const id = this.plan.ids[node]!
    const { earlier } = this.options
    return earlier === undefined
      ? new StepContextLive(this, id, undefined, undefined)
      : new StepContextLive(this, id, earlier.cursors.get(id), earlier.kept.get(id))
  }

  private follow(node: number, result: unknown, context: StepContextLive): void {
    if (typeof result !== "object" || result === null) return this.complete(node, result)
    if (Effect.isEffect(result)) {
      if (Exit.isExit(result))
        return Exit.isSuccess(result) ? this.complete(node, result.value) : this.endByCause(node, result.cause)
      return this.run(node, result as Effect.Effect<unknown, unknown, StepContext>, context, (exit) =>
        Exit.isSuccess(exit) ? this.complete(node, exit.value) : this.endByCause(node, exit.cause)
      )
    }
    if (StepRun.isThenable(result)) {
      result.then(
        (value) => this.complete(node, value),
        (error) => this.endRejected(node, error)
      )
      return
    }
    this.complete(node, result)
  }

  private run<A, E>(
    node: number,
    effect: Effect.Effect<A, E, StepContext>,
    context: StepContextLive,
    done: (exit: Exit.Exit<A, E>) => void
  ): void {
    const fiber = Effect.runForkWith(Context.add(this.options.context, StepContext, context))(effect)
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) return done(exit)
    this.fibers.set(node, fiber)
    fiber.addObserver((exit) => {
      this.fibers.delete(node)
      done(exit)
    })
    // Terminate came while it was being started.
    if (this.control.demand === "terminate") fiber.interruptUnsafe()
  }

  private inputOf(node: number): Record<string, unknown> {
    const inputs = this.plan.inputs[node]
    const params = this.plan.paramInputs[node]
    if (inputs === undefined && params === undefined) return noInput
    const input: Record<string, unknown> = {}
    if (inputs !== undefined) for (const [name, from] of inputs) input[name] = this.valueOf(from)
    if (params !== undefined) for (const name of params) input[name] = this.params
    return input
  }

  /** The value of a step, or of a group: those of its steps by name. */
  private valueOf(node: number): unknown {
    if (this.plan.isStep[node] === 1) return this.values[node]
    if (this.values[node] === undefined) {
      const group = this.plan.nodes[node]!.id
      const open = this.plan.indexOf.get(group)!
      const value: Record<string, unknown> = {}
      for (let i = 0; i < this.plan.size; i++)
        if (this.plan.parent[i] === open && this.plan.nodes[i]!.kind !== "open")
          value[this.plan.nodes[i]!.step.name] = this.valueOf(i)
      this.values[node] = value
    }
    return this.values[node]
  }

  /** Ends the step's time under way; `false` when it was given up before and what it says comes too late. */
  private settle(node: number): StepContextLive | undefined {
    const context = this.contexts.get(node)
    if (context === undefined || this.state[node] !== Running) return undefined
    context.flushUntold()
    context.ended = true
    this.contexts.delete(node)
    if (context.isQuiet) this.quietSteps--
    this.scheduler.end(node)
    return context
  }

  private complete(node: number, result: unknown): void {
    let value = result
    if (typeof value === "object" && value !== null) {
      if (value instanceof StoppedHalfWay) return this.endInterrupted(node, value)
      if (value instanceof FinishedAnyway) {
        value = value.value
        const context = this.contexts.get(node)
        if (context !== undefined) context.broke = false
      }
    }
    const before = this.contexts.get(node)
    if (before === undefined) return
    if (before.broke) return this.endInterrupted(node, new StoppedHalfWay({ partial: value }))
    const { outputSchema, kind } = this.plan.nodes[node]!.step
    if (outputSchema !== undefined && kind !== "gate") {
      const checked = Schema.decodeUnknownResult(Schema.toType(outputSchema as Schema.Codec<unknown>))(value)
      if (Result.isFailure(checked))
        return this.fail(node, new ValueMismatch("invalid-output", String(checked.failure)).toStepFailure())
    }
    const context = this.settle(node)
    if (context === undefined) return
    this.state[node] = Completed
    this.values[node] = value
    this.order.push(node)
    this.recorder.stepCompleted(this.plan.ids[node]!, context.try, this.tookMillis(node), value)
    this.releaseCommitted(node)
  }

  /** With a durable store a step's successors start once its completion is committed. */
  private releaseCommitted(node: number): void {
    if (!this.durable) {
      this.scheduler.release(node)
      return this.next()
    }
    this.uncommitted++
    this.recorder.whenCommitted(() => {
      this.uncommitted--
      this.scheduler.release(node)
      this.next()
    })
  }

  private tookMillis(node: number): number {
    return Math.round((performance.now() - this.startedAt[node]!) * 1000) / 1000
  }

  private endInterrupted(node: number, result: StoppedHalfWay): void {
    this.afterCleanUp(node, () => {
      const context = this.settle(node)
      if (context === undefined) return
      const id = this.plan.ids[node]!
      const cursor = result.cursor ?? context.lastCursor
      const { done, total } = context.progress ?? {}
      const where = {
        ...(cursor === undefined ? undefined : { cursor }),
        ...(done === undefined ? undefined : { done }),
        ...(total === undefined ? undefined : { total })
      }
      this.state[node] = Interrupted
      this.stopped.set(node, { step: id, ...where })
      this.recorder.record({
        type: "step-interrupted",
        step: id,
        try: context.try,
        tookMillis: this.tookMillis(node),
        ...where,
        ...(result.partial === undefined ? undefined : { partial: result.partial }),
        ...(result.detail === undefined ? undefined : { detail: result.detail }),
        ...(this.requestedAt === 0 ? undefined : { stopMillis: this.sinceRequest() })
      })
      this.stopFlowAfterStop()
      this.next()
    })
  }

  // A step that stops although nobody asked (it returned `interrupted` by itself) stops the flow like a request.
  private stopFlowAfterStop(): void {
    if (this.control.requested === undefined) this.interrupt({ source: "Sdk", reason: "a step stopped by itself" })
  }

  private sinceRequest(): number {
    return Math.round((performance.now() - this.requestedAt) * 1000) / 1000
  }

  private endRejected(node: number, error: unknown): void {
    // A Promise that was given the abort signal rejects with its reason, or with an AbortError, when it leaves.
    const left =
      this.control.signal !== undefined &&
      (error === this.control.abortSignal.reason || (error instanceof Error && error.name === "AbortError"))
    if (!left) return this.fail(node, StepFailure.fromUnknown(error))
    if (this.control.demand === "terminate") return this.endTerminated(node, undefined)
    this.endInterrupted(node, new StoppedHalfWay({}))
  }

  private endByCause(node: number, cause: Cause.Cause<unknown>): void {
    if (!Cause.hasInterruptsOnly(cause)) return this.endRejected(node, Cause.squash(cause))
    if (this.control.demand === "terminate") return this.endTerminated(node, undefined)
    this.fail(node, { code: "fiber-interrupted", message: "its fiber was interrupted from outside" })
  }

  private endTerminated(node: number, detail: string | undefined): void {
    const context = this.settle(node)
    if (context === undefined) return
    this.state[node] = Terminated
    this.recorder.record({
      type: "step-terminated",
      step: this.plan.ids[node]!,
      try: context.try,
      tookMillis: this.tookMillis(node),
      ...(detail === undefined ? undefined : { detail })
    })
    this.next()
  }

  private fail(node: number, failure: StepFailure.StepFailure): void {
    if (this.control.demand === "terminate") return this.endTerminated(node, failure.message)
    this.afterCleanUp(node, () => {
      const context = this.settle(node)
      if (context === undefined) return
      const { flow } = this.plan.graph
      const id = this.plan.ids[node]!
      this.state[node] = Failed
      this.failure ??= { step: id, failure }
      this.recorder.record({
        type: "step-failed",
        step: id,
        try: context.try,
        tookMillis: this.tookMillis(node),
        failure
      })
      if ((this.plan.nodes[node]!.step.options.onFailure ?? flow.onFailure) !== "continue") this.stopAfterFailure(id)
      this.next()
    })
  }

  private stopAfterFailure(step: string): void {
    if (this.control.requested === undefined) this.interrupt({ source: "StepFailed", reason: `\`${step}\` failed` })
    else if (this.control.demand === "go" || this.control.demand === "hold") {
      // The request that is being waited for lets steps go on; a failure does not.
      this.scheduler.open = false
      this.honour(InterruptStrategy.FinishCurrent)
    }
  }

  private afterCleanUp(node: number, then: () => void): void {
    const { cleanUp } = this.plan.nodes[node]!.step.options
    const context = this.contexts.get(node)
    if (cleanUp === undefined || context === undefined || this.control.demand === "terminate") return then()
    const cleaning = CleanUp.run("clean-up", cleanUp, this.inputOf(node), context, this.recorder, this.control)
    this.run(node, cleaning, context, () => {
      if (this.control.demand === "terminate") this.endTerminated(node, "its clean-up was cut short")
      else then()
    })
  }

  // ── Skipping and groups ─────────────────────────────────────────────────────────────────────────────────────────

  private mustSkip(node: number): boolean {
    const parent = this.plan.parent[node]!
    if (parent >= 0 && this.state[parent] === Skipped) return true
    if (this.plan.nodes[node]!.kind === "close")
      return this.state[this.plan.indexOf.get(this.plan.ids[node]!)!] === Skipped
    return this.plan.inputs[node]?.some(([, from]) => this.state[from] === Skipped) ?? false
  }

  private skip(node: number): void {
    const parent = this.plan.parent[node]!
    const byGroup = parent >= 0 && this.state[parent] === Skipped
    this.markSkipped(node, byGroup ? "condition" : "input-skipped")
    this.scheduler.release(node)
  }

  private markSkipped(node: number, reason: "condition" | "input-skipped"): void {
    this.skips++
    this.state[node] = Skipped
    if (this.plan.isStep[node] === 1) this.recorder.record({ type: "step-skipped", step: this.plan.ids[node]!, reason })
  }

  private endSkipped(node: number): void {
    if (this.settle(node) === undefined) return
    this.markSkipped(node, "condition")
    this.scheduler.release(node)
    this.next()
  }

  private passGroup(node: number): void {
    const { kind, step } = this.plan.nodes[node]!
    const { when } = step.options
    if (kind === "close" || when === undefined) {
      this.state[node] = Completed
      if (kind === "close") this.order.push(node)
      return this.scheduler.release(node)
    }
    // The condition of a group may take time: until it is known the group is under way like a step.
    const context = this.contextOf(node)
    this.contexts.set(node, context)
    this.state[node] = Running
    this.scheduler.begin(node)
    this.run(
      node,
      StepRun.call(() => when(this.inputOf(node) as never, context)),
      context,
      (exit) => {
        if (this.settle(node) === undefined) return
        if (Exit.isSuccess(exit) && exit.value === true) this.state[node] = Completed
        else if (Exit.isSuccess(exit)) this.markSkipped(node, "condition")
        else return this.failGroup(node, exit.cause)
        this.scheduler.release(node)
        this.next()
      }
    )
  }

  // A group has no events of its own: what its condition failed with is the failure of its first step.
  private failGroup(node: number, cause: Cause.Cause<unknown>): void {
    const prefix = `${this.plan.ids[node]!}/`
    const leaf = this.plan.nodes.findIndex((n) => n.kind === "step" && n.id.startsWith(prefix))
    this.contexts.set(leaf, this.contextOf(leaf))
    this.state[leaf] = Running
    this.startedAt[leaf] = performance.now()
    this.scheduler.begin(leaf)
    this.fail(leaf, { ...StepFailure.fromUnknown(Cause.squash(cause)), code: "condition-failed" })
  }

  // ── Commands ────────────────────────────────────────────────────────────────────────────────────────────────────

  interrupt(request: InterruptRequest): Receipt {
    const answer = CommandTable.answer(this.status, "interrupt")
    const signal = fromRequest(request, this.recorder.now())
    if (answer._tag === "Late") {
      this.recorder.record({ type: "interrupt-repeated", signal, late: true })
      return this.receipt("late")
    }
    if (answer._tag === "Repeat") return this.repeat(signal, request.strategy)
    const pending = !this.begun
    // The engine's own reasons to stop are no interruptions that a flow could ignore.
    const own = signal.source === "StepFailed" || this.storeFailed
    const strategy = own ? InterruptStrategy.FinishCurrent : InterruptStrategy.resolve(this.strategy, request.strategy)
    this.control.request(signal)
    this.requestedAt = performance.now()
    this.status = "Interrupting"
    this.scheduler.open = false
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
    return this.receipt("done")
  }

  private repeat(signal: InterruptSignal, requested: InterruptStrategy.InterruptStrategy | undefined): Receipt {
    const next = InterruptStrategy.resolve(this.options.strategy, requested ?? InterruptStrategy.FinishCurrent)
    const sooner =
      this.status === "Interrupting" && InterruptStrategy.isSooner(next, this.strategy, this.scheduler.allowed)
    this.recorder.record({
      type: "interrupt-repeated",
      signal,
      late: false,
      ...(sooner ? { strategy: next, bound: this.bound(next) } : undefined)
    })
    if (sooner) {
      this.scheduler.open = false
      this.honour(next)
    }
    return this.receipt("repeat")
  }

  private honour(strategy: InterruptStrategy.InterruptStrategy): void {
    this.strategy = strategy
    switch (strategy._tag) {
      case "IgnoreInterruptions":
        this.scheduler.open = true
        this.control.ask("go")
        break
      case "PollNextN":
        this.scheduler.allowed = strategy.n
        this.scheduler.open = strategy.n > 0
        // A pause that this request ends.
        this.control.ask("go")
        break
      case "FinishCurrent":
        this.whenRecorded(() => this.control.ask("interrupt"))
        this.forkSide(Watchdog.run(this))
        break
    }
    this.next()
  }

  /** The request is committed before anything is stopped, but nothing can prevent a stop. */
  private whenRecorded(then: () => void): void {
    if (!this.durable) return then()
    let begun = false
    const once = () => {
      if (!begun) {
        begun = true
        then()
      }
    }
    this.recorder.whenCommitted(once)
    if (!begun) this.forkSide(Effect.map(Effect.sleep(commitMillis), once))
  }

  pause(asker: Asker): Receipt | CommandRefused {
    const answer = CommandTable.answer(this.status, "pause")
    if (answer._tag === "Refuse") return this.refused("pause", answer.code)
    if (answer._tag !== "Go") return this.receipt("none")
    this.scheduler.open = false
    this.status = "Pausing"
    this.recorder.record({ type: "pausing", ...askedBy(asker), running: this.runningIds() })
    this.control.ask("hold")
    this.checkPaused()
    return this.receipt("done")
  }

  /** Lets a paused execution go on. A new attempt is not this object's matter. */
  goOn(asker: Asker): Receipt | CommandRefused {
    const answer = CommandTable.answer(this.status, "resume")
    if (answer._tag === "Refuse") return this.refused("resume", answer.code)
    this.recorder.record({ type: "resumed", ...askedBy(asker) })
    this.status = "Running"
    this.control.ask("go")
    if (!this.begun) {
      this.status = "Pending"
      this.recorder.record({ type: "execution-queued" })
      if (this.hasSlot) this.begin()
      return this.receipt("done")
    }
    this.scheduler.open = true
    this.next()
    return this.receipt("done")
  }

  quietChanged(change: number): void {
    this.quietSteps += change
    this.checkPaused()
  }

  private checkPaused(): void {
    if (this.status !== "Pausing" || this.quietSteps < this.scheduler.active || !this.remains()) return
    this.status = "Paused"
    this.recorder.record({ type: "paused" })
  }

  terminate(request: InterruptRequest): Receipt {
    const answer = CommandTable.answer(this.status, "terminate")
    if (answer._tag !== "Go") return this.receipt(answer._tag === "Repeat" ? "repeat" : "none")
    const pending = !this.begun
    const signal = fromRequest(request, this.recorder.now())
    this.control.request(signal)
    if (this.requestedAt === 0) this.requestedAt = performance.now()
    this.status = "Terminating"
    this.scheduler.open = false
    this.recorder.record({ type: "terminate-requested", signal, running: this.runningIds() })
    this.control.ask("terminate")
    for (const fiber of [...this.fibers.values(), ...this.side]) fiber.interruptUnsafe()
    if (pending || this.scheduler.active === 0) {
      if (this.cleaning === 0) this.conclude()
    } else {
      this.giveUpAfter(finalizerMillis, (node) => {
        const { kind } = this.plan.nodes[node]!.step
        return kind !== "process" && kind !== "worker" && kind !== "for-each"
      })
      this.giveUpAfter(deathMillis, () => true)
    }
    return this.receipt("done")
  }

  private giveUpAfter(millis: number, which: (node: number) => boolean): void {
    this.forkSide(
      Effect.map(Effect.sleep(millis), () => {
        for (const node of [...this.contexts.keys()]) {
          if (this.isOver || !which(node)) continue
          this.abandoned.push(this.plan.ids[node]!)
          this.endTerminated(node, "did not end and was given up")
        }
      })
    )
  }

  answerOf(step: string): Effect.Effect<unknown> {
    return Effect.callback((resume) => {
      this.gates.set(step, (value) => {
        this.gates.delete(step)
        resume(Effect.succeed(value))
      })
      return Effect.sync(() => void this.gates.delete(step))
    })
  }

  answer(step: string, value: unknown, asker: Asker): Receipt | CommandRefused {
    const give = this.gates.get(step)
    if (give === undefined) return this.refused("answer", "gate-not-open", { steps: [step] })
    const schema = this.plan.nodes[this.plan.indexOf.get(step)!]!.step.outputSchema
    const checked = Schema.decodeUnknownResult(schema as Schema.Codec<unknown>)(value)
    if (Result.isFailure(checked))
      return this.refused("answer", "invalid-answer", { steps: [step], detail: String(checked.failure) })
    this.recorder.record({ type: "gate-answered", step, value, ...askedBy(asker) })
    give(checked.success)
    return this.receipt("done")
  }

  private receipt(effect: Receipt["effect"]): Receipt {
    return { execution: this.id, status: this.status, effect }
  }

  private refused(
    command: CommandRefused["command"],
    code: CommandRefused["code"],
    more?: { readonly steps?: ReadonlyArray<string>; readonly detail?: string }
  ): CommandRefused {
    return new CommandRefused({ execution: this.id, command, code, status: this.status, ...more })
  }

  // ── The bound ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Running steps, with what each promises and how long it has gone without a stopping point. */
  running(): ReadonlyArray<{ readonly id: string; readonly bound: StopBound.StopBound; readonly isQuiet: boolean }> {
    return [...this.contexts].map(([node, context]) => ({
      id: this.plan.ids[node]!,
      bound: this.boundOf(node, context),
      isQuiet: context.isQuiet
    }))
  }

  private boundOf(node: number, context: StepContextLive): StopBound.StopBound {
    const { options, stops } = this.plan.nodes[node]!.step
    const steps = [this.plan.ids[node]!]
    const cleanUp = options.cleanUp === undefined ? 0 : Plan.cleanUpOf(options.cleanUp).deadlineMillis
    // A step that waits (for another try, for an answer) stops at once, whatever its work would promise.
    if (context.isQuiet) return { _tag: "Within", millis: cleanUp, steps }
    const timeout = options.timeout === undefined ? undefined : Duration.toMillis(options.timeout)
    const rest = timeout === undefined ? undefined : Math.max(0, timeout - (performance.now() - this.startedAt[node]!))
    const own = stops.withinMillis ?? rest
    return own === undefined ? { _tag: "None", steps } : { _tag: "Within", millis: Math.ceil(own + cleanUp), steps }
  }

  private bound(strategy: InterruptStrategy.InterruptStrategy): StopBound.StopBound {
    if (strategy._tag !== "FinishCurrent") {
      const steps = this.runningIds()
      return steps.length === 0 && strategy._tag === "PollNextN" && strategy.n === 0
        ? StopBound.atOnce
        : { _tag: "None", steps }
    }
    const steps = StopBound.longest(this.running().map((step) => step.bound))
    const groups = this.unfinishedGroups().reduce((sum, node) => sum + this.groupDeadline(node), 0)
    return steps._tag === "None" || groups === 0 ? steps : { ...steps, millis: steps.millis + groups }
  }

  private groupDeadline(node: number): number {
    const { cleanUp } = this.plan.nodes[node]!.step.options
    return cleanUp === undefined ? 0 : Plan.cleanUpOf(cleanUp).deadlineMillis
  }

  private runningIds(): Array<string> {
    return [...this.contexts.keys()].map((node) => this.plan.ids[node]!)
  }

  // ── The end ─────────────────────────────────────────────────────────────────────────────────────────────────────

  private onStoreFailure(): void {
    this.storeFailed = true
    if (!this.isOver) this.interrupt({ source: "Shutdown", reason: this.recorder.failure!.message })
  }

  private onIdle(): void {
    if (this.isOver || this.concluding || this.uncommitted > 0) return
    if (!this.begun) return
    if ((this.status === "Pausing" || this.status === "Paused") && this.remains()) return this.checkPaused()
    this.conclude()
  }

  private remains(): boolean {
    for (let i = 0; i < this.plan.size; i++)
      if (this.plan.isStep[i] === 1 && this.state[i] !== Completed && this.state[i] !== Skipped) return true
    return false
  }

  private conclude(): void {
    if (this.concluding) return
    this.concluding = true
    this.verdict = this.judge()
    const work = this.lastWork()
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

  /** What is left to do before the status is written: clean-up of groups, and undo after a failure. */
  private lastWork(): Effect.Effect<unknown> | undefined {
    if (this.status === "Terminating") return undefined
    const cleanUps = this.unfinishedGroups().map((node) => {
      const { cleanUp } = this.plan.nodes[node]!.step.options
      return CleanUp.run("clean-up", cleanUp!, this.inputOf(node), this.contextOf(node), this.recorder, this.control)
    })
    const undo = this.verdict === "Failed" && this.plan.graph.flow.onFailure === "undo" ? this.undos() : []
    const all = [...cleanUps, ...undo]
    return all.length === 0 ? undefined : Effect.all(all, { discard: true })
  }

  /** Groups with a clean-up that began and are not complete, inner ones first. */
  private unfinishedGroups(): Array<number> {
    const found: Array<number> = []
    for (let i = this.plan.size - 1; i >= 0; i--) {
      const { id, kind, step } = this.plan.nodes[i]!
      if (kind !== "open" || step.options.cleanUp === undefined || this.state[i] === Skipped) continue
      const close = this.plan.indexOf.get(`${id}/`)!
      if (this.state[close] === Completed || this.state[close] === Skipped) continue
      const begun = this.plan.nodes.some(
        (node, k) =>
          node.kind === "step" && node.id.startsWith(`${id}/`) && this.state[k] !== Waiting && this.state[k] !== Skipped
      )
      if (begun) found.push(i)
    }
    return found
  }

  private undos(): Array<Effect.Effect<boolean>> {
    return [...this.order].reverse().flatMap((node) => {
      const { undo } = this.plan.nodes[node]!.step.options
      if (undo === undefined) return []
      return [
        Effect.map(
          CleanUp.run("undo", undo, this.valueOf(node), this.contextOf(node), this.recorder, this.control),
          (undone) => {
            if (undone) this.forget(node)
            return undone
          }
        )
      ]
    })
  }

  /** An undone step, or every completed step of an undone group, counts as not started. */
  private forget(node: number): void {
    const id = this.plan.ids[node]!
    this.plan.nodes.forEach((other, k) => {
      if ((k === node || other.id.startsWith(`${id}/`)) && this.state[k] === Completed) this.state[k] = Waiting
    })
  }

  private judge(): EndedStatus {
    const { requested } = this.control
    if (!this.remains()) return "Completed"
    const ignored =
      this.options.strategy._tag === "IgnoreInterruptions" && this.failure !== undefined && !this.storeFailed
    if (requested === undefined || requested.source === "StepFailed" || ignored) return "Failed"
    return "Interrupted"
  }

  private finish(): void {
    const status = this.status === "Terminating" && this.remains() ? "Terminated" : this.verdict!
    const partition = this.partition()
    const tookMillis = Math.round((performance.now() - this.beganAt) * 1000) / 1000
    const { requested } = this.control
    const stopMillis = this.requestedAt === 0 ? 0 : this.sinceRequest()
    const failure = this.failure ?? { step: "", failure: { code: "unknown", message: "no step failed" } }
    for (const fiber of this.side) fiber.interruptUnsafe()
    this.status = status
    this.recorder.record({
      type: "execution-ended",
      status,
      partition,
      tookMillis,
      ...(status === "Failed"
        ? { cause: failure.failure.code, failure }
        : requested === undefined || status === "Completed"
          ? undefined
          : { cause: requested.source }),
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
            ? { _tag: status, ...common, signal: requested!, stopMillis }
            : { _tag: status, ...common, signal: requested!, stopMillis, abandoned: this.abandoned }
    this.recorder.whenCommitted(() => {
      this.outcome = withValues(outcome, () => this.completedValues())
      this.options.onEnd(this.outcome)
      // Readers that looked before the outcome was there wait for no further event.
      this.recorder.notify()
    })
  }

  /** Why what happened is not, or not wholly, in the store. */
  get unrecorded(): string | undefined {
    return this.storeFailed ? this.recorder.failure!.message : undefined
  }

  private partition(): Partition {
    const completed: Array<string> = []
    const interrupted: Array<StoppedAt> = []
    const terminated: Array<string> = []
    const failed: Array<string> = []
    const skipped: Array<string> = []
    const notStarted: Array<string> = []
    const { ids, isStep, size } = this.plan
    for (let i = 0; i < size; i++) {
      if (isStep[i] === 0) continue
      const id = ids[i]!
      switch (this.state[i]) {
        case Completed:
          completed.push(id)
          break
        case Skipped:
          skipped.push(id)
          break
        case Failed:
          failed.push(id)
          break
        case Interrupted:
          interrupted.push(this.stopped.get(i)!)
          break
        case Terminated:
          terminated.push(id)
          break
        default:
          notStarted.push(id)
      }
    }
    return { completed, interrupted, terminated, failed, skipped, notStarted }
  }

  private completedValues(): Record<string, unknown> {
    const values: Record<string, unknown> = {}
    for (let i = 0; i < this.plan.size; i++)
      if (this.plan.isStep[i] === 1 && this.state[i] === Completed) values[this.plan.ids[i]!] = this.values[i]
    return values
  }

  private forkSide(effect: Effect.Effect<unknown>): void {
    const fiber = Effect.runForkWith(this.options.context)(effect)
    if (fiber.pollUnsafe() !== undefined) return
    this.side.add(fiber)
    fiber.addObserver(() => void this.side.delete(fiber))
  }
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
