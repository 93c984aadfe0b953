/**
 * What a page, an API and a remote SDK need of the engine: ids, events, their fold, the table of commands, the errors
 * and the port. No runtime, no graph.
 *
 * @since 0.1.0
 */
export * as BlobReference from "./BlobReference.ts"
export * as CommandTable from "./CommandTable.ts"
export * as DurationText from "./DurationText.ts"
export * as ExecutionEvent from "./ExecutionEvent.ts"
export * as ExecutionHandle from "./ExecutionHandle.ts"
export * as ExecutionId from "./ExecutionId.ts"
export * as ExecutionState from "./ExecutionState.ts"
export * as ExecutionStateJson from "./ExecutionStateJson.ts"
export * as ExecutionSummary from "./ExecutionSummary.ts"
export * as ExecutionStatus from "./ExecutionStatus.ts"
export * as Executions from "./Executions.ts"
export * as ExecutionsError from "./ExecutionsError.ts"
export * as FlowDescription from "./FlowDescription.ts"
export * as FlowOrigin from "./FlowOrigin.ts"
export * as InterruptSignal from "./InterruptSignal.ts"
export * as InterruptStrategy from "./InterruptStrategy.ts"
export * as JsonText from "./JsonText.ts"
export * as LogLine from "./LogLine.ts"
export type * as Outcome from "./Outcome.ts"
export * as Partition from "./Partition.ts"
export * as StepChanges from "./StepChanges.ts"
export * as StepFailure from "./StepFailure.ts"
export * as StepId from "./StepId.ts"
export * as StopBound from "./StopBound.ts"
