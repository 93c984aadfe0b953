/**
 * What a command ends with: its exit code, or an error that says what is wrong.
 */
import { Context, Effect, Schema } from "effect"
import { CliError } from "effect/cli"
import * as LostTerminal from "../terminal/LostTerminal.ts"

/** Takes the exit code of the command that ran. */
export class Exit extends Context.Service<Exit, { readonly set: (code: number) => void }>()("halte/Exit") {}

/** What a handler failed with, whatever it was. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", { cause: Schema.Unknown }) {}

/** A handler that answers its exit code. */
export const exits = <R>(
  handler: Effect.Effect<number, unknown, R>
): Effect.Effect<void, CommandFailed | CliError.CliError, R | Exit> =>
  handler.pipe(
    // Requests for help and mistakes of usage are shown by whoever parsed the command line.
    Effect.mapError((cause) => (CliError.isCliError(cause) ? cause : new CommandFailed({ cause }))),
    Effect.flatMap((code) => Effect.map(Exit, (exit) => exit.set(code)))
  )

/** Leaves the process, now. */
export const leave = (code: number): void => {
  LostTerminal.forget()
  process.exit(code)
}
