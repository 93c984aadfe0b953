/**
 * The flow that a person names, and the directory that names and paths start from.
 */
import { Effect, Option, Path } from "effect"
import { Argument, Flag } from "effect/cli"

export const argument = Argument.String("flow").pipe(
  Argument.withDescription("A flow file, a folder with one, or the name of a flow in this directory")
)

export const dir = Flag.Directory("dir", { mustExist: true }).pipe(
  Flag.withDescription("The directory to look for flows and to run in"),
  Flag.optional
)

/** The directory that names and paths start from. */
export const directory = (flag: Option.Option<string>) =>
  Effect.map(Path.Path, (path) => path.resolve(Option.getOrElse(flag, () => process.cwd())))
