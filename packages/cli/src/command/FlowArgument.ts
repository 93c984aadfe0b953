/**
 * From what a person types to a flow: a name, a flow file, or a folder with one flow file in it.
 */
import { FlowFile } from "@halte/flow-file"
import { Effect, FileSystem, Option, Path } from "effect"
import { Argument, Flag } from "effect/cli"

export const argument = Argument.String("flow").pipe(
  Argument.withDescription("A flow file, a folder with one, or the name of a flow in this directory")
)

export const dir = Flag.Directory("dir").pipe(
  Flag.withDescription("The directory to look for flows and to run in"),
  Flag.optional
)

/** The directory that names and paths start from. */
export const directory = (flag: Option.Option<string>) =>
  Effect.map(Path.Path, (path) => path.resolve(Option.getOrElse(flag, () => process.cwd())))

/** The path of the flow file. */
export const find = Effect.fnUntraced(function* (text: string, cwd: string) {
  const files = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const given = path.resolve(cwd, text)
  const isFolder = yield* files.stat(given).pipe(
    Effect.map((info) => info.type === "Directory"),
    Effect.orElseSucceed(() => false)
  )
  if (!isFolder) return yield* FlowFile.find(text, cwd)
  const inside = yield* FlowFile.list(given)
  return inside.length === 1 ? inside[0]!.path : yield* FlowFile.find(text, cwd)
})
