/**
 * Process trees on Linux: found by group, session, limit mark, environment mark and parent, in a scan of `/proc` that can
 * be trusted.
 *
 * @since 0.1.0
 */
import { spawn } from "node:child_process"
import * as EngineMembership from "./EngineMembership.ts"
import * as Proc from "./ProcFileSystem.ts"
import { kibibytes, ofEngine, text } from "./ProcessMark.ts"
import { type ProcessMember, key } from "./ProcessMember.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"
import { posixShell } from "./PosixShell.ts"
import { pass, ProcScanner } from "./ProcScanner.ts"
import * as SafeSignal from "./SafeSignal.ts"

const same = (member: Pick<ProcessMember, "pid" | "startTime">) => {
  const now = Proc.stat(member.pid)
  return now !== undefined && now.startTime === member.startTime ? now : undefined
}

/** Others may start something in the same instant: then the number is another one, and that proves nothing. */
const proofTries = 3

/** The pid of a program that does nothing, started for its number alone. */
const shortLived = (): number | undefined => {
  const child = spawn("/bin/sh", ["-c", ":"], { stdio: "ignore", cwd: "/" })
  child.on("error", () => undefined)
  return child.pid
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
  // Seen once to name the process just started, the number can be trusted; where it never does, it proves nothing.
  const prove = (pid: number | undefined) => {
    if (!provable && !virtual && pid !== undefined && Proc.lastPid() === pid) provable = true
  }
  let tries = 0
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
      prove(pid)
      return Proc.stat(pid)
    },
    hasEnded: (member) => same(member)?.alive !== true,
    nothingSince: (leader) => {
      if (!provable || Proc.lastPid() !== leader.pid) return false
      const now = Proc.stat(leader.pid)
      return now === undefined || now.startTime === leader.startTime
    },
    scan: (query) => scanner.scan(query),
    scanEngine: async ({ engine, known, since }) => {
      // Whoever sweeps need not have started anything yet.
      while (!provable && !virtual && tries++ < proofTries) prove(shortLived())
      const marks = new Map<string, string>()
      const { candidates, exact } = await pass(since, provable, (p) => {
        const carried = ofEngine(engine, Proc.residentLimits(p.pid) ?? [], () => Proc.environment(p.pid))
        if (carried !== undefined) marks.set(key(p), text(carried))
      })
      return {
        found: EngineMembership.select(
          candidates,
          (p) => marks.get(key(p)) ?? known.get(key(p)),
          Proc.stat(process.pid)
        ),
        exact
      }
    },
    alive: (members) =>
      members.flatMap((m) => {
        const now = same(m)
        return now !== undefined && now.alive ? [now] : []
      }),
    signalGroup: SafeSignal.toGroup,
    signal: (member, signal) => (same(member)?.alive === true ? SafeSignal.toProcess(member.pid, signal) : "gone")
  }
}
