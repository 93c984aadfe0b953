/**
 * Walks the plan: begins each step, follows it to its end and records how it went. It obeys nobody but the scheduler's
 * `open` and the steps' control; what a failure or a stop means for the others is its owner's matter.
 *
 * @since 0.1.0
 */
import { Cause, Context, Effect, Exit, type Fiber } from "effect"
import * as CleanUp from "./CleanUp.ts"
import type { EventRecorder } from "./EventRecorder.ts"
import type { ExecutionPlaces } from "./ExecutionPlaces.ts"
import type { InterruptLatch } from "./InterruptLatch.ts"
import * as StepFailure from "./model/StepFailure.ts"
import * as GroupClosing from "./GroupClosing.ts"
import * as Items from "./Items.ts"
import * as OutputCheck from "./OutputCheck.ts"
import type * as Plan from "./Plan.ts"
import * as PlanGrowth from "./PlanGrowth.ts"
import * as Step from "./Step.ts"
import { Scheduler, type Starter } from "./Scheduler.ts"
import { FinishedAnyway, StepContext, StoppedHalfWay } from "./StepContext.ts"
import { type Host, StepContextLive } from "./StepContextLive.ts"
import * as StepRun from "./StepRun.ts"
import { Completed, Failed, Interrupted, Running, Skipped, StepTable, Terminated, Waiting } from "./StepTable.ts"

/**
 * What an earlier attempt left for this one, by step.
 *
 * @since 0.1.0
 */
export interface Earlier {
  /** Values of completed steps, in the order of their completion. */
  readonly completed: ReadonlyMap<string, unknown>
  readonly cursors: ReadonlyMap<string, unknown>
  readonly kept: ReadonlyMap<string, StepContextLive["kept"]>
  /** Groups whose clean-up has run since one of their steps was last under way. */
  readonly cleaned?: ReadonlySet<string> | undefined
}

/**
 * Whoever decides what a walk's steps may do.
 *
 * @since 0.1.0
 */
export interface Owner extends Host {
  readonly control: InterruptLatch
  /** The services of the steps. */
  readonly context: Context.Context<never>
  readonly earlier: Earlier | undefined
  /** Of limits that executions share; `undefined` when the flow has none. */
  readonly places: ExecutionPlaces | undefined
  readonly stepFailed: (step: string, failure: StepFailure.StepFailure, stopsTheFlow: boolean) => void
  readonly stepStopped: () => void
  /** Milliseconds since the request to stop, if there was one. */
  readonly stopMillis: () => number | undefined
  /** A step began or ended. */
  readonly moved: () => void
  /** Nothing is under way and nothing may start. */
  readonly idle: () => void
}

/**
 * The walk of one attempt through its plan: it starts what may start, follows each step to its end, and records both.
 *
 * @since 0.1.0
 */
export class StepWalk implements Starter {
  /** Grows when a map begins. */
  plan: Plan.Plan
  readonly table: StepTable
  readonly scheduler: Scheduler
  /** By node; present while it is under way. */
  contexts: Array<StepContextLive | undefined>
  readonly fibers = new Map<number, Fiber.Fiber<unknown, unknown>>()
  startedAt: Float64Array
  /** Steps under way that do nothing at this moment. */
  quietSteps = 0
  /** Completed steps whose completion is not in the store yet. */
  uncommitted = 0
  /** Nodes that close a group whose clean-up has run, as it does always. */
  readonly cleaned = new Set<number>()
  /** Values of steps that have done their work while their clean-up, which runs always, is under way. */
  private readonly finished = new Map<number, unknown>()
  private readonly owner: Owner
  private readonly recorder: EventRecorder
  private growing: PlanGrowth.GrowingPlan | undefined
  private readonly places: ExecutionPlaces | undefined
  private skips = 0
  /** Nodes skipped because they read what was skipped; the steps in such a group are skipped for its reason. */
  private readonly byInput = new Set<number>()

  constructor(plan: Plan.Plan, table: StepTable, owner: Owner) {
    this.plan = plan
    this.owner = owner
    this.recorder = owner.recorder
    this.places = owner.places
    this.table = table
    this.contexts = new Array<StepContextLive | undefined>(plan.size).fill(undefined)
    this.startedAt = new Float64Array(plan.size)
    this.scheduler = new Scheduler(plan, plan.graph.flow.concurrency ?? Number.POSITIVE_INFINITY, this)
    // What maps had made before exists from the start, the outer ones first: steps of it may be completed.
    const kept = [...(owner.earlier?.kept ?? [])].sort(([a], [b]) => a.split("/").length - b.split("/").length)
    for (const [id, { items }] of kept as ReadonlyArray<[string, StepContextLive["kept"]]>) {
      const node = plan.indexOf.get(id) ?? this.plan.indexOf.get(id)
      if (items !== undefined && node !== undefined && this.isMap(node)) this.expand(node, items)
    }
    for (const [id, value] of owner.earlier?.completed ?? []) {
      const node = this.plan.indexOf.get(id)
      if (node !== undefined) this.table.completed(node, value)
    }
  }

  get earlier(): Earlier | undefined {
    return this.owner.earlier
  }

  /** Groups whose clean-up is due when the attempt ends now: those that are not whole, and always, inner ones first. */
  groupsToCleanUp(): ReadonlyArray<number> {
    const unfinished = this.table.unfinishedGroups()
    const closed = GroupClosing.left(this)
    if (closed.length === 0) return unfinished
    return [...new Set([...unfinished, ...closed])].sort((a, b) => b - a)
  }

  /** Gives back what only a walk under way needs: executions that have ended are kept for long. */
  free(): void {
    this.contexts = []
    this.startedAt = new Float64Array(0)
    this.scheduler.free()
    if (this.growing !== undefined) PlanGrowth.free(this.growing)
  }

  /** Nodes under way, the conditions of groups among them. Looks at the whole plan: asked for when something stops. */
  underWay(): Array<number> {
    const found: Array<number> = []
    for (let i = 0; i < this.plan.size; i++) if (this.contexts[i] !== undefined) found.push(i)
    return found
  }

  /** Ids of the steps under way. */
  running(): Array<string> {
    const { ids, isStep } = this.plan
    return this.underWay().flatMap((node) => (this.hasStarted(node) && isStep[node] === 1 ? [ids[node]!] : []))
  }

  /** Starts what may start, and looks whether a pause is complete. */
  next(): void {
    // Within the scheduler's own loop it goes on by itself.
    if (this.scheduler.isPumping) return
    this.recorder.readClock()
    this.scheduler.pump()
    this.owner.moved()
  }

  /** Begins a node whose turn it is. Called by the scheduler alone. */
  start(node: number): void {
    if (this.table.state[node] === Completed) return this.scheduler.release(node)
    if (this.skips > 0 && this.table.mustSkip(node)) return this.skip(node)
    const { bodies, isPlain, isStep, nodes } = this.plan
    if (isStep[node] === 0) return this.passGroup(node)
    if (this.places !== undefined && !this.admits(node)) return
    const context = this.contextOf(node)
    this.contexts[node] = context
    this.table.state[node] = Running
    // One with a condition counts as started once that is known.
    this.scheduler.begin(node, isPlain[node] === 1 || nodes[node]!.step.options.when === undefined)
    const input = this.table.inputOf(node)
    if (isPlain[node] === 1) {
      this.startedAt[node] = this.recorder.monotonic
      this.recorder.stepStarted(node, 1, context.cursor, this.places?.wasTold(node))
      return this.follow(node, bodies[node]!, input, context)
    }
    const program = StepRun.program(nodes[node]!.step, input, context, this.recorder, (aTry) =>
      this.stepStarted(node, aTry)
    )
    this.run(node, program, context, (exit) => {
      if (Exit.isFailure(exit)) return this.endByCause(node, exit.cause)
      const ending = exit.value
      switch (ending._tag) {
        case "Skipped":
          return this.endSkipped(node)
        case "NotStarted":
          return this.endNotStarted(node)
        case "Failed":
          return this.fail(node, ending.failure)
        case "Ended":
          return this.endByCause(node, ending.cause)
        case "Value":
          return this.complete(node, ending.value)
      }
    })
  }

  /** Called by the scheduler alone. */
  idle(): void {
    this.owner.idle()
  }

  /** Whether a step that counts against a shared limit may begin. One with a condition asks once that is met. */
  private admits(node: number): boolean {
    const { when } = this.plan.nodes[node]!.step.options
    if (when !== undefined && this.places!.lacks(node)) return true
    if (this.places!.admits(node)) return true
    this.scheduler.away++
    return false
  }

  /** Called by the scheduler alone. */
  recall(): void {
    this.places?.leave()
  }

  /** Records the beginning of a try, unless a step may no longer start when its condition is known. */
  private stepStarted(node: number, aTry: number): boolean {
    if (aTry === 1 && this.plan.nodes[node]!.step.options.when !== undefined) {
      if (this.places?.lacks(node) === true) return false
      if (!this.scheduler.count()) return false
    }
    this.recorder.readClock()
    this.startedAt[node] = this.recorder.monotonic
    const context = this.contexts[node]!
    this.recorder.stepStarted(node, aTry, context.cursor, this.places?.wasTold(node))
    return true
  }

  /** Whether a node under way has got as far as its work: a group, and a step whose condition is not known yet, have not. */
  hasStarted(node: number): boolean {
    return this.startedAt[node] !== 0
  }

  contextOf(node: number): StepContextLive {
    const id = this.plan.ids[node]!
    const { earlier } = this.owner
    const context =
      earlier === undefined
        ? new StepContextLive(this.owner, id, undefined, undefined)
        : new StepContextLive(this.owner, id, earlier.cursors.get(id), earlier.kept.get(id))
    if (this.plan.given.size > 0) context.items = this.plan.given.get(node)
    return context
  }

  /** Calls a body and follows what it returns: a value at once, a Promise without a fiber, an Effect in one. */
  private follow(node: number, body: Step.Body, input: unknown, context: StepContextLive): void {
    let result: unknown
    try {
      result = body(input as never, context)
    } catch (error) {
      return this.fail(node, StepFailure.fromUnknown(error))
    }
    if (typeof result !== "object" || result === null) return this.complete(node, result)
    if (Effect.isEffect(result)) {
      if (Exit.isExit(result)) return this.followExit(node, result)
      const fiber = this.fork(result as Effect.Effect<unknown, unknown, StepContext>, context)
      const exit = fiber.pollUnsafe()
      return exit !== undefined
        ? this.followExit(node, exit)
        : this.await(node, fiber, (exit) => this.followExit(node, exit))
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

  private followExit(node: number, exit: Exit.Exit<unknown, unknown>): void {
    if (Exit.isSuccess(exit)) this.complete(node, exit.value)
    else this.endByCause(node, exit.cause)
  }

  private fork<A, E>(effect: Effect.Effect<A, E, StepContext>, context: StepContextLive): Fiber.Fiber<A, E> {
    return Effect.runForkWith(Context.add(this.owner.context, StepContext, context))(effect)
  }

  private run<A, E>(
    node: number,
    effect: Effect.Effect<A, E, StepContext>,
    context: StepContextLive,
    done: (exit: Exit.Exit<A, E>) => void
  ): void {
    const fiber = this.fork(effect, context)
    const exit = fiber.pollUnsafe()
    if (exit !== undefined) done(exit)
    else this.await(node, fiber, done)
  }

  private await<A, E>(node: number, fiber: Fiber.Fiber<A, E>, done: (exit: Exit.Exit<A, E>) => void): void {
    this.fibers.set(node, fiber)
    fiber.addObserver((exit) => {
      this.fibers.delete(node)
      done(exit)
    })
    // Terminate came while it was being started.
    if (this.owner.control.demand === "terminate") fiber.interruptUnsafe()
  }

  /** Ends the step's time under way; `false` when it was given up before and what it says comes too late. */
  private settle(node: number): StepContextLive | undefined {
    const context = this.contexts[node]
    if (context === undefined || this.table.state[node] !== Running) return undefined
    context.flushUntold()
    context.ended = true
    this.contexts[node] = undefined
    if (context.isQuiet) this.quietSteps--
    this.scheduler.end(node)
    this.places?.giveBack(node)
    return context
  }

  private complete(node: number, result: unknown): void {
    let value = result
    if (typeof value === "object" && value !== null) {
      if (value instanceof StoppedHalfWay) return this.endInterrupted(node, value)
      if (value instanceof FinishedAnyway) {
        value = value.value
        const context = this.contexts[node]
        if (context !== undefined) context.broke = false
      }
    }
    const before = this.contexts[node]
    if (before === undefined) return
    if (before.broke) return this.endInterrupted(node, new StoppedHalfWay({ partial: value }))
    const outputSchema = this.plan.outputSchemas[node]
    if (outputSchema !== undefined) {
      const mismatch = OutputCheck.mismatch(outputSchema, value, before)
      if (mismatch !== undefined) return this.fail(node, mismatch.toStepFailure())
    }
    if (this.plan.isPlain[node] === 0 && this.cleansUpAlways(node)) {
      this.finished.set(node, value)
      return this.afterCleanUp(node, () => this.endCompleted(node, value))
    }
    this.endCompleted(node, value)
  }

  private cleansUpAlways(node: number): boolean {
    return Step.isAlways(this.plan.nodes[node]!.step.options.cleanUp)
  }

  private endCompleted(node: number, value: unknown): void {
    const context = this.settle(node)
    if (context === undefined) return
    this.finished.delete(node)
    this.table.completed(node, value)
    this.recorder.readClock()
    this.recorder.stepCompleted(node, context.try, this.recorder.monotonic - this.startedAt[node]!, context.hasTold)
    this.releaseCommitted(node)
  }

  /** With a durable store a step's successors start once its completion is committed. */
  private releaseCommitted(node: number): void {
    if (!this.owner.durable) {
      this.releaseOpen(node)
      return this.next()
    }
    this.uncommitted++
    this.recorder.whenCommitted(() => {
      this.uncommitted--
      this.releaseOpen(node)
      this.next()
    })
    // Its place is free at once, for a step that waits for a place and not for it.
    this.next()
  }

  private tookMillis(node: number): number {
    if (!this.hasStarted(node)) return 0
    this.recorder.readClock()
    return Math.round((this.recorder.monotonic - this.startedAt[node]!) * 1000) / 1000
  }

  private endInterrupted(node: number, result: StoppedHalfWay): void {
    this.afterCleanUp(node, () => {
      const context = this.settle(node)
      if (context === undefined) return
      const id = this.plan.ids[node]!
      const cursor = result.cursor ?? context.lastCursor
      const { done, total } = context.progress ?? {}
      const stopMillis = this.owner.stopMillis()
      const where = {
        ...(cursor === undefined ? undefined : { cursor }),
        ...(done === undefined ? undefined : { done }),
        ...(total === undefined ? undefined : { total })
      }
      this.table.state[node] = Interrupted
      this.table.stopped.set(node, { step: id, ...where })
      this.recorder.record({
        type: "step-interrupted",
        step: id,
        try: context.try,
        tookMillis: this.tookMillis(node),
        ...where,
        ...(result.partial === undefined ? undefined : { partial: result.partial }),
        ...(result.detail === undefined ? undefined : { detail: result.detail }),
        ...(stopMillis === undefined ? undefined : { stopMillis })
      })
      this.owner.stepStopped()
      this.next()
    })
  }

  private endRejected(node: number, error: unknown): void {
    if (!StepRun.hasLeft(this.owner.control, error)) return this.fail(node, StepFailure.fromUnknown(error))
    if (this.owner.control.demand === "terminate") return this.endTerminated(node, undefined)
    this.endInterrupted(node, new StoppedHalfWay({}))
  }

  private endByCause(node: number, cause: Cause.Cause<unknown>): void {
    if (!Cause.hasInterruptsOnly(cause)) return this.endRejected(node, Cause.squash(cause))
    if (this.owner.control.demand === "terminate") return this.endTerminated(node, undefined)
    this.fail(node, { code: "fiber-interrupted", message: "its fiber was interrupted from outside" })
  }

  private endNotStarted(node: number): void {
    if (this.settle(node) === undefined) return
    this.table.state[node] = Waiting
    // Its condition is met, and now it needs its place.
    if (this.scheduler.open && this.places?.lacks(node) === true) {
      this.scheduler.away++
      if (this.places.admits(node)) this.scheduler.back([node])
    }
    this.next()
  }

  endTerminated(node: number, detail: string | undefined): void {
    if (!this.hasStarted(node) || this.plan.isStep[node] === 0) return this.endNotStarted(node)
    // Its work is done; only its clean-up was cut short.
    if (this.finished.has(node)) return this.endCompleted(node, this.finished.get(node))
    const context = this.settle(node)
    if (context === undefined) return
    this.table.state[node] = Terminated
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
    if (this.owner.control.demand === "terminate") return this.endTerminated(node, failure.message)
    this.afterCleanUp(node, () => {
      const context = this.settle(node)
      if (context === undefined) return
      const { flow } = this.plan.graph
      const id = this.plan.ids[node]!
      this.table.state[node] = Failed
      this.recorder.record({
        type: "step-failed",
        step: id,
        try: context.try,
        tookMillis: this.tookMillis(node),
        failure
      })
      const onFailure = this.plan.nodes[node]!.step.options.onFailure ?? flow.onFailure
      this.owner.stepFailed(id, failure, onFailure !== "continue")
      this.next()
    })
  }

  private afterCleanUp(node: number, then: () => void): void {
    const { cleanUp } = this.plan.nodes[node]!.step.options
    const context = this.contexts[node]
    if (cleanUp === undefined || context === undefined || !this.hasStarted(node)) return then()
    if (this.owner.control.demand === "terminate") return then()
    const cleaning = CleanUp.run(
      "clean-up",
      cleanUp,
      this.table.inputOf(node),
      context,
      this.recorder,
      this.owner.control
    )
    this.run(node, cleaning, context, () => {
      if (this.owner.control.demand === "terminate") this.endTerminated(node, "its clean-up was cut short")
      else then()
    })
  }

  // ── Skipping and groups ─────────────────────────────────────────────────────────────────────────────────────────

  private skip(node: number): void {
    const parent = this.plan.parent[node]!
    const byGroup = parent >= 0 && this.table.state[parent] === Skipped
    this.markSkipped(node, byGroup && !this.byInput.has(parent) ? "condition" : "input-skipped")
    this.releaseOpen(node)
  }

  private markSkipped(node: number, reason: "condition" | "input-skipped"): void {
    this.skips++
    this.table.state[node] = Skipped
    if (reason === "input-skipped") this.byInput.add(node)
    if (this.plan.isLeaf[node] === 1) this.recorder.record({ type: "step-skipped", step: this.plan.ids[node]!, reason })
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
    const map = kind === "open" && this.isMap(node) ? step.perItem : undefined
    if (kind === "close" && Step.isAlways(step.options.cleanUp) && GroupClosing.isDue(this, node))
      return this.cleanUpGroup(node, step.options.cleanUp)
    if (kind === "close" || (when === undefined && map === undefined)) {
      this.table.state[node] = Completed
      return this.releaseOpen(node)
    }
    // The condition of a group, and the items of a map, may take time: until they are known it is under way like a step.
    const context = this.contextOf(node)
    this.contexts[node] = context
    this.table.state[node] = Running
    this.scheduler.begin(node, false)
    const input = this.table.inputOf(node) as never
    const condition: Effect.Effect<unknown, unknown, StepContext> =
      when === undefined
        ? Effect.succeed(true)
        : Effect.mapError(
            StepRun.condition(() => when(input, context)),
            (error) => new ConditionFailed(error)
          )
    const work = Effect.flatMap(condition, (met) =>
      met !== true || map === undefined ? Effect.succeed(met) : Items.find(map.items, input, context)
    )
    this.run(node, work, context, (exit) => {
      if (Exit.isSuccess(exit))
        return exit.value === StepRun.left || exit.value instanceof StoppedHalfWay
          ? this.endNotStarted(node)
          : this.passed(node, exit.value)
      const error = Cause.squash(exit.cause)
      const { demand } = this.owner.control
      // A stop has ended the search for items; they are looked for again.
      if (demand === "terminate" || StepRun.hasLeft(this.owner.control, error)) return this.endNotStarted(node)
      const failure = StepFailure.fromUnknown(error instanceof ConditionFailed ? error.reason : error)
      if (this.settle(node) !== undefined)
        this.failGroup(node, error instanceof ConditionFailed ? { ...failure, code: "condition-failed" } : failure)
    })
  }

  /** A group's steps are over; the steps after it wait for its clean-up. */
  private cleanUpGroup(node: number, cleanUp: Step.CleanUp<never>): void {
    const context = this.contextOf(node)
    this.contexts[node] = context
    this.table.state[node] = Running
    this.scheduler.begin(node, false)
    this.recorder.readClock()
    this.startedAt[node] = this.recorder.monotonic
    this.cleaned.add(node)
    const input = this.table.inputOf(node)
    const cleaning = CleanUp.run("clean-up", cleanUp, input, context, this.recorder, this.owner.control)
    this.run(node, cleaning, context, () => {
      if (this.settle(node) === undefined) return
      this.table.state[node] = Completed
      this.releaseCommitted(node)
    })
  }

  /** A group's condition is known, or a map's items. */
  private passed(node: number, found: unknown): void {
    if (this.settle(node) === undefined) return
    if (found === true || typeof found === "object") {
      this.table.state[node] = Completed
      if (typeof found === "object") {
        this.begin(node, found as ReadonlyArray<unknown>)
        // An index has to mean the same item after a crash: the list is stored before anything is done with it.
        return this.releaseCommitted(node)
      }
    } else this.markSkipped(node, "condition")
    this.releaseOpen(node)
    this.next()
  }

  private isMap(node: number): boolean {
    return this.plan.isLeaf[node] === 1 && this.plan.isStep[node] === 0
  }

  /** A map's items are known: from now on it is what it has made of them. */
  private begin(map: number, items: ReadonlyArray<unknown>): void {
    this.expand(map, items)
    const { count, each, first } = this.plan.instances.get(map)!
    let steps = 0
    for (let i = 0; i < each; i++) steps += this.plan.isLeaf[first + i] ?? 0
    this.recorder.record({
      type: "step-expanded",
      step: this.plan.ids[map]!,
      count,
      steps: steps * count,
      items,
      ...(this.owner.secrets.value(items) === items ? undefined : { masked: true })
    })
  }

  private expand(map: number, items: ReadonlyArray<unknown>): void {
    if (this.growing === undefined) {
      this.growing = PlanGrowth.make(this.plan)
      this.plan = this.growing
      this.recorder.grow(this.growing.ids)
    }
    PlanGrowth.expand(this.growing, map, items)
    const { ids, indexOf, parent, size } = this.growing
    this.table.grow(this.growing)
    for (let i = this.contexts.length; i < size; i++) this.contexts.push(undefined)
    if (this.startedAt.length < size) {
      const startedAt = new Float64Array(parent.length)
      startedAt.set(this.startedAt)
      this.startedAt = startedAt
    }
    this.scheduler.grow(this.growing, map, indexOf.get(`${ids[map]!}/`)!)
  }

  private releaseOpen(node: number): void {
    if (this.plan.instances.size > 0 && this.plan.instances.has(node)) this.scheduler.releaseEach(node)
    this.scheduler.release(node)
  }

  // A group has no events of its own: what its condition failed with is the failure of its first step.
  private failGroup(node: number, failure: StepFailure.StepFailure): void {
    const prefix = `${this.plan.ids[node]!}/`
    const leaf = this.isMap(node)
      ? node
      : this.plan.nodes.findIndex((n, i) => this.plan.isLeaf[i] === 1 && n.id.startsWith(prefix))
    this.contexts[leaf] = this.contextOf(leaf)
    this.table.state[leaf] = Running
    this.scheduler.begin(leaf, false)
    this.fail(leaf, failure)
  }
}

/** What a condition failed with, so that it is not taken for what the items failed with. */
class ConditionFailed {
  readonly reason: unknown
  constructor(reason: unknown) {
    this.reason = reason
  }
}
