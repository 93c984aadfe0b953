/**
 * Process trees where there is no `/proc` but a POSIX `ps`: macOS.
 *
 * Group, session and `HALTE_MARK` find a process; limits can't be read, start times are whole seconds, and the environment
 * of programs that the system protects is hidden. A program that leaves the session, is re-parented and clears its
 * environment escapes. Written from documentation; the code is tested with the `ps` of Linux, not on macOS.
 *
 * @since 0.1.0
 */
import { execFile } from "node:child_process"
import * as EngineMembership from "./EngineMembership.ts"
import { type ProcessMark, environmentHas, ofEngine, text } from "./ProcessMark.ts"
import { type ProcessMember, key } from "./ProcessMember.ts"
import type { ProcessPlatform, Scan, TreeQuery } from "./ProcessPlatform.ts"
import { posixShell } from "./PosixShell.ts"
import * as SafeSignal from "./SafeSignal.ts"
import { select } from "./TreeMembership.ts"

const columns = "pid=,ppid=,pgid=,sess=,state=,lstart="

const ps = (args: ReadonlyArray<string>): Promise<string> =>
  new Promise((resolve) => {
    // `ps -p` of a pid that is gone exits with 1 and prints nothing.
    execFile("ps", args, { env: { ...process.env, LC_ALL: "C" }, maxBuffer: 64 * 1024 * 1024 }, (_error, stdout) =>
      resolve(stdout)
    )
  })

/**
 * Reads the lines of `ps -o pid=,ppid=,pgid=,sess=,state=,lstart=`, zombies left out.
 *
 * @since 0.1.0
 */
export const parse = (table: string): ReadonlyArray<ProcessMember> =>
  table.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)\s+(\S.*\S)\s*$/.exec(line)
    if (match === null) return []
    const [, pid, parent, group, session, state, start] = match
    const startTime = Date.parse(start!) / 1000
    if (state!.startsWith("Z") || Number.isNaN(startTime)) return []
    return [
      {
        pid: Number(pid),
        startTime,
        parent: Number(parent),
        group: Number(group),
        // macOS shows 0, or an address, to those who may not know.
        session: /^\d+$/.test(session!) ? Number(session) : 0,
        // `U` on macOS, `D` on Linux.
        state: state!.startsWith("T")
          ? ("stopped" as const)
          : /^[DU]/.test(state!)
            ? ("blocked" as const)
            : ("running" as const)
      }
    ]
  })

/**
 * Reads the lines of `ps -o pid=,command=` with environments: the pids that carry a mark.
 *
 * @since 0.1.0
 */
export const marked = (table: string, mark: ProcessMark): ReadonlySet<number> =>
  new Set(
    table.split("\n").flatMap((line) => {
      const pid = /^\s*(\d+)\s/.exec(line)?.[1]
      return pid !== undefined && environmentHas(line, mark) ? [Number(pid)] : []
    })
  )

/**
 * As `marked`: the mark that a process carries of an engine, by pid.
 *
 * @since 0.1.0
 */
export const markedByEngine = (table: string, engine: number): ReadonlyMap<number, string> =>
  new Map(
    table.split("\n").flatMap((line) => {
      const pid = /^\s*(\d+)\s/.exec(line)?.[1]
      const mark = pid === undefined ? undefined : ofEngine(engine, [], () => line)
      return mark === undefined ? [] : [[Number(pid), text(mark)] as const]
    })
  )

/**
 * `environmentFlags` make `ps` list all processes with their environments: `-E` on macOS, `e` on Linux.
 *
 * @since 0.1.0
 */
export const make = (
  options: { readonly name: string; readonly environmentFlags: ReadonlyArray<string> } = {
    name: "macos",
    environmentFlags: ["-axwwE"]
  }
): ProcessPlatform => {
  const list = async () => parse(await ps(["-axo", columns]))
  const one = async (pid: number) => parse(await ps(["-o", columns, "-p", String(pid)]))[0]
  const same = async (member: Pick<ProcessMember, "pid" | "startTime">) => {
    const now = await one(member.pid)
    return now?.startTime === member.startTime ? now : undefined
  }
  const environments = () => ps([...options.environmentFlags, "-o", "pid=,command="])
  const scan = async (query: TreeQuery): Promise<Scan> => {
    // Environments first: what is started in between carries its mark or has a parent that does.
    const marks = marked(await environments(), query.mark)
    const candidates = (await list()).filter((p) => p.startTime >= query.leader.startTime && p.pid !== process.pid)
    return { ...select(candidates, query, (p) => marks.has(p.pid)), exact: false }
  }
  return {
    name: options.name,
    holdRefused: undefined,
    shell: posixShell,
    launch: (file, args) => ({ file, args, detached: true }),
    identify: one,
    hasEnded: async (member) => (await same(member)) === undefined,
    nothingSince: () => false,
    scan,
    scanEngine: async ({ engine, known, since }) => {
      // Identities first: a pid that is given out again meanwhile then shows another start time when it is signalled.
      const all = await list()
      const marks = markedByEngine(await environments(), engine)
      const candidates = all.filter((p) => p.startTime >= since && p.pid !== process.pid)
      const own = all.find((p) => p.pid === process.pid)
      return {
        found: EngineMembership.select(candidates, (p) => marks.get(p.pid) ?? known.get(key(p)), own),
        exact: false
      }
    },
    alive: async (members) => {
      if (members.length === 0) return []
      const now = new Map((await list()).map((p) => [p.pid, p]))
      return members.flatMap((m) => {
        const p = now.get(m.pid)
        return p?.startTime === m.startTime ? [p] : []
      })
    },
    signalGroup: SafeSignal.toGroup,
    signal: async (member, signal) =>
      (await same(member)) === undefined ? "gone" : SafeSignal.toProcess(member.pid, signal)
  }
}
