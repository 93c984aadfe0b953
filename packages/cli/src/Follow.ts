/**
 * Follows an execution that belongs to this terminal: signals and Ctrl-C become requests to stop it, the first to
 * interrupt, the second to terminate, the third to leave.
 */
import { type ExecutionState, ExecutionStatus, InterruptStrategy, StopBound, StopPromise } from "@halte/engine/model"
import type { ExecutionEvent, InterruptSignal } from "@halte/engine/model"
import { Effect } from "effect"
import * as ExitCode from "./ExitCode.ts"
import * as Session from "./Session.ts"
import { lines } from "./terminal/Output.ts"
import * as SignalEcho from "./terminal/SignalEcho.ts"
import * as StopSignals from "./terminal/StopSignals.ts"
import * as StopNotice from "./view/StopNotice.ts"

export interface FollowOptions<E, R> extends Session.SessionOptions {
  /** Starts the execution or its next attempt: only when the handlers of signals are there. */
  readonly begin: Effect.Effect<Session.Begun, E, R>
  /** Kills process groups at once, before leaving; answers how many there were. */
  readonly killGroups: (groups: ReadonlyArray<number>) => number
  /** Leaves the process, at the third request. */
  readonly leave: (code: number) => void
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

export const follow = <E, R>(
  options: FollowOptions<E, R>
): Effect.Effect<Followed, E | Session.SessionError | StopSignals.SignalsUnavailable, R> =>
  Effect.gen(function* () {
    const { by, executions, output, screen } = options
    const session = yield* Session.make(options)
    let first: ExitCode.StopSignal | undefined
    const requests: Array<StopSignals.StopRequest> = []
    /** What is to be said about a request as soon as its event is here. */
    const pending = new Map<"interrupt" | "terminate", () => void>()

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
      ...(session.state?.status === "Interrupting" && session.state.honoured?._tag === "PollNextN"
        ? { strategy: InterruptStrategy.FinishCurrent }
        : undefined)
    })

    const act = (request: StopSignals.StopRequest) => {
      if (session.id === undefined) return
      const { state } = session
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
              session.state?.bound ?? (session.state === undefined ? StopBound.atOnce : StopPromise.now(session.state))
            )
          )
        )
        session.command("interrupt", (id) => executions.interrupt(id, interruptRequest(request)))
      } else if (request.count === 2) {
        pending.get("interrupt")?.()
        once("terminate", () => {
          if (session.state !== undefined)
            say(request, StopNotice.terminate(noticeInput(request), session.state, killed))
        })
        session.command("terminate", (id) => executions.terminate(id, interruptRequest(request)))
      } else {
        const groups = (state?.processes ?? [])
          .filter((p) => p.attempt === state?.attempt && p.exited === undefined && p.group !== undefined)
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
    const observe = (event: ExecutionEvent.ExecutionEvent, state: ExecutionState.ExecutionState) => {
      switch (event.type) {
        case "interrupt-requested":
        case "interrupt-repeated":
          return pending.get("interrupt")?.()
        case "execution-ended":
          pending.get("interrupt")?.()
          return pending.get("terminate")?.()
        case "process-signalled":
          if (event.signal !== "SIGKILL") return
          killed += event.count
          // Every tree that is alive has had its SIGKILL: now the number is known.
          if (
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
    const state = yield* session
      .follow(options.begin, {
        controls: {
          press: signals.press,
          interrupt: signals.press,
          terminate: signals.press
        },
        // What came while it was being started.
        began: () => [...requests].forEach(act),
        observe
      })
      .pipe(Effect.ensuring(Effect.sync(signals.remove)))
    return { state, signal: first } satisfies Followed
  })
