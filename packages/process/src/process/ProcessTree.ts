/**
 * All processes of one step: the program, what it started, and what that started, wherever they went.
 *
 * @since 0.1.0
 */
import type { ProcessMark } from "./ProcessMark.ts"
import { type ProcessMember, key } from "./ProcessMember.ts"
import type { ProcessPlatform, Scan } from "./ProcessPlatform.ts"

/** Scans that found nothing, in a row, that count as proof when none of them was exact. */
const emptyScans = 3
/** Time that a stopped process is given to show as stopped. */
const holdMillis = 2_000
/** Time that processes which refuse our SIGKILL are given to end by themselves. */
const refusedMillis = 1_000

const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/**
 * What was found alive in the end, and why it was not ended.
 *
 * @since 0.1.0
 */
export interface Left {
  readonly pid: number
  readonly reason: "refused" | "still-there"
}

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
  async isEmpty(): Promise<boolean> {
    for (let empty = 0; ;) {
      const { exact, found } = await this.scan()
      if (found.length > 0) return false
      if (exact || ++empty === emptyScans) return true
      await sleep(5 * empty)
    }
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
    const { found, groupHeld } = await this.scan()
    if (when === "leader-alive" && (await this.#platform.hasEnded(this.leader))) return
    announce(found.length)
    const group = this.leader.pid
    for (const s of [signal, "SIGCONT"] as const) {
      const inGroup = groupHeld && (await this.#platform.signalGroup(group, s)) === "sent"
      // Those whom the group's signal has reached have had theirs.
      for (const p of found) if (!inGroup || p.group !== group) await this.#platform.signal(p, s)
    }
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
  async killUntilEmpty(boundMillis: number, announce: (count: number) => void): Promise<ReadonlyArray<Left>> {
    const begin = performance.now()
    let announced = false
    let refusedSince: number | undefined
    for (let empty = 0; ;) {
      const { exact, found, groupHeld } = await this.scan()
      if (found.length === 0) {
        if (exact || ++empty === emptyScans) return []
        await sleep(5 * empty)
        continue
      }
      empty = 0
      if (!announced) announce(found.length)
      announced = true
      if (groupHeld) await this.#platform.signalGroup(this.leader.pid, "SIGKILL")
      const refused: Array<number> = []
      for (const p of found) if ((await this.#platform.signal(p, "SIGKILL")) === "refused") refused.push(p.pid)
      const now = performance.now()
      refusedSince = refused.length === found.length ? (refusedSince ?? now) : undefined
      if (now - begin > boundMillis || (refusedSince !== undefined && now - refusedSince > refusedMillis)) {
        return found.map((p) => ({ pid: p.pid, reason: refused.includes(p.pid) ? "refused" : "still-there" }))
      }
      await sleep(refusedSince === undefined ? 1 : 50)
    }
  }
}
