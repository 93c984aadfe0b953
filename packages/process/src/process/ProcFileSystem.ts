/**
 * Reading `/proc` of Linux.
 *
 * @since 0.1.0
 */
import { readdirSync, readFileSync } from "node:fs"
import type { ProcessMember } from "./ProcessMember.ts"

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return undefined
  }
}

/**
 * A process and whether it is alive: a zombie is not, though signals to it "succeed", for ever where pid 1 reaps nobody.
 *
 * @since 0.1.0
 */
export interface ProcStat extends ProcessMember {
  readonly alive: boolean
}

/**
 * Reads `/proc/PID/stat`; `undefined` when there is no such process.
 *
 * @since 0.1.0
 */
export const stat = (pid: number): ProcStat | undefined => {
  const line = read(`/proc/${pid}/stat`)
  if (line === undefined || line === "") return undefined
  // The name in brackets may itself hold brackets and spaces.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ")
  const state = fields[0]!
  return {
    pid,
    startTime: Number(fields[19]),
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    state: state === "T" || state === "t" ? "stopped" : state === "D" ? "blocked" : "running",
    alive: state !== "Z" && state !== "X"
  }
}

/**
 * The pids that `/proc` lists, ascending.
 *
 * @since 0.1.0
 */
export const pids = (): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (const name of readdirSync("/proc")) {
    const first = name.charCodeAt(0)
    if (first >= 48 && first <= 57) found.push(Number(name))
  }
  return found.sort((a, b) => a - b)
}

/**
 * The pid given out last; `undefined` where it can't be read.
 *
 * @since 0.1.0
 */
export const lastPid = (): number | undefined => {
  const field = read("/proc/loadavg")?.trim().split(" ")[4]
  return field === undefined || !/^\d+$/.test(field) ? undefined : Number(field)
}

/**
 * How long the system has been up, in the unit of start times: hundredths of a second.
 *
 * @since 0.1.0
 */
export const uptimeTicks = (): number => Number(read("/proc/uptime")?.split(" ")[0] ?? 0) * 100

/**
 * Whether a number is that of a thread of another process: `/proc` does not list it, but answers to it.
 *
 * @since 0.1.0
 */
export const isThread = (pid: number): boolean =>
  /^Tgid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`) ?? "")?.[1] !== String(pid)

/**
 * Whether something else is mounted over `/proc/loadavg`, as lxcfs does: what it shows may be seconds old.
 *
 * @since 0.1.0
 */
export const loadavgIsVirtual = (): boolean => read("/proc/self/mountinfo")?.includes(" /proc/loadavg ") ?? true

/**
 * The limits of resident memory of a process, soft then hard, in bytes or `unlimited`.
 *
 * @since 0.1.0
 */
export const residentLimits = (pid: number | string): readonly [string, string] | undefined => {
  const limits = read(`/proc/${pid}/limits`)
  const at = limits?.indexOf("Max resident set") ?? -1
  if (limits === undefined || at < 0) return undefined
  const fields = limits
    .slice(at + 16, limits.indexOf("\n", at))
    .trim()
    .split(/\s+/)
  return [fields[0]!, fields[1]!]
}

/**
 * The environment that a process was started with, entries separated by NUL; `undefined` when it can't be read.
 *
 * @since 0.1.0
 */
export const environment = (pid: number): string | undefined => read(`/proc/${pid}/environ`)

/**
 * What a process was started with, its own name first; nothing when it can't be read.
 *
 * @since 0.1.0
 */
export const argumentsOf = (pid: number): ReadonlyArray<string> => read(`/proc/${pid}/cmdline`)?.split("\0") ?? []

/**
 * The command line of a process, for messages.
 *
 * @since 0.1.0
 */
export const commandLine = (pid: number): string | undefined =>
  read(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim() || undefined
