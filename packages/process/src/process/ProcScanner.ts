/**
 * Looking through all processes of a Linux machine for the members of trees: one pass for everybody who asks at the same
 * time, so that stopping fifty steps costs what stopping one does.
 *
 * @since 0.1.0
 */
import * as Proc from "./ProcFileSystem.ts"
import { bytes as markBytes, environmentHas } from "./ProcessMark.ts"
import type { ProcessMember } from "./ProcessMember.ts"
import type { Scan, TreeQuery } from "./ProcessPlatform.ts"
import { select } from "./TreeMembership.ts"

/** A pass lets the event loop turn after this many milliseconds: 500 processes and more take longer than that. */
const sliceMillis = 6
/** Looking at what was started meanwhile ends at the latest here, under a program that forks without end. */
const mostRounds = 20
const mostNew = 5_000

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

interface Question {
  readonly query: TreeQuery
  readonly limit: string
  readonly marked: Set<number>
  readonly answer: (scan: Scan) => void
}

/**
 * @since 0.1.0
 */
export class ProcScanner {
  readonly #provable: () => boolean
  #waiting: Array<Question> = []
  #passing = false

  /** `provable`: whether the pid given out last can be read and trusted. */
  constructor(provable: () => boolean) {
    this.#provable = provable
  }

  /** Answers from a pass that begins after this call. */
  scan(query: TreeQuery): Promise<Scan> {
    return new Promise((answer) => {
      this.#waiting.push({ query, limit: markBytes(query.mark), marked: new Set(), answer })
      if (this.#passing) return
      this.#passing = true
      // A turn later, so that all who ask in this one are served together.
      setImmediate(() => void this.#passAll())
    })
  }

  async #passAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const questions = this.#waiting
      this.#waiting = []
      const since = Math.min(...questions.map((q) => q.query.leader.startTime))
      const { candidates, exact } = await pass(since, this.#provable(), (p) => readMarks(p, questions))
      for (const { answer, marked, query } of questions) {
        answer({ ...select(candidates, query, (p) => marked.has(p.pid)), exact })
      }
      // Who asks because of these answers asks before the next pass begins.
      await turn()
    }
    this.#passing = false
  }
}

/**
 * `/proc` is no snapshot: a process may fork and leave between the listing and its turn. Pids are given out in ascending
 * order, and the last one given out can be read. So everything listed is looked at in ascending order, then every pid given
 * out since, until none is new. Each process is then looked at after it became visible and before those that it started, so
 * that a tree which still lives is found: a pass that ends this way proves what it says. Without that number the list is
 * read again until it shows nothing new, which is no proof.
 *
 * Answers the live processes started at or after `since`, without this one. `visit` is called for each the moment it is
 * seen: by the end of the pass it may have left, and its child must still be known as marked.
 *
 * @since 0.1.0
 */
export const pass = async (
  since: number,
  provable: boolean,
  visit: (member: ProcessMember) => void
): Promise<{ readonly candidates: ReadonlyArray<ProcessMember>; readonly exact: boolean }> => {
  const candidates: Array<ProcessMember> = []
  let slice = performance.now()
  const look = async (pid: number, listed: boolean): Promise<void> => {
    const p = Proc.stat(pid)
    // A number that is not listed may be that of a thread, whose process has been looked at.
    if (p?.alive === true && pid !== process.pid && p.startTime >= since && (listed || !Proc.isThread(pid))) {
      candidates.push(p)
      visit(p)
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
  for (let round = 0; last !== undefined && round < mostRounds; round++) {
    const now = Proc.lastPid()
    if (now === last) return { candidates, exact: true }
    // Numbers that began anew, or too many: no proof this time.
    if (now === undefined || now < last || now - last > mostNew) break
    for (let pid = last + 1; pid <= now; pid++) if (!seen.has(pid)) await look(pid, false)
    last = now
  }
  return { candidates, exact: false }
}

/** Notes for whom a process carries the mark. Files are read only as far as nothing cheaper has told it. */
const readMarks = (p: ProcessMember, questions: ReadonlyArray<Question>): void => {
  if (
    questions.some((q) => q.query.leaderHeld && (p.group === q.query.leader.pid || p.session === q.query.leader.pid))
  ) {
    return
  }
  const limits = Proc.residentLimits(p.pid)
  let found = false
  for (const q of questions) {
    if (limits === undefined || (limits[0] !== q.limit && limits[1] !== q.limit)) continue
    q.marked.add(p.pid)
    found = true
  }
  if (found) return
  const environment = Proc.environment(p.pid)
  if (environment === undefined) return
  for (const q of questions) if (environmentHas(environment, q.query.mark)) q.marked.add(p.pid)
}
