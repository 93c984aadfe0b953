/**
 * Questions to a person at the terminal.
 */
import { Context, Effect, type FileSystem, type Path, Redacted, type Terminal } from "effect"
import { Prompt } from "effect/cli"

export interface Choice<A> {
  readonly title: string
  readonly value: A
  readonly description?: string | undefined
}

type Asked<A> = Effect.Effect<A, Terminal.QuitError, Terminal.Terminal | FileSystem.FileSystem | Path.Path>

export interface Ask {
  /** There is a person: standard input and output are a terminal and no machine runs this. */
  readonly someone: () => boolean
  readonly select: <A>(message: string, choices: ReadonlyArray<Choice<A>>) => Asked<A>
  /** Yes or no; no when the person only presses Enter. */
  readonly confirm: (message: string) => Asked<boolean>
  /** Without echo. */
  readonly hidden: (message: string) => Asked<string>
}

const isSet = (value: string | undefined) => value !== undefined && value !== "" && value !== "0" && value !== "false"

/** Whether a machine runs this: hints for people are left out. */
export const isCi = (env: NodeJS.ProcessEnv = process.env): boolean => isSet(env["CI"])

const person: Ask = {
  someone: () => process.stdin.isTTY === true && process.stdout.isTTY === true && !isCi(),
  select: (message, choices) =>
    Prompt.run(
      Prompt.Select({
        message,
        choices: choices.map(({ description, title, value }) => ({
          title,
          value,
          ...(description === undefined ? undefined : { description })
        }))
      })
    ),
  confirm: (message) => Prompt.run(Prompt.Confirm({ message, initial: false })),
  hidden: (message) => Effect.map(Prompt.run(Prompt.Hidden({ message })), Redacted.value)
}

/** Who is asked; tests put somebody else in the place. */
export const Ask = Context.Reference<Ask>("halte/Ask", { defaultValue: () => person })
