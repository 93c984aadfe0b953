/**
 * Where a project keeps its executions: the `.halte` of its directory.
 *
 * @since 0.1.0
 */
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { Effect, Schema } from "effect"

/**
 * The directory of a project, and its `.halte`, which need not exist.
 *
 * @since 0.1.0
 */
export interface ProjectDirectory {
  readonly directory: string
  readonly state: string
  readonly exists: boolean
}

/**
 * A project's `.halte` can't be used.
 *
 * @since 0.1.0
 */
export class ProjectUnusable extends Schema.TaggedError<ProjectUnusable>()("ProjectUnusable", {
  path: Schema.String,
  reason: Schema.String
}) {
  readonly code = "project-unusable"
  override get message() {
    return `\`${this.path}\` can't keep executions: ${this.reason}.`
  }
}

/**
 * The name of the directory of state within a project.
 *
 * @since 0.1.0
 */
export const stateName = ".halte"

/**
 * Finds the project that a directory belongs to: the one that is named (`dir`, else the variable `HALTE_DIR`); else the
 * nearest upwards that has a `.halte` of this user; else the nearest that has a `.git`; else the directory itself. Writes
 * nothing.
 *
 * @since 0.1.0
 */
export const find = (
  options: {
    readonly dir?: string | undefined
    readonly cwd?: string | undefined
    readonly env?: Readonly<Record<string, string | undefined>> | undefined
  } = {}
): ProjectDirectory => {
  const cwd = resolve(options.cwd ?? process.cwd())
  const variable = (options.env ?? process.env)["HALTE_DIR"]
  const named = options.dir ?? (variable === "" ? undefined : variable)
  const directory =
    named !== undefined ? resolve(cwd, named) : (nearest(cwd, stateName, true) ?? nearest(cwd, ".git", false) ?? cwd)
  const state = join(directory, stateName)
  return { directory, state, exists: isDirectory(state) }
}

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * Whether the `.halte` of a directory is there and is another user's. What is in it says which processes to end and which
 * commands to go on with, so that it would be somebody else who says that. Root may use that of the directory's owner.
 *
 * @since 0.1.0
 */
export const isForeign = (directory: string): boolean => {
  const user = process.getuid?.()
  const owner = statSync(join(directory, stateName), { throwIfNoEntry: false })?.uid
  if (user === undefined || owner === undefined || owner === user) return false
  return user !== 0 || owner !== statSync(directory, { throwIfNoEntry: false })?.uid
}

/**
 * Fails where the `.halte` is another user's.
 *
 * @since 0.1.0
 */
export const own = ({ directory, state }: ProjectDirectory): Effect.Effect<void, ProjectUnusable> =>
  Effect.suspend(() =>
    isForeign(directory)
      ? Effect.fail(
          new ProjectUnusable({
            path: state,
            reason: "it belongs to another user; name another directory with `HALTE_DIR`"
          })
        )
      : Effect.void
  )

// A worktree of git has a file of that name.
const nearest = (from: string, name: string, directory: boolean): string | undefined => {
  for (let at = from; ; at = dirname(at)) {
    const path = join(at, name)
    if (directory ? isDirectory(path) && !isForeign(at) : existsSync(path)) return at
    if (dirname(at) === at) return undefined
  }
}

/**
 * Makes the directory of state, for its user alone and ignored by git, with `run/` in it.
 *
 * @since 0.1.0
 */
export const make = ({ state }: ProjectDirectory): Effect.Effect<void, ProjectUnusable> =>
  Effect.try({
    try: () => {
      const run = join(state, "run")
      mkdirSync(run, { recursive: true, mode: 0o700 })
      for (const path of [state, run]) close(path)
      const ignore = join(state, ".gitignore")
      if (!existsSync(ignore)) writeFileSync(ignore, "*\n")
    },
    catch: (error) => new ProjectUnusable({ path: state, reason: why(error) })
  })

/** A copy of a project, or an archive, may have left it open to others. */
const close = (path: string): void => {
  const { mode, uid } = statSync(path)
  if (process.platform !== "win32" && uid === process.getuid?.() && (mode & 0o077) !== 0) chmodSync(path, 0o700)
}

const why = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "permission is denied; name another directory with `HALTE_DIR`"
    case "EROFS":
      return "the file system is read-only; name another directory with `HALTE_DIR`"
    case "ENOSPC":
      return "the disk is full"
    case "EEXIST":
    case "ENOTDIR":
      return "something that is no directory has its name, or that of a directory above it"
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
