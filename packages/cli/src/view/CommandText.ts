/**
 * The texts about one command, the same in the terminal, the page and the desktop.
 */
import { CommandWords, DurationText, type ExecutionState } from "@halte/engine/model"

/** First the output's line, then the status; both before anything is stopped. */
export const requested: ReadonlyArray<string> = [CommandWords.sent, CommandWords.interrupting]

/** How long it may take, and what the next Ctrl-C does. */
export const promise = (millis: number): string =>
  `Will stop within ${DurationText.short(millis)}. Press Ctrl-C again to terminate now.`

/** What is said at the end: the line of the output, and the status where it differs. */
export const ended = (state: ExecutionState.ExecutionState): ReadonlyArray<string> => {
  switch (state.status) {
    case "Completed":
      return ["✓ Command completed successfully"]
    case "Interrupted":
      return ["⏹ Command interrupted by user", "⏹ Command interrupted", ...how(state)]
    case "Terminated":
      return ["⏹ Command interrupted by user", "⏹ Command interrupted", "Ended by SIGKILL, may be half done"]
    default: {
      const exited = state.processes.at(-1)?.exited
      if (exited?.exitCode !== undefined) return [`✗ Command failed with exit code ${exited.exitCode}`]
      if (exited?.signal !== undefined) return [`✗ Command failed: it was ended by ${exited.signal}`]
      return [`✗ Command failed: ${state.ended?.failure?.failure.message ?? "it could not be run"}`]
    }
  }
}

/** A command that ended with 0 after the signal was stopped cleanly, which is not the same as done. */
const how = (state: ExecutionState.ExecutionState): ReadonlyArray<string> => {
  const detail = [...state.steps.values()][0]?.detail
  if (detail === undefined) return []
  const left = state.processes.flatMap((p) => p.exited?.left ?? [])
  return [
    `It ${detail}`,
    ...(left.length === 0 ? [] : [`Could not be ended: ${left.map((pid) => `pid ${pid}`).join(", ")}`])
  ]
}
