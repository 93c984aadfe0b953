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
/** Looking at what was started meanwhile ends at the latest here, under a program that forks without end. */
const mostRounds = 20
const mostNew = 5_000

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/**
 * `/proc` is no snapshot: a process may fork and leave between the listing and its turn. Pids are given out in ascending
 * order, and the last one given out can be read. So everything listed is looked at in ascending order, then every pid given
 * out since, until none is new. Each process is then looked at after it became visible and before those that it started, so
 * that a tree which still lives is found: a scan that ends this way proves what it says. Without that number the list is
 * read again until it shows nothing new, which is no proof.
 */
const scan = async (query: TreeQuery, provable: boolean): Promise<Scan> => {
  const candidates: Array<ProcessMember> = []
  const marks = new Set<number>()
  let slice = performance.now()
  const look = async (pid: number, listed: boolean) => {
    const p = Proc.stat(pid)
    // A number that is not listed may be that of a thread, whose process has been looked at.
    if (
      p !== undefined &&
      p.alive &&
      p.pid !== process.pid &&
      p.startTime >= query.leader.startTime &&
      (listed || !Proc.isThread(pid))
    ) {
      // Read now: by the end of the scan it may have left, and its child must still be known as marked.
      const inside = query.leaderHeld && (p.group === query.leader.pid || p.session === query.leader.pid)
      if (!inside && Proc.carries(pid, query.mark)) marks.add(pid)
      candidates.push(p)
    }
    if (performance.now() - slice > sliceMillis) {
      await turn()
      slice = performance.now()
    }
  }
  let last = provable ? Proc.lastPid() : undefined
  const seen = new Set<number>()
  for (let fresh = true, round = 0; fresh && round < mostRounds; round++) {
    fresh = false
    for (const pid of Proc.pids()) {
      if (seen.has(pid)) continue
      seen.add(pid)
      fresh = last === undefined
      await look(pid, true)
    }
  }
  let exact = false
  for (let round = 0; last !== undefined && round < mostRounds; round++) {
    const now = Proc.lastPid()
    exact = now === last
    // Numbers that began anew, or too many: no proof this time.
    if (exact || now === undefined || now < last || now - last > mostNew) break
    for (let pid = last + 1; pid <= now; pid++) if (!seen.has(pid)) await look(pid, false)
    last = now
  }
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
      if (!provable && !virtual && Proc.lastPid() === pid) provable = true
      return Proc.stat(pid)
    },
    hasEnded: (member) => same(member)?.alive !== true,
    nothingSince: (leader) => {
      if (!provable || Proc.lastPid() !== leader.pid) return false
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
