/**
 * One process of a step's tree. A pid is reused; pid and start time together name one process until the next boot.
 *
 * @since 0.1.0
 */
export interface ProcessMember {
  readonly pid: number
  /** Clock ticks since boot on Linux, seconds since 1970 on macOS, milliseconds since 1970 on Windows. */
  readonly startTime: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /**
   * `blocked`: inside of the system, out of reach of signals until that call returns; a shell that has started a program is
   * so until the program's image is loaded, which is for ever when that child is stopped before.
   */
  readonly state: "running" | "stopped" | "blocked"
}

/**
 * The identity as a key for sets.
 *
 * @since 0.1.0
 */
export const key = (member: Pick<ProcessMember, "pid" | "startTime">): string => `${member.pid}:${member.startTime}`
