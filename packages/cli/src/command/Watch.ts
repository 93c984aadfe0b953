/**
 * `halte watch ID`: follows a running execution of any engine of the project, or of a server, to its end. Leaving stops
 * nothing.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import * as ExitCode from "../ExitCode.ts"
import * as Person from "../Person.ts"
import type { Begun, SessionError } from "../Session.ts"
import type { SignalsUnavailable } from "../terminal/StopSignals.ts"
import { watch as follow } from "../Watch.ts"
import * as Executing from "./Executing.ts"
import * as ExecutionArgument from "./ExecutionArgument.ts"
import * as OutputFlags from "./OutputFlags.ts"
import * as ProjectFlag from "./ProjectFlag.ts"

const flags = {
  id: ExecutionArgument.argument,
  ...ProjectFlag.flags,
  ...OutputFlags.progress,
  ...OutputFlags.common
}

type Given = Command.Command.Config.Infer<typeof flags>

export const watch = Command.make("watch", flags, (given) =>
  ProjectFlag.using(given, (opened) =>
    Effect.flatMap(ExecutionArgument.resolve(opened, given.id), ({ attempt, id }) =>
      following(opened, given, { id, attempt })
    )
  )
).pipe(
  Command.withDescription("Follow a running execution"),
  Command.withExamples([
    { command: "halte watch 2X0YQ7", description: "Ctrl-C leaves, i interrupts, p pauses" },
    { command: "halte watch 2X0YQ7 --json", description: "Its events as JSON lines, from the first one" }
  ])
)

/** Shows an execution that is not this terminal's own. */
export const following = (
  { again, executions, output, server }: ProjectFlag.Opened,
  given: Omit<Given, "id" | "project" | "server" | "tokenFile">,
  begun: Begun
): Effect.Effect<number, SessionError | SignalsUnavailable | OutputFlags.UsageError> =>
  Effect.gen(function* () {
    const mode = yield* OutputFlags.mode(given, process.env, output.isTerminal("stdout"))
    const next: Executing.Next = (state) =>
      Executing.hints(mode) && state.status !== "Completed" ? Executing.resumeWith(state, again) : undefined
    const state = yield* follow({
      executions,
      output,
      screen: yield* Executing.screen(mode, given, output, next, true),
      begin: Effect.succeed(begun),
      by: Person.name(),
      answerHint: Executing.answerHint(again),
      connection: server?.connection,
      lostHint: Executing.lost({ again, server }, false),
      again
    })
    if (state === undefined) return ExitCode.completed
    const exitCode = ExitCode.ofState(state)
    Executing.report(output, mode, state, exitCode, next)
    return exitCode
  })
