/**
 * The last resort, when a person leaves without waiting: SIGKILL to every process group of the steps.
 */
import { place } from "./terminal/Foreground.ts"

/** Answers how many groups got it. Never our own group, never a number that means somebody else. */
export const killGroups = (groups: ReadonlyArray<number>): number => {
  const own = place(process.pid)?.group
  let sent = 0
  for (const group of groups) {
    if (!Number.isInteger(group) || group <= 1 || group === own || group === process.pid) continue
    try {
      process.kill(-group, "SIGKILL")
      sent++
    } catch {
      // It had ended by itself.
    }
  }
  return sent
}
