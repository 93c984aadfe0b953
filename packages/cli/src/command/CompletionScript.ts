/**
 * `halte completions SHELL`: the script that completes commands and flags.
 */
import { Effect } from "effect"
import { Argument, Command, Completions } from "effect/cli"
import * as ExitCode from "../ExitCode.ts"
import { exits } from "./Exit.ts"
import * as OutputFlags from "./OutputFlags.ts"

const shells = [
  ["bash", "bash"],
  ["zsh", "zsh"],
  ["fish", "fish"],
  ["pwsh", "powershell"],
  ["powershell", "powershell"]
] as const

/** The command, for the tree that it completes. */
export const completions = (root: () => Command.Command.Any) =>
  Command.make(
    "completions",
    {
      shell: Argument.ChoiceWithValue("shell", shells).pipe(Argument.withDescription("bash, zsh, fish or pwsh")),
      ...OutputFlags.color
    },
    (given) =>
      exits(
        Effect.map(OutputFlags.output(given), (output) => {
          output.write("stdout", `${Completions.generate("halte", given.shell, Completions.fromCommand(root()))}\n`)
          return ExitCode.completed
        })
      )
  ).pipe(Command.withDescription("Print the completion script of a shell"))
