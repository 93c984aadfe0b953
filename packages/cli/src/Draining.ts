/**
 * How a server ends: at the first signal it takes no more work and asks what it runs to stop, at the second it ends that
 * by force, at the third it leaves. Until all has stopped it goes on answering, so that whoever watches sees it.
 */
import {
  type ExecutionEvent,
  type ExecutionId,
  type Executions,
  ExecutionState,
  ExecutionStatus,
  StopBound
} from "@halte/engine/model"
import type { Project } from "@halte/sdk/node"
import { Deferred, Effect, Fiber, type Scope, Stream } from "effect"
import * as ExitCode from "./ExitCode.ts"
import { lines, type Output } from "./terminal/Output.ts"
import * as SignalEcho from "./terminal/SignalEcho.ts"
import * as StopSignals from "./terminal/StopSignals.ts"
import * as DrainText from "./view/DrainText.ts"

export interface Options {
  readonly output: Output
  readonly by: string | undefined
  readonly killGroups: (groups: ReadonlyArray<number>) => number
  readonly leave: (code: number) => void
  /** What is added to commands that are shown. */
  readonly again: ReadonlyArray<string>
  /** Signals of another process; tests send some. */
  readonly source?: StopSignals.SignalSource | undefined
}

/** What ends. */
export interface Ending {
  readonly project: Pick<Project.Project, "executions" | "owner" | "stop" | "store">
  /** Takes no more work from now on. */
  readonly drain: () => void
}

/** Waits for the request to end, and until all has stopped; answers the exit code. */
export type UntilStopped = (ending: Ending) => Effect.Effect<number>

/** How often it is said what still runs. */
const reminderMillis = 10_000

/** Listens to signals until the scope closes: from before anything can be started until after everything is closed. */
export const make = (options: Options): Effect.Effect<UntilStopped, StopSignals.SignalsUnavailable, Scope.Scope> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<never>()
    const draining = new Draining(options, Effect.runForkWith(context))
    yield* Effect.acquireRelease(
      StopSignals.install({
        echoMillis: SignalEcho.detect(),
        onRequest: (request) => draining.heard(request),
        ...(options.source === undefined ? undefined : { source: options.source })
      }),
      (signals) => Effect.sync(signals.remove)
    )
    return (ending) => draining.run(ending)
  })

class Draining {
  private readonly options: Options
  private readonly fork: (effect: Effect.Effect<void>) => unknown
  private ending: Ending | undefined
  private readonly first = Deferred.makeUnsafe<StopSignals.StopRequest>()
  /** What runs here, as it is; what has ended stays, as it ended. */
  private readonly states = new Map<ExecutionId.ExecutionId, ExecutionState.ExecutionState>()
  /** Executions of which is not known yet how soon they stop. */
  private readonly unanswered = new Set<ExecutionId.ExecutionId>()
  private forced: StopSignals.StopRequest | undefined

  constructor(options: Options, fork: (effect: Effect.Effect<void>) => unknown) {
    this.options = options
    this.fork = fork
  }

  heard(request: StopSignals.StopRequest): void {
    const { killGroups, leave } = this.options
    if (request.count === 1) {
      this.ending?.drain()
      this.say(request, DrainText.heard(this.input(request)))
      Deferred.doneUnsafe(this.first, Effect.succeed(request))
    } else if (request.count === 2) {
      this.forced = request
      this.say(request, DrainText.terminating(this.input(request), this.running))
      for (const { id } of this.running) this.terminate(id, request)
    } else {
      const groups = this.running.flatMap(({ attempt, processes }) =>
        processes.flatMap((p) =>
          p.attempt === attempt && p.exited === undefined && p.group !== undefined ? [p.group] : []
        )
      )
      this.say(request, DrainText.leaving(this.input(request), killGroups([...new Set(groups)])))
      leave(ExitCode.terminated)
    }
  }

  run(ending: Ending): Effect.Effect<number> {
    return Effect.gen({ self: this }, function* () {
      const { project } = ending
      this.ending = ending
      // Somebody may not have waited until it had begun.
      if (Deferred.isDoneUnsafe(this.first)) ending.drain()
      const request = yield* Deferred.await(this.first)
      const found = yield* project.store
        .list({ owner: project.owner, limit: Number.MAX_SAFE_INTEGER })
        .pipe(Effect.catch(() => Effect.succeed([])))
      const ids = found.filter(({ status }) => !ExecutionStatus.isEnded(status)).map(({ id }) => id)
      if (ids.length === 0) {
        yield* project.stop
        this.say(undefined, DrainText.nothing(this.input(request)))
        return ExitCode.completed
      }
      for (const id of ids) this.unanswered.add(id)
      const watchers = yield* Effect.forEach(ids, (id) => Effect.forkChild(this.watch(project.executions, id, request)))
      const reminder = yield* Effect.forkChild(this.remind(request))
      yield* project.stop
      yield* Effect.forEach(watchers, (watcher) => Fiber.await(watcher), { discard: true })
      yield* Fiber.interrupt(reminder)
      return this.exitCode(request, ids)
    })
  }

  private exitCode({ signal }: StopSignals.StopRequest, ids: ReadonlyArray<ExecutionId.ExecutionId>): number {
    const states = [...this.states.values()]
    if (states.length < ids.length || this.running.length > 0) return ExitCode.unavailable
    if (states.some(({ status }) => status === "Terminated")) return ExitCode.terminated
    return states.some(({ status }) => status === "Interrupted") ? ExitCode.ofSignal(signal) : ExitCode.completed
  }

  private watch(
    executions: Executions.ExecutionsShape,
    id: ExecutionId.ExecutionId,
    request: StopSignals.StopRequest
  ): Effect.Effect<void> {
    return executions.get(id).pipe(
      Effect.flatMap((state) => {
        this.states.set(id, state)
        if (this.forced !== undefined) this.terminate(id, this.forced)
        // It may have been asked before it was looked at.
        if (state.bound !== undefined) this.answered(id, request)
        return executions
          .events(id, state.sequence)
          .pipe(Stream.runForEachArray((events) => Effect.sync(() => this.observe(id, events, request))))
      }),
      Effect.catch(({ message }) =>
        Effect.sync(() => this.say(undefined, DrainText.lost(this.input(request), id, message)))
      ),
      Effect.ensuring(Effect.sync(() => this.answered(id, request)))
    )
  }

  private observe(
    id: ExecutionId.ExecutionId,
    events: ReadonlyArray<ExecutionEvent.ExecutionEvent>,
    request: StopSignals.StopRequest
  ): void {
    const before = this.states.get(id)
    const state = ExecutionState.fold(before, events)
    if (state === undefined) return
    this.states.set(id, state)
    const isAsked = events.some(({ type }) => type === "interrupt-requested" || type === "interrupt-repeated")
    if (isAsked || ExecutionStatus.isEnded(state.status)) this.answered(id, request)
    if (ExecutionStatus.isEnded(state.status))
      this.say(undefined, DrainText.ended(this.input(request), state, this.options.again))
  }

  /** Once it is known of each how soon it stops, it is said of all. */
  private answered(id: ExecutionId.ExecutionId, request: StopSignals.StopRequest): void {
    if (!this.unanswered.delete(id) || this.unanswered.size > 0 || this.forced !== undefined) return
    const { running } = this
    if (running.length === 0) return
    this.say(
      undefined,
      DrainText.promised(
        this.input(request),
        running,
        StopBound.longest(running.map(({ bound }) => bound ?? StopBound.atOnce))
      )
    )
  }

  private remind(request: StopSignals.StopRequest): Effect.Effect<never> {
    return Effect.forever(
      Effect.andThen(
        Effect.sleep(reminderMillis),
        Effect.sync(() => this.say(undefined, DrainText.reminder(this.input(request), this.running)))
      )
    )
  }

  private terminate(id: ExecutionId.ExecutionId, request: StopSignals.StopRequest): void {
    const { by } = this.options
    const { ending } = this
    if (ending === undefined) return
    const via = this.input(request).fromKey ? "Ctrl-C in this terminal" : request.signal
    this.fork(
      ending.project.executions
        .terminate(id, { source: "Shutdown", ...(by === undefined ? undefined : { by }), via })
        // It has ended by now: that is told with its end.
        .pipe(Effect.ignore)
    )
  }

  private get running(): ReadonlyArray<ExecutionState.ExecutionState> {
    return [...this.states.values()].filter(({ status }) => !ExecutionStatus.isEnded(status))
  }

  private input(request: StopSignals.StopRequest): DrainText.Input {
    const { output } = this.options
    return {
      look: output.look("stderr"),
      columns: output.size().columns,
      fromKey: request.signal === "SIGINT" && output.isTerminal("stderr") && process.stdin.isTTY === true,
      via: request.signal
    }
  }

  private say(request: StopSignals.StopRequest | undefined, texts: ReadonlyArray<string>): void {
    const [first, ...more] = texts
    if (first === undefined) return
    // A terminal has echoed ^C: the text begins over it.
    const start = request !== undefined && this.input(request).fromKey ? "\r" : ""
    lines(this.options.output, "stderr", [start + first, ...more])
  }
}
