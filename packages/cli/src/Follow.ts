/**
 * Follows an execution that belongs to this terminal: signals and Ctrl-C become requests to stop it, the first to
 * interrupt, the second to terminate, the third to leave.
 *
 * One that a server runs is stopped by asking the server. What could not be sent does not count, and is not sent later:
 * the next request begins anew, or leaves while the connection is lost. Leaving stops nothing there.
 */
import {
  type ExecutionState,
  ExecutionStatus,
  InterruptStrategy,
  StopBound,
  StopPromise,
  UndoPlan
} from "@halte/engine/model"
import type { ExecutionEvent, ExecutionId, Executions, ExecutionsError, InterruptSignal } from "@halte/engine/model"
import { Effect } from "effect"
import * as CommandName from "./CommandName.ts"
import * as ExitCode from "./ExitCode.ts"
import type { News, ServerConnection } from "./server/ServerConnection.ts"
import * as Session from "./Session.ts"
import { lines } from "./terminal/Output.ts"
import * as SignalEcho from "./terminal/SignalEcho.ts"
import * as StopSignals from "./terminal/StopSignals.ts"
import * as StopNotice from "./view/StopNotice.ts"

/** The server that has the execution. */
export interface FollowedServer {
  readonly url: string
  readonly connection: ServerConnection
  /** What is added to commands that are shown. */
  readonly again: ReadonlyArray<string>
}

export interface FollowOptions<E, R> extends Omit<Session.SessionOptions, "connection"> {
  /** Starts the execution or its next attempt: only when the handlers of signals are there. */
  readonly begin: Effect.Effect<Session.Begun, E, R>
  /** Kills process groups of this machine at once, before leaving; answers how many there were. */
  readonly killGroups: (groups: ReadonlyArray<number>) => number
  /** Leaves the process, at the third request. */
  readonly leave: (code: number) => void
  /** Whether the texts about stopping are those of a flow; a single command has its own. */
  readonly notices: boolean
  /** Where the execution is not of this process. */
  readonly server?: FollowedServer | undefined
}

export interface Followed {
  readonly state: ExecutionState.ExecutionState
  /** The first signal that asked to stop; a key counts as SIGINT. */
  readonly signal: ExitCode.StopSignal | undefined
}

/** The first words about a request come within 100 ms, whatever the engine is doing. */
const noticeMillis = 60

type Kind = "interrupt" | "terminate"

export const follow = <E, R>(
  options: FollowOptions<E, R>
): Effect.Effect<Followed, E | Session.SessionError | StopSignals.SignalsUnavailable, R> =>
  Effect.gen(function* () {
    const { by, executions, output, screen, server } = options
    const session = yield* Session.make({ ...options, connection: server?.connection })
    let first: ExitCode.StopSignal | undefined
    const requests: Array<StopSignals.StopRequest> = []
    /** What is to be said about a request as soon as its event is here. */
    const pending = new Map<Kind, { readonly text: () => void; readonly cancel: () => void }>()
    /** Requests that did not get to the server: the count goes on without them. */
    let unsent = 0
    /** Since then, how many in a row. */
    let inARow = 0
    /** The next request leaves: there is nobody to ask. */
    let leaves: "unasked" | undefined
    /** Requests that the server has not answered. */
    let unanswered = 0

    const noticeInput = (request: StopSignals.StopRequest): StopNotice.NoticeInput => ({
      look: output.look("stderr"),
      columns: output.size().columns,
      fromKey:
        request.fromKey || (request.signal === "SIGINT" && output.isTerminal("stderr") && process.stdin.isTTY === true),
      via: request.signal
    })
    const sayAlways = (request: StopSignals.StopRequest, texts: ReadonlyArray<string>, more = false) => {
      if (texts.length === 0) return
      // A terminal in its normal mode has echoed ^C: the text begins over it.
      const start = noticeInput(request).fromKey ? "\r" : ""
      screen.say([start + texts[0]!, ...texts.slice(1)], more)
    }
    const say = (request: StopSignals.StopRequest, texts: ReadonlyArray<string>, more = false) => {
      if (options.notices) sayAlways(request, texts, more)
    }
    const once = (kind: Kind, text: () => void) => {
      const cancel = () => {
        clearTimeout(timer)
        pending.delete(kind)
      }
      const timer = setTimeout(() => pending.get(kind)?.text(), noticeMillis)
      pending.set(kind, {
        cancel,
        text: () => {
          cancel()
          text()
        }
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

    const there = (id: ExecutionId.ExecutionId, { again, url }: FollowedServer): StopNotice.There => ({
      url,
      id,
      look: CommandName.line(["watch", id, ...again])
    })

    /** Leaves now; a server goes on as it does. */
    const leave = (request: StopSignals.StopRequest, code: number, texts: ReadonlyArray<string>) => {
      screen.restore()
      const [start, ...rest] = texts
      lines(output, "stderr", [`${noticeInput(request).fromKey ? "\r" : ""}${start}`, ...rest])
      options.leave(code)
    }

    const give = (
      kind: Kind,
      request: StopSignals.StopRequest,
      command: (id: ExecutionId.ExecutionId) => Effect.Effect<Executions.Receipt, ExecutionsError.ExecutionsError>,
      done?: () => void
    ) => {
      unanswered++
      session.command(kind, command, {
        done: () => {
          unanswered--
          inARow = 0
          done?.()
        },
        failed: (error) => {
          unanswered--
          if (server === undefined || !isFarAway(error)) return false
          pending.get(kind)?.cancel()
          unsent++
          inARow++
          if (request.count === unsent) first = undefined
          leaves = server.connection.lost || inARow > 1 ? "unasked" : undefined
          screen.requested(Math.max(0, requests.length - unsent))
          sayAlways(
            request,
            StopNotice.unsent(
              noticeInput(request),
              there(session.id!, server),
              reasonOf(error),
              leaves === undefined ? "again" : "leave"
            )
          )
          return true
        }
      })
    }

    const interrupt = (request: StopSignals.StopRequest) => {
      const { state } = session
      const undo = state === undefined ? undefined : UndoPlan.progress(state)
      const asked: StopNotice.Asked = {
        ...(undo?.running === undefined ? undefined : { undoing: undo.running.step }),
        running: [...(state?.steps.values() ?? [])].filter((step) => ExecutionStatus.isActive(step.status)).length,
        strategy: interruptRequest(request).strategy ?? state?.strategy ?? InterruptStrategy.FinishCurrent
      }
      const heard = () => {
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
      }
      // What can't be known to get there is not said to have got there.
      const doubtful = server?.connection.lost === true
      if (doubtful) say(request, StopNotice.asking(noticeInput(request), there(session.id!, server)), true)
      else heard()
      give(
        "interrupt",
        request,
        (id) => executions.interrupt(id, interruptRequest(request)),
        doubtful ? heard : undefined
      )
    }

    const terminate = (request: StopSignals.StopRequest) => {
      pending.get("interrupt")?.text()
      once("terminate", () => {
        if (session.state !== undefined) say(request, StopNotice.terminate(noticeInput(request), session.state, killed))
      })
      give("terminate", request, (id) => executions.terminate(id, interruptRequest(request)))
    }

    const leaveAtOnce = (request: StopSignals.StopRequest, id: ExecutionId.ExecutionId) => {
      if (server !== undefined)
        return leave(
          request,
          ExitCode.terminated,
          StopNotice.leaveServer(noticeInput(request), there(id, server), unanswered === 0)
        )
      const { state } = session
      const groups = (state?.processes ?? [])
        .filter((p) => p.attempt === state?.attempt && p.exited === undefined && p.group !== undefined)
        .map((p) => p.group!)
      const sent = options.killGroups([...new Set([...groups, ...session.subFlows.groups])])
      leave(request, ExitCode.terminated, StopNotice.leave(noticeInput(request), sent))
    }

    /** A server that is far away, or gone, may take its time. */
    const whileStarting = (request: StopSignals.StopRequest, { again, url }: FollowedServer) => {
      if (request.count === 1) say(request, StopNotice.starting(noticeInput(request), url))
      if (request.count > 2)
        leave(
          request,
          ExitCode.terminated,
          StopNotice.leaveStarting(noticeInput(request), url, CommandName.line(["list", ...again]))
        )
    }

    const act = (request: StopSignals.StopRequest) => {
      const { id, state } = session
      if (id === undefined) return server === undefined ? undefined : whileStarting(request, server)
      if (leaves !== undefined && server !== undefined)
        return leave(request, ExitCode.unavailable, StopNotice.left(noticeInput(request), there(id, server)))
      // One that was taken for lost may have got there all the same.
      const stopping = unsent > 0 && state?.status === "Interrupting" ? 2 : 1
      const count = Math.max(request.count - unsent, stopping)
      screen.requested(count)
      if (count === 1) interrupt(request)
      else if (count === 2) terminate(request)
      else leaveAtOnce(request, id)
    }

    /** What was not sent is not kept, and a person is told so. */
    const connection = (news: News) => {
      if (news._tag === "Lost" || leaves === undefined) return
      leaves = undefined
      inARow = 0
      screen.say(StopNotice.askAnew(output.look("stderr"), requests.at(-1)?.fromKey ?? output.isTerminal("stderr")))
    }

    /** Processes that got SIGKILL since the second request. */
    let killed = 0
    const observe = (event: ExecutionEvent.ExecutionEvent, state: ExecutionState.ExecutionState) => {
      switch (event.type) {
        case "interrupt-requested":
        case "interrupt-repeated":
          return pending.get("interrupt")?.text()
        case "execution-ended":
          pending.get("interrupt")?.text()
          return pending.get("terminate")?.text()
        case "process-signalled":
          if (event.signal !== "SIGKILL") return
          killed += event.count
          // Every tree that is alive has had its SIGKILL: now the number is known.
          if (
            state.status === "Terminating" &&
            state.processes.every((p) => p.exited !== undefined || p.signalled?.signal === "SIGKILL")
          )
            pending.get("terminate")?.text()
          return
        case "terminate-requested":
          if (state.processes.every((p) => p.exited !== undefined)) pending.get("terminate")?.text()
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
        observe,
        connection
      })
      .pipe(Effect.ensuring(Effect.sync(signals.remove)))
    return { state, signal: first } satisfies Followed
  })

/** The request did not get to whoever could carry it out, or nothing is known of it. */
const isFarAway = (error: ExecutionsError.ExecutionsError): boolean =>
  error._tag === "ExecutionsUnavailable" || error._tag === "Unauthorized"

const reasonOf = (error: ExecutionsError.ExecutionsError): string =>
  (error._tag === "ExecutionsUnavailable" ? error.reason : error.message).replace(/\.$/, "")
