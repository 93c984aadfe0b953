/**
 * The engine of Halte: flows, steps, stopping points, executions.
 *
 * @since 0.1.0
 */
export * from "./model/index.ts"
export * as Flow from "./Flow.ts"
export * as FlowError from "./FlowError.ts"
export type * as FlowLimit from "./FlowLimit.ts"
export * as Items from "./Items.ts"
export * as ModuleRunner from "./ModuleRunner.ts"
export * as OutputCheck from "./OutputCheck.ts"
export * as Params from "./Params.ts"
export * as ProcessRunner from "./ProcessRunner.ts"
export * as RetryPolicy from "./RetryPolicy.ts"
export * as Step from "./StepKinds.ts"
export * as StepContext from "./StepContext.ts"
export * as StepGraph from "./StepGraph.ts"
export * as StoppingPoint from "./StoppingPoint.ts"
export * as ExecutionsLocal from "./ExecutionsLocal.ts"
export * as ExecutionStore from "./ExecutionStore.ts"
export * as ExecutionStoreMemory from "./ExecutionStoreMemory.ts"
export * as FlowCatalog from "./FlowCatalog.ts"
export * as Recovery from "./Recovery.ts"
export * as Plan from "./Plan.ts"
export * as EventBatch from "./EventBatch.ts"
export * as ObservedStore from "./ObservedStore.ts"
export * as SharedLimits from "./SharedLimits.ts"
