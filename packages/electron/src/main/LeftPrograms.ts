/**
 * The programs that an engine has left because it died. Its supervisor ends them by a sweep that it starts itself; all
 * that can be done from here is to see whether they are gone. Only what was recorded is known: what a program started and
 * did not keep in its group is seen by the sweep alone.
 */
import type { Clock } from "./Ending.ts"
import type { Live } from "./GuardedDesk.ts"

export interface LeftProgram {
  readonly pid: number
  /** Its process group, where there are such. */
  readonly group?: number | undefined
}

export type IsAlive = (program: LeftProgram) => boolean

/** A sweep comes a moment after an engine's death, asks programs to end, and ends them by force. */
const sweepMillis = 5000
const pollMillis = 100

/** What executions had running when they were last seen. */
export const of = (seen: ReadonlyArray<Live>): ReadonlyArray<LeftProgram> =>
  seen.flatMap(({ state }) =>
    state === undefined
      ? []
      : state.processes
          .filter(({ attempt, exited }) => attempt === state.attempt && exited === undefined)
          .map(({ group, pid }) => ({ pid, group }))
  )

/** Something that exists, and that this user may not signal, is there. */
const exists = (target: number): boolean => {
  try {
    process.kill(target, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

export const isAlive: IsAlive = ({ group, pid }) =>
  exists(pid) || (group !== undefined && group > 1 && process.platform !== "win32" && exists(-group))

/** Settles when all of them are gone, when a sweep has had its time, or when it is ended; at once when there are none. */
export const untilGone = (options: {
  readonly programs: ReadonlyArray<LeftProgram>
  readonly clock: Clock
  readonly isAlive?: IsAlive | undefined
}): { readonly gone: Promise<void>; readonly end: () => void } => {
  const { clock, isAlive: alive = isAlive, programs } = options
  const until = clock.now() + sweepMillis
  let left = programs
  let cancel = () => {}
  let end = () => {}
  const gone = new Promise<void>((resolve) => {
    end = () => {
      cancel()
      resolve()
    }
    const look = () => {
      left = left.filter(alive)
      if (left.length === 0 || clock.now() >= until) return resolve()
      cancel = clock.after(pollMillis, look)
    }
    look()
  })
  return { gone, end }
}
