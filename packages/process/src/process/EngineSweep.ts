/**
 * Ending what an engine has left behind that is itself gone: everything that carries one of its marks, wherever it went, in
 * two stages. The supervisor does so the moment the engine ends, the next start does so for an engine that is recorded as
 * live and is not.
 *
 * Neither this file nor what it imports loads Effect: the supervisor's sweep has to start fast.
 *
 * @since 0.1.0
 */
import * as CurrentPlatform from "./CurrentPlatform.ts"
import * as ProcessEnd from "./ProcessEnd.ts"
import { key } from "./ProcessMember.ts"
import * as Proc from "./ProcFileSystem.ts"
import type { EngineQuery, EngineScan, MarkedMember, ProcessPlatform } from "./ProcessPlatform.ts"

/**
 * Times are in milliseconds.
 *
 * @since 0.1.0
 */
export interface Options {
  /** Marks, as events name them, whose processes have had their graceful signal: they get no second one. */
  readonly told?: Iterable<string> | undefined
  /**
   * The start time of the engine, in the unit of `process-started` events: what was started earlier is none of its
   * processes, whatever it carries. @default unknown
   */
  readonly since?: number | undefined
  /** Between SIGTERM and SIGKILL. @default 1,000 */
  readonly graceMillis?: number | undefined
  /** How long SIGKILL is repeated before processes are reported as left. @default 10,000 */
  readonly killBoundMillis?: number | undefined
  /** @default the platform this runs on */
  readonly platform?: ProcessPlatform | undefined
}

/**
 * A process that could not be ended: it may not be signalled, or such ones appear faster than they can be found.
 *
 * @since 0.1.0
 */
export interface LeftBehind extends ProcessEnd.Left {
  /** As events name it. */
  readonly mark: string
}

/**
 * What a sweep found and did. `marks` are those of the processes found, as `process-started` events name them.
 *
 * @since 0.1.0
 */
export interface Swept {
  readonly supported: true
  readonly found: number
  readonly ended: number
  readonly left: ReadonlyArray<LeftBehind>
  readonly marks: ReadonlyArray<string>
}

/**
 * Nothing was looked for, because this system shows no marks.
 *
 * @since 0.1.0
 */
export interface NotSupported {
  readonly supported: false
  readonly reason: string
}

/**
 * @since 0.1.0
 */
export type SweepReport = Swept | NotSupported

const defaultGraceMillis = 1_000
const longestPause = 50
const supervisorMillis = 5_000

const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/**
 * Ends every process that carries a mark of an engine, and answers when provably none is alive, or which are left.
 *
 * **Details**
 *
 * SIGTERM once to each that has had none, SIGCONT, grace, then SIGKILL until a look at the whole machine finds nothing. It
 * never signals this process, its parent or its group. Each process is named by pid and start time, compared again right
 * before each signal; a group is signalled only while one of them is alive in it.
 *
 * **Gotchas**
 *
 * The engine must be gone: the programs of one that lives are ended just the same.
 *
 * @since 0.1.0
 */
export const sweep = async (engine: number, options: Options = {}): Promise<SweepReport> => {
  const platform = options.platform ?? CurrentPlatform.make()
  if (platform.scanEngine === undefined) {
    return {
      supported: false,
      reason: `${platform.name} does not show which engine a process belongs to: end what is left by hand`
    }
  }
  const sweeping = new Sweeping(platform, platform.scanEngine, { engine, since: options.since ?? 0 })
  await sweeping.askToEnd(new Set(options.told))
  const over = await sweeping.grace(options.graceMillis ?? defaultGraceMillis)
  return sweeping.report(over ? [] : await sweeping.kill(options.killBoundMillis ?? 10_000))
}

/**
 * The same for the next start, which may come while the supervisor of the engine is at it: that one is let finish first,
 * so that nobody gets a second graceful signal. On Linux; elsewhere a supervisor can't be told from other processes.
 *
 * @since 0.1.0
 */
export const sweepAfter = async (engine: number, options: Options = {}): Promise<SweepReport> => {
  // Longer than its grace and its first kills take; one that is stopped itself is not waited for without end.
  const until = performance.now() + supervisorMillis
  while (isSupervised(engine) && performance.now() < until) await sleep(longestPause)
  return sweep(engine, options)
}

// The shell and what it becomes both have the sweep and the engine among their arguments.
const isSupervised = (engine: number): boolean =>
  process.platform === "linux" &&
  Proc.pids().some((pid) => {
    const args = Proc.argumentsOf(pid)
    return args.includes(String(engine)) && args.some((arg) => /[/\\]SweepMain\.[jt]s$|^--halte-sweep$/.test(arg))
  })

/** One sweep: what it has seen so far. */
class Sweeping {
  readonly #platform: ProcessPlatform
  readonly #scan: () => Promise<EngineScan>
  readonly #seen = new Map<string, string>()
  #members: ReadonlyArray<MarkedMember> = []
  /** Signals a group only while one of those found lives in it: the scan may be some milliseconds old. */
  readonly #guarded: Pick<ProcessPlatform, "signal" | "signalGroup">

  constructor(
    platform: ProcessPlatform,
    scan: NonNullable<ProcessPlatform["scanEngine"]>,
    query: Pick<EngineQuery, "engine" | "since">
  ) {
    this.#platform = platform
    this.#scan = () => scan({ ...query, known: this.#seen })
    this.#guarded = {
      signal: platform.signal,
      signalGroup: async (group, signal) => {
        const proof = this.#members.filter((p) => p.group === group)
        const held = (await platform.alive(proof)).some((p) => p.group === group)
        return held ? platform.signalGroup(group, signal) : "gone"
      }
    }
  }

  async #look(): Promise<ProcessEnd.Look<MarkedMember>> {
    const { exact, found } = await this.#scan()
    this.#members = found
    for (const p of found) this.#seen.set(key(p), p.mark)
    return { found, exact, groups: [...new Set(found.map((p) => p.group))] }
  }

  /** SIGTERM to those who have had none. A group in which somebody has had it is not signalled as a whole. */
  async askToEnd(told: ReadonlySet<string>): Promise<void> {
    const look = await this.#look()
    const had = look.found.filter((p) => told.has(p.mark))
    const groups = look.groups.filter((group) => !had.some((p) => p.group === group))
    const found = look.found.filter((p) => !told.has(p.mark))
    await ProcessEnd.signal(this.#guarded, { found, groups }, "SIGTERM")
    // A stopped process handles nothing.
    await ProcessEnd.signal(this.#guarded, look, "SIGCONT")
  }

  /** Whether all has ended within the grace period. */
  async grace(millis: number): Promise<boolean> {
    const until = performance.now() + millis
    for (let pause = 2; ; pause = Math.min(pause * 2, longestPause)) {
      this.#members = await this.#alive()
      if (this.#members.length === 0 && (await ProcessEnd.isEmpty(() => this.#look()))) return true
      const rest = until - performance.now()
      if (rest <= 0) return false
      await sleep(Math.min(pause, rest))
    }
  }

  /** Cheaper than a look at the whole machine while one of those known is alive. */
  async #alive(): Promise<ReadonlyArray<MarkedMember>> {
    const alive = new Set((await this.#platform.alive(this.#members)).map(key))
    return this.#members.filter((p) => alive.has(key(p)))
  }

  kill(boundMillis: number): Promise<ReadonlyArray<ProcessEnd.Left & { readonly member: MarkedMember }>> {
    return ProcessEnd.kill(this.#guarded, () => this.#look(), boundMillis)
  }

  report(left: ReadonlyArray<ProcessEnd.Left & { readonly member: MarkedMember }>): Swept {
    return {
      supported: true,
      found: this.#seen.size,
      ended: this.#seen.size - left.length,
      left: left.map(({ member, pid, reason }) => ({ pid, reason, mark: member.mark })),
      marks: [...new Set(this.#seen.values())]
    }
  }
}
