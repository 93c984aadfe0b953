/**
 * Which of the processes of a machine belong to an engine that is gone.
 *
 * @since 0.1.0
 */
import type { ProcessMember } from "./ProcessMember.ts"
import type { MarkedMember } from "./ProcessPlatform.ts"

/**
 * Picks the members out of live processes: those that carry a mark or are known, those in a group or session where one of
 * these lives, and children of either.
 *
 * A step's program leads a session of its own, and whoever makes another one in there carries the mark: so a session in
 * which one of these lives holds nobody else. Without one, the number proves nothing, it may have been given out again.
 * `own` is the place of the process that asks: its group and session are never taken on such a proof, should it have been
 * started by that engine itself.
 *
 * @since 0.1.0
 */
export const select = (
  candidates: ReadonlyArray<ProcessMember>,
  markOf: (member: ProcessMember) => string | undefined,
  own: Pick<ProcessMember, "group" | "session"> | undefined
): ReadonlyArray<MarkedMember> => {
  const members = new Map<number, MarkedMember>()
  const groups = new Map<number, string>()
  const sessions = new Map<number, string>()
  for (const p of candidates) {
    const mark = markOf(p)
    if (mark === undefined) continue
    members.set(p.pid, { ...p, mark })
    // 0 and 1 are no groups of ours: what the system could not tell, and its own.
    if (p.group > 1 && p.group !== own?.group) groups.set(p.group, mark)
    if (p.session > 1 && p.session !== own?.session) sessions.set(p.session, mark)
  }
  for (const p of candidates) {
    const mark = groups.get(p.group) ?? sessions.get(p.session)
    if (mark !== undefined && !members.has(p.pid)) members.set(p.pid, { ...p, mark })
  }
  for (let grown = true; grown;) {
    grown = false
    for (const p of candidates) {
      const parent = members.get(p.parent)
      if (parent === undefined || members.has(p.pid) || parent.startTime > p.startTime) continue
      members.set(p.pid, { ...p, mark: parent.mark })
      grown = true
    }
  }
  return [...members.values()]
}
