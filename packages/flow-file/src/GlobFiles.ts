/**
 * The files that a pattern means.
 *
 * @since 0.1.0
 */
import { glob, stat } from "node:fs/promises"
import { join, relative, sep } from "node:path"

/**
 * The files below a directory that match a pattern: relative to it, with `/`, in the order of their code units, so that
 * the same tree gives the same list on every system. Directories are left out, and what one of `without` matches.
 *
 * @since 0.1.0
 */
export const globFiles = async (
  pattern: string,
  cwd: string,
  without: ReadonlyArray<string> = []
): Promise<ReadonlyArray<string>> => {
  const found: Array<string> = []
  for await (const entry of glob(pattern, { cwd, exclude: without, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const isFile = entry.isSymbolicLink() ? await leadsToFile(path) : entry.isFile()
    if (isFile) found.push(relative(cwd, path).replaceAll(sep, "/"))
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

const leadsToFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (target) => target.isFile(),
    () => false
  )
