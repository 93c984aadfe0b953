/**
 * What runs outside of the engine's thread: programs and worker threads.
 *
 * @since 0.1.0
 */
export * as ProcessMark from "./ProcessMark.ts"
export * as ProcessRunnerNode from "./ProcessRunnerNode.ts"
export type { Capabilities } from "./Capabilities.ts"
export type { OutputLimits } from "./StepOutput.ts"
export type { ProcessPlatform } from "./ProcessPlatform.ts"
