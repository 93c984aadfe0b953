/**
 * Steps of every kind, under one name: what `Step` is to users of the engine.
 *
 * @since 0.1.0
 */
export * from "./Step.ts"
export { make } from "./FunctionStep.ts"
export { flow } from "./FlowStep.ts"
export { forEach, type ForEachValue } from "./ForEachStep.ts"
export { gate } from "./GateStep.ts"
export { group } from "./GroupStep.ts"
export { http } from "./HttpStep.ts"
export { map } from "./MapStep.ts"
export { module } from "./ModuleStep.ts"
export { process } from "./ProcessStep.ts"
export { sleep, until } from "./SleepStep.ts"
