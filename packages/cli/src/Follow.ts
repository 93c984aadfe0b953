/**
 * Shows one execution from its id to its end, and turns the signals and keys of a person into commands. It is given an
 * `Executions` and nothing else: the same code follows an execution of this process and one of a server.
 */
import {
  type ExecutionEvent,
  type ExecutionId,
  ExecutionState,
  type Executions,
  ExecutionsError,
  ExecutionStatus,
  type InterruptSignal,
  InterruptStrategy,
  StopBound
} from "@halte/engine/model"
import { Effect, Fiber, Stream } from "effect"
import * as ExitCode from "./ExitCode.ts"
import { lines, type Output } from "./terminal/Output.ts"
import type { Screen } from "./terminal/Screen.ts"
import * as SignalEcho from "./terminal/SignalEcho.ts"
import * as StopSignals from "./terminal/StopSignals.ts"
import * as StopNotice from "./view/StopNotice.ts"
import * as StopPromise from "./view/StopPromise.ts"

export interface FollowOptions {
  readonly executions: Executions.ExecutionsShape
  readonly start: Executions.StartRequest
  readonly screen: Screen
  readonly output: Output
  /** Who asks, in the record. */
  readonly by: string | undefined
  /** Kills process groups at once, before leaving; answers how many there were. */
  readonly killGroups: (groups: ReadonlyArray<number>) => number
  /** Leaves the process, at the third request. */
  readonly leave: (code: number) => void
  /** Answers to gates, by step, given the moment they open. */
  readonly answers?: ReadonlyMap<string, unknown> | undefined
  /** Whether the texts about stopping are those of a flow; a single command has its own. */
  readonly notices: boolean
}

export interface Followed {
  readonly state: ExecutionState.ExecutionState
  /** The first signal that asked to stop; a key counts as SIGINT. */
  readonly signal: ExitCode.StopSignal | undefined
}

/** The first words about a request come within 100 ms, whatever the engine is doing. */
const noticeMillis = 60
/** Events that are answered with the state as it is then. */
const isMoment = (event: ExecutionEvent.ExecutionEvent): boolean =>
  event.type === "interrupt-requested" ||
  event.type === "interrupt-repeated" ||
  event.type === "terminate-requested" ||
  (event.type === "process-signalled" && event.signal === "SIGKILL") ||
  event.type === "execution-ended"

/** Lines that are still on their way when the execution has ended. */
const lastLinesMillis = 2000

export const follow = Effect.fnUntraced(function* (options: FollowOptions) {
  const { by, executions, output, screen } = options
  const run = Effect.runForkWith(yield* Effect.context<never>())
  let id: ExecutionId.ExecutionId | undefined
  let state: ExecutionState.ExecutionState | undefined
  let first: ExitCode.StopSignal | undefined
  const requests: Array<StopSignals.StopRequest> = []
  /** What is to be said about a request as soon as its event is here. */
  const pending = new Map<"interrupt" | "terminate", () => void>()

  const command = (name: string, effect: Effect.Effect<unknown, ExecutionsError.ExecutionsError>) =>
    run(
      Effect.catch(effect, (error) =>
        Effect.sync(() => {
          // A command that came too late has nothing to say.
          if (state === undefined || !ExecutionStatus.isEnded(state.status)) screen.refused(name, error.message)
        })
      )
    )

  const noticeInput = (request: StopSignals.StopRequest): StopNotice.NoticeInput => ({
    look: output.look("stderr"),
    columns: output.size().columns,
    fromKey:
      request.fromKey || (request.signal === "SIGINT" && output.isTerminal("stderr") && process.stdin.isTTY === true),
    via: request.signal
  })
  const say = (request: StopSignals.StopRequest, texts: ReadonlyArray<string>, more = false) => {
    if (!options.notices || texts.length === 0) return
    // A terminal in its normal mode has echoed ^C: the text begins over it.
    const start = noticeInput(request).fromKey ? "\r" : ""
    screen.say([start + texts[0]!, ...texts.slice(1)], more)
  }
  const once = (kind: "interrupt" | "terminate", text: () => void) => {
    const timer = setTimeout(() => pending.get(kind)?.(), noticeMillis)
    pending.set(kind, () => {
      clearTimeout(timer)
      pending.delete(kind)
      text()
    })
  }

  const interruptRequest = (request: StopSignals.StopRequest): InterruptSignal.InterruptRequest => ({
    source: "Cli",
    ...(by === undefined ? undefined : { by }),
    via: request.fromKey ? "Ctrl-C in this terminal" : request.signal,
    // Who presses Ctrl-C while an execution still has steps to start before it stops wants it to stop sooner.
    ...(state?.status === "Interrupting" && state.honoured?._tag === "PollNextN"
      ? { strategy: InterruptStrategy.FinishCurrent }
      : undefined)
  })

  const act = (request: StopSignals.StopRequest) => {
    if (id === undefined) return
    const of = id
    screen.requested(request.count)
    if (request.count === 1) {
      const asked: StopNotice.Asked = {
        running: [...(state?.steps.values() ?? [])].filter((step) => ExecutionStatus.isActive(step.status)).length,
        strategy: interruptRequest(request).strategy ?? state?.strategy ?? InterruptStrategy.FinishCurrent
      }
      say(request, StopNotice.heard(noticeInput(request), asked), true)
      once("interrupt", () =>
        say(
          request,
          StopNotice.promised(
            noticeInput(request),
            asked,
            state?.bound ?? (state === undefined ? StopBound.atOnce : StopPromise.now(state))
          )
        )
      )
      command("interrupt", executions.interrupt(of, interruptRequest(request)))
    } else if (request.count === 2) {
      pending.get("interrupt")?.()
      once("terminate", () => {
        if (state !== undefined) say(request, StopNotice.terminate(noticeInput(request), state, killed))
      })
      command("terminate", executions.terminate(of, interruptRequest(request)))
    } else {
      const groups = (state?.processes ?? [])
        .filter((p) => p.exited === undefined && p.group !== undefined)
        .map((p) => p.group!)
      const sent = options.killGroups([...new Set(groups)])
      screen.restore()
      const [start, ...rest] = StopNotice.leave(noticeInput(request), sent)
      lines(output, "stderr", [`${noticeInput(request).fromKey ? "\r" : ""}${start}`, ...rest])
      options.leave(ExitCode.terminated)
    }
  }

  /** Processes that got SIGKILL since the second request. */
  let killed = 0
  /**
   * Folds what came in one turn, in as few batches as possible: a fold copies what grows with the flow. Only where the
   * state of the very moment matters, a batch ends.
   */
  const observeAll = (events: ReadonlyArray<ExecutionEvent.ExecutionEvent>) => {
    for (let from = 0; from < events.length;) {
      let to = from
      while (to < events.length - 1 && !isMoment(events[to]!)) to++
      const batch = events.slice(from, to + 1)
      state = ExecutionState.fold(state, batch)
      for (const event of batch) observe(event)
      from = to + 1
    }
  }
  const observe = (event: ExecutionEvent.ExecutionEvent) => {
    if (state === undefined) return
    if (event.type === "process-signalled" && event.signal === "SIGKILL") killed += event.count
    screen.event(event, state)
    switch (event.type) {
      case "gate-opened": {
        const value = options.answers?.get(event.step)
        if (value !== undefined && id !== undefined)
          command("answer", executions.answer(id, event.step, value, { source: "Cli", by }))
        else if (!screen.answers)
          lines(output, "stderr", [
            `Step \`${event.step}\` waits for an answer, and nobody can give one here. Give it at the start: \`--answer ${event.step}=true\`.`
          ])
        return
      }
      case "interrupt-requested":
      case "interrupt-repeated":
        return pending.get("interrupt")?.()
      case "execution-ended":
        pending.get("interrupt")?.()
        return pending.get("terminate")?.()
      case "process-signalled":
        // Every tree that is alive has had its SIGKILL: now the number is known.
        if (
          event.signal === "SIGKILL" &&
          state.status === "Terminating" &&
          state.processes.every((p) => p.exited !== undefined || p.signalled?.signal === "SIGKILL")
        )
          pending.get("terminate")?.()
        return
      case "terminate-requested":
        if (state.processes.every((p) => p.exited !== undefined)) pending.get("terminate")?.()
        return
    }
  }

  const signals = yield* StopSignals.install({
    echoMillis: SignalEcho.detect(),
    onRequest: (request) => {
      first ??= request.signal
      requests.push(request)
      act(request)
    }
  })

  return yield* Effect.gen(function* () {
    const started = yield* executions.start(options.start)
    id = started
    screen.begin({
      press: signals.press,
      pause: () => command("pause", executions.pause(started, { source: "Cli", by })),
      goOn: () => command("go on", executions.resume(started, { source: "Cli", by })),
      answer: (step, value) => command("answer", executions.answer(started, step, value, { source: "Cli", by }))
    })
    // What came while it was being started.
    for (const request of [...requests]) act(request)
    const logs = screen.logs
      ? yield* Effect.forkChild(
          Stream.runForEach(executions.logs(started), (line) => Effect.sync(() => screen.log(line)))
        )
      : undefined
    yield* Stream.runForEachArray(executions.events(started), (events) =>
      Effect.suspend(() => {
        observeAll(events)
        screen.turn()
        return output.drained("stdout")
      })
    )
    if (logs !== undefined) yield* Effect.timeoutOption(Fiber.await(logs), lastLinesMillis)
    if (state === undefined || !ExecutionStatus.isEnded(state.status))
      return yield* new ExecutionsError.ExecutionsUnavailable({
        reason: `the events of \`${started}\` ended before the execution did`
      })
    screen.end(state)
    return { state, signal: first } satisfies Followed
  }).pipe(
    Effect.ensuring(
      Effect.sync(() => {
        signals.remove()
        screen.restore()
      })
    )
  )
})
