/**
 * Follows an execution that is not this terminal's own: Ctrl-C only leaves the screen, and what stops the execution are
 * keys of the tree and other commands.
 */
import type { ExecutionId, ExecutionState } from "@halte/engine/model"
import { Deferred, Effect } from "effect"
import * as CommandName from "./CommandName.ts"
import * as Session from "./Session.ts"
import { lines } from "./terminal/Output.ts"
import * as StopSignals from "./terminal/StopSignals.ts"
import { paint } from "./view/Look.ts"

export interface WatchOptions<E, R> extends Session.SessionOptions {
  readonly begin: Effect.Effect<Session.Begun, E, R>
  /** What is added to commands that are shown: `--project …`. */
  readonly again: ReadonlyArray<string>
}

/** The state at the end, or `undefined` when the person left before. */
export const watch = <E, R>(
  options: WatchOptions<E, R>
): Effect.Effect<
  ExecutionState.ExecutionState | undefined,
  E | Session.SessionError | StopSignals.SignalsUnavailable,
  R
> =>
  Effect.gen(function* () {
    const { by, executions, output } = options
    const session = yield* Session.make(options)
    const left = yield* Deferred.make<undefined>()
    const request = { source: "Cli" as const, ...(by === undefined ? undefined : { by }), via: "a key of halte watch" }
    const signals = yield* StopSignals.install({
      onRequest: () => void Deferred.doneUnsafe(left, Effect.succeed(undefined))
    })
    const shown = session.follow(options.begin, {
      controls: {
        press: signals.press,
        interrupt: () => session.command("interrupt", (id) => executions.interrupt(id, request)),
        terminate: () => session.command("terminate", (id) => executions.terminate(id, request))
      }
    })
    const state = yield* Effect.raceFirst(shown, Deferred.await(left)).pipe(
      Effect.ensuring(Effect.sync(signals.remove))
    )
    if (state === undefined && session.id !== undefined) {
      const look = output.look("stderr")
      const echoed = output.isTerminal("stderr") && process.stdin.isTTY === true ? "\r" : ""
      const [first, ...more] = leftText(session.id, options.again)
      lines(output, "stderr", [echoed + paint(look, "dim", first!), ...more])
    }
    return state
  })

/** What is said to somebody who leaves. */
export const leftText = (id: ExecutionId.ExecutionId, again: ReadonlyArray<string>): ReadonlyArray<string> => [
  "Left. The execution goes on.",
  `Interrupt it with:  ${CommandName.line(["interrupt", id, ...again])}`
]
