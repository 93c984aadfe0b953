/**
 * The exit codes of `halte`: the table of the reference page, in one place.
 */
import { constants } from "node:os"
import type { ExecutionState } from "@halte/engine/model"

/** Signals that a person or a system sends to stop. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT"

export const completed = 0
export const failed = 1
export const usage = 2
export const unavailable = 69
export const interrupted = 130
export const terminated = 137

/** Of an execution that has ended; `signal` is the first signal of the system that asked it to stop. */
export const ofState = (state: ExecutionState.ExecutionState, signal?: StopSignal): number => {
  switch (state.status) {
    case "Completed":
      return completed
    case "Failed":
      return failed
    case "Terminated":
      return terminated
    case "Interrupted":
      // Everything was taken back that was to be.
      if (state.ended?.cause === "Undo") return completed
      return signal === undefined ? interrupted : ofSignal(signal)
    default:
      return unavailable
  }
}

/** 128 and the number of the signal; a SIGQUIT counts as the person's interrupt that it is. */
export const ofSignal = (signal: StopSignal): number =>
  signal === "SIGTERM" ? 143 : signal === "SIGHUP" ? 129 : interrupted

/** Of a single command: its own code where it ended by itself, as `timeout` and `env` do. */
export const ofCommand = (state: ExecutionState.ExecutionState, signal?: StopSignal): number => {
  if (state.status !== "Failed") return ofState(state, signal)
  const exited = state.processes.at(-1)?.exited
  if (exited?.exitCode !== undefined) return exited.exitCode === 0 ? failed : exited.exitCode
  const number = exited?.signal === undefined ? undefined : constants.signals[exited.signal as NodeJS.Signals]
  return number === undefined ? failed : 128 + number
}
