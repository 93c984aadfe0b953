/**
 * One program of one step, from before its start to the moment when nothing of it is alive.
 *
 * What it obeys is a demand that may change at any moment; what it does is decided in one place, `#follow`, one thing at a
 * time. Real time, not Effect's `Clock`, rules here: processes live outside of any virtual time.
 *
 * @since 0.1.0
 */
import { type Effect } from "effect"
import { DurationText, ProcessRunner, type StepContext } from "@halte/engine"
import { Capture } from "./Capture.ts"
import * as CommandText from "./CommandText.ts"
import type { Left } from "./ProcessEnd.ts"
import * as ProcessOutcome from "./ProcessOutcome.ts"
import * as ProcessMark from "./ProcessMark.ts"
import type { ProcessMember } from "./ProcessMember.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import { ProcessTree } from "./ProcessTree.ts"
import {
  type Report,
  type ReportDirectory,
  type ReportFile,
  cursorText,
  cursorVariable,
  reportVariable
} from "./ReportFile.ts"
import * as StartedProcess from "./StartedProcess.ts"
import { type OutputLimits, StepOutput } from "./StepOutput.ts"

/**
 * What an execution is given.
 *
 * @since 0.1.0
 */
export interface Surroundings {
  readonly platform: ProcessPlatform
  readonly mark: ProcessMark.ProcessMark
  readonly reports: ReportDirectory
  readonly limits: OutputLimits
  /** How long SIGKILL is repeated before processes are reported as left. */
  readonly killBoundMillis: number
  /** Awaited right before the program is started. */
  readonly beforeStart: () => Promise<void>
  /** Told of a graceful signal right before it is sent, so that nobody sends a second one after a crash of the engine. */
  readonly onGraceful: (mark: ProcessMark.ProcessMark) => void
  readonly commit: (effect: Effect.Effect<void>) => Promise<void>
  /** Names a process that could not be ended. */
  readonly describe: (pid: number) => string | undefined
}

/** When the graceful signal was sent, if it was, and how many processes SIGKILL ended. */
type Stopped = "had ended" | { readonly sentAt: number | undefined; readonly killed: number }
type Result = ProcessRunner.ProcessOutput | StepContext.StoppedHalfWay

/** Processes that the program left behind may be about to end by themselves; they get this long before they are asked. */
const settleMillis = 50
const longestPause = 50

/**
 * @since 0.1.0
 */
export class ProcessExecution {
  readonly #spec: ProcessRunner.ProcessSpec
  readonly #step: StepContext.StepContextShape
  readonly #around: Surroundings
  readonly #shown: string
  readonly done: Promise<Result>

  #child!: StartedProcess.StartedProcess
  #tree!: ProcessTree
  #output!: StepOutput
  #capture!: Capture
  #exit: StartedProcess.Exit | undefined
  #exitedAt = 0
  /** The fiber was interrupted: stop, whatever the control says. */
  #given = false
  #held = false
  #quiet = false
  #left: ReadonlyArray<Left> = []
  #wakes: Array<() => void> = []
  #cursor: { readonly value: unknown } | undefined
  #commits: Array<Promise<void>> = []
  #badLines = 0

  constructor(spec: ProcessRunner.ProcessSpec, step: StepContext.StepContextShape, around: Surroundings) {
    this.#spec = spec
    this.#step = step
    this.#around = around
    this.#shown = CommandText.short(step.mask(CommandText.full(spec.command)))
    this.done = this.#run()
  }

  /** Ends it as an interrupt does, or at once when that is what the control says. Settles when nothing is alive. */
  stop(): Promise<void> {
    this.#given = true
    this.#wake()
    return this.done.then(
      () => undefined,
      () => undefined
    )
  }

  get #demand(): StepContext.Demand {
    const demand = this.#step.control.demand
    if (demand === "terminate") return demand
    if (this.#given) return "interrupt"
    // A stop beats a pause: a program that may finish must not stay stopped.
    return demand === "interrupt" && this.#spec.onInterrupt === "finish" ? "go" : demand
  }

  async #run(): Promise<Result> {
    const unsubscribe = this.#step.control.subscribe(() => this.#wake())
    let report: ReportFile | undefined
    try {
      const early = await this.#untilGo()
      if (early !== undefined) return early
      report = this.#openReport()
      await this.#start(report)
      const stopped = await this.#follow()
      if (stopped === undefined) await this.#endLeftBehind()
      await this.#output.drain()
      report?.close()
      this.#recordExit()
      await Promise.all(this.#commits)
      return await this.#result(stopped)
    } finally {
      report?.close()
      unsubscribe()
      this.#beQuiet(false)
    }
  }

  /** A step that is asked to stop, or to hold, before its program was started does not start it. */
  async #untilGo(): Promise<StepContext.StoppedHalfWay | undefined> {
    while (this.#demand !== "go") {
      if (this.#demand !== "hold") return this.#interrupted(`${this.#shown} was not started`)
      const changed = this.#change()
      // It may be that this was the last step to become quiet, and that the answer to it comes within this call.
      this.#beQuiet(true)
      await changed
      this.#beQuiet(false)
    }
    return undefined
  }

  async #start(report: ReportFile | undefined): Promise<void> {
    const { mark, platform } = this.#around
    const cursor = this.#step.cursor
    this.#capture = new Capture(this.#spec.capture, this.#spec.captureLimit)
    await this.#around.beforeStart()
    const started = await StartedProcess.start(
      platform,
      this.#spec,
      mark,
      { [reportVariable]: report?.path, [cursorVariable]: cursor === undefined ? undefined : cursorText(cursor) },
      this.#shown
    )
    this.#child = started
    const { stderr, stdout } = started.child
    this.#output = new StepOutput({ stderr: stderr!, stdout: stdout! }, this.#step, this.#capture, this.#around.limits)
    void started.exit.then((exit) => {
      this.#exit = exit
      this.#exitedAt = performance.now()
      if (this.#tree !== undefined) this.#tree.leaderHeld = false
      this.#wake()
    })
    const found = await platform.identify(started.pid)
    const leader: ProcessMember = found ?? unknownMember(started.pid)
    this.#tree = new ProcessTree(platform, leader, mark)
    this.#tree.leaderHeld = this.#exit === undefined
    this.#step.record({
      type: "process-started",
      step: this.#step.step,
      try: this.#step.try,
      pid: started.pid,
      ...(found === undefined ? undefined : { startTime: found.startTime }),
      ...(found === undefined || !(found.group > 1) ? undefined : { group: found.group }),
      mark: ProcessMark.text(mark),
      command: this.#step.mask(CommandText.full(this.#spec.command))
    })
  }

  /** Obeys until the program has ended. Answers how it was stopped; `undefined` when it ended by itself. */
  async #follow(): Promise<string | undefined> {
    for (;;) {
      if (this.#exit !== undefined) return undefined
      const demand = this.#demand
      if (demand === "terminate" || demand === "interrupt") {
        const stopped = demand === "terminate" ? await this.#endAtOnce() : await this.#stopGracefully()
        await this.#untilExit()
        // It had ended before anything was sent: it was not interrupted, only nobody had told us.
        return stopped === "had ended" ? undefined : this.#detail(stopped)
      }
      if (demand === "hold" && !this.#held) await this.#hold()
      else if (demand === "go" && this.#held) await this.#goOn()
      else await this.#change()
    }
  }

  async #endAtOnce(): Promise<Stopped> {
    if (await this.#tree.leaderHasEnded()) return "had ended"
    await this.#kill()
    return { sentAt: undefined, killed: 1 }
  }

  async #stopGracefully(): Promise<Stopped> {
    const sentAt = await this.#signalOnce(this.#stopSignal, "leader-alive")
    if (sentAt === undefined) return "had ended"
    const gone = await this.#grace(sentAt)
    return { sentAt, killed: gone ? 0 : await this.#kill() }
  }

  #detail({ killed, sentAt }: Exclude<Stopped, string>): string {
    if (sentAt === undefined) return "ended by SIGKILL"
    // Whoever is left is told by an error, not by this text.
    if (this.#exit === undefined) return "not ended"
    return ProcessOutcome.detail({
      signal: this.#stopSignal,
      exit: this.#exit,
      afterMillis: this.#exitedAt - sentAt,
      killed,
      grace:
        this.#demand === "terminate"
          ? "before the grace period was over"
          : this.#spec.graceMillis > 0
            ? `after ${DurationText.short(this.#spec.graceMillis)} grace`
            : "without a grace period"
    })
  }

  get #stopSignal(): NodeJS.Signals {
    return (this.#spec.stopSignal ?? "SIGTERM") as NodeJS.Signals
  }

  /** Answers when it was sent; `undefined` when nothing was, because the program had ended meanwhile. */
  async #signalOnce(signal: NodeJS.Signals, when: "leader-alive" | "always"): Promise<number | undefined> {
    let sentAt: number | undefined
    await this.#tree.signalOnce(signal, when, (count) => {
      sentAt = performance.now()
      this.#around.onGraceful(this.#around.mark)
      this.#recordSignal(signal, count, this.#spec.graceMillis)
    })
    return sentAt
  }

  /** Waits for the tree to end within the grace period; `false` when it has not, or when terminate cuts it short. */
  async #grace(sentAt: number): Promise<boolean> {
    const until = sentAt + this.#spec.graceMillis
    for (let pause = 2; ; pause = Math.min(pause * 2, longestPause)) {
      if (await this.#tree.isProbablyOver()) return true
      if (this.#demand === "terminate") return false
      const rest = until - performance.now()
      if (rest <= 0) return false
      await this.#change(Math.min(pause, rest))
    }
  }

  /** SIGKILL to what is left; answers how many there were. */
  async #kill(): Promise<number> {
    let killed = 0
    this.#left = await this.#tree.killUntilEmpty(this.#around.killBoundMillis, (count) => {
      killed = count
      this.#recordSignal("SIGKILL", count)
    })
    return killed
  }

  /**
   * Nothing that a step started outlives it: what the program left behind when it ended gets the same ladder. The step's
   * result stays what the program's exit made it.
   */
  async #endLeftBehind(): Promise<void> {
    const settled = performance.now() + settleMillis
    for (let pause = 1; ; pause *= 2) {
      if (await this.#tree.isProbablyOver()) return
      if (performance.now() > settled || this.#demand === "terminate") break
      await sleep(pause)
    }
    const count = DurationText.plural(this.#tree.members.length, "process", "processes")
    this.#step.log(`${this.#shown} has ended and left ${count} behind: ending what is left.`, "log")
    if (this.#demand !== "terminate") {
      const sentAt = await this.#signalOnce("SIGTERM", "always")
      if (sentAt !== undefined && (await this.#grace(sentAt))) return
    }
    await this.#kill()
  }

  async #hold(): Promise<void> {
    const refused = this.#around.platform.holdRefused
    if (refused !== undefined) this.#step.log(`${this.#shown} can't be paused: ${refused}. It runs on.`, "log")
    this.#held = true
    if (refused !== undefined) return
    for (let first = true; this.#exit === undefined && this.#demand === "hold"; first = false) {
      if (await this.#tree.hold()) return this.#beQuiet(true)
      if (first) this.#step.log(`Not all processes of ${this.#shown} could be paused yet.`, "log")
      await this.#change(1_000)
    }
  }

  async #goOn(): Promise<void> {
    this.#held = false
    this.#beQuiet(false)
    if (this.#around.platform.holdRefused === undefined) await this.#tree.continue()
  }

  #beQuiet(on: boolean): void {
    if (this.#quiet === on) return
    this.#quiet = on
    this.#step.quiet(on)
  }

  async #untilExit(): Promise<void> {
    // A leader that could not be ended has no exit to wait for.
    if (this.#left.some((p) => p.pid === this.#child.pid)) return
    await this.#child.exit
    await Promise.resolve()
  }

  async #result(stopped: string | undefined): Promise<Result> {
    if (this.#left.length > 0) {
      const describe = (pid: number) => {
        const command = this.#around.describe(pid)
        return command === undefined ? undefined : this.#step.mask(command)
      }
      throw ProcessOutcome.leftBehind(this.#left, this.#shown, describe)
    }
    if (stopped !== undefined) return this.#interrupted(stopped)
    const exit = this.#exit!
    const { cwd, file, startedAt } = this.#child
    const lastOutput = this.#output.last.map(this.#step.mask)
    const output = lastOutput.length === 0 ? undefined : { lastOutput }
    const took = this.#exitedAt - startedAt
    const failure = ProcessOutcome.failure(exit, this.#shown, file, took, this.#spec.successCodes ?? [0])
    if (failure !== undefined) throw new ProcessRunner.ProcessError({ ...failure, ...output })
    const exitCode = exit.code!
    const captured = await this.#capture.value(this.#shown, cwd)
    if (captured._tag === "Value") return { exitCode, value: captured.value }
    throw new ProcessRunner.ProcessError({ ...captured.failure, exitCode, ...output })
  }

  #interrupted(detail: string): StepContext.StoppedHalfWay {
    const cursor = this.#cursor === undefined ? this.#step.cursor : this.#cursor.value
    return this.#step.interrupted({ ...(cursor === undefined ? undefined : { cursor }), detail })
  }

  #recordSignal(signal: string, count: number, killInMillis?: number): void {
    this.#step.record({
      type: "process-signalled",
      step: this.#step.step,
      pid: this.#child.pid,
      signal,
      count,
      ...(killInMillis !== undefined && Number.isFinite(killInMillis) ? { killInMillis } : undefined)
    })
  }

  #recordExit(): void {
    const exit = this.#exit
    this.#step.record({
      type: "process-exited",
      step: this.#step.step,
      try: this.#step.try,
      pid: this.#child.pid,
      ...(exit?.code === null || exit === undefined ? undefined : { exitCode: exit.code }),
      ...(exit?.signal === null || exit === undefined ? undefined : { signal: exit.signal }),
      tookMillis: (exit === undefined ? performance.now() : this.#exitedAt) - this.#child.startedAt,
      ...(this.#left.length === 0 ? undefined : { left: this.#left.map((p) => p.pid) })
    })
  }

  #openReport(): ReportFile | undefined {
    try {
      return this.#around.reports.open(
        (report) => this.#report(report),
        (reason) => this.#badLine(reason)
      )
    } catch (error) {
      // A full or read-only temporary directory is no reason not to run the program.
      this.#step.log(`HALTE_REPORT is not set: ${(error as Error).message}.`, "log")
      return undefined
    }
  }

  #report(report: Report): void {
    const { cursor, done, message, total } = report
    if (done !== undefined) this.#step.report({ done, total, message })
    if (cursor === undefined) return
    this.#cursor = { value: cursor }
    const commit = this.#step.saveCursor(cursor, done === undefined ? undefined : { done, total })
    if (commit !== undefined) this.#commits.push(this.#around.commit(commit))
  }

  #badLine(reason: string): void {
    if (++this.#badLines === 1) this.#step.log(`A line in HALTE_REPORT is left out: ${reason}.`, "log")
  }

  #wake(): void {
    const wakes = this.#wakes
    this.#wakes = []
    for (const wake of wakes) wake()
  }

  /** Settles at the next change of the demand or the child, or after some time. */
  #change(millis?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = millis === undefined ? undefined : setTimeout(resolve, millis)
      this.#wakes.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }
}

const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

const unknownMember = (pid: number): ProcessMember => ({
  pid,
  startTime: 0,
  parent: process.pid,
  group: pid,
  session: pid,
  state: "running"
})
