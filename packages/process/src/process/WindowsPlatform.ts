/**
 * Process trees on Windows: a walk over parents, with creation times against reused pids.
 *
 * There are no groups to signal and no SIGTERM: the graceful signal is `taskkill` without force, which closes windows and
 * which console programs may ignore; the end of the grace period is `taskkill /F`. A process whose parent has ended before
 * it was seen escapes, and nothing can be paused. A job object would be exact, and needs native code. Written from
 * documentation; not tested on Windows.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import type { ProcessMember } from "./ProcessMember.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import type { Sent } from "./SafeSignal.ts"
import { select } from "./TreeMembership.ts"

const query =
  "Get-CimInstance Win32_Process | ForEach-Object { '{0} {1} {2}' -f $_.ProcessId, $_.ParentProcessId, " +
  "([DateTimeOffset]$_.CreationDate).ToUnixTimeMilliseconds() }"

const run = (file: string, args: ReadonlyArray<string>): Promise<{ readonly stdout: string; readonly code: number }> =>
  new Promise((resolve) => {
    execFile(file, args, { windowsHide: true, maxBuffer: 16 * 1024 * 1024 }, (error, stdout) =>
      resolve({ stdout, code: error === null ? 0 : typeof error.code === "number" ? error.code : 1 })
    )
  })

/**
 * Reads lines of pid, parent and creation time.
 *
 * @since 0.1.0
 */
export const parse = (table: string): ReadonlyArray<ProcessMember> =>
  table.split(/\r?\n/).flatMap((line) => {
    const match = /^(\d+) (\d+) (\d+)$/.exec(line.trim())
    if (match === null) return []
    const [, pid, parent, startTime] = match.map(Number)
    return [{ pid: pid!, parent: parent!, startTime: startTime!, group: 0, session: 0, state: "running" as const }]
  })

/**
 * How a tree of Windows is told to end: `taskkill` by pid, forced for SIGKILL.
 *
 * @since 0.1.0
 */
export const taskkill = (pid: number, signal: NodeJS.Signals): ReadonlyArray<string> =>
  signal === "SIGKILL" ? ["/F", "/PID", String(pid)] : ["/PID", String(pid)]

/**
 * @since 0.1.0
 */
export const make = (): ProcessPlatform => {
  const list = async () =>
    parse((await run("powershell.exe", ["-NoProfile", "-NonInteractive", "-Command", query])).stdout)
  const one = async (pid: number) => (await list()).find((p) => p.pid === pid)
  const same = async (member: Pick<ProcessMember, "pid" | "startTime">) =>
    (await one(member.pid))?.startTime === member.startTime
  const signal = async (member: ProcessMember, s: NodeJS.Signals): Promise<Sent> => {
    if (s === "SIGCONT" || s === "SIGSTOP" || member.pid <= 4 || member.pid === process.pid) return "refused"
    if (!(await same(member))) return "gone"
    // 128: there is no such process.
    const { code } = await run("taskkill.exe", taskkill(member.pid, s))
    return code === 0 ? "sent" : code === 128 ? "gone" : "refused"
  }
  return {
    name: "windows",
    holdRefused: "Windows has no signal that stops a process",
    shell: (line) => ({ file: process.env["ComSpec"] ?? "cmd.exe", args: ["/d", "/s", "/c", `"${line}"`] }),
    launch: (file, args) => ({ file, args, detached: false }),
    identify: one,
    hasEnded: async (member) => !(await same(member)),
    nothingSince: () => false,
    scan: async (q) => {
      const candidates = (await list()).filter((p) => p.startTime >= q.leader.startTime && p.pid !== process.pid)
      return { ...select(candidates, q, () => false), groupHeld: false, exact: false }
    },
    scanEngine: undefined,
    alive: async (members) => {
      const now = new Map((await list()).map((p) => [p.pid, p]))
      return members.filter((m) => now.get(m.pid)?.startTime === m.startTime)
    },
    signalGroup: () => "refused",
    signal
  }
}
