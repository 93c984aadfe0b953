/**
 * What ending a process tree needs from the operating system. One implementation per system; a test may hand in another.
 *
 * @since 0.1.0
 */
import type { ProcessMark } from "./ProcessMark.ts"
import type { ProcessMember } from "./ProcessMember.ts"
import type { Sent } from "./SafeSignal.ts"

/**
 * Which processes belong: those in the group or session of the leader, those with the mark, and children of either.
 *
 * @since 0.1.0
 */
export interface TreeQuery {
  readonly leader: Pick<ProcessMember, "pid" | "startTime">
  readonly mark: ProcessMark
  /** While the system still holds the leader's pid, its group can't be another one's. */
  readonly leaderHeld: boolean
  /** Keys of members seen before: while one of them lives in the group, the group is still the same. */
  readonly known: ReadonlySet<string>
}

/**
 * `exact`: nothing was started meanwhile, so that what was found is all there was. `groupHeld`: signals to the leader's
 * group reach nobody else.
 *
 * @since 0.1.0
 */
export interface Scan {
  readonly found: ReadonlyArray<ProcessMember>
  readonly exact: boolean
  readonly groupHeld: boolean
}

/**
 * All processes of an engine, whichever step they are of. `since`: nothing of it was started before.
 *
 * @since 0.1.0
 */
export interface EngineQuery {
  readonly engine: number
  readonly since: number
  /** Marks of members seen before, by key: what made one of them a member may have ended since. */
  readonly known: ReadonlyMap<string, string>
}

/**
 * A process of an engine, with the mark it carries or shares with those around it.
 *
 * @since 0.1.0
 */
export interface MarkedMember extends ProcessMember {
  readonly mark: string
}

/**
 * @since 0.1.0
 */
export interface EngineScan {
  readonly found: ReadonlyArray<MarkedMember>
  readonly exact: boolean
}

/**
 * How a command becomes the arguments of a spawn.
 *
 * @since 0.1.0
 */
export interface Launch {
  readonly file: string
  readonly args: ReadonlyArray<string>
  /** Whether the child gets a group and session of its own before its first instruction. */
  readonly detached: boolean
}

type Awaitable<A> = A | Promise<A>

/**
 * @since 0.1.0
 */
export interface ProcessPlatform {
  readonly name: string
  /** Why a process can't be paused here; `undefined` when it can. */
  readonly holdRefused: string | undefined
  readonly shell: (line: string) => { readonly file: string; readonly args: ReadonlyArray<string> }
  readonly launch: (file: string, args: ReadonlyArray<string>, mark: ProcessMark) => Launch
  /** The process of a pid, dead or alive as long as the system has it. */
  readonly identify: (pid: number) => Awaitable<ProcessMember | undefined>
  /** Whether a process has ended, although its parent has not asked yet. */
  readonly hasEnded: (member: Pick<ProcessMember, "pid" | "startTime">) => Awaitable<boolean>
  /** Whether provably nothing was started since the leader was. Cheap; `false` when it isn't known. */
  readonly nothingSince: (leader: Pick<ProcessMember, "pid" | "startTime">) => boolean
  readonly scan: (query: TreeQuery) => Promise<Scan>
  /** Looks for what an engine has left; absent where marks can't be read. */
  readonly scanEngine: ((query: EngineQuery) => Promise<EngineScan>) | undefined
  /** Those that are still alive. */
  readonly alive: (members: ReadonlyArray<ProcessMember>) => Awaitable<ReadonlyArray<ProcessMember>>
  readonly signalGroup: (group: number, signal: NodeJS.Signals) => Awaitable<Sent>
  /** Reads the start time again before it signals, so that a reused pid is left alone. */
  readonly signal: (member: ProcessMember, signal: NodeJS.Signals) => Awaitable<Sent>
}
