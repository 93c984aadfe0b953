/**
 * Where the flow of a file comes from, as it is kept with each execution.
 *
 * @since 0.1.0
 */
import { isAbsolute, relative, resolve, sep } from "node:path"
import type { FlowOrigin } from "@halte/engine"
import type { ModuleFile } from "./Modules.ts"

/**
 * A flow file and the directory that it works in, as absolute paths.
 *
 * @since 0.1.0
 */
export interface Place {
  readonly file: string
  readonly directory: string
}

/**
 * The origin of a flow. Paths below `project` are relative to it, so that they hold where the project has moved to.
 *
 * @since 0.1.0
 */
export const make = (
  { directory, file }: Place,
  modules: ReadonlyArray<ModuleFile>,
  project: string | undefined
): FlowOrigin.FlowOrigin => {
  const stored = (path: string) => (project === undefined ? path : (below(path, project) ?? path))
  return {
    kind: "file",
    path: stored(file),
    directory: stored(directory),
    modules: modules.map(({ path, sha256 }) => ({ path: stored(path), sha256 }))
  }
}

/**
 * The place that an origin means in a project; `undefined` when it is not that of a flow file.
 *
 * @since 0.1.0
 */
export const place = (origin: FlowOrigin.FlowOrigin, project: string): Place | undefined => {
  const { directory, kind, path } = origin
  if (kind !== "file" || path === undefined || directory === undefined) return undefined
  return { file: resolve(project, path), directory: resolve(project, directory) }
}

/**
 * A path relative to a directory, with `/`, when it is the directory (`.`) or lies below it.
 *
 * @since 0.1.0
 */
export const below = (path: string, directory: string): string | undefined => {
  const from = relative(directory, path)
  if (from === "") return "."
  // On Windows a path on another drive stays absolute.
  return from === ".." || from.startsWith(`..${sep}`) || isAbsolute(from) ? undefined : from.replaceAll(sep, "/")
}
