/**
 * Looks for processes by a word in their command lines: on purpose not how the product finds them.
 */
import { readdirSync, readFileSync } from "node:fs"
import { randomInt } from "node:crypto"
import { Effect } from "effect"

/** A number for `sleep` that no other test uses. */
export const tag = (): string => `3600.${randomInt(1e8, 1e9)}`

export const survivors = (word: string): ReadonlyArray<number> =>
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

/** Ends whatever a failed test has left, so that it can't disturb the next. */
export const endAll = (word: string): Effect.Effect<void> =>
  Effect.sync(() => {
    for (let round = 0; round < 50; round++) {
      const left = survivors(word)
      if (left.length === 0) return
      for (const pid of left) {
        try {
          process.kill(pid, "SIGKILL")
        } catch {
          // Gone meanwhile.
        }
      }
    }
  })
