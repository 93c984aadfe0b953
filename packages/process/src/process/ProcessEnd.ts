/**
 * Ending a set of processes that only looks at the machine can tell: one graceful signal to each, then SIGKILL until a look
 * finds nothing.
 *
 * @since 0.1.0
 */
import type { ProcessMember } from "./ProcessMember.ts"
import type { ProcessPlatform } from "./ProcessPlatform.ts"

/** Looks that found nothing, in a row, that count as proof when none of them was exact. */
const emptyLooks = 3
/** Time that processes which refuse our SIGKILL are given to end by themselves. */
const refusedMillis = 1_000

const sleep = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/**
 * What a look found. `exact`: nothing was started meanwhile. `groups`: those in which a signal reaches nobody else.
 *
 * @since 0.1.0
 */
export interface Look<Member extends ProcessMember = ProcessMember> {
  readonly found: ReadonlyArray<Member>
  readonly exact: boolean
  readonly groups: ReadonlyArray<number>
}

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
 * Whether nothing is alive: one exact look that finds nothing, or three in a row.
 *
 * @since 0.1.0
 */
export const isEmpty = async (look: () => Promise<Pick<Look, "found" | "exact">>): Promise<boolean> => {
  for (let empty = 0; ;) {
    const { exact, found } = await look()
    if (found.length > 0) return false
    if (exact || ++empty === emptyLooks) return true
    await sleep(5 * empty)
  }
}

/**
 * One signal to each: to a group in one call, so that no member can fork its way out of it, to the others one by one.
 *
 * @since 0.1.0
 */
export const signal = async (
  platform: Pick<ProcessPlatform, "signal" | "signalGroup">,
  { found, groups }: Pick<Look, "found" | "groups">,
  name: NodeJS.Signals
): Promise<void> => {
  const reached = new Set<number>()
  for (const group of groups) if ((await platform.signalGroup(group, name)) === "sent") reached.add(group)
  // Those whom the group's signal has reached have had theirs.
  for (const p of found) if (!reached.has(p.group)) await platform.signal(p, name)
}

/**
 * SIGKILL, again and again, until provably nothing is alive, for at most `boundMillis`. Answers what is left: those who
 * refused, or who appear faster than they can be found. `announce` is told once, before the first SIGKILL, how many there
 * are.
 *
 * @since 0.1.0
 */
export const kill = async <Member extends ProcessMember>(
  platform: Pick<ProcessPlatform, "signal" | "signalGroup">,
  look: () => Promise<Look<Member>>,
  boundMillis: number,
  announce: (count: number) => void = () => undefined
): Promise<ReadonlyArray<Left & { readonly member: Member }>> => {
  const begin = performance.now()
  let announced = false
  let refusedSince: number | undefined
  for (let empty = 0; ;) {
    const { exact, found, groups } = await look()
    if (found.length === 0) {
      if (exact || ++empty === emptyLooks) return []
      await sleep(5 * empty)
      continue
    }
    empty = 0
    if (!announced) announce(found.length)
    announced = true
    for (const group of groups) await platform.signalGroup(group, "SIGKILL")
    const refused: Array<number> = []
    for (const p of found) if ((await platform.signal(p, "SIGKILL")) === "refused") refused.push(p.pid)
    const now = performance.now()
    refusedSince = refused.length === found.length ? (refusedSince ?? now) : undefined
    if (now - begin > boundMillis || (refusedSince !== undefined && now - refusedSince > refusedMillis)) {
      return found.map((p) => ({ pid: p.pid, reason: refused.includes(p.pid) ? "refused" : "still-there", member: p }))
    }
    await sleep(refusedSince === undefined ? 1 : 50)
  }
}
