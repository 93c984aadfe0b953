/**
 * One execution on one screen, from its id to its end: events are folded and shown, lines are shown, commands are given.
 * It is given an `Executions` and nothing else: the same code follows an execution of this process, of another engine of
 * the project and of a server. What Ctrl-C means is not decided here.
 */
import {
  type ExecutionEvent,
  type ExecutionId,
  ExecutionState,
  type Executions,
  ExecutionsError,
  ExecutionStatus,
  type LogLine
} from "@halte/engine/model"
import { Deferred, Effect, Fiber, Stream } from "effect"
import * as AnswersInput from "./input/AnswersInput.ts"
import type { News, ServerConnection } from "./server/ServerConnection.ts"
import { SubFlowSessions } from "./SubFlowSessions.ts"
import { lines, type Output } from "./terminal/Output.ts"
import type { Controls, Screen } from "./terminal/Screen.ts"

export interface SessionOptions {
  readonly executions: Executions.ExecutionsShape
  readonly screen: Screen
  readonly output: Output
  /** Who asks, in the record. */
  readonly by: string | undefined
  /** Answers to gates, by step, given the moment they open. */
  readonly answers?: ReadonlyMap<string, unknown> | undefined
  /** How an answer can be given, where nobody can give one here. */
  readonly answerHint?: ((id: ExecutionId.ExecutionId, step: string) => string) | undefined
  /** Why the last events are not recorded, if they are not. */
  readonly unrecorded?: ((id: ExecutionId.ExecutionId) => string | undefined) | undefined
  /** What there is to do about an execution whose end could not be recorded, or seen. */
  readonly lostHint?: ((id: ExecutionId.ExecutionId) => ReadonlyArray<string>) | undefined
  /** The connection to the server that has the execution: the screen shows it while it is lost. */
  readonly connection?: ServerConnection | undefined
}

/** What is followed: one attempt of an execution. */
export interface Begun {
  readonly id: ExecutionId.ExecutionId
  readonly attempt: number
}

/** What whoever made the session wants to know and to decide. */
export interface Watcher {
  /** What a Ctrl-C does that came as a key, and the two commands that stop. */
  readonly controls: Pick<Controls, "press" | "interrupt" | "terminate">
  /** The id is known and the screen has begun. */
  readonly began?: (() => void) | undefined
  /** After the screen was told. */
  readonly observe?: ((event: ExecutionEvent.ExecutionEvent, state: ExecutionState.ExecutionState) => void) | undefined
  /** After the screen was told. */
  readonly connection?: ((news: News) => void) | undefined
}

/** Why nothing can be shown to the end. */
export type SessionError =
  | ExecutionsError.ExecutionNotFound
  | ExecutionsError.Unauthorized
  | ExecutionsError.ExecutionsUnavailable

/** Lines that are still on their way when the execution has ended. */
const lastLinesMillis = 2000

/** Events that are answered with the state as it is then. */
const isMoment = (event: ExecutionEvent.ExecutionEvent): boolean =>
  event.type === "execution-started" ||
  event.type === "interrupt-requested" ||
  event.type === "interrupt-repeated" ||
  event.type === "terminate-requested" ||
  (event.type === "process-signalled" && event.signal === "SIGKILL") ||
  event.type === "execution-ended"

export class Session {
  id: ExecutionId.ExecutionId | undefined
  state: ExecutionState.ExecutionState | undefined
  private attempt = 1
  private readonly options: SessionOptions
  private readonly fork: (effect: Effect.Effect<void>) => unknown
  /** When the followed attempt began: lines before that are not of it. */
  private readonly since = Deferred.makeUnsafe<number>()
  readonly subFlows: SubFlowSessions
  private early: Array<LogLine.LogLine> = []

  constructor(options: SessionOptions, fork: (effect: Effect.Effect<void>) => unknown) {
    this.options = options
    this.fork = fork
    const { answerHint, answers, by, executions, screen } = options
    this.subFlows = new SubFlowSessions({
      executions,
      fork,
      log: screen.logs ? (line) => screen.log(line) : undefined,
      gate: ({ gate, id, step }) => {
        const value = answers?.get(step)
        if (value !== undefined)
          return this.command("answer", () => executions.answer(id, gate, value, { source: "Cli", by }))
        // No screen asks for them: they belong to another execution.
        if (answerHint !== undefined) screen.say([answerHint(id, gate)])
      }
    })
  }

  /** Gives a command; a refusal is shown, unless `then` takes it. */
  command(
    name: string,
    give: (id: ExecutionId.ExecutionId) => Effect.Effect<unknown, ExecutionsError.ExecutionsError>,
    then: {
      readonly done?: () => void
      /** Whether nothing more is to be said about it. */
      readonly failed?: (error: ExecutionsError.ExecutionsError) => boolean
    } = {}
  ): void {
    if (this.id === undefined) return
    this.fork(
      give(this.id).pipe(
        Effect.tap(() => Effect.sync(() => then.done?.())),
        Effect.asVoid,
        Effect.catch((error) =>
          Effect.sync(() => {
            // A command that came too late has nothing to say.
            if (this.isOver || then.failed?.(error) === true) return
            this.options.screen.refused(name, error.message)
          })
        )
      )
    )
  }

  /** Shows the attempt to its end and answers the state that it left. */
  follow<E, R>(
    begin: Effect.Effect<Begun, E, R>,
    watcher: Watcher
  ): Effect.Effect<ExecutionState.ExecutionState, E | SessionError, R> {
    const { connection, executions, output, screen } = this.options
    const asker = { source: "Cli" as const, by: this.options.by }
    return Effect.gen({ self: this }, function* () {
      const { attempt, id } = yield* begin
      const deaf = connection?.listen((news) => {
        screen.connection?.(news)
        watcher.connection?.(news)
      })
      if (deaf !== undefined) yield* Effect.addFinalizer(() => Effect.sync(deaf))
      this.id = id
      this.attempt = attempt
      screen.begin({
        ...watcher.controls,
        pause: () => this.command("pause", (of) => executions.pause(of, asker)),
        goOn: () => this.command("go on", (of) => executions.resume(of, asker)),
        answer: (step, value, request) =>
          this.command("answer", (of) => executions.answer(of, step, value, { ...asker, ...request }))
      })
      watcher.began?.()
      const logs = screen.logs ? yield* Effect.forkChild(this.showLogs(id)) : undefined
      yield* this.showEvents(id, watcher)
      if (logs !== undefined) yield* Effect.timeoutOption(Fiber.await(logs), lastLinesMillis)
      this.showEarly(true)
      const { state } = this
      if (!this.isOver || state === undefined)
        return yield* new ExecutionsError.ExecutionsUnavailable({
          reason: this.options.unrecorded?.(id) ?? `the events of \`${id}\` ended before the execution did`
        })
      screen.end(state)
      return state
    }).pipe(
      Effect.scoped,
      Effect.ensuring(
        Effect.sync(() => {
          this.showEarly(true)
          screen.restore()
        })
      ),
      Effect.tapError(() =>
        Effect.sync(() => {
          if (this.id !== undefined && (this.state !== undefined || connection !== undefined))
            lines(output, "stderr", this.options.lostHint?.(this.id) ?? [])
        })
      ),
      Effect.tap(() => output.drained("stdout"))
    )
  }

  private get isOver(): boolean {
    return this.state !== undefined && this.state.attempt >= this.attempt && ExecutionStatus.isEnded(this.state.status)
  }

  /** A stream may end early, with a connection for example: then it is taken up again, as long as it brings anything. */
  private showEvents(
    id: ExecutionId.ExecutionId,
    watcher: Watcher
  ): Effect.Effect<void, ExecutionsError.ExecutionNotFound | ExecutionsError.Always> {
    return Effect.suspend(() => {
      const from = this.state?.sequence ?? 0
      return this.options.executions.events(id, from).pipe(
        Stream.takeWhile((event) => event.attempt <= this.attempt),
        Stream.runForEachArray((events) =>
          Effect.suspend(() => {
            this.observeAll(events, watcher)
            this.options.screen.turn()
            return this.options.output.drained("stdout")
          })
        ),
        Effect.andThen(
          Effect.suspend(() =>
            this.isOver || (this.state?.sequence ?? 0) === from ? Effect.void : this.showEvents(id, watcher)
          )
        )
      )
    })
  }

  private showLogs(id: ExecutionId.ExecutionId) {
    const { executions } = this.options
    if (this.attempt === 1) return Stream.runForEach(executions.logs(id), (line) => Effect.sync(() => this.log(line)))
    // Lines have no attempt: those from before it began are of an earlier one.
    return Effect.flatMap(Deferred.await(this.since), (since) =>
      Stream.runForEach(executions.logs(id), (line) =>
        Effect.sync(() => {
          if (line.at >= since) this.log(line)
        })
      )
    )
  }

  /** Events and lines come by two ways. What a step wrote is shown once it is shown to have begun. */
  private log(line: LogLine.LogLine): void {
    if (this.isEarly(line)) this.early.push(line)
    else this.options.screen.log(line)
  }

  private isEarly({ step }: LogLine.LogLine): boolean {
    return this.state === undefined || this.state.steps.get(step)?.status === "Waiting"
  }

  private showEarly(all = false): void {
    if (this.early.length === 0) return
    const lines = this.early
    this.early = []
    for (const line of lines) {
      if (all) this.options.screen.log(line)
      else this.log(line)
    }
  }

  /**
   * Folds what came in one turn, in as few batches as possible: a fold copies what grows with the flow. Only where the
   * state of the very moment matters, a batch ends.
   */
  private observeAll(events: ReadonlyArray<ExecutionEvent.ExecutionEvent>, watcher: Watcher): void {
    for (let from = 0; from < events.length;) {
      let to = from
      while (to < events.length - 1 && !isMoment(events[to]!)) to++
      const batch = events.slice(from, to + 1)
      this.state = ExecutionState.fold(this.state, batch)
      for (const event of batch) this.observe(event, watcher)
      from = to + 1
    }
    this.showEarly()
  }

  private observe(event: ExecutionEvent.ExecutionEvent, watcher: Watcher): void {
    const { answerHint, answers, by, executions, output, screen } = this.options
    if (this.state === undefined) return
    const past = event.attempt < this.attempt
    screen.event(event, this.state, past)
    if (past) return
    if (event.type === "execution-started") Deferred.doneUnsafe(this.since, Effect.succeed(event.at))
    if (event.type === "gate-opened") {
      const given = answers?.get(event.step)
      const value = event.schema === undefined ? AnswersInput.decided(given) : given
      if (value !== undefined)
        this.command("answer", (id) => executions.answer(id, event.step, value, { source: "Cli", by }))
      else if (!screen.answers && answerHint !== undefined)
        lines(output, "stderr", [answerHint(this.state.id, event.step)])
    }
    this.subFlows.observe(event, this.state)
    watcher.observe?.(event, this.state)
  }
}

export const make = (options: SessionOptions): Effect.Effect<Session> =>
  Effect.map(Effect.context<never>(), (context) => new Session(options, Effect.runForkWith(context)))
