/**
 * Process trees on Linux: found by group, session, limit mark, environment mark and parent, in a scan of `/proc` that can
 * be trusted.
 *
 * @since 0.1.0
 */
import * as Proc from "./ProcFileSystem.ts"
import { kibibytes } from "./ProcessMark.ts"
import type { ProcessMember } from "./ProcessMember.ts"
import type { ProcessPlatform, Scan, TreeQuery } from "./ProcessPlatform.ts"
import { posixShell } from "./PosixShell.ts"
import * as SafeSignal from "./SafeSignal.ts"
import { select } from "./TreeMembership.ts"

/** A scan lets the event loop turn after this many milliseconds: 500 processes and more take longer than that. */
const sliceMillis = 6
/** Listing again until nothing new shows ends at the latest here, under a program that forks without end. */
const mostRounds = 20

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const scan = async (query: TreeQuery, provable: boolean): Promise<Scan> => {
  const candidates: Array<ProcessMember> = []
  const seen = new Set<string>()
  const marks = new Set<number>()
  const before = Proc.lastPid()
  let slice = performance.now()
  // `/proc` is no snapshot: a process may fork and leave between the listing and its turn. Listing again until no pid is
  // new finds its child.
  for (let fresh = true, round = 0; fresh && round < mostRounds; round++) {
    fresh = false
    for (const name of Proc.pids()) {
      if (seen.has(name)) continue
      seen.add(name)
      fresh = true
      const p = Proc.stat(name)
      if (p !== undefined && p.alive && p.pid !== process.pid && p.startTime >= query.leader.startTime) {
        // Read now: by the end of the scan it may have left, and its child must still be known as marked.
        const inside = query.leaderHeld && (p.group === query.leader.pid || p.session === query.leader.pid)
        if (!inside && Proc.carries(p.pid, query.mark)) marks.add(p.pid)
        candidates.push(p)
      }
      if (performance.now() - slice > sliceMillis) {
        await turn()
        slice = performance.now()
      }
    }
  }
  const exact = provable && before !== undefined && before === Proc.lastPid()
  return { ...select(candidates, query, (p) => marks.has(p.pid)), exact }
}

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
      if (!provable && !virtual && Proc.lastPid() === String(pid)) provable = true
      return Proc.stat(pid)
    },
    hasEnded: (member) => same(member)?.alive !== true,
    nothingSince: (leader) => {
      if (!provable || Proc.lastPid() !== String(leader.pid)) return false
      const now = Proc.stat(leader.pid)
      return now === undefined || now.startTime === leader.startTime
    },
    scan: (query) => scan(query, provable),
    alive: (members) =>
      members.flatMap((m) => {
        const now = same(m)
        return now !== undefined && now.alive ? [now] : []
      }),
    signalGroup: SafeSignal.toGroup,
    signal: (member, signal) => (same(member)?.alive === true ? SafeSignal.toProcess(member.pid, signal) : "gone")
  }
}
