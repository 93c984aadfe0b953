/**
 * The states of an execution and of its steps: past participles for states, gerunds for transitions.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The states in which an execution has ended. All but `Completed` can be resumed.
 *
 * @since 0.1.0
 */
export const EndedStatus = Schema.Literals(["Completed", "Failed", "Interrupted", "Terminated"])
export type EndedStatus = typeof EndedStatus.Type

/**
 * The state of an execution.
 *
 * @since 0.1.0
 */
export const ExecutionStatus = Schema.Literals([
  "Pending",
  "Running",
  "Pausing",
  "Paused",
  "Interrupting",
  "Terminating",
  "Completed",
  "Failed",
  "Interrupted",
  "Terminated"
])
export type ExecutionStatus = typeof ExecutionStatus.Type

/**
 * The state of a step. `Waiting` means that it has not begun; in an execution that has ended it reads "Not started".
 * `Interrupting` is a running step that has been asked to stop.
 *
 * @since 0.1.0
 */
export const StepStatus = Schema.Literals([
  "Waiting",
  "Running",
  "Paused",
  "Interrupting",
  "Interrupted",
  "Completed",
  "Failed",
  "Skipped",
  "Terminated"
])
export type StepStatus = typeof StepStatus.Type

/**
 * Whether an execution in this state has ended.
 *
 * @since 0.1.0
 */
export const isEnded = (status: ExecutionStatus): status is EndedStatus =>
  status === "Completed" || status === "Failed" || status === "Interrupted" || status === "Terminated"

/**
 * Whether a step in this state is under way.
 *
 * @since 0.1.0
 */
export const isActive = (status: StepStatus): boolean =>
  status === "Running" || status === "Paused" || status === "Interrupting"
