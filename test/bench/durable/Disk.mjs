// Where the files of a measurement lie: on the disk of the project, whatever the temporary directory is made of.
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { pathOf } from "../ChildProcess.mjs"

/** Makes a directory, the temporary one's if that is on the same disk. It is removed at the end of the process. */
export const makeFolder = () => {
  const own = pathOf("results/")
  const isSame = statSync(tmpdir()).dev === statSync(pathOf(".")).dev
  if (!isSame) mkdirSync(own, { recursive: true })
  const folder = mkdtempSync(isSame ? `${tmpdir()}/halte-durable-` : `${own}durable-`)
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The name of the file system that a path is on, as the system's list of mounts has it. */
export const fileSystemOf = (path) => {
  try {
    const real = realpathSync(path)
    const mounts = readFileSync("/proc/self/mounts", "utf8").trim().split("\n")
    const holding = mounts
      .map((line) => line.split(" "))
      .filter(([, at]) => real === at || real.startsWith(at.endsWith("/") ? at : `${at}/`))
      .toSorted(([, a], [, b]) => b.length - a.length)
    return holding[0]?.[2] ?? "unknown"
  } catch {
    return `unknown (${process.platform})`
  }
}
