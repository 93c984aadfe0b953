/**
 * The work of an attempt that only takes back: the undo of one step or group after the other. It stops between two of
 * them, never inside one.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import * as CleanUp from "./CleanUp.ts"
import type { EventRecorder } from "./EventRecorder.ts"
import type { InterruptLatch } from "./InterruptLatch.ts"
import type { InterruptStrategy } from "./model/InterruptStrategy.ts"
import type { Partition } from "./model/Partition.ts"
import type { StepState } from "./model/ExecutionState.ts"
import type { StepStatus } from "./model/ExecutionStatus.ts"
import * as StopBound from "./model/StopBound.ts"
import type { StepFailure } from "./model/StepFailure.ts"
import type { UndoTarget } from "./model/UndoPlan.ts"
import * as Step from "./Step.ts"
import { Failed, Interrupted, Skipped, type StepTable, Terminated } from "./StepTable.ts"
import type { StepWalk } from "./StepWalk.ts"
import type { RunningStep } from "./WalkBound.ts"

/**
 * What is to be taken back, and where every step stands meanwhile.
 *
 * @since 0.1.0
 */
export interface UndoAttempt {
  /** In the order in which they are taken back. */
  readonly targets: ReadonlyArray<UndoTarget>
  readonly steps: ReadonlyMap<string, StepState>
  /** Values of steps that count as not started already, since their group was undone. */
  readonly values: ReadonlyMap<string, unknown>
}

/**
 * What it needs of its execution.
 *
 * @since 0.1.0
 */
export interface UndoOwner {
  readonly recorder: EventRecorder
  readonly control: InterruptLatch
  readonly durable: boolean
  readonly fork: (effect: Effect.Effect<void>) => void
  /** One began or ended. */
  readonly moved: () => void
  /** None is under way and none may begin. */
  readonly idle: () => void
}

/**
 * The work of one attempt. It is used from one thread; the scheduler of its walk says whether another one may begin.
 *
 * @since 0.1.0
 */
export class UndoWork {
  /** The first failure; the others are tried all the same. */
  failure: { readonly step: string; readonly failure: StepFailure } | undefined
  /** Ids of what was under way when it was ended by force. */
  readonly cutShort: Array<string> = []
  private readonly nodes: ReadonlyArray<number>
  private readonly walk: StepWalk
  private readonly owner: UndoOwner
  private at = 0
  private running: { readonly node: number; readonly since: number; readonly deadlineMillis: number } | undefined
  private isLooping = false

  constructor(attempt: UndoAttempt, walk: StepWalk, owner: UndoOwner) {
    const { plan, table } = walk
    this.walk = walk
    this.owner = owner
    for (const { id, status, ...at } of attempt.steps.values()) {
      const node = plan.indexOf.get(id)
      const stands = standing[status]
      if (node === undefined || stands === undefined) continue
      table.state[node] = stands
      if (stands === Interrupted) table.stopped.set(node, stoppedAt(id, at))
    }
    for (const [id, value] of attempt.values) {
      const node = plan.indexOf.get(id)
      if (node !== undefined) table.values[node] = value
    }
    this.nodes = attempt.targets.map(({ isGroup, step }) => plan.indexOf.get(isGroup ? `${step}/` : step)!)
  }

  /** Whether something is left to be taken back. */
  get remains(): boolean {
    return this.at < this.nodes.length || this.running !== undefined || this.cutShort.length > 0
  }

  get isBusy(): boolean {
    return this.running !== undefined
  }

  /** Begins what may begin. Harmless at any time. */
  next(): void {
    if (this.isLooping) return
    this.isLooping = true
    const { scheduler } = this.walk
    while (this.running === undefined && this.at < this.nodes.length && scheduler.count())
      this.begin(this.nodes[this.at++]!)
    this.isLooping = false
    this.owner.moved()
    if (this.running === undefined && (this.at === this.nodes.length || !scheduler.open)) this.owner.idle()
  }

  private begin(node: number): void {
    const { plan, table } = this.walk
    const { control, recorder } = this.owner
    const undo = plan.nodes[node]!.step.options.undo!
    this.running = { node, since: performance.now(), deadlineMillis: Step.cleanUpOf(undo).deadlineMillis }
    const work = Effect.gen({ self: this }, function* () {
      const context = this.walk.contextOf(node)
      const failure = yield* CleanUp.run("undo", undo, table.valueOf(node), context, recorder, control)
      // What was taken back is not taken back again.
      if (this.owner.durable) yield* recorder.committed
      this.end(node, failure)
    })
    this.owner.fork(Effect.uninterruptible(work))
  }

  private end(node: number, failure: StepFailure | undefined): void {
    const { plan, table } = this.walk
    this.running = undefined
    const step = plan.ids[node]!
    if (failure === undefined) table.forget(node)
    else if (failure.code === "cut-short") this.cutShort.push(step)
    else this.failure ??= { step, failure }
    this.next()
  }

  /** What is under way, each with the time that it has left. */
  underWay(): ReadonlyArray<RunningStep> {
    if (this.running === undefined) return []
    const { deadlineMillis, node, since } = this.running
    const id = this.walk.plan.ids[node]!
    const millis = Math.max(0, Math.ceil(deadlineMillis - (performance.now() - since)))
    return [{ id, bound: { _tag: "Within", millis, steps: [id] }, isQuiet: false }]
  }

  /** The bound of a stop that is honoured in this way. */
  bound(strategy: InterruptStrategy): StopBound.StopBound {
    const now = this.underWay()
    if (strategy._tag === "FinishCurrent") return StopBound.longest(now.map(({ bound }) => bound))
    const most = strategy._tag === "PollNextN" ? strategy.n : Number.POSITIVE_INFINITY
    const { nodes, plan } = { nodes: this.nodes.slice(this.at, this.at + most), plan: this.walk.plan }
    const left = now.reduce((sum, { bound }) => sum + (bound._tag === "Within" ? bound.millis : 0), 0)
    const more = nodes.reduce(
      (sum, node) => sum + Step.cleanUpOf(plan.nodes[node]!.step.options.undo!).deadlineMillis,
      0
    )
    return { _tag: "Within", millis: left + more, steps: now.map(({ id }) => id) }
  }
}

const standing: { readonly [S in StepStatus]?: StepTable["state"][number] } = {
  Skipped,
  Failed,
  Interrupted,
  Terminated
}

const stoppedAt = (
  step: string,
  { cursor, done, total }: Pick<StepState, "cursor" | "done" | "total">
): Partition["interrupted"][number] => ({
  step,
  ...(cursor === undefined ? undefined : { cursor }),
  ...(done === undefined ? undefined : { done }),
  ...(total === undefined ? undefined : { total })
})
