/**
 * Durable executions of a project directory, for programs on Node.
 *
 * @since 0.1.0
 */
export * as EngineRecord from "./EngineRecord.ts"
export * as FlowFiles from "./FlowFiles.ts"
export * as FlowSources from "./FlowSources.ts"
export * as ProcessIdentity from "./ProcessIdentity.ts"
export * as Project from "./Project.ts"
export * as ProjectDirectory from "./ProjectDirectory.ts"
export * as ProjectFlows from "./ProjectFlows.ts"
export * as ServerRecord from "./ServerRecord.ts"
