/**
 * The only place that sends signals. It never signals pid 0 (our own group), −1 (everybody), 1 (the system), this process
 * or the group it is in, whatever it is asked.
 *
 * @since 0.1.0
 */
import { readFileSync } from "node:fs"

/**
 * What became of a signal: `gone`, there was nobody to get it; `refused`, the system or a guard here forbids it.
 *
 * @since 0.1.0
 */
export type Sent = "sent" | "gone" | "refused"

const ownGroup = (): number | undefined => {
  try {
    const line = readFileSync("/proc/self/stat", "latin1")
    return Number(line.slice(line.lastIndexOf(")") + 2).split(" ")[2])
  } catch {
    // No /proc: a group of ours can't be told, but groups that this package signals are always those of its own children.
    return undefined
  }
}

const send = (target: number, signal: NodeJS.Signals): Sent => {
  try {
    process.kill(target, signal)
    return "sent"
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "gone" : "refused"
  }
}

/**
 * Signals one process. The caller has compared its start time just before.
 *
 * @since 0.1.0
 */
export const toProcess = (pid: number, signal: NodeJS.Signals): Sent =>
  !Number.isInteger(pid) || pid <= 1 || pid === process.pid || pid === process.ppid ? "refused" : send(pid, signal)

/**
 * Signals every member of a process group in one system call, so that no member can fork its way out of it.
 *
 * @since 0.1.0
 */
export const toGroup = (group: number, signal: NodeJS.Signals): Sent =>
  !Number.isInteger(group) || group <= 1 || group === process.pid || group === ownGroup()
    ? "refused"
    : send(-group, signal)
