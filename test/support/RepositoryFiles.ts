/**
 * The files of the repository, as git tracks them and as people read them. What somebody is working on and has not added
 * yet is left out.
 */
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** The root of the clone, without a slash at its end. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "")

/** Paths relative to the root, with forward slashes; deleted files that are not committed yet are left out. */
export const tracked = (): ReadonlyArray<string> => {
  const list = (...args: ReadonlyArray<string>) =>
    execFileSync("git", ["ls-files", "-z", ...args], { cwd: root, encoding: "utf8", maxBuffer: 1 << 26 })
      .split("\0")
      .filter((path) => path !== "")
  const deleted = new Set(list("--deleted"))
  return list().filter((path) => !deleted.has(path))
}

/** The text of a file. */
export const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8")

/** Whether a path names a file of bytes that are no text. */
export const isBinary = (path: string): boolean => /\.(png|ico|icns|woff2|gz|db)$/.test(path)
