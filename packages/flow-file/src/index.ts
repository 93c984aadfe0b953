/**
 * Flow files in YAML and JSON: parsing, diagnostics, expressions, JSON Schema.
 *
 * @since 0.1.0
 */
export * as Diagnostic from "./Diagnostic.ts"
export * as DrillPlan from "./DrillPlan.ts"
export * as FlowFile from "./FlowFile.ts"
export { FlowFileError } from "./FlowFileError.ts"
export { ModulesChanged } from "./ModulesChanged.ts"
export * as ParamSpec from "./ParamSpec.ts"
export * as Quantity from "./Quantity.ts"
