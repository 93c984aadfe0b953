/**
 * Looking for processes that are alive although what started them has been reported as stopped, by more than what the
 * engine itself goes by: who checks a promise may not look only where it was kept.
 *
 * @since 0.1.0
 */
import { readdirSync, readlinkSync } from "node:fs"
import * as CurrentPlatform from "./CurrentPlatform.ts"
import * as ProcessMark from "./ProcessMark.ts"
import { type ProcessMember, key } from "./ProcessMember.ts"
import * as Proc from "./ProcFileSystem.ts"
import * as SafeSignal from "./SafeSignal.ts"
import { pass } from "./ProcScanner.ts"

/**
 * What gives a process away.
 *
 * @since 0.1.0
 */
export interface Traces {
  /** The number that the engine's processes are marked with. */
  readonly engine: number
  /** Marks, as `process-started` events name them. Of an engine that does other things as well only these count. */
  readonly marks: ReadonlySet<string>
  /**
   * Programs that were started as leaders of a group and session of their own. The system gives that number to nobody else
   * while somebody lives in there: it counts unless a later process has it.
   */
  readonly leaders: ReadonlyArray<{ readonly pid: number; readonly startTime?: number | undefined }>
  /** Whoever works here, or has a file in here open, belongs; absolute paths. */
  readonly directories: ReadonlyArray<string>
  /** Seen before below one of the programs. */
  readonly seen: ReadonlyArray<Pick<ProcessMember, "pid" | "startTime">>
  /** What was started earlier does not belong, in the unit of `process-started` events. */
  readonly since: number
}

/**
 * A process that is alive and should not be, with what gave it away: its mark, its group or session, a directory or a file
 * that it has open, or that it was seen below a program.
 *
 * @since 0.1.0
 */
export interface Survivor {
  readonly pid: number
  readonly startTime: number
  readonly command: string
  readonly mark?: string
  readonly by: "mark" | "group" | "directory" | "descent"
}

/**
 * The moment of now as start times count, on Linux; 0 elsewhere.
 *
 * @since 0.1.0
 */
export const now = (): number => (process.platform === "linux" ? Math.max(0, Math.floor(Proc.uptimeTicks()) - 1) : 0)

/** What belongs to Halte itself: its supervisors, and the programs that a drill runs its executions in. */
const isOwn = (pid: number): boolean =>
  pid === process.pid ||
  pid === process.ppid ||
  Proc.argumentsOf(pid).some((argument) => /[/\\](?:SweepMain|AttemptMain)\.[jt]s$|^--halte-sweep$/.test(argument))

/**
 * Finds them. On Linux by all traces; elsewhere by marks, where they can be read, and by what was seen before.
 *
 * @since 0.1.0
 */
export const find = async (traces: Traces): Promise<ReadonlyArray<Survivor>> => {
  if (process.platform !== "linux") return elsewhere(traces)
  const found = new Map<number, Survivor>()
  const seen = new Set(traces.seen.map(key))
  const groups = new Set(
    traces.leaders.flatMap(({ pid, startTime }) => {
      const now = Proc.stat(pid)
      return now === undefined || now.startTime === startTime ? [pid] : []
    })
  )
  const candidates: Array<ProcessMember> = []
  await pass(traces.since, false, (p) => {
    candidates.push(p)
    const say = (by: Survivor["by"], mark?: string): void => {
      if (isOwn(p.pid)) return
      const command = Proc.commandLine(p.pid) ?? "(unknown)"
      found.set(p.pid, {
        pid: p.pid,
        startTime: p.startTime,
        command,
        by,
        ...(mark === undefined ? undefined : { mark })
      })
    }
    const mark = ProcessMark.ofEngine(traces.engine, Proc.residentLimits(p.pid) ?? [], () => Proc.environment(p.pid))
    if (mark !== undefined && traces.marks.has(ProcessMark.text(mark))) return say("mark", ProcessMark.text(mark))
    if (groups.has(p.group) || groups.has(p.session)) return say("group")
    if (seen.has(key(p))) return say("descent")
    if (isIn(p.pid, traces.directories)) say("directory")
  })
  // What it has started itself, and what has no trace of its own.
  for (let grown = true; grown;) {
    grown = false
    for (const p of candidates) {
      if (found.has(p.pid) || !found.has(p.parent) || isOwn(p.pid)) continue
      const command = Proc.commandLine(p.pid) ?? "(unknown)"
      found.set(p.pid, { pid: p.pid, startTime: p.startTime, command, by: "descent" })
      grown = true
    }
  }
  // It may have ended while the others were looked at.
  return [...found.values()].filter(({ pid, startTime }) => {
    const stat = Proc.stat(pid)
    return stat?.alive === true && stat.startTime === startTime
  })
}

const elsewhere = async ({ engine, marks, seen, since }: Traces): Promise<ReadonlyArray<Survivor>> => {
  const platform = CurrentPlatform.make()
  const scan = await platform.scanEngine?.({ engine, since, known: new Map() })
  const marked = (scan?.found ?? []).filter(({ mark }) => marks.has(mark))
  const survivor = ({ pid, startTime }: Pick<ProcessMember, "pid" | "startTime">) => ({ pid, startTime, command: "" })
  const known = await platform.alive(seen.map((one) => ({ ...one, parent: 0, group: 0, session: 0, state: "running" })))
  return [
    ...marked.map((p) => ({ ...survivor(p), mark: p.mark, by: "mark" as const })),
    ...known
      .filter((p) => !marked.some((m) => key(m) === key(p)))
      .map((p) => ({ ...survivor(p), by: "descent" as const }))
  ]
}

const isIn = (pid: number, directories: ReadonlyArray<string>): boolean => {
  if (directories.length === 0) return false
  const within = (path: string) =>
    directories.some((directory) => path === directory || path.startsWith(`${directory}/`))
  if (within(link(`/proc/${pid}/cwd`))) return true
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => within(link(`/proc/${pid}/fd/${fd}`)))
  } catch {
    return false
  }
}

const link = (path: string): string => {
  try {
    return readlinkSync(path)
  } catch {
    return ""
  }
}

/**
 * Everything that is alive below these programs now, on Linux: who looks before a stop knows afterwards whom to ask about,
 * whatever they have changed of themselves meanwhile.
 *
 * @since 0.1.0
 */
export const below = (pids: ReadonlyArray<number>): ReadonlyArray<Pick<ProcessMember, "pid" | "startTime">> => {
  if (process.platform !== "linux" || pids.length === 0) return []
  const all = Proc.pids().flatMap((pid) => Proc.stat(pid) ?? [])
  const members = new Map(all.filter(({ pid }) => pids.includes(pid)).map((p) => [p.pid, p]))
  for (let grown = true; grown;) {
    grown = false
    for (const p of all) {
      if (members.has(p.pid) || !members.has(p.parent) || !p.alive) continue
      members.set(p.pid, p)
      grown = true
    }
  }
  return [...members.values()].map(({ pid, startTime }) => ({ pid, startTime }))
}

/**
 * Ends them with SIGKILL: each is compared again with its start time before.
 *
 * @since 0.1.0
 */
export const end = (survivors: ReadonlyArray<Survivor>): void => {
  for (const { pid, startTime } of survivors) {
    if (process.platform === "linux" && Proc.stat(pid)?.startTime !== startTime) continue
    SafeSignal.toProcess(pid, "SIGKILL")
  }
}
