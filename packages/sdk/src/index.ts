/**
 * Programs that use Halte: executions of this process and of another one behind the same interface. `Halte` is where to
 * begin; the rest is what flows are made of, what executions answer, and the same in Effect.
 *
 * @since 0.1.0
 */
export * from "@halte/engine/model"
export {
  ExecutionsLocal,
  ExecutionStoreMemory,
  Flow,
  FlowError,
  Params,
  Step,
  StepContext,
  StoppingPoint
} from "@halte/engine"
export { type Change, ExecutionsRemote, type Transport } from "@halte/client"
export type { Waiting } from "./Calls.ts"
export type { Execution, ResumeOptions, Watching } from "./Execution.ts"
export * as ExecutionPages from "./ExecutionPages.ts"
export * as ExecutionWaits from "./ExecutionWaits.ts"
export * as Halte from "./Halte.ts"
export { type ErrorCode, type HalteError, isHalteError, type WithCode } from "./HalteError.ts"
