/**
 * What was opened before: projects by their directories, and flow files, newest first.
 */
import { isAbsolute, normalize } from "node:path"

/** How many are kept. */
export const most = 10

/** Those with one more in front. What can't be named without a working directory is left out. */
export const add = (
  recent: ReadonlyArray<string>,
  path: string,
  platform: NodeJS.Platform = process.platform
): ReadonlyArray<string> => {
  if (!isAbsolute(path)) return recent
  const own = tidy(path)
  const same = key(own, platform)
  return [own, ...recent.filter((one) => key(one, platform) !== same)].slice(0, most)
}

/** What a file says, without what no version would have written. */
export const read = (found: unknown): ReadonlyArray<string> =>
  Array.isArray(found)
    ? [...new Set(found.filter((one): one is string => typeof one === "string" && isAbsolute(one)))].slice(0, most)
    : []

const tidy = (path: string): string => {
  const normal = normalize(path)
  return normal.length > 1 ? normal.replace(/(?<=[^:/\\])[/\\]+$/, "") : normal
}

/** Where case makes no difference, it makes none here. */
const key = (path: string, platform: NodeJS.Platform): string =>
  platform === "win32" || platform === "darwin" ? path.toLowerCase() : path
