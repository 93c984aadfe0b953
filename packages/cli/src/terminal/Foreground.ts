/**
 * Who has the terminal: a job in the background must neither read it nor change its mode, or the system stops it.
 */
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"

/** What the system says about a process's place at a terminal. */
export interface Place {
  readonly parent: number
  readonly group: number
  /** The group in the foreground of its terminal; −1 without a terminal. */
  readonly foreground: number
}

/** Reads it, or answers `undefined` where the system doesn't tell. */
export const place = (pid: number): Place | undefined => {
  try {
    if (process.platform === "linux") {
      const line = readFileSync(`/proc/${pid}/stat`, "latin1")
      const fields = line.slice(line.lastIndexOf(")") + 2).split(" ")
      return { parent: Number(fields[1]), group: Number(fields[2]), foreground: Number(fields[5]) }
    }
    if (process.platform === "win32") return undefined
    const answer = spawnSync("ps", ["-o", "ppid=,pgid=,tpgid=", "-p", String(pid)], { encoding: "utf8", timeout: 1000 })
    const [parent, group, foreground] = answer.stdout.trim().split(/\s+/).map(Number)
    return parent === undefined || group === undefined || foreground === undefined
      ? undefined
      : { parent, group, foreground }
  } catch {
    return undefined
  }
}

/** Whether this process may use its terminal now. Where the system doesn't tell, yes. */
export const isForeground = (): boolean => {
  const mine = place(process.pid)
  return mine === undefined || mine.group === mine.foreground
}
