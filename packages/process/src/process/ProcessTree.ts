/**
 * All processes of one step: the program, what it started, and what that started, wherever they went.
 *
 * @since 0.1.0
 */
import * as ProcessEnd from "./ProcessEnd.ts"
import type { ProcessMark } from "./ProcessMark.ts"
import { type ProcessMember, key } from "./ProcessMember.ts"
import type { ProcessPlatform, Scan } from "./ProcessPlatform.ts"

/** Time that a stopped process is given to show as stopped. */
const holdMillis = 2_000

const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/**
 * Finds, signals and counts the members of a tree. Used by one fiber at a time.
 *
 * @since 0.1.0
 */
export class ProcessTree {
  readonly leader: ProcessMember
  readonly mark: ProcessMark
  readonly #platform: ProcessPlatform
  /** Whether the system still holds the leader's pid for us: until its exit was taken note of. */
  leaderHeld = true
  readonly #known = new Set<string>()
  #members: ReadonlyArray<ProcessMember>

  constructor(platform: ProcessPlatform, leader: ProcessMember, mark: ProcessMark) {
    this.#platform = platform
    this.leader = leader
    this.mark = mark
    this.#members = [leader]
    this.#known.add(key(leader))
  }

  /** The members that the last look found. */
  get members(): ReadonlyArray<ProcessMember> {
    return this.#members
  }

  async scan(): Promise<Scan> {
    const scan = await this.#platform.scan({
      leader: this.leader,
      mark: this.mark,
      leaderHeld: this.leaderHeld,
      known: this.#known
    })
    for (const p of scan.found) this.#known.add(key(p))
    this.#members = scan.found
    return scan
  }

  /** Whether the leader has ended, even if its exit has not been told yet. */
  leaderHasEnded(): boolean | Promise<boolean> {
    return this.#platform.hasEnded(this.leader)
  }

  /** Whether nothing of the tree is alive: one exact scan that finds nothing, or three in a row. */
  isEmpty(): Promise<boolean> {
    return ProcessEnd.isEmpty(() => this.scan())
  }

  /** As `isEmpty`, without a scan when nothing was started since the leader, or when a known member is still alive. */
  async isProbablyOver(): Promise<boolean> {
    if (this.#members.length > 0) {
      const alive = await this.#platform.alive(this.#members)
      if (alive.length > 0) {
        this.#members = alive
        return false
      }
    }
    if (this.#platform.nothingSince(this.leader) && (await this.#platform.hasEnded(this.leader))) {
      this.#members = []
      return true
    }
    return this.isEmpty()
  }

  /**
   * The graceful signal, once to each process that is alive now: to the group in one call, then to each member outside
   * it, then SIGCONT to all, since a stopped process handles nothing. `announce` is told the count right before anything is
   * sent. With `leader-alive` nothing is sent once the leader has ended.
   */
  async signalOnce(
    signal: NodeJS.Signals,
    when: "leader-alive" | "always",
    announce: (count: number) => void
  ): Promise<void> {
    const look = await this.#look()
    if (when === "leader-alive" && (await this.#platform.hasEnded(this.leader))) return
    announce(look.found.length)
    for (const s of [signal, "SIGCONT"] as const) await ProcessEnd.signal(this.#platform, look, s)
  }

  /**
   * Stops every member, and those that appear meanwhile, until all of them show as stopped, or as blocked with the signal
   * waiting for them: they do nothing either, and stop before they do anything. `false` when that takes over 2 s.
   */
  async hold(): Promise<boolean> {
    const told = new Set<string>()
    for (const begin = performance.now(); performance.now() - begin < holdMillis; await sleep(2)) {
      const { found, groupHeld } = await this.scan()
      const going = found.filter((p) => p.state === "running" || (p.state === "blocked" && !told.has(key(p))))
      if (going.length === 0) return true
      if (groupHeld) await this.#platform.signalGroup(this.leader.pid, "SIGSTOP")
      for (const p of going) {
        told.add(key(p))
        await this.#platform.signal(p, "SIGSTOP")
      }
    }
    return false
  }

  async continue(): Promise<void> {
    const { found, groupHeld } = await this.scan()
    if (groupHeld) await this.#platform.signalGroup(this.leader.pid, "SIGCONT")
    for (const p of found) if (p.group !== this.leader.pid) await this.#platform.signal(p, "SIGCONT")
  }

  /**
   * SIGKILL, again and again, until provably nothing is alive, for at most `boundMillis`. Answers what is left: those who
   * refused, or who appear faster than they can be found.
   */
  killUntilEmpty(boundMillis: number, announce: (count: number) => void): Promise<ReadonlyArray<ProcessEnd.Left>> {
    return ProcessEnd.kill(this.#platform, () => this.#look(), boundMillis, announce)
  }

  async #look(): Promise<ProcessEnd.Look> {
    const { exact, found, groupHeld } = await this.scan()
    return { exact, found, groups: groupHeld ? [this.leader.pid] : [] }
  }
}
