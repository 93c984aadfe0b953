/**
 * The flow files that `halte check` is to look at: those that were named, those of directories, or all of the project.
 */
import { realpathSync, statSync } from "node:fs"
import { relative, resolve } from "node:path"
import { FlowFile } from "@halte/flow-file"
import { Effect, Schema } from "effect"

/** A directory without a flow file. */
export class NoFlowFiles extends Schema.TaggedError<NoFlowFiles>()("NoFlowFiles", { directory: Schema.String }) {
  readonly code = "flow-file-not-found"
  override get message() {
    return `There is no flow file in \`${this.directory}\` or below it. Write a first one with \`halte init\`.`
  }
}

/** What is to be checked. */
export interface Files {
  readonly paths: ReadonlyArray<string>
  /** What was not looked at, as a sentence. */
  readonly cut: string | undefined
}

/** Absolute paths, each file once, in the order in which they were named. */
export const find = Effect.fnUntraced(function* (wanted: ReadonlyArray<string>, cwd: string, project: string) {
  let cut: string | undefined
  const below = Effect.fnUntraced(function* (directory: string, asGiven: string) {
    // It brings the store along: loaded only by who looks through directories.
    const { FlowFiles } = yield* Effect.promise(() => import("@halte/sdk/node"))
    const found = yield* FlowFiles.find([directory])
    if (found.cut !== undefined) cut ??= cutText(asGiven, found.cut, FlowFiles.bounds[found.cut])
    if (found.files.length === 0) return yield* new NoFlowFiles({ directory: asGiven })
    return found.files
  })
  const filesOf = Effect.fnUntraced(function* (one: string) {
    const path = resolve(cwd, one)
    const isDirectory = one !== "" && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    return isDirectory ? yield* below(path, one) : [yield* FlowFile.find(one, cwd)]
  })
  const lists =
    wanted.length === 0
      ? [yield* below(project, relative(cwd, project) === "" ? "." : project)]
      : yield* Effect.forEach(wanted, (one) => filesOf(one))
  const seen = new Set<string>()
  const paths = lists.flat().filter((path) => {
    const real = realOf(path)
    return seen.has(real) ? false : seen.add(real)
  })
  return { paths, cut } satisfies Files as Files
})

const realOf = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

const cutText = (directory: string, bound: "depth" | "directories" | "files", at: number): string =>
  bound === "depth"
    ? `\`${directory}\` was looked through ${at} levels deep: there may be more flow files below.`
    : `\`${directory}\` was looked through up to ${at} ${bound}: there may be more flow files.`
