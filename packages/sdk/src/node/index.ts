/**
 * Programs on Node that use Halte: executions that are kept in a project directory, and those of servers. Everything of
 * `@halte/sdk` is here as well.
 *
 * @since 0.1.0
 */
export * from "../index.ts"
export * as Drill from "./drill/Drill.ts"
export * as EngineRecord from "./EngineRecord.ts"
export * as FlowFiles from "./FlowFiles.ts"
export * as FlowSources from "./FlowSources.ts"
export * as Halte from "./HalteNode.ts"
export * as ProcessIdentity from "./ProcessIdentity.ts"
export * as Project from "./Project.ts"
export * as ProjectDirectory from "./ProjectDirectory.ts"
export * as ProjectFlows from "./ProjectFlows.ts"
export * as ProjectServer from "./ProjectServer.ts"
export * as ServedProject from "./ServedProject.ts"
export * as ServerRecord from "./ServerRecord.ts"
export * as Telemetry from "./Telemetry.ts"
