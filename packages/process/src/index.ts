/**
 * What runs outside of the engine's thread: programs and worker threads.
 *
 * @since 0.1.0
 */
export * as CommandFlow from "./CommandFlow.ts"
export * as CommandGuard from "./CommandGuard.ts"
export * as EngineSweep from "./process/EngineSweep.ts"
export * as ProcessMark from "./process/ProcessMark.ts"
export * as ProcessRunnerNode from "./process/ProcessRunnerNode.ts"
export * as Survivors from "./process/Survivors.ts"
export type { Capabilities } from "./process/Capabilities.ts"
export type { OutputLimits } from "./process/StepOutput.ts"
export type { ProcessPlatform } from "./process/ProcessPlatform.ts"
export * as ModuleRunnerNode from "./worker/ModuleRunnerNode.ts"
