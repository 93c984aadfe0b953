/**
 * What is said about a command line that can't be understood.
 */
import { StepId } from "@halte/engine/model"
import type { CliError } from "effect/cli"

/** One sentence per mistake, with the nearest name that would have been right. */
export const sentence = (error: CliError.NonShowHelpErrors): string => {
  switch (error._tag) {
    case "UnrecognizedOption":
      if (["--server", "--token-file"].includes(error.option) && error.command !== undefined)
        return `\`${error.command.join(" ")}\` knows no \`${error.option}\`: it works on this machine alone.`
      return `There is no option \`${error.option}\`${error.command === undefined ? "" : ` of \`${error.command.join(" ")}\``}.${near(error.option, error.suggestions)}${error.command?.at(-1) === "exec" ? " Write `--` before the command." : ""}`
    case "UnknownSubcommand":
      return `There is no command \`${error.subcommand}\`.${meant(error.suggestions)}`
    case "MissingArgument":
      return `The argument \`${error.argument}\` is missing.`
    case "MissingOption":
      return `The option \`--${error.option.replace(/^-+/, "")}\` is missing.`
    case "InvalidValue":
      return error.value === ""
        ? `The option \`--${error.option}\` needs a value: ${error.expected}.`
        : `\`${error.value}\` is no value for \`${error.kind === "flag" ? "--" : ""}${error.option}\`: ${wanted(error.expected)}.`
    case "UnexpectedArgument":
      return `Too many arguments: ${error.arguments.map((a) => `\`${a}\``).join(", ")}.`
    default:
      return error.message.endsWith(".") ? error.message : `${error.message}.`
  }
}

const meant = (names: ReadonlyArray<string>): string =>
  names.length === 0 ? "" : ` Did you mean ${names.map((name) => `\`${name}\``).join(" or ")}?`

/** Options of every command, which the parser does not think of. */
const everywhere = ["--help", "--version"]

const near = (option: string, suggestions: ReadonlyArray<string>): string => {
  // Every letter is near to every other.
  const long = suggestions.filter((name) => name.length > 2)
  if (long.length > 0 || option.length <= 2) return meant(long)
  const name = StepId.nearest(option, everywhere)
  return meant(name === undefined ? [] : [name])
}

/** What the parser says that it expected, as the end of a sentence. */
const wanted = (expected: string): string => {
  if (/^Expected (an integer|a string representing a finite number)/.test(expected)) return "it takes a whole number"
  if (/^"[^"]*"( \| "[^"]*")+$/.test(expected))
    return `it takes ${expected.replaceAll('"', "").replaceAll(" | ", ", ")}`
  if (expected.startsWith("Path does not exist")) return "there is no such folder"
  if (expected.startsWith("Path is not a directory")) return "it is no folder"
  return expected.replace(/\.$/, "")
}
