/**
 * Process trees on Linux: found by group, session, limit mark, environment mark and parent, in a scan of `/proc` that can
 * be trusted.
 *
 * @since 0.1.0
 */
import * as Proc from "./ProcFileSystem.ts"
import { kibibytes } from "./ProcessMark.ts"
import type { ProcessMember } from "./ProcessMember.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import { posixShell } from "./PosixShell.ts"
import { ProcScanner } from "./ProcScanner.ts"
import * as SafeSignal from "./SafeSignal.ts"

const same = (member: Pick<ProcessMember, "pid" | "startTime">) => {
  const now = Proc.stat(member.pid)
  return now !== undefined && now.startTime === member.startTime ? now : undefined
}

/**
 * @since 0.1.0
 */
export const make = (): ProcessPlatform => {
  // Inside a step of another engine the hard limit is that one's mark. It stays, so that its sweep finds our processes.
  const nested = (Proc.residentLimits("self")?.[1] ?? "unlimited") !== "unlimited"
  const scanner = new ProcScanner(() => provable)
  const virtual = Proc.loadavgIsVirtual()
  let provable = false
  const mark = `ulimit ${nested ? "-S " : ""}-m "$0" 2>/dev/null; exec "$@"`
  return {
    name: "linux",
    holdRefused: undefined,
    shell: posixShell,
    launch: (file, args, m) => ({
      file: "/bin/sh",
      args: ["-c", mark, String(kibibytes(m)), file, ...args],
      detached: true
    }),
    identify: (pid) => {
      // Seen once to name the process just started, the number can be trusted; where it never does, it proves nothing.
      if (!provable && !virtual && Proc.lastPid() === pid) provable = true
      return Proc.stat(pid)
    },
    hasEnded: (member) => same(member)?.alive !== true,
    nothingSince: (leader) => {
      if (!provable || Proc.lastPid() !== leader.pid) return false
      const now = Proc.stat(leader.pid)
      return now === undefined || now.startTime === leader.startTime
    },
    scan: (query) => scanner.scan(query),
    alive: (members) =>
      members.flatMap((m) => {
        const now = same(m)
        return now !== undefined && now.alive ? [now] : []
      }),
    signalGroup: SafeSignal.toGroup,
    signal: (member, signal) => (same(member)?.alive === true ? SafeSignal.toProcess(member.pid, signal) : "gone")
  }
}
