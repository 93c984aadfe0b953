/**
 * How a program's end reads: in the detail of a step that was stopped, and in the failure of one that was not.
 *
 * @since 0.1.0
 */
import { DurationText, ProcessRunner, type StepFailure } from "@halte/engine"
import type { Left } from "./ProcessEnd.ts"
import { type Exit, notExecuted } from "./StartedProcess.ts"

/**
 * What is known of a stop: the graceful signal, the time from it to the program's exit, how many processes SIGKILL ended,
 * and when that was.
 *
 * @since 0.1.0
 */
export interface Stop {
  readonly signal: string
  readonly exit: Exit
  readonly afterMillis: number
  readonly killed: number
  /** `after 5 s grace`, or that it was cut short. */
  readonly grace: string
}

/**
 * @since 0.1.0
 */
export const detail = ({ afterMillis, exit, grace, killed, signal }: Stop): string => {
  if (killed > 0 && exit.signal === "SIGKILL") return `ended by SIGKILL ${grace}`
  const after = DurationText.text(Math.max(0, afterMillis))
  const how = exitText(exit, signal, after)
  return killed === 0
    ? how
    : `${how}; ${DurationText.plural(killed, "process", "processes")} it left behind ended by SIGKILL ${grace}`
}

const exitText = ({ code, signal: by }: Exit, signal: string, after: string): string => {
  if (code === 0) return `exited with code 0 on ${signal} after ${after}: stopped cleanly`
  if (code !== null) return `exited with code ${code} on ${signal} after ${after}`
  return by === signal ? `exited on ${signal} after ${after}` : `ended by ${by} ${after} after ${signal}`
}

/**
 * The failure of a program that ended by itself; `undefined` when its exit code counts as success. `file` is that of the
 * program, absent for a shell line.
 *
 * @since 0.1.0
 */
export const failure = (
  exit: Exit,
  shown: string,
  file: string | undefined,
  tookMillis: number,
  successCodes: ReadonlyArray<number>
): StepFailure.StepFailure | undefined => {
  const took = DurationText.text(tookMillis)
  const { code, signal } = exit
  if (code === null) {
    return {
      code: "process-signalled",
      message: `${shown} was ended by ${signal ?? "a signal"} after ${took}, which Halte did not send.`,
      hint:
        signal === "SIGKILL"
          ? "Often the system's memory was short: look at its log."
          : "Look at what it wrote last, and at who may have sent it."
    }
  }
  if (successCodes.includes(code)) return undefined
  const refused = (code === 126 || code === 127) && file !== undefined ? notExecuted(file, shown) : undefined
  if (refused !== undefined) return refused
  const hint = "127 is the shell's answer when it finds no such program."
  return {
    code: "process-exited",
    message: `${shown} exited with code ${code} after ${took}.`,
    exitCode: code,
    ...(code === 127 && file === undefined ? { hint } : undefined)
  }
}

/**
 * The error that names processes which are still alive.
 *
 * @since 0.1.0
 */
export const leftBehind = (
  left: ReadonlyArray<Left>,
  shown: string,
  describe: (pid: number) => string | undefined
): ProcessRunner.ProcessError => {
  const each = left.map(({ pid, reason }) => {
    const command = describe(pid)
    const name = command === undefined ? "" : ` (${command.slice(0, 80)})`
    return `${pid}${name}${reason === "refused" ? ", which may not be signalled" : ""}`
  })
  return new ProcessRunner.ProcessError({
    code: "processes-left",
    message: `${DurationText.plural(each.length, "process", "processes")} of ${shown} could not be ended: ${each.join("; ")}.`,
    hint: "They are still alive: end them with the rights of their owner."
  })
}
