/**
 * The HTTP contract: endpoints, bodies, problems and event streams.
 *
 * @since 0.1.0
 */
export * as AccessEndpoints from "./AccessEndpoints.ts"
export * as CommandBody from "./CommandBody.ts"
export * as CommandEndpoints from "./CommandEndpoints.ts"
export * as EventFrame from "./EventFrame.ts"
export * as ExecutionEndpoints from "./ExecutionEndpoints.ts"
export * as FlowEndpoints from "./FlowEndpoints.ts"
export * as GraphBody from "./GraphBody.ts"
export * as HalteApi from "./HalteApi.ts"
export * as HealthEndpoints from "./HealthEndpoints.ts"
export * as Parameter from "./Parameter.ts"
export * as Problem from "./Problem.ts"
export * as RequestRefused from "./RequestRefused.ts"
export * as ServerEndpoints from "./ServerEndpoints.ts"
export * as StateBody from "./StateBody.ts"
export * as Version from "./Version.ts"
