/**
 * What names one process for ever: its number, when it began, and in which boot of which system; and whether it lives.
 *
 * @since 0.1.0
 */
import { spawnSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"
import { Schema } from "effect"

/**
 * `startTime` and `boot` are texts of the system, compared and never read.
 *
 * @since 0.1.0
 */
export const ProcessIdentity = Schema.Struct({
  pid: Schema.Int,
  startTime: Schema.String,
  boot: Schema.String,
  host: Schema.String,
  /** The name space of process numbers, where there are several. */
  space: Schema.String
})
export type ProcessIdentity = typeof ProcessIdentity.Type

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1").trim()
  } catch {
    return undefined
  }
}

const link = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}

const ask = (command: string, ...args: ReadonlyArray<string>): string => {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 2000 })
  return status === 0 ? stdout.trim() : ""
}

// Field 22 counted after the last bracket, since the name may hold anything. A zombie counts as dead.
const startTimeOf = (pid: number): string | undefined => {
  if (process.platform === "linux") {
    const stat = read(`/proc/${pid}/stat`)
    if (stat === undefined) return undefined
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19]
  }
  if (process.platform === "win32") return isThere(pid) ? "" : undefined
  const line = ask("ps", "-o", "state=,lstart=", "-p", String(pid))
  return line === "" || line.startsWith("Z") ? undefined : line.slice(line.indexOf(" ") + 1).trim()
}

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"
  }
}

const bootOf = (): string =>
  process.platform === "linux"
    ? (read("/proc/sys/kernel/random/boot_id") ?? "")
    : process.platform === "darwin"
      ? ask("sysctl", "-n", "kern.bootsessionuuid")
      : ""

/**
 * This process.
 *
 * @since 0.1.0
 */
export const own = (): ProcessIdentity => ({
  pid: process.pid,
  startTime: startTimeOf(process.pid) ?? "",
  boot: bootOf(),
  host: hostname(),
  space: link("/proc/self/ns/pid")
})

/**
 * Whether a process lives. `"unknown"` where it can't be seen from here: on another machine, or in another container.
 *
 * @since 0.1.0
 */
export const look = (identity: ProcessIdentity): "alive" | "gone" | "unknown" => {
  // The boot first: a machine that was started anew is another boot of the same host.
  if (identity.boot !== bootOf()) return identity.host === hostname() ? "gone" : "unknown"
  if (identity.space !== link("/proc/self/ns/pid")) return "unknown"
  return startTimeOf(identity.pid) === identity.startTime ? "alive" : "gone"
}
