/**
 * Which of the processes of a machine belong to a step.
 *
 * @since 0.1.0
 */
import { type ProcessMember, key } from "./ProcessMember.ts"
import type { TreeQuery } from "./ProcessPlatform.ts"

/**
 * Picks the members out of live processes started no earlier than the leader.
 *
 * A group or session id alone proves nothing once the leader's pid may have been given to somebody else. It counts while
 * the system holds the leader, or while a member that is known or marked lives in it: an id in use is not given out again.
 *
 * @since 0.1.0
 */
export const select = (
  candidates: ReadonlyArray<ProcessMember>,
  query: TreeQuery,
  marked: (member: ProcessMember) => boolean
): { readonly found: ReadonlyArray<ProcessMember>; readonly groupHeld: boolean } => {
  const leader = query.leader
  const certain = new Map<number, ProcessMember>()
  const grouped: Array<ProcessMember> = []
  for (const p of candidates) {
    const inside = p.group === leader.pid || p.session === leader.pid
    if (
      (p.pid === leader.pid && p.startTime === leader.startTime) ||
      query.known.has(key(p)) ||
      (inside && query.leaderHeld) ||
      marked(p)
    ) {
      certain.set(p.pid, p)
    } else if (inside) grouped.push(p)
  }
  const all = [...certain.values()]
  const groupHeld = query.leaderHeld || all.some((p) => p.group === leader.pid)
  const sessionHeld = query.leaderHeld || all.some((p) => p.session === leader.pid)
  for (const p of grouped) {
    if ((groupHeld && p.group === leader.pid) || (sessionHeld && p.session === leader.pid)) certain.set(p.pid, p)
  }
  // A child of a member is a member: a third net, for processes without marks that left the session.
  for (let grown = true; grown;) {
    grown = false
    for (const p of candidates) {
      if (certain.has(p.pid)) continue
      const parent = certain.get(p.parent)
      if (parent !== undefined && parent.startTime <= p.startTime) {
        certain.set(p.pid, p)
        grown = true
      }
    }
  }
  return { found: [...certain.values()], groupHeld }
}
