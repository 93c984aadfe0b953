// Looks for processes by a word in their command lines: on purpose not how Halte finds them.
import { readdirSync, readFileSync } from "node:fs"

/** The pids of live processes whose command line holds `word`. */
export const survivors = (word) =>
  readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return []
    try {
      if (!readFileSync(`/proc/${name}/cmdline`, "latin1").includes(word)) return []
      const stat = readFileSync(`/proc/${name}/stat`, "latin1")
      return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z") ? [] : [Number(name)]
    } catch {
      return []
    }
  })

/** Ends what a tool has left, until nothing of it forks any more. */
export const endAll = async (word) => {
  for (let empty = 0, round = 0; empty < 3 && round < 200; round++) {
    const left = survivors(word)
    empty = left.length === 0 ? empty + 1 : 0
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // Gone meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
